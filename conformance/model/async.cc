#include "async.h"

#include "answer.h"

namespace vss::model {

HRESULT Async::QueryInterface(const Guid& riid, Out<void*> ppvObject) {
  if (!ppvObject.at) return E_POINTER;
  bool known = riid == IUnknown::iid || riid == IVssAsync::iid;
  *ppvObject.at = known ? static_cast<IVssAsync*>(this) : nullptr;
  if (known) AddRef();
  return known ? S_OK : E_NOINTERFACE;
}

ULONG Async::AddRef() { return ++references; }

ULONG Async::Release() {
  ULONG left = --references;
  if (left) return left;
  guarded(*machine, [&]() -> HRESULT {
    std::unique_lock lock(machine->mutex);
    machine->settleDue();
    if (!operation->pending()) return S_OK;
    if (!operation->cancellable) return S_OK;  // others may ask it
    if (machine->scenario.choices.releaseOfPending == ReleaseOfPending::cancels) machine->end(operation, VSS_S_ASYNC_CANCELLED);
    else if (operation->plan.polls) machine->endAsPlanned(operation);  // nobody is left to ask it
    return S_OK;
  });
  delete this;
  return 0;
}

HRESULT Async::Cancel() {
  return answer(*machine, Method::cancel, false, [] { return S_OK; }, [&]() -> HRESULT {
    if (!operation->pending()) return operation->result;
    if (operation->cancellable) machine->end(operation, VSS_S_ASYNC_CANCELLED);
    return S_OK;
  });
}

HRESULT Async::Wait(DWORD dwMilliseconds) {
  // A thread may wait while another one makes the last Release: this object is not touched after the first wait.
  auto machine = this->machine;
  auto operation = this->operation;
  const Profile& os = *machine->scenario.os;
  bool forEver = dwMilliseconds == kInfinite || os.waitWithoutTime;
  return guarded(*machine, [&]() -> HRESULT {
    std::unique_lock lock(machine->mutex);
    machine->settleDue();
    if (os.waitOnlyInfinite && !forEver) return E_INVALIDARG;
    if (machine->scenario.accessDenied == AccessDenied::async) return E_ACCESSDENIED;
    if (HRESULT ordered = machine->ordered(Method::wait); ordered != S_OK) return ordered;
    if (operation->pending() && operation->plan.polls) machine->endAsPlanned(operation);
    std::optional<Clock::Time> deadline;
    if (!forEver) deadline = machine->clock->now() + std::chrono::milliseconds(dwMilliseconds);
    while (operation->pending() && (!deadline || machine->clock->now() < *deadline)) {
      auto wake = operation->due && (!deadline || *operation->due < *deadline) ? operation->due : deadline;
      machine->clock->wait(operation->changed, lock, wake);
      machine->settleDue();
    }
    const Choices& choices = machine->scenario.choices;
    switch (operation->result) {
      case VSS_S_ASYNC_PENDING: return choices.waitTimedOut == WaitTimedOut::ok ? S_OK : VSS_S_ASYNC_PENDING;
      case VSS_S_ASYNC_FINISHED: return S_OK;
      case VSS_S_ASYNC_CANCELLED: return choices.waitOnCancelled == WaitOnCancelled::ok ? S_OK : VSS_S_ASYNC_CANCELLED;
      default: return choices.waitOnFailed == WaitOnFailed::ok ? S_OK : operation->result;
    }
  });
}

HRESULT Async::QueryStatus(Out<Hresult> pHrResult, OutOptional<INT> pReserved) {
  bool returnsError = false;
  HRESULT result = answer(*machine, Method::queryStatus, !pHrResult.at, [] { return S_OK; }, [&]() -> HRESULT {
    const Choices& choices = machine->scenario.choices;
    if (machine->scenario.accessDenied == AccessDenied::async) return E_ACCESSDENIED;
    if (operation->pending() && operation->plan.polls && operation->pollsLeft-- == 0) machine->endAsPlanned(operation);
    *pHrResult.at = operation->result;
    if (pReserved.at && choices.reservedPointer == ReservedPointer::zeroed) *pReserved.at = 0;
    returnsError = failed(operation->result) && choices.queryStatusOfFailed == QueryStatusOfFailed::returned;
    return returnsError ? operation->result : S_OK;
  });
  return returnsError ? result : withOutputs(*machine, result, pHrResult.at);
}

}  // namespace vss::model
