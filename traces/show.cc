#include "traces/show.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <sstream>
#include <thread>

#include "traces/call.h"
#include "traces/environment.h"
#include "traces/is_trace.h"
#include "traces/json_call.h"
#include "traces/losses.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/protocol.h"
#include "traces/salvage.h"
#include "traces/statuses.h"
#include "traces/trace_error.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss {

const char* originName(Origin origin) {
  switch (origin) {
    case Origin::live: return "live";
    case Origin::model: return "stand-in";
    case Origin::imported: return "imported";
    case Origin::replayed: return "replayed";
  }
  return "unknown";
}

const char* remarkName(RemarkKind kind) {
  switch (kind) {
    case RemarkKind::information: return "remark";
    case RemarkKind::warning: return "warning";
    case RemarkKind::stopped: return "recording stopped";
    case RemarkKind::listingError: return "listing's error text";
    case RemarkKind::listing: return "the listing";
    case RemarkKind::lost: return "lost";
    case RemarkKind::environment: return "environment";
  }
  return "remark of an unknown kind";
}

std::string originInWords(const TraceHeader& h) {
  std::string line = originName(h.origin);
  if (!h.process.empty()) line += ", " + oneLine(h.process) + " (" + std::to_string(h.processId) + ")";
  if (!h.target.empty()) line += ", answered by " + oneLine(h.target);
  if (h.startTime) line += ", " + printTime(h.startTime);
  return line + ", " + oneLine(h.platform);
}

std::string jsonOrigin(const TraceHeader& h) {
  return "\"tool\": " + jsonString(h.tool) + ", \"format\": " + std::to_string(h.format) + ", \"semantics\": " + std::to_string(h.semantics) + ", \"platform\": " +
         jsonString(h.platform) + ", \"origin\": \"" + originName(h.origin) + "\", \"target\": " + jsonString(h.target) + ", \"process\": " + jsonString(h.process) +
         ", \"processId\": " + std::to_string(h.processId);
}

void tellTroubles(const TraceReader& reader, const CallReader& calls, std::ostream& err) {
  std::string name = shownPath(reader.path());
  auto say = [&](const std::string& text) { err << name << ": " << text << "\n"; };
  for (const auto& problem : reader.problems()) say("byte " + std::to_string(problem.offset) + ": " + problem.text);
  if (reader.end() == TraceEnd::cutOff)
    say("cut off: the recorder was killed or is still at work; the last whole note is number " + std::to_string(reader.lastOrder()) +
        ", the notes end before byte " + std::to_string(reader.endOfNotes()) + " of " + std::to_string(reader.fileSize()));
  if (reader.lostNotes()) say(std::to_string(reader.lostNotes()) + " notes are lost" + (reader.toldLost() == reader.lostNotes() ? ", as remarks of `shadowtape recover` tell" : ""));
  if (calls.orphans()) say(std::to_string(calls.orphans()) + " calls came back whose start is lost");
  if (reader.unfinishedNotes()) say(std::to_string(reader.unfinishedNotes()) + " notes were begun and never finished: their threads were stopped, or are still at work");
  if (reader.unknownBlocks()) say(std::to_string(reader.unknownBlocks()) + " blocks of a newer kind were skipped");
  if (reader.unknownNotes()) say(std::to_string(reader.unknownNotes()) + " notes of a newer kind were skipped");
}

namespace {

class TextShow {
 public:
  TextShow(const TraceReader& reader, std::ostream& out) : reader_(reader), out_(out), threads_(reader.footer() && reader.footer()->threads > 1) {}

  void call(const Call& call) {
    prefix(std::to_string(call.number), call.enterTick, call.thread);
    out_ << printCall(call) << " → " << printResult(call);
    std::string outputs = printOutputs(call);
    if (!outputs.empty()) out_ << "  " << outputs;
    double seconds = call.result ? reader_.seconds(call.leaveTick - call.enterTick) : 0;
    if (reader_.header().startTime && seconds >= 0.001) out_ << "  (" << printDuration(seconds) << ")";
    out_ << "\n";
  }
  // The state that the next call meets; once, until it is another.
  void state(const Call& call, const Protocol::Before& before) {
    if (!before.session && !before.operation) return;
    std::string& last = states_[call.object];
    std::string now = before.operation ? operationInWords(*before.operation) : stateLabel(*before.session) + ": " + stateInWords(*before.session);
    if (!before.certain) now += "; another thread's call may have changed it";
    if (now != last) out_ << "       #" << call.object << " is " << now << "\n";
    last = std::move(now);
    if (call.is("Release") && call.result && *call.result == 0) states_.erase(released_.add(call.object));  // told once more if it is used again
  }
  void remark(const Remark& remark) {
    if (remark.kind == RemarkKind::listing) return;  // the whole text: `export --to vssadmin` gives it
    if (remark.kind == RemarkKind::environment) return;  // of the machine, not of the calls: `info` gives it
    prefix("-", remark.tick, remark.thread);
    out_ << remarkName(remark.kind) << ": " << quoted(toUtf16(remark.text)) << "\n";
  }

 private:
  void prefix(const std::string& number, std::uint64_t tick, std::uint32_t thread) {
    out_ << std::string(number.size() < 5 ? 5 - number.size() : 0, ' ') << number << "  ";
    if (reader_.header().startTime) {
      char time[32];
      std::snprintf(time, sizeof time, "%8.3f  ", reader_.seconds(tick - reader_.header().startTick));
      out_ << time;
    }
    threads_ |= thread > 1;  // a trace that was cut off does not say before that there are several
    if (threads_) out_ << "t" << thread << "  ";
  }
  const TraceReader& reader_;
  std::ostream& out_;
  bool threads_;
  std::map<std::uint32_t, std::string> states_;  // by object
  ReleasedObjects released_;
};

std::string jsonState(const Protocol::Before& before) {
  if (before.operation)
    return "{\"operation\": " + jsonString(nameOf(before.operation->stage)) + ", \"session\": " + std::to_string(before.operation->session) + "}";
  if (!before.session) return "null";
  std::string legal;
  for (auto method : legalCalls(*before.session)) legal += (legal.empty() ? "" : ", ") + jsonString(method);
  return "{\"label\": " + jsonString(stateLabel(*before.session)) + ", \"status\": " + jsonString(nameOf(before.session->status)) + ", \"words\": " +
         jsonString(stateInWords(*before.session)) + ", \"certain\": " + (before.certain ? "true" : "false") + ", \"legal\": [" + legal + "]}";
}

void showJson(const TraceReader& reader, const Call& call, const Protocol::Before* before, std::ostream& out) {
  out << "{" << jsonMembers(reader, call);
  if (before) out << ", \"state\": " << jsonState(*before);
  out << "}\n";
}

}  // namespace

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kSoonest{10}, kLatest{250};  // between two looks at a trace that grows
constexpr std::chrono::seconds kPatience{2};                      // with a number whose note does not come: its thread was ended

// A recorder that was started just now may not have made a file yet, or not one note.
std::unique_ptr<TraceReader> openWhenItIsThere(const std::filesystem::path& path, double idle) {
  for (auto start = Clock::now();;) {
    try {
      return std::make_unique<TraceReader>(path);
    } catch (const TraceError&) {
      std::error_code error;
      bool mayCome = !std::filesystem::exists(path, error) || std::filesystem::file_size(path, error) == 0 || isTrace(path);
      if (!mayCome || (idle && Clock::now() - start > std::chrono::duration<double>(idle))) throw;
    }
    std::this_thread::sleep_for(kLatest);
  }
}

}  // namespace

int showTrace(const std::string& path, const ShowOptions& options, std::ostream& out, std::ostream& err) {
  auto opened = options.follow ? openWhenItIsThere(pathFromUtf8(path), options.idle) : std::make_unique<TraceReader>(pathFromUtf8(path));
  TraceReader& reader = *opened;
  std::optional<StepReader> steps;
  std::optional<CallReader> plainCalls;
  CallReader& calls = options.state ? steps.emplace(reader).calls() : plainCalls.emplace(reader);
  TextShow text(reader, out);
  bool json = options.format == "json";
  if (!json) out << "# " << originInWords(reader.header()) << "\n";
  auto showWhatIsThere = [&] {
    while (out) {
      auto step = options.state ? steps->next() : std::nullopt;
      const Call* call = options.state ? (step ? &step->call : nullptr) : calls.next();
      for (const auto& remark : calls.takeRemarks()) {
        if (json) out << "{\"remark\": " << jsonString(remarkName(remark.kind)) << ", \"about\": " << remark.about << ", \"text\": " << jsonString(remark.text) << "}\n";
        else text.remark(remark);
      }
      if (!call) break;
      if (json) showJson(reader, *call, step ? &step->before : nullptr, out);
      else {
        if (step) text.state(*call, step->before);
        text.call(*call);
      }
    }
  };
  if (options.follow) {
    auto last = Clock::now();
    auto pause = kSoonest;
    for (reader.lookAgain(true); out; reader.lookAgain(Clock::now() - last < kPatience)) {
      auto before = reader.lastOrder();
      showWhatIsThere();
      out.flush();
      if (!reader.growing()) break;
      if (reader.lastOrder() != before) last = Clock::now(), pause = kSoonest;
      else pause = std::min(2 * pause, kLatest);
      if (options.idle && Clock::now() - last > std::chrono::duration<double>(options.idle)) {
        reader.lookAgain(false);
        reader.endGrowing();
        showWhatIsThere();
        break;
      }
      reader.letGo();
      std::this_thread::sleep_for(pause);
    }
  } else showWhatIsThere();
  tellTroubles(reader, calls, err);
  return 0;
}

namespace {

// A larger trace is told by its footer, if it was closed cleanly: FORMAT.md §6.
constexpr std::uint64_t kReadWhole = 8 << 20;

struct Summary {
  std::uint64_t calls = 0, failed = 0, unreturned = 0, remarks = 0;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> methods;  // calls, failed ones
  std::set<std::uint32_t> threads;
  ObjectSet objects;
  std::size_t threadCount = 0, objectCount = 0, chunks = 0;
  std::uint64_t lastTick = 0;
  StatusCollector statuses;
  std::vector<Fact> environment;  // it lies at the end of the trace
  // The footer told, and the last notes: nothing is known of calls that did not come back, of remarks and of the number of gathers.
  bool byFooter = false;

  Summary(TraceReader& reader, CallReader& read) {
    if (reader.readsFrom()) takeFooter(reader);
    while (auto call = read.next()) {
      if (byFooter) statuses.add(*call);
      else add(*call);
      take(read.takeRemarks());
    }
    take(read.takeRemarks());
    if (byFooter) return;
    threadCount = threads.size(), objectCount = objects.size(), chunks = reader.chunks();
  }
  // The statuses that were gathered last; nullptr: there are none, or, by the footer, they are further before than was looked.
  const Gather* last(const TraceReader& reader) const {
    const Gather* gather = statuses.last();
    auto isNew = [&](const StatusRow& row) { return row.enterOrder >= *reader.readsFrom(); };
    return gather && byFooter && std::none_of(gather->rows.begin(), gather->rows.end(), isNew) ? nullptr : gather;
  }

 private:
  void takeFooter(const TraceReader& reader) {
    const auto& footer = *reader.footer();
    byFooter = true;
    calls = footer.calls, threadCount = footer.threads, objectCount = footer.objects, chunks = footer.chunks, lastTick = footer.endTick;
    for (const auto& method : footer.methods) {
      auto signature = parseSignature(method.signature);
      auto& [count, bad] = methods[signature ? methodName(*signature) : method.signature];
      count += method.calls, bad += method.failed, failed += method.failed;
    }
  }
  void take(const std::vector<Remark>& met) {
    for (const auto& remark : met)
      if (auto fact = remark.kind == RemarkKind::environment ? factOf(remark.text) : std::nullopt) environment.push_back(*fact);
      else ++remarks;
  }
  void add(const Call& call) {
    ++calls;
    auto& [count, bad] = methods[methodName(*call.signature)];
    ++count;
    if (call.hresult() && vss::failed(*call.hresult())) ++failed, ++bad;
    if (!call.result) ++unreturned;
    threads.insert(call.thread);
    if (call.object) objects.insert(call.object);
    lastTick = std::max({lastTick, call.leaveTick, call.enterTick});
    statuses.add(call);
  }
};

std::string counted(std::uint64_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

void infoText(const TraceReader& reader, const Summary& s, std::ostream& out) {
  const auto& h = reader.header();
  out << shownPath(reader.path()) << "\n"
      << "  made by     " << oneLine(h.tool) << " (format " << h.format << "." << h.semantics << ") on " << oneLine(h.platform) << "\n"
      << "  origin      " << originName(h.origin) << (h.target.empty() ? "" : ", answered by " + oneLine(h.target)) << "\n";
  if (!h.process.empty()) out << "  requester   " << oneLine(h.process) << ", process " << h.processId << "\n";
  if (h.startTime) out << "  time        " << printTime(h.startTime) << ", " << printDuration(reader.seconds(s.lastTick - h.startTick)) << "\n";
  out << "  end         " << (reader.end() == TraceEnd::complete ? "complete" : "cut off") << ", " << reader.fileSize() << " bytes, "
      << (reader.packed() ? "packed in " + std::to_string(reader.sizeOnDisk()) + ", " : "") << counted(s.chunks, "chunk") << "\n"
      << "  calls       " << s.calls << ", " << s.failed << " failed";
  if (!s.byFooter) out << ", " << s.unreturned << " never came back";
  out << "; " << counted(s.threadCount, "thread") << ", " << counted(s.objectCount, "object");
  if (!s.byFooter) out << ", " << counted(s.remarks, "remark");
  else out << "; told by the footer: `shadowtape verify` reads every note";
  out << "\n";
  for (const auto& [name, count] : s.methods) {
    out << "    " << name << std::string(name.size() < 46 ? 46 - name.size() : 1, ' ') << count.first;
    if (count.second) out << "  (" << count.second << " failed)";
    out << "\n";
  }
  if (const auto* gather = s.last(reader)) {
    out << "  writers     " << gather->rows.size() << " in the last " << (s.byFooter ? "gather" : "of " + counted(s.statuses.gathers(), "gather")) << "\n";
    for (const auto& row : gather->rows)
      out << "    " << (row.name ? quoted(*row.name) : "null") << "  " << enumeratorName("VSS_WRITER_STATE", row.state) << "  " << nameOf(row.failure)
          << "\n";
  }
  if (!s.environment.empty()) out << "  environment " << counted(s.environment.size(), "fact") << "\n";
  for (const auto& [key, value] : s.environment) {
    std::string columns;
    for (char c : value) columns += c == '\t' ? std::string(", ") : std::string(1, c);
    out << "    " << oneLine(key) << std::string(key.size() < 28 ? 28 - key.size() : 1, ' ') << oneLine(columns) << "\n";
  }
}

// lines: for jsonl, where every line has an exit code.
void infoJson(const std::string& path, bool lines, const TraceReader& reader, const Summary& s, std::ostream& out) {
  const auto& h = reader.header();
  auto known = [&](std::uint64_t n) { return s.byFooter ? "null" : std::to_string(n); };
  out << "{\"file\": " << jsonString(path) << (lines ? ", \"exit\": 0, " : ", ") << jsonOrigin(h);
  if (h.startTime) out << ", \"time\": \"" << printTime(h.startTime) << "\", \"seconds\": " << reader.seconds(s.lastTick - h.startTick);
  out << ", \"complete\": " << (reader.end() == TraceEnd::complete ? "true" : "false") << ", \"bytes\": " << reader.fileSize();
  if (reader.packed()) out << ", \"packedBytes\": " << reader.sizeOnDisk();
  out << ", \"chunks\": " << s.chunks << ", \"calls\": " << s.calls << ", \"failed\": " << s.failed << ", \"neverReturned\": " << known(s.unreturned)
      << ", \"lostNotes\": " << known(reader.lostNotes()) << ", \"damages\": " << known(reader.problems().size()) << ", \"threads\": " << s.threadCount << ", \"objects\": " << s.objectCount
      << ", \"remarks\": " << known(s.remarks) << ", \"methods\": {";
  const char* separator = "";
  for (const auto& [name, count] : s.methods) {
    out << separator << jsonString(name) << ": {\"calls\": " << count.first << ", \"failed\": " << count.second << "}";
    separator = ", ";
  }
  out << "}, \"gathers\": " << known(s.statuses.gathers()) << ", \"writers\": [";
  separator = "";
  if (const auto* gather = s.last(reader))
    for (const auto& row : gather->rows) {
      out << separator << "{\"name\": " << (row.name ? jsonString(*row.name) : "null") << ", \"classId\": \"" << toString(row.classId)
          << "\", \"instanceId\": \"" << toString(row.instanceId) << "\", \"state\": \"" << enumeratorName("VSS_WRITER_STATE", row.state)
          << "\", \"failure\": \"" << nameOf(row.failure) << "\"}";
      separator = ", ";
    }
  out << "], \"environment\": [";
  separator = "";
  for (const auto& [key, value] : s.environment) {
    out << separator << "{\"key\": " << jsonString(key) << ", \"value\": " << jsonString(value) << "}";
    separator = ", ";
  }
  out << "]}\n";
}

}  // namespace

int showInfo(const ManyTraces& traces, const std::string& format, std::ostream& out, std::ostream& err) {
  return forEachTrace(traces, format, out, err, [&](const OneOfMany& one) -> Told {
    auto file = pathFromUtf8(one.path);
    std::error_code unknown;
    auto size = std::filesystem::file_size(file, unknown);
    TraceReader reader(file, NoteReading::byPlace, !unknown && size > kReadWhole ? TraceReach::end : TraceReach::all);
    CallReader calls(reader);
    Summary summary(reader, calls);
    std::ostringstream told, troubles;
    if (format == "text") infoText(reader, summary, told);
    else infoJson(one.path, format == "jsonl", reader, summary, told);
    if (!summary.byFooter) tellTroubles(reader, calls, troubles);
    else for (const auto& problem : reader.problems()) troubles << shownPath(file) << ": byte " << problem.offset << ": " << problem.text << "\n";
    return {std::move(told).str(), std::move(troubles).str()};
  });
}

namespace {

// Objects that are used before they were handed out. A foreign implementation cannot cause that: the recorder numbers them.
std::vector<std::string> inconsistencies(TraceReader& reader, CallReader& calls) {
  std::vector<std::string> found;
  ObjectSet handedOut;
  std::map<std::uint32_t, std::uint64_t> early;  // object → enterOrder of the first call on it
  auto use = [&](const Call& call) {
    auto [place, fresh] = early.emplace(call.object, call.enterOrder);
    if (!fresh) place->second = std::min(place->second, call.enterOrder);
  };
  std::uint64_t count = 0;
  while (auto call = calls.next()) {
    calls.takeRemarks();
    ++count;
    if (call->object && !handedOut.contains(call->object)) use(*call);
    for (const auto& value : call->outputs) {
      if (value.kind != ValueKind::object || !handedOut.insert(static_cast<std::uint32_t>(value.number))) continue;
      calls.open().forEach([&](const Call& other) {  // they began before this came back
        if (other.object == static_cast<std::uint32_t>(value.number)) use(other);
      });
    }
  }
  for (auto [object, order] : early)
    found.push_back("object #" + std::to_string(object) + " is used by note " + std::to_string(order) + ", but no call handed it out before");
  const auto& footer = reader.footer();
  if (footer && footer->calls != count)
    found.push_back("the footer counts " + std::to_string(footer->calls) + " calls, the notes " + std::to_string(count));
  return found;
}

}  // namespace

int verifyTraces(const ManyTraces& traces, const std::string& format, std::ostream& toOut, std::ostream& toErr) {
  return forEachTrace(traces, format, toOut, toErr, [&](const OneOfMany& one) -> Told {
    const auto& path = one.path;
    std::ostringstream out, err;
    TraceReader reader(pathFromUtf8(path));
    CallReader calls(reader);
    auto found = inconsistencies(reader, calls);
    // What `recover` has told as lost is no damage of the trace that it made: it is all there as it was meant.
    bool recovered = reader.toldLost() > 0;
    bool damaged = !reader.problems().empty() || (calls.orphans() && !recovered) ||
                   (reader.end() == TraceEnd::complete && (reader.lostNotes() > reader.toldLost() || (!found.empty() && !recovered)));
    bool cut = reader.end() == TraceEnd::cutOff;
    const char* verdict = damaged ? "damaged" : cut ? "cut off" : "whole";
    // Here only checksums are believed: a damage may lie before the place where a reader stumbles over it.
    std::optional<TraceProblem> first;
    Losses losses;
    if (damaged) {
      Salvage salvage(reader.bytes());
      if (!salvage.damage().empty()) first = salvage.damage().front();
      else if (!reader.problems().empty()) first = reader.problems().front();
    }
    std::uint64_t orphans = calls.orphans();
    if (damaged || orphans || reader.lostNotes()) losses = lossesOf(reader);
    if (format == "json") {
      out << "{\"file\": " << jsonString(path) << ", \"verdict\": \"" << verdict << "\", \"calls\": " << calls.calls() << ", \"notes\": " << reader.lastOrder()
          << ", \"lostNotes\": " << reader.lostNotes() << ", \"toldLost\": " << reader.toldLost();
      if (first) out << ", \"firstDamage\": {\"byte\": " << first->offset << ", \"text\": " << jsonString(first->text) << "}";
      out << ", \"lost\": [";
      for (std::size_t i = 0; i < losses.ranges.size(); ++i) out << (i ? ", " : "") << "{\"first\": " << losses.ranges[i].first << ", \"last\": " << losses.ranges[i].last << "}";
      out << "], \"halves\": [";
      for (std::size_t i = 0; i < losses.halves.size(); ++i) {
        const auto& half = losses.halves[i];
        out << (i ? ", " : "") << "{\"note\": " << half.note << ", \"thread\": " << half.thread << ", \"method\": " << jsonString(half.method) << ", \"lost\": \""
            << (half.start ? "start" : "end") << "\"}";
      }
      out << "], \"problems\": [";
      for (std::size_t i = 0; i < reader.problems().size(); ++i)
        out << (i ? ", " : "") << "{\"byte\": " << reader.problems()[i].offset << ", \"text\": " << jsonString(reader.problems()[i].text) << "}";
      out << "]}\n";
    } else {
      out << path << ": " << verdict << ": " << counted(calls.calls(), "call") << ", " << counted(reader.lastOrder() - reader.lostNotes(), "note") << ", "
          << reader.fileSize() << " bytes\n";
    }
    if (first) err << path << ": the first damage is at byte " << first->offset << ": " << first->text << "\n";
    tellTroubles(reader, calls, err);
    for (const auto& line : losses.lines()) err << path << ": " << line << "\n";
    if (damaged)
      for (const auto& text : found) err << path << ": " << text << "\n";
    return {std::move(out).str(), std::move(err).str(), damaged || cut ? 1 : 0};
  });
}

}  // namespace vss
