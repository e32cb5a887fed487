#include "traces/recover.h"

#include <capnp/any.h>
#include <capnp/serialize.h>

#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include "traces/note_format.h"
#include "traces/show.h"
#include "traces/test_trace.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace testing_traces;

// Of each note with an order: the bytes that it needs, found by Cap'n Proto in the undamaged file.
struct Needs {
  using Range = std::pair<std::size_t, std::size_t>;
  std::vector<Range> own, texts;  // note, list and signature; what its values are in
};
struct Block {
  std::size_t begin, end;
  std::map<std::uint64_t, Needs> notes;  // by order
};
std::vector<Block> blocksOf(const std::string& bytes) {
  std::vector<Block> blocks;
  for (std::size_t at = kHeaderWindow; at + 16 <= bytes.size();) {
    std::uint32_t words;
    std::memcpy(&words, bytes.data() + at + 4, 4);
    if (!words) break;
    auto segment = kj::heapArray<capnp::word>(words);
    memset(segment.begin(), 0, words * 8);
    std::memcpy(segment.begin(), bytes.data() + at + 8, std::min<std::size_t>(words * 8, bytes.size() - at - 8));
    kj::ArrayPtr<const capnp::word> parts[] = {segment};
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(parts, 1), {1 << 30, 64});
    Block block{at, at + 8 + words * 8, {}};
    auto root = message.getRoot<format::Block>();
    if (root.isChunk()) {
      auto place = [&](const kj::byte* p) { return at + 8 + static_cast<std::size_t>(p - reinterpret_cast<const kj::byte*>(segment.begin())); };
      std::vector<std::vector<Needs::Range>> ranges;
      for (auto note : root.getChunk().getNotes()) {
        auto any = capnp::AnyStruct::Reader(note);
        auto begin = place(any.getDataSection().begin());
        ranges.push_back({{begin, begin + any.getDataSection().size() + 8 * any.getPointerSection().size()}});
        if (auto list = any.getPointerSection()[0]; !list.isNull()) {
          auto raw = list.getAs<capnp::AnyList>().getRawBytes();
          ranges.back().push_back({place(raw.begin()), place(raw.end())});
        }
        if (!note.getOrder() || !note.getCrc()) continue;
        auto& needs = block.notes[note.getOrder()];
        needs.own = ranges.back();
        auto need = [&](unsigned signature, capnp::List<std::uint64_t>::Reader values) {
          needs.own.insert(needs.own.end(), ranges[signature].begin(), ranges[signature].end());
          for (auto value : values)
            if (kindOfPacked(value) == ValueKind::stored || kindOfPacked(value) == ValueKind::raw) {
              auto& text = ranges[static_cast<std::size_t>(payloadOfPacked(value))];
              needs.texts.insert(needs.texts.end(), text.begin(), text.end());
            }
        };
        if (note.isEnter()) need(note.getEnter().getSignature(), note.getEnter().getValues());
        if (note.isLeave()) need(note.getLeave().getSignature(), note.getLeave().getValues());
      }
    }
    at = block.end;
    blocks.push_back(std::move(block));
  }
  return blocks;
}

struct Sample {
  std::string name, bytes;
  std::map<std::uint64_t, NoteText> notes;
  std::vector<Block> blocks;
  bool consistent = true;  // vectors use objects that nobody handed out, which verify does not take for whole
  bool cut() const { return !blocks.empty() && blocks.back().end > bytes.size(); }
};
Sample sampleOf(const std::string& name, const std::filesystem::path& path) {
  Sample sample{name, bytesOf(path), {}, {}};
  sample.consistent = shownPath(path).find("vectors") == std::string::npos;
  TraceReader reader(path);
  for (auto& note : notesOf(reader)) sample.notes.emplace(note.order, note);
  sample.blocks = blocksOf(sample.bytes);
  return sample;
}

// Three threads, one of them with several chunks; killed: as a killed recorder leaves it.
void writeThreads(const std::filesystem::path& path, bool killed) {
  TraceWriter trace(path, {Origin::live, "recover_test", "fake"});
  ValueView created[] = {ValueView::ofObject(trace.newObject())};
  trace.leave(trace.enter(createVssBackupComponents(), 0, 0, {}), createVssBackupComponents(), 0, 0, created);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&trace, t] {
      for (std::uint32_t n = 0; n < (t ? 20u : 150u); ++n) {
        noteStatus(trace, n, u"Writer " + std::u16string(n % 30, static_cast<char16_t>(u'a' + t)));
        if (n % 10 == 7) trace.remark(RemarkKind::information, 0, "thread " + std::to_string(t));
      }
    });
  for (auto& thread : threads) thread.join();
  if (killed) trace.abandon();
}

std::vector<Sample> samples() {
  std::vector<Sample> all;
  for (std::string folder : {"traces/samples/golden", "traces/samples/vectors"}) {
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(folder, none)) {
      // Where a newer writer's pointers are damaged nothing tells where its notes lie.
      if (file.path().extension() != ".vsst" || file.path().stem() == "newer-fields") continue;
      std::ostringstream out, err;
      try {
        TraceReader reader(file.path());
        notesOf(reader);
        if (!reader.problems().empty() || reader.lostNotes()) continue;  // damaged already
      } catch (const TraceError&) {
        continue;
      }
      all.push_back(sampleOf(file.path().filename().string(), file.path()));
    }
  }
  for (bool killed : {false, true}) {
    TemporaryTrace file("threads");
    writeThreads(file.path, killed);
    all.push_back(sampleOf(killed ? "threads, killed" : "threads", file.path));
  }
  return all;
}

unsigned seedOfThisRun() {
  auto set = environmentVariable("SHADOWTAPE_SEED");
  return set ? static_cast<unsigned>(std::stoul(*set)) : std::random_device{}();
}

// Whether the bytes are there as they were. Zeros that the end cut off are there.
bool untouched(const Sample& sample, const std::string& damaged, const std::vector<Needs::Range>& ranges) {
  for (auto [begin, end] : ranges) {
    if (end <= damaged.size() && end <= sample.bytes.size()) {
      if (std::memcmp(damaged.data() + begin, sample.bytes.data() + begin, end - begin)) return false;
      continue;
    }
    for (std::size_t at = begin; at < end; ++at)
      if ((at < damaged.size() ? damaged[at] : '\0') != (at < sample.bytes.size() ? sample.bytes[at] : '\0')) return false;
  }
  return true;
}

std::string lineOf(const NoteText& note) {
  std::string line = note.head;
  for (const auto& value : note.values) line += " | " + value;
  return line;
}

std::string withoutThread(std::string head) {
  auto at = head.find(" thread ") + 8;
  return head.erase(at, head.find(' ', at) - at);
}

struct Saved { int exitCode; std::size_t notes; };
// moved: the same bytes are there, but not in the same place. Everything can be saved then.
Saved expectSaved(const Sample& sample, const std::string& damaged, bool moved = false) {
  static TemporaryTrace bad("bad"), good("good");
  writeBytes(bad.path, damaged);
  std::ostringstream out, err;
  Saved saved{2, 0};
  std::size_t expected = 0;
  for (const auto& block : sample.blocks)
    for (const auto& [order, needs] : block.notes) expected += sample.notes.count(order) && (moved || untouched(sample, damaged, needs.own));
  try {
    saved.exitCode = recoverTrace(shownPath(bad.path), shownPath(good.path), out, err);
  } catch (const TraceError& e) {
    EXPECT_EQ(expected, 0u) << e.what();
    return saved;
  }
  if (saved.exitCode == 1) {
    EXPECT_EQ(expected, 0u) << err.str();
    EXPECT_EQ(out.str(), "");
    return saved;
  }
  std::ostringstream verdict, why;
  if (sample.consistent) { EXPECT_EQ(verifyTraces({{shownPath(good.path)}}, "text", verdict, why), 0) << verdict.str() << why.str() << "\n" << err.str(); }
  TraceReader reader(good.path);
  std::map<std::uint64_t, NoteText> got;
  for (auto& note : notesOf(reader)) got.emplace(note.order, note);
  bool all = true;
  for (const auto& block : sample.blocks)
    for (const auto& [order, needs] : block.notes) {
      if (!sample.notes.count(order)) continue;  // of a newer kind
      const auto& original = sample.notes.at(order);
      auto found = got.find(order);
      // The head of a chunk says whose it is; where it is damaged and nothing else tells, the number is another.
      bool whose = moved || untouched(sample, damaged, {{block.begin + kFirstNote - 40, block.begin + kFirstNote - 16}});
      bool here = found != got.end() && (found->second.head == original.head || (!whose && withoutThread(found->second.head) == withoutThread(original.head)));
      if (moved || untouched(sample, damaged, needs.own)) {
        EXPECT_TRUE(here) << "note " << order << " was not touched, and is lost or another: " << lineOf(original) << "\n" << (found == got.end() ? "" : lineOf(found->second)) << "\n" << err.str();
        if (here && (moved || untouched(sample, damaged, needs.texts))) { EXPECT_EQ(found->second.values, original.values) << err.str(); }
      }
      all &= here && found->second.values == original.values;
    }
  EXPECT_EQ(reader.end(), TraceEnd::complete);
  EXPECT_EQ(reader.lostNotes(), reader.toldLost());
  EXPECT_TRUE(reader.problems().empty());
  // Nothing is invented: each note is one of the original, but for values that are lost; or it says what is.
  for (const auto& [order, note] : got) {
    auto original = sample.notes.find(order);
    if (original != sample.notes.end() && withoutThread(original->second.head) == withoutThread(note.head)) {
      EXPECT_EQ(original->second.values.size(), note.values.size());
      for (std::size_t v = 0; v < note.values.size(); ++v) { EXPECT_TRUE(note.values[v] == original->second.values[v] || note.values[v] == "0:0"); }
      ++saved.notes;
    } else {
      EXPECT_TRUE(note.head.find(" thread 0 - object 0 ") != note.head.npos) << "invented: " << note.head << "\n" << err.str();
    }
  }
  if (saved.exitCode == 0) { EXPECT_TRUE(all) << "exit 0, and something is missing\n" << err.str(); }
  else {
    EXPECT_EQ(saved.exitCode, 3);
    EXPECT_NE(err.str(), "");
  }
  return saved;
}

std::string randomBytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(Recover, SavesEverythingThatIsUndamagedWhereverTheDamageIs) {
  unsigned seed = seedOfThisRun();
  std::cout << "SHADOWTAPE_SEED=" << seed << "\n";
  std::mt19937 random(seed);
  const int kDamages = testing_traces::amount(200, 200, 20);
  std::size_t lossy = 0, whole = 0;
  for (const auto& sample : samples()) {
    const auto& bytes = sample.bytes;
    // Half of the places where something is: most of a killed recorder's file is room that was set aside.
    std::vector<std::size_t> full;
    for (std::size_t at = 0; at < bytes.size(); ++at)
      if (bytes[at]) full.push_back(at);
    for (int n = 0; n < kDamages; ++n) {
      std::size_t at = n % 2 ? random() % bytes.size() : full[random() % full.size()];
      std::string damaged = bytes;
      auto overwrite = [&](std::size_t place, const std::string& by) { damaged.replace(place, std::min(by.size(), bytes.size() - place), by.substr(0, bytes.size() - place)); };
      switch (n / 2 % 5) {
        case 0: damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8)); break;
        case 1: overwrite(at, randomBytes(random, 1 + random() % 64)); break;
        case 2: overwrite(at / 4096 * 4096, std::string(4096, '\0')); break;
        case 3: damaged.resize(at % 4096 ? at : at + 1); break;  // where the first byte of a chunk would be nothing tells that there was more
        case 4: overwrite(at, randomBytes(random, 1 + random() % 6000)); break;
      }
      SCOPED_TRACE(sample.name + ", damage " + std::to_string(n) + " at " + std::to_string(at) + ", seed " + std::to_string(seed));
      auto saved = expectSaved(sample, damaged);
      ++(saved.exitCode ? lossy : whole);
      if (testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(lossy, static_cast<std::size_t>(kDamages / 2));
  EXPECT_GT(whole, static_cast<std::size_t>(kDamages / 2));
}

// A frame begins with four zeros, as room that was set aside does; but that ends where a word ends.
TEST(Recover, ACutInTheFirstBytesOfAChunkIsToldThoughTheyAreZeros) {
  TemporaryTrace file("chunks");
  {
    TraceWriter trace(file.path, {Origin::live, "recover_test", "fake"});
    ValueView created[] = {ValueView::ofObject(trace.newObject())};
    trace.leave(trace.enter(createVssBackupComponents(), 0, 0, {}), createVssBackupComponents(), 0, 0, created);
    for (std::uint32_t n = 0; n < 600; ++n) noteStatus(trace, n, u"Writer " + std::u16string(30, u'w'));
  }
  Sample sample = sampleOf("chunks", file.path);
  auto last = std::find_if(sample.blocks.rbegin(), sample.blocks.rend(), [](const Block& block) { return !block.notes.empty(); });
  ASSERT_GE(std::distance(last, sample.blocks.rend()), 2) << "what is lost is newer than all that is left, whose numbers have no gap";
  for (std::size_t bytes = 1; bytes < 8; ++bytes) {
    SCOPED_TRACE(bytes);
    EXPECT_EQ(expectSaved(sample, sample.bytes.substr(0, last->begin + bytes)).exitCode, 3);
  }
}

TEST(Recover, LosesNothingToADamagedFrameOrHead) {
  const int share = testing_traces::amount(1, 4, 25);   // one in so many; each word and each value has its turn
  int turn = 0;
  for (const auto& sample : samples())
    for (const auto& block : sample.blocks) {
      if (block.notes.empty()) continue;
      for (std::size_t at = block.begin; at < block.begin + kFirstNote; at += 4)
        for (std::uint32_t word : {0u, 0xFFFFFFFFu, 0x00012345u}) {
          if (turn++ % share) continue;
          SCOPED_TRACE(sample.name + ", " + std::to_string(word) + " at " + std::to_string(at));
          std::string damaged = sample.bytes;
          std::memcpy(damaged.data() + at, &word, 4);
          auto saved = expectSaved(sample, damaged);
          EXPECT_EQ(saved.notes, sample.notes.size());
          if (testing::Test::HasFailure()) return;
        }
    }
}

TEST(Recover, TakesABlockThatIsThereTwiceOnce) {
  for (const auto& sample : samples())
    for (const auto& block : sample.blocks) {
      SCOPED_TRACE(sample.name + ", the block at " + std::to_string(block.begin));
      auto image = sample.bytes.substr(block.begin, block.end - block.begin);
      image.resize((image.size() + 4095) / 4096 * 4096);
      std::string behind = sample.bytes, between = sample.bytes;
      behind.resize((behind.size() + 4095) / 4096 * 4096);
      for (auto& damaged : {behind + image, block.begin % 4096 ? behind : between.insert(block.begin, image)}) {
        auto saved = expectSaved(sample, damaged, true);
        EXPECT_EQ(saved.exitCode, sample.cut() ? 3 : 0);
        EXPECT_EQ(saved.notes, sample.notes.size());
      }
    }
}

TEST(Recover, SavesAWholeTraceAsItIs) {
  for (const auto& sample : samples()) {
    SCOPED_TRACE(sample.name);
    auto saved = expectSaved(sample, sample.bytes);
    EXPECT_EQ(saved.exitCode, sample.cut() ? 3 : 0);
    EXPECT_EQ(saved.notes, sample.notes.size());
  }
}

TEST(Recover, SaysWhatIsLostAndNotesIt) {
  test::Folder folder;
  std::string bad = folder / "bad.vsst", good = folder / "good.vsst";
  Sample sample = sampleOf("status", "traces/samples/golden/status.vsst");
  auto& needs = sample.blocks[0].notes.at(14);  // the end of a call
  sample.bytes[needs.own[0].first + 1] ^= 1;
  test::put(bad, sample.bytes);
  std::ostringstream out, err;
  EXPECT_EQ(recoverTrace(bad, good, out, err), 3);
  EXPECT_EQ(test::named(out.str(), good, "good"), "good: 14 calls, 27 notes saved, with losses\n");
  EXPECT_EQ(test::named(err.str(), bad, "bad"), "bad: byte " + std::to_string(needs.own[0].first) + ": a note of thread 1 is damaged, or what it points to; behind its note 13 and before 15\nbad: 1 note lost\n");
  std::ostringstream shown, told;
  EXPECT_EQ(showTrace(good, {}, shown, told), 0);
  EXPECT_NE(shown.str().find("lost: \"note 14 is not in the damaged trace\""), std::string::npos) << shown.str();
  EXPECT_EQ(test::named(told.str(), good, "good"), "good: 1 notes are lost, as remarks of `shadowtape recover` tell\n");
}

// What an earlier recovery told as lost is lost no second time, and those remarks are of no thread.
TEST(Recover, SavesWhatItHasSavedAsItIs) {
  for (const auto& sample : samples()) {
    SCOPED_TRACE(sample.name);
    if (sample.blocks.empty() || sample.blocks[0].notes.empty()) continue;
    test::Folder folder;
    std::string bad = folder / "bad.vsst", good = folder / "good.vsst", again = folder / "again.vsst", bytes = sample.bytes;
    for (std::size_t at = sample.blocks[0].notes.begin()->second.own[0].first, n = 0; n < 3 && at + 8 < bytes.size(); ++n, at += kNoteWords * 8 * (2 * n + 1)) bytes[at + 1] ^= 1;
    test::put(bad, bytes);
    std::ostringstream out, err, secondOut, secondErr;
    int first = recoverTrace(bad, good, out, err);
    if (first == 1) continue;   // nothing was left
    EXPECT_EQ(recoverTrace(good, again, secondOut, secondErr), 0) << err.str() << "\n" << secondErr.str();
    EXPECT_EQ(test::contents(again), test::contents(good));
  }
}

TEST(Recover, NeverOverwritesWhatItReads) {
  TemporaryTrace file;
  writeThreads(file.path, false);
  auto before = bytesOf(file.path);
  std::ostringstream out, err;
  EXPECT_THROW(recoverTrace(shownPath(file.path), shownPath(file.path), out, err), TraceError);
  EXPECT_TRUE(bytesOf(file.path) == before);
}

// A megabyte of such notes would keep it for seconds, a hundred for hours.
TEST(Recover, FollowsOnlySoMuchWhereNotesShareALargeList) {
  test::Folder folder;
  std::string bad = folder / "bad.vsst", good = folder / "good.vsst";
  constexpr std::uint64_t kNotes = 200, kText = 2 << 20;
  std::string bytes = bytesOf("traces/samples/golden/status.vsst").substr(0, kHeaderWindow + kFirstNote);
  auto word = [&](std::size_t at, std::uint64_t value) { std::memcpy(bytes.data() + at, &value, 8); };
  std::size_t chunk = kHeaderWindow, list = chunk + kFirstNote + kNotes * kNoteWords * 8;
  bytes.resize(list + kText);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(list), bytes.end() - 1, 'x');
  word(chunk, ((bytes.size() - chunk) / 8 - 1) << 32);
  word(chunk + kFirstNote - 16, 1 | 7ull << 32 | kNotes * kNoteWords << 35);
  word(chunk + kFirstNote - 8, kNotes << 2 | 5ull << 32 | 1ull << 48);
  for (std::uint64_t n = 0; n < kNotes; ++n) {
    std::size_t at = chunk + kFirstNote + n * kNoteWords * 8;
    word(at, n + 1);
    word(at + 16, 5ull << 32);
    Crc32c crc;
    addFields<format::Note>(crc, kj::arrayPtr(reinterpret_cast<const kj::byte*>(bytes.data()) + at, kNoteDataBytes));
    crc.add(bytes.data() + list, kText);
    word(at + 16, 5ull << 32 | crc.value());
    word(at + kNoteDataBytes, (list - at - kNoteWords * 8) / 8 << 2 | 1 | 2ull << 32 | kText << 35);
  }
  test::put(bad, bytes);
  std::ostringstream out, err;
  EXPECT_EQ(recoverTrace(bad, good, out, err), 3) << err.str();
  EXPECT_NE(err.str().find("or what they point to"), std::string::npos) << err.str();
  TraceReader reader(pathFromUtf8(good));
  int kept = 0;
  while (const NoteView* note = reader.next()) kept += note->text.size() == kText - 1;
  EXPECT_EQ(kept, 1);
  EXPECT_TRUE(reader.problems().empty());
}

TEST(Recover, HasNothingToSaveOfAHeaderAlone) {
  test::Folder folder;
  std::string bad = folder / "bad.vsst", good = folder / "good.vsst";
  test::put(bad, bytesOf("traces/samples/golden/never_came_back.vsst").substr(0, 4096));
  std::ostringstream out, err;
  EXPECT_EQ(recoverTrace(bad, good, out, err), 1);
  EXPECT_FALSE(std::filesystem::exists(pathFromUtf8(good)));
  test::put(bad, "no trace\n");
  EXPECT_THROW(recoverTrace(bad, good, out, err), TraceError);
}

}  // namespace
}  // namespace vss
