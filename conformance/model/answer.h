// The way that every modelled call goes: what is due, arguments and state in the chosen order, the scenario's order, the answer.
#pragma once
#include <new>

#include "machine.h"

namespace vss::model {

// Nothing is thrown across the vtable.
template <class Body> HRESULT guarded(const Machine& machine, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  } catch (...) {
    return machine.onThisSystem(VSS_E_UNEXPECTED);
  }
}

// mayCall and body run under the machine's lock. A call that fails its argument check changes nothing and is not counted.
template <class MayCall, class Body>
HRESULT answer(Machine& machine, Method method, bool badArgument, MayCall&& mayCall, Body&& body) noexcept {
  return guarded(machine, [&]() -> HRESULT {
    std::unique_lock lock(machine.mutex);
    machine.settleDue();
    HRESULT state = mayCall();
    if (badArgument && (state == S_OK || machine.scenario.choices.argumentOrder == ArgumentOrder::argumentsFirst)) return E_INVALIDARG;
    if (state != S_OK) return state;
    if (HRESULT ordered = machine.ordered(method); ordered != S_OK) return ordered;
    return body();
  });
}

// The policy for out-parameters: a failing call leaves NULL and 0 behind once its argument check has passed, or touches nothing.
template <class... T> HRESULT withOutputs(const Machine& machine, HRESULT result, T*... outputs) {
  if (failed(result) && result != E_INVALIDARG && machine.scenario.choices.failedCallOutputs == FailedCallOutputs::zeroed)
    ((outputs ? void(*outputs = T{}) : void()), ...);
  return result;
}

}  // namespace vss::model
