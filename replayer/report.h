// What a support engineer or a developer reads when a program went another way than the recording.
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "replayer/progress.h"
#include "traces/protocol.h"

namespace vss {

// Reads a call; it is valid until the next is read.
using ReadCall = std::function<const Call&(CallNumber)>;

struct Played {
  CallNumber call;
  Stage stage = Stage::none;  // of the operation that it started, as far as the program has been told
};

struct Divergence {
  Call live;                                  // the call that came; its number counts the program's calls
  Nearest nearest;                            // the recorded call that it is held against
  std::string difference;                     // empty: what `nearest` and the arguments say
  FileArray<Played> played;                   // what was answered on this object so far, in order
  std::vector<CallNumber> next;               // what the recording has next on it
  ReadCall callOf;
};

class Report {
 public:
  // file: created at once, and appended to; nullopt: standard error.
  Report(const std::filesystem::path& trace, std::optional<std::filesystem::path> file, Matching matching = {});
  void diverged(const Divergence& divergence) noexcept;
  // One that is counted, but no longer printed: see wantsMore().
  void divergedAgain() noexcept { ++count_; }
  bool wantsMore() const noexcept;
  // A line that is no divergence.
  void tell(const std::string& line) noexcept;
  // Recorded calls that were never asked for, how many and the first of them; the last word.
  static constexpr std::size_t kListed = 20;
  void notAskedFor(std::uint64_t count, const std::vector<CallNumber>& first, const ReadCall& callOf) noexcept;
  int divergences() const noexcept { return count_; }

 private:
  void write(const std::string& text) noexcept;
  std::string trace_;
  std::optional<std::filesystem::path> file_;
  const Matching matching_;
  std::atomic<int> count_{0};
};

}  // namespace vss
