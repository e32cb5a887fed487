// For the end-to-end tests: starts the built programs as a customer would, in processes of their own, and reads what they said.
// Text is UTF-8 on both platforms.
#pragma once
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "traces/platform.h"

#if defined(_WIN32)
#include <windows.h>

#include "recorder/launch/create_process_windows.h"
#include "recorder/launch/launch.h"
#include "traces/vss/text.h"
#else
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;
#endif

namespace vss::test {

using Environment = std::vector<std::pair<std::string, std::string>>;  // an empty value unsets

#if defined(_WIN32)
inline constexpr const char* kExe = ".exe";
inline constexpr const char* kShim = "vssapi.dll";
#else
inline constexpr const char* kExe = "";
inline constexpr const char* kShim = "libvssapi.so";
#endif

// What was built: buildPath("recorder/libvssapi.so").
inline std::filesystem::path buildPath(const std::string& name) {
  auto build = environmentVariable("SHADOWTAPE_BUILD");
  if (!build) throw std::runtime_error("SHADOWTAPE_BUILD is not set; it names the build folder");
  return (std::filesystem::absolute(pathFromUtf8(*build)) / pathFromUtf8(name)).make_preferred();
}
inline std::string program(const std::string& name) { return shownPath(buildPath(name + kExe)); }      // program("bin/shadowtape")
inline std::string shim(const std::string& room) { return shownPath(buildPath(room + "/" + kShim)); }   // shim("model")

inline std::string contentOf(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

// A new folder, which goes with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int made = 0;
    path_ = std::filesystem::temp_directory_path() / ("shadowtape-" + std::to_string(currentProcess()) + "-" + std::to_string(++made));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

struct Ran {
  int exitCode = -1;           // Linux: 128 + n after signal n
  std::string out, err;
  bool timedOut = false;       // it was killed because the time was up
};

// status_loop with the recorder in front of the model, but without the `record` command between: the process that is started here is the one that records.
struct RecordedLoop {
  RecordedLoop(const std::filesystem::path& folder, const std::filesystem::path& trace) : environment{{"SHADOWTAPE_TRACE", shownPath(trace)}, {"SHADOWTAPE_TARGET", shim("model")}} {
#if defined(_WIN32)
    auto beside = folder / "status_loop.exe";   // the shim lies beside the program
    std::filesystem::copy_file(pathFromUtf8(program("requesters/status_loop")), beside);
    std::filesystem::copy_file(pathFromUtf8(shim("recorder")), folder / "vssapi.dll");
    path = shownPath(beside);
#else
    static_cast<void>(folder);
    path = program("requesters/status_loop");
    environment.emplace_back("LD_LIBRARY_PATH", shownPath(buildPath("recorder")));
#endif
  }
  std::vector<std::string> command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), path);
    return arguments;
  }
  std::string path;
  Environment environment;
};

// A program that runs. Its standard input is the file `input`, or empty; its output goes to files, which can be read meanwhile. Killed when this goes.
// Not from two threads at once: the environment is this process's own for a moment.
class Process {
 public:
  explicit Process(const std::vector<std::string>& command, const Environment& environment = {}, std::filesystem::path input = {}) : input_(std::move(input)) {
    std::vector<std::pair<std::string, std::optional<std::string>>> before;
    for (const auto& [name, value] : environment) {
      before.emplace_back(name, environmentVariable(name.c_str()));
      setEnvironment(name, value);
    }
    start(command);
    for (auto it = before.rbegin(); it != before.rend(); ++it) setEnvironment(it->first, it->second.value_or(""));
  }
  ~Process() {
    if (!ended_) kill(), wait(std::chrono::seconds(10));
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  std::string out() const { return contentOf(folder_ / "out"); }
  std::string err() const { return contentOf(folder_ / "err"); }
  Ran wait(std::chrono::milliseconds limit) {
    Ran ran;
    if (!ended(limit)) ran.timedOut = true, kill(), ended(std::chrono::seconds(10));
    ran.exitCode = exitCode_;
    ran.out = out();
    ran.err = err();
    return ran;
  }

#if defined(_WIN32)
  void kill() { ::TerminateProcess(process_, 137); }
  HANDLE handle() const { return process_; }

 private:
  static std::wstring wide(const std::string& text) {
    auto units = toUtf16(text);
    return {reinterpret_cast<const wchar_t*>(units.data()), units.size()};
  }
  static void setEnvironment(const std::string& name, const std::string& value) {
    ::SetEnvironmentVariableW(wide(name).c_str(), value.empty() ? nullptr : wide(value).c_str());
  }
  static HANDLE open(const std::filesystem::path& path, bool write) {
    SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
    return ::CreateFileW(path.c_str(), write ? GENERIC_WRITE : GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                         write ? CREATE_ALWAYS : OPEN_EXISTING, 0, nullptr);
  }
  void start(const std::vector<std::string>& command) {
    STARTUPINFOW startup{};
    startup.cb = sizeof startup;
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = open(input_.empty() ? "NUL" : input_, false);
    startup.hStdOutput = open(folder_ / "out", true);
    startup.hStdError = open(folder_ / "err", true);
    PROCESS_INFORMATION created{};
    if (!launch::createProcess(nullptr, launch::commandLine(command), 0, nullptr, startup, created))
      throw std::runtime_error(command[0] + " cannot be started: system error " + std::to_string(::GetLastError()));
    ::CloseHandle(created.hThread);
    for (HANDLE handle : {startup.hStdInput, startup.hStdOutput, startup.hStdError}) ::CloseHandle(handle);
    process_ = created.hProcess;
  }
  bool ended(std::chrono::milliseconds limit) {
    if (!ended_ && ::WaitForSingleObject(process_, static_cast<DWORD>(limit.count())) == WAIT_OBJECT_0) {
      ::DWORD code = 0;
      ::GetExitCodeProcess(process_, &code);
      ::CloseHandle(process_);
      exitCode_ = static_cast<int>(code);
      ended_ = true;
    }
    return ended_;
  }

  HANDLE process_ = nullptr;
#else
  void kill() {
    if (!ended_) ::kill(process_, SIGKILL);
  }
  pid_t id() const { return process_; }

 private:
  static void setEnvironment(const std::string& name, const std::string& value) {
    if (value.empty()) ::unsetenv(name.c_str());
    else ::setenv(name.c_str(), value.c_str(), 1);
  }
  void start(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, input_.empty() ? "/dev/null" : input_.c_str(), O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, (folder_ / "out").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::posix_spawn_file_actions_addopen(&actions, 2, (folder_ / "err").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    // However the tests were started: in the background a shell has the keyboard's signals ignored.
    posix_spawnattr_t attributes;
    sigset_t byDefault;
    ::sigemptyset(&byDefault), ::sigaddset(&byDefault, SIGINT), ::sigaddset(&byDefault, SIGQUIT);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigdefault(&attributes, &byDefault);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int error = ::posix_spawnp(&process_, command[0].c_str(), &actions, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error) throw std::system_error(error, std::generic_category(), command[0] + " cannot be started");
  }
  bool ended(std::chrono::milliseconds limit) {
    for (auto end = std::chrono::steady_clock::now() + limit; !ended_;) {
      int status = 0;
      if (::waitpid(process_, &status, WNOHANG) == process_) {
        exitCode_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        ended_ = true;
      } else if (std::chrono::steady_clock::now() >= end) break;
      else std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return ended_;
  }

  pid_t process_ = 0;
#endif
  std::filesystem::path input_;
  TemporaryFolder folder_;
  bool ended_ = false;
  int exitCode_ = -1;
};

inline Ran run(const std::vector<std::string>& command, const Environment& environment = {},
               std::chrono::milliseconds limit = std::chrono::seconds(60), const std::filesystem::path& input = {}) {
  return Process(command, environment, input).wait(limit);
}

}  // namespace vss::test
