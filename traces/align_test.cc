#include "traces/align.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "traces/trace_testing.h"

namespace vss {
namespace {

using Values = std::vector<std::uint64_t>;

// The length of a longest common subsequence by the table that everybody knows.
std::size_t longest(const Values& a, const Values& b) {
  std::vector<std::vector<std::size_t>> best(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j) best[i + 1][j + 1] = a[i] == b[j] ? best[i][j] + 1 : std::max(best[i][j + 1], best[i + 1][j]);
  return best[a.size()][b.size()];
}

void expectCommon(const Values& a, const Values& b, const FileArray<IndexPair>& pairs) {
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    ASSERT_LT(pairs[k].first, a.size());
    ASSERT_LT(pairs[k].second, b.size());
    ASSERT_EQ(a[pairs[k].first], b[pairs[k].second]);
    if (k) {
      ASSERT_LT(pairs[k - 1].first, pairs[k].first);
      ASSERT_LT(pairs[k - 1].second, pairs[k].second);
    }
  }
}

TEST(Align, FindsALongestCommonSubsequence) {
  std::mt19937 random(4);
  for (int round = 0; round < 3000; ++round) {
    Values a(random() % 30), b(random() % 30);
    std::uint64_t letters = 1 + random() % 8;
    for (auto& v : a) v = random() % letters;
    for (auto& v : b) v = random() % letters;
    auto pairs = commonSubsequence(a, b);
    expectCommon(a, b, pairs);
    ASSERT_EQ(pairs.size(), longest(a, b)) << "round " << round;
  }
}

TEST(Align, FindsTheRestBehindALongInsertion) {
  Values a(50'000), b;
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = i % 97;
  b = a;
  b.insert(b.begin() + 10'000, 3'000, 1'000);  // nothing like it in a
  EXPECT_EQ(commonSubsequence(a, b).size(), a.size());
}

// More edits than are searched for: what comes out is not the longest, but it is in common, and most of it is found.
TEST(Align, StaysCorrectWhereItGivesUpTheSearchForTheLongest) {
  std::mt19937 random(5);
  Values a(static_cast<std::size_t>(testing_traces::amount(30'000, 30'000, 15'000)));  // about half as many edits
  for (auto& v : a) v = random() % 50;
  Values b = a;
  for (auto& v : b)
    if (random() % 3 == 0) v = random() % 50;
  auto pairs = commonSubsequence(a, b);
  expectCommon(a, b, pairs);
  EXPECT_GT(pairs.size(), a.size() / 2);
}

}  // namespace
}  // namespace vss
