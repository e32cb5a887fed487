#include <cstdio>
#include <ostream>
#include <set>

#include "exports/export.h"
#include "exports/timeline.h"
#include "exports/visible.h"
#include "traces/json_call.h"
#include "traces/print.h"
#include "traces/show.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss::exports {
namespace {

// The two groups of tracks. A thread's track has its number in the trace, a writer's its number by first appearance.
constexpr int kRequester = 1, kWriters = 2;

// Microseconds, as the form has them, with the nanoseconds behind the point.
std::string microseconds(std::int64_t nanoseconds) {
  char text[40];
  std::snprintf(text, sizeof text, "%lld.%03lld", static_cast<long long>(nanoseconds / 1000), static_cast<long long>(nanoseconds % 1000));
  return text;
}

class Events : public TimelineSink {
 public:
  Events(const TraceReader& reader, std::ostream& out) : reader_(reader), out_(out) {
    const auto& h = reader.header();
    group(kRequester, (h.process.empty() ? "requester" : h.process) + (h.processId ? " (" + std::to_string(h.processId) + ")" : ""), 1);
    group(kWriters, "writers, as they answered", 2);
  }

  void call(const CallSlice& slice) override {
    const Call& call = slice.call;
    if (threads_.insert(call.thread).second) track(kRequester, call.thread, "thread " + std::to_string(call.thread), call.thread);
    event(methodName(*call.signature) + (call.result ? call.hresult() && failed(*call.hresult()) ? " ✗ " + printResult(call) : "" : " … never came back"), "call", kRequester, call.thread, slice.start, slice.end);
    out_ << ", \"args\": {" << jsonMembers(reader_, call) << ", \"startNs\": " << jsonNumber(slice.start) << ", \"endNs\": " << jsonNumber(slice.end) << ", \"session\": " << slice.place.session << "}}";
  }
  void operation(const OperationSlice& slice) override {
    for (char phase : {'b', 'e'}) {
      begin();
      out_ << "{\"ph\": \"" << phase << "\", \"cat\": \"operation\", \"id\": " << slice.object << ", \"name\": " << jsonText("#" + std::to_string(slice.object) + " " + slice.starter)
           << ", \"pid\": " << kRequester << ", \"tid\": 0, \"ts\": " << microseconds(phase == 'b' ? slice.start : slice.end);
      if (phase == 'b')
        out_ << ", \"args\": {\"object\": " << slice.object << ", \"session\": " << slice.session << ", \"startedBy\": " << slice.startedBy << ", \"endedBy\": " << slice.endedBy << ", \"outcome\": "
             << jsonText(slice.outcome) << ", \"startNs\": " << jsonNumber(slice.start) << ", \"endNs\": " << jsonNumber(slice.end) << "}";
      out_ << "}";
    }
  }
  void state(const StateSlice& slice) override {
    const auto& ids = slice.writer.ids;
    auto number = static_cast<std::uint32_t>(slice.writer.number);
    std::string name = ids.name ? toUtf8(*ids.name) : "a writer without a name";
    if (writers_.insert(number).second) track(kWriters, number, name, number);
    const auto& status = slice.status;
    std::string state = status.state ? enumeratorName("VSS_WRITER_STATE", *status.state) : "state not told", failure = status.failure ? nameOf(*status.failure) : "not told";
    event(state + (status.failure.value_or(S_OK) == S_OK ? "" : " " + failure), "writer state", kWriters, number, slice.start, slice.end);
    out_ << ", \"args\": {\"writer\": " << (ids.name ? jsonString(*ids.name) : "null") << ", \"instanceId\": " << (ids.instanceId ? jsonString(toString(*ids.instanceId)) : "null")
         << ", \"classId\": " << (ids.classId ? jsonString(toString(*ids.classId)) : "null") << ", \"state\": " << jsonString(state) << ", \"failure\": " << jsonString(failure) << ", \"call\": " << slice.call
         << ", \"after\": " << jsonString(slice.after) << ", \"startNs\": " << jsonNumber(slice.start) << ", \"endNs\": " << jsonNumber(slice.end) << "}}";
  }
  void remark(const Remark& remark, std::int64_t time) override {
    std::string text = std::string(remarkName(remark.kind)) + ": " + remark.text;
    begin();
    out_ << "{\"ph\": \"i\", \"s\": \"g\", \"cat\": \"remark\", \"name\": " << jsonText(text) << ", \"pid\": " << kRequester << ", \"tid\": 0, \"ts\": " << microseconds(time) << "}";
  }
  bool wantsMore() const override { return out_.good(); }

 private:
  // Names are UTF-8, which has no half of a surrogate pair: escaped for eyes. What is exact is in the arguments.
  static std::string jsonText(const std::string& utf8) { return jsonString(visible(toUtf16(utf8))); }
  void begin() {
    out_ << (first_ ? "\n" : ",\n");
    first_ = false;
  }
  void event(const std::string& name, const char* category, int group, std::uint32_t track, std::int64_t start, std::int64_t end) {
    begin();
    out_ << "{\"ph\": \"X\", \"name\": " << jsonText(name) << ", \"cat\": \"" << category << "\", \"pid\": " << group << ", \"tid\": " << track << ", \"ts\": " << microseconds(start) << ", \"dur\": "
         << microseconds(end - start);
  }
  void metadata(const char* what, int group, std::uint32_t track, const std::string& member) {
    begin();
    out_ << "{\"ph\": \"M\", \"name\": \"" << what << "\", \"pid\": " << group << ", \"tid\": " << track << ", \"args\": {" << member << "}}";
  }
  void group(int number, const std::string& name, int place) {
    metadata("process_name", number, 0, "\"name\": " + jsonText(name));
    metadata("process_sort_index", number, 0, "\"sort_index\": " + std::to_string(place));
  }
  void track(int group, std::uint32_t number, const std::string& name, std::uint32_t place) {
    metadata("thread_name", group, number, "\"name\": " + jsonText(name));
    metadata("thread_sort_index", group, number, "\"sort_index\": " + std::to_string(place));
  }

  const TraceReader& reader_;
  std::ostream& out_;
  bool first_ = true;
  std::set<std::uint32_t> threads_, writers_;
};

}  // namespace

void exportPerfetto(TraceReader& reader, const std::string& name, std::ostream& out, std::ostream& err) {
  const auto& h = reader.header();
  out << "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [";
  Events events(reader, out);
  Timeline timeline(reader, events);
  out << "\n],\n\"otherData\": {\"trace\": " << jsonString(name) << ", \"origin\": \"" << originName(h.origin) << "\", \"platform\": " << jsonString(h.platform) << ", \"process\": "
      << jsonString(h.process) << ", \"target\": " << jsonString(h.target) << ", \"start\": " << (h.startTime ? '"' + printTimeExactly(h.startTime) + '"' : "null")
      << ", \"startNsSince1970\": \"" << h.startTime << "\", \"end\": \"" << (reader.end() == TraceEnd::complete ? "complete" : "cut off") << "\"}}\n";
  if (!out) return;
  tellTroubles(reader, timeline.reader(), err);
  if (!timeline.timed()) err << name << ": has no clock; the slices show the order of the calls, a microsecond for each note\n";
  if (timeline.statesLeftOut()) err << name << ": " << timeline.statesLeftOut() << " statuses are of writers beyond the first " << Timeline::kMostWriters << " and have no track; --to csv has them\n";
}

}  // namespace vss::exports
