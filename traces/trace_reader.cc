#include "traces/trace_reader.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include "traces/note_format.h"
#include "traces/platform.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

constexpr std::size_t kMaxProblems = 1000;  // more are not kept: the file is a ruin

// Reads one message at a place of the file. What a reader may be led to read is limited to a small multiple of the message (3 of the
// 4 words that FORMAT.md §7 allows, one is for what is read by the fields' places), and nothing in a trace nests deeper than 8.
capnp::ReaderOptions limits(std::uint64_t words) {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = words * 3 + 512;
  options.nestingLimit = 8;
  return options;
}

std::string_view view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
std::string_view view(capnp::Data::Reader data) { return {reinterpret_cast<const char*>(data.begin()), data.size()}; }

// While it lives, what is thrown about a damaged message carries no stack trace: nobody looks at it, and it costs more than all the rest of
// reading a file that somebody filled with damage.
class NoStackTraces final : public kj::ExceptionCallback {
 public:
  StackTraceMode stackTraceMode() override { return StackTraceMode::NONE; }
};

enum NoteKind : std::uint16_t { kHole, kSignature, kText, kEnter, kLeave, kRemark };  // at byte 20 of a note: FORMAT.md §3

std::string reason(const kj::Exception& e) { return oneLine(e.getDescription().cStr()); }  // it may quote bytes of the file

}  // namespace

// A block that the end of the file cuts, with zeros for what is missing. The zeros cost address space, not memory, so that a
// frame that claims a gigabyte costs nothing.
class TraceReader::CutCopy {
 public:
  CutCopy(std::string_view there, std::uint64_t words) : memory_(std::calloc(words, 8)), words_(memory_ ? words : 0) {
    if (memory_) std::memcpy(memory_, there.data(), there.size());
  }
  CutCopy(const CutCopy&) = delete;
  CutCopy& operator=(const CutCopy&) = delete;
  ~CutCopy() { std::free(memory_); }
  kj::ArrayPtr<const capnp::word> segment() const { return kj::arrayPtr(static_cast<const capnp::word*>(memory_), words_); }

 private:
  void* memory_;
  std::uint64_t words_;
};

// The way through one chunk.
struct TraceReader::OpenChunk {
  const Chunk* chunk = nullptr;
  std::unique_ptr<capnp::SegmentArrayMessageReader> message;
  kj::ArrayPtr<const capnp::word> segment;
  std::vector<std::uint64_t> copy;                     // TraceReach::live: what segment is
  bool cut = false;                                    // by the file's end
  capnp::List<format::Note>::Reader notes;
  // Where the notes lie if they are as FORMAT.md §3 has them; nullptr: Cap'n Proto reads them.
  const std::uint64_t* asWritten = nullptr;
  std::uint64_t budget = 0;                            // words that may be followed
  unsigned next = 0;
  std::vector<std::string_view> stored;                // by index of the note, up to the last that is there
  std::vector<const Signature*> signatures;
  NoteView note{};
  std::vector<ValueView> values;                       // of `note` and those before: never made smaller
  bool unknown = false;                                // of `note` the order is known, nothing else

  template <class T> static void put(std::vector<T>& list, std::size_t index, T value) {
    if (list.size() <= index) list.resize(index + 1);
    list[index] = value;
  }
  template <class T> static T at(const std::vector<T>& list, std::size_t index) { return index < list.size() ? list[index] : T(); }

  // Of two notes with the same number the one that stands before in the file is first, and the other is the one too many.
  static bool later(const std::unique_ptr<OpenChunk>& a, const std::unique_ptr<OpenChunk>& b) {
    return a->note.order != b->note.order ? a->note.order > b->note.order : a->chunk->offset > b->chunk->offset;
  }
};

TraceReader::~TraceReader() = default;

TraceReader::TraceReader(const std::filesystem::path& path, NoteReading reading, TraceReach reach) : path_(path), reading_(reading), file_(path) {
  auto bytes = file_.bytes();
  std::string name = shownPath(path);
  if (bytes.empty()) throw TraceError(name + ": is empty; a trace starts with a header");
  std::uint64_t magic = 0;
  if (bytes.size() >= 40) std::memcpy(&magic, bytes.data() + 32, 8);
  if (magic != format::MAGIC)
    throw TraceError(name + ": is not a trace (no SHADTAPE at byte 32); a pasted listing becomes one by `shadowtape import`");
  live_ = reach == TraceReach::live;
  if (reach != TraceReach::end || !file_.damage().empty() || !findEnd()) findBlocks();
  if (!headerFound_) throw TraceError(name + ": the header is damaged: " + (problems_.empty() ? "" : problems_[0].text));
  if (header_.format > kFormat)
    throw TraceError(name + ": has format " + std::to_string(header_.format) + ", made by " + oneLine(header_.tool) + "; this shadowtape reads up to " +
                     std::to_string(kFormat) + ": use a newer one");
  ticksPerSecond_ = header_.ticksPerSecond ? static_cast<double>(header_.ticksPerSecond) : 1;
  if (footer_ && footer_->endTime > header_.startTime && footer_->endTick > header_.startTick && header_.startTime &&
      static_cast<std::uint64_t>(footer_->endTime) - static_cast<std::uint64_t>(header_.startTime) > 10'000'000)
    ticksPerSecond_ = static_cast<double>(footer_->endTick - header_.startTick) * 1e9 /
                      static_cast<double>(static_cast<std::uint64_t>(footer_->endTime) - static_cast<std::uint64_t>(header_.startTime));
  std::stable_sort(chunks_.begin(), chunks_.end(), [](auto& a, auto& b) { return a.firstOrder < b.firstOrder; });
  readingNotes_ = true;
  rewind();
  NoStackTraces quick;
  openDueChunks();
  if (open_.empty() && !footer_) throw TraceError(name + ": holds not one readable note" + (problems_.empty() ? "" : ": " + problems_[0].text));
}

namespace {
bool isZero(std::string_view bytes) { return bytes.find_first_not_of('\0') == bytes.npos; }
// The writer makes a chunk's head, then its frame, then notes: a process that ends before the frame leaves a head, and no note is lost.
bool isBegunChunk(std::string_view unit) { return isZero(unit.substr(0, 8)) && isZero(unit.substr(std::min(unit.size(), kFirstNote))); }
}  // namespace

void TraceReader::findBlocks() {
  NoStackTraces quick;
  for (const auto& damage : file_.damage()) problem(damage.offset, damage.why);
  auto unpacked = file_.damage().begin();
  auto bytes = file_.bytes();
  std::uint64_t lost = 0;  // start of a stretch in which nothing was found; 0: none
  std::uint64_t reached = 0;   // end of the last block
  for (std::uint64_t offset = 0; offset + 16 <= bytes.size();) {
    bool ended = footer_.has_value();
    std::uint64_t size = readBlock(offset);
    if (size && ended) problem(offset, "something follows the footer");
    if (size && lost) problem(lost, "no block of a trace up to byte " + std::to_string(offset)), lost = 0;
    if (size) {
      reached = offset += size;
      continue;
    }
    // Nothing here: room that was allocated and not used, a chunk that was begun when the process ended, or damage. Chunks start at
    // multiples of kWindowUnit.
    auto here = bytes.substr(offset, kWindowUnit);
    if (!lost && !isZero(here.substr(0, 16)) && !isBegunChunk(here)) {
      if (std::uint64_t begun = begunMeanwhile(reached); reached + begun > offset) {
        reached = offset = reached + begun;
        continue;
      }
      lost = offset;
    }
    while (unpacked != file_.damage().end() && unpacked->offset + unpacked->size <= offset) ++unpacked;
    bool isDamage = unpacked != file_.damage().end() && offset >= unpacked->offset && unpacked->size;
    offset = isDamage ? unpacked->offset + unpacked->size : offset / kWindowUnit * kWindowUnit + kWindowUnit;   // a frame ends where a block does
  }
  if (lost) problem(lost, "no block of a trace from here to the end of the file");
}

// The footer from behind, and the chunks that it names, the oldest left out. false: there is none, and nothing was found.
bool TraceReader::findEnd() {
  NoStackTraces quick;
  auto bytes = file_.bytes();
  constexpr std::size_t kFurthest = 64 << 20, kNotes = 512 << 10;  // a footer of two million chunks; about so many bytes of notes
  std::size_t end = bytes.size(), least = end - std::min(end, kFurthest);
  while (end > least && !bytes[end - 1]) --end;
  quiet_ = onlyEnd_ = true;
  int tries = 16;  // of what looks like a footer: it is the first, or this is no trace for a quick look
  for (std::size_t offset = end / 8 * 8; offset >= least + 8 && offset > kHeaderWindow && !footer_ && tries; offset -= 8) {
    std::uint64_t head[3];  // frame, root, kind of block: as FORMAT.md §1 and §11 have them
    if (offset + sizeof head > bytes.size()) continue;
    std::memcpy(head, bytes.data() + offset, sizeof head);
    std::uint64_t size = 8 + (head[0] >> 32) * 8;
    bool may = !static_cast<std::uint32_t>(head[0]) && static_cast<std::uint16_t>(head[2]) == format::Block::FOOTER && offset + size >= end && offset + size <= bytes.size();
    if (may && tries-- && readBlock(offset) && footer_) endOfNotes_ = offset;
  }
  quiet_ = false;
  if (footer_) readBlock(0);
  // Whoever names a chunk a million times would have it read as often.
  std::sort(chunks_.begin(), chunks_.end(), [](auto& a, auto& b) { return a.offset < b.offset; });
  std::uint64_t reached = kHeaderWindow;
  auto isThere = [&](const Chunk& chunk) {
    bool there = chunk.offset % 8 == 0 && chunk.offset >= reached && chunk.offset <= endOfNotes_ && 8 + std::uint64_t{chunk.words} * 8 <= endOfNotes_ - chunk.offset;
    reached = chunk.offset + 8 + std::uint64_t{chunk.words} * 8;
    return there;
  };
  bool good = footer_ && headerFound_ && std::all_of(chunks_.begin(), chunks_.end(), isThere);
  if (good) {
    // A thread's chunk has notes up to the next one of the same thread.
    std::sort(chunks_.begin(), chunks_.end(), [](auto& a, auto& b) { return a.firstOrder > b.firstOrder; });
    std::uint64_t from = 0, size = 0;
    for (const auto& chunk : chunks_)
      if ((size += chunk.words * std::uint64_t{8}) >= kNotes) {
        from = chunk.firstOrder;
        break;
      }
    std::map<std::uint32_t, std::uint64_t> until;  // by thread: of the chunk before
    std::erase_if(chunks_, [&](const Chunk& chunk) {
      auto [at, isLast] = until.try_emplace(chunk.thread, chunk.firstOrder);
      return !isLast && std::exchange(at->second, chunk.firstOrder) <= from;
    });
    readsFrom_ = from;
    return true;
  }
  chunks_.clear();
  problems_.clear();
  footer_.reset();
  headerFound_ = onlyEnd_ = false;
  unknownBlocks_ = endOfNotes_ = 0;
  return false;
}

std::uint64_t TraceReader::readBlock(std::uint64_t offset) {
  auto bytes = file_.bytes();
  std::uint32_t frame[2];
  std::memcpy(frame, bytes.data() + offset, 8);
  if (offset == 0 && (frame[0] != 0 || frame[1] != kHeaderWindow / 8 - 1)) {
    problem(0, "the header's frame is damaged");
    frame[0] = 0, frame[1] = kHeaderWindow / 8 - 1;
  }
  std::uint64_t words = frame[1], size = 8 + words * 8;
  if (frame[0] != 0 || words < 4 || size > kLargestWindow || offset % 8) return 0;
  std::uint64_t there = std::min<std::uint64_t>(size, bytes.size() - offset);
  try {
    kj::ArrayPtr<const capnp::word> segment(reinterpret_cast<const capnp::word*>(bytes.data() + offset + 8), (there - 8) / 8);
    kj::ArrayPtr<const capnp::word> segments[] = {segment};
    if (there < size) {
      cut_ = std::make_unique<CutCopy>(bytes.substr(offset + 8), words);
      segments[0] = cut_->segment();
    }
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(segments, 1), limits(words));
    auto block = message.getRoot<format::Block>();
    switch (block.which()) {
      case format::Block::HEADER: {
        auto h = block.getHeader();
        if (offset || h.getMagic() != format::MAGIC) return 0;
        if (h.getFormat() <= kFormat && h.getCrc() != headerCrc(h)) problem(offset, "the header does not match its checksum");
        headerFound_ = true;
        header_ = {h.getFormat(), h.getSemantics(), static_cast<Origin>(h.getOrigin()), std::string(view(h.getTool())),
                   std::string(view(h.getPlatform())), std::string(view(h.getProcess())), std::string(view(h.getTarget())), h.getProcessId(),
                   h.getWordSize(), h.getTicksPerSecond(), h.getStartTick(), h.getStartTime()};
        break;
      }
      case format::Block::CHUNK: {
        auto c = block.getChunk();
        if (c.getCrc() != chunkCrc(c)) {
          problem(offset, "the head of a chunk does not match its checksum; its notes are lost");
          return size;
        }
        chunks_.push_back({offset, static_cast<std::uint32_t>(words), c.getThread(), c.getFirstOrder()});
        endOfNotes_ = offset + there;
        break;
      }
      case format::Block::FOOTER: {
        auto f = block.getFooter();
        if (there < size || f.getCrc() != footerCrc(f)) {
          problem(offset, "the footer does not match its checksum");
          return size;
        }
        readFooter(offset, f);
        break;
      }
      default: ++unknownBlocks_;
    }
    return size;
  } catch (const kj::Exception& e) {
    problem(offset, "a block cannot be read: " + reason(e));
    return 0;
  }
}

// Holds the footer's index against what was found. chunks_ still lies in the order of the file.
void TraceReader::readFooter(std::uint64_t offset, format::Footer::Reader footer) {
  footer_ = TraceFooter{footer.getCalls(), footer.getNotes(), footer.getObjects(), footer.getThreads(), footer.getEndTick(), footer.getEndTime(), 0, {}};
  auto places = footer.getChunks();
  footer_->chunks = places.size();
  for (auto method : footer.getMethods()) footer_->methods.push_back({std::string(view(method.getSignature())), method.getCalls(), method.getFailed()});
  if (onlyEnd_) {
    for (auto place : places) chunks_.push_back({place.getOffset(), place.getWords(), place.getThread(), place.getFirstOrder()});
    return;
  }
  std::uint64_t missing = 0;
  for (auto place : places) {
    auto found = std::lower_bound(chunks_.begin(), chunks_.end(), place.getOffset(), [](auto& chunk, auto at) { return chunk.offset < at; });
    if (found == chunks_.end() || found->offset != place.getOffset()) ++missing;
    else if (found->words != place.getWords()) problem(found->offset, "a chunk is not as long as the footer says");
  }
  if (missing) problem(offset, std::to_string(missing) + " chunks that the footer names are not readable");
}

void TraceReader::problem(std::uint64_t offset, std::string text) {
  if (quiet_) return;
  if (readingNotes_) {
    if (met_++ < told_) return;
    told_ = met_;
  }
  if (problems_.size() < kMaxProblems) problems_.push_back({offset, std::move(text)});
  else if (problems_.size() == kMaxProblems) problems_.push_back({offset, "more damage is not told"});
}

const Signature* TraceReader::signature(std::string_view text) {
  auto found = signatures_.find(text);
  if (found == signatures_.end()) {
    auto parsed = parseSignature(text);
    auto entry = parsed ? std::make_unique<Signature>(std::move(*parsed)) : nullptr;
    if (entry) entry->number = static_cast<std::uint32_t>(signatures_.size() + 1);
    found = signatures_.emplace(std::string(text), std::move(entry)).first;
  }
  return found->second.get();
}

void TraceReader::rewind() {
  open_.clear();
  nextChunk_ = 0;
  nextDue_ = 0;
  given_ = false;
  resumed_ = 0;
  met_ = 0;
  lost_ = toldLost_ = unfinished_ = unknown_ = lastOrder_ = 0;
}

void TraceReader::only(std::vector<bool> calls) {
  only_ = std::move(calls);
  rewind();
}

void TraceReader::letGo() {
  open_.clear();
  given_ = false;
  again_.clear();
  readBehind_ = 0;
  file_ = TraceFile();
}

void TraceReader::lookAgain(bool waitForGaps) {
  letGo();
  growing_ = true, waitForGaps_ = waitForGaps;
  resumed_ = lastOrder_;
  chunks_.clear(), problems_.clear(), footer_.reset();
  nextChunk_ = nextDue_ = met_ = told_ = unfinished_ = unknownBlocks_ = 0;
  cut_.reset();
  readingNotes_ = false;
  file_ = TraceFile(path_);
  findBlocks();
  std::stable_sort(chunks_.begin(), chunks_.end(), [](auto& a, auto& b) { return a.firstOrder < b.firstOrder; });
  readingNotes_ = true;
  // A chunk is through when its thread's next one begins before the place that was reached.
  std::map<std::uint32_t, std::uint64_t> following;
  std::vector<Chunk> left;
  for (auto chunk = chunks_.rbegin(); chunk != chunks_.rend(); ++chunk) {
    auto [next, last] = following.emplace(chunk->thread, chunk->firstOrder);
    if (last || next->second > resumed_ + 1) left.push_back(*chunk);
    next->second = chunk->firstOrder;
  }
  chunks_.assign(left.rbegin(), left.rend());
}

bool TraceReader::isOneOf(const NoteView& note) const {
  std::uint64_t call = note.type == NoteType::enter ? note.order : note.call;
  return call >= only_.size() || only_[call] || (note.type == NoteType::remark && !note.call);
}

// A chunk says that no note in it is older than its first order, so it is opened when the notes before are through.
void TraceReader::openDueChunks() {
  while (nextChunk_ < chunks_.size() && (open_.empty() || chunks_[nextChunk_].firstOrder <= open_.front()->note.order)) {
    auto chunk = std::make_unique<OpenChunk>();
    chunk->chunk = &chunks_[nextChunk_++];
    nextDue_ = nextChunk_ < chunks_.size() ? chunks_[nextChunk_].firstOrder : UINT64_MAX;
    if (!open(*chunk) || !advance(*chunk)) continue;
    open_.push_back(std::move(chunk));
    std::push_heap(open_.begin(), open_.end(), OpenChunk::later);
  }
}

const NoteView* TraceReader::next() {
  for (;;) {
    if (std::exchange(given_, false)) {
      bool more = advance(*open_.front());
      // A thread often makes several notes before the next one does.
      bool inFront = more;
      for (std::size_t child = 1; child < 3 && child < open_.size(); ++child) inFront = inFront && !OpenChunk::later(open_.front(), open_[child]);
      if (!inFront) {
        std::pop_heap(open_.begin(), open_.end(), OpenChunk::later);
        if (more) std::push_heap(open_.begin(), open_.end(), OpenChunk::later);
        else open_.pop_back();
      }
    }
    if (open_.empty() || nextDue_ <= open_.front()->note.order) openDueChunks();
    if (open_.empty()) {
      if (footer_ && footer_->notes > lastOrder_) lost_ += footer_->notes - lastOrder_, lastOrder_ = footer_->notes;
      return nullptr;
    }
    OpenChunk& chunk = *open_.front();
    std::uint64_t order = chunk.note.order;
    if (waitForGaps_ && order > lastOrder_ + 1 && !footer_) return nullptr;
    given_ = true;
    if (order <= resumed_) continue;
    if (order <= lastOrder_) {
      problem(chunk.chunk->offset, "a note of this chunk has number " + std::to_string(order) + ", which stands before; it is skipped");
      continue;
    }
    lost_ += order - lastOrder_ - 1, lastOrder_ = order;
    if (!chunk.unknown && chunk.note.type == NoteType::remark && chunk.note.remarkKind == RemarkKind::lost) {
      std::uint64_t told = std::max(chunk.note.last, order) - order + 1;  // its own number is one of those that it stands for
      lost_ += told, toldLost_ += told, lastOrder_ += told - 1;
    }
    if (chunk.unknown) ++unknown_;
    else if (isWanted(chunk.note)) return &chunk.note;
  }
}

bool TraceReader::open(OpenChunk& open) {
  auto [segment, there] = segmentOf(*open.chunk);
  open.segment = kj::arrayPtr(reinterpret_cast<const capnp::word*>(segment), there);
  open.cut = there < open.chunk->words;
  if (open.cut) open.segment = cut_->segment();
  else if (live_ && !copyWhole(open)) return false;
  NoStackTraces quick;
  try {
    open.message = std::make_unique<capnp::SegmentArrayMessageReader>(kj::arrayPtr(&open.segment, 1), limits(open.chunk->words));
    open.notes = open.message->getRoot<format::Block>().getChunk().getNotes();
    if (open.cut || !open.notes.size()) return true;
    capnp::AnyStruct::Reader first(open.notes[0]);
    bool ours = first.getDataSection().size() == kNoteDataBytes && first.getPointerSection().size() == 1;
    auto* words = reinterpret_cast<const std::uint64_t*>(first.getDataSection().begin());
    ours = ours && words == reinterpret_cast<const std::uint64_t*>(open.segment.begin()) + kHeadWords;
    if (ours && !footer_ && !live_ && readBehind(*open.chunk)) return this->open(open);
    if (ours && reading_ == NoteReading::byPlace) open.asWritten = words;
    open.budget = open.chunk->words;
  } catch (const kj::Exception& e) {
    problem(open.chunk->offset, "the notes of a chunk cannot be read: " + reason(e));
    return false;
  }
  return true;
}

// A chunk's segment, as far as the file has it.
std::pair<const std::uint64_t*, std::size_t> TraceReader::segmentOf(const Chunk& chunk) const {
  if (auto again = again_.find(chunk.offset); again != again_.end()) return {again->second.data(), again->second.size()};
  auto bytes = file_.bytes();
  return {reinterpret_cast<const std::uint64_t*>(bytes.data() + chunk.offset + 8), std::min<std::uint64_t>(chunk.words, (bytes.size() - chunk.offset - 8) / 8)};
}

bool TraceReader::readFile(std::uint64_t offset, void* to, std::size_t bytes) const {
  std::ifstream file;
  file.rdbuf()->pubsetbuf(nullptr, 0);   // looks at the file, and no further than is asked
  file.open(path_, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  return file.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes)).good();
}

// The frame of a chunk is written before its notes, but who looks at it may see these and not yet that. Bytes up to the end of one that was begun there since it was
// looked at; 0: none was.
std::uint64_t TraceReader::begunMeanwhile(std::uint64_t offset) const {
  std::uint64_t start = (offset + kWindowUnit - 1) / kWindowUnit * kWindowUnit, seen;
  std::uint32_t now[2];
  if (file_.packed() || start + sizeof seen > file_.bytes().size()) return 0;
  std::memcpy(&seen, file_.bytes().data() + start, sizeof seen);
  if (seen || !readFile(start, now, sizeof now) || now[0] || !now[1] || now[1] > kLargestWindow / 8) return 0;
  return start - offset + (8 + std::uint64_t{now[1]} * 8 + kWindowUnit - 1) / kWindowUnit * kWindowUnit;
}

// Whoever is about to write the notes of this chunk that are missing may be at it while it is looked at: then a note may be there, and one before it, or what it
// points to, not yet. So such a chunk is read once more. false: it has been, it has all its notes, or there are too many like it.
bool TraceReader::readBehind(const Chunk& chunk) {
  constexpr std::size_t kMost = 16 << 20;   // bytes in all: that a chunk is like that costs whoever made the file nothing
  auto [segment, words] = segmentOf(chunk);
  if (file_.packed() || again_.count(chunk.offset) || sealedNotes(segment, words) == notesOf(segment, words) || readBehind_ + words * 8 > kMost) return false;
  std::vector<std::uint64_t> copy(words);
  if (!copyWhileWritten(copy.data(), segment, words, [&](char* to, std::size_t bytes) { return readFile(chunk.offset + 8, to, bytes); })) return false;
  readBehind_ += words * 8;
  again_.emplace(chunk.offset, std::move(copy));
  return true;
}

// false: it has made way, for its list is empty, or is another's by now. That is looked for behind the copying: TraceWriter::dropOldest() empties the list first.
bool TraceReader::copyWhole(OpenChunk& open) {
  auto* words = reinterpret_cast<const std::uint64_t*>(open.segment.begin());
  constexpr std::size_t kChunkData = 3;   // of the segment: where thread, threadId and firstOrder are
  if (open.segment.size() <= kHeadWords) return false;
  open.copy.resize(open.segment.size());
  std::uint64_t now[kHeadWords];
  auto read = [&](char* to, std::size_t bytes) { return readFile(open.chunk->offset + 8, to, bytes); };
  if (!copyWhileWritten(open.copy.data(), words, open.copy.size(), read) || !read(reinterpret_cast<char*>(now), sizeof now)) return false;
  open.segment = kj::arrayPtr(reinterpret_cast<const capnp::word*>(open.copy.data()), open.copy.size());
  return static_cast<std::uint32_t>(now[kHeadWords - 1]) && std::equal(now + kChunkData, now + kChunkData + 3, open.copy.begin() + kChunkData) && open.copy[kChunkData + 2] == open.chunk->firstOrder;
}

// Moves to the chunk's next enter, leave or remark.
bool TraceReader::advance(OpenChunk& open) {
  return open.asWritten ? advanceAsWritten(open) : advanceByCapnp(open);
}

bool TraceReader::advanceAsWritten(OpenChunk& open) {
  while (open.next < open.notes.size()) switch (readAsWritten(open)) {
    case Reading::given: return true;
    case Reading::passed: break;
    case Reading::notPlain:
      open.asWritten = nullptr;
      return advanceByCapnp(open);
  }
  return false;
}

// Reads a note by the places of its fields that FORMAT.md §3 tells, in place of Cap'n Proto's getters (112 ns a call before, 30 with this). It takes a note only
// if all of it is as a writer makes it and the checksum is right; for any other, and all behind it, Cap'n Proto decides, and says what is wrong.
TraceReader::Reading TraceReader::readAsWritten(OpenChunk& open) {
  const std::uint64_t* words = open.asWritten + open.next * kNoteWords;
  auto low = [&](int word) { return static_cast<std::uint32_t>(words[word]); };
  auto high = [&](int word) { return static_cast<std::uint32_t>(words[word] >> 32); };
  auto seal = low(2);
  auto kind = static_cast<std::uint16_t>(high(2)), second = static_cast<std::uint16_t>(high(2) >> 16);
  unsigned index = open.next;
  if (!seal) {
    if (words[0] || kind != kHole) ++unfinished_;
    ++open.next;
    return Reading::passed;
  }
  if (kind < kSignature || kind > kRemark) return Reading::notPlain;
  // The pointer: a list of words or of bytes in this segment.
  std::uint64_t pointer = words[5], count = pointer >> 35;
  std::uint64_t isWords = kind == kEnter || kind == kLeave, listWords = isWords ? count : (count + 7) / 8;
  auto* segment = reinterpret_cast<const std::uint64_t*>(open.segment.begin());
  auto at = words + 6 - segment + (static_cast<std::int32_t>(static_cast<std::uint32_t>(pointer)) >> 2);
  if (pointer || !isWords) {
    bool flat = (pointer & 3) == 1 && (pointer >> 32 & 7) == (isWords ? 5 : 2);
    if (!flat || at < 0 || static_cast<std::uint64_t>(at) + listWords > open.segment.size() || listWords > open.budget) return Reading::notPlain;
  }
  const std::uint64_t* list = segment + at;
  Crc32c crc;
  crc.addWord(words[0]);
  crc.addWord(words[1]);
  crc.addWord(words[2] >> 32 << 32);
  crc.addWord(words[3]);
  crc.addWord(words[4]);
  NoteView& view = open.note;
  if (!isWords) {
    Crc32c whole = crc;  // so that crc stays in a register
    whole.add(list, count);
    std::string_view bytes(reinterpret_cast<const char*>(list), count);
    if (whole.value() != seal || (kind != kText && (bytes.empty() || bytes.back()))) return Reading::notPlain;
    if (kind != kText) bytes.remove_suffix(1);
    if (kind == kText) OpenChunk::put(open.stored, index, bytes);
    if (kind == kSignature) {
      const Signature* known = this->signature(bytes);
      if (!known) return Reading::notPlain;
      OpenChunk::put(open.signatures, index, known);
    }
    if (kind == kRemark) {
      view.type = NoteType::remark;
      view.signature = nullptr;
      view.object = view.nulls = view.result = 0;
      view.call = words[3];
      view.values = {};
      view.remarkKind = static_cast<RemarkKind>(second);
      view.text = bytes;
      view.last = words[4];
    }
  } else {
    for (std::uint64_t i = 0; i < count; ++i) crc.addWord(list[i]);
    view.signature = OpenChunk::at(open.signatures, second);
    if (crc.value() != seal || !view.signature) return Reading::notPlain;
    readFields(words, view);
    if (open.values.size() < count) open.values.resize(count);
    view.values = {open.values.data(), count};
    for (std::uint64_t i = 0; i < count; ++i) {
      ValueView& value = open.values[i];
      value = {kindOfPacked(list[i]), payloadOfPacked(list[i]), {}};
      if (value.kind != ValueKind::stored && value.kind != ValueKind::raw) continue;
      value.bytes = OpenChunk::at(open.stored, static_cast<std::uint64_t>(value.number));
      value.number = 0;
      if (!value.bytes.data()) return Reading::notPlain;
    }
  }
  view.order = words[0];
  view.tick = words[1];
  view.thread = open.chunk->thread;
  view.place = isWords ? static_cast<std::uint64_t>(open.chunk - chunks_.data()) << 32 | index : 0;  // no call has index 0: its signature is before it
  open.unknown = false;
  open.budget -= listWords;
  ++open.next;
  return kind == kText || kind == kSignature ? Reading::passed : Reading::given;
}

void TraceReader::readFields(const std::uint64_t* words, NoteView& view) {
  auto high = [&](int word) { return static_cast<std::uint32_t>(words[word] >> 32); };
  bool enter = static_cast<std::uint16_t>(high(2)) == kEnter;
  view.type = enter ? NoteType::enter : NoteType::leave;
  view.object = static_cast<std::uint32_t>(words[3]);
  view.nulls = enter ? high(3) : 0;
  view.result = enter ? 0 : high(3);
  view.call = enter ? 0 : words[4];
  view.text = {};
}

// readAsWritten() has seen that all of it is in its place. Of a file that somebody has changed meanwhile nothing is read that is not in it.
NoteView TraceReader::readAgain(std::uint64_t place, std::vector<Value>& values) const {
  const Chunk& chunk = chunks_[place >> 32];
  auto* segment = segmentOf(chunk).first;
  auto* notes = segment + kHeadWords;
  auto list = [&](std::uint64_t index) -> std::pair<const std::uint64_t*, std::uint64_t> {
    if (index >= chunk.words / kNoteWords - 1) return {};
    const std::uint64_t* end = notes + (index + 1) * kNoteWords;
    std::uint64_t pointer = end[-1], count = pointer >> 35, size = (pointer >> 32 & 7) == 2 ? (count + 7) / 8 : count;
    auto at = end - segment + (static_cast<std::int32_t>(static_cast<std::uint32_t>(pointer)) >> 2);
    if (at < 0 || static_cast<std::uint64_t>(at) + size > chunk.words) return {};
    return {segment + at, count};
  };
  NoteView view{};
  std::uint64_t index = place & UINT32_MAX;
  const std::uint64_t* words = notes + index * kNoteWords;
  readFields(words, view);
  view.order = words[0];
  view.tick = words[1];
  view.thread = chunk.thread;
  view.place = place;
  auto [packed, count] = list(index);
  values.resize(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    ValueView value{kindOfPacked(packed[i]), payloadOfPacked(packed[i]), {}};
    if (value.kind == ValueKind::stored || value.kind == ValueKind::raw) {
      auto [bytes, size] = list(static_cast<std::uint64_t>(std::exchange(value.number, 0)));
      value.bytes = {reinterpret_cast<const char*>(bytes), size};
    }
    values[i].borrow(value);
  }
  return view;
}

void TraceReader::skimLeaves(const std::function<bool(const Signature&)>& wanted, const std::function<void(const NoteView&)>& visit) {
  quiet_ = true;
  for (const auto& chunk : chunks_) {
    OpenChunk open;
    open.chunk = &chunk;
    if (!this->open(open)) continue;
    auto look = [&](const NoteView& note) {
      if (!open.unknown && note.type == NoteType::leave && wanted(*note.signature) && isWanted(note)) visit(note);
    };
    std::vector<char> matters;  // as open.signatures
    while (open.asWritten && open.next < open.notes.size()) {
      // What passes a note by is in its third word (30 ns a call to read it, 5 to pass it).
      std::uint64_t word = open.asWritten[open.next * kNoteWords + 2];
      auto kind = static_cast<std::uint16_t>(word >> 32);
      std::size_t index = kind == kSignature ? open.next : word >> 48;
      if (kind != kSignature && (kind != kLeave || !OpenChunk::at(matters, index))) ++open.next;
      else if (auto reading = readAsWritten(open); reading == Reading::notPlain) open.asWritten = nullptr;
      else if (reading == Reading::given) look(open.note);
      else if (OpenChunk::at(open.signatures, index)) OpenChunk::put(matters, index, static_cast<char>(wanted(*open.signatures[index])));
    }
    while (!open.asWritten && advanceByCapnp(open)) look(open.note);
  }
  quiet_ = false;
  rewind();
}

bool TraceReader::advanceByCapnp(OpenChunk& open) {
  NoStackTraces quick;
  const Chunk& chunk = *open.chunk;
  NoteView& view = open.note;
  // What the end of the file cut off is no damage: such a note is not whole, that is all.
  auto damage = [&](std::uint64_t place, std::string text) {
    if (!open.cut) problem(place, std::move(text));
  };
  while (open.next < open.notes.size()) {
    unsigned index = open.next++;
    std::uint64_t place = chunk.offset;
    try {
      auto note = open.notes[index];
      auto data = capnp::AnyStruct::Reader(note).getDataSection();
      place = chunk.offset + 8 + static_cast<std::uint64_t>(data.begin() - reinterpret_cast<const kj::byte*>(open.segment.begin()));
      if (place >= file_.bytes().size()) break;
      if (data.size() < kNoteDataBytes) {
        damage(place, "the notes of a chunk are too small; its rest is lost");
        break;
      }
      std::uint32_t seal = note.getCrc();
      if (note.isHole()) {
        if (seal) damage(place, "a note does not match its checksum; it is skipped");
        else if (note.getOrder()) ++unfinished_;
        continue;
      }
      if (!seal) {
        ++unfinished_;
        continue;
      }
      Crc32c crc;
      addFields<format::Note>(crc, data);
      capnp::List<std::uint64_t>::Reader values;
      unsigned signatureIndex = 0;
      open.unknown = false;
      view.order = note.getOrder();
      view.tick = note.getTick();
      view.thread = chunk.thread;
      switch (note.which()) {
        case format::Note::SIGNATURE: {
          auto text = note.getSignature();
          crc.add(text.begin(), text.size() + 1);
          if (crc.value() != seal) break;
          const Signature* known = signature(vss::view(text));
          OpenChunk::put(open.signatures, index, known);
          if (!known) damage(place, "a signature in an unknown form; calls with it are skipped");
          continue;
        }
        case format::Note::TEXT: {
          auto bytes = note.getText();
          crc.add(bytes.begin(), bytes.size());
          if (crc.value() != seal) break;
          OpenChunk::put(open.stored, index, bytes.size() ? vss::view(bytes) : std::string_view("", 0));
          continue;
        }
        case format::Note::ENTER: {
          auto enter = note.getEnter();
          view.type = NoteType::enter;
          view.object = enter.getObject();
          view.nulls = enter.getNulls();
          view.result = 0;
          view.call = 0;
          signatureIndex = enter.getSignature();
          values = enter.getValues();
          break;
        }
        case format::Note::LEAVE: {
          auto leave = note.getLeave();
          view.type = NoteType::leave;
          view.object = leave.getObject();
          view.nulls = 0;
          view.result = leave.getResult();
          view.call = leave.getCall();
          signatureIndex = leave.getSignature();
          values = leave.getValues();
          break;
        }
        case format::Note::REMARK: {
          auto remark = note.getRemark();
          auto text = remark.getText();
          crc.add(text.begin(), text.size() + 1);
          if (crc.value() != seal) break;
          view = {NoteType::remark, view.order, view.tick, view.thread, nullptr, 0, 0, 0, remark.getAbout(), {},
                  static_cast<RemarkKind>(remark.getKind()), vss::view(text), remark.getLast()};
          return true;
        }
        default: {
          auto pointers = capnp::AnyStruct::Reader(note).getPointerSection();
          if (pointers.size() && !pointers[0].isNull()) {
            auto bytes = pointers[0].getAs<capnp::AnyList>().getRawBytes();
            crc.add(bytes.begin(), bytes.size());
          }
          if (crc.value() != seal) break;
          if (view.order) return open.unknown = true;
          ++unknown_;
          continue;
        }
      }
      bool isCall = note.isEnter() || note.isLeave();
      // The elements lie as they are in the file (little endian, as are all machines we run on).
      if (isCall)
        for (auto value : values) crc.addWord(value);
      if (crc.value() != seal || !isCall) {
        damage(place, "a note does not match its checksum; it is skipped");
        continue;
      }
      view.signature = OpenChunk::at(open.signatures, signatureIndex);
      view.text = {};
      view.place = 0;
      open.values.clear();
      bool whole = true;
      for (auto packed : values) {
        ValueView value{kindOfPacked(packed), payloadOfPacked(packed), {}};
        if (value.kind == ValueKind::stored || value.kind == ValueKind::raw) {
          value = {value.kind, 0, OpenChunk::at(open.stored, static_cast<std::uint64_t>(value.number))};
          if (!value.bytes.data()) value = {}, whole = false;
        }
        open.values.push_back(value);
      }
      view.values = open.values;
      if (!view.signature) damage(place, "a call's signature is lost; the note is skipped");
      else if (!whole) damage(place, "a value of this call is lost with the note that held it");
      if (view.signature && (whole || !open.cut)) return true;
    } catch (const kj::Exception& e) {
      damage(place, "a note cannot be read: " + reason(e));
    }
  }
  return false;
}

double TraceReader::seconds(std::uint64_t ticks) const { return static_cast<double>(static_cast<std::int64_t>(ticks)) / ticksPerSecond_; }

std::optional<std::int64_t> TraceReader::timeOf(std::uint64_t tick) const {
  if (!header_.startTime) return std::nullopt;
  // A damaged or hostile trace may say anything; 30 years after its start a trace does not know the time either.
  double nanoseconds = seconds(tick - header_.startTick) * 1e9;
  constexpr std::int64_t kLatest = 8'000'000'000'000'000'000;
  if (!(nanoseconds > -1e18 && nanoseconds < 1e18) || header_.startTime > kLatest || header_.startTime < -kLatest) return std::nullopt;
  return header_.startTime + std::llround(nanoseconds);
}

}  // namespace vss
