// What the objects have in common that the model hands out besides IVssBackupComponents and IVssAsync: references, identity, the way that
// a getter goes. Each begins with one reference, may be used from any thread and outlives what it came from.
#pragma once
#include <atomic>
#include <memory>
#include <span>

#include "answer.h"
#include "bstr.h"

namespace vss::model {

// Self is final and derives from this; I is the newest interface of one chain.
template <class Self, class I> class CountedObject : public I {
 public:
  CountedObject(const CountedObject&) = delete;

  HRESULT VSS_CALL QueryInterface(const Guid& riid, Out<void*> ppvObject) final {
    if (!ppvObject.at) return E_POINTER;
    bool known = riid == IUnknown::iid;
    for (const Guid* iid : static_cast<const Self*>(this)->known()) known |= riid == *iid;
    *ppvObject.at = known ? static_cast<I*>(this) : nullptr;
    if (known) AddRef();
    return known ? S_OK : E_NOINTERFACE;
  }
  ULONG VSS_CALL AddRef() final { return ++references; }
  ULONG VSS_CALL Release() final {
    ULONG left = --references;
    if (!left) delete static_cast<Self*>(this);
    return left;
  }

 protected:
  explicit CountedObject(std::shared_ptr<Machine> machine) : machine(std::move(machine)) {}
  ~CountedObject() = default;

  std::span<const Guid* const> known() const { return {}; }  // Self's takes its place: the interfaces that this system has, by their ids

  const Choices& choices() const { return machine->scenario.choices; }

  // mayCall and get run under the machine's lock.
  template <class MayCall, class Get> HRESULT call(Method method, bool badArgument, MayCall&& mayCall, Get&& get) {
    return answer(*machine, method, badArgument, mayCall, get);
  }
  static HRESULT always() { return S_OK; }

  // A getter with one output.
  template <class T, class Get> HRESULT give(Method method, T* out, Get&& get) { return give(method, out, always, get); }
  template <class T, class MayCall, class Get> HRESULT give(Method method, T* out, MayCall&& mayCall, Get&& get) {
    HRESULT result = call(method, !out, mayCall, [&]() -> HRESULT {
      *out = get();
      return S_OK;
    });
    return withOutputs(*machine, result, out);
  }
  // A text; where there is none: NULL, and `none` comes back.
  template <class Get> HRESULT giveText(Method method, char16_t** out, HRESULT none, Get&& get) { return giveText(method, out, none, always, get); }
  template <class MayCall, class Get> HRESULT giveText(Method method, char16_t** out, HRESULT none, MayCall&& mayCall, Get&& get) {
    HRESULT result = call(method, !out, mayCall, [&]() -> HRESULT {
      const MaybeText text = get();
      *out = newBstr(text).release();
      return text ? S_OK : none;
    });
    return withOutputs(*machine, result, out);
  }
  // A new object of the list's, made from its item; past the end `pastTheEnd`.
  template <class J, class List, class Make> HRESULT giveItem(Method method, J** out, UINT index, List&& list, Make&& make, HRESULT pastTheEnd = VSS_E_OBJECT_NOT_FOUND) {
    HRESULT result = call(method, !out, always, [&]() -> HRESULT {
      const auto& items = list();
      if (index >= items.size()) return pastTheEnd;
      *out = make(items[index]);
      return S_OK;
    });
    return withOutputs(*machine, result, out);
  }

  const std::shared_ptr<Machine> machine;

 private:
  std::atomic<ULONG> references{1};
};

}  // namespace vss::model
