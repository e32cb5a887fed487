// The flight recorder of `shadowtape record` and `watch`: the programs write rings (TraceWriter::keepNewest), this looks at them from outside and writes out what they
// kept when a condition holds. docs/flight-recorder.md says what it promises.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>

#include "recorder/condition.h"
#include "redact/key.h"
#include "traces/call.h"
#include "traces/protocol.h"

namespace vss {

// Tells of each call of a recording whether the condition holds. Fed with calls in the order in which they came back. Memory grows with the objects that are
// not released, not with the calls.
class ConditionWatch {
 public:
  ConditionWatch(const Condition& condition, const TraceReader& reader) : condition_(condition), reader_(reader) {}
  // What made it hold, in words, for people; absent: it does not.
  std::optional<std::string> add(const Call& call);
  // Nothing but time has passed. now: a tick of the recording's clock; open: calls that are under way.
  std::optional<std::string> atTime(std::uint64_t now, const OpenCalls& open);

 private:
  struct Span { std::uint64_t start = 0, end = 0; };   // ticks; start 0: never begun; end 0: under way
  using Spans = std::array<Span, kTimedOperations.size()>;

  Moment momentOf(const Spans* spans, std::uint64_t now) const;
  void follow(const Call& call);
  std::uint32_t sessionOf(std::uint32_t object) const;

  const Condition& condition_;
  const TraceReader& reader_;
  Protocol protocol_;
  std::unordered_map<std::uint32_t, Spans> sessions_;                                     // by object
  std::unordered_map<std::uint32_t, std::pair<std::uint32_t, std::size_t>> operations_;   // by object: session, kind
};

class FlightRecorder {
 public:
  // rings: those that there are by now, `ring` itself and what other processes write. What `ring` is to `output` each of them is to its own output.
  // written: gets each trace when it is whole, from any thread, one at a time. say: gets a line.
  FlightRecorder(std::filesystem::path ring, std::filesystem::path output, std::optional<Condition> condition, std::function<std::set<std::filesystem::path>()> rings,
                 std::function<void(const std::filesystem::path& trace)> written, std::function<void(const std::string& line)> say);
  ~FlightRecorder();
  FlightRecorder(const FlightRecorder&) = delete;
  FlightRecorder& operator=(const FlightRecorder&) = delete;

  // The programs have ended, or the recording was left (interrupted). Writes out what is to be kept, deletes the rings, and says both.
  void end(bool interrupted);

 private:
  struct Followed;
  void run();
  void follow(Followed& one, bool ended);
  bool look(Followed& one, bool ended);
  void writeOut(Followed& one, const std::string& why, bool ended);
  Followed& followed(const std::filesystem::path& ring);

  const std::filesystem::path ring_, output_;
  const std::optional<Condition> condition_;
  const std::function<std::set<std::filesystem::path>()> rings_;
  const std::function<void(const std::filesystem::path& trace)> written_;
  const std::function<void(const std::string& line)> say_;
  std::map<std::filesystem::path, std::unique_ptr<Followed>> all_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  std::thread thread_;
};

// The condition of --until; nullopt: none is given. Throws std::runtime_error, whose message names the option, for what is none.
std::optional<Condition> conditionOf(const std::string& until);
// What it says of writers is about their pseudonyms from now on. isKept: the key is one that is the same in every process; else std::runtime_error where a name would
// get a pseudonym, for nobody outside knows it.
void judgePseudonyms(Condition& condition, const redact::Key& key, bool isKept);

// Where what a flight recorder keeps is written, beside the trace to be. Throws TraceError if there is one: it may be all that is left of what happened.
std::filesystem::path ringOf(std::filesystem::path output);

// A copy of a ring that is being written, as a trace that is cut off: what makes way meanwhile is left out. Throws TraceError.
void copyRing(const std::filesystem::path& ring, const std::filesystem::path& copy);

}  // namespace vss
