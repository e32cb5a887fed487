#include "conformance/faults/faults.h"

namespace vss::conformance {

HRESULT FaultInjector::call(const MethodInfo& function, void* const* args) {
  FaultyCall call(*this, function, nullptr, args);
  return answer(call);
}

HRESULT FaultInjector::answer(FaultyCall& call) const { return fault_ && fault_->touches(call.method.name) ? fault_->answer(call) : call.pass(); }

HRESULT FaultInjector::handle(const MethodInfo& method, Object& object, void* const* args) {
  auto& self = static_cast<FaultyObject&>(object);
  FaultyCall call(*this, method, &self, args);
  HRESULT result = answer(call);
  if (call.last_) delete &self;
  return result;
}

std::size_t FaultyCall::place(std::string_view name) const {
  std::size_t at = 0;
  while (at < method.params.size() && method.params[at].name != name) ++at;
  return at;
}

bool FaultyCall::hasNullOutput() const {
  for (std::size_t i = 0; i < method.params.size(); ++i)
    if (!method.params[i].isInput() && method.params[i].role != Role::outOptional && !*static_cast<void**>(args_[i])) return true;
  return false;
}

FaultyObject* FaultyCall::made() const {
  auto** at = *static_cast<Object***>(args_[method.params.size() - 1]);
  return at ? static_cast<FaultyObject*>(*at) : nullptr;
}

int FaultyCall::rows() const {
  UINT count = 0;
  return session().real && session().real->GetWriterStatusCount(&count) == S_OK ? static_cast<int>(count) : -1;
}

FaultyObject* FaultyCall::wrap(const InterfaceInfo& described, void* real, const MethodInfo* starter, std::shared_ptr<FaultySession> session) {
  auto* object = new FaultyObject(described, &injector_, real);
  object->session = std::move(session);
  object->starter = starter;
  return object;
}

HRESULT FaultyCall::pass() { return self ? passOnObject() : passFunction(); }

HRESULT FaultyCall::passFunction() {
  HRESULT result = injector_.real_(method, args_);
  if (result != S_OK) return result;
  auto session = std::make_shared<FaultySession>();
  if (is("CreateVssExamineWriterMetadata")) {
    auto** metadata = out<void*>("ppMetadata");
    *metadata = static_cast<Object*>(wrap(widestOf(interfaceOf<IVssExamineWriterMetadata>()), *metadata, nullptr, session));
  }
  if (!is("CreateVssBackupComponents")) return result;
  auto** out = this->out<IVssBackupComponents*>("ppBackup");
  session->real = static_cast<IVssBackupComponentsEx4*>(*out);
  FaultyObject* object = wrap(interfaceOf<IVssBackupComponentsEx4>(), *out, nullptr, session);
  if (!injector_.first_) injector_.first_ = object;
  *out = reinterpret_cast<IVssBackupComponents*>(static_cast<Object*>(object));
  return S_OK;
}

HRESULT FaultyCall::passOnObject() {
  enum { queryInterface, addRef, release };
  if (method.isUnknown() && method.slot == addRef) return static_cast<HRESULT>(++self->references);
  if (method.isUnknown() && method.slot == release) {
    ULONG left = --self->references;
    if (left) return static_cast<HRESULT>(left);
    static_cast<IUnknown*>(self->described.unknownOf(self->real))->Release();
    if (isSession()) session().real = nullptr;
    if (injector_.first_ == self) injector_.first_ = nullptr;
    last_ = true;
    return 0;
  }
  void* real = method.isUnknown() ? self->described.unknownOf(self->real) : self->real;
  HRESULT result = method.invoke(real, args_);
  if (result != S_OK) return result;
  if (method.isUnknown()) {  // QueryInterface: the model has one address for all interfaces of an object
    static_cast<IUnknown*>(real)->Release();
    ++self->references;
    *out<void*>("ppvObject") = self->described.unknownOf(static_cast<Object*>(self));
  }
  for (const auto& param : method.params) {
    const InterfaceInfo* described = param.kind == Kind::object && !param.isInput() ? interfaceNamed(param.type) : nullptr;
    void** at = described ? out<void*>(param.name) : nullptr;
    if (at && *at) *at = static_cast<Object*>(wrap(widestOf(*described), *at, startsOperation() ? &method : nullptr, self->session));
  }
  learn();
  return S_OK;
}

void FaultyCall::learn() {
  if (isOperation() && is("QueryStatus")) {
    HRESULT status = *out<HRESULT>("pHrResult");
    if (status != VSS_S_ASYNC_PENDING) self->ended = status;
    if (isOperation("DoSnapshotSet") && failed(status)) session().snapshotFailed = true;
  }
  if (isOperation("QueryRevertStatus") && is("Cancel")) session().revertCancelled = true;
  if (!isSession()) return;
  FaultySession& s = session();
  if (is("InitializeForBackup") || is("InitializeForRestore")) s.initialized = true, s.restore = is("InitializeForRestore");
  else if (is("GatherWriterMetadata")) s.identified = true;
  else if (is("PrepareForBackup")) s.prepared = true;
  else if (is("BackupComplete")) s.completed = true;
  else if (is("FreeWriterMetadata")) s.metadataFreed = true;
  else if (is("AbortBackup")) ++s.aborts;
  else if (is("AddComponent")) ++s.components;
  else if (is("GatherWriterStatus")) ++s.gathers, s.counts = s.reads = 0, s.freed = false;
  else if (is("GetWriterStatusCount")) ++s.counts;
  else if (is("FreeWriterStatus")) s.freed = true;
  else if (isRow()) ++s.reads;
}

}  // namespace vss::conformance
