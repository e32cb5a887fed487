#pragma once
#include <windows.h>

#include <string>

namespace vss::launch {

// CreateProcessW, with our handles inherited, in our folder. A start that failed inside the system (ERROR_INTERNAL_ERROR) is tried again,
// up to five times in half a second: Wine says so now and then on a busy machine. On failure GetLastError says why.
inline bool createProcess(const wchar_t* program, const std::wstring& line, DWORD flags, wchar_t* environment, STARTUPINFOW& startup,
                          PROCESS_INFORMATION& created) {
  for (int attempt = 1;; ++attempt) {
    std::wstring writable = line;  // CreateProcessW may change it
    if (::CreateProcessW(program, writable.data(), nullptr, nullptr, TRUE, flags, environment, nullptr, &startup, &created)) return true;
    if (::GetLastError() != ERROR_INTERNAL_ERROR || attempt == 5) return false;
    ::Sleep(100);
  }
}

}  // namespace vss::launch
