// A backup from AddComponent to the last Release: who may call when, what becomes of the shadow copies, what the writers go through.
#include <functional>
#include <tuple>

#include "snapshots.h"
#include "testing.h"

namespace vss::model {
namespace {

using Starters = IVssBackupComponents;
constexpr HRESULT B = VSS_E_BAD_STATE, F = VSS_S_ASYNC_FINISHED, C = VSS_S_ASYNC_CANCELLED;
constexpr const char* kStable = "1 S_OK";

std::string doSnapshotSet(const std::string& plan, const std::string& more = "") {
  return R"({"operations": {"doSnapshotSet": )" + plan + "}" + (more.empty() ? "" : ", " + more) + "}";
}
std::string failsAt(const std::string& event, const std::string& more = "") {
  return systemFiles(R"("failsAt": [{"event": ")" + event + "\"" + (more.empty() ? "" : ", " + more) + "}]");
}
std::string state(Requester& r, const char16_t* name = u"System Writer") {
  r.gathered();
  for (UINT i = 0; i < r.writers(); ++i)
    if (r.status(i).name == name) return r.shown(i);
  return "no such writer";
}
const std::string kTwoVolumes = R"("volumes": [{"path": "C:\\"}, {"path": "D:\\Mount\\"}, {"path": "E:\\", "supported": false}])";

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

// ---- AddToSnapshotSet, IsVolumeSupported ----
TEST(AddToSnapshotSet, TakesAVolumeByItsPathOrItsNameOnce) {
  Requester r("{" + kTwoVolumes + "}");
  r.b1().startSet();
  EXPECT_EQ(r.addToSet(u"c:\\"), S_OK);
  EXPECT_EQ(r.addToSet(parseScenario("{" + kTwoVolumes + "}").volumes[0].name.c_str()), VSS_E_OBJECT_ALREADY_EXISTS);
  EXPECT_EQ(r.addToSet(parseScenario("{" + kTwoVolumes + "}").volumes[1].name.c_str(), kSystemProvider), S_OK);
  EXPECT_EQ(r.addToSet(u"D:\\mount\\"), VSS_E_OBJECT_ALREADY_EXISTS);
}
TEST(AddToSnapshotSet, RefusesWhatCannotBeShadowCopied) {
  Requester r("{" + kTwoVolumes + "}");
  r.b1().startSet();
  EXPECT_EQ(r.addToSet(u"X:\\"), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(r.addToSet(u"E:\\"), VSS_E_VOLUME_NOT_SUPPORTED);
  EXPECT_EQ(r.addToSet(u"E:\\", kSystemProvider), VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER);
  EXPECT_EQ(r.addToSet(u"C:\\", kSystemFiles.writerClassId), VSS_E_PROVIDER_NOT_REGISTERED);
  EXPECT_EQ(r.addToSet(u"C:"), E_INVALIDARG);
  EXPECT_EQ(r.addToSet(nullptr), E_INVALIDARG);
  EXPECT_EQ(r->AddToSnapshotSet(u"C:\\", Guid(), nullptr), E_INVALIDARG);
  EXPECT_EQ(r.addToSet(u"C:\\"), S_OK);
}
TEST(AddToSnapshotSet, RefusesWhatNeedsAHardwareProvider) {
  for (LONG bit : std::initializer_list<LONG>{VSS_VOLSNAP_ATTR_PLEX, VSS_VOLSNAP_ATTR_TRANSPORTABLE, VSS_VOLSNAP_ATTR_DIFFERENTIAL}) {
    Requester r;
    EXPECT_EQ(r.forBackup()->SetContext(VSS_CTX_BACKUP | bit), S_OK);
    r.startSet();
    EXPECT_EQ(r.addToSet(), bit == VSS_VOLSNAP_ATTR_DIFFERENTIAL ? S_OK : VSS_E_VOLUME_NOT_SUPPORTED);
  }
}
TEST(AddToSnapshotSet, StandsBetweenStartAndDo) {
  Requester fresh, noStart, done, restore;
  EXPECT_EQ(fresh.addToSet(), B);
  EXPECT_EQ(noStart.b1().addToSet(), B);
  EXPECT_EQ(done.b4().addToSet(), B);
  EXPECT_EQ(restore.forRestore().withMetadata().addToSet(), B);
}
TEST(AddToSnapshotSet, HasRoomForSixtyFourVolumes) {
  std::string volumes;
  for (int i = 0; i < 65; ++i) volumes += (i ? ", " : "") + std::string(R"({"path": "C:\\)") + std::to_string(i) + R"(\\"})";
  Requester r(R"({"volumes": [)" + volumes + "]}");
  r.b1().startSet();
  for (int i = 0; i < 65; ++i)
    EXPECT_EQ(r.addToSet(toUtf16("C:\\" + std::to_string(i) + "\\").c_str()), i < 64 ? S_OK : VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED);
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), F);
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
}
TEST(AddToSnapshotSet, LeavesAVolumeItsFiveHundredAndTwelveShadowCopies) {
  auto one = [](Requester& r) {
    EXPECT_EQ(r.forBackup()->SetContext(VSS_CTX_NAS_ROLLBACK), S_OK);
    r.startSet();
    HRESULT added = r.addToSet();
    EXPECT_EQ(added == S_OK ? r.run(&Starters::DoSnapshotSet) : F, F);
    return added;
  };
  Requester first;
  EXPECT_EQ(one(first), S_OK);
  for (int i = 2; i <= 513; ++i) {
    Requester r = first.beside();
    ASSERT_EQ(one(r), i <= 512 ? S_OK : VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED) << i;
    BOOL supported = 0;
    EXPECT_EQ(r->IsVolumeSupported(Guid(), u"C:\\", &supported), S_OK);
    EXPECT_TRUE(supported);
  }
}
TEST(IsVolumeSupported, SaysWhetherAProviderIsThere) {
  Requester r("{" + kTwoVolumes + "}");
  auto ask = [&](const char16_t* volume, Guid provider = {}) {
    BOOL supported = 77;
    HRESULT hresult = r->IsVolumeSupported(provider, volume, &supported);
    return nameOf(hresult) + " " + std::to_string(supported);
  };
  EXPECT_EQ(ask(u"C:\\"), "VSS_E_BAD_STATE 0");
  r.forBackup();
  EXPECT_EQ(ask(u"C:\\"), "S_OK 1");
  EXPECT_EQ(ask(u"C:\\", kSystemProvider), "S_OK 1");
  EXPECT_EQ(ask(u"C:\\", kSystemFiles.writerClassId), "S_OK 0");
  EXPECT_EQ(ask(u"E:\\"), "S_OK 0");
  EXPECT_EQ(ask(u"X:\\"), "VSS_E_OBJECT_NOT_FOUND 0");
}

// ---- PrepareForBackup, DoSnapshotSet ----
TEST(PrepareForBackup, FollowsStartSnapshotSetAndSetBackupState) {
  Requester noSet, noState, ready;
  EXPECT_EQ(noSet.b1().run(&Starters::PrepareForBackup), B);
  noState.forBackup().withMetadata().startSet();
  EXPECT_EQ(noState.run(&Starters::PrepareForBackup), B);
  EXPECT_EQ(ready.b3().run(&Starters::PrepareForBackup), B);
}
TEST(DoSnapshotSet, MakesEveryShadowCopyOfTheSet) {
  Requester r("{" + kTwoVolumes + "}");
  VSS_ID set = r.b1(false).startSet(), copies[] = {r.addVolume(), r.addVolume(u"D:\\Mount\\")};
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), F);
  for (const auto& id : copies) EXPECT_EQ(r.exists(id), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(r->DoSnapshotSet(nullptr), E_INVALIDARG);
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), B);
  for (std::size_t i = 0; i < 2; ++i) {
    VSS_SNAPSHOT_PROP prop{};
    ASSERT_EQ(r->GetSnapshotProperties(copies[i], &prop), S_OK);
    EXPECT_EQ(prop.m_SnapshotId, copies[i]);
    EXPECT_EQ(prop.m_SnapshotSetId, set);
    EXPECT_EQ(prop.m_lSnapshotsCount, 2);
    EXPECT_EQ(prop.m_ProviderId, kSystemProvider);
    EXPECT_EQ(prop.m_lSnapshotAttributes, VSS_VOLSNAP_ATTR_DIFFERENTIAL);
    EXPECT_EQ(prop.m_eStatus, VSS_SS_CREATED);
    EXPECT_GT(prop.m_tsCreationTimestamp, 0);
    EXPECT_EQ(std::u16string(prop.m_pwszSnapshotDeviceObject), u"\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy" + std::u16string(1, char16_t(u'1' + i)));
    EXPECT_EQ(std::u16string(prop.m_pwszOriginalVolumeName), parseScenario("{" + kTwoVolumes + "}").volumes[i].name);
    EXPECT_EQ(prop.m_pwszExposedName, nullptr);
    EXPECT_EQ(prop.m_pwszExposedPath, nullptr);
    for (auto* text : {prop.m_pwszSnapshotDeviceObject, prop.m_pwszOriginalVolumeName, prop.m_pwszOriginatingMachine, prop.m_pwszServiceMachine}) {
      ASSERT_NE(text, nullptr);
      coTaskMemFree(text);
    }
  }
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
  Requester r(oneWriter(failsAt("freeze"))), other = r.beside();
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
  // The second writer is well: an Abort after Freeze and Thaw ends its part too.
  const std::string second = R"({"name": "Well", "classId": "00000000-0000-0000-0000-0000000000c2"}])";
  for (auto [event, number, other] : {std::tuple{"prepareBackup", "7", "5"}, {"prepareSnapshot", "8", "5"}, {"freeze", "9", "1"}, {"thaw", "10", "1"},
                                      {"postSnapshot", "11", "5"}}) {
    std::string scenario = oneWriter(failsAt(event, R"("failure": "VSS_E_WRITERERROR_RETRYABLE")"));
    scenario.replace(scenario.find(']', scenario.rfind("}]")), 1, ", " + second);
    Requester r(scenario);
    EXPECT_EQ(r.b4(false).seen(0), std::string(number) + " VSS_E_WRITERERROR_RETRYABLE") << event;
    EXPECT_EQ(r.seen(1), std::string(other) + " S_OK") << event;
    EXPECT_EQ(r.exists(r.copyId), S_OK);
    EXPECT_EQ(r.run(&Starters::BackupComplete), F);
    EXPECT_EQ(r.seen(0), std::string(number) + " VSS_E_WRITERERROR_RETRYABLE") << event;
    EXPECT_EQ(r.seen(1), kStable) << event;
  }
}
TEST(WritersOfABackup, ThatOnlyWarnGoOn) {
  for (auto [event, next] : {std::pair{"prepareSnapshot", "5"}, {"freeze", "5"}, {"postSnapshot", "5"}}) {
    Requester r(oneWriter(failsAt(event, R"("fatal": false)")));
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

// ---- How long shadow copies live ----
TEST(ShadowCopies, GoWithTheLastReleaseUnlessTheyArePersistent) {
  for (LONG context : {VSS_CTX_BACKUP, VSS_CTX_FILE_SHARE_BACKUP, VSS_CTX_NAS_ROLLBACK, VSS_CTX_APP_ROLLBACK}) {
    Requester r, other = r.beside(), same = r.beside(), all = r.beside();
    EXPECT_EQ(other.forBackup()->SetContext(VSS_CTX_CLIENT_ACCESSIBLE), S_OK);
    EXPECT_EQ(same.forBackup()->SetContext(context), S_OK);
    EXPECT_EQ(all.forBackup()->SetContext(VSS_CTX_ALL), S_OK);
    EXPECT_EQ(r.forBackup()->SetContext(context), S_OK);
    r.withMetadata().startSet();
    VSS_ID copy = r.addVolume();
    EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
    EXPECT_EQ(other.exists(copy), VSS_E_OBJECT_NOT_FOUND);  // of another context
    EXPECT_EQ(same.exists(copy), S_OK);
    EXPECT_EQ(all.exists(copy), S_OK);
    r->AddRef();
    r->Release();
    EXPECT_EQ(all.exists(copy), S_OK);
    r.release();
    HRESULT then = context & VSS_VOLSNAP_ATTR_PERSISTENT ? S_OK : VSS_E_OBJECT_NOT_FOUND;
    EXPECT_EQ(all.exists(copy), then) << context;
    EXPECT_EQ(same.exists(copy), then) << context;
  }
}
TEST(ShadowCopies, OfAnObjectThatIsGoneDoNotOutliveItsOperation) {
  Requester r(doSnapshotSet(R"({"ms": 100})")), other = r.beside();
  auto* async = r.b3().start(&Starters::DoSnapshotSet);
  VSS_ID copy = r.copyId;
  r.release();
  EXPECT_EQ(other.forBackup().startSetAgain(), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  EXPECT_EQ(Requester::end(async), F);
  EXPECT_EQ(other.exists(copy), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(state(other.withMetadata()), kStable);
  EXPECT_EQ(other.startSetAgain(), S_OK);
}
TEST(ShadowCopies, OfAnOperationThatNeverEndsHoldTheSystem) {
  Requester r(doSnapshotSet(R"({"never": true})")), other = r.beside();
  r.b3().start(&Starters::DoSnapshotSet)->Release();
  r.release();
  EXPECT_EQ(other.forBackup().startSetAgain(), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
}
HRESULT deleteCopies(Requester& r, const VSS_ID& id, VSS_OBJECT_TYPE type, LONG& count, VSS_ID& left) { return r->DeleteSnapshots(id, type, false, &count, &left); }
TEST(DeleteSnapshots, DeletesOneOrASet) {
  Requester r("{" + kTwoVolumes + "}");
  LONG count = 77;
  VSS_ID left, set = r.b1(false).startSet(), copy = r.addVolume();
  EXPECT_EQ(r.addToSet(u"D:\\Mount\\"), S_OK);
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
  EXPECT_EQ(deleteCopies(r, copy, VSS_OBJECT_SNAPSHOT, count, left), S_OK);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(left, Guid());
  EXPECT_EQ(r.exists(copy), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(deleteCopies(r, set, VSS_OBJECT_SNAPSHOT_SET, count, left), S_OK);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(deleteCopies(r, set, VSS_OBJECT_SNAPSHOT_SET, count, left), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(deleteCopies(r, copy, VSS_OBJECT_PROVIDER, count, left), E_INVALIDARG);
  EXPECT_EQ(r->DeleteSnapshots(copy, VSS_OBJECT_SNAPSHOT, false, nullptr, &left), E_INVALIDARG);
  EXPECT_EQ(r->DeleteSnapshots(copy, VSS_OBJECT_SNAPSHOT, false, &count, nullptr), E_INVALIDARG);
}
TEST(DeleteSnapshots, ThatIsRefusedNamesTheOneItDidNotDelete) {
  Requester r(R"({"calls": [{"method": "DeleteSnapshots", "result": "VSS_E_PROVIDER_VETO"}]})");
  LONG count = 77;
  VSS_ID left;
  EXPECT_EQ(deleteCopies(r.b4(), r.setId, VSS_OBJECT_SNAPSHOT_SET, count, left), VSS_E_PROVIDER_VETO);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(left, r.copyId);
  EXPECT_EQ(r.exists(r.copyId), S_OK);
}

// ---- Whom a requester wants to hear ----
std::string heard(const std::function<void(Requester&, const Guid*)>& choose) {
  Requester r(R"({"writers": [{"name": "A", "classId": "00000000-0000-0000-0000-0000000000c1"}, {"name": "B", "classId": "00000000-0000-0000-0000-0000000000c2"},
                              {"name": "C", "classId": "00000000-0000-0000-0000-0000000000c3"}, {"name": "D", "classId": "00000000-0000-0000-0000-0000000000c1"}]})");
  const Guid classes[] = {*parseGuid("00000000-0000-0000-0000-0000000000c1"), *parseGuid("00000000-0000-0000-0000-0000000000c2"),
                          *parseGuid("00000000-0000-0000-0000-0000000000c3")};
  choose(r.forBackup(), classes);
  std::string names;
  r.gathered();  // before metadata
  for (UINT i = 0; i < r.writers(); ++i) names += toUtf8(*r.status(i).name);
  r.withMetadata().gathered();
  std::string again;
  UINT n = 0;
  EXPECT_EQ(r->GetWriterMetadataCount(&n), S_OK);
  EXPECT_EQ(n, r.writers());
  for (UINT i = 0; i < r.writers(); ++i) again += toUtf8(*r.status(i).name);
  EXPECT_EQ(names, again);
  return names;
}
TEST(WriterSelection, FollowsItsPages) {
  EXPECT_EQ(heard([](Requester&, const Guid*) {}), "ABCD");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) { EXPECT_EQ(r->DisableWriterClasses(c, 1), S_OK); }), "BC");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) {
              r->DisableWriterClasses(c, 1);
              r->DisableWriterClasses(c + 1, 1);
            }), "C");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) { EXPECT_EQ(r->EnableWriterClasses(c, 2), S_OK); }), "ABD");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) {
              r->EnableWriterClasses(c + 1, 1);
              r->EnableWriterClasses(c + 2, 1);
            }), "BC");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) {
              r->DisableWriterClasses(c, 1);
              r->EnableWriterClasses(c + 1, 1);
            }), "B");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) {
              r->EnableWriterClasses(c, 2);
              r->DisableWriterClasses(c + 1, 1);
            }), "AD");
  EXPECT_EQ(heard([](Requester& r, const Guid*) {
              Guid second = *parseGuid("00000000-0000-4000-8000-000000000003");
              EXPECT_EQ(r->DisableWriterInstances(&second, 1), S_OK);
            }), "ABC");
}
TEST(WriterSelection, IsRefusedBeforeInitialisationAndWithoutEffectAfterMetadata) {
  Guid id = kSystemFiles.writerClassId;
  Requester fresh, late;
  EXPECT_EQ(fresh->DisableWriterClasses(&id, 1), B);
  EXPECT_EQ(fresh->EnableWriterClasses(&id, 1), B);
  EXPECT_EQ(fresh->DisableWriterInstances(&id, 1), B);
  late.forBackup().withMetadata();
  EXPECT_EQ(late->EnableWriterClasses(&id, 1), S_OK);
  EXPECT_EQ(late->DisableWriterClasses(&id, 1), S_OK);
  EXPECT_EQ(late->DisableWriterInstances(&id, 1), S_OK);
  EXPECT_EQ(late.gathered().writers(), 9u);
}

}  // namespace
}  // namespace vss::model
