// What writer and reader of a trace must agree on beyond trace.capnp: checksums and sizes. FORMAT.md tells the same in words.
#pragma once
#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <string>

#include "traces/crc32c.h"
#include "traces/trace.capnp.h"
#include "traces/value.h"

namespace vss {

inline constexpr std::size_t kHeaderWindow = 4096;             // the header's message, padded
inline constexpr std::size_t kWindowUnit = 4096;               // chunks start at multiples of it
inline constexpr std::size_t kLargestWindow = std::size_t{1} << 30;
inline constexpr std::size_t kNoteWords = 6;                   // data and pointer of a Note
inline constexpr std::size_t kNoteDataBytes = 40;
inline constexpr std::size_t kFirstNote = 8 + 8 * 8;           // of a chunk, from its frame: root pointer, Block, Chunk, the list's tag

// Words of a chunk's segment before its first note, as a writer makes it.
inline constexpr std::size_t kHeadWords = (kFirstNote - 8) / 8;
// Of a chunk's segment, words long, as a writer makes it: how many notes its list has room for, and up to which one they are sealed; that is done in their order.
inline std::size_t notesOf(const std::uint64_t* segment, std::size_t words) {
  return std::min<std::size_t>((segment[kHeadWords - 1] & 0xFFFFFFFF) >> 2, (words - kHeadWords) / kNoteWords);
}
inline std::size_t sealedNotes(const std::uint64_t* segment, std::size_t words) {
  std::size_t sealed = notesOf(segment, words);
  while (sealed && !static_cast<std::uint32_t>(segment[kHeadWords + (sealed - 1) * kNoteWords + 2])) --sealed;
  return sealed;
}

// Copies a chunk's segment, words long, that its thread adds notes to. seen: as it was looked at before, from its begin to its end; read(to, bytes) reads it from the file.
// What was sealed when it was seen is whole in what is read behind that, with all that it needs; what came later is left out. false: it cannot be read, or is another by now.
template <class Read> bool copyWhileWritten(std::uint64_t* to, const std::uint64_t* seen, std::size_t words, Read&& read) {
  constexpr std::size_t kData = 3;   // of a chunk: thread, threadId, firstOrder
  std::size_t sealed = sealedNotes(seen, words);
  std::uint64_t data[3];
  std::copy_n(seen + kData, 3, data);
  if (!read(reinterpret_cast<char*>(to), words * 8) || !std::equal(data, data + 3, to + kData)) return false;
  if (sealedNotes(to, words) == sealed) return true;   // what else is there is one that was begun
  for (std::size_t n = sealed; n < notesOf(to, words); ++n) std::fill_n(to + kHeadWords + n * kNoteWords, kNoteWords, 0);
  return true;
}

// A checksum goes over the whole of a struct's data section, and over lists element by element; a Text with the NUL at its end.
// Where the field `crc` lies in the data section of each struct; while a checksum is computed it counts as zero.
template <class Struct> inline constexpr std::size_t kCrcOffset = 0;
template <> inline constexpr std::size_t kCrcOffset<format::Header> = 20;
template <> inline constexpr std::size_t kCrcOffset<format::Chunk> = 4;
template <> inline constexpr std::size_t kCrcOffset<format::Note> = 16;
template <> inline constexpr std::size_t kCrcOffset<format::Footer> = 40;

// Adds a struct's data section, without its field `crc`.
template <class Struct> void addFields(Crc32c& crc, kj::ArrayPtr<const kj::byte> data) {
  constexpr std::size_t at = kCrcOffset<Struct>;
  if (data.size() < at + 4) return;  // damaged: its checksum reads as 0, which no checksum is
  crc.add(data.begin(), at);
  crc.add("\0\0\0", 4);
  crc.add(data.begin() + at + 4, data.size() - at - 4);
}
template <class Struct> void addFields(Crc32c& crc, typename Struct::Reader reader) {
  addFields<Struct>(crc, capnp::AnyStruct::Reader(reader).getDataSection());
}

inline std::uint32_t headerCrc(format::Header::Reader h) {
  Crc32c crc;
  addFields<format::Header>(crc, h);
  for (auto text : {h.getTool(), h.getPlatform(), h.getProcess(), h.getTarget()}) crc.add(text.begin(), text.size() + 1);
  return crc.value();
}
inline std::uint32_t chunkCrc(format::Chunk::Reader c) {
  Crc32c crc;
  addFields<format::Chunk>(crc, c);
  return crc.value();
}
inline std::uint32_t footerCrc(format::Footer::Reader f) {
  Crc32c crc;
  addFields<format::Footer>(crc, f);
  for (auto place : f.getChunks()) {
    auto data = capnp::AnyStruct::Reader(place).getDataSection();
    crc.add(data.begin(), data.size());
  }
  for (auto method : f.getMethods()) {
    auto signature = method.getSignature();
    crc.add(signature.begin(), signature.size() + 1);
    crc.addWord(method.getCalls());
    crc.addWord(method.getFailed());
  }
  return crc.value();
}

// The last of a footer that is made: its chunks, in the order of the file, its methods by signature with calls and failures, and the checksum.
template <class Chunks, class Methods> void closeFooter(format::Footer::Builder footer, const Chunks& chunks, const Methods& methods) {
  auto places = footer.initChunks(static_cast<unsigned>(chunks.size()));
  unsigned i = 0;
  for (const auto& chunk : chunks) {
    auto place = places[i++];
    place.setOffset(chunk.offset);
    place.setWords(chunk.words);
    place.setThread(chunk.thread);
    place.setFirstOrder(chunk.firstOrder);
    place.setNotes(chunk.notes);
  }
  auto counts = footer.initMethods(static_cast<unsigned>(methods.size()));
  i = 0;
  for (const auto& [signature, count] : methods) {
    auto method = counts[i++];
    method.setSignature(signature);
    method.setCalls(count.first);
    method.setFailed(count.second);
  }
  footer.setCrc(footerCrc(footer.asReader()));
}

// A block's bytes in one segment, so that every block of a trace looks alike.
inline std::string blockBytes(capnp::MallocMessageBuilder& message) {
  capnp::MallocMessageBuilder flat(static_cast<unsigned>(message.sizeInWords() + 8));
  flat.setRoot(message.getRoot<format::Block>().asReader());
  auto words = capnp::messageToFlatArray(flat);
  auto bytes = words.asBytes();
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

// A Value in the trace: kind in the low 8 bits, payload above.
inline std::uint64_t packValue(ValueKind kind, std::int64_t payload) {
  return static_cast<std::uint64_t>(payload) << 8 | static_cast<std::uint8_t>(kind);
}
inline ValueKind kindOfPacked(std::uint64_t packed) { return static_cast<ValueKind>(packed & 0xFF); }
inline std::int64_t payloadOfPacked(std::uint64_t packed) { return static_cast<std::int64_t>(packed) >> 8; }
inline bool fitsPacked(std::int64_t number) { return number >= -(std::int64_t{1} << 55) && number < std::int64_t{1} << 55; }

}  // namespace vss
