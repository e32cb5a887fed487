#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <ctime>

#include "conformance/child.h"
#include "recorder/launch/launch.h"

namespace vss::conformance {
ChildEnd runOurselves(const std::vector<std::string>& arguments, const std::vector<std::pair<std::string, std::string>>& environment,
                      const std::filesystem::path& output, std::chrono::milliseconds limit) {
  std::vector<std::string> command{program_invocation_name};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto variables = launch::changedEnvironment(environment);
  auto argv = launch::pointers(command), envp = launch::pointers(variables);
  pid_t parent = ::getpid(), child = ::fork();
  if (child < 0) return {ChildEnd::How::notStarted, 0, std::strerror(errno)};
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // it does not outlive us
    if (::getppid() != parent) ::_exit(127);
    int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), none = ::open("/dev/null", O_RDONLY);
    if (file >= 0) ::dup2(file, 1), ::dup2(file, 2);
    if (none >= 0) ::dup2(none, 0);
    ::execve("/proc/self/exe", argv.data(), envp.data());
    ::_exit(127);
  }
  auto end = std::chrono::steady_clock::now() + limit;
  for (long pause = 200'000; ; pause = std::min(pause * 2, 1'000'000L)) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) {
      if (WIFEXITED(status)) return {ChildEnd::How::exited, WEXITSTATUS(status), ""};
      return {ChildEnd::How::died, WTERMSIG(status), std::string("signal ") + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")"};
    }
    if (std::chrono::steady_clock::now() > end) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return {ChildEnd::How::hung, 0, ""};
    }
    timespec nap{0, pause};
    ::nanosleep(&nap, nullptr);
  }
}

std::vector<std::string> ownArguments() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(in, argument, '\0');) arguments.push_back(argument);
  if (!arguments.empty()) arguments.erase(arguments.begin());
  return arguments;
}

void dieQuietly() {
  rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace vss::conformance
