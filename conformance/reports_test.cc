// What other programs read: JSON by its published schema, JUnit and SARIF by a parser.
#include "conformance/reports.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>
#include <set>
#include <sstream>

#include "conformance/schema_testing.h"
#include "traces/test_trace.h"

namespace vss::conformance {
namespace {

using namespace test;
CheckedTrace checked(const std::vector<Made>& calls, const std::string& name) {
  Folder folder;
  std::string path = folder / "a.vsst";
  Trace(path).session(calls);
  TraceReader reader(pathFromUtf8(path));
  return {name, judge(reader, Catalogue::builtIn()), "note"};
}
// One finding of a should, one of a must, one that informs; names that break what is not careful.
std::vector<CheckedTrace> someTraces() {
  auto broken = std::vector<Made>{create(1), initialize(1), gather(1, 2), wait(2), query(2), count(1, 1), status(1, 0, u"<\"&\\\n\u0001\xD800>", 9), status(1, 1, u"B"),
                                  freeStatus(1), {1, kBackup, "FreeWriterStatus", {}, {}, static_cast<std::uint32_t>(E_FAIL)}};
  return {checked(broken, "a<b>&\"c\".vsst"), checked(healthySession(), "healthy.vsst")};
}

std::vector<RecipeResult> someResults() {
  const auto& catalogue = Catalogue::builtIn();
  std::vector<RecipeResult> results;
  for (int i = 0; i < 8; ++i)
    results.push_back({.rule = catalogue.find("WS-049"), .name = "WS-049." + std::to_string(i + 1), .recipe = "@B3 > \"<&", .verdict = static_cast<Verdict>(i),
                       .cause = "seen <\"&>", .reason = "why", .trace = "WS-049.vsst"});
  return results;
}

TEST(Reports, TheJsonOfCheckIsAsItsSchemaSays) {
  std::ostringstream out;
  printFindingsJson(someTraces(), out);
  Parsed value(out.str()), schema(contentOf("docs/schemas/check.schema.json"));
  validate(value.value(), schema.value(), "check");
  EXPECT_EQ(text(*member(member(value.value(), "traces")->getArray()[0], "path")), "a<b>&\"c\".vsst");
}

TEST(Reports, TheJsonOfConformIsAsItsSchemaSays) {
  auto results = someResults();
  ConformOptions options;
  options.target = "a \"target\"";
  Expectations none;
  auto summary = summarize(results, 9, none, options);
  summary.stale.push_back("known.tsv:1: \"x\"");
  std::ostringstream out;
  printJson(results, summary, out);
  Parsed value(out.str()), schema(contentOf("docs/schemas/conform.schema.json"));
  validate(value.value(), schema.value(), "conform");
}

TEST(Reports, TheJsonOfExplorationIsAsItsSchemaSays) {
  Answer answer;
  answer.call = "GetWriterStatus(0)", answer.text = u"a \"<writer>\"";
  Exploration found;
  found.covered = 9, found.run = 8, found.merged = 1;
  found.disagreements = {{"bgm0", {answer, answer}, {answer}, {}, ""}, {"n", {}, {answer}, {answer}, "disagreement-2.vsst"}};
  found.choices = {{"freeTwice", "ok"}, {"releaseOfPending", "cancels"}};
  std::ostringstream out;
  printExplorationJson(found, {{"bq", "the target hung"}, {"bqq", "died \"11\""}}, 5, "a \"target\"", out);
  Parsed value(out.str()), schema(contentOf("docs/schemas/explore.schema.json"));
  validate(value.value(), schema.value(), "explore");
  EXPECT_EQ(member(value.value(), "disagreements")->getArray().size(), 2u);
}

TEST(Reports, TheSchemasSeeWhatIsWrong) {
  Parsed schema(contentOf("docs/schemas/check.schema.json")), wrong(R"({"format": "x", "more": 1})");
  testing::TestPartResultArray failures;
  {
    testing::ScopedFakeTestPartResultReporter catching(testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
    validate(wrong.value(), schema.value(), "check");
  }
  EXPECT_EQ(failures.size(), 3) << "the format's name, the missing traces, and more";
}

TEST(Reports, JunitIsXmlWithACaseForEachRule) {
  auto traces = someTraces();
  std::ostringstream out;
  printFindingsJunit(traces, out);
  pugi::xml_document document;
  auto parsed = document.load_string(out.str().c_str());
  ASSERT_TRUE(parsed) << parsed.description() << "\n" << out.str();
  auto suites = document.child("testsuites").children("testsuite");
  std::size_t n = 0;
  for (auto suite : suites) {
    EXPECT_EQ(suite.attribute("name").as_string(), traces[n].path);
    EXPECT_EQ(static_cast<std::size_t>(std::distance(suite.children("testcase").begin(), suite.children("testcase").end())), traces[n].judgement.tallies.size());
    EXPECT_EQ(static_cast<long>(suite.select_nodes("testcase/failure").size()), suite.attribute("failures").as_int());
    ++n;
  }
  EXPECT_EQ(n, 2u);
  EXPECT_GT(document.child("testsuites").first_child().attribute("failures").as_int(), 0);
}

TEST(Reports, JunitOfConformCountsWhatIsRed) {
  auto results = someResults();
  Expectations none;
  auto summary = summarize(results, results.size(), none, {});
  EXPECT_TRUE(summary.red);
  EXPECT_EQ(summary.mustsRun, 5u) << "PASS, FAIL, XFAIL, XPASS, ERROR";
  EXPECT_EQ(summary.mustsKept, 2u);
  std::ostringstream out;
  printJunit(results, summary, out);
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(out.str().c_str())) << out.str();
  auto root = document.child("testsuites");
  EXPECT_EQ(root.attribute("failures").as_int(), 3) << "FAIL, XPASS, and NOT_TESTABLE of a must";
  EXPECT_EQ(root.attribute("errors").as_int(), 1);
  EXPECT_EQ(root.attribute("skipped").as_int(), 2) << "XFAIL, NOT_APPLICABLE";
  EXPECT_EQ(static_cast<long>(root.select_nodes(".//failure").size()), 3);
}

TEST(Reports, SarifNamesEveryRuleThatItsResultsUse) {
  std::ostringstream out;
  printFindingsSarif(someTraces(), out);
  Parsed value(out.str());
  EXPECT_EQ(text(*member(value.value(), "version")), "2.1.0");
  auto run = member(value.value(), "runs")->getArray()[0];
  std::set<std::string> rules;
  for (auto rule : member(*member(*member(run, "tool"), "driver"), "rules")->getArray()) rules.insert(text(*member(rule, "id")));
  auto results = member(run, "results")->getArray();
  EXPECT_GE(results.size(), 3u);
  std::set<std::string> levels;
  for (auto result : results) {
    EXPECT_TRUE(rules.count(text(*member(result, "ruleId"))));
    levels.insert(text(*member(result, "level")));
  }
  EXPECT_EQ(levels, (std::set<std::string>{"error", "note", "warning"}));
}

TEST(Reports, TheTextTellsEverythingAnEngineerNeeds) {
  std::ostringstream out;
  printFindings({checked({create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 1), status(1, 1, u"B"), freeStatus(1), release(1)}, "a")}, out);
  EXPECT_EQ(out.str().substr(0, out.str().find("10 calls")),
            "finding WS-049 (must), call 8: #1 IVssBackupComponents::GetWriterStatus(iWriter=1)\n"
            "  state     @B0: initialized for backup; writer status gathered\n"
            "  expected  {VSS_E_OBJECT_NOT_FOUND}\n"
            "  seen      S_OK pidInstance={00000002-0000-0000-0000-000000000000} pidWriter={00000066-0000-0000-0000-000000000000} pbstrWriter=\"B\" "
            "pnStatus=VSS_WS_STABLE phResultFailure=S_OK\n"
            "  advice    An index that is out of range is VSS_E_OBJECT_NOT_FOUND: requesters that count up to the first failure rely on it.\n"
            "  source    IVssBackupComponents::GetWriterStatus\n");
}

}  // namespace
}  // namespace vss::conformance
