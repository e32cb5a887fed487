// The tables against what the rest of the program knows, and against each other.
#include "explain/facts.h"

#include <gtest/gtest.h>

#include <set>

#include "traces/vss/structures.h"

namespace vss::explain {
namespace {

TEST(ExplainFacts, EveryFailureThatGetWriterStatusCanReportHasAMeaningAndARemedy) {
  std::size_t codes = 0;
  for (const auto& row : documentedReturns()) {
    if (row.channel != DocumentedReturn::Channel::writer) continue;
    ++codes;
    const FailureFact* fact = failureFact(row.code);
    ASSERT_TRUE(fact) << nameOf(row.code);
    EXPECT_EQ(fact->again, row.again) << nameOf(row.code) << ": the two tables read its page differently";
    EXPECT_NE(fact->page.find("::GetWriterStatus"), std::string_view::npos) << nameOf(row.code) << " cites " << fact->page;
    EXPECT_TRUE(!fact->again || fact->remedy.find("repeat") != fact->remedy.npos) << fact->remedy;
  }
  EXPECT_EQ(codes, 15u) << "seven of GetWriterStatus, eight of GetWriterStatusEx";
  std::set<HRESULT> seen;
  for (const auto& fact : failureFacts()) {
    EXPECT_TRUE(seen.insert(fact.code).second) << nameOf(fact.code) << " twice";
    EXPECT_TRUE(failed(fact.code) && nameOf(fact.code).starts_with("VSS_E_WRITER")) << nameOf(fact.code);
    for (auto text : {fact.did, fact.meaning, fact.remedy, fact.page}) EXPECT_FALSE(text.empty()) << nameOf(fact.code);
  }
}

TEST(ExplainFacts, EveryStateThatIsReportedHasAMeaningAndAFailedOneARemedy) {
  for (std::int32_t state = VSS_WS_UNKNOWN; state < VSS_WS_COUNT; ++state) {
    std::string name = enumeratorName("VSS_WRITER_STATE", state);
    const StateFact* fact = stateFact(state);
    ASSERT_TRUE(fact) << name;
    EXPECT_FALSE(fact->words.empty() || fact->meaning.empty() || fact->page.empty()) << name;
    EXPECT_EQ(fact->kind == StateKind::failed, name.starts_with("VSS_WS_FAILED_AT_")) << name;
    EXPECT_EQ(fact->kind == StateKind::waits, name.starts_with("VSS_WS_WAITING_FOR_")) << name;
    EXPECT_EQ(fact->kind == StateKind::failed, !fact->remedy.empty()) << name;
    // VSS_WS_FAILED_AT_PREPARE_SNAPSHOT is of the event PrepareForSnapshot.
    std::string event, wanted;
    for (char c : fact->event) event += static_cast<char>(std::toupper(c));
    if (auto at = event.find("PREPAREFOR"); at != event.npos) event.erase(at + 7, 3);
    for (char c : name.substr(std::min(name.size(), name.find("_AT_") != name.npos ? name.find("_AT_") + 4 : name.find("_FOR_") != name.npos ? name.find("_FOR_") + 5 : name.size())))
      if (c != '_') wanted += c;
    EXPECT_EQ(event, wanted) << name;
    EXPECT_NE(fact->words.find(fact->event), std::string_view::npos) << name;
  }
  EXPECT_EQ(stateFacts().size(), static_cast<std::size_t>(VSS_WS_COUNT));
  EXPECT_FALSE(stateFact(VSS_WS_COUNT)) << "reserved, never reported";
}

TEST(ExplainFacts, AHostIsFoundByTheClassIdAndWithoutOneByTheName) {
  for (const auto& fact : hostFacts()) {
    ASSERT_TRUE(parseGuid(fact.classId)) << fact.classId;
    EXPECT_EQ(hostFact(parseGuid(fact.classId), "a name of its own"), &fact);
    EXPECT_EQ(hostFact(std::nullopt, fact.name), &fact);
    EXPECT_FALSE(fact.service.empty() || fact.page.empty());
  }
  EXPECT_FALSE(hostFact(parseGuid("a65faa63-5ea8-4ebc-9dbd-a0c4db26912a"), "Registry Writer")) << "the id is another writer's";
  EXPECT_FALSE(hostFact(std::nullopt, "SqlServerWriter"));
}

TEST(ExplainFacts, AMethodIsFoundThroughTheLongerInterfaces) {
  const DocumentedReturn* found = documentedReturn("IVssBackupComponentsEx4", "DoSnapshotSet", VSS_E_PROVIDER_VETO);
  ASSERT_TRUE(found);
  EXPECT_EQ(pageOf(*found), "IVssBackupComponents::DoSnapshotSet");
  EXPECT_FALSE(documentedReturn("IVssBackupComponents", "DoSnapshotSet", VSS_E_WRITERERROR_TIMEOUT));
  EXPECT_FALSE(documentedReturn("IVssBackupComponents", "GetWriterStatus", VSS_E_WRITERERROR_TIMEOUT)) << "a writer's, not the call's";
}

}  // namespace
}  // namespace vss::explain
