#include "traces/trace_reader.h"

#include <capnp/serialize.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <tuple>

#include "traces/call.h"
#include "traces/note_format.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace testing_traces;

// A small trace, untimed so that it is the same in each run: odd names, a failed call, a remark, a call without values.
void writeSmallTrace(const std::filesystem::path& path) {
  TraceWriter trace(path, {Origin::model, "reader_test", "fake", false});
  noteStatus(trace, 0, u"System Writer");
  noteStatus(trace, 1, u"");
  auto call = trace.enter(backupMethod("AbortBackup"), 1, 0, {});
  trace.leave(call, backupMethod("AbortBackup"), 1, 0x80042301, {});
  trace.remark(RemarkKind::warning, call, "odd");
  ValueView big[] = {ValueView::ofNumber(INT64_MIN)};
  trace.enter(backupMethod("GetWriterStatus"), 1, 3, big);
}

// Reads all there is; nullopt: it is no usable trace, which was said in a sentence that starts with the file.
struct Reading {
  std::vector<NoteText> notes;
  TraceEnd end;
  std::uint64_t lost, unfinished, unknown;
  std::vector<TraceProblem> problems;
  std::string header, footer;
  bool told() const { return end == TraceEnd::cutOff || lost || unknown || !problems.empty(); }
  auto all() const {
    std::string told;
    for (const auto& problem : problems) told += std::to_string(problem.offset) + " " + problem.text + "\n";
    return std::tuple(notes, end, lost, unfinished, unknown, told, header, footer);
  }
};
std::optional<Reading> readingOf(const std::filesystem::path& path, NoteReading how) {
  try {
    TraceReader reader(path, how);
    Reading r{notesOf(reader), reader.end(), reader.lostNotes(), reader.unfinishedNotes(), reader.unknownNotes() + reader.unknownBlocks(),
              reader.problems(), {}, {}};
    const auto& h = reader.header();
    for (auto& part : {h.tool, h.platform, h.process, h.target}) r.header += part + "\n";
    for (std::uint64_t n : {std::uint64_t{h.format}, std::uint64_t{h.semantics}, static_cast<std::uint64_t>(h.origin), std::uint64_t{h.processId},
                            std::uint64_t{h.wordSize}, h.ticksPerSecond, h.startTick, static_cast<std::uint64_t>(h.startTime)})
      r.header += std::to_string(n) + " ";
    if (auto& f = reader.footer())
      for (std::uint64_t n : {f->calls, f->notes, std::uint64_t{f->objects}, std::uint64_t{f->threads}, f->endTick, static_cast<std::uint64_t>(f->endTime)})
        r.footer += std::to_string(n) + " ";
    return r;
  } catch (const TraceError& e) {
    EXPECT_EQ(std::string(e.what()).find(shownPath(path) + ": "), 0u) << e.what();
    return std::nullopt;
  }
}

// Whatever a file holds, both ways to read it give the same.
std::optional<Reading> readingOf(const std::filesystem::path& path) {
  auto reading = readingOf(path, NoteReading::byPlace), byCapnp = readingOf(path, NoteReading::byCapnp);
  EXPECT_EQ(reading.has_value(), byCapnp.has_value());
  if (reading && byCapnp) { EXPECT_TRUE(reading->all() == byCapnp->all()); }
  return reading;
}

// Where the first chunk's notes lie, found without the reader under test.
struct Place { std::size_t begin, end; };
struct NotePlace {
  Place note{}, pointee{};
  std::uint64_t order = 0;
  std::vector<std::size_t> needs;  // notes that hold its signature and its values
};
std::vector<NotePlace> notePlaces(const std::string& bytes) {
  std::uint32_t words;
  std::memcpy(&words, bytes.data() + kHeaderWindow + 4, 4);
  auto segment = kj::heapArray<capnp::word>(words);
  std::memcpy(segment.begin(), bytes.data() + kHeaderWindow + 8, words * 8);
  kj::ArrayPtr<const capnp::word> parts[] = {segment};
  capnp::SegmentArrayMessageReader message(kj::arrayPtr(parts, 1));
  auto at = [&](const void* p) { return kHeaderWindow + 8 + static_cast<std::size_t>(static_cast<const char*>(p) - reinterpret_cast<const char*>(segment.begin())); };
  std::vector<NotePlace> places;
  for (auto note : message.getRoot<format::Block>().getChunk().getNotes()) {
    NotePlace place;
    auto begin = at(capnp::AnyStruct::Reader(note).getDataSection().begin());
    place.note = {begin, begin + kNoteWords * 8};
    place.order = note.getOrder();
    auto list = capnp::AnyStruct::Reader(note).getPointerSection()[0];
    if (!list.isNull()) {
      auto raw = list.getAs<capnp::AnyList>().getRawBytes();
      place.pointee = {at(raw.begin()), at(raw.end())};
    }
    auto need = [&](unsigned signature, capnp::List<std::uint64_t>::Reader values) {
      place.needs.push_back(signature);
      for (auto value : values)
        if (kindOfPacked(value) == ValueKind::stored) place.needs.push_back(static_cast<std::size_t>(payloadOfPacked(value)));
    };
    if (note.isEnter()) need(note.getEnter().getSignature(), note.getEnter().getValues());
    if (note.isLeave()) need(note.getLeave().getSignature(), note.getLeave().getValues());
    places.push_back(place);
  }
  return places;
}

TEST(TraceReader, ReadsEveryWholeNoteBeforeACutWhereverItIs) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  const std::string bytes = bytesOf(file.path);
  const auto all = notesIn(file.path);
  ASSERT_EQ(all.size(), 8u);
  const auto places = notePlaces(bytes);
  std::set<std::size_t> counts;
  const auto step = static_cast<std::size_t>(amount(1, 1, 7));
  for (std::size_t cut = bytes.size(); cut >= step;) {
    std::filesystem::resize_file(file.path, cut -= step);
    // Zeros at the end can be missing: zeros are what a reader finds there.
    auto there = [&](Place place) {
      auto from = std::min(std::max(cut, place.begin), place.end);
      return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.begin() + static_cast<std::ptrdiff_t>(place.end), [](char c) { return !c; });
    };
    auto whole = [&](const NotePlace& place) { return there(place.note) && there(place.pointee); };
    std::vector<NoteText> expected;
    std::size_t next = 0;
    for (auto& place : places) {
      if (!place.order) continue;
      bool good = whole(place);
      for (auto need : place.needs) good = good && whole(places[need]);
      if (good) expected.push_back(all[next]);
      ++next;
    }
    auto reading = readingOf(file.path);
    ASSERT_EQ(reading.has_value(), !expected.empty()) << "cut at " << cut;
    if (!reading) continue;
    ASSERT_EQ(reading->end, TraceEnd::cutOff) << "cut at " << cut;
    ASSERT_EQ(reading->notes, expected) << "cut at " << cut;
    counts.insert(expected.size());
    // Where the footer is cut, its rest is told as damage.
    if (!reading->problems.empty()) { ASSERT_EQ(expected.size(), all.size()) << cut << ": " << reading->problems[0].text; }
  }
  EXPECT_GE(counts.size(), 5u) << "cuts between the notes were tried";
}

TEST(TraceReader, NeverTakesAChangedByteForGood) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  std::string bytes = bytesOf(file.path);
  const auto original = readingOf(file.path);
  ASSERT_TRUE(original && !original->told());
  std::size_t refused = 0, told = 0, harmless = 0;
  std::fstream out(file.path, std::ios::binary | std::ios::in | std::ios::out);
  auto put = [&](std::size_t at, char byte) {
    out.seekp(static_cast<std::streamoff>(at));
    out.put(byte);
    out.flush();
  };
  const auto step = static_cast<std::size_t>(amount(1, 4, 16));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (!bytes[at] && at % step) continue;   // most of it is room that was not used
    // One bit everywhere; all of them where there is something.
    for (unsigned mask : {1u << at % 8, 0xFFu}) {
      if (mask == 0xFFu && !bytes[at]) continue;
      put(at, static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ mask));
      auto reading = readingOf(file.path);
      if (!reading) {
        ++refused;
        continue;
      }
      for (auto& note : reading->notes) {
        auto same = std::find_if(original->notes.begin(), original->notes.end(), [&](auto& o) { return o.order == note.order; });
        ASSERT_NE(same, original->notes.end()) << "an invented note, byte " << at;
        ASSERT_EQ(note.head, same->head) << "byte " << at;
        ASSERT_EQ(note.values.size(), same->values.size()) << "byte " << at;
        for (std::size_t v = 0; v < note.values.size(); ++v)
          if (note.values[v] != "0:0") { ASSERT_EQ(note.values[v], same->values[v]) << "byte " << at; }
      }
      bool same = reading->notes == original->notes && reading->header == original->header && reading->footer == original->footer;
      ASSERT_TRUE(same || reading->told()) << "byte " << at << " was changed by " << mask << " and nothing was said";
      ++(reading->told() ? told : harmless);
    }
    put(at, bytes[at]);
  }
  EXPECT_EQ(readingOf(file.path)->notes, original->notes);
  EXPECT_GT(refused, 16u);
  EXPECT_GT(told, 500u);
  EXPECT_GT(harmless, 4000u / step) << "room that was not used";
}

TEST(TraceReader, ReadsSamplesByTheirFieldsPlacesAsByCapnProto) {
  std::size_t notes = 0;
  for (const auto& entry : std::filesystem::directory_iterator("traces/samples/golden"))
    if (entry.path().extension() == ".vsst") notes += readingOf(entry.path()).value().notes.size();
  EXPECT_GT(notes, 70u);
}

TEST(TraceReader, SkimsTheLeavesThatAreWanted) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  for (auto how : {NoteReading::byPlace, NoteReading::byCapnp}) {
    TraceReader reader(file.path, how);
    std::vector<std::uint64_t> orders;
    reader.skimLeaves([](const Signature& signature) { return signature.method == "AbortBackup"; }, [&](const NoteView& note) { orders.push_back(note.order); });
    EXPECT_EQ(orders, std::vector<std::uint64_t>{6});
    EXPECT_EQ(notesOf(reader).size(), notesIn(file.path).size());
  }
}

TEST(TraceReader, ReadsTheEndOfALargeTraceWithoutWhatIsBefore) {
  TemporaryTrace file;
  {
    TraceWriter trace(file.path, {});
    auto work = [&](std::uint32_t count) {
      for (std::uint32_t i = 0; i < count; ++i) noteStatus(trace, i, std::u16string(200, static_cast<char16_t>(u'0' + i % 4096)));   // more than 8 MB: the trace is large
    };
    work(1);  // this thread's first chunk stays open: its last notes are in it
    std::thread other(work, 14'000), another(work, 6'000);
    other.join(), another.join();
    work(1);
  }
  std::vector<NoteText> all = notesIn(file.path);
  {
    TraceReader end(file.path, NoteReading::byPlace, TraceReach::end);
    ASSERT_TRUE(end.readsFrom());
    EXPECT_GT(*end.readsFrom(), all.size() / 2);
    auto notes = notesOf(end);
    std::erase_if(notes, [&](auto& note) { return note.order < *end.readsFrom(); });
    std::erase_if(all, [&](auto& note) { return note.order < *end.readsFrom(); });
    EXPECT_TRUE(notes == all);
    EXPECT_EQ(end.footer()->calls, 20'002u);
    EXPECT_EQ(end.footer()->methods.at(0).calls, 20'002u);
  }
  // What does not end in a footer is read from its start: one that was cut off, one with a damaged footer, one with something behind it.
  std::string bytes = bytesOf(file.path);
  for (const auto& damaged : {bytes.substr(0, bytes.size() - 8), bytes.substr(0, bytes.size() - 40) + std::string(1, bytes[bytes.size() - 40] ^ 1) + bytes.substr(bytes.size() - 39),
                              bytes + "more"}) {
    writeBytes(file.path, damaged);
    TraceReader whole(file.path, NoteReading::byPlace, TraceReach::end);
    EXPECT_FALSE(whole.readsFrom());
    EXPECT_GE(notesOf(whole).size(), 40'000u);
  }
  writeBytes(file.path, bytes + std::string(100'000, '\0'));  // as Windows leaves it while somebody reads
  EXPECT_TRUE(TraceReader(file.path, NoteReading::byPlace, TraceReach::end).readsFrom());
}

// Else a file that names one chunk a million times would have it read as often, and all at once.
TEST(TraceReader, BelievesNoFooterThatNamesAChunkTwice) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  std::string bytes = bytesOf(file.path);
  ASSERT_TRUE(TraceReader(file.path, NoteReading::byPlace, TraceReach::end).readsFrom());
  std::uint32_t words;
  std::memcpy(&words, bytes.data() + 4096 + 4, 4);
  std::size_t at = 4096 + 8 + words * 8;
  std::string footer = bytes.substr(at);
  auto segment = kj::heapArray<capnp::word>(footer.size() / 8 - 1);
  std::memcpy(segment.begin(), footer.data() + 8, segment.size() * 8);
  kj::ArrayPtr<const capnp::word> parts[] = {segment};
  capnp::SegmentArrayMessageReader message(kj::arrayPtr(parts, 1));
  capnp::MallocMessageBuilder twice(4096);
  twice.setRoot(message.getRoot<format::Block>());
  auto made = twice.getRoot<format::Block>().getFooter();
  ASSERT_EQ(made.getChunks().size(), 1u);
  auto one = message.getRoot<format::Block>().getFooter().getChunks()[0];
  auto chunks = made.initChunks(2);
  chunks.setWithCaveats(0, one), chunks.setWithCaveats(1, one);
  made.setCrc(footerCrc(made.asReader()));
  auto flat = capnp::messageToFlatArray(twice);
  bytes.replace(at, std::string::npos, reinterpret_cast<const char*>(flat.begin()), flat.size() * 8);
  writeBytes(file.path, bytes);
  TraceReader reader(file.path, NoteReading::byPlace, TraceReach::end);
  EXPECT_TRUE(reader.footer());
  EXPECT_FALSE(reader.readsFrom()) << "it is read from its start";
  EXPECT_EQ(reader.chunks(), 1u);
}

TEST(TraceReader, SkipsAHoleAndCountsItsNumberAsLost) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  std::string bytes = bytesOf(file.path);
  for (auto& place : notePlaces(bytes)) {
    if (place.order != 2) continue;
    bytes.replace(place.note.begin, kNoteWords * 8, kNoteWords * 8, '\0');
    writeBytes(file.path, bytes);
    auto hole = readingOf(file.path);
    ASSERT_TRUE(hole);
    EXPECT_EQ(hole->notes.size(), 7u);
    EXPECT_EQ(hole->lost, 1u);
    EXPECT_TRUE(hole->problems.empty());
    TraceReader reader(file.path);
    auto calls = loadCalls(reader).calls;
    ASSERT_EQ(calls.size(), 4u);
    EXPECT_FALSE(calls[0].result) << "its end is what was lost";
  }
}

TEST(TraceReader, DoesNotCallANoteThatWasNeverFinishedDamage) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  std::string bytes = bytesOf(file.path);
  for (auto& place : notePlaces(bytes))
    if (place.order == 8) bytes.replace(place.note.begin + kCrcOffset<format::Note>, 4, 4, '\0');
  writeBytes(file.path, bytes);
  auto reading = readingOf(file.path);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->notes.size(), 7u);
  EXPECT_EQ(reading->unfinished, 1u);
  EXPECT_EQ(reading->lost, 0u);
  EXPECT_TRUE(reading->problems.empty());
}

TEST(TraceReader, SkipsAndCountsNotesOfANewerKind) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  const std::string bytes = bytesOf(file.path);
  for (auto& place : notePlaces(bytes)) {
    if (place.order != 7 && place.order != 6) continue;  // the remark; a call's end
    std::string newer = bytes;
    std::uint16_t kind = 77;
    std::memcpy(newer.data() + place.note.begin + 20, &kind, 2);
    writeBytes(file.path, newer);
    EXPECT_FALSE(readingOf(file.path)->problems.empty()) << "without its checksum it is damage";
    Crc32c crc;
    addFields<format::Note>(crc, kj::arrayPtr(reinterpret_cast<const kj::byte*>(newer.data() + place.note.begin), kNoteDataBytes));
    crc.add(newer.data() + place.pointee.begin, place.pointee.end - place.pointee.begin);
    std::uint32_t seal = crc.value();
    std::memcpy(newer.data() + place.note.begin + kCrcOffset<format::Note>, &seal, 4);
    writeBytes(file.path, newer);
    auto reading = readingOf(file.path);
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->notes.size(), 7u);
    EXPECT_EQ(reading->unknown, 1u);
    EXPECT_EQ(reading->lost, 0u) << "its number is not lost";
    EXPECT_TRUE(reading->problems.empty());
  }
}

TEST(TraceReader, SkipsAndCountsBlocksOfANewerKind) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  std::string bytes = bytesOf(file.path);
  std::uint64_t end = TraceReader(file.path).endOfNotes();
  std::string block(kWindowUnit, '\0');
  // A frame of one segment, a Block (one word of data, one pointer), its kind.
  const std::uint64_t words[] = {std::uint64_t{kWindowUnit / 8 - 1} << 32, std::uint64_t{1} << 32 | std::uint64_t{1} << 48, 9, 0};
  std::memcpy(block.data(), words, sizeof words);
  writeBytes(file.path, bytes.substr(0, kHeaderWindow) + block + bytes.substr(kHeaderWindow, end - kHeaderWindow));
  TraceReader reader(file.path);
  EXPECT_EQ(notesOf(reader).size(), 8u);
  EXPECT_EQ(reader.unknownBlocks(), 1u);
  EXPECT_TRUE(reader.problems().empty());
}

TEST(TraceReader, AChunkThatWasBegunWhenTheProcessEndedIsNoDamage) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  std::string bytes = bytesOf(file.path);
  std::string notes = bytes.substr(0, TraceReader(file.path).endOfNotes());
  notes.resize((notes.size() + kWindowUnit - 1) / kWindowUnit * kWindowUnit, '\0');
  ASSERT_EQ(notePlaces(bytes)[0].note.begin, kHeaderWindow + kFirstNote);
  // The writer makes root, Block, Chunk and the list's tag in this order, the frame last: the process may end behind any of them.
  for (std::size_t head = 8; head <= kFirstNote; head += 8) {
    std::string begun = std::string(8, '\0') + bytes.substr(kHeaderWindow + 8, head - 8);
    begun.resize(4 * kWindowUnit, '\0');
    writeBytes(file.path, notes + begun);
    auto reading = readingOf(file.path);
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->notes.size(), 8u);
    EXPECT_EQ(reading->end, TraceEnd::cutOff);
    EXPECT_TRUE(reading->problems.empty()) << head << ": " << reading->problems[0].text;
  }
  // With a note behind it the same head is a chunk that lost its frame.
  std::string damaged = std::string(8, '\0') + bytes.substr(kHeaderWindow + 8, kWindowUnit - 8);
  writeBytes(file.path, notes + damaged);
  auto reading = readingOf(file.path);
  ASSERT_TRUE(reading);
  ASSERT_EQ(reading->problems.size(), 1u);
  EXPECT_EQ(reading->problems[0].text, "no block of a trace from here to the end of the file");
}

TEST(TraceReader, RefusesANewerFormatAndSaysWhatToDo) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  std::string bytes = bytesOf(file.path);
  bytes[40] = static_cast<char>(kFormat + 1);
  writeBytes(file.path, bytes);
  try {
    TraceReader reader(file.path);
    FAIL() << "read";
  } catch (const TraceError& e) {
    EXPECT_EQ(std::string(e.what()), shownPath(file.path) + ": has format 2, made by shadowtape " SHADOWTAPE_VERSION
                                                            "; this shadowtape reads up to 1: use a newer one");
  }
}

TEST(TraceReader, SaysWhatIsWrongWithAFileThatIsNoTrace) {
  TemporaryTrace file;
  auto refusal = [&] {
    try {
      TraceReader reader(file.path);
      return std::string("read");
    } catch (const TraceError& e) {
      return std::string(e.what()).substr(shownPath(file.path).size());
    }
  };
  EXPECT_EQ(refusal().find(": cannot be opened: "), 0u);
  writeBytes(file.path, "");
  EXPECT_EQ(refusal(), ": is empty; a trace starts with a header");
  writeBytes(file.path, std::string(5000, 'x'));
  EXPECT_EQ(refusal(), ": is not a trace (no SHADTAPE at byte 32); a pasted listing becomes one by `shadowtape import`");
  { TraceWriter header(file.path.native() + std::filesystem::path("2").native(), {}); header.abandon(); }
  std::filesystem::rename(file.path.native() + std::filesystem::path("2").native(), file.path);
  EXPECT_EQ(refusal(), ": holds not one readable note");
}

TEST(TraceReader, TellsTwoTracesInOneFileFromOne) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  std::string bytes = bytesOf(file.path);
  writeBytes(file.path, bytes + bytes);
  auto reading = readingOf(file.path);
  EXPECT_EQ(reading->notes.size(), 8u);
  EXPECT_FALSE(reading->problems.empty());
}

TEST(TraceReader, ReadsPastZerosBehindTheFooter) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  writeBytes(file.path, bytesOf(file.path) + std::string(100'000, '\0'));
  auto reading = readingOf(file.path);
  EXPECT_EQ(reading->notes.size(), 8u);
  EXPECT_FALSE(reading->told());
}

TEST(TraceReader, TellsDamageOnceHoweverOftenItIsRead) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  std::string bytes = bytesOf(file.path);
  auto places = notePlaces(bytes);
  bytes[places[0].pointee.begin] ^= 1;  // the signature of the first call: met before the first note is given
  writeBytes(file.path, bytes);
  TraceReader reader(file.path);
  CallReader(reader).next();
  CallReader(reader).next();
  notesOf(reader);
  auto problems = reader.problems().size();
  EXPECT_GT(problems, 1u);
  notesOf(reader);
  EXPECT_EQ(reader.problems().size(), problems);
  std::set<std::pair<std::uint64_t, std::string>> different;
  for (auto& problem : reader.problems()) different.insert({problem.offset, problem.text});
  EXPECT_EQ(different.size(), problems);
}

TEST(TraceReader, PassesOnKindsOfValuesThatItDoesNotKnow) {
  TemporaryTrace file;
  {
    TraceWriter trace(file.path, {});
    ValueView values[] = {{static_cast<ValueKind>(200), 0, {}}};
    trace.enter(backupMethod("AbortBackup"), 1, 0, values);
  }
  TraceReader reader(file.path);
  const NoteView* note = reader.next();
  ASSERT_TRUE(note);
  ASSERT_EQ(note->values.size(), 1u);
  EXPECT_EQ(static_cast<int>(note->values[0].kind), 200);
}

// ---- Traces that somebody made on purpose. What they cost is bounded by the time limit of the test, and on Linux by x_linux_test. ----

std::string withChunk(std::vector<std::uint64_t> words, std::uint32_t claimed) {
  TemporaryTrace file("head");
  { TraceWriter(file.path, {}).abandon(); }
  std::string bytes = bytesOf(file.path).substr(0, kHeaderWindow);
  std::uint64_t frame = std::uint64_t{claimed} << 32;
  bytes.append(reinterpret_cast<const char*>(&frame), 8);
  bytes.append(reinterpret_cast<const char*>(words.data()), words.size() * 8);
  return bytes;
}

// Root, Block, Chunk with its right checksum; then the word that is the pointer to the notes, at index 6.
std::vector<std::uint64_t> chunkHead() {
  std::vector<std::uint64_t> words{std::uint64_t{1} << 32 | std::uint64_t{1} << 48, 1, std::uint64_t{3} << 32 | std::uint64_t{1} << 48, 1, 0, 1, 0};
  Crc32c crc;
  addFields<format::Chunk>(crc, kj::arrayPtr(reinterpret_cast<const kj::byte*>(&words[3]), 24));
  words[3] |= std::uint64_t{crc.value()} << 32;
  return words;
}
constexpr std::uint64_t structList(std::uint64_t words) { return 1 | std::uint64_t{7} << 32 | words << 35; }
constexpr std::uint64_t noteTag(std::uint64_t count) { return count << 2 | std::uint64_t{5} << 32 | std::uint64_t{1} << 48; }

TEST(TraceReader, IsNotLedAstrayByPointersThatLie) {
  TemporaryTrace file;
  auto tried = [&](std::vector<std::uint64_t> words, std::uint32_t claimed) {
    writeBytes(file.path, withChunk(std::move(words), claimed));
    return readingOf(file.path);
  };
  auto head = chunkHead();
  auto chunk = [&](std::uint64_t list, std::vector<std::uint64_t> rest) {
    auto words = head;
    words[6] = list;
    words.insert(words.end(), rest.begin(), rest.end());
    return words;
  };
  // A list with nothing in it is accepted as a chunk, so these heads are right.
  { std::vector<std::uint64_t> rest(100); rest[0] = noteTag(16);
    writeBytes(file.path, withChunk(chunk(structList(96), rest), 107));
    EXPECT_FALSE(readingOf(file.path)); }
  // A gigabyte is claimed, a few words are there; with 22 million notes in it.
  EXPECT_FALSE(tried(chunk(structList(22'000'000 * 6), {noteTag(22'000'000)}), (1u << 27) - 2));
  // More than a gigabyte, and nothing.
  EXPECT_FALSE(tried(chunk(0, {}), 0xFFFFFFFF));
  EXPECT_FALSE(tried(chunk(0, {}), 0));
  // Half a billion notes that take no room.
  EXPECT_FALSE(tried(chunk(structList(0), {std::uint64_t{0x1FFFFFFF} << 2}), 8));
  // Notes of no data, of more data than there is, of another kind of list.
  EXPECT_FALSE(tried(chunk(structList(4), {std::uint64_t{4} << 2 | std::uint64_t{1} << 48, 0, 0, 0, 0}), 12));
  EXPECT_FALSE(tried(chunk(structList(4), {std::uint64_t{1} << 2 | std::uint64_t{0xFFFF} << 32, 0, 0, 0, 0}), 12));
  EXPECT_FALSE(tried(chunk(1 | std::uint64_t{2} << 32 | std::uint64_t{32} << 35, {0, 0, 0, 0}), 11));
  // Pointers to themselves, far pointers, pointers before the start.
  EXPECT_FALSE(tried(chunk(std::uint64_t(static_cast<std::uint32_t>(-1) << 2) | 1 | std::uint64_t{7} << 32 | std::uint64_t{6} << 35, {}), 7));
  EXPECT_FALSE(tried({std::uint64_t(static_cast<std::uint32_t>(-1) << 2) | std::uint64_t{1} << 48, 0, 0, 0}, 4));
  EXPECT_FALSE(tried({2 | std::uint64_t{5} << 32, 0, 0, 0}, 4));
  EXPECT_FALSE(tried({6 | std::uint64_t{1} << 3, 0, 0, 0}, 4));
  EXPECT_FALSE(tried({3, 3, 3, 3, 3}, 5));
}

TEST(TraceReader, ReadsABigTextAFewTimesNotAsOftenAsNotesPointToIt) {
  constexpr unsigned kNotes = 4000;
  auto words = chunkHead();
  words[6] = structList(kNotes * 6);
  words.push_back(noteTag(kNotes));
  std::vector<unsigned char> text(4 << 20);
  for (unsigned i = 0; i < kNotes; ++i) {
    std::uint64_t note[6] = {};
    note[2] = std::uint64_t{2} << 32;  // text
    std::uint64_t seal = 1;
    note[2] |= seal;
    note[5] = 1 | std::uint64_t{2} << 32 | std::uint64_t(text.size()) << 35 | std::uint64_t{(kNotes - 1 - i) * 6} << 2;
    words.insert(words.end(), note, note + 6);
  }
  words.resize(words.size() + text.size() / 8);
  auto bytes = withChunk(words, static_cast<std::uint32_t>(words.size()));
  TemporaryTrace file;
  writeBytes(file.path, bytes);
  auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(readingOf(file.path));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10)) << "16 GB of checksums";
}

TEST(TraceReader, LivesThroughWhateverIsInAFile) {
  TemporaryTrace file;
  writeSmallTrace(file.path);
  const std::string bytes = bytesOf(file.path);
  const auto places = notePlaces(bytes);
  std::uint64_t state = 20'231'123;
  auto random = [&](std::size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state >> 33) % below;
  };
  for (int round = 0; round < amount(2000, 1000, 200); ++round) {
    std::string damaged = bytes;
    for (std::size_t n = random(8) + 1; n--;) {
      std::size_t word;
      switch (random(3)) {  // where pointers and counts are, mostly
        case 0: word = kHeaderWindow / 8 + random(10); break;
        case 1: word = places[random(places.size())].note.begin / 8 + random(6); break;
        default: word = random(damaged.size() / 8);
      }
      std::uint64_t value;
      std::memcpy(&value, damaged.data() + word * 8, 8);
      value = random(2) ? value ^ std::uint64_t{1} << random(64) : std::uint64_t{random(1u << 30)} << 34 | random(1u << 30);
      std::memcpy(damaged.data() + word * 8, &value, 8);
    }
    writeBytes(file.path, damaged);
    auto reading = readingOf(file.path);
    if (reading && damaged != bytes) { EXPECT_LE(reading->notes.size(), 8u); }
  }
}

TEST(TraceReader, ReadsThousandsOfThreadsAtOnce) {
  constexpr std::uint32_t kChunks = 20'000;  // each its own thread, all open from the first note on
  TemporaryTrace file, one("one");
  { TraceWriter(one.path, {}).abandon(); }
  std::string bytes = bytesOf(one.path).substr(0, kHeaderWindow);
  for (std::uint32_t t = 1; t <= kChunks; ++t) {
    capnp::MallocMessageBuilder message(512);
    auto chunk = message.initRoot<format::Block>().initChunk();
    chunk.setThread(t);
    chunk.setFirstOrder(1);
    chunk.setCrc(chunkCrc(chunk.asReader()));
    auto notes = chunk.initNotes(3);
    for (std::uint32_t i = 0; i < 3; ++i) {
      auto note = notes[i];
      note.setOrder(i * kChunks + t);
      auto text = note.initRemark().initText(1);
      text[0] = 'x';
      Crc32c crc;
      addFields<format::Note>(crc, capnp::AnyStruct::Reader(note.asReader()).getDataSection());
      crc.add(text.begin(), 2);
      note.setCrc(crc.value());
    }
    auto segment = message.getSegmentsForOutput()[0].asBytes();
    std::uint32_t frame[2] = {0, static_cast<std::uint32_t>(segment.size() / 8)};
    bytes.append(reinterpret_cast<const char*>(frame), 8);
    bytes.append(reinterpret_cast<const char*>(segment.begin()), segment.size());
  }
  writeBytes(file.path, bytes);
  auto start = std::chrono::steady_clock::now();
  TraceReader reader(file.path);
  std::uint64_t order = 0;
  while (const NoteView* note = reader.next()) ASSERT_EQ(note->order, ++order);
  EXPECT_EQ(order, 3u * kChunks);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20)) << "its cost does not grow with threads times notes";
}

}  // namespace
}  // namespace vss
