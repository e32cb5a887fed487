#include "traces/growing_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "traces/crc32c.h"
#include "traces/trace_error.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace testing_traces;

TEST(GrowingFile, ShowsInTheFileAtOnceWhatIsStoredInAWindow) {
  TemporaryTrace at;
  GrowingFile file(at.path);
  char* window = file.openWindow(8192, 4096);
  ASSERT_TRUE(window) << file.lastError();
  EXPECT_TRUE(std::all_of(window, window + 4096, [](char c) { return c == 0; })) << "zeroed";
  std::memcpy(window + 10, "here", 4);
  EXPECT_EQ(MappedFile(at.path).bytes().substr(8192 + 10, 4), "here") << "before the window is closed";
  EXPECT_GE(std::filesystem::file_size(at.path), 8192u + 4096);
  file.closeWindow(window, 8192, 4096);
  EXPECT_TRUE(file.truncate(8192 + 14));
  EXPECT_EQ(std::filesystem::file_size(at.path), 8192u + 14);
}

TEST(GrowingFile, OpensManyWindowsAtAnyMultipleOf4096) {
  TemporaryTrace at;
  GrowingFile file(at.path);
  std::vector<char*> windows;
  for (std::uint64_t i = 0; i < 600; ++i) {  // beyond the step by which it grows, and across Windows' granularity of 64 KB
    windows.push_back(file.openWindow(i * 4096, 4096));
    ASSERT_TRUE(windows.back());
    std::memcpy(windows.back(), &i, 8);
  }
  for (std::uint64_t i = 0; i < 600; ++i) file.closeWindow(windows[i], i * 4096, 4096);
  std::string bytes = bytesOf(at.path);
  for (std::uint64_t i = 0; i < 600; ++i) ASSERT_EQ(std::memcmp(bytes.data() + i * 4096, &i, 8), 0) << i;
}

TEST(GrowingFile, WritesWhereNothingIsMappedOnlyWhatIsCommitted) {
  TemporaryTrace at;
  GrowingFile file(at.path, true);
  EXPECT_TRUE(file.plain());
  char* window = file.openWindow(0, 4096);
  ASSERT_TRUE(window);
  std::memcpy(window, "abcdefgh", 8);
  EXPECT_EQ(std::filesystem::file_size(at.path), 0u);
  EXPECT_TRUE(file.commit(window + 2, 2, 3));
  EXPECT_EQ(bytesOf(at.path), std::string("\0\0cde", 5));
  file.closeWindow(window, 0, 4096);
}

TEST(GrowingFile, GrowsByOrdinaryWritesAndByWindowsInTurn) {
  TemporaryTrace at;
  GrowingFile file(at.path);
  EXPECT_TRUE(file.write("header", 0));
  char* window = file.openWindow(4096, 4096);
  ASSERT_TRUE(window);
  EXPECT_EQ(bytesOf(at.path).substr(0, 6), "header") << "growing keeps what is there";
  std::memcpy(window, "x", 1);
  EXPECT_TRUE(file.write("end", 3 << 20));
  char* next = file.openWindow((3 << 20) + 4096, 4096);
  ASSERT_TRUE(next);
  EXPECT_TRUE(file.flush());
  EXPECT_EQ(bytesOf(at.path).substr(3 << 20, 3), "end");
  file.closeWindow(window, 4096, 4096);
  file.closeWindow(next, (3 << 20) + 4096, 4096);
}

TEST(GrowingFile, RefusesAFileThatIsThere) {
  TemporaryTrace at;
  writeBytes(at.path, "");
  EXPECT_THROW(GrowingFile file(at.path), TraceError);
}

TEST(MappedFile, GivesAFilesBytesAndNothingOfAnEmptyOne) {
  TemporaryTrace at;
  EXPECT_THROW(MappedFile file(at.path), TraceError);
  writeBytes(at.path, "");
  EXPECT_TRUE(MappedFile(at.path).bytes().empty());
  std::string big(5 << 20, 'x');
  for (std::size_t i = 0; i < big.size(); i += 1000) big[i] = static_cast<char>(i / 1000);
  writeBytes(at.path, big);
  EXPECT_TRUE(MappedFile(at.path).bytes() == big) << "the part that is mapped and the part that is copied";
}

TEST(Crc32c, IsCastagnolisAndNever0) {
  EXPECT_EQ(crc32c("123456789", 9), 0xE3069283u);
  EXPECT_EQ(crc32c("", 0), 1u) << "0 means: never finished";
  Crc32c parts;
  parts.add("1234", 4);
  parts.add("56789", 5);
  EXPECT_EQ(parts.value(), 0xE3069283u);
  Crc32c word;
  word.addWord(0x3837363534333231);
  word.addByte('9');
  EXPECT_EQ(word.value(), 0xE3069283u);
}

}  // namespace
}  // namespace vss
