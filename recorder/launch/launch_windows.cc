#include <windows.h>

#include <cstring>
#include <fstream>
#include <optional>

#include "recorder/launch/create_process_windows.h"
#include "recorder/launch/launch.h"
#include "traces/vss/text.h"

namespace vss::launch {
namespace {

std::wstring wide(const std::string& text) {
  auto units = toUtf16(text);
  return {reinterpret_cast<const wchar_t*>(units.data()), units.size()};
}
std::string narrow(const std::wstring& text) { return toUtf8({reinterpret_cast<const char16_t*>(text.data()), text.size()}); }

std::string lastError() {
  DWORD error = ::GetLastError();
  wchar_t text[512];
  DWORD length = ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, error, 0, text, 512, nullptr);
  while (length && text[length - 1] <= L' ') --length;
  return length ? narrow({text, length}) : "system error " + std::to_string(error);
}

class Handle {
 public:
  explicit Handle(HANDLE handle) : handle_(handle) {}
  ~Handle() { if (handle_) ::CloseHandle(handle_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator HANDLE() const { return handle_; }

 private:
  HANDLE handle_;
};

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

// Runs a function of the suspended process in a thread of its own there; its result in 32 bits.
std::optional<DWORD> callThere(HANDLE process, void* function, void* argument) {
  Handle thread(::CreateRemoteThread(process, nullptr, 0, reinterpret_cast<LPTHREAD_START_ROUTINE>(function), argument, 0, nullptr));
  DWORD result = 0;
  if (!thread || ::WaitForSingleObject(thread, 60'000) != WAIT_OBJECT_0 || !::GetExitCodeThread(thread, &result)) return std::nullopt;
  return result;
}

// Puts the shim into the suspended process: load it by its full path, then call its ShadowtapeStart. Returns what went wrong.
std::string putInto(HANDLE process, DWORD id, const std::filesystem::path& shim) {
  std::wstring path = std::filesystem::absolute(shim).make_preferred().native();
  std::size_t bytes = (path.size() + 1) * sizeof(wchar_t);
  void* there = ::VirtualAllocEx(process, nullptr, bytes, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
  if (!there || !::WriteProcessMemory(process, there, path.c_str(), bytes, nullptr)) return "its memory cannot be written: " + lastError();
  // kernel32 lies at the same place in every process of a session; a DLL of ours may not.
  auto* loadLibrary = reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(L"kernel32.dll"), "LoadLibraryW"));
  auto loaded = callThere(process, loadLibrary, there);
  ::VirtualFreeEx(process, there, 0, MEM_RELEASE);
  if (!loaded) return "no thread could be started in it: " + lastError();
  if (!*loaded) return narrow(path) + " cannot be loaded into it";

  // Where ShadowtapeStart is there: the module's place plus its distance from the module's start here.
  HMODULE here = ::LoadLibraryExW(path.c_str(), nullptr, DONT_RESOLVE_DLL_REFERENCES);
  auto* start = here ? reinterpret_cast<char*>(::GetProcAddress(here, "ShadowtapeStart")) : nullptr;
  if (!start) return narrow(path) + " exports no ShadowtapeStart: it is none of our shims";
  char* base = nullptr;
  // The thread's result was the module's place cut to 32 bits; the list of modules has all of it.
  for (int attempt = 0; !base && attempt < 50; ++attempt) {
    MEMORY_BASIC_INFORMATION region{};
    for (char* at = nullptr; ::VirtualQueryEx(process, at, &region, sizeof region) == sizeof region;
         at = static_cast<char*>(region.BaseAddress) + region.RegionSize)
      if (region.Type == MEM_IMAGE && region.AllocationBase == region.BaseAddress &&
          static_cast<DWORD>(reinterpret_cast<std::uintptr_t>(region.BaseAddress)) == *loaded)
        base = static_cast<char*>(region.BaseAddress);
    if (!base) ::Sleep(1);
  }
  std::ptrdiff_t distance = start - reinterpret_cast<char*>(here);
  ::FreeLibrary(here);
  if (!base) return "the shim was loaded, but is not to be found in it (process " + std::to_string(id) + ")";
  auto started = callThere(process, base + distance, nullptr);
  if (!started) return "the shim did not answer";
  if (*started) return "the shim could not take the place of the system's vssapi.dll; is there one in System32?";
  return {};
}

BOOL WINAPI ignoreControl(DWORD type) { return type == CTRL_C_EVENT || type == CTRL_BREAK_EVENT; }

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
  if (!createProcess(program->c_str(), commandLine(launch.command), CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT, environment.data(), startup, created))
    return {126, narrow(*program) + ": cannot be started: " + lastError()};
  Handle process(created.hProcess), thread(created.hThread);
  std::string error = putInto(process, created.dwProcessId, launch.shim);
  if (!error.empty()) {
    ::TerminateProcess(process, 126);
    return {126, narrow(*program) + ": " + error};
  }
  ::SetConsoleCtrlHandler(ignoreControl, TRUE);
  ::ResumeThread(thread);
  ::WaitForSingleObject(process, INFINITE);
  DWORD code = 0;
  ::GetExitCodeProcess(process, &code);
  ::SetConsoleCtrlHandler(ignoreControl, FALSE);
  return {static_cast<int>(code), {}};
}

bool isWindowsProgram(const std::string& name) {
  auto program = findProgram(name);
  return program && machineOf(*program) != 0;
}

}  // namespace vss::launch
