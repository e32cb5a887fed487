// UTF-16 for Windows' functions, UTF-8 for ours; and handles that close themselves.
#pragma once
#include <windows.h>

#include <string>

#include "traces/vss/text.h"

namespace vss::launch {

inline std::wstring wide(const std::string& text) {
  auto units = toUtf16(text);
  return {reinterpret_cast<const wchar_t*>(units.data()), units.size()};
}
inline std::string narrow(const std::wstring& text) { return toUtf8({reinterpret_cast<const char16_t*>(text.data()), text.size()}); }

class Handle {
 public:
  explicit Handle(HANDLE handle) : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
  ~Handle() { if (handle_) ::CloseHandle(handle_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator HANDLE() const { return handle_; }

 private:
  HANDLE handle_;
};

}  // namespace vss::launch
