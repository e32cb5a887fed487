// `shadowtape conform`: drives an implementation by the recipes of the catalogue, and judges what it answered.
#pragma once
#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "conformance/driver.h"
#include "conformance/shown_calls.h"
#include "conformance/verdict.h"
#include "recorder/target.h"

namespace vss::conformance {

struct RecipeResult {
  const Rule* rule = nullptr;
  std::string name;           // WS-049, WS-049.2
  std::string recipe;         // as written
  Verdict verdict = Verdict::pass;
  std::string cause;          // what was seen; why it could not be tested
  std::string reason;         // of the expectation file
  std::string trace;          // the evidence
  std::string state = {};     // that the judged call met
  std::vector<ShownCall> calls = {};
  double seconds = 0;
  bool red() const;
};

struct ConformOptions {
  std::string target, filter, report, expect, writeExpect, format = "text";
  std::vector<std::string> choices;     // NAME=VALUE, for targets that read a scenario
  std::vector<std::string> compare;     // --report folders; then nothing runs
  std::chrono::milliseconds hangLimit{10000};
  bool list = false;
  int explore = 0;                      // steps of the longest sequences; 0: recipes instead
  bool unmerged = false;
  std::vector<std::string> deaths, targetChoices;  // for the process that explores: SEQUENCE=HOW; what the target's scenario chose
};
// 0 nothing is red; 1 something is; 2 the target or a file cannot be used.
int runConform(const ConformOptions& options, const OpenTarget& openTarget, std::ostream& out, std::ostream& err);

// --compare: the runs in those folders side by side. 0 the same verdicts; 1 they differ; 2 a folder cannot be used.
int runCompare(const ConformOptions& options, std::ostream& out, std::ostream& err);

// A recipe in this process, which is there for nothing else. Its exit code: 0 it came to its last call; 3 it did not; 2 it could not begin.
int runRecipe(const std::string& name, const std::string& target, const std::string& trace, const std::string& scouted, const OpenTarget& openTarget, std::ostream& err);

// --explore, and the part of it that may crash, in a process of its own: see explore_command.cc. Exit code as of runConform.
struct Reference;
int runExploration(const ConformOptions& options, const OpenTarget& openTarget, std::ostream& out, std::ostream& err);
int runExplorationHere(const ConformOptions& options, const std::string& folder, const OpenTarget& openTarget, const Reference& reference, std::ostream& out, std::ostream& err);

// All recipes by name, in the catalogue's order.
struct NamedRecipe { const Rule* rule; const Recipe* recipe; std::string name; };
std::vector<NamedRecipe> namedRecipes(const Catalogue& catalogue);

// The two recipes that come before all others, and what the traces that they left in a folder (NAME.vsst) tell of the target.
inline constexpr const char *kScout = "scout", *kScoutBackup = "scout-backup";
Recipe scoutingRecipe(const std::string& name);
Surroundings surroundingsIn(const std::filesystem::path& folder);

}  // namespace vss::conformance
