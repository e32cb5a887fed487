#include "traces/trace_copy.h"

#include <unordered_map>
#include <unordered_set>

#include "traces/platform.h"
#include "traces/trace_writer.h"
#include "traces/vss/text.h"

namespace vss {

void copyTrace(TraceReader& from, const std::filesystem::path& to, const TraceChange* change) {
  TraceWriter copy(to, from, change);
  std::unordered_map<std::uint64_t, std::uint64_t> calls;  // the order of each call's first note: in the original, in the copy
  std::unordered_set<std::uint32_t> objects;
  from.rewind();
  while (const NoteView* note = from.next()) {
    copy.at(note->thread, note->tick, note->order);
    if (note->type == NoteType::remark) {
      auto about = calls.find(note->call);
      std::uint64_t further = note->remarkKind == RemarkKind::lost && note->last > note->order ? note->last - note->order : 0;
      copy.remark(note->remarkKind, change ? note->call : about == calls.end() ? 0 : about->second, note->text, further);
      continue;
    }
    const MethodInfo* method = note->signature->known;
    if (!method) throw TraceError(shownPath(from.path()) + ": has calls of " + note->signature->method + " as " + oneLine(from.header().tool) + " describes it, and this version does not; copy it by that one");
    if (note->type == NoteType::enter) calls[note->order] = copy.enter(*method, note->object, note->nulls, note->values);
    else if (auto call = calls.find(note->call); change || call != calls.end()) copy.leave(change ? note->call : call->second, *method, note->object, note->result, note->values);
    for (const auto& value : note->values)
      if (value.kind == ValueKind::object && objects.insert(static_cast<std::uint32_t>(value.number)).second) copy.newObject();
  }
  if (copy.stopped() || !copy.finish(TraceWriter::Ending::threadsDone)) throw TraceError(shownPath(to) + ": could not be written to its end; is the disk full?");
}

}  // namespace vss
