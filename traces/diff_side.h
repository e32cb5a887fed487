// One of the two traces that are compared: what each of its lanes says, and what is asked for of their calls. All of it lies in temporary files.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <span>
#include <string>

#include "traces/call.h"
#include "traces/file_table.h"
#include "traces/lanes.h"
#include "traces/trace_error.h"
#include "traces/trace_reader.h"

namespace vss {

// What a lane says, in little room: equal exactly if every call is.
struct LaneDigest {
  std::uint32_t session, thread;
  std::uint64_t hash, calls;
  std::uint64_t sketched;         // how many hashes are in its sketch
  std::uint64_t entries, noted;   // where its calls lie that are aligned, + 1, and how many do; 0: nowhere
  std::uint64_t first;            // the number of its first call
};

// A call as it is aligned: what must be equal for it to be the same call with the same answer, the same call, a call of the same method.
struct LaneEntry {
  std::uint64_t number, key, called, method, size;   // size: of its text
};

// Calls that were asked for by their numbers, as text.
class CallTexts {
 public:
  void want(std::uint64_t number);          // 0: nothing
  bool wants(std::uint64_t number);         // and does not have it yet
  std::size_t missing() const { return missing_; }
  void put(const LaneCall& call);           // one that is wanted
  LaneCall get(std::uint64_t number);       // one that was put

 private:
  struct Place {
    std::uint64_t number, at, size;         // size 0: missing
  };
  Place* place(std::uint64_t number);
  FileTable<Place> places_;
  FileText texts_;
  std::size_t missing_ = 0;
};

// A trace, gone through once for what it says, and again for what turns out to be needed of it. Every function that reads throws TraceError: the file was
// changed meanwhile; there is no room for temporary files.
class DiffSide {
 public:
  static constexpr std::size_t kSketch = 32;      // hashes kept of a lane, by which its likeness to others is estimated
  struct Session {
    std::uint32_t first, lanes;                   // in byThread and byContent
    std::uint64_t calls;
  };
  FileArray<LaneDigest> lanes;                    // as they appear; one without calls does not count
  FileArray<std::uint32_t> byThread, byContent;   // lanes, sorted by session, and within it by thread or by what they say
  FileArray<Session> sessions;                    // by root object: in the order in which they appear
  std::uint64_t calls = 0;

  explicit DiffSide(const std::string& path);
  bool isImported() const { return reader_.header().origin == Origin::imported; }
  void readErrorTexts();
  void readLanes(std::ostream& err);
  LaneId id(std::uint32_t lane) const { return {lanes[lane].session, lanes[lane].thread}; }
  // The smallest hashes of its calls, rising.
  std::span<const std::uint64_t> sketch(std::uint32_t lane) const { return {&sketches_[lane * kSketch], static_cast<std::size_t>(lanes[lane].sketched)}; }

  // First which are wanted, then all of them at once.
  void wantEntries(std::uint32_t lane) { lanes[lane].entries = wanted_ + 1, wanted_ += lanes[lane].calls; }
  void readEntries();
  std::span<const LaneEntry> entriesOf(std::uint32_t lane) { return entries_->span().subspan(lanes[lane].entries - 1, lanes[lane].noted); }
  void forgetEntries() { entries_.reset(); }

  // Goes on where the last time ended, and from the start if something is not behind it: the calls of one thread are asked for as they lie.
  void read(CallTexts& wanted);

 private:
  struct Pass {
    explicit Pass(DiffSide& side) : side(side), calls(side.reader_), names(side.errorTexts_) {}
    const Call* next();
    DiffSide& side;
    CallReader calls;
    LaneReader names;
  };
  void add(std::uint32_t lane, const std::string& key);
  void sortLanes();
  TraceError changed() const;

  TraceReader reader_;
  ErrorTexts errorTexts_;
  std::string stopped_;
  FileArray<std::uint64_t> sketches_;             // kSketch for each lane
  std::uint64_t wanted_ = 0;
  std::optional<FileBlock<LaneEntry>> entries_;
  std::optional<Pass> pass_;
};

std::strong_ordering compareLanes(const DiffSide& a, std::uint32_t x, const DiffSide& b, std::uint32_t y);

}  // namespace vss
