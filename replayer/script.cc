#include "replayer/script.h"

#include <algorithm>
#include <utility>

#include "redact/redact.h"
#include "replayer/values.h"
#include "traces/platform.h"

namespace vss {
namespace {

constexpr std::size_t kMostWarnings = 1100;   // more than a reader has problems: the trace is a ruin

void learn(OperationFacts& facts, const Call& call) {
  const Value* ms = call.input("dwMilliseconds");
  if (call.is("Wait") && ms) {
    auto& waits = facts.waited[static_cast<std::uint32_t>(ms->number)];
    if (!call.result && !waits.inVain) waits.before = waits.made, waits.inVain = static_cast<CallNumber>(call.number);
    ++waits.made;
  }
  if (!call.hresult()) return;
  HRESULT result = *call.hresult();
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
  bool inVain = std::any_of(facts.waited.begin(), facts.waited.end(), [](const auto& waits) { return waits.second.inVain; });
  if (cancelled) facts.outcome.reset();
  else if (facts.ended()) return;
  else if (auto wait = facts.waits.find(kInfinite); wait != facts.waits.end())
    facts.outcome = wait->second == S_OK ? VSS_S_ASYNC_FINISHED : wait->second;
  else if (!facts.pendingSeen && facts.timedOut.empty() && !inVain) facts.outcome = VSS_S_ASYNC_FINISHED;
}

// An operation takes until somebody is told that it has ended.
bool tellsEnd(const Call& call) {
  if (!call.result) return false;
  const Value *status = call.is("QueryStatus") ? call.output("pHrResult") : nullptr, *milliseconds = call.is("Wait") ? call.input("dwMilliseconds") : nullptr;
  return (status && status->kind == ValueKind::number && status->number != VSS_S_ASYNC_PENDING) ||
         (milliseconds && milliseconds->number == kInfinite && static_cast<HRESULT>(*call.result) != VSS_S_ASYNC_PENDING);
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
    : match_(options.match), matching_(options), reader_(trace), calls_(reader_), questions_(calls_.size()), about_(calls_.size()) {
  redact::keyFor(reader_.header(), options.key);
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

// Where the table has that object, or has room for it. A recorder numbers objects 1, 2, …, and each is at its place; numbers that somebody chose to collide
// are looked for in steps of their own.
std::uint32_t Script::slotOf(std::uint32_t number) const {
  auto mask = static_cast<std::uint32_t>(slots_.size() - 1), slot = number & mask, step = (number * 0x9E3779B1) >> 12 | 1;
  while (slots_[slot] && known_[slots_[slot] - 1].number != number) slot = (slot + step) & mask;
  return slot;
}

// Where it is in known_; a new one is of that session.
std::uint32_t Script::known(std::uint32_t number, std::uint32_t session) {
  if (slots_.size() < 2 * (known_.size() + 1)) {
    slots_ = FileArray<std::uint32_t>(std::max<std::size_t>(64, 2 * slots_.size()));
    for (std::uint32_t i = 0; i < known_.size(); ++i) slots_[slotOf(known_[i].number)] = i + 1;
  }
  auto& slot = slots_[slotOf(number)];
  if (!slot) {
    Known object{};
    object.number = number, object.session = session;
    known_.push_back(object);
    slot = static_cast<std::uint32_t>(known_.size());
  }
  return slot - 1;
}

void Script::learnCalls() {
  FileArray<std::uint32_t> ownerOf(calls());   // by call: its object, in known_
  std::set<std::string> unknown;
  known(0, 0);
  Call call;
  for (CallNumber number = 1; number <= calls(); ++number) {
    read(number, call);
    std::uint32_t owner = known(call.object, call.object), root = known_[owner].session;
    ownerOf[number - 1] = owner;
    // What other functions than the factory make belongs to no session: see functionCalls().
    bool birth = call.signature->known == &createVssBackupComponents(), starts = call.signature->known && call.result && startsOperation(call);
    auto made = objectsOf(call);
    for (auto one : made) {
      Known& object = known_[known(one, birth ? one : root)];
      if (starts && !object.begun) object.begun = call.leaveTick;
    }
    if (birth && !call.object) {
      births_.push_back({made.empty() ? 0 : made[0], number, call.nulls});
      known_[known(births_.back().root, 0)].born = true;
    } else if (call.object && root == call.object && !std::exchange(known_[owner].born, true)) births_.push_back({call.object});
    if (!call.signature->known) {
      if (unknown.insert(call.signature->text).second)
        warn("call " + std::to_string(number) + ": " + call.signature->text + " is described otherwise in this version; such calls are not served");
    } else if (!birth) learnCall(call, known_[owner]);
  }
  groupCalls(ownerOf);
}

void Script::learnCall(const Call& call, Known& object) {
  auto& about = about_[call.number - 1];
  bool asksOperation = call.signature->interface_ == "IVssAsync";
  object.isOperation |= asksOperation;
  if (asksOperation || (call.is("QueryInterface") && call.hresult() && failed(*call.hresult()) && !call.inputs.empty())) about = kFact, ++object.facts;
  if (isComputed(*call.signature->known)) return;
  auto hash = matching_.questionHash(call);
  questions_[call.number - 1] = hash.value_or(0);
  about = kMatched | boundsAt(call);
  object.isVague |= !hash;
  ++object.matched;
}

void Script::groupCalls(const FileArray<std::uint32_t>& ownerOf) {
  std::uint32_t matched = 0, facts = 0;
  for (auto& object : known_) {
    object.first = matched, matched += std::exchange(object.matched, 0);
    object.firstFact = facts, facts += std::exchange(object.facts, 0);
  }
  matched_.resize(matched), facts_.resize(facts);
  for (CallNumber number = 1; number <= calls(); ++number) {
    auto& object = known_[ownerOf[number - 1]];
    if (about_[number - 1] & kMatched) matched_[object.first + object.matched++] = number;
    else if (about_[number - 1] & kFact) facts_[object.firstFact + object.facts++] = number;
  }
}

RecordedObject Script::object(std::uint32_t number) const {
  auto slot = slots_[slotOf(number)];
  VSS_ASSERT(slot);
  const Known& known = known_[slot - 1];
  RecordedObject object;
  object.number = number, object.session = known.session, object.first = known.first, object.matched = known.matched;
  for (std::uint32_t place = 0; known.isVague && place < known.matched; ++place)
    if (!question(callAt(object, place))) object.vague.push_back(place);
  Call call;
  bool running = known.begun;
  for (std::uint32_t i = 0; i < known.facts; ++i) {
    read(facts_[known.firstFact + i], call);
    if (call.is("QueryInterface")) {
      object.refusedInterfaces.insert(call.inputs[0].bytes.str());
      continue;
    }
    learn(object.operation, call);
    if (running && call.leaveTick >= known.begun && tellsEnd(call)) object.operation.seconds = reader_.seconds(call.leaveTick - known.begun), running = false;
  }
  settle(object.operation);
  return object;
}

std::size_t Script::placeOf(const RecordedObject& object, CallNumber number) const {
  auto first = matched_.begin() + object.first;
  return static_cast<std::size_t>(std::lower_bound(first, first + object.matched, number) - first);
}

std::optional<std::size_t> Script::birthOf(std::uint32_t root) const {
  auto slot = slots_[slotOf(root)];
  std::uint32_t birth = slot ? known_[slot - 1].birth : 0;
  return birth ? std::optional<std::size_t>(birth - 1) : std::nullopt;
}

// In which state each call was made, as the calls that came back before it have made it.
void Script::learnStates() {
  struct Back {
    std::uint64_t order;
    CallNumber number;
    auto operator<=>(const Back&) const = default;
  };
  FileArray<Back> order;   // by when it came back
  Call call;
  for (CallNumber number = 1; number <= calls(); ++number) {
    read(number, call);
    order.push_back({call.leaveOrder ? call.leaveOrder : UINT64_MAX, number});
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
  std::size_t kept = 0;
  for (auto birth : births_) {
    Known& root = known_[known(birth.root, 0)];
    if (!birth.call && root.isOperation) continue;
    births_[kept++] = birth;
    if (birth.root && !root.birth) root.birth = static_cast<std::uint32_t>(kept);
    if (!birth.call) warn("the call that made object #" + std::to_string(birth.root) + " is lost; the object is served all the same");
  }
  births_.cut(kept);
}

void Script::warn(std::string text) {
  if (warnings_.size() < kMostWarnings) warnings_.push_back(shownPath(reader_.path()) + ": " + text);
  else if (warnings_.size() == kMostWarnings) warnings_.push_back(shownPath(reader_.path()) + ": there is more of this kind, which is not told");
}

void Script::tellTroubles() {
  for (const auto& problem : reader_.problems()) warn("byte " + std::to_string(problem.offset) + ": " + problem.text);
  if (reader_.end() == TraceEnd::cutOff)
    warn("cut off: the recorder was killed or is still at work; what is served ends with call " + std::to_string(calls()) + ", and calls that were under way hang");
  if (reader_.lostNotes()) warn(std::to_string(reader_.lostNotes()) + " notes are lost");
}

void Script::sortQuestions() const {
  for (const auto& object : known_) {
    for (std::uint32_t i = 0; i < object.matched; ++i) asked_.push_back({question(matched_[object.first + i]), object.session});
    if (object.isVague) vagueSessions_.push_back(object.session);
  }
  std::sort(asked_.begin(), asked_.end());
  asked_.cut(static_cast<std::size_t>(std::unique(asked_.begin(), asked_.end()) - asked_.begin()));
}

std::vector<std::uint32_t> Script::sessionsAsked(std::uint64_t question) const {
  if (asked_.empty()) sortQuestions();
  std::vector<std::uint32_t> sessions = vagueSessions_;
  for (auto at = std::lower_bound(asked_.begin(), asked_.end(), Asked{question, 0}); at != asked_.end() && at->question == question; ++at) sessions.push_back(at->session);
  std::sort(sessions.begin(), sessions.end());
  sessions.erase(std::unique(sessions.begin(), sessions.end()), sessions.end());
  return sessions;
}

}  // namespace vss
