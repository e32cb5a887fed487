// What a run of `conform` found, as every report tells it: from its results, or read back from a report.json.
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "conformance/conform.h"
#include "conformance/expect.h"
#include "conformance/shown_calls.h"

namespace vss::conformance {

struct ReportedRecipe {
  std::string name = {}, rule = {}, subject = {};
  Level level = Level::must;
  Verdict verdict = Verdict::pass;
  bool red = false;
  double seconds = 0;
  std::string recipe = {}, state = {}, expected = {}, cause = {}, reason = {}, advice = {}, source = {}, trace = {};
  std::string notScored = {};               // why it counts for nothing; empty: it is scored
  std::vector<ShownCall> calls = {};
};

struct Report {
  std::string folder;                       // that it was read from, as the user gave it
  std::string tool, platform, target, revision;   // revision: the requirement set
  std::string started;                      // 2026-11-29T11:30:52.750Z
  double seconds = 0;
  std::size_t recipes = 0, ran = 0;         // chosen; and run (a shard runs some of them)
  std::size_t notScored = 0;                // recipes of rules that the requirement set does not hold; the numbers below are without them
  std::size_t notJudged = 0;                // rules of the closed list
  std::size_t mustsRun = 0, mustsKept = 0;  // recipes of MUST rules that came to a verdict, and how many of them passed
  std::vector<std::string> stale;           // lines of the expectation file that have expired, or that nothing met: each is red
  bool red = false;
  std::vector<ReportedRecipe> results;

  std::size_t count(Verdict verdict) const;  // of what is scored
};
inline constexpr std::size_t kVerdicts = 8;
inline constexpr const char* kReportFormat = "shadowtape-conform-1";

// Without the times.
Report reportOf(const std::vector<RecipeResult>& results, std::size_t chosen, const Expectations& expectations, const ConformOptions& options);

// "368 of 368 executed MUSTs (100.0 %)".
std::string mustsInWords(const Report& report);

struct ReportError : std::runtime_error { using std::runtime_error::runtime_error; };
// The report.json in a --report folder. Throws ReportError with file and remedy.
Report readReport(const std::string& folder);

}  // namespace vss::conformance
