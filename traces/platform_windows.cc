#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <shellapi.h>
#include <cstdio>

#include "traces/platform.h"
#include "traces/vss/text.h"

namespace vss {

std::string platformName() {
  std::string name = "windows x86-64";
  HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  // GetVersionEx tells what the program's manifest asks for; RtlGetVersion what is there.
  auto getVersion = reinterpret_cast<LONG(WINAPI*)(OSVERSIONINFOW*)>(reinterpret_cast<void*>(::GetProcAddress(ntdll, "RtlGetVersion")));
  OSVERSIONINFOW version{};
  version.dwOSVersionInfoSize = sizeof version;
  if (getVersion && getVersion(&version) == 0)
    name += " " + std::to_string(version.dwMajorVersion) + "." + std::to_string(version.dwMinorVersion) + "." + std::to_string(version.dwBuildNumber);
  if (auto wine = reinterpret_cast<const char*(*)()>(reinterpret_cast<void*>(::GetProcAddress(ntdll, "wine_get_version"))))
    name += std::string(" (Wine ") + wine() + ")";
  return name;
}
std::uint32_t currentProcess() { return ::GetCurrentProcessId(); }
bool processRuns(std::uint32_t process) {
  HANDLE handle = ::OpenProcess(SYNCHRONIZE, FALSE, process);
  if (!handle) return ::GetLastError() != ERROR_INVALID_PARAMETER;  // there is no such process
  bool runs = ::WaitForSingleObject(handle, 0) != WAIT_OBJECT_0;
  ::CloseHandle(handle);
  return runs;
}
std::uint64_t currentThread() { return ::GetCurrentThreadId(); }
bool threadHasEnded(std::uint64_t thread) {
  DWORD before = ::GetLastError();
  HANDLE handle = ::OpenThread(SYNCHRONIZE | THREAD_QUERY_INFORMATION, FALSE, static_cast<DWORD>(thread));
  // The number of a thread that has ended may belong to another process's by now.
  bool ended = handle ? ::WaitForSingleObject(handle, 0) == WAIT_OBJECT_0 || ::GetProcessIdOfThread(handle) != ::GetCurrentProcessId()
                      : ::GetLastError() == ERROR_INVALID_PARAMETER;
  if (handle) ::CloseHandle(handle);
  ::SetLastError(before);
  return ended;
}
bool otherThreadsAreGoneAtExit() { return true; }
std::string shownPath(const std::filesystem::path& path) {
  return toUtf8({reinterpret_cast<const char16_t*>(path.c_str()), path.native().size()});
}
std::filesystem::path pathFromUtf8(const std::string& text) { return toUtf16(text); }
bool isLink(const std::filesystem::path& path) {
  WIN32_FIND_DATAW found;
  HANDLE search = ::FindFirstFileW(path.c_str(), &found);
  if (search == INVALID_HANDLE_VALUE) return false;
  ::FindClose(search);
  return found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT && (found.dwReserved0 == IO_REPARSE_TAG_SYMLINK || found.dwReserved0 == IO_REPARSE_TAG_MOUNT_POINT);
}
std::optional<std::string> environmentVariable(const char* name) {
  std::wstring wide(name, name + std::char_traits<char>::length(name));
  DWORD length = ::GetEnvironmentVariableW(wide.c_str(), nullptr, 0);
  if (length <= 1) return std::nullopt;
  std::wstring value(length, L'\0');
  value.resize(::GetEnvironmentVariableW(wide.c_str(), value.data(), length));
  return toUtf8({reinterpret_cast<const char16_t*>(value.data()), value.size()});
}
void setEnvironmentVariable(const char* name, const std::string& value) {
  ::SetEnvironmentVariableW(pathFromUtf8(name).c_str(), pathFromUtf8(value).c_str());
}
std::vector<std::string> programArguments(int, char**) {
  int count = 0;
  LPWSTR* wide = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  std::vector<std::string> arguments;
  for (int i = 0; i < count; ++i) arguments.push_back(toUtf8(reinterpret_cast<const char16_t*>(wide[i])));
  ::LocalFree(wide);
  return arguments;
}
void prepareStreams() {
  ::_setmode(::_fileno(stdin), _O_BINARY);
  ::_setmode(::_fileno(stdout), _O_BINARY);
  ::_setmode(::_fileno(stderr), _O_BINARY);
  ::SetConsoleOutputCP(CP_UTF8);
}
void outliveOutputReader() {}
unsigned errorTerminalWidth() {
  HANDLE console = ::GetStdHandle(STD_ERROR_HANDLE);
  DWORD mode;
  if (!::GetConsoleMode(console, &mode)) return 0;
  CONSOLE_SCREEN_BUFFER_INFO info{};
  return ::GetConsoleScreenBufferInfo(console, &info) && info.dwSize.X > 0 ? static_cast<unsigned>(info.dwSize.X) : 80;
}
bool outputReaderIsGone() { return ::GetFileType(::GetStdHandle(STD_OUTPUT_HANDLE)) == FILE_TYPE_PIPE; }

}  // namespace vss
