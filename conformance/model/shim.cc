// The model as a drop-in vssapi.dll / libvssapi.so. Nothing happens while the library is loaded; the scenario is read at the first call of
// one of its functions.
#include "environment.h"
#include "traces/vss/exports.h"

namespace vss::shim {

HRESULT call(const MethodInfo& function, void* const* args) try {
  return model::callFunction(model::serviceOfEnvironment(), function, args);
} catch (...) {
  return E_OUTOFMEMORY;
}

std::uint16_t origin() noexcept { return 1; }  // a stand-in

}  // namespace vss::shim
