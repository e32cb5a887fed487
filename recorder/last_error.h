// Keeps errno and Windows' last-error value: a requester may read after a call what the implementation left there, not what we did.
#pragma once
#include <cerrno>

namespace vss {

#if defined(_WIN32)
unsigned long readLastError() noexcept;
void writeLastError(unsigned long error) noexcept;
#endif

class LastError {
 public:
#if defined(_WIN32)
  LastError() noexcept : errno_(errno), system_(readLastError()) {}
  void restore() const noexcept { errno = errno_, writeLastError(system_); }
#else
  LastError() noexcept : errno_(errno) {}
  void restore() const noexcept { errno = errno_; }
#endif

 private:
  int errno_;
#if defined(_WIN32)
  unsigned long system_;
#endif
};

}  // namespace vss
