// Every choice is read somewhere: each of its values gives another answer than the others. One probe per row of choices.def.
#include <functional>
#include <map>

#include "testing_readers.h"

namespace vss::model {
namespace {


// What a probe needs beside its choice, and what it sees.
struct Probe {
  std::string more;  // keys of the scenario beside "choices"
  std::function<std::string(Requester&)> look;
  std::string choices = {};  // further choices
};

const std::string kSetNotNeeded = R"("prepareWithoutSet": "ok", "completeWithoutSet": "ok")";
const std::string kWriter = R"("writers": [{"name": "W", "classId": "00000000-0000-0000-0000-0000000000c1", )";
std::string writer(const std::string& keys) { return kWriter + keys + "}]"; }
const std::string kSlowGather = operation("gatherWriterStatus", R"({"ms": 50})");
const std::string kFailingGather = operation("gatherWriterStatus", R"({"result": "VSS_E_WRITER_INFRASTRUCTURE"})");

std::string name(HRESULT hresult) { return nameOf(hresult); }
std::string tried(const Requester& r, Requester::Starter starter = &Starters::GatherWriterStatus) {
  IVssAsync* async = nullptr;
  HRESULT hresult = (r.vss->*starter)(&async);
  if (async) async->Release();
  return name(hresult);
}
std::string nullPointers(const Requester& r, UINT index, bool noFailure, bool ex) {
  Guid a, b;
  char16_t* text = nullptr;
  VSS_WRITER_STATE state;
  HRESULT failure;
  Guid* instance = noFailure ? &a : nullptr;
  HRESULT* where = noFailure ? nullptr : &failure;
  HRESULT hresult = ex ? r.vss->GetWriterStatusEx(index, instance, &b, &text, &state, where, nullptr, nullptr)
                       : r.vss->GetWriterStatus(index, instance, &b, &text, &state, where);
  sysFreeString(text);
  return name(hresult);
}
std::string savedBy(const Requester& r) {
  char16_t* text = nullptr;
  HRESULT hresult = r->SaveAsXML(&text);
  sysFreeString(text);
  return name(hresult);
}
std::string newState(Requester& r) { return r.forBackup().withMetadata().prepared().seen(); }
std::string completedState(Requester& r) {
  r.forBackup().withMetadata().prepared();
  std::string result = name(r.run(&Starters::BackupComplete));
  return result + " " + r.seen();
}
std::string seenByAnother(Requester& r) {
  auto other = r.beside();
  r.release();
  return other.forBackup().withMetadata().seen();
}

// ---- Of components ----
constexpr const char16_t* kName = kSystemFiles.name;
std::string said(Requester& r, const std::function<HRESULT(const ComponentReader&)>& look) {
  ComponentReader reader(r);
  return name(look(reader));
}
std::string optionsSet(const Requester& r, Wstr text) {
  return name(r->SetRestoreOptions(r.writer.classId, kSystemFiles.type, nullptr, kName, text));
}
std::string named(const Requester& r) { return name(r->SetRestoreName(r.writer.classId, kSystemFiles.type, nullptr, kName, u"New")); }
std::string mapped(const Requester& r, Wstr path) {
  return name(r->AddAlternativeLocationMapping(r.writer.classId, kSystemFiles.type, nullptr, kName, path, u"*", true, u"D:"));
}
std::string withPart(const Requester& r, Wstr part, bool repair = false) {
  return name(r->AddRestoreSubcomponent(r.writer.classId, kSystemFiles.type, nullptr, kName, kName, part, repair));
}
constexpr const char16_t* kFiles = u"%SystemRoot%\\inf";  // of the default scenario's component
const std::string kParts = kWriter + R"("components": [{"name": "System Files"}, {"logicalPath": "System Files", "name": "Part"},
    {"logicalPath": "System Files", "name": "Fixed", "selectableForRestore": false}]}])";

const std::map<std::string, Probe>& probes() {
  static const std::map<std::string, Probe> all{
      {"argumentOrder", {"", [](Requester& r) { return name(r->GetWriterStatusCount(nullptr)); }}},
      {"nullPointerWithBadIndex", {"", [](Requester& r) { return nullPointers(r.forBackup().gathered(), 99, false, false); }}},
      {"nullResultFailure", {"", [](Requester& r) { return nullPointers(r.forBackup().gathered(), 0, true, false); }}},
      {"nullFailureWriter", {"", [](Requester& r) { return nullPointers(r.forBackup().gathered(), 0, true, true); }}},
      {"failedCallOutputs", {"", [](Requester& r) {
         UINT n = 77;
         r->GetWriterStatusCount(&n);
         return std::to_string(n);
       }}},
      {"reservedPointer", {"", [](Requester& r) {
         auto* async = r.forBackup().start();
         HRESULT result;
         INT reserved = 5;
         EXPECT_EQ(async->QueryStatus(&result, &reserved), S_OK);
         async->Release();
         return std::to_string(reserved);
       }}},
      {"isVolumeSupportedNull", {"", [](Requester& r) { return name(r.forBackup()->IsVolumeSupported(Guid(), u"C:\\", nullptr)); }}},
      {"nullSetting", {"", [](Requester& r) { return optionsSet(r.r2(), nullptr); }}},
      {"nullReservedOutput", {"", [](Requester& r) {
         MetadataReader metadata(r.b1(), 0);
         UINT files, components;
         return name(metadata->GetFileCounts(nullptr, &files, &components));
       }}},
      {"loadOfBadDocument", {"", [](Requester& r) {
         char16_t bad[] = u"<bad/>";
         return name(MetadataReader(r.b1(), 0)->LoadFromXML(bad));
       }}},
      {"nullMetadataDocument", {"", [](Requester& r) {
         IVssExamineWriterMetadata* none = nullptr;
         return name(createMetadata(r.service, nullptr, &none)) + name(MetadataReader(r.b1(), 0)->LoadFromXML(nullptr));
       }}},
      {"rollForwardUnset", {"", [](Requester& r) {
         char16_t* point = nullptr;
         VSS_ROLLFORWARD_TYPE type{};
         EXPECT_EQ(ComponentReader(r.r2())->GetRollForward(&type, &point), S_OK);
         return enumeratorName("VSS_ROLLFORWARD_TYPE", type);
       }}},
      {"excludeFromSnapshotPastEnd", {"", [](Requester& r) {
         IVssWMFiledesc* none = nullptr;
         return name(MetadataReader(r.b1(), 0)->GetExcludeFromSnapshotFile(0, &none));
       }}},
      {"dependencyWithoutPath", {kWriter + R"("components": [{"name": "C", "dependencies": [{"writerId": "00000000-0000-0000-0000-0000000000c1", "name": "D"}]}]}])",
                                 [](Requester& r) {
         MetadataReader metadata(r.b1(), 0);
         IVssWMComponent* component = nullptr;
         IVssWMDependency* dependency = nullptr;
         EXPECT_EQ(metadata->GetComponent(0, &component), S_OK);
         EXPECT_EQ(component->GetDependency(0, &dependency), S_OK);
         char16_t* path = nullptr;
         HRESULT hresult = dependency->GetLogicalPath(&path);
         EXPECT_EQ(path, nullptr);
         dependency->Release();
         component->Release();
         return name(hresult);
       }}},
      {"componentsInRestore", {"", [](Requester& r) {
         UINT n;
         return name(r.r1()->GetWriterComponentsCount(&n));
       }}},
      {"getComponentBeforePreRestore", {"", [](Requester& r) {
         IVssWriterComponentsExt* writer = nullptr;
         IVssComponent* component = nullptr;
         EXPECT_EQ(r.r1()->GetWriterComponents(0, &writer), S_OK);
         HRESULT hresult = writer->GetComponent(0, &component);
         if (component) component->Release();
         writer->Release();
         return name(hresult);
       }}},
      {"additionalRestoresUnset", {"", [](Requester& r) { return said(r.r2(), [](auto& c) { bool yes = true; HRESULT h = c->GetAdditionalRestores(&yes); EXPECT_FALSE(yes); return h; }); }}},
      {"restoreNameUnset", {"", [](Requester& r) { return said(r.r2(), [](auto& c) { char16_t* text; return c->GetRestoreName(&text); }); }}},
      {"restoreGettersInBackup", {"", [](Requester& r) { return said(r.b2(), [](auto& c) { VSS_RESTORE_TARGET target; return c->GetRestoreTarget(&target); }); }}},
      {"failureInRestore", {"", [](Requester& r) { return said(r.r2(), [](auto& c) {
         HRESULT failure, application;
         char16_t* text;
         DWORD reserved;
         return c->GetFailure(&failure, &application, &text, &reserved);
       }); }}},
      {"restoreOptionsTwice", {"", [](Requester& r) {
         EXPECT_EQ(optionsSet(r.r2(), u"1"), "S_OK");
         return optionsSet(r, u"2");
       }}},
      {"additionalRestoresAfterPreRestore", {"", [](Requester& r) {
         return name(r.r3()->SetAdditionalRestores(r.writer.classId, kSystemFiles.type, nullptr, kName, true));
       }}},
      {"restoreSettingsAfterPreRestore", {"", [](Requester& r) { return named(r.r3()); }}},
      {"unsupportedBySchema", {"", [](Requester& r) { return named(r.r2()); }}},
      {"mappingBeforePreRestore", {"", [](Requester& r) { return mapped(r.r2(), kFiles); }}},
      {"mappingWithoutFileSet", {"", [](Requester& r) { return mapped(r.r3(), u"X:"); }}},
      {"subcomponentOfUnselected", {kParts, [](Requester& r) { return withPart(r.r1(), u"Part"); }}},
      {"unselectableSubcomponent", {kParts, [](Requester& r) { return withPart(r.r2(), u"Fixed"); }}},
      {"subcomponentRepair", {kParts, [](Requester& r) { return withPart(r.r2(), u"Part", true); }}},
      {"rangesFilePastEnd", {"", [](Requester& r) {
         return name(r.r3()->SetRangesFilePath(r.writer.classId, kSystemFiles.type, nullptr, kName, 0, u"F"));
       }}},
      {"lateWriterSelection", {"", [](Requester& r) { return name(r.forBackup().withMetadata()->EnableWriterClasses(&kSystemFiles.writerClassId, 1)); }}},
      {"emptyWriterSelection", {"", [](Requester& r) { return name(r.forBackup()->EnableWriterClasses(nullptr, 0)); }}},
      {"nullSessionId", {"", [](Requester& r) { return name(r->GetSessionId(nullptr)); }}},
      {"statusInRestore", {"", [](Requester& r) { return tried(r.forRestore().withMetadata()); }}},
      {"gatherBeforeMetadata", {"", [](Requester& r) { return tried(r.forBackup()); }}},
      {"gatherBeforeMetadataInRestore", {"", [](Requester& r) { return tried(r.forRestore()); }}},
      {"writersWithoutMetadata", {"", [](Requester& r) { return std::to_string(r.forBackup().gathered().writers()); }}},
      {"gatherDuringMetadata", {"", [](Requester& r) {
         auto* async = r.forBackup().start(&Starters::GatherWriterMetadata);
         auto answer = tried(r);
         async->Release();
         return answer;
       }}},
      {"gatherAfterFreeMetadata", {"", [](Requester& r) {
         r.forBackup().withMetadata()->FreeWriterMetadata();
         return tried(r);
       }}},
      {"gatherWhilePending", {"", [](Requester& r) {
         auto* async = r.forBackup().start();
         auto answer = tried(r);
         async->Release();
         return answer;
       }}},
      {"gatherWithoutWriters", {"", [](Requester& r) {
         EXPECT_EQ(r.forBackup()->SetContext(VSS_CTX_FILE_SHARE_BACKUP), S_OK);
         return tried(r);
       }}},
      {"recordAfterCancelledGather", {"", [](Requester& r) {
         auto* async = r.forBackup().gathered().start();
         EXPECT_EQ(async->Cancel(), S_OK);
         async->Release();
         return name(r.count());
       }}},
      {"recordAfterFailedGather", {operation("gatherWriterStatus", R"({"result": "VSS_E_WRITER_INFRASTRUCTURE", "onCall": 2})"),
                                   [](Requester& r) {
         EXPECT_EQ(r.forBackup().gathered().run(&Starters::GatherWriterStatus), VSS_E_WRITER_INFRASTRUCTURE);
         return name(r.count());
       }}},
      {"recordAfterEvent", {"", [](Requester& r) {
         r.forBackup().gathered().prepared();
         return name(r.count());
       }, kSetNotNeeded}},
      {"freeBeforeGather", {"", [](Requester& r) { return name(r.forBackup()->FreeWriterStatus()); }}},
      {"freeTwice", {"", [](Requester& r) {
         r.forBackup().gathered()->FreeWriterStatus();
         return name(r->FreeWriterStatus());
       }}},
      {"freeWhilePending", {"", [](Requester& r) {
         auto* async = r.forBackup().start();
         auto answer = name(r->FreeWriterStatus());
         async->Release();
         return answer;
       }}},
      {"freeMetadataTooEarly", {"", [](Requester& r) { return name(r.forBackup()->FreeWriterMetadata()); }}},
      {"statusOrder", {"", [](Requester& r) { return toUtf8(r.forBackup().gathered().status(0).name.value_or(u"")); }}},
      {"notRespondingState", {writer(R"("responds": false)"), [](Requester& r) { return r.forBackup().seen(); }}},
      {"statusNotAvailableState", {R"("limits": {"writerSessions": 0})", newState, kSetNotNeeded}},
      {"partialFailureInGetWriterStatus", {writer(R"("failure": "VSS_E_WRITERERROR_PARTIAL_FAILURE")"),
                                           [](Requester& r) { return r.forBackup().seen(); }}},
      {"partialFailureInGetWriterStatusEx", {writer(R"("failure": "VSS_E_WRITERERROR_PARTIAL_FAILURE")"),
                                             [](Requester& r) { return name(r.forBackup().gathered().statusEx(0).hresult); }}},
      {"recoveryFailed", {writer(R"("failure": "VSS_E_WRITERERROR_RECOVERY_FAILED")"), [](Requester& r) { return r.forBackup().seen(); }}},
      {"applicationMessageWithoutFailure", {"", [](Requester& r) {
         return std::string(r.forBackup().gathered().statusEx(0).message ? "empty" : "null");
       }}},
      {"unexpectedInGetWriterStatusEx", {R"("calls": [{"method": "GetWriterStatusEx", "result": "VSS_E_UNEXPECTED"}])",
                                         [](Requester& r) { return name(r.forBackup().gathered().statusEx(0).hresult); }}},
      {"waitTimedOut", {kSlowGather, [](Requester& r) {
         auto* async = r.forBackup().start();
         HRESULT hresult = async->Wait(5);
         async->Release();
         return name(hresult);
       }}},
      {"waitOnFailed", {kFailingGather, [](Requester& r) {
         auto* async = r.forBackup().start();
         HRESULT hresult = async->Wait(kInfinite);
         async->Release();
         return name(hresult);
       }}},
      {"waitOnCancelled", {"", [](Requester& r) {
         auto* async = r.forBackup().start();
         async->Cancel();
         HRESULT hresult = async->Wait(kInfinite);
         async->Release();
         return name(hresult);
       }}},
      {"queryStatusOfFailed", {kFailingGather, [](Requester& r) {
         auto* async = r.forBackup().start();
         async->Wait(kInfinite);
         HRESULT result = 0, hresult = async->QueryStatus(&result, nullptr);
         EXPECT_EQ(result, VSS_E_WRITER_INFRASTRUCTURE);
         async->Release();
         return name(hresult);
       }}},
      {"releaseOfPending", {"", [](Requester& r) {
         r.forBackup().start()->Release();
         return name(r.count());
       }}},
      {"releaseOfParent", {"", [](Requester& r) {
         auto* async = r.forBackup().start();
         r.release();
         return name(Requester::end(async));
       }}},
      {"initializeForRestoreNull", {"", [](Requester& r) { return name(r->InitializeForRestore(nullptr)); }}},
      {"setBackupStateInRestore", {"", [](Requester& r) { return name(r.forRestore()->SetBackupState(true, false, VSS_BT_FULL, false)); }}},
      {"setBackupStateTwice", {"", [](Requester& r) {
         r.forBackup()->SetBackupState(true, false, VSS_BT_FULL, false);
         return name(r->SetBackupState(false, false, VSS_BT_COPY, false));
       }}},
      {"setContextBeforeInitialize", {"", [](Requester& r) { return name(r->SetContext(VSS_CTX_BACKUP)); }}},
      {"badContext", {"", [](Requester& r) { return name(r.forBackup()->SetContext(0x4711)); }}},
      {"persistentContextOnClient", {R"("os": "windows10")", [](Requester& r) {
         HRESULT context = r.forBackup()->SetContext(VSS_CTX_APP_ROLLBACK);
         VSS_ID id;
         return name(context) + " " + name(r->StartSnapshotSet(&id));
       }}},
      {"sessionIdBeforeInitialize", {"", [](Requester& r) {
         VSS_ID id;
         return name(r->GetSessionId(&id));
       }}},
      {"unknownComponent", {"", [](Requester& r) { return name(r.b1().add(u"Nothing")); }}},
      {"addComponentAfterStart", {"", [](Requester& r) {
         r.b1().startSet();
         return name(r.add());
       }}},
      {"startTwice", {"", [](Requester& r) {
         r.b1().startSet();
         return name(r.startSetAgain());
       }}},
      {"startInContextAll", {"", [](Requester& r) {
         EXPECT_EQ(r.forBackup()->SetContext(VSS_CTX_ALL), S_OK);
         return name(r.startSetAgain());
       }}},
      {"volumeWithoutBackslash", {"", [](Requester& r) {
         r.b1().startSet();
         return name(r.addToSet(u"C:"));
       }}},
      {"snapshotWithoutPrepare", {"", [](Requester& r) { return tried(r.b2(), &Starters::DoSnapshotSet); }}},
      {"emptySet", {"", [](Requester& r) {
         r.b1().startSet();
         EXPECT_EQ(r.run(&Starters::PrepareForBackup), VSS_S_ASYNC_FINISHED);
         return tried(r, &Starters::DoSnapshotSet);
       }}},
      {"snapshotAfterVeto", {writer(failsAt("freeze")), [](Requester& r) {
         HRESULT result = r.b3(false).run(&Starters::DoSnapshotSet);
         return name(result) + " " + name(r.exists(r.copyId));
       }}},
      {"deleteBeforeInitialize", {"", [](Requester& r) {
         LONG count;
         VSS_ID left;
         return name(r->DeleteSnapshots(Guid(), VSS_OBJECT_SNAPSHOT, false, &count, &left));
       }}},
      {"queriesInRestore", {"", [](Requester& r) { return name(r.forRestore().exists(Guid())); }}},
      {"writerSelectionInRestore", {"", [](Requester& r) { return name(r.forRestore()->EnableWriterClasses(&kSystemFiles.writerClassId, 1)); }}},
      {"saveBeforePrepare", {"", [](Requester& r) { return savedBy(r.b2()); }}},
      {"restoreTypeUndefined", {"", [](Requester& r) { return name(r.forRestore()->SetRestoreState(VSS_RTYPE_UNDEFINED)); }}},
      {"restoreAfterVeto", {kWriter + systemFiles(R"("failsAt": [{"event": "preRestore"}])") + "}]",
                            [](Requester& r) { return name(r.r2().run(&Starters::PreRestore)); }}},
      {"saveInRestore", {"", [](Requester& r) { return savedBy(r.r1()); }}},
      {"prepareWithoutSet", {"", [](Requester& r) {
         r.forBackup()->SetBackupState(false, false, VSS_BT_FULL, false);
         return tried(r, &Starters::PrepareForBackup);
       }}},
      {"completeWithoutSet", {"", [](Requester& r) { return tried(r.forBackup().prepared(), &Starters::BackupComplete); },
                              R"("prepareWithoutSet": "ok")"}},
      {"prepareAfterVeto", {writer(failsAt("prepareBackup")), [](Requester& r) {
         r.forBackup()->SetBackupState(false, false, VSS_BT_FULL, false);
         return name(r.run(&Starters::PrepareForBackup));
       }, kSetNotNeeded}},
      {"completeAfterVeto", {writer(failsAt("backupComplete")), completedState, kSetNotNeeded}},
      {"completeFailure", {writer(failsAt("backupComplete")), completedState, kSetNotNeeded}},
      {"abortInRestore", {"", [](Requester& r) { return name(r.forRestore()->AbortBackup()); }}},
      {"sessionClosedBy", {R"("limits": {"writerSessions": 1})", [](Requester& r) {
         r.forBackup().withMetadata().prepared();
         r.run(&Starters::BackupComplete);
         auto other = r.beside();
         return newState(other);
       }, kSetNotNeeded}},
      {"nonfatalState", {writer(failsAt("prepareBackup", R"("fatal": false)")), newState, kSetNotNeeded}},
      {"failedStateClearedBy", {R"("writers": [{"name": "Failed", "classId": "00000000-0000-0000-0000-0000000000c1", "state": 9},
                                               {"name": "Warns", "classId": "00000000-0000-0000-0000-0000000000c2",
                                                "failsAt": [{"event": "postSnapshot", "fatal": false}]}])", [](Requester& r) {
         std::string prepared = r.b3(false).seen();
         for (auto starter : {&Starters::DoSnapshotSet, &Starters::BackupComplete}) EXPECT_EQ(r.run(starter), VSS_S_ASYNC_FINISHED);
         return prepared + ", then " + r.seen(1);
       }}},
      {"leftOutWriterState", {writer(R"("state": 5)"), [](Requester& r) { return r.forBackup().withMetadata().prepared(true).seen(); }, kSetNotNeeded}},
      {"stateAfterAbort", {writer(failsAt("prepareBackup")), [](Requester& r) {
         r.forBackup().withMetadata().prepared()->AbortBackup();
         return r.seen();
       }, kSetNotNeeded}},
      {"shutdownAfterAbort", {writer(failsAt("backupShutdown")), [](Requester& r) {
         r.forBackup().withMetadata().prepared()->AbortBackup();
         return seenByAnother(r);
       }, kSetNotNeeded}},
  };
  return all;
}

TEST(Choices, EachIsReadAndEachOfItsValuesChangesAnAnswer) {
  for (const auto& row : choiceTable()) {
    auto probe = probes().find(std::string(row.name));
    ASSERT_NE(probe, probes().end()) << row.name << " has no probe";
    std::map<std::string, std::string_view> seen;
    for (auto value : row.values) {
      std::string scenario = R"({"choices": {")" + std::string(row.name) + R"(": ")" + std::string(value) + "\"" +
                             (probe->second.choices.empty() ? "" : ", " + probe->second.choices) + "}" +
                             (probe->second.more.empty() ? "" : ", " + probe->second.more) + "}";
      Requester requester(scenario);
      std::string answer = probe->second.look(requester);
      EXPECT_TRUE(seen.emplace(answer, value).second)
          << row.name << ": " << value << " and " << seen[answer] << " both give " << answer;
    }
  }
  EXPECT_EQ(probes().size(), choiceTable().size());
}

}  // namespace
}  // namespace vss::model
