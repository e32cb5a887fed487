#include "replayer/replayer.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "replayer/live.h"
#include "replayer/values.h"
#include "traces/print.h"
#include "traces/vss/memory.h"

namespace vss {
namespace {

// How many recorded calls may be gone through in vain, in all, to find out which recorded session a live one is: a second or two.
constexpr std::uint64_t kStepsInVain = 10'000'000;

// What is remembered: so many of the last sessions that are over, while the program's calls in them are not more; and of the others so many of the last
// objects that were released.
constexpr std::size_t kKeptSessions = 1000, kKeptCalls = 100'000, kKeptObjects = 1000;

// Whether a requester could not have told one answer from the other.
bool sameAnswer(const Call& a, const Call& b) {
  if (a.result != b.result || a.outputs.size() != b.outputs.size()) return false;
  for (std::size_t i = 0; i < a.outputs.size(); ++i)
    if (a.outputs[i].kind != b.outputs[i].kind || (a.outputs[i].kind != ValueKind::object && !(a.outputs[i] == b.outputs[i]))) return false;
  return true;
}
bool sameQuestion(const Call& a, const Call& b) { return a.inputs == b.inputs && a.nulls == b.nulls; }

// Whether a requester that asked could not have told one operation from the other.
bool sameCourse(const OperationFacts& a, const OperationFacts& b) {
  return a.outcome == b.outcome && a.cancel == b.cancel && !a.refused == !b.refused && (!a.refused || a.refusal == b.refusal);
}

bool offers(const InterfaceInfo& object, const Guid& iid) {
  const InterfaceInfo* asked = interfaceWithId(iid);
  return asked && (asked == &interfaceOf<IUnknown>() || isA(object, *asked));
}

}  // namespace

Replayer::Replayer(const Script& script, Report& report, ReplayOptions options, std::function<void()> stop)
    : script_(script), report_(report), options_(std::move(options)), stop_(std::move(stop)), born_(script.births().size()) {
  if (!options_.fault.empty()) fault_ = parseFault(options_.fault);
}
Replayer::~Replayer() = default;

const Signature& Replayer::signatureFor(const MethodInfo& method) {
  auto& signature = signatures_[&method];
  if (!signature) signature = std::make_unique<Signature>(parseSignature(signatureOf(method)).value());
  return *signature;
}

const Call& Replayer::callOf(CallNumber number) {
  if (isInvented(number)) return invented_[number - script_.calls() - 1];
  script_.read(number, scratch_);
  return scratch_;
}

HRESULT Replayer::create(IVssBackupComponents** ppBackup) {
  Out<IVssBackupComponents*> out(ppBackup);
  void* args[] = {&out, nullptr};
  return call(createVssBackupComponents(), args);
}

HRESULT Replayer::call(const MethodInfo& function, void* const* args) {
  auto answer = [&](Lock& lock) {
    if (faultComes(function)) return putIn(function, nullptr, args, lock);
    if (&function == &createVssBackupComponents()) return serveFactory(args, lock);
    if (&function != &vssFreeSnapshotProperties()) return serve(function, functions(), args, lock);
    freeSnapshotProperties(load<VSS_SNAPSHOT_PROP*>(args[0]), &coTaskMemFree);
    return S_OK;
  };
  return guarded(function, args, std::ref(answer));  // ref: no memory is asked for
}

HRESULT Replayer::handle(const MethodInfo& method, Object& self, void* const* args) {
  auto& live = static_cast<Live&>(self);
  auto answer = [&](Lock& lock) {
    if (!live.session) return clearOutputs(method, args), method.isUnknown() && method.slot ? 0 : VSS_E_UNEXPECTED;
    struct Inside {
      explicit Inside(Live& live) : live(live) { ++live.inside, ++live.session->inside; }
      ~Inside() { --live.inside, --live.session->inside; }
      Live& live;
    } inside(live);
    if (faultComes(method)) return putIn(method, &live, args, lock);
    return isComputed(method) ? computed(method, live, args, lock) : serve(method, live, args, lock);
  };
  return guarded(method, args, std::ref(answer));
}

// A program called: nothing of ours is thrown to it.
HRESULT Replayer::guarded(const MethodInfo& method, void* const* args, const std::function<HRESULT(Lock&)>& answer) {
  HRESULT result = VSS_E_UNEXPECTED;
  bool stop = false;
  try {
    Lock lock(mutex_);
    ++calls_;
    result = answer(lock);
    stop = stopping_;
    if (stop) reportRest();
  } catch (const std::exception& e) {
    report_.tell("an error inside the replayer in " + std::string(method.name) + ": " + e.what());
    clearOutputs(method, args);
  }
  if (stop) stop_();
  return result;
}

HRESULT Replayer::serveFactory(void* const* args, Lock& lock) {
  const MethodInfo& method = createVssBackupComponents();
  const auto& births = script_.births();
  while (nextBirth_ < born_.size() && born_[nextBirth_]) ++nextBirth_;
  std::uint32_t nulls = nullOutputs(method, args);
  Nearest nearest;
  for (std::size_t i = nextBirth_; i < births.size(); ++i) {
    CallNumber call = births[i].call;
    if (born_[i]) continue;
    if (births[i].nulls != nulls) {
      if (!nearest.call && call) nearest = {call, Nearest::otherArguments, 0, 0};
      continue;
    }
    born_[i] = true;
    if (call) return give(method, call, nullptr, args, lock);
    *load<void**>(args[0]) = static_cast<Object*>(&liveObject(births[i].root, method.params[0], nullptr));
    return S_OK;
  }
  if (faultPutIn_ && beginAgain(args, nulls)) return S_OK;
  return diverged(method, nullptr, args, nearest, nearest.call ? "" : "the recording creates no further object");
}

HRESULT Replayer::serve(const MethodInfo& method, Live& self, void* const* args, Lock& lock) {
  auto same = [&](const Call& call) { return script_.matching().same(method, args, call); };
  Wanted wanted{method, script_.matching().questionHash(method, args), std::ref(same), scratch_, stateOf(self)};
  if (faultPutIn_) return serveBehindFault(wanted, self, args, lock);
  CallNumber found = self.session->binding->of(self).find(wanted);
  if (!found) found = findElsewhere(wanted, self);
  Progress& progress = self.session->binding->of(self);
  if (!found) {
    HRESULT answer = diverged(method, &self, args, report_.wantsMore() ? progress.nearest(wanted) : Nearest{});  // it looks at every call
    if (CallNumber further = script_.match() == Match::strict ? progress.findFurther(wanted) : 0) progress.skipTo(further);
    return answer;
  }
  progress.play(found);
  return give(method, found, &self, args, lock);
}

// The session as if it were that recorded one. nullopt: it is not, for it was told otherwise.
std::optional<Replayer::Binding> Replayer::rebind(Session& session, std::uint32_t root) {
  if (session.ruledOut.contains(root)) return std::nullopt;
  auto binding = tryBinding(session, root);
  if (!binding) session.ruledOut.insert(root);
  return binding;
}

std::optional<Replayer::Binding> Replayer::tryBinding(Session& session, std::uint32_t root) {
  std::optional<Binding> binding(std::in_place, script_, root);
  RecordedObject recorded = script_.object(root);
  stepsInVain_ += 1 + recorded.matched / 16;
  binding->bind(*session.root, std::move(recorded));
  Call was;
  for (std::size_t at = 0; at < session.history.size(); ++at) {
    const auto& entry = session.history[at];
    ++stepsInVain_;
    if (isInvented(entry.call)) return std::nullopt;
    Progress& progress = binding->of(*entry.self);
    script_.read(entry.call, was);
    auto hash = script_.matching().questionHash(was);
    CallNumber call = hash ? progress.find({*was.signature->known, *hash, [&](const Call& c) { return sameQuestion(c, was) && sameAnswer(c, was); }, scratch_}) : 0;
    if (!call) return std::nullopt;
    progress.play(call);
    binding->history.push_back(call);
    auto objects = session.madeBy(at);
    auto numbers = objects.empty() ? std::vector<std::uint32_t>() : objectsOf(callOf(call));
    for (std::size_t i = 0; i < objects.size(); ++i) {
      Live* live = objects[i].live;
      RecordedObject made = script_.object(numbers.at(i));
      bool told = live ? live->told : objects[i].told;
      if (told && !sameCourse(live ? session.binding->of(*live).object().operation : script_.object(objects[i].number).operation, made.operation)) return std::nullopt;
      binding->made.push_back(made.number);
      if (live && !binding->bind(*live, std::move(made))) return std::nullopt;
    }
  }
  return binding;
}

void Replayer::take(Session& session, Binding&& binding) {
  for (std::size_t i = 0; i < session.history.size(); ++i) session.history[i].call = binding.history[i];
  for (std::size_t i = 0; i < session.made.size(); ++i) session.made[i].number = binding.made[i];
  session.binding = std::move(binding);
  session.protocol.reset();
  bound_[session.binding->root] = &session;
  born_[script_.birthOf(session.binding->root).value()] = true;
}

// Gives up `other`'s recorded session: it becomes `root`, or one that nobody stands for.
bool Replayer::moveAway(Session& other, std::uint32_t root) {
  if (auto binding = rebind(other, root)) return take(other, std::move(*binding)), true;
  const auto& births = script_.births();
  for (std::size_t i = nextBirth_; i < births.size() && stepsInVain_ < kStepsInVain; ++i) {
    if (born_[i] || !births[i].root || births[i].nulls) continue;
    if (auto binding = rebind(other, births[i].root)) return take(other, std::move(*binding)), true;
  }
  return false;
}

// Requesters with several sessions at once start them in any order. If this session goes on as another recorded one did, and all that it was
// told so far is what it would have been told there, then it is that one; a session that is taken for that one now must fit in elsewhere.
CallNumber Replayer::findElsewhere(const Wanted& wanted, Live& self) {
  Session& session = *self.session;
  if (stepsInVain_ >= kStepsInVain) return 0;
  std::uint32_t here = session.binding->root;
  for (auto root : script_.sessionsAsked(wanted.question)) {
    auto birth = script_.birthOf(root);
    if (root == here || !birth || stepsInVain_ >= kStepsInVain) continue;
    auto other = bound_.find(root);
    Session* holder = other == bound_.end() ? nullptr : other->second;
    if (!holder && born_[*birth]) continue;   // a session had it that is forgotten
    auto binding = rebind(session, root);
    if (!binding) continue;
    CallNumber found = binding->of(self).find(wanted);
    if (!found) continue;
    if (holder && !moveAway(*holder, here)) continue;
    if (auto mine = bound_.find(here); mine != bound_.end() && mine->second == &session) {
      bound_.erase(mine);
      std::size_t left = script_.birthOf(here).value();
      born_[left] = false;
      nextBirth_ = std::min(nextBirth_, left);
    }
    take(session, std::move(*binding));
    stepsInVain_ = 0;
    return found;
  }
  if (stepsInVain_ >= kStepsInVain) report_.tell("so many calls came that no recorded session has that from here on no other session is tried for them");
  return 0;
}

// The requester's object for a recorded one, with a new reference.
Replayer::Live& Replayer::liveObject(std::uint32_t number, const ParamInfo& param, Session* session) {
  const InterfaceInfo& described = widestOf(*interfaceNamed(param.type));
  // A hostile trace may give one number to objects of two interfaces.
  if (Live* known = session ? session->binding->objectFor(number) : nullptr; known && known->references > 0 && known->described == &described) {
    addReference(*known);
    return *known;
  }
  RecordedObject recorded = script_.object(number);
  if (!session) {
    session = newSession();
    session->binding.emplace(script_, number);
    bound_[number] = session;
  }
  Live& live = newLive(described, *session);
  session->binding->bind(live, std::move(recorded));
  return live;
}

Replayer::Session* Replayer::newSession() {
  auto made = std::make_unique<Session>();
  Session* session = made.get();
  sessions_.emplace(session, std::move(made));
  return session;
}

// With one reference. The first is the session's root.
Replayer::Live& Replayer::newLive(const InterfaceInfo& described, Session& session) {
  if (spare_.empty()) spare_.push_back(std::make_unique<Live>(described, this));
  session.objects.push_back(std::move(spare_.back()));
  spare_.pop_back();
  Live& live = *session.objects.back();
  live = Live(described, this);
  live.session = &session;
  live.at = session.objects.size() - 1;
  ++session.alive;
  if (!session.root) session.root = &live;
  return live;
}

void Replayer::addReference(Live& self) {
  if (!self.references++) ++self.session->alive;
}

void Replayer::release(Live& self) {
  if (self.references <= 0 || --self.references) return;
  Session& session = *self.session;
  --session.alive;
  if (fault_) return;
  if (session.alive) {
    // What a state is made of is not forgotten before the session.
    if (self.isReleased || self.played || self.timesMade != 1 || script_.match() == Match::state) return;
    self.isReleased = true;
    released_.push_back(&self);
    if (released_.size() <= kKeptObjects) return;
    Live& oldest = *released_.front();
    released_.pop_front();
    if (std::exchange(oldest.isReleased, false)) forgetObject(oldest);
    return;
  }
  if (session.isOver) return;
  session.isOver = true;
  over_.push_back(&session);
  overCalls_ += session.overCalls = session.history.size();
  while (over_.size() > kKeptSessions || (over_.size() > 1 && overCalls_ > kKeptCalls)) forgetOldest();
}

void Replayer::forgetOldest() {
  Session& session = *over_.front();
  over_.pop_front();
  overCalls_ -= session.overCalls;
  session.isOver = false;
  if (session.alive || session.inside) return;   // it goes on behind its end
  noteAsked(session);
  if (auto bound = bound_.find(session.binding->root); bound != bound_.end() && bound->second == &session) bound_.erase(bound);
  for (auto& live : session.objects) live->session = nullptr, live->isReleased = false, spare_.push_back(std::move(live));
  sessions_.erase(&session);
}

// Of an object on which no recorded call was played, so that the session's history does without it.
void Replayer::forgetObject(Live& self) {
  if (self.references > 0 || self.inside || self.played || self.timesMade != 1) return;
  Session& session = *self.session;
  session.made[self.madeAt] = {nullptr, session.binding->of(self).object().number, stageTold(self), self.told};
  session.binding->drop(self);
  auto& place = session.objects[self.at];
  std::swap(place, session.objects.back());
  place->at = self.at;
  self.session = nullptr;
  spare_.push_back(std::move(session.objects.back()));
  session.objects.pop_back();
}

void Replayer::noteAsked(const Session& session) {
  asked_.resize(script_.calls());
  session.binding->forEachProgress([&](const Progress& progress) { progress.forEachPlayed([&](CallNumber call) { asked_[call - 1] = true; }); });
}

// What exported functions other than the factory are called on, as far as matching goes.
Replayer::Live& Replayer::functions() {
  if (!functions_) {
    Session& session = *newSession();
    session.binding.emplace(script_, 0u);
    functions_ = &newLive(interfaceOf<IUnknown>(), session);
    session.binding->bind(*functions_, script_.functionCalls());
  }
  return *functions_;
}

void Replayer::addPlayed(Live& self, CallNumber call) {
  self.session->history.push_back({&self, call, static_cast<std::uint32_t>(self.session->made.size())});
  self.played = true;
}

void Replayer::addMade(Session& session, Live& live) {
  live.madeAt = session.made.size();
  ++live.timesMade;
  session.made.push_back({&live, 0, Stage::none, false});
}

// Answers as recorded. self: the object that was called; nullptr: the factory was.
HRESULT Replayer::give(const MethodInfo& method, CallNumber number, Live* self, void* const* args, Lock& lock) {
  const Call& recorded = callOf(number);
  if (!recorded.result) {
    if (self) addPlayed(*self, number);
    hang(number, lock);
    clearOutputs(method, args);
    return VSS_E_UNEXPECTED;
  }
  struct Made { void** at; std::uint32_t number; const ParamInfo& param; };
  std::vector<Made> made;
  std::size_t value = 0;
  for (const auto& param : method.params) {
    if (param.isInput()) continue;
    const Value& output = recorded.outputs.at(value);
    value += param.values();
    void** at = load<void**>(args[&param - method.params.data()]);
    if (!at || param.kind != Kind::object) continue;
    if (output.kind == ValueKind::foreignObject)
      return diverged(method, self, args, {number, Nearest::otherArguments, 0, 0},
                      std::string(param.name) + " was an " + std::string(param.type) + ", which this version does not record");
    if (output.kind == ValueKind::object) made.push_back({at, static_cast<std::uint32_t>(output.number), param});
  }
  if (options_.speed > 0) pause(script_.seconds(recorded), lock);
  callOf(number);  // read again, if another thread was here meanwhile
  script_.matching().writeOutputs(method, args, recorded);
  if (self) addPlayed(*self, number);
  for (const auto& object : made) {
    Live& live = liveObject(object.number, object.param, self ? self->session : nullptr);
    *object.at = static_cast<Object*>(&live);  // a pointer of every interface points to the first vtable pointer
    if (self) addMade(*self->session, live);
    double seconds = options_.speed > 0 ? live.session->binding->of(live).object().operation.seconds / options_.speed : 0;
    if (seconds > 0) live.endsAt = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
  }
  if (self && writerFailed_) tellOfWriter(method, *self, args);
  return static_cast<HRESULT>(*recorded.result);
}

// In a call that never came back when it was recorded.
void Replayer::hang(CallNumber number, Lock& lock) {
  std::string what = "call " + std::to_string(number) + ": " + printCall(callOf(number)) + " never came back when it was recorded";
  report_.tell(what + (options_.hangLimit ? "; the program hangs in it until the hang limit" : "; the program hangs in it (--hang-limit ends this)"));
  if (!options_.hangLimit) changed_.wait(lock, [] { return false; });
  changed_.wait_for(lock, *options_.hangLimit, [] { return false; });
  report_.tell("call " + std::to_string(number) + ": the hang limit is over; answered VSS_E_UNEXPECTED");
}

// The state that a session is in, as the program has made it; of another object: of nothing. Valid until the next call.
const SessionState* Replayer::stateOf(const Live& self) {
  if (script_.match() != Match::state) return nullptr;
  Session& session = *self.session;
  session.state = {};
  if (session.root == &self && self.described != &interfaceOf<IUnknown>()) {
    if (!session.protocol) session.protocol.emplace().created(session.binding->root), session.followed = 0, session.running.clear();
    for (; session.followed < session.history.size(); ++session.followed) {
      const auto& entry = session.history[session.followed];
      session.protocol->add(callOf(entry.call));
      auto made = session.madeBy(session.followed);
      for (const auto& one : made) session.running.push_back(one.live);
    }
    std::erase_if(session.running, [&](const Live* made) {
      Stage stage = stageTold(*made);
      if (stage == Stage::pending) return false;
      if (stage != Stage::none) session.protocol->settle(session.binding->of(*made).object().number, stage);
      return true;
    });
    session.state = reached(*session.protocol->session(session.binding->root));
  }
  return &session.state;
}

// Calls of other threads are answered meanwhile.
void Replayer::pause(double seconds, Lock& lock) {
  lock.unlock();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds / options_.speed));
  lock.lock();
}

const OperationFacts& Replayer::factsOf(const Live& self) { return self.facts ? *self.facts : self.session->binding->of(self).object().operation; }

bool Replayer::stillRuns(const Live& self) const {
  return self.endsAt && !self.cancelled && !self.cutShort && std::chrono::steady_clock::now() < *self.endsAt;
}

// How the operation that a call started stands, as far as the program knows.
Stage Replayer::stageTold(const Live& made) {
  if (made.described != &interfaceOf<IVssAsync>()) return Stage::none;
  if (!made.settled) return Stage::pending;
  if (made.cancelled) return Stage::cancelled;
  const auto& facts = factsOf(made);
  return facts.outcome ? stageToldBy(*facts.outcome) : Stage::ended;
}

HRESULT Replayer::diverged(const MethodInfo& method, Live* self, void* const* args, const Nearest& nearest, std::string difference) {
  if (report_.wantsMore()) {
    Divergence divergence;
    divergence.nearest = nearest;
    divergence.callOf = [this](CallNumber call) -> const Call& { return callOf(call); };
    std::uint32_t number = 0;
    if (self) {
      Progress& progress = self->session->binding->of(*self);
      number = progress.object().number;
      const auto& history = self->session->history;
      for (std::size_t at = 0; at < history.size(); ++at)
        if (history[at].self == self) {
          auto made = self->session->madeBy(at);
          divergence.played.push_back({history[at].call, made.empty() ? Stage::none : made[0].live ? stageTold(*made[0].live) : made[0].stage});
        }
      divergence.next = progress.next(3);
    }
    divergence.live = script_.matching().capture(method, number, calls_, signatureFor(method), args);
    divergence.difference = std::move(difference);
    report_.diverged(divergence);
  } else report_.divergedAgain();
  clearOutputs(method, args);
  stopping_ = options_.stopOnDivergence;
  return VSS_E_UNEXPECTED;
}

HRESULT Replayer::computed(const MethodInfo& method, Live& self, void* const* args, Lock& lock) {
  if (method.name == "FreeComponentInfo") return freeHeld(method.params[0], load<void*>(args[0])), S_OK;
  if (method.isUnknown()) {
    if (method.slot == 0) return queryInterface(self, args);
    method.slot == 1 ? addReference(self) : release(self);
    return self.references;
  }
  self.told = true;
  if (!self.firstAsked) self.firstAsked = std::chrono::steady_clock::now();
  if (method.name == "Wait") return wait(self, load<DWORD>(args[0]), lock);
  return method.name == "Cancel" ? cancel(self) : queryStatus(method, self, args);
}

HRESULT Replayer::queryInterface(Live& self, void* const* args) {
  void** out = load<void**>(args[1]);
  if (!out) return E_POINTER;
  *out = nullptr;
  Guid iid;
  std::memcpy(&iid, args[0], sizeof iid);
  const auto& refused = self.session->binding->of(self).object().refusedInterfaces;
  if (!offers(*self.described, iid) || refused.count(std::string(reinterpret_cast<const char*>(&iid), sizeof iid))) return E_NOINTERFACE;
  addReference(self);
  *out = iid == IUnknown::iid ? self.described->unknownOf(static_cast<Object*>(&self)) : static_cast<Object*>(&self);
  return S_OK;
}

// An operation that never ended when it was recorded. Ends it if the time is over; tells once that it hangs.
bool Replayer::limitIsOver(Live& self) {
  const auto& recorded = self.session->binding->of(self).object();
  std::string name = "operation #" + std::to_string(recorded.number);
  if (!self.hangReported && recorded.operation.cancel != S_OK)
    report_.tell(name + (self.facts ? " never ends, as it was put in" : " never ended when it was recorded") + "; it stays pending until it is cancelled" +
                 (options_.hangLimit ? ", or until the hang limit" : " (--hang-limit ends it)"));
  self.hangReported = true;
  if (!options_.hangLimit || std::chrono::steady_clock::now() - *self.firstAsked < *options_.hangLimit) return false;
  self.cutShort = self.settled = true;
  report_.tell(name + ": the hang limit is over; it ends with VSS_E_UNEXPECTED");
  return true;
}

HRESULT Replayer::queryStatus(const MethodInfo& method, Live& self, void* const* args) {
  const OperationFacts& facts = factsOf(self);
  auto* status = load<HRESULT*>(args[0]);
  if (!status) {
    auto recorded = facts.nullPolls.find(nullOutputs(method, args));
    if (recorded == facts.nullPolls.end()) return E_INVALIDARG;
    const Call& call = callOf(recorded->second);
    script_.matching().writeOutputs(method, args, call);
    return *call.hresult();
  }
  bool pending = false;
  if (self.cancelled) *status = VSS_S_ASYNC_CANCELLED;
  else if (self.late > 0) {
    --self.late;
    pending = true;
    *status = VSS_S_ASYNC_PENDING;
  } else if (self.cutShort) *status = VSS_E_UNEXPECTED;
  else if (!facts.ended()) {
    pending = !limitIsOver(self);
    *status = pending ? VSS_S_ASYNC_PENDING : VSS_E_UNEXPECTED;
  } else if (stillRuns(self) || (options_.speed == 0 && facts.pendingSeen && !self.pendingTold && !self.settled)) {
    pending = true;
    *status = VSS_S_ASYNC_PENDING;
  } else if (facts.refused) {
    self.settled = true;
    script_.matching().writeOutputs(method, args, callOf(facts.refused));
    return facts.refusal;
  } else *status = *facts.outcome;
  if (auto* reserved = load<std::int32_t*>(args[1]); reserved && facts.reserved) *reserved = *facts.reserved;
  (pending ? self.pendingTold : self.settled) = true;
  return S_OK;
}

HRESULT Replayer::wait(Live& self, DWORD milliseconds, Lock& lock) {
  const OperationFacts& facts = factsOf(self);
  if (self.cutShort) return VSS_E_UNEXPECTED;
  std::uint32_t before = self.waits[milliseconds]++;
  if (!facts.ended() && !self.cancelled) return waitForTheUnended(self, milliseconds, lock);
  // It did not come back although the operation has ended.
  if (auto recorded = facts.waited.find(milliseconds); recorded != facts.waited.end() && recorded->second.inVain && before >= recorded->second.before && !self.cancelled)
    return hang(recorded->second.inVain, lock), VSS_E_UNEXPECTED;
  if (self.late > 0 && milliseconds != kInfinite && !self.cancelled) {
    --self.late;
    return facts.timedOut.empty() ? S_OK : VSS_S_ASYNC_PENDING;
  }
  self.late = 0;
  if (stillRuns(self)) {
    auto until = *self.endsAt;
    if (milliseconds != kInfinite) until = std::min(until, std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds));
    changed_.wait_until(lock, until, [&] { return self.cancelled; });
    if (stillRuns(self)) return facts.timedOut.empty() ? S_OK : VSS_S_ASYNC_PENDING;
  } else if (options_.speed == 0 && facts.timedOut.count(milliseconds) && !self.timeOutTold && !self.settled) {
    self.timeOutTold = true;
    return VSS_S_ASYNC_PENDING;
  }
  self.settled = true;
  auto recorded = facts.waits.find(milliseconds);
  return recorded != facts.waits.end() ? recorded->second : facts.anyWait.value_or(S_OK);
}

// A time-out is the requester's own time, not VSS's: it takes as long as the requester says.
HRESULT Replayer::waitForTheUnended(Live& self, DWORD milliseconds, Lock& lock) {
  const OperationFacts& facts = factsOf(self);
  auto recorded = facts.waits.find(milliseconds);
  if (recorded != facts.waits.end() && failed(recorded->second)) return recorded->second;
  auto ended = [&] { return self.cancelled || self.cutShort; };
  bool forEver = milliseconds == kInfinite;
  auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(forEver ? 0 : milliseconds);
  if (!limitIsOver(self)) {
    if (options_.hangLimit && (forEver || *self.firstAsked + *options_.hangLimit < until)) {
      if (!changed_.wait_until(lock, *self.firstAsked + *options_.hangLimit, ended)) limitIsOver(self);
    } else if (forEver) changed_.wait(lock, ended);
    else changed_.wait_until(lock, until, ended);
  }
  if (self.cutShort) return VSS_E_UNEXPECTED;
  if (recorded != facts.waits.end()) return recorded->second;
  if (self.cancelled) return facts.anyWait.value_or(S_OK);
  return facts.timedOut.empty() ? S_OK : VSS_S_ASYNC_PENDING;
}

HRESULT Replayer::cancel(Live& self) {
  const OperationFacts& facts = factsOf(self);
  if (self.cancelTold && facts.cancelAgain) return *facts.cancelAgain;
  self.cancelTold = true;
  if (self.cancelled) return VSS_S_ASYNC_CANCELLED;
  if (self.cutShort) return VSS_E_UNEXPECTED;
  if (facts.cancel && *facts.cancel != S_OK) return *facts.cancel;
  if (facts.cancel && (facts.ended() || facts.goesOn)) return S_OK;  // it had come too late when it was recorded, or had no effect
  bool over = facts.ended() && !stillRuns(self) && self.late == 0 && (self.settled || !facts.pendingSeen || self.pendingTold);
  if (over) return facts.outcome.value_or(VSS_S_ASYNC_FINISHED);
  self.cancelled = self.settled = true;
  changed_.notify_all();
  return S_OK;
}

// What was never asked for, at the end.
void Replayer::reportRest() {
  if (finished_) return;
  finished_ = true;
  for (const auto& [at, session] : sessions_) noteAsked(*session);
  asked_.resize(script_.calls());
  const auto& births = script_.births();
  for (std::size_t i = 0; i < births.size(); ++i)
    if (births[i].call) asked_[births[i].call - 1] = born_[i];
  std::uint64_t count = 0;
  std::vector<CallNumber> first;
  for (CallNumber call = 1; call <= script_.calls(); ++call) {
    bool counts = script_.isMatched(call) || script_.method(call) == &createVssBackupComponents();
    if (counts && !asked_[call - 1] && ++count <= Report::kListed) first.push_back(call);
  }
  report_.notAskedFor(count, first, [this](CallNumber call) -> const Call& { return callOf(call); });
}

void Replayer::finish() noexcept {
  try {
    // Not lock(): a thread that was ended while it was in here never gives it back.
    std::unique_lock lock(mutex_, std::try_to_lock);
    for (int i = 0; i < 200 && !lock; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      lock.try_lock();
    }
    if (lock) reportRest();
  } catch (const std::exception& e) {
    report_.tell("what was never asked for cannot be told: " + std::string(e.what()));
  }
}

}  // namespace vss
