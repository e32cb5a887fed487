#include "fault_matrix/outcome.h"

#include "fault_matrix/testing.h"
#include "traces/vss/returns.h"

namespace vss::fault_matrix {
namespace {

using How = launch::Ended::How;

Variation variation(const std::string& name, bool again = false) { return {parseFault(name), name, "", "", "", "the page", again, 1}; }
GoodRun goodRun() { return {}; }
Outcome outcome(const std::string& name, const Backup& run, const launch::Ended& ended = {1, {}}, bool again = false, const GoodRun& good = goodRun()) {
  return outcomeOf(variation(name, again), ended, Written(run.calls).reader.get(), good, std::chrono::seconds(10));
}
std::string rules(const Outcome& outcome) {
  std::string all;
  for (const auto& wrong : outcome.wrong) all += (all.empty() ? "" : " ") + (wrong.rule.empty() ? "-" : wrong.rule);
  return all;
}
using Words = std::vector<std::string>;

TEST(Outcome, ABackupThatIsGivenUpWithAbortIsRight) {
  auto seen = outcome("DoSnapshotSet/async/VSS_E_PROVIDER_VETO", Backup().prepared().whole("DoSnapshotSet", VSS_E_PROVIDER_VETO).statuses().call("AbortBackup").released());
  EXPECT_TRUE(seen.putIn);
  EXPECT_EQ(rules(seen), "");
  EXPECT_EQ(seen.then, (Words{"GatherWriterStatus", "FreeWriterStatus", "AbortBackup", "Release"}));
  EXPECT_TRUE(seen.aborted && seen.freed);
  EXPECT_FALSE(seen.tried || seen.completed || seen.beganAnew);
  EXPECT_TRUE(seen.notes.empty());
}

TEST(Outcome, OneWithoutAbortIsNotHoweverTheProgramEnds) {
  EXPECT_EQ(rules(outcome("DoSnapshotSet/async/VSS_E_PROVIDER_VETO", Backup().prepared().whole("DoSnapshotSet", VSS_E_PROVIDER_VETO).released())), "RQ-018");
  auto seen = outcome("DoSnapshotSet/async/VSS_E_PROVIDER_VETO", Backup().prepared().whole("DoSnapshotSet", VSS_E_PROVIDER_VETO));
  ASSERT_EQ(rules(seen), "RQ-018") << "the process just ended";
  EXPECT_EQ(seen.notes, Words{"OW-027 is not held against it: the process ended at once"});
  EXPECT_EQ(seen.wrong[0].level, "must");
  EXPECT_NE(seen.wrong[0].source.find("Aborting VSS Operations"), std::string::npos);
  Backup failing;
  failing.fillSet().call("PrepareForBackup", {}, E_OUTOFMEMORY, {object(9)});
  EXPECT_EQ(rules(outcome("PrepareForBackup/sync/E_OUTOFMEMORY", failing)), "RQ-019");
  EXPECT_EQ(rules(outcome("PrepareForBackup/sync/E_OUTOFMEMORY", failing.released())), "RQ-019");
  EXPECT_EQ(rules(outcome("StartSnapshotSet/sync/E_OUTOFMEMORY", Backup().call("StartSnapshotSet", {}, E_OUTOFMEMORY, {id(1)}))), "") << "nothing was started";
  EXPECT_EQ(rules(outcome("GatherWriterStatus#2/sync/E_OUTOFMEMORY", Backup().made().released())), "") << "the set is made: no page asks for AbortBackup";
  EXPECT_EQ(rules(outcome("DoSnapshotSet/async/VSS_S_ASYNC_CANCELLED", Backup().prepared().whole("DoSnapshotSet", VSS_S_ASYNC_CANCELLED).released())), "RQ-018");
}

TEST(Outcome, GoingOnWhereNothingWasMadeIsWrong) {
  auto seen = outcome("DoSnapshotSet/async/E_OUTOFMEMORY", Backup().prepared().whole("DoSnapshotSet", E_OUTOFMEMORY).statuses().succeeded(true).call("AbortBackup").released());
  EXPECT_EQ(rules(seen), "RQ-018");
}

TEST(Outcome, AnotherTryIsAsDocumentedUpToThreeTimes) {
  const char* name = "DoSnapshotSet/async/VSS_E_HOLD_WRITES_TIMEOUT";
  auto seen = outcome(name, Backup().prepared().whole("DoSnapshotSet", VSS_E_HOLD_WRITES_TIMEOUT).whole("DoSnapshotSet").statuses().succeeded(true).completed().released(), {0, {}}, true);
  EXPECT_EQ(rules(seen), "");
  EXPECT_TRUE(seen.tried && seen.completed);
  EXPECT_EQ(seen.notes, Words{"tries again without the wait of ten minutes that the page asks for"});
  for (int tries : {3, 4}) {
    Backup run;
    run.prepared();
    for (int i = 0; i <= tries; ++i) run.whole("DoSnapshotSet", VSS_E_HOLD_WRITES_TIMEOUT);
    EXPECT_EQ(rules(outcome(std::string(name) + "/always", run.call("AbortBackup").released(), {1, {}}, true)), tries == 3 ? "" : "RQ-016");
  }
}

TEST(Outcome, SuccessIsNotToldOfAComponentWhoseWriterHasFailed) {
  const std::string name = "GetWriterStatus#4/writer/VSS_WS_FAILED_AT_FREEZE/VSS_E_WRITERERROR_NONRETRYABLE";
  auto run = [&] { return Backup().prepared().whole("DoSnapshotSet").statuses(VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_NONRETRYABLE); };
  const launch::Ended well{0, {}}, badly{1, {}};
  auto seen = outcome(name, run().succeeded(true).completed().released(), well);
  ASSERT_EQ(rules(seen), "RQ-008");
  EXPECT_NE(seen.wrong[0].seen.find("SetBackupSucceeded(true)"), std::string::npos);
  EXPECT_EQ(rules(outcome(name, run().succeeded(true).completed().released(), badly)), "RQ-008") << "the document says so, whatever the exit code";
  EXPECT_EQ(rules(outcome(name, run().succeeded(false).completed().released(), well)), "") << "the others' data may be good";
  EXPECT_EQ(rules(outcome(name, run().succeeded(true, 9).succeeded(false).completed().released(), well)), "") << "another writer's component";
  seen = outcome(name, run().completed().released(), well);
  ASSERT_EQ(rules(seen), "RQ-008") << "as if nothing were";
  EXPECT_NE(seen.wrong[0].seen.find("exit code"), std::string::npos);
  EXPECT_EQ(rules(outcome(name, run().completed().released(), badly)), "");
  EXPECT_EQ(rules(outcome(name, run().call("AbortBackup").released(), badly)), "");
  seen = outcome(name, run().call("AbortBackup").released(), well);
  EXPECT_EQ(rules(seen), "") << "no page is about exit codes";
  EXPECT_EQ(seen.notes, Words{"the exit code is that of a good run"});
}

TEST(Outcome, AWriterThatFailsWhenAllIsDoneIsShownOnly) {
  Backup run;
  run.made().succeeded(true).whole("BackupComplete").statuses(VSS_WS_FAILED_AT_BACKUP_COMPLETE, VSS_E_WRITERERROR_RETRYABLE).released();
  auto seen = outcome("GetWriterStatus#6/writer/VSS_WS_FAILED_AT_BACKUP_COMPLETE/VSS_E_WRITERERROR_RETRYABLE", run, {0, {}});
  EXPECT_EQ(rules(seen), "");
  EXPECT_EQ(seen.notes, Words{"the exit code is that of a good run"});
}

TEST(Outcome, AWriterThatHadFailedBeforeTheBackupBeganIsShownOnly) {
  Backup run;
  run.statuses(VSS_WS_UNKNOWN, VSS_E_WRITERERROR_RETRYABLE).made().succeeded(true).completed().released();
  auto seen = outcome("GetWriterStatus#2/writer/VSS_WS_UNKNOWN/VSS_E_WRITERERROR_RETRYABLE", run, {0, {}});
  EXPECT_EQ(rules(seen), "") << "that may be an old failure";
  EXPECT_EQ(seen.notes, Words{"the exit code is that of a good run"});
}

TEST(Outcome, ACrashIsWrongAndAHangWhereNothingHangs) {
  Backup run;
  run.startSet();
  auto seen = outcome("StartSnapshotSet/sync/E_OUTOFMEMORY", run, {139, {}, How::crashed});
  ASSERT_EQ(rules(seen), "-");
  EXPECT_EQ(seen.wrong[0].source, "the page");
  EXPECT_EQ(rules(outcome("StartSnapshotSet/sync/E_OUTOFMEMORY", run, {137, {}, How::tookTooLong})), "-");
  seen = outcome("StartSnapshotSet/sync/VSS_E_SNAPSHOT_SET_IN_PROGRESS", run, {137, {}, How::tookTooLong}, true);
  EXPECT_EQ(rules(seen), "") << "it may wait before another try, as its page says";
  EXPECT_EQ(seen.notes.size(), 1u);
  seen = outcome("GatherWriterStatus/late", Backup().add({gather(1, 9)}), {137, {}, How::tookTooLong});
  ASSERT_EQ(rules(seen), "-");
  EXPECT_NE(seen.wrong[0].seen.find("; GatherWriterStatus's operation may well be pending for so long"), std::string::npos) << "that is no failure: " << seen.wrong[0].seen;
  auto waits = wait(9);
  waits.returns = false;
  seen = outcome("GatherWriterStatus/hang", Backup().add({gather(1, 9), waits}), {137, {}, How::tookTooLong});
  EXPECT_EQ(rules(seen), "");
  EXPECT_EQ(seen.notes.size(), 1u);
}

TEST(Outcome, WhatTheGoodRunDoesTooIsNotNew) {
  Backup run;
  run.statuses(VSS_WS_STABLE, S_OK, false).statuses().released();
  EXPECT_EQ(rules(outcome("SetBackupState/sync/E_OUTOFMEMORY", run)), "RQ-007");
  EXPECT_EQ(rules(outcome("SetBackupState/sync/E_OUTOFMEMORY", run, {1, {}}, false, {.findings = {{"RQ-007", 1}}})), "");
}

TEST(Outcome, NobodyIsBlamedForTheCallThatFailed) {
  Backup freed;
  freed.statuses(VSS_WS_STABLE, S_OK, false).call("FreeWriterStatus", {}, E_OUTOFMEMORY).released();
  auto seen = outcome("FreeWriterStatus/sync/E_OUTOFMEMORY", freed);
  EXPECT_EQ(rules(seen), "");
  EXPECT_EQ(seen.notes, Words{"RQ-007 is not held against it: it tried, and that failed"});
  Backup unread;
  unread.whole("GatherWriterStatus").call("GetWriterStatusCount", {}, VSS_E_UNEXPECTED, {number(0)}).released();
  EXPECT_EQ(rules(outcome("GetWriterStatusCount/sync/VSS_E_UNEXPECTED", unread)), "") << "nothing was read, and the object is gone";
  Backup aborted;
  aborted.fillSet().call("AbortBackup", {}, E_OUTOFMEMORY).released();
  EXPECT_EQ(rules(outcome("AbortBackup/sync/E_OUTOFMEMORY", aborted)), "");
  Backup last;
  last.made().succeeded(true).whole("BackupComplete").call("GatherWriterStatus", {}, E_OUTOFMEMORY, {object(99)}).released();
  EXPECT_EQ(rules(outcome("GatherWriterStatus#3/sync/E_OUTOFMEMORY", last)), "");
}

// Waited for, and not asked how it ended.
TEST(Outcome, AFailureThatNobodyAskedForIsStillOne) {
  const std::string name = "DoSnapshotSet/async/VSS_E_PROVIDER_VETO";
  auto made = [] { return Backup().prepared().waited("DoSnapshotSet"); };
  const launch::Ended well{0, {}}, badly{1, {}};
  auto seen = outcome(name, made().succeeded(true).waited("BackupComplete").statuses().released(), well, false, {.findings = {{"RQ-024", 2}, {"RQ-002", 1}}});
  ASSERT_EQ(rules(seen), "RQ-018");
  EXPECT_EQ(seen.wrong[0].seen, "SetBackupSucceeded(true) although DoSnapshotSet had failed; QueryStatus was not asked how it ended");
  EXPECT_EQ(seen.wrong[0].calls.size(), 2u);
  EXPECT_EQ(rules(outcome(name, made().succeeded(true).call("AbortBackup").released(), badly, false, {.findings = {{"RQ-024", 2}, {"RQ-002", 1}}})), "RQ-018");
  EXPECT_EQ(rules(outcome(name, made().statuses().released(), badly)), "RQ-018") << "not given up";
  EXPECT_EQ(rules(outcome(name, made().statuses().call("AbortBackup").released(), badly)), "") << "it noticed otherwise";
  EXPECT_EQ(rules(outcome("DoSnapshotSet/async/VSS_S_ASYNC_CANCELLED", made().statuses().released(), well)), "RQ-018");
  Backup gathered;
  gathered.waited("GatherWriterStatus");
  seen = outcome("GatherWriterStatus/async/E_OUTOFMEMORY", gathered.released(), well);
  ASSERT_EQ(rules(seen), "RQ-024");
  EXPECT_EQ(seen.wrong[0].seen, "the exit code of a good run although GatherWriterStatus had failed; QueryStatus was not asked how it ended");
  EXPECT_EQ(rules(outcome("GatherWriterStatus/async/E_OUTOFMEMORY", gathered, badly)), "");
}

TEST(Outcome, WhoNeverReleasesItsObjectIsFoundWhereTheProcessEndsByItself) {
  auto run = Backup().prepared().whole("DoSnapshotSet", VSS_E_PROVIDER_VETO).statuses().call("AbortBackup");
  const char* name = "DoSnapshotSet/async/VSS_E_PROVIDER_VETO";
  EXPECT_EQ(rules(outcome(name, run)), "OW-027");
  EXPECT_EQ(rules(outcome(name, run, {1, {}}, false, {.findings = {{"OW-027", 1}}})), "") << "it never does";
  auto underWay = wait(99);
  underWay.returns = false;
  auto seen = outcome(name, Backup(run).add({gather(1, 99), underWay}));
  EXPECT_EQ(rules(seen), "") << "it ended in the middle of a call";
  EXPECT_EQ(seen.notes.size(), 2u);
  EXPECT_EQ(rules(outcome(name, run, {139, {}, How::crashed})), "-") << "who crashed could not";
  EXPECT_EQ(rules(outcome(name, run, {137, {}, How::tookTooLong})), "-");
}

// One session for each of three volumes.
TEST(Outcome, WhatTheGoodRunDoesInItsOtherSessionsIsNoOtherTry) {
  auto volume = [](std::uint32_t object, HRESULT code) {
    std::vector<Made> calls{create(object), initialize(object), {object, kBackup, "StartSnapshotSet", {}, {id(70)}}, {object, kBackup, "DoSnapshotSet", {}, {test::object(object + 1)}}, wait(object + 1), query(object + 1, code), release(object + 1)};
    if (code != VSS_S_ASYNC_FINISHED) calls.push_back({object, kBackup, "AbortBackup", {}, {}});
    calls.push_back(release(object));
    return calls;
  };
  auto volumes = [&](std::vector<HRESULT> codes) {
    Backup run;
    run.calls.clear();
    std::uint32_t object = 1;
    for (HRESULT code : codes) run.add(volume(object, code)), object += 10;
    return run;
  };
  const HRESULT fine = VSS_S_ASYNC_FINISHED, bad = VSS_E_HOLD_WRITES_TIMEOUT;
  auto good = [&] { return goodRunOf(0, std::move(Written(volumes({fine, fine, fine}).calls).reader)); };
  const std::string name = "DoSnapshotSet/async/VSS_E_HOLD_WRITES_TIMEOUT";
  auto seen = outcome(name, volumes({bad, fine, fine}), {0, {}}, true, good());
  EXPECT_FALSE(seen.tried || seen.beganAnew);
  EXPECT_EQ(seen.notes, Words{"the exit code is that of a good run"});
  seen = outcome(name + "/always", volumes({bad, bad, bad}), {1, {}}, true, good());
  EXPECT_EQ(rules(seen), "");
  EXPECT_TRUE(seen.notes.empty());
  seen = outcome(name, volumes({bad, fine, fine, fine}), {0, {}}, true, good());
  EXPECT_TRUE(seen.tried && seen.beganAnew);
  EXPECT_EQ(seen.notes, Words{"tries again without the wait of ten minutes that the page asks for"});
  std::vector<HRESULT> each(12, bad);
  EXPECT_EQ(rules(outcome(name + "/always", volumes(each), {1, {}}, true, good())), "") << "each of them three times again";
  each.push_back(bad);
  EXPECT_EQ(rules(outcome(name + "/always", volumes(each), {1, {}}, true, good())), "RQ-016");
}

TEST(Outcome, WhoGoesOnCallingDoesNotWait) {
  const char* name = "StartSnapshotSet/sync/VSS_E_SNAPSHOT_SET_IN_PROGRESS/always";
  const launch::Ended killed{137, {}, How::tookTooLong};
  Backup run;
  for (int i = 0; i < 3; ++i) run.call("StartSnapshotSet", {}, VSS_E_SNAPSHOT_SET_IN_PROGRESS, {id(1)});
  auto after = [&](std::chrono::milliseconds limit) { return outcomeOf(variation(name, true), killed, Written(run.calls).reader.get(), goodRun(), limit); };
  auto seen = after(std::chrono::milliseconds(0));
  ASSERT_EQ(rules(seen), "-");
  EXPECT_EQ(seen.wrong[0].seen, "went on calling until the time was over; StartSnapshotSet is documented to fail so");
  EXPECT_TRUE(seen.notes.empty());
  EXPECT_EQ(rules(after(std::chrono::seconds(10))), "") << "nothing was called for nearly all of the time";
}

TEST(Outcome, AFailureThatWasNeverMetSaysNothing) {
  auto seen = outcome("DoSnapshotSet/async/E_OUTOFMEMORY", Backup().fillSet());
  EXPECT_FALSE(seen.putIn);
  EXPECT_EQ(rules(seen), "");
  EXPECT_FALSE(outcomeOf(variation("DoSnapshotSet/hang"), {0, {}}, nullptr, goodRun(), std::chrono::seconds(10)).putIn);
}

TEST(Outcome, ACallOnWhatASessionHandedOutBelongsToIt) {
  Backup run;
  run.add({{1, kBackup, "GetWriterComponents", {number(0)}, {object(20)}}, {20, "IVssWriterComponents", "GetComponentCount", {}, {is(ValueKind::zeroed)}, static_cast<std::uint32_t>(E_OUTOFMEMORY)}});
  EXPECT_EQ(outcome("IVssWriterComponents::GetComponentCount/sync/E_OUTOFMEMORY", run.call("AbortBackup").released()).then, (Words{"AbortBackup", "Release"}));
}

TEST(Outcome, ANewSessionIsAnotherTry) {
  Backup run;
  run.call("StartSnapshotSet", {}, VSS_E_SNAPSHOT_SET_IN_PROGRESS, {id(1)}).released().add({create(50), initialize(50), release(50)});
  auto seen = outcome("StartSnapshotSet/sync/VSS_E_SNAPSHOT_SET_IN_PROGRESS", run);
  EXPECT_TRUE(seen.beganAnew);
  EXPECT_EQ(seen.then, (Words{"Release", "a new session"}));
}

}  // namespace
}  // namespace vss::fault_matrix
