// A restore from InitializeForRestore to PostRestore: who may call when, and what the writers go through.
#include "snapshots.h"
#include "testing.h"

namespace vss::model {
namespace {


std::string failingAt(const std::string& event, const std::string& more = "") {
  return oneWriter(systemFiles(failsAt(event)), more);
}
HRESULT select(Requester& r, bool selected = true, const char16_t* name = kSystemFiles.name) {
  return r->SetSelectedForRestore(r.writer.classId, kSystemFiles.type, kSystemFiles.logicalPath, name, selected);
}
HRESULT selectEx(Requester& r, const Guid& instance) {
  return r->SetSelectedForRestoreEx(r.writer.classId, kSystemFiles.type, kSystemFiles.logicalPath, kSystemFiles.name, true, instance);
}

TEST(SetRestoreState, IsForARestoreBeforePreRestore) {
  Requester fresh, backup, open, late;
  EXPECT_EQ(fresh->SetRestoreState(VSS_RTYPE_BY_COPY), B);
  EXPECT_EQ(backup.forBackup()->SetRestoreState(VSS_RTYPE_BY_COPY), B);
  open.r0();
  for (int type = VSS_RTYPE_UNDEFINED; type <= VSS_RTYPE_OTHER; ++type) EXPECT_EQ(open->SetRestoreState(static_cast<VSS_RESTORE_TYPE>(type)), S_OK);
  for (int type : {-1, 4}) EXPECT_EQ(open->SetRestoreState(static_cast<VSS_RESTORE_TYPE>(type)), E_INVALIDARG);
  EXPECT_EQ(late.r3()->SetRestoreState(VSS_RTYPE_BY_COPY), B);
}
TEST(SetSelectedForRestore, TakesAComponentOfTheDocumentWhoseWriterRuns) {
  Requester r;
  EXPECT_EQ(select(r.r1()), S_OK);
  EXPECT_EQ(select(r), S_OK);
  EXPECT_EQ(select(r, true, u"Other"), N);
  EXPECT_EQ(select(r, true, nullptr), E_INVALIDARG);
  EXPECT_EQ(r->SetSelectedForRestore(kSystemProvider, kSystemFiles.type, nullptr, kSystemFiles.name, true), N);
  EXPECT_EQ(r->SetSelectedForRestore(r.writer.classId, VSS_CT_DATABASE, nullptr, kSystemFiles.name, true), N);
  Requester gone(oneWriter(systemFiles(R"("runs": "untilIdentify")")));
  EXPECT_EQ(select(gone.r1()), N);
}
TEST(SetSelectedForRestore, IsForARestoreBetweenMetadataAndPreRestore) {
  Requester fresh, early, late, backup;
  EXPECT_EQ(select(fresh), B);
  EXPECT_EQ(select(early.r0()), B);
  EXPECT_EQ(select(late.r3()), B);
  EXPECT_EQ(select(backup.b1()), B);
}
TEST(SetSelectedForRestore, CanBeTakenBackAndThenTheWriterGetsNoEvents) {
  Requester r(failingAt("preRestore")), none(failingAt("preRestore"));
  EXPECT_EQ(select(r.r2(), false), S_OK);
  EXPECT_EQ(r.run(&Starters::PreRestore), F);
  EXPECT_EQ(r.seen(), kStable);
  EXPECT_EQ(none.r1().run(&Starters::PreRestore), F);  // nothing selected
  EXPECT_EQ(none.seen(), kStable);
}
TEST(SetSelectedForRestoreEx, MeansOneInstanceOrWithoutOneAny) {
  // Two instances of one writer; both fail PreRestore if they get it.
  const std::string one = R"({"name": "A", "classId": "00000000-0000-0000-0000-0000000000c1", "failsAt": [{"event": "preRestore"}], )" + systemFiles() + "}";
  const std::string two = R"({"writers": [)" + one + ", " + one + "]}";
  const Guid second = parseScenario(two).writers[1].instanceId;
  for (int which : {0, 1, 2}) {
    Requester r(two);
    r.r1();
    EXPECT_EQ(selectEx(r, which == 0 ? Guid() : which == 1 ? r.writer.instanceId : second), S_OK);
    EXPECT_EQ(selectEx(r, kSystemProvider), N);
    EXPECT_EQ(r.run(&Starters::PreRestore), F);
    constexpr const char* failed = "13 VSS_E_WRITERERROR_NONRETRYABLE";
    EXPECT_EQ(r.seen(0), which == 2 ? kStable : failed) << which;
    EXPECT_EQ(r.seen(1), which == 1 ? kStable : failed) << which;
  }
}
TEST(PreRestore, NeedsMetadataAndWorksOnce) {
  Requester fresh, backup, early, r;
  EXPECT_EQ(fresh.run(&Starters::PreRestore), B);
  EXPECT_EQ(backup.b1().run(&Starters::PreRestore), B);
  EXPECT_EQ(early.r0().run(&Starters::PreRestore), B);
  EXPECT_EQ(r.r2()->PreRestore(nullptr), E_INVALIDARG);
  EXPECT_EQ(r.run(&Starters::PreRestore), F);
  EXPECT_EQ(r.run(&Starters::PreRestore), B);
}
TEST(SetFileRestoreStatus, StandsBetweenPreRestoreAndPostRestore) {
  auto say = [](Requester& r, int status, const char16_t* name = kSystemFiles.name) {
    return r->SetFileRestoreStatus(r.writer.classId, kSystemFiles.type, nullptr, name, static_cast<VSS_FILE_RESTORE_STATUS>(status));
  };
  Requester fresh, early, r, late;
  EXPECT_EQ(say(fresh, VSS_RS_ALL), B);
  EXPECT_EQ(say(early.r2(), VSS_RS_ALL), B);
  r.r3();
  for (int status : {VSS_RS_NONE, VSS_RS_ALL, VSS_RS_FAILED}) EXPECT_EQ(say(r, status), S_OK);
  for (int status : {-1, 0, 4}) EXPECT_EQ(say(r, status), E_INVALIDARG);
  EXPECT_EQ(say(r, VSS_RS_ALL, u"Other"), N);
  EXPECT_EQ(say(r, VSS_RS_ALL, nullptr), E_INVALIDARG);
  EXPECT_EQ(say(late.r4(), VSS_RS_ALL), B);
}
TEST(PostRestore, FollowsPreRestoreOnce) {
  Requester early, backup, r;
  EXPECT_EQ(early.r2().run(&Starters::PostRestore), B);
  EXPECT_EQ(backup.b4().run(&Starters::PostRestore), B);
  EXPECT_EQ(r.r3()->PostRestore(nullptr), E_INVALIDARG);
  EXPECT_EQ(r.run(&Starters::PostRestore), F);
  EXPECT_EQ(r.run(&Starters::PostRestore), B);
  EXPECT_EQ(r.run(&Starters::PreRestore), B);
}
TEST(RestoreOperations, ThatFailedOrWereCancelledMayBeRepeated) {
  Requester r(R"({"operations": {"preRestore": {"ms": 5, "result": "VSS_E_UNEXPECTED", "onCall": 2}, "postRestore": {"result": "VSS_E_PROVIDER_VETO", "onCall": 1}}})");
  auto* async = r.r2().start(&Starters::PreRestore);
  EXPECT_EQ(async->Cancel(), S_OK);
  async->Release();
  EXPECT_EQ(r.run(&Starters::PreRestore), VSS_E_UNEXPECTED);
  EXPECT_EQ(r.run(&Starters::PreRestore), F);
  EXPECT_EQ(r.run(&Starters::PostRestore), VSS_E_PROVIDER_VETO);
  EXPECT_EQ(r.run(&Starters::PostRestore), F);
}
TEST(RestoreOperations, ThatAVetoEndedMeetTheSameVetoAgain) {
  Requester r(failingAt("preRestore", R"("choices": {"restoreAfterVeto": "unexpected"})"));
  r.r2();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(r.run(&Starters::PreRestore), VSS_E_UNEXPECTED);
}
TEST(WritersOfARestore, ShowWhereTheyFailed) {
  Requester pre(failingAt("preRestore")), post(failingAt("postRestore"));
  EXPECT_EQ(pre.r3().seen(), "13 VSS_E_WRITERERROR_NONRETRYABLE");
  EXPECT_EQ(pre.run(&Starters::PostRestore), F);
  EXPECT_EQ(pre.seen(), "13 VSS_E_WRITERERROR_NONRETRYABLE");
  EXPECT_EQ(post.r3().seen(), kStable);
  EXPECT_EQ(post.run(&Starters::PostRestore), F);
  EXPECT_EQ(post.seen(), "14 VSS_E_WRITERERROR_NONRETRYABLE");
}
TEST(WritersOfARestore, GetNoAbortAndNoBackupShutdown) {
  Requester r(failingAt("preRestore", R"("choices": {"stateAfterAbort": "stable", "failedStateClearedBy": "anyEvent"})"));
  Requester other = r.beside();
  EXPECT_EQ(r.r3()->AbortBackup(), S_OK);
  EXPECT_EQ(r.seen(), "13 VSS_E_WRITERERROR_NONRETRYABLE");
  EXPECT_EQ(r.run(&Starters::PostRestore), F);
  r.release();
  EXPECT_EQ(other.forBackup().withMetadata().seen(), "13 VSS_E_WRITERERROR_NONRETRYABLE");
}
TEST(WritersOfARestore, HaveASessionUntilTheGatherAfterPostRestore) {
  Requester r(R"({"limits": {"writerSessions": 1}})"), other = r.beside();
  r.r3();
  other.b3(false);
  EXPECT_EQ(other.seen(), "0 VSS_E_WRITER_STATUS_NOT_AVAILABLE");
  EXPECT_EQ(r.run(&Starters::PostRestore), F);
  Requester late = r.beside();
  EXPECT_EQ(other->AbortBackup(), S_OK);
  late.b3(false);
  EXPECT_EQ(late.seen(), "0 VSS_E_WRITER_STATUS_NOT_AVAILABLE");
  EXPECT_EQ(r.seen(), kStable);  // gives the session back
  EXPECT_EQ(late->AbortBackup(), S_OK);
  Requester then = r.beside();
  EXPECT_EQ(then.b3(false).seen(), kStable);
}
TEST(StatusInARestore, WorksInEveryStateOfTheNotation) {  // WS-012/013/014, 038, 078, 079, 100, 106
  for (auto reach : {&Requester::r0, &Requester::r1, &Requester::r2, &Requester::r3, &Requester::r4}) {
    Requester r;
    (r.*reach)().gathered();
    EXPECT_EQ(r.writers(), 9u);
    EXPECT_EQ(r.shown(3), kStable);
    EXPECT_EQ(r.statusEx(3).hresult, S_OK);
    EXPECT_EQ(r->FreeWriterStatus(), S_OK);
  }
}

}  // namespace
}  // namespace vss::model
