#include "traces/trace_copy.h"

#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "traces/platform.h"
#include "traces/trace_writer.h"
#include "traces/vss/text.h"

namespace vss {

void copyTrace(TraceReader& from, const std::filesystem::path& to, TraceChange* change) {
  TraceHeader header = from.header();
  if (change) change->header(header);
  TraceWriter copy(to, from, header, change);
  std::vector<ValueView> values;
  std::deque<std::string> changed;   // what they borrow from
  std::unordered_map<std::uint64_t, std::uint64_t> calls;  // the order of each call's first note: in the original, in the copy
  std::unordered_set<std::uint32_t> objects;
  from.rewind();
  while (const NoteView* note = from.next()) {
    copy.at(note->thread, note->tick, note->order);
    if (note->type == NoteType::remark) {
      auto about = calls.find(note->call);
      std::uint64_t further = note->remarkKind == RemarkKind::lost && note->last > note->order ? note->last - note->order : 0;
      copy.remark(note->remarkKind, change ? note->call : about == calls.end() ? 0 : about->second, change ? change->remark(note->remarkKind, note->text) : note->text, further);
      continue;
    }
    const MethodInfo* method = note->signature->known;
    if (!method) throw TraceError(shownPath(from.path()) + ": has calls of " + note->signature->method + " as " + oneLine(from.header().tool) + " describes it, and this version does not; copy it by that one");
    values.assign(note->values.begin(), note->values.end());
    changed.clear();
    for (std::size_t i = 0; change && i < values.size(); ++i) {
      if (values[i].bytes.empty()) continue;
      const auto& signature = *note->signature;
      const SignatureParam* param = note->type == NoteType::enter ? (i < signature.inputs.size() ? &signature.inputs[i] : nullptr)
                                    : i < signature.outputs.size() || !signature.elements.empty() ? &signature.output(i) : nullptr;
      if (auto other = change->value(param, signature, values[i])) values[i].bytes = changed.emplace_back(std::move(*other));
    }
    if (note->type == NoteType::enter) calls[note->order] = copy.enter(*method, note->object, note->nulls, values);
    else if (auto call = calls.find(note->call); change || call != calls.end()) copy.leave(change ? note->call : call->second, *method, note->object, note->result, values);
    for (const auto& value : note->values)
      if (value.kind == ValueKind::object && objects.insert(static_cast<std::uint32_t>(value.number)).second) copy.newObject();
  }
  if (copy.stopped() || !copy.finish(TraceWriter::Ending::threadsDone)) throw TraceError(shownPath(to) + ": could not be written to its end; is the disk full?");
}

}  // namespace vss
