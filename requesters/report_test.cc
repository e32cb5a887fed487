// The reports of `conform` as their users get them: each format, twice the same, and several runs side by side.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "conformance/report_testing.h"
#include "requesters/run.h"

namespace vss::test {
namespace {

const char* const kReports[] = {"report.json", "report.xml", "report.tap", "report.html"};

// Under Wine a process costs ten times as much.
#if defined(_WIN32)
const std::string reportedRecipes = "AS-02?";
#else
const std::string reportedRecipes = "AS-*";  // with one that calls from two threads
#endif

class ConformReports : public testing::Test {
 protected:
  Ran conform(std::vector<std::string> arguments, const Environment& environment = {}) {
    arguments.insert(arguments.begin(), {program("bin/shadowtape"), "conform"});
    return run(arguments, environment, std::chrono::seconds(300));
  }
  std::string path(const std::string& name) const { return shownPath(folder / name); }
  void runs(const std::string& name, const std::string& filter, int expected, const std::string& fault = "") {
    Ran ran = conform({"--target", fault.empty() ? "model" : shim("faults"), "--filter", filter, "--report", path(name)}, {{"SHADOWTAPE_FAULT", fault}});
    ASSERT_EQ(ran.exitCode, expected) << ran.out << ran.err;
    EXPECT_EQ(ran.err, "") << "no terminal, no progress";
  }
  // A report without its times, which are in fields that the schemas name.
  static std::string timeless(const std::string& text) {
    static const std::regex times("(\"started\": ?)\"[^\"]*\"|(\"seconds\": ?)[0-9.]+|( time=)\"[0-9.]+\"|( timestamp=)\"[^\"]*\"");
    return std::regex_replace(text, times, "$1$2$3$4");
  }

  TemporaryFolder folder;
};

TEST_F(ConformReports, TwoRunsOnOneTargetAreEqualButForTheirTimes) {
  runs("one", reportedRecipes, 0), runs("again", reportedRecipes, 0);
  for (const char* name : kReports) {
    std::string one = contentOf(folder / "one" / name), again = contentOf(folder / "again" / name);
    EXPECT_GT(one.size(), 200u) << name;
    EXPECT_EQ(timeless(one), timeless(again)) << name;
    EXPECT_EQ(one == again, name == std::string("report.tap")) << name << ": the times are in it; TAP has none";
    EXPECT_LT(one.size() - timeless(one).size(), one.size() / 10) << name << ": little is a time";
  }
  Ran same = conform({"--compare", path("one"), path("again")});
  EXPECT_EQ(same.exitCode, 0) << same.out << same.err;
  EXPECT_TRUE(std::regex_search(same.out, std::regex("\n0 of [0-9]+ recipes differ\n$"))) << same.out;
}

TEST_F(ConformReports, ARedRunIsRedInEveryFormat) {
  runs("faulty", "WS-04?", 1, "status-served-while-pending");
  auto holds = [&](const char* name, const char* text) { EXPECT_NE(contentOf(folder / "faulty" / name).find(text), std::string::npos) << name << ": " << text; };
  holds("report.json", "{\"name\": \"WS-046\", \"rule\": \"WS-046\", \"level\": \"should\", \"subject\": \"GetWriterStatus\", \"verdict\": \"FAIL\", \"red\": true");
  holds("report.json", "\"answer\": \"S_OK  pidInstance=");
  holds("report.xml", "failures=\"1\" errors=\"0\"");
  holds("report.tap", "not ok 7 - WS-046 @B3 > GatherWriterStatus pending > GetWriterStatus(0)\n  ---\n  verdict: FAIL\n");
  holds("report.html", "\"WS-046\",\"WS-046\",\"should\",[1,1,");
  Parsed json(contentOf(folder / "faulty" / "report.json")), schema(contentOf("docs/schemas/conform.schema.json"));
  validate(json.value(), schema.value(), "report.json");
  EXPECT_EQ(tapPoints(contentOf(folder / "faulty" / "report.tap")).size(), member(json.value(), "results")->getArray().size());
  for (auto [format, begin] : {std::pair("json", "{\"format\": \"shadowtape-conform-1\""), {"junit", "<?xml "}, {"tap", "TAP version 14\n1..1\nok 1 - AS-021 "}, {"html", "<!DOCTYPE html>"}}) {
    Ran ran = conform({"--target", "model", "--filter", "AS-021", "--format", format});
    EXPECT_EQ(ran.exitCode, 0) << ran.err;
    EXPECT_TRUE(ran.out.starts_with(begin)) << format << ": " << ran.out.substr(0, 200);
  }
}

TEST_F(ConformReports, SeveralRunsStandSideBySide) {
  runs("model", "WS-04?", 0), runs("faulty", "WS-04?", 1, "status-served-while-pending"), runs("fewer", "WS-046", 0);
  Ran ran = conform({"--compare", path("model"), path("faulty"), path("fewer"), "--report", path("side by side")});
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  EXPECT_NE(ran.out.find("A  " + path("model") + ", model: kept "), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("\nWS-046    PASS  FAIL  PASS\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("\nWS-045    PASS  PASS  -\n"), std::string::npos) << "what did not run everywhere is a difference: " << ran.out;
  EXPECT_NE(contentOf(folder / "side by side" / "report.html").find("\"letter\":\"C\""), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "side by side" / "report.json")) << "it is no run";
  ran = conform({"--compare", path("model"), path("faulty"), "--format", "json"});
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  Parsed json(ran.out), schema(contentOf("docs/schemas/compare.schema.json"));
  validate(json.value(), schema.value(), "compare");
  EXPECT_NE(ran.out.find("{\"name\": \"WS-046\", \"verdicts\": [\"PASS\", \"FAIL\"]}"), std::string::npos) << ran.out;
  ran = conform({"--compare", path("model"), path("faulty"), "--format", "html"});
  EXPECT_TRUE(ran.out.starts_with("<!DOCTYPE html>"));
}

TEST_F(ConformReports, WhatCannotBeComparedOrOverwrittenIsSaidInOneLine) {
  runs("one", "AS-021", 0), runs("two", "AS-021", 0);
  std::string page = contentOf(folder / "one" / "report.html");
  std::filesystem::create_directories(folder / "foreign");
  std::ofstream(folder / "foreign" / "report.json") << "{\"format\": \"another\"}";
  const std::pair<std::vector<std::string>, std::string> wrong[] = {
      {{"--compare", path("one"), path("none")}, "none: is no folder; --compare takes folders that"},
      {{"--compare", path("one"), shownPath(folder.path())}, "report.json: cannot be opened; --compare takes"},
      {{"--compare", path("one"), path("foreign")}, "has the format \"another\""},
      {{"--compare", path("one")}, "takes two folders or more"},
      {{"--compare", path("one"), path("two"), "--report", path("one")}, "holds the report of a run"},
      {{"--compare", path("one"), path("two"), "--format", "tap"}, "--format tap: --compare prints text, json or html"},
      {{"--compare", path("one"), path("two"), "--target", "model"}, "excludes"},
      {{"--compare", path("one"), path("two"), "--revision", "2026-12"}, "--revision excludes --compare"},
      {{"--compare", path("one"), path("two"), "--hang-limit", "5"}, "--hang-limit excludes --compare"},
      {{"--target", path("one"), "--report", path("one")}, "its traces are replayed; --report has to name another folder"},
  };
  for (const auto& [arguments, message] : wrong) {
    Ran ran = conform(arguments);
    EXPECT_EQ(ran.exitCode, 2) << message;
    EXPECT_NE(ran.err.find(message), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_EQ(contentOf(folder / "one" / "report.html"), page);
  EXPECT_TRUE(std::filesystem::exists(folder / "one" / "AS-021.vsst"));
}

}  // namespace
}  // namespace vss::test
