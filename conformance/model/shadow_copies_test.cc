// What is done with shadow copies that exist: providers, transport, exposing, breaking, reverting, recovery.
#include "snapshots.h"
#include "testing.h"

namespace vss::model {
namespace {

const std::string kWithHardware = "{" + kHardware + "}";

std::u16string orNull(const char16_t* text) { return text ? text : u"NULL"; }

// What GetSnapshotProperties says; the texts copied.
struct Properties {
  HRESULT hresult;
  LONG attributes;
  Guid provider;
  std::u16string exposedName, exposedPath, volume;
};
Properties propertiesAt(const Requester& r, const VSS_ID& copy) {
  VSS_SNAPSHOT_PROP prop{};
  HRESULT hresult = r->GetSnapshotProperties(copy, &prop);
  Properties out{hresult, prop.m_lSnapshotAttributes, prop.m_ProviderId, orNull(prop.m_pwszExposedName), orNull(prop.m_pwszExposedPath), orNull(prop.m_pwszOriginalVolumeName)};
  freeSnapshotProperties(&prop, &coTaskMemFree);
  return out;
}

HRESULT importBy(Requester& r, const std::u16string& document) {
  std::u16string text = document;
  EXPECT_EQ(r->InitializeForBackup(text.data()), S_OK);
  return r.run(&Starters::ImportSnapshots);
}

// ---- Providers ----
TEST(Providers, AreAskedInTheOrderOfTheirKinds) {
  Requester r(R"({"volumes": [{"path": "C:\\"}, {"path": "D:\\"}, {"path": "E:\\"}, {"path": "F:\\", "supported": false}],
                  "providers": [{"name": "Soft", "type": "VSS_PROV_SOFTWARE", "volumes": ["C:\\", "D:\\"]}, {"name": "Hard", "volumes": ["C:\\"]}]})");
  const Guid hard{0, 0, 0x4000, {0x90, 0, 0, 0, 0, 0, 0, 1}}, soft = kHardwareProvider;  // the ids go by the place in the list
  r.b1(false).startSet();
  VSS_ID copies[] = {r.addVolume(u"C:\\"), r.addVolume(u"D:\\"), r.addVolume(u"E:\\")};
  EXPECT_EQ(r.addToSet(u"F:\\"), VSS_E_VOLUME_NOT_SUPPORTED);
  EXPECT_EQ(r.addToSet(u"F:\\", hard), VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER);
  EXPECT_EQ(r.addToSet(u"F:\\", kSavedCopy), VSS_E_PROVIDER_NOT_REGISTERED);
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
  EXPECT_EQ(propertiesAt(r, copies[0]).provider, hard);
  EXPECT_EQ(propertiesAt(r, copies[0]).attributes, VSS_VOLSNAP_ATTR_HARDWARE_ASSISTED | VSS_VOLSNAP_ATTR_DIFFERENTIAL);
  EXPECT_EQ(propertiesAt(r, copies[1]).provider, soft);
  EXPECT_EQ(propertiesAt(r, copies[2]).provider, kSystemProvider);
  EXPECT_EQ(propertiesAt(r, copies[2]).attributes, VSS_VOLSNAP_ATTR_DIFFERENTIAL);
  auto supports = [&](const char16_t* volume, const Guid& provider) {
    BOOL supported = 77;
    EXPECT_EQ(r->IsVolumeSupported(provider, volume, &supported), S_OK);
    return supported;
  };
  EXPECT_TRUE(supports(u"C:\\", hard));
  EXPECT_FALSE(supports(u"D:\\", hard));
  EXPECT_TRUE(supports(u"D:\\", Guid()));
  EXPECT_FALSE(supports(u"F:\\", Guid()));
}
TEST(Providers, OfHardwareSplitMirrorsAndTransport) {
  for (auto [os, bit, expected] : {std::tuple("server2022", VSS_VOLSNAP_ATTR_PLEX, S_OK), std::tuple("server2022", VSS_VOLSNAP_ATTR_TRANSPORTABLE, S_OK),
                                   std::tuple("windows10", VSS_VOLSNAP_ATTR_PLEX, S_OK),
                                   std::tuple("windows10", VSS_VOLSNAP_ATTR_TRANSPORTABLE, VSS_E_VOLUME_NOT_SUPPORTED)}) {
    Requester r(R"({"os": ")" + std::string(os) + "\", " + kHardware + "}");
    EXPECT_EQ(r.forBackup()->SetContext(bit), S_OK);
    r.startSet();
    EXPECT_EQ(r.addToSet(u"C:\\", kSystemProvider), VSS_E_VOLUME_NOT_SUPPORTED);
    EXPECT_EQ(r.addToSet(), expected) << os << " " << bit;
  }
}
TEST(Providers, OfHardwareHaveNoLimitOfShadowCopies) {
  Requester first(kWithHardware), last = first.beside();
  first.madeIn(VSS_CTX_NAS_ROLLBACK, u"C:\\", kHardwareProvider);
  for (int i = 1; i <= 512; ++i) {
    Requester r = first.beside();
    r.madeIn(VSS_CTX_NAS_ROLLBACK, u"C:\\", kSystemProvider);
  }
  EXPECT_EQ(last.forBackup()->SetContext(VSS_CTX_NAS_ROLLBACK), S_OK);
  last.startSet();
  EXPECT_EQ(last.addToSet(u"C:\\", kSystemProvider), VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED);
  EXPECT_EQ(last.addToSet(u"C:\\"), S_OK);
}

// ---- DeleteSnapshots, one after the other ----
TEST(DeleteSnapshots, StopsAtTheFirstThatFails) {
  Requester r(R"({"volumes": [{"path": "C:\\"}, {"path": "D:\\", "deleteFails": "VSS_E_PROVIDER_VETO"}, {"path": "E:\\"}]})");
  VSS_ID set = r.b1(false).startSet(), copies[] = {r.addVolume(u"C:\\"), r.addVolume(u"D:\\"), r.addVolume(u"E:\\")};
  EXPECT_EQ(r.run(&Starters::DoSnapshotSet), F);
  LONG count = 77;
  VSS_ID left;
  EXPECT_EQ(r->DeleteSnapshots(set, VSS_OBJECT_SNAPSHOT_SET, true, &count, &left), VSS_E_PROVIDER_VETO);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(left, copies[1]);
  EXPECT_EQ(r.exists(copies[0]), N);
  EXPECT_EQ(r.exists(copies[1]), S_OK);
  EXPECT_EQ(r.exists(copies[2]), S_OK);
}

// ---- ExposeSnapshot, UnexposeSnapshot ----
TEST(ExposeSnapshot, GivesAPersistentShadowCopyADriveAFolderOrAShare) {
  Requester r;
  r.madeIn(VSS_CTX_APP_ROLLBACK);
  EXPECT_EQ(propertiesAt(r, r.copyId).exposedName, u"NULL");
  for (auto [where, how, path] : {std::tuple(u"X:", VSS_VOLSNAP_ATTR_EXPOSED_LOCALLY, static_cast<const char16_t*>(nullptr)),
                                  std::tuple(u"C:\\Mount\\", VSS_VOLSNAP_ATTR_EXPOSED_LOCALLY, static_cast<const char16_t*>(nullptr)),
                                  std::tuple(u"Share", VSS_VOLSNAP_ATTR_EXPOSED_REMOTELY, u"\\folder\\")}) {
    char16_t* exposed = nullptr;
    EXPECT_EQ(r->ExposeSnapshot(r.copyId, path, how, where, &exposed), S_OK);
    EXPECT_EQ(orNull(exposed), where);
    coTaskMemFree(exposed);
    auto now = propertiesAt(r, r.copyId);
    EXPECT_EQ(now.exposedName, where);
    EXPECT_EQ(now.exposedPath, orNull(path));
    EXPECT_EQ(now.attributes, LONG(VSS_CTX_APP_ROLLBACK) | VSS_VOLSNAP_ATTR_DIFFERENTIAL | how);
    EXPECT_EQ(r.expose(r.copyId, u"Y:"), A);  // exposed already
    EXPECT_EQ(r->UnexposeSnapshot(r.copyId), S_OK);
    EXPECT_EQ(r->UnexposeSnapshot(r.copyId), N);
    EXPECT_EQ(propertiesAt(r, r.copyId).attributes, LONG(VSS_CTX_APP_ROLLBACK) | VSS_VOLSNAP_ATTR_DIFFERENTIAL);
    EXPECT_EQ(propertiesAt(r, r.copyId).exposedName, u"NULL");
  }
}
TEST(ExposeSnapshot, ChoosesTheNameOfAShareItself) {
  Requester r;
  char16_t* exposed = nullptr;
  EXPECT_EQ(r.madeIn(VSS_CTX_NAS_ROLLBACK)->ExposeSnapshot(r.copyId, nullptr, VSS_VOLSNAP_ATTR_EXPOSED_REMOTELY, nullptr, &exposed), S_OK);
  EXPECT_EQ(orNull(exposed), u"ShadowCopy1");
  coTaskMemFree(exposed);
}
TEST(ExposeSnapshot, RefusesBadArguments) {
  Requester r;
  r.madeIn(VSS_CTX_APP_ROLLBACK);
  constexpr LONG local = VSS_VOLSNAP_ATTR_EXPOSED_LOCALLY, remote = VSS_VOLSNAP_ATTR_EXPOSED_REMOTELY;
  EXPECT_EQ(r->ExposeSnapshot(r.copyId, nullptr, local, u"X:", nullptr), A);
  EXPECT_EQ(r.expose(r.copyId, u"X:", local, u"\\folder"), A);
  for (LONG how : {LONG(0), LONG(VSS_VOLSNAP_ATTR_PERSISTENT), local | remote}) EXPECT_EQ(r.expose(r.copyId, u"X:", how), A);
  for (const char16_t* where : {static_cast<const char16_t*>(nullptr), u"", u"X", u"1:", u"X:folder", u"Share", u"C:", u"c:\\"})
    EXPECT_EQ(r.expose(r.copyId, where), A) << (where ? toUtf8(where) : "NULL");
  EXPECT_EQ(r.expose(kSavedCopy, u"X:"), N);
  EXPECT_EQ(r->UnexposeSnapshot(kSavedCopy), N);
  EXPECT_EQ(propertiesAt(r, r.copyId).exposedName, u"NULL");
  EXPECT_EQ(r.expose(r.copyId, u"X:"), S_OK);
  Requester other = r.beside();
  other.madeIn(VSS_CTX_APP_ROLLBACK);
  EXPECT_EQ(other.expose(other.copyId, u"x:\\"), A);  // taken
  EXPECT_EQ(other.expose(other.copyId, u"Y:"), S_OK);
}
TEST(ExposeSnapshot, IsForPersistentShadowCopiesThatClientsDoNotSee) {
  for (LONG context : {VSS_CTX_BACKUP, VSS_CTX_FILE_SHARE_BACKUP, VSS_CTX_CLIENT_ACCESSIBLE, VSS_CTX_CLIENT_ACCESSIBLE_WRITERS}) {
    Requester r;
    EXPECT_EQ(r.madeIn(context).expose(r.copyId, u"X:"), A) << context;
    EXPECT_EQ(r->UnexposeSnapshot(r.copyId), N);
  }
}
TEST(ExposeSnapshot, NeedsAnInitializedObject) {
  Requester r, restore, refused(choosing("queriesInRestore", "badState"));
  EXPECT_EQ(r.expose(Guid(), u"X:"), B);
  EXPECT_EQ(r->UnexposeSnapshot(Guid()), B);
  EXPECT_EQ(restore.forRestore().expose(Guid(), u"X:"), N);
  EXPECT_EQ(restore->UnexposeSnapshot(Guid()), N);
  EXPECT_EQ(refused.forRestore().expose(Guid(), u"X:"), B);
  EXPECT_EQ(refused->UnexposeSnapshot(Guid()), B);
}
TEST(ExposeSnapshot, LeavesNullOnEveryFailure) {
  Requester r(choosing("failedCallOutputs", "untouched"));
  char16_t* exposed = reinterpret_cast<char16_t*>(&r);
  EXPECT_EQ(r.forBackup()->ExposeSnapshot(Guid(), nullptr, VSS_VOLSNAP_ATTR_EXPOSED_LOCALLY, u"X:", &exposed), N);
  EXPECT_EQ(exposed, nullptr);
  exposed = reinterpret_cast<char16_t*>(&r);
  EXPECT_EQ(r->ExposeSnapshot(Guid(), nullptr, 0, u"X:", &exposed), A);
  EXPECT_EQ(exposed, nullptr);
}

// ---- BreakSnapshotSet, BreakSnapshotSetEx ----
TEST(BreakSnapshotSet, IsForHardware) {
  Requester software, hardware(kWithHardware), ex(kWithHardware);
  EXPECT_EQ(software.b4()->BreakSnapshotSet(software.setId), VSS_E_PROVIDER_VETO);
  EXPECT_EQ(software.breakEx(software.setId), VSS_E_PROVIDER_VETO);
  EXPECT_EQ(software.exists(software.copyId), S_OK);
  EXPECT_EQ(software->BreakSnapshotSet(kSavedSet), N);
  EXPECT_EQ(software.breakEx(kSavedSet), N);
  EXPECT_EQ(hardware.b4()->BreakSnapshotSet(hardware.setId), S_OK);
  EXPECT_EQ(hardware.exists(hardware.copyId), N);
  EXPECT_EQ(hardware->BreakSnapshotSet(hardware.setId), N);
  EXPECT_EQ(ex.b4().breakEx(ex.setId, VSS_BREAKEX_FLAG_MASK_LUNS | VSS_BREAKEX_FLAG_REVERT_IDENTITY_ALL), F);
  EXPECT_EQ(ex.exists(ex.copyId), N);
}
TEST(BreakSnapshotSetEx, RefusesBadFlagsAndANullPointer) {
  Requester r(kWithHardware);
  r.b4();
  EXPECT_EQ(r->BreakSnapshotSetEx(r.setId, 0, nullptr), A);
  EXPECT_EQ(r.breakEx(r.setId, VSS_BREAKEX_FLAG_REVERT_IDENTITY_ALL | VSS_BREAKEX_FLAG_REVERT_IDENTITY_NONE), A);
  EXPECT_EQ(r.breakEx(r.setId, 16), A);
  EXPECT_EQ(r.exists(r.copyId), S_OK);
}
TEST(BreakSnapshotSetEx, ChangesNothingUntilItHasFinished) {
  Requester r("{" + kHardware + ", " + operation("breakSnapshotSetEx", R"({"result": "VSS_E_BREAK_REVERT_ID_FAILED", "onCall": 2})") + "}");
  r.b4();
  IVssAsync* async = nullptr;
  EXPECT_EQ(r->BreakSnapshotSetEx(r.setId, 0, &async), S_OK);
  EXPECT_EQ(Requester::query(async), P);
  EXPECT_EQ(r.exists(r.copyId), S_OK);
  EXPECT_EQ(async->Cancel(), S_OK);
  EXPECT_EQ(Requester::end(async), C);
  EXPECT_EQ(r.breakEx(r.setId), VSS_E_BREAK_REVERT_ID_FAILED);
  EXPECT_EQ(r.exists(r.copyId), S_OK);
  EXPECT_EQ(r.breakEx(r.setId), F);
  EXPECT_EQ(r.exists(r.copyId), N);
}

// ---- ImportSnapshots ----
TEST(ImportSnapshots, BringsATransportableSetToItsSystem) {
  Requester r(kWithHardware), importer = r.beside(), all = r.beside();
  EXPECT_EQ(all.forBackup()->SetContext(VSS_CTX_ALL), S_OK);
  r.madeIn(VSS_VOLSNAP_ATTR_TRANSPORTABLE);
  EXPECT_EQ(r.exists(r.copyId), N);  // not before it is imported
  EXPECT_EQ(all.exists(r.copyId), N);
  EXPECT_EQ(importBy(importer, r.saved()), F);
  auto now = propertiesAt(importer, r.copyId);
  EXPECT_EQ(now.hresult, S_OK);
  EXPECT_EQ(now.attributes, VSS_VOLSNAP_ATTR_TRANSPORTABLE | VSS_VOLSNAP_ATTR_IMPORTED | VSS_VOLSNAP_ATTR_HARDWARE_ASSISTED | VSS_VOLSNAP_ATTR_DIFFERENTIAL);
  EXPECT_EQ(now.provider, kHardwareProvider);
  EXPECT_EQ(now.volume, parseScenario("{}").volumes[0].name);
  EXPECT_EQ(importer.run(&Starters::ImportSnapshots), B);  // once
  r.release();
  EXPECT_EQ(all.exists(importer.copyId), N);
  EXPECT_EQ(all.exists(r.copyId), S_OK);  // the importer's now
  importer.release();
  EXPECT_EQ(all.exists(r.copyId), N);
}
TEST(ImportSnapshots, TakesASetOfAnotherSystem) {
  Requester r(kWithHardware), other = r.beside();
  EXPECT_EQ(importBy(r, transported(kHardwareProvider, "Elsewhere\\", LONG(VSS_CTX_NAS_ROLLBACK) | VSS_VOLSNAP_ATTR_TRANSPORTABLE)), F);
  EXPECT_EQ(other.forBackup()->SetContext(VSS_CTX_NAS_ROLLBACK), S_OK);
  EXPECT_EQ(propertiesAt(other, kSavedCopy).volume, u"Elsewhere\\");
  r.release();
  EXPECT_EQ(other.exists(kSavedCopy), S_OK);  // persistent
  EXPECT_EQ(other->RevertToSnapshot(kSavedCopy, true), VSS_E_VOLUME_NOT_SUPPORTED);
  EXPECT_EQ(other->BreakSnapshotSet(kSavedSet), S_OK);
  EXPECT_EQ(other.exists(kSavedCopy), N);
}
TEST(ImportSnapshots, NeedsABackupsDocumentWithATransportableSet) {
  Requester fresh(kWithHardware), bare(kWithHardware), local(kWithHardware), restore(kWithHardware);
  EXPECT_EQ(fresh.run(&Starters::ImportSnapshots), B);
  EXPECT_EQ(fresh->ImportSnapshots(nullptr), A);
  EXPECT_EQ(bare.b4().run(&Starters::ImportSnapshots), B);
  EXPECT_EQ(importBy(local, transported(kHardwareProvider, "C:\\", VSS_CTX_BACKUP)), B);
  std::u16string document = transported();
  EXPECT_EQ(restore->InitializeForRestore(document.data()), S_OK);
  EXPECT_EQ(restore.run(&Starters::ImportSnapshots), B);
}
TEST(ImportSnapshots, NeedsAServerWithTheProvider) {
  Requester client(R"({"os": "windows11", )" + kHardware + "}"), without, another(kWithHardware);
  EXPECT_EQ(importBy(client, transported()), B);
  EXPECT_EQ(importBy(without, transported()), B);
  EXPECT_EQ(importBy(another, transported(kSavedCopy)), B);
}
TEST(ImportSnapshots, RunsOnceAtATimeAndLeavesNothingWhereItFails) {
  Requester r("{" + kHardware + ", " + operation("importSnapshots", R"({"ms": 50, "result": "VSS_E_UNEXPECTED", "onCall": 2})") + "}");
  std::u16string document = transported();
  EXPECT_EQ(r->InitializeForBackup(document.data()), S_OK);
  auto* async = r.start(&Starters::ImportSnapshots);
  EXPECT_EQ(r.run(&Starters::ImportSnapshots), B);
  EXPECT_EQ(async->Cancel(), S_OK);
  EXPECT_EQ(Requester::end(async), C);
  EXPECT_EQ(r.exists(kSavedCopy), N);
  async = r.start(&Starters::ImportSnapshots);
  r.clock->ms += 50;
  EXPECT_EQ(Requester::end(async), VSS_E_UNEXPECTED);
  EXPECT_EQ(r.exists(kSavedCopy), N);
  async = r.start(&Starters::ImportSnapshots);
  Requester other = r.beside();
  r.release();
  other.clock->ms += 50;
  EXPECT_EQ(Requester::end(async), F);
  EXPECT_EQ(other.forBackup().exists(kSavedCopy), N);  // nobody is left whose it were
}

// ---- RevertToSnapshot, QueryRevertStatus ----
IVssAsync* revertOf(const Requester& r, const char16_t* volume = u"C:\\") {
  IVssAsync* async = nullptr;
  EXPECT_EQ(r->QueryRevertStatus(volume, &async), S_OK);
  return async;
}
TEST(RevertToSnapshot, RunsUntilItIsDoneAndCannotBeCancelled) {
  for (const char* more : {"", R"(, "choices": {"releaseOfPending": "cancels", "releaseOfParent": "cancels"})"}) {
    Requester r("{" + operation("queryRevertStatus", R"({"ms": 100})") + more + "}"), other = r.beside();
    EXPECT_EQ(r.madeIn(VSS_CTX_APP_ROLLBACK)->RevertToSnapshot(r.copyId, false), S_OK);
    EXPECT_EQ(r->RevertToSnapshot(r.copyId, true), VSS_E_REVERT_IN_PROGRESS);
    auto* async = revertOf(r);
    EXPECT_EQ(async->Cancel(), S_OK);
    EXPECT_EQ(Requester::query(async), P);
    async->Release();
    r.release();
    async = revertOf(other.forBackup());
    EXPECT_EQ(Requester::query(async), P);
    other.clock->ms += 100;
    EXPECT_EQ(Requester::query(async), F);
    EXPECT_EQ(Requester::end(async), F);
    EXPECT_EQ(other.revertStatus(u"C:\\"), F);
  }
}
TEST(RevertToSnapshot, IsSeenByTheStatusHoweverOftenItIsAsked) {
  Requester r("{" + operation("queryRevertStatus", R"({"polls": 2, "result": "E_FAIL"})") + "}");
  EXPECT_EQ(r.madeIn(VSS_CTX_NAS_ROLLBACK)->RevertToSnapshot(r.copyId, false), S_OK);
  IVssAsync *one = revertOf(r), *two = revertOf(r);
  EXPECT_EQ(Requester::query(one), P);
  EXPECT_EQ(Requester::query(two), P);
  EXPECT_EQ(Requester::query(one), E_FAIL);
  EXPECT_EQ(Requester::query(two), E_FAIL);
  EXPECT_EQ(one->Release(), 0u);
  EXPECT_EQ(two->Release(), 0u);
  EXPECT_EQ(r->RevertToSnapshot(r.copyId, false), S_OK);  // once more
}
TEST(RevertToSnapshot, RefusesWhatCannotBeReverted) {
  Requester r(R"({"volumes": [{"path": "C:\\", "inUse": true}, {"path": "D:\\", "revertible": false}], )" + kHardware + "}"), backup = r.beside(),
      fixed = r.beside();
  EXPECT_EQ(r->RevertToSnapshot(Guid(), true), B);
  EXPECT_EQ(backup.madeIn(VSS_CTX_BACKUP)->RevertToSnapshot(backup.copyId, true), VSS_E_UNSUPPORTED_CONTEXT);
  EXPECT_EQ(fixed.madeIn(VSS_CTX_APP_ROLLBACK, u"D:\\")->RevertToSnapshot(fixed.copyId, true), VSS_E_VOLUME_NOT_SUPPORTED);
  EXPECT_EQ(fixed.revertStatus(u"D:\\"), VSS_E_VOLUME_NOT_SUPPORTED);
  EXPECT_EQ(r.madeIn(VSS_CTX_APP_ROLLBACK)->RevertToSnapshot(r.copyId, true), E_NOTIMPL);  // the hardware provider does not
  EXPECT_EQ(r->RevertToSnapshot(kSavedCopy, true), N);

  Requester busy(R"({"volumes": [{"path": "C:\\", "inUse": true}]})");
  EXPECT_EQ(busy.madeIn(VSS_CTX_APP_ROLLBACK)->RevertToSnapshot(busy.copyId, false), VSS_E_VOLUME_IN_USE);
  EXPECT_EQ(busy.revertStatus(u"C:\\"), F);  // none began
  EXPECT_EQ(busy->RevertToSnapshot(busy.copyId, true), S_OK);
}
TEST(RevertToSnapshot, IsForServersFromServer2003Sp1On) {
  for (auto [os, revert, status] : {std::tuple("windowsXp", E_NOTIMPL, E_NOTIMPL), std::tuple("server2003", E_NOTIMPL, E_NOTIMPL),
                                    std::tuple("server2003Sp1", N, F), std::tuple("vista", E_NOTIMPL, F), std::tuple("windows11", E_NOTIMPL, F)}) {
    Requester r(R"({"os": ")" + std::string(os) + "\"}");
    EXPECT_EQ(r.forBackup()->RevertToSnapshot(Guid(), true), revert) << os;
    EXPECT_EQ(r.revertStatus(u"C:\\"), status) << os;
  }
}
TEST(QueryRevertStatus, RefusesBadArguments) {
  Requester r;
  IVssAsync* async = nullptr;
  EXPECT_EQ(r->QueryRevertStatus(u"C:\\", &async), B);
  EXPECT_EQ(r.forBackup()->QueryRevertStatus(nullptr, &async), A);
  EXPECT_EQ(r->QueryRevertStatus(u"C:\\", nullptr), A);
  EXPECT_EQ(r->QueryRevertStatus(u"X:\\", &async), N);
  EXPECT_EQ(async, nullptr);
  EXPECT_EQ(r.revertStatus(u"c:\\"), F);
}
TEST(QueryRevertStatus, FailsItselfWhereTheScenarioSaysSo) {
  Requester r("{" + operation("queryRevertStatus", R"({"polls": 0, "result": "E_FAIL", "through": "call", "onCall": 1})") + "}");
  EXPECT_EQ(r.madeIn(VSS_CTX_APP_ROLLBACK)->RevertToSnapshot(r.copyId, false), S_OK);
  EXPECT_EQ(r.revertStatus(u"C:\\"), E_FAIL);
  EXPECT_EQ(r.revertStatus(u"C:\\"), F);
}

// ---- AddSnapshotToRecoverySet, RecoverSet ----
Requester& restoring(Requester& r, const std::u16string& document = transported()) {
  std::u16string text = document;
  EXPECT_EQ(r->InitializeForRestore(text.data()), S_OK);
  return r;
}
TEST(RecoverSet, GivesBackWhatTheDocumentHas) {
  Requester r(kWithHardware);
  EXPECT_EQ(restoring(r).recover(), B);
  EXPECT_EQ(r->AddSnapshotToRecoverySet(kSavedSet, 0, nullptr), VSS_E_SNAPSHOT_NOT_IN_SET);
  EXPECT_EQ(r->AddSnapshotToRecoverySet(kSavedCopy, 0, u"X:\\"), VSS_E_VOLUME_NOT_SUPPORTED);
  EXPECT_EQ(r.recover(), B);
  EXPECT_EQ(r->AddSnapshotToRecoverySet(kSavedCopy, 0, u"C:\\"), S_OK);
  EXPECT_EQ(r->RecoverSet(0, nullptr), A);
  EXPECT_EQ(r.recover(), F);
  EXPECT_EQ(r.recover(), B);
}
TEST(RecoverSet, IsForARestore) {
  Requester fresh(kWithHardware), backup(kWithHardware);
  EXPECT_EQ(fresh->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), B);
  EXPECT_EQ(fresh.recover(), B);
  EXPECT_EQ(backup.b4()->AddSnapshotToRecoverySet(backup.copyId, 0, nullptr), B);
  EXPECT_EQ(backup.recover(), B);
}
TEST(RecoverSet, NeedsTheHardwareProviderOfTheShadowCopy) {
  Requester none, another(kWithHardware), unknown(kWithHardware);
  EXPECT_EQ(restoring(none)->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), B);
  EXPECT_EQ(restoring(another, transported(kSystemProvider))->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), N);
  EXPECT_EQ(restoring(unknown, transported(kHardwareProvider, "Elsewhere\\"))->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), VSS_E_VOLUME_NOT_SUPPORTED);
}
TEST(RecoverSet, RunsAloneOnItsSystem) {
  Requester r("{" + kHardware + ", " + operation("recoverSet", R"({"ms": 50, "result": "VSS_E_UNSELECTED_VOLUME", "onCall": 1})") + "}"), other = r.beside();
  EXPECT_EQ(restoring(r)->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), S_OK);
  EXPECT_EQ(restoring(other)->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), S_OK);
  IVssAsync* async = nullptr;
  EXPECT_EQ(r->RecoverSet(0, &async), S_OK);
  EXPECT_EQ(r->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), B);
  EXPECT_EQ(other->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), VSS_E_RESYNC_IN_PROGRESS);
  EXPECT_EQ(other.recover(), B);
  r.clock->ms += 50;
  EXPECT_EQ(Requester::end(async), VSS_E_UNSELECTED_VOLUME);
  EXPECT_EQ(other->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), S_OK);
  EXPECT_EQ(other->RecoverSet(0, &async), S_OK);
  r.clock->ms += 50;
  EXPECT_EQ(Requester::end(async), F);
  EXPECT_EQ(r->RecoverSet(0, &async), S_OK);  // what failed may be tried again
  EXPECT_EQ(async->Cancel(), S_OK);
  EXPECT_EQ(Requester::end(async), C);
}

// ---- What survives the last Release ----
TEST(ShadowCopies, SurviveTheirRequesterInPersistentContextsAlone) {
  for (auto [context, stays] : {std::pair(VSS_CTX_BACKUP, false), std::pair(VSS_CTX_FILE_SHARE_BACKUP, false), std::pair(VSS_CTX_NAS_ROLLBACK, true),
                                std::pair(VSS_CTX_APP_ROLLBACK, true), std::pair(VSS_CTX_CLIENT_ACCESSIBLE, true),
                                std::pair(VSS_CTX_CLIENT_ACCESSIBLE_WRITERS, true)}) {
    Requester r, later = r.beside();
    r.madeIn(context);
    EXPECT_EQ(r.release(), 0u);
    EXPECT_EQ(later.forBackup()->SetContext(VSS_CTX_ALL), S_OK);
    EXPECT_EQ(later.exists(r.copyId), stays ? S_OK : N) << context;
  }
}

}  // namespace
}  // namespace vss::model
