// FORMAT.md §7 and §10, number by number, where no other test holds it: what a writer keeps to, and what a message can make a reader do.
#include <gtest/gtest.h>

#include <capnp/message.h>

#include <chrono>
#include <cstring>

#include "traces/note_format.h"
#include "traces/trace_error.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {
using namespace testing_traces;

struct ChunkSize { std::uint64_t offset, bytes, notes; };

// As a reader finds them: behind one another, or at the next multiple of 4096.
std::vector<ChunkSize> chunksOf(const std::string& trace) {
  auto word = [&](std::uint64_t at) {
    std::uint64_t value = 0;
    if (at + 8 <= trace.size()) std::memcpy(&value, trace.data() + at, 8);
    return value;
  };
  std::vector<ChunkSize> chunks;
  for (std::uint64_t at = kHeaderWindow; at < trace.size();) {
    std::uint64_t words = word(at) >> 32;
    if (words && word(at + 16) == 1) chunks.push_back({at, 8 + words * 8, (word(at + kFirstNote - 8) & 0xFFFFFFFF) >> 2});
    at = words ? at + 8 + words * 8 : (at / kWindowUnit + 1) * kWindowUnit;
  }
  return chunks;
}

TEST(Limits, AChunkTakes16KBAtFirstAndAtMost512KBAfterwards) {
  TemporaryTrace file;
  TraceWriter trace(file.path, {});
  noteStatus(trace, 0, u"System Writer");
  auto chunks = chunksOf(bytesOf(file.path));
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].bytes, 16u << 10);
  for (std::uint32_t i = 0; i < 20'000; ++i) noteStatus(trace, i, u"System Writer");
  chunks = chunksOf(bytesOf(file.path));
  ASSERT_GT(chunks.size(), 5u);
  for (std::size_t i = 1; i < chunks.size(); ++i) {
    EXPECT_LE(chunks[i].bytes, 512u << 10);
    EXPECT_GT(chunks[i].bytes, i + 1 < chunks.size() ? 192u << 10 : 0u) << "what was not used at its end is cut";
  }
  // The last is open: its list is as long as it may become.
  double room = static_cast<double>(chunks.back().bytes), notes = static_cast<double>(chunks.back().notes * kNoteWords * 8);
  EXPECT_GE(chunks.back().bytes, 256u << 10);
  EXPECT_GE(notes, room * 0.49);
  EXPECT_LE(notes, room * 0.75);
}

TEST(Limits, AChunkForALargeValueIsLessThanAGibibyteAndHas32768NotesAtMost) {
  TemporaryTrace file;
  TraceWriter trace(file.path, {});
  noteStatus(trace, 0, std::u16string(1 << 20, u'x'));
  auto chunks = chunksOf(bytesOf(file.path));
  ASSERT_FALSE(chunks.empty());
  EXPECT_GT(chunks.back().bytes, 2u << 20);
  EXPECT_LT(chunks.back().bytes, kLargestWindow);
  EXPECT_EQ(chunks.back().notes, 32'768u) << "there would be room for more";
}

// One chunk of so many notes that all have one text, which is there once: what the notes lead to is far more than the file.
std::string notesOfOneText(unsigned count, std::size_t length) {
  capnp::MallocMessageBuilder message(static_cast<unsigned>(count * kNoteWords + length / 8 + 100));
  auto chunk = message.initRoot<format::Block>().initChunk();
  chunk.setThread(1);
  chunk.setFirstOrder(1);
  chunk.setCrc(chunkCrc(chunk.asReader()));
  auto notes = chunk.initNotes(count);
  std::string text(length, 'x');
  for (unsigned i = 0; i < count; ++i) {
    auto note = notes[i];
    note.setOrder(i + 1);
    auto remark = note.initRemark();
    if (!i) remark.setText(text.c_str());
    Crc32c crc;
    addFields<format::Note>(crc, capnp::AnyStruct::Reader(note.asReader()).getDataSection());
    crc.add(text.c_str(), text.size() + 1);
    note.setCrc(crc.value());
  }
  auto segments = message.getSegmentsForOutput();
  EXPECT_EQ(segments.size(), 1u);
  std::string block(8, '\0');
  auto words = static_cast<std::uint32_t>(segments[0].size());
  std::memcpy(block.data() + 4, &words, 4);
  block.append(reinterpret_cast<const char*>(segments[0].begin()), segments[0].size() * 8);
  // Every pointer leads to the text of the first note: it says how many words lie between.
  const std::size_t pointer = kFirstNote + kNoteWords * 8 - 8;
  std::uint64_t first;
  std::memcpy(&first, block.data() + pointer, 8);
  for (unsigned i = 1; i < count; ++i) {
    std::uint64_t same = first - (std::uint64_t{i} * kNoteWords << 2);
    std::memcpy(block.data() + pointer + i * kNoteWords * 8, &same, 8);
  }
  TemporaryTrace one("one");
  { TraceWriter(one.path, {}).abandon(); }
  return bytesOf(one.path).substr(0, kHeaderWindow) + block;
}

TEST(Limits, AReaderFollowsFourWordsForEachWordOfAMessage) {
  for (auto [count, length] : {std::pair{1000u, 8000u}, {2000u, 200'000u}}) {
    TemporaryTrace file;
    std::string bytes = notesOfOneText(count, length);
    writeBytes(file.path, bytes);
    for (auto reading : {NoteReading::byPlace, NoteReading::byCapnp}) {
      auto began = std::chrono::steady_clock::now();
      TraceReader reader(file.path, reading);
      std::uint64_t given = 0;
      while (reader.next()) ++given;
      EXPECT_LE(given * length, 4 * bytes.size() + 4096 * 2);
      EXPECT_GE(given, 1u) << "what is within is given";
      EXPECT_FALSE(reader.problems().empty()) << "and what is not is told";
      EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
    }
  }
  // Without that trick nothing is missing.
  TemporaryTrace file;
  writeBytes(file.path, notesOfOneText(1, 200'000));
  TraceReader reader(file.path);
  EXPECT_TRUE(reader.next());
  EXPECT_TRUE(reader.problems().empty());
}

TEST(Limits, ABlockThatClaimsMoreThanAGibibyteIsNone) {
  TemporaryTrace file;
  { TraceWriter trace(file.path, {}); noteStatus(trace, 0, u"System Writer"); }
  std::string whole = bytesOf(file.path);
  auto claiming = [&](std::uint32_t words) {
    std::string bytes = whole;
    std::memcpy(bytes.data() + kHeaderWindow + 4, &words, 4);
    writeBytes(file.path, bytes);
  };
  claiming((1u << 27) - 1);  // with its frame a gibibyte: a chunk that the end of the file cuts
  EXPECT_EQ(notesIn(file.path).size(), 2u);
  claiming(1u << 27);
  try {
    TraceReader reader(file.path);
    FAIL() << "it was read";
  } catch (const TraceError& e) {
    EXPECT_NE(std::string(e.what()).find("no block of a trace"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace vss
