// `shadowtape conform --explore`.
#pragma once
#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "conformance/explore/explore.h"
#include "recorder/target.h"

namespace vss::conformance {

struct ExplorationOptions {
  std::string target, report, format = "text";
  std::vector<std::string> choices;     // NAME=VALUE, for targets that read a scenario
  std::chrono::milliseconds hangLimit{10000};
  int depth = 0;                        // steps of the longest sequences
  bool unmerged = false;
  int random = 100;                     // sequences over the whole API behind it
  std::optional<std::uint64_t> seed;    // of them; else another each time

  // For the process that explores.
  std::string folder;                   // where it and the command tell each other; empty: this is the command
  std::string only;                     // record this sequence, and search nothing
  std::string until;                    // the search stops before this sequence
  std::vector<std::string> deaths;      // SEQUENCE=TRACE=HOW
  std::vector<std::string> leftOut;     // no sequence that holds one of these; "-": nor are the writers learned
  std::vector<std::string> targetChoices;  // what the target's scenario chose
};
// So long at most takes what makes one disagreement or error shorter.
inline constexpr std::chrono::seconds kShortening{60};

// 0 no disagreement; 1 disagreements or errors; 2 the target or a file cannot be used.
int runExploration(const ExplorationOptions& options, const OpenTarget& openTarget, const Reference& reference, std::ostream& out, std::ostream& err);
// The part of it that may crash, in a process of its own, which it ends.
[[noreturn]] void runExplorationHere(const ExplorationOptions& options, const OpenTarget& openTarget, const Reference& reference, std::ostream& out, std::ostream& err);

}  // namespace vss::conformance
