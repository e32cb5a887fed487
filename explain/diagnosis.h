// What a trace tells about what went wrong: failed calls and operations, how the writers were and when, how long each operation took, broken rules.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/judge.h"
#include "explain/facts.h"
#include "traces/trace_reader.h"

namespace vss::explain {

// A call that failed, did not come back, or told that an operation had failed or was cancelled.
struct Failure {
  enum class How : std::uint8_t { returned, ended, cancelled, neverBack, unended };
  How how = How::returned;
  std::uint64_t call = 0, startedBy = 0;   // startedBy: the call that began the operation; 0: it is about none
  std::uint64_t cancelledBy = 0;           // of one that did not end: the call that asked it to stop
  std::uint32_t thread = 0;
  std::uint64_t tick = 0, startTick = 0;   // of the call; of the one that began the operation, or of the call itself
  std::string method;                      // what failed: the method, or of an operation the one that began it
  std::string shown;                       // the call and its answer; cut if it is long
  HRESULT code = S_OK;                     // returned, ended
  std::string meaning, page;
  std::string state;                       // in which the call was made
  std::vector<std::string> legal;          // of VSS_E_BAD_STATE: what the documentation allows there
  bool grave() const { return startedBy != 0 || how != How::returned; }
};

// What one GetWriterStatus told. What a listing does not say is absent.
struct Reading {
  std::optional<std::int32_t> state;
  std::optional<HRESULT> failure;
  std::optional<HRESULT> application;      // of GetWriterStatusEx
  std::u16string applicationMessage;
  std::string listingSays;                 // an error in words that no table knows
  std::uint64_t call = 0, tick = 0, order = 0;  // order: of the call's first note

  bool stateFailed() const;
  bool bad() const { return stateFailed() || (failure && failed(*failure)); }
};

struct Writer {
  std::optional<std::u16string> name;
  std::optional<Guid> classId, instanceId;
  Reading last;
  std::optional<Reading> firstBad, lastBad;
  std::uint64_t gathers = 0, badGathers = 0;   // in which it was asked for
};

// Quoted; for people.
std::string shownName(const Writer& writer);

// How many writers were in which state; of each the name of one.
struct States {
  struct Group { std::uint64_t writers = 0; std::string one; };
  std::map<const StateFact*, Group> groups;  // nullptr: none that there is, or a listing does not say it
  void add(const Writer& writer, const Reading& reading);
};

// An asynchronous operation, from the call that began it to the answer that it had ended.
struct Operation {
  std::string method;
  std::uint64_t startedBy = 0, startTick = 0;
  std::uint64_t endedBy = 0, endTick = 0;  // 0: nothing tells that it has ended
  std::optional<HRESULT> result;           // what QueryStatus told of it at its end
  std::uint64_t asked = 0, lastAsked = 0, lastTick = 0;   // Wait and QueryStatus: how often, the last call
  std::uint64_t longestCall = 0, longestTicks = 0;        // of them, or the call that began it
  std::string longestMethod;
  bool neverBack = false;                  // lastAsked never came back
  std::shared_ptr<const States> before, after;  // the writers by the last gather before it began, by the first one after that; null: there is none
  std::uint64_t ticks() const;             // from the call that began it to its end, or to the last call that asked
};
struct Operations {
  static constexpr std::size_t kKept = 12;
  struct OfMethod { std::uint64_t count = 0, ticks = 0; std::shared_ptr<const Operation> longest; };
  std::vector<std::shared_ptr<const Operation>> first;    // at most kKept, as they began
  std::map<std::string, OfMethod> byMethod;
  std::uint64_t count = 0;
};

// A rule that was broken: the first finding, and how many there are.
struct Broken {
  conformance::Finding first;
  std::uint64_t times = 0;
};

struct Diagnosis {
  static constexpr std::size_t kFailures = 5;
  TraceHeader header;
  std::vector<Failure> failures;           // the first kFailures, as they were told
  std::uint64_t failureCount = 0;
  std::optional<Failure> gravest;          // the first that is about an operation or never came back; else the first
  std::vector<Writer> writers;             // as they were first met
  std::uint64_t gathers = 0;               // whose statuses were read
  // Of the last gather with a writer that failed, of the last one if none has: places in writers, and what was told.
  std::vector<std::pair<std::size_t, Reading>> status;
  std::optional<HRESULT> gatherResult;     // how the last gather of all ended, as far as it was asked
  Operations operations;
  std::vector<Broken> byRequester, byVss;  // rules that the judge finds broken
  std::uint64_t calls = 0, lastTick = 0;
  std::map<std::string, std::string, std::less<>> machine;   // facts of the classes `system` and `rights`, see docs/environment.md
  std::uint64_t events = 0;                // of VSS and volsnap in the event log, among such facts
  std::vector<std::string> notes;          // what the trace is not, and what that means for the answer
  std::uint64_t endless = 0;               // calls whose end may be lost
  bool partial = false;                    // something is missing: what failed there is not told

  double ticksPerSecond = 0;               // 0: the trace has no times

  bool imported() const { return header.origin == Origin::imported; }
  std::size_t badWriters() const;
  bool anythingFailed() const { return badWriters() || failureCount; }
  // Since the trace began, where it has times.
  std::optional<double> seconds(std::uint64_t tick) const;
};

// Reads the trace through, several times; what is damaged or missing in it goes to err, a line each. Memory grows with the writers and with what is not
// released. Throws as the reader does.
Diagnosis diagnose(TraceReader& reader, std::ostream& err);

}  // namespace vss::explain
