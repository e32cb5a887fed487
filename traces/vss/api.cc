#include "api.h"

#include <algorithm>

namespace vss {

#define VSS_BUILT_HERE(interface_) template const InterfaceInfo& interfaceOf<interface_>();
VSS_EVERY_INTERFACE(VSS_BUILT_HERE)
#undef VSS_BUILT_HERE

namespace {

// name: as exported; the others: of the parameters.
#define VSS_FUNCTION(identifier, name, ...)                                                        \
  constexpr auto identifier##Params = detail::Function<name##Function>::params(__VA_ARGS__);       \
  constexpr MethodInfo identifier = detail::Function<name##Function>::info(#name, identifier##Params);
VSS_FUNCTION(kCreateBackup, CreateVssBackupComponents, "ppBackup")
VSS_FUNCTION(kCreateExamine, CreateVssExamineWriterMetadata, "bstrXML", "ppMetadata")
VSS_FUNCTION(kIsSnapshotted, IsVolumeSnapshotted, "pwszVolumeName", "pbSnapshotsPresent", "plSnapshotCapability")
VSS_FUNCTION(kShouldBlock, ShouldBlockRevert, "wszVolumeName", "pbBlock")
VSS_FUNCTION(kFreeProperties, VssFreeSnapshotProperties, "pProp")
#undef VSS_FUNCTION
constexpr const MethodInfo* kFunctions[] = {&kCreateBackup, &kCreateExamine, &kIsSnapshotted, &kShouldBlock, &kFreeProperties};

std::string_view kindName(Kind kind) {
  constexpr std::string_view names[] = {"i32", "u32", "i64", "bool", "hresult", "enum", "guid", "bstr", "wstr", "costr", "object", "struct", "bytes"};
  return names[static_cast<std::size_t>(kind)];
}

void appendParam(std::string& out, const ParamInfo& p) {
  constexpr std::string_view roles[] = {"in", "in array", "out", "out always", "out optional", "out array"};
  out += roles[static_cast<std::size_t>(p.role)];
  if (p.fresh) out += " fresh";
  if (p.indirect && p.role == Role::out) out += " held";
  (out += ' ') += kindName(p.kind);
  if (!p.type.empty()) (out += ' ') += p.type;
  if (!p.fields.empty()) {
    out += '{';
    for (const auto& field : p.fields) {
      if (&field != &p.fields.front()) out += ", ";
      out += kindName(field.kind);
      if (!field.type.empty()) (out += ' ') += field.type;
      (out += ' ') += field.name;
    }
    out += '}';
  }
  (out += ' ') += p.name;
  if (p.role == Role::inArray) ((out += '[') += std::to_string(p.countParam)) += ']';
  if (p.role == Role::outArray) ((out += '[') += std::to_string(p.filledParam)) += ']';
}

}  // namespace

std::span<const InterfaceInfo* const> interfaces() {
#define VSS_LISTED(interface_) &interfaceOf<interface_>(),
  static const InterfaceInfo* const all[] = {VSS_EVERY_INTERFACE(VSS_LISTED)};
#undef VSS_LISTED
  return all;
}

std::span<const MethodInfo* const> functions() { return kFunctions; }

std::array<const char*, 3> exportNamesOf(const MethodInfo& function) {
#define VSS_NAMES(identifier, name, mangled) \
  if (&function == &identifier) return {name "Internal", name, mangled};
  VSS_NAMES(kCreateBackup, "CreateVssBackupComponents", kMangledFactory)
  VSS_NAMES(kCreateExamine, "CreateVssExamineWriterMetadata", kMangledExamine)
  VSS_NAMES(kIsSnapshotted, "IsVolumeSnapshotted", nullptr)
  VSS_NAMES(kShouldBlock, "ShouldBlockRevert", nullptr)
  VSS_NAMES(kFreeProperties, "VssFreeSnapshotProperties", nullptr)
#undef VSS_NAMES
  return {};
}

const MethodInfo& createVssBackupComponents() { return kCreateBackup; }
const MethodInfo& createVssExamineWriterMetadata() { return kCreateExamine; }
const MethodInfo& isVolumeSnapshotted() { return kIsSnapshotted; }
const MethodInfo& shouldBlockRevert() { return kShouldBlock; }
const MethodInfo& vssFreeSnapshotProperties() { return kFreeProperties; }

const InterfaceInfo* interfaceNamed(std::string_view name) {
  for (const auto* i : interfaces())
    if (i->name == name) return i;
  return nullptr;
}

const InterfaceInfo* interfaceWithId(const Guid& iid) {
  if (iid == Guid{}) return nullptr;
  for (const auto* i : interfaces())
    if (i->iid == iid) return i;
  return nullptr;
}

bool isA(const InterfaceInfo& described, const InterfaceInfo& base) {
  for (const InterfaceInfo* i = &described; i; i = i->base)
    if (i == &base) return true;
  return false;
}

const InterfaceInfo& widestOf(const InterfaceInfo& described) {
  if (described.name == "IUnknown") return described;  // every chain begins with it: nothing is known
  const InterfaceInfo* widest = &described;
  for (const auto* i : interfaces())
    if (isA(*i, described)) widest = i;
  return *widest;
}

const MethodInfo* methodNamed(std::string_view interface_, std::string_view method) {
  if (interface_.empty()) {
    for (const auto* f : kFunctions)
      if (f->name == method) return f;
    return nullptr;
  }
  for (const auto* i : interfaces()) {
    if (i->name != interface_) continue;  // else an inherited method would be compared once for each interface that has it
    for (const auto* m : i->methods)
      if (m->name == method && m->interface_ == interface_) return m;
  }
  return nullptr;
}

void clearOutputs(const MethodInfo& method, void* const* args) {
  for (std::size_t i = 0; i < method.params.size(); ++i) {
    const ParamInfo& param = method.params[i];
    bool room = param.role != Role::outArray || load<std::uint32_t>(args[param.countParam]) > 0;
    if (void* out = param.isInput() || !room ? nullptr : load<void*>(args[i])) std::memset(out, 0, param.size);
  }
}

std::string signatureOf(const MethodInfo& m) {
  std::string out;
  if (!m.interface_.empty()) (out += m.interface_) += "::";
  out += m.name;
  if (m.slot != kNoSlot) (out += '@') += std::to_string(m.slot);
  out += '(';
  for (const auto& p : m.params) {
    if (&p != &m.params.front()) out += ", ";
    appendParam(out, p);
  }
  constexpr std::string_view returns[] = {") hresult", ") count", ") nothing"};
  return out += returns[static_cast<std::size_t>(m.returns)];
}

std::string apiTable() {
  std::string out = "interface\tslot\tmethod\tsignature\n";
  for (const auto* f : kFunctions) ((((out += "(export)\t-\t") += f->name) += '\t') += signatureOf(*f)) += '\n';
  auto add = [&](std::string_view interface_, const std::string& slot, const MethodInfo& m) {
    ((((((out += interface_) += '\t') += slot) += '\t') += m.name) += '\t') += signatureOf(m) + "\n";
  };
  for (const auto* i : interfaces()) {
    for (const auto* m : i->methods)
      if (m->interface_ == i->name) add(i->name, std::to_string(m->slot), *m);
    if (i->unknownVtable)
      for (const auto* m : interfaceOf<IUnknown>().methods) add(i->name, std::to_string(m->slot) + "@vtable2", *m);
  }
  return out;
}

}  // namespace vss
