// A call put together from its two notes.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "traces/trace_reader.h"
#include "traces/value.h"

namespace vss {

struct Call {
  std::uint64_t number = 0;               // 1, 2, … by the order in which the calls were made; what people are shown
  std::uint64_t enterOrder = 0, leaveOrder = 0;  // numbers of its notes; leaveOrder 0: it never came back
  std::uint32_t thread = 0, object = 0;   // object 0: an exported function
  const Signature* signature = nullptr;   // lives as long as the reader
  std::vector<Value> inputs;              // as signature->inputs
  std::uint32_t nulls = 0;                // bit n: the caller passed null for signature->outputs[n]
  std::optional<std::uint32_t> result;    // HRESULT or count; absent: it never came back
  std::vector<Value> outputs;             // as signature->outputs, and behind them the elements; empty if it never came back
  std::uint64_t enterTick = 0, leaveTick = 0;

  bool is(std::string_view method) const { return signature->method == method; }
  std::optional<std::int32_t> hresult() const {
    return result && signature->returns == Returns::hresult ? std::optional(static_cast<std::int32_t>(*result)) : std::nullopt;
  }
  // By the parameter's name; nullptr: no such parameter, or no value.
  const Value* input(std::string_view name) const;
  const Value* output(std::string_view name) const;
};

struct Remark {
  std::uint64_t order, tick, about;       // about: enterOrder of a call, or 0
  std::uint32_t thread;
  RemarkKind kind;
  std::string text;
};

// Goes through a trace call by call. Holds the calls that are under way, nothing else: memory does not grow with the trace.
class CallReader {
 public:
  explicit CallReader(TraceReader& reader) : reader_(reader) { reader_.rewind(); }
  // The next call, in the order in which they came back; at the end those that never did, in the order in which they were made.
  // nullopt too where a growing trace has no more yet: see TraceReader::lookAgain().
  std::optional<Call> next();
  // Remarks met so far, taken away by the caller.
  std::vector<Remark> takeRemarks() { return std::move(remarks_); }
  std::uint64_t calls() const { return calls_; }
  // Calls under way at the place that was reached, by enterOrder.
  const std::unordered_map<std::uint64_t, Call>& open() const { return open_; }
  // Leave notes whose enter is lost.
  std::uint64_t orphans() const { return orphans_; }

 private:
  TraceReader& reader_;
  std::unordered_map<std::uint64_t, Call> open_;  // by enterOrder
  std::vector<Call> unreturned_;                  // at the end, last first
  std::vector<Remark> remarks_;
  std::uint64_t calls_ = 0, orphans_ = 0;
  bool ended_ = false;
};

// All calls of a trace, by number; for what needs a whole session at hand (replay, import's tests).
struct LoadedTrace {
  std::vector<Call> calls;
  std::vector<Remark> remarks;
};
LoadedTrace loadCalls(TraceReader& reader);

}  // namespace vss
