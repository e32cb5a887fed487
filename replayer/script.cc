#include "replayer/script.h"

#include <algorithm>

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
    if (call.nulls & 1) return void(facts.nullPolls[call.nulls] = &call);
    if (failed(result)) return void(facts.refused = &call);
    if (reserved && reserved->kind == ValueKind::number) facts.reserved = static_cast<std::int32_t>(reserved->number);
    if (!status || status->kind != ValueKind::number) return;
    if (status->number == VSS_S_ASYNC_PENDING) facts.pendingSeen = true, facts.goesOn |= facts.cancel == S_OK;
    else if (status->number == VSS_S_ASYNC_CANCELLED) facts.goesOn = false;
    if (status->number != VSS_S_ASYNC_PENDING) facts.outcome = static_cast<HRESULT>(status->number), facts.refused = nullptr;
  } else if (call.is("Cancel")) (facts.cancel ? facts.cancelAgain : facts.cancel) = result;
}

// An operation of which nobody asked anything may as well have ended well; one that was asked and never settled hangs, and so does one that
// the requester cancelled: until it is cancelled again.
void settle(OperationFacts& facts, bool waitedInVain) {
  bool cancelled = facts.cancel == S_OK && (!facts.outcome || facts.outcome == VSS_S_ASYNC_CANCELLED);
  if (cancelled) facts.outcome.reset();
  else if (facts.ended()) return;
  else if (auto wait = facts.waits.find(kInfinite); wait != facts.waits.end())
    facts.outcome = wait->second == S_OK ? VSS_S_ASYNC_FINISHED : wait->second;
  else if (!facts.pendingSeen && facts.timedOut.empty() && !waitedInVain) facts.outcome = VSS_S_ASYNC_FINISHED;
}

bool startsOperation(const Call& call) {
  for (std::size_t i = 0; i < call.outputs.size() && i < call.signature->outputs.size(); ++i)
    if (call.outputs[i].kind == ValueKind::object && call.signature->outputs[i].type == "IVssAsync") return true;
  return false;
}

// At which stretches a call ends one and begins the next.
void addBounds(RecordedObject& object, const Call& call, std::uint32_t place) {
  auto bound = [&](auto... stretches) { (object.bounds[static_cast<std::size_t>(stretches)].push_back(place), ...); };
  using enum Stretch;
  bool good = call.hresult() && succeeded(*call.hresult());
  if (good && (call.signature->method.starts_with("Initialize") || call.is("AbortBackup"))) bound(status, statusFree, metadata, metadataFree, other);
  else if (good && call.is("FreeWriterStatus")) bound(status);
  else if (good && call.is("FreeWriterMetadata")) bound(metadata, other);
  else if (!startsOperation(call)) return;
  else if (call.is("GatherWriterStatus")) bound(status, statusFree);
  else if (call.is("GatherWriterMetadata")) bound(metadata, metadataFree, other);
  else bound(other);
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
    : match_(options.match), matching_(options), reader_(trace), loaded_(loadCalls(reader_)) {
  tellTroubles();
  std::unordered_map<std::uint32_t, std::uint32_t> roots;
  std::set<std::string> unknown;
  for (auto& call : loaded_.calls) {
    // A damaged note may have fewer values than its signature says.
    call.inputs.resize(call.signature->inputs.size());
    if (call.result) call.outputs.resize(call.signature->wholeOutputs(call.outputs.size()));
    std::uint32_t root = call.object ? roots.try_emplace(call.object, call.object).first->second : 0;
    // What other functions than the factory make belongs to no session: see functionCalls().
    bool birth = call.signature->known == &createVssBackupComponents();
    for (auto number : objectsOf(call)) roots.emplace(number, birth ? number : root);
    if (call.signature->known) learnTime(call), learnCall(call, root);
    else if (unknown.insert(call.signature->text).second)
      warnings_.push_back(shownPath(trace) + ": call " + std::to_string(call.number) + ": " + call.signature->text +
                          " is described otherwise in this version; such calls are not served");
  }
  objects_[0];
  // Objects on which nothing was called exist all the same.
  for (auto [number, root] : roots) {
    auto& object = objects_[number];
    object.number = number;
    object.session = root;
  }
  for (auto& [number, object] : objects_) {
    settle(object.operation, waitedInVain_.count(number) != 0);
    std::sort(object.questions.begin(), object.questions.end());
    object.questionAt.resize(object.calls.size());
    for (std::uint32_t i = 0; i < object.questions.size(); ++i) object.questionAt[object.questions[i].place] = i;
    object.boundsAt.resize(object.calls.size());
    for (std::size_t stretch = 0; stretch < kStretches; ++stretch)
      for (auto place : object.bounds[stretch]) object.boundsAt[place] |= static_cast<std::uint8_t>(1u << stretch);
    for (const auto& question : object.questions) asked_.emplace_back(question.hash, object.session);
    if (!object.vague.empty()) vagueSessions_.push_back(object.session);
  }
  if (match_ == Match::state) learnStates();
  std::sort(asked_.begin(), asked_.end());
  asked_.erase(std::unique(asked_.begin(), asked_.end()), asked_.end());
  findBirths();
}

void Script::learnCall(const Call& call, std::uint32_t root) {
  if (call.signature->known == &createVssBackupComponents()) return;
  auto& object = objects_[call.object];
  object.number = call.object;
  object.session = root;
  if (call.signature->interface_ == "IVssAsync") {
    operations_.insert(call.object);
    learn(object.operation, call);
    if (!call.result && call.is("Wait")) waitedInVain_.insert(call.object);
  } else if (call.is("QueryInterface") && call.hresult() && failed(*call.hresult()) && !call.inputs.empty()) object.refusedInterfaces.insert(call.inputs[0].bytes.str());
  if (isComputed(*call.signature->known)) return;
  auto place = static_cast<std::uint32_t>(object.calls.size());
  object.calls.push_back(&call);
  auto hash = matching_.questionHash(call);
  object.hashes.push_back(hash.value_or(0));
  object.questions.push_back({hash.value_or(0), place});
  if (!hash) object.vague.push_back(place);
  addBounds(object, call, place);
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

// In which state each call was made, as the calls that came back before it have made it.
void Script::learnStates() {
  std::vector<const Call*> order;
  for (const auto& call : loaded_.calls) order.push_back(&call);
  auto when = [](const Call* call) { return call->leaveOrder ? call->leaveOrder : UINT64_MAX; };
  std::stable_sort(order.begin(), order.end(), [&](auto* a, auto* b) { return when(a) < when(b); });
  Protocol protocol;
  states_.push_back({});  // of what is no session
  std::unordered_map<const Call*, std::uint32_t> stateOf;
  for (const auto* call : order) {
    if (const auto* session = protocol.before(*call).session) {
      auto state = reached(*session);
      auto known = std::find(states_.begin(), states_.end(), state);
      stateOf[call] = static_cast<std::uint32_t>(known - states_.begin());
      if (known == states_.end()) states_.push_back(state);
    }
    protocol.add(*call);
  }
  for (auto& [number, object] : objects_)
    for (const auto* call : object.calls) object.states.push_back(stateOf.count(call) ? stateOf[call] : 0);
}

// A session whose first notes are lost was there before any that follows.
void Script::findBirths() {
  std::set<std::uint32_t> born;
  for (const auto& call : loaded_.calls) {
    if (call.object == 0 && call.signature->known == &createVssBackupComponents()) {
      auto numbers = objectsOf(call);
      births_.push_back({numbers.empty() ? 0 : numbers[0], &call});
      born.insert(births_.back().root);
      continue;
    }
    const RecordedObject* object = this->object(call.object);
    if (!call.object || !object || object->session != call.object || operations_.count(call.object) || !born.insert(call.object).second) continue;
    births_.push_back({call.object, nullptr});
    warnings_.push_back(shownPath(reader_.path()) + ": the call that made object #" + std::to_string(call.object) + " is lost; the object is served all the same");
  }
  for (std::size_t i = 0; i < births_.size(); ++i)
    if (births_[i].root) birthOf_.emplace(births_[i].root, i);
}

void Script::tellTroubles() {
  std::string name = shownPath(reader_.path()) + ": ";
  for (const auto& problem : reader_.problems()) warnings_.push_back(name + "byte " + std::to_string(problem.offset) + ": " + problem.text);
  if (reader_.end() == TraceEnd::cutOff)
    warnings_.push_back(name + "cut off: the recorder was killed or is still at work; what is served ends with call " +
                        std::to_string(loaded_.calls.size()) + ", and calls that were under way hang");
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
