// Changes to a trace that know its format: most mutants have every checksum right again, so that a reader gets behind them. For fuzzing and tests.
#pragma once
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "traces/note_format.h"

namespace vss::fuzz {

struct BlockPlace { std::size_t at, size; };  // from its frame to its end; the end of the file may come before

inline std::uint32_t word32(std::string_view bytes, std::size_t at) {
  std::uint32_t word = 0;
  if (at + 4 <= bytes.size()) std::memcpy(&word, bytes.data() + at, 4);
  return word;
}
inline void setWord32(std::string& bytes, std::size_t at, std::uint32_t word) {
  if (at + 4 <= bytes.size()) std::memcpy(bytes.data() + at, &word, 4);
}

// As a reader finds them: one behind the other, or at the next multiple of 4096.
inline std::vector<BlockPlace> blocksOf(std::string_view trace) {
  std::vector<BlockPlace> blocks;
  for (std::size_t at = 0; at + 16 <= trace.size();) {
    std::size_t words = word32(trace, at + 4);
    if (word32(trace, at) == 0 && words >= 4 && at % 8 == 0) {
      blocks.push_back({at, 8 + words * 8});
      at += 8 + words * 8;
    } else at = at / kWindowUnit * kWindowUnit + kWindowUnit;
  }
  return blocks;
}

// Makes every checksum right that can be computed.
inline void seal(std::string& trace) {
  class Quiet final : public kj::ExceptionCallback {
   public:
    StackTraceMode stackTraceMode() override { return StackTraceMode::NONE; }
  } quiet;
  auto put = [](kj::ArrayPtr<const kj::byte> data, std::size_t at, std::uint32_t crc) {
    if (data.size() >= at + 4) std::memcpy(const_cast<kj::byte*>(data.begin()) + at, &crc, 4);
  };
  auto fields = [](auto reader) { return capnp::AnyStruct::Reader(reader).getDataSection(); };
  for (auto [at, size] : blocksOf(trace)) {
    if (size > 1 << 20) continue;
    std::string block = trace.substr(at + 8, size - 8);  // with zeros for what the end of the file cuts off
    block.resize(size - 8);
    try {
      kj::ArrayPtr<const capnp::word> segment(reinterpret_cast<const capnp::word*>(block.data()), size / 8 - 1);
      capnp::SegmentArrayMessageReader message(kj::arrayPtr(&segment, 1), {size + 1024, 8});
      auto root = message.getRoot<format::Block>();
      if (root.isHeader()) put(fields(root.getHeader()), kCrcOffset<format::Header>, headerCrc(root.getHeader()));
      if (root.isFooter()) put(fields(root.getFooter()), kCrcOffset<format::Footer>, footerCrc(root.getFooter()));
      if (root.isChunk()) put(fields(root.getChunk()), kCrcOffset<format::Chunk>, chunkCrc(root.getChunk()));
      for (auto note : root.isChunk() ? root.getChunk().getNotes() : capnp::List<format::Note>::Reader()) {
        if (note.isHole()) continue;
        try {
          Crc32c crc;
          addFields<format::Note>(crc, note);
          auto pointers = capnp::AnyStruct::Reader(note).getPointerSection();
          kj::ArrayPtr<const kj::byte> list;
          if (pointers.size() && !pointers[0].isNull()) list = pointers[0].getAs<capnp::AnyList>().getRawBytes();
          crc.add(list.begin(), list.size());
          if (!list.size() && (note.isSignature() || note.isRemark())) crc.addByte(0);  // of an absent text its NUL
          put(fields(note), kCrcOffset<format::Note>, crc.value());
        } catch (const kj::Exception&) {
        }
      }
    } catch (const kj::Exception&) {
    }
    trace.replace(at + 8, size - 8, block, 0, trace.size() - at - 8);
  }
}

class TraceMutant {
 public:
  TraceMutant(std::string_view trace, std::uint32_t seed) : trace_(trace), random_(seed) {}

  std::string& bytes() { return trace_; }
  // One to four changes; of sixteen mutants one keeps the checksums as they were.
  std::string made() {
    for (std::size_t changes = 1 + below(4); changes; --changes) change();
    if (below(16)) seal(trace_);
    return trace_;
  }
  // Puts blocks of another trace before the last block, and so mostly before the footer.
  void addFrom(std::string_view other) {
    for (auto [at, size] : blocksOf(other)) {
      if (!at || at + size > other.size() || below(3) == 0) continue;
      auto blocks = blocksOf(trace_);
      insertBlock(blocks.empty() ? 0 : blocks.back().at, std::string(other.substr(at, size)));
    }
  }
  std::size_t below(std::size_t n) { return n ? random_() % n : 0; }

 private:
  static constexpr std::size_t kNote = kNoteWords * 8, kPointer = kNoteDataBytes;

  // Where notes lie as the writer puts them; a mutant may have them elsewhere.
  std::size_t notesIn(const BlockPlace& chunk) const {
    if (word32(trace_, chunk.at + 16) % 0x10000 != 1 || chunk.size < kFirstNote) return 0;
    return std::min<std::size_t>(word32(trace_, chunk.at + kFirstNote - 8) >> 2 & 0x3FFFFFFF, (std::min(chunk.size, trace_.size() - chunk.at) - kFirstNote) / kNote);
  }
  // A note that says something; 0: there is none. `chunk`: in it.
  std::size_t anyNote(BlockPlace* chunk = nullptr, int kind = -1) {
    std::vector<BlockPlace> chunks;
    for (auto block : blocksOf(trace_))
      if (notesIn(block)) chunks.push_back(block);
    if (chunks.empty()) return 0;
    auto at = chunks[below(chunks.size())];
    if (chunk) *chunk = at;
    std::vector<std::size_t> notes;
    for (std::size_t n = 0; n < notesIn(at); ++n) {
      std::size_t note = at.at + kFirstNote + n * kNote;
      int its = static_cast<int>(word32(trace_, note + 20) % 0x10000);
      if (kind < 0 ? its != 0 : its == kind) notes.push_back(note);
    }
    return notes.empty() ? 0 : notes[below(notes.size())];
  }
  // The list that a note's pointer leads to: where it starts and its bytes; none: 0 bytes.
  BlockPlace listOf(std::size_t note) const {
    std::uint32_t pointer = word32(trace_, note + kPointer), size = word32(trace_, note + kPointer + 4);
    auto words = static_cast<std::int32_t>(pointer) >> 2;
    std::size_t at = note + kPointer + 8 + static_cast<std::size_t>(static_cast<std::int64_t>(words)) * 8;
    std::size_t bytes = (size & 7) == 5 ? std::size_t{size >> 3} * 8 : (size & 7) == 2 ? size >> 3 : 0;
    return (pointer & 3) == 1 && at < trace_.size() && bytes <= trace_.size() - at ? BlockPlace{at, bytes} : BlockPlace{0, 0};
  }
  void lead(std::size_t note, std::size_t list, std::uint32_t elements, unsigned elementSize) {
    auto words = (static_cast<std::int64_t>(list) - static_cast<std::int64_t>(note + kPointer + 8)) / 8;
    setWord32(trace_, note + kPointer, static_cast<std::uint32_t>(words) << 2 | 1);
    setWord32(trace_, note + kPointer + 4, elements << 3 | elementSize);
  }
  // Room of so many bytes at the end of a block, where the block is made longer for it.
  std::size_t room(const BlockPlace& block, std::size_t bytes) {
    if (block.at + block.size > trace_.size()) return 0;
    std::size_t more = (bytes / kWindowUnit + 1) * kWindowUnit;
    trace_.insert(block.at + block.size, more, '\0');
    setWord32(trace_, block.at + 4, word32(trace_, block.at + 4) + static_cast<std::uint32_t>(more / 8));
    return block.at + block.size;
  }
  void insertBlock(std::size_t before, std::string block) {
    if (word32(block, 16) % 0x10000 == 1) block.resize((block.size() + kWindowUnit - 1) / kWindowUnit * kWindowUnit);
    trace_.insert(std::min(before, trace_.size()), block);
  }

  std::uint64_t odd() {
    static constexpr std::uint64_t values[] = {0, 1, 2, 3, 5, 7, 8, 255, 256, 1000, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x80042304, 0x8004230C,
                                               0x4230A, 0x42309, 1ull << 55, (1ull << 56) - 1, 1ull << 62, 1ull << 63, ~0ull};
    return below(3) ? values[below(std::size(values))] : random_() >> below(32);
  }
  // Another number in a field of so many bytes: an odd one, or a little more or less.
  void changeNumber(std::size_t at, std::size_t bytes) {
    if (at + bytes > trace_.size()) return;
    std::uint64_t number = 0;
    std::memcpy(&number, trace_.data() + at, bytes);
    number = below(2) ? odd() : number + below(9) - 4;
    std::memcpy(trace_.data() + at, &number, bytes);
  }
  void changeText(std::size_t at, std::size_t bytes) {
    if (bytes < 2 || at + bytes > trace_.size()) return;
    static constexpr std::string_view pieces[] = {"in ", "out ", "array ", "optional ", "always ", "fresh ", "held ", "i32 ", "u32 ", "i64 ", "bool ", "hresult", "enum ", "guid ", "bstr ",
                                                  "wstr ", "costr ", "object ", "struct ", "bytes ", "{", "}", ", ", "@", "::", "(", ")", "[0]", "[9]", " count", " nothing", "IVssAsync", "\n", "\xFF", "\xD8"};
    auto piece = pieces[below(std::size(pieces))];
    piece = piece.substr(0, bytes);
    std::size_t place = at + below(bytes - piece.size() + 1);
    if (below(2)) trace_.replace(place, piece.size(), piece);
    else trace_[place] = static_cast<char>(odd());
  }

  void change() {
    auto blocks = blocksOf(trace_);
    BlockPlace chunk{0, 0};
    switch (below(20)) {
      case 0: case 1: case 2: case 3: {  // a field of a note
        static constexpr std::size_t places[][2] = {{0, 8}, {8, 8}, {20, 2}, {22, 2}, {24, 4}, {28, 4}, {32, 8}, {24, 8}};
        auto [at, bytes] = places[below(std::size(places))];
        if (std::size_t note = anyNote()) changeNumber(note + at, bytes);
        return;
      }
      case 4: case 5: case 6: case 7: {  // a value of a call
        std::size_t note = anyNote(nullptr, 3 + static_cast<int>(below(2)));
        auto [at, bytes] = note ? listOf(note) : BlockPlace{0, 0};
        if (bytes < 8) return;
        at += below(bytes / 8) * 8;
        if (below(2)) trace_[at] = static_cast<char>(below(14));
        else changeNumber(at + 1, below(2) ? 1 : 7);
        return;
      }
      case 8: {  // a pointer
        if (std::size_t note = anyNote()) changeNumber(note + kPointer + (below(2) ? 4 : 0), 4);
        return;
      }
      case 9: {  // a pointer that leads where another does, or to more or fewer elements
        std::size_t note = anyNote(), other = anyNote();
        auto [at, bytes] = other ? listOf(other) : BlockPlace{0, 0};
        if (!bytes) return;
        lead(note, at, static_cast<std::uint32_t>(below(bytes + 1)), below(2) ? 2 : 5);
        return;
      }
      case 10: {  // a longer list, with the same again behind it
        std::size_t note = anyNote(&chunk);
        auto [at, bytes] = note ? listOf(note) : BlockPlace{0, 0};
        if (!bytes || bytes > 4096) return;
        std::string list = trace_.substr(at, bytes);
        bool words = (word32(trace_, note + kPointer + 4) & 7) == 5;
        for (std::size_t times = below(8); times; --times) list.insert(list.size() - !words, list.substr(0, bytes - !words));
        if (std::size_t place = room(chunk, list.size())) {
          trace_.replace(place, list.size(), list);
          lead(note, place, static_cast<std::uint32_t>(words ? list.size() / 8 : list.size()), words ? 5 : 2);
        }
        return;
      }
      case 11: case 12: {  // a text, mostly a signature
        std::size_t note = anyNote(nullptr, below(3) ? 1 : below(2) ? 2 : 5);
        auto [at, bytes] = note ? listOf(note) : BlockPlace{0, 0};
        if (note) changeText(at, bytes);
        return;
      }
      case 13: {  // the list's tag, a frame, the words that lead to the notes
        if (blocks.empty()) return;
        auto block = blocks[below(blocks.size())];
        changeNumber(block.at + below(kFirstNote / 4) * 4, 4);
        return;
      }
      case 14: {  // the head of a block: a chunk's thread and first order, the fields of header and footer
        if (blocks.empty()) return;
        auto block = blocks[below(blocks.size())];
        changeNumber(block.at + 32 + below(24) * 4, 4);
        return;
      }
      case 15: {  // the notes of a chunk in another order, or one twice
        std::size_t note = anyNote(&chunk), other = note ? chunk.at + kFirstNote + below(notesIn(chunk)) * kNote : 0;
        if (!note) return;
        auto lists = std::pair(listOf(note), listOf(other));
        auto sizes = std::pair(word32(trace_, note + kPointer + 4), word32(trace_, other + kPointer + 4));
        std::string bytes = trace_.substr(note, kNote);
        if (below(2)) trace_.replace(note, kNote, trace_.substr(other, kNote)), lead(note, lists.second.at, sizes.second >> 3, sizes.second & 7);
        trace_.replace(other, kNote, bytes);
        lead(other, lists.first.at, sizes.first >> 3, sizes.first & 7);
        return;
      }
      case 16: {  // a note less
        if (std::size_t note = anyNote()) trace_.replace(note, kNote, kNote, '\0');
        return;
      }
      case 17: {  // a block twice, or gone
        if (blocks.size() < 2) return;
        auto block = blocks[1 + below(blocks.size() - 1)];
        if (block.at + block.size > trace_.size()) return;
        std::string bytes = trace_.substr(block.at, block.size);
        if (below(3) == 0) trace_.erase(block.at, block.size);
        else if (trace_.size() < 1 << 16) insertBlock(blocks[1 + below(blocks.size() - 1)].at, bytes);
        return;
      }
      case 18: {  // the end is missing, or there is more behind it
        if (below(2)) trace_.resize(below(trace_.size() + 1));
        else trace_.append(below(kWindowUnit), static_cast<char>(below(3)));
        return;
      }
      default:  // any word
        changeNumber(below(trace_.size() / 8 + 1) * 8, 8);
    }
  }

  std::string trace_;
  std::mt19937 random_;
};

}  // namespace vss::fuzz
