#include "traces/file_array.h"

#include <gtest/gtest.h>

#include <random>

#include "traces/platform.h"
#include "traces/trace_error.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

struct Twelve {
  std::uint32_t a, b, c;
  bool operator==(const Twelve&) const = default;
};

TEST(FileArray, HoldsWhatWasAddedAcrossItsPieces) {
  FileArray<Twelve> array;
  constexpr std::uint32_t kMany = 3 * FileArray<Twelve>::kPiece + 17;
  for (std::uint32_t i = 0; i < kMany; ++i) array.push_back({i, i + 1, i + 2});
  ASSERT_EQ(array.size(), kMany);
  for (std::uint32_t i = 0; i < kMany; ++i) ASSERT_EQ(array[i], (Twelve{i, i + 1, i + 2}));
  auto* last = &array.back();
  array.resize(5 * FileArray<Twelve>::kPiece);
  EXPECT_EQ(last, &array[kMany - 1]) << "what lies in the file stays where it is";
  EXPECT_EQ(array.back(), Twelve{}) << "what is added is zero";
  FileArray<Twelve> other(std::move(array));
  EXPECT_EQ(other[kMany - 1].c, kMany + 1);
  for (std::uint32_t i = 0; i < 100; ++i) other.push_back(other[1]);  // of the array itself
  EXPECT_EQ(other.back(), (Twelve{1, 2, 3}));
}

TEST(FileArray, IsSortedAndSearchedAsAVector) {
  std::mt19937 random(1);
  FileArray<std::uint64_t> array;
  std::vector<std::uint64_t> same;
  for (std::size_t i = 0; i < 2 * FileArray<std::uint64_t>::kPiece + 5; ++i) same.push_back(random()), array.push_back(same.back());
  std::sort(array.begin(), array.end());
  std::sort(same.begin(), same.end());
  EXPECT_TRUE(std::equal(array.begin(), array.end(), same.begin(), same.end()));
  for (auto value : {same.front(), same[70'000], same.back(), std::uint64_t{12345}})
    EXPECT_EQ(std::lower_bound(array.begin(), array.end(), value) - array.begin(), std::lower_bound(same.begin(), same.end(), value) - same.begin());
}

TEST(FileArray, LeavesNothingInTheFolderForTemporaryFiles) {
  auto left = [] {
    auto mine = "shadowtape-index-" + std::to_string(currentProcess()) + "-";
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(std::filesystem::temp_directory_path()))
      files += file.path().filename().string().starts_with(mine);
    return files;
  };
  {
    FileArray<std::uint64_t> array(3 * FileArray<std::uint64_t>::kPiece);
#if !defined(_WIN32)
    EXPECT_EQ(left(), 0u) << "not even while it is used";
#endif
  }
  EXPECT_EQ(left(), 0u);
}

// Whoever has few calls needs no such folder.
TEST(FileArray, TellsWhereThereIsNoFolder) {
  const char* names[] = {"TMPDIR", "TMP", "TEMP"};
  std::string folder = shownPath(std::filesystem::temp_directory_path());
  for (auto* name : names) setEnvironmentVariable(name, "/no/such/folder");
  FileArray<std::uint32_t> array(FileArray<std::uint32_t>::kPiece);
  std::string told;
  try {
    array.push_back(1);
  } catch (const TraceError& e) {
    told = e.what();
  }
  for (auto* name : names) setEnvironmentVariable(name, folder);
  EXPECT_NE(told.find("TMPDIR names another folder (on Windows TEMP)"), std::string::npos) << told;
  EXPECT_EQ(array.size(), FileArray<std::uint32_t>::kPiece) << "the others are there";
  array.push_back(1);
  EXPECT_EQ(array.back(), 1u) << "now there is room";
}

}  // namespace
}  // namespace vss
