// Starts a requester with a shim in place of the system's VSS.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vss::launch {

struct Launch {
  std::vector<std::string> command;   // program and arguments, UTF-8; the program is looked up in PATH as a shell would
  std::filesystem::path shim;         // the library to put in front
  std::vector<std::pair<std::string, std::string>> environment;  // set for the program on top of ours; an empty value unsets
  // Apart from us: nothing to read, what it prints goes into a file. What it has started is killed with it: when it has ended, or the limit is over.
  struct Apart { std::filesystem::path output; std::chrono::milliseconds limit; };
  std::optional<Apart> apart = {};
};

// exitCode: the program's own; 128 + n if signal n killed it, as shells say it. If it could not be started: 126 (found, but not
// runnable) or 127 (not found), and `error` says why in one line.
struct Ended {
  int exitCode = 0;
  std::string error;
  enum class How : std::uint8_t { exited, crashed, tookTooLong } how = How::exited;   // crashed: by a signal, or an exception that nobody caught
  bool interrupted = false;   // somebody pressed Ctrl-C meanwhile; not told of what ran apart
};

// Runs the program and waits for it. Its streams are ours, unless it runs apart. Ctrl-C goes to the program; we wait for what it makes of it.
// Linux: the shim's folder leads the library path. Windows: the program is created suspended, the shim is loaded into it and started, then
// the program runs; no file of anybody is touched.
Ended run(const Launch& launch);

// One of these is given: a program that runs already, or that somebody else will start.
struct Running {
  unsigned long process = 0;   // its number
  std::string waitFor;         // the first one whose program has this file name (".exe" may be missing), of those that run or of those to come
  unsigned long detach = 0;    // no longer this one, whoever entered it
  bool given() const { return process || detach || !waitFor.empty(); }
};
// Windows: puts the shim into it, and waits until it ends, somebody presses Ctrl-C or detaches; then the shim gives everything back, and the
// program goes on. settings: the environment variables that `run` would set. `say` is told in a line what is waited for; doing: "recording".
// exitCode 0; 2: it could not be entered or left, and `error` says why. On Linux always 2.
Ended enter(const Running& running, const std::string& doing, const std::filesystem::path& shim,
            const std::vector<std::pair<std::string, std::string>>& settings, const std::function<void(const std::string& line)>& say);

// A Windows program (MZ … PE), whatever its name. Looked up in PATH as run() does.
bool isWindowsProgram(const std::string& program);

#if defined(_WIN32)
// The program's name and arguments as one line, which CommandLineToArgvW and every C runtime take apart again.
std::wstring commandLine(const std::vector<std::string>& command);
#else
// For exec: our environment with the changes; an empty value unsets. And the pointers that it takes, which borrow the texts.
std::vector<std::string> changedEnvironment(const std::vector<std::pair<std::string, std::string>>& changes);
std::vector<char*> pointers(std::vector<std::string>& texts);
// Runs our own Windows command under Wine, `arguments` -- `program`, with `vssapi=n,b` among the overrides. Exit codes come through in
// 8 bits, as Wine gives them. program: a Windows program and its arguments; looked up as run() does.
Ended runUnderWine(const std::filesystem::path& windowsCommand, const std::vector<std::string>& arguments, const std::vector<std::string>& program);
// The file's name for a program under Wine: Z:\…
std::string toWindowsPath(const std::filesystem::path& path);
#endif

}  // namespace vss::launch
