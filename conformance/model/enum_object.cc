#include "enum_object.h"

#include <algorithm>

#include "answer.h"
#include "traces/vss/memory.h"

namespace vss::model {
namespace {

HRESULT always() { return S_OK; }

VSS_OBJECT_PROP objectOf(const Found& found, const Scenario& scenario) {
  VSS_OBJECT_PROP object{};
  if (auto* copy = std::get_if<ShadowCopy>(&found)) {
    object.Type = VSS_OBJECT_SNAPSHOT;
    object.Obj.Snap = propertiesOf(*copy, scenario);
  } else {
    object.Type = VSS_OBJECT_PROVIDER;
    object.Obj.Prov = propertiesOf(*std::get<const Provider*>(found));
  }
  return object;
}

void freeObject(VSS_OBJECT_PROP& object) {
  if (object.Type == VSS_OBJECT_SNAPSHOT) freeSnapshotProperties(&object.Obj.Snap, &coTaskMemFree);
  if (object.Type == VSS_OBJECT_PROVIDER)
    for (char16_t* text : {object.Obj.Prov.m_pwszProviderName, object.Obj.Prov.m_pwszProviderVersion}) coTaskMemFree(text);
  object = {};
}

}  // namespace

HRESULT EnumObject::QueryInterface(const Guid& riid, Out<void*> ppvObject) {
  if (!ppvObject.at) return E_POINTER;
  bool known = riid == IUnknown::iid || riid == IVssEnumObject::iid;
  *ppvObject.at = known ? static_cast<IVssEnumObject*>(this) : nullptr;
  if (known) AddRef();
  return known ? S_OK : E_NOINTERFACE;
}

ULONG EnumObject::AddRef() { return ++references; }

ULONG EnumObject::Release() {
  ULONG left = --references;
  if (!left) delete this;
  return left;
}

HRESULT EnumObject::Next(ULONG celt, OutArray<VSS_OBJECT_PROP, 0, 2> rgelt, Out<ULONG> pceltFetched) {
  bool mayBeUntold = celt == 1 && machine->scenario.choices.nullFetched == NullFetched::ok;
  if (!rgelt.at || (!pceltFetched.at && !mayBeUntold)) return E_POINTER;
  HRESULT result = answer(*machine, Method::next, false, always, [&]() -> HRESULT {
    std::size_t count = std::min<std::size_t>(celt, all->size() - next), made = 0;
    try {
      for (; made < count; ++made) rgelt.at[made] = objectOf((*all)[next + made], machine->scenario);
    } catch (...) {
      while (made) freeObject(rgelt.at[--made]);  // all of them or none
      throw;
    }
    next += count;
    if (pceltFetched.at) *pceltFetched.at = static_cast<ULONG>(count);
    return count == celt ? S_OK : S_FALSE;
  });
  return withOutputs(*machine, result, celt ? rgelt.at : nullptr, pceltFetched.at);
}

HRESULT EnumObject::Skip(ULONG celt) {
  return answer(*machine, Method::skip, false, always, [&]() -> HRESULT {
    std::size_t left = all->size() - next;
    next += std::min<std::size_t>(celt, left);
    return celt <= left ? S_OK : S_FALSE;
  });
}

HRESULT EnumObject::Reset() {
  return answer(*machine, Method::reset, false, always, [&] {
    next = 0;
    return S_OK;
  });
}

HRESULT EnumObject::Clone(Out<IVssEnumObject*> ppenum) {
  if (!ppenum.at) return E_POINTER;
  HRESULT result = answer(*machine, Method::clone, false, always, [&] {
    *ppenum.at = new EnumObject(machine, all, next);
    return S_OK;
  });
  return withOutputs(*machine, result, ppenum.at);
}

}  // namespace vss::model
