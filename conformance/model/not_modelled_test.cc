// What the model does not have yet answers E_NOTIMPL in every state, and never S_OK: every slot of the newest vtable, called through
// the description's own table with arguments made from it.
#include <array>
#include <cstring>
#include <set>

#include "testing.h"

namespace vss::model {
namespace {

const std::set<std::string_view> kModelled{
    "QueryInterface", "AddRef", "Release", "InitializeForBackup", "SetBackupState", "InitializeForRestore", "GatherWriterMetadata",
    "GetWriterMetadataCount", "FreeWriterMetadata", "PrepareForBackup", "AbortBackup", "GatherWriterStatus", "GetWriterStatusCount",
    "FreeWriterStatus", "GetWriterStatus", "BackupComplete", "SetContext", "GetWriterStatusEx", "GetSessionId", "AddComponent",
    "StartSnapshotSet", "AddToSnapshotSet", "IsVolumeSupported", "DoSnapshotSet", "GetSnapshotProperties", "DeleteSnapshots",
    "SetBackupSucceeded", "DisableWriterClasses", "EnableWriterClasses", "DisableWriterInstances", "SaveAsXML", "SetRestoreState",
    "SetSelectedForRestore", "SetSelectedForRestoreEx", "PreRestore", "SetFileRestoreStatus", "PostRestore", "Query", "ImportSnapshots",
    "BreakSnapshotSet", "BreakSnapshotSetEx", "ExposeSnapshot", "UnexposeSnapshot", "RevertToSnapshot", "QueryRevertStatus",
    "AddSnapshotToRecoverySet", "RecoverSet", "GetRootAndLogicalPrefixPaths"};

// Arguments for one call: every input zero, every output either NULL or a place filled with 0xAA.
struct Arguments {
  static constexpr unsigned char kOld = 0xAA;
  std::array<std::array<unsigned char, 256>, 12> inputs{}, outputs;
  std::array<void*, 12> pointers{};
  std::array<void*, 13> args{};
  const MethodInfo& method;

  explicit Arguments(const MethodInfo& method, bool nullOutputs) : method(method) {
    for (auto& output : outputs) output.fill(kOld);
    for (std::size_t i = 0; i < method.params.size(); ++i) {
      pointers[i] = nullOutputs ? nullptr : outputs[i].data();
      args[i] = method.params[i].isInput() ? static_cast<void*>(inputs[i].data()) : &pointers[i];
    }
  }
  // Every output is as `expected` says, and nothing behind it was written.
  void expectOutputs(unsigned char expected) const {
    for (std::size_t i = 0; i < method.params.size(); ++i)
      for (std::size_t k = 0; k < outputs[i].size(); ++k) {
        bool inside = !method.params[i].isInput() && k < method.params[i].size;
        if (inside && isPadding(method.params[i], k)) continue;
        ASSERT_EQ(outputs[i][k], inside ? expected : kOld) << method.name << "." << method.params[i].name << " byte " << k;
      }
  }
  // Of a structure only the first four bytes of each field are looked at; no field is smaller.
  static bool isPadding(const ParamInfo& param, std::size_t byte) {
    if (param.kind != Kind::structure) return false;
    for (const FieldInfo& field : param.fields)
      if (byte >= field.offset && byte < field.offset + 4) return false;
    return true;
  }
};

std::vector<const MethodInfo*> notModelled() {
  std::vector<const MethodInfo*> list;
  for (const MethodInfo* method : interfaceOf<IVssBackupComponentsEx4>().methods)
    if (!kModelled.contains(method->name)) list.push_back(method);
  return list;
}

TEST(NotModelled, IsEverySlotOfTheVtableButFortyEight) {
  EXPECT_EQ(interfaceOf<IVssBackupComponentsEx4>().methods.size(), 65u);
  EXPECT_EQ(notModelled().size(), 65u - 48u);
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
// And every other row of methods.def is an exported function, or a method of what the object hands out.
TEST(Modelled, AreExactlyTheMethodsOfWhichAScenarioCanSpeak) {
  std::set<std::string_view> names{"QueryInterface", "AddRef", "Release"};
  for (int i = 0; i <= static_cast<int>(Method::queryStatus); ++i) {
    std::string_view name = rowOf(static_cast<Method>(i)).name;
    bool ofAnother = methodNamed("IVssAsync", name) || methodNamed("IVssEnumObject", name) || methodNamed("", name);
    if (!ofAnother) names.insert(name);
  }
  EXPECT_EQ(names, kModelled);
}

}  // namespace
}  // namespace vss::model
