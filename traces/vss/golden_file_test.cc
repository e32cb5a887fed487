#include "traces/vss/golden_file.h"

#include <cstdio>

namespace vss::test {
namespace {

class GoldenFile : public ::testing::Test {
 protected:
  const std::string path = ::testing::TempDir() + "golden_file_test.txt";
  void SetUp() override {
    if (std::getenv("BLESS")) GTEST_SKIP() << "nothing differs from a file that is written anew";
  }
  void TearDown() override { std::remove(path.c_str()); }
  // What is told when the file has one text and the code says another.
  std::string told(const std::string& golden, const std::string& now) {
    std::ofstream(path, std::ios::binary) << golden;
    auto result = isGolden(path, now);
    return result ? "" : std::string(result.message()).substr(std::string(result.message()).find('\n') + 1);
  }
};

TEST_F(GoldenFile, TellsOnlyTheLinesThatDiffer) {
  EXPECT_EQ(told("a\nb\nc\n", "a\nb\nc\n"), "");
  EXPECT_EQ(told("a\nb\nc\n", "a\nx\nc\n"), "- b\n+ x\n");
  EXPECT_EQ(told("a\nb\n", "a\nb\nb\n"), "+ b\n");
  EXPECT_EQ(told("a\nb\n", ""), "- a\n- b\n");
  EXPECT_EQ(told("a\nb\n", "b\na\n"), "the same lines in another order, or another end\n");
  EXPECT_EQ(told("a\nb\n", "a\nb"), "the same lines in another order, or another end\n");
}

TEST_F(GoldenFile, OfALongLineItTellsWhereItDiffers) {
  std::string before(200, '.'), after(1000, ',');
  auto shown = [&](const char* differs) { return std::string(60, '.') + " … " + std::string(60, '.') + differs + std::string(339, ','); };
  EXPECT_EQ(told(before + "x" + after, before + "y" + after), "- " + shown("x") + "\n+ " + shown("y") + "\n");
}

TEST_F(GoldenFile, AFileThatIsNotThereIsADifference) {
  std::remove(path.c_str());
  EXPECT_FALSE(isGolden(path, "a\n"));
}

}  // namespace
}  // namespace vss::test
