// A hostile trace before everything in this room that reads one.
#pragma once
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "traces/call.h"
#include "traces/diff.h"
#include "fuzzing/fuzzing.h"
#include "traces/import.h"
#include "traces/print.h"
#include "traces/protocol.h"
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

inline void fuzzTrace(std::string_view bytes) {
  auto path = scratch().put("trace.vsst", bytes);
  std::string name = shownPath(path);
  std::ostringstream out, err;
  bool whole = verifyTraces({name}, "text", out, err) == 0, copied = false;
  std::vector<std::uint64_t> orders;
  try {
    TraceReader reader(path);
    orders = ordersOf(reader);
    auto damage = reader.problems().size();
    promise(ordersOf(reader) == orders, "a second reading gives other notes");
    promise(reader.problems().size() == damage, "a second reading tells damage again");

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
  if (orders.empty()) {
    promise(!whole || bytes.size() >= 4096, "whole without a header");
    return;
  }
  std::ostringstream json;
  showTrace(name, {"text", true}, out, err);
  showTrace(name, {"json", true}, json, err);
  showInfo({name}, "text", out, err);
  showInfo({name}, "json", json, err);
  verifyTraces({name}, "json", json, err);
  exportVssadmin(name, "", out, err);
  promiseJson(json.str());
  promise(diffTraces(name, name, "text", out, err) == 0, "a trace differs from itself");
  if (!copied) return;
  TraceReader copy(scratch().put("copied.vsst", bytesOf(path.parent_path() / "copy.vsst")));
  promise(ordersOf(copy).size() <= orders.size() && copy.problems().empty(), "a copy has more than the trace, or damage");
  if (whole) promise(verifyTraces({shownPath(copy.path())}, "text", out, err) == 0, "the copy of a whole trace is not whole: " + err.str());
}

}  // namespace vss::fuzz
