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
  explicit Source(const std::vector<Made>& made, const Expectation* expectation = nullptr, std::vector<std::string> answers = {}) {
    Trace(folder_ / "a.vsst", {Origin::live, "", "", false}).session(made);
    TraceReader reader(pathFromUtf8(folder_ / "a.vsst"));
    SessionTest test{.name = "WS_049", .comment = {"what it is about"}, .calls = loadCalls(reader).calls, .judged = made.size() - 1, .expectation = expectation, .answers = std::move(answers)};
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

Made properties(std::uint8_t copy, std::uint8_t set, std::int64_t count, VSS_SNAPSHOT_STATE state) {
  std::vector<Value> fields{id(copy), id(set), number(count), text(u"\\\\?\\copy")};
  while (fields.size() < 9) fields.push_back(is(ValueKind::null));
  fields.insert(fields.end(), {id(0), number(0), ValueView::ofBytes("12345678"), number(state)});
  return {1, kBackup, "GetSnapshotProperties", {id(copy)}, fields};
}

TEST(TestSource, ComparesStructuresFieldByField) {
  std::vector<Made> made{create(1), initialize(1), {1, kBackup, "StartSnapshotSet", {}, {id(7)}}, {1, kBackup, "AddToSnapshotSet", {text(u"C:"), id(0)}, {id(8)}}, properties(8, 7, 1, VSS_SS_CREATED)};
  Source source(made, nullptr, {"m_SnapshotSetId"});
  for (std::string says : {"EXPECT_TRUE(prop5.m_SnapshotId == snapshot4);\n", "EXPECT_TRUE(prop5.m_SnapshotSetId == snapshotSetId2);\n", "EXPECT_EQ(prop5.m_lSnapshotsCount, 1);\n", "EXPECT_TRUE(prop5.m_ProviderId == VSS_ID{});\n",
                           "EXPECT_TRUE(Says(prop5.m_pwszSnapshotDeviceObject, W(\"\\\\\\\\?\\\\copy\"), 8));\n", "EXPECT_TRUE(prop5.m_pwszExposedName == nullptr);\n", "EXPECT_EQ(prop5.m_eStatus, VSS_SS_CREATED);\n"})
    EXPECT_TRUE(source.has("  " + says)) << says << source.text();
  auto expectation = parseExpectation("any; m_eStatus = VSS_SS_CREATED");
  made.back() = properties(8, 7, 1, VSS_SS_PREPARED);
  EXPECT_TRUE(Source(made, &expectation).has("EXPECT_FALSE(result == S_OK && prop5.m_eStatus == VSS_SS_PREPARED);\n")) << "what the rule names, and no more";
}

TEST(TestSource, ComparesIdsByWhatTheyAre) {
  auto rows = [](Value first, Value second) {
    auto row = [](std::uint32_t writer, Value instance) { return Made{1, kBackup, "GetWriterStatus", {number(writer)}, {instance, id(9), text(u"A writer"), number(VSS_WS_STABLE), number(S_OK)}}; };
    return std::vector<Made>{create(1), initialize(1), row(0, first), row(1, second)};
  };
  EXPECT_TRUE(Source(rows(id(1), id(1))).has("EXPECT_TRUE(instance7 == instance2);\n")) << "the same again";
  EXPECT_TRUE(Source(rows(id(1), id(0))).has("EXPECT_TRUE(instance7 == VSS_ID{});\n"));
  Source named(rows(id(1), id(2)), nullptr, {"pidInstance"});
  EXPECT_TRUE(named.has("const VSS_ID id12 = {0x00000002, ") && named.has("EXPECT_TRUE(instance7 == id12);\n")) << named.text();
  EXPECT_FALSE(Source(rows(id(1), id(2))).has("EXPECT_TRUE(instance7")) << "another machine has others";
  auto twice = [](std::uint8_t second) { return std::vector<Made>{create(1), initialize(1), {1, kBackup, "StartSnapshotSet", {}, {id(7)}}, {1, kBackup, "StartSnapshotSet", {}, {id(second)}}}; };
  EXPECT_TRUE(Source(twice(8)).has("EXPECT_TRUE(!(snapshotSetId3 == VSS_ID{}) && !(snapshotSetId3 == snapshotSetId2));\n")) << "new in each run";
  Source null({create(1), initialize(1), {1, kBackup, "StartSnapshotSet", {}, {id(0)}}, {1, kBackup, "AddToSnapshotSet", {text(u"C:"), id(0)}, {id(8)}}});
  EXPECT_TRUE(null.has("const VSS_ID id3 = {0x00000000, ")) << "the provider that is meant is none: " << null.text();
  auto expectation = parseExpectation("{S_OK}; pSnapshotSetId != GUID_NULL");
  EXPECT_TRUE(Source(twice(0), &expectation).has("EXPECT_FALSE(result == S_OK && snapshotSetId3 == VSS_ID{});\n"));
}

TEST(TestSource, HoldsAFailedCallToWhatItLeft) {
  auto made = [](Value left) { return std::vector<Made>{create(1), {1, kBackup, "GatherWriterStatus", {}, {left}, static_cast<std::uint32_t>(VSS_E_BAD_STATE)}}; };
  Source left(made(is(ValueKind::unchanged)), nullptr, {"pAsync"});
  EXPECT_TRUE(left.has("IVssAsync* async2 = nullptr;\n") && left.has("EXPECT_EQ(async2, nullptr);\n")) << left.text();
  auto expectation = parseExpectation("any; pAsync untouched");
  Value address = ValueView{ValueKind::raw, 0, "\1\2\3\4\5\6\7\x8"};
  EXPECT_TRUE(Source(made(address), &expectation).has("EXPECT_FALSE(result == VSS_E_BAD_STATE && async2 != nullptr);\n"));
}

TEST(TestSource, GivesBackTheStructureThatWasFilled) {
  auto filled = properties(8, 7, 1, VSS_SS_CREATED);
  Made free{0, "", "VssFreeSnapshotProperties", filled.outputs, {}};
  Source source({create(1), initialize(1), filled, free});
  EXPECT_TRUE(source.has("  VssFreeSnapshotProperties(&prop3);\n")) << source.text();
  auto refused = [](const std::vector<Made>& made) {
    try {
      return Source(made).text();
    } catch (const std::runtime_error& e) {
      return std::string(e.what());
    }
  };
  EXPECT_EQ(refused({create(1), initialize(1), filled, free, free}), "call 5: nothing in the session filled what it passes as pProp; there is no test of it");
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
  try {
    Source({create(1), initialize(1), count(1, 3)}, nullptr, {"pidInstance"});
    ADD_FAILURE() << "a test of something else";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "call 3: C++ cannot say what is recorded of pidInstance; there is no test of it");
  }
  EXPECT_EQ(why({create(1), {1, kBackup, "InitializeForBackup", {is(ValueKind::unreadable)}, {}}, count(1, 3)}), "call 2: what it passed as bstrXML is not in the trace, so there is no test of it");
}

}  // namespace
}  // namespace vss::conformance
