// The replayer where a failure is put in: the failure itself, and what the program is answered behind it, where it goes ways that nobody has recorded.
#include <algorithm>
#include <cstring>

#include "replayer/live.h"
#include "replayer/values.h"
#include "traces/print.h"

namespace vss {
namespace {

constexpr int kLatePolls = 3;

bool startsOperation(const MethodInfo& method) { return !method.params.empty() && method.params.back().type == "IVssAsync"; }
bool hasOutputs(const MethodInfo& method) {
  for (const auto& param : method.params)
    if (!param.isInput()) return true;
  return false;
}

}  // namespace

// Counts the program's calls of the method.
bool Replayer::faultComes(const MethodInfo& method) {
  if (!fault_ || &method != fault_->method) return false;
  ++faultyCalls_;
  if (writerFailed_) return false;   // it is one writer, and tellOfWriter() tells of it
  return faultyCalls_ == fault_->nth || (fault_->always && faultyCalls_ > fault_->nth);
}

HRESULT Replayer::putIn(const MethodInfo& method, Live* self, void* const* args, Lock& lock) {
  if (!faultPutIn_) report_.tell(toText(*fault_) + " is put in at the program's call " + std::to_string(calls_));
  if (self && !faultPutIn_) faultyRoot_ = self->session->binding->root;
  if (fault_->way == Fault::Way::sync) {
    faultPutIn_ = true;
    return invent(method, self, args, fault_->code);
  }
  HRESULT result = serve(method, *self, args, lock);
  faultPutIn_ = true;
  if (result != S_OK) return result;
  if (fault_->way == Fault::Way::writer) {
    if (const void* instance = load<void*>(args[1])) {
      auto& failed = writerFailed_.emplace(WriterFailed{self->session, Guid{}});
      std::memcpy(&failed.instance, instance, sizeof failed.instance);
      tellOfWriter(method, *self, args);
    }
  } else if (auto* object = static_cast<Object*>(*load<void**>(args[method.params.size() - 1]))) {
    auto& operation = static_cast<Live&>(*object);
    operation.facts = changed(factsOf(operation), *fault_);
    if (fault_->way == Fault::Way::late) operation.late = kLatePolls;
  }
  return result;
}

// A writer that has failed stays so: every gather of that session tells it.
void Replayer::tellOfWriter(const MethodInfo& method, const Live& self, void* const* args) const {
  if (method.name != "GetWriterStatus" && method.name != "GetWriterStatusEx") return;
  if (self.session != writerFailed_->session && !fault_->always) return;
  const void* instance = load<void*>(args[1]);
  if (!instance || std::memcmp(instance, &writerFailed_->instance, sizeof(Guid)) != 0) return;
  if (auto* state = load<std::int32_t*>(args[4])) *state = fault_->state;
  if (auto* failure = load<HRESULT*>(args[5])) *failure = fault_->code;
}

// Answered by itself, and remembered as the session's: its state is what such a call makes of it.
HRESULT Replayer::invent(const MethodInfo& method, Live* self, void* const* args, HRESULT result, Live* made) {
  if (!made) clearOutputs(method, args);
  if (!self) return result;
  Binding& binding = *self->session->binding;
  Call& call = invented_.emplace_back(script_.matching().capture(method, binding.of(*self).object().number, calls_, signatureFor(method), args));
  call.result = static_cast<std::uint32_t>(result);
  if (made) call.outputs.emplace_back(ValueView::ofObject(binding.of(*made).object().number));
  auto& session = *self->session;
  addPlayed(*self, static_cast<CallNumber>(script_.calls() + invented_.size()));
  if (made) addMade(session, *made);
  if (&method != fault_->method) report_.tell("behind it: call " + std::to_string(calls_) + ": " + printCall(call) + " was not recorded so; answered " + nameOf(result));
  return result;
}

// An operation that ends well.
HRESULT Replayer::inventOperation(const MethodInfo& method, Live& self, void* const* args) {
  auto* out = load<void**>(args[method.params.size() - 1]);
  if (!out) return invent(method, &self, args, E_INVALIDARG);
  RecordedObject recorded;
  recorded.number = UINT32_MAX - ++inventedOperations_;
  recorded.session = self.session->binding->root;
  recorded.operation.outcome = VSS_S_ASYNC_FINISHED;
  Live& live = newLive(interfaceOf<IVssAsync>(), *self.session);
  self.session->binding->bind(live, std::move(recorded));
  clearOutputs(method, args);
  *out = static_cast<Object*>(&live);
  return invent(method, &self, args, S_OK, &live);
}

// What the documentation allows in the state that the session is in. Giving back and giving up are always welcome.
bool Replayer::mayBeCalled(const MethodInfo& method, const Live& self, const SessionState& state) const {
  if (self.session->root != &self || self.described == &interfaceOf<IUnknown>()) return true;
  if (state.kind != SessionKind::backup && state.kind != SessionKind::restore) return method.name.starts_with("Initialize");
  if (method.name.starts_with("Free") || method.name == "AbortBackup") return true;
  if (&method == fault_->method && !state.aborted) return true;   // another try
  return isLegal(method.name, state).value_or(true);
}

// The session may be one that comes later in the recording, or came before: a program that begins anew has more of them than the recorded one. Several
// may stand for the same.
CallNumber Replayer::findInAnySession(const Wanted& wanted, Live& self) {
  for (auto root : script_.sessionsAsked(wanted.question)) {
    if (root == self.session->binding->root || !script_.birthOf(root)) continue;
    auto binding = rebind(*self.session, root);
    CallNumber found = binding ? binding->of(self).findAnywhere(wanted) : 0;
    if (!found) continue;
    take(*self.session, std::move(*binding));
    return found;
  }
  return 0;
}

// The ids that AddToSnapshotSet gave for shadow copies which the session's set does not have, for it was not made.
std::set<std::string> Replayer::copiesNotMade(Live& self) {
  Session& session = *self.session;
  std::set<std::string> ids;
  if (!session.root || session.root->described == &interfaceOf<IUnknown>()) return ids;
  SessionState asked = session.state, now = *stateOf(*session.root);
  session.state = asked;
  bool begun = now.set == SetStage::started || now.set == SetStage::filled;
  if (!begun || now.snapshot == Stage::finished) return ids;
  for (const auto& entry : session.history)
    if (const Call& call = callOf(entry.call); call.is("AddToSnapshotSet") && call.hresult() == S_OK)
      if (const Value* id = call.output("pidSnapshot")) ids.insert(id->bytes.str());
  return ids;
}

// The recorded answer of an enumerator behind those that tell only of a shadow copy which was not made. 0: there is none.
CallNumber Replayer::findBehindNotMade(const Wanted& wanted, Live& self, CallNumber found) {
  auto ids = copiesNotMade(self);
  Progress& progress = self.session->binding->of(self);
  while (found) {
    const Call& call = callOf(found);
    bool ours = std::any_of(call.outputs.begin(), call.outputs.end(), [&](const Value& value) { return value.kind == ValueKind::stored && ids.contains(value.bytes.str()); });
    const Value* count = call.output("pceltFetched");
    if (!ours || !count || count->number != 1) return found;   // of several at once all are told
    if (call.hresult() != S_OK) return 0;
    progress.play(found);
    CallNumber next = progress.findHere(wanted);
    if (next == found) return 0;
    found = next;
  }
  return 0;
}

HRESULT Replayer::serveBehindFault(const Wanted& wanted, Live& self, void* const* args, Lock& lock) {
  const Progress& progress = self.session->binding->of(self);
  CallNumber found = progress.findHere(wanted);
  if (found && wanted.method.interface_ == "IVssEnumObject" && wanted.method.name == "Next") {
    found = findBehindNotMade(wanted, self, found);
    if (!found) return invent(wanted.method, &self, args, S_FALSE);
  }
  if (!found && wanted.method.name == "GetSnapshotProperties" && copiesNotMade(self).contains(std::string(static_cast<const char*>(args[0]), sizeof(Guid))))
    return invent(wanted.method, &self, args, VSS_E_OBJECT_NOT_FOUND);
  if (!found && !mayBeCalled(wanted.method, self, *wanted.state)) return invent(wanted.method, &self, args, VSS_E_BAD_STATE);
  if (!found) found = progress.findAnywhere(wanted);
  if (!found) found = findInAnySession(wanted, self);
  if (found) {
    self.session->binding->of(self).play(found);
    return give(wanted.method, found, &self, args, lock);
  }
  if (!hasOutputs(wanted.method)) return invent(wanted.method, &self, args, S_OK);
  return startsOperation(wanted.method) ? inventOperation(wanted.method, self, args) : invent(wanted.method, &self, args, VSS_E_UNEXPECTED);
}

// A program that begins anew, where the recording has nothing more: it is served the session in which it failed once more.
bool Replayer::beginAgain(void* const* args, std::uint32_t nulls) {
  const auto& births = script_.births();
  for (const auto& birth : births)
    if (birth.root && (!faultyRoot_ || birth.root == faultyRoot_) && birth.nulls == nulls && (!birth.call || callOf(birth.call).hresult() == S_OK)) {
      *load<void**>(args[0]) = static_cast<Object*>(&liveObject(birth.root, createVssBackupComponents().params[0], nullptr));
      return true;
    }
  return false;
}

}  // namespace vss
