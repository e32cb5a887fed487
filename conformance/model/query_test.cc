// Query and what it hands out; where a path belongs; the exported functions that ask about volumes.
#include "snapshots.h"
#include "testing.h"

namespace vss::model {
namespace {

const std::string kDrives = R"("volumes": [{"path": "C:\\"}, {"path": "D:\\Mount\\"}])";

void freeFound(VSS_OBJECT_PROP& object) {
  if (object.Type == VSS_OBJECT_SNAPSHOT) freeSnapshotProperties(&object.Obj.Snap, &coTaskMemFree);
  if (object.Type == VSS_OBJECT_PROVIDER)
    for (char16_t* text : {object.Obj.Prov.m_pwszProviderName, object.Obj.Prov.m_pwszProviderVersion}) coTaskMemFree(text);
  object = {};
}

// The ids of what Next gives.
std::vector<Guid> nextIds(IVssEnumObject* found, ULONG count, HRESULT expected) {
  VSS_OBJECT_PROP objects[21]{};
  ULONG fetched = 77;
  EXPECT_LT(count, std::size(objects));
  EXPECT_EQ(found->Next(count, objects, &fetched), expected);
  std::vector<Guid> ids;
  for (ULONG i = 0; i < fetched; ++i) {
    EXPECT_TRUE(objects[i].Type == VSS_OBJECT_SNAPSHOT || objects[i].Type == VSS_OBJECT_PROVIDER);
    ids.push_back(objects[i].Type == VSS_OBJECT_SNAPSHOT ? objects[i].Obj.Snap.m_SnapshotId : objects[i].Obj.Prov.m_ProviderId);
    freeFound(objects[i]);
  }
  for (ULONG i = fetched; i <= count; ++i) EXPECT_EQ(objects[i].Type, VSS_OBJECT_UNKNOWN);  // not touched
  return ids;
}
using Ids = std::vector<Guid>;

std::vector<Guid> seenBy(const Requester& r) {
  IVssEnumObject* found;
  EXPECT_EQ(r.query(found), S_OK);
  auto ids = nextIds(found, 20, S_FALSE);
  EXPECT_EQ(found->Release(), 0u);
  return ids;
}

// ---- Query ----
TEST(Query, IsForABackupAlone) {
  Requester r, restore;
  IVssEnumObject* found;
  EXPECT_EQ(r.query(found), B);
  EXPECT_EQ(found, nullptr);
  EXPECT_EQ(restore.forRestore().query(found), B);
  EXPECT_EQ(r.forBackup().query(found), S_OK);
  EXPECT_EQ(nextIds(found, 1, S_FALSE), Ids());
  EXPECT_EQ(found->Release(), 0u);
}
TEST(Query, TakesNoQueriedObjectAndTwoTypes) {
  Requester r;
  r.forBackup();
  IVssEnumObject* found = nullptr;
  EXPECT_EQ(r->Query(kSystemProvider, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, &found), A);
  EXPECT_EQ(r->Query(Guid(), VSS_OBJECT_SNAPSHOT_SET, VSS_OBJECT_SNAPSHOT, &found), A);
  for (auto type : {VSS_OBJECT_UNKNOWN, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT_SET, VSS_OBJECT_TYPE_COUNT, VSS_OBJECT_TYPE(77)})
    EXPECT_EQ(r->Query(Guid(), VSS_OBJECT_NONE, type, &found), A) << type;
  EXPECT_EQ(r->Query(Guid(), VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, nullptr), A);
  EXPECT_EQ(found, nullptr);
}
TEST(Query, FindsWhatIsMadeAndOfTheContextInItsOrder) {
  Requester r("{" + kDrives + "}");
  VSS_ID set = r.b1(false).startSet(), first = r.addVolume(), second = r.addVolume(u"D:\\Mount\\");
  EXPECT_EQ(seenBy(r), Ids());  // between AddToSnapshotSet and the end of DoSnapshotSet
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
  EXPECT_EQ(seenBy(r), (Ids{first, second}));

  Requester persistent = r.beside(), same = r.beside(), all = r.beside();
  persistent.madeIn(VSS_CTX_APP_ROLLBACK);
  EXPECT_EQ(seenBy(persistent), Ids{persistent.copyId});
  EXPECT_EQ(seenBy(same.forBackup()), (Ids{first, second}));
  EXPECT_EQ(all.forBackup()->SetContext(VSS_CTX_ALL), S_OK);
  EXPECT_EQ(seenBy(all), (Ids{first, second, persistent.copyId}));

  LONG count;
  VSS_ID left;
  EXPECT_EQ(r->DeleteSnapshots(set, VSS_OBJECT_SNAPSHOT_SET, false, &count, &left), S_OK);
  EXPECT_EQ(count, 2);
  EXPECT_EQ(seenBy(all), Ids{persistent.copyId});
}
TEST(Query, FindsProvidersInEveryContext) {
  Requester r("{" + kHardware + "}"), none = r.beside();
  for (const Requester* each : {&r, &none}) {
    EXPECT_EQ(each == &r ? r.forBackup()->SetContext(VSS_CTX_NAS_ROLLBACK) : none.forBackup()->SetContext(VSS_CTX_BACKUP), S_OK);
    IVssEnumObject* found;
    EXPECT_EQ(each->query(found, VSS_OBJECT_PROVIDER), S_OK);
    EXPECT_EQ(nextIds(found, 2, S_OK), (Ids{kHardwareProvider, kSystemProvider}));
    EXPECT_EQ(found->Release(), 0u);
  }
}
TEST(Query, SaysOfAProviderWhatTheScenarioSays) {
  Requester r(R"({"providers": [{"name": "Soft", "type": "VSS_PROV_SOFTWARE", "version": "7.1"}]})");
  IVssEnumObject* found;
  EXPECT_EQ(r.forBackup().query(found, VSS_OBJECT_PROVIDER), S_OK);
  VSS_OBJECT_PROP objects[2]{};
  ULONG fetched = 0;
  EXPECT_EQ(found->Next(2, objects, &fetched), S_OK);
  EXPECT_EQ(fetched, 2u);
  EXPECT_EQ(std::u16string(objects[0].Obj.Prov.m_pwszProviderName), u"Soft");
  EXPECT_EQ(std::u16string(objects[0].Obj.Prov.m_pwszProviderVersion), u"7.1");
  EXPECT_EQ(objects[0].Obj.Prov.m_eProviderType, VSS_PROV_SOFTWARE);
  EXPECT_EQ(objects[1].Obj.Prov.m_eProviderType, VSS_PROV_SYSTEM);
  EXPECT_EQ(objects[1].Obj.Prov.m_ProviderId, kSystemProvider);
  for (auto& object : objects) freeFound(object);
  EXPECT_EQ(found->Release(), 0u);
}
TEST(Query, SaysOfAShadowCopyWhatGetSnapshotPropertiesSays) {
  Requester r;
  IVssEnumObject* found;
  EXPECT_EQ(r.b4().query(found), S_OK);
  VSS_OBJECT_PROP object{};
  VSS_SNAPSHOT_PROP prop{};
  ULONG fetched = 0;
  EXPECT_EQ(found->Next(1, &object, &fetched), S_OK);
  EXPECT_EQ(r->GetSnapshotProperties(r.copyId, &prop), S_OK);
  const VSS_SNAPSHOT_PROP& queried = object.Obj.Snap;
  EXPECT_EQ(queried.m_SnapshotId, prop.m_SnapshotId);
  EXPECT_EQ(queried.m_SnapshotSetId, r.setId);
  EXPECT_EQ(queried.m_lSnapshotsCount, 1);
  EXPECT_EQ(queried.m_eStatus, VSS_SS_CREATED);
  EXPECT_EQ(queried.m_tsCreationTimestamp, prop.m_tsCreationTimestamp);
  EXPECT_EQ(std::u16string(queried.m_pwszSnapshotDeviceObject), prop.m_pwszSnapshotDeviceObject);
  EXPECT_NE(queried.m_pwszSnapshotDeviceObject, prop.m_pwszSnapshotDeviceObject);  // each caller has texts of its own
  freeSnapshotProperties(&prop, &coTaskMemFree);
  freeFound(object);
  EXPECT_EQ(found->Release(), 0u);
}

// ---- IVssEnumObject ----
TEST(EnumObject, IsOfTheMomentOfTheQueryAndOutlivesItsObject) {
  Requester r("{" + kDrives + "}");
  r.b1(false).startSet();
  Ids both{r.addVolume(), r.addVolume(u"D:\\Mount\\")};
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
  IVssEnumObject* found;
  EXPECT_EQ(r.query(found), S_OK);
  r.release();
  r.service.reset();
  EXPECT_EQ(nextIds(found, 2, S_OK), both);
  EXPECT_EQ(found->Release(), 0u);
}
TEST(EnumObject, GoesOnSkipsAndBeginsAnew) {
  Requester r("{" + kDrives + "}");
  r.b1(false).startSet();
  VSS_ID first = r.addVolume(), second = r.addVolume(u"D:\\Mount\\");
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
  IVssEnumObject *found, *copy = nullptr;
  EXPECT_EQ(r.query(found), S_OK);
  EXPECT_EQ(nextIds(found, 0, S_OK), Ids());
  EXPECT_EQ(nextIds(found, 1, S_OK), Ids{first});
  EXPECT_EQ(found->Clone(&copy), S_OK);
  EXPECT_EQ(nextIds(found, 5, S_FALSE), Ids{second});
  EXPECT_EQ(nextIds(found, 1, S_FALSE), Ids());
  EXPECT_EQ(nextIds(copy, 1, S_OK), Ids{second});  // stands where the other stood
  EXPECT_EQ(copy->Reset(), S_OK);
  EXPECT_EQ(nextIds(found, 1, S_FALSE), Ids());  // and is another one
  EXPECT_EQ(copy->Skip(1), S_OK);
  EXPECT_EQ(nextIds(copy, 1, S_OK), Ids{second});
  EXPECT_EQ(copy->Skip(0), S_OK);
  EXPECT_EQ(copy->Skip(1), S_FALSE);
  EXPECT_EQ(copy->Reset(), S_OK);
  EXPECT_EQ(copy->Skip(2), S_OK);
  EXPECT_EQ(copy->Skip(0xFFFFFFFF), S_FALSE);
  EXPECT_EQ(copy->Release(), 0u);
  EXPECT_EQ(found->Release(), 0u);
}
TEST(EnumObject, RefusesNullPointers) {
  Requester r;
  IVssEnumObject* found;
  EXPECT_EQ(r.b4().query(found), S_OK);
  VSS_OBJECT_PROP object{};
  ULONG fetched = 77;
  EXPECT_EQ(found->Next(1, nullptr, &fetched), E_POINTER);
  EXPECT_EQ(fetched, 77u);
  EXPECT_EQ(found->Next(1, &object, nullptr), E_POINTER);
  EXPECT_EQ(object.Type, VSS_OBJECT_UNKNOWN);
  EXPECT_EQ(found->Clone(nullptr), E_POINTER);
  EXPECT_EQ(nextIds(found, 1, S_OK), Ids{r.copyId});  // nothing was taken
  EXPECT_EQ(found->Release(), 0u);
}
TEST(EnumObject, OfOneElementNeedsNoCountWhereTheChoiceSaysSo) {
  Requester r(choosing("nullFetched", "ok"));
  IVssEnumObject* found;
  EXPECT_EQ(r.b4().query(found), S_OK);
  VSS_OBJECT_PROP objects[2]{};
  EXPECT_EQ(found->Next(2, objects, nullptr), E_POINTER);
  EXPECT_EQ(found->Next(1, objects, nullptr), S_OK);
  EXPECT_EQ(found->Next(1, objects + 1, nullptr), S_FALSE);
  freeFound(objects[0]);
  EXPECT_EQ(found->Release(), 0u);
}
TEST(EnumObject, IsWhatComWants) {
  Requester r;
  IVssEnumObject* found;
  EXPECT_EQ(r.forBackup().query(found), S_OK);
  for (const Guid* id : {&IUnknown::iid, &IVssEnumObject::iid}) {
    void* same = nullptr;
    EXPECT_EQ(found->QueryInterface(*id, &same), S_OK);
    EXPECT_EQ(same, found);
    EXPECT_EQ(found->Release(), 1u);
  }
  void* other = found;
  EXPECT_EQ(found->QueryInterface(IVssAsync::iid, &other), E_NOINTERFACE);
  EXPECT_EQ(other, nullptr);
  EXPECT_EQ(found->QueryInterface(IUnknown::iid, nullptr), E_POINTER);
  EXPECT_EQ(found->AddRef(), 2u);
  EXPECT_EQ(found->Release(), 1u);
  EXPECT_EQ(found->Release(), 0u);
}
TEST(EnumObject, FailsWhereTheScenarioOrdersItAndLosesNothing) {
  Requester r(R"({"calls": [{"method": "IVssEnumObject::Next", "result": "E_FAIL", "onCall": 1}, {"method": "IVssEnumObject::Skip", "result": "E_FAIL"},
                            {"method": "IVssEnumObject::Reset", "result": "E_FAIL"}, {"method": "IVssEnumObject::Clone", "result": "E_OUTOFMEMORY"}]})");
  IVssEnumObject *found, *copy;
  EXPECT_EQ(r.b4().query(found), S_OK);
  copy = found;
  EXPECT_EQ(nextIds(found, 1, E_FAIL), Ids());
  EXPECT_EQ(found->Skip(1), E_FAIL);
  EXPECT_EQ(found->Reset(), E_FAIL);
  EXPECT_EQ(found->Clone(&copy), E_OUTOFMEMORY);
  EXPECT_EQ(copy, nullptr);
  EXPECT_EQ(nextIds(found, 1, S_OK), Ids{r.copyId});
  EXPECT_EQ(found->Release(), 0u);
}

// ---- GetRootAndLogicalPrefixPaths ----
std::u16string rootOf(const Requester& r, const char16_t* path) {
  char16_t *root = nullptr, *prefix = nullptr;
  HRESULT hresult = r->GetRootAndLogicalPrefixPaths(path, &root, &prefix, false);
  EXPECT_EQ(root && prefix, hresult == S_OK);
  std::u16string text = hresult == S_OK ? std::u16string(root) + u" " + prefix : toUtf16(nameOf(hresult));
  coTaskMemFree(root);
  coTaskMemFree(prefix);
  return text;
}
TEST(GetRootAndLogicalPrefixPaths, FindsTheVolumeOrTheShare) {
  Requester r("{" + kDrives + "}");
  EXPECT_EQ(rootOf(r, u"c:\\folder\\file"), u"C:\\ c:\\");
  EXPECT_EQ(rootOf(r, u"D:\\mount\\file"), u"D:\\Mount\\ D:\\mount\\");
  EXPECT_EQ(rootOf(r, u"\\\\10.0.0.1\\share\\folder"), u"\\\\10.0.0.1\\share\\ \\\\10.0.0.1\\share\\");
  EXPECT_EQ(rootOf(r, u"\\\\server\\share"), u"\\\\server\\share\\ \\\\server\\share\\");
  for (const char16_t* path : {u"D:\\other", u"X:\\", u"", u"folder", u"\\\\server", u"\\\\server\\", u"\\\\\\share", u"\\\\server\\\\x"})
    EXPECT_EQ(rootOf(r, path), u"VSS_E_OBJECT_NOT_FOUND") << toUtf8(path);
  Requester mounted(R"({"volumes": [{"path": "C:\\Mount\\"}, {"path": "C:\\"}]})");
  EXPECT_EQ(rootOf(mounted, u"C:\\Mount\\file"), u"C:\\Mount\\ C:\\Mount\\");  // the longest
  char16_t *root = nullptr, *prefix = nullptr;
  EXPECT_EQ(r->GetRootAndLogicalPrefixPaths(nullptr, &root, &prefix, true), A);
  EXPECT_EQ(r->GetRootAndLogicalPrefixPaths(u"C:\\", nullptr, &prefix, true), A);
  EXPECT_EQ(r->GetRootAndLogicalPrefixPaths(u"C:\\", &root, nullptr, true), A);
}

// ---- The exported functions ----
template <class... T> HRESULT callOn(const Requester& r, const MethodInfo& function, T... values) {
  void* args[] = {static_cast<void*>(&values)...};
  return callFunction(r.service, function, args);
}
HRESULT isSnapshottedAt(const Requester& r, const char16_t* volume, BOOL& present) {
  LONG capability = 77;
  present = 77;
  HRESULT hresult = callOn(r, isVolumeSnapshotted(), volume, &present, &capability);
  EXPECT_EQ(capability, hresult == E_INVALIDARG ? capability : 0);
  return hresult;
}
TEST(IsVolumeSnapshotted, SeesShadowCopiesOfEveryContextAndProgram) {
  Requester r("{" + kDrives + "}");
  BOOL present;
  EXPECT_EQ(isSnapshottedAt(r, u"C:\\", present), S_OK);
  EXPECT_FALSE(present);
  r.madeIn(VSS_CTX_BACKUP);
  EXPECT_EQ(isSnapshottedAt(r, u"c:\\", present), S_OK);
  EXPECT_TRUE(present);
  EXPECT_EQ(isSnapshottedAt(r, u"D:\\Mount\\", present), S_OK);
  EXPECT_FALSE(present);
  r.release();
  EXPECT_EQ(isSnapshottedAt(r, u"C:\\", present), S_OK);
  EXPECT_FALSE(present);
  EXPECT_EQ(isSnapshottedAt(r, u"X:\\", present), N);
  EXPECT_EQ(isSnapshottedAt(r, u"C:", present), A);
  EXPECT_EQ(isSnapshottedAt(r, nullptr, present), A);
  LONG capability;
  EXPECT_EQ(callOn(r, isVolumeSnapshotted(), u"C:\\", static_cast<BOOL*>(nullptr), &capability), A);
  EXPECT_EQ(callOn(r, isVolumeSnapshotted(), u"C:\\", &present, static_cast<LONG*>(nullptr)), A);
}
TEST(IsVolumeSnapshotted, SeesNoTransportableOne) {
  Requester r("{" + kHardware + "}");
  r.madeIn(VSS_VOLSNAP_ATTR_TRANSPORTABLE);
  BOOL present;
  EXPECT_EQ(isSnapshottedAt(r, u"C:\\", present), S_OK);
  EXPECT_FALSE(present);
}
TEST(ShouldBlockRevert, SaysWhatAWriterRegistered) {
  Requester r(R"({"volumes": [{"path": "C:\\"}, {"path": "D:\\", "blocksRevert": true}]})");
  for (auto [volume, blocked] : {std::pair(u"C:\\", false), std::pair(u"D:\\", true), std::pair(u"X:\\", false)}) {
    bool block = !blocked;
    EXPECT_EQ(callOn(r, shouldBlockRevert(), volume, &block), S_OK);
    EXPECT_EQ(block, blocked);
  }
  bool block;
  EXPECT_EQ(callOn(r, shouldBlockRevert(), static_cast<const char16_t*>(nullptr), &block), A);
  EXPECT_EQ(callOn(r, shouldBlockRevert(), u"C:\\", static_cast<bool*>(nullptr)), A);
}
TEST(Functions, FailWhereTheScenarioOrdersIt) {
  Requester r(R"({"os": "server2008", "calls": [{"method": "IsVolumeSnapshotted", "result": "VSS_E_UNEXPECTED"},
                                                {"method": "ShouldBlockRevert", "result": "E_ACCESSDENIED"}]})");
  BOOL present;
  bool block = true;
  EXPECT_EQ(isSnapshottedAt(r, u"C:\\", present), E_UNEXPECTED);
  EXPECT_EQ(callOn(r, shouldBlockRevert(), u"C:\\", &block), E_ACCESSDENIED);
  EXPECT_FALSE(block);
}

}  // namespace
}  // namespace vss::model
