#include "conformance/explore/random_calls.h"

#include <algorithm>
#include <vector>

#include "traces/vss/api.h"

namespace vss::conformance {
namespace {

// The ways that a requester goes, step by step.
constexpr std::string_view kBackup[] = {"InitializeForBackup(NULL)", "SetBackupState", "GatherWriterMetadata*", "AddComponent", "StartSnapshotSet", "AddToSnapshotSet", "PrepareForBackup*",
                                        "GatherWriterStatus*", "DoSnapshotSet*", "GatherWriterStatus*", "GetWriterStatusCount", "GetWriterStatusEx(i)", "GetSnapshotProperties", "SetBackupSucceeded",
                                        "BackupComplete*", "GatherWriterStatus*", "SaveAsXML"};
constexpr std::string_view kRestore[] = {"InitializeForRestore(document)", "GatherWriterMetadata*", "SetSelectedForRestore", "PreRestore*", "GatherWriterStatus*", "SetFileRestoreStatus",
                                         "PostRestore*", "GatherWriterStatus*"};
constexpr std::string_view kRevert[] = {"InitializeForBackup(NULL)", "SetContext(VSS_CTX_APP_ROLLBACK)", "SetBackupState", "GatherWriterMetadata*", "AddComponent", "StartSnapshotSet",
                                        "AddToSnapshotSet", "PrepareForBackup*", "DoSnapshotSet*", "RevertToSnapshot", "QueryRevertStatus", "a.Cancel", "a.QueryStatus", "RevertToSnapshot",
                                        "ExposeSnapshot(&id, NULL, VSS_VOLSNAP_ATTR_EXPOSED_LOCALLY, \"X:\", &name)"};
constexpr std::string_view kTransport[] = {"InitializeForBackup(NULL)", "SetContext(VSS_CTX_BACKUP + VSS_VOLSNAP_ATTR_TRANSPORTABLE)", "SetBackupState", "GatherWriterMetadata*", "AddComponent",
                                           "StartSnapshotSet", "AddToSnapshotSet", "PrepareForBackup*", "DoSnapshotSet*", "SaveAsXML", "other.InitializeForBackup(document)", "other.ImportSnapshots*"};
constexpr std::string_view kInventory[] = {"InitializeForBackup(NULL)", "GatherWriterMetadata*", "GatherWriterStatus*", "GetWriterStatusCount", "GetWriterStatusEx(i)",
                                           "GetWriterMetadata(0, &instance, &writer)", "writer.GetRestoreMethod", "writer.SaveAsXML(&saved)", "CreateVssExamineWriterMetadata(saved, &reread)",
                                           "reread.GetIdentity"};
constexpr std::string_view kWithoutOne[] = {"InitializeForBackup(NULL)", "DisableWriterInstances", "GatherWriterMetadata*", "GetWriterMetadataCount", "GatherWriterStatus*", "GetWriterStatusCount"};

// What is given: mostly writers with something of everything, and in some sequences what makes others of the API's answers come.
#define FULL "writer with full metadata alone, writer beside it, component of that writer, operations that end after "
constexpr std::string_view kSomeGiven[] = {
    FULL "1 polls", FULL "1 polls", FULL "1 polls", FULL "3 polls", FULL "3 polls, DoSnapshotSet ends in VSS_E_PROVIDER_VETO", FULL "1 polls, GatherWriterStatus ends in E_OUTOFMEMORY",
    FULL "1 polls, PrepareForBackup ends in E_OUTOFMEMORY", FULL "1 polls, GatherWriterStatus takes long", FULL "1 polls, os server2003", FULL "1 polls, os windowsXp",
    FULL "1 polls, os server2022, hardware provider", FULL "1 polls, writer ends after identify", FULL "1 polls, no session slots", "no writers, operations that end after 1 polls",
    "healthy writers, operations that end after 1 polls",
    "writer in state VSS_WS_STABLE with VSS_E_WRITERERROR_PARTIAL_FAILURE, component of that writer, operations that end after 1 polls",
    "writer reports VSS_E_WRITERERROR_NONRETRYABLE at prepareBackup with application failure 0x80070020 and message \"disk is full\", component of that writer, operations that end after 1 polls"};

struct Way {
  std::span<const std::string_view> steps;
  std::string_view given;   // without it little of the way would work; empty: any
};
constexpr Way kWays[] = {{kBackup, {}}, {kBackup, {}}, {kBackup, {}}, {kRestore, {}}, {kRestore, {}}, {kInventory, {}}, {kWithoutOne, {}},
                         {kRevert, FULL "1 polls, os server2022, QueryRevertStatus takes long"},
                         {kTransport, FULL "1 polls, os server2022, hardware provider"}};
#undef FULL

constexpr std::string_view kSomeIds[] = {"GUID_NULL", "VSS_SWPRV_ProviderId", "fixture", "second", "nobody"};
constexpr std::string_view kSomeTexts[] = {"\"\"", "\"C:\\\"", "\"X:\\\"", "\"Fixture Component\"", "\"Fixture Database\"", "\"Part\"", "\"*\"", "\"C:\\fixture\""};
constexpr std::uint32_t kSomeNumbers[] = {0, 0, 0, 0, 1, 1, 2, 3, 4, 9, 0x80000000, 0xFFFFFFFF};

// What a random caller may not do: give away what the driver still uses, or hand in memory that it does not have.
bool isSafe(const MethodInfo& method) {
  if (method.isUnknown()) return method.name == "QueryInterface";
  if (method.name.starts_with("CreateVss")) return false;
  return std::none_of(method.params.begin(), method.params.end(), [](const ParamInfo& param) { return param.isInput() && param.indirect && param.type != "VSS_SNAPSHOT_PROP"; });
}

std::vector<const MethodInfo*> safeMethodsOf(const InterfaceInfo& interface_) {
  std::vector<const MethodInfo*> methods;
  for (const auto* method : widestOf(interface_).methods)
    if (isSafe(*method)) methods.push_back(method);
  return methods;
}

class Situation {
 public:
  Situation(std::span<const std::string_view> way, std::string_view given)
      : way_(way),
        endless_(given.find("takes long") != given.npos), text_("given " + std::string(given) + ": U") {}

  void add(const Pick& pick) {
    next_ = 2, pick_ = pick;
    std::uint8_t what = pick[0] % 100, which = pick[1];
    static const auto kSession = safeMethodsOf(interfaceOf<IVssBackupComponents>()), kOperation = safeMethodsOf(interfaceOf<IVssAsync>());
    if (what < 35 && at_ < way_.size()) {
      std::string next(way_[at_++]);
      return step(endless_ && next == "GatherWriterStatus*" ? "GatherWriterStatus" : next);
    }
    if (what == 99) return step("CreateVssBackupComponents(NULL)");
    if (what < 65 && !objects_.empty()) {
      std::size_t last = which % 2 ? objects_.size() : std::min<std::size_t>(objects_.size(), 4);   // what came last hands out what is deeper
      auto [name, interface_] = objects_[objects_.size() - 1 - which / 2 % last];   // a copy: it may hand out more
      auto methods = safeMethodsOf(*interface_);
      return call(name + ".", *methods[byte() % methods.size()]);
    }
    if (what < 78) return call("", *methodNamed("IVssBackupComponents", kSources[which % std::size(kSources)]));
    if (what < 85) return call("a.", *kOperation[which % kOperation.size()]);
    if (what < 88) return call("other.", *kSession[which % kSession.size()]);
    if (what < 91) {
      const auto* function = functions()[which % functions().size()];
      if (isSafe(*function)) return call("", *function);
    }
    call("", *kSession[which % kSession.size()]);
  }
  std::string text() const { return text_; }

 private:
  // What hands out objects that have methods of their own; and the writer-status session.
  static constexpr std::string_view kSources[] = {"GetWriterMetadata", "GetWriterMetadata", "GetWriterComponents", "Query", "GetWriterMetadataCount", "GetWriterComponentsCount",
                                                  "GatherWriterStatus", "GetWriterStatusCount", "GetWriterStatus", "FreeWriterStatus"};

  std::uint8_t byte() { return pick_[next_ < pick_.size() ? next_++ : 0]; }
  template <class List> auto of(const List& list) { return list[byte() % std::size(list)]; }
  void step(const std::string& words) { text_ += " > " + words + " = any"; }

  void call(const std::string& on, const MethodInfo& method) {
    std::vector<std::pair<std::string, const InterfaceInfo*>> made;
    std::vector<std::string> ids, texts;
    std::string arguments;
    const InterfaceInfo* asked = nullptr;
    // Half of the calls are as they are meant to be, but for one argument.
    std::uint8_t how = byte();
    std::size_t odd = how < 128 && !method.params.empty() ? how % method.params.size() : method.params.size();
    for (std::size_t i = 0; i < method.params.size(); ++i) {
      const ParamInfo& param = method.params[i];
      careful_ = how < 128 && i != odd;
      arguments += arguments.empty() ? "" : ", ";
      if (!param.isInput()) {
        std::string name = "x" + std::to_string(++names_);
        if (!careful_ && byte() < 30) {
          arguments += "NULL";
          continue;
        }
        arguments += "&" + name;
        if (param.kind == vss::Kind::object && param.type != "IVssAsync") {
          const InterfaceInfo* described = interfaceNamed(param.type);
          if (described || asked) made.emplace_back(name, described ? described : asked);
        } else if (param.kind == vss::Kind::guid) ids.push_back(name);
        else if (param.kind == vss::Kind::bstr) texts.push_back(name);
      } else if (param.name == "riid") {
        static constexpr std::string_view kAsked[] = {"IUnknown", "IVssBackupComponents", "IVssBackupComponentsEx", "IVssBackupComponentsEx2", "IVssBackupComponentsEx3", "IVssBackupComponentsEx4", "IVssAsync"};
        auto name = of(kAsked);
        asked = interfaceNamed(name);
        arguments += name;
      } else arguments += input(param);
    }
    step(on + std::string(method.name) + (arguments.empty() ? "" : "(" + arguments + ")"));
    if (on == "a." || method.name == "QueryInterface") made.clear();   // the same object once more
    objects_.insert(objects_.end(), made.begin(), made.end());
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    texts_.insert(texts_.end(), texts.begin(), texts.end());
  }

  std::string input(const ParamInfo& param) {
    std::uint8_t how = careful_ ? 255 : byte();
    bool pointer = param.kind == vss::Kind::bstr || param.kind == vss::Kind::wstr || param.role == Role::inArray || param.indirect;
    if (pointer && how < 25) return "NULL";
    switch (param.kind) {
      case vss::Kind::bstr:
      case vss::Kind::wstr:
        if (how < 60) return std::string(of(kSomeTexts));
        if (how < 90 && !texts_.empty()) return texts_[byte() % texts_.size()];
        return param.name == "bstrXML" ? "document" : standard(param);
      case vss::Kind::guid:
        if (how < 60) return std::string(of(kSomeIds));
        if ((how < 150 || param.name.ends_with("napshotId") || param.name.ends_with("SetId")) && !ids_.empty()) return ids_[byte() % ids_.size()];
        return standard(param);
      case vss::Kind::boolean: return how % 2 ? "true" : "false";
      case vss::Kind::structure: return "NULL";
      default:
        if (param.name == "eQueriedObjectType" && how > 40) return "VSS_OBJECT_NONE";
        if (param.name == "eReturnedObjectsType" && how > 40) return at_ % 2 ? "VSS_OBJECT_SNAPSHOT" : "VSS_OBJECT_PROVIDER";
        if (param.name == "dwMilliseconds") return how % 2 && !endless_ ? "INFINITE" : "0";
        if (param.name == "celt") return std::to_string(how % 6);          // as many as there is room for
        if (param.name == "cClassId" || param.name == "cInstanceId") return how < 40 ? "0" : "1";
        if (how < 130) return std::to_string(of(kSomeNumbers));
        if (how < 160) return "n";
        if (param.name[0] == 'i' && !careful_) return "1";
        return standard(param);
    }
  }
  // What the driver passes where nothing is said; in the middle of a list something has to be.
  static std::string standard(const ParamInfo& param) { return "&" + std::string(param.name); }

  std::span<const std::string_view> way_;
  std::size_t at_ = 0, next_ = 0;
  Pick pick_{};
  const bool endless_;       // an operation never ends, so that nobody may wait for it
  bool careful_ = false;     // the argument is the standard one
  int names_ = 0;
  std::vector<std::pair<std::string, const InterfaceInfo*>> objects_;
  std::vector<std::string> ids_, texts_;
  std::string text_;
};

}  // namespace

std::string randomSituation(std::span<const Pick> picks) {
  const Pick first = picks.empty() ? Pick{} : picks[0];
  const Way& way = kWays[first[11] % std::size(kWays)];
  Situation situation(way.steps, way.given.empty() ? kSomeGiven[first[10] % std::size(kSomeGiven)] : way.given);
  for (const auto& pick : picks) situation.add(pick);
  return situation.text();
}

}  // namespace vss::conformance
