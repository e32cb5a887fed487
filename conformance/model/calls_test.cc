// What each modelled call answers besides the status record: initialisation, context, metadata, backup.
#include "testing.h"

namespace vss::model {
namespace {


std::string os(const std::string& name) { return R"("os": ")" + name + "\""; }
HRESULT initialize(Requester& r, const char16_t* document, bool restore = false) {
  auto* text = const_cast<char16_t*>(document);
  return restore ? r->InitializeForRestore(text) : r->InitializeForBackup(text);
}

// ---- CreateVssBackupComponents ----
TEST(Create, GivesAnObjectWithOneReference) {
  IVssBackupComponents* vss = nullptr;
  ASSERT_EQ(create(std::make_shared<Service>(defaultScenario()), &vss), S_OK);
  EXPECT_EQ(vss->AddRef(), 2u);
  EXPECT_EQ(vss->Release(), 1u);
  EXPECT_EQ(vss->Release(), 0u);
}
TEST(Create, RefusesANullPointer) { EXPECT_EQ(create(std::make_shared<Service>(defaultScenario()), nullptr), E_INVALIDARG); }
TEST(Create, RefusesACallerWithoutRights) {
  auto* vss = reinterpret_cast<IVssBackupComponents*>(1);
  EXPECT_EQ(create(std::make_shared<Service>(parseScenario(R"({"accessDenied": "create"})")), &vss), E_ACCESSDENIED);
  EXPECT_EQ(vss, nullptr);
}
TEST(Create, MakesIndependentObjects) {
  Requester one;
  Requester two = one.beside();
  one.forBackup().gathered();
  EXPECT_EQ(two.count(), B);
  EXPECT_EQ(two->InitializeForBackup(nullptr), S_OK);
}

// ---- InitializeForBackup, InitializeForRestore ----
TEST(InitializeForBackup, TakesNoDocumentOrASavedOne) {
  Requester empty, saved, commented;
  EXPECT_EQ(initialize(empty, nullptr), S_OK);
  EXPECT_EQ(initialize(saved, u"<BACKUP_COMPONENTS version=\"1.2\"><A b='>'/> text </BACKUP_COMPONENTS>\r\n"), S_OK);
  EXPECT_EQ(initialize(commented, u"\xFEFF<?xml version=\"1.0\"?>\n<!-- <x> --><BACKUP_COMPONENTS><![CDATA[</x>]]></BACKUP_COMPONENTS> "), S_OK);
}
TEST(InitializeForBackup, RefusesWhatIsNoDocumentAndMayThenBeCalledAgain) {
  Requester r;
  for (const char16_t* bad : {u"", u" ", u"text", u"<", u"<>", u"<a", u"<a>", u"</a>", u"<a></b>", u"<a/><b/>", u"<a/>text", u"<a>text", u"<!-- ",
                              u"<a b='/>", u"<1/>", u"<a <b/></a>", u"{\"a\": 1}",
                              u"<a/>", u"<backup_components/>", u"<x:BACKUP_COMPONENTS/>", u"<BACKUP_COMPONENTS/><BACKUP_COMPONENTS/>",
                              u"<BACKUP_COMPONENTS/>text", u"<a/><BACKUP_COMPONENTS/>", u"<BACKUP_COMPONENTS>"}) {
    EXPECT_EQ(initialize(r, bad), VSS_E_INVALID_XML_DOCUMENT) << toUtf8(bad);
    EXPECT_EQ(initialize(r, bad, true), VSS_E_INVALID_XML_DOCUMENT) << toUtf8(bad);
  }
  EXPECT_EQ(initialize(r, nullptr), S_OK);
}
TEST(InitializeForBackup, IsRefusedTheSecondTimeAndAfterTheOther) {
  Requester r;
  EXPECT_EQ(r.forBackup()->InitializeForBackup(nullptr), B);
  EXPECT_EQ(initialize(r, u"<BACKUP_COMPONENTS/>", true), B);
  Requester restore;
  EXPECT_EQ(restore.forRestore()->InitializeForBackup(nullptr), B);
  EXPECT_EQ(initialize(restore, u"<BACKUP_COMPONENTS/>", true), B);
}
TEST(InitializeForRestore, WithNullIsAChoice) {
  EXPECT_EQ(Requester()->InitializeForRestore(nullptr), VSS_E_INVALID_XML_DOCUMENT);
  EXPECT_EQ(Requester(choosing("initializeForRestoreNull", "invalidArgument"))->InitializeForRestore(nullptr), E_INVALIDARG);
}
TEST(Initialize, RefusesACallerWithoutRights) {
  Requester r(R"({"accessDenied": "initialize"})");
  EXPECT_EQ(initialize(r, nullptr), E_ACCESSDENIED);
  EXPECT_EQ(initialize(r, u"<BACKUP_COMPONENTS/>", true), E_ACCESSDENIED);
}

// ---- SetContext ----
HRESULT setContext(LONG context, const std::string& scenario = "{}") { return Requester(scenario).forBackup()->SetContext(context); }
TEST(SetContext, TakesEveryContextAndWhatMayBeAdded) {
  for (LONG context : {VSS_CTX_BACKUP, VSS_CTX_FILE_SHARE_BACKUP, VSS_CTX_NAS_ROLLBACK, VSS_CTX_APP_ROLLBACK, VSS_CTX_CLIENT_ACCESSIBLE,
                       VSS_CTX_CLIENT_ACCESSIBLE_WRITERS, VSS_CTX_ALL})
    EXPECT_EQ(setContext(context), S_OK) << std::hex << context;
  for (LONG bit : std::initializer_list<LONG>{VSS_VOLSNAP_ATTR_TRANSPORTABLE, VSS_VOLSNAP_ATTR_NO_AUTORECOVERY, VSS_VOLSNAP_ATTR_NOT_TRANSACTED,
                   VSS_VOLSNAP_ATTR_DIFFERENTIAL, VSS_VOLSNAP_ATTR_PLEX})
    EXPECT_EQ(setContext(VSS_CTX_APP_ROLLBACK | bit), S_OK) << std::hex << bit;
}
TEST(SetContext, RefusesWhatARequesterMayNotAdd) {
  for (LONG bit : std::initializer_list<LONG>{VSS_VOLSNAP_ATTR_PERSISTENT, VSS_VOLSNAP_ATTR_CLIENT_ACCESSIBLE, VSS_VOLSNAP_ATTR_NO_AUTO_RELEASE,
                   VSS_VOLSNAP_ATTR_NOT_SURFACED, VSS_VOLSNAP_ATTR_HARDWARE_ASSISTED, VSS_VOLSNAP_ATTR_IMPORTED, 0x00008000,
                   VSS_VOLSNAP_ATTR_DIFFERENTIAL | VSS_VOLSNAP_ATTR_PLEX}) {
    EXPECT_EQ(setContext(VSS_CTX_BACKUP | bit), E_INVALIDARG) << std::hex << bit;
    EXPECT_EQ(setContext(VSS_CTX_BACKUP | bit, choosing("badContext", "unsupportedContext")), VSS_E_UNSUPPORTED_CONTEXT) << std::hex << bit;
  }
}
TEST(SetContext, KnowsTheLaterAttributesFromVistaOn) {
  EXPECT_EQ(setContext(VSS_VOLSNAP_ATTR_NO_AUTORECOVERY, "{" + os("server2003") + "}"), E_INVALIDARG);
  EXPECT_EQ(setContext(VSS_VOLSNAP_ATTR_NO_AUTORECOVERY, "{" + os("vista") + "}"), S_OK);
}
TEST(SetContext, WorksOnce) {
  Requester r;
  EXPECT_EQ(r.forBackup()->SetContext(VSS_CTX_BACKUP), S_OK);
  EXPECT_EQ(r->SetContext(VSS_CTX_BACKUP), B);
}
TEST(SetContext, MayFollowSetBackupStateAndMetadataButNotPrepareForBackup) {
  Requester r("{" + withoutSet() + "}");
  r.forBackup().withMetadata()->SetBackupState(false, false, VSS_BT_FULL, false);
  EXPECT_EQ(r->SetContext(VSS_CTX_BACKUP), S_OK);
  Requester late("{" + withoutSet() + "}");
  EXPECT_EQ(late.forBackup().prepared()->SetContext(VSS_CTX_BACKUP), B);
}
TEST(SetContext, IsRefusedInARestore) { EXPECT_EQ(Requester().forRestore()->SetContext(VSS_CTX_BACKUP), B); }
TEST(SetContext, BeforeInitialisationIsAChoiceAndLasts) {
  EXPECT_EQ(Requester()->SetContext(VSS_CTX_BACKUP), B);
  Requester r(R"({"choices": {"setContextBeforeInitialize": "ok", "gatherWithoutWriters": "badState"}})");
  EXPECT_EQ(r->SetContext(VSS_CTX_FILE_SHARE_BACKUP), S_OK);
  EXPECT_EQ(r.forBackup().run(&Starters::GatherWriterStatus), B);
}
TEST(SetContext, IsNotThereOnXp) {
  EXPECT_EQ(setContext(VSS_CTX_BACKUP, "{" + os("windowsXp") + "}"), E_NOTIMPL);
  EXPECT_EQ(setContext(0x4711, "{" + os("windowsXp") + "}"), E_NOTIMPL);
}
TEST(SetContext, RefusesPersistentContextsOnClients) {
  for (LONG context : {VSS_CTX_NAS_ROLLBACK, VSS_CTX_APP_ROLLBACK, VSS_CTX_CLIENT_ACCESSIBLE, VSS_CTX_CLIENT_ACCESSIBLE_WRITERS})
    EXPECT_EQ(setContext(context, "{" + os("windows10") + "}"), VSS_E_UNSUPPORTED_CONTEXT);
  for (LONG context : {VSS_CTX_BACKUP, VSS_CTX_FILE_SHARE_BACKUP, VSS_CTX_ALL}) EXPECT_EQ(setContext(context, "{" + os("windows10") + "}"), S_OK);
}
TEST(SetContext, ThatWasRefusedMayBeRepeatedWithAnother) {
  Requester r("{" + os("windows10") + "}");
  EXPECT_EQ(r.forBackup()->SetContext(VSS_CTX_APP_ROLLBACK), VSS_E_UNSUPPORTED_CONTEXT);
  EXPECT_EQ(r->SetContext(VSS_CTX_BACKUP), S_OK);
}

// ---- SetBackupState ----
HRESULT setBackupState(Requester& r, int type = VSS_BT_FULL) { return r->SetBackupState(true, false, static_cast<VSS_BACKUP_TYPE>(type), false); }
TEST(SetBackupState, TakesEveryTypeOfTheEnumerationAndNoOther) {
  for (int type = VSS_BT_UNDEFINED; type <= VSS_BT_OTHER; ++type) {
    Requester r;
    EXPECT_EQ(setBackupState(r.forBackup(), type), S_OK) << type;
  }
  for (int type : {-1, 7, 0x7FFFFFFF}) {
    Requester r;
    EXPECT_EQ(setBackupState(r.forBackup(), type), E_INVALIDARG) << type;
  }
}
TEST(SetBackupState, IsRefusedBeforeInitialisationAndAfterPrepareForBackup) {
  Requester fresh, late("{" + withoutSet() + "}");
  EXPECT_EQ(setBackupState(fresh), B);
  EXPECT_EQ(setBackupState(late.forBackup().prepared()), B);
}
TEST(SetBackupState, InARestoreIsAChoice) {
  Requester ok, refused(choosing("setBackupStateInRestore", "badState"));
  EXPECT_EQ(setBackupState(ok.forRestore()), S_OK);
  EXPECT_EQ(setBackupState(refused.forRestore()), B);
}

// ---- Metadata ----
HRESULT metadataCount(const Requester& r) {
  UINT n = 77;
  HRESULT hresult = r->GetWriterMetadataCount(&n);
  EXPECT_EQ(n, hresult == S_OK ? 9u : 0u);
  return hresult;
}
TEST(GatherWriterMetadata, IsRefusedBeforeInitialisationAndTakesNoNull) {
  Requester r;
  EXPECT_EQ(r.run(&Starters::GatherWriterMetadata), B);
  EXPECT_EQ(r.forBackup()->GatherWriterMetadata(nullptr), E_INVALIDARG);
  EXPECT_EQ(r.run(&Starters::GatherWriterMetadata), VSS_S_ASYNC_FINISHED);
}
TEST(GatherWriterMetadata, WorksOnceForAnObjectInBackupAndRestore) {
  Requester backup, restore;
  EXPECT_EQ(backup.forBackup().withMetadata().run(&Starters::GatherWriterMetadata), B);
  EXPECT_EQ(restore.forRestore().withMetadata().run(&Starters::GatherWriterMetadata), B);
}
TEST(GatherWriterMetadata, ThatWasCancelledCannotBeRepeated) {
  Requester r;
  auto* async = r.forBackup().start(&Starters::GatherWriterMetadata);
  EXPECT_EQ(r.run(&Starters::GatherWriterMetadata), B);
  EXPECT_EQ(async->Cancel(), S_OK);
  async->Release();
  EXPECT_EQ(r.run(&Starters::GatherWriterMetadata), B);
  EXPECT_EQ(metadataCount(r), B);
}
TEST(GetWriterMetadataCount, AnswersBetweenTheGatherAndFree) {
  Requester r;
  EXPECT_EQ(metadataCount(r), B);
  EXPECT_EQ(metadataCount(r.forBackup()), B);
  auto* async = r.start(&Starters::GatherWriterMetadata);
  EXPECT_EQ(metadataCount(r), B);
  Requester::end(async);
  EXPECT_EQ(metadataCount(r), S_OK);
  EXPECT_EQ(r->GetWriterMetadataCount(nullptr), E_INVALIDARG);
  EXPECT_EQ(r->FreeWriterMetadata(), S_OK);
  EXPECT_EQ(metadataCount(r), B);
  EXPECT_EQ(r->FreeWriterMetadata(), B);
  EXPECT_EQ(r.run(&Starters::GatherWriterMetadata), B);
}
TEST(GetWriterMetadataCount, AnswersInARestore) {
  Requester r;
  EXPECT_EQ(metadataCount(r.forRestore().withMetadata()), S_OK);
}
TEST(GetWriterMetadataCount, EqualsTheStatusCountAlsoWhereWritersFailAtIdentify) {
  Requester r(R"({"writers": [{"name": "A", "classId": "00000000-0000-0000-0000-0000000000c1"},
                              {"name": "B", "classId": "00000000-0000-0000-0000-0000000000c2", "failsAt": [{"event": "identify"}]}]})");
  r.forBackup().withMetadata().gathered();
  UINT n = 0;
  EXPECT_EQ(r->GetWriterMetadataCount(&n), S_OK);
  EXPECT_EQ(n, 1u);
  EXPECT_EQ(r.writers(), 1u);
  EXPECT_EQ(r.status(0).name, u"A");
}
TEST(FreeWriterMetadata, IsRefusedBeforeInitialisation) { EXPECT_EQ(Requester(choosing("freeMetadataTooEarly", "ok"))->FreeWriterMetadata(), B); }
TEST(FreeWriterMetadata, WhileGatheringIsAChoice) {
  Requester refused, allowed(choosing("freeMetadataTooEarly", "ok"));
  auto* async = refused.forBackup().start(&Starters::GatherWriterMetadata);
  EXPECT_EQ(refused->FreeWriterMetadata(), B);
  Requester::end(async);
  EXPECT_EQ(metadataCount(refused), S_OK);
  async = allowed.forBackup().start(&Starters::GatherWriterMetadata);
  EXPECT_EQ(allowed->FreeWriterMetadata(), S_OK);
  Requester::end(async);
  EXPECT_EQ(metadataCount(allowed), B);
}

// ---- Status in a restore, and where metadata is missing ----
TEST(StatusInARestore, WorksFromInitialisationOn) {
  Requester r;
  r.forRestore().gathered();
  EXPECT_EQ(r.writers(), 9u);
  EXPECT_EQ(r.status(0).hresult, S_OK);
  EXPECT_EQ(r.statusEx(0).hresult, S_OK);
  EXPECT_EQ(r->FreeWriterStatus(), S_OK);
}
TEST(StatusInARestore, CanBeRefusedAsThePagesSay) {
  Requester r(R"({"choices": {"statusInRestore": "badState", "freeBeforeGather": "ok"}})");
  r.forRestore().withMetadata();
  EXPECT_EQ(r.run(&Starters::GatherWriterStatus), B);
  EXPECT_EQ(r.count(), B);
  EXPECT_EQ(r.status(0).hresult, B);
  EXPECT_EQ(r.statusEx(0).hresult, B);
  EXPECT_EQ(r->FreeWriterStatus(), B);
}
TEST(StatusWithoutMetadata, IsOneChoiceForBackupAndOneForRestore) {
  Requester backup(choosing("gatherBeforeMetadata", "badState")), restore(choosing("gatherBeforeMetadata", "badState"));
  EXPECT_EQ(backup.forBackup().run(&Starters::GatherWriterStatus), B);
  EXPECT_EQ(restore.forRestore().run(&Starters::GatherWriterStatus), VSS_S_ASYNC_FINISHED);
  Requester other(choosing("gatherBeforeMetadataInRestore", "badState")), inRestore(choosing("gatherBeforeMetadataInRestore", "badState"));
  EXPECT_EQ(other.forBackup().run(&Starters::GatherWriterStatus), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(inRestore.forRestore().run(&Starters::GatherWriterStatus), B);
}

// ---- PrepareForBackup, BackupComplete, AbortBackup ----
TEST(PrepareForBackup, NeedsBackupStateAndASet) {
  Requester fresh, noState("{" + withoutSet() + "}"), noSet, restore("{" + withoutSet() + "}");
  EXPECT_EQ(fresh.run(&Starters::PrepareForBackup), B);
  EXPECT_EQ(noState.forBackup().run(&Starters::PrepareForBackup), B);
  setBackupState(noSet.forBackup());
  EXPECT_EQ(noSet.run(&Starters::PrepareForBackup), B);
  EXPECT_EQ(noSet->PrepareForBackup(nullptr), E_INVALIDARG);
  setBackupState(restore.forRestore());
  EXPECT_EQ(restore.run(&Starters::PrepareForBackup), B);
}
TEST(PrepareForBackup, IsRefusedInANoWritersContext) {
  for (LONG context : {VSS_CTX_FILE_SHARE_BACKUP, VSS_CTX_NAS_ROLLBACK, VSS_CTX_CLIENT_ACCESSIBLE}) {
    Requester r("{" + withoutSet() + "}");
    EXPECT_EQ(r.forBackup()->SetContext(context), S_OK);
    setBackupState(r);
    EXPECT_EQ(r.run(&Starters::PrepareForBackup), B);
  }
}
TEST(PrepareForBackup, WorksOnce) {
  Requester r("{" + withoutSet() + "}");
  setBackupState(r.forBackup());
  auto* async = r.start(&Starters::PrepareForBackup);
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), B);
  EXPECT_EQ(r.run(&Starters::BackupComplete), B);
  EXPECT_EQ(Requester::end(async), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), B);
}
TEST(PrepareForBackup, ThatWasCancelledOrFailedMayBeRepeated) {
  Requester r("{" + withoutSet() + R"(, "operations": {"prepareForBackup": {"result": "VSS_E_UNEXPECTED", "onCall": 2}}})");
  setBackupState(r.forBackup());
  auto* async = r.start(&Starters::PrepareForBackup);
  EXPECT_EQ(async->Cancel(), S_OK);
  async->Release();
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), VSS_E_UNEXPECTED);
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), VSS_S_ASYNC_FINISHED);
}
TEST(BackupComplete, NeedsAPreparedBackup) {
  Requester fresh, open("{" + withoutSet() + "}"), restore("{" + withoutSet() + "}"), noSet(choosing("prepareWithoutSet", "ok"));
  EXPECT_EQ(fresh.run(&Starters::BackupComplete), B);
  EXPECT_EQ(open.forBackup().run(&Starters::BackupComplete), B);
  EXPECT_EQ(restore.forRestore().run(&Starters::BackupComplete), B);
  EXPECT_EQ(noSet.forBackup().prepared().run(&Starters::BackupComplete), B);
}
TEST(BackupComplete, EndsTheUseOfTheObject) {
  Requester r("{" + withoutSet() + "}");
  r.forBackup().prepared();
  EXPECT_EQ(r->BackupComplete(nullptr), E_INVALIDARG);
  EXPECT_EQ(r.run(&Starters::BackupComplete), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(r.run(&Starters::BackupComplete), B);
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), B);
  EXPECT_EQ(r.run(&Starters::GatherWriterMetadata), B);
  EXPECT_EQ(setBackupState(r), B);
  EXPECT_EQ(r->AbortBackup(), S_OK);
  EXPECT_EQ(r.run(&Starters::GatherWriterStatus), VSS_S_ASYNC_FINISHED);
}
TEST(AbortBackup, IsRefusedBeforeInitialisation) { EXPECT_EQ(Requester()->AbortBackup(), B); }
TEST(AbortBackup, IsIgnoredWhereNothingIsUnderWay) {
  Requester r("{" + withoutSet() + "}");
  EXPECT_EQ(r.forBackup()->AbortBackup(), S_OK);
  r.prepared();
  EXPECT_EQ(r->AbortBackup(), S_OK);
  EXPECT_EQ(r->AbortBackup(), S_OK);
}
TEST(AbortBackup, EndsTheUseOfTheObjectButForItsStatus) {
  Requester r("{" + withoutSet() + "}");
  r.forBackup().prepared()->AbortBackup();
  EXPECT_EQ(r.run(&Starters::BackupComplete), B);
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), B);
  EXPECT_EQ(r.run(&Starters::GatherWriterMetadata), B);
  EXPECT_EQ(r.run(&Starters::GatherWriterStatus), VSS_S_ASYNC_FINISHED);
}
TEST(AbortBackup, CancelsWhatRuns) {
  Requester r("{" + withoutSet() + "}");
  setBackupState(r.forBackup());
  auto* async = r.start(&Starters::PrepareForBackup);
  EXPECT_EQ(r->AbortBackup(), S_OK);
  EXPECT_EQ(Requester::end(async), VSS_S_ASYNC_CANCELLED);
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), B);
}
TEST(AbortBackup, InARestoreIsAChoice) {
  EXPECT_EQ(Requester().forRestore()->AbortBackup(), S_OK);
  EXPECT_EQ(Requester(choosing("abortInRestore", "badState")).forRestore()->AbortBackup(), B);
}

// ---- GetSessionId ----
TEST(GetSessionId, IsConstantForAnObjectAndDiffersBetweenTwo) {
  Requester one, two = one.beside();
  VSS_ID a, b, c;
  EXPECT_EQ(one.forBackup()->GetSessionId(&a), S_OK);
  EXPECT_EQ(one.gathered()->GetSessionId(&b), S_OK);
  EXPECT_EQ(two.forBackup()->GetSessionId(&c), S_OK);
  EXPECT_EQ(a, b);
  EXPECT_FALSE(a == c);
  EXPECT_FALSE(a == Guid());
}

}  // namespace
}  // namespace vss::model
