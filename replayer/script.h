// A recorded trace as scripts: for each session what was called on each object, and what was answered. Read once, never changed.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "replayer/values.h"
#include "traces/call.h"
#include "traces/protocol.h"
#include "traces/vss/api.h"

namespace vss {

// A recorded call, as Call::number; 0: none. Script::read() reads it from the trace.
using CallNumber = std::uint32_t;

// How an asynchronous operation went when it was recorded.
struct OperationFacts {
  std::optional<HRESULT> outcome;      // what QueryStatus said in the end; absent: it never ended, or not before it was cancelled
  CallNumber refused = 0;              // QueryStatus itself failed in the end
  HRESULT refusal = 0;                 // what it returned
  bool pendingSeen = false;            // QueryStatus said VSS_S_ASYNC_PENDING
  bool goesOn = false;                 // the same after a Cancel that said S_OK, and nothing said that it was cancelled
  bool waitedInVain = false;           // a Wait never came back
  std::map<std::uint32_t, HRESULT> waits;    // milliseconds → what such a Wait returned last, time-outs aside
  std::optional<HRESULT> anyWait;      // what any Wait returned last, time-outs aside
  std::set<std::uint32_t> timedOut;    // milliseconds for which a Wait returned VSS_S_ASYNC_PENDING
  std::optional<HRESULT> cancel, cancelAgain;        // what the first Cancel returned, and the last one behind it
  std::optional<std::int32_t> reserved;              // what was behind pReserved
  std::map<std::uint32_t, CallNumber> nullPolls;  // by which pointers were null: a QueryStatus without pHrResult
  double seconds = 0;                  // from its beginning until somebody was told that it had ended
  bool ended() const { return outcome || refused; }
};

// What tells of a state is answered out of that state: between the same changes as when it was recorded. Which changes count depends on
// what is asked.
enum class Stretch : std::uint8_t { none, status, statusFree, metadata, metadataFree, other };
inline constexpr std::size_t kStretches = 6;
Stretch stretchOf(const MethodInfo& method);

struct RecordedObject {
  std::uint32_t number = 0;
  std::uint32_t session = 0;           // its root object; 0: made by an exported function, in no session
  bool isOperation = false;            // a method of IVssAsync was called on it
  bool born = false;                   // see Script::births()
  std::uint32_t matched = 0;           // of its calls; their places, in the order in which they were made, are 0, 1, …: see Script::callsOf()
  std::uint32_t first = 0;             // where they begin among those of all objects
  std::vector<std::uint32_t> vague;    // places of calls of which an input could not be read
  OperationFacts operation;
  std::set<std::string> refusedInterfaces;  // ids (16 bytes) for which QueryInterface failed
};

// How a session began.
struct Birth {
  std::uint32_t root = 0;              // 0: the factory failed, or never came back
  CallNumber call = 0;                 // 0: the note of it is lost, the object is there all the same
  std::uint32_t nulls = 0;             // of the call
};

class Script {
 public:
  // Throws TraceError: see TraceReader.
  explicit Script(const std::filesystem::path& trace, const ReplayOptions& options = {});

  const RecordedObject* object(std::uint32_t number) const;  // nullptr: there is none
  // The calls of exported functions other than the factory, as if they were methods of one object that everything shares: number 0.
  const RecordedObject& functionCalls() const { return objects_.at(0); }
  template <class Visit> void forEachObject(Visit&& visit) const {
    for (const auto& [number, object] : objects_) visit(object);
  }
  const std::vector<Birth>& births() const { return births_; }
  std::size_t birthOf(std::uint32_t root) const { return birthOf_.at(root); }
  // The sessions in which that question was asked at all; some more may be among them.
  std::vector<std::uint32_t> sessionsAsked(std::uint64_t question) const;
  CallNumber calls() const { return calls_.size(); }   // the last of them
  // By place.
  std::span<const CallNumber> callsOf(const RecordedObject& object) const { return {matched_.data() + object.first, object.matched}; }
  // Places, by hash of the question and place; and of each place where it is in that.
  std::span<const std::uint32_t> questionsOf(const RecordedObject& object) const { return {byQuestion_.data() + object.first, object.matched}; }
  std::span<const std::uint32_t> questionAtOf(const RecordedObject& object) const { return {questionAt_.data() + object.first, object.matched}; }
  const MethodInfo* method(CallNumber number) const { return calls_.signature(number).known; }
  std::uint64_t question(CallNumber number) const { return questions_[number - 1]; }   // its hash
  // call: filled by this, or by nobody. Its values borrow from the trace. Any thread.
  void read(CallNumber number, Call& call) const;
  // At which stretches the call ends one and begins the next, as bits.
  std::uint8_t bounds(CallNumber number) const { return bounds_[number - 1]; }
  // In which state the session was that the call was made in; only for Match::state.
  const SessionState& state(CallNumber number) const { return states_[stateOf_[number - 1]]; }
  const Matching& matching() const { return matching_; }
  Match match() const { return match_; }
  double seconds(const Call& call) const { return call.result ? std::max(0.0, reader_.seconds(call.leaveTick - call.enterTick)) : 0; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  void learnCalls();
  bool learnCall(const Call& call, RecordedObject& object);
  void learnTime(const Call& call);
  void groupCalls(const std::vector<RecordedObject*>& ownerOf);
  void learnStates();
  void learnBirths();
  void tellTroubles();

  const Match match_;
  const Matching matching_;
  TraceReader reader_;
  CallIndex calls_;
  // By call.
  std::vector<std::uint64_t> questions_;
  std::vector<std::uint8_t> bounds_;
  std::vector<std::uint32_t> stateOf_;
  // By object, and in each by place.
  std::vector<CallNumber> matched_;
  std::vector<std::uint32_t> byQuestion_, questionAt_;
  std::vector<SessionState> states_;
  std::unordered_map<std::uint32_t, std::uint64_t> begun_;  // operation → tick at which its starter came back; until its end is known
  std::unordered_map<std::uint32_t, RecordedObject> objects_;
  std::vector<Birth> births_;
  std::unordered_map<std::uint32_t, std::size_t> birthOf_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> asked_;   // question, session
  std::vector<std::uint32_t> vagueSessions_;
  std::vector<std::string> warnings_;
};

// Computed from counts and facts, or giving back what is the caller's: not matched against single recorded calls.
bool isComputed(const MethodInfo& method);
// The recorded objects that a call handed out.
std::vector<std::uint32_t> objectsOf(const Call& call);

}  // namespace vss
