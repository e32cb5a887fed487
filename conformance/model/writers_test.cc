// What happens to writers, and what a requester sees of it: who is counted, which event leads to which state, what clears an old
// failure, what a second requester sees.
#include "testing.h"

namespace vss::model {
namespace {


// One writer, PrepareForBackup and BackupComplete open; what the writer is, and further choices.
std::string backupOf(const std::string& writerKeys, const std::string& choices = "") { return oneWriter(writerKeys, withoutSet(choices)); }

// ---- Who is counted ----
TEST(WriterList, KeepsAWriterThatEndedAfterIdentifyAndLeavesOutOneThatStartedThen) {
  Requester r(R"({"writers": [{"name": "Gone", "classId": "00000000-0000-0000-0000-0000000000c1", "runs": "untilIdentify", "applicationMessage": "said"},
                              {"name": "New", "classId": "00000000-0000-0000-0000-0000000000c2", "runs": "afterIdentify"}]})");
  r.forBackup().withMetadata().gathered();
  UINT n = 0;
  EXPECT_EQ(r->GetWriterMetadataCount(&n), S_OK);
  EXPECT_EQ(n, 1u);
  EXPECT_EQ(r.writers(), 1u);
  EXPECT_EQ(r.status(0).name, u"Gone");
  EXPECT_EQ(r.shown(0), "0 VSS_E_WRITER_NOT_RESPONDING");
  EXPECT_EQ(r.statusEx(0).message, std::nullopt);  // nobody is there to say it
}
TEST(WriterList, IsOfWhoRunsWhereMetadataWasNeverGathered) {
  Requester r(R"({"writers": [{"name": "A", "classId": "00000000-0000-0000-0000-0000000000c1", "runs": "untilIdentify"},
                              {"name": "B", "classId": "00000000-0000-0000-0000-0000000000c2", "runs": "afterIdentify"},
                              {"name": "C", "classId": "00000000-0000-0000-0000-0000000000c3", "failsAt": [{"event": "identify"}]}]})");
  r.forRestore().gathered();
  ASSERT_EQ(r.writers(), 2u);
  EXPECT_EQ(r.shown(0), kStable);
  EXPECT_EQ(r.status(1).name, u"B");
}
TEST(WriterList, HasTwoInstancesOfOneClass) {
  Requester r(R"({"writers": [{"name": "A", "classId": "00000000-0000-0000-0000-0000000000c1"},
                              {"name": "A", "classId": "00000000-0000-0000-0000-0000000000c1"}]})");
  r.forBackup().withMetadata().gathered();
  ASSERT_EQ(r.writers(), 2u);
  EXPECT_EQ(r.status(0).classId, r.status(1).classId);
  EXPECT_FALSE(r.status(0).instanceId == r.status(1).instanceId);
}
TEST(WriterList, IsTheSameThroughBothMethods) {
  Requester r(oneWriter(R"("state": 9, "failure": "VSS_E_WRITERERROR_TIMEOUT", "applicationFailure": "0x80040154", "applicationMessage": "said")"));
  r.forBackup().withMetadata().gathered();
  auto plain = r.status(0), ex = r.statusEx(0);
  EXPECT_EQ(plain.instanceId, ex.instanceId);
  EXPECT_EQ(plain.classId, ex.classId);
  EXPECT_EQ(plain.name, ex.name);
  EXPECT_EQ(plain.state, ex.state);
  EXPECT_EQ(plain.failure, ex.failure);
  EXPECT_EQ(ex.application, static_cast<HRESULT>(0x80040154));
  EXPECT_EQ(ex.message, u"said");
}
TEST(WriterList, IsReversedWithTheChoice) {
  Requester r(choosing("statusOrder", "reversed"));
  r.forBackup().withMetadata().gathered();
  EXPECT_EQ(r.status(0).name, u"Shadow Copy Optimization Writer");
  EXPECT_EQ(r.status(8).name, u"Task Scheduler Writer");
}

// ---- Events and states ----
TEST(WriterState, IsNotMovedByIdentifyNorByAskingForIt) {
  Requester r(oneWriter(R"("state": "VSS_WS_WAITING_FOR_THAW")"));
  r.forBackup().withMetadata();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(r.seen(), "3 S_OK");
  Requester other = r.beside();
  EXPECT_EQ(other.forBackup().withMetadata().seen(), "3 S_OK");
}
TEST(WriterState, IsStableAfterEveryEventOfAHealthyBackup) {
  Requester r(backupOf(""));
  EXPECT_EQ(r.forBackup().withMetadata().seen(), kStable);
  EXPECT_EQ(r.prepared().seen(), kStable);
  EXPECT_EQ(r.run(&Starters::BackupComplete), F);
  EXPECT_EQ(r.seen(), kStable);
  Requester other = r.beside();
  r.release();
  EXPECT_EQ(other.forBackup().withMetadata().seen(), kStable);
}
TEST(WriterState, AfterAVetoOfPrepareForBackupIsFailedAndStaysSoAfterAbortBackup) {
  Requester r(backupOf(failsAt("prepareBackup", R"("failure": "VSS_E_WRITERERROR_RETRYABLE", "applicationFailure": 5, "applicationMessage": "busy")")));
  EXPECT_EQ(r.forBackup().withMetadata().prepared().seen(), "7 VSS_E_WRITERERROR_RETRYABLE");
  auto ex = r.statusEx(0);
  EXPECT_EQ(ex.application, 5);
  EXPECT_EQ(ex.message, u"busy");
  EXPECT_EQ(r->AbortBackup(), S_OK);
  EXPECT_EQ(r.seen(), "7 VSS_E_WRITERERROR_RETRYABLE");
}
TEST(WriterState, IsFailedAtBackupCompleteWhileTheOperationFinishesWell) {
  Requester r(backupOf(failsAt("backupComplete")));
  EXPECT_EQ(r.forBackup().withMetadata().prepared().seen(), kStable);
  EXPECT_EQ(r.run(&Starters::BackupComplete), F);
  EXPECT_EQ(r.seen(), "12 VSS_E_WRITERERROR_NONRETRYABLE");
}
TEST(WriterState, AfterBackupShutdownIsSeenByAnotherRequesterOnly) {
  for (bool complete : {true, false}) {  // BackupShutdown comes with or without BackupComplete
    Requester r(backupOf(failsAt("backupShutdown")));
    r.forBackup().withMetadata().prepared();
    if (complete) r.run(&Starters::BackupComplete);
    EXPECT_EQ(r.seen(), kStable);
    Requester other = r.beside();
    r.release();
    EXPECT_EQ(other.forBackup().withMetadata().seen(), "15 VSS_E_WRITERERROR_NONRETRYABLE");
  }
}
TEST(WriterState, OfANonfatalFailureIsTheNormalOneWithTheCode) {
  Requester r(backupOf(failsAt("prepareBackup", R"("fatal": false, "failure": "VSS_E_WRITERERROR_PARTIAL_FAILURE")")));
  EXPECT_EQ(r.forBackup().withMetadata().prepared().seen(), "1 VSS_E_WRITERERROR_PARTIAL_FAILURE");
}
TEST(WriterState, OfAnOldFailureStaysReadableUntilAnEventClearsIt) {
  Requester r(backupOf(R"("state": 9, "failure": "VSS_E_WRITERERROR_TIMEOUT")"));
  Requester other = r.beside();
  for (Requester* each : {&r, &other}) EXPECT_EQ(each->forBackup().withMetadata().seen(), "9 VSS_E_WRITERERROR_TIMEOUT");
  EXPECT_EQ(r.prepared().seen(), kStable);
  EXPECT_EQ(other.seen(), kStable);
}
TEST(WriterState, IsNotMovedByTheShutdownOfARequesterThatDidNotTakeItAlong) {
  Requester r(oneWriter(R"("state": 5)"));
  Requester other = r.beside();
  r.forBackup().withMetadata();
  r.release();
  EXPECT_EQ(other.forBackup().withMetadata().seen(), "5 S_OK");
}
TEST(WriterState, OfAWriterThatFailedAtIdentifyIsNeverSeen) {
  Requester r(oneWriter(failsAt("identify")));
  r.forBackup().withMetadata().gathered();
  EXPECT_EQ(r.writers(), 0u);
}
TEST(WriterState, DoesNotMoveAfterPrepareForBackupWhereNoComponentIsSelected) {
  Requester r(backupOf(failsAt("backupComplete")));
  r.forBackup().withMetadata().prepared(true);
  EXPECT_EQ(r.run(&Starters::BackupComplete), F);
  EXPECT_EQ(r.seen(), kStable);
}
TEST(WriterState, InARestoreIsNotMovedByAbortBackupNorByRelease) {
  Requester r(oneWriter(R"("state": 3, )" + failsAt("backupShutdown")));
  Requester other = r.beside();
  r.forRestore().withMetadata();
  EXPECT_EQ(r->AbortBackup(), S_OK);
  EXPECT_EQ(r.seen(), "3 S_OK");
  r.release();
  EXPECT_EQ(other.forBackup().withMetadata().seen(), "3 S_OK");
}
TEST(WriterState, BesideAnAnswerThatNeverCameIsUnknown) {
  Requester r(oneWriter(R"("responds": false, "state": 5, "failure": "VSS_E_WRITERERROR_TIMEOUT")"));
  EXPECT_EQ(r.forBackup().withMetadata().seen(), "0 VSS_E_WRITER_NOT_RESPONDING");
}
TEST(WriterState, OfTheRecordIsThatOfTheGather) {
  Requester r(backupOf(failsAt("prepareBackup")));
  r.forBackup().withMetadata().gathered().prepared();
  EXPECT_EQ(r.shown(), kStable);
  EXPECT_EQ(r.seen(), "7 VSS_E_WRITERERROR_NONRETRYABLE");
}

}  // namespace
}  // namespace vss::model
