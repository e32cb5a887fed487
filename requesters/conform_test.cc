// `conform` and `check` as their users run them: real processes against real libraries.
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>

#include "requesters/run.h"

namespace vss::test {
namespace {

// Each recipe is a process: where another test runs all of them, these suffice, but for ./test.sh --long.
const bool everyRecipe = std::getenv("SHADOWTAPE_LONG");
const std::string someRecipes = everyRecipe ? "*" : "WS-0*";
const int passedOfThem = everyRecipe ? 180 : 50;
// Under Wine a process takes ten times as long: there a fifth of the others.
#if defined(_WIN32)
const bool eachOfTheModel = everyRecipe;
#else
constexpr bool eachOfTheModel = true;
#endif

class ConformTest : public testing::Test {
 protected:
  Ran conform(std::vector<std::string> arguments, const Environment& environment = {}) {
    arguments.insert(arguments.begin(), {program("bin/shadowtape"), "conform"});
    return run(arguments, environment, std::chrono::seconds(600));
  }
  std::string file(const std::string& name) const { return shownPath(folder / name); }
  // The recipes that begin so, each with its verdict, without those that are information.
  static std::string verdicts(const std::string& json, const std::string& begin) {
    std::string all;
    static const std::regex row("\"name\": \"([^\"]+)\".*\"verdict\": \"([A-Z_]+)\"");
    std::istringstream lines(json);
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (std::regex_search(line, match, row) && match[1].str().starts_with(begin) && match[2] != "INFO") all += match[1].str() + " " + match[2].str() + "\n";
    }
    return all;
  }
  static int count(const std::string& json, const std::string& verdict) {
    std::smatch match;
    return std::regex_search(json, match, std::regex("\"" + verdict + "\": ([0-9]+)")) ? std::stoi(match[1]) : -1;
  }

  TemporaryFolder folder;
};

TEST_F(ConformTest, TheModelKeepsEveryRuleAndSoDoesWhatWasRecordedOfIt) {
  Ran ran = conform({"--target", "model", "--filter", eachOfTheModel ? "*" : someRecipes, "--report", file("report")});
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_TRUE(std::regex_search(ran.out, std::regex("kept ([0-9]+) of \\1 executed MUSTs \\(100.0 %\\)"))) << ran.out;
  std::string json = contentOf(folder / "report" / "report.json");
  EXPECT_GE(count(json, "PASS"), eachOfTheModel ? 180 : passedOfThem) << json.substr(0, 500);
  for (const char* verdict : {"FAIL", "ERROR", "XFAIL", "XPASS", "NOT_TESTABLE", "NOT_APPLICABLE"}) EXPECT_EQ(count(json, verdict), 0) << verdict;
  EXPECT_NE(contentOf(folder / "report" / "report.xml").find("<testsuites name=\"shadowtape conform\""), std::string::npos);
  EXPECT_GT(std::filesystem::file_size(folder / "report" / "WS-049.2.vsst"), 4096u) << "the evidence";

  if (!eachOfTheModel) {
    Ran others = conform({"--target", "model", "--format", "json"}, {{"GTEST_TOTAL_SHARDS", "5"}, {"GTEST_SHARD_INDEX", "0"}});
    EXPECT_EQ(others.exitCode, 0) << others.out << others.err;
    EXPECT_GE(count(others.out, "PASS"), 36);
  }

  Ran again = conform({"--target", file("report"), "--filter", someRecipes, "--report", file("replayed")});
  EXPECT_EQ(again.exitCode, 0) << again.out << again.err;
  std::string replayed = contentOf(folder / "replayed" / "report.json");
  EXPECT_GE(count(replayed, "PASS"), passedOfThem);
  EXPECT_EQ(verdicts(replayed, ""), verdicts(json, someRecipes.substr(0, someRecipes.size() - 1))) << "what was recorded is answered as what was live";
}

TEST_F(ConformTest, TheRecorderBeforeTheModelChangesNoVerdict) {
  Ran ran = conform({"--target", shim("recorder"), "--filter", someRecipes, "--format", "json"},
                    {{"SHADOWTAPE_TARGET", shim("model")}, {"SHADOWTAPE_TRACE", shownPath(folder.path())}});
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_GE(count(ran.out, "PASS"), passedOfThem);
  for (const char* verdict : {"NOT_TESTABLE", "NOT_APPLICABLE"}) EXPECT_EQ(count(ran.out, verdict), 0) << verdict;
}

TEST_F(ConformTest, ChoicesOfTheModelAreTakenInTurn) {
  Ran ran = conform({"--target", "model", "--filter", "AS-021", "--choice", "waitTimedOut=pending"});
  EXPECT_EQ(ran.exitCode, 1) << "the table of choices says that this one is against AS-021";
  EXPECT_NE(ran.out.find("FAIL AS-021 (observed)"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("VSS_S_ASYNC_PENDING"), std::string::npos) << ran.out;
  ran = conform({"--target", "model", "--filter", "WS-103", "--choice", "freeBeforeGather=ok"});
  EXPECT_EQ(ran.exitCode, 0) << ran.out;
}

TEST_F(ConformTest, AnExpectedFailureNeedsAReasonAndBitesWhenItHeals) {
  auto expect = [&](const std::string& lines, const std::string& choice = "waitTimedOut=pending") {
    std::ofstream(folder / "known.tsv", std::ios::binary) << lines;
    return conform({"--target", "model", "--filter", "AS-021", "--expect", file("known.tsv"), "--choice", choice});
  };
  Ran ran = expect("AS-021\told system\t-\t-\n");
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("1 XFAIL"), std::string::npos) << ran.out;
  ran = expect("\xEF\xBB\xBF" "AS-021\told system\t-\t-\n");
  EXPECT_EQ(ran.exitCode, 0) << "as an editor saves it that begins UTF-8 with a mark: " << ran.out << ran.err;
  ran = expect("AS-021\told system\t-\t2020-01-31\n");
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_NE(ran.out.find("known.tsv:1: AS-021 expired on 2020-01-31"), std::string::npos) << ran.out;
  ran = expect("AS-021\told system\t-\t-\n", "waitTimedOut=ok");
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_NE(ran.out.find("XPASS AS-021"), std::string::npos) << ran.out;
  for (const auto& [lines, message] : {std::pair("AS-021\t-\n", "known.tsv:1: AS-021 has no reason"), {"AS-9\tx\n", "\"AS-9\" is no rule"},
                                       {"AS-028.7\tx\n", "known.tsv:1: \"AS-028.7\" is no recipe"}, {"# no\nAR-001\tx\n", "known.tsv:2: AR-001 is not judged by calls"},
                                       {"AS-021\tx\t-\t2027-02-31\n", "\"2027-02-31\" is no date"}, {"AS-021\tcaf\xE9\n", "known.tsv:1: is not UTF-8"},
                                       {"AS-021\tx\t-\tsoon\n", "\"soon\" is no date"}, {"AS-021\tx\nAS-021\ty\n", "known.tsv:2: AS-021 is expected in line 1 already"}}) {
    ran = expect(lines);
    EXPECT_EQ(ran.exitCode, 2) << lines;
    EXPECT_NE(ran.err.find(message), std::string::npos) << ran.err;
  }
}

TEST_F(ConformTest, WritesTheExpectationsToFillIn) {
  Ran ran = conform({"--target", "model", "--filter", "AS-02?", "--choice", "waitTimedOut=pending", "--write-expect", file("new.tsv")});
  EXPECT_EQ(ran.exitCode, 1) << ran.out;
  EXPECT_NE(contentOf(folder / "new.tsv").find("\nrule\treason\tlink\texpires\nAS-021\t-\t-\t-\nAS-022\t-\t-\t-\n"), std::string::npos) << contentOf(folder / "new.tsv");
  const std::string filledIn = "AS-021\told system\t-\t-\n";
  std::ofstream(folder / "new.tsv", std::ios::binary) << filledIn;
  for (const auto& [name, message] : {std::pair("new.tsv", "new.tsv: is there already; it is not overwritten; name another file, or delete it\n"), {"none/new.tsv", "no file can be made there\n"}}) {
    ran = conform({"--target", "model", "--filter", "AS-02?", "--write-expect", file(name)});
    EXPECT_EQ(ran.exitCode, 2);
    EXPECT_EQ(ran.out, "") << "before the run";
    EXPECT_TRUE(ran.err.ends_with(message)) << ran.err;
  }
  EXPECT_EQ(contentOf(folder / "new.tsv"), filledIn);
}

TEST_F(ConformTest, WhatCannotBeMeantIsSaidBeforeTheRunInOneLine) {
  std::filesystem::create_directories(folder / "empty");
  const std::pair<std::vector<std::string>, std::string> wrong[] = {
      {{"--target", file("empty")}, "empty: has no trace of these recipes; --target takes a library, or the --report folder of another run"},
      {{"--target", "model", "--choice", "foo=bar"}, "choices.foo: unknown choice"},
      {{"--target", "model", "--choice", "foo"}, "choices.foo: unknown choice"},
      {{"--target", "model", "--choice", "waitTimedOut"}, "choices.waitTimedOut: expected one of \"ok\", \"pending\""},
      {{"--target", "model", "--expect", file("empty")}, "empty: cannot be "},
      {{"--target", "model", "--hang-limit", "nan"}, "--hang-limit: is no number of seconds"},
  };
  for (auto [arguments, message] : wrong) {
    arguments.insert(arguments.end(), {"--filter", "AS-021"});
    Ran ran = conform(arguments);
    EXPECT_EQ(ran.exitCode, 2) << message;
    EXPECT_EQ(ran.out, "") << message;
    EXPECT_NE(ran.err.find(message), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

#if !defined(_WIN32)   // under Wine a process that was being started when its starter is killed waits for ever, with a file open in the folder
TEST_F(ConformTest, AnInterruptedRunLeavesNoReportOfAnother) {
  ASSERT_EQ(conform({"--target", "model", "--filter", "AS-021", "--report", file("report")}).exitCode, 0);
  {
    Process another({program("bin/shadowtape"), "conform", "--target", "model", "--report", file("report")});
    for (int i = 0; i < 500 && std::filesystem::exists(folder / "report" / "report.html"); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }  // it is killed
  for (const char* name : {"report.json", "report.xml", "report.tap", "report.html"}) EXPECT_FALSE(std::filesystem::exists(folder / "report" / name)) << name;
  EXPECT_TRUE(std::filesystem::exists(folder / "report" / "AS-021.vsst"));
}
#endif

TEST_F(ConformTest, WhereTheEvidenceOfARedRunLiesIsSaidInEveryFormat) {
  Ran ran = conform({"--target", "model", "--filter", "AS-021", "--choice", "waitTimedOut=pending", "--format", "json"});
  EXPECT_EQ(ran.exitCode, 1);
  ASSERT_TRUE(ran.err.starts_with("evidence: ") && ran.err.ends_with("\n")) << ran.err;
  auto evidence = pathFromUtf8(ran.err.substr(10, ran.err.find_first_of("\r\n") - 10));
  EXPECT_TRUE(std::filesystem::exists(evidence / "AS-021.vsst")) << evidence;
  std::filesystem::remove_all(evidence);
}

TEST_F(ConformTest, ListsFiltersAndShards) {
  Ran ran = conform({"--list", "--filter", "WS-049"});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.out.find("WS-049.2\tmust\t@B3 > GatherWriterStatus* > GetWriterStatusCount > GetWriterStatus(n)\n"), std::string::npos) << ran.out;
  ran = conform({"--target", "model", "--filter", "XX-*"});
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_NE(ran.err.find("no rule with a recipe has such a name"), std::string::npos) << ran.err;
  int recipes = 0;
  for (const char* shard : {"0", "1"}) {
    ran = conform({"--target", "model", "--filter", "WS-04?", "--format", "json"}, {{"GTEST_TOTAL_SHARDS", "2"}, {"GTEST_SHARD_INDEX", shard}});
    EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
    recipes += count(ran.out, "ran");
    EXPECT_LT(count(ran.out, "ran"), count(ran.out, "recipes"));
  }
  EXPECT_EQ(recipes, count(ran.out, "recipes"));
}

TEST_F(ConformTest, AReportThatCannotLieThereIsSaidAtOnce) {
  std::ofstream(folder / "file") << "text";
  for (std::vector<std::string> more : {std::vector<std::string>{"--filter", "WS-049"}, {"--explore", "1", "--random", "0"}}) {
    more.insert(more.begin(), {"--target", "model", "--report", file("file")});
    Ran ran = conform(more);
    EXPECT_EQ(ran.exitCode, 2);
    EXPECT_NE(ran.err.find("file: is no folder, and none can be made there\n"), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

TEST_F(ConformTest, ATargetThatCannotBeUsedIsSaidAtOnce) {
  Ran ran = conform({"--target", file("none.dll"), "--filter", "WS-001"});
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_NE(ran.err.find("none.dll"), std::string::npos) << ran.err;
  ran = conform({"--target", program("bin/shadowtape"), "--filter", "WS-001"});
  EXPECT_EQ(ran.exitCode, 2) << "no library of VSS";
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
}

// A requirement set in `file` that is 2026-12 without one rule.
void writeSetWithout(const std::string& rule, const std::filesystem::path& file) {
  std::ifstream in("docs/requirements/2026-12.tsv", std::ios::binary);
  std::ofstream out(file, std::ios::binary);
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with(rule + "\t")) out << line << "\n";
}

TEST_F(ConformTest, ARuleThatIsNotInTheRequirementSetIsShownAndNotScored) {
  std::vector<std::string> failing{"--target", "model", "--filter", "AS-02?", "--choice", "waitTimedOut=pending", "--revision", "2026-12"};
  Ran ran = conform(failing);
  EXPECT_EQ(ran.exitCode, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find(", by the requirements of 2026-12\n"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find("not scored"), std::string::npos) << ran.out;
  writeSetWithout("AS-021", folder / "before.tsv");
  failing.back() = file("before.tsv");
  ran = conform(failing);
  EXPECT_EQ(ran.exitCode, 1) << "AS-022 fails and is scored: " << ran.out << ran.err;
  failing[3] = "AS-021";
  failing.insert(failing.end(), {"--write-expect", file("expected.tsv"), "--report", file("report")});
  ran = conform(failing);
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("1 recipe is not scored:\n  AS-021, not in before: FAIL"), std::string::npos) << ran.out;
  EXPECT_EQ(contentOf(folder / "expected.tsv").find("AS-021"), std::string::npos) << "nothing is red";
  std::string json = contentOf(folder / "report" / "report.json");
  EXPECT_NE(json.find("\"revision\": \"before\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"notScored\": \"not in before\""), std::string::npos) << json;
  EXPECT_EQ(count(json, "FAIL"), 0);
  // A file of that name is not that revision.
  writeSetWithout("AS-021", folder / "2026-12.tsv");
  ran = conform({"--target", "model", "--filter", "AS-021", "--revision", file("2026-12.tsv")});
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_NE(ran.err.find("2026-12.tsv: holds other rules than revision 2026-12; "), std::string::npos) << ran.err;
  std::ofstream(folder / "2026-12.tsv", std::ios::binary) << "\xEF\xBB\xBF" << contentOf("docs/requirements/2026-12.tsv");
  ran = conform({"--target", "model", "--filter", "AS-021", "--revision", file("2026-12.tsv")});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  ran = conform({"--target", "model", "--filter", "AS-021", "--revision", "1999-01"});
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_EQ(ran.err.find("shadowtape: --revision 1999-01: there is no such revision, nor such a file; there are: 2026-12"), 0u) << ran.err;
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
}

class CheckTest : public ConformTest {
 protected:
  Ran shadowtape(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program("bin/shadowtape"));
    return run(arguments);
  }
};

TEST_F(CheckTest, JudgesLiveImportedAndCutTraces) {
  EXPECT_EQ(shadowtape({"status", "--target", "model", "-o", file("live.vsst")}).exitCode, 0);
  Ran ran = shadowtape({"check", file("live.vsst")});
  EXPECT_EQ(ran.exitCode, 0) << ran.out;
  EXPECT_NE(ran.out.find(", 0 findings; of the rules that apply"), std::string::npos) << ran.out;
  EXPECT_EQ(shadowtape({"import", "traces/samples/listings/states.txt", "-o", file("imported.vsst")}).exitCode, 0);
  ran = shadowtape({"check", file("imported.vsst"), "traces/samples/golden/never_came_back.vsst"});
  EXPECT_EQ(ran.exitCode, 1) << "a failed state without a failure is in that listing: " << ran.out;
  EXPECT_NE(ran.out.find("imported from a listing: rules on the requester do not apply"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("cut off: what was left undone at its end is not judged"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find("OW-027"), std::string::npos) << ran.out;
}

TEST_F(CheckTest, ARuleThatIsNotInTheRequirementSetInforms) {
  writeSetWithout("OW-027", folder / "before.tsv");
  std::vector<std::string> check{"check", "traces/samples/golden/status.vsst", "--revision", "2026-12"};
  Ran ran = shadowtape(check);
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_NE(ran.out.find("finding OW-027 (must), call 1"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("of the rules that apply (2026-12) "), std::string::npos) << ran.out;
  check.back() = file("before.tsv");
  ran = shadowtape(check);
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("info OW-027 (must; not scored, not in before), call 1"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find(" 0 findings, 1 for information; of the rules that apply (before) "), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find(" 0 broken"), std::string::npos) << ran.out;
  check.insert(check.end(), {"--format", "json"});
  ran = shadowtape(check);
  EXPECT_NE(ran.out.find("\"violations\": 0"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("\"notScored\": \"not in before\""), std::string::npos) << ran.out;
  check.back() = "junit";
  ran = shadowtape(check);
  EXPECT_NE(ran.out.find("failures=\"0\""), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("<skipped message=\"not scored, not in before; broken: call 1"), std::string::npos) << ran.out;
  check.back() = "sarif";
  ran = shadowtape(check);
  EXPECT_NE(ran.out.find("\"level\": \"note\", \"message\": {\"text\": \"not scored, not in before: call 1"), std::string::npos) << ran.out;
  EXPECT_EQ(shadowtape({"check", "traces/samples/golden/status.vsst", "--revision", "x"}).exitCode, 2);
}

TEST_F(CheckTest, AFileThatCannotBeUsedIsSaidAndTheOthersAreJudged) {
  std::ofstream(folder / "no.vsst") << "this is no trace";
  Ran ran = shadowtape({"check", file("no.vsst"), "traces/samples/golden/imported.vsst"});
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_NE(ran.err.find("no.vsst"), std::string::npos);
  EXPECT_NE(ran.out.find("7 calls, 0 findings"), std::string::npos) << ran.out;
  ran = shadowtape({"check", "--rules", "ZZ-*", "traces/samples/golden/imported.vsst"});
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_NE(ran.err.find("no rule has such a name"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace vss::test
