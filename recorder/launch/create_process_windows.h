#pragma once
#include <windows.h>

#include <string>

namespace vss::launch {

// Calls `start` until it returns true, up to five times in half a second, while it fails with ERROR_INTERNAL_ERROR: so Wine says, now
// and then on a busy machine, that a new process ended before it began. On failure GetLastError says why.
template <class Start> bool startedInTheEnd(Start&& start) {
  for (int attempt = 1; !start(); ++attempt) {
    if (::GetLastError() != ERROR_INTERNAL_ERROR || attempt == 5) return false;
    ::Sleep(100);
  }
  return true;
}

// CreateProcessW in our folder, with our inheritable handles, so tried. environment: nullptr for ours; of UTF-16 if flags say so.
inline bool createProcess(const wchar_t* program, const std::wstring& line, DWORD flags, wchar_t* environment, STARTUPINFOW& startup,
                          PROCESS_INFORMATION& created) {
  return startedInTheEnd([&] {
    std::wstring writable = line;  // CreateProcessW may change it
    return ::CreateProcessW(program, writable.data(), nullptr, nullptr, TRUE, flags, environment, nullptr, &startup, &created) != FALSE;
  });
}

}  // namespace vss::launch
