// What `check` finds in every sample, as a golden table: a listing that someone took in the field, or a golden trace.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "conformance/judge.h"
#include "traces/import.h"
#include "traces/test_trace.h"
#include "traces/trace_testing.h"
#include "traces/vss/golden_file.h"

namespace vss::conformance {
namespace {

constexpr const char* kGolden = "traces/samples/check.tsv";

// "calls, tab, rule×findings …", or - for none; an ambiguous rule, which informs, in brackets.
std::string foundIn(const std::filesystem::path& trace) {
  TraceReader reader(trace);
  std::map<std::string, std::pair<std::uint64_t, bool>> rules;
  Judgement judgement = judge(reader, Catalogue::builtIn(), {});
  for (const auto& finding : judgement.findings) {
    auto& [count, informs] = rules[finding.rule->id];
    ++count;
    informs = finding.rule->level == Level::ambiguous;
  }
  std::string text = std::to_string(judgement.calls) + "\t";
  if (rules.empty()) text += "-";
  for (const auto& [rule, seen] : rules) {
    std::string item = rule + (seen.first > 1 ? "×" + std::to_string(seen.first) : "");
    text += (text.back() == '\t' ? "" : " ") + (seen.second ? "(" + item + ")" : item);
  }
  return text;
}

TEST(Check, OfEverySampleFindsWhatTheGoldenTableSays) {
  test::Folder folder;
  std::map<std::string, std::string> rows;
  for (const auto& entry : std::filesystem::directory_iterator("traces/samples/listings")) {
    if (entry.path().extension() != ".txt") continue;
    std::string name = shownPath(entry.path().filename()), trace = folder / "t.vsst";
    std::ostringstream out, err;
    int code = importListing(shownPath(entry.path()), trace, "auto", out, err);
    EXPECT_EQ(code == 2, name.starts_with("refused-")) << name << " " << err.str();
    if (code == 0) rows[name] = foundIn(pathFromUtf8(trace));
  }
  for (const auto& entry : std::filesystem::directory_iterator("traces/samples/golden"))
    if (entry.path().extension() == ".vsst") rows[shownPath(entry.path().filename())] = foundIn(entry.path());
  EXPECT_GT(rows.size(), 120u);
  std::string now = "sample\tcalls\tfindings\n";
  for (const auto& [name, row] : rows) now += name + "\t" + row + "\n";
  EXPECT_TRUE(test::isGolden(kGolden, now));
}

}  // namespace
}  // namespace vss::conformance
