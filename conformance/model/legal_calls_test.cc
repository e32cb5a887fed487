// One table of states and legal calls, to be held against the documentation: legal_calls.tsv says what every method of
// IVssBackupComponents … Ex4 answers in each state of the rule catalogue, called with valid arguments under the default choices.
// BLESS=1 writes it anew; the commit says why a cell changed.
#include <array>
#include <cstring>
#include <map>

#include "testing.h"
#include "traces/vss/golden_file.h"

namespace vss::model {
namespace {

constexpr const char* kTable = "conformance/model/legal_calls.tsv";

// The states: U, @B0 … @B5, @R0 … @R4.
const std::pair<const char*, void (*)(Requester&)> kStates[] = {
    {"U", [](Requester&) {}},
    {"@B0", [](Requester& r) { r.forBackup(); }},
    {"@B1", [](Requester& r) { r.b1(); }},
    {"@B2", [](Requester& r) { r.b2(); }},
    {"@B3", [](Requester& r) { r.b3(); }},
    {"@B4", [](Requester& r) { r.b4(); }},
    {"@B5", [](Requester& r) { r.b5(); }},
    {"@R0", [](Requester& r) { r.r0(); }},
    {"@R1", [](Requester& r) { r.r1(); }},
    {"@R2", [](Requester& r) { r.r2(); }},
    {"@R3", [](Requester& r) { r.r3(); }},
    {"@R4", [](Requester& r) { r.r4(); }},
};

// A method called on a requester with arguments that are valid, made from the description: by the parameter's name, else 0 or NULL.
class ValidCall {
 public:
  ValidCall(const MethodInfo& method, const Requester& r, const Requester& other) : method(method) {
    const Guid none;
    put("instanceId", method.name == "SetSelectedForRestoreEx" ? none : r.writer.instanceId);
    put("writerId", r.writer.classId);
    put("ct", kSystemFiles.type);
    put("componentType", kSystemFiles.type);
    put("wszComponentName", kSystemFiles.name);
    put("wszSubComponentName", u"Part");
    put("wszPath", u"C:\\folder");
    put("wszFilespec", u"*.*");
    put("wszFileName", u"file");
    put("wszDestination", u"C:\\other");
    put("wszAlternatePath", u"C:\\other");
    put("wszBackupOptions", u"options");
    put("wszRestoreOptions", u"options");
    put("wszPreviousBackupStamp", u"stamp");
    put("wszRangesFile", u"C:\\ranges");
    put("wszRestoreName", u"name");
    put("wszRollForwardPoint", u"2026");
    put("rollType", VSS_RF_ALL);
    put("backupType", VSS_BT_FULL);
    put("restoreType", VSS_RTYPE_BY_COPY);
    put("status", VSS_RS_ALL);
    put("lContext", LONG(VSS_CTX_BACKUP));
    put("pwszVolumeName", u"D:\\");  // C: is in the set of @B2 already
    put("pwszVolume", u"C:\\");
    put("pwszFilePath", u"C:\\folder");
    put("lAttributes", LONG(VSS_VOLSNAP_ATTR_EXPOSED_REMOTELY));
    for (const char* name : {"SnapshotId", "snapshotId", "SourceObjectId"}) put(name, other.copyId);
    for (const char* name : {"SnapshotSetId", "SnapshotSetID"}) put(name, other.setId);
    put("eSourceObjectType", VSS_OBJECT_SNAPSHOT);
    put("eQueriedObjectType", VSS_OBJECT_NONE);
    put("eReturnedObjectsType", VSS_OBJECT_SNAPSHOT);
    for (const char* name : {"rgWriterClassId", "rgWriterInstanceId"}) put(name, &unknownWriter);
    for (const char* name : {"cClassId", "cInstanceId"}) put(name, UINT(1));
    put("bSelectComponents", true);
    put("bSelectedForRestore", true);
    put("bSucceded", true);
    put("bstrXML", document.data());
    for (std::size_t i = 0; i < method.params.size(); ++i) {
      places[i] = outputs[i].data();
      auto known = given.find(method.params[i].name);
      if (!method.params[i].isInput()) args[i] = &places[i];
      else args[i] = known == given.end() ? inputs[i].data() : known->second.data();
    }
  }
  HRESULT on(IVssBackupComponentsEx4* vss) {
    HRESULT hresult = method.invoke(vss, args.data());
    if (succeeded(hresult))
      for (std::size_t i = 0; i < method.params.size(); ++i)
        if (!method.params[i].isInput()) giveBack(method.params[i], outputs[i].data());
    return hresult;
  }

 private:
  struct alignas(16) Room : std::array<unsigned char, 256> {};
  template <class T> void put(const char* name, const T& value) { std::memcpy(given[name].data(), &value, sizeof value); }
  template <std::size_t N> void put(const char* name, const char16_t (&text)[N]) { put<const char16_t*>(name, text); }

  static void giveBack(const ParamInfo& param, void* at) {
    void* value = load<void*>(at);
    if (param.kind == Kind::object && value && param.type == "IVssWriterComponentsExt") static_cast<IVssWriterComponentsExt*>(value)->Release();
    else if (param.kind == Kind::object && value) static_cast<IUnknown*>(value)->Release();
    if (param.kind == Kind::bstr) sysFreeString(static_cast<char16_t*>(value));
    if (param.kind == Kind::coString) coTaskMemFree(value);
    if (param.kind == Kind::structure) freeSnapshotProperties(static_cast<VSS_SNAPSHOT_PROP*>(at), &coTaskMemFree);
  }
  const MethodInfo& method;
  const Guid unknownWriter{0xD15AB1ED, 0, 0, {}};
  std::u16string document = u"<BACKUP_COMPONENTS/>";
  std::map<std::string_view, Room> given;
  std::array<Room, 12> inputs{}, outputs{};
  std::array<void*, 12> places{};
  std::array<void*, 13> args{};
};

// Beside the requester stands another one with a shadow copy, so that the ids that are asked for exist in every state. A restore sees
// persistent ones too, which alone can be exposed and reverted; to a backup in the default context they are not there.
HRESULT answerIn(const MethodInfo& method, std::string_view state, void (*reach)(Requester&)) {
  Requester other(R"({"volumes": [{"path": "C:\\"}, {"path": "D:\\"}]})"), r = other.beside();
  bool persistent = method.name == "UnexposeSnapshot" || method.name == "ExposeSnapshot" || method.name == "RevertToSnapshot";
  if (persistent && state.starts_with("@R")) other.madeIn(VSS_CTX_APP_ROLLBACK);
  else other.b4();
  if (persistent && method.name == "UnexposeSnapshot") other.expose(other.copyId, u"Share", VSS_VOLSNAP_ATTR_EXPOSED_REMOTELY);
  reach(r);
  return ValidCall(method, r, other).on(r.vss);
}

std::string legalCalls() {
  std::string text = "method";
  for (auto [name, reach] : kStates) text += std::string("\t") + name;
  text += "\n";
  for (const MethodInfo* method : interfaceOf<IVssBackupComponentsEx4>().methods) {
    if (method->interface_ == "IUnknown") continue;
    text += method->name;
    for (auto [name, reach] : kStates) text += "\t" + nameOf(answerIn(*method, name, reach));
    text += "\n";
  }
  return text;
}

TEST(LegalCalls, AreThoseOfTheTable) {
  EXPECT_TRUE(test::isGolden(kTable, legalCalls())) << "hold the difference against the documentation";
}

}  // namespace
}  // namespace vss::model
