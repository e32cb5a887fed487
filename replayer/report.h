// What a support engineer or a developer reads when a program went another way than the recording.
#pragma once
#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "traces/call.h"

namespace vss {

struct Divergence {
  Call live;                                  // the call that came; its number counts the program's calls
  const Call* heldAgainst = nullptr;          // the recorded call that is nearest to it
  std::string difference;                     // "lContext is 4, was 0 when recorded"
  std::vector<const Call*> played;            // what was answered on this object so far, in order
  std::vector<const Call*> next;              // what the recording has next on it
  std::string answer;                         // what the program was told
};

class Report {
 public:
  // file: created at once, and appended to; nullopt: standard error.
  Report(const std::filesystem::path& trace, std::optional<std::filesystem::path> file);
  void diverged(const Divergence& divergence) noexcept;
  // A line that is no divergence.
  void tell(const std::string& line) noexcept;
  // Recorded calls that were never asked for. Waits for nobody.
  void notAskedFor(const std::vector<const Call*>& calls) noexcept;
  int divergences() const { return count_; }

 private:
  void write(const std::string& text) noexcept;
  std::mutex mutex_;
  std::string trace_;
  std::optional<std::filesystem::path> file_;
  int count_ = 0;
};

}  // namespace vss
