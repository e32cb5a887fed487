#include <ostream>
#include <vector>

#include "exports/export.h"
#include "exports/sessions.h"
#include "traces/environment.h"
#include "traces/json_call.h"
#include "traces/print.h"
#include "traces/show.h"

namespace vss::exports {
namespace {

// A number of 64 bits: a string, as in the twins of traces/samples/vectors.
std::string digits(std::uint64_t number) { return '"' + std::to_string(number) + '"'; }

void printHeader(TraceReader& reader, const std::string& name, std::ostream& out) {
  const auto& h = reader.header();
  out << "{\"trace\": " << jsonString(name) << ", \"export\": \"shadowtape-jsonl-1\", \"format\": " << h.format << ", \"semantics\": " << h.semantics << ", \"origin\": \"" << originName(h.origin)
      << "\", \"tool\": " << jsonString(h.tool) << ", \"platform\": " << jsonString(h.platform) << ", \"process\": " << jsonString(h.process) << ", \"processId\": " << h.processId
      << ", \"target\": " << jsonString(h.target) << ", \"wordSize\": " << h.wordSize << ", \"ticksPerSecond\": " << digits(h.ticksPerSecond) << ", \"startTick\": " << digits(h.startTick)
      << ", \"startTime\": \"" << h.startTime << '"';
  if (h.startTime) out << ", \"start\": \"" << printTimeExactly(h.startTime) << '"';
  if (auto build = buildOf(reader); !build.empty()) out << ", \"build\": " << jsonString(build);
  out << "}\n";
}

void printRemark(const Remark& remark, std::ostream& out) {
  out << "{\"remark\": " << jsonString(remarkName(remark.kind)) << ", \"about\": " << digits(remark.about) << ", \"text\": " << jsonString(remark.text) << ", \"kind\": "
      << static_cast<unsigned>(remark.kind) << ", \"thread\": " << remark.thread << ", \"order\": " << digits(remark.order) << ", \"tick\": " << digits(remark.tick)
      << ", \"last\": " << digits(remark.last) << "}\n";
}

void printCallLine(const TraceReader& reader, const Call& call, std::ostream& out) {
  out << "{" << jsonMembers(reader, call) << ", \"signature\": " << call.signature->number << ", \"nulls\": " << call.nulls << ", \"enterOrder\": " << digits(call.enterOrder)
      << ", \"enterTick\": " << digits(call.enterTick);
  auto start = sinceStart(reader, call.enterTick), end = sinceStart(reader, call.leaveTick);
  if (start) out << ", \"startNs\": " << jsonNumber(*start);
  if (call.result) {
    out << ", \"leaveOrder\": " << digits(call.leaveOrder) << ", \"leaveTick\": " << digits(call.leaveTick) << ", \"resultCode\": " << *call.result;
    if (end) out << ", \"endNs\": " << jsonNumber(*end);
  }
  out << "}\n";
}

void printEnd(const TraceReader& reader, const CallReader& calls, std::ostream& out) {
  for (const auto& problem : reader.problems()) out << "{\"damage\": " << jsonString(problem.text) << ", \"byte\": " << digits(problem.offset) << "}\n";
  out << "{\"end\": \"" << (reader.end() == TraceEnd::complete ? "complete" : "cut off") << "\", \"calls\": " << digits(calls.calls()) << ", \"lastOrder\": " << digits(reader.lastOrder())
      << ", \"lostNotes\": " << digits(reader.lostNotes()) << ", \"toldLost\": " << digits(reader.toldLost()) << ", \"unfinishedNotes\": " << digits(reader.unfinishedNotes())
      << ", \"callsWithoutStart\": " << digits(calls.orphans()) << ", \"unknownNotes\": " << digits(reader.unknownNotes()) << ", \"unknownBlocks\": " << digits(reader.unknownBlocks());
  if (const auto& f = reader.footer())
    out << ", \"objects\": " << f->objects << ", \"threads\": " << f->threads << ", \"endTick\": " << digits(f->endTick) << ", \"endTime\": \"" << f->endTime << '"';
  out << "}\n";
}

}  // namespace

void exportJsonl(TraceReader& reader, const std::string& name, std::ostream& out, std::ostream& err) {
  printHeader(reader, name, out);
  CallReader calls(reader);
  std::vector<bool> told;  // signatures, by number
  bool more = true;
  while (more && out) {
    const Call* call = calls.next();
    more = call;
    for (const auto& remark : calls.takeRemarks()) printRemark(remark, out);
    if (!call) break;
    std::uint32_t signature = call->signature->number;
    if (told.size() <= signature) told.resize(signature + 1);
    if (!told[signature]) out << "{\"signature\": " << signature << ", \"text\": " << jsonString(call->signature->text) << "}\n";
    told[signature] = true;
    printCallLine(reader, *call, out);
  }
  if (!out) return;
  printEnd(reader, calls, out);
  tellTroubles(reader, calls, err);
}

}  // namespace vss::exports
