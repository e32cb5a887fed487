// The volumes, the shadow copies that are made of them, and how long those live.
#include "snapshots.h"

#include "testing.h"

namespace vss::model {
namespace {


const std::string kTwoVolumes = R"("volumes": [{"path": "C:\\"}, {"path": "D:\\Mount\\"}, {"path": "E:\\", "supported": false}])";

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

// ---- What a shadow copy says of itself ----
TEST(GetSnapshotProperties, SpeakOfEveryShadowCopyOfTheSet) {
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
TEST(ShadowCopies, AreSeenInTheirContextWhateverWasAddedToIt) {
  Requester r, other = r.beside();
  EXPECT_EQ(r.forBackup()->SetContext(VSS_VOLSNAP_ATTR_DIFFERENTIAL), S_OK);
  r.startSet();
  VSS_ID copy = r.addVolume();
  EXPECT_EQ(r.withMetadata().run(&Starters::DoSnapshotSet), F);
  EXPECT_EQ(other.forBackup().exists(copy), S_OK);
}
TEST(ShadowCopies, OfAnObjectThatIsGoneDoNotOutliveItsOperation) {
  Requester r(R"({"operations": {"doSnapshotSet": {"ms": 100}}})"), other = r.beside();
  auto* async = r.b3().start(&Starters::DoSnapshotSet);
  VSS_ID copy = r.copyId;
  r.release();
  EXPECT_EQ(other.forBackup().startSetAgain(), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  EXPECT_EQ(Requester::end(async), F);
  EXPECT_EQ(other.exists(copy), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(other.withMetadata().seen(3), "1 S_OK");
  EXPECT_EQ(other.startSetAgain(), S_OK);
}
TEST(ShadowCopies, OfAnOperationThatNeverEndsHoldTheSystem) {
  Requester r(R"({"operations": {"doSnapshotSet": {"never": true}}})"), other = r.beside();
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

}  // namespace
}  // namespace vss::model
