#include "conformance/explore/disagreement.h"

#include <gtest/gtest.h>

#include "traces/output_file.h"
#include "traces/test_trace.h"

namespace vss::conformance {
namespace {

using namespace test;

class KeptTest : public testing::Test {
 protected:
  // What NAME.cc says, of what was expected and what was seen.
  std::string source(const std::vector<Made>& expected, const std::vector<Made>& seen, std::uint64_t call = 0, std::uint64_t atMost = 0) {
    for (const char* file : {"expected.vsst", "seen.vsst"}) std::filesystem::remove(pathFromUtf8(folder_ / file));
    Trace(folder_ / "expected.vsst", {Origin::model, "", "", false}).session(expected);
    Trace(folder_ / "seen.vsst", {Origin::live, "", "", false}).session(seen);
    put(folder_ / "scenario.json", "{}");
    makeFolder(pathFromUtf8(folder_ / "report"));
    keepDisagreement({.expected = pathFromUtf8(folder_ / "expected.vsst"), .seen = pathFromUtf8(folder_ / "seen.vsst"), .scenario = pathFromUtf8(folder_ / "scenario.json"),
                      .folder = pathFromUtf8(folder_ / "report"), .name = "one", .about = "what it is about", .call = call, .atMost = atMost});
    for (const char* file : {"one.vsst", "one.expected.vsst", "one.scenario.json"}) EXPECT_TRUE(std::filesystem::exists(pathFromUtf8(folder_ / "report") / file)) << file;
    std::string text = contents(folder_ / "report/one.cc");
    EXPECT_TRUE(text.starts_with("// what it is about\n// An implementation that reads a scenario had SHADOWTAPE_SCENARIO=one.scenario.json\n")) << text;
    return text;
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

 private:
  Folder folder_;
};

const char* const kBackup = "IVssBackupComponents";
Made restore(const std::u16string& document) { return {1, kBackup, "InitializeForRestore", {text(document)}, {}}; }
Made badCount(std::uint32_t result, ValueKind left) { return {1, kBackup, "GetWriterStatusCount", {}, {is(left)}, result}; }

TEST_F(KeptTest, ADisagreementIsOfAnAnswerNotOfAnInput) {
  auto test = source({create(1), restore(u"theirs"), count(1, 3)}, {create(1), restore(u"mine"), count(1, 4)});
  EXPECT_TRUE(has(test, "TEST(Shrunk, GetWriterStatusCount) {")) << test;
  EXPECT_TRUE(has(test, "EXPECT_EQ(writers3, 3u);")) << test;
}

TEST_F(KeptTest, WhatIsLeftAloneOrSetToZeroIsHeldToThat) {
  const auto bad = static_cast<std::uint32_t>(VSS_E_BAD_STATE);
  auto test = source({create(1), initialize(1), badCount(bad, ValueKind::zeroed)}, {create(1), initialize(1), badCount(bad, ValueKind::unchanged)});
  EXPECT_TRUE(has(test, "std::uint32_t writers2 = 0xcccccccc;")) << test;
  EXPECT_TRUE(has(test, "EXPECT_EQ(writers2, 0u);")) << test;
  test = source({create(1), initialize(1), badCount(bad, ValueKind::unchanged)}, {create(1), initialize(1), badCount(bad, ValueKind::zeroed)});
  EXPECT_TRUE(has(test, "EXPECT_EQ(writers2, writers2Before);")) << test;
}

// A process ends at a call, or at an earlier one that answered otherwise.
TEST_F(KeptTest, ACrashIsHeldToTheFirstThatIsWrong) {
  const std::vector<Made> expected{create(1), initialize(1), count(1, 3), freeStatus(1)};
  auto test = source(expected, {create(1), initialize(1), count(1, 3)}, 0, 3);
  EXPECT_TRUE(has(test, "TEST(Shrunk, GetWriterStatusCount) {")) << "the last that was made: " << test;
  test = source(expected, {create(1), initialize(1), count(1, 4), freeStatus(1)}, 0, 4);
  EXPECT_TRUE(has(test, "TEST(Shrunk, GetWriterStatusCount) {")) << "the first that differs: " << test;
  test = source(expected, {create(1), initialize(1), count(1, 4)}, 2);
  EXPECT_TRUE(has(test, "TEST(Shrunk, InitializeForBackup) {")) << "that was asked for: " << test;
}

TEST_F(KeptTest, WhereThereIsNoTestItSaysWhy) {
  auto test = source({create(1), restore(u"theirs")}, {create(1), restore(u"mine")});
  EXPECT_TRUE(has(test, "#error what differs is in no answer of a call, so there is no test of it\n")) << test;
}

}  // namespace
}  // namespace vss::conformance
