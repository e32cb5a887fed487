#pragma once
#include <optional>

#include "traces/vss/results.h"

namespace vss {

// COM as a requester must initialize it (multithreaded, security set so that writers may call back); nothing on Linux.
// Page: "Security Considerations for Requesters".
class ComSession {
 public:
  ComSession();
  ~ComSession();
  ComSession(const ComSession&) = delete;
  ComSession& operator=(const ComSession&) = delete;
  std::optional<HRESULT> security() const { return security_; }  // what CoInitializeSecurity said; nothing on Linux

 private:
  bool initialized_ = false;
  std::optional<HRESULT> security_;
};

}  // namespace vss
