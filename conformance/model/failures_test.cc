// Every failure that a page lists can be met, and comes back as it was ordered; what a failing call leaves in its out-parameters.
#include <algorithm>
#include <cctype>

#include "testing.h"

namespace vss::model {
namespace {


// The answer of a call that hands out an object.
template <class I, class Call> HRESULT released(Call&& call) {
  I* object = nullptr;
  HRESULT hresult = call(&object);
  if (object) object->Release();
  return hresult;
}

// One call of the enumerator of what `r` finds: its one shadow copy.
HRESULT enumeratorCall(Requester& r, Method method) {
  IVssEnumObject *found, *clone = nullptr;
  VSS_OBJECT_PROP object{};
  ULONG fetched;
  EXPECT_EQ(r.b4().query(found), S_OK);
  HRESULT hresult = method == Method::next    ? found->Next(1, &object, &fetched)
                    : method == Method::skip  ? found->Skip(1)
                    : method == Method::reset ? found->Reset()
                                              : found->Clone(&clone);
  freeSnapshotProperties(&object.Obj.Snap, &coTaskMemFree);
  if (clone) clone->Release();
  EXPECT_EQ(found->Release(), 0u);
  return hresult;
}
template <class... T> HRESULT functionCall(Requester& r, const MethodInfo& function, T... values) {
  void* args[] = {static_cast<void*>(&values)...};
  return callFunction(r.service, function, args);
}
// In a system with a hardware provider.
HRESULT callOf(Requester& r, Method method) {
  UINT n;
  VSS_ID id;
  BOOL yes;
  char16_t document[] = u"<BACKUP_COMPONENTS/>", *text = nullptr;
  auto setBackupState = [&] { return r.forBackup()->SetBackupState(true, false, VSS_BT_FULL, false); };
  switch (method) {
    case Method::initializeForBackup: return r->InitializeForBackup(nullptr);
    case Method::initializeForRestore: return r->InitializeForRestore(document);
    case Method::setBackupState: return setBackupState();
    case Method::setContext: return r.forBackup()->SetContext(VSS_CTX_BACKUP);
    case Method::gatherWriterMetadata: return r.forBackup().run(&Starters::GatherWriterMetadata);
    case Method::getWriterMetadataCount: return r.forBackup().withMetadata()->GetWriterMetadataCount(&n);
    case Method::freeWriterMetadata: return r.forBackup().withMetadata()->FreeWriterMetadata();
    case Method::disableWriterClasses: return r.forBackup()->DisableWriterClasses(&kSystemFiles.writerClassId, 1);
    case Method::enableWriterClasses: return r.forBackup()->EnableWriterClasses(&kSystemFiles.writerClassId, 1);
    case Method::disableWriterInstances: return r.forBackup()->DisableWriterInstances(&kSystemFiles.writerClassId, 1);
    case Method::addComponent: return r.b1().add();
    case Method::startSnapshotSet: return r.b1().startSetAgain();
    case Method::addToSnapshotSet: return r.b1().startSet(), r.addToSet();
    case Method::isVolumeSupported: return r.forBackup()->IsVolumeSupported(Guid(), u"C:\\", &yes);
    case Method::doSnapshotSet: return r.b3().run(&Starters::DoSnapshotSet);
    case Method::getSnapshotProperties: return r.b4().exists(r.copyId);
    case Method::deleteSnapshots: return r.b4()->DeleteSnapshots(r.copyId, VSS_OBJECT_SNAPSHOT, false, &yes, &id);
    case Method::setBackupSucceeded: return r.b4().succeeded();
    case Method::saveAsXml: {
      HRESULT hresult = r.b3()->SaveAsXML(&text);
      sysFreeString(text);
      return hresult;
    }
    case Method::setRestoreState: return r.forRestore()->SetRestoreState(VSS_RTYPE_BY_COPY);
    case Method::setSelectedForRestore: return r.r1()->SetSelectedForRestore(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, true);
    case Method::setSelectedForRestoreEx:
      return r.r1()->SetSelectedForRestoreEx(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, true, Guid());
    case Method::preRestore: return r.r2().run(&Starters::PreRestore);
    case Method::setFileRestoreStatus:
      return r.r3()->SetFileRestoreStatus(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, VSS_RS_ALL);
    case Method::postRestore: return r.r3().run(&Starters::PostRestore);
    case Method::prepareForBackup: setBackupState(); return r.run(&Starters::PrepareForBackup);
    case Method::abortBackup: return r.forBackup()->AbortBackup();
    case Method::gatherWriterStatus: return r.forBackup().run(&Starters::GatherWriterStatus);
    case Method::getWriterStatusCount: return r.forBackup().gathered()->GetWriterStatusCount(&n);
    case Method::freeWriterStatus: return r.forBackup().gathered()->FreeWriterStatus();
    case Method::getWriterStatus: return r.forBackup().gathered().status(0).hresult;
    case Method::getWriterStatusEx: return r.forBackup().gathered().statusEx(0).hresult;
    case Method::backupComplete: return r.forBackup().prepared().run(&Starters::BackupComplete);
    case Method::getSessionId: return r.forBackup()->GetSessionId(&id);
    case Method::getWriterMetadata: return released<IVssExamineWriterMetadata>([&](auto out) { return r.b1()->GetWriterMetadata(0, &id, out); });
    case Method::getWriterMetadataEx: return released<IVssExamineWriterMetadataEx>([&](auto out) { return r.b1()->GetWriterMetadataEx(0, &id, out); });
    case Method::getWriterComponentsCount: return r.forBackup()->GetWriterComponentsCount(&n);
    case Method::getWriterComponents: return released<IVssWriterComponentsExt>([&](auto out) { return r.b2()->GetWriterComponents(0, out); });
    case Method::setBackupOptions: return r.b2()->SetBackupOptions(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, u"");
    case Method::setPreviousBackupStamp: return r.b2()->SetPreviousBackupStamp(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, u"");
    case Method::setRestoreOptions: return r.r2()->SetRestoreOptions(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, u"");
    case Method::setAdditionalRestores: return r.r2()->SetAdditionalRestores(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, true);
    case Method::addAlternativeLocationMapping:
      return r.r3()->AddAlternativeLocationMapping(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, u"%SystemRoot%\\inf", u"*", true, u"D:");
    case Method::addNewTarget:
      return r.r2()->AddNewTarget(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, u"%SystemRoot%\\inf", u"*", true, u"D:");
    case Method::setAuthoritativeRestore: return r.r2()->SetAuthoritativeRestore(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, true);
    case Method::setRollForward:
      return r.r2()->SetRollForward(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, VSS_RF_ALL, nullptr);
    case Method::setRestoreName: return r.r2()->SetRestoreName(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, u"");
    // These two cannot succeed with the default scenario; what is ordered comes first.
    case Method::addRestoreSubcomponent:
      return r.r2()->AddRestoreSubcomponent(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, u"", u"Part", false);
    case Method::setRangesFilePath: return r.r2()->SetRangesFilePath(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, 0, u"");
    case Method::query: {
      IVssEnumObject* found;
      HRESULT hresult = r.forBackup().query(found);
      if (found) found->Release();
      return hresult;
    }
    case Method::importSnapshots: return r->InitializeForBackup(transported().data()), r.run(&Starters::ImportSnapshots);
    case Method::breakSnapshotSet: return r.b4()->BreakSnapshotSet(r.setId);
    case Method::breakSnapshotSetEx: return r.b4(), r.breakEx(r.setId);
    case Method::exposeSnapshot: return r.madeIn(VSS_CTX_APP_ROLLBACK).expose(r.copyId, u"X:");
    case Method::unexposeSnapshot: return r.madeIn(VSS_CTX_APP_ROLLBACK).expose(r.copyId, u"X:"), r->UnexposeSnapshot(r.copyId);
    case Method::revertToSnapshot: return r.madeIn(VSS_CTX_APP_ROLLBACK, u"C:\\", kSystemProvider)->RevertToSnapshot(r.copyId, false);
    case Method::queryRevertStatus:
      return r.madeIn(VSS_CTX_APP_ROLLBACK, u"C:\\", kSystemProvider)->RevertToSnapshot(r.copyId, false), r.revertStatus();
    case Method::addSnapshotToRecoverySet:
      return r->InitializeForRestore(transported().data()), r->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr);
    case Method::recoverSet:
      return r->InitializeForRestore(transported().data()), r->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), r.recover();
    case Method::getRootAndLogicalPrefixPaths: {
      char16_t* prefix = nullptr;
      HRESULT hresult = r->GetRootAndLogicalPrefixPaths(u"C:\\", &text, &prefix, false);
      coTaskMemFree(text);
      coTaskMemFree(prefix);
      return hresult;
    }
    case Method::isVolumeSnapshotted: return functionCall(r, isVolumeSnapshotted(), u"C:\\", &yes, &yes);
    case Method::shouldBlockRevert: return functionCall(r, shouldBlockRevert(), u"C:\\", &yes);
    case Method::next:
    case Method::skip:
    case Method::reset:
    case Method::clone: return enumeratorCall(r, method);
    default: return S_OK;
  }
}
std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> list;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(text.find(' ', at), text.size());
    list.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return list;
}
TEST(OrderedFailures, EveryDocumentedCodeOfEveryCallCanBeMet) {
  for (int i = static_cast<int>(Method::initializeForBackup); i < static_cast<int>(Method::cancel); ++i) {
    const MethodRow& row = rowOf(static_cast<Method>(i));
    // The methods of what writer metadata and components hand out are tried beside them: metadata_test, component_test, handed_out_objects_test.
    if (static_cast<Method>(i) == Method::createMetadata || (row.name.find("::") != row.name.npos && !row.name.starts_with("IVssEnumObject::"))) continue;
    for (const auto& code : words(row.failures)) {
      Requester r("{" + kHardware + ", " + withoutSet() + R"(, "calls": [{"method": ")" + std::string(row.name) + R"(", "result": ")" + code + R"(", "onCall": 1}]})");
      EXPECT_EQ(nameOf(callOf(r, static_cast<Method>(i))), code) << row.name;
    }
  }
}
TEST(OrderedFailures, EveryDocumentedCodeOfEveryOperationCanBeMetBothWays) {
  for (Method method : {Method::gatherWriterMetadata, Method::prepareForBackup, Method::gatherWriterStatus, Method::backupComplete, Method::doSnapshotSet,
                        Method::preRestore, Method::postRestore, Method::importSnapshots, Method::breakSnapshotSetEx, Method::queryRevertStatus,
                        Method::recoverSet}) {
    std::string key(rowOf(method).name);
    key[0] = static_cast<char>(std::tolower(key[0]));
    for (const auto& code : words(rowOf(method).operationFailures))
      for (const char* through : {"async", "call"}) {
        auto ofCall = words(rowOf(method).failures);
        bool onlyAsync = std::find(ofCall.begin(), ofCall.end(), code) == ofCall.end();
        EXPECT_EQ(onlyAsync, method == Method::doSnapshotSet && (code == "VSS_E_INSUFFICIENT_STORAGE" || code == "VSS_E_PROVIDER_VETO" || code == "VSS_E_UNEXPECTED_PROVIDER_ERROR"));
        if (onlyAsync && through == std::string("call")) continue;
        Requester r("{" + kHardware + ", " + withoutSet() + R"(, "operations": {")" + key + R"(": {"result": ")" + code + R"(", "through": ")" + through + "\"}}}");
        EXPECT_EQ(nameOf(callOf(r, method)), code) << key << " through " << through;
      }
  }
}
TEST(OrderedFailures, OfTheFactory) {
  for (const auto& code : words(rowOf(Method::create).failures)) {
    auto service = std::make_shared<Service>(
        parseScenario(R"({"calls": [{"method": "CreateVssBackupComponents", "result": ")" + code + R"(", "onCall": 1}]})"));
    IVssBackupComponents* vss = nullptr;
    EXPECT_EQ(nameOf(create(service, &vss)), code);
    ASSERT_EQ(create(service, &vss), S_OK);
    vss->Release();
  }
}
TEST(OrderedFailures, HitTheCallThatWasNamedAndNoOther) {
  Requester r(R"({"calls": [{"method": "GetWriterStatus", "result": "E_OUTOFMEMORY", "onCall": 2}]})");
  r.forBackup();
  EXPECT_EQ(r.status(0).hresult, B);  // does not get so far, so does not count
  r.gathered();
  EXPECT_EQ(r.status(0).hresult, S_OK);
  EXPECT_EQ(r.status(0).hresult, E_OUTOFMEMORY);
  EXPECT_EQ(r.status(0).hresult, S_OK);
}
TEST(OrderedFailures, UnexpectedHasItsOldNameBeforeWindows7) {
  const std::string calls = R"(, "calls": [{"method": "GetWriterStatusCount", "result": "VSS_E_UNEXPECTED"}]})";
  for (const auto& profile : profiles()) {
    Requester r(R"({"os": ")" + std::string(profile.name) + "\"" + calls);
    bool old = profile.newestInterface < 3;
    EXPECT_EQ(r.forBackup().gathered().count(), old ? E_UNEXPECTED : VSS_E_UNEXPECTED) << profile.name;
  }
}
TEST(AccessDenied, MeetsTheGathersAtOnceOrThroughTheirOperation) {
  for (const char* where : {"starters", "results"}) {
    Requester r(R"({"accessDenied": ")" + std::string(where) + "\"}");
    r.forBackup();
    IVssAsync* async = nullptr;
    HRESULT hresult = r->GatherWriterStatus(&async);
    EXPECT_EQ(hresult, where == std::string("results") ? S_OK : E_ACCESSDENIED);
    EXPECT_EQ(async ? Requester::end(async) : hresult, E_ACCESSDENIED);
    EXPECT_EQ(r.run(&Starters::GatherWriterMetadata), E_ACCESSDENIED);
  }
}

// ---- Out-parameters of failing calls ----
TEST(FailedCalls, LeaveNullAndZeroOrTouchNothing) {
  for (bool zeroed : {true, false}) {
    Requester r(zeroed ? "{}" : choosing("failedCallOutputs", "untouched"));
    char16_t old[] = u"old";
    auto* async = reinterpret_cast<IVssAsync*>(old);
    UINT n = 77;
    Guid instance{1, 2, 3, {}}, writer = instance;
    char16_t *name = old, *message = old;
    VSS_WRITER_STATE state = VSS_WS_COUNT;
    HRESULT failure = 77, application = 77;
    EXPECT_EQ(r->GatherWriterStatus(&async), B);
    EXPECT_EQ(r->GetWriterStatusCount(&n), B);
    EXPECT_EQ(r->GetWriterStatusEx(0, &instance, &writer, &name, &state, &failure, &application, &message), B);
    EXPECT_EQ(async, zeroed ? nullptr : reinterpret_cast<IVssAsync*>(old));
    EXPECT_EQ(n, zeroed ? 0u : 77u);
    EXPECT_EQ(instance, (zeroed ? Guid() : Guid{1, 2, 3, {}}));
    EXPECT_EQ(writer, (zeroed ? Guid() : Guid{1, 2, 3, {}}));
    EXPECT_EQ(name, zeroed ? nullptr : old);
    EXPECT_EQ(message, zeroed ? nullptr : old);
    EXPECT_EQ(state, zeroed ? VSS_WS_UNKNOWN : VSS_WS_COUNT);
    EXPECT_EQ(failure, zeroed ? 0 : 77);
    EXPECT_EQ(application, zeroed ? 0 : 77);
  }
}
TEST(FailedCalls, TouchNothingWhereAnArgumentIsBad) {
  Requester r;
  r.forBackup().gathered();
  Guid instance{1, 2, 3, {}};
  VSS_WRITER_STATE state = VSS_WS_COUNT;
  HRESULT failure = 77;
  EXPECT_EQ(r->GetWriterStatus(0, &instance, nullptr, nullptr, &state, &failure), E_INVALIDARG);
  EXPECT_EQ(instance, (Guid{1, 2, 3, {}}));
  EXPECT_EQ(failure, 77);
}

}  // namespace
}  // namespace vss::model
