// A recorded trace as scripts: for each session what was called on each object, and what was answered. Read once, never changed.
#pragma once
#include <array>
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

// How an asynchronous operation went when it was recorded.
struct OperationFacts {
  std::optional<HRESULT> outcome;      // what QueryStatus said in the end; absent: it never ended, or not before it was cancelled
  const Call* refused = nullptr;       // QueryStatus itself failed in the end
  bool pendingSeen = false;            // QueryStatus said VSS_S_ASYNC_PENDING
  bool goesOn = false;                 // the same after a Cancel that said S_OK, and nothing said that it was cancelled
  std::map<std::uint32_t, HRESULT> waits;    // milliseconds → what such a Wait returned last, time-outs aside
  std::optional<HRESULT> anyWait;      // what any Wait returned last, time-outs aside
  std::set<std::uint32_t> timedOut;    // milliseconds for which a Wait returned VSS_S_ASYNC_PENDING
  std::optional<HRESULT> cancel, cancelAgain;        // what the first Cancel returned, and the last one behind it
  std::optional<std::int32_t> reserved;              // what was behind pReserved
  std::unordered_map<std::uint32_t, const Call*> nullPolls;  // by which pointers were null: a QueryStatus without pHrResult
  double seconds = 0;                  // from its beginning until somebody was told that it had ended
  bool ended() const { return outcome || refused; }
};

// What tells of a state is answered out of that state: between the same changes as when it was recorded. Which changes count depends on
// what is asked.
enum class Stretch : std::uint8_t { none, status, statusFree, metadata, metadataFree, other };
inline constexpr std::size_t kStretches = 6;
Stretch stretchOf(const MethodInfo& method);

struct RecordedObject {
  struct Question { std::uint64_t hash; std::uint32_t place; auto operator<=>(const Question&) const = default; };

  std::uint32_t number = 0;
  std::uint32_t session = 0;           // its root object; 0: made by an exported function, in no session
  std::vector<const Call*> calls;      // those that are matched, in the order in which they were made
  std::vector<Question> questions;     // of all calls, by hash and place in `calls`
  std::vector<std::uint64_t> hashes;   // of the call at each place
  std::vector<std::uint32_t> questionAt;  // of each place: where it is in `questions`
  std::vector<std::uint8_t> boundsAt;     // of each place: bit n: it is in bounds[n]
  std::vector<std::uint32_t> states;   // in which state the session was that the call at each place was made in: see Script::state(); only for Match::state
  std::vector<std::uint32_t> vague;    // places of calls of which an input could not be read
  std::array<std::vector<std::uint32_t>, kStretches> bounds;  // places of the calls at which a stretch ends and the next begins
  OperationFacts operation;
  std::set<std::string> refusedInterfaces;  // ids (16 bytes) for which QueryInterface failed
};

// How a session began.
struct Birth {
  std::uint32_t root = 0;              // 0: the factory failed, or never came back
  const Call* call = nullptr;          // nullptr: the note of it is lost, the object is there all the same
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
  const std::vector<Call>& calls() const { return loaded_.calls; }
  const SessionState& state(std::uint32_t number) const { return states_[number]; }
  const Matching& matching() const { return matching_; }
  Match match() const { return match_; }
  double seconds(const Call& call) const { return call.result ? std::max(0.0, reader_.seconds(call.leaveTick - call.enterTick)) : 0; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  void learnCall(const Call& call, std::uint32_t root);
  void learnTime(const Call& call);
  void learnStates();
  void findBirths();
  void tellTroubles();

  const Match match_;
  const Matching matching_;
  TraceReader reader_;
  LoadedTrace loaded_;
  std::vector<SessionState> states_;
  std::unordered_map<std::uint32_t, std::uint64_t> begun_;  // operation → tick at which its starter came back; until its end is known
  std::unordered_map<std::uint32_t, RecordedObject> objects_;
  std::set<std::uint32_t> operations_, waitedInVain_;
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
