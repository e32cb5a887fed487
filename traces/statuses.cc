#include "traces/statuses.h"

#include <algorithm>

#include "traces/vss/results.h"

namespace vss {

void StatusCollector::add(const Call& call) {
  if (call.is("Release") && call.result && *call.result == 0) {
    auto gather = current_.find(call.object);
    if (gather == current_.end()) return;
    gather->second.unused = true;
    auto oldest = current_.find(released_.add(call.object));
    if (oldest != current_.end() && oldest->second.unused) current_.erase(oldest);
    return;
  }
  if (!call.hresult() || failed(*call.hresult())) return;
  if (call.is("GatherWriterStatus")) {
    current_[call.object] = {{call.object, {}, false}};
    return;
  }
  auto gather = current_.find(call.object);
  if (gather == current_.end()) return;
  bool count = call.is("GetWriterStatusCount"), status = call.is("GetWriterStatus") || call.is("GetWriterStatusEx");
  if (!count && !status) return;
  gather->second.unused = false;
  if (!gather->second.counted) gather->second.counted = true, ++gathers_;
  if (status) {
    const Value *index = call.input("iWriter"), *name = call.output("pbstrWriter"), *state = call.output("pnStatus");
    const Value *failure = call.output("phResultFailure"), *instance = call.output("pidInstance"), *writer = call.output("pidWriter");
    if (!failure) failure = call.output("phrFailureWriter");
    if (!index || !name || !state || !failure || !instance || !writer) return;
    StatusRow row;
    row.index = static_cast<std::uint32_t>(index->number);
    row.instanceId = instance->guid();
    row.classId = writer->guid();
    if (name->kind == ValueKind::stored) row.name = name->text();
    row.state = static_cast<std::int32_t>(state->number);
    row.failure = static_cast<std::int32_t>(failure->number);
    row.enterOrder = call.enterOrder;
    auto& rows = gather->second.rows;
    auto place = std::lower_bound(rows.begin(), rows.end(), row.index, [](const StatusRow& r, std::uint32_t i) { return r.index < i; });
    if (place != rows.end() && place->index == row.index) *place = std::move(row);
    else rows.insert(place, std::move(row));
  }
  last_ = gather->second;
}

}  // namespace vss
