#include "traces/packed_trace.h"

#include <gtest/gtest.h>

#include <sstream>

#include "traces/growing_file.h"
#include "traces/is_trace.h"
#include "traces/platform.h"
#include "traces/recover.h"
#include "traces/show.h"
#include "traces/test_trace.h"
#include "traces/trace_error.h"
#include "traces/trace_reader.h"

namespace vss {
namespace {

class Packed : public testing::Test {
 protected:
  // Of some chunks, with a value that takes more than one frame if `large`.
  std::string trace(bool large = false) {
    std::string path = folder / "trace.vsst";
    std::filesystem::remove(pathFromUtf8(path));
    TraceWriter writer(pathFromUtf8(path), {Origin::model, "test", "fake"});
    const MethodInfo& method = *methodNamed("IVssBackupComponents", "GetWriterStatus");
    const Guid none{};
    std::u16string name = large ? std::u16string(9 << 20, u'x') : u"System Writer";
    for (int i = 0; i < (large ? 2 : 5000); ++i) {
      ValueView in[] = {ValueView::ofNumber(i)};
      auto call = writer.enter(method, 1, 0, in);
      ValueView out[] = {ValueView::ofGuid(none), ValueView::ofGuid(none), ValueView::ofText(name), ValueView::ofNumber(1), ValueView::ofNumber(0)};
      writer.leave(call, method, 1, 0, out);
    }
    return path;
  }
  std::string packed(const std::string& path) {
    std::string to = path + ".zst";
    EXPECT_EQ(packTrace(path, to, false, said), 0);
    return to;
  }
  std::string refused(const std::string& path, const std::string& to, bool unpack) {
    try {
      packTrace(path, to, unpack, said);
    } catch (const TraceError& e) {
      return e.what();
    }
    return "";
  }
  struct Unpacked { std::string bytes; std::vector<PackedDamage> damage; };
  static Unpacked unpacked(std::string_view file) {
    Unpacked made;
    made.damage = unpackTrace(file, [&](std::string_view piece) { made.bytes += piece; });
    return made;
  }

  test::Folder folder;
  std::ostringstream said;
};

TEST_F(Packed, UnpacksToTheSameBytes) {
  std::string raw = test::contents(trace()), file = test::contents(packed(folder / "trace.vsst"));
  EXPECT_LT(file.size() * 4, raw.size());
  EXPECT_TRUE(unpacked(file).bytes == raw);
  EXPECT_TRUE(unpacked(file).damage.empty());
  EXPECT_EQ(packTrace(folder / "trace.vsst.zst", folder / "again.vsst", true, said), 0);
  EXPECT_TRUE(test::contents(folder / "again.vsst") == raw);
}

TEST_F(Packed, AFrameThatIsDamagedIsSaidAndHarmsNoOtherWhereverItsDamageIs) {
  std::string raw = test::contents(trace()), whole = test::contents(packed(folder / "trace.vsst"));
  for (std::size_t at = 0; at + 40 < whole.size(); at += at < 64 ? 1 : whole.size() / 50) {
    std::string file = whole;
    file[at] ^= 1;
    auto [bytes, damage] = unpacked(file);
    ASSERT_EQ(bytes.size(), raw.size()) << at;
    if (damage.empty()) {   // a bit that zstd does not use
      EXPECT_TRUE(bytes == raw) << at;
      continue;
    }
    ASSERT_EQ(damage.size(), 1u) << at;
    auto [offset, size, why] = damage[0];
    EXPECT_GT(size, 0u);
    EXPECT_TRUE(bytes.substr(0, offset) == raw.substr(0, offset));
    EXPECT_TRUE(bytes.substr(offset + size) == raw.substr(offset + size));
    EXPECT_NE(why.find("of the packed file: a frame cannot be unpacked whole: "), std::string::npos) << why;
  }
}

TEST_F(Packed, OfADamagedFrameWhatStandsBeforeTheDamageIsKept) {
  std::string raw = test::contents(trace()), file = test::contents(packed(folder / "trace.vsst"));
  // The last large frame, which takes several blocks of zstd.
  std::size_t frame = 0, last = 0;
  for (std::size_t at = 0; (at = file.find(std::string("\x28\xB5\x2F\xFD", 4), at)) != file.npos; ++at) last = at, frame = file.size() - at > 20'000 ? at : frame;
  ASSERT_LT(frame, last);
  std::size_t end = file.find(std::string("\x28\xB5\x2F\xFD", 4), frame + 4);
  std::string damaged = file;
  damaged[end - 1000] ^= 1;
  auto [bytes, damage] = unpacked(damaged);
  ASSERT_EQ(damage.size(), 1u);
  auto [whole, none] = unpacked(std::string_view(file).substr(0, frame));
  EXPECT_EQ(damage[0].offset, whole.size());
  EXPECT_TRUE(damage[0].why.starts_with("byte " + std::to_string(frame) + " of the packed file: ")) << damage[0].why;
  std::size_t kept = whole.size() + (128 << 10);
  EXPECT_TRUE(bytes.substr(0, kept) == raw.substr(0, kept));
  auto [cut, told] = unpacked(std::string_view(file).substr(0, end - 1000));
  EXPECT_GE(cut.size(), kept);
  EXPECT_TRUE(cut == raw.substr(0, cut.size()));
}

// A download that broke off has no table at its end.
TEST_F(Packed, WithoutItsTableItIsReadUpToTheLastWholeFrame) {
  std::string raw = test::contents(trace()), file = test::contents(packed(folder / "trace.vsst"));
  for (std::size_t size : {file.size() - 1, file.size() - 20, file.size() / 2, std::size_t{100}, std::size_t{3}}) {
    auto [bytes, damage] = unpacked(std::string_view(file).substr(0, size));
    EXPECT_TRUE(bytes == raw.substr(0, bytes.size())) << size;
    EXPECT_TRUE(size >= file.size() - 20 ? bytes.size() == raw.size() : !damage.empty()) << size;
  }
}

TEST_F(Packed, ATableThatLiesIsFoundOut) {
  std::string raw = test::contents(trace()), file = test::contents(packed(folder / "trace.vsst"));
  for (std::size_t back = 1; back < 60; ++back) {
    std::string lying = file;
    lying[lying.size() - back] ^= static_cast<char>(0x7F);
    auto [bytes, damage] = unpacked(lying);
    EXPECT_TRUE(bytes == raw || !damage.empty()) << back << " bytes before the end";
  }
}

// A frame that is whole tells its size itself; a table that has another for it is wrong, and what comes behind is where it was.
TEST_F(Packed, ATableWithAnotherSizeOfAFrameMovesNothing) {
  std::string raw = test::contents(trace()), lying = test::contents(packed(folder / "trace.vsst"));
  std::uint32_t frames;
  std::memcpy(&frames, lying.data() + lying.size() - 9, 4);
  lying[lying.size() - 9 - 8 * frames + 4] ^= 0x40;  // of the header's frame
  auto [bytes, damage] = unpacked(lying);
  EXPECT_TRUE(bytes == raw);
  EXPECT_TRUE(damage.empty());
}

// A gigabyte of zeros for each 64 entries would fill a disk.
TEST_F(Packed, ATableAndFramesThatClaimMoreThanTheyCanHoldAreNotBelieved) {
  auto u32 = [](std::uint32_t n) { return std::string(reinterpret_cast<const char*>(&n), 4); };
  std::string frame = test::contents(packed(trace())).substr(0, 200), table;
  for (int n = 0; n < 1000; ++n) table += u32(n ? 0 : static_cast<std::uint32_t>(frame.size())) + u32(16 << 20);
  auto [bytes, damage] = unpacked(frame + u32(0x184D2A5E) + u32(static_cast<std::uint32_t>(table.size()) + 9) + table + u32(1000) + '\0' + u32(0x8F92EAB1));
  EXPECT_LT(bytes.size(), 16u << 20);
  std::string claims = "\x28\xB5\x2F\xFD" + std::string(1, '\xA0') + u32(16 << 20) + std::string("\x0B\0\0x", 4);  // a block of one byte, once
  std::string many;
  for (int n = 0; n < 100; ++n) many += claims;
  auto [zeros, told] = unpacked(many);
  EXPECT_TRUE(zeros.empty());
  EXPECT_FALSE(told.empty());
}

TEST_F(Packed, AValueOfManyMegabytesTakesSeveralFrames) {
  std::string raw = test::contents(trace(true)), file = test::contents(packed(folder / "trace.vsst"));
  EXPECT_TRUE(unpacked(file).bytes == raw);
}

TEST_F(Packed, DamageIsPackedAsItIs) {
  std::string path = trace(), raw = test::contents(path);
  for (std::size_t at = 4096; at < raw.size(); at += 5000) raw[at] = static_cast<char>(at);
  raw.resize(raw.size() - 13);
  test::put(path, raw);
  EXPECT_TRUE(unpacked(test::contents(packed(path))).bytes == raw);
}

TEST_F(Packed, WhatCannotBePackedIsSaidAndNothingIsWritten) {
  std::string path = trace(), to = packed(path), text = folder / "text", other = folder / "other";
  test::put(text, "no trace");
  EXPECT_NE(refused(text, other, false).find("is not a trace"), std::string::npos);
  EXPECT_NE(refused(text, other, true).find("is not packed"), std::string::npos);
  EXPECT_NE(refused(to, other, false).find("is packed already; --unpack"), std::string::npos);
  EXPECT_NE(refused(path, path, false).find("is read by this command"), std::string::npos);
  EXPECT_NE(refused(path, text, false).find("is no trace; it is not overwritten"), std::string::npos);
  EXPECT_NE(refused(folder / "none", other, false), "");
  std::string file = test::contents(to);
  file[file.size() / 2] ^= 1;
  test::put(to, file);
  EXPECT_NE(refused(to, other, true).find("a frame cannot be unpacked whole"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(pathFromUtf8(other)));
  EXPECT_EQ(packTrace(path, to, false, said), 0) << "an older packed trace is overwritten as a trace is";
}

TEST_F(Packed, EveryGoldenTraceReadsAsItIs) {
  for (const auto& entry : std::filesystem::directory_iterator("traces/samples/golden")) {
    if (entry.path().extension() != ".vsst") continue;
    std::string raw = shownPath(entry.path()), to = folder / "golden.vsst.zst";
    ASSERT_EQ(packTrace(raw, to, false, said), 0);
    auto shown = [](const std::string& path) {
      std::ostringstream out, err;
      int code = showTrace(path, {}, out, err);
      code += 10 * verifyTraces({{path}}, "text", out, err);
      std::string all = out.str() + err.str() + std::to_string(code);
      for (std::size_t at; (at = all.find(path)) != all.npos;) all.erase(at, path.size());
      return all;
    };
    EXPECT_EQ(shown(to), shown(raw)) << raw;
    std::filesystem::remove(pathFromUtf8(to));
  }
}

TEST_F(Packed, AReaderTellsTheFrameAndReadsTheOthers) {
  std::string raw = trace(), to = packed(raw), file = test::contents(to);
  file[file.size() * 3 / 4] ^= 1;
  test::put(to, file);
  TraceReader reader(pathFromUtf8(to));
  std::uint64_t notes = 0;
  while (reader.next()) ++notes;
  ASSERT_FALSE(reader.problems().empty());
  EXPECT_NE(reader.problems()[0].text.find("of the packed file: a frame cannot be unpacked whole"), std::string::npos);
  EXPECT_GT(notes, 2000u);
  EXPECT_EQ(notes + reader.lostNotes() + reader.unfinishedNotes(), 10000u);
  EXPECT_TRUE(reader.packed());
  EXPECT_EQ(reader.sizeOnDisk(), file.size());
}

TEST_F(Packed, IsRecoveredWithoutWhatCannotBeUnpacked) {
  std::string raw = trace(), to = packed(raw), file = test::contents(to), saved = folder / "saved.vsst";
  file[file.size() / 2] ^= 1;
  test::put(to, file);
  std::ostringstream out, err;
  EXPECT_EQ(recoverTrace(to, saved, out, err), 3);
  EXPECT_NE(err.str().find("of the packed file: a frame cannot be unpacked whole"), std::string::npos) << err.str();
  TraceReader reader(pathFromUtf8(saved));
  std::uint64_t notes = 0;
  while (const NoteView* note = reader.next()) notes += note->type != NoteType::remark;
  EXPECT_GT(notes, 2000u);
  EXPECT_LT(notes, 10000u);
  EXPECT_TRUE(reader.problems().empty());
}

TEST_F(Packed, AFolderForTemporaryFilesThatIsNoneIsSaidInALine) {
  std::string to = packed(trace()), name = std::filesystem::temp_directory_path().string();
  const char* variable = name.find('\\') == name.npos ? "TMPDIR" : "TMP";
  auto before = environmentVariable(variable);
  setEnvironmentVariable(variable, folder / "none");
  try {
    TraceReader reader(pathFromUtf8(to));
    ADD_FAILURE() << "it was unpacked somewhere";
  } catch (const TraceError& e) {
    EXPECT_NE(std::string(e.what()).find("TMPDIR"), std::string::npos) << e.what();
  }
  setEnvironmentVariable(variable, before ? *before : name);
}

TEST_F(Packed, NothingIsLeftBehind) {
  auto left = [] {
    int n = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::temp_directory_path()))
      n += shownPath(entry.path().filename()).starts_with("shadowtape-unpacked-" + std::to_string(currentProcess()) + "-");
    return n;
  };
  {
    TraceReader reader(pathFromUtf8(packed(trace())));
    EXPECT_LE(left(), 1);   // on Windows it goes with the reader
  }
  EXPECT_EQ(left(), 0);
}

TEST_F(Packed, IsATrace) {
  EXPECT_TRUE(isTrace(pathFromUtf8(packed(trace()))));
  test::put(folder / "zeros.zst", std::string("\x28\xB5\x2F\xFD", 4) + std::string(100, '\0'));
  EXPECT_FALSE(isTrace(pathFromUtf8(folder / "zeros.zst")));
}

}  // namespace
}  // namespace vss
