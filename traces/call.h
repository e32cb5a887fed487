// A call put together from its two notes.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "traces/file_array.h"
#include "traces/trace_reader.h"
#include "traces/value.h"

namespace vss {

struct Call {
  std::uint64_t number = 0;               // 1, 2, … by the order in which the calls were made; what people are shown
  std::uint64_t enterOrder = 0, leaveOrder = 0;  // numbers of its notes; leaveOrder 0: it never came back
  std::uint32_t thread = 0, object = 0;   // object 0: an exported function
  const Signature* signature = nullptr;   // lives as long as the TraceReader, as do the bytes of the values
  std::vector<Value> inputs;              // as signature->inputs
  std::uint32_t nulls = 0;                // bit n: the caller passed null for signature->outputs[n]
  std::optional<std::uint32_t> result;    // HRESULT or count; absent: it never came back
  std::vector<Value> outputs;             // as signature->outputs, and behind them the elements; empty if it never came back
  std::uint64_t enterTick = 0, leaveTick = 0;
  std::uint64_t enterPlace = 0, leavePlace = 0;  // of its notes: see TraceReader::readAgain()

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
  std::uint64_t last = 0;                 // RemarkKind::lost: of the numbers that it stands for
};

// Calls that are under way.
class OpenCalls {
 public:
  // To be filled; nullptr: there is one of that order already.
  Call* begin(std::uint64_t enterOrder);
  const Call* find(std::uint64_t enterOrder) const;
  // No longer under way; valid until the next is ended. nullptr: it is not under way.
  Call* end(std::uint64_t enterOrder);
  // All at once, by enterOrder, last first.
  std::vector<std::unique_ptr<Call>> endAll();
  template <class Visit> void forEach(Visit&& visit) const {
    for (const auto& call : recent_) visit(*call);
    for (const auto& [order, call] : others_) visit(*call);
  }

 private:
  // Mostly a thread comes back from a call before it makes the next: it is among the last few, and its memory is used for the next.
  static constexpr std::size_t kRecent = 4;
  std::vector<std::unique_ptr<Call>> recent_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Call>> others_;  // by enterOrder
  std::unique_ptr<Call> ended_, spare_;
  std::uint64_t newest_ = 0;
};

// Goes through a trace call by call. Holds the calls that are under way, nothing else: memory does not grow with the trace.
class CallReader {
 public:
  explicit CallReader(TraceReader& reader) : reader_(reader) { reader_.rewind(); }
  // Told of each call as it begins: its inputs are there, its answer is not.
  std::function<void(const Call&)> begun;
  // The next call, in the order in which they came back; at the end those that never did, in the order in which they were made. It may be moved
  // from; it is valid until the next one is asked for, a copy as long as the TraceReader. nullptr: that was the last, or a growing trace has no more
  // yet: see TraceReader::lookAgain().
  Call* next();
  // Remarks met so far, taken away by the caller.
  std::vector<Remark> takeRemarks() { return std::move(remarks_); }
  std::uint64_t calls() const { return calls_; }
  // Calls under way at the place that was reached.
  const OpenCalls& open() const { return open_; }
  // Leave notes whose enter is lost.
  std::uint64_t orphans() const { return orphans_; }

 private:
  TraceReader& reader_;
  OpenCalls open_;
  std::vector<std::unique_ptr<Call>> unreturned_;  // at the end, last first
  std::unique_ptr<Call> given_;                    // of them
  std::vector<Remark> remarks_;
  std::uint64_t calls_ = 0, orphans_ = 0;
  bool ended_ = false;
};

// Where each call of a trace is, by number: 20 bytes for a call, however long its values are, which lie in a temporary file. What is asked for is read from
// the trace. Calls of damaged chunks, and of those that a newer writer lays out otherwise, are held whole in memory.
class CallIndex {
 public:
  // Goes through the trace, which is to stay as it is as long as the reader lives; the reader outlives this. TraceError: 2^32 calls or more; there
  // is no room for the temporary file.
  explicit CallIndex(TraceReader& reader);
  std::uint32_t size() const { return static_cast<std::uint32_t>(places_.size()); }  // the highest number
  const Signature& signature(std::uint32_t number) const { return *signatures_[places_[number - 1].signature]; }
  // Any thread. call: made by nobody else; if it is that call already nothing is done. Its values borrow from the trace.
  void read(std::uint32_t number, Call& call) const;

 private:
  struct Place { std::uint32_t signature, enterChunk, enterNote, leaveChunk, leaveNote; };  // notes 0: see held_
  TraceReader& reader_;
  FileArray<Place> places_;
  std::vector<const Signature*> signatures_;    // by Signature::number
  std::unordered_map<std::uint32_t, Call> held_;
};

// All calls of a trace, by number; for what needs a whole short session at hand.
struct LoadedTrace {
  std::vector<Call> calls;
  std::vector<Remark> remarks;
};
LoadedTrace loadCalls(TraceReader& reader);

}  // namespace vss
