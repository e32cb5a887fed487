#include "conformance/shrink/test_source.h"

#include <gtest/gtest.h>

#include "traces/test_trace.h"
#include "traces/trace_reader.h"

namespace vss::conformance {
namespace {

using namespace test;

// A session as a test; what it says as C++.
class Source {
 public:
  explicit Source(const std::vector<Made>& made, const Expectation* expectation = nullptr) {
    Trace(folder_ / "a.vsst", {Origin::live, "", "", false}).session(made);
    TraceReader reader(pathFromUtf8(folder_ / "a.vsst"));
    SessionTest test{.name = "WS_049", .comment = {"what it is about"}, .calls = loadCalls(reader).calls, .judged = made.size() - 1, .expectation = expectation};
    text_ = printGoogleTest(test);
  }
  bool has(const std::string& part) const { return text_.find(part) != std::string::npos; }
  const std::string& text() const { return text_; }

 private:
  Folder folder_;
  std::string text_;
};

constexpr const char* kBackup = "IVssBackupComponents";

TEST(TestSource, TakesWhatIsNewInEachRunFromWhereItWasHandedOut) {
  Source source({create(1), initialize(1), {1, kBackup, "StartSnapshotSet", {}, {id(7)}}, {1, kBackup, "SaveAsXML", {}, {text(u"<a document/>")}},
                 {1, kBackup, "BreakSnapshotSet", {id(7)}, {}}, {1, kBackup, "BreakSnapshotSet", {id(8)}, {}}, {1, kBackup, "InitializeForRestore", {text(u"<a document/>")}, {}}});
  EXPECT_TRUE(source.has("ASSERT_EQ(backup1->StartSnapshotSet(&snapshotSetId2), S_OK);\n")) << source.text();
  EXPECT_TRUE(source.has("ASSERT_EQ(backup1->BreakSnapshotSet(snapshotSetId2), S_OK);\n")) << source.text();
  EXPECT_TRUE(source.has("const VSS_ID id4 = {0x00000008, ")) << source.text();
  EXPECT_TRUE(source.has("ASSERT_EQ(backup1->BreakSnapshotSet(id4), S_OK);\n")) << source.text();
  EXPECT_TRUE(source.has("backup1->InitializeForRestore(xML3.at);\n")) << source.text();
  EXPECT_TRUE(source.text().starts_with("// what it is about\n#if defined(_WIN32)\n"));
  EXPECT_TRUE(source.has("TEST(Shrunk, WS_049) {\n"));
}

TEST(TestSource, SaysEveryCharacterOfAText) {
  std::u16string odd = u"a\"b\\c\n\u00e9f\xD800";
  odd.push_back(0);
  odd += u"1";
  Source source({create(1), initialize(1), {1, kBackup, "InitializeForRestore", {text(odd)}, {}}});
  EXPECT_TRUE(source.has(R"x(Text text2(W("a\"b\\c\x000a\x00e9" "f\xd800\x0000" "1"), 11);)x")) << source.text();
}

TEST(TestSource, JudgesTheLastCallAsTheRuleDoes) {
  auto made = std::vector<Made>{create(1), initialize(1), count(1, 3)};
  auto expects = [&](const char* expected) {
    Expectation expectation = parseExpectation(expected);
    return Source(made, &expectation);
  };
  EXPECT_TRUE(expects("{VSS_E_BAD_STATE, E_UNEXPECTED}").has("EXPECT_TRUE(result == VSS_E_BAD_STATE || result == E_UNEXPECTED) << result;\n"));
  EXPECT_TRUE(expects("{S_OK}; pcWriters = 9").has("EXPECT_FALSE(result == S_OK && writers2 == 3u);\n")) << "more than a code is asked for";
  Source recorded(made);
  EXPECT_TRUE(recorded.has("EXPECT_EQ(result, S_OK);\n  EXPECT_EQ(writers2, 3u);\n")) << recorded.text();
  made.back() = {1, kBackup, "GetWriterStatusCount", {}, {is(ValueKind::noPointer)}, static_cast<std::uint32_t>(E_INVALIDARG), 1};
  EXPECT_TRUE(Source(made).has("backup1->GetWriterStatusCount(nullptr);\n  EXPECT_EQ(result, E_INVALIDARG);\n"));
}

TEST(TestSource, WaitsWhereAnOperationHadEnded) {
  Source source({create(1), initialize(1), gather(1, 2), query(2), release(2), count(1, 3)});
  EXPECT_TRUE(source.has("  ASSERT_EQ(Ended(async2), VSS_S_ASYNC_FINISHED);\n  async2->Release();\n")) << source.text();
  EXPECT_FALSE(source.has("if (async2)")) << "it is given back already";
  EXPECT_TRUE(source.has("  if (backup1) backup1->Release();\n"));
}

TEST(TestSource, SaysWhyThereIsNone) {
  auto why = [](const std::vector<Made>& made) -> std::string {
    try {
      return Source(made).text();
    } catch (const std::runtime_error& e) {
      return e.what();
    }
  };
  EXPECT_EQ(why({count(1, 3)}), "call 1: nothing in the session hands out object #1, so there is no test of it");
  EXPECT_EQ(why({create(1), {1, kBackup, "InitializeForBackup", {is(ValueKind::unreadable)}, {}}, count(1, 3)}), "call 2: what it passed as bstrXML is not in the trace, so there is no test of it");
}

}  // namespace
}  // namespace vss::conformance
