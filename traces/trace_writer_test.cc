#include "traces/trace_writer.h"

#include <capnp/serialize.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <set>
#include <thread>

#include "traces/call.h"
#include "traces/note_format.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace testing_traces;

const TraceOrigin kOrigin{Origin::model, "writer_test", "fake"};
constexpr auto kDone = TraceWriter::Ending::threadsDone;

// The notes of the chunk at `offset`, of every kind, as they lie in the file.
class RawChunk {
 public:
  RawChunk(const std::string& bytes, std::uint64_t offset) {
    std::uint32_t words;
    std::memcpy(&words, bytes.data() + offset + 4, 4);
    segment_ = kj::heapArray<capnp::word>(words);
    std::memcpy(segment_.begin(), bytes.data() + offset + 8, words * 8);
    parts_[0] = segment_;
    message_ = std::make_unique<capnp::SegmentArrayMessageReader>(kj::arrayPtr(parts_, 1));
  }
  format::Chunk::Reader chunk() { return message_->getRoot<format::Block>().getChunk(); }
  std::vector<format::Note::Reader> notes() {
    std::vector<format::Note::Reader> all;
    for (auto note : chunk().getNotes()) all.push_back(note);
    return all;
  }

 private:
  kj::Array<capnp::word> segment_;
  kj::ArrayPtr<const capnp::word> parts_[1];
  std::unique_ptr<capnp::SegmentArrayMessageReader> message_;
};

std::vector<Call> callsIn(const std::filesystem::path& path) {
  TraceReader reader(path);
  auto calls = loadCalls(reader).calls;
  EXPECT_TRUE(reader.problems().empty());
  for (auto& call : calls) {  // what dies with the reader
    call.signature = nullptr;
    for (auto* values : {&call.inputs, &call.outputs})
      for (auto& value : *values) value.bytes = Bytes(std::string_view(value.bytes));
  }
  return calls;
}

// What a requester may pass or get, each through one call of the method with the most parameters.
TEST(TraceWriter, GivesBackEveryKindOfValueAsItWas) {
  std::u16string longText(500'000, u'ä');
  longText[17] = u'\0';
  Guid ids[3] = {{1}, {2}, {0xFFFFFFFF, 3, 4, {5}}};
  std::string everyByte(256, '\0');
  for (int i = 0; i < 256; ++i) everyByte[static_cast<std::size_t>(i)] = static_cast<char>(i);
  std::vector<ValueView> values{
      ValueView::of(ValueKind::missing), ValueView::ofNumber(0), ValueView::ofNumber(-1), ValueView::ofNumber(0xFFFFFFFF),
      ValueView::ofNumber((std::int64_t{1} << 55) - 1), ValueView::ofNumber(-(std::int64_t{1} << 55)),
      ValueView::ofText(u""), ValueView::ofText(u"System Writer"), ValueView::ofText({u"a\0b\0", 4}), ValueView::ofText(u"\xD800 alone, \xDC00 too"),
      ValueView::ofText(longText), ValueView::ofGuid(ids[2]), ValueView::ofBytes({reinterpret_cast<const char*>(ids), sizeof ids}),
      ValueView::ofBytes({reinterpret_cast<const char*>(ids), 0}), ValueView::of(ValueKind::null), ValueView::ofObject(0xFFFFFFFF),
      ValueView::of(ValueKind::foreignObject), ValueView::of(ValueKind::unchanged), ValueView::of(ValueKind::zeroed),
      {ValueKind::raw, 0, everyByte}, ValueView::of(ValueKind::unreadable), ValueView::of(ValueKind::noPointer), {ValueKind::stored, 0, {}}};
  std::set<ValueKind> kinds;
  for (auto& value : values) kinds.insert(value.kind);
  ASSERT_EQ(kinds.size(), 11u) << "a kind of value is not tried";

  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  auto call = trace.enter(backupMethod("AbortBackup"), 0xFFFFFFFF, 0xFFFFFFFF, values);
  std::reverse(values.begin(), values.end());
  trace.leave(call, backupMethod("AbortBackup"), 0xFFFFFFFF, 0x80042301, values);
  ASSERT_TRUE(trace.finish(kDone));

  auto calls = callsIn(file.path);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].object, 0xFFFFFFFF);
  EXPECT_EQ(calls[0].nulls, 0xFFFFFFFF);
  EXPECT_EQ(calls[0].result, 0x80042301u);
  ASSERT_EQ(calls[0].inputs.size(), values.size());
  ASSERT_EQ(calls[0].outputs.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(calls[0].outputs[i], Value(values[i])) << i;
    EXPECT_EQ(calls[0].inputs[i], Value(values[values.size() - 1 - i])) << i;
  }
}

// A number that does not fit beside its kind is kept in eight bytes; how a reader turns it back depends on the parameter's type.
TEST(TraceWriter, KeepsNumbersBeyond56BitsWhole) {
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  const std::int64_t numbers[] = {std::int64_t{1} << 55, -(std::int64_t{1} << 55) - 1, INT64_MAX, INT64_MIN, 0x01DA'5E00'0000'0001};
  std::vector<ValueView> values;
  for (auto number : numbers) values.push_back(ValueView::ofNumber(number));
  trace.enter(backupMethod("AbortBackup"), 1, 0, values);
  trace.finish(kDone);
  auto calls = callsIn(file.path);
  for (std::size_t i = 0; i < std::size(numbers); ++i) {
    ASSERT_EQ(calls[0].inputs[i].kind, ValueKind::stored);
    EXPECT_EQ(calls[0].inputs[i].bytes, std::string(reinterpret_cast<const char*>(&numbers[i]), 8));
  }
}

// Notes are written word by word, not by Cap'n Proto's builders: what these make of the same notes must be the same, bit by bit.
TEST(TraceWriter, WritesTheVeryWordsThatCapnProtoWould) {
  TemporaryTrace file;
  {
    TraceWriter trace(file.path, kOrigin);
    for (std::uint32_t i = 0; i < 3; ++i) noteStatus(trace, i, u"System Writer");
    trace.remark(RemarkKind::warning, 5, "a remark");
    ValueView values[] = {ValueView::ofText(u""), ValueView::ofNumber(-1), ValueView::ofNumber(std::int64_t{1} << 60)};
    auto call = trace.enter(backupMethod("AbortBackup"), 0xFFFFFFFF, 0x80000001, {});
    trace.leave(call, backupMethod("AbortBackup"), 0xFFFFFFFF, 0x80042301, values);
    trace.finish(kDone);
  }
  std::string bytes = bytesOf(file.path);
  RawChunk written(bytes, kHeaderWindow);
  auto notes = written.notes();
  ASSERT_EQ(notes.size(), 2u /* signatures */ + 3 + 2 /* ids, name */ + 6 + 1 + 2 /* texts */ + 2);

  std::uint32_t words, tag, room = 0;
  std::memcpy(&words, bytes.data() + kHeaderWindow + 4, 4);
  std::memcpy(&tag, bytes.data() + kHeaderWindow + kFirstNote - 8, 4);
  ASSERT_EQ(tag >> 2, notes.size());
  // What the first note points to lies behind the room for all: there the builders begin too, if they are given as much.
  std::uint32_t pointer;
  std::memcpy(&pointer, bytes.data() + kHeaderWindow + kFirstNote + kNoteDataBytes, 4);
  room = (pointer >> 2) / kNoteWords + 1;
  capnp::MallocMessageBuilder message(words + 1024);
  auto chunk = message.initRoot<format::Block>().initChunk();
  chunk.setThread(written.chunk().getThread());
  chunk.setThreadId(written.chunk().getThreadId());
  chunk.setFirstOrder(written.chunk().getFirstOrder());
  chunk.setCrc(written.chunk().getCrc());
  auto made = chunk.initNotes(room);
  for (unsigned i = 0; i < notes.size(); ++i) {
    auto from = notes[i];
    auto to = made[i];
    to.setOrder(from.getOrder());
    to.setTick(from.getTick());
    to.setCrc(from.getCrc());
    switch (from.which()) {
      case format::Note::SIGNATURE: to.setSignature(from.getSignature()); break;
      case format::Note::TEXT: to.setText(from.getText()); break;
      case format::Note::ENTER: {
        auto enter = to.initEnter();
        enter.setSignature(from.getEnter().getSignature());
        enter.setObject(from.getEnter().getObject());
        enter.setNulls(from.getEnter().getNulls());
        if (from.getEnter().hasValues()) enter.setValues(from.getEnter().getValues());
        break;
      }
      case format::Note::LEAVE: {
        auto leave = to.initLeave();
        leave.setSignature(from.getLeave().getSignature());
        leave.setObject(from.getLeave().getObject());
        leave.setResult(from.getLeave().getResult());
        leave.setCall(from.getLeave().getCall());
        if (from.getLeave().hasValues()) leave.setValues(from.getLeave().getValues());
        break;
      }
      case format::Note::REMARK: {
        auto remark = to.initRemark();
        remark.setKind(from.getRemark().getKind());
        remark.setAbout(from.getRemark().getAbout());
        remark.setText(from.getRemark().getText());
        break;
      }
      default: FAIL() << "a note of no kind";
    }
  }
  auto segments = message.getSegmentsForOutput();
  ASSERT_EQ(segments.size(), 1u);
  auto built = segments[0].asBytes();
  ASSERT_LE(built.size(), words * 8u);
  std::string_view ours(bytes.data() + kHeaderWindow + kFirstNote, 8 + built.size() - kFirstNote), theirs(reinterpret_cast<const char*>(built.begin()) + kFirstNote - 8, built.size() + 8 - kFirstNote);
  for (std::size_t i = 0; i < theirs.size(); i += 8) ASSERT_EQ(ours.substr(i, 8), theirs.substr(i, 8)) << "word " << i / 8 << " from the first note";
}

TEST(TraceWriter, NotesOfItsOwnEnumerationsAreThoseOfTheSchema) {
  auto mirror = [](auto ours, auto schema) { return static_cast<unsigned>(ours) == static_cast<unsigned>(schema); };
  using V = format::ValueKind;
  EXPECT_TRUE(mirror(ValueKind::missing, V::MISSING) && mirror(ValueKind::number, V::NUMBER) && mirror(ValueKind::stored, V::STORED) &&
              mirror(ValueKind::null, V::NULL_) && mirror(ValueKind::object, V::OBJECT) && mirror(ValueKind::foreignObject, V::FOREIGN_OBJECT) &&
              mirror(ValueKind::unchanged, V::UNCHANGED) && mirror(ValueKind::zeroed, V::ZEROED) && mirror(ValueKind::raw, V::RAW) &&
              mirror(ValueKind::unreadable, V::UNREADABLE) && mirror(ValueKind::noPointer, V::NO_POINTER));
  using R = format::RemarkKind;
  EXPECT_TRUE(mirror(RemarkKind::information, R::INFORMATION) && mirror(RemarkKind::warning, R::WARNING) && mirror(RemarkKind::stopped, R::STOPPED) &&
              mirror(RemarkKind::listingError, R::LISTING_ERROR) && mirror(RemarkKind::listing, R::LISTING) && mirror(RemarkKind::lost, R::LOST));
  using O = format::Origin;
  EXPECT_TRUE(mirror(Origin::live, O::LIVE) && mirror(Origin::model, O::MODEL) && mirror(Origin::imported, O::IMPORTED) &&
              mirror(Origin::replayed, O::REPLAYED));
}

TEST(TraceWriter, StoresEveryValueOnceInAChunkAndAgainInTheNext) {
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  for (int i = 0; i < 6000; ++i) noteStatus(trace, static_cast<std::uint32_t>(i % 3), u"System Writer");
  trace.finish(kDone);

  std::string bytes = bytesOf(file.path);
  unsigned chunks = 0;
  TraceReader reader(file.path);
  for (std::uint64_t offset = kHeaderWindow; offset < reader.endOfNotes(); ++chunks) {
    RawChunk chunk(bytes, offset);
    std::multiset<std::string> texts, signatures;
    unsigned calls = 0;
    for (auto note : chunk.notes()) {
      if (note.isText()) texts.emplace(note.getText().asChars().begin(), note.getText().size());
      if (note.isSignature()) signatures.insert(note.getSignature().cStr());
      if (note.isEnter()) ++calls;
      if (note.isEnter() || note.isLeave()) { EXPECT_EQ(signatures.size(), 1u) << "the signature comes before the first note that uses it"; }
    }
    EXPECT_EQ(texts.size(), calls < 3 ? texts.size() : 5u) << "three instance ids, one class id, one name";
    EXPECT_EQ(std::set(texts.begin(), texts.end()).size(), texts.size());
    std::uint32_t words;
    std::memcpy(&words, bytes.data() + offset + 4, 4);
    offset += 8 + words * 8ull;
  }
  EXPECT_GT(chunks, 2u);
  EXPECT_EQ(chunks, reader.chunks());
}

TEST(TraceWriter, StoresMoreDifferentTextsInAChunkThanItCanRemember) {
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  auto name = [](int i) { return u"Writer " + std::u16string(static_cast<std::size_t>(i % 700), u'x'); };
  for (int i = 0; i < 1400; ++i) noteStatus(trace, 0, name(i));
  trace.finish(kDone);
  auto calls = callsIn(file.path);
  ASSERT_EQ(calls.size(), 1400u);
  for (int i = 0; i < 1400; ++i) ASSERT_EQ(calls[static_cast<std::size_t>(i)].outputs[2].text(), name(i));
}

TEST(TraceWriter, HasEveryNoteInTheFileBeforeItIsClosed) {
  for (bool plain : {false, true}) {
    TemporaryTrace file, copy("copy");
    TraceWriter trace(file.path, kOrigin, plain);
    for (std::uint32_t i = 0; i < 500; ++i) {
      noteStatus(trace, i, u"System Writer");
      if (i % 50 != 7) continue;
      TraceReader meanwhile(file.path);
      EXPECT_EQ(notesOf(meanwhile).size(), 2u * (i + 1));
      EXPECT_EQ(meanwhile.end(), TraceEnd::cutOff);
      EXPECT_TRUE(meanwhile.problems().empty());
      writeBytes(copy.path, bytesOf(file.path));
      EXPECT_EQ(notesIn(copy.path).size(), 2u * (i + 1));
    }
    EXPECT_EQ(notesIn(file.path).size(), 1000u);
  }
}

TEST(TraceWriter, HasTheStartOfACallInTheFileBeforeItIsMade) {
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  trace.enter(backupMethod("AbortBackup"), 1, 0, {});
  auto notes = notesIn(file.path);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].head.find("AbortBackup"), std::string::npos);
}

TEST(TraceWriter, WritesPlainlyWhatItWritesThroughAMapping) {
  TemporaryTrace mapped("mapped"), plain("plain");
  TraceOrigin untimed = kOrigin;
  untimed.timed = false;
  for (auto* file : {&mapped, &plain}) {
    TraceWriter trace(file->path, untimed, file == &plain);
    for (std::uint32_t i = 0; i < 2000; ++i) noteStatus(trace, i % 5, u"SqlServerWriter");
    trace.remark(RemarkKind::warning, 3, "half way");
    noteStatus(trace, 9, std::u16string(100'000, u'y'));
    ASSERT_TRUE(trace.finish(kDone));
  }
  EXPECT_TRUE(bytesOf(mapped.path) == bytesOf(plain.path)) << "not a byte differs";
  EXPECT_EQ(notesIn(plain.path).size(), 4003u);
}

TEST(TraceWriter, KeepsTheNewestBytesOfARing) {
  for (bool plain : {false, true}) {
    constexpr std::uint64_t kRing = TraceWriter::kSmallestRing, kStep = 1 << 20;   // a file grows by the megabyte
    TemporaryTrace file(plain ? "plain" : "mapped"), copy("copy");
    TraceWriter trace(file.path, kOrigin, plain);
    trace.keepNewest(kRing);
    std::uint32_t made = 0;
    for (std::uint32_t round = 0; round < 40; ++round) {
      for (int i = 0; i < 500; ++i) ++made, noteStatus(trace, made, u"Writer " + std::u16string(made % 97, u'w'));
      if (round % 10 == 5) noteStatus(trace, made++, std::u16string(20'000, u'x'));                 // takes a chunk of another size
      if (round % 10 == 7) trace.hold(), noteStatus(trace, made++, u"while frozen"), trace.release();
      if (round % 10 == 9) std::thread([&] { noteStatus(trace, made++, u"of a short thread"); }).join();
      ASSERT_LE(std::filesystem::file_size(file.path), kRing + kStep);
      if (round % 2 == 0) continue;
      writeBytes(copy.path, bytesOf(file.path));
      TraceReader reader(copy.path);
      auto notes = notesOf(reader);
      ASSERT_EQ(reader.lastOrder(), 2u * made);
      ASSERT_TRUE(reader.problems().empty()) << reader.problems()[0].text;
      ASSERT_EQ(notes.size(), 2u * made - reader.lostNotes());
      if (round > 20) {
        ASSERT_GT(notes.size(), 2u * 1000) << "most of the ring holds notes";
      }
    }
    ASSERT_TRUE(trace.finish(kDone));
    TraceReader reader(file.path);
    notesOf(reader);
    EXPECT_EQ(reader.end(), TraceEnd::complete);
    EXPECT_TRUE(reader.problems().empty());
    EXPECT_EQ(reader.lastOrder(), 2u * made);
    EXPECT_GT(reader.lostNotes(), 20'000u);
    EXPECT_LE(std::filesystem::file_size(file.path), kRing + kStep);
  }
}

TEST(TraceWriter, ARingTakesAValueThatIsLargerThanItAndIsSmallAgainInside) {
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  trace.keepNewest(TraceWriter::kSmallestRing);
  noteStatus(trace, 0, std::u16string(2'000'000, u'x'));
  for (std::uint32_t i = 1; i < 30'000; ++i) noteStatus(trace, i, u"System Writer");
  ASSERT_TRUE(trace.finish(kDone));
  TraceReader reader(file.path);
  auto notes = notesOf(reader);
  EXPECT_TRUE(reader.problems().empty());
  EXPECT_EQ(reader.lastOrder(), 60'000u);
  EXPECT_GT(notes.size(), 2'000u);
  EXPECT_LT(reader.endOfNotes(), TraceWriter::kSmallestRing + (64 << 10)) << "the large value has made way";
}

TEST(TraceWriter, ManyThreadsShareARing) {
  constexpr int kThreads = 4;
  constexpr std::uint32_t kCalls = 20'000;
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  trace.keepNewest(TraceWriter::kSmallestRing);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (std::uint32_t i = 0; i < kCalls; ++i) noteStatus(trace, i, u"Writer " + std::u16string(i % 50, u'y'));
    });
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(trace.finish(kDone));
  EXPECT_LE(std::filesystem::file_size(file.path), TraceWriter::kSmallestRing + (1 << 20));
  TraceReader reader(file.path);
  notesOf(reader);
  EXPECT_TRUE(reader.problems().empty());
  EXPECT_EQ(reader.lastOrder(), 2u * kThreads * kCalls);
}

TEST(TraceWriter, LetsManyThreadsWriteThroughManyWindows) {
  constexpr int kThreads = 8, kCalls = 4000;
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&trace, t] {
      for (int i = 0; i < kCalls; ++i) noteStatus(trace, static_cast<std::uint32_t>(i), u"Writer of thread " + std::u16string(1, static_cast<char16_t>(u'0' + t)));
    });
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(trace.finish(kDone));

  TraceReader reader(file.path);
  ASSERT_TRUE(reader.footer());
  EXPECT_EQ(reader.footer()->threads, static_cast<std::uint32_t>(kThreads));
  EXPECT_EQ(reader.footer()->calls, static_cast<std::uint64_t>(kThreads * kCalls));
  std::map<std::uint32_t, std::int64_t> next;
  std::map<std::uint32_t, std::string> names;
  std::uint64_t order = 0;
  while (const NoteView* note = reader.next()) {
    ASSERT_EQ(note->order, ++order) << "every number once, in order";
    if (note->type == NoteType::enter) {
      ASSERT_EQ(note->values[0].number, next[note->thread]++) << "a thread's calls in its order";
    } else {
      auto& name = names[note->thread];
      if (name.empty()) name = note->values[2].bytes;
      ASSERT_EQ(note->values[2].bytes, name) << "threads do not mix";
    }
  }
  EXPECT_EQ(order, static_cast<std::uint64_t>(2 * kThreads * kCalls));
  EXPECT_EQ(next.size(), static_cast<std::size_t>(kThreads));
  EXPECT_TRUE(reader.problems().empty());
  EXPECT_GT(reader.chunks(), 2u * kThreads);
}

TEST(TraceWriter, GivesTheLaneOfAThreadThatHasEndedToANewOne) {
  constexpr std::uint32_t kThreads = 1500;
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  noteStatus(trace, 0, u"the first thread stays");
  for (std::uint32_t t = 1; t < kThreads; ++t) {
    std::thread([&trace, t] { noteStatus(trace, t, u"in passing"); }).join();
    if (t % 300 == 0) noteStatus(trace, 0, u"the first thread stays");
  }
  EXPECT_LE(trace.lanes(), 32u) << "each is memory and an open window";
  ASSERT_TRUE(trace.finish(kDone));

  TraceReader reader(file.path);
  EXPECT_EQ(reader.footer()->threads, kThreads);
  std::uint32_t newest = 1;
  std::uint64_t notes = 0;
  for (; const NoteView* note = reader.next(); ++notes) {
    if (note->thread != 1 && note->type == NoteType::enter) {
      ASSERT_EQ(note->thread, ++newest) << "numbers are given by first appearance, and never again";
      ASSERT_EQ(note->values[0].number, note->thread - 1);
    }
  }
  EXPECT_EQ(notes, 2u * (kThreads + 4));
  EXPECT_EQ(newest, kThreads);
  EXPECT_EQ(reader.lostNotes(), 0u);
  EXPECT_TRUE(reader.problems().empty());
}

TEST(TraceWriter, KeepsTheLaneOfAThreadThatOnlyRests) {
  constexpr int kResting = 40;
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  std::mutex mutex;
  std::condition_variable changed;
  int arrived = 0;
  bool go = false;
  std::vector<std::thread> resting;
  for (int t = 0; t < kResting; ++t)
    resting.emplace_back([&] {
      noteStatus(trace, 1, u"before");
      std::unique_lock lock(mutex);
      ++arrived;
      changed.notify_all();
      changed.wait(lock, [&] { return go; });
      lock.unlock();
      noteStatus(trace, 2, u"after");
    });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return arrived == kResting; });
  }
  for (int t = 0; t < 100; ++t) std::thread([&] { noteStatus(trace, 3, u"in passing"); }).join();
  EXPECT_LE(trace.lanes(), 2u * (kResting + 1));
  {
    std::lock_guard lock(mutex);
    go = true;
  }
  changed.notify_all();
  for (auto& thread : resting) thread.join();
  ASSERT_TRUE(trace.finish(kDone));
  std::map<std::uint32_t, int> calls;
  TraceReader reader(file.path);
  while (const NoteView* note = reader.next()) calls[note->thread] += note->type == NoteType::enter;
  EXPECT_EQ(calls.size(), kResting + 100u);
  EXPECT_EQ(std::count_if(calls.begin(), calls.end(), [](auto& c) { return c.second == 2; }), kResting);
}

TEST(TraceWriter, SharesAThreadWithOtherWriters) {
  TemporaryTrace a("a"), b("b");
  TraceWriter first(a.path, kOrigin), second(b.path, kOrigin);
  for (std::uint32_t i = 0; i < 100; ++i) {
    noteStatus(first, i, u"first");
    noteStatus(second, i + 1000, u"second");
  }
  first.finish(kDone);
  second.finish(kDone);
  for (auto& call : callsIn(a.path)) EXPECT_EQ(call.outputs[2].text(), u"first");
  auto calls = callsIn(b.path);
  EXPECT_EQ(calls.size(), 100u);
  EXPECT_EQ(calls[99].inputs[0].number, 1099);
  EXPECT_EQ(TraceReader(a.path).footer()->threads, 1u);
}

TEST(TraceWriter, DoesNotTouchTheFileWhileAVolumeIsFrozen) {
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  noteStatus(trace, 0, u"before");
  trace.hold();
  auto size = std::filesystem::file_size(file.path);
  for (std::uint32_t i = 1; i <= 200; ++i) noteStatus(trace, i, u"frozen");
  EXPECT_EQ(notesIn(file.path).size(), 402u) << "what fits into the room set aside is in the file at once";
  for (std::uint32_t i = 201; i <= 20'000; ++i) noteStatus(trace, i, u"frozen for long");
  EXPECT_EQ(std::filesystem::file_size(file.path), size) << "the file did not grow";
  std::thread([&] { noteStatus(trace, 1, u"another thread"); }).join();
  EXPECT_EQ(std::filesystem::file_size(file.path), size);
  trace.hold();
  trace.release();
  EXPECT_EQ(std::filesystem::file_size(file.path), size) << "it nests";
  trace.release();
  EXPECT_GT(std::filesystem::file_size(file.path), size);
  noteStatus(trace, 20'001, u"after");
  ASSERT_TRUE(trace.finish(kDone));

  TraceReader reader(file.path);
  std::uint64_t order = 0;
  std::int64_t next = 0;
  while (const NoteView* note = reader.next()) {
    ASSERT_EQ(note->order, ++order);
    if (note->type == NoteType::enter && note->thread == 1) { ASSERT_EQ(note->values[0].number, next++); }
  }
  EXPECT_EQ(order, 2u * (20'002 + 1));
  EXPECT_TRUE(reader.problems().empty());
}

// Two threads that take turns, step by step.
class Stages {
 public:
  void reach(int stage) {
    std::lock_guard lock(mutex_);
    stage_ = stage;
    changed_.notify_all();
  }
  void await(int stage) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stage_ == stage; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int stage_ = 0;
};

TEST(TraceWriter, AfterAFreezeEveryThreadsNotesAreInTheFileAtOnceAgain) {
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  trace.hold();
  Stages stages;
  std::thread other([&] {  // its first note already has to be kept in memory
    noteStatus(trace, 0, u"of another thread, frozen");
    stages.reach(1);
    stages.await(2);
    noteStatus(trace, 1, u"of another thread, afterwards");
    stages.reach(3);
  });
  stages.await(1);
  for (std::uint32_t i = 0; i < 20'000; ++i) noteStatus(trace, i, u"frozen for long");
  auto notesThere = [&] {
    TraceReader reader(file.path);
    std::size_t count = 0;
    while (reader.next()) ++count;
    return count;
  };
  EXPECT_LT(notesThere(), 40'000u);
  trace.release();
  noteStatus(trace, 20'000, u"afterwards");
  EXPECT_EQ(notesThere(), 2 * 20'001u) << "all of this thread's";
  stages.reach(2);
  stages.await(3);
  EXPECT_EQ(notesThere(), 2 * 20'003u) << "the other's too, as soon as it makes a note";
  other.join();
}

TEST(TraceWriter, WritesAtTheEndWhatItKeptInMemoryThoughTheFreezeNeverEnded) {
  for (auto ending : {kDone, TraceWriter::Ending::processExit}) {
    TemporaryTrace file;
    TraceWriter trace(file.path, kOrigin);
    trace.hold();
    for (std::uint32_t i = 0; i < 20'000; ++i) noteStatus(trace, i, u"frozen for long");
    ASSERT_TRUE(trace.finish(ending));
    EXPECT_EQ(callsIn(file.path).size(), 20'000u);
  }
}

TEST(TraceWriter, SaysInTheTraceAndBesideItThatItStopped) {
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  noteStatus(trace, 0, u"last");
  trace.stop("the test says so");
  trace.stop("a second reason is not told");
  EXPECT_TRUE(trace.stopped());
  noteStatus(trace, 1, u"dropped");
  EXPECT_EQ(trace.enter(backupMethod("AbortBackup"), 1, 0, {}), 0u);
  trace.finish(kDone);
  TraceReader reader(file.path);
  auto loaded = loadCalls(reader);
  EXPECT_EQ(loaded.calls.size(), 1u);
  ASSERT_EQ(loaded.remarks.size(), 1u);
  EXPECT_EQ(loaded.remarks[0].kind, RemarkKind::stopped);
  EXPECT_EQ(loaded.remarks[0].text, "the test says so");
  EXPECT_EQ(reader.end(), TraceEnd::complete);
  EXPECT_EQ(bytesOf(file.beside()), "Recording stopped here, the program went on: the test says so\n");
}

TEST(TraceWriter, KeepsRoomInAFullChunkForTheRemarkThatItStopped) {
  for (std::uint32_t calls = 1; calls < 200; ++calls) {
    TemporaryTrace file;
    TraceWriter trace(file.path, kOrigin);
    for (std::uint32_t i = 0; i < calls; ++i) noteStatus(trace, i, u"System Writer");
    trace.stop(std::string(100, 'r'));
    trace.finish(kDone);
    TraceReader reader(file.path);
    ASSERT_EQ(loadCalls(reader).remarks.size(), 1u) << "after " << calls << " calls";
  }
}

TEST(TraceWriter, StopsAtACallThatNoChunkCanHold) {
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  noteStatus(trace, 0, u"before");
  std::string half(140u << 20, 'x');
  ValueView values[] = {ValueView::ofBytes(half), ValueView::ofBytes({half.data(), half.size() - 1})};
  EXPECT_EQ(trace.enter(backupMethod("AbortBackup"), 1, 0, values), 0u);
  EXPECT_TRUE(trace.stopped());
  trace.finish(kDone);
  TraceReader reader(file.path);
  auto loaded = loadCalls(reader);
  EXPECT_EQ(loaded.calls.size(), 1u);
  ASSERT_EQ(loaded.remarks.size(), 1u);
  EXPECT_EQ(loaded.remarks[0].text, "a call with more than 256 MB of text");
}

TEST(TraceWriter, NeverSharesAFileWithAnother) {
  TemporaryTrace file;
  writeBytes(file.path, "somebody's");
  try {
    TraceWriter trace(file.path, kOrigin);
    FAIL() << "the file was taken";
  } catch (const TraceError& e) {
    EXPECT_EQ(std::string(e.what()).find(shownPath(file.path) + ": cannot be created: "), 0u) << e.what();
  }
  EXPECT_EQ(bytesOf(file.path), "somebody's");
  EXPECT_THROW(TraceWriter(file.path / "inside" / "x.vsst", kOrigin), TraceError);
}

// At the end of a process other threads may be anywhere.
TEST(TraceWriter, FinishesUnderThreadsThatGoOn) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "by design: see TraceWriter::Ending::threadsRun";
#endif
  for (int round = 0; round < 6; ++round) {
    TemporaryTrace file("round" + std::to_string(round));  // Windows keeps it until this process ends: threads' windows stay open
    TraceWriter trace(file.path, kOrigin);
    std::atomic<bool> end{false};
    std::atomic<std::uint32_t> noted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (std::uint32_t i = 0; !end; ++i, ++noted) noteStatus(trace, i, u"goes on");
      });
    while (noted < 3000) std::this_thread::yield();
    ASSERT_TRUE(trace.finish(TraceWriter::Ending::threadsRun));
    for (auto now = noted.load(); noted < now + 3000;) std::this_thread::yield();
    end = true;
    for (auto& thread : threads) thread.join();
    TraceReader reader(file.path);
    ASSERT_TRUE(reader.footer());
    EXPECT_GE(loadCalls(reader).calls.size(), 2997u);
    EXPECT_LE(reader.lostNotes(), 3u);
  }
}

TEST(TraceWriter, FinishesWhileAnotherThreadsWindowIsOpen) {
  TemporaryTrace file;
  TraceWriter trace(file.path, kOrigin);
  Stages stages;
  std::thread other([&] {
    std::uint64_t call = trace.enter(backupMethod("AbortBackup"), 1, 0, {});
    stages.reach(1);
    stages.await(2);
    trace.leave(call, backupMethod("AbortBackup"), 1, 0, {});
    for (std::uint32_t i = 0; i < 1000; ++i) noteStatus(trace, i, u"after the end");
    stages.reach(3);
  });
  stages.await(1);
  noteStatus(trace, 0, u"main");
  ASSERT_TRUE(trace.finish(TraceWriter::Ending::processExit));
  EXPECT_FALSE(trace.finish(TraceWriter::Ending::processExit)) << "once";
  std::string closed = bytesOf(file.path);
  stages.reach(2);
  stages.await(3);
  other.join();
  EXPECT_TRUE(bytesOf(file.path) == closed) << "what comes after the end does not touch the file";
  TraceReader reader(file.path);
  auto calls = loadCalls(reader).calls;
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_FALSE(calls[0].result);
  EXPECT_TRUE(calls[1].result);
  EXPECT_EQ(reader.end(), TraceEnd::complete);
  EXPECT_EQ(reader.chunks(), 2u);
  EXPECT_EQ(reader.lostNotes(), 0u);
  EXPECT_TRUE(reader.problems().empty());
}

TEST(TraceWriter, CountsInTheFooterWhatItWrote) {
  TemporaryTrace file;
  {
    TraceWriter trace(file.path, kOrigin);
    EXPECT_EQ(trace.newObject(), 1u);
    EXPECT_EQ(trace.newObject(), 2u);
    for (std::uint32_t i = 0; i < 3000; ++i) noteStatus(trace, i, u"System Writer");
    for (std::uint32_t result : {0u, 0x80042301u, 0x00042309u}) {
      auto call = trace.enter(backupMethod("AbortBackup"), 1, 0, {});
      trace.leave(call, backupMethod("AbortBackup"), 1, result, {});
    }
    auto release = trace.enter(*methodNamed("IUnknown", "Release"), 1, 0, {});
    trace.leave(release, *methodNamed("IUnknown", "Release"), 1, 0xFFFFFFFF, {});  // a count is never a failure
    std::thread([&] { noteStatus(trace, 0, u"System Writer"); }).join();
    trace.remark(RemarkKind::information, 0, "");
    trace.enter(backupMethod("AbortBackup"), 2, 0, {});
  }
  std::string bytes = bytesOf(file.path);
  TraceReader reader(file.path);
  auto notes = notesIn(file.path);
  ASSERT_TRUE(reader.footer());
  EXPECT_EQ(reader.footer()->calls, 3006u);
  EXPECT_EQ(reader.footer()->notes, notes.size());
  EXPECT_EQ(notes.size(), 2u * 3006 - 1 + 1);
  EXPECT_EQ(reader.footer()->objects, 2u);
  EXPECT_EQ(reader.footer()->threads, 2u);
  EXPECT_GT(reader.footer()->endTick, reader.header().startTick);
  EXPECT_GT(reader.footer()->endTime, reader.header().startTime);

  // The footer itself, and the chunks where it says they are.
  std::string message = bytes.substr(reader.endOfNotes());
  kj::Array<capnp::word> words = kj::heapArray<capnp::word>(message.size() / 8);
  std::memcpy(words.begin(), message.data(), message.size());
  capnp::FlatArrayMessageReader footer(words);
  auto f = footer.getRoot<format::Block>().getFooter();
  EXPECT_EQ(message.size() % 8, 0u) << "nothing follows the footer";
  std::uint64_t found = 0, end = kHeaderWindow;
  for (auto place : f.getChunks()) {
    EXPECT_EQ(place.getOffset(), end);
    EXPECT_EQ(place.getOffset() % kWindowUnit, 0u);
    RawChunk chunk(bytes, place.getOffset());
    EXPECT_EQ(chunk.chunk().getThread(), place.getThread());
    EXPECT_EQ(chunk.chunk().getFirstOrder(), place.getFirstOrder());
    EXPECT_EQ(chunk.chunk().getNotes().size(), place.getNotes());
    end = place.getOffset() + 8 + place.getWords() * 8ull;
    for (auto note : chunk.notes()) found += note.isEnter() || note.isLeave() || note.isRemark();
  }
  EXPECT_EQ(found, notes.size());
  EXPECT_EQ(end, reader.endOfNotes());
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> methods;
  for (auto method : f.getMethods()) methods[method.getSignature()] = {method.getCalls(), method.getFailed()};
  EXPECT_EQ(methods[signatureOf(backupMethod("GetWriterStatus"))], std::pair(std::uint64_t{3001}, std::uint64_t{0}));
  EXPECT_EQ(methods[signatureOf(backupMethod("AbortBackup"))], std::pair(std::uint64_t{4}, std::uint64_t{1}));
  EXPECT_EQ(methods[signatureOf(*methodNamed("IUnknown", "Release"))], std::pair(std::uint64_t{1}, std::uint64_t{0}));
  EXPECT_EQ(methods.size(), 3u);
}

TEST(TraceWriter, SaysInTheHeaderWhoRecordedWhom) {
  TemporaryTrace file;
  auto before = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  TraceWriter(file.path, {Origin::replayed, "backup.exe", "system"}).remark(RemarkKind::information, 0, "x");
  TraceReader reader(file.path);
  const auto& h = reader.header();
  EXPECT_EQ(h.format, kFormat);
  EXPECT_EQ(h.semantics, kSemantics);
  EXPECT_EQ(h.origin, Origin::replayed);
  EXPECT_EQ(h.process, "backup.exe");
  EXPECT_EQ(h.target, "system");
  EXPECT_EQ(h.tool.find("shadowtape "), 0u);
  EXPECT_EQ(h.platform, platformName());
  EXPECT_EQ(h.processId, currentProcess());
  EXPECT_EQ(h.wordSize, sizeof(void*));
  EXPECT_GE(h.startTime, before);
  EXPECT_LT(h.startTime - before, 60'000'000'000);
  const NoteView* note = reader.next();
  ASSERT_TRUE(note);
  auto time = reader.timeOf(note->tick);
  ASSERT_TRUE(time);
  EXPECT_GE(*time, h.startTime);
  EXPECT_LT(*time - h.startTime, 60'000'000'000);
}

TEST(TraceWriter, KnowsNoTimesAndNoThreadOfCallsThatWereNeverMade) {
  TemporaryTrace file;
  {
    TraceWriter trace(file.path, {Origin::imported, "", "listing.txt", false});
    noteStatus(trace, 0, u"System Writer");
  }
  TraceReader reader(file.path);
  EXPECT_EQ(reader.header().startTime, 0);
  EXPECT_EQ(reader.header().startTick, 0u);
  EXPECT_EQ(reader.header().processId, 0u);
  EXPECT_EQ(reader.footer()->endTime, 0);
  const NoteView* note = reader.next();
  EXPECT_EQ(note->tick, 0u);
  EXPECT_FALSE(reader.timeOf(note->tick));
  EXPECT_EQ(RawChunk(bytesOf(file.path), kHeaderWindow).chunk().getThreadId(), 0u);
}

}  // namespace
}  // namespace vss
