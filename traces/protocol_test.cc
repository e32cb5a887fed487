#include "traces/protocol.h"

#include <gtest/gtest.h>

#include "traces/test_trace.h"

namespace vss {
namespace {

using namespace test;

Made plain(std::uint32_t on, const char* method, std::uint32_t result = S_OK, std::vector<Value> inputs = {}) {
  std::size_t count = 0;
  for (const auto& param : methodNamed(kBackup, method)->params) count += param.isInput();
  inputs.resize(count, number(0));
  return {on, kBackup, method, inputs, {}, result};
}
Made starts(std::uint32_t on, const char* method, std::uint32_t async) { return {on, kBackup, method, {}, {object(async)}}; }
Made cancel(std::uint32_t async, std::uint32_t result = S_OK) { return {async, "IVssAsync", "Cancel", {}, {}, result}; }

// The state before each call of a session, as `of` tells it; the last one is that after it.
std::vector<std::string> states(const std::vector<Made>& calls, std::string (*of)(const SessionState&)) {
  Folder folder;
  std::string path = folder / "a.vsst";
  Trace(path).session(calls);
  TraceReader reader(pathFromUtf8(path));
  StepReader steps(reader);
  std::vector<std::string> all;
  while (auto step = steps.next()) all.push_back(step->before.session ? of(*step->before.session) : "-");
  all.push_back(steps.protocol().session(1) ? of(*steps.protocol().session(1)) : "-");
  return all;
}
std::string label(const SessionState& state) { return stateLabel(state); }
std::string statusOf(const SessionState& state) { return std::string(nameOf(state.status)); }

// A whole backup with one operation for each step; `settle` is what is asked of each.
std::vector<Made> backupSession() {
  std::vector<Made> calls{create(1), initialize(1), plain(1, "SetBackupState")};
  std::uint32_t next = 2;
  auto whole = [&](const char* method) {
    calls.insert(calls.end(), {starts(1, method, next), wait(next), query(next), release(next)});
    ++next;
  };
  whole("GatherWriterMetadata");
  calls.insert(calls.end(), {plain(1, "AddComponent"), plain(1, "StartSnapshotSet"), plain(1, "AddToSnapshotSet")});
  whole("PrepareForBackup");
  whole("GatherWriterStatus");
  whole("DoSnapshotSet");
  calls.push_back(plain(1, "SetBackupSucceeded"));
  whole("BackupComplete");
  calls.push_back(release(1));
  return calls;
}

TEST(Protocol, FollowsABackupThroughTheStatesOfTheNotation) {
  std::vector<std::string> walk;
  for (auto& state : states(backupSession(), label))
    if (walk.empty() || walk.back() != state) walk.push_back(state);
  EXPECT_EQ(walk, (std::vector<std::string>{"-", "U", "@B0", "@B0 > GatherWriterMetadata running", "@B1", "@B2", "@B2 > PrepareForBackup running",
                                            "@B2 > PrepareForBackup ended", "@B3", "@B3 > DoSnapshotSet running", "@B3 > DoSnapshotSet ended", "@B4",
                                            "@B4 > BackupComplete running", "@B4 > BackupComplete ended", "@B5"}))
      << "an infinite Wait says that an operation has ended, not how";
}

TEST(Protocol, FollowsARestore) {
  std::vector<std::string> walk;
  for (auto& state : states({create(1), plain(1, "InitializeForRestore", S_OK, {text(u"<x/>")}), starts(1, "GatherWriterMetadata", 2), query(2),
                             plain(1, "SetSelectedForRestore"), starts(1, "PreRestore", 3), query(3), plain(1, "SetFileRestoreStatus"),
                             starts(1, "PostRestore", 4), query(4, VSS_E_UNEXPECTED)},
                            label))
    if (walk.empty() || walk.back() != state) walk.push_back(state);
  EXPECT_EQ(walk, (std::vector<std::string>{"-", "U", "@R0", "@R0 > GatherWriterMetadata running", "@R1", "@R2", "@R2 > PreRestore running", "@R3",
                                            "@R3 > PostRestore running", "@R3 > PostRestore failed"}));
}

TEST(Protocol, OnlyAnAnswerSettlesAnOperation) {
  auto gathered = [](std::vector<Made> more) {
    std::vector<Made> calls{create(1), initialize(1), gather(1, 2)};
    calls.insert(calls.end(), more.begin(), more.end());
    return states(calls, statusOf).back();
  };
  EXPECT_EQ(gathered({}), "running");
  EXPECT_EQ(gathered({query(2, VSS_S_ASYNC_PENDING)}), "running");
  EXPECT_EQ(gathered({query(2)}), "finished");
  EXPECT_EQ(gathered({query(2, VSS_E_WRITER_INFRASTRUCTURE)}), "failed");
  EXPECT_EQ(gathered({cancel(2)}), "running") << "Cancel asks; QueryStatus tells";
  EXPECT_EQ(gathered({cancel(2), query(2, VSS_S_ASYNC_CANCELLED)}), "cancelled");
  EXPECT_EQ(gathered({wait(2)}), "ended");
  EXPECT_EQ(gathered({wait(2, 10)}), "running") << "a time-out ends nothing";
  EXPECT_EQ(gathered({wait(2), count(1, 3)}), "finished") << "it was waited for, and it is served";
  EXPECT_EQ(gathered({count(1, 3)}), "running") << "nobody waited: an answer proves nothing about a wrong implementation";
  EXPECT_EQ(gathered({release(2)}), "running");
  EXPECT_EQ(gathered({query(2), freeStatus(1)}), "freed");
  EXPECT_EQ(gathered({query(2), starts(1, "PrepareForBackup", 3)}), "stale");
  EXPECT_EQ(gathered({query(2), gather(1, 3)}), "running");
  EXPECT_EQ(gathered({query(2), gather(1, 3), query(3)}), "finished");
  EXPECT_EQ(gathered({gather(1, 3), query(2, VSS_E_UNEXPECTED)}), "running") << "the end of a gather that was replaced means nothing";
  auto failing = plain(1, "GatherWriterStatus", VSS_E_BAD_STATE);
  EXPECT_EQ(gathered({query(2), failing}), "unknown") << "no page says what such a call leaves of the record";
  failing.result = E_INVALIDARG;
  EXPECT_EQ(gathered({query(2), failing}), "finished") << "an argument check changes nothing";
}

TEST(Protocol, ALaterAnswerProvesThatAnOperationWasPending) {
  std::vector<Made> calls{create(1), initialize(1), gather(1, 2), count(1, 3), query(2, VSS_S_ASYNC_PENDING), count(1, 3), query(2)};
  auto all = states(calls, statusOf);
  EXPECT_EQ(all[3], "pending");
  EXPECT_EQ(all[5], "running") << "nothing behind this call says that it had not ended";
}

TEST(Protocol, CountsAreThoseOfTheRecordThatIsThere) {
  auto counts = [](const SessionState& s) { return s.statusCount ? std::to_string(*s.statusCount) : std::string("?"); };
  auto all = states({create(1), initialize(1), gather(1, 2), query(2), count(1, 3), freeStatus(1), gather(1, 3), query(3), count(1, 4)}, +counts);
  EXPECT_EQ(all, (std::vector<std::string>{"-", "?", "?", "?", "?", "3", "?", "?", "?", "4"}));
}

TEST(Protocol, AnObjectFromBeforeTheTraceIsUnknownUntilItIsInitialized) {
  auto kind = [](const SessionState& s) { return std::string(nameOf(s.kind)) + " " + std::string(nameOf(s.status)); };
  EXPECT_EQ(states({count(1, 3), gather(1, 2)}, +kind), (std::vector<std::string>{"unknown unknown", "unknown unknown", "unknown running"}));
  EXPECT_EQ(states({initialize(1)}, +kind).back(), "backup none");
}

TEST(Protocol, WhatAnotherThreadMayHaveChangedMeanwhileIsNotCertain) {
  Folder folder;
  std::string path = folder / "a.vsst";
  {
    Trace trace(path);
    for (const auto& made : {create(1), initialize(1), gather(1, 2), query(2)}) trace.call(made);
    auto reads = trace.enter(count(1, 3));
    trace.call(freeStatus(1));
    trace.leave(reads, count(1, 3));
    auto frees = trace.enter(freeStatus(1));
    trace.call(count(1, 3));
    trace.leave(frees, freeStatus(1));
    auto asks = trace.enter(count(1, 3));
    trace.call(count(1, 3));
    trace.leave(asks, count(1, 3));
  }
  TraceReader reader(pathFromUtf8(path));
  StepReader steps(reader);
  std::vector<std::string> uncertain;
  while (auto step = steps.next())
    if (!step->before.certain) uncertain.push_back(step->call.signature->method + " " + std::to_string(step->call.number));
  EXPECT_EQ(uncertain, (std::vector<std::string>{"GetWriterStatusCount 5", "GetWriterStatusCount 8"}));
}

TEST(Protocol, SaysWhatIsLegalNow) {
  auto legal = [](const SessionState& state) {
    std::string all;
    for (auto name : legalCalls(state)) all += (all.empty() ? "" : " ") + std::string(name);
    return all;
  };
  auto all = states({create(1), initialize(1), gather(1, 2), query(2), freeStatus(1)}, +legal);
  EXPECT_EQ(all[1], "InitializeForBackup InitializeForRestore");
  EXPECT_EQ(all[2], "SetContext SetBackupState GatherWriterMetadata StartSnapshotSet GatherWriterStatus AbortBackup");
  EXPECT_EQ(all[3].find("GatherWriterStatus "), all[3].npos) << "not while one runs: " << all[3];
  EXPECT_NE(all[4].find("GetWriterStatusCount GetWriterStatus GetWriterStatusEx FreeWriterStatus"), all[4].npos);
  EXPECT_EQ(all[5].find("GetWriterStatusCount"), all[5].npos);
}

TEST(Protocol, TellsTheStateInWords) {
  auto all = states(backupSession(), [](const SessionState& state) { return stateInWords(state); });
  EXPECT_EQ(all[1], "created, not initialized");
  EXPECT_EQ(all.back(), "released");
  EXPECT_EQ(all[all.size() - 2], "initialized for backup; writer metadata gathered; shadow copy set with volumes; prepared for backup; shadow copy set created; "
                                 "backup completed; writer status gathered before the last writer event");
}

}  // namespace
}  // namespace vss
