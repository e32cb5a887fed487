#include "conformance/driver.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <thread>

#include "conformance/fixtures.h"
#include "traces/call.h"
#include "traces/vss/text.h"

namespace vss::conformance {
namespace {

constexpr std::size_t kRoom = 2048;  // of one output: an array of some structures

// A component that every Windows has, by the in-box writers' documentation.
struct KnownComponent { Guid classId; VSS_COMPONENT_TYPE type; const char16_t *logicalPath, *name; };
constexpr KnownComponent kComponents[] = {
    {{0xE8132975, 0x6F93, 0x4464, {0xA5, 0x3E, 0x10, 0x50, 0x25, 0x3A, 0xE2, 0x20}}, VSS_CT_FILEGROUP, u"", u"System Files"},
    {{0xAFBAB4A2, 0x367D, 0x4D15, {0xA5, 0x86, 0x71, 0xDB, 0xB1, 0x8F, 0x84, 0x85}}, VSS_CT_FILEGROUP, u"", u"Registry"},
};

// One argument: an input of any size, or a variable that the callee may fill, behind a pointer.
struct Slot {
  alignas(16) unsigned char bytes[kRoom];
  void* pointer = nullptr;
  Guid id{};
  std::u16string text;
};

struct Stopped { std::string why; };

// What has to be there for a rule that no call shows; else the driver has nothing to say of it.
enum class Needs : std::uint8_t {
  twoIdentities,
  texts,       // any BSTR
  ownBstr,     // that the driver passed
  handedOut,   // by the last call, for the caller to free
};
constexpr std::string_view kByDriver[] = {"IN-036", "WS-107", "OW-018", "OW-019", "OW-001", "OW-002", "OW-013", "OW-014", "OW-015", "OW-016", "OW-017", "OW-020", "OW-021", "OW-022", "OW-026"};
Needs needsOf(std::string_view rule) {
  if (rule == "IN-036") return Needs::twoIdentities;
  if (rule == "WS-107") return Needs::texts;
  return rule == "OW-018" || rule == "OW-019" ? Needs::ownBstr : Needs::handedOut;
}

class Driver {
 public:
  Driver(const Recipe& recipe, const std::string& rule, const Surroundings& surroundings, const CallFunction& function, const Allocators& allocators, TraceWriter& trace)
      : recipe_(recipe), rule_(rule), surroundings_(surroundings), function_(function), allocators_(allocators), trace_(trace) {
    if (!usesFixtureComponent(recipe)) return;
    surroundings_.writerClassId = kFixtureWriter, surroundings_.writerInstanceId = kFixtureInstance;
    surroundings_.componentType = VSS_CT_FILEGROUP, surroundings_.logicalPath.clear(), surroundings_.componentName = kFixtureComponent;
    surroundings_.noWriters.clear();
  }

  bool run() {
    bool whole = true;
    try {
      for (const auto& step : recipe_.prefix) take(step, false);
      for (std::size_t i = 0; i + 1 < recipe_.steps.size(); ++i) take(recipe_.steps[i], false);
      trace_.remark(RemarkKind::information, 0, kJudgedFrom);
      take(recipe_.steps.back(), true);
      trace_.remark(RemarkKind::information, 0, kJudgedTo);
      if (operation_) ask();  // proves that it was still pending, or settles it
    } catch (const Stopped& stopped) {
      trace_.remark(RemarkKind::information, 0, std::string(kStopped) + stopped.why);
      whole = false;
    }
    giveBack();
    if (whole) trace_.remark(RemarkKind::information, 0, "recipe done");
    return whole;
  }

 private:
  struct Operation { IVssAsync* object; const Step* step; };
  struct KeptString { char16_t* at; std::u16string copy; };
  // What a call wrote to an output that the recipe gave a name.
  struct Variable {
    unsigned char bytes[sizeof(Guid)];
    void* pointer;                          // of an object, a text or a structure that is held
    const InterfaceInfo* interface_;        // of an object
    const ParamInfo* structure;
  };
  struct HeldInfo { void *component, *info; };  // of GetComponentInfo

  // ---- Objects ----

  IUnknown*& objectOf(Step::On on) { return on == Step::On::other ? other_ : session_; }

  void* target(const Step& step) {
    if (step.on == Step::On::operation) {
      if (!operation_) throw Stopped{"there is no operation for " + printStep(step)};
      return operation_;
    }
    if (step.on == Step::On::variable) return variableTarget(step);
    IUnknown*& object = objectOf(step.on);
    if (!object && step.on == Step::On::other) {  // the second object comes with its first call
      IVssBackupComponents* made = nullptr;
      if (create(&made) != S_OK || !made) throw Stopped{"a second CreateVssBackupComponents failed"};
      object = reinterpret_cast<IUnknown*>(made);
    }
    if (!object) throw Stopped{"there is no object for " + printStep(step)};
    const InterfaceInfo* needed = interfaceNamed(step.method->interface_);
    if (step.method->slot < interfaceOf<IVssBackupComponents>().methods.size() || !needed) return object;
    return extended(object, *needed);
  }

  void* variableTarget(const Step& step) {
    const Variable& variable = known(step.object);
    if (!variable.pointer) throw Stopped{step.object + " is no object"};
    if (step.method->isUnknown()) return variable.interface_->unknownOf(variable.pointer);
    const InterfaceInfo* needed = interfaceNamed(step.method->interface_);
    if (isA(*variable.interface_, *needed)) return variable.pointer;
    return extended(static_cast<IUnknown*>(variable.pointer), *needed);
  }

  // A later interface: asked for, as a requester does.
  void* extended(IUnknown* object, const InterfaceInfo& needed) {
    void* extended = nullptr;
    HRESULT result = object->QueryInterface(needed.iid, &extended);
    if (result != S_OK || !extended) throw Stopped{std::string("QueryInterface(") + std::string(needed.name) + ") returned " + nameOf(result)};
    borrowed_.push_back(static_cast<IUnknown*>(extended));
    return extended;
  }

  const Variable& known(std::string_view name) const {
    auto found = variables_.find(name);
    if (found == variables_.end()) throw Stopped{"no call has written " + std::string(name)};
    return found->second;
  }
  // x; x.field, of the structure that x points to.
  std::int64_t numberIn(const std::string& name) const {
    auto dot = name.find('.');
    const Variable& variable = known(name.substr(0, dot));
    std::uint32_t number = 0;
    if (dot == name.npos) return std::memcpy(&number, variable.bytes, sizeof number), number;
    if (!variable.structure || !variable.pointer) throw Stopped{name + ": no structure was handed out"};
    for (const auto& field : variable.structure->fields)
      if (field.name == name.substr(dot + 1)) return std::memcpy(&number, static_cast<const char*>(variable.pointer) + field.offset, sizeof number), number;
    throw Stopped{name + ": there is no such field"};
  }

  // ---- Arguments ----

  void fill(Slot& slot, const MethodInfo& method, std::size_t index, const Argument& argument) {
    const ParamInfo& param = method.params[index];
    if (!param.isInput()) {
      std::memset(slot.bytes, 0xCC, sizeof slot.bytes);
      slot.pointer = argument.kind == Argument::Kind::null ? nullptr : slot.bytes;
      return;
    }
    std::memset(slot.bytes, 0, sizeof slot.bytes);
    slot.pointer = nullptr;
    if (param.kind == Kind::guid) {
      if (argument.kind == Argument::Kind::variable) std::memcpy(&slot.id, known(argument.text).bytes, sizeof slot.id);
      else slot.id = argument.kind == Argument::Kind::id ? *idNamed(argument.text) : standardId(param.name);
      if (argument.kind != Argument::Kind::null) slot.pointer = &slot.id;  // an array of one
      return;
    }
    switch (param.kind) {
      case Kind::bstr:
      case Kind::wstr: slot.pointer = textFor(slot, param, argument); return;
      default: break;
    }
    if (param.indirect) {
      bool callers = param.type == "VSS_SNAPSHOT_PROP";  // it makes one itself; of other types only the callee does
      return void(slot.pointer = argument.kind == Argument::Kind::variable ? known(argument.text).pointer : callers && argument.kind != Argument::Kind::null ? slot.bytes : nullptr);
    }
    std::int64_t number = 0;
    switch (argument.kind) {
      case Argument::Kind::variable: number = numberIn(argument.text); break;
      case Argument::Kind::number: number = argument.number; break;
      case Argument::Kind::n: number = count_.value_or(0); break;
      case Argument::Kind::each: number = each_; break;
      default: number = standardNumber(param.name);
    }
    std::memcpy(slot.bytes, &number, sizeof number);
  }
  const Surroundings& writer() const {
    if (!surroundings_.noWriters.empty()) throw Stopped{surroundings_.noWriters};
    return surroundings_;
  }
  Guid standardId(std::string_view param) const {
    if (param == "instanceId" || param == "rgWriterInstanceId") return writer().writerInstanceId;
    if (param == "writerId" || param == "rgWriterClassId") return writer().writerClassId;
    if (param == "SnapshotId" || param == "snapshotId" || param == "SourceObjectId") return shadowCopyId_;
    if (param == "riid") return IUnknown::iid;
    return {};
  }
  std::int64_t standardNumber(std::string_view param) const {
    if (param == "bSelectComponents" || param == "bSelectedForRestore" || param == "bSucceded") return 1;
    if (param == "celt") return 1;
    if (param == "rollType") return VSS_RF_PARTIAL;
    if (param == "backupType") return VSS_BT_FULL;
    if (param == "ct" || param == "componentType") return surroundings_.componentType;
    if (param == "dwMilliseconds") return kInfinite;
    if (param == "cClassId" || param == "cInstanceId") return 1;
    if (param == "status") return VSS_RS_ALL;
    if (param == "restoreType") return VSS_RTYPE_BY_COPY;
    if (param == "eSourceObjectType") return VSS_OBJECT_SNAPSHOT;
    return 0;
  }
  // The file set and the part of a component are those that the fixture "writer with full metadata" has.
  const char16_t* standardText(std::string_view param) const {
    static constexpr std::pair<std::string_view, const char16_t*> texts[] = {
        {"wszBackupOptions", u"options"}, {"wszRestoreOptions", u"options"}, {"wszPreviousBackupStamp", u"stamp"}, {"wszRestoreName", u"name"},
        {"wszRollForwardPoint", u"point"}, {"wszRangesFile", u"C:\\ranges"}, {"wszPath", u"C:\\fixture"}, {"wszFilespec", u"*"},
        {"wszFileName", u"*"}, {"wszDestination", u"D:\\elsewhere"}, {"wszAlternatePath", u"D:\\elsewhere"},
        {"wszSubComponentLogicalPath", kFixtureComponent}, {"wszSubComponentName", u"Part"}};
    if (param == "pwszVolumeName" || param == "pwszVolume" || param == "wszVolumeName") return surroundings_.volume.c_str();
    for (const auto& [name, text] : texts)
      if (name == param) return text;
    return nullptr;
  }
  // What the driver passes as a BSTR is one, is its own, and must come back whole.
  char16_t* textFor(Slot& slot, const ParamInfo& param, const Argument& argument) {
    if (argument.kind == Argument::Kind::null) return nullptr;
    if (argument.kind == Argument::Kind::text) {
      std::string text = argument.text;
      if (auto mark = text.find('#'); mark != text.npos) text.replace(mark, 1, std::to_string(repetition_));
      slot.text = toUtf16(text);
    } else if (argument.kind == Argument::Kind::variable) {
      const Variable& text = known(argument.text);
      if (!text.pointer) return nullptr;
      slot.text = static_cast<const char16_t*>(text.pointer);
    } else if (argument.kind == Argument::Kind::document) {
      if (!surroundings_.document) throw Stopped{"there is no Backup Components Document: the target could not make a backup"};
      slot.text = *surroundings_.document;
    } else if (param.name == "wszLogicalPath") {
      if (surroundings_.logicalPath.empty()) return nullptr;
      slot.text = surroundings_.logicalPath;
    } else if (param.name == "wszComponentName") slot.text = surroundings_.componentName;
    else if (const char16_t* text = standardText(param.name)) slot.text = text;
    else return nullptr;
    if (param.kind != Kind::bstr) return slot.text.data();
    char16_t* bstr = allocators_.allocateString(slot.text.data(), static_cast<unsigned>(slot.text.size()));
    documents_.push_back({bstr, slot.text});
    return bstr;
  }

  // ---- Calls ----

  // Makes the call and learns from its outputs.
  HRESULT call(const Step& step) {
    handedOut_ = 0;
    if (step.method == &createVssBackupComponents()) return createObject(step);
    bool function = step.method->slot == kNoSlot;
    void* object = function ? nullptr : target(step);
    std::vector<Slot> slots(step.method->params.size());
    std::vector<void*> args(slots.size() + 1);
    for (std::size_t i = 0; i < slots.size(); ++i) {
      fill(slots[i], *step.method, i, step.arguments[i]);
      const ParamInfo& param = step.method->params[i];
      bool pointer = !param.isInput() || param.indirect || param.kind == Kind::bstr || param.kind == Kind::wstr || param.role == Role::inArray;
      args[i] = param.kind == Kind::guid && param.isInput() && param.role != Role::inArray ? static_cast<void*>(&slots[i].id)
                : pointer                                                                   ? static_cast<void*>(&slots[i].pointer)
                                                                                            : static_cast<void*>(slots[i].bytes);
    }
    auto invoke = [&] { return function ? function_(*step.method, args.data()) : step.method->invoke(object, args.data()); };
    HRESULT result = S_OK;
    if (step.twoThreads) {
      HRESULT results[2];
      std::thread first([&] { results[0] = invoke(); }), second([&] { results[1] = invoke(); });
      first.join(), second.join();
      result = results[0] == S_OK ? results[1] : results[0];
    } else result = invoke();
    if (step.method->name == "FreeComponentInfo" && !failed(result)) std::erase_if(held_, [&](const HeldInfo& held) { return held.info == slots[0].pointer; });
    if (step.method->name == "Release" && step.method->slot == 2) {
      if (step.on == Step::On::operation) releasedOperation();
      else if (step.on == Step::On::variable) std::erase(borrowed_, static_cast<IUnknown*>(object));
      else if (result == 0) objectOf(step.on) = nullptr;
      return S_OK;
    }
    if (step.method->returns == Returns::hresult && !failed(result)) learn(step, object, slots);
    return step.method->returns == Returns::hresult ? result : S_OK;
  }

  HRESULT create(IVssBackupComponents** out) {
    void* args[] = {&out, nullptr};
    return function_(createVssBackupComponents(), args);
  }
  HRESULT createObject(const Step& step) {
    IVssBackupComponents* made = nullptr;
    bool null = step.arguments[0].kind == Argument::Kind::null;
    HRESULT result = create(null ? nullptr : &made);
    if (result == S_OK && made) objectOf(step.on) = reinterpret_cast<IUnknown*>(made);
    return result;
  }

  void learn(const Step& step, void* object, std::vector<Slot>& slots) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const ParamInfo& param = step.method->params[i];
      if (param.isInput() || !slots[i].pointer) continue;
      void* pointer = nullptr;
      std::memcpy(&pointer, slots[i].bytes, sizeof pointer);
      if (isUntouched(pointer)) pointer = nullptr;
      const InterfaceInfo* interface_ = param.kind != Kind::object ? nullptr : step.method->name == "QueryInterface" ? interfaceWithId(slots[0].id) : interfaceNamed(param.type);
      if (!step.arguments[i].text.empty()) {
        Variable& variable = variables_[step.arguments[i].text];
        std::memcpy(variable.bytes, slots[i].bytes, sizeof variable.bytes);
        variable.pointer = pointer, variable.interface_ = interface_, variable.structure = param.indirect ? &param : nullptr;
        if (!interface_) trace_.remark(RemarkKind::information, 0, std::string(kNamed) + step.arguments[i].text + std::string(kColon) + std::string(param.name));
      }
      if (param.kind == Kind::object) {
        if (!pointer) continue;
        if (param.type == "IVssAsync") {
          operation_ = static_cast<IVssAsync*>(pointer);
          operations_.push_back({operation_, &step});
        } else if (interface_) {  // only objects of described interfaces can be released
          borrowed_.push_back(static_cast<IUnknown*>(interface_->unknownOf(pointer)));
          if (step.method->name == "QueryInterface" && step.on != Step::On::operation && slots[0].id == IUnknown::iid) identities_.push_back(pointer);
        }
      } else if (param.kind == Kind::bstr) {
        if (!pointer) continue;
        strings_.push_back({static_cast<char16_t*>(pointer), std::u16string(static_cast<char16_t*>(pointer))});
        ++handedOut_;
        if (step.method->name == "SaveAsXML") surroundings_.document = strings_.back().copy;
      } else if (param.indirect) {
        if (pointer) held_.push_back({object, pointer});
      } else if (param.kind == Kind::structure) {
        std::uint32_t filled = 1;
        if (param.role == Role::outArray) std::memcpy(&filled, slots[param.filledParam].bytes, sizeof filled);
        for (std::uint32_t n = 0; n < filled && (n + 1) * param.structureSize <= kRoom; ++n) takeStrings(param, slots[i].bytes + n * param.structureSize);
      } else if (param.kind == Kind::coString) {
        if (pointer) taskMemory_.push_back(pointer), ++handedOut_;
      }
      if (step.method->name == "GetWriterStatusCount" || step.method->name == "GetWriterMetadataCount" || step.method->name == "GetWriterComponentsCount") {
        std::uint32_t n = 0;
        std::memcpy(&n, slots[i].bytes, sizeof n);
        count_ = n;
      }
      if (step.method->name == "AddToSnapshotSet") std::memcpy(&shadowCopyId_, slots[i].bytes, sizeof shadowCopyId_);
    }
  }
  void takeStrings(const ParamInfo& param, const unsigned char* structure) {
    std::int32_t type = 0;
    std::memcpy(&type, structure + param.fields[0].offset, sizeof type);
    for (const auto& field : param.fields) {
      if (field.kind != Kind::coString || (field.when && field.when != type)) continue;
      void* pointer = nullptr;
      std::memcpy(&pointer, structure + field.offset, sizeof pointer);
      if (pointer && !isUntouched(pointer)) taskMemory_.push_back(pointer), ++handedOut_;
    }
  }
  static bool isUntouched(void* pointer) { return pointer == reinterpret_cast<void*>(static_cast<std::uintptr_t>(0xCCCCCCCCCCCCCCCC)); }

  void releasedOperation() {
    std::erase_if(operations_, [&](const Operation& known) { return known.object == operation_; });
    operation_ = operations_.empty() ? nullptr : operations_.back().object;
  }

  // ---- Steps ----

  // Of a step that may return anything, also that it cannot be made: what it needs was not handed out.
  void take(const Step& step, bool last) {
    try {
      takeWhole(step, last);
    } catch (const Stopped& stopped) {
      if (!step.anyResult || last) throw;
      trace_.remark(RemarkKind::information, 0, "recipe left out: " + stopped.why);
    }
  }
  void takeWhole(const Step& step, bool last) {
    bool each = false;
    for (const auto& argument : step.arguments) each |= argument.kind == Argument::Kind::each;
    if (!each) {
      for (repetition_ = 1; repetition_ <= step.times; ++repetition_) once(step, last);
      return;
    }
    if (!count_) throw Stopped{"i needs GetWriterStatusCount before it"};
    if (*count_ == 0) throw Stopped{"there is no writer"};
    for (each_ = 0; each_ < std::min<std::uint32_t>(*count_, 1000); ++each_) once(step, last);
  }

  void once(const Step& step, bool last) {
    HRESULT result = call(step);
    HRESULT wanted = step.result.value_or(S_OK);
    if (!last && result != wanted && !step.anyResult) throw Stopped{printStep(step) + " returned " + nameOf(result)};
    if (result != S_OK && (last || step.anyResult)) return;   // it began nothing that would end
    settle(step, last);
  }

  // QueryStatus of the operation that was started last.
  std::optional<HRESULT> ask() {
    HRESULT status = S_OK;
    return operation_->QueryStatus(&status, nullptr) == S_OK ? std::optional(status) : std::nullopt;
  }

  void settle(const Step& step, bool last) {
    auto expect = [&](std::optional<HRESULT> seen, bool good) {
      if (!good && !last) throw Stopped{printStep(step) + ": QueryStatus said " + (seen ? nameOf(*seen) : "nothing")};
    };
    if (step.outcome == Outcome::plain) return;
    if (!operation_) throw Stopped{printStep(step) + " handed out no IVssAsync"};
    switch (step.outcome) {
      case Outcome::plain: return;
      case Outcome::finished: {
        operation_->Wait(kInfinite);
        auto status = ask();
        expect(status, status == VSS_S_ASYNC_FINISHED || (status && failed(*status) && mayBeVetoed(step)));
        operation_->Release();
        releasedOperation();
        return;
      }
      case Outcome::pending: {
        auto status = ask();
        return expect(status, status == VSS_S_ASYNC_PENDING);
      }
      case Outcome::cancelled: {
        ask();
        operation_->Cancel();
        auto status = ask();
        return expect(status, status == VSS_S_ASYNC_CANCELLED);
      }
      case Outcome::failed: {
        operation_->Wait(kInfinite);
        auto status = ask();
        return expect(status, status && failed(*status));
      }
      case Outcome::released: operation_->Release(); return releasedOperation();
    }
  }

  // How an operation ends in which a writer fails is not documented (AS-017): either is taken for its end. A gather has to finish (WS-024).
  bool mayBeVetoed(const Step& step) const {
    return !step.method->name.starts_with("Gather") && std::any_of(recipe_.fixtures.begin(), recipe_.fixtures.end(), [](const Fixture& fixture) {
      return fixture.name.starts_with("writer fails at") || fixture.name.starts_with("writer reports");
    });
  }

  // ---- The end ----

  void giveBack() {
    bool kept = true;
    std::string broken;
    for (auto* strings : {&strings_, &documents_})
      for (auto& string : *strings)
        if (std::u16string(string.at) != string.copy)
          kept = false, broken = "the text " + vss::quoted(string.copy) + " has become " + vss::quoted(std::u16string(string.at));
    if (!kept) trace_.remark(RemarkKind::information, 0, std::string(kChanged) + broken);
    if (rule_ == "IN-036") {
      for (void* identity : identities_)
        if (identity != identities_[0]) kept = false, broken = "QueryInterface(IID_IUnknown) gave two different pointers";
      kept = kept && identities_.size() >= 2;
    }
    while (!operations_.empty()) {
      operation_ = operations_.back().object;
      if (ask() == VSS_S_ASYNC_PENDING) operation_->Cancel();
      operation_->Release();
      operations_.pop_back();
    }
    for (auto& held : held_) {
      void* args[] = {&held.info, nullptr};
      methodNamed("IVssWMComponent", "FreeComponentInfo")->invoke(held.component, args);
    }
    for (auto* object : borrowed_) object->Release();
    for (IUnknown* object : {session_, other_})
      if (object) object->Release();
    for (auto& string : strings_) allocators_.freeString(string.at);
    for (auto& document : documents_) allocators_.freeString(document.at);
    for (void* memory : taskMemory_) allocators_.freeTaskMemory(memory);
    // Whoever frees what is not his to free dies before this is noted.
    bool itsOwn = std::find(std::begin(kByDriver), std::end(kByDriver), rule_) != std::end(kByDriver);
    if (itsOwn && isThere(needsOf(rule_))) trace_.remark(RemarkKind::information, 0, "rule " + rule_ + (kept ? " kept" : " broken: " + broken));
  }
  bool isThere(Needs needs) const {
    switch (needs) {
      case Needs::twoIdentities: return identities_.size() >= 2;
      case Needs::texts: return !strings_.empty();
      case Needs::ownBstr: return !documents_.empty();
      case Needs::handedOut: return handedOut_ != 0;
    }
    return false;
  }

  const Recipe& recipe_;
  const std::string& rule_;
  Surroundings surroundings_;               // with the document that the recipe has saved itself
  const CallFunction& function_;
  const Allocators& allocators_;
  TraceWriter& trace_;

  IUnknown *session_ = nullptr, *other_ = nullptr;
  IVssAsync* operation_ = nullptr;          // the one that was started last and is still held
  std::vector<Operation> operations_;
  std::vector<IUnknown*> borrowed_;         // references that other calls handed out
  std::vector<HeldInfo> held_;
  std::map<std::string, Variable, std::less<>> variables_;
  std::vector<void*> identities_;
  std::vector<KeptString> strings_, documents_;
  std::vector<void*> taskMemory_;
  std::size_t handedOut_ = 0;               // texts that the last call left to its caller to free
  std::optional<std::uint32_t> count_;
  std::uint32_t each_ = 0, repetition_ = 1;
  Guid shadowCopyId_{};
};

std::string printArgument(const Argument& argument, const ParamInfo& param) {
  switch (argument.kind) {
    case Argument::Kind::standard: return param.isInput() ? "…" : "&" + (argument.text.empty() ? std::string(param.name) : argument.text);
    case Argument::Kind::variable: return argument.text;
    case Argument::Kind::null: return "NULL";
    case Argument::Kind::number: return argument.number == kInfinite && param.name == "dwMilliseconds" ? "INFINITE" : std::to_string(argument.number);
    case Argument::Kind::text: return "\"" + argument.text + "\"";
    case Argument::Kind::n: return "n";
    case Argument::Kind::each: return "i";
    case Argument::Kind::document: return "document";
    case Argument::Kind::id: return argument.text;
  }
  return "";
}

}  // namespace

std::span<const std::string_view> rulesByDriver() { return kByDriver; }

std::string printStep(const Step& step) {
  std::string text = step.times == 1 ? "" : std::to_string(step.times) + " times ";
  text += step.on == Step::On::operation ? "a." : step.on == Step::On::other ? "other." : step.on == Step::On::variable ? step.object + "." : "";
  text += step.method->name;
  if (step.outcome == Outcome::finished) text += "*";
  // As far as something is said; what comes behind are the standard arguments.
  std::size_t said = step.arguments.size();
  while (said && step.arguments[said - 1] == Argument{}) --said;
  for (std::size_t i = 0; i < said; ++i) text += (i ? ", " : "(") + printArgument(step.arguments[i], step.method->params[i]);
  if (said) text += ")";
  static constexpr const char* outcomes[] = {"", "", " pending", " cancelled", " failed", " released"};
  text += outcomes[static_cast<std::size_t>(step.outcome)];
  if (step.twoThreads) text += " in two threads";
  if (step.result) text += " = " + nameOf(*step.result);
  if (step.anyResult) text += " = any";
  return text;
}

std::string printRecipe(const Recipe& recipe) {
  std::string text;
  for (const auto& fixture : recipe.fixtures) {
    text += text.empty() ? "given " : ", ";
    std::size_t next = 0;
    for (char c : fixture.name) text += c == '_' ? fixture.arguments[next++] : std::string(1, c);
  }
  text += (text.empty() ? "" : ": ") + recipe.state;
  for (const auto& step : recipe.steps) text += " > " + printStep(step);
  return text;
}

bool drive(const Recipe& recipe, const std::string& rule, const Surroundings& surroundings, const CallFunction& function, const Allocators& allocators, TraceWriter& trace) {
  trace.remark(RemarkKind::information, 0, "recipe of " + rule + ": " + printRecipe(recipe));
  return Driver(recipe, rule, surroundings, function, allocators, trace).run();
}

std::string changedText(TraceReader& trace) {
  CallReader calls(trace);
  while (calls.next()) {}
  for (const auto& remark : calls.takeRemarks())
    if (remark.text.starts_with(kChanged)) return remark.text.substr(kChanged.size());
  return {};
}

Surroundings surroundingsFrom(TraceReader& trace) {
  Surroundings found;
  found.noWriters = "it has none";
  std::size_t known = std::size(kComponents);  // in the order of that table, whatever the order of the rows
  CallReader calls(trace);
  while (auto call = calls.next()) {
    if (!call->result) found.noWriters = call->signature->method + " did not come back";
    if (call->hresult() != S_OK) continue;
    if (call->is("GetWriterStatus")) {
      const Value *instance = call->output("pidInstance"), *writer = call->output("pidWriter");
      if (!instance || !writer || instance->kind != ValueKind::stored || writer->kind != ValueKind::stored) continue;
      std::size_t at = 0;
      while (at < std::size(kComponents) && kComponents[at].classId != writer->guid()) ++at;
      if (at >= known && found.writerClassId != Guid{}) continue;
      found.writerInstanceId = instance->guid(), found.writerClassId = writer->guid();
      if (at == std::size(kComponents)) continue;
      known = at;
      found.componentType = kComponents[at].type;
      found.logicalPath = kComponents[at].logicalPath;
      found.componentName = kComponents[at].name;
    }
    if (call->is("SaveAsXML"))
      if (const Value* document = call->output("pbstrXML"); document && document->kind == ValueKind::stored) found.document = document->text();
  }
  for (const auto& remark : calls.takeRemarks())
    if (remark.text.starts_with(kStopped)) found.noWriters = remark.text.substr(kStopped.size());
  if (found.writerClassId != Guid{}) found.noWriters.clear();
  return found;
}

}  // namespace vss::conformance
