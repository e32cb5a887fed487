#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include "recorder/launch/launch.h"

extern char** environ;

namespace vss::launch {

std::vector<std::string> changedEnvironment(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    std::string_view name(*entry, std::strcspn(*entry, "="));
    bool changed = false;
    for (const auto& [key, value] : changes) changed = changed || key == name;
    if (!changed) all.emplace_back(*entry);
  }
  for (const auto& [key, value] : changes)
    if (!value.empty()) all.push_back(key + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (auto& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

namespace {

bool runnable(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

// The program as a shell finds it: with a slash as it is, else along PATH. nullopt: nowhere.
std::optional<std::filesystem::path> findProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return std::filesystem::exists(name) ? std::optional<std::filesystem::path>(name) : std::nullopt;
  const char* value = std::getenv("PATH");
  std::string path = value ? value : "/usr/local/bin:/usr/bin:/bin";
  for (std::size_t start = 0; start <= path.size();) {
    std::size_t end = std::min(path.find(':', start), path.size());
    auto candidate = std::filesystem::path(end == start ? "." : path.substr(start, end - start)) / name;
    if (runnable(candidate)) return candidate;
    start = end + 1;
  }
  return std::nullopt;
}

volatile std::sig_atomic_t interrupted = 0;

// While the program runs, the keyboard's signals are the program's affair; that there was a Ctrl-C is told.
class SignalsAside {
 public:
  SignalsAside() {
    interrupted = 0;
    struct sigaction note {}, ignore {};
    note.sa_handler = [](int) { interrupted = 1; };
    note.sa_flags = SA_RESTART;
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &note, &interrupt_);
    ::sigaction(SIGQUIT, &ignore, &quit_);
  }
  ~SignalsAside() { restore(); }
  void restore() const {
    ::sigaction(SIGINT, &interrupt_, nullptr);
    ::sigaction(SIGQUIT, &quit_, nullptr);
  }

 private:
  struct sigaction interrupt_ {}, quit_ {};
};

Ended endOf(int status) {
  if (WIFSIGNALED(status)) return {128 + WTERMSIG(status), {}, Ended::How::crashed};
  return {WEXITSTATUS(status), {}};
}

// In the child: with what it starts a group of its own, which does not outlive us.
void goApart(const Launch::Apart& apart, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  int output = ::open(apart.output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666), none = ::open("/dev/null", O_RDONLY);
  if (output >= 0) ::dup2(output, 1), ::dup2(output, 2), ::close(output);
  if (none >= 0) ::dup2(none, 0), ::close(none);
}

Ended waitApart(pid_t child, std::chrono::milliseconds limit) {
  auto end = std::chrono::steady_clock::now() + limit;
  bool over = false;
  for (auto pause = std::chrono::microseconds(200); !over; pause = std::min(pause * 2, std::chrono::microseconds(5000))) {
    siginfo_t info{};
    // Not reaped yet: until then nobody else's group has this number.
    if (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child) break;
    over = std::chrono::steady_clock::now() > end;
    if (!over) std::this_thread::sleep_for(pause);
  }
  ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  Ended ended = endOf(status);
  if (over) ended.how = Ended::How::tookTooLong;
  return ended;
}

Ended spawn(const std::filesystem::path& program, std::vector<std::string> command, std::vector<std::string> environment,
            const std::optional<Launch::Apart>& apart = std::nullopt) {
  // exec closes the pipe when it succeeds, and else sends the reason through it.
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC)) return {126, std::string("no pipe: ") + std::strerror(errno)};
  auto argv = pointers(command), envp = pointers(environment);
  std::optional<SignalsAside> aside;
  if (!apart) aside.emplace();
  pid_t parent = ::getpid(), child = ::fork();
  if (child == 0) {
    if (aside) aside->restore();
    else goApart(*apart, parent);
    ::execve(program.c_str(), argv.data(), envp.data());
    if (errno == ENOEXEC) {  // a script without its first line: a shell would run it
      std::vector<char*> shell{const_cast<char*>("/bin/sh"), const_cast<char*>(program.c_str())};
      shell.insert(shell.end(), argv.begin() + 1, argv.end());
      ::execve("/bin/sh", shell.data(), envp.data());
    }
    int error = errno;
    [[maybe_unused]] auto sent = ::write(ends[1], &error, sizeof error);
    ::_exit(126);
  }
  int forkError = errno, error = 0;
  ::close(ends[1]);
  ssize_t got = child > 0 ? ::read(ends[0], &error, sizeof error) : 0;
  ::close(ends[0]);
  if (child < 0) return {126, program.string() + ": cannot be started: " + std::strerror(forkError)};
  if (apart && got != sizeof error) return waitApart(child, apart->limit);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (got == sizeof error) return {error == ENOENT ? 127 : 126, program.string() + ": cannot be started: " + std::strerror(error)};
  Ended ended = endOf(status);
  ended.interrupted = aside && interrupted;
  return ended;
}

}  // namespace

Ended run(const Launch& launch) {
  auto program = findProgram(launch.command.at(0));
  if (!program) return {127, launch.command[0] + ": no such program, neither here nor in PATH"};
  if (std::filesystem::is_directory(*program)) return {126, program->string() + ": is a folder, not a program"};
  if (!runnable(*program)) return {126, program->string() + ": is not executable; chmod +x makes it so"};
  auto changes = launch.environment;
  std::string path = launch.shim.parent_path().string();
  if (const char* rest = std::getenv("LD_LIBRARY_PATH"); rest && *rest) path += std::string(":") + rest;
  changes.emplace_back("LD_LIBRARY_PATH", path);
  return spawn(*program, launch.command, changedEnvironment(changes), launch.apart);
}

Ended enter(const Running&, const std::string&, const std::filesystem::path&, const std::vector<std::pair<std::string, std::string>>&,
            const std::function<void(const std::string& line)>&) {
  return {2, "only Windows programs can be entered while they run"};
}

bool isWindowsProgram(const std::string& name) {
  auto program = findProgram(name);
  if (!program) return false;
  std::ifstream file(*program, std::ios::binary);
  unsigned char head[64] = {};
  if (!file.read(reinterpret_cast<char*>(head), sizeof head) || head[0] != 'M' || head[1] != 'Z') return false;
  std::uint32_t at;
  std::memcpy(&at, head + 60, 4);
  char signature[4] = {};
  return file.seekg(at) && file.read(signature, 4) && std::memcmp(signature, "PE\0\0", 4) == 0;
}

Ended runUnderWine(const std::filesystem::path& windowsCommand, const std::vector<std::string>& arguments, const std::vector<std::string>& program) {
  std::optional<std::filesystem::path> wine;
  for (const char* name : {"wine64", "wine", "/usr/lib/wine/wine64"})
    if (!wine) wine = findProgram(name);
  if (!wine) return {127, "Wine is not installed, and the program is a Windows program; on Debian: apt-get install wine64 wine"};
  std::vector<std::string> command{wine->string(), windowsCommand.string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.end(), {"--", toWindowsPath(findProgram(program.at(0)).value_or(program[0]))});
  command.insert(command.end(), program.begin() + 1, program.end());
  const char* overrides = std::getenv("WINEDLLOVERRIDES");
  std::vector<std::pair<std::string, std::string>> changes{
      {"WINEDLLOVERRIDES", std::string(overrides && *overrides ? overrides : "mscoree=;mshtml=") + ";vssapi=n,b"}};
  if (!std::getenv("WINEDEBUG")) changes.emplace_back("WINEDEBUG", "-all");
  return spawn(*wine, std::move(command), changedEnvironment(changes));
}

std::string toWindowsPath(const std::filesystem::path& path) {
  std::string text = "Z:" + std::filesystem::absolute(path).lexically_normal().string();
  for (char& c : text)
    if (c == '/') c = '\\';
  return text;
}

}  // namespace vss::launch
