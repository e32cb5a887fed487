// What the model does not have yet answers E_NOTIMPL in every state, and never S_OK: every slot of the newest vtable, called through
// the description's own table with arguments made from it.
#include <set>

#include "testing_arguments.h"

namespace vss::model {
namespace {

const std::set<std::string_view> kModelled{
    "QueryInterface", "AddRef", "Release", "InitializeForBackup", "SetBackupState", "InitializeForRestore", "GatherWriterMetadata",
    "GetWriterMetadataCount", "FreeWriterMetadata", "PrepareForBackup", "AbortBackup", "GatherWriterStatus", "GetWriterStatusCount",
    "FreeWriterStatus", "GetWriterStatus", "BackupComplete", "SetContext", "GetWriterStatusEx", "GetSessionId", "AddComponent",
    "StartSnapshotSet", "AddToSnapshotSet", "IsVolumeSupported", "DoSnapshotSet", "GetSnapshotProperties", "DeleteSnapshots",
    "SetBackupSucceeded", "DisableWriterClasses", "EnableWriterClasses", "DisableWriterInstances", "SaveAsXML", "SetRestoreState",
    "SetSelectedForRestore", "SetSelectedForRestoreEx", "PreRestore", "SetFileRestoreStatus", "PostRestore", "GetWriterComponentsCount",
    "GetWriterComponents", "GetWriterMetadata", "GetWriterMetadataEx", "SetBackupOptions", "SetRestoreOptions", "SetAdditionalRestores",
    "SetPreviousBackupStamp", "AddAlternativeLocationMapping", "AddRestoreSubcomponent", "AddNewTarget", "SetRangesFilePath",
    "SetAuthoritativeRestore", "SetRollForward", "SetRestoreName", "Query", "ImportSnapshots", "BreakSnapshotSet", "BreakSnapshotSetEx",
    "ExposeSnapshot", "UnexposeSnapshot", "RevertToSnapshot", "QueryRevertStatus", "AddSnapshotToRecoverySet", "RecoverSet",
    "GetRootAndLogicalPrefixPaths"};

std::vector<const MethodInfo*> notModelled() {
  std::vector<const MethodInfo*> list;
  for (const MethodInfo* method : interfaceOf<IVssBackupComponentsEx4>().methods)
    if (!kModelled.contains(method->name)) list.push_back(method);
  return list;
}

TEST(NotModelled, IsEverySlotOfTheVtableButTwo) {
  EXPECT_EQ(interfaceOf<IVssBackupComponentsEx4>().methods.size(), 65u);
  EXPECT_EQ(notModelled().size(), 2u);
}
TEST(NotModelled, AnswersNotImplementedAndZeroesInEveryState) {
  for (int state : {0, 1, 2, 3}) {
    Requester r("{" + withoutSet() + "}");
    if (state == 1) r.forBackup().withMetadata().gathered();
    if (state == 2) r.forBackup().withMetadata().prepared();
    if (state == 3) r.forRestore().withMetadata();
    for (const MethodInfo* method : notModelled()) {
      Arguments given(*method, false);
      EXPECT_EQ(method->invoke(r.vss, given.args.data()), E_NOTIMPL) << method->name << " in state " << state;
      given.expectOutputs(0);
    }
  }
}
TEST(NotModelled, TouchesNothingWhereTheScenarioSaysSo) {
  Requester r(choosing("failedCallOutputs", "untouched"));
  for (const MethodInfo* method : notModelled()) {
    Arguments given(*method, false);
    EXPECT_EQ(method->invoke(r.vss, given.args.data()), E_NOTIMPL) << method->name;
    given.expectOutputs(Arguments::kOld);
  }
}
TEST(NotModelled, TakesNullPointers) {
  Requester r;
  for (const MethodInfo* method : notModelled()) {
    Arguments given(*method, true);
    EXPECT_EQ(method->invoke(r.vss, given.args.data()), E_NOTIMPL) << method->name;
  }
}
// The other way round: what the list above calls modelled is.
TEST(Modelled, NeverAnswersNotImplemented) {
  for (const MethodInfo* method : interfaceOf<IVssBackupComponentsEx4>().methods) {
    if (!kModelled.contains(method->name) || method->interface_ == "IUnknown") continue;
    Requester r;
    Arguments given(*method, false);
    EXPECT_NE(method->invoke(r.vss, given.args.data()), E_NOTIMPL) << method->name;
  }
}
// And every row of methods.def is a method of the description, or an exported function. Those of the objects that other methods hand out are named
// with their interface.
TEST(Modelled, AreExactlyTheMethodsOfWhichAScenarioCanSpeak) {
  std::set<std::string_view> names{"QueryInterface", "AddRef", "Release"}, ofObjects;
  for (int i = 0; i <= static_cast<int>(Method::queryStatus); ++i) {
    std::string_view name = rowOf(static_cast<Method>(i)).name;
    bool ofAnother = methodNamed("IVssAsync", name) || methodNamed("", name);
    if (name.find("::") != name.npos) EXPECT_TRUE(ofObjects.insert(name).second) << name;
    else if (!ofAnother) names.insert(name);
  }
  EXPECT_EQ(names, kModelled);
  EXPECT_EQ(ofObjects.size(), 68u);
}
// Of the objects every method is in methods.def, but what pages keep for writers (VSS_E_BAD_STATE) or for the system (E_NOTIMPL).
TEST(Modelled, IsEveryMethodOfTheObjectsThatARequesterMayCall) {
  std::set<std::string> rows;
  for (int i = 0; i <= static_cast<int>(Method::queryStatus); ++i) rows.emplace(rowOf(static_cast<Method>(i)).name);
  int others = 0;
  for (const InterfaceInfo* object : {&interfaceOf<IVssExamineWriterMetadataEx2>(), &interfaceOf<IVssWMComponent>(), &interfaceOf<IVssWMFiledesc>(),
                                      &interfaceOf<IVssWMDependency>(), &interfaceOf<IVssWriterComponents>(), &interfaceOf<IVssComponentEx2>()})
    for (const MethodInfo* method : object->methods) {
      const std::string name = std::string(method->interface_) + "::" + std::string(method->name);
      bool forWriters = name.starts_with("IVssComponent") && (method->name.starts_with("Set") || method->name.starts_with("Add"));
      bool reserved = method->name == "GetIncludeFile" || method->name == "GetDocument";
      if (method->isUnknown()) continue;
      EXPECT_EQ(rows.count(name), forWriters || reserved ? 0u : 1u) << name;
      others += forWriters || reserved;
    }
  EXPECT_EQ(others, 15);
}

}  // namespace
}  // namespace vss::model
