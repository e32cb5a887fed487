// The frozen sets against the catalogue. BLESS_REVISION=2027-06 makes docs/requirements/2027-06.tsv, unless it is there: see the README beside it.
#include "conformance/requirements.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "conformance/reports.h"
#include "traces/platform.h"

namespace vss::conformance {
namespace {

const std::filesystem::path kRequirements = "docs/requirements";

std::string row(const std::string& id, const std::string& expected = "{S_OK}") {
  return id + "\tGetWriterStatus\t@B3 > GatherWriterStatus* > GetWriterStatus(0)\tany\t" + expected + "\tmust\t-\tdo\t-\tpage\n";
}
Catalogue catalogueOf(const std::string& rows) {
  Catalogue catalogue;
  catalogue.add("x.tsv", rows);
  return catalogue;
}
std::string errorOf(const std::string& text, const Catalogue& catalogue) {
  try {
    RequirementSet("2026-12.tsv", text, catalogue);
  } catch (const RequirementsError& e) {
    return e.what();
  }
  return "";
}

TEST(Requirements, AFrozenRuleIsAsItWas) {
  if (auto fresh = environmentVariable("BLESS_REVISION")) {
    ASSERT_TRUE(std::regex_match(*fresh, std::regex("[0-9]{4}-[0-9]{2}"))) << "a revision is called 2027-06";
    auto path = kRequirements / (*fresh + ".tsv");
    ASSERT_FALSE(std::filesystem::exists(path)) << path << " is frozen; a new revision has a new name";
    std::ofstream(path, std::ios::binary) << frozen(Catalogue::builtIn());
  }
  std::set<std::string> onDisk, built;
  for (const auto& entry : std::filesystem::directory_iterator(kRequirements)) {
    if (entry.path().extension() != ".tsv") continue;
    onDisk.insert(entry.path().stem().string());
    std::ifstream in(entry.path(), std::ios::binary);
    EXPECT_NO_THROW(RequirementSet(entry.path().filename().string(), std::string(std::istreambuf_iterator<char>(in), {}), Catalogue::builtIn()));
  }
  if (!environmentVariable("BLESS_REVISION")) {
    ASSERT_NO_THROW(requirementSets());
    for (const auto& set : requirementSets()) built.insert(set.revision());
    EXPECT_EQ(built, onDisk) << "what is built in";
  }
  EXPECT_TRUE(onDisk.count("2026-12"));
  for (const auto& revision : onDisk) EXPECT_TRUE(std::regex_match(revision, std::regex("[0-9]{4}-[0-9]{2}"))) << revision;
}

TEST(Requirements, AChangeOfWhatDecidesAVerdictIsSaid) {
  std::string text = frozen(catalogueOf(row("WS-001") + row("WS-002")));
  EXPECT_EQ(errorOf(text, catalogueOf(row("WS-001") + row("WS-002") + row("WS-003"))), "") << "a rule more changes nothing";
  EXPECT_EQ(errorOf(text, catalogueOf(row("WS-001") + row("WS-002", "{S_FALSE}"))),
            "2026-12.tsv:3: rule WS-002 differs from revision 2026-12: rules never change; add a new id");
  std::string changed = row("WS-002");
  for (auto [from, to] : {std::pair("must", "should"), {"any", "iWriter < n"}, {"(0)", "(1)"}}) {
    std::string one = changed;
    one.replace(one.find(from), std::string(from).size(), to);
    EXPECT_NE(errorOf(text, catalogueOf(row("WS-001") + one)).find("WS-002 differs"), std::string::npos) << to;
  }
  changed.replace(changed.find("do\t"), 3, "do it\t");
  EXPECT_EQ(errorOf(text, catalogueOf(row("WS-001") + changed)), "") << "an advice requires nothing";
  EXPECT_EQ(errorOf(text, catalogueOf(row("WS-001"))), "2026-12.tsv:3: the catalogue has no rule \"WS-002\"; a rule that was frozen stays there");
  EXPECT_EQ(errorOf("WS-001\tmust\n", catalogueOf(row("WS-001"))),
            "2026-12.tsv:1: is no requirement set; its first line has the columns id, level, subject, situation, guard, expected, judged");
  EXPECT_EQ(errorOf("", catalogueOf("")), "2026-12.tsv: holds no rule, so nothing could be scored by it");
  std::string line = text.substr(text.find("WS-002"));
  EXPECT_EQ(errorOf(text + line, catalogueOf(row("WS-001") + row("WS-002"))), "2026-12.tsv:4: WS-002 is in line 3 already");
}

TEST(Requirements, WhatIsNotInTheSetIsNotScoredAndSaysWhy) {
  Catalogue catalogue = catalogueOf(row("WS-001") + row("WS-002") + row("WS-003"));
  RequirementSet first("2026-12.tsv", frozen(catalogueOf(row("WS-001") + row("WS-002"))), catalogue);
  RequirementSet second("2027-06.tsv", frozen(catalogueOf(row("WS-001"))), catalogue);
  EXPECT_EQ(first.notScored(*catalogue.find("WS-002"), {}), "");
  EXPECT_EQ(first.notScored(*catalogue.find("WS-003"), {}), "added after 2026-12");
  EXPECT_EQ(second.notScored(*catalogue.find("WS-003"), std::span(&first, 1)), "added after 2027-06");
  EXPECT_EQ(second.notScored(*catalogue.find("WS-002"), std::span(&first, 1)), "not in 2027-06");
}

TEST(Requirements, TheNewestIsTakenAndAnUnknownOneNamesThoseThereAre) {
  EXPECT_EQ(Revision("").name(), requirementSets().back().revision());
  EXPECT_EQ(Revision("2026-12").name(), "2026-12");
  try {
    Revision("1999-01");
    ADD_FAILURE() << "there is none";
  } catch (const RequirementsError& e) {
    EXPECT_EQ(std::string(e.what()).substr(0, 82), "--revision 1999-01: there is no such revision, nor such a file; there are: 2026-12") << e.what();
  }
}

// A rule of the set beside one that came later; both fail.
TEST(Requirements, AResultThatIsNotScoredIsShownAndCountsForNothing) {
  RecipeResult scored{.rule = Catalogue::builtIn().find("WS-049"), .name = "WS-049.1", .recipe = "r", .verdict = Verdict::pass, .cause = {}, .reason = {},
                      .trace = {}};
  RecipeResult later = scored;
  later.name = "WS-049.2", later.verdict = Verdict::error, later.cause = "it died", later.notScored = "added after 2026-12";
  EXPECT_FALSE(later.red());
  Expectations none;
  std::vector<RecipeResult> results{scored, later};
  Report report = reportOf(results, 2, none, {});
  report.revision = "2026-12";
  EXPECT_FALSE(report.red);
  EXPECT_EQ(report.notScored, 1u);
  EXPECT_EQ(report.mustsRun, 1u);
  EXPECT_EQ(report.count(Verdict::error), 0u);
  std::ostringstream text, junit, jsonText, tap;
  printSummary(report, "", false, text);
  EXPECT_NE(text.str().find("1 PASS, by the requirements of 2026-12\n1 recipe is not scored:\n  WS-049.2, added after 2026-12: ERROR it died\n"), std::string::npos)
      << text.str();
  EXPECT_NE(text.str().find("kept 1 of 1 executed MUSTs"), std::string::npos) << text.str();
  printJunit(report, junit);
  EXPECT_NE(junit.str().find("failures=\"0\" errors=\"0\" skipped=\"1\""), std::string::npos) << junit.str();
  EXPECT_NE(junit.str().find("<property name=\"revision\" value=\"2026-12\"/>"), std::string::npos);
  EXPECT_NE(junit.str().find("<skipped message=\"not scored, added after 2026-12; ERROR: it died\"/>"), std::string::npos) << junit.str();
  printJson(report, jsonText);
  EXPECT_NE(jsonText.str().find("\"notScored\": \"added after 2026-12\""), std::string::npos) << jsonText.str();
  printTap(report, tap);
  EXPECT_NE(tap.str().find("ok 2 - WS-049.2 r # SKIP not scored, added after 2026-12; ERROR: it died\n"), std::string::npos) << tap.str();
  EXPECT_EQ(tap.str().find("not ok"), std::string::npos) << tap.str();
}

}  // namespace
}  // namespace vss::conformance
