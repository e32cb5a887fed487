#include "conformance/shown_calls.h"

#include <gtest/gtest.h>

#include "conformance/driver.h"
#include "traces/test_trace.h"

namespace vss::conformance {
namespace {

using namespace test;

Made startSet(std::uint32_t backup, std::uint8_t set) { return {backup, kBackup, "StartSnapshotSet", {}, {id(set)}}; }

TEST(ShownCalls, TellStatesAndWhichCallIsJudged) {
  Folder folder;
  {
    Trace trace(folder / "a.vsst");
    for (const auto& made : {create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2)}) trace.call(made);
    trace.writer.remark(RemarkKind::information, 0, kJudgedFrom);
    trace.call(count(1, 3));
    trace.writer.remark(RemarkKind::information, 0, kJudgedTo);
    trace.call(release(1));
  }
  auto shown = showCalls(pathFromUtf8(folder / "a.vsst"));
  ASSERT_EQ(shown.calls.size(), 8u);
  EXPECT_EQ(shown.state, "@B0: initialized for backup; writer status gathered");
  EXPECT_EQ(shown.calls[0], (ShownCall{"CreateVssBackupComponents()", "S_OK  ppBackup=session", "", false}));
  EXPECT_EQ(shown.calls[1], (ShownCall{"session IVssBackupComponents::InitializeForBackup(bstrXML=null)", "S_OK", "U: created, not initialized", false}));
  EXPECT_EQ(shown.calls[4].call, "GatherWriterStatus 1 IVssAsync::QueryStatus()");
  EXPECT_EQ(shown.calls[4].answer, "S_OK  pHrResult=VSS_S_ASYNC_FINISHED pReserved=no pointer");
  EXPECT_EQ(shown.calls[6], (ShownCall{"session IVssBackupComponents::GetWriterStatusCount()", "S_OK  pcWriters=3", shown.state, true}));
  EXPECT_EQ(shown.calls[7].state, "") << "the same as before";
  EXPECT_FALSE(shown.calls[7].judged);
}

// An object that a session has handed out has no state of its own.
TEST(ShownCalls, OfAnObjectOfASessionTellTheSessionsState) {
  Folder folder;
  {
    Trace trace(folder / "a.vsst");
    for (const auto& made : {create(1), initialize(1), Made{1, kBackup, "GetWriterComponents", {number(0)}, {object(5)}}}) trace.call(made);
    trace.call({5, "IVssWriterComponents", "GetComponent", {number(0)}, {object(6)}});
    trace.writer.remark(RemarkKind::information, 0, kJudgedFrom);
    trace.call({6, "IVssComponent", "GetBackupSucceeded", {}, {number(1)}});
    trace.writer.remark(RemarkKind::information, 0, kJudgedTo);
  }
  auto shown = showCalls(pathFromUtf8(folder / "a.vsst"));
  ASSERT_EQ(shown.calls.size(), 5u);
  EXPECT_EQ(shown.calls[3].state, "@B0: initialized for backup");
  EXPECT_EQ(shown.state, "@B0: initialized for backup");
}

// Two runs that differ in nothing but chance.
TEST(ShownCalls, AreTheSameInEveryRun) {
  Folder folder;
  auto write = [&](const char* name, std::uint8_t set, bool polled, bool otherFirst) {
    Trace trace(folder / name);
    Worker first, second;
    for (const auto& made : {create(1), initialize(1), startSet(1, set), gather(1, 2)}) trace.call(made);
    if (polled) trace.call(query(2, VSS_S_ASYNC_PENDING));
    const Made counted{1, kBackup, "GetWriterStatusCount", {}, {is(ValueKind::unchanged)}, static_cast<std::uint32_t>(VSS_E_BAD_STATE)};
    if (otherFirst) trace.call(second, counted);
    trace.call(first, gather(1, 3));
    if (!otherFirst) trace.call(second, counted);
    trace.call(release(1));
  };
  write("a.vsst", 7, false, false);
  write("b.vsst", 8, true, true);
  auto a = showCalls(pathFromUtf8(folder / "a.vsst")), b = showCalls(pathFromUtf8(folder / "b.vsst"));
  EXPECT_EQ(a.calls, b.calls);
  EXPECT_EQ(a.calls.size(), 7u);
  EXPECT_EQ(a.calls[2].answer, "S_OK  pSnapshotSetId={id 1}");
  std::string seven = toString(id(7).guid()), eight = toString(id(8).guid());
  EXPECT_EQ(a.steady("StartSnapshotSet() → S_OK pSnapshotSetId=" + seven + ", " + seven), "StartSnapshotSet() → S_OK pSnapshotSetId={id 1}, {id 1}");
  EXPECT_EQ(a.steady(seven), b.steady(eight));
  EXPECT_EQ(a.steady(eight), eight) << "an id of nobody's is told as it is";
}

TEST(ShownCalls, OfNoTraceAreNone) {
  Folder folder;
  put(folder / "no.vsst", "this is no trace");
  EXPECT_TRUE(showCalls(pathFromUtf8(folder / "no.vsst")).calls.empty());
  EXPECT_TRUE(showCalls(pathFromUtf8(folder / "none.vsst")).calls.empty());
}

}  // namespace
}  // namespace vss::conformance
