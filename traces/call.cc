#include "traces/call.h"

#include <algorithm>
#include <span>

#include "traces/platform.h"

namespace vss {
namespace {

const Value* named(std::string_view name, const std::vector<SignatureParam>& params, const std::vector<Value>& values) {
  for (std::size_t i = 0; i < params.size() && i < values.size(); ++i)
    if (params[i].name == name) return &values[i];
  return nullptr;
}

}  // namespace

const Value* Call::input(std::string_view name) const { return named(name, signature->inputs, inputs); }
const Value* Call::output(std::string_view name) const { return named(name, signature->outputs, outputs); }

Call* OpenCalls::begin(std::uint64_t enterOrder) {
  if (enterOrder <= newest_ && find(enterOrder)) return nullptr;
  newest_ = std::max(newest_, enterOrder);
  if (recent_.size() == kRecent) {
    std::uint64_t oldest = recent_.front()->enterOrder;
    others_.emplace(oldest, std::move(recent_.front()));
    recent_.erase(recent_.begin());
  }
  recent_.push_back(spare_ ? std::move(spare_) : std::make_unique<Call>());
  recent_.back()->enterOrder = enterOrder;
  return recent_.back().get();
}

const Call* OpenCalls::find(std::uint64_t enterOrder) const {
  for (const auto& call : recent_)
    if (call->enterOrder == enterOrder) return call.get();
  auto found = others_.find(enterOrder);
  return found == others_.end() ? nullptr : found->second.get();
}

Call* OpenCalls::end(std::uint64_t enterOrder) {
  spare_ = std::move(ended_);
  for (std::size_t i = recent_.size(); i--;) {
    if (recent_[i]->enterOrder != enterOrder) continue;
    ended_ = std::move(recent_[i]);
    recent_.erase(recent_.begin() + static_cast<std::ptrdiff_t>(i));
    return ended_.get();
  }
  if (auto found = others_.find(enterOrder); found != others_.end()) {
    ended_ = std::move(found->second);
    others_.erase(found);
  }
  return ended_.get();
}

std::vector<std::unique_ptr<Call>> OpenCalls::endAll() {
  auto all = std::move(recent_);
  for (auto& [order, call] : others_) all.push_back(std::move(call));
  recent_.clear();
  others_.clear();
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a->enterOrder > b->enterOrder; });
  return all;
}

namespace {

void take(std::vector<Value>& values, std::span<const ValueView> from, bool borrowed) {
  if (!borrowed) return values.assign(from.begin(), from.end());
  values.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) values[i].borrow(from[i]);
}

}  // namespace

Call* CallReader::next() {
  while (!ended_) {
    const NoteView* note = reader_.next();
    if (!note) {
      if (reader_.growing()) return nullptr;
      ended_ = true;
      unreturned_ = open_.endAll();
      for (auto& call : unreturned_) call->outputs.clear();
      break;
    }
    switch (note->type) {
      case NoteType::remark:
        remarks_.push_back({note->order, note->tick, note->call, note->thread, note->remarkKind, std::string(note->text), note->last});
        break;
      case NoteType::enter: {
        Call* call = open_.begin(note->order);
        if (!call) break;
        call->number = ++calls_;
        call->leaveOrder = 0;
        call->thread = note->thread;
        call->object = note->object;
        call->signature = note->signature;
        take(call->inputs, note->values, reader_.isStable());
        call->nulls = note->nulls;
        call->result.reset();
        call->enterTick = note->tick;
        call->leaveTick = 0;
        call->enterPlace = note->place;
        call->leavePlace = 0;
        if (begun) begun(*call);
        break;
      }
      case NoteType::leave: {
        const Call* entered = open_.find(note->call);
        if (!entered || entered->signature != note->signature) {  // a reader has one of each
          ++orphans_;
          break;
        }
        Call* call = open_.end(note->call);
        call->leaveOrder = note->order;
        call->result = note->result;
        take(call->outputs, note->values, reader_.isStable());
        call->leaveTick = note->tick;
        call->leavePlace = note->place;
        return call;
      }
    }
  }
  if (unreturned_.empty()) return nullptr;
  given_ = std::move(unreturned_.back());
  unreturned_.pop_back();
  return given_.get();
}

CallIndex::CallIndex(TraceReader& reader) : reader_(reader) {
  CallReader calls(reader);
  while (Call* call = calls.next()) {
    calls.takeRemarks();
    if (call->number > UINT32_MAX - 1) throw TraceError(shownPath(reader.path()) + ": has more than four billion calls, and what is asked for needs the number of each");
    auto number = static_cast<std::uint32_t>(call->number);
    if (places_.size() < number) places_.resize(number);
    const Signature* signature = call->signature;
    if (signatures_.size() <= signature->number) signatures_.resize(signature->number + 1);
    signatures_[signature->number] = signature;
    auto upper = [](std::uint64_t place) { return static_cast<std::uint32_t>(place >> 32); };
    auto lower = [](std::uint64_t place) { return static_cast<std::uint32_t>(place); };
    Place& place = places_[number - 1] = {signature->number, upper(call->enterPlace), lower(call->enterPlace), upper(call->leavePlace), lower(call->leavePlace)};
    if (place.enterNote && (place.leaveNote || !call->result)) continue;
    place.enterNote = 0;
    held_.emplace(number, std::move(*call));
  }
}

void CallIndex::read(std::uint32_t number, Call& call) const {
  if (call.number == number) return;
  const Place& place = places_[number - 1];
  if (!place.enterNote) return void(call = held_.at(number));
  auto note = [&](std::uint32_t chunk, std::uint32_t index, std::vector<Value>& values) { return reader_.readAgain(std::uint64_t{chunk} << 32 | index, values); };
  NoteView enter = note(place.enterChunk, place.enterNote, call.inputs);
  call.number = number;
  call.enterOrder = enter.order;
  call.leaveOrder = 0;
  call.thread = enter.thread;
  call.object = enter.object;
  call.signature = signatures_[place.signature];
  call.nulls = enter.nulls;
  call.result.reset();
  call.enterTick = enter.tick;
  call.leaveTick = 0;
  if (!place.leaveNote) return call.outputs.clear();
  NoteView leave = note(place.leaveChunk, place.leaveNote, call.outputs);
  call.leaveOrder = leave.order;
  call.result = leave.result;
  call.leaveTick = leave.tick;
}

LoadedTrace loadCalls(TraceReader& reader) {
  LoadedTrace loaded;
  CallReader calls(reader);
  while (auto call = calls.next()) loaded.calls.push_back(std::move(*call));
  loaded.remarks = calls.takeRemarks();
  std::sort(loaded.calls.begin(), loaded.calls.end(), [](auto& a, auto& b) { return a.number < b.number; });
  return loaded;
}

}  // namespace vss
