#include "traces/trace_writer.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <thread>

#include "traces/clock.h"
#include "traces/note_format.h"
#include "traces/platform.h"
#include "traces/trace_error.h"
#include "traces/trace_reader.h"
#include "traces/vss/api.h"

namespace vss {
namespace {

constexpr std::size_t kRootWords = 16;             // of a chunk: what comes before its notes
constexpr std::size_t kFirstWindow = 16 << 10;     // a thread that makes a few calls costs little …
constexpr std::size_t kWindow = 256 << 10;         // … one that makes many rarely changes windows
constexpr std::size_t kSpareWindow = 1 << 20;      // set aside while a volume may be frozen
constexpr std::size_t kStopWords = 64;             // kept free in each chunk for the remark that recording has stopped
constexpr double kFirstShare = 5. / 8;             // of a thread's first chunk: the room for notes; the rest is for what they point to
constexpr std::size_t kFewLanes = 16;              // from here on, lanes of threads that have ended are looked for
constexpr std::size_t kLongestStored = 256 << 20;  // bytes of one string; more than a list in a trace can safely hold is not kept

constexpr char kSpilledLost[] = "what was noted while a volume was frozen could not be written";

// One Cap'n Proto message whose only segment is memory that was there before.
class InPlaceMessage final : public capnp::MessageBuilder {
 public:
  explicit InPlaceMessage(kj::ArrayPtr<capnp::word> segment) : segment_(segment) {}
  kj::ArrayPtr<capnp::word> allocateSegment(unsigned minimum) override {
    KJ_REQUIRE(!taken_ && minimum <= segment_.size(), "a chunk was filled beyond its room");
    taken_ = true;
    return segment_;
  }

 private:
  kj::ArrayPtr<capnp::word> segment_;
  bool taken_ = false;
};

std::size_t wordsFor(std::size_t bytes) { return (bytes + 7) / 8; }
std::size_t roundUp(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit * unit; }

std::atomic<std::uint64_t> writers{0}, threads{0};

// The lane that the current thread used last, and the thread's number in this process: the system gives the number of a thread
// that has ended to another. Touched in functions of its own: g++ 12 spoils a register if thread_local memory is reached from
// within a function of Windows' calling convention.
struct LaneCache { std::uint64_t writer = 0; void* lane = nullptr; std::uint64_t thread = 0; };
[[gnu::noinline]] LaneCache& laneCache() {
  static thread_local LaneCache cache;
  return cache;
}

}  // namespace

struct TraceWriter::StoredText {
  const char* bytes;
  std::uint32_t size, hash;
  std::uint32_t note;                // index + 1; 0: free
};

// Which strings a chunk holds already. Full: later strings are simply stored again. Ids and names are short, so they are hashed and compared by
// words, the last of which overlaps the one before; a call of a library would take longer than that.
class TraceWriter::StoredTexts {
 public:
  void clear() { std::memset(slots_, 0, sizeof slots_); used_ = 0; }
  static std::uint32_t hash(std::string_view bytes) {
    Crc32c crc;
    crc.addWord(bytes.size());
    if (bytes.size() < 8) crc.add(bytes.data(), bytes.size());
    else {
      for (std::size_t i = 0; i + 8 < bytes.size(); i += 8) crc.addWord(load<std::uint64_t>(bytes.data() + i));
      crc.addWord(load<std::uint64_t>(bytes.data() + bytes.size() - 8));
    }
    return crc.value();
  }
  StoredText* find(std::string_view bytes, std::uint32_t hash) {
    for (std::size_t i = hash % kSlots;; i = (i + 1) % kSlots) {
      StoredText& slot = slots_[i];
      if (!slot.note) return used_ < kSlots / 2 ? &slot : nullptr;
      if (slot.hash == hash && slot.size == bytes.size() && same(slot.bytes, bytes.data(), bytes.size())) return &slot;
    }
  }
  void count() { ++used_; }

 private:
  static bool same(const char* a, const char* b, std::size_t size) {
    if (size < 8) return !size || std::memcmp(a, b, size) == 0;
    for (std::size_t i = 0; i + 8 < size; i += 8)
      if (load<std::uint64_t>(a + i) != load<std::uint64_t>(b + i)) return false;
    return load<std::uint64_t>(a + size - 8) == load<std::uint64_t>(b + size - 8);
  }
  static constexpr std::size_t kSlots = 512;
  StoredText slots_[kSlots];
  std::size_t used_ = 0;
};

struct TraceWriter::MethodUse {
  const MethodInfo* method = nullptr;
  std::uint32_t chunk = 0;           // the chunk in which `note` holds
  unsigned note = 0;
  std::uint64_t calls = 0, failed = 0;
};

struct TraceWriter::ClosedChunk {
  std::uint64_t offset;
  std::uint32_t words, thread;
  std::uint64_t firstOrder;
  std::uint32_t notes;
};

struct TraceWriter::Spilled {
  char* memory;
  std::size_t bytes;
  ClosedChunk chunk;
};

struct TraceWriter::Counts {
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> methods;
};

struct TraceWriter::Lane {
  std::uint64_t owner = 0;           // LaneCache::thread of the thread that writes here; 0: waits for one
  std::uint32_t thread = 0;          // its number in the trace …
  std::uint64_t threadId = 0;        // … and to the operating system
  bool used = false;                 // that thread has had a chunk

  char* window = nullptr;            // the open chunk; nullptr: none
  std::uint64_t offset = 0;          // its place in the file; meaningless while it lies in memory only
  std::size_t size = 0;
  bool inMemory = false;             // made while the file must not grow
  std::uint64_t* firstNote = nullptr;
  unsigned next = 0, capacity = 0;
  std::size_t usedWords = 0;         // of the segment: the room for notes, and what they point to
  std::size_t payloadWords = 0;      // of these: what they point to
  std::uint64_t firstOrder = 0;

  std::uint32_t chunks = 0;          // so far
  double share = kFirstShare;        // of its room that the next chunk has for notes
  StoredTexts texts;
  MethodUse methods[512];

  std::size_t freeWords() const { return size / 8 - 1 - usedWords; }
  std::uint64_t* segment() const { return reinterpret_cast<std::uint64_t*>(window) + 1; }
  std::uint64_t* note(unsigned index) const { return firstNote + std::size_t{index} * kNoteWords; }
  MethodUse& use(const MethodInfo& method) {
    std::size_t i = reinterpret_cast<std::uintptr_t>(&method) / 16 % std::size(methods);
    for (std::size_t tries = 0; tries < std::size(methods); ++tries, i = (i + 1) % std::size(methods)) {
      if (methods[i].method == &method) return methods[i];
      if (!methods[i].method) {
        methods[i].method = &method;
        return methods[i];
      }
    }
    throw std::logic_error("more methods than a lane can count");
  }
};

struct TraceWriter::Window {
  char* at;                          // nullptr: no room
  std::uint64_t offset;
  std::size_t size;
  bool inMemory;
};

// What a copy takes from its original, and whose note comes next.
struct TraceWriter::Copied {
  std::optional<TraceFooter> footer;
  std::uint32_t thread = 0;
  std::uint64_t tick = 0;
  bool keepNumbers = false;        // notes and threads keep their numbers
};

namespace {

TraceHeader headerOf(const TraceOrigin& origin) {
  TraceHeader header{.format = kFormat, .semantics = kSemantics, .origin = origin.origin, .tool = "shadowtape " SHADOWTAPE_VERSION, .platform = platformName(),
                     .process = origin.process, .target = origin.target, .wordSize = sizeof(void*), .ticksPerSecond = 1};
  if (!origin.timed) return header;
  header.processId = currentProcess();
  header.ticksPerSecond = ticksPerSecond();
  header.startTick = readTicks();
  header.startTime = readTime();
  return header;
}

TraceHeader changed(TraceHeader header, const TraceChange* change) {
  if (change) change->header(header);
  return header;
}

}  // namespace

std::string headerBytes(const TraceHeader& header) {
  capnp::MallocMessageBuilder message(kHeaderWindow / 8);
  auto h = message.initRoot<format::Block>().initHeader();
  h.setMagic(format::MAGIC);
  h.setFormat(header.format);
  h.setSemantics(header.semantics);
  h.setOrigin(static_cast<format::Origin>(header.origin));
  h.setWordSize(static_cast<std::uint8_t>(header.wordSize));
  h.setTool(header.tool);
  h.setPlatform(header.platform);
  h.setProcess(header.process.substr(0, 500));
  h.setTarget(header.target.substr(0, 1500));
  h.setProcessId(header.processId);
  h.setTicksPerSecond(header.ticksPerSecond);
  h.setStartTick(header.startTick);
  h.setStartTime(header.startTime);
  h.setCrc(headerCrc(h.asReader()));
  auto segment = message.getSegmentsForOutput()[0];
  std::string bytes(kHeaderWindow, '\0');
  std::uint32_t frame[2] = {0, kHeaderWindow / 8 - 1};
  std::memcpy(bytes.data(), frame, 8);
  VSS_ASSERT(message.getSegmentsForOutput().size() == 1 && segment.asBytes().size() <= kHeaderWindow - 8);
  std::memcpy(bytes.data() + 8, segment.begin(), segment.asBytes().size());
  return bytes;
}

TraceWriter::TraceWriter(const std::filesystem::path& path, const TraceOrigin& origin, bool plain)
    : path_(path), file_(path, plain), timed_(origin.timed), change_(origin.change), id_(++writers), window_(kWindow), counts_(std::make_unique<Counts>()) {
  if (!file_.write(headerBytes(changed(headerOf(origin), change_)), 0)) throw TraceError(shownPath(path_) + ": cannot be written: " + file_.lastError());
  end_ = kHeaderWindow;
}

TraceWriter::TraceWriter(const std::filesystem::path& path, const TraceReader& original, const TraceChange* change)
    : path_(path), file_(path), timed_(true), change_(change), copied_(std::make_unique<Copied>()), id_(++writers), window_(kWindow), counts_(std::make_unique<Counts>()) {
  copied_->footer = original.footer();
  copied_->keepNumbers = change;
  TraceHeader header = changed(original.header(), change);
  header.format = kFormat;
  if (!file_.write(headerBytes(header), 0)) throw TraceError(shownPath(path_) + ": cannot be written: " + file_.lastError());
  end_ = kHeaderWindow;
}

TraceWriter::~TraceWriter() { finish(Ending::threadsDone); }

void TraceWriter::at(std::uint32_t thread, std::uint64_t tick, std::uint64_t order) noexcept {
  if (copied_->keepNumbers) order_.value = order - 1;
  copied_->thread = thread;
  copied_->tick = tick;
}

std::uint64_t TraceWriter::now() const { return copied_ ? copied_->tick : timed_ ? readTicks() : 0; }

TraceWriter::Lane* TraceWriter::lane() noexcept {
  LaneCache& cache = laneCache();
  if (cache.writer == id_ && !copied_) return static_cast<Lane*>(cache.lane);
  try {
    if (copied_) return newLane(copied_->thread);
    if (!cache.thread) cache.thread = ++threads;
    Lane* lane = newLane(cache.thread);
    cache.writer = id_;
    cache.lane = lane;
    return lane;
  } catch (...) {
    stop("no memory for a thread's notes");
    return nullptr;
  }
}

TraceWriter::Lane* TraceWriter::newLane(std::uint64_t owner) {
  std::lock_guard lock(mutex_);
  for (auto& lane : lanes_)
    if (lane->owner == owner) return lane.get();  // this thread, back from another writer
  std::uint64_t id = copied_ ? 0 : currentThread();
  if (idle_.empty() && lanes_.size() >= lookForEnded_ && !finished_ && !copied_) {
    for (auto& lane : lanes_)
      if (lane->threadId == id || threadHasEnded(lane->threadId)) {
        closeChunk(*lane);
        lane->owner = 0;
        idle_.push_back(lane.get());
      }
    // As many again may come before the next look, so that it costs a new thread no more than a few questions to the system.
    lookForEnded_ = std::max(kFewLanes, 2 * (lanes_.size() - idle_.size()));
  }
  Lane* lane;
  if (idle_.empty()) {
    lanes_.push_back(std::make_unique<Lane>());
    lane = lanes_.back().get();
  } else {
    lane = idle_.back();
    idle_.pop_back();
  }
  lane->owner = owner;
  // Of a copy, what no thread noted stays of none.
  lane->thread = copied_ && (copied_->keepNumbers || !copied_->thread) ? copied_->thread : threads_ + 1;
  threads_ = std::max(threads_, lane->thread);
  lane->threadId = id;
  lane->used = false;
  lane->share = kFirstShare;
  return lane;
}

std::size_t TraceWriter::lanes() const {
  std::lock_guard lock(mutex_);
  return lanes_.size();
}

// Room for a chunk that will hold so many notes, and payloadWords besides them. The mutex is held.
TraceWriter::Window TraceWriter::newWindow(const Lane& lane, unsigned notes, std::size_t payloadWords) {
  Window window{nullptr, 0, lane.used ? window_ : kFirstWindow, held_.load(std::memory_order_relaxed) > 0};
  std::size_t words = std::max(payloadWords + kStopWords, (notes + 2) * kNoteWords);  // of which half are left for notes
  while ((window.size / 8 - kRootWords) / 4 < words && window.size < kLargestWindow) window.size *= 2;
  if (window.size >= kLargestWindow) return window;
  // Large ones end at multiples of their size: the system has large pieces of memory for what is aligned.
  if (window.size >= kWindow && !window.inMemory && !ring_) window.size = roundUp(end_ + window.size, kWindow) - end_;
  if (window.inMemory) {
    window.at = static_cast<char*>(std::calloc(1, window.size));
  } else {
    window.offset = roomFor(window.size);
    window.at = file_.openWindow(window.offset, window.size);
    if (window.offset == end_ && window.at) end_ += window.size;
  }
  return window;
}

void TraceWriter::keepNewest(std::uint64_t bytes) noexcept {
  ring_ = std::max(bytes, kSmallestRing);
  // So that what makes way is a small part of what is kept.
  window_ = std::clamp<std::size_t>(static_cast<std::size_t>(ring_ / 16) / kFirstWindow * kFirstWindow, kFirstWindow, kWindow);
}

// Where the file has room for so many bytes, whole pages: end_, which the caller moves, or of a ring what was given back. The mutex is held.
std::uint64_t TraceWriter::roomFor(std::size_t size) {
  while (ring_) {
    std::uint64_t used = end_;
    for (const auto& [offset, length] : free_) used -= length;
    bool full = used + size > ring_ && !closed_.empty();   // a large value may have left more room than the ring is to have
    auto room = full ? free_.end() : std::find_if(free_.begin(), free_.end(), [&](const auto& piece) { return piece.second >= size; });
    if (room != free_.end()) {
      auto [offset, length] = *room;
      free_.erase(room);
      if (length > size) free_.emplace(offset + size, length - size);
      return offset;
    }
    if (closed_.empty() || (!full && end_ + size <= ring_)) break;
    dropOldest();
  }
  return end_;
}

void TraceWriter::giveBack(std::uint64_t offset, std::uint64_t size) noexcept {
  try {
    auto at = free_.emplace(offset, size).first;
    if (auto next = std::next(at); next != free_.end() && at->first + at->second == next->first) at->second += next->second, free_.erase(next);
    if (at != free_.begin())
      if (auto before = std::prev(at); before->first + before->second == at->first) before->second += at->second, free_.erase(at), at = before;
    if (at->first + at->second == end_) end_ = at->first, free_.erase(at);
  } catch (const std::bad_alloc&) {  // that room is not used again
  }
}

// Of a ring: the chunk that was closed first makes way. It becomes an empty chunk, then what its frame covers becomes zeros, then its head, the frame
// first: whenever the process is killed, a reader finds nothing that it would call damage.
void TraceWriter::dropOldest() {
  static const char zeros[64 << 10] = {};
  ClosedChunk chunk = closed_.front();
  closed_.erase(closed_.begin());
  std::uint64_t size = 8 + std::uint64_t{chunk.words} * 8;
  auto writeWord = [&](std::uint64_t word, std::size_t at) { return file_.write({reinterpret_cast<const char*>(&word), 8}, chunk.offset + at); };
  bool good = writeWord(std::uint64_t{kNoteDataBytes / 8} << 32 | std::uint64_t{1} << 48, kFirstNote - 8) && writeWord(std::uint64_t{7} << 32 | 1, kFirstNote - 16);
  for (std::uint64_t at = kFirstNote; good && at < size; at += sizeof zeros)
    good = file_.write({zeros, static_cast<std::size_t>(std::min<std::uint64_t>(sizeof zeros, size - at))}, chunk.offset + at);
  if (good && file_.write({zeros, 8}, chunk.offset) && file_.write({zeros, kFirstNote - 8}, chunk.offset + 8)) giveBack(chunk.offset, size);
}

// false: the file does not take it.
bool TraceWriter::openChunk(Lane& lane, const Window& window, std::size_t payloadWords) {
  lane.window = window.at;
  lane.offset = window.offset;
  lane.size = window.size;
  lane.inMemory = window.inMemory;
  lane.used = true;

  // A chunk that was opened for one large value holds few notes; else it is divided as the thread's last one was used.
  std::size_t words = lane.size / 8 - 1;
  auto forNotes = static_cast<std::size_t>(static_cast<double>(words - kRootWords - payloadWords - kStopWords) * lane.share);
  lane.capacity = static_cast<unsigned>(std::min<std::size_t>(forNotes / kNoteWords, 0x8000));
  std::uint32_t frame[2] = {0, static_cast<std::uint32_t>(words)};
  InPlaceMessage message(kj::arrayPtr(reinterpret_cast<capnp::word*>(lane.segment()), words));
  auto chunk = message.initRoot<format::Block>().initChunk();
  chunk.setThread(lane.thread);
  if (timed_) chunk.setThreadId(lane.threadId);
  lane.firstOrder = order_.value.load() + 1;
  chunk.setFirstOrder(lane.firstOrder);
  chunk.setCrc(chunkCrc(chunk.asReader()));
  chunk.initNotes(lane.capacity);
  lane.firstNote = reinterpret_cast<std::uint64_t*>(lane.window + kFirstNote);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::memcpy(lane.window, frame, 8);  // last: from now on a reader looks inside
  lane.next = 0;
  lane.usedWords = message.getSegmentsForOutput()[0].size();
  lane.payloadWords = 0;
  ++lane.chunks;
  lane.texts.clear();
  return lane.inMemory || file_.commit(lane.window, lane.offset, kFirstNote);
}

// Trims the list of notes to those that were made. The mutex is held.
void TraceWriter::closeChunk(Lane& lane) {
  if (!lane.window) return;
  // What needs memory comes first: a window that is gone may not stay the lane's.
  if (closed_.size() == closed_.capacity()) closed_.reserve(2 * closed_.size() + 16);
  // The thread may have been ended between sealing a note and counting it.
  if (lane.next < lane.capacity && static_cast<std::uint32_t>(lane.note(lane.next)[2])) ++lane.next;
  // Never less than half, so that one long text does not make small chunks of what follows it.
  if (lane.next) lane.share = std::clamp(kNoteWords / (kNoteWords + static_cast<double>(lane.payloadWords) / lane.next), 0.5, 0.75);
  // The tag before the first note counts the notes, the pointer to the list counts its words; the tag first, so that the list
  // never claims more than the pointer does.
  auto* tag = lane.firstNote - 1;
  *tag = (*tag & ~0xFFFFFFFFull) | static_cast<std::uint64_t>(lane.next) << 2;
  auto* list = lane.segment() + 1 /* root */ + 2 /* Block */ + 3 /* Chunk's data */;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  *list = (*list & 0x7FFFFFFFFull) | static_cast<std::uint64_t>(lane.next * kNoteWords) << 35;

  std::size_t keep = lane.size;
  if (lane.inMemory) {
    spilled_.push_back({lane.window, 8 + lane.usedWords * 8, {0, 0, lane.thread, lane.firstOrder, lane.next}});
    if (held_.load(std::memory_order_relaxed) == 0 || finished_) writeSpilled();
    lane.window = nullptr;
    return;
  } else {
    file_.commit(lane.window, lane.offset, kFirstNote);
    if (lane.offset + lane.size == end_ && finished_) {
      // The last window of the file: give back what was not used.
      keep = 8 + lane.usedWords * 8;
      std::uint32_t frame[2] = {0, static_cast<std::uint32_t>(lane.usedWords)};
      std::memcpy(lane.window, frame, 8);
      file_.commit(lane.window, lane.offset, 8);
      end_ = lane.offset + keep;
    } else if (ring_ && !finished_) {
      // What a chunk for a large value, or for a frozen volume, did not need.
      keep = roundUp(8 + lane.usedWords * 8, kWindowUnit);
      std::uint32_t frame[2] = {0, static_cast<std::uint32_t>(keep / 8 - 1)};
      std::memcpy(lane.window, frame, 8);
      file_.commit(lane.window, lane.offset, 8);
    }
    file_.closeWindow(lane.window, lane.offset, lane.size);
    if (ring_ && !finished_ && keep < lane.size) giveBack(lane.offset + keep, lane.size - keep);
  }
  closed_.push_back({lane.offset, static_cast<std::uint32_t>(keep / 8 - 1), lane.thread, lane.firstOrder, lane.next});
  lane.window = nullptr;
}

// Chunks that were made while the file must not grow come into it now. The mutex is held.
void TraceWriter::writeSpilled() {
  closed_.reserve(closed_.size() + spilled_.size());
  for (auto& [memory, bytes, chunk] : spilled_) {
    std::size_t keep = roundUp(bytes, kWindowUnit);
    chunk.offset = roomFor(keep);
    chunk.words = static_cast<std::uint32_t>(keep / 8 - 1);
    std::uint32_t frame[2] = {0, chunk.words};
    std::memcpy(memory, frame, 8);
    if (file_.write({memory, bytes}, chunk.offset)) {
      if (chunk.offset == end_) end_ += keep;
      closed_.push_back(chunk);
    } else spilledLost_ = true;
    std::free(memory);
  }
  spilled_.clear();
}

[[gnu::always_inline]] inline bool TraceWriter::makeRoom(Lane& lane, unsigned notes, std::size_t payloadWords) {
  bool here = lane.window && lane.next + notes + 1 <= lane.capacity && payloadWords + kStopWords <= lane.freeWords() &&
              !(lane.inMemory && held_.load(std::memory_order_relaxed) == 0);
  return here || nextChunk(lane, notes, payloadWords);
}

bool TraceWriter::nextChunk(Lane& lane, unsigned notes, std::size_t payloadWords) {
  bool opened = false;
  std::string why;
  {
    std::lock_guard lock(mutex_);
    if (finished_.load()) return false;  // meanwhile: behind the footer comes nothing
    // The new window before the old chunk is closed: where there is none, the old chunk takes the remark that says so.
    Window window = newWindow(lane, notes, payloadWords);
    if (window.at) {
      try {
        closeChunk(lane);
        opened = openChunk(lane, window, payloadWords);
      } catch (...) {
        if (lane.window == window.at) lane.window = nullptr;  // no memory for the message: the lane has no chunk, not half of one
        if (window.inMemory) std::free(window.at);
        else file_.closeWindow(window.at, window.offset, window.size);
        throw;
      }
    }
    if (!opened) why = window.size >= kLargestWindow ? "a call with more than 256 MB of text" : "no room for more notes: " + file_.lastError();
    if (spilledLost_) opened = false, why = kSpilledLost;
  }
  if (!opened) stop(why);
  return opened;
}

// Room for what a note points to; makeRoom() has seen to it.
[[gnu::always_inline]] inline std::uint64_t* TraceWriter::payload(Lane& lane, std::size_t words) {
  if (words > lane.freeWords()) throw std::logic_error("a chunk was filled beyond its room");
  auto* at = lane.segment() + lane.usedWords;
  lane.usedWords += words;
  lane.payloadWords += words;
  return at;
}

// What a note says, at the places of FORMAT.md §3. `object` has nulls or result in its upper half; in a remark it is what that is about.
struct TraceWriter::NewNote {
  std::uint64_t kind;                // and signature, or the kind of a remark: kindOf()
  std::uint64_t order = 0, tick = 0, object = 0, call = 0;
  static std::uint64_t kindOf(format::Note::Which kind, unsigned small = 0) { return std::uint64_t{kind} << 32 | std::uint64_t{small} << 48; }
};

// Writes the lane's next note word by word, its checksum last: a process that dies before leaves a note that no reader takes. Cap'n Proto's
// builders would take three times as long; a test reads the words by its readers. The note points to `size` bytes at `payload`, of words or of
// bytes (one more where it is a Text, for the NUL); nullptr: to nothing.
[[gnu::always_inline]] inline void TraceWriter::seal(Lane& lane, const NewNote& note, List list, const std::uint64_t* payload, std::size_t size) {
  std::uint64_t* at = lane.note(lane.next);
  at[0] = note.order;
  at[1] = note.tick;
  at[2] = note.kind;
  at[3] = note.object;
  at[4] = note.call;
  if (payload) at[5] = static_cast<std::uint64_t>(payload - (at + kNoteWords)) << 2 | 1 | static_cast<std::uint64_t>(list) << 32 | (list == List::words ? size / 8 : size) << 35;
  Crc32c crc;
  crc.addWord(note.order);
  crc.addWord(note.tick);
  crc.addWord(note.kind);
  crc.addWord(note.object);
  crc.addWord(note.call);
  crc.add(payload, size);
  std::atomic_ref(*reinterpret_cast<std::uint32_t*>(at + 2)).store(crc.value(), std::memory_order_release);
  ++lane.next;
  if (file_.plain() && !lane.inMemory && !commitNote(lane, at, payload, size)) stop("a note could not be written: " + file_.lastError());
}

// Not while a volume may be frozen: it would wait for the end of that.
void TraceWriter::sync(Lane& lane) {
  if (held_.load(std::memory_order_relaxed) > 0 || lane.inMemory || !lane.window) return;
  if (!file_.flush(lane.window, lane.size)) stop("the disk does not take what was written: " + file_.lastError());
}

// What a note points to before the note, so that a note in the file is whole.
bool TraceWriter::commitNote(const Lane& lane, const std::uint64_t* note, const std::uint64_t* payload, std::size_t size) {
  auto commit = [&](const std::uint64_t* from, std::size_t bytes) {
    auto* at = reinterpret_cast<const char*>(from);
    return file_.commit(at, lane.offset + static_cast<std::uint64_t>(at - lane.window), bytes);
  };
  return (!size || commit(payload, wordsFor(size) * 8)) && commit(note, kNoteWords * 8);
}

[[gnu::always_inline]] inline unsigned TraceWriter::storedNote(Lane& lane, std::string_view bytes) {
  std::uint32_t hash = StoredTexts::hash(bytes);
  auto* slot = lane.texts.find(bytes, hash);
  return slot && slot->note ? slot->note - 1 : newStoredNote(lane, bytes, slot, hash);
}

unsigned TraceWriter::newStoredNote(Lane& lane, std::string_view bytes, StoredText* slot, std::uint32_t hash) {
  if (!bytes.data()) bytes = "";
  auto* data = payload(lane, wordsFor(bytes.size()));
  std::memcpy(data, bytes.data(), bytes.size());
  if (slot) {
    *slot = {reinterpret_cast<const char*>(data), static_cast<std::uint32_t>(bytes.size()), hash, lane.next + 1};
    lane.texts.count();
  }
  seal(lane, {.kind = NewNote::kindOf(format::Note::TEXT)}, List::bytes, data, bytes.size());
  return lane.next - 1;
}

[[gnu::always_inline]] inline unsigned TraceWriter::signatureNote(Lane& lane, MethodUse& use) {
  return use.chunk == lane.chunks ? use.note : newSignatureNote(lane, use);
}

unsigned TraceWriter::newSignatureNote(Lane& lane, MethodUse& use) {
  std::string text = signatureOf(*use.method);
  auto* stored = payload(lane, wordsFor(text.size() + 1));
  std::memcpy(stored, text.c_str(), text.size() + 1);
  use.chunk = lane.chunks;
  use.note = lane.next;
  seal(lane, {.kind = NewNote::kindOf(format::Note::SIGNATURE)}, List::bytes, stored, text.size() + 1);
  return use.note;
}

[[gnu::always_inline]] inline std::uint64_t TraceWriter::encode(Lane& lane, const ValueView& value) {
  switch (value.kind) {
    case ValueKind::number:
      if (!fitsPacked(value.number)) return packValue(ValueKind::stored, storedNote(lane, {reinterpret_cast<const char*>(&value.number), 8}));
      return packValue(ValueKind::number, value.number);
    case ValueKind::object: return packValue(ValueKind::object, value.number);
    case ValueKind::stored:
    case ValueKind::raw:
      if (value.bytes.size() > kLongestStored) return packValue(ValueKind::unreadable, 0);
      return packValue(value.kind, storedNote(lane, value.bytes));
    default: return packValue(value.kind, 0);
  }
}

namespace {
constexpr std::size_t kSignatureWords = 160;  // the longest signature, with its structure's fields
struct Need { unsigned notes; std::size_t words; };
Need needOf(std::span<const ValueView> values) {
  Need need{2, kSignatureWords + values.size()};
  for (const auto& v : values) {
    bool noted = v.kind == ValueKind::stored || v.kind == ValueKind::raw || (v.kind == ValueKind::number && !fitsPacked(v.number));
    need.notes += noted;
    need.words += noted ? wordsFor(std::max<std::size_t>(std::min(v.bytes.size(), kLongestStored), 8)) : 0;
  }
  return need;
}

// The values of a note as a change makes them.
class ChangedValues {
 public:
  ChangedValues(const TraceChange& change, const MethodInfo& method, bool output, std::span<const ValueView> values) : values_(values.begin(), values.end()) {
    for (std::size_t i = 0; i < values_.size(); ++i)
      if (!values_[i].bytes.empty())
        if (auto other = change.value(method, output, i, values_[i])) values_[i].bytes = bytes_.emplace_back(std::move(*other));
  }
  std::span<const ValueView> all() const { return values_; }

 private:
  std::vector<ValueView> values_;
  std::deque<std::string> bytes_;   // what they borrow from
};

// The packed values of one note: few, but for a call that fills an array.
class Packed {
 public:
  explicit Packed(std::size_t size) : size_(size) {
    if (size > std::size(few_)) many_.resize(size);
  }
  std::uint64_t* begin() { return many_.empty() ? few_ : many_.data(); }
  std::uint64_t* end() { return begin() + size_; }

 private:
  std::uint64_t few_[32];  // not cleared: this is made twice a call
  std::vector<std::uint64_t> many_;
  std::size_t size_;
};
}  // namespace

// The note of a call's begin or end, with its values; what these point to comes before it.
[[gnu::always_inline]] inline std::uint64_t TraceWriter::note(Lane& lane, NewNote note, std::span<const ValueView> values) {
  Packed packed(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) packed.begin()[i] = encode(lane, values[i]);
  auto* list = values.empty() ? nullptr : payload(lane, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) list[i] = packed.begin()[i];
  note.order = ++order_.value;
  if (!note.tick) note.tick = now();
  seal(lane, note, List::words, list, values.size() * 8);
  if (syncEachNote_) sync(lane);
  return note.order;
}

std::uint64_t TraceWriter::enter(const MethodInfo& method, std::uint32_t object, std::uint32_t nulls, std::span<const ValueView> inputs) noexcept {
  if (stopped() || finished_.load(std::memory_order_relaxed)) return 0;
  try {
    std::optional<ChangedValues> changed;
    if (change_) inputs = changed.emplace(*change_, method, false, inputs).all();
    Lane* lane = this->lane();
    Need need = needOf(inputs);
    if (!lane || !makeRoom(*lane, need.notes, need.words)) return 0;
    MethodUse& use = lane->use(method);
    auto kind = NewNote::kindOf(format::Note::ENTER, signatureNote(*lane, use));
    ++use.calls;
    return note(*lane, {.kind = kind, .object = object | std::uint64_t{nulls} << 32}, inputs);
  } catch (...) {
    stop("an error inside the recorder");
    return 0;
  }
}

void TraceWriter::leave(std::uint64_t call, const MethodInfo& method, std::uint32_t object, std::uint32_t result,
                        std::span<const ValueView> outputs) noexcept {
  std::uint64_t tick = now();
  if (!call || stopped() || finished_.load(std::memory_order_relaxed)) return;
  try {
    std::optional<ChangedValues> changed;
    if (change_) outputs = changed.emplace(*change_, method, true, outputs).all();
    Lane* lane = this->lane();
    Need need = needOf(outputs);
    if (!lane || !makeRoom(*lane, need.notes, need.words)) return;
    MethodUse& use = lane->use(method);
    auto kind = NewNote::kindOf(format::Note::LEAVE, signatureNote(*lane, use));
    if (method.returns == Returns::hresult && static_cast<HRESULT>(result) < 0) ++use.failed;
    note(*lane, {.kind = kind, .tick = tick, .object = object | std::uint64_t{result} << 32, .call = call}, outputs);
  } catch (...) {
    stop("an error inside the recorder");
  }
}

void TraceWriter::remark(RemarkKind kind, std::uint64_t about, std::string_view text, std::uint64_t further) noexcept {
  if (finished_.load(std::memory_order_relaxed) || (stopped() && kind != RemarkKind::stopped)) return;
  try {
    std::string changed;
    if (change_) text = changed = change_->remark(kind, text);
    Lane* lane = this->lane();
    if (!lane) return;
    if (kind == RemarkKind::stopped) {  // into the room that is kept for it
      if (!lane->window || lane->next >= lane->capacity) return;
      text = text.substr(0, std::min(text.size(), (std::min(kStopWords, lane->freeWords()) - 1) * 8));
    } else if (!makeRoom(*lane, 1, wordsFor(text.size() + 1))) return;
    auto* stored = payload(*lane, wordsFor(text.size() + 1));
    std::memcpy(stored, text.data(), text.size());
    std::uint64_t order = order_.value.fetch_add(1 + further) + 1;
    seal(*lane, {.kind = NewNote::kindOf(format::Note::REMARK, static_cast<unsigned>(kind)), .order = order, .tick = now(), .object = about, .call = further ? order + further : 0}, List::bytes,
         stored, text.size() + 1);
    if (syncEachNote_ && kind != RemarkKind::stopped) sync(*lane);
  } catch (...) {
    stop("an error inside the recorder");
  }
}

void TraceWriter::hold() noexcept {
  // A fresh window before the freeze: from here on the thread needs no new one for as long as it fits. openChunk() takes memory
  // instead of the file while held_ is set.
  Lane* lane = finished_ ? nullptr : this->lane();  // finished: also in a forked child, which must not touch the parent's file
  if (lane && !stopped() && held_.load(std::memory_order_relaxed) == 0) {
    try {
      std::size_t spare = std::min(kSpareWindow, 4 * window_);
      makeRoom(*lane, static_cast<unsigned>(spare / 8 / kNoteWords / 8), spare / 8 / 16);
      if (lane->window && !lane->inMemory)
        for (auto* at = reinterpret_cast<volatile char*>(lane->note(lane->next)); at < lane->window + lane->size; at += 4096)
          *at = *at;  // have the pages now, not on a frozen volume
    } catch (...) {
    }
  }
  ++held_;
}

void TraceWriter::release() noexcept {
  if (--held_ > 0 || finished_) return;
  try {
    bool lost;
    {
      std::lock_guard lock(mutex_);
      writeSpilled();
      lost = spilledLost_;
    }
    if (lost) stop(kSpilledLost);
    Lane* lane = this->lane();
    if (lane && lane->inMemory && lane->window && !stopped()) makeRoom(*lane, 0, 0);  // leaves memory for the file
  } catch (...) {
    stop("an error inside the recorder");
  }
}

void TraceWriter::stop(std::string_view reason) noexcept {
  if (stopped_.exchange(true)) return;
  remark(RemarkKind::stopped, 0, reason);
  try {
    auto beside = path_;
    beside += ".stopped.txt";
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    // By the same means as the trace: at a limit of file sizes an ordinary write would be a signal that ends the program.
    GrowingFile(beside, true).write("Recording stopped here, the program went on: " + std::string(reason) + "\n", 0);
  } catch (...) {
  }
}

bool TraceWriter::finish(Ending ending) noexcept {
  if (finished_.exchange(true)) return false;
  try {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (ending == Ending::processExit) {
      if (!lock.try_lock()) return false;
    } else {
      if (ending == Ending::threadsRun) std::this_thread::sleep_for(std::chrono::milliseconds(20));  // who has begun a note ends it meanwhile
      lock.lock();
    }
    bool all = ending == Ending::threadsDone || (ending == Ending::processExit && otherThreadsAreGoneAtExit());
    std::uint64_t self = currentThread();
    writeSpilled();
    // From the end of the file, so that a window that lies last gives back its rest.
    std::vector<Lane*> lanes;
    for (auto& lane : lanes_) lanes.push_back(lane.get());
    std::sort(lanes.begin(), lanes.end(), [](auto* a, auto* b) { return a->offset > b->offset; });
    for (auto* lane : lanes) {
      if (!lane->window) continue;
      if (all || lane->threadId == self || lane->inMemory) closeChunk(*lane);
      else
        closed_.push_back({lane->offset, static_cast<std::uint32_t>(lane->size / 8 - 1), lane->thread, lane->firstOrder, lane->next});
    }
    if (spilledLost_) stop(kSpilledLost);
    return writeFooter(end_);
  } catch (...) {
    return false;
  }
}

bool TraceWriter::writeFooter(std::uint64_t end) {
  if (copied_ && !copied_->footer) return file_.truncate(end);
  std::uint64_t calls = 0;
  for (auto& lane : lanes_)
    for (auto& use : lane->methods)
      if (use.method) {
        auto& [total, failed] = counts_->methods[signatureOf(*use.method)];
        total += use.calls;
        failed += use.failed;
        calls += use.calls;
      }
  capnp::MallocMessageBuilder message(1024 + static_cast<unsigned>(closed_.size()) * 5);
  auto f = message.initRoot<format::Block>().initFooter();
  f.setCalls(calls);
  f.setNotes(order_.value);
  f.setObjects(objects_);
  f.setThreads(threads_);
  if (copied_ && copied_->keepNumbers) {  // of what is lost as well
    const auto& was = *copied_->footer;
    f.setCalls(was.calls), f.setNotes(was.notes), f.setObjects(was.objects), f.setThreads(was.threads);
    counts_->methods.clear();
    for (const auto& method : was.methods) counts_->methods[method.signature] = {method.calls, method.failed};
  }
  if (copied_) f.setEndTick(copied_->footer->endTick), f.setEndTime(copied_->footer->endTime);
  else if (timed_) f.setEndTick(readTicks()), f.setEndTime(readTime());
  std::sort(closed_.begin(), closed_.end(), [](auto& a, auto& b) { return a.offset < b.offset; });
  closeFooter(f, closed_, counts_->methods);
  // Windows does not shorten a file that somebody reads by a mapping: then zeros follow the footer.
  file_.truncate(end);
  return file_.write(blockBytes(message), end);
}

}  // namespace vss
