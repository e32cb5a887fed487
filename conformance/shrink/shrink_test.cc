#include "conformance/shrink/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "conformance/judge.h"
#include "conformance/shrink/shrink_command.h"
#include "traces/test_trace.h"
#include "traces/trace_reader.h"

namespace vss::conformance {
namespace {

using namespace test;

// A call that only says which object it is of, and which one it hands out.
Call plainCall(std::uint32_t object, std::uint32_t handsOut = 0) {
  static const Signature* const kSignature = new Signature;
  Call call;
  call.signature = kSignature;
  call.object = object;
  if (handsOut) call.outputs.push_back(ValueView::ofObject(handsOut));
  return call;
}

Shrunk shrunkTo(const std::vector<Call>& calls, const std::set<std::size_t>& needed) {
  auto all = [&](const Kept& kept) { return std::all_of(needed.begin(), needed.end(), [&](std::size_t i) { return kept[i]; }); };
  return shrink(calls, Kept(calls.size(), true), all, std::chrono::steady_clock::now() + std::chrono::seconds(60));
}
std::set<std::size_t> left(const Kept& kept) {
  std::set<std::size_t> places;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i]) places.insert(i);
  return places;
}

TEST(Shrink, LeavesWhatIsNeededAndWhatHandedOutItsObject) {
  // Three sessions; #10 hands out #11, that hands out #12.
  std::vector<Call> calls{plainCall(0, 1), plainCall(0, 10), plainCall(1), plainCall(10, 11), plainCall(10), plainCall(0, 20), plainCall(11, 12), plainCall(11), plainCall(12), plainCall(20), plainCall(1)};
  EXPECT_EQ(left(shrunkTo(calls, {8}).kept), (std::set<std::size_t>{1, 3, 6, 8}));
  EXPECT_EQ(left(shrunkTo(calls, {4}).kept), (std::set<std::size_t>{1, 4}));
  EXPECT_EQ(left(shrunkTo(calls, {10, 9}).kept), (std::set<std::size_t>{0, 5, 9, 10}));
  EXPECT_EQ(left(shrunkTo(calls, {}).kept), (std::set<std::size_t>{}));
}

TEST(Shrink, FindsAFewOfManyCallsInFewTries) {
  std::vector<Call> calls{plainCall(0, 1)};
  for (int i = 1; i < 10'000; ++i) calls.push_back(plainCall(1));
  auto shrunk = shrunkTo(calls, {17, 4000, 4001, 8191, 9999});
  EXPECT_EQ(left(shrunk.kept), (std::set<std::size_t>{0, 17, 4000, 4001, 8191, 9999}));
  EXPECT_LE(shrunk.tries, 300u);
  EXPECT_TRUE(shrunk.ended);
}

TEST(Shrink, LeavesOutTwoCallsThatNeedEachOther) {
  std::vector<Call> calls{plainCall(0, 1), plainCall(1), plainCall(1), plainCall(1), plainCall(1)};
  auto both = [&](const Kept& kept) { return kept[4] && kept[1] == kept[3]; };
  auto shrunk = shrink(calls, Kept(5, true), both, std::chrono::steady_clock::now() + std::chrono::seconds(60));
  EXPECT_EQ(left(shrunk.kept), (std::set<std::size_t>{0, 4}));
}

TEST(Shrink, GivesWhatThereIsWhenTheTimeIsOver) {
  std::vector<Call> calls(100, plainCall(1));
  int tries = 0;
  auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  auto slow = [&](const Kept&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return ++tries == 2;   // of the first half of the session
  };
  auto shrunk = shrink(calls, Kept(100, true), slow, end);
  EXPECT_FALSE(shrunk.ended);
  EXPECT_EQ(left(shrunk.kept).size(), 50u);
}

// What GetComponentInfo fills goes back by FreeComponentInfo.
std::vector<Value> componentInfo(std::u16string_view name) {
  std::vector<Value> fields{number(VSS_CT_FILEGROUP), is(ValueKind::null), text(name)};
  while (fields.size() < 15) fields.push_back(fields.size() < 5 ? is(ValueKind::null) : number(0));
  return fields;
}

TEST(Shrink, LeavesOutAStructureWithTheCallThatFilledIt) {
  Folder folder;
  constexpr const char* kComponent = "IVssWMComponent";
  std::vector<Made> made{create(1), {1, kComponent, "GetComponentInfo", {}, componentInfo(u"a")}, {1, kComponent, "GetComponentInfo", {}, componentInfo(u"b")},
                         {1, kComponent, "FreeComponentInfo", componentInfo(u"b"), {}}, {1, kComponent, "FreeComponentInfo", componentInfo(u"a"), {}}};
  Trace(folder / "field.vsst", {Origin::live, "", "", false}).session(made);
  TraceReader reader(pathFromUtf8(folder / "field.vsst"));
  auto calls = loadCalls(reader).calls;
  EXPECT_EQ(left(shrunkTo(calls, {4}).kept), (std::set<std::size_t>{0, 1, 4}));
  EXPECT_EQ(left(shrunkTo(calls, {3}).kept), (std::set<std::size_t>{0, 2, 3}));
}

ShrinkOptions options(const Folder& folder) {
  ShrinkOptions options;
  options.trace = folder / "field.vsst";
  options.output = folder / "short.vsst";
  return options;
}

// One session of so many gathers; at the end the statuses are given back, and the count still answers.
std::vector<Made> longSession(int gathers) {
  std::vector<Made> calls{create(1), initialize(1)};
  for (int i = 0; i < gathers; ++i) {
    auto operation = static_cast<std::uint32_t>(2 + i);
    calls.insert(calls.end(), {gather(1, operation), wait(operation), query(operation), release(operation), count(1, 3)});
    for (std::uint32_t writer = 0; writer < 3; ++writer) calls.push_back(status(1, writer, u"A writer"));
    if (i + 1 < gathers) calls.push_back(freeStatus(1));
  }
  calls.insert(calls.end(), {freeStatus(1), count(1, 3), release(1)});
  return calls;
}

TEST(Shrink, TenThousandCallsOfAFieldTraceInAMinute) {
  Folder folder;
  Trace(folder / "field.vsst", {Origin::live, "", "", false}).session(longSession(1111));
  ASSERT_GE(longSession(1111).size(), 10'000u);
  std::ostringstream out, err;
  auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(runShrink(options(folder), {}, out, err), 0) << err.str();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
  TraceReader reader(pathFromUtf8(folder / "short.vsst"));
  std::vector<std::string> methods;
  for (const auto& call : loadCalls(reader).calls) methods.push_back(call.signature->method);
  // Without the gather there would be nothing to give back, and without QueryStatus it would come too early.
  EXPECT_EQ(methods, (std::vector<std::string>{"CreateVssBackupComponents", "InitializeForBackup", "GatherWriterStatus", "QueryStatus", "FreeWriterStatus", "GetWriterStatusCount"})) << out.str();
  EXPECT_EQ(out.str().find("time was over"), std::string::npos) << out.str();
}

// What is left has to be a session that can have been so: leaving out the gather would break another rule.
TEST(Shrink, DoesNotMakeUpAnotherMistake) {
  Folder folder;
  std::vector<Made> calls{create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 3), status(1, 3, u"One too many"), freeStatus(1), release(1)};
  Trace(folder / "field.vsst", {Origin::live, "", "", false}).session(calls);
  TraceReader field(pathFromUtf8(folder / "field.vsst"));
  auto before = judge(field, Catalogue::builtIn());
  ASSERT_EQ(before.findings.size(), 1u);
  std::ostringstream out, err;
  ASSERT_EQ(runShrink(options(folder), {}, out, err), 0) << err.str();
  TraceReader reader(pathFromUtf8(folder / "short.vsst"));
  auto after = judge(reader, Catalogue::builtIn());
  std::set<std::string> broken;
  for (const auto& finding : after.findings)
    if (!finding.rule->brokenByRequester()) broken.insert(finding.rule->id);
  EXPECT_EQ(broken, std::set<std::string>{before.findings[0].rule->id});
  EXPECT_NE(out.str().find("GatherWriterStatus"), std::string::npos) << out.str();
}

// A rule that the whole trace keeps at a call has to be told of it still: without the count nothing tells that there is a writer 0.
TEST(Shrink, KeepsWhatTellsThatAnAnswerIsRight) {
  Folder folder;
  constexpr const char *kBackup = "IVssBackupComponents", *kComponent = "IVssWMComponent";
  std::vector<Made> calls{create(1), initialize(1), {1, kBackup, "GatherWriterMetadata", {}, {object(2)}}, wait(2), query(2), release(2), {1, kBackup, "GetWriterMetadataCount", {}, {number(1)}},
                          {1, kBackup, "GetWriterMetadata", {number(0)}, {id(9), object(3)}}, {3, "IVssExamineWriterMetadata", "GetComponent", {number(0)}, {object(4)}},
                          {4, kComponent, "GetComponentInfo", {}, componentInfo(u"a")}, {4, kComponent, "FreeComponentInfo", componentInfo(u"a"), {}, S_FALSE}, release(4), release(3), release(1)};
  Trace(folder / "field.vsst", {Origin::live, "", "", false}).session(calls);
  std::ostringstream out, err;
  auto asked = options(folder);
  asked.rule = "OW-011";
  ASSERT_EQ(runShrink(asked, {}, out, err), 0) << err.str();
  TraceReader reader(pathFromUtf8(folder / "short.vsst"));
  std::vector<std::string> methods;
  for (const auto& call : loadCalls(reader).calls) methods.push_back(call.signature->method);
  EXPECT_EQ(methods, (std::vector<std::string>{"CreateVssBackupComponents", "InitializeForBackup", "GatherWriterMetadata", "QueryStatus", "GetWriterMetadataCount", "GetWriterMetadata", "GetComponent", "GetComponentInfo", "FreeComponentInfo"})) << out.str();
}

}  // namespace
}  // namespace vss::conformance
