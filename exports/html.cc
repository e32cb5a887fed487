// The page of `export --to html`: exports/page/ with what the trace shows put in.
#include <algorithm>
#include <map>
#include <ostream>
#include <queue>
#include <set>
#include <sstream>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "conformance/check.h"
#include "exports/export.h"
#include "exports/page_text.h"
#include "exports/timeline.h"
#include "traces/environment.h"
#include "traces/page.h"
#include "traces/print.h"
#include "traces/show.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss::exports {
namespace {

// Of what grows with the trace the page holds so many; it says what it leaves out.
constexpr std::size_t kMostStates = 20'000, kMostOperations = 20'000, kMostRemarks = 200, kMostFacts = 300, kMostValues = 200, kMostOfAText = 4'000;

using conformance::CheckedTrace;

// A writer's state as the page colours it: Stable, Waiting, Failed, stable with an Error, Unknown.
char letterOf(const WriterStatus& status) {
  std::string name = status.state ? enumeratorName("VSS_WRITER_STATE", *status.state) : "";
  if (name.starts_with("VSS_WS_FAILED")) return 'F';
  if (status.failure.value_or(S_OK) != S_OK) return 'E';
  return name == "VSS_WS_STABLE" ? 'S' : name.starts_with("VSS_WS_WAITING") ? 'W' : 'U';
}

bool isRed(const Call& call) { return !call.result || (call.hresult() && failed(*call.hresult())); }

// Answers that say the same of a writer, one behind the other, are one slice of the page.
class Runs {
 public:
  struct Run { std::size_t writer; std::int64_t start, end; WriterStatus status; std::uint64_t call, answers; std::string_view after; };
  // The run that has ended with this slice's start; nullopt: it goes on.
  void add(const StateSlice& slice, std::vector<Run>& ended) {
    auto [place, fresh] = open_.try_emplace(slice.writer.number);
    Run& run = place->second;
    if (!fresh && run.status.state == slice.status.state && run.status.failure == slice.status.failure) {
      run.end = slice.end;
      ++run.answers;
      return;
    }
    if (!fresh) ended.push_back(run);
    run = {slice.writer.number, slice.start, slice.end, slice.status, slice.call, 1, slice.after};
  }
  void endAll(std::vector<Run>& ended) {
    for (auto& [writer, run] : open_) ended.push_back(run);
    open_.clear();
  }

 private:
  std::map<std::size_t, Run> open_;  // by writer
};

// Which calls the page shows, if not all: those of findings, those that failed or changed a writer's state, and of the others the longest.
class Choice : public TimelineSink {
 public:
  explicit Choice(const std::set<std::uint64_t>& judged) : judged_(judged) {}
  void call(const CallSlice& slice) override {
    std::uint64_t number = slice.call.number;
    int rank = judged_.count(number) ? 2 : isRed(slice.call) ? 1 : 0;
    best_.emplace(rank, slice.end - slice.start, ~number);  // of equals the first
    if (best_.size() > kMostCalls) best_.pop();
  }
  void operation(const OperationSlice&) override {}
  void state(const StateSlice& slice) override {
    std::vector<Runs::Run> ended;
    runs_.add(slice, ended);
    if (wanted_.size() < kMostStates && (!ended.empty() || !seen_.count(slice.writer.number))) wanted_.insert(slice.call);
    seen_.insert(slice.writer.number);
  }
  void remark(const Remark&, std::int64_t) override {}
  std::set<std::uint64_t> numbers() {
    for (; !best_.empty(); best_.pop()) wanted_.insert(~std::get<2>(best_.top()));
    return std::move(wanted_);
  }

 private:
  using Candidate = std::tuple<int, std::int64_t, std::uint64_t>;
  const std::set<std::uint64_t>& judged_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> best_;
  Runs runs_;
  std::set<std::size_t> seen_;
  std::set<std::uint64_t> wanted_;
};

std::string shortened(std::string text) {
  if (text.size() <= kMostOfAText) return text;
  std::size_t end = kMostOfAText;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "… (" + std::to_string(text.size() - end) + " more bytes: `shadowtape show` has all)";
}

// Writes the data of the page, in the order in which timeline.js takes it apart.
class Data : public TimelineSink {
 public:
  Data(std::ostream& out, const std::set<std::uint64_t>& chosen) : out_(out), chosen_(chosen) {}

  void call(const CallSlice& slice) override {
    const Call& call = slice.call;
    ++calls_;
    if (!chosen_.count(call.number)) return;
    ++shown_;
    std::string result = printResult(call);
    if (call.hresult()) meanings_.emplace(result, meaningOf(*call.hresult()));
    out_ << (shown_ == 1 ? "\n[" : ",\n[") << call.number << ',' << call.thread << ',' << slice.depth << ',' << slice.start << ',' << slice.end << ',' << call.object << ',' << text(methodName(*call.signature))
         << ',' << text(result) << ',' << (!call.result ? 2 : isRed(call) ? 1 : 0) << ',' << slice.place.session << ',' << text(std::string(slice.place.after)) << ",[";
    const Signature& signature = *call.signature;
    auto more = [](const Value& value) { return std::pair(std::string("one too many"), printValue(value, {})); };  // in a damaged or hostile trace
    values(call.inputs.size(), [&](std::size_t i) { return i < signature.inputs.size() ? std::pair(signature.inputs[i].name, printValue(call.inputs[i], signature.inputs[i])) : more(call.inputs[i]); });
    out_ << "],[";
    values(call.outputs.size(), [&](std::size_t i) {
      bool known = i < signature.outputs.size() || !signature.elements.empty();
      return known ? std::pair(signature.outputName(i), printValue(call.outputs[i], signature.output(i))) : more(call.outputs[i]);
    });
    out_ << "]]";
  }
  void operation(const OperationSlice& slice) override {
    ++operationCount_;
    if (operations_.size() < kMostOperations) operations_.push_back(slice);
  }
  void state(const StateSlice& slice) override {
    writers_.emplace(slice.writer.number, slice.writer.ids);
    if (states_.size() < kMostStates) runs_.add(slice, states_);
    else ++statesLeftOut_;
  }
  void remark(const Remark& remark, std::int64_t time) override {
    if (remark.kind == RemarkKind::listing) return;  // the whole text: `export --to vssadmin` gives it
    if (auto fact = remark.kind == RemarkKind::environment ? factOf(remark.text) : std::nullopt) {
      ++factCount_;
      if (facts_.size() < kMostFacts) facts_.push_back({fact->key, shortened(std::move(fact->value))});
      return;
    }
    ++remarkCount_;
    if (remarks_.size() < kMostRemarks) remarks_.push_back({std::string(remarkName(remark.kind)) + ": " + shortened(remark.text), time});
  }
  bool wantsMore() const override { return out_.good(); }

  void printRest(const Timeline& timeline) {
    runs_.endAll(states_);
    out_ << "],\n\"operations\":[";
    list(operations_, [&](const OperationSlice& o) {
      out_ << '[' << o.object << ',' << o.session << ',' << o.start << ',' << o.end << ',' << text(o.starter) << ',' << text(o.outcome) << ',' << o.startedBy << ',' << o.endedBy << ']';
    });
    out_ << "],\n\"writers\":{";
    list(writers_, [&](const auto& writer) {
      const WriterStatus& ids = writer.second;
      out_ << '"' << writer.first << "\":[" << (ids.name ? jsonInPage(*ids.name) : "null") << ',' << text(ids.instanceId ? toString(*ids.instanceId) : "not told") << ','
           << text(ids.classId ? toString(*ids.classId) : "not told") << ']';
    });
    out_ << "},\n\"states\":[";
    list(states_, [&](const Runs::Run& run) {
      std::string state = run.status.state ? enumeratorName("VSS_WRITER_STATE", *run.status.state) : "not told", failure = run.status.failure ? nameOf(*run.status.failure) : "not told";
      if (run.status.failure) meanings_.emplace(failure, meaningOf(*run.status.failure));
      out_ << '[' << run.writer << ',' << run.start << ',' << run.end << ",\"" << letterOf(run.status) << "\"," << text(state) << ',' << text(failure) << ',' << run.call << ',' << text(std::string(run.after)) << ','
           << run.answers << ']';
    });
    out_ << "],\n\"remarks\":[";
    list(remarks_, [&](const auto& remark) { out_ << '[' << jsonInPage(remark.first) << ',' << remark.second << ']'; });
    out_ << "],\n\"environment\":[";
    list(facts_, [&](const Fact& fact) { out_ << '[' << jsonInPage(fact.key) << ',' << jsonInPage(fact.value) << ']'; });
    out_ << "],\n\"meanings\":{";
    list(meanings_, [&](const auto& meaning) { out_ << jsonInPage(meaning.first) << ':' << jsonInPage(meaning.second); });
    out_ << "},\n\"texts\":";
    texts_.print(out_);
    cut(calls_ - shown_, "calls: it shows those that failed, did not come back, belong to a finding or changed what a writer said, and of the others the longest; `shadowtape show` and `export --to jsonl` have all");
    cut(statesLeftOut_ + timeline.statesLeftOut(), "answers about writers' states; `export --to csv` has all");
    cut(operationCount_ - operations_.size(), "asynchronous operations; `export --to perfetto` has all");
    cut(remarkCount_ - remarks_.size(), "remarks; `shadowtape show` has all");
    cut(factCount_ - facts_.size(), "facts about the machine; `shadowtape info` has all");
    out_ << ",\n\"end\":" << timeline.end() << ",\"timed\":" << (timeline.timed() ? "true" : "false") << ",\"count\":" << calls_;
  }
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  std::string text(const std::string& text) { return texts_.number(text); }
  void cut(std::uint64_t leftOut, const char* of) {
    if (leftOut) notices_.push_back("This page leaves out " + std::to_string(leftOut) + " " + of + ".");
  }
  template <class Value> void values(std::size_t count, Value&& value) {
    std::size_t shown = std::min(count, kMostValues);
    for (std::size_t i = 0; i < shown; ++i) {
      auto [name, words] = value(i);
      out_ << (i ? "," : "") << text(name) << ',' << text(shortened(std::move(words)));
    }
    if (shown < count) out_ << ',' << text("…") << ',' << text(std::to_string(count - shown) + " more values: `shadowtape show` has all");
  }
  template <class List, class Print> void list(const List& list, Print&& print) {
    bool first = true;
    for (const auto& one : list) {
      out_ << (first ? "\n" : ",\n");
      first = false;
      print(one);
    }
  }

  std::ostream& out_;
  const std::set<std::uint64_t>& chosen_;
  PageTexts texts_;
  std::map<std::string, std::string_view> meanings_;
  std::vector<OperationSlice> operations_;
  std::map<std::size_t, WriterStatus> writers_;
  Runs runs_;
  std::vector<Runs::Run> states_;
  std::vector<std::pair<std::string, std::int64_t>> remarks_;
  std::vector<Fact> facts_;
  std::uint64_t factCount_ = 0, calls_ = 0, shown_ = 0, operationCount_ = 0, statesLeftOut_ = 0, remarkCount_ = 0;
  std::vector<std::string> notices_;
};

void printHead(const TraceReader& reader, const std::string& name, const CheckedTrace& checked, std::ostream& out) {
  const auto& h = reader.header();
  out << "{\"trace\":" << jsonInPage(name) << ",\"by\":\"shadowtape " SHADOWTAPE_VERSION "\",\"origin\":\"" << originName(h.origin) << "\",\"tool\":" << jsonInPage(h.tool) << ",\"platform\":" << jsonInPage(h.platform)
      << ",\"process\":" << jsonInPage(h.process) << ",\"processId\":" << h.processId << ",\"target\":" << jsonInPage(h.target) << ",\"start\":\"" << (h.startTime ? printTimeExactly(h.startTime) : "")
      << "\",\"cutOff\":" << (reader.end() == TraceEnd::cutOff ? "true" : "false") << ",\n\"revision\":" << jsonInPage(checked.judgement.revision) << ",\"note\":" << jsonInPage(checked.note) << ",\"findings\":[";
  bool first = true;
  for (const auto& f : checked.judgement.findings) {
    out << (first ? "\n" : ",\n") << "{\"rule\":" << jsonInPage(f.rule->id) << ",\"level\":\"" << levelName(f.rule->level) << "\",\"violates\":" << (f.violates() ? "true" : "false") << ",\"calls\":[";
    for (std::size_t i = 0; i < f.calls.size(); ++i) out << (i ? "," : "") << f.calls[i];
    out << "]";
    for (const auto& [key, text] : std::initializer_list<std::pair<const char*, const std::string&>>{
             {"call", f.call}, {"state", f.state}, {"expected", f.expected}, {"seen", f.seen}, {"advice", f.rule->advice}, {"source", f.rule->source}, {"notScored", f.notScored}})
      out << ",\"" << key << "\":" << jsonInPage(shortened(text));
    out << "}";
    first = false;
  }
  out << "],\n\"calls\":[";
}

}  // namespace

void exportHtml(TraceReader& reader, const std::string& name, std::ostream& out, std::ostream& err) {
  CheckedTrace checked = conformance::checkTrace(reader, name, "", conformance::Revision(""));
  std::set<std::uint64_t> judged;
  for (const auto& finding : checked.judgement.findings) judged.insert(finding.calls.begin(), finding.calls.end());
  Choice choice(judged);
  { Timeline first(reader, choice); }
  std::set<std::uint64_t> chosen = choice.numbers();
  printPage(kTimelineParts, "timeline.html", [&](std::ostream& page) {
    printHead(reader, name, checked, page);
    Data data(page, chosen);
    Timeline timeline(reader, data);
    data.printRest(timeline);
    std::ostringstream troubles;
    tellTroubles(reader, timeline.reader(), troubles);
    err << troubles.str();
    std::vector<std::string> notices = data.notices();
    if (!timeline.timed()) notices.push_back("The trace has no clock: the timeline shows the order of the calls, not how long they took.");
    std::istringstream lines(troubles.str());
    for (std::string line; std::getline(lines, line);) {
      if (notices.size() >= 20) {
        notices.push_back("… and more: `shadowtape verify` tells all.");
        break;
      }
      notices.push_back(line);
    }
    page << ",\n\"notices\":[";
    for (std::size_t i = 0; i < notices.size(); ++i) page << (i ? "," : "") << jsonInPage(notices[i]);
    page << "]}";
  }, out);
}

}  // namespace vss::exports
