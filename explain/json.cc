#include <ostream>

#include "explain/explain.h"
#include "traces/print.h"
#include "traces/vss/text.h"

namespace vss::explain {
namespace {

// What is not known is left out.
class JsonObject {
 public:
  JsonObject& raw(std::string_view name, const std::string& json) {
    text_ += (text_.empty() ? "\"" : ", \"") + std::string(name) + "\": " + json;
    return *this;
  }
  JsonObject& add(std::string_view name, std::uint64_t n) { return raw(name, std::to_string(n)); }
  JsonObject& add(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  JsonObject& add(std::string_view name, const std::optional<double>& n) { return n ? raw(name, std::to_string(*n)) : *this; }
  JsonObject& add(std::string_view name, const std::optional<Guid>& id) { return id ? raw(name, jsonString(toString(*id))) : *this; }
  JsonObject& add(std::string_view name, std::string_view text) { return text.empty() ? *this : raw(name, jsonString(text)); }
  JsonObject& number(std::string_view name, std::uint64_t n) { return n ? add(name, n) : *this; }
  JsonObject& code(std::string_view name, const std::optional<HRESULT>& code) { return code ? raw(name, jsonString(nameOf(*code))) : *this; }
  std::string done() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

template <class List, class Print> std::string list(const List& items, Print&& print) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "\n  " : ",\n  ") + print(item);
  return "[" + out + (out.empty() ? "]" : "\n ]");
}

JsonObject readingJson(const Reading& r) {
  JsonObject object;
  if (r.state) object.raw("state", jsonString(enumeratorName("VSS_WRITER_STATE", *r.state)));
  return object.code("failure", r.failure).add("call", r.call);
}

std::string writerJson(const Diagnosis& diagnosis, const Writer& w) {
  JsonObject object;
  if (w.name) object.raw("name", jsonString(*w.name));
  object.add("classId", w.classId).add("instanceId", w.instanceId).add("gathers", w.gathers).add("failedGathers", w.badGathers).raw("last", readingJson(w.last).done());
  if (!w.lastBad) return object.done();
  const Reading& bad = *w.lastBad;
  JsonObject failed = readingJson(bad);
  failed.add("firstCall", w.firstBad->call).add("firstSeconds", diagnosis.seconds(w.firstBad->tick));
  if (const StateFact* state = bad.stateFailed() ? stateFact(*bad.state) : nullptr)
    failed.add("event", state->event).add("stateMeaning", state->meaning).add("choice", state->remedy).add("stateSource", state->page);
  if (const FailureFact* fact = bad.failure ? failureFact(*bad.failure) : nullptr) failed.add("meaning", fact->meaning).add("remedy", fact->remedy).add("source", fact->page);
  if (const HostFact* host = hostFact(w.classId, w.name ? toUtf8(*w.name) : "")) failed.add("service", host->service);
  failed.code("application", bad.application).add("listingSays", bad.listingSays);
  if (!bad.applicationMessage.empty()) failed.raw("applicationMessage", jsonString(bad.applicationMessage));
  return object.raw("failed", failed.done()).done();
}

std::string failureJson(const Diagnosis& diagnosis, const Failure& f) {
  static constexpr std::string_view how[] = {"returned", "ended", "cancelled", "neverCameBack", "notEnded"};
  JsonObject object;
  object.add("method", f.method).add("how", how[static_cast<std::size_t>(f.how)]);
  if (failed(f.code)) object.code("code", f.code);
  return object.add("call", f.call).number("startedBy", f.startedBy).number("thread", f.thread).add("seconds", diagnosis.seconds(f.tick)).add("shown", f.shown).add("meaning", f.meaning)
      .add("source", f.page).add("state", f.state).done();
}

std::string operationJson(const Diagnosis& diagnosis, const Operation& o) {
  auto span = [&](std::uint64_t ticks) { return diagnosis.ticksPerSecond == 0 ? std::nullopt : std::optional(static_cast<double>(ticks) / diagnosis.ticksPerSecond); };
  return JsonObject().add("method", o.method).add("startedBy", o.startedBy).number("endedBy", o.endedBy).code("result", o.result).add("neverCameBack", o.neverBack).add("asked", o.asked)
      .add("seconds", span(o.ticks())).add("longestCall", o.longestCall).add("longestSeconds", span(o.longestTicks))
      .add("before", o.before ? inWords(*o.before) : "").add("after", o.after ? inWords(*o.after) : "").done();
}

std::string brokenJson(const Broken& b) {
  return JsonObject().add("rule", b.first.rule->id).add("level", conformance::levelName(b.first.rule->level)).number("call", b.first.calls.empty() ? 0 : b.first.calls.back())
      .add("times", b.times).add("seen", b.first.seen).add("expected", b.first.expected).add("advice", b.first.rule->advice).add("source", b.first.rule->source).done();
}

}  // namespace

void printJson(const Diagnosis& diagnosis, const std::string& path, std::ostream& out) {
  std::vector<Decision> decided;
  if (!diagnosis.status.empty()) decided = decisions(diagnosis);
  JsonObject machine;
  for (const auto& [key, value] : diagnosis.machine) machine.raw(key, jsonString(std::string_view(value)));
  out << JsonObject().add("format", std::string_view("shadowtape-explain-1")).raw("path", jsonString(std::string_view(path))).add("failed", diagnosis.anythingFailed())
             .add("headline", headline(diagnosis)).add("imported", diagnosis.imported()).add("partial", diagnosis.partial).add("calls", diagnosis.calls)
             .add("seconds", diagnosis.seconds(diagnosis.lastTick)).add("gathers", diagnosis.gathers).add("failureCount", diagnosis.failureCount)
             .add("operationCount", diagnosis.operations.count)
             .raw("machine", machine.done()).add("events", diagnosis.events)
             .raw("notes", list(diagnosis.notes, [](const std::string& note) { return jsonString(std::string_view(note)); }))
             .raw("failures", list(diagnosis.failures, [&](const Failure& f) { return failureJson(diagnosis, f); }))
             .raw("writers", list(diagnosis.writers, [&](const Writer& w) { return writerJson(diagnosis, w); }))
             .raw("operations", list(diagnosis.operations.first, [&](const auto& o) { return operationJson(diagnosis, *o); }))
             .raw("brokenByRequester", list(diagnosis.byRequester, brokenJson))
             .raw("brokenByVss", list(diagnosis.byVss, brokenJson))
             .raw("decisions", list(decided, [](const Decision& d) { return JsonObject().add("requester", d.requester).add("decides", d.decides).add("why", d.why).done(); }))
             .done() << "\n";
}

}  // namespace vss::explain
