#include <windows.h>

#include <cstdio>

#include "conformance/child.h"
#include "recorder/launch/create_process_windows.h"
#include "recorder/launch/launch.h"
#include "traces/platform.h"

namespace vss::conformance {

ChildEnd runOurselves(const std::vector<std::string>& arguments, const std::vector<std::pair<std::string, std::string>>& environment,
                      const std::filesystem::path& output, std::chrono::milliseconds limit) {
  wchar_t program[MAX_PATH * 4];
  ::GetModuleFileNameW(nullptr, program, MAX_PATH * 4);
  std::vector<std::string> command{shownPath(program)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  // A child inherits our own environment, so it is changed while the child is made.
  std::vector<std::pair<std::wstring, std::wstring>> before;
  for (const auto& [name, value] : environment) {
    auto wideName = pathFromUtf8(name).wstring(), wideValue = pathFromUtf8(value).wstring();
    std::wstring old(32767, L'\0');
    old.resize(::GetEnvironmentVariableW(wideName.c_str(), old.data(), static_cast<DWORD>(old.size())));
    before.emplace_back(wideName, old);
    ::SetEnvironmentVariableW(wideName.c_str(), value.empty() ? nullptr : wideValue.c_str());
  }
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  HANDLE file = ::CreateFileW(output.c_str(), GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &inherited, CREATE_ALWAYS, 0, nullptr);
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdOutput = startup.hStdError = file;
  PROCESS_INFORMATION made{};
  bool started = launch::createProcess(program, launch::commandLine(command), 0, nullptr, startup, made);
  DWORD error = ::GetLastError();
  if (file != INVALID_HANDLE_VALUE) ::CloseHandle(file);
  for (const auto& [name, value] : before) ::SetEnvironmentVariableW(name.c_str(), value.empty() ? nullptr : value.c_str());
  if (!started) return {ChildEnd::How::notStarted, 0, "error " + std::to_string(error)};
  ::CloseHandle(made.hThread);
  bool ended = ::WaitForSingleObject(made.hProcess, static_cast<DWORD>(limit.count())) == WAIT_OBJECT_0;
  if (!ended) ::TerminateProcess(made.hProcess, 1), ::WaitForSingleObject(made.hProcess, 5000);
  DWORD code = 0;
  ::GetExitCodeProcess(made.hProcess, &code);
  ::CloseHandle(made.hProcess);
  if (!ended) return {ChildEnd::How::hung, 0, ""};
  if (code < 0x80000000) return {ChildEnd::How::exited, static_cast<int>(code), ""};  // an exception's code is larger
  char words[32];
  std::snprintf(words, sizeof words, "exception 0x%08lx", code);
  return {ChildEnd::How::died, static_cast<int>(code), words};
}

std::vector<std::string> ownArguments() {
  auto arguments = programArguments(0, nullptr);
  if (!arguments.empty()) arguments.erase(arguments.begin());
  return arguments;
}

void dieQuietly() { ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX); }

}  // namespace vss::conformance
