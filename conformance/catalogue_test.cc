#include "conformance/catalogue.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "conformance/catalogue_text.h"
#include "conformance/driver.h"
#include "conformance/judge.h"

namespace vss::conformance {
namespace {

const char kHead[] = "id\tsubject\tsituation\tguard\texpected\tlevel\tjudged\tadvice\tambiguity\tsource\n";

std::string errorOf(const std::string& text) {
  try {
    Catalogue().add("x.tsv", text);
  } catch (const CatalogueError& e) {
    return e.what();
  }
  return "";
}

TEST(Catalogue, IsReadWhole) {
  Catalogue all;
  ASSERT_NO_THROW(for (const auto& file : kCatalogueTexts) all.add(file.name, file.text));
  EXPECT_EQ(all.rules().size(), 721u);
  EXPECT_EQ(Catalogue::builtIn().rules().size(), all.rules().size());
}

TEST(Catalogue, OfOneRuleHasThatRuleAsItIsInTheWhole) {
  for (const char* id : {"WS-049", "RQ-001", "AS-021"}) {
    const Rule& whole = *Catalogue::builtIn().find(id);
    const Catalogue one = Catalogue::builtIn(id);
    ASSERT_EQ(one.rules().size(), 1u) << id;
    EXPECT_EQ(one.rules()[0].source, whole.source);
    EXPECT_EQ(one.rules()[0].recipes.size(), whole.recipes.size());
    EXPECT_EQ(one.rules()[0].conditions.size(), whole.conditions.size());
  }
  EXPECT_TRUE(Catalogue::builtIn("WS-04").rules().empty()) << "an id, no pattern";
}

TEST(Catalogue, EveryRuleIsJudgedOrSaysWhyNot) {
  auto inCode = rulesInCode();
  std::set<std::string_view> code(inCode.begin(), inCode.end());
  for (const auto& rule : Catalogue::builtIn().rules()) {
    EXPECT_EQ(code.count(rule.id) != 0, rule.judged == Judged::code) << rule.id << ": the column \"judged\" and rulesInCode() differ";
    if (!rule.demands()) continue;
    EXPECT_NE(rule.advice, "-") << rule.id << " tells nobody what to do";
    EXPECT_TRUE(rule.aboutRequester() || !rule.recipes.empty()) << rule.id << " is driven by nothing";
  }
}

TEST(Catalogue, EveryReasonIsUsed) {
  std::set<std::string_view> used;
  for (const auto& rule : Catalogue::builtIn().rules()) used.insert(rule.reason);
  for (const auto& reason : reasons()) EXPECT_TRUE(used.count(reason.name)) << reason.name;
}

TEST(Catalogue, AnErrorPointsAtTheWord) {
  auto row = [](const char* situation, const char* guard, const char* expected) {
    return std::string(kHead) + "WS-900\tGetWriterStatus\t" + situation + "\t" + guard + "\t" + expected + "\tmust\t-\tdo\t-\tpage\n";
  };
  EXPECT_EQ(errorOf(row("@B3 > GatherWriterStatus* > GetWriterStatus(0)", "status finished", "{S_OK}")), "");
  EXPECT_EQ(errorOf(row("@B9 > GetWriterStatus(0)", "any", "{S_OK}")),
            "x.tsv:2: WS-900, situation, character 1: expected a state: -, U, @B0 … @B5 or @R0 … @R4, found \"@B9\"");
  EXPECT_EQ(errorOf(row("@B3 > GatherWriterStatsu* > GetWriterStatus(0)", "any", "{S_OK}")),
            "x.tsv:2: WS-900, situation, character 7: expected a method of IVssBackupComponents or its extensions, found \"GatherWriterStatsu\"");
  EXPECT_EQ(errorOf(row("@B3 > GetWriterStatus(0) with pidWritr NULL", "any", "{S_OK}")),
            "x.tsv:2: WS-900, situation, character 31: GetWriterStatus has no such parameter; it has iWriter, pidInstance, pidWriter, pbstrWriter, pnStatus, phResultFailure, found \"pidWritr\"");
  EXPECT_EQ(errorOf(row("@B3 > GetWriterStatus(0)", "status finishd", "{S_OK}")),
            "x.tsv:2: WS-900, guard, character 8: expected a stage: none, running, pending, ended, finished, failed, cancelled, stale or freed, found \"finishd\"");
  EXPECT_EQ(errorOf(row("@B3 > GetWriterStatus(0)", "iWritr < n", "{S_OK}")),
            "x.tsv:2: WS-900, guard, character 1: GetWriterStatus has no such parameter; it has iWriter, pidInstance, pidWriter, pbstrWriter, pnStatus, phResultFailure, found \"iWritr\"");
  EXPECT_EQ(errorOf(row("@B3 > GetWriterStatus(0)", "any", "{VSS_E_BAD_STAT}")), "x.tsv:2: WS-900, expected, character 2: expected an HRESULT by name, or as 0x…, found \"VSS_E_BAD_STAT\"");
  EXPECT_EQ(errorOf(row("@B3 > FreeWriterStatus", "any", "{S_OK}")), "x.tsv:2: WS-900, situation, character 1: the situation ends in FreeWriterStatus, which is not the rule's subject");
  EXPECT_EQ(errorOf(row("@B3 > GetWriterStatusCount(&count) > GetWriterStatus(0)", "any", "any; pnStatus = count")), "");
  EXPECT_EQ(errorOf(row("@B3 > GetWriterStatusCount(&count) > GetWriterStatus(0)", "any", "any; pnStatus = cuont")),
            "x.tsv:2: WS-900, expected, character 17: expected a number, a constant of the API or, in an effect, an output that an earlier call of the recipe names, found \"cuont\"");
  EXPECT_EQ(errorOf(row("@B3 > GetWriterStatus(0, &id)", "any", "any; pidWriter = id")).substr(0, 43), "x.tsv:2: WS-900, expected, character 18: ex") << "not the last call's own";
  EXPECT_NE(errorOf(row("@B3 > GetWriterStatusCount(&count) > GetWriterStatus(0)", "pnStatus = count", "any")).find("guard, character 12"), std::string::npos);
  EXPECT_NE(errorOf(row("given a full moon: @B3 > GetWriterStatus(0)", "any", "{S_OK}")).find("character 7: expected one of: os _; healthy writers"), std::string::npos);
}

TEST(Catalogue, ASituationIsPrintedAsItWasRead) {
  for (std::string situation : {"given volume N:\\ without a provider, one more writer, component of that writer: @B1 > 64 times AddToSnapshotSet(\"V#:\\\", nobody) > AbortBackup",
                                "@R1 > SetSelectedForRestoreEx(…, …, …, …, 1, GUID_NULL)", "U > QueryInterface(IVssBackupComponentsEx)",
                                "@B1 > GetWriterMetadata(0, &pidInstance, &w) > w.GetComponent(0, &c) > c.GetComponentInfo(&info) > c.GetFile(info.cFileCount)",
                                "given only the provider of the system: @B0 > AddToSnapshotSet(…, VSS_SWPRV_ProviderId)", "- > IsVolumeSnapshotted(\"C:\\\")",
                                "@B0 > QueryRevertStatus > a.Cancel = any > RevertToSnapshot"}) {
    std::string written = situation;
    for (auto at = written.find("…"); at != written.npos; at = written.find("…")) written.replace(at, std::string("…").size(), "&standard");
    if (auto at = written.find("N:\\"); at != written.npos) written.replace(at, 3, "\"N:\\\"");
    auto recipes = parseSituation(written);
    ASSERT_EQ(recipes.size(), 1u);
    EXPECT_EQ(printRecipe(recipes[0]), situation);
  }
  EXPECT_THROW(parseSituation("@B0 > 3 AbortBackup"), NotationError) << "times is missing";
  EXPECT_THROW(parseSituation("@B1 > w.GetIdentity"), NotationError) << "nothing has handed out w";
  EXPECT_THROW(parseSituation("@B1 > GetWriterMetadata(0, &id, &w) > w.GetPath"), NotationError);
  EXPECT_THROW(parseGuard("backupState known"), NotationError);
  EXPECT_THROW(parseGuard("aborted sometimes"), NotationError);
}

TEST(Catalogue, ARowIsChecked) {
  EXPECT_EQ(errorOf(std::string(kHead) + "WS-900\tx\n"), "x.tsv:2: expected 10 cells between tabs, found 2");
  EXPECT_EQ(errorOf(std::string(kHead) + "WS-900\t\tx\t-\t-\tmust\t-\t-\t-\t-\n"), "x.tsv:2: subject: is empty; - stands for nothing");
  std::string row = "WS-900\tx\tx\t-\t-\tmust\tsystem\t-\t-\t-\n";
  EXPECT_EQ(errorOf(kHead + row + row), "x.tsv:3: WS-900 is there already");
  EXPECT_EQ(errorOf(std::string(kHead) + "WS-900\tx\tx\t-\t-\tmust\tlater\t-\t-\t-\n"), "x.tsv:2: WS-900, judged, character 1: \"later\" is no reason of the closed list");
  EXPECT_EQ(errorOf(std::string(kHead) + "WS-900\tx\tx\t-\t-\tmay\tsystem\t-\t-\t-\n"), "x.tsv:2: WS-900, level, character 1: expected must, should, observed or ambiguous, found \"may\"");
}

TEST(Catalogue, PatternsChooseRules) {
  EXPECT_TRUE(fits("WS-049", ""));
  EXPECT_TRUE(fits("WS-049", "WS-*"));
  EXPECT_TRUE(fits("WS-049", "*-04?"));
  EXPECT_FALSE(fits("WS-049", "AS-*"));
  EXPECT_FALSE(fits("WS-049", "WS-04"));
}

}  // namespace
}  // namespace vss::conformance
