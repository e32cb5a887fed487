// What a trace shows over time: calls on their threads, asynchronous operations, what each writer said of itself.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exports/sessions.h"
#include "traces/call.h"
#include "traces/import.h"

namespace vss::exports {

// Times are nanoseconds since the start of the recording. Of a trace without a clock (imported) each note takes a microsecond.

// A call. Of one thread, slices lie one behind the other or one in the other, never across: where the clocks of two processors differ a little, a note counts
// as not earlier than the note of its thread before it.
struct CallSlice {
  const Call& call;               // where a listing said nothing, its values are missing
  std::int64_t start, end;        // of one that never came back: until the end of the trace, or of the call that it was made in
  unsigned depth;                 // how many calls of the same thread were under way
  Sessions::Place place;
};

// From the call that began it until an answer told that it had ended.
struct OperationSlice {
  std::uint32_t object, session;
  std::string starter;            // IVssBackupComponents::DoSnapshotSet
  std::uint64_t startedBy, endedBy;  // numbers of calls; endedBy 0: nothing told that it had ended
  std::int64_t start, end;
  std::string outcome;            // finished, failed (VSS_E_…), cancelled, ended, released, not told
};

struct Writer {
  std::size_t number;             // 1, 2, … by first appearance
  WriterStatus ids;               // name and ids
};

// What a writer said, from that answer until the next one about it; the last until the end of the trace.
struct StateSlice {
  const Writer& writer;
  std::int64_t start, end;
  WriterStatus status;
  std::uint64_t call;             // that told it
  std::string_view after;         // see Sessions::Place
};

// Told of slices as they end: a call when it came back, so what is inside of others comes first.
class TimelineSink {
 public:
  virtual ~TimelineSink() = default;
  virtual void call(const CallSlice&) = 0;
  virtual void operation(const OperationSlice&) = 0;
  virtual void state(const StateSlice&) = 0;
  virtual void remark(const Remark&, std::int64_t time) = 0;
  virtual bool wantsMore() const { return true; }
};

class Timeline {
 public:
  // Goes through the trace once more than ListingGaps does. Memory grows with the objects that are not released, the threads, and the writers up to kMostWriters.
  Timeline(TraceReader& reader, TimelineSink& sink);
  static constexpr std::size_t kMostWriters = 2000;

  bool timed() const { return timed_; }
  std::int64_t end() const { return end_; }               // of the last note, or of the recording where it was closed cleanly
  std::uint64_t calls() const { return calls_.calls(); }
  std::uint64_t statesLeftOut() const { return statesLeftOut_; }  // of writers beyond kMostWriters
  const CallReader& reader() const { return calls_; }

 private:
  struct Begun { std::uint64_t order; std::int64_t start; };
  struct Thread {
    std::int64_t last = 0;              // the time of its last note
    std::vector<Begun> stack;           // its calls under way
  };
  struct State {
    Writer writer;
    std::int64_t start;
    WriterStatus status;
    std::uint64_t call = 0;
    std::string_view after;
  };
  std::int64_t timeOf(Thread& thread, std::uint64_t tick, std::uint64_t order);
  void takeRemarks();
  void begun(const Call& call);
  CallSlice sliceOf(const Call& call, Sessions::Place place);
  void seeOperations(const Call& call, const CallSlice& slice);
  void endOperation(std::uint32_t object);
  void seeStatus(const Call& call, const CallSlice& slice);

  TraceReader& trace_;
  TimelineSink& sink_;
  bool timed_;
  CallReader calls_;
  Sessions sessions_;
  std::int64_t end_ = 0;
  std::unordered_map<std::uint32_t, Thread> threads_;
  std::unordered_map<std::uint64_t, std::pair<std::int64_t, Begun>> cut_;  // calls whose return is lost: the end of the call around them; by enterOrder
  std::map<std::uint32_t, OperationSlice> operations_;
  std::map<std::string, State> states_;                                    // by name and ids
  std::uint64_t statesLeftOut_ = 0;
};

}  // namespace vss::exports
