// A hostile trace before everything in this room that reads one.
#pragma once
#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "traces/call.h"
#include "traces/diff.h"
#include "fuzzing/fuzzing.h"
#include "traces/import.h"
#include "traces/packed_trace.h"
#include "traces/print.h"
#include "traces/protocol.h"
#include "traces/recover.h"
#include "traces/show.h"
#include "traces/trace_copy.h"
#include "traces/trace_reader.h"
#include "traces/vss/plain_json.h"

namespace vss::fuzz {

// The orders of all notes, from the first note on.
inline std::vector<std::uint64_t> ordersOf(TraceReader& reader) {
  std::vector<std::uint64_t> orders;
  reader.rewind();
  while (const NoteView* note = reader.next()) {
    promise(orders.empty() || note->order > orders.back(), "note " + std::to_string(note->order) + " is given after note " + std::to_string(orders.empty() ? 0 : orders.back()));
    promise(note->type == NoteType::remark || note->signature, "a call without a signature");
    orders.push_back(note->order);
  }
  return orders;
}

inline void promiseJson(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    try {
      plainJson(line, "json");
    } catch (const PlainJsonError& e) {
      throw Broken(std::string("what is printed is no JSON: ") + e.what() + ": " + line);
    }
  }
}

// whole: so says `verify`. orders: of the notes that a reader gives.
inline void promiseRecovered(const std::string& name, bool whole, const std::vector<std::uint64_t>& orders) {
  auto saved = scratch().free("saved.vsst");
  std::ostringstream out, err;
  try {
    int code = recoverTrace(name, shownPath(saved), out, err);
    promise(code == 0 || (code == 3 && !whole) || (code == 1 && !whole && !std::filesystem::exists(saved)), "recover ends with " + std::to_string(code) + ": " + err.str());
    if (code == 1 || err.str().find(" in a form that this version does not read") != std::string::npos) return;
    TraceReader reader(saved);
    auto kept = ordersOf(reader);
    promise(reader.problems().empty() && reader.footer() && reader.lostNotes() == reader.toldLost(), "what was recovered is not whole");
    if (whole) promise(std::includes(kept.begin(), kept.end(), orders.begin(), orders.end()) && verifyTraces({{shownPath(saved)}}, "text", out, err) == 0, "recover loses something of a whole trace: " + err.str());
  } catch (const TraceError& e) {
    promiseOneLine(e.what());
    promise(!whole, "recover refuses what is whole: " + std::string(e.what()));
  }
}

// Unpacks these bytes. What is not told as damage is as in `trace`, where there is one.
inline void promiseUnpacked(std::string_view file, const std::string* trace) {
  std::uint64_t size = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> others;  // stretches that are not as in `trace`
  auto damage = unpackTrace(file, [&](std::string_view piece) {
    promise(piece.size() <= 16 << 20, "a piece of " + std::to_string(piece.size()) + " bytes");
    if (trace && (size > trace->size() || trace->compare(size, piece.size(), piece) != 0)) others.emplace_back(size, piece.size());
    size += piece.size();
  });
  promise(size <= file.size() * 32768, std::to_string(size) + " bytes of " + std::to_string(file.size()));
  for (const auto& it : damage) promiseOneLine(it.why);
  promise(!trace || size == trace->size() || !damage.empty(), "unpacked it is shorter or longer");
  for (const auto& other : others)
    promise(std::any_of(damage.begin(), damage.end(), [&](auto& it) { return it.offset <= other.first && (!it.size || other.first + other.second <= it.offset + it.size); }), "unpacked it is another");
}

inline void promisePacked(const std::string& name, const std::string& bytes) {
  promiseUnpacked(bytes, nullptr);
  if (isPacked(bytes) || !beginsAsTrace(bytes)) return;
  auto path = scratch().free("packed.vsst.zst");
  std::ostringstream out;
  packTrace(name, shownPath(path), false, out);
  std::string file = bytesOf(path), changed = file;
  changed[bytes.size() * 7 % file.size()] ^= static_cast<char>(1 + static_cast<unsigned char>(bytes.back()) % 255);
  promiseUnpacked(file, &bytes);
  promiseUnpacked(changed, &bytes);
}

inline void promiseCopied(const std::filesystem::path& path, bool whole, const std::vector<std::uint64_t>& orders) {
  TraceReader copy(path);
  std::ostringstream out, err;
  promise(ordersOf(copy).size() <= orders.size(), "a copy has more than the trace");
  promise(copy.problems().empty(), copy.problems().empty() ? "" : "a copy has damage: " + copy.problems()[0].text);
  if (whole) promise(verifyTraces({{shownPath(path)}}, "text", out, err) == 0, "the copy of a whole trace is not whole: " + err.str());
}

inline void fuzzTrace(std::string_view bytes) {
  auto path = scratch().put("trace.vsst", bytes);
  std::string name = shownPath(path);
  std::ostringstream out, err;
  bool whole = verifyTraces({{name}}, "text", out, err) == 0, copied = false;
  std::vector<std::uint64_t> orders;
  try {
    TraceReader reader(path);
    orders = ordersOf(reader);
    auto damage = reader.problems().size();
    promise(ordersOf(reader) == orders, "a second reading gives other notes");
    promise(reader.problems().size() == damage, "a second reading tells damage again");

    TraceReader last(path, NoteReading::byPlace, TraceReach::end);  // as `info` reads what is large
    auto ofEnd = ordersOf(last);
    if (whole) promise(std::equal(ofEnd.begin(), ofEnd.end(), std::lower_bound(orders.begin(), orders.end(), last.readsFrom().value_or(0)), orders.end()), "the end has other notes");

    std::size_t calls = 0;
    for (StepReader steps(reader); auto step = steps.next(); ++calls) {
      const Call& call = step->call;
      printCall(call) + printResult(call) + printOutputs(call);
      if (!step->before.session) continue;
      stateLabel(*step->before.session) + stateInWords(*step->before.session);
      isLegal(call.signature->method, *step->before.session);
      if (step->before.operation) operationInWords(*step->before.operation);
    }
    promise(calls <= orders.size(), "more calls than notes");
    copyTrace(reader, scratch().free("copy.vsst"));
    copied = true;
  } catch (const TraceError& e) {
    promiseOneLine(e.what());
    promise(std::string_view(e.what()).starts_with(shownPath(path.parent_path())), "a message without its file: " + std::string(e.what()));
  }
  promiseRecovered(name, whole, orders);
  promisePacked(name, std::string(bytes));
  if (orders.empty()) {
    promise(!whole || bytes.size() >= 4096, "whole without a header");
    return;
  }
  std::ostringstream json;
  showTrace(name, {"text", true}, out, err);
  showTrace(name, {"json", true}, json, err);
  showInfo({{name}}, "text", out, err);
  showInfo({{name}}, "json", json, err);
  verifyTraces({{name}}, "json", json, err);
  exportVssadmin(name, "", out, err);
  promiseJson(json.str());
  promise(diffTraces(name, name, "text", out, err) == 0, "a trace differs from itself");
  if (!copied) return;
  try {
    promiseCopied(scratch().put("copied.vsst", bytesOf(path.parent_path() / "copy.vsst")), whole, orders);
  } catch (const TraceError& e) {
    promise(!whole, "the copy of a whole trace is none: " + std::string(e.what()));  // ends whose starts are lost are not copied
  }
}

}  // namespace vss::fuzz
