#include "recorder/target.h"

#include "traces/vss/memory.h"

namespace vss {

CallFunction callsOf(std::function<void*(const char* name)> find) {
  return [find = std::move(find)](const MethodInfo& function, void* const* args) -> HRESULT {
    for (const char* name : exportNamesOf(function))
      if (void* found = name ? find(name) : nullptr) return function.invoke(found, args);
    if (&function != &vssFreeSnapshotProperties()) return E_NOTIMPL;
    freeSnapshotProperties(load<VSS_SNAPSHOT_PROP*>(args[0]), &coTaskMemFree);
    return S_OK;
  };
}

}  // namespace vss
