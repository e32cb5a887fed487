#include "replayer/script.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "replayer/values.h"
#include "traces/platform.h"

namespace vss {
namespace {

void learn(OperationFacts& facts, const Call& call) {
  if (!call.hresult()) return;
  HRESULT result = *call.hresult();
  const Value* ms = call.input("dwMilliseconds");
  if (call.is("Wait") && ms) {
    auto time = static_cast<std::uint32_t>(ms->number);
    if (result == VSS_S_ASYNC_PENDING) facts.timedOut.insert(time);
    else facts.waits[time] = result, facts.anyWait = result;
  } else if (call.is("QueryStatus")) {
    const Value* status = call.output("pHrResult");
    const Value* reserved = call.output("pReserved");
    auto number = static_cast<CallNumber>(call.number);
    if (call.nulls & 1) return void(facts.nullPolls[call.nulls] = number);
    if (failed(result)) return void((facts.refused = number, facts.refusal = result));
    if (reserved && reserved->kind == ValueKind::number) facts.reserved = static_cast<std::int32_t>(reserved->number);
    if (!status || status->kind != ValueKind::number) return;
    if (status->number == VSS_S_ASYNC_PENDING) facts.pendingSeen = true, facts.goesOn |= facts.cancel == S_OK;
    else if (status->number == VSS_S_ASYNC_CANCELLED) facts.goesOn = false;
    if (status->number != VSS_S_ASYNC_PENDING) facts.outcome = static_cast<HRESULT>(status->number), facts.refused = 0;
  } else if (call.is("Cancel")) (facts.cancel ? facts.cancelAgain : facts.cancel) = result;
}

// An operation of which nobody asked anything may as well have ended well; one that was asked and never settled hangs, and so does one that
// the requester cancelled: until it is cancelled again.
void settle(OperationFacts& facts) {
  bool cancelled = facts.cancel == S_OK && (!facts.outcome || facts.outcome == VSS_S_ASYNC_CANCELLED);
  if (cancelled) facts.outcome.reset();
  else if (facts.ended()) return;
  else if (auto wait = facts.waits.find(kInfinite); wait != facts.waits.end())
    facts.outcome = wait->second == S_OK ? VSS_S_ASYNC_FINISHED : wait->second;
  else if (!facts.pendingSeen && facts.timedOut.empty() && !facts.waitedInVain) facts.outcome = VSS_S_ASYNC_FINISHED;
}

bool startsOperation(const Call& call) {
  for (std::size_t i = 0; i < call.outputs.size() && i < call.signature->outputs.size(); ++i)
    if (call.outputs[i].kind == ValueKind::object && call.signature->outputs[i].type == "IVssAsync") return true;
  return false;
}

// At which stretches a call ends one and begins the next, as bits.
std::uint8_t boundsAt(const Call& call) {
  auto bits = [](auto... stretches) { return static_cast<std::uint8_t>((0u | ... | (1u << static_cast<unsigned>(stretches)))); };
  using enum Stretch;
  bool good = call.hresult() && succeeded(*call.hresult());
  if (good && (call.signature->method.starts_with("Initialize") || call.is("AbortBackup"))) return bits(status, statusFree, metadata, metadataFree, other);
  if (good && call.is("FreeWriterStatus")) return bits(status);
  if (good && call.is("FreeWriterMetadata")) return bits(metadata, other);
  if (!startsOperation(call)) return 0;
  if (call.is("GatherWriterStatus")) return bits(status, statusFree);
  if (call.is("GatherWriterMetadata")) return bits(metadata, metadataFree, other);
  return bits(other);
}

}  // namespace

bool isComputed(const MethodInfo& method) {
  return method.isUnknown() || method.interface_ == "IVssAsync" || method.name == "FreeComponentInfo" || &method == &vssFreeSnapshotProperties();
}

std::vector<std::uint32_t> objectsOf(const Call& call) {
  std::vector<std::uint32_t> numbers;
  for (const auto& value : call.outputs)
    if (value.kind == ValueKind::object) numbers.push_back(static_cast<std::uint32_t>(value.number));
  return numbers;
}

Stretch stretchOf(const MethodInfo& method) {
  if (method.name == "FreeWriterStatus") return Stretch::statusFree;
  if (method.name == "FreeWriterMetadata") return Stretch::metadataFree;
  if (method.name.starts_with("GetWriterStatus")) return Stretch::status;
  if (method.name.starts_with("GetWriterMetadata")) return Stretch::metadata;
  return method.name.starts_with("Get") || method.name == "Query" || method.name == "SaveAsXML" ? Stretch::other : Stretch::none;
}

Script::Script(const std::filesystem::path& trace, const ReplayOptions& options)
    : match_(options.match), matching_(options), reader_(trace), calls_(reader_), questions_(calls_.size()), bounds_(calls_.size()) {
  tellTroubles();
  learnCalls();
  if (match_ == Match::state) learnStates();
  learnBirths();
}

// A damaged note may have fewer values than its signature says.
void Script::read(CallNumber number, Call& call) const {
  if (call.number == number) return;
  calls_.read(number, call);
  call.inputs.resize(call.signature->inputs.size());
  if (call.result) call.outputs.resize(call.signature->wholeOutputs(call.outputs.size()));
}

void Script::learnCalls() {
  std::vector<RecordedObject*> ownerOf(calls_.size());   // by call: on which it is matched
  std::set<std::string> unknown;
  auto known = [&](std::uint32_t number, std::uint32_t root) -> RecordedObject& {
    auto [at, isNew] = objects_.try_emplace(number);
    if (isNew) at->second.number = number, at->second.session = root;
    return at->second;
  };
  known(0, 0);
  Call call;
  for (CallNumber number = 1; number <= calls_.size(); ++number) {
    read(number, call);
    auto& object = known(call.object, call.object);
    std::uint32_t root = object.session;
    // What other functions than the factory make belongs to no session: see functionCalls().
    bool birth = call.signature->known == &createVssBackupComponents();
    auto made = objectsOf(call);
    for (auto one : made) known(one, birth ? one : root);
    if (birth && !call.object) {
      births_.push_back({made.empty() ? 0 : made[0], number, call.nulls});
      known(births_.back().root, 0).born = true;
    } else if (call.object && root == call.object && !std::exchange(object.born, true)) births_.push_back({call.object});
    if (!call.signature->known) {
      if (unknown.insert(call.signature->text).second)
        warnings_.push_back(shownPath(reader_.path()) + ": call " + std::to_string(number) + ": " + call.signature->text + " is described otherwise in this version; such calls are not served");
      continue;
    }
    learnTime(call);
    if (birth) continue;
    if (learnCall(call, object)) ownerOf[number - 1] = &object;
  }
  begun_ = {};
  groupCalls(ownerOf);
}

// Whether it is matched.
bool Script::learnCall(const Call& call, RecordedObject& object) {
  if (call.signature->interface_ == "IVssAsync") {
    object.isOperation = true;
    learn(object.operation, call);
    if (!call.result && call.is("Wait")) object.operation.waitedInVain = true;
  } else if (call.is("QueryInterface") && call.hresult() && failed(*call.hresult()) && !call.inputs.empty()) object.refusedInterfaces.insert(call.inputs[0].bytes.str());
  if (isComputed(*call.signature->known)) return false;
  auto hash = matching_.questionHash(call);
  questions_[call.number - 1] = hash.value_or(0);
  bounds_[call.number - 1] = boundsAt(call);
  if (!hash) object.vague.push_back(object.matched);
  ++object.matched;
  return true;
}

// An operation takes until somebody is told that it has ended.
void Script::learnTime(const Call& call) {
  if (!call.result) return;
  if (startsOperation(call))
    for (auto number : objectsOf(call)) begun_.emplace(number, call.leaveTick);
  auto begun = call.signature->interface_ == "IVssAsync" ? begun_.find(call.object) : begun_.end();
  if (begun == begun_.end()) return;
  const Value* status = call.is("QueryStatus") ? call.output("pHrResult") : nullptr;
  bool ended = (status && status->kind == ValueKind::number && status->number != VSS_S_ASYNC_PENDING) ||
               (call.is("Wait") && static_cast<HRESULT>(*call.result) != VSS_S_ASYNC_PENDING && call.input("dwMilliseconds") && call.input("dwMilliseconds")->number == kInfinite);
  if (!ended) return;
  objects_[call.object].operation.seconds = std::max(0.0, reader_.seconds(call.leaveTick - begun->second));
  begun_.erase(begun);
}

void Script::groupCalls(const std::vector<RecordedObject*>& ownerOf) {
  std::uint32_t matched = 0;
  for (auto& [number, object] : objects_) object.first = matched, matched += std::exchange(object.matched, 0);
  matched_.resize(matched), byQuestion_.resize(matched), questionAt_.resize(matched);
  for (CallNumber number = 1; number <= ownerOf.size(); ++number)
    if (auto* object = ownerOf[number - 1]) matched_[object->first + object->matched++] = number;
  for (auto& [number, object] : objects_) {
    settle(object.operation);
    auto calls = callsOf(object);
    std::span questions(byQuestion_.data() + object.first, object.matched);
    std::iota(questions.begin(), questions.end(), 0u);
    auto hash = [&](std::uint32_t place) { return question(calls[place]); };
    std::sort(questions.begin(), questions.end(), [&](auto a, auto b) { return std::pair(hash(a), a) < std::pair(hash(b), b); });
    for (std::uint32_t i = 0; i < object.matched; ++i) {
      questionAt_[object.first + questions[i]] = i;
      if (i == 0 || hash(questions[i]) != hash(questions[i - 1])) asked_.emplace_back(hash(questions[i]), object.session);
    }
    if (!object.vague.empty()) vagueSessions_.push_back(object.session);
  }
  std::sort(asked_.begin(), asked_.end());
  asked_.erase(std::unique(asked_.begin(), asked_.end()), asked_.end());
}

// In which state each call was made, as the calls that came back before it have made it.
void Script::learnStates() {
  std::vector<std::pair<std::uint64_t, CallNumber>> order;   // by when it came back
  Call call;
  for (CallNumber number = 1; number <= calls(); ++number) {
    read(number, call);
    order.emplace_back(call.leaveOrder ? call.leaveOrder : UINT64_MAX, number);
  }
  std::sort(order.begin(), order.end());
  Protocol protocol;
  states_.push_back({});  // of what is no session
  stateOf_.resize(calls());
  for (auto [when, number] : order) {
    read(number, call);
    if (const auto* session = protocol.before(call).session) {
      auto state = reached(*session);
      auto known = std::find(states_.begin(), states_.end(), state);
      stateOf_[number - 1] = static_cast<std::uint32_t>(known - states_.begin());
      if (known == states_.end()) states_.push_back(state);
    }
    protocol.add(call);
  }
}

// A session whose first notes are lost was there before any that follows.
void Script::learnBirths() {
  std::erase_if(births_, [&](const Birth& birth) { return !birth.call && objects_.at(birth.root).isOperation; });
  for (std::size_t i = 0; i < births_.size(); ++i) {
    if (births_[i].root) birthOf_.emplace(births_[i].root, i);
    if (births_[i].call) continue;
    warnings_.push_back(shownPath(reader_.path()) + ": the call that made object #" + std::to_string(births_[i].root) + " is lost; the object is served all the same");
  }
}

void Script::tellTroubles() {
  std::string name = shownPath(reader_.path()) + ": ";
  for (const auto& problem : reader_.problems()) warnings_.push_back(name + "byte " + std::to_string(problem.offset) + ": " + problem.text);
  if (reader_.end() == TraceEnd::cutOff)
    warnings_.push_back(name + "cut off: the recorder was killed or is still at work; what is served ends with call " +
                        std::to_string(calls()) + ", and calls that were under way hang");
  if (reader_.lostNotes()) warnings_.push_back(name + std::to_string(reader_.lostNotes()) + " notes are lost");
}

const RecordedObject* Script::object(std::uint32_t number) const {
  auto found = objects_.find(number);
  return found == objects_.end() ? nullptr : &found->second;
}

std::vector<std::uint32_t> Script::sessionsAsked(std::uint64_t question) const {
  std::vector<std::uint32_t> sessions = vagueSessions_;
  for (auto at = std::lower_bound(asked_.begin(), asked_.end(), std::pair(question, std::uint32_t{0})); at != asked_.end() && at->first == question; ++at)
    sessions.push_back(at->second);
  std::sort(sessions.begin(), sessions.end());
  sessions.erase(std::unique(sessions.begin(), sessions.end()), sessions.end());
  return sessions;
}

}  // namespace vss
