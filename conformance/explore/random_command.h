// Random sequences of calls over the whole API, behind an exploration.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conformance/explore/explore.h"
#include "conformance/explore/explore_command.h"
#include "traces/progress.h"

namespace vss::conformance {

struct RandomRun {
  std::uint64_t seed = 0;
  int run = 0;                             // sequences on which the two agreed
  std::optional<std::string> sequence;     // the shortest on which they do not, as the catalogue writes situations
  std::vector<std::string> differences;    // there; a line each
  std::string trace;                       // the evidence, in the --report folder
  Choices choices;                         // those given, and those taken over
  std::string none;                        // why there was no sequence; empty: there were
};

// Each sequence in a process of its own on either side, so that nothing is left of the one before, and a crash or a hang is an answer like others. Ends with
// the first disagreement. choices: decided so far. progress: is told how far it is. Throws std::runtime_error.
RandomRun runRandom(const ExplorationOptions& options, const Choices& choices, const Reference& reference, ProgressLine& progress);

}  // namespace vss::conformance
