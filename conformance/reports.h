// What `conform` and `check` print: for eyes, and for other programs. docs/check.md and docs/conform.md tell what is in which.
#pragma once
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "conformance/conform.h"
#include "conformance/expect.h"
#include "conformance/explore.h"
#include "conformance/judge.h"

namespace vss::conformance {

// ---- conform ----

struct Summary {
  std::string target, revision;        // revision: the requirement set
  std::size_t counts[8] = {};          // recipes, by Verdict; of what is scored, as the numbers of MUSTs below
  std::size_t notScored = 0;           // recipes of rules that the requirement set does not hold
  std::size_t recipes = 0, ran = 0;    // chosen; and run (a shard runs some of them)
  std::size_t notJudged = 0;           // rules of the closed list
  std::size_t mustsRun = 0, mustsKept = 0;  // recipes of MUST rules that came to a verdict, and how many of them passed
  std::vector<std::string> stale;      // lines of the expectation file that have expired, or that nothing met: each is red
  bool red = false;
};
Summary summarize(const std::vector<RecipeResult>& results, std::size_t chosen, const Expectations& expectations, const ConformOptions& options);

void printRed(const RecipeResult& result, std::ostream& out);
void printSummary(const std::vector<RecipeResult>& results, const Summary& summary, const std::string& folder, bool kept, std::ostream& out);
void printJson(const std::vector<RecipeResult>& results, const Summary& summary, std::ostream& out);
void printJunit(const std::vector<RecipeResult>& results, const Summary& summary, std::ostream& out);
// report.json, report.xml (JUnit) in the folder.
void writeReports(const std::vector<RecipeResult>& results, const Summary& summary, const std::filesystem::path& folder);

// ---- conform --explore ----

struct Death { std::string sequence, how; };  // a sequence that ended the process
void printExploration(const Exploration& found, const std::vector<Death>& deaths, int depth, const std::string& target, std::ostream& out);
void printExplorationJson(const Exploration& found, const std::vector<Death>& deaths, int depth, const std::string& target, std::ostream& out);

// ---- check ----

struct CheckedTrace {
  std::string path;
  Judgement judgement;
  std::string note;                    // imported, cut off: what that means for the judgement; empty: nothing
};
void printFindings(const std::vector<CheckedTrace>& traces, std::ostream& out);
void printFindingsJson(const std::vector<CheckedTrace>& traces, std::ostream& out);
void printFindingsJunit(const std::vector<CheckedTrace>& traces, std::ostream& out);
void printFindingsSarif(const std::vector<CheckedTrace>& traces, std::ostream& out);

}  // namespace vss::conformance
