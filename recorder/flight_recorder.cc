#include "recorder/flight_recorder.h"

#include <cstring>
#include <fstream>
#include <sstream>

#include "redact/pseudonyms.h"
#include "traces/clock.h"
#include "traces/growing_file.h"
#include "traces/note_format.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/recover.h"
#include "traces/trace_error.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kBetweenLooks{50};
constexpr std::chrono::milliseconds kPatienceWithGaps{100};   // a note that does not come by then is one that made way
constexpr std::chrono::seconds kGoesOn{2};                    // behind the moment in which the condition held

std::optional<Moment::Writer> writerIn(const Call& call, std::u16string& name) {
  if (!(call.is("GetWriterStatus") || call.is("GetWriterStatusEx")) || !call.hresult() || failed(*call.hresult())) return std::nullopt;
  const Value *state = call.output("pnStatus"), *failure = call.output("phResultFailure"), *text = call.output("pbstrWriter");
  if (!failure) failure = call.output("phrFailureWriter");
  if (!state || !failure || state->kind != ValueKind::number || failure->kind != ValueKind::number) return std::nullopt;
  if (text && text->kind == ValueKind::stored) name = text->text();
  return Moment::Writer{name, static_cast<std::int32_t>(state->number), static_cast<std::int32_t>(failure->number)};
}

std::string inWords(const Moment& moment) {
  std::string words = moment.method.empty() ? "time passed" : std::string(moment.method);
  if (!moment.method.empty() && !moment.hresult && moment.callSeconds) words += " is under way since " + printDuration(*moment.callSeconds);
  if (moment.hresult) words += " → " + nameOf(*moment.hresult);
  if (moment.writer)
    words += ", " + quoted(moment.writer->name) + " " + enumeratorName("VSS_WRITER_STATE", moment.writer->state) + " " + nameOf(moment.writer->failure);
  if (!moment.writer)
    for (std::size_t i = 0; i < kTimedOperations.size(); ++i)
      if (moment.seconds[i]) words += ", " + std::string(kTimedOperations[i].name) + " " + printDuration(*moment.seconds[i]);
  return words;
}

std::optional<std::size_t> timedOperation(const Call& call) {
  for (std::size_t i = 0; i < kTimedOperations.size(); ++i)
    if (call.is(kTimedOperations[i].method)) return i;
  return std::nullopt;
}

}  // namespace

std::uint32_t ConditionWatch::sessionOf(std::uint32_t object) const {
  auto operation = operations_.find(object);
  return operation == operations_.end() ? object : operation->second.first;
}

Moment ConditionWatch::momentOf(const Spans* spans, std::uint64_t now) const {
  Moment moment;
  if (spans)
    for (std::size_t i = 0; i < spans->size(); ++i)
      if (const Span& span = (*spans)[i]; span.start) moment.seconds[i] = reader_.seconds((span.end ? span.end : now) - span.start);
  return moment;
}

// Which operations have begun, and which a call tells to be over.
void ConditionWatch::follow(const Call& call) {
  protocol_.add(call);
  if (auto kind = timedOperation(call); kind && call.result) {
    Span& span = sessions_[call.object][*kind];
    span = {call.enterTick, 0};
    for (const auto& output : call.outputs)
      if (output.kind == ValueKind::object && protocol_.operation(static_cast<std::uint32_t>(output.number)))
        operations_[static_cast<std::uint32_t>(output.number)] = {call.object, *kind};
    if (call.hresult() && failed(*call.hresult())) span.end = call.leaveTick;
    return;
  }
  auto operation = operations_.find(call.object);
  bool released = call.is("Release") && call.result && !*call.result;
  if (operation != operations_.end()) {
    const OperationState* state = protocol_.operation(call.object);
    if (released || !state || (state->stage != Stage::running && state->stage != Stage::pending)) {
      auto session = sessions_.find(operation->second.first);
      if (session != sessions_.end())
        if (Span& span = session->second[operation->second.second]; span.start && !span.end) span.end = call.leaveTick;
      if (released) operations_.erase(operation);
    }
  } else if (released) sessions_.erase(call.object);
}

std::optional<std::string> ConditionWatch::add(const Call& call) {
  std::uint32_t object = sessionOf(call.object);   // before follow() forgets it
  Spans before{};
  if (auto found = sessions_.find(object); found != sessions_.end()) before = found->second;
  follow(call);
  std::uint64_t now = call.result ? call.leaveTick : call.enterTick;
  auto after = sessions_.find(object);
  Moment moment = momentOf(after != sessions_.end() ? &after->second : &before, now);
  std::u16string name;
  moment.method = call.signature->method;
  moment.hresult = call.hresult();
  if (call.result) moment.callSeconds = reader_.seconds(call.leaveTick - call.enterTick);
  moment.writer = writerIn(call, name);
  if (!condition_.holds(moment)) return std::nullopt;
  return inWords(moment);
}

std::optional<std::string> ConditionWatch::atTime(std::uint64_t now, const OpenCalls& open) {
  std::optional<std::string> held;
  auto judge = [&](const Moment& moment) {
    if (!held && condition_.holds(moment)) held = inWords(moment);
  };
  for (const auto& entry : sessions_) judge(momentOf(&entry.second, now));
  open.forEach([&](const Call& call) {
    if (now < call.enterTick) return;
    auto session = sessions_.find(sessionOf(call.object));
    Moment moment = momentOf(session == sessions_.end() ? nullptr : &session->second, now);
    moment.method = call.signature->method;
    moment.callSeconds = reader_.seconds(now - call.enterTick);
    if (auto kind = timedOperation(call)) moment.seconds[*kind] = moment.callSeconds;
    judge(moment);
  });
  return held;
}

std::filesystem::path ringOf(std::filesystem::path output) {
  output.replace_extension(".ring");
  std::error_code ignored;
  if (std::filesystem::exists(output, ignored))
    throw TraceError(shownPath(output) + ": is there from a flight recorder that was killed, or is at work; save it by `shadowtape recover " + shownPath(output) + " -o FILE`, and delete it");
  return output;
}

std::optional<Condition> conditionOf(const std::string& until) {
  if (until.empty()) return std::nullopt;
  try {
    return Condition(until);
  } catch (const ConditionError& e) {
    throw std::runtime_error(std::string("--until: ") + e.what());
  }
}

void judgePseudonyms(Condition& condition, const redact::Key& key, bool isKept) {
  redact::Pseudonyms pseudonyms(key);
  condition.renameWriters([&](const std::u16string& name) {
    std::string made = pseudonyms.stored(redact::Named::writer, Kind::bstr, {reinterpret_cast<const char*>(name.data()), name.size() * sizeof(char16_t)});
    std::u16string renamed(made.size() / sizeof(char16_t), u'\0');
    std::memcpy(renamed.data(), made.data(), made.size());
    if (!isKept && renamed != name) throw std::runtime_error("--until: the writer " + quoted(name) + " gets a pseudonym, which is not known beforehand but with --key or --new-key");
    return renamed;
  });
}

void copyRing(const std::filesystem::path& ring, const std::filesystem::path& copy) {
  std::error_code ignored;
  std::filesystem::remove(copy, ignored);
  MappedFile live(ring);
  std::ifstream file;   // looks again: the end of what is mapped may be a copy
  file.rdbuf()->pubsetbuf(nullptr, 0);
  file.open(ring, std::ios::binary);
  GrowingFile to(copy, true);
  auto bytes = live.bytes();
  std::uint64_t end = 0;
  auto write = [&](std::string_view piece) {
    if (!to.write(piece, end)) throw TraceError(shownPath(copy) + ": cannot be written: " + to.lastError());
    end += piece.size();
  };
  constexpr std::size_t kPage = 4096, kHead = 72;   // FORMAT.md §1 and §3: chunks start at multiples of it; bytes of a chunk before its first note
  if (bytes.size() < kPage) throw TraceError(shownPath(ring) + ": holds not one note");
  write(bytes.substr(0, kPage));
  std::string chunk;
  for (std::uint64_t at = kPage; at + kHead <= bytes.size();) {
    std::uint32_t frame[2];
    std::memcpy(frame, bytes.data() + at, 8);
    std::uint64_t size = 8 + std::uint64_t{frame[1]} * 8;
    if (frame[0] || size < kHead || size > bytes.size() - at) {
      at += kPage;
      continue;
    }
    // Copied, and then looked at again: what makes way has an empty list first of all (TraceWriter::dropOldest), and then another head.
    chunk.assign(bytes.substr(at, 8));
    chunk.resize(size);
    auto read = [&](char* to, std::size_t length) {
      file.clear();
      file.seekg(static_cast<std::streamoff>(at + 8));
      return file.read(to, static_cast<std::streamsize>(length)).good();
    };
    bool same = copyWhileWritten(reinterpret_cast<std::uint64_t*>(chunk.data() + 8), reinterpret_cast<const std::uint64_t*>(bytes.data() + at + 8), size / 8 - 1, read);
    char now[kHead] = {};
    file.clear();
    file.seekg(static_cast<std::streamoff>(at));
    file.read(now, kHead);
    std::uint32_t notes;
    std::memcpy(&notes, now + kHead - 8, 4);
    if (same && notes && !std::memcmp(now + 8, chunk.data() + 8, 48)) {   // root, Block, and the chunk's own words
      chunk.resize((chunk.size() + kPage - 1) / kPage * kPage);
      write(chunk);
    }
    at = (at + size + kPage - 1) / kPage * kPage;
  }
}

struct FlightRecorder::Followed {
  std::filesystem::path ring, output;
  std::unique_ptr<TraceReader> reader;
  std::optional<CallReader> calls;
  std::optional<ConditionWatch> watch;
  SteadyClock::time_point progress = SteadyClock::now(), heldAt{};
  std::optional<std::string> held;
  bool written = false, closed = false;   // closed: its footer was read
};

FlightRecorder::FlightRecorder(std::filesystem::path ring, std::filesystem::path output, std::optional<Condition> condition,
                               std::function<std::set<std::filesystem::path>()> rings, std::function<void(const std::filesystem::path& trace)> written,
                               std::function<void(const std::string& line)> say)
    : ring_(std::move(ring)), output_(std::move(output)), condition_(std::move(condition)), rings_(std::move(rings)), written_(std::move(written)), say_(std::move(say)) {
  if (condition_) thread_ = std::thread([this] { run(); });
}

FlightRecorder::~FlightRecorder() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

FlightRecorder::Followed& FlightRecorder::followed(const std::filesystem::path& ring) {
  auto& one = all_[ring];
  if (!one) {
    one = std::make_unique<Followed>();
    one->ring = ring;
    one->output = ring == ring_ ? output_ : std::filesystem::path(ring).replace_extension(output_.extension());
  }
  return *one;
}

void FlightRecorder::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kBetweenLooks, [&] { return ended_; })) {
    lock.unlock();
    try {
      for (const auto& ring : rings_())
        if (ring.extension() != ".txt") follow(followed(ring), false);
    } catch (const std::exception&) {   // the folder cannot be listed, or there is no memory: the rings are still there, and are looked at again
    }
    lock.lock();
  }
}

void FlightRecorder::follow(Followed& one, bool ended) {
  if (one.written) return;
  try {
    if (!one.held && look(one, ended)) one.heldAt = SteadyClock::now();
    if (one.held && (ended || SteadyClock::now() - one.heldAt >= kGoesOn)) writeOut(one, "the condition held: " + *one.held, ended);
  } catch (const TraceError& e) {
    // Of a program that runs: not one note yet. It is tried again.
    if (ended) say_(e.what());
  }
}

// Judges what is new; true: the condition holds.
bool FlightRecorder::look(Followed& one, bool ended) {
  if (!one.reader) {
    one.reader = std::make_unique<TraceReader>(one.ring, NoteReading::byPlace, TraceReach::live);
    one.calls.emplace(*one.reader);
    if (condition_) one.watch.emplace(*condition_, *one.reader);
  }
  auto& reader = *one.reader;
  auto before = reader.lastOrder();
  reader.lookAgain(!ended && SteadyClock::now() - one.progress < kPatienceWithGaps);
  one.closed = reader.footer().has_value();
  while (!one.held) {
    const Call* call = one.calls->next();
    one.calls->takeRemarks();
    if (!call) break;
    if (one.watch) one.held = one.watch->add(*call);
  }
  if (!one.held && one.watch && !ended) one.held = one.watch->atTime(readTicks(), one.calls->open());
  if (reader.lastOrder() != before) one.progress = SteadyClock::now();
  reader.letGo();
  return one.held.has_value();
}

void FlightRecorder::writeOut(Followed& one, const std::string& why, bool ended) {
  auto from = one.ring;
  std::error_code ignored;
  if (!ended) copyRing(one.ring, from += ".part");
  std::ostringstream out, losses;
  int code = 1;
  std::string wrong;
  try {
    code = recoverTrace(shownPath(from), shownPath(one.output), out, losses);
    if (code == 1) wrong = losses.str();
  } catch (const TraceError& e) {
    wrong = e.what();
  }
  if (!ended) std::filesystem::remove(from, ignored);
  if (code == 1) {
    say_((why.empty() ? "" : why + "; ") + shownPath(one.output) + " could not be written: " + wrong + (ended ? "; what was kept is in " + shownPath(one.ring) : ""));
    one.heldAt = SteadyClock::now() + std::chrono::minutes(1);   // then, or at the end, once more
    return;
  }
  one.written = true;
  written_(one.output);
  TraceReader written(one.output);
  CallReader all(written);
  while (all.next()) all.takeRemarks();
  std::uint64_t calls = all.calls();
  say_((why.empty() ? "" : why + "; ") + std::to_string(calls) + (calls == 1 ? " call" : " calls") + " written to " + shownPath(one.output) +
       (written.lostNotes() ? "; what came before has made way" : ""));
}

void FlightRecorder::end(bool interrupted) {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  bool any = false;
  for (const auto& ring : rings_()) {
    std::error_code error;
    if (ring.extension() == ".txt" || !std::filesystem::exists(ring, error)) continue;
    any = true;
    auto& one = followed(ring);
    try {
      if (condition_) follow(one, true);
      if (!one.written && !one.held) {
        one.closed = TraceReader(ring, NoteReading::byPlace, TraceReach::end).footer().has_value();
        if (!condition_) writeOut(one, "", true);
        else if (interrupted) writeOut(one, "the recording was interrupted before the condition held", true);
        else if (!one.closed) writeOut(one, "the condition never held, and the program was killed, or ended while it made a call", true);
        else {
          say_("the condition never held in " + std::to_string(one.calls ? one.calls->calls() : 0) + " calls; nothing is kept, there is no " + shownPath(one.output));
          one.written = true;
        }
      }
      if (one.reader && one.reader->lostNotes())
        say_(std::to_string(one.reader->lostNotes()) + " notes made way before the condition was held against them: a larger --ring leaves more time");
    } catch (const TraceError& e) {
      say_(e.what());
    }
    one.watch.reset(), one.calls.reset(), one.reader.reset();   // Windows deletes no file that is mapped
    if (one.written) std::filesystem::remove(ring, error);
  }
  if (!any) say_("the program made no call of VSS that was recorded; there is no " + shownPath(output_));
}

}  // namespace vss
