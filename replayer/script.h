// A recorded trace as scripts: for each session what was called on each object, and what was answered. Read once, never changed. What is kept of each call
// and of each object lies in temporary files: see FileArray.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "replayer/values.h"
#include "traces/call.h"
#include "traces/file_array.h"
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
  // milliseconds → how many such Waits were made, and the first that never came back: 0, all did.
  struct Waits { std::uint32_t made = 0, before = 0; CallNumber inVain = 0; };
  std::map<std::uint32_t, Waits> waited;
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
  std::uint32_t matched = 0;           // of its calls; their places, in the order in which they were made, are 0, 1, …: see Script::callAt()
  std::uint32_t first = 0;             // where they begin among those of all objects
  FileArray<std::uint32_t> vague;      // places of calls of which an input could not be read
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
  // Throws TraceError: see TraceReader and FileArray.
  explicit Script(const std::filesystem::path& trace, const ReplayOptions& options = {});

  // Read from the trace each time. Throws std::logic_error: there is no such object.
  RecordedObject object(std::uint32_t number) const;
  // The calls of exported functions other than the factory, as if they were methods of one object that everything shares.
  RecordedObject functionCalls() const { return object(0); }
  const FileArray<Birth>& births() const { return births_; }
  // Where it is among births(); nullopt: that is no root, or it is not known to be one.
  std::optional<std::size_t> birthOf(std::uint32_t root) const;
  // The sessions in which that question was asked at all; some more may be among them. One thread at a time; the first time takes as long as sorting all calls.
  std::vector<std::uint32_t> sessionsAsked(std::uint64_t question) const;
  CallNumber calls() const { return calls_.size(); }   // the last of them
  CallNumber callAt(const RecordedObject& object, std::size_t place) const { return matched_[object.first + place]; }
  std::size_t placeOf(const RecordedObject& object, CallNumber number) const;
  bool isMatched(CallNumber number) const { return about_[number - 1] & kMatched; }   // on some object
  const MethodInfo* method(CallNumber number) const { return calls_.signature(number).known; }
  std::uint64_t question(CallNumber number) const { return questions_[number - 1]; }   // its hash
  // call: filled by this, or by nobody. Its values borrow from the trace. Any thread.
  void read(CallNumber number, Call& call) const;
  // At which stretches the call ends one and begins the next, as bits.
  std::uint8_t bounds(CallNumber number) const { return about_[number - 1] & kBounds; }
  // In which state the session was that the call was made in; only for Match::state.
  const SessionState& state(CallNumber number) const { return states_[stateOf_[number - 1]]; }
  const Matching& matching() const { return matching_; }
  Match match() const { return match_; }
  double seconds(const Call& call) const { return call.result ? std::max(0.0, reader_.seconds(call.leaveTick - call.enterTick)) : 0; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  // Of each object at once.
  struct Known {
    std::uint32_t number, session;
    std::uint32_t first, matched;        // its calls among matched_
    std::uint32_t firstFact, facts;      // among facts_
    std::uint64_t begun;                 // an operation: tick at which its starter came back; 0: not known
    std::uint32_t birth;                 // where it is among births_, and 1; 0: it is no root
    bool isOperation;                    // a method of IVssAsync was called on it
    bool born, isVague;                  // see births(), RecordedObject::vague
  };
  // What a call is, as bits; below them the stretches that it bounds.
  static constexpr std::uint8_t kMatched = 0x80, kFact = 0x40, kBounds = kFact - 1;
  static_assert(1u << (kStretches - 1) <= kBounds);

  void learnCalls();
  void learnCall(const Call& call, Known& object);
  void groupCalls(const FileArray<std::uint32_t>& ownerOf);
  void learnStates();
  void learnBirths();
  void tellTroubles();
  void warn(std::string text);
  std::uint32_t slotOf(std::uint32_t number) const;
  std::uint32_t known(std::uint32_t number, std::uint32_t session);
  void sortQuestions() const;

  const Match match_;
  const Matching matching_;
  TraceReader reader_;
  CallIndex calls_;
  // By call.
  FileArray<std::uint64_t> questions_;
  FileArray<std::uint8_t> about_;
  FileArray<std::uint32_t> stateOf_;
  std::vector<SessionState> states_;
  FileArray<Known> known_;                                    // in the order in which the trace comes to them
  FileArray<std::uint32_t> slots_;                            // a hash table of known_, by number: where it is, and 1
  // By object, and in each by place: the calls that are matched; those that tell how it went.
  FileArray<CallNumber> matched_, facts_;
  FileArray<Birth> births_;
  struct Asked {
    std::uint64_t question;
    std::uint32_t session;
    auto operator<=>(const Asked&) const = default;
  };
  mutable FileArray<Asked> asked_;                            // sorted; empty before somebody wants to know
  mutable std::vector<std::uint32_t> vagueSessions_;
  std::vector<std::string> warnings_;
};

// Computed from counts and facts, or giving back what is the caller's: not matched against single recorded calls.
bool isComputed(const MethodInfo& method);
// The recorded objects that a call handed out.
std::vector<std::uint32_t> objectsOf(const Call& call);

}  // namespace vss
