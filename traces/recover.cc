#include "traces/recover.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <ostream>
#include <unordered_map>
#include <utility>

#include "traces/append_remarks.h"
#include "traces/call.h"
#include "traces/file_array.h"
#include "traces/growing_file.h"
#include "traces/note_format.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/salvage.h"
#include "traces/trace_error.h"
#include "traces/trace_file.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

constexpr unsigned kRemarksInAChunk = 4096;
constexpr std::size_t kToldDamage = 1000;  // more lines are not printed
constexpr std::size_t kKeptDamage = 10000; // nor kept: the file is a ruin

struct LostRange {
  std::uint64_t first, last;     // orders
  std::uint64_t tick = 0;        // of the note before
};

void putWord(std::string& image, std::uint64_t at, std::uint64_t word) { std::memcpy(image.data() + at, &word, 8); }

class Recovery {
 public:
  // packed: what could not be unpacked.
  Recovery(const Salvage& salvage, const std::vector<PackedDamage>& packed, const std::filesystem::path& to) : salvage_(salvage), packed_(packed), path_(to), to_(to) {}

  // First way through: which notes there are.
  void look() {
    std::uint32_t threads = 0;
    bool nameless = false;
    struct Told { std::uint64_t first, last; };   // by a remark of an earlier recovery, which stands for numbers that were lost
    FileArray<Told> told;
    for (const auto& chunk : salvage_.chunks()) {
      if (chunk.block) continue;
      threads = std::max(threads, chunk.thread);
      nameless |= isNameless(chunk);
      std::uint64_t before = 0;
      for (const auto& slot : salvage_.slots(chunk)) {
        unfinished_ += slot.state == SavedSlot::State::unfinished;
        if (!slot.ordered() || slot.order <= before) continue;
        before = slot.order;
        orders_.push_back(before);
        if (slot.kind == 4) returned_.push_back(slot.call);
        if (auto last = slot.lastLost()) told.push_back({slot.order, last});
      }
    }
    if (salvage_.footer()) threads = std::max(threads, salvage_.footer()->fields.threads);
    if (nameless) nameThreads(threads);
    std::sort(orders_.begin(), orders_.end());
    std::sort(returned_.begin(), returned_.end());
    std::sort(told.begin(), told.end(), [](auto& a, auto& b) { return a.first < b.first; });
    std::uint64_t before = 0;
    std::size_t nextTold = 0;
    auto lose = [&](std::uint64_t first, std::uint64_t last) { lost_.push_back({first, last}), lostNotes_ += last - first + 1; };
    for (auto order : orders_) {
      if (order <= before) twice_.push_back({order, order < before});   // among those that are told as lost, a reader skips it
      else if (order > before + 1) lose(before + 1, order - 1);
      before = std::max(before, order);
      for (; nextTold < told.size() && told[nextTold].first <= order; ++nextTold) before = std::max(before, told[nextTold].last);
    }
    if (salvage_.footer() && salvage_.footer()->fields.notes > before && salvage_.footer()->fields.notes < std::uint64_t{1} << 62)
      lose(before + 1, salvage_.footer()->fields.notes), before = salvage_.footer()->fields.notes;
    last_ = before;
  }

  // Second way: writes them.
  void write() {
    bool whole;
    header_ = salvage_.header(whole);
    if (!whole) {
      tell(0, "the header is damaged; what it says is taken as it stands");
      header_.format = kFormat;
      for (auto* text : {&header_.process, &header_.target, &header_.tool, &header_.platform}) *text = text->substr(0, 500);
    }
    headerDamaged_ = !whole;
    put(whole ? std::string(salvage_.bytes(0, kHeaderWindow)) : headerBytes(header_));
    for (const auto& chunk : salvage_.chunks()) {
      if (chunk.block) {
        endBlock(kWindowUnit);
        put(std::string(salvage_.bytes(chunk.offset, chunk.end - chunk.offset)));
        ++blocks_;
      } else writeChunk(chunk);
    }
    for (const auto& damage : packed_) tell(damage.offset, damage.why);
    for (const auto& damage : salvage_.damage()) tell(damage.offset, damage.text);
    writeRemarks();
    endBlock(8);
    put(footerBytes());
    writePending();
  }

  // Everything that was told, by place.
  std::vector<TraceProblem> told() const {
    auto told = told_;
    std::stable_sort(told.begin(), told.end(), [](auto& a, auto& b) { return a.offset < b.offset; });
    return told;
  }
  std::uint64_t calls() const { return calls_; }
  std::uint64_t notes() const { return written_; }      // with an order, our remarks not among them
  std::uint64_t remarks() const { return remarks_; }    // ours
  // A note that was begun and not finished has a number; what looks so where notes are damaged may be anything.
  std::uint64_t lostNotes() const {
    if (salvage_.notesDamaged()) return lostNotes_;
    return lostNotes_ > unfinished_ ? lostNotes_ - unfinished_ : 0;
  }
  std::uint64_t unfinished() const { return unfinished_; }
  std::uint64_t lostValues() const { return lostValues_; }
  std::uint64_t newer() const { return newer_; }
  std::uint64_t newerOrdered() const { return newerOrdered_; }
  std::uint64_t blocks() const { return blocks_; }
  std::uint64_t oddSignatures() const { return oddSignatures_; }
  // Without a footer nothing tells what the last notes were.
  bool lossy() const { return lostNotes() || (!salvage_.footer() && salvage_.notesDamaged()) || lostValues_ || headerDamaged_ || salvage_.cut() || threadsLost_ || !packed_.empty(); }

 private:
  void tell(std::uint64_t offset, std::string text) {
    if (told_.size() < kKeptDamage) told_.push_back({offset, std::move(text)});
  }
  // Of notes with the same number the first is taken.
  bool isTaken(std::uint64_t order) {
    auto twice = std::lower_bound(twice_.begin(), twice_.end(), order, [](auto& one, auto order) { return one.order < order; });
    return twice != twice_.end() && twice->order == order && std::exchange(twice->taken, true);
  }

  // Whose head does not tell whose notes these are. One that is whole and names no thread is as it was written: with remarks of a recovery.
  static bool isNameless(const SavedChunk& chunk) { return !chunk.block && !chunk.thread && !chunk.headWhole; }
  // A call's two notes are of one thread.
  void nameThreads(std::uint32_t threads) {
    struct Half { std::uint64_t enter; const SavedChunk* chunk; };   // order of the call's enter
    FileArray<Half> halves;
    auto eachHalf = [&](const SavedChunk& chunk, auto&& visit) {
      for (const auto& slot : salvage_.slots(chunk))
        if (slot.ordered() && slot.kind <= 4) visit(Half{slot.kind == 4 ? slot.call : slot.order, &chunk});
    };
    for (const auto& chunk : salvage_.chunks())
      if (isNameless(chunk)) eachHalf(chunk, [&](const Half& half) { halves.push_back(half); });
    auto before = [](const Half& a, const Half& b) { return a.enter != b.enter ? a.enter < b.enter : a.chunk->offset < b.chunk->offset; };
    std::sort(halves.begin(), halves.end(), before);
    for (const auto& chunk : salvage_.chunks()) {
      if (chunk.block || isNameless(chunk)) continue;
      eachHalf(chunk, [&](const Half& half) {
        auto other = std::lower_bound(halves.begin(), halves.end(), half, [](auto& a, auto& b) { return a.enter < b.enter; });
        if (other != halves.end() && other->enter == half.enter) threadOf_.emplace(other->chunk, chunk.thread);
      });
    }
    for (const auto& chunk : salvage_.chunks()) {
      if (!isNameless(chunk)) continue;
      if (threadOf_.emplace(&chunk, threads + 1).second) {
        ++threads, threadsLost_ = true;
        tell(chunk.offset, "whose notes these are is lost; they are saved as those of a thread " + std::to_string(threads));
      } else tell(chunk.offset, "whose notes these are is told by another half of a call: thread " + std::to_string(threadOf_[&chunk]));
    }
  }

  // Blocks start where endBlock() says; what was begun before is written then, with its length.
  void endBlock(std::uint64_t unit) {
    std::uint64_t length = (pending_.size() + unit - 1) / unit * unit;
    if (framed_) {
      std::uint32_t frame[2] = {0, static_cast<std::uint32_t>(length / 8 - 1)};
      std::memcpy(pending_.data(), frame, 8);
      places_.back().words = frame[1];
    }
    framed_ = false;
    writePending();
    start_ += length;
    pending_.clear();
  }
  void writePending() {
    if (!to_.write(pending_, start_)) throw TraceError(shownPath(path_) + ": could not be written to its end: " + to_.lastError());
  }
  void put(std::string bytes) { pending_ = std::move(bytes); }

  struct Place { std::uint64_t offset; std::uint32_t words, thread; std::uint64_t firstOrder; std::uint32_t notes; };
  void putChunk(std::string image, std::uint32_t thread, std::uint64_t firstOrder, std::uint64_t notes) {
    endBlock(kWindowUnit);
    places_.push_back({start_, 0, thread, firstOrder, static_cast<std::uint32_t>(notes)});
    put(std::move(image));
    framed_ = true;
  }

  void writeChunk(const SavedChunk& chunk) {
    auto slots = salvage_.slots(chunk);
    std::uint64_t before = 0, again = 0, firstOrder = 0, count = 0, used = chunk.notesAt;
    bool keep = false;
    for (std::size_t n = 0; n < slots.size(); ++n) {
      auto& slot = slots[n];
      if (slot.state != SavedSlot::State::whole) continue;
      if (slot.ordered()) {
        bool isAgain = slot.order <= before;  // as look() has it
        before = std::max(before, slot.order);
        if (isAgain || isTaken(slot.order)) {
          slot.state = SavedSlot::State::hole;
          ++again;
          continue;
        }
        if (!firstOrder) firstOrder = slot.order;
      }
      keep |= slot.ordered() || slot.kind > 5;
      count = n + 1;
      used = std::max(used, slot.list + slot.listBytes);
    }
    if (again) tell(chunk.offset, std::to_string(again) + " notes of this chunk have the numbers of notes that stand before; they are left out");
    if (!keep) return;

    used = std::max(used, chunk.notesAt + count * 8 * chunk.noteWords);
    std::string image((used - chunk.offset + 7) / 8 * 8, '\0');
    auto copy = [&](std::uint64_t at, std::uint64_t size) {
      auto from = salvage_.bytes(at, size);
      if (!from.empty()) std::memcpy(image.data() + (at - chunk.offset), from.data(), from.size());
    };
    auto named = threadOf_.find(&chunk);
    std::uint32_t thread = named == threadOf_.end() ? chunk.thread : named->second;
    std::uint64_t first = std::min(chunk.headWhole ? chunk.firstOrder : firstOrder, firstOrder ? firstOrder : chunk.firstOrder);
    writeHead(chunk, image, copy, thread, first, count);
    for (const auto& slot : slots) {
      if (slot.state != SavedSlot::State::whole) continue;
      copy(slot.at, 8 * chunk.noteWords);
      bool amongNotes = slot.listBytes && slot.list < chunk.notesAt + count * 8 * chunk.noteWords;
      if (slot.lostValues.empty() && !amongNotes) copy(slot.list, slot.listBytes);
      else {
        // Behind the others, for nothing forbids that another note leads to the same list, or one to what are notes.
        std::string list(salvage_.bytes(slot.list, slot.listBytes));
        list.resize(slot.listBytes);
        for (auto v : slot.lostValues) putWord(list, 8 * v, 0);
        lostValues_ += slot.lostValues.size();
        Crc32c crc;
        std::uint64_t data = slot.at - chunk.offset, pointer = data + 8 * chunk.dataWords, words = (image.size() - pointer - 8) / 8;
        addFields<format::Note>(crc, kj::arrayPtr(reinterpret_cast<const kj::byte*>(image.data()) + data, 8 * chunk.dataWords));
        crc.add(list.data(), list.size());
        putWord(image, pointer, (salvage_.word(chunk.offset + pointer) & ~std::uint64_t{UINT32_MAX}) | words << 2 | 1);
        image += list;
        image.resize((image.size() + 7) / 8 * 8);
        std::uint32_t seal = crc.value();
        std::memcpy(image.data() + data + 16, &seal, 4);
      }
      tally(slot, slots);
    }
    putChunk(std::move(image), thread, first, count);
  }

  template <class Copy>
  void writeHead(const SavedChunk& chunk, std::string& image, Copy& copy, std::uint32_t thread, std::uint64_t firstOrder, std::uint64_t count) {
    std::uint64_t tag = chunk.notesAt - 8 - chunk.offset;
    std::uint64_t at = chunk.notesAt - chunk.offset == kFirstNote ? kFirstNote - 40 : chunk.chunk - chunk.offset, list = tag - 8;
    std::uint64_t dataBytes = 24;
    bool isNewer = chunk.pointersWhole && chunk.notesAt - chunk.offset != kFirstNote;
    if (isNewer) {
      copy(chunk.offset, chunk.notesAt - chunk.offset);
      std::uint64_t pointer = salvage_.word(chunk.offset + 8);
      std::uint64_t block = 16 + 8 * (static_cast<std::uint32_t>(pointer) >> 2), data = pointer >> 32 & 0xFFFF;
      dataBytes = 8 * (salvage_.word(chunk.offset + block + 8 * data) >> 32 & 0xFFFF);
      list = at + dataBytes;
      putWord(image, block, (salvage_.word(chunk.offset + block) & ~std::uint64_t{0xFFFF}) | 1);
    } else {
      putWord(image, 8, 0x0001000100000000);
      putWord(image, 16, 1);
      putWord(image, 24, 0x0001000300000000);
      putWord(image, list, 7ull << 32 | 1);
    }
    if (!isNewer || !chunk.headWhole || chunk.firstOrder > firstOrder) {  // a head that is whole may have stood elsewhere, or was longer
      std::uint64_t words[3] = {thread, chunk.headWhole ? salvage_.word(chunk.chunk + 8) : 0, firstOrder};
      std::memcpy(image.data() + at, words, 24);
      Crc32c crc;
      addFields<format::Chunk>(crc, kj::arrayPtr(reinterpret_cast<const kj::byte*>(image.data()) + at, dataBytes));
      putWord(image, at, std::uint64_t{crc.value()} << 32 | thread);
    }
    std::uint64_t pointer;
    std::memcpy(&pointer, image.data() + list, 8);
    putWord(image, list, (pointer & 0x7FFFFFFFF) | count * chunk.noteWords << 35);
    putWord(image, tag, count << 2 | std::uint64_t{chunk.dataWords} << 32 | std::uint64_t{chunk.noteWords - chunk.dataWords} << 48);
  }

  // What the footer counts, and the tick that a loss behind this note gets.
  void tally(const SavedSlot& slot, const std::vector<SavedSlot>& slots) {
    if (slot.kind == 1) {
      auto text = salvage_.bytes(slot.list, slot.listBytes);
      oddSignatures_ += !parseSignature(text.substr(0, text.empty() ? 0 : text.size() - 1));
    }
    if (slot.kind > 5) ++newer_, newerOrdered_ += slot.order != 0;
    if (!slot.ordered()) return;
    ++written_;
    lastTick_ = std::max(lastTick_, slot.tick);
    auto gap = std::lower_bound(lost_.begin(), lost_.end(), slot.order, [](auto& range, auto order) { return range.first <= order; });
    if (gap != lost_.end() && gap->first == slot.order + 1) gap->tick = slot.tick;
    if (slot.kind != 3 && slot.kind != 4) return;
    std::uint64_t facts = salvage_.word(slot.at + 16), object = salvage_.word(slot.at + 24);
    auto text = salvage_.bytes(slots[facts >> 48].list, slots[facts >> 48].listBytes);
    auto& [calls, failed] = methods_[std::string(text.substr(0, text.empty() ? 0 : text.size() - 1))];
    if (slot.kind == 3) ++calls_, ++calls, entered_ += !std::binary_search(returned_.begin(), returned_.end(), slot.order);
    else if (static_cast<std::int32_t>(object >> 32) < 0 && text.find(" hresult", text.rfind(')')) != text.npos) ++failed;
    for (std::uint64_t at = slot.list; at < slot.list + slot.listBytes; at += 8)
      if (auto value = salvage_.word(at); kindOfPacked(value) == ValueKind::object) objects_ = std::max<std::uint64_t>(objects_, std::min<std::uint64_t>(value >> 8, UINT32_MAX));
  }

  OwnRemark remarkOf(const LostRange& range) const {
    return {range.first, range.tick ? range.tick : header_.startTick, RemarkKind::lost,
            (range.first == range.last ? "note " + std::to_string(range.first) + " is" : "notes " + std::to_string(range.first) + " to " + std::to_string(range.last) + " are") + " not in the damaged trace", range.last};
  }
  // What is lost, said where it was; and behind everything what has no place among the notes.
  void writeRemarks() {
    std::vector<OwnRemark> behind;
    auto add = [&](const std::string& text) {
      ++last_;
      behind.push_back({last_, lastTick_, RemarkKind::warning, text});
    };
    if (lossy() || !told_.empty()) {
      std::size_t n = 0;
      for (const auto& problem : told()) {
        if (++n > kToldDamage) break;
        add("recovered: byte " + std::to_string(problem.offset) + " of the damaged trace: " + problem.text);
      }
      if (lossy() && entered_) add("recovered: calls that have no end here, which may be among what is lost: " + std::to_string(entered_));
      if (salvage_.cut()) add("recovered: the end of the file cut the damaged trace; what came behind is not known");
    }
    remarks_ = lost_.size() + behind.size();
    auto remarkAt = [&](std::size_t n) { return n < lost_.size() ? remarkOf(lost_[n]) : behind[n - lost_.size()]; };
    for (std::size_t from = 0; from < remarks_; from += kRemarksInAChunk) {
      std::vector<OwnRemark> some;
      for (std::size_t n = from; n < std::min<std::size_t>(remarks_, from + kRemarksInAChunk); ++n) some.push_back(remarkAt(n));
      putChunk(remarkChunk(some), 0, some[0].order, some.size());
    }
  }

  std::string footerBytes() const {
    const auto& original = salvage_.footer();
    capnp::MallocMessageBuilder message;
    auto f = message.initRoot<format::Block>().initFooter();
    std::uint32_t threads = original ? original->fields.threads : 0;
    for (const auto& place : places_) threads = std::max(threads, place.thread);
    f.setCalls(calls_);
    f.setNotes(last_);
    f.setObjects(static_cast<std::uint32_t>(std::max<std::uint64_t>(objects_, original ? original->fields.objects : 0)));
    f.setThreads(threads);
    if (original) f.setEndTick(original->fields.endTick), f.setEndTime(original->fields.endTime);
    else if (header_.startTime && header_.ticksPerSecond && lastTick_ > header_.startTick) {
      // No second moment was noted: the rate stays that of the header.
      double nanoseconds = static_cast<double>(lastTick_ - header_.startTick) / static_cast<double>(header_.ticksPerSecond) * 1e9;
      if (nanoseconds < 1e18 && header_.startTime < 8'000'000'000'000'000'000) f.setEndTick(lastTick_), f.setEndTime(header_.startTime + static_cast<std::int64_t>(nanoseconds));
    }
    closeFooter(f, places_, methods_);
    return blockBytes(message);
  }

  const Salvage& salvage_;
  const std::vector<PackedDamage>& packed_;
  const std::filesystem::path path_;
  GrowingFile to_;
  TraceHeader header_;
  bool headerDamaged_ = false, threadsLost_ = false;
  FileArray<std::uint64_t> orders_, returned_;     // of all notes; of the calls that came back. 24 bytes a call
  struct Twice { std::uint64_t order; bool taken; };
  FileArray<Twice> twice_;                         // by order
  std::unordered_map<const SavedChunk*, std::uint32_t> threadOf_;
  FileArray<LostRange> lost_;
  std::vector<TraceProblem> told_;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> methods_;
  std::vector<Place> places_;
  std::uint64_t last_ = 0, lostNotes_ = 0, unfinished_ = 0, written_ = 0, remarks_ = 0, calls_ = 0, entered_ = 0, lostValues_ = 0, newer_ = 0,
                newerOrdered_ = 0, blocks_ = 0, objects_ = 0, lastTick_ = 0, oddSignatures_ = 0;
  std::string pending_;                            // the block that comes next, at start_
  std::uint64_t start_ = 0;
  bool framed_ = false;                            // its frame is not made yet
};

std::string manyOf(std::uint64_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

// Why what was written is not what was to be saved; empty: it is.
std::string readAgain(const std::filesystem::path& path, const Recovery& saved) {
  try {
    TraceReader reader(path);
    CallReader calls(reader);
    while (calls.next()) calls.takeRemarks();
    std::uint64_t problems = reader.problems().size();
    if (problems && !saved.oddSignatures()) return "byte " + std::to_string(reader.problems()[0].offset) + ": " + reader.problems()[0].text;
    if (reader.end() != TraceEnd::complete) return "it has no end";
    if (!saved.oddSignatures() && reader.lostNotes() != reader.toldLost()) return "notes are missing";
    if (reader.unknownBlocks() != saved.blocks() || reader.unknownNotes() != saved.newer()) return "what is of a newer kind is missing";
    if (!saved.oddSignatures() && calls.calls() != saved.calls()) return "calls are missing";
  } catch (const TraceError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

int recoverTrace(const std::string& path, const std::string& output, std::ostream& out, std::ostream& err) {
  auto from = pathFromUtf8(path), to = pathFromUtf8(output);
  TraceFile file(from);
  checkOutput(to, {path});
  Salvage salvage(file.bytes());
  bool whole;
  auto header = salvage.header(whole);
  if (salvage.word(32) != format::MAGIC && salvage.chunks().empty()) throw TraceError(path + ": is not a trace (no SHADTAPE at byte 32, and no notes)");
  if (whole && header.format > kFormat) throw TraceError(path + ": has format " + std::to_string(header.format) + ", made by " + oneLine(header.tool) + "; recover it by that one");
  if (salvage.chunks().empty() && !salvage.footer()) {
    err << "shadowtape: " << path << ": holds not one whole note; there is nothing to save\n";
    return 1;
  }
  prepareOutput(to, {path});
  auto say = [&](const std::string& text) { err << path << ": " << text << "\n"; };
  std::string bad;
  int exitCode = 0;
  try {
    Recovery recovery(salvage, file.damage(), to);
    recovery.look();
    recovery.write();
    std::size_t lines = 0;
    for (const auto& problem : recovery.told()) {
      if (++lines > kToldDamage) {
        say("more damage is not told");
        break;
      }
      say("byte " + std::to_string(problem.offset) + ": " + problem.text);
    }
    if (!salvage.footer()) say("has no end: the recorder was killed, or the end was lost");
    if (salvage.cut()) say("the end of the file cuts a chunk; what came behind is not known");
    if (recovery.lostNotes()) say(manyOf(recovery.lostNotes(), "note") + " lost");
    if (recovery.lostValues()) say(manyOf(recovery.lostValues(), "value") + " lost");
    if (recovery.unfinished()) say(manyOf(recovery.unfinished(), "note") + " begun and never finished");
    if (recovery.newer()) say(manyOf(recovery.newer(), "note") + " of a newer kind, saved as they are");
    if (recovery.blocks()) say(manyOf(recovery.blocks(), "block") + " of a newer kind, saved as they are, of which nobody here can tell whether they are whole");
    if (recovery.oddSignatures()) say(manyOf(recovery.oddSignatures(), "signature") + " in a form that this version does not read; saved as they are");
    bad = readAgain(to, recovery);
    if (bad.empty()) out << output << ": " << manyOf(recovery.calls(), "call") << ", " << manyOf(recovery.notes(), "note") << " saved"
        << (recovery.lossy() ? ", with losses" : ", nothing lost") << "\n";
    exitCode = recovery.lossy() ? 3 : 0;
  } catch (const TraceError&) {
    std::error_code ignored;
    std::filesystem::remove(to, ignored);
    throw;
  }
  if (bad.empty()) return exitCode;
  err << "shadowtape: " << output << ": was written, and does not read back: " << bad << "\n";
  return 1;
}

}  // namespace vss
