// The exported functions of a vssapi library, as the model answers them.
#include "model.h"
#include "traces/vss/memory.h"

namespace vss::model {

HRESULT callFunction(const std::shared_ptr<Service>& service, const MethodInfo& function, void* const* args) noexcept {
  if (&function == &vssFreeSnapshotProperties()) {
    freeSnapshotProperties(load<VSS_SNAPSHOT_PROP*>(args[0]), &coTaskMemFree);
    return S_OK;
  }
  for (std::size_t i = 0; i < function.params.size(); ++i)
    if (!function.params[i].isInput() && !load<void*>(args[i])) return E_INVALIDARG;
  clearOutputs(function, args);
  if (!service) return VSS_E_UNEXPECTED;
  if (&function == &createVssBackupComponents()) return create(service, load<IVssBackupComponents**>(args[0]));
  if (&function == &createVssExamineWriterMetadata())
    return createMetadata(service, load<char16_t*>(args[0]), load<IVssExamineWriterMetadata**>(args[1]));
  return E_NOTIMPL;
}

}  // namespace vss::model
