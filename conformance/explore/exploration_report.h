// What `conform --explore` prints: docs/explore.md.
#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include "conformance/explore/explore.h"
#include "conformance/explore/random_command.h"

namespace vss::conformance {

// A sequence that ended the process; empty: that came before the first one. trace: the evidence, in the --report folder.
struct Death { std::string sequence, how, trace; };

// The first part, by the process that explores; of JSON, an object that is still open.
void printExploration(const Exploration& found, const std::vector<Death>& deaths, int depth, const std::string& target, const std::string& format, std::ostream& out);
// Behind it what the random sequences showed; nullptr: nobody asked for them.
void printRandom(const RandomRun* random, const std::string& format, std::ostream& out);

}  // namespace vss::conformance
