// Implementations that are wrong in one way: the model, with a fault put between it and the requester. What the catalogue's rules are worth is
// what they find here: each fault is killed by the rule that it names.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "traces/vss/api.h"

namespace vss::conformance {

class FaultyCall;

struct Fault {
  std::string_view name;      // kebab-case
  std::string_view sentence;  // what is wrong
  std::string_view rule;      // that must turn red
  bool onlyHresult;           // nothing but an HRESULT differs from the model
  std::string_view methods;   // that it changes, by name; all others are passed on; "": any
  HRESULT (*answer)(FaultyCall& call);
  bool touches(std::string_view method) const;
};
std::span<const Fault> faults();
const Fault* faultNamed(std::string_view name);  // nullptr: none

// Stands before an implementation's objects. nullptr for a fault: passes every call on as it is.
class FaultInjector final : public Handler {
 public:
  // real: calls of the implementation's functions(), the factory among them.
  using Functions = std::function<HRESULT(const MethodInfo& function, void* const* args)>;
  FaultInjector(const Fault* fault, Functions real) : fault_(fault), real_(std::move(real)) {}

  // The same of the faulty implementation. It outlives every object that it made.
  HRESULT call(const MethodInfo& function, void* const* args);
  HRESULT handle(const MethodInfo& method, Object& self, void* const* args) override;

 private:
  friend class FaultyCall;
  HRESULT answer(FaultyCall& call) const;
  const Fault* fault_;
  Functions real_;
  Object* first_ = nullptr;   // the object that was made first
};

// What faults remember of one IVssBackupComponents.
struct FaultySession {
  IVssBackupComponentsEx4* real = nullptr;  // null when it is gone
  bool initialized = false, restore = false, identified = false, prepared = false, snapshotFailed = false, completed = false, metadataFreed = false;
  int components = 0, aborts = 0, gathers = 0, counts = 0, reads = 0;   // AddComponent; AbortBackup; status operations begun; since the last one, counts and rows that were asked for
  bool revertCancelled = false;             // Cancel was called on what QueryRevertStatus handed out
  bool freed = false;                       // the last record was
  std::vector<char16_t*> names;             // handed out by the status methods
};

// What a requester holds.
struct FaultyObject : Object {
  FaultyObject(const InterfaceInfo& described, Handler* handler, void* real) : Object(described, handler, real), described(described) {}
  const InterfaceInfo& described;
  std::atomic<ULONG> references{1};         // this has one to the implementation's object, whoever holds it
  std::shared_ptr<FaultySession> session;   // its own, or that which it came from
  const MethodInfo* starter = nullptr;      // IVssAsync: who started it
  std::atomic<int> polls{0}, waits{0}, cancels{0};
  std::atomic<HRESULT> ended{0};            // IVssAsync: how it has ended, as the model told; 0: not told
};

// One call on its way to the implementation.
class FaultyCall {
 public:
  FaultyCall(FaultInjector& injector, const MethodInfo& method, FaultyObject* self, void* const* args)
      : method(method), self(self), injector_(injector), args_(args) {}

  const MethodInfo& method;
  FaultyObject* const self;       // nullptr: an exported function
  bool is(std::string_view name) const { return method.name == name; }
  bool isRow() const { return is("GetWriterStatus") || is("GetWriterStatusEx"); }
  bool startsOperation() const { return !method.params.empty() && method.params.back().type == "IVssAsync"; }
  // An operation begun by this method; "": by any.
  bool isOperation(std::string_view starter = "") const { return self && self->starter && (starter.empty() || self->starter->name == starter); }
  bool isSession() const { return self && &self->described == &interfaceOf<IVssBackupComponentsEx4>(); }
  // A component in the document, or what metadata or a query handed out.
  bool isOther() const { return self && !self->starter && !isSession(); }
  FaultySession& session() const { return *self->session; }

  // Lets the implementation answer, with the arguments as they are.
  HRESULT pass();
  // The answer, but for one code.
  HRESULT passBut(HRESULT answer, HRESULT instead) {
    HRESULT result = pass();
    return result == answer ? instead : result;
  }
  // An argument, to read or to change. The method has it.
  template <class T> T& argument(std::string_view name) const { return *static_cast<T*>(args_[place(name)]); }
  // Where an output goes; nullptr: nowhere, or the method has none of that name.
  template <class T> T* out(std::string_view name) const {
    std::size_t at = place(name);
    return at < method.params.size() ? *static_cast<T**>(args_[at]) : nullptr;
  }
  // An output that the caller passed null for, though it is not optional.
  bool hasNullOutput() const;
  // The object that a factory or a starter has just handed out.
  FaultyObject* made() const;
  HRESULT* failureOut() const { return out<HRESULT>(is("GetWriterStatus") ? "phResultFailure" : "phrFailureWriter"); }
  std::uint32_t& index() const { return argument<std::uint32_t>("iWriter"); }
  // How many rows the implementation has; -1: it does not serve any.
  int rows() const;
  // An object before one of the implementation; takes over a reference. starter: of an IVssAsync.
  FaultyObject* wrap(const InterfaceInfo& described, void* real, const MethodInfo* starter, std::shared_ptr<FaultySession> session);
  // The object that the factory made first, while it lives; nullptr: none.
  FaultyObject* first() const { return static_cast<FaultyObject*>(injector_.first_); }
  // An object of the implementation's own.
  HRESULT createReal(IVssBackupComponents** out) const {
    void* args[] = {&out, nullptr};
    return injector_.real_(createVssBackupComponents(), args);
  }

 private:
  friend class FaultInjector;
  std::size_t place(std::string_view name) const;
  HRESULT passFunction();
  HRESULT passOnObject();
  void learn();

  FaultInjector& injector_;
  void* const* args_;
  bool last_ = false;             // the object's last reference went
};

}  // namespace vss::conformance
