#include "traces/trace_reader.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "traces/note_format.h"
#include "traces/platform.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

constexpr std::size_t kMaxProblems = 1000;  // more are not kept: the file is a ruin

// Reads one message at a place of the file. What a reader may be led to read is limited to a small multiple of the message, and
// nothing in a trace nests deeper than 8.
capnp::ReaderOptions limits(std::uint64_t words) {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = words * 4 + 1024;
  options.nestingLimit = 8;
  return options;
}

std::string_view view(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
std::string_view view(capnp::Data::Reader data) { return {reinterpret_cast<const char*>(data.begin()), data.size()}; }

// A block that the end of the file cuts, with zeros for what is missing. The zeros cost address space, not memory, so that a
// frame that claims a gigabyte costs nothing.
class CutCopy {
 public:
  CutCopy() = default;
  CutCopy(std::string_view there, std::uint64_t words) : memory_(std::calloc(words, 8)), words_(memory_ ? words : 0) {
    if (memory_) std::memcpy(memory_, there.data(), there.size());
  }
  CutCopy(CutCopy&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)), words_(other.words_) {}
  CutCopy& operator=(CutCopy&& other) noexcept { std::swap(memory_, other.memory_), std::swap(words_, other.words_); return *this; }
  ~CutCopy() { std::free(memory_); }
  kj::ArrayPtr<const capnp::word> segment() const { return kj::arrayPtr(static_cast<const capnp::word*>(memory_), words_); }

 private:
  void* memory_ = nullptr;
  std::uint64_t words_ = 0;
};

// While it lives, what is thrown about a damaged message carries no stack trace: nobody looks at it, and it costs more than all the rest of
// reading a file that somebody filled with damage.
class NoStackTraces final : public kj::ExceptionCallback {
 public:
  StackTraceMode stackTraceMode() override { return StackTraceMode::NONE; }
};

std::string reason(const kj::Exception& e) { return oneLine(e.getDescription().cStr()); }  // it may quote bytes of the file

}  // namespace

// The way through one chunk.
struct TraceReader::OpenChunk {
  const Chunk* chunk = nullptr;
  std::unique_ptr<capnp::SegmentArrayMessageReader> message;
  kj::ArrayPtr<const capnp::word> segment;
  CutCopy copy;                                        // of a chunk that the file's end cuts
  bool cut = false;
  capnp::List<format::Note>::Reader notes;
  unsigned next = 0;
  std::vector<std::string_view> stored;                // by index of the note
  std::vector<const Signature*> signatures;
  NoteView note{};
  bool unknown = false;                                // of `note` the order is known, nothing else

  static bool later(const std::unique_ptr<OpenChunk>& a, const std::unique_ptr<OpenChunk>& b) { return a->note.order > b->note.order; }
};

TraceReader::~TraceReader() = default;

TraceReader::TraceReader(const std::filesystem::path& path) : path_(path), file_(path) {
  auto bytes = file_.bytes();
  std::string name = shownPath(path);
  if (bytes.empty()) throw TraceError(name + ": is empty; a trace starts with a header");
  std::uint64_t magic = 0;
  if (bytes.size() >= 40) std::memcpy(&magic, bytes.data() + 32, 8);
  if (magic != format::MAGIC)
    throw TraceError(name + ": is not a trace (no SHADTAPE at byte 32); a pasted listing becomes one by `shadowtape import`");
  findBlocks();
  if (!headerFound_) throw TraceError(name + ": the header is damaged: " + (problems_.empty() ? "" : problems_[0].text));
  if (header_.format > kFormat)
    throw TraceError(name + ": has format " + std::to_string(header_.format) + ", made by " + oneLine(header_.tool) + "; this shadowtape reads up to " +
                     std::to_string(kFormat) + ": use a newer one");
  ticksPerSecond_ = header_.ticksPerSecond ? static_cast<double>(header_.ticksPerSecond) : 1;
  if (footer_ && footer_->endTime > header_.startTime && footer_->endTick > header_.startTick && header_.startTime &&
      footer_->endTime - header_.startTime > 10'000'000)
    ticksPerSecond_ = static_cast<double>(footer_->endTick - header_.startTick) * 1e9 / static_cast<double>(footer_->endTime - header_.startTime);
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
  auto bytes = file_.bytes();
  std::uint64_t lost = 0;  // start of a stretch in which nothing was found; 0: none
  for (std::uint64_t offset = 0; offset + 16 <= bytes.size();) {
    bool ended = footer_.has_value();
    std::uint64_t size = readBlock(offset);
    if (size && ended) problem(offset, "something follows the footer");
    if (size && lost) problem(lost, "no block of a trace up to byte " + std::to_string(offset)), lost = 0;
    if (size) {
      offset += size;
      continue;
    }
    // Nothing here: room that was allocated and not used, a chunk that was begun when the process ended, or damage. Chunks start at
    // multiples of kWindowUnit.
    auto here = bytes.substr(offset, kWindowUnit);
    if (!lost && !isZero(here.substr(0, 16)) && !isBegunChunk(here)) lost = offset;
    offset = offset / kWindowUnit * kWindowUnit + kWindowUnit;
  }
  if (lost) problem(lost, "no block of a trace from here to the end of the file");
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
    CutCopy copy;
    if (there < size) {
      copy = CutCopy(bytes.substr(offset + 8), words);
      segments[0] = copy.segment();
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
  footer_ = TraceFooter{footer.getCalls(), footer.getNotes(), footer.getObjects(), footer.getThreads(), footer.getEndTick(), footer.getEndTime()};
  std::uint64_t missing = 0;
  for (auto place : footer.getChunks()) {
    auto found = std::lower_bound(chunks_.begin(), chunks_.end(), place.getOffset(), [](auto& chunk, auto at) { return chunk.offset < at; });
    if (found == chunks_.end() || found->offset != place.getOffset()) ++missing;
    else if (found->words != place.getWords()) problem(found->offset, "a chunk is not as long as the footer says");
  }
  if (missing) problem(offset, std::to_string(missing) + " chunks that the footer names are not readable");
}

void TraceReader::problem(std::uint64_t offset, std::string text) {
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
    found = signatures_.emplace(std::string(text), std::move(entry)).first;
  }
  return found->second.get();
}

void TraceReader::rewind() {
  open_.clear();
  nextChunk_ = 0;
  given_ = false;
  met_ = 0;
  lost_ = unfinished_ = unknown_ = lastOrder_ = 0;
}

void TraceReader::only(std::vector<bool> calls) {
  only_ = std::move(calls);
  rewind();
}

bool TraceReader::isWanted(const NoteView& note) const {
  std::uint64_t call = note.type == NoteType::enter ? note.order : note.call;
  return call >= only_.size() || only_[call] || (note.type == NoteType::remark && !note.call);
}

// A chunk says that no note in it is older than its first order, so it is opened when the notes before are through.
void TraceReader::openDueChunks() {
  while (nextChunk_ < chunks_.size() && (open_.empty() || chunks_[nextChunk_].firstOrder <= open_.front()->note.order)) {
    auto chunk = std::make_unique<OpenChunk>();
    chunk->chunk = &chunks_[nextChunk_++];
    if (!open(*chunk) || !advance(*chunk)) continue;
    open_.push_back(std::move(chunk));
    std::push_heap(open_.begin(), open_.end(), OpenChunk::later);
  }
}

const NoteView* TraceReader::next() {
  NoStackTraces quick;
  for (;;) {
    if (std::exchange(given_, false)) {
      bool more = advance(*open_.front());
      if (!more || open_.size() > 1) {
        std::pop_heap(open_.begin(), open_.end(), OpenChunk::later);
        if (more) std::push_heap(open_.begin(), open_.end(), OpenChunk::later);
        else open_.pop_back();
      }
    }
    openDueChunks();
    if (open_.empty()) {
      if (footer_ && footer_->notes > lastOrder_) lost_ += footer_->notes - lastOrder_, lastOrder_ = footer_->notes;
      return nullptr;
    }
    given_ = true;
    OpenChunk& chunk = *open_.front();
    std::uint64_t order = chunk.note.order;
    if (order <= lastOrder_) {  // a chunk is there twice, or its first order is wrong
      problem(chunk.chunk->offset, "note " + std::to_string(order) + " comes after note " + std::to_string(lastOrder_) + "; it is skipped");
      continue;
    }
    lost_ += order - lastOrder_ - 1, lastOrder_ = order;
    if (chunk.unknown) ++unknown_;
    else if (isWanted(chunk.note)) return &chunk.note;
  }
}

bool TraceReader::open(OpenChunk& open) {
  auto bytes = file_.bytes();
  std::uint64_t there = std::min<std::uint64_t>(open.chunk->words, (bytes.size() - open.chunk->offset - 8) / 8);
  open.segment = kj::arrayPtr(reinterpret_cast<const capnp::word*>(bytes.data() + open.chunk->offset + 8), there);
  open.cut = there < open.chunk->words;
  if (open.cut) {
    open.copy = CutCopy(bytes.substr(open.chunk->offset + 8), open.chunk->words);
    open.segment = open.copy.segment();
  }
  try {
    open.message = std::make_unique<capnp::SegmentArrayMessageReader>(kj::arrayPtr(&open.segment, 1), limits(open.chunk->words));
    open.notes = open.message->getRoot<format::Block>().getChunk().getNotes();
  } catch (const kj::Exception& e) {
    problem(open.chunk->offset, "the notes of a chunk cannot be read: " + reason(e));
    return false;
  }
  return true;
}

// Moves to the chunk's next enter, leave or remark.
bool TraceReader::advance(OpenChunk& open) {
  const Chunk& chunk = *open.chunk;
  NoteView& view = open.note;
  // What the end of the file cut off is no damage: such a note is not whole, that is all.
  auto damage = [&](std::uint64_t place, std::string text) {
    if (!open.cut) problem(place, std::move(text));
  };
  while (open.next < open.notes.size()) {
    unsigned index = open.next++;
    open.stored.push_back({});
    open.signatures.push_back(nullptr);
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
          open.signatures[index] = signature(vss::view(text));
          if (!open.signatures[index]) damage(place, "a signature in an unknown form; calls with it are skipped");
          continue;
        }
        case format::Note::TEXT: {
          auto bytes = note.getText();
          crc.add(bytes.begin(), bytes.size());
          if (crc.value() != seal) break;
          open.stored[index] = bytes.size() ? vss::view(bytes) : std::string_view("", 0);
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
          view = {NoteType::remark, view.order, view.tick, view.thread, nullptr, 0, 0, 0, remark.getAbout(), std::move(view.values),
                  static_cast<RemarkKind>(remark.getKind()), vss::view(text)};
          view.values.clear();
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
      view.signature = signatureIndex < index ? open.signatures[signatureIndex] : nullptr;
      view.text = {};
      view.values.clear();
      bool whole = true;
      for (auto packed : values) {
        ValueView value{kindOfPacked(packed), payloadOfPacked(packed), {}};
        if (value.kind == ValueKind::stored || value.kind == ValueKind::raw) {
          std::uint64_t at = static_cast<std::uint64_t>(value.number);
          if (at < index && open.stored[at].data()) value = {value.kind, 0, open.stored[at]};
          else value = {}, whole = false;
        }
        view.values.push_back(value);
      }
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
  return header_.startTime + static_cast<std::int64_t>(nanoseconds);
}

}  // namespace vss
