#include "traces/packed_trace.h"

#include <gtest/gtest.h>

#include <sstream>

#include "traces/growing_file.h"
#include "traces/is_trace.h"
#include "traces/test_trace.h"
#include "traces/trace_error.h"

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
    std::u16string name = large ? std::u16string(9 << 20, u'x') : u"System Writer";
    for (int i = 0; i < (large ? 2 : 5000); ++i) {
      ValueView in[] = {ValueView::ofNumber(i)};
      auto call = writer.enter(method, 1, 0, in);
      ValueView out[] = {ValueView::ofGuid({}), ValueView::ofGuid({}), ValueView::ofText(name), ValueView::ofNumber(1), ValueView::ofNumber(0)};
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
  // All bytes, read in pieces of this size.
  static std::string all(PackedTrace& packed, std::uint64_t piece) {
    std::string bytes;
    for (std::uint64_t at = 0; at < packed.size(); at += piece) {
      TracePiece here = packed.at(at, piece);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(here.bytes.data()) % 8, at % 8);
      bytes += here.bytes;
    }
    return bytes;
  }

  test::Folder folder;
  std::ostringstream said;
};

TEST_F(Packed, UnpacksToTheSameBytesInPiecesOfAnySize) {
  std::string raw = test::contents(trace()), file = test::contents(packed(folder / "trace.vsst"));
  EXPECT_LT(file.size() * 4, raw.size());
  PackedTrace reader(file);
  ASSERT_EQ(reader.size(), raw.size());
  for (std::uint64_t piece : {std::uint64_t{100}, std::uint64_t{4096}, std::uint64_t{262144}, std::uint64_t{999999}, reader.size()}) EXPECT_TRUE(all(reader, piece) == raw) << piece;
  EXPECT_TRUE(reader.damage().empty());
  EXPECT_TRUE(reader.at(raw.size(), 1).bytes.empty());
  EXPECT_EQ(packTrace(folder / "trace.vsst.zst", folder / "again.vsst", true, said), 0);
  EXPECT_TRUE(test::contents(folder / "again.vsst") == raw);
}

TEST_F(Packed, APieceStaysWhileItIsHeldAlsoWhenManyOthersAreRead) {
  std::string raw = test::contents(trace()), file = test::contents(packed(folder / "trace.vsst"));
  PackedTrace reader(file);
  TracePiece first = reader.at(4096, 16384);
  all(reader, 262144);
  EXPECT_TRUE(first.bytes == std::string_view(raw).substr(4096, 16384));
}

TEST_F(Packed, AFrameThatIsDamagedIsZerosAndSaid) {
  std::string raw = test::contents(trace()), file = test::contents(packed(folder / "trace.vsst"));
  file[file.size() / 2] ^= 1;
  PackedTrace reader(file);
  std::string now = all(reader, 4096);
  ASSERT_EQ(now.size(), raw.size());
  ASSERT_EQ(reader.damage().size(), 1u) << "once, however often it is read";
  auto damage = reader.damage()[0];
  EXPECT_GT(damage.size, 0u);
  EXPECT_EQ(now.substr(damage.offset, damage.size), std::string(damage.size, '\0'));
  EXPECT_TRUE(now.substr(0, damage.offset) == raw.substr(0, damage.offset));
  EXPECT_TRUE(now.substr(damage.offset + damage.size) == raw.substr(damage.offset + damage.size));
  EXPECT_NE(damage.why.find("of the packed file: a frame cannot be unpacked: "), std::string::npos) << damage.why;
}

// A download that broke off has no table at its end.
TEST_F(Packed, WithoutItsTableItIsReadUpToTheLastWholeFrame) {
  std::string raw = test::contents(trace()), file = test::contents(packed(folder / "trace.vsst"));
  PackedTrace whole(file);
  for (std::size_t size : {file.size() - 1, file.size() - 20, file.size() / 2, std::size_t{100}, std::size_t{3}}) {
    std::string cut = file.substr(0, size);
    PackedTrace reader(cut);
    EXPECT_LE(reader.size(), whole.size());
    EXPECT_TRUE(all(reader, 4096) == raw.substr(0, reader.size())) << size;
    EXPECT_TRUE(size >= file.size() - 20 ? reader.size() == raw.size() : !reader.damage().empty()) << size;
  }
}

TEST_F(Packed, ATableThatLiesIsFoundOut) {
  std::string raw = test::contents(trace()), file = test::contents(packed(folder / "trace.vsst"));
  for (std::size_t back = 1; back < 60; ++back) {
    std::string lying = file;
    lying[lying.size() - back] ^= static_cast<char>(0x7F);
    PackedTrace reader(lying);
    bool same = reader.size() == raw.size();
    for (std::uint64_t at = 0; at < std::min<std::uint64_t>(reader.size(), 64 << 20); at += 1 << 20) same = reader.at(at, 1 << 20).bytes == std::string_view(raw).substr(std::min(at, raw.size()), 1 << 20) && same;
    EXPECT_TRUE(same || !reader.damage().empty()) << back << " bytes before the end";
  }
}

TEST_F(Packed, AValueOfManyMegabytesTakesSeveralFrames) {
  std::string raw = test::contents(trace(true)), file = test::contents(packed(folder / "trace.vsst"));
  PackedTrace reader(file);
  EXPECT_TRUE(all(reader, 100 << 20) == raw);
}

TEST_F(Packed, DamageIsPackedAsItIs) {
  std::string path = trace(), raw = test::contents(path);
  for (std::size_t at = 4096; at < raw.size(); at += 5000) raw[at] = static_cast<char>(at);
  raw.resize(raw.size() - 13);
  test::put(path, raw);
  std::string file = test::contents(packed(path));
  PackedTrace reader(file);
  EXPECT_TRUE(all(reader, 4096) == raw);
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
  EXPECT_NE(refused(to, other, true).find("a frame cannot be unpacked"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(pathFromUtf8(other)));
  EXPECT_EQ(packTrace(path, to, false, said), 0) << "an older packed trace is overwritten as a trace is";
}

TEST_F(Packed, IsATrace) {
  EXPECT_TRUE(isTrace(pathFromUtf8(packed(trace()))));
  test::put(folder / "zeros.zst", std::string("\x28\xB5\x2F\xFD", 4) + std::string(100, '\0'));
  EXPECT_FALSE(isTrace(pathFromUtf8(folder / "zeros.zst")));
}

}  // namespace
}  // namespace vss
