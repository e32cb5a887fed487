#include "explain/diagnosis.h"

#include <algorithm>
#include <ostream>
#include <set>
#include <unordered_map>

#include "traces/environment.h"
#include "traces/import.h"
#include "traces/print.h"
#include "traces/protocol.h"
#include "traces/show.h"
#include "traces/vss/structures.h"
#include "traces/vss/text.h"

namespace vss::explain {

bool Reading::stateFailed() const {
  const StateFact* fact = state ? stateFact(*state) : nullptr;
  return fact && fact->kind == StateKind::failed;
}

void States::add(const Writer& writer, const Reading& reading) {
  auto& group = groups[reading.state ? stateFact(*reading.state) : nullptr];
  if (!group.writers++) group.one = shownName(writer);
}

std::string shownName(const Writer& writer) { return writer.name ? quoted(*writer.name) : "a writer without a name"; }

namespace {
// Damaged ticks may run backwards.
std::uint64_t between(std::uint64_t start, std::uint64_t end) { return end > start ? end - start : 0; }
}  // namespace

std::uint64_t Operation::ticks() const { return between(startTick, endedBy ? endTick : lastTick); }

std::size_t Diagnosis::badWriters() const {
  return static_cast<std::size_t>(std::count_if(writers.begin(), writers.end(), [](const Writer& w) { return w.firstBad.has_value(); }));
}

std::optional<double> Diagnosis::seconds(std::uint64_t tick) const {
  if (ticksPerSecond == 0 || tick < header.startTick) return std::nullopt;
  return static_cast<double>(tick - header.startTick) / ticksPerSecond;
}

namespace {

std::optional<std::int32_t> numberIn(const Call& call, std::string_view name) {
  const Value* value = call.output(name);
  return value && value->kind == ValueKind::number ? std::optional(static_cast<std::int32_t>(value->number)) : std::nullopt;
}
std::optional<Guid> guidIn(const Call& call, std::string_view name) {
  const Value* value = call.output(name);
  return value && value->kind == ValueKind::stored && value->bytes.size() == sizeof(Guid) ? std::optional(value->guid()) : std::nullopt;
}
std::optional<std::u16string> textIn(const Call& call, std::string_view name) {
  const Value* value = call.output(name);
  return value && value->kind == ValueKind::stored ? std::optional(value->text()) : std::nullopt;
}

// A text of ours in a trace, which may quote a name: nothing in it breaks the line.
std::string remarkText(const std::string& utf8) {
  std::string text = quoted(toUtf16(utf8));
  text = text.substr(1, text.size() - 2);
  for (std::size_t at = 0; (at = text.find("\\\"", at)) != text.npos; ++at) text.erase(at, 1);
  return text;
}

// A document among the arguments may have megabytes.
std::string shortened(std::string text) {
  constexpr std::size_t kMost = 240;
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// An interface that is asked for and not there is an answer: programs look so for what a system has.
bool isAnswer(const Call& call) { return call.is("QueryInterface") && call.hresult() == E_NOINTERFACE; }

class Diagnosing {
 public:
  Diagnosing(Diagnosis& into, const TraceReader& reader) : into_(into), reader_(reader) {}

  // gapless: the call, without what a listing did not say.
  void add(const Call& call, const Call& gapless, const Protocol::Before& before) {
    ++into_.calls;
    into_.lastTick = std::max({into_.lastTick, call.enterTick, call.leaveTick});
    Underway* operation = call.signature->interface_ == "IVssAsync" ? &underway(call) : nullptr;
    if (!call.result) return neverBack(call, operation, before);
    if (operation) asked(call, *operation, before);
    else if (call.hresult() && failed(*call.hresult()) && !isAnswer(call)) fail(call, Failure::How::returned, *call.hresult(), nullptr, before);
    if (call.is("Release") && *call.result == 0) released(call.object);
    if (!call.hresult()) return;
    if (call.is("GatherWriterStatus") && failed(*call.hresult())) into_.gatherResult = *call.hresult();
    if (*call.hresult() != S_OK) return;
    for (std::size_t i = 0; i < call.outputs.size() && i < call.signature->outputs.size(); ++i)
      if (call.outputs[i].kind == ValueKind::object && call.signature->outputs[i].type == "IVssAsync") begin(call, static_cast<std::uint32_t>(call.outputs[i].number));
    if (call.is("GetWriterStatusCount")) gatherOf(call.object);
    else if (call.is("GetWriterStatus") || call.is("GetWriterStatusEx")) status(gapless);
  }

  // The trace is at its end. listingErrors: by the order of the call that each is about.
  void end(const std::map<std::uint64_t, std::string>& listingErrors) {
    while (!operations_.empty()) leave(operations_.begin());
    auto say = [&](Reading& reading) {
      auto text = listingErrors.find(reading.order);
      if (text != listingErrors.end() && !reading.failure) reading.listingSays = text->second;
    };
    if (const Gather* gather = decisive_ ? decisive_.get() : last_.get())
      for (const auto& [index, row] : gather->rows) into_.status.emplace_back(row.place, row.reading);
    for (auto& [place, reading] : into_.status) say(reading);
    for (auto& writer : into_.writers) {
      say(writer.last);
      if (writer.firstBad) say(*writer.firstBad);
      if (writer.lastBad) say(*writer.lastBad);
    }
  }

 private:
  struct Underway {
    std::shared_ptr<Operation> operation;
    const Signature* starter = nullptr;
    bool pending = false;   // when it was last asked
    bool told = false;      // how it ended
    std::uint64_t cancelledBy = 0;
  };
  struct Row { std::size_t place = 0; Reading reading; };         // place: in writers
  struct Gather {
    bool read = false;                                            // the statuses, or how many there are
    std::map<std::uint32_t, Row> rows;                            // by index
    std::unordered_map<std::size_t, std::size_t> alike;           // rows of writers with the same ids and name, by the place of the first of them
    std::shared_ptr<States> states = std::make_shared<States>();
    std::shared_ptr<Operation> after;                             // the operation that it was gathered after
  };
  struct Session {
    std::shared_ptr<Gather> gather;
    std::shared_ptr<Operation> last;   // that writers hear of, and no status was gathered since
  };
  Underway& underway(const Call& call) {
    auto [at, isNew] = operations_.try_emplace(call.object);
    if (isNew) {
      at->second.operation = std::make_shared<Operation>();
      at->second.operation->method = "An operation begun before the trace";
      at->second.operation->startTick = call.enterTick;
    }
    return at->second;
  }
  // Then what ended, or came back, may have done so without a note of it.
  bool notesMissing() const { return reader_.lostNotes() + reader_.unfinishedNotes() + reader_.problems().size() != 0; }

  void fail(const Call& call, Failure::How how, HRESULT code, const Underway* operation, const Protocol::Before& before) {
    Failure failure;
    failure.how = how;
    failure.call = call.number;
    failure.thread = call.thread;
    failure.tick = call.enterTick;
    failure.startTick = operation ? operation->operation->startTick : call.enterTick;
    failure.startedBy = operation ? operation->operation->startedBy : 0;
    const Signature& about = operation && operation->starter ? *operation->starter : *call.signature;
    failure.method = operation ? operation->operation->method : about.method;
    failure.code = code;
    ++into_.failureCount;
    bool first = into_.failures.size() < Diagnosis::kFailures, gravest = !into_.gravest || (failure.grave() && !into_.gravest->grave());
    if (!first && !gravest) return;
    failure.shown = shortened(printCall(call)) + " → " + printResult(call);
    if (operation && call.result)
      if (std::string outputs = printOutputs(call); !outputs.empty()) failure.shown += "  " + shortened(outputs);
    if (failed(code)) {
      const DocumentedReturn* documented = documentedReturn(about.interface_, about.method, code);
      if (!documented && operation) documented = documentedReturn("IVssAsync", call.signature->method, code);
      failure.meaning = documented ? documented->meaning : meaningOf(code);
      if (documented) failure.page = pageOf(*documented);
    }
    if (before.session) {
      failure.state = stateInWords(*before.session) + (before.certain ? "" : "; another thread's call may have changed it");
      if (code == VSS_E_BAD_STATE && how == Failure::How::returned)
        for (auto method : legalCalls(*before.session)) failure.legal.emplace_back(method);
    }
    if (gravest) into_.gravest = failure;
    if (first) into_.failures.push_back(std::move(failure));
  }

  // The reader is at the end of the notes by then.
  void neverBack(const Call& call, Underway* operation, const Protocol::Before& before) {
    if (notesMissing()) {
      ++into_.endless;
      return;
    }
    fail(call, Failure::How::neverBack, S_OK, operation, before);
    if (!operation) return;
    Operation& now = *operation->operation;
    now.neverBack = operation->told = true;
    now.lastAsked = call.number, now.lastTick = call.enterTick;
    ++now.asked;
  }

  void begin(const Call& call, std::uint32_t object) {
    Underway underway;
    underway.operation = std::make_shared<Operation>();
    underway.starter = call.signature;
    Operation& operation = *underway.operation;
    operation.method = call.signature->method;
    operation.startedBy = call.number, operation.startTick = call.enterTick;
    operation.longestCall = call.number, operation.longestTicks = between(call.enterTick, call.leaveTick), operation.longestMethod = call.signature->method;
    Session& session = sessions_[call.object];
    if (call.is("GatherWriterStatus")) {
      session.gather = std::make_shared<Gather>();
      session.gather->after = std::move(session.last);
      session.last.reset();
    } else if (!call.is("GatherWriterMetadata")) {
      if (session.gather) operation.before = session.gather->states;
      session.last = underway.operation;
    }
    if (into_.operations.first.size() < Operations::kKept) into_.operations.first.push_back(underway.operation);
    ++into_.operations.count;
    if (auto before = operations_.find(object); before != operations_.end()) leave(before);
    operations_.emplace(object, std::move(underway));
  }

  void asked(const Call& call, Underway& underway, const Protocol::Before& before) {
    Operation& operation = *underway.operation;
    std::uint64_t ticks = between(call.enterTick, call.leaveTick);
    if (ticks > operation.longestTicks) operation.longestTicks = ticks, operation.longestCall = call.number, operation.longestMethod = call.signature->method;
    bool wait = call.is("Wait"), query = call.is("QueryStatus");
    if (wait || query) ++operation.asked, operation.lastAsked = call.number, operation.lastTick = call.leaveTick;
    if (!call.hresult()) return;
    HRESULT result = *call.hresult();
    if (failed(result)) {
      fail(call, Failure::How::returned, result, &underway, before);
      if (wait) underway.told = true, ended(underway, call);
      return;
    }
    if (wait) {
      const Value* time = call.input("dwMilliseconds");
      if (result == S_OK && time && static_cast<DWORD>(time->number) == kInfinite) ended(underway, call), underway.pending = false;
      return;
    }
    if (call.is("Cancel") && result == S_OK && !underway.cancelledBy) underway.cancelledBy = call.number;
    auto status = query && result == S_OK ? numberIn(call, "pHrResult") : std::nullopt;
    if (!status) return;
    underway.pending = *status == VSS_S_ASYNC_PENDING;
    if (underway.pending) return;
    ended(underway, call);
    operation.result = *status;
    if (operation.method == "GatherWriterStatus") into_.gatherResult = *status;
    if (failed(*status) && !underway.told) fail(call, Failure::How::ended, *status, &underway, before);
    if (*status == VSS_S_ASYNC_CANCELLED && !underway.told) fail(call, Failure::How::cancelled, S_OK, &underway, before);
    underway.told = true;
  }

  void ended(Underway& underway, const Call& call) {
    Operation& operation = *underway.operation;
    if (operation.endedBy) return;
    operation.endedBy = call.number, operation.endTick = call.leaveTick;
  }

  void released(std::uint32_t object) {
    if (auto operation = operations_.find(object); operation != operations_.end()) leave(operation);
    sessions_.erase(object);
  }

  void leave(std::map<std::uint32_t, Underway>::iterator at) {
    Underway& underway = at->second;
    Operation& operation = *underway.operation;
    if (underway.pending && !underway.told && !notesMissing()) {
      Failure failure;
      failure.how = Failure::How::unended;
      failure.call = operation.lastAsked;
      failure.tick = operation.lastTick, failure.startTick = operation.startTick;
      failure.startedBy = operation.startedBy;
      failure.cancelledBy = underway.cancelledBy;
      failure.method = operation.method;
      ++into_.failureCount;
      if (!into_.gravest || !into_.gravest->grave()) into_.gravest = failure;
      if (into_.failures.size() < Diagnosis::kFailures) into_.failures.push_back(std::move(failure));
    }
    if (operation.startedBy) {
      auto& all = into_.operations.byMethod[operation.method];
      ++all.count;
      all.ticks += operation.ticks();
      if (!all.longest || operation.ticks() > all.longest->ticks()) all.longest = underway.operation;
    }
    operations_.erase(at);
  }

  Gather& gatherOf(std::uint32_t object) {
    auto& gather = sessions_[object].gather;
    if (!gather) gather = std::make_shared<Gather>();  // it was begun before the trace, or its start is lost
    if (!gather->read) gather->read = true, ++into_.gathers;
    last_ = gather;
    return *gather;
  }

  void status(const Call& call) {
    const Value* index = call.input("iWriter");
    if (!index || index->kind != ValueKind::number) return;
    Gather& gather = gatherOf(call.object);
    Reading reading;
    reading.state = numberIn(call, "pnStatus");
    reading.failure = numberIn(call, "phResultFailure");
    if (!reading.failure) reading.failure = numberIn(call, "phrFailureWriter");
    reading.application = numberIn(call, "phrApplication");
    reading.applicationMessage = textIn(call, "pbstrApplicationMessage").value_or(u"");
    reading.call = call.number, reading.tick = call.enterTick, reading.order = call.enterOrder;
    auto [at, isNew] = gather.rows.try_emplace(static_cast<std::uint32_t>(index->number));
    Row& row = at->second;
    if (isNew) row.place = placeOf(call, gather);
    Writer& writer = into_.writers[row.place];
    if (isNew) ++writer.gathers, gather.states->add(writer, reading);
    if (reading.bad()) {
      if (!writer.firstBad) writer.firstBad = reading;
      writer.lastBad = reading;
      if (isNew || !row.reading.bad()) ++writer.badGathers;
      decisive_ = last_;
    }
    writer.last = reading;
    row.reading = std::move(reading);
    if (gather.after) gather.after->after = gather.states;
  }

  // The writer that a row is about: the first with its ids and its name that this gather has not shown.
  std::size_t placeOf(const Call& call, Gather& gather) {
    key_.clear();
    for (std::string_view part : {"pidInstance", "pidWriter", "pbstrWriter"}) {
      const Value* value = call.output(part);
      key_ += value && value->kind == ValueKind::stored ? 's' : '-';
      if (key_.back() == 's') key_ += std::string_view(value->bytes);
    }
    auto& places = places_[key_];
    std::size_t one = places.empty() ? 0 : gather.alike[places.front()]++;
    if (one == places.size()) {
      places.push_back(into_.writers.size());
      into_.writers.push_back({textIn(call, "pbstrWriter"), guidIn(call, "pidWriter"), guidIn(call, "pidInstance"), {}, {}, {}});
      if (places.size() == 1) gather.alike[places.front()] = 1;
    }
    return places[one];
  }

  Diagnosis& into_;
  const TraceReader& reader_;
  std::map<std::uint32_t, Underway> operations_;  // by object, and so in order at the end
  std::unordered_map<std::uint32_t, Session> sessions_;
  std::unordered_map<std::string, std::vector<std::size_t>> places_;  // of writers with the same ids and name, by them
  std::string key_;                                                   // of them; kept for its memory
  std::shared_ptr<Gather> last_, decisive_;
};

void note(Diagnosis& diagnosis, const TraceReader& reader, const CallReader& calls, const std::vector<std::string>& damage, bool waitedForResponses) {
  constexpr std::size_t kDamage = 3;
  auto& notes = diagnosis.notes;
  switch (diagnosis.header.origin) {
    case Origin::live: break;
    case Origin::model: notes.push_back("the answers are a stand-in's, not those of a Windows system"); break;
    case Origin::replayed: notes.push_back("the answers are those of another trace, replayed"); break;
    case Origin::imported:
      notes.push_back("a listing is of another process and after the fact: it may show an old failure, or a writer that is busy (Determining Writer Status); "
                      "what the backup program did it does not tell");
      break;
  }
  if (waitedForResponses) notes.push_back("the listing says that it waited for responses: a shadow copy may have been in the making");
  for (std::size_t i = 0; i < damage.size() && i < kDamage; ++i) notes.push_back("the listing, " + damage[i]);
  if (damage.size() > kDamage) notes.push_back("the listing is damaged in " + std::to_string(damage.size() - kDamage) + " places more: `shadowtape show` tells where");
  diagnosis.partial |= !damage.empty();
  if (reader.end() == TraceEnd::cutOff) diagnosis.partial = true, notes.push_back("the trace is cut off: what came behind is not known");
  if (reader.lostNotes() + calls.orphans() + reader.problems().size() != 0)
    diagnosis.partial = true, notes.push_back("notes are lost or damaged: a call that failed may be among them");
  if (std::uint64_t n = diagnosis.endless) {
    diagnosis.partial = true;
    notes.push_back(std::to_string(n) + (n == 1 ? " call has no end" : " calls have no end") + " in the trace: it may be lost, so whether " + (n == 1 ? "it" : "they") + " came back cannot be told");
  }
}

void takeFact(Diagnosis& diagnosis, const std::string& text) {
  auto fact = factOf(text);
  if (!fact) return;
  diagnosis.events += fact->key == "event";
  for (const auto& info : factTable())
    if (fact->key == info.key && (info.class_ == std::string_view("system") || info.class_ == std::string_view("rights"))) diagnosis.machine[fact->key] = fact->value;
}

}  // namespace

Diagnosis diagnose(TraceReader& reader, std::ostream& err) {
  Diagnosis diagnosis;
  diagnosis.header = reader.header();
  if (diagnosis.header.startTime) diagnosis.ticksPerSecond = 1e9 / reader.seconds(1'000'000'000);
  ListingGaps gaps(reader);
  {
    StepReader steps(reader);
    Diagnosing diagnosing(diagnosis, reader);
    std::map<std::uint64_t, std::string> listingErrors;
    std::vector<std::string> damage;
    bool waitedForResponses = false;
    auto takeRemarks = [&] {
      for (auto& remark : steps.calls().takeRemarks()) {
        if (remark.kind == RemarkKind::listingError) listingErrors[remark.about] = std::move(remark.text);
        else if (remark.kind == RemarkKind::stopped) diagnosis.partial = true, diagnosis.notes.push_back("the recording stopped by itself: " + remarkText(remark.text));
        else if (remark.kind == RemarkKind::listing) waitedForResponses = remark.text.find("Waiting for responses.") != remark.text.npos;
        else if (remark.kind == RemarkKind::environment) takeFact(diagnosis, remark.text);
        else if (remark.kind == RemarkKind::warning && diagnosis.imported() && remark.about == 0) damage.push_back(remarkText(remark.text));
      }
    };
    while (auto step = steps.next()) {
      takeRemarks();
      auto gapless = gaps.marked(step->call);
      diagnosing.add(step->call, gapless ? *gapless : step->call, step->before);
    }
    takeRemarks();
    diagnosing.end(listingErrors);
    tellTroubles(reader, steps.calls(), err);
    note(diagnosis, reader, steps.calls(), damage, waitedForResponses);
  }
  auto judgement = conformance::judge(reader, conformance::Catalogue::builtIn());
  std::set<std::string_view> seen;
  for (auto& finding : judgement.findings) {
    if (!finding.violates() || !seen.insert(finding.rule->id).second) continue;
    auto& into = finding.rule->brokenByRequester() ? diagnosis.byRequester : diagnosis.byVss;
    std::uint64_t times = judgement.tallies[finding.rule->id].broken;
    into.push_back({std::move(finding), times});
  }
  return diagnosis;
}

}  // namespace vss::explain
