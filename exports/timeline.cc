#include "exports/timeline.h"

#include <algorithm>

#include "traces/print.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss::exports {
namespace {

std::int64_t withoutClock(std::uint64_t order) { return static_cast<std::int64_t>(std::min<std::uint64_t>(order, 1ull << 50)) * 1000; }

}  // namespace

Timeline::Timeline(TraceReader& reader, TimelineSink& sink)
    : trace_(reader), sink_(sink), timed_(reader.header().startTime != 0), calls_(reader) {
  ListingGaps gaps(reader);
  reader.rewind();
  if (timed_ && reader.footer()) end_ = std::max<std::int64_t>(0, sinceStart(reader, reader.footer()->endTick).value_or(0));
  calls_.begun = [this](const Call& call) { begun(call); };
  while (const Call* call = sink.wantsMore() ? calls_.next() : nullptr) {
    takeRemarks();
    auto marked = gaps.marked(*call);
    const Call& shown = marked ? *marked : *call;
    CallSlice slice = sliceOf(shown, sessions_.add(*call));
    sink_.call(slice);
    seeOperations(*call, slice);
    seeStatus(shown, slice);
  }
  takeRemarks();
  while (!operations_.empty()) endOperation(operations_.begin()->first);
  for (auto& [key, state] : states_) sink_.state({state.writer, state.start, end_, state.status, state.call, state.after});
}

void Timeline::takeRemarks() {
  for (const auto& remark : calls_.takeRemarks()) {
    std::int64_t time = std::max<std::int64_t>(0, timed_ ? sinceStart(trace_, remark.tick).value_or(0) : withoutClock(remark.order));
    end_ = std::max(end_, time);
    sink_.remark(remark, time);
  }
}

std::int64_t Timeline::timeOf(Thread& thread, std::uint64_t tick, std::uint64_t order) {
  std::int64_t time = timed_ ? sinceStart(trace_, tick).value_or(0) : withoutClock(order);
  thread.last = std::max(thread.last, time);
  end_ = std::max(end_, thread.last);
  return thread.last;
}

void Timeline::begun(const Call& call) {
  Thread& thread = threads_[call.thread];
  thread.stack.push_back({call.enterOrder, timeOf(thread, call.enterTick, call.enterOrder)});
}

// As the return of a call comes, those that its thread made in it are over, even if their own return is lost.
CallSlice Timeline::sliceOf(const Call& call, Sessions::Place place) {
  Thread& thread = threads_[call.thread];
  auto& stack = thread.stack;
  if (auto cut = cut_.find(call.enterOrder); cut != cut_.end()) {
    auto [end, entered] = cut->second;
    cut_.erase(cut);
    return {call, entered.start, end, 0, place};
  }
  auto here = std::find_if(stack.rbegin(), stack.rend(), [&](const Begun& begun) { return begun.order == call.enterOrder; });
  if (here == stack.rend()) return {call, thread.last, thread.last, 0, place};
  Begun entered = *here;
  auto depth = static_cast<std::size_t>(stack.rend() - here - 1);
  if (!call.result) return {call, entered.start, end_, static_cast<unsigned>(depth), place};  // all of them come at the end, and stay on the stack
  std::int64_t end = timeOf(thread, call.leaveTick, call.leaveOrder);
  for (std::size_t i = depth + 1; i < stack.size(); ++i) cut_[stack[i].order] = {end, stack[i]};
  stack.resize(depth);
  return {call, entered.start, end, static_cast<unsigned>(depth), place};
}

void Timeline::seeOperations(const Call& call, const CallSlice& around) {
  if (call.signature->interface_ == "IVssAsync" || call.is("Release")) {
    auto open = operations_.find(call.object);
    if (open == operations_.end()) return;
    const OperationState* operation = sessions_.protocol().operation(call.object);
    if (!operation) return;
    Stage stage = operation->stage;
    bool settled = stage == Stage::finished || stage == Stage::failed || stage == Stage::cancelled;
    OperationSlice& slice = open->second;
    if ((settled || stage == Stage::ended) && !slice.endedBy) {
      slice.end = std::max(slice.end, around.end);
      slice.endedBy = call.number;
      slice.outcome = "ended";  // an infinite Wait returned; QueryStatus may tell more
    }
    if (settled) slice.outcome = stage == Stage::failed && operation->result ? "failed: " + nameOf(*operation->result) : std::string(nameOf(stage));
    if (!slice.endedBy && operation->released) {
      slice.end = std::max(slice.end, around.end);
      slice.endedBy = call.number;
      slice.outcome = "released";
    }
    if (settled || operation->released) endOperation(call.object);
    return;
  }
  for (std::size_t i = 0; i < call.outputs.size() && i < call.signature->outputs.size(); ++i) {
    const Value& value = call.outputs[i];
    if (value.kind != ValueKind::object || call.signature->outputs[i].type != "IVssAsync") continue;
    auto object = static_cast<std::uint32_t>(value.number);
    if (operations_.count(object)) continue;
    operations_.emplace(object, OperationSlice{object, around.place.session, methodName(*call.signature), call.number, 0, around.start, around.end, "not told"});
  }
}

void Timeline::endOperation(std::uint32_t object) {
  auto open = operations_.find(object);
  if (!open->second.endedBy) open->second.end = end_;
  sink_.operation(open->second);
  operations_.erase(open);
}

void Timeline::seeStatus(const Call& call, const CallSlice& slice) {
  auto status = writerStatus(call);
  if (!status) return;
  std::string key;
  for (const auto& id : {status->instanceId, status->classId}) key += id ? toString(*id) : "-";
  key += status->name ? '"' + toUtf8(*status->name) : "";
  auto place = states_.find(key);
  if (place == states_.end()) {
    if (states_.size() >= kMostWriters) {
      ++statesLeftOut_;
      return;
    }
    WriterStatus ids = *status;
    ids.state = ids.failure = std::nullopt;
    place = states_.emplace(std::move(key), State{{states_.size() + 1, std::move(ids)}, 0, {}, 0, {}}).first;
  }
  State& state = place->second;
  std::int64_t start = std::max(state.start, slice.end);  // several threads may ask
  if (state.call) sink_.state({state.writer, state.start, start, state.status, state.call, state.after});
  state.start = start;
  state.status = std::move(*status);
  state.call = call.number;
  state.after = slice.place.after;
}

}  // namespace vss::exports
