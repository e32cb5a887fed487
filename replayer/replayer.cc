#include "replayer/replayer.h"

#include <algorithm>
#include <cstring>

#include "replayer/progress.h"
#include "replayer/values.h"
#include "traces/print.h"

namespace vss {
namespace {

template <class T> T load(const void* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::vector<std::uint32_t> objectsOf(const Call& call) {
  std::vector<std::uint32_t> numbers;
  for (const auto& value : call.outputs)
    if (value.kind == ValueKind::object) numbers.push_back(static_cast<std::uint32_t>(value.number));
  return numbers;
}

// Whether a requester could not have told one answer from the other.
bool sameAnswer(const Call& a, const Call& b) {
  if (a.result != b.result || a.outputs.size() != b.outputs.size()) return false;
  for (std::size_t i = 0; i < a.outputs.size(); ++i)
    if (a.outputs[i].kind != b.outputs[i].kind || (a.outputs[i].kind != ValueKind::object && !(a.outputs[i] == b.outputs[i]))) return false;
  return true;
}
bool sameQuestion(const Call& a, const Call& b) { return a.inputs == b.inputs && a.nulls == b.nulls; }

bool offers(const InterfaceInfo& object, const Guid& iid) {
  for (const InterfaceInfo* i = &object; i; i = i->base)
    if (i->iid == iid) return true;
  return false;
}

}  // namespace

// Which recorded object each object of a session stands for, and how far each is played.
class Replayer::Binding {
 public:
  Binding(Live& root, const RecordedObject& recorded) { bind(root, recorded); }
  void bind(const Live& live, const RecordedObject& recorded) { progress_.try_emplace(&live, recorded); }
  Progress& of(const Live& live) { return progress_.at(&live); }
  std::uint32_t root = 0;

 private:
  std::unordered_map<const Live*, Progress> progress_;
};

struct Replayer::Live : Object {
  const InterfaceInfo* described;
  std::int32_t references = 1;
  Session* session;
  // An operation: what the requester has been told of it.
  bool told = false;            // an outcome, or that it is pending
  bool pendingTold = false, waited = false, cancelled = false, cutShort = false;
  std::optional<std::chrono::steady_clock::time_point> firstPoll;
};

struct Replayer::Session {
  struct Entry {
    Live* self;
    const Call* recorded;
    std::vector<Live*> made;    // the objects that this call handed out
  };
  Live* root = nullptr;
  std::optional<Binding> binding;
  std::vector<Entry> history;
};

Replayer::Replayer(const Script& script, Report& report, ReplayOptions options, std::function<void()> stop)
    : script_(script), report_(report), options_(std::move(options)), stop_(std::move(stop)), factoryPlayed_(script.factoryCalls().size()) {}
Replayer::~Replayer() = default;

const Signature& Replayer::signatureFor(const MethodInfo& method) {
  auto& signature = signatures_[&method];
  if (!signature) signature = std::make_unique<Signature>(parseSignature(signatureOf(method)).value());
  return *signature;
}

HRESULT Replayer::create(IVssBackupComponents** ppBackup) {
  const MethodInfo& method = createVssBackupComponents();
  Out<IVssBackupComponents*> out(ppBackup);
  void* args[] = {&out, nullptr};
  std::unique_lock lock(mutex_);
  ++calls_;
  const auto& recorded = script_.factoryCalls();
  const Call* nearest = nullptr;
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    if (factoryPlayed_[i] || recorded[i]->signature->known != &method) continue;
    if (recorded[i]->nulls == nullOutputs(method, args)) {
      factoryPlayed_[i] = true;
      return give(method, *recorded[i], nullptr, args, lock);
    }
    nearest = recorded[i];
  }
  return diverged(method, nullptr, args, nearest ? "" : "the recording creates no further object", nearest);
}

HRESULT Replayer::handle(const MethodInfo& method, Object& self, void* const* args) {
  auto& live = static_cast<Live&>(self);
  std::unique_lock lock(mutex_);
  ++calls_;
  if (isComputed(method)) return computed(method, live, args, lock);
  Progress& progress = live.session->binding->of(live);
  std::uint32_t nulls = nullOutputs(method, args);
  const Call* found = progress.find(method, [&](const Call& call) { return call.nulls == nulls && sameInputs(method, args, call); });
  if (!found) found = findElsewhere(method, live, args);
  if (found) {
    live.session->binding->of(live).play(*found);
    return give(method, *found, &live, args, lock);
  }
  const Call* nearest = progress.find(method, [](const Call&) { return true; });
  std::string difference;
  if (!nearest) {
    auto known = progress.object().byMethod.find(&method);
    if (known == progress.object().byMethod.end()) difference = std::string(method.name) + " was never called on this object when it was recorded";
    else {
      nearest = progress.object().calls[known->second.back()];
      difference = std::string(method.name) + " is asked more often, or elsewhere in the session, than when it was recorded";
    }
  }
  return diverged(method, &live, args, difference, nearest);
}

// Requesters with several sessions at once start them in any order. If this session goes on as another recorded one did, and all that it was
// told so far is what it would have been told there, then it is that one; a session that is taken for that one now must fit in here.
const Call* Replayer::findElsewhere(const MethodInfo& method, Live& self, void* const* args) {
  Session& session = *self.session;
  auto rebind = [&](Session& s, std::uint32_t root) -> std::optional<Binding> {
    const RecordedObject* recorded = script_.object(root);
    if (!recorded) return std::nullopt;
    std::optional<Binding> binding(std::in_place, *s.root, *recorded);
    binding->root = root;
    for (const auto& entry : s.history) {
      Progress& progress = binding->of(*entry.self);
      const Call* call = progress.find(*entry.recorded->signature->known, [&](const Call& c) { return sameQuestion(c, *entry.recorded) && sameAnswer(c, *entry.recorded); });
      if (!call) return std::nullopt;
      progress.play(*call);
      auto numbers = objectsOf(*call);
      for (std::size_t i = 0; i < entry.made.size(); ++i) {
        const RecordedObject* made = script_.object(numbers.at(i));
        const OperationFacts &was = s.binding->of(*entry.made[i]).object().operation, &is = made->operation;
        if (entry.made[i]->told && (was.outcome != is.outcome || was.refused != is.refused || was.cancel != is.cancel)) return std::nullopt;
        binding->bind(*entry.made[i], *made);
      }
    }
    return binding;
  };
  std::uint32_t nulls = nullOutputs(method, args);
  const auto& factory = script_.factoryCalls();
  for (std::size_t i = 0; i < factory.size(); ++i) {
    auto numbers = objectsOf(*factory[i]);
    if (numbers.empty() || numbers[0] == session.binding->root) continue;
    auto here = rebind(session, numbers[0]);
    if (!here) continue;
    const Call* found = here->of(self).find(method, [&](const Call& call) { return call.nulls == nulls && sameInputs(method, args, call); });
    if (!found) continue;
    Session* other = nullptr;
    for (const auto& s : sessions_)
      if (s->binding->root == numbers[0]) other = s.get();
    if (other) {
      auto there = rebind(*other, session.binding->root);
      if (!there) continue;
      other->binding = std::move(there);
    } else {
      factoryPlayed_[i] = true;
      for (std::size_t j = 0; j < factory.size(); ++j)
        if (auto mine = objectsOf(*factory[j]); !mine.empty() && mine[0] == session.binding->root) factoryPlayed_[j] = false;
    }
    session.binding = std::move(here);
    return found;
  }
  return nullptr;
}

// The requester's object for a recorded one, with a new reference.
Replayer::Live& Replayer::liveObject(std::uint32_t number, const ParamInfo& param, Session* session) {
  const RecordedObject& recorded = *script_.object(number);
  if (session)
    for (const auto& entry : session->history)
      for (Live* made : entry.made)
        if (made->references > 0 && session->binding->of(*made).object().number == number) {
          ++made->references;
          return *made;
        }
  auto live = std::make_unique<Live>();
  bool operation = param.type == "IVssAsync";
  live->described = operation ? &interfaceOf<IVssAsync>() : &interfaceOf<IVssBackupComponentsEx4>();
  live->vtable = live->described->vtable;
  live->handler = this;
  live->real = nullptr;
  if (!session) {
    session = sessions_.emplace_back(std::make_unique<Session>()).get();
    session->root = live.get();
    session->binding.emplace(*live, recorded);
    session->binding->root = number;
  } else session->binding->bind(*live, recorded);
  live->session = session;
  return *objects_.emplace_back(std::move(live));
}

// Answers as recorded. self: the object that was called; nullptr: the factory was.
HRESULT Replayer::give(const MethodInfo& method, const Call& recorded, Live* self, void* const* args, std::unique_lock<std::mutex>& lock) {
  if (!recorded.result) {
    hang(lock, "call " + std::to_string(recorded.number) + ": " + printCall(recorded) + ", which never came back,", [] { return false; });
    clearOutputs(method, args);
    return VSS_E_UNEXPECTED;
  }
  writeOutputs(method, args, recorded);
  Session::Entry entry{self, &recorded, {}};
  std::size_t value = 0;
  for (std::size_t i = 0; i < method.params.size(); ++i) {
    const ParamInfo& param = method.params[i];
    if (param.isInput()) continue;
    const Value& output = recorded.outputs.at(value);
    value += param.fields.empty() ? 1 : param.fields.size();
    void** at = load<void**>(args[i]);
    if (!at || param.kind != Kind::object) continue;
    if (output.kind == ValueKind::foreignObject) {
      return diverged(method, self, args, std::string(param.name) + " was an " + std::string(param.type) + ", which the recording does not hold", &recorded);
    }
    if (output.kind != ValueKind::object) continue;
    Live& live = liveObject(static_cast<std::uint32_t>(output.number), param, self ? self->session : nullptr);
    *at = static_cast<Object*>(&live);
    entry.made.push_back(&live);
  }
  if (self) self->session->history.push_back(std::move(entry));
  return static_cast<HRESULT>(*recorded.result);
}

HRESULT Replayer::diverged(const MethodInfo& method, Live* self, void* const* args, std::string difference, const Call* nearest) {
  try {
    Divergence divergence;
    divergence.heldAgainst = nearest;
    std::uint32_t number = 0;
    if (self) {
      Progress& progress = self->session->binding->of(*self);
      number = progress.object().number;
      divergence.played = progress.played();
      divergence.next = progress.next(3);
    }
    divergence.live = captureCall(method, number, calls_, signatureFor(method), args);
    if (nearest && difference.empty()) difference = firstDifference(divergence.live, *nearest);
    divergence.difference = std::move(difference);
    divergence.answer = "VSS_E_UNEXPECTED, every output zero";
    report_.diverged(divergence);
  } catch (const std::exception&) {
  }
  clearOutputs(method, args);
  if (options_.stopOnDivergence) stop_();
  return VSS_E_UNEXPECTED;
}

// Until `until`, or until the limit is over, which is told.
void Replayer::hang(std::unique_lock<std::mutex>& lock, const std::string& what, const std::function<bool()>& until) {
  if (!options_.hangLimit) return changed_.wait(lock, until);
  if (!changed_.wait_for(lock, *options_.hangLimit, until)) report_.tell(what + " hangs as recorded; ended by the hang limit");
}

HRESULT Replayer::computed(const MethodInfo& method, Live& self, void* const* args, std::unique_lock<std::mutex>& lock) {
  if (method.interface_ == "IUnknown") {
    if (method.slot == 0) return queryInterface(self, args);
    if (method.slot == 1) return ++self.references;
    return self.references > 0 ? --self.references : 0;
  }
  if (method.name == "Wait") return wait(self, load<DWORD>(args[0]), lock);
  return method.name == "Cancel" ? cancel(self) : queryStatus(self, args);
}

HRESULT Replayer::queryInterface(Live& self, void* const* args) {
  void** out = load<void**>(args[1]);
  if (!out) return E_POINTER;
  *out = nullptr;
  Guid iid;
  std::memcpy(&iid, args[0], sizeof iid);
  const auto& refused = self.session->binding->of(self).object().refusedInterfaces;
  if (!offers(*self.described, iid) || refused.count(std::string(reinterpret_cast<const char*>(&iid), sizeof iid))) return E_NOINTERFACE;
  ++self.references;
  *out = static_cast<Object*>(&self);
  return S_OK;
}

HRESULT Replayer::queryStatus(Live& self, void* const* args) {
  const OperationFacts& facts = self.session->binding->of(self).object().operation;
  auto* status = load<HRESULT*>(args[0]);
  if (!status) {
    auto recorded = facts.nullQueries.find(load<void*>(args[1]) ? 1 : 3);
    return recorded == facts.nullQueries.end() ? E_INVALIDARG : recorded->second;
  }
  self.told = true;
  if (facts.refused) {
    *status = 0;
    return *facts.refused;
  }
  auto now = std::chrono::steady_clock::now();
  if (!self.firstPoll) self.firstPoll = now;
  if (self.cancelled) *status = VSS_S_ASYNC_CANCELLED;
  else if (self.cutShort) *status = VSS_E_UNEXPECTED;
  else if (!facts.outcome) {
    if (options_.hangLimit && now - *self.firstPoll > *options_.hangLimit) {
      self.cutShort = true;
      report_.tell("an operation that never ended when it was recorded is ended by the hang limit");
      *status = VSS_E_UNEXPECTED;
    } else *status = VSS_S_ASYNC_PENDING;
  } else if (facts.pendingSeen && !self.pendingTold && !self.waited) *status = VSS_S_ASYNC_PENDING;
  else *status = *facts.outcome;
  self.pendingTold = self.pendingTold || *status == VSS_S_ASYNC_PENDING;
  return S_OK;
}

HRESULT Replayer::wait(Live& self, DWORD milliseconds, std::unique_lock<std::mutex>& lock) {
  const OperationFacts& facts = self.session->binding->of(self).object().operation;
  self.told = true;
  auto recorded = facts.waits.find(milliseconds);
  HRESULT answer = recorded == facts.waits.end() ? S_OK : recorded->second;
  if (facts.outcome || facts.refused || self.cancelled || self.cutShort) {
    self.waited = true;
    return answer;
  }
  if (milliseconds != kInfinite) {
    changed_.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] { return self.cancelled; });
    return answer;
  }
  hang(lock, "Wait of an operation that never ended", [&] { return self.cancelled; });
  if (self.cancelled) return answer;
  self.cutShort = true;
  return VSS_E_UNEXPECTED;
}

HRESULT Replayer::cancel(Live& self) {
  const OperationFacts& facts = self.session->binding->of(self).object().operation;
  self.told = true;
  if (self.cancelled) return VSS_S_ASYNC_CANCELLED;
  if (facts.cancel && *facts.cancel != S_OK) return *facts.cancel;
  bool running = !facts.outcome || (facts.pendingSeen && !self.waited && !self.pendingTold);
  if (!facts.cancel && !running) return *facts.outcome;
  if (!facts.outcome || !facts.cancel) self.cancelled = true;  // else it had come too late when it was recorded
  changed_.notify_all();
  return S_OK;
}

void Replayer::finish() noexcept {
  try {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return;
    std::vector<const Call*> rest;
    std::unordered_map<std::uint32_t, const Progress*> played;
    for (const auto& live : objects_) {
      const Progress& progress = live->session->binding->of(*live);
      played[progress.object().number] = &progress;
    }
    for (std::size_t i = 0; i < factoryPlayed_.size(); ++i)
      if (!factoryPlayed_[i]) rest.push_back(script_.factoryCalls()[i]);
    script_.forEachObject([&](const RecordedObject& object) {
      auto found = played.find(object.number);
      auto left = found == played.end() ? object.calls : found->second->notPlayed();
      rest.insert(rest.end(), left.begin(), left.end());
    });
    std::sort(rest.begin(), rest.end());  // as they were made
    report_.notAskedFor(rest);
  } catch (...) {
  }
}

}  // namespace vss
