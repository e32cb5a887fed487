// A faulty implementation as a drop-in vssapi.dll / libvssapi.so, to see the suite fail: SHADOWTAPE_FAULT names the fault, SHADOWTAPE_SCENARIO
// the scenario of the model behind it. Not installed.
#include <cstdio>

#include "conformance/faults/faults.h"
#include "conformance/model/environment.h"
#include "traces/vss/exports.h"

namespace vss::shim {
namespace {

// nullptr: there is no such fault, which standard error was told.
conformance::FaultInjector* injector() {
  static auto* const injector = []() -> conformance::FaultInjector* {
    std::string name = model::environmentPath("SHADOWTAPE_FAULT").string();
    if (auto* fault = conformance::faultNamed(name))
      return new conformance::FaultInjector(
          fault, [](const MethodInfo& function, void* const* args) { return model::callFunction(model::serviceOfEnvironment(), function, args); });
    std::fprintf(stderr, "shadowtape faults: SHADOWTAPE_FAULT %s; it is one of:\n", name.empty() ? "names no fault" : ("is " + name).c_str());
    for (const auto& fault : conformance::faults()) std::fprintf(stderr, "  %s: %s\n", std::string(fault.name).c_str(), std::string(fault.sentence).c_str());
    return nullptr;
  }();
  return injector;
}

}  // namespace

HRESULT call(const MethodInfo& function, void* const* args) try {
  const auto& service = model::serviceOfEnvironment();
  if (auto* faulty = service ? injector() : nullptr) return faulty->call(function, args);
  clearOutputs(function, args);
  return VSS_E_UNEXPECTED;
} catch (...) {
  return E_OUTOFMEMORY;
}

std::uint16_t origin() noexcept { return 1; }  // a stand-in

}  // namespace vss::shim
