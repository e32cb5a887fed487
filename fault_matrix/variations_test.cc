#include "fault_matrix/variations.h"

#include "fault_matrix/testing.h"
#include "traces/vss/results.h"

namespace vss::fault_matrix {
namespace {

std::vector<Variation> variationsIn(const Backup& backup) { return variationsOf(*Written(backup.calls).reader); }
std::vector<std::string> namesWith(const std::vector<Variation>& all, const std::string& begin) {
  std::vector<std::string> names;
  for (const auto& variation : all)
    if (variation.name.starts_with(begin)) names.push_back(variation.name.substr(begin.size()));
  return names;
}
using Names = std::vector<std::string>;

TEST(Variations, OfACallAreWhatItsPageSaysAndHowItsOperationEnds) {
  auto all = variationsIn(Backup().prepared().whole("DoSnapshotSet").released());
  EXPECT_EQ(namesWith(all, "StartSnapshotSet/"), (Names{"sync/E_INVALIDARG", "sync/E_OUTOFMEMORY", "sync/VSS_E_BAD_STATE", "sync/VSS_E_SNAPSHOT_SET_IN_PROGRESS",
                                                        "sync/VSS_E_SNAPSHOT_SET_IN_PROGRESS/always", "sync/VSS_E_UNEXPECTED"}));
  EXPECT_EQ(namesWith(all, "PrepareForBackup/"), (Names{"sync/E_INVALIDARG", "sync/E_OUTOFMEMORY", "sync/VSS_E_BAD_STATE", "sync/VSS_E_UNEXPECTED", "async/E_OUTOFMEMORY",
                                                        "async/VSS_E_BAD_STATE", "async/VSS_E_UNEXPECTED", "async/VSS_S_ASYNC_CANCELLED", "late", "hang"}));
  auto set = namesWith(all, "DoSnapshotSet/");
  auto has = [&](const char* name) { return std::find(set.begin(), set.end(), name) != set.end(); };
  EXPECT_TRUE(has("async/VSS_E_PROVIDER_VETO") && has("async/VSS_E_PROVIDER_VETO/always"));
  EXPECT_FALSE(has("sync/VSS_E_PROVIDER_VETO")) << "its page says that it comes through the operation";
  EXPECT_FALSE(has("async/E_INVALIDARG")) << "and that this does not";
  EXPECT_TRUE(has("sync/VSS_E_HOLD_WRITES_TIMEOUT") && has("async/VSS_E_HOLD_WRITES_TIMEOUT")) << "where it leaves that open, both";
}

TEST(Variations, AreOnceForEachStateOfTheSessionInWhichTheMethodWasCalled) {
  auto all = variationsIn(Backup().made().succeeded(true).completed().released());
  EXPECT_EQ(namesWith(all, "FreeWriterStatus/"), (Names{"sync/E_OUTOFMEMORY", "sync/VSS_E_BAD_STATE"}));
  EXPECT_EQ(namesWith(all, "FreeWriterStatus#2/"), (Names{"sync/E_OUTOFMEMORY", "sync/VSS_E_BAD_STATE"}));
  EXPECT_EQ(namesWith(all, "GatherWriterStatus#3/late"), Names{""});
  EXPECT_TRUE(namesWith(all, "GatherWriterStatus#4").empty());
  EXPECT_FALSE(namesWith(all, "IVssAsync::Wait/").empty());
  EXPECT_TRUE(namesWith(all, "IVssAsync::Wait#").empty()) << "an operation is no session";
  for (const auto& variation : all) {
    EXPECT_TRUE(!variation.name.starts_with("GatherWriterStatus#2/") || variation.state == "@B4") << variation.state;
    EXPECT_FALSE(variation.meaning.empty() || variation.source.empty()) << variation.name;
  }
  auto twice = variationsIn(Backup().statuses().statuses().released());
  EXPECT_TRUE(namesWith(twice, "GatherWriterStatus#2/").empty()) << "in the same state";
}

TEST(Variations, FailTheWriterOfAComponentAsTheMomentHasIt) {
  auto all = variationsIn(Backup().made().completed().released());
  EXPECT_EQ(namesWith(all, "GetWriterStatus#2/writer/VSS_WS_FAILED_AT_PREPARE_BACKUP/VSS_E_WRITERERROR_TIMEOUT"), (Names{"", "/always"}));
  EXPECT_EQ(namesWith(all, "GetWriterStatus#4/writer/VSS_WS_FAILED_AT_FREEZE/").size(), 8u) << "five codes of writers, three of them with another try";
  for (const char* state : {"PREPARE_SNAPSHOT", "THAW", "POST_SNAPSHOT"})
    EXPECT_EQ(namesWith(all, "GetWriterStatus#4/writer/VSS_WS_FAILED_AT_" + std::string(state) + "/"), Names{"VSS_E_WRITERERROR_NONRETRYABLE"});
  EXPECT_EQ(namesWith(all, "GetWriterStatus#4/writer/VSS_WS_UNKNOWN/"),
            (Names{"VSS_E_WRITER_NOT_RESPONDING", "VSS_E_WRITER_STATUS_NOT_AVAILABLE", "VSS_E_WRITER_STATUS_NOT_AVAILABLE/always"}));
  EXPECT_FALSE(namesWith(all, "GetWriterStatus#6/writer/VSS_WS_FAILED_AT_BACKUP_COMPLETE/").empty());
  EXPECT_TRUE(namesWith(all, "GetWriterStatus/writer").empty()) << "that one has no component in the backup";
  EXPECT_FALSE(namesWith(variationsIn(Backup().statuses().released()), "GetWriterStatus/writer/VSS_WS_UNKNOWN/").empty()) << "where nobody has one, the first";
}

TEST(Variations, NamesAreDifferentAndSayTheFault) {
  auto all = variationsIn(Backup().made().succeeded(true).completed().released());
  std::set<std::string> names;
  for (const auto& variation : all) {
    EXPECT_TRUE(names.insert(variation.name).second) << variation.name;
    EXPECT_EQ(parseFault(variation.name), variation.fault) << variation.name;
  }
}

TEST(Variations, NothingIsPutInWhereNothingWasAnswered) {
  auto failing = variationsIn(Backup().call("StartSnapshotSet", {}, VSS_E_SNAPSHOT_SET_IN_PROGRESS, {id(1)}).startSet().released());
  EXPECT_TRUE(namesWith(failing, "StartSnapshotSet/").empty()) << "it failed then, and the program was seen to bear it";
  EXPECT_FALSE(namesWith(failing, "StartSnapshotSet#2/").empty());
}

}  // namespace
}  // namespace vss::fault_matrix
