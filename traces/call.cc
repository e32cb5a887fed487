#include "traces/call.h"

#include <algorithm>

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

std::optional<Call> CallReader::next() {
  while (!ended_) {
    const NoteView* note = reader_.next();
    if (!note) {
      if (reader_.growing()) return std::nullopt;
      ended_ = true;
      for (auto& [order, call] : open_) unreturned_.push_back(std::move(call));
      open_.clear();
      std::sort(unreturned_.begin(), unreturned_.end(), [](auto& a, auto& b) { return a.enterOrder > b.enterOrder; });
      break;
    }
    switch (note->type) {
      case NoteType::remark:
        remarks_.push_back({note->order, note->tick, note->call, note->thread, note->remarkKind, std::string(note->text)});
        break;
      case NoteType::enter: {
        Call call;
        call.number = ++calls_;
        call.enterOrder = note->order;
        call.thread = note->thread;
        call.object = note->object;
        call.signature = note->signature;
        call.inputs.assign(note->values.begin(), note->values.end());
        call.nulls = note->nulls;
        call.enterTick = note->tick;
        open_.emplace(note->order, std::move(call));
        break;
      }
      case NoteType::leave: {
        auto found = open_.find(note->call);
        if (found == open_.end() || found->second.signature->text != note->signature->text) {
          ++orphans_;
          break;
        }
        Call call = std::move(found->second);
        open_.erase(found);
        call.leaveOrder = note->order;
        call.result = note->result;
        call.outputs.assign(note->values.begin(), note->values.end());
        call.leaveTick = note->tick;
        return call;
      }
    }
  }
  if (unreturned_.empty()) return std::nullopt;
  Call call = std::move(unreturned_.back());
  unreturned_.pop_back();
  return call;
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
