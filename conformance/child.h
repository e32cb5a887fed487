// Runs this program again, as a process of its own that may crash or hang.
#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace vss::conformance {

struct ChildEnd {
  enum class How : std::uint8_t { exited, died, hung, notStarted } how = How::exited;
  int code = 0;         // exited: its exit code; died: the signal, or Windows' exception code
  std::string words;    // "signal 11", "exception 0xc0000005", why it could not be started
};

// arguments: without the program's name, UTF-8. environment: set on top of ours; an empty value unsets. output: gets what it prints. Killed when
// the limit is over.
ChildEnd runOurselves(const std::vector<std::string>& arguments, const std::vector<std::pair<std::string, std::string>>& environment,
                      const std::filesystem::path& output, std::chrono::milliseconds limit);
// What this program was started with, without its name, UTF-8.
std::vector<std::string> ownArguments();
// In the child, first: a crash ends it at once, without a dialog or a core file.
void dieQuietly();

}  // namespace vss::conformance
