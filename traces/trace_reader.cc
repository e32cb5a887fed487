#include "traces/trace_reader.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "traces/note_format.h"
#include "traces/platform.h"

namespace vss {
namespace {

constexpr std::size_t kMaxProblems = 1000;  // more are counted, not kept

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
  CutCopy(kj::ArrayPtr<const capnp::word> there, std::uint64_t words) : memory_(std::calloc(words, 8)), words_(memory_ ? words : 0) {
    if (memory_) std::memcpy(memory_, there.begin(), there.size() * 8);
  }
  CutCopy(CutCopy&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)), words_(other.words_) {}
  CutCopy& operator=(CutCopy&& other) noexcept { std::swap(memory_, other.memory_), std::swap(words_, other.words_); return *this; }
  ~CutCopy() { std::free(memory_); }
  kj::ArrayPtr<const capnp::word> segment() const { return kj::arrayPtr(static_cast<const capnp::word*>(memory_), words_); }

 private:
  void* memory_ = nullptr;
  std::uint64_t words_ = 0;
};

std::string reason(const kj::Exception& e) { return e.getDescription().cStr(); }

}  // namespace

// One thread's way through its chunks.
struct TraceReader::Cursor {
  std::vector<const Chunk*> chunks;
  std::size_t chunk = 0;
  bool open = false, ready = false;
  std::unique_ptr<capnp::SegmentArrayMessageReader> message;
  kj::ArrayPtr<const capnp::word> segment;
  CutCopy copy;                                        // of a chunk that the file's end cuts
  capnp::List<format::Note>::Reader notes;
  unsigned next = 0;
  std::vector<std::string_view> stored;                // by index of the note
  std::vector<const Signature*> signatures;
  NoteView note{};
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
  if (header_.tool.empty()) throw TraceError(name + ": the header is damaged: " + (problems_.empty() ? "" : problems_[0].text));
  if (header_.format > kFormat)
    throw TraceError(name + ": has format " + std::to_string(header_.format) + ", made by " + header_.tool + "; this shadowtape reads up to " +
                     std::to_string(kFormat) + ": use a newer one");
  ticksPerSecond_ = header_.ticksPerSecond ? static_cast<double>(header_.ticksPerSecond) : 1;
  if (footer_ && footer_->endTime > header_.startTime && footer_->endTick > header_.startTick && header_.startTime &&
      footer_->endTime - header_.startTime > 10'000'000)
    ticksPerSecond_ = static_cast<double>(footer_->endTick - header_.startTick) * 1e9 / static_cast<double>(footer_->endTime - header_.startTime);
  rewind();
  bool any = false;
  for (auto& cursor : cursors_) any = any || cursor->ready;
  if (!any && !footer_) throw TraceError(name + ": holds not one readable note" + (problems_.empty() ? "" : ": " + problems_[0].text));
}

void TraceReader::findBlocks() {
  auto bytes = file_.bytes();
  std::uint64_t lost = 0;  // start of a stretch in which nothing was found; 0: none
  for (std::uint64_t offset = 0; offset + 16 <= bytes.size();) {
    std::uint64_t size = readBlock(offset);
    if (size && lost) problem(lost, "no block of a trace up to byte " + std::to_string(offset)), lost = 0;
    if (size) {
      offset += size;
      continue;
    }
    // Nothing here: room that was allocated and not used, or damage. Chunks start at multiples of kWindowUnit.
    if (!lost && std::any_of(bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                             bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(bytes.size(), offset + 16)), [](char c) { return c != 0; }))
      lost = offset;
    offset = offset / kWindowUnit * kWindowUnit + kWindowUnit;
  }
  if (lost) problem(lost, "no block of a trace from here to the end of the file");
}

std::uint64_t TraceReader::readBlock(std::uint64_t offset) {
  auto bytes = file_.bytes();
  std::uint32_t frame[2];
  std::memcpy(frame, bytes.data() + offset, 8);
  std::uint64_t words = frame[1], size = 8 + words * 8;
  if (frame[0] != 0 || words < 4 || size > kLargestWindow || offset % 8) return 0;
  std::uint64_t there = std::min<std::uint64_t>(size, bytes.size() - offset);
  try {
    kj::ArrayPtr<const capnp::word> segment(reinterpret_cast<const capnp::word*>(bytes.data() + offset + 8), (there - 8) / 8);
    kj::ArrayPtr<const capnp::word> segments[] = {segment};
    CutCopy copy;
    if (there < size) {
      copy = CutCopy(segment, words);
      segments[0] = copy.segment();
    }
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(segments, 1), limits(words));
    auto block = message.getRoot<format::Block>();
    switch (block.which()) {
      case format::Block::HEADER: {
        auto h = block.getHeader();
        if (offset || h.getMagic() != format::MAGIC) return 0;
        if (h.getFormat() <= kFormat && h.getCrc() != headerCrc(h)) problem(offset, "the header does not match its checksum");
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
        footer_ = TraceFooter{f.getCalls(), f.getNotes(), f.getObjects(), f.getThreads(), f.getEndTick(), f.getEndTime()};
        std::size_t known = 0;
        for (auto place : f.getChunks())
          known += std::any_of(chunks_.begin(), chunks_.end(), [&](auto& c) { return c.offset == place.getOffset(); });
        if (known < f.getChunks().size()) problem(offset, std::to_string(f.getChunks().size() - known) + " chunks that the footer names are not readable");
        break;
      }
      default: problem(offset, "a block of an unknown kind was skipped");
    }
    return size;
  } catch (const kj::Exception& e) {
    problem(offset, "a block cannot be read: " + reason(e));
    return 0;
  }
}

void TraceReader::problem(std::uint64_t offset, std::string text) {
  if (!reported_ && problems_.size() < kMaxProblems) problems_.push_back({offset, std::move(text)});
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
  cursors_.clear();
  current_ = nullptr;
  lost_ = unknown_ = lastOrder_ = 0;
  std::map<std::uint32_t, std::unique_ptr<Cursor>> byThread;
  for (const auto& chunk : chunks_) {
    auto& cursor = byThread[chunk.thread];
    if (!cursor) cursor = std::make_unique<Cursor>();
    cursor->chunks.push_back(&chunk);
  }
  for (auto& [thread, cursor] : byThread) {
    // Chunks that were kept in memory for a while lie behind younger ones.
    std::stable_sort(cursor->chunks.begin(), cursor->chunks.end(), [](auto* a, auto* b) { return a->firstOrder < b->firstOrder; });
    cursor->ready = advance(*cursor);
    cursors_.push_back(std::move(cursor));
  }
}

const NoteView* TraceReader::next() {
  if (current_) current_->ready = advance(*current_);
  current_ = nullptr;
  for (auto& cursor : cursors_)
    if (cursor->ready && (!current_ || cursor->note.order < current_->note.order)) current_ = cursor.get();
  if (!current_) {
    if (footer_ && footer_->notes > lastOrder_) lost_ += footer_->notes - lastOrder_, lastOrder_ = footer_->notes;
    reported_ = true;
    return nullptr;
  }
  std::uint64_t order = current_->note.order;
  if (order > lastOrder_) lost_ += order - lastOrder_ - 1, lastOrder_ = order;
  return &current_->note;
}

bool TraceReader::open(Cursor& cursor) {
  const Chunk& chunk = *cursor.chunks[cursor.chunk];
  auto bytes = file_.bytes();
  std::uint64_t there = std::min<std::uint64_t>(chunk.words, (bytes.size() - chunk.offset - 8) / 8);
  cursor.segment = kj::arrayPtr(reinterpret_cast<const capnp::word*>(bytes.data() + chunk.offset + 8), there);
  if (there < chunk.words) {
    cursor.copy = CutCopy(cursor.segment, chunk.words);
    cursor.segment = cursor.copy.segment();
  }
  try {
    cursor.message = std::make_unique<capnp::SegmentArrayMessageReader>(kj::arrayPtr(&cursor.segment, 1), limits(chunk.words));
    cursor.notes = cursor.message->getRoot<format::Block>().getChunk().getNotes();
  } catch (const kj::Exception& e) {
    problem(chunk.offset, "the notes of a chunk cannot be read: " + reason(e));
    return false;
  }
  cursor.next = 0;
  cursor.stored.assign(cursor.notes.size(), {});
  cursor.signatures.assign(cursor.notes.size(), nullptr);
  return true;
}

// Moves to the thread's next enter, leave or remark.
bool TraceReader::advance(Cursor& cursor) {
  for (;;) {
    if (!cursor.open) {
      if (cursor.chunk == cursor.chunks.size()) return false;
      cursor.open = open(cursor);
      if (!cursor.open) {
        ++cursor.chunk;
        continue;
      }
    }
    if (cursor.next == cursor.notes.size()) {
      cursor.open = false;
      ++cursor.chunk;
      continue;
    }
    const Chunk& chunk = *cursor.chunks[cursor.chunk];
    unsigned index = cursor.next++;
    std::uint64_t place = chunk.offset;
    try {
      auto note = cursor.notes[index];
      auto data = capnp::AnyStruct::Reader(note).getDataSection();
      place = chunk.offset + 8 + static_cast<std::uint64_t>(data.begin() - reinterpret_cast<const kj::byte*>(cursor.segment.begin()));
      Crc32c crc;
      if (data.size() < kNoteDataBytes) {
        problem(place, "the notes of a chunk are too small; its rest is lost");
        cursor.next = cursor.notes.size();
        continue;
      }
      addFields<format::Note>(crc, data);
      auto seal = [&](auto payload) {
        crc.add(payload.begin(), payload.size() * sizeof(payload[0]));
        return crc.value() == note.getCrc();
      };
      bool good = false;
      capnp::List<std::uint64_t>::Reader values;
      // The elements of a list of 64-bit numbers lie as they are in the file (little endian on all machines we run on).
      auto sealValues = [&] {
        for (auto value : values) crc.addWord(value);
        return crc.value() == note.getCrc();
      };
      NoteView& view = cursor.note;
      switch (note.which()) {
        case format::Note::HOLE:
          if (note.getCrc() || note.getOrder()) problem(place, "a note was never finished");
          continue;
        case format::Note::SIGNATURE: {
          auto text = note.getSignature();
          if ((good = seal(text))) cursor.signatures[index] = signature(vss::view(text));
          if (good && !cursor.signatures[index]) problem(place, "a signature in an unknown form; calls with it are skipped");
          break;
        }
        case format::Note::TEXT: {
          auto bytes = note.getText();
          if ((good = seal(bytes))) cursor.stored[index] = bytes.size() ? vss::view(bytes) : std::string_view("", 0);
          break;
        }
        case format::Note::ENTER: {
          auto enter = note.getEnter();
          values = enter.getValues();
          if (!(good = sealValues())) break;
          view = {NoteType::enter, note.getOrder(), note.getTick(), chunk.thread, nullptr, enter.getObject(), enter.getNulls(), 0, 0,
                  std::move(view.values), {}, {}};
          if (enter.getSignature() < index) view.signature = cursor.signatures[enter.getSignature()];
          break;
        }
        case format::Note::LEAVE: {
          auto leave = note.getLeave();
          values = leave.getValues();
          if (!(good = sealValues())) break;
          view = {NoteType::leave, note.getOrder(), note.getTick(), chunk.thread, nullptr, leave.getObject(), 0, leave.getResult(),
                  leave.getCall(), std::move(view.values), {}, {}};
          if (leave.getSignature() < index) view.signature = cursor.signatures[leave.getSignature()];
          break;
        }
        case format::Note::REMARK: {
          auto remark = note.getRemark();
          auto text = remark.getText();
          if (!(good = seal(text))) break;
          view = {NoteType::remark, note.getOrder(), note.getTick(), chunk.thread, nullptr, 0, 0, 0, remark.getAbout(), std::move(view.values),
                  static_cast<RemarkKind>(remark.getKind()), vss::view(text)};
          view.values.clear();
          return true;
        }
        default:
          ++unknown_;
          continue;
      }
      if (!good) {
        problem(place, note.getCrc() ? "a note does not match its checksum; it is skipped" : "a note was never finished");
        continue;
      }
      if (note.which() != format::Note::ENTER && note.which() != format::Note::LEAVE) continue;
      if (!view.signature) {
        problem(place, "a call's signature is lost; the note is skipped");
        continue;
      }
      view.values.clear();
      for (auto packed : values) {
        auto kind = kindOfPacked(packed);
        auto payload = payloadOfPacked(packed);
        ValueView value{kind, payload, {}};
        if (kind == ValueKind::stored || kind == ValueKind::raw) {
          if (payload < 0 || payload >= index || cursor.stored[static_cast<std::size_t>(payload)].data() == nullptr) {
            problem(place, "a value of this call is lost with the note that held it");
            value = ValueView::of(ValueKind::missing);
          } else value = {kind, 0, cursor.stored[static_cast<std::size_t>(payload)]};
        }
        view.values.push_back(value);
      }
      return true;
    } catch (const kj::Exception& e) {
      problem(place, "a note cannot be read: " + reason(e));
    }
  }
}

double TraceReader::seconds(std::uint64_t ticks) const { return static_cast<double>(static_cast<std::int64_t>(ticks)) / ticksPerSecond_; }

std::optional<std::int64_t> TraceReader::timeOf(std::uint64_t tick) const {
  if (!header_.startTime) return std::nullopt;
  return header_.startTime + static_cast<std::int64_t>(seconds(tick - header_.startTick) * 1e9);
}

}  // namespace vss
