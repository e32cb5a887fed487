// `shadowtape conform`: drives an implementation by the recipes of the catalogue, and judges what it answered.
#pragma once
#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

#include "conformance/runner.h"
#include "recorder/target.h"

namespace vss::conformance {

struct Reference;

struct ConformOptions {
  std::string target, filter, report, expect, writeExpect, format = "text";
  std::string revision;                 // the requirement set that is scored; empty: the newest
  std::vector<std::string> choices;     // NAME=VALUE, for targets that read a scenario
  std::vector<std::string> compare;     // --report folders; then nothing runs
  std::chrono::milliseconds hangLimit{10000};
  bool list = false;
};
// 0 nothing is red; 1 something is; 2 the target or a file cannot be used. reference: what knows the choices that there are.
int runConform(const ConformOptions& options, const OpenTarget& openTarget, const Reference& reference, std::ostream& out, std::ostream& err);

// --compare: the runs in those folders side by side. 0 the same verdicts; 1 they differ; 2 a folder cannot be used.
int runCompare(const ConformOptions& options, std::ostream& out, std::ostream& err);

// --run-recipe: one recipe, or a situation, in this process. Exit code as of runRecipe() in runner.h.
int runNamedRecipe(const std::string& name, const std::string& target, const std::string& trace, const std::string& scouted, const OpenTarget& openTarget, std::ostream& err);

}  // namespace vss::conformance
