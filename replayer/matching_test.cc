// --match strict and state, --time, --map and --ignore.
#include <chrono>
#include <sstream>
#include <thread>

#include "redact/redact.h"
#include "replayer/testing.h"
#include "traces/vss/results.h"

namespace vss {
namespace {

using namespace std::chrono;

class MatchingTest : public ReplayTest {
 protected:
  const std::u16string kDevice = u"\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy1";
  bool reported(const std::string& text) { return report().find(text) != std::string::npos; }
  // Call 2 of each object is SetContext, then SetBackupState.
  void recordSteps() {
    created(1);
    initialized(1);
    recorded(1, "SetContext", {number(VSS_CTX_BACKUP)});
    recorded(1, "SetBackupState", {number(1), number(0), number(VSS_BT_FULL), number(0)});
    recorded(1, "StartSnapshotSet", {}, S_OK, {id(7)});
  }
  void recordVolume() {
    created(1);
    initialized(1);
    recorded(1, "AddToSnapshotSet", {text(u"C:\\"), id(5)}, S_OK, {id(6)});
    recorded(1, "ExposeSnapshot", {id(6), kind(ValueKind::null), number(0), text(u"X:")}, S_OK, {text(kDevice + u"\\data")});
    recorded(1, "SaveAsXML", {}, S_OK, {text(u"<a b=\"" + kDevice + u"\"/>" + kDevice + u"2" + kDevice)});
  }
};

TEST_F(MatchingTest, StrictAnswersInTheRecordedOrder) {
  recordSteps();
  play("match=strict");
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  EXPECT_EQ(backup->SetContext(VSS_CTX_BACKUP), S_OK);
  EXPECT_EQ(backup->SetBackupState(true, false, VSS_BT_FULL, false), S_OK);
  Guid set;
  EXPECT_EQ(backup->StartSnapshotSet(&set), S_OK);
  EXPECT_EQ(backup->Release(), 0u);
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(MatchingTest, StrictRefusesAnotherOrderAndGoesOnBehindTheCallThatCame) {
  recordSteps();
  play("match=strict");
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  EXPECT_EQ(backup->SetBackupState(true, false, VSS_BT_FULL, false), VSS_E_UNEXPECTED);
  EXPECT_TRUE(reported("difference     comes out of order: the recording has call 3: SetContext next\n")) << report();
  EXPECT_TRUE(reported("held against   call 3: #1 IVssBackupComponents::SetContext(lContext=0) → S_OK\n")) << report();
  Guid set;
  EXPECT_EQ(backup->StartSnapshotSet(&set), S_OK) << "one thing that was done otherwise is told once";
  EXPECT_EQ(played->report.divergences(), 1);
  EXPECT_EQ(backup->AbortBackup(), VSS_E_UNEXPECTED);
  EXPECT_TRUE(reported("comes out of order: the recording has nothing more on this object\n")) << report();
  reportAtEnd();
  EXPECT_TRUE(reported("2 recorded calls were never asked for:\n  call 3: ")) << report();
}

TEST_F(MatchingTest, StrictRefusesACallThatWasNotRecordedAndWaitsForTheOneThatWas) {
  recordSteps();
  play("match=strict");
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  EXPECT_EQ(backup->AbortBackup(), VSS_E_UNEXPECTED);
  EXPECT_EQ(backup->SetContext(VSS_CTX_ALL), VSS_E_UNEXPECTED);
  EXPECT_TRUE(reported("lContext is -1, was 0 when recorded")) << report();
  EXPECT_EQ(backup->SetContext(VSS_CTX_BACKUP), S_OK);
}

TEST_F(MatchingTest, ObjectTakesTheSameCallsInAnyOrder) {
  recordSteps();
  play("match=object");
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  EXPECT_EQ(backup->SetBackupState(true, false, VSS_BT_FULL, false), S_OK);
  EXPECT_EQ(backup->SetContext(VSS_CTX_BACKUP), S_OK);
  EXPECT_EQ(played->report.divergences(), 0);
}

TEST_F(MatchingTest, StateAnswersTheSameQuestionAgainAndAgain) {
  recordSession(2);
  play("match=state");
  auto* backup = gather();
  for (int round = 0; round < 3; ++round) {
    UINT count = 0;
    EXPECT_EQ(backup->GetWriterStatusCount(&count), S_OK);
    EXPECT_EQ(count, 2u);
    EXPECT_EQ(ask(backup, 1).name, u"Writer B");
    EXPECT_EQ(ask(backup, 0).name, u"Writer A");
    gatherAgain(backup);  // more often than it was recorded
  }
  EXPECT_EQ(backup->FreeWriterStatus(), S_OK);
  EXPECT_EQ(ask(backup, 0).result, VSS_E_UNEXPECTED) << "not out of another state";
  EXPECT_TRUE(reported("difference     was asked in another state when it was recorded\n")) << report();
  EXPECT_EQ(played->report.divergences(), 1);
}

TEST_F(MatchingTest, StateTellsStatesApart) {
  created(1);
  initialized(1);
  recorded(1, "GetWriterStatusCount", {}, VSS_E_BAD_STATE, {kind(ValueKind::unchanged)});
  gathered(1, 2);
  counted(1, 5);
  recorded(1, "FreeWriterStatus");
  recorded(1, "GetWriterStatusCount", {}, VSS_E_OBJECT_NOT_FOUND, {kind(ValueKind::zeroed)});
  play("match=state");
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  UINT count = 77;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(backup->GetWriterStatusCount(&count), VSS_E_BAD_STATE);
  EXPECT_EQ(count, 77u);
  gatherAgain(backup);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(backup->GetWriterStatusCount(&count), S_OK);
  EXPECT_EQ(count, 5u);
  EXPECT_EQ(backup->FreeWriterStatus(), S_OK);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(backup->GetWriterStatusCount(&count), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(MatchingTest, StateGivesAnswersThatChangedInTheirOrderAndThenTheLast) {
  created(1);
  initialized(1);
  for (int i = 0; i < 3; ++i) recorded(1, "GetWriterMetadataCount", {}, S_OK, {number(10 + i)});
  play("match=state");
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  std::vector<UINT> seen;
  for (int i = 0; i < 5; ++i) {
    UINT count = 0;
    EXPECT_EQ(backup->GetWriterMetadataCount(&count), S_OK);
    seen.push_back(count);
  }
  EXPECT_EQ(seen, (std::vector<UINT>{10, 11, 12, 12, 12}));
}

TEST_F(MatchingTest, AnIgnoredParameterIsNotCompared) {
  recordVolume();
  play("ignore=AddToSnapshotSet.ProviderId;ignore=AddToSnapshotSet.pidSnapshot");
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  EXPECT_EQ(backup->AddToSnapshotSet(u"C:\\", Guid{99}, nullptr), S_OK) << "nor whether an output's pointer is null";
  EXPECT_EQ(backup->AddToSnapshotSet(u"D:\\", Guid{99}, nullptr), VSS_E_UNEXPECTED);
  EXPECT_TRUE(reported("pwszVolumeName is \"D:\\\\\", was \"C:\\\\\" when recorded")) << report();
}

TEST_F(MatchingTest, TheReportSaysNothingOfAnIgnoredParameter) {
  recordVolume();
  play("ignore=AddToSnapshotSet.pwszVolumeName");
  auto* backup = create();
  Guid made;
  EXPECT_EQ(backup->AddToSnapshotSet(u"D:\\", Guid{99}, &made), VSS_E_UNEXPECTED);
  EXPECT_TRUE(reported("difference     ProviderId is {00000063-")) << report();
}

TEST_F(MatchingTest, AMapRewritesWhatIsToldAndTakesItBack) {
  recordVolume();
  play("map=\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy1=/mnt/copy;map=C:\\=/mnt/c/;map=C=wrong, for a longer one begins with it");
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  Guid made;
  EXPECT_EQ(backup->AddToSnapshotSet(u"/mnt/c/", Guid{5}, &made), S_OK);
  char16_t* exposed = nullptr;
  EXPECT_EQ(backup->ExposeSnapshot(Guid{6}, nullptr, 0, u"X:", &exposed), S_OK);
  ASSERT_TRUE(exposed);
  EXPECT_EQ(std::u16string(exposed), u"/mnt/copy\\data");
  coTaskMemFree(exposed);
  char16_t* xml = nullptr;
  EXPECT_EQ(backup->SaveAsXML(&xml), S_OK);
  EXPECT_EQ(std::u16string(xml), u"<a b=\"/mnt/copy\"/>\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy12/mnt/copy");
  sysFreeString(xml);
  EXPECT_EQ(backup->AddToSnapshotSet(u"/mnt/d/", Guid{5}, &made), VSS_E_UNEXPECTED);
  EXPECT_TRUE(reported("pwszVolumeName is \"/mnt/d/\", was \"C:\\\\\" when recorded")) << report();
}

TEST_F(MatchingTest, ARedactedTraceServesAProgramThatPassesTheOriginals) {
  created(1);
  initialized(1);
  Guid shadowCopy{0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
  recorded(1, "AddToSnapshotSet", {text(u"E:\\Bob\\"), id(0)}, S_OK, {ValueView::ofGuid(shadowCopy)});
  recorded(1, "ExposeSnapshot", {ValueView::ofGuid(shadowCopy), kind(ValueKind::null), number(0), text(u"X:")}, S_OK, {text(u"\\\\bob\\share")});
  recorded(1, "IsVolumeSupported", {id(0), text(u"\\\\bob\\share")}, S_OK, {number(1)});
  writer->finish(TraceWriter::Ending::threadsDone);
  auto original = path(".original"), key = path(".key");
  std::filesystem::remove(original), std::filesystem::remove(key);
  std::filesystem::rename(path(".vsst"), original);
  std::ostringstream out, err;
  ASSERT_EQ(redact::runRedact({shownPath(original), shownPath(path(".vsst")), {}, shownPath(key)}, out, err), 0) << err.str();
  std::filesystem::remove(original);

  play("key=" + shownPath(key));
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  Guid made;
  EXPECT_EQ(backup->AddToSnapshotSet(u"E:\\bob\\", Guid{}, &made), VSS_E_UNEXPECTED) << "another spelling, as without redaction";
  EXPECT_EQ(backup->AddToSnapshotSet(u"E:\\Bob\\", Guid{}, &made), S_OK);
  EXPECT_FALSE(made == shadowCopy);
  char16_t* exposed = nullptr;
  EXPECT_EQ(backup->ExposeSnapshot(made, nullptr, 0, u"X:", &exposed), S_OK) << "what it was told it hands in";
  ASSERT_TRUE(exposed);
  EXPECT_TRUE(std::u16string(exposed).starts_with(u"\\\\")) << "a pseudonym in the form of the original";
  EXPECT_EQ(std::u16string(exposed).find(u"bob"), std::u16string::npos);
  BOOL supported = 0;
  EXPECT_EQ(backup->IsVolumeSupported(Guid{}, exposed, &supported), S_OK);
  coTaskMemFree(exposed);
  redact::Key other = redact::Key::random();
  std::filesystem::remove(key);
  other.write(key);
  EXPECT_THROW(play("key=" + shownPath(key)), TraceError) << "another key than the trace was redacted by";
  std::filesystem::remove(key);
}

// ---- Time. ----

class RecordedTime : public MatchingTest {
 protected:
  static constexpr auto kStep = milliseconds(120);
  // GatherWriterStatus took one step; its operation was pending for two, and then waited for.
  void SetUp() override {
    created(1);
    initialized(1);
    const MethodInfo& method = methodOf("GatherWriterStatus");
    auto call = trace().enter(method, 1, 0, {});
    std::this_thread::sleep_for(kStep);
    auto made = ValueView::ofObject(2);
    trace().leave(call, method, 1, 0, {&made, 1});
    recorded(2, "QueryStatus", {}, S_OK, {number(VSS_S_ASYNC_PENDING), kind(ValueKind::noPointer)}, 2);
    std::this_thread::sleep_for(2 * kStep);
    recorded(2, "Wait", {number(kInfinite)});
    recorded(2, "QueryStatus", {}, S_OK, {number(VSS_S_ASYNC_FINISHED), kind(ValueKind::noPointer)}, 2);
  }
  static double since(steady_clock::time_point start) { return duration<double>(steady_clock::now() - start) / kStep; }
  static HRESULT status(IVssAsync* operation) {
    HRESULT told = 0;
    EXPECT_EQ(operation->QueryStatus(&told, nullptr), S_OK);
    return told;
  }
  IVssAsync* begin() {
    backup = create();
    EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
    start = steady_clock::now();
    IVssAsync* operation = nullptr;
    EXPECT_EQ(backup->GatherWriterStatus(&operation), S_OK);
    return operation;
  }
  IVssBackupComponents* backup = nullptr;
  steady_clock::time_point start;
};

TEST_F(RecordedTime, CallsAndOperationsTakeTheTimeThatTheyTook) {
  play("time=recorded");
  auto* operation = begin();
  EXPECT_GE(since(start), 0.99);
  EXPECT_EQ(status(operation), VSS_S_ASYNC_PENDING);
  EXPECT_EQ(status(operation), VSS_S_ASYNC_PENDING) << "as often as it is asked";
  EXPECT_EQ(operation->Wait(1), S_OK) << "a time-out";
  EXPECT_EQ(status(operation), VSS_S_ASYNC_PENDING);
  EXPECT_EQ(operation->Wait(), S_OK);
  EXPECT_GE(since(start), 2.99);
  EXPECT_EQ(status(operation), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(RecordedTime, CanPassFaster) {
  play("time=x20");
  auto* operation = begin();
  EXPECT_EQ(operation->Wait(), S_OK);
  EXPECT_LT(since(start), 2) << "not a twentieth of three, but a busy machine needs time too";
  EXPECT_GE(since(start), 0.14);
  EXPECT_EQ(status(operation), VSS_S_ASYNC_FINISHED);
}

TEST_F(RecordedTime, EndsEarlyWhereTheOperationIsCancelled) {
  play("time=x0.01");  // three steps would be half a minute
  backup = create();
  played->replayer.finish();
  play("time=recorded");
  auto* operation = begin();
  EXPECT_EQ(operation->Cancel(), S_OK);
  EXPECT_EQ(status(operation), VSS_S_ASYNC_CANCELLED);
  EXPECT_LT(since(start), 2.5);
}

TEST_F(RecordedTime, DoesNotHoldUpOtherThreads) {
  play("time=recorded");
  auto* operation = begin();
  std::thread waits([&] { operation->Wait(); });
  std::this_thread::sleep_for(milliseconds(20));
  auto asked = steady_clock::now();
  EXPECT_EQ(backup->AddRef(), 2u);
  EXPECT_LT(since(asked), 0.5);
  waits.join();
}

TEST_F(RecordedTime, IsNothingByDefault) {
  play("");
  auto* operation = begin();
  EXPECT_EQ(operation->Wait(), S_OK);
  EXPECT_LT(since(start), 1);
}

}  // namespace
}  // namespace vss
