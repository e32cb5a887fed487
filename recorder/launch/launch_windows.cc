#include <windows.h>

#include <tlhelp32.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <optional>

#include "recorder/launch/create_process_windows.h"
#include "recorder/launch/enter.h"
#include "recorder/launch/launch.h"
#include "recorder/launch/text_windows.h"

namespace vss::launch {
namespace {

std::optional<std::wstring> findProgram(const std::string& name) {
  for (const wchar_t* extension : {static_cast<const wchar_t*>(nullptr), L".exe"}) {
    wchar_t found[32768];
    DWORD length = ::SearchPathW(nullptr, wide(name).c_str(), extension, 32768, found, nullptr);
    if (length && length < 32768) return std::wstring(found, length);
  }
  return std::nullopt;
}

// One argument as CommandLineToArgvW and every C runtime take it apart again.
// Page: "Parsing C command-line arguments".
void appendQuoted(std::wstring& line, const std::wstring& argument) {
  if (!line.empty()) line += L' ';
  if (!argument.empty() && argument.find_first_of(L" \t\n\v\"") == std::wstring::npos) {
    line += argument;
    return;
  }
  line += L'"';
  for (std::size_t i = 0;; ++i) {
    std::size_t slashes = 0;
    while (i < argument.size() && argument[i] == L'\\') ++i, ++slashes;
    if (i == argument.size()) {
      line.append(slashes * 2, L'\\');
      break;
    }
    line.append(argument[i] == L'"' ? slashes * 2 + 1 : slashes, L'\\');
    line += argument[i];
  }
  line += L'"';
}

// Ours with the changes, in the form that CreateProcessW wants.
std::wstring environmentBlock(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::wstring block;
  wchar_t* ours = ::GetEnvironmentStringsW();
  for (const wchar_t* entry = ours; *entry; entry += std::wcslen(entry) + 1) {
    std::wstring text = entry;
    auto equals = text.find(L'=', 1);
    bool changed = false;
    for (const auto& [key, value] : changes) changed = changed || ::lstrcmpiW(text.substr(0, equals).c_str(), wide(key).c_str()) == 0;
    if (!changed) block += text + L'\0';
  }
  ::FreeEnvironmentStringsW(ours);
  for (const auto& [key, value] : changes)
    if (!value.empty()) block += wide(key + "=" + value) + L'\0';
  return block += L'\0';
}

// The machine a PE file is for; 0: no PE file.
WORD machineOf(const std::wstring& path) {
  Handle file(::CreateFileW(path.c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING, 0, nullptr));
  unsigned char head[4096] = {};
  DWORD read = 0;
  if (!::ReadFile(file, head, sizeof head, &read, nullptr) || read < 64 || head[0] != 'M' || head[1] != 'Z') return 0;
  DWORD at;
  std::memcpy(&at, head + 60, 4);
  if (at > sizeof head - 6 || std::memcmp(head + at, "PE\0\0", 4) != 0) return 0;
  WORD machine;
  std::memcpy(&machine, head + at + 4, 2);
  return machine;
}

// What a program that runs apart reads and prints.
class StreamsApart {
 public:
  StreamsApart(const Launch::Apart& apart, STARTUPINFOW& startup)
      : input_(::CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, inherited(), OPEN_EXISTING, 0, nullptr)),
        output_(::CreateFileW(apart.output.c_str(), FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, inherited(), OPEN_ALWAYS, 0, nullptr)) {
    startup.dwFlags |= STARTF_USESTDHANDLES;
    startup.hStdInput = input_;
    startup.hStdOutput = startup.hStdError = output_;
  }

 private:
  static SECURITY_ATTRIBUTES* inherited() {
    static SECURITY_ATTRIBUTES attributes{sizeof attributes, nullptr, TRUE};
    return &attributes;
  }
  Handle input_, output_;
};

// A job that takes along what is in it when it is closed.
HANDLE jobThatKills() {
  HANDLE job = ::CreateJobObjectW(nullptr, nullptr);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  ::SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  return job;
}

std::atomic<bool> interrupted{false};
BOOL WINAPI ignoreControl(DWORD type) { return type == CTRL_C_EVENT || type == CTRL_BREAK_EVENT ? (interrupted = true) : false; }

}  // namespace

std::wstring commandLine(const std::vector<std::string>& command) {
  std::wstring line;
  for (const auto& argument : command) appendQuoted(line, wide(argument));
  return line;
}

Ended run(const Launch& launch) {
  auto program = findProgram(launch.command.at(0));
  if (!program) return {127, launch.command[0] + ": no such program, neither here nor in PATH"};
  WORD machine = machineOf(*program);
  if (!machine) return {126, narrow(*program) + ": is not a Windows program"};
  if (machine != IMAGE_FILE_MACHINE_AMD64) return {126, narrow(*program) + ": is not an x64 program; only those can use VSS on x64 Windows"};

  std::wstring environment = environmentBlock(launch.environment);
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  PROCESS_INFORMATION created{};
  std::optional<StreamsApart> streams;
  if (launch.apart) streams.emplace(*launch.apart, startup);
  Handle job(launch.apart ? jobThatKills() : nullptr);
  if (!createProcess(program->c_str(), commandLine(launch.command), CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT, environment.data(), startup, created))
    return {126, narrow(*program) + ": cannot be started: " + lastErrorText()};
  Handle process(created.hProcess), thread(created.hThread);
  if (launch.apart) ::AssignProcessToJobObject(job, process);
  std::string error = enterProcess(process, launch.shim, {});  // what it is told stands in its environment
  if (!error.empty()) {
    ::TerminateProcess(process, 126);
    return {126, narrow(*program) + ": " + error};
  }
  if (!launch.apart) interrupted = false, ::SetConsoleCtrlHandler(ignoreControl, TRUE);
  ::ResumeThread(thread);
  bool over = ::WaitForSingleObject(process, launch.apart ? static_cast<DWORD>(launch.apart->limit.count()) : INFINITE) != WAIT_OBJECT_0;
  if (over) {  // some places have no jobs that kill: the program itself ends in any case
    ::TerminateJobObject(job, 1), ::TerminateProcess(process, 1);
    ::WaitForSingleObject(process, 5000);
  }
  DWORD code = 0;
  ::GetExitCodeProcess(process, &code);
  if (!launch.apart) ::SetConsoleCtrlHandler(ignoreControl, FALSE);
  bool crashed = code >> 28 == 0xC;  // as exceptions' codes are, but neither -1 nor an HRESULT
  return {static_cast<int>(code), {}, over ? Ended::How::tookTooLong : crashed ? Ended::How::crashed : Ended::How::exited, !launch.apart && interrupted};
}

namespace {

// Ctrl-C, Ctrl-Break and the closing of the window, as long as this lives.
class Interrupt {
 public:
  Interrupt() {
    event = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
    ::SetConsoleCtrlHandler(nullptr, FALSE);  // a starter may have switched Ctrl-C off for us
    ::SetConsoleCtrlHandler(told, TRUE);
  }
  ~Interrupt() { ::SetConsoleCtrlHandler(told, FALSE); }  // the event stays: told() may still run
  // Waits for it, and for two handles; false: one of these was set first.
  bool comesBefore(HANDLE one, HANDLE other) const {
    HANDLE all[] = {event, one, other};
    return ::WaitForMultipleObjects(3, all, FALSE, INFINITE) == WAIT_OBJECT_0;
  }
  bool comesWithin(DWORD milliseconds) const { return ::WaitForSingleObject(event, milliseconds) == WAIT_OBJECT_0; }

 private:
  static BOOL WINAPI told(DWORD type) {
    ::SetEvent(event);
    if (type != CTRL_C_EVENT && type != CTRL_BREAK_EVENT) ::Sleep(5000);  // when this returns, so does the process
    return TRUE;
  }
  static inline HANDLE event = nullptr;
};

// An administrator may look into a service only with this privilege switched on. Without it, what can be opened can be.
void allowDebugging() {
  HANDLE token = nullptr;
  if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token)) return;
  Handle close(token);
  TOKEN_PRIVILEGES privileges{1, {{{}, SE_PRIVILEGE_ENABLED}}};
  if (::LookupPrivilegeValueW(nullptr, L"SeDebugPrivilege", &privileges.Privileges[0].Luid))
    ::AdjustTokenPrivileges(token, FALSE, &privileges, 0, nullptr, nullptr);
}

std::optional<unsigned long> runningProcess(const std::wstring& image) {
  Handle all(::CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0));
  PROCESSENTRY32W entry;
  entry.dwSize = sizeof entry;
  for (BOOL more = ::Process32FirstW(all, &entry); more; more = ::Process32NextW(all, &entry))
    if (::lstrcmpiW(entry.szExeFile, image.c_str()) == 0 && entry.th32ProcessID != ::GetCurrentProcessId()) return entry.th32ProcessID;
  return std::nullopt;
}

struct Opened {
  std::string which;   // "process 12 (backup.exe)"
  HANDLE handle = nullptr;
  std::string error;   // why there is no handle
};
Opened openProcess(unsigned long number) {
  allowDebugging();
  Opened opened{"process " + std::to_string(number), nullptr, {}};
  opened.handle = ::OpenProcess(PROCESS_CREATE_THREAD | PROCESS_QUERY_INFORMATION | PROCESS_VM_OPERATION | PROCESS_VM_READ | PROCESS_VM_WRITE |
                                     PROCESS_DUP_HANDLE | SYNCHRONIZE, FALSE, number);
  if (!opened.handle)
    opened.error = opened.which + (::GetLastError() == ERROR_INVALID_PARAMETER ? ": there is no such process"
                                     : ::GetLastError() == ERROR_ACCESS_DENIED   ? ": may not be entered; run as an administrator"
                                                                                 : ": cannot be entered: " + lastErrorText());
  wchar_t path[32768];
  DWORD length = 32768;
  if (opened.handle && ::QueryFullProcessImageNameW(opened.handle, 0, path, &length))
    opened.which += " (" + narrow(std::filesystem::path(std::wstring(path, length)).filename().native()) + ")";
  return opened;
}

}  // namespace

Ended enter(const Running& running, const std::string& doing, const std::filesystem::path& shim, const Settings& asked,
            const std::function<void(const std::string& line)>& say) {
  Interrupt interrupt;
  std::optional<unsigned long> number = running.detach ? running.detach : running.process;
  if (!*number) {
    say("waiting for " + running.waitFor + "; Ctrl-C gives up");
    std::wstring image = wide(running.waitFor.find('.') == std::string::npos ? running.waitFor + ".exe" : running.waitFor);
    while (!(number = runningProcess(image)))
      if (interrupt.comesWithin(10)) return {2, "no " + running.waitFor + " was started"};
  }
  Opened opened = openProcess(*number);
  Handle process(opened.handle), left(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!process) return {2, opened.error};
  std::string error;
  bool wasInterrupted = false;
  if (running.detach) error = leaveProcess(process, shim);
  else {
    HANDLE leftThere = nullptr;
    if (!::DuplicateHandle(::GetCurrentProcess(), left, process, &leftThere, 0, FALSE, DUPLICATE_SAME_ACCESS))
      return {2, opened.which + ": takes no handle: " + lastErrorText()};
    Settings settings = asked;
    settings.emplace_back(kWasRunning, std::to_string(reinterpret_cast<std::uintptr_t>(leftThere)));
    error = enterProcess(process, shim, settings);
    if (!error.empty()) ::DuplicateHandle(process, leftThere, nullptr, nullptr, 0, FALSE, DUPLICATE_CLOSE_SOURCE);
    else {
      say(doing + " " + opened.which + "; Ctrl-C, or --detach from elsewhere, ends that and not the program");
      if ((wasInterrupted = interrupt.comesBefore(process, left))) error = leaveProcess(process, shim);
    }
  }
  return error.empty() ? Ended{0, {}, Ended::How::exited, wasInterrupted} : Ended{2, opened.which + ": " + error};
}

bool isWindowsProgram(const std::string& name) {
  auto program = findProgram(name);
  return program && machineOf(*program) != 0;
}

}  // namespace vss::launch
