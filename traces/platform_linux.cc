#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "traces/platform.h"

namespace vss {

std::string platformName() {
#if defined(__x86_64__)
  return "linux x86-64";
#elif defined(__aarch64__)
  return "linux aarch64";
#else
  return "linux";
#endif
}
std::uint32_t currentProcess() { return static_cast<std::uint32_t>(::getpid()); }
bool processRuns(std::uint32_t process) { return ::kill(static_cast<pid_t>(process), 0) == 0 || errno != ESRCH; }
std::uint64_t currentThread() { return static_cast<std::uint64_t>(::syscall(SYS_gettid)); }
bool threadHasEnded(std::uint64_t thread) {
  int before = errno;
  bool ended = ::syscall(SYS_tgkill, ::getpid(), static_cast<pid_t>(thread), 0) != 0 && errno == ESRCH;
  errno = before;
  return ended;
}
bool otherThreadsAreGoneAtExit() { return false; }
std::string shownPath(const std::filesystem::path& path) { return path.string(); }
std::filesystem::path pathFromUtf8(const std::string& text) { return text; }
bool isLink(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_symlink(path, ignored);
}
std::optional<std::string> environmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? std::optional<std::string>(value) : std::nullopt;
}
void setEnvironmentVariable(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
std::vector<std::string> programArguments(int argc, char** argv) { return {argv, argv + argc}; }
void prepareStreams() {}
void outliveOutputReader() { std::signal(SIGPIPE, SIG_IGN); }
unsigned errorTerminalWidth() {
  if (!::isatty(STDERR_FILENO) || environmentVariable("TERM") == "dumb") return 0;
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}
bool outputReaderIsGone() {
  struct stat status;
  return ::fstat(STDOUT_FILENO, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

}  // namespace vss
