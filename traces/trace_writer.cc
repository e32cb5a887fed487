#include "traces/trace_writer.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
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

// Which strings a chunk holds already. Full: later strings are simply stored again.
class StoredTexts {
 public:
  void clear() { std::memset(slots_, 0, sizeof slots_); used_ = 0; }
  struct Slot { const char* bytes; std::uint32_t size, hash; std::uint32_t note; };  // note: index + 1; 0: free
  Slot* find(std::string_view bytes, std::uint32_t hash) {
    for (std::size_t i = hash % kSlots;; i = (i + 1) % kSlots) {
      Slot& slot = slots_[i];
      if (!slot.note) return used_ < kSlots / 2 ? &slot : nullptr;
      if (slot.hash == hash && slot.size == bytes.size() && std::memcmp(slot.bytes, bytes.data(), bytes.size()) == 0) return &slot;
    }
  }
  void count() { ++used_; }

 private:
  static constexpr std::size_t kSlots = 512;
  Slot slots_[kSlots];
  std::size_t used_ = 0;
};

struct MethodUse {
  const MethodInfo* method = nullptr;
  std::uint32_t chunk = 0;           // the chunk in which `note` holds
  unsigned note = 0;
  std::uint64_t calls = 0, failed = 0;
};

}  // namespace

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
  std::optional<InPlaceMessage> message;
  capnp::List<format::Note>::Builder notes{nullptr};
  char* firstNote = nullptr;
  unsigned next = 0, capacity = 0;
  std::size_t usedWords = 0;         // of the segment
  std::uint64_t firstOrder = 0;

  std::uint32_t chunks = 0;          // so far
  StoredTexts texts;
  MethodUse methods[512];

  std::size_t freeWords() const { return size / 8 - 1 - usedWords; }
  char* segment() const { return window + 8; }
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
    : path_(path), file_(path, plain), timed_(origin.timed), id_(++writers), counts_(std::make_unique<Counts>()) {
  if (!file_.write(headerBytes(headerOf(origin)), 0)) throw TraceError(shownPath(path_) + ": cannot be written: " + file_.lastError());
  end_ = kHeaderWindow;
}

TraceWriter::TraceWriter(const std::filesystem::path& path, const TraceReader& original)
    : path_(path), file_(path), timed_(true), copied_(std::make_unique<Copied>()), id_(++writers), counts_(std::make_unique<Counts>()) {
  copied_->footer = original.footer();
  TraceHeader header = original.header();
  header.format = kFormat;
  if (!file_.write(headerBytes(header), 0)) throw TraceError(shownPath(path_) + ": cannot be written: " + file_.lastError());
  end_ = kHeaderWindow;
}

TraceWriter::~TraceWriter() { finish(Ending::threadsDone); }

void TraceWriter::at(std::uint32_t thread, std::uint64_t tick) noexcept {
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
  lane->thread = ++threads_;
  lane->threadId = id;
  lane->used = false;
  return lane;
}

std::size_t TraceWriter::lanes() const {
  std::lock_guard lock(mutex_);
  return lanes_.size();
}

// Room for a chunk that will hold so many notes, and payloadWords besides them. The mutex is held.
TraceWriter::Window TraceWriter::newWindow(const Lane& lane, unsigned notes, std::size_t payloadWords) {
  Window window{nullptr, 0, lane.used ? kWindow : kFirstWindow, held_.load(std::memory_order_relaxed) > 0};
  std::size_t words = std::max(payloadWords + kStopWords, (notes + 2) * kNoteWords);  // of which half are left for notes
  while ((window.size / 8 - kRootWords) / 4 < words && window.size < kLargestWindow) window.size *= 2;
  if (window.size >= kLargestWindow) return window;
  if (window.inMemory) {
    window.at = static_cast<char*>(std::calloc(1, window.size));
  } else {
    window.offset = end_;
    window.at = file_.openWindow(end_, window.size);
    if (window.at) end_ += window.size;
  }
  return window;
}

// false: the file does not take it.
bool TraceWriter::openChunk(Lane& lane, const Window& window, std::size_t payloadWords) {
  lane.window = window.at;
  lane.offset = window.offset;
  lane.size = window.size;
  lane.inMemory = window.inMemory;
  lane.used = true;

  // A chunk that was opened for one large value holds few notes; else two thirds of it are notes, one third what they point to.
  std::size_t words = lane.size / 8 - 1;
  lane.capacity = static_cast<unsigned>(std::min<std::size_t>((words - kRootWords - payloadWords - kStopWords) * 5 / 8 / kNoteWords, 0x8000));
  std::uint32_t frame[2] = {0, static_cast<std::uint32_t>(words)};
  lane.message.emplace(kj::arrayPtr(reinterpret_cast<capnp::word*>(lane.segment()), words));
  auto chunk = lane.message->initRoot<format::Block>().initChunk();
  chunk.setThread(lane.thread);
  if (timed_) chunk.setThreadId(lane.threadId);
  lane.firstOrder = order_.load() + 1;
  chunk.setFirstOrder(lane.firstOrder);
  chunk.setCrc(chunkCrc(chunk.asReader()));
  lane.notes = chunk.initNotes(lane.capacity);
  lane.firstNote = reinterpret_cast<char*>(const_cast<kj::byte*>(capnp::AnyStruct::Reader(lane.notes[0].asReader()).getDataSection().begin()));
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::memcpy(lane.window, frame, 8);  // last: from now on a reader looks inside
  lane.next = 0;
  lane.usedWords = lane.message->getSegmentsForOutput()[0].size();
  ++lane.chunks;
  lane.texts.clear();
  return lane.inMemory || file_.commit(lane.window, lane.offset, static_cast<std::size_t>(lane.firstNote - lane.window));
}

// Trims the list of notes to those that were made. The mutex is held.
void TraceWriter::closeChunk(Lane& lane) {
  if (!lane.window) return;
  // What needs memory comes first: a window that is gone may not stay the lane's.
  if (closed_.size() == closed_.capacity()) closed_.reserve(2 * closed_.size() + 16);
  // The thread may have been ended between sealing a note and counting it.
  if (lane.next < lane.capacity && lane.notes[lane.next].getCrc()) ++lane.next;
  lane.usedWords = lane.message->getSegmentsForOutput()[0].size();
  // The tag before the first note counts the notes, the pointer to the list counts its words; the tag first, so that the list
  // never claims more than the pointer does.
  auto* tag = reinterpret_cast<std::uint64_t*>(lane.firstNote) - 1;
  *tag = (*tag & ~0xFFFFFFFFull) | static_cast<std::uint64_t>(lane.next) << 2;
  auto* list = reinterpret_cast<std::uint64_t*>(lane.segment()) + 1 /* root */ + 2 /* Block */ + 3 /* Chunk's data */;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  *list = (*list & 0x7FFFFFFFFull) | static_cast<std::uint64_t>(lane.next * kNoteWords) << 35;

  std::size_t keep = lane.size;
  if (lane.inMemory) {
    spilled_.push_back({lane.window, 8 + lane.usedWords * 8, {0, 0, lane.thread, lane.firstOrder, lane.next}});
    if (held_.load(std::memory_order_relaxed) == 0 || finished_) writeSpilled();
    lane.window = nullptr;
    lane.message.reset();
    return;
  } else {
    file_.commit(lane.window, lane.offset, static_cast<std::size_t>(lane.firstNote - lane.window));
    if (lane.offset + lane.size == end_ && finished_) {
      // The last window of the file: give back what was not used.
      keep = 8 + lane.usedWords * 8;
      std::uint32_t frame[2] = {0, static_cast<std::uint32_t>(lane.usedWords)};
      std::memcpy(lane.window, frame, 8);
      file_.commit(lane.window, lane.offset, 8);
      end_ = lane.offset + keep;
    }
    file_.closeWindow(lane.window, lane.offset, lane.size);
  }
  closed_.push_back({lane.offset, static_cast<std::uint32_t>(keep / 8 - 1), lane.thread, lane.firstOrder, lane.next});
  lane.window = nullptr;
  lane.message.reset();
}

// Chunks that were made while the file must not grow come into it now. The mutex is held.
void TraceWriter::writeSpilled() {
  closed_.reserve(closed_.size() + spilled_.size());
  for (auto& [memory, bytes, chunk] : spilled_) {
    std::size_t keep = roundUp(bytes, kWindowUnit);
    chunk.offset = end_;
    chunk.words = static_cast<std::uint32_t>(keep / 8 - 1);
    std::uint32_t frame[2] = {0, chunk.words};
    std::memcpy(memory, frame, 8);
    if (file_.write({memory, bytes}, end_)) {
      end_ += keep;
      closed_.push_back(chunk);
    } else spilledLost_ = true;
    std::free(memory);
  }
  spilled_.clear();
}

bool TraceWriter::makeRoom(Lane& lane, unsigned notes, std::size_t payloadWords) {
  bool here = lane.window && lane.next + notes + 1 <= lane.capacity && payloadWords + kStopWords <= lane.freeWords() &&
              !(lane.inMemory && held_.load(std::memory_order_relaxed) == 0);
  if (here) return true;
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
        if (lane.window == window.at) {  // no memory for the message: the lane has no chunk, not half of one
          lane.window = nullptr;
          lane.message.reset();
        }
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

namespace {

// A note in the making: fills in, then seals it with its checksum.
struct OpenNote {
  format::Note::Builder note;
  char* slot;
  void seal(const void* payload, std::size_t size) {
    Crc32c crc;
    addFields<format::Note>(crc, kj::arrayPtr(reinterpret_cast<const kj::byte*>(slot), kNoteDataBytes));
    crc.add(payload, size);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // a process that dies before this line leaves a note that no reader takes
    note.setCrc(crc.value());
  }
};

}  // namespace

#define VSS_OPEN_NOTE(lane) OpenNote open{(lane).notes[(lane).next], (lane).firstNote + (lane).next * kNoteWords * 8}
#define VSS_SEAL_NOTE(lane, payload, bytes, words)                                                              \
  do {                                                                                                          \
    open.seal(payload, bytes);                                                                                  \
    (lane).usedWords += (words);                                                                                \
    ++(lane).next;                                                                                              \
    if (file_.plain() && !(lane).inMemory && !commitNote(file_, (lane).offset, (lane).window, open.slot, payload, (words) * 8))  \
      stop("a note could not be written: " + file_.lastError());                                                \
  } while (false)

namespace {
// What a note points to before the note, so that a note in the file is whole.
bool commitNote(GrowingFile& file, std::uint64_t offset, const char* window, const char* slot, const void* payload, std::size_t size) {
  auto place = [&](const void* at) { return offset + static_cast<std::uint64_t>(static_cast<const char*>(at) - window); };
  return (!size || file.commit(static_cast<const char*>(payload), place(payload), size)) && file.commit(slot, place(slot), kNoteWords * 8);
}
}  // namespace

unsigned TraceWriter::storedNote(Lane& lane, std::string_view bytes) {
  if (!bytes.data()) bytes = "";
  Crc32c hash;
  hash.add(bytes.data(), bytes.size());
  auto* slot = lane.texts.find(bytes, hash.value());
  if (slot && slot->note) return slot->note - 1;
  VSS_OPEN_NOTE(lane);
  auto data = open.note.initText(static_cast<unsigned>(bytes.size()));
  std::memcpy(data.begin(), bytes.data(), bytes.size());
  if (slot) {
    *slot = {reinterpret_cast<const char*>(data.begin()), static_cast<std::uint32_t>(bytes.size()), hash.value(), lane.next + 1};
    lane.texts.count();
  }
  VSS_SEAL_NOTE(lane, data.begin(), bytes.size(), wordsFor(bytes.size()));
  return lane.next - 1;
}

unsigned TraceWriter::signatureNote(Lane& lane, const MethodInfo& method) {
  MethodUse& use = lane.use(method);
  if (use.chunk == lane.chunks) return use.note;
  std::string text = signatureOf(method);
  use.chunk = lane.chunks;
  use.note = lane.next;
  VSS_OPEN_NOTE(lane);
  auto stored = open.note.initSignature(static_cast<unsigned>(text.size()));
  std::memcpy(stored.begin(), text.data(), text.size());
  VSS_SEAL_NOTE(lane, stored.begin(), text.size() + 1, wordsFor(text.size() + 1));
  return use.note;
}

std::uint64_t TraceWriter::encode(Lane& lane, const ValueView& value) {
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

std::uint64_t TraceWriter::enter(const MethodInfo& method, std::uint32_t object, std::uint32_t nulls, std::span<const ValueView> inputs) noexcept {
  if (stopped() || finished_.load(std::memory_order_relaxed)) return 0;
  try {
    Lane* lane = this->lane();
    Need need = needOf(inputs);
    if (!lane || !makeRoom(*lane, need.notes, need.words)) return 0;
    unsigned signature = signatureNote(*lane, method);
    Packed packed(inputs.size());
    std::transform(inputs.begin(), inputs.end(), packed.begin(), [&](const ValueView& value) { return encode(*lane, value); });
    ++lane->use(method).calls;

    VSS_OPEN_NOTE(*lane);
    std::uint64_t order = ++order_;
    open.note.setOrder(order);
    auto note = open.note.initEnter();
    note.setSignature(static_cast<std::uint16_t>(signature));
    note.setObject(object);
    note.setNulls(nulls);
    const void* payload = nullptr;
    if (!inputs.empty()) {
      auto values = note.initValues(static_cast<unsigned>(inputs.size()));
      for (unsigned i = 0; i < inputs.size(); ++i) values.set(i, packed.begin()[i]);
      payload = lane->segment() + lane->usedWords * 8;
    }
    open.note.setTick(now());
    VSS_SEAL_NOTE(*lane, payload, inputs.size() * 8, inputs.size());
    return order;
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
    Lane* lane = this->lane();
    Need need = needOf(outputs);
    if (!lane || !makeRoom(*lane, need.notes, need.words)) return;
    unsigned signature = signatureNote(*lane, method);
    Packed packed(outputs.size());
    std::transform(outputs.begin(), outputs.end(), packed.begin(), [&](const ValueView& value) { return encode(*lane, value); });
    if (method.returns == Returns::hresult && static_cast<HRESULT>(result) < 0) ++lane->use(method).failed;

    VSS_OPEN_NOTE(*lane);
    open.note.setOrder(++order_);
    open.note.setTick(tick);
    auto note = open.note.initLeave();
    note.setSignature(static_cast<std::uint16_t>(signature));
    note.setObject(object);
    note.setResult(result);
    note.setCall(call);
    const void* payload = nullptr;
    if (!outputs.empty()) {
      auto values = note.initValues(static_cast<unsigned>(outputs.size()));
      for (unsigned i = 0; i < outputs.size(); ++i) values.set(i, packed.begin()[i]);
      payload = lane->segment() + lane->usedWords * 8;
    }
    VSS_SEAL_NOTE(*lane, payload, outputs.size() * 8, outputs.size());
  } catch (...) {
    stop("an error inside the recorder");
  }
}

void TraceWriter::remark(RemarkKind kind, std::uint64_t about, std::string_view text) noexcept {
  if (finished_.load(std::memory_order_relaxed) || (stopped() && kind != RemarkKind::stopped)) return;
  try {
    Lane* lane = this->lane();
    if (!lane) return;
    if (kind == RemarkKind::stopped) {  // into the room that is kept for it
      if (!lane->window || lane->next >= lane->capacity) return;
      text = text.substr(0, std::min(text.size(), (std::min(kStopWords, lane->freeWords()) - 1) * 8));
    } else if (!makeRoom(*lane, 1, wordsFor(text.size() + 1))) return;
    VSS_OPEN_NOTE(*lane);
    open.note.setOrder(++order_);
    open.note.setTick(now());
    auto note = open.note.initRemark();
    note.setKind(static_cast<std::uint16_t>(kind));
    note.setAbout(about);
    auto stored = note.initText(static_cast<unsigned>(text.size()));
    std::memcpy(stored.begin(), text.data(), text.size());
    VSS_SEAL_NOTE(*lane, stored.begin(), text.size() + 1, wordsFor(text.size() + 1));
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
      makeRoom(*lane, kSpareWindow / 8 / kNoteWords / 8, kSpareWindow / 8 / 16);
      if (lane->window && !lane->inMemory)
        for (std::size_t i = lane->usedWords * 8; i + 8 < lane->size; i += 4096)  // have the pages now, not on a frozen volume
          reinterpret_cast<volatile char*>(lane->segment())[i] = reinterpret_cast<volatile char*>(lane->segment())[i];
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
  f.setNotes(order_);
  f.setObjects(objects_);
  f.setThreads(threads_);
  if (copied_) f.setEndTick(copied_->footer->endTick), f.setEndTime(copied_->footer->endTime);
  else if (timed_) f.setEndTick(readTicks()), f.setEndTime(readTime());
  std::sort(closed_.begin(), closed_.end(), [](auto& a, auto& b) { return a.offset < b.offset; });
  auto places = f.initChunks(static_cast<unsigned>(closed_.size()));
  for (unsigned i = 0; i < closed_.size(); ++i) {
    places[i].setOffset(closed_[i].offset);
    places[i].setWords(closed_[i].words);
    places[i].setThread(closed_[i].thread);
    places[i].setFirstOrder(closed_[i].firstOrder);
    places[i].setNotes(closed_[i].notes);
  }
  auto methods = f.initMethods(static_cast<unsigned>(counts_->methods.size()));
  unsigned i = 0;
  for (auto& [signature, count] : counts_->methods) {
    methods[i].setSignature(signature);
    methods[i].setCalls(count.first);
    methods[i++].setFailed(count.second);
  }
  f.setCrc(footerCrc(f.asReader()));
  // One segment, so that every block of a trace looks alike.
  capnp::MallocMessageBuilder flat(static_cast<unsigned>(message.sizeInWords() + 8));
  flat.setRoot(message.getRoot<format::Block>().asReader());
  auto words = capnp::messageToFlatArray(flat);
  auto bytes = words.asBytes();
  // Windows does not shorten a file that somebody reads by a mapping: then zeros follow the footer.
  file_.truncate(end);
  return file_.write({reinterpret_cast<const char*>(bytes.begin()), bytes.size()}, end);
}

}  // namespace vss
