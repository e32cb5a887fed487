#include "traces/losses.h"

#include <cstdio>
#include <map>

namespace vss {

Losses lossesOf(TraceReader& reader) {
  Losses found;
  struct Begun { std::uint64_t call; std::uint32_t thread; std::string method; };
  std::map<std::uint64_t, Begun> open;  // by order of the enter
  auto nameOf = [](const Signature& s) { return s.interface_.empty() ? s.method : s.interface_ + "::" + s.method; };
  auto secondsIn = [&](std::uint64_t tick) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6f s", reader.seconds(tick - reader.header().startTick));
    return std::string(text);
  };
  // Notes of a newer kind have numbers too, and are not given: then nothing is said of gaps.
  bool newer = reader.unknownNotes() > 0;
  auto addRange = [&](std::uint64_t first, std::uint64_t last, std::string where) {
    if (newer) return;
    if (found.ranges.size() < Losses::kMostTold) found.ranges.push_back({first, last, std::move(where)});
    else ++found.moreRanges;
  };
  auto addHalf = [&](Losses::Half half) {
    if (found.halves.size() < Losses::kMostTold) found.halves.push_back(std::move(half));
    else ++found.moreHalves;
  };
  std::uint64_t before = 0, tick = 0, calls = 0, lostAt = 0;
  bool timed = reader.header().startTime != 0;
  reader.rewind();
  while (const NoteView* note = reader.next()) {
    if (note->order > before + 1) {
      std::string where;
      if (timed) where = (before ? "between " + secondsIn(tick) : std::string("before the first note")) + (before ? " and " + secondsIn(note->tick) : "");
      addRange(before + 1, note->order - 1, std::move(where));
      lostAt = note->order;
    }
    before = note->order, tick = note->tick;
    if (note->type == NoteType::remark && note->remarkKind == RemarkKind::lost && note->last > before) before = note->last;
    if (note->type == NoteType::enter) open[note->order] = {++calls, note->thread, nameOf(*note->signature)};
    if (note->type == NoteType::leave && !open.erase(note->call)) addHalf({0, note->order, note->thread, nameOf(*note->signature), true});
  }
  if (reader.footer() && reader.footer()->notes > before) {
    addRange(before + 1, reader.footer()->notes, timed && before ? "after " + secondsIn(tick) : "");
    lostAt = reader.footer()->notes + 1;
  }
  for (const auto& [order, begun] : open)
    if (order < lostAt) addHalf({begun.call, order, begun.thread, begun.method, false});
  return found;
}

std::vector<std::string> Losses::lines() const {
  std::vector<std::string> lines;
  for (const auto& range : ranges)
    lines.push_back("lost: note" + (range.first == range.last ? " " + std::to_string(range.first) : "s " + std::to_string(range.first) + " to " + std::to_string(range.last)) +
                    (range.where.empty() ? "" : ", " + range.where));
  if (moreRanges) lines.push_back("lost: notes at " + std::to_string(moreRanges) + " more places");
  for (const auto& half : halves) {
    std::string whose = half.method + ", note " + std::to_string(half.note) + ", thread " + std::to_string(half.thread);
    lines.push_back(half.start ? "a call of " + whose + ": its start is lost" : "call " + std::to_string(half.call) + " (" + whose + ") has no end here: it is lost, or never came");
  }
  if (moreHalves) lines.push_back(std::to_string(moreHalves) + " more calls are halves");
  return lines;
}

}  // namespace vss
