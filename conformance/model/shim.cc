// The model as a drop-in vssapi.dll / libvssapi.so. Nothing happens while the library is loaded; the scenario is read at the first call of
// the factory.
#include "environment.h"
#include "traces/vss/exports.h"

namespace vss::shim {

HRESULT create(IVssBackupComponents** ppBackup) try {
  if (const auto& service = model::serviceOfEnvironment()) return model::create(service, ppBackup);
  if (ppBackup) *ppBackup = nullptr;
  return ppBackup ? VSS_E_UNEXPECTED : E_INVALIDARG;
} catch (...) {
  return E_OUTOFMEMORY;
}

void* exportBehind(const char*) noexcept { return nullptr; }
std::uint16_t origin() noexcept { return 1; }  // a stand-in

}  // namespace vss::shim
