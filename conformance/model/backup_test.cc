// A backup from AddComponent to BackupComplete: who may call when, and what the writers go through.
#include <tuple>

#include "testing.h"

namespace vss::model {
namespace {


std::string doSnapshotSet(const std::string& plan, const std::string& more = "") {
  return R"({"operations": {"doSnapshotSet": )" + plan + "}" + (more.empty() ? "" : ", " + more) + "}";
}
std::string state(Requester& r, const char16_t* name = u"System Writer") {
  r.gathered();
  for (UINT i = 0; i < r.writers(); ++i)
    if (r.status(i).name == name) return r.shown(i);
  return "no such writer";
}

// ---- AddComponent ----
TEST(AddComponent, TakesWhatTheMetadataHasOnce) {
  Requester r;
  EXPECT_EQ(r.b1().add(), S_OK);
  EXPECT_EQ(r.add(), VSS_E_OBJECT_ALREADY_EXISTS);
  EXPECT_EQ(r.add(kSystemFiles.name, u""), VSS_E_OBJECT_ALREADY_EXISTS);  // no logical path is an empty one
}
TEST(AddComponent, TakesEveryComponentOfTheDefaultScenario) {
  Requester r;
  r.b1();
  int added = 0;
  for (const auto& writer : defaultScenario().writers)
    for (const auto& component : writer.components) {
      EXPECT_EQ(r->AddComponent(writer.instanceId, writer.classId, component.type, component.logicalPath.c_str(), component.name.c_str()), S_OK);
      ++added;
    }
  EXPECT_EQ(added, 8);
}
TEST(AddComponent, TellsTwoInstancesOfOneWriterApart) {
  const std::string one = R"({"name": "A", "classId": "00000000-0000-0000-0000-0000000000c1", "components": [{"name": "N", "logicalPath": "P\\Q", "type": "VSS_CT_DATABASE"}]})";
  Requester r(R"({"writers": [)" + one + ", " + one + "]}");
  r.b1();
  for (const Writer& writer : parseScenario(R"({"writers": [)" + one + ", " + one + "]}").writers) {
    EXPECT_EQ(r->AddComponent(writer.instanceId, writer.classId, VSS_CT_DATABASE, u"P\\Q", u"N"), S_OK);
    EXPECT_EQ(r->AddComponent(writer.instanceId, writer.classId, VSS_CT_DATABASE, u"P\\Q", u"N"), VSS_E_OBJECT_ALREADY_EXISTS);
  }
}
TEST(AddComponent, RefusesBadArgumentsAndWhatNobodyOffers) {
  Requester r;
  r.b1();
  EXPECT_EQ(r.add(nullptr), E_INVALIDARG);
  for (int type : {0, 3, -1})
    EXPECT_EQ(r->AddComponent(r.writer.instanceId, r.writer.classId, static_cast<VSS_COMPONENT_TYPE>(type), nullptr, kSystemFiles.name), E_INVALIDARG);
  EXPECT_EQ(r.add(u"Nothing"), E_INVALIDARG);
  EXPECT_EQ(r.add(kSystemFiles.name, u"Elsewhere"), E_INVALIDARG);
  EXPECT_EQ(r->AddComponent(Guid(), r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name), E_INVALIDARG);
  EXPECT_EQ(r->AddComponent(r.writer.instanceId, r.writer.instanceId, kSystemFiles.type, nullptr, kSystemFiles.name), E_INVALIDARG);
  EXPECT_EQ(r->AddComponent(r.writer.instanceId, r.writer.classId, VSS_CT_DATABASE, nullptr, kSystemFiles.name), E_INVALIDARG);
  EXPECT_EQ(r.add(), S_OK);
}
TEST(AddComponent, ComesAfterMetadataInABackupWithWritersAndBeforeDoSnapshotSet) {
  Requester fresh, initialized, restore, noWriters, prepared, done;
  EXPECT_EQ(fresh.add(), B);
  EXPECT_EQ(initialized.forBackup().add(), B);
  EXPECT_EQ(restore.forRestore().withMetadata().add(), B);
  EXPECT_EQ(noWriters.forBackup()->SetContext(VSS_CTX_FILE_SHARE_BACKUP), S_OK);
  EXPECT_EQ(noWriters.withMetadata().add(), B);
  EXPECT_EQ(prepared.b3(false).add(), S_OK);
  EXPECT_EQ(done.b4(false).add(), B);
}

// ---- StartSnapshotSet ----
TEST(StartSnapshotSet, GivesANewIdEachTime) {
  Requester one, two = one.beside();
  VSS_ID a = one.b1().startSet();
  EXPECT_FALSE(a == Guid());
  EXPECT_EQ(one->AbortBackup(), S_OK);
  EXPECT_FALSE(two.b1().startSet() == a);
}
TEST(StartSnapshotSet, IsForABackupAndOnce) {
  Requester fresh, restore, all, twice;
  EXPECT_EQ(fresh.startSetAgain(), B);
  EXPECT_EQ(restore.forRestore().withMetadata().startSetAgain(), B);
  EXPECT_EQ(all.forBackup()->SetContext(VSS_CTX_ALL), S_OK);
  EXPECT_EQ(all.startSetAgain(), B);
  twice.b1().startSet();
  EXPECT_EQ(twice->StartSnapshotSet(nullptr), E_INVALIDARG);
  EXPECT_EQ(twice.startSetAgain(), B);
  EXPECT_EQ(twice->SetContext(VSS_CTX_BACKUP), B);
}
TEST(StartSnapshotSet, NeedsNeitherMetadataNorBackupState) {
  Requester r;
  EXPECT_FALSE(r.forBackup().startSet() == Guid());
}
TEST(StartSnapshotSet, WaitsForEveryOtherObjectOfTheSystem) {
  Requester one, two = one.beside();
  one.b3();
  two.b1();
  EXPECT_EQ(two.startSetAgain(), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  auto* async = one.start(&Starters::DoSnapshotSet);
  EXPECT_EQ(two.startSetAgain(), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  EXPECT_EQ(Requester::end(async), F);
  EXPECT_EQ(two.startSetAgain(), S_OK);
}
TEST(StartSnapshotSet, MayFollowAnAbortAReleaseAFailureOrACancellationElsewhere) {
  for (int how : {0, 1, 2, 3}) {
    Requester one(doSnapshotSet(R"({"ms": 5, "result": "VSS_E_PROVIDER_VETO", "onCall": 1})")), two = one.beside();
    one.b3();
    two.b1();
    EXPECT_EQ(two.startSetAgain(), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
    if (how == 0) one->AbortBackup();
    if (how == 1) one.release();
    if (how == 2) one.run(&Starters::DoSnapshotSet);
    if (how == 3) {
      auto* async = one.start(&Starters::DoSnapshotSet);
      EXPECT_EQ(async->Cancel(), S_OK);
      async->Release();
    }
    EXPECT_EQ(two.startSetAgain(), S_OK) << how;
  }
}

// ---- PrepareForBackup, DoSnapshotSet ----
TEST(PrepareForBackup, FollowsStartSnapshotSetAndSetBackupState) {
  Requester noSet, noState, ready;
  EXPECT_EQ(noSet.b1().run(&Starters::PrepareForBackup), B);
  noState.forBackup().withMetadata().startSet();
  EXPECT_EQ(noState.run(&Starters::PrepareForBackup), B);
  EXPECT_EQ(ready.b3().run(&Starters::PrepareForBackup), B);
}
TEST(PrepareForBackup, ThatAVetoEndedMeetsTheSameVetoAgain) {
  Requester r(oneWriter(systemFiles(failsAt("prepareBackup")), R"("choices": {"prepareAfterVeto": "unexpected"})"));
  r.b2();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(r.run(&Starters::PrepareForBackup), VSS_E_UNEXPECTED);
}
TEST(DoSnapshotSet, NeedsASetAndWithWritersTheirMetadata) {
  Requester fresh, noSet, noMetadata, restore, notPrepared;
  EXPECT_EQ(fresh.run(&Starters::DoSnapshotSet), B);
  EXPECT_EQ(noSet.b1().run(&Starters::DoSnapshotSet), B);
  noMetadata.forBackup()->SetBackupState(false, false, VSS_BT_FULL, false);
  noMetadata.startSet();
  noMetadata.addVolume();
  EXPECT_EQ(noMetadata.run(&Starters::PrepareForBackup), F);
  EXPECT_EQ(noMetadata.run(&Starters::DoSnapshotSet), B);
  EXPECT_EQ(restore.forRestore().withMetadata().run(&Starters::DoSnapshotSet), B);
  EXPECT_EQ(notPrepared.b2().run(&Starters::DoSnapshotSet), F);
}
TEST(DoSnapshotSet, WithoutWritersNeedsASetAlone) {
  Requester r(oneWriter(systemFiles(failsAt("freeze")))), other = r.beside();
  EXPECT_EQ(r.forBackup()->SetContext(VSS_CTX_FILE_SHARE_BACKUP), S_OK);
  r.startSet();
  VSS_ID copy = r.addVolume();
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), B);
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
  EXPECT_EQ(r.exists(copy), S_OK);
  EXPECT_EQ(r.run(&Starters::BackupComplete), B);
  EXPECT_EQ(other.forBackup().withMetadata().seen(), kStable);  // no event
}
TEST(DoSnapshotSet, ThatFailsOrIsCancelledLeavesNoShadowCopy) {
  for (const char* code : {"VSS_E_INSUFFICIENT_STORAGE", "VSS_E_PROVIDER_VETO", "VSS_E_UNEXPECTED_PROVIDER_ERROR", "cancelled"}) {
    bool cancelled = code == std::string("cancelled");
    Requester r(doSnapshotSet(cancelled ? R"({"never": true})" : R"({"result": ")" + std::string(code) + "\"}"));
    r.b3();
    auto* async = r.start(&Starters::DoSnapshotSet);
    if (cancelled) async->Cancel();
    EXPECT_EQ(nameOf(Requester::end(async)), cancelled ? "VSS_S_ASYNC_CANCELLED" : code);
    EXPECT_EQ(r.exists(r.copyId), VSS_E_OBJECT_NOT_FOUND);
    EXPECT_EQ(state(r), kStable);  // the writers got an Abort
    for (auto starter : {&Starters::DoSnapshotSet, &Starters::BackupComplete, &Starters::PrepareForBackup}) EXPECT_EQ(r.run(starter), B);
    EXPECT_EQ(r.succeeded(), B);
    EXPECT_EQ(r.startSetAgain(), B);
    EXPECT_EQ(r->AbortBackup(), S_OK);
    EXPECT_EQ(state(r), kStable);
  }
}
TEST(DoSnapshotSet, OfANotTransactedSetNeverTimesOutAtTransactions) {
  Requester r(doSnapshotSet(R"({"result": "VSS_E_TRANSACTION_FREEZE_TIMEOUT"})"));
  EXPECT_EQ(r.forBackup()->SetContext(VSS_VOLSNAP_ATTR_NOT_TRANSACTED), S_OK);
  EXPECT_EQ(r->SetBackupState(false, false, VSS_BT_FULL, false), S_OK);
  r.withMetadata().startSet();
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
}

// ---- Writers ----
TEST(WritersOfABackup, GoThroughTheirStates) {
  Requester r(doSnapshotSet(R"({"polls": 2})"));
  EXPECT_EQ(state(r.b3()), kStable);
  auto* async = r.start(&Starters::DoSnapshotSet);
  EXPECT_EQ(state(r), "2 S_OK");
  EXPECT_EQ(Requester::end(async), F);
  EXPECT_EQ(state(r), "5 S_OK");
  EXPECT_EQ(state(r, u"WMI Writer"), kStable);  // no component of it was chosen
  EXPECT_EQ(r.succeeded(), S_OK);
  EXPECT_EQ(r.run(&Starters::BackupComplete), F);
  EXPECT_EQ(state(r), kStable);
}
TEST(WritersOfABackup, AllTakePartWhereComponentsAreNotChosen) {
  Requester r;
  r.b4(false);
  for (UINT i = 0; i < 9; ++i) EXPECT_EQ(r.seen(i), "5 S_OK");
}
TEST(WritersOfABackup, ShowWhereTheyFailedAndTheOthersWhatThatMeans) {
  // The second writer fails BackupComplete, if it gets that: an Abort after Freeze and Thaw ends its part too.
  const std::string second = R"({"name": "Other", "classId": "00000000-0000-0000-0000-0000000000c2", "failsAt": [{"event": "backupComplete"}]}])";
  for (auto [event, number, other] : {std::tuple{"prepareBackup", "7", "5"}, {"prepareSnapshot", "8", "5"}, {"freeze", "9", "1"}, {"thaw", "10", "1"},
                                      {"postSnapshot", "11", "5"}}) {
    std::string scenario = oneWriter(systemFiles(failsAt(event, R"("failure": "VSS_E_WRITERERROR_RETRYABLE")")));
    scenario.replace(scenario.find(']', scenario.rfind("}]")), 1, ", " + second);
    Requester r(scenario);
    EXPECT_EQ(r.b4(false).seen(0), std::string(number) + " VSS_E_WRITERERROR_RETRYABLE") << event;
    EXPECT_EQ(r.seen(1), std::string(other) + " S_OK") << event;
    EXPECT_EQ(r.exists(r.copyId), S_OK);
    EXPECT_EQ(r.run(&Starters::BackupComplete), F);
    EXPECT_EQ(r.seen(0), std::string(number) + " VSS_E_WRITERERROR_RETRYABLE") << event;
    EXPECT_EQ(r.seen(1), other == std::string("1") ? kStable : "12 VSS_E_WRITERERROR_NONRETRYABLE") << event;
  }
}
TEST(WritersOfABackup, ThatOnlyWarnGoOn) {
  for (auto [event, next] : {std::pair{"prepareSnapshot", "5"}, {"freeze", "5"}, {"postSnapshot", "5"}}) {
    Requester r(oneWriter(systemFiles(failsAt(event, R"("fatal": false)"))));
    EXPECT_EQ(r.b4(false).seen(), std::string(next) + " VSS_E_WRITERERROR_NONRETRYABLE") << event;
  }
}
TEST(WritersOfABackup, GetNoAbortOncePostSnapshotIsHandled) {
  Requester r;
  EXPECT_EQ(r.b4()->AbortBackup(), S_OK);
  EXPECT_EQ(state(r), "5 S_OK");
  Requester other = r.beside();
  r.release();
  other.forBackup().withMetadata();
  EXPECT_EQ(state(other), kStable);  // BackupShutdown
}
TEST(WritersOfABackup, GetAnAbortWhileTheyWaitForFreeze) {
  Requester r(doSnapshotSet(R"({"never": true})"));
  auto* async = r.b3().start(&Starters::DoSnapshotSet);
  EXPECT_EQ(state(r), "2 S_OK");
  EXPECT_EQ(r->AbortBackup(), S_OK);
  EXPECT_EQ(Requester::end(async), C);
  EXPECT_EQ(state(r), kStable);
}
TEST(WritersOfABackup, LeaveAnOldFailureAtPrepareSnapshotAtTheLatest) {
  Requester r(oneWriter(systemFiles(R"("state": 9, "failure": "VSS_E_WRITERERROR_TIMEOUT")"), R"("choices": {"failedStateClearedBy": "prepareSnapshot"})"));
  EXPECT_EQ(r.b3().seen(), "9 VSS_E_WRITERERROR_TIMEOUT");
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
  EXPECT_EQ(r.seen(), "5 S_OK");
}

// ---- SetBackupSucceeded, BackupComplete ----
TEST(SetBackupSucceeded, SpeaksOfAnAddedComponentBetweenSnapshotAndComplete) {
  Requester fresh, prepared, r, restore;
  EXPECT_EQ(fresh.succeeded(), B);
  EXPECT_EQ(prepared.b3().succeeded(), B);
  EXPECT_EQ(restore.forRestore().succeeded(), B);
  EXPECT_EQ(r.b4().succeeded(), S_OK);
  EXPECT_EQ(r.succeeded(kSystemFiles.name, u""), S_OK);
  EXPECT_EQ(r.succeeded(u"Other"), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(r.succeeded(kSystemFiles.name, u"Elsewhere"), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(r.succeeded(nullptr), E_INVALIDARG);
  EXPECT_EQ(r.run(&Starters::BackupComplete), F);
  EXPECT_EQ(r.succeeded(), B);
}
TEST(BackupComplete, FollowsAShadowCopyOnce) {
  Requester prepared, r;
  EXPECT_EQ(prepared.b3().run(&Starters::BackupComplete), B);
  EXPECT_EQ(r.b5().run(&Starters::BackupComplete), B);
  EXPECT_EQ(r.startSetAgain(), B);
  EXPECT_EQ(r->AbortBackup(), S_OK);
  EXPECT_EQ(r.exists(r.copyId), S_OK);
}
TEST(BackupComplete, ThatFailedMayBeRepeated) {
  Requester r(R"({"operations": {"backupComplete": {"result": "VSS_E_UNEXPECTED", "onCall": 1}}})");
  EXPECT_EQ(r.b4().run(&Starters::BackupComplete), VSS_E_UNEXPECTED);
  EXPECT_EQ(r.run(&Starters::BackupComplete), F);
}

}  // namespace
}  // namespace vss::model
