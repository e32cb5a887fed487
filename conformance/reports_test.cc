// What other programs read: JSON by its published schema, JUnit, TAP and SARIF by a parser.
#include "conformance/reports.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <iterator>
#include <pugixml.hpp>
#include <set>
#include <sstream>

#include "conformance/check.h"
#include "conformance/report_testing.h"
#include "traces/show.h"
#include "traces/test_trace.h"
#include "traces/vss/plain_json.h"
#include "traces/vss/text.h"

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

const std::string kHostile = "</script><img src=x onerror=alert(1)> <!-- \"&'\\ # \n\u0001 \xE2\x80\xA8";

// One of each verdict.
std::vector<RecipeResult> someResults() {
  const auto& catalogue = Catalogue::builtIn();
  std::vector<RecipeResult> results;
  for (int i = 0; i < 8; ++i)
    results.push_back({.rule = catalogue.find("WS-049"), .name = "WS-049." + std::to_string(i + 1), .recipe = "@B3 > \"<& #1", .verdict = static_cast<Verdict>(i), .seen = i == 2 ? Verdict::fail : i == 3 ? Verdict::pass : static_cast<Verdict>(i),
                       .cause = "seen " + kHostile, .reason = "why # not", .trace = "WS-049.vsst", .state = "@B3", .calls = {{"Call()", "S_OK  x=" + kHostile, "@B3", true}}, .seconds = 0.25});
  return results;
}
Report someReport() {
  Expectations none;
  ConformOptions options;
  options.target = "a \"target\" " + kHostile;
  Report report = reportOf(someResults(), 9, none, options);
  report.started = "2026-11-29T11:30:52.750Z", report.seconds = 2.5;
  report.stale.push_back("known.tsv:1: \"x\" #");
  return report;
}

TEST(Reports, TheJsonOfCheckIsAsItsSchemaSays) {
  std::ostringstream out;
  printFindingsJson(someTraces(), out);
  Parsed value(out.str()), schema(contents("docs/schemas/check.schema.json"));
  validate(value.value(), schema.value(), "check");
  EXPECT_EQ(text(*member(member(value.value(), "traces")->getArray()[0], "path")), "a<b>&\"c\".vsst");
}

TEST(Reports, TheLinesOfCheckAndInfoAreAsTheirSchemasSay) {
  Folder folder;
  Trace(folder / "a.vsst").session(healthySession());
  Trace(folder / "b.vsst").session({create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 1), status(1, 1, u"B"), freeStatus(1), release(1)});
  put(folder / "c.vsst", "no trace");
  const ManyTraces traces{{folder / "", "traces/samples/golden"}};
  std::ostringstream checked, told, err;
  EXPECT_EQ(runCheck({traces, "", "jsonl"}, checked, err), 2);
  EXPECT_EQ(showInfo(traces, "jsonl", told, err), 2);
  for (const auto& [name, lines] : {std::pair<std::string, std::string>("check", checked.str()), {"info", told.str()}}) {
    Parsed schema(contents("docs/schemas/" + name + "-line.schema.json"));
    std::istringstream in(lines);
    std::vector<int> exits;
    for (std::string line; std::getline(in, line);) {
      Parsed value(line);
      validate(value.value(), schema.value(), name);
      exits.push_back(static_cast<int>(member(value.value(), "exit")->getNumber()));
      if (exits.size() == 3) EXPECT_NE(text(*member(value.value(), "error")).find("is not a trace"), std::string::npos);
      else EXPECT_TRUE(member(value.value(), "calls") && member(value.value(), "damages") && member(value.value(), "platform")) << line;
    }
    EXPECT_EQ(exits, name == "check" ? (std::vector<int>{0, 1, 2, 0, 1, 1, 1}) : (std::vector<int>{0, 0, 2, 0, 0, 0, 0})) << lines;
  }
  std::string lines = checked.str();
  EXPECT_NE(lines.find(R"("calls": 10, "failed": 0, "revision": "2026-12", "note": "", "violations": 1, "findings": [{"rule": "WS-049", "level": "must", "violates": true, "count": 1, "firstCall": 8}]})"),
            std::string::npos) << lines;
  EXPECT_NE(lines.find(R"("calls": 14, "failed": 1, )"), std::string::npos) << "status.vsst has a call that failed: " << lines;
}

TEST(Reports, TheJsonOfConformIsAsItsSchemaSays) {
  std::ostringstream out;
  printJson(someReport(), out);
  Parsed value(out.str()), schema(contents("docs/schemas/conform.schema.json"));
  validate(value.value(), schema.value(), "conform");
  EXPECT_EQ(member(value.value(), "results")->getArray().size(), 8u);
}

TEST(Reports, TheJsonOfConformIsReadBackWhole) {
  Folder folder;
  Report report = someReport();
  std::ostringstream first, again;
  printJson(report, first);
  put(folder / "report.json", first.str());
  Report read = readReport(folder / "");
  printJson(read, again);
  EXPECT_EQ(again.str(), first.str());
  EXPECT_EQ(read.folder, folder / "");
}

TEST(Reports, WhatIsNoReportIsSaidInOneLine) {
  Folder folder;
  auto refusal = [&](const std::string& text) -> std::string {
    put(folder / "report.json", text);
    try {
      readReport(folder / "");
    } catch (const ReportError& e) {
      EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos) << e.what();
      EXPECT_NE(std::string(e.what()).find("report.json"), std::string::npos) << e.what();
      EXPECT_TRUE(std::string(e.what()).ends_with("; --compare takes folders that `shadowtape conform --report` has written")) << e.what();
      return e.what();
    }
    ADD_FAILURE() << "read: " << text;
    return "";
  };
  const std::string begin = R"({"format": "shadowtape-conform-1", "results": [)", result = R"({"name": "WS-001", "level": "must", "verdict": "PASS"})";
  for (auto [text, why] : {std::pair<std::string, std::string>{"", ":1:1: the file ends where a value is missing"},
                           {"{\"format\": }", ":1:12: expected a value"},
                           {"{}", "does not name its format"},
                           {R"({"format": "shadowtape-explore-1"})", "has the format \"shadowtape-explore-1\", not \"shadowtape-conform-1\""},
                           {"[]", "is no report"},
                           {begin + R"({"level": "must", "verdict": "PASS"}]})", "a result has no name"},
                           {begin + R"({"name": "WS-001", "level": "must", "verdict": "GOOD"}]})", "there is no verdict \"GOOD\""},
                           {begin + R"({"name": "WS-001", "level": 1, "verdict": "PASS"}]})", "is no report"},
                           {begin + R"({"name": "WS-001", "level": "never", "verdict": "PASS"}]})", "there is no level \"never\""},
                           {begin + result + "," + result + "]}", "WS-001 is in it twice"}})
    EXPECT_NE(refusal(text).find(why), std::string::npos) << refusal(text);
  put(folder / "report.json", begin + result + R"(], "more": [1]})");
  EXPECT_EQ(readReport(folder / "").results.size(), 1u) << "a later version may say more";
  EXPECT_THROW(readReport(folder / "none"), ReportError);
  EXPECT_EQ(refusal("{\"format\": \"\\u001b[31m\"}").find('\x1b'), std::string::npos);
  std::filesystem::create_directories(pathFromUtf8(folder / "in" ) / "report.json");
  try {
    readReport(folder / "in");
    ADD_FAILURE() << "a folder is no report";
  } catch (const ReportError& e) {
    EXPECT_NE(std::string(e.what()).find("report.json: cannot be "), std::string::npos) << e.what();
  }
}

TEST(Reports, RunsAreComparedByVerdictInTheOrderOfTheCatalogue) {
  auto run = [](std::vector<std::pair<const char*, Verdict>> verdicts, const char* folder) {
    Report report;
    report.folder = folder, report.target = "t", report.mustsRun = 3, report.mustsKept = 2;
    for (auto [name, verdict] : verdicts) report.results.push_back({.name = name, .verdict = verdict});
    return report;
  };
  const std::vector<Report> reports{run({{"WS-002.2", Verdict::pass}, {"WS-002.10", Verdict::fail}, {"WS-010", Verdict::pass}}, "one"),
                                    run({{"WS-010", Verdict::pass}, {"WS-002.10", Verdict::pass}, {"AS-001", Verdict::error}, {"WS-002.2", Verdict::pass}}, "other")};
  std::ostringstream printed, structured;
  printComparison(reports, printed);
  EXPECT_EQ(printed.str(), "A  one, t: kept 2 of 3 executed MUSTs (66.7 %)\n"
                        "B  other, t: kept 2 of 3 executed MUSTs (66.7 %)\n"
                        "           A     B\n"
                        "AS-001     -     ERROR\n"
                        "WS-002.10  FAIL  PASS\n"
                        "2 of 4 recipes differ\n");
  std::vector<std::string> names;
  for (const auto& row : compare(reports)) names.push_back(row.name);
  EXPECT_EQ(names, (std::vector<std::string>{"AS-001", "WS-002.2", "WS-002.10", "WS-010"}));
  auto hostile = reports;
  hostile[0].target = "t\x1b[31m\n", hostile[0].results[0].name = "WS\x1b[2J", hostile[0].revision = "2026-12", hostile[1].revision = "mine";
  std::ostringstream quoting;
  printComparison(hostile, quoting);
  EXPECT_EQ(quoting.str(), "A  one, \"t\\u001b[31m\\n\": kept 2 of 3 executed MUSTs (66.7 %), by the requirements of 2026-12\n"
                           "B  other, t: kept 2 of 3 executed MUSTs (66.7 %), by the requirements of mine\n"
                           "               A     B\n"
                           "AS-001         -     ERROR\n"
                           "\"WS\\u001b[2J\"  PASS  -\n"
                           "WS-002.2       -     PASS\n"
                           "WS-002.10      FAIL  PASS\n"
                           "4 of 5 recipes differ\n") << "what a file says does not speak to the terminal";
  printComparisonJson(reports, structured);
  Parsed value(structured.str()), schema(contents("docs/schemas/compare.schema.json"));
  validate(value.value(), schema.value(), "compare");
  EXPECT_EQ(member(value.value(), "differ")->getNumber(), 2);
  EXPECT_EQ(text(member(member(value.value(), "differences")->getArray()[0], "verdicts")->getArray()[0]), "NOT_RUN");
  EXPECT_EQ(letterOf(0) + letterOf(25) + letterOf(26) + letterOf(701) + letterOf(702), "AZAAZZAAA");
}

TEST(Reports, TapHasAPointForEachRecipe) {
  std::ostringstream out;
  printTap(someReport(), out);
  auto points = tapPoints(out.str());
  ASSERT_EQ(points.size(), 9u) << out.str();
  //                          PASS   FAIL   XFAIL  XPASS  ERROR  NOT_TESTABLE of a must, NOT_APPLICABLE, INFO, and a line of the file
  const bool ok[] =          {true,  false, false, false, false, false, true, true, false};
  const char* directive[] =  {"",    "",    "TODO", "",   "",    "",    "SKIP", "", ""};
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(points[i].ok, ok[i]) << i;
    EXPECT_EQ(points[i].directive, directive[i]) << i;
    EXPECT_EQ(points[i].yaml.empty(), i == 0 || i == 6 || i == 8) << i;
  }
  EXPECT_EQ(points[1].description, "WS-049.2 @B3 > \"<& \\#1");
  EXPECT_EQ(points[2].reason, "why \\# not");
  EXPECT_EQ(points[1].yaml.substr(0, points[1].yaml.find("state")), "verdict: FAIL\nrule: \"WS-049\"\nlevel: must\n");
  std::istringstream yaml(points[1].yaml);
  for (std::string line; std::getline(yaml, line);) {
    auto colon = line.find(": ");
    ASSERT_NE(colon, std::string::npos) << line;
    if (line[colon + 2] == '"') Parsed(line.substr(colon + 2));  // a text of JSON is one of YAML
  }
  Report untestable = someReport();
  untestable.results = {untestable.results[5]};
  untestable.results[0].red = false, untestable.results[0].level = Level::should, untestable.stale.clear();
  std::ostringstream skipped, nothing;
  printTap(untestable, skipped);
  EXPECT_TRUE(tapPoints(skipped.str())[0].ok) << skipped.str();
  EXPECT_EQ(tapPoints(skipped.str())[0].directive, "SKIP");
  untestable.results.clear();
  printTap(untestable, nothing);
  EXPECT_EQ(nothing.str(), "TAP version 14\n1..0 # SKIP no recipe ran\n");
}

// Latin-1, a lone surrogate, what XML and YAML do not know, and what ends a line for some readers.
TEST(Reports, WhatIsNoTextOrEndsALineBreaksNoFormat) {
  const std::string odd = "caf\xE9 \xED\xA0\x80 \xEF\xBF\xBE\xEF\xBF\xBF | \xC2\x85 \xE2\x80\xA8 \xE2\x80\xA9 |";
  Report report = someReport();
  report.target = report.revision = odd;
  for (auto& r : report.results) r.reason = r.cause = r.recipe = odd;
  report.stale = {odd};
  std::ostringstream junit, tap;
  printJunit(report, junit);
  EXPECT_EQ(plainUtf8(junit.str()), junit.str());
  EXPECT_NE(junit.str().find("caf� � �� |"), std::string::npos) << junit.str();
  printTap(report, tap);
  EXPECT_EQ(plainUtf8(tap.str()), tap.str());
  for (const char* separator : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) EXPECT_EQ(tap.str().find(separator), std::string::npos) << tap.str();
  EXPECT_EQ(tapPoints(tap.str()).size(), 9u);
  auto traces = someTraces();
  traces[0].path = odd;
  std::ostringstream checkedJunit;
  printFindingsJunit(traces, checkedJunit);
  EXPECT_EQ(plainUtf8(checkedJunit.str()), checkedJunit.str());
}

TEST(Reports, ALineThatExcusesNothingIsStaleForWhatWasSeen) {
  Folder folder;
  std::vector<NamedRecipe> recipes = namedRecipes(Catalogue::builtIn());
  const std::pair<Verdict, const char*> expected[] = {{Verdict::error, " crashed or hung, which nothing excuses"},
                                                      {Verdict::pass, " is expected to fail and does not; take the line out"},
                                                      {Verdict::notApplicable, " is about an interface that the target refuses, which is no failure; take the line out"},
                                                      {Verdict::information, " is ambiguous: it informs and never fails; take the line out"}};
  std::vector<RecipeResult> results;
  std::string lines;
  for (std::size_t i = 0; i < 4; ++i) {
    results.push_back({.rule = recipes[i].rule, .name = recipes[i].name, .recipe = "r", .verdict = expected[i].first, .cause = {}, .reason = {}, .trace = {}});
    lines += recipes[i].name + "\tx\n";
  }
  put(folder / "known.tsv", lines + recipes[4].name + "\tdid not run\n");
  Expectations expectations(pathFromUtf8(folder / "known.tsv"), "2026-11-25");
  ConformOptions options;
  options.expect = "known.tsv";
  Report report = reportOf(results, 4, expectations, options);
  ASSERT_EQ(report.stale.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(report.stale[i], "known.tsv:" + std::to_string(i + 1) + ": " + recipes[i].name + expected[i].second);
  for (auto& result : results) result.notScored = "added after 2026-12";
  report = reportOf(results, 4, expectations, options);
  EXPECT_EQ(report.stale, std::vector<std::string>{}) << "what is not scored is never red";
  EXPECT_FALSE(report.red);
  put(folder / "known.tsv", recipes[0].name + "\tx\t-\t2020-01-31\n");
  EXPECT_FALSE(reportOf(results, 4, Expectations(pathFromUtf8(folder / "known.tsv"), "2026-11-25"), options).red) << "nor by a line that has expired";
}

// What page_test.py does not need a browser for: the page is whole, and a text of a target is data in it.
TEST(Reports, ThePageHoldsItsDataAsDataAlone) {
  const std::vector<Report> reports{someReport(), someReport()};
  std::ostringstream out;
  printPage(reports, out);
  std::string page = out.str(), begin = "<script type=\"application/json\" id=\"data\" nonce=\"page\">";
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
  std::size_t from = page.find(begin), to = page.find("</script>", from);
  ASSERT_NE(from, std::string::npos);
  std::string data = page.substr(from + begin.size(), to - from - begin.size());
  EXPECT_EQ(data.find('<'), std::string::npos) << "nothing in it ends the element, or begins a comment";
  EXPECT_EQ(page.find("onerror"), page.find("onerror", from)) << "nowhere else";
  EXPECT_EQ(page.find("onerror", to), std::string::npos);
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos) << "nothing comes from elsewhere";
  Parsed value(plainJson(data, "data"));
  auto rows = member(value.value(), "rows")->getArray();
  ASSERT_EQ(rows.size(), 8u);
  auto texts = member(value.value(), "texts")->getArray();
  auto cause = rows[1].getArray()[3].getArray()[6];
  EXPECT_EQ(text(texts[static_cast<unsigned>(cause.getNumber())]), "seen " + kHostile);
  EXPECT_EQ(rows[1].getArray()[3].getArray().size(), rows[1].getArray()[4].getArray().size()) << "a cell for each run";
}

TEST(Reports, EveryGroupOfTheCatalogueHasWords) {
  for (const auto& rule : Catalogue::builtIn().rules()) {
    auto groups = ruleGroups();
    EXPECT_TRUE(std::any_of(groups.begin(), groups.end(), [&](const RuleGroup& group) { return rule.id.starts_with(std::string(group.name) + "-"); })) << rule.id;
  }
}

TEST(Reports, TheSchemasSeeWhatIsWrong) {
  Parsed schema(contents("docs/schemas/check.schema.json")), wrong(R"({"format": "x", "more": 1})");
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
  Expectations none;
  Report report = reportOf(someResults(), 8, none, {});
  EXPECT_TRUE(report.red);
  EXPECT_EQ(report.mustsRun, 5u) << "PASS, FAIL, XFAIL, XPASS, ERROR";
  EXPECT_EQ(report.mustsKept, 2u);
  auto expectedUntestable = someResults();
  expectedUntestable[2].seen = Verdict::notTestable;
  EXPECT_EQ(reportOf(expectedUntestable, 8, none, {}).mustsRun, 4u) << "what could not be tested was not, whoever expects it";
  std::ostringstream out;
  printJunit(report, out);
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
  auto uriOf = [](const std::string& path) {
    std::ostringstream sarif;
    auto traces = someTraces();
    traces.resize(1), traces[0].path = path;
    printFindingsSarif(traces, sarif);
    Parsed parsed(sarif.str());
    auto location = member(member(member(parsed.value(), "runs")->getArray()[0], "results")->getArray()[0], "locations")->getArray()[0];
    return text(*member(*member(*member(location, "physicalLocation"), "artifactLocation"), "uri"));
  };
  EXPECT_EQ(uriOf("my traces/a%1 \"é\".vsst"), "my%20traces/a%251%20%22%C3%A9%22.vsst");
#if defined(_WIN32)
  EXPECT_EQ(uriOf("C:\\a b\\c.vsst"), "file:///C:/a%20b/c.vsst");
  EXPECT_EQ(uriOf("\\\\server\\share\\c.vsst"), "file://server/share/c.vsst");
  EXPECT_EQ(uriOf("a\\b.vsst"), "a/b.vsst");
#else
  EXPECT_EQ(uriOf("C:x\\y"), "C%3Ax%5Cy") << "a name; with the colon C were a scheme";
  EXPECT_EQ(uriOf("/tmp/\xE9"), "/tmp/%E9") << "whatever its bytes are";
#endif
}

TEST(Reports, TheTextTellsEverythingAnEngineerNeeds) {
  std::ostringstream out;
  printFindings(checked({create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 1), status(1, 1, u"B"), freeStatus(1), release(1)}, "a"), false, out);
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
