#include "api.h"

#include <algorithm>

namespace vss {

template const InterfaceInfo& interfaceOf<IUnknown>();
template const InterfaceInfo& interfaceOf<IVssAsync>();
template const InterfaceInfo& interfaceOf<IVssBackupComponents>();
template const InterfaceInfo& interfaceOf<IVssBackupComponentsEx>();
template const InterfaceInfo& interfaceOf<IVssBackupComponentsEx2>();
template const InterfaceInfo& interfaceOf<IVssBackupComponentsEx3>();
template const InterfaceInfo& interfaceOf<IVssBackupComponentsEx4>();

namespace {

constexpr ParamInfo kFactoryParams[] = {detail::Param<Out<IVssBackupComponents*>>::info("ppBackup")};
constexpr MethodInfo kFactory{"", "CreateVssBackupComponents", kNoSlot, kFactoryParams, true,
                              &detail::Function<CreateVssBackupComponentsFunction>::invoke};
constexpr const MethodInfo* kFunctions[] = {&kFactory};

std::string_view kindName(const ParamInfo& p) {
  constexpr std::string_view names[] = {"i32", "u32", "i64", "bool", "hresult", "enum", "guid", "bstr", "wstr", "costr", "object", "struct"};
  return names[static_cast<std::size_t>(p.kind)];
}

void appendParam(std::string& out, const ParamInfo& p) {
  constexpr std::string_view roles[] = {"in", "in array", "out", "out always", "out optional"};
  out += roles[static_cast<std::size_t>(p.role)];
  if (p.fresh) out += " fresh";
  (out += ' ') += kindName(p);
  if (!p.type.empty()) (out += ' ') += p.type;
  if (!p.fields.empty()) {
    out += '{';
    for (const auto& field : p.fields) {
      if (&field != &p.fields.front()) out += ", ";
      ParamInfo f{};
      f.kind = field.kind;
      out += kindName(f);
      if (!field.type.empty()) (out += ' ') += field.type;
      (out += ' ') += field.name;
    }
    out += '}';
  }
  (out += ' ') += p.name;
  if (p.role == Role::inArray) ((out += '[') += std::to_string(p.countParam)) += ']';
}

}  // namespace

std::span<const InterfaceInfo* const> interfaces() {
  static const InterfaceInfo* const all[] = {
      &interfaceOf<IUnknown>(), &interfaceOf<IVssAsync>(), &interfaceOf<IVssBackupComponents>(), &interfaceOf<IVssBackupComponentsEx>(),
      &interfaceOf<IVssBackupComponentsEx2>(), &interfaceOf<IVssBackupComponentsEx3>(), &interfaceOf<IVssBackupComponentsEx4>()};
  return all;
}

const MethodInfo& createVssBackupComponents() { return kFactory; }

const InterfaceInfo* interfaceNamed(std::string_view name) {
  for (const auto* i : interfaces())
    if (i->name == name) return i;
  return nullptr;
}

const InterfaceInfo* interfaceWithId(const Guid& iid) {
  for (const auto* i : interfaces())
    if (i->iid == iid) return i;
  return nullptr;
}

const MethodInfo* methodNamed(std::string_view interface_, std::string_view method) {
  if (interface_.empty()) {
    for (const auto* f : kFunctions)
      if (f->name == method) return f;
    return nullptr;
  }
  for (const auto* i : interfaces())
    for (const auto* m : i->methods)
      if (m->interface_ == interface_ && m->name == method) return m;
  return nullptr;
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
  return out += m.returnsHresult ? ") hresult" : ") count";
}

std::string apiTable() {
  std::string out = "interface\tslot\tmethod\tsignature\n";
  for (const auto* f : kFunctions) ((((out += "(export)\t-\t") += f->name) += '\t') += signatureOf(*f)) += '\n';
  for (const auto* i : interfaces())
    for (const auto* m : i->methods)
      if (m->interface_ == i->name)
        ((((((out += m->interface_) += '\t') += std::to_string(m->slot)) += '\t') += m->name) += '\t') += signatureOf(*m) + "\n";
  return out;
}

}  // namespace vss
