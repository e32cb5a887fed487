// `faults` as a developer runs it, over backup programs with and without mistakes.
#include <gtest/gtest.h>

#include "requesters/recorded.h"

namespace vss::test {
namespace {

#if defined(_WIN32)
constexpr bool kQuickly = true;   // a process takes ten times as long under Wine: a part has to do
#else
constexpr bool kQuickly = false;
#endif

class FaultMatrix : public testing::Test {
 protected:
  std::string trace(const std::string& name) { return shownPath(folder / (name + ".vsst")); }
  void record(const std::string& name) {
    Ran ran = run(recording(folder / (name + ".vsst"), {program("requesters/" + name)}));
    ASSERT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  }
  Ran faults(const std::string& name, std::vector<std::string> options) {
    std::vector<std::string> command{program("bin/shadowtape"), "faults", trace(name)};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"--", program("requesters/" + name)});
    Ran ran = run(command, {}, std::chrono::seconds(120));
    std::erase(ran.out, '\r'), std::erase(ran.err, '\r');
    return ran;
  }
  static bool has(const Ran& ran, const std::string& text) { return ran.out.find(text) != std::string::npos; }
  TemporaryFolder folder;
};

TEST_F(FaultMatrix, NothingIsWrongWithACarefulProgram) {
  record("backup_careful");
  Ran ran = faults("backup_careful", kQuickly ? std::vector<std::string>{"--filter", "DoSnapshotSet/async/VSS_E_*"} : std::vector<std::string>{});
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_FALSE(has(ran, "not met")) << ran.out;
  EXPECT_TRUE(has(ran, "exit 1    DoSnapshotSet/async")) << ran.out;
  EXPECT_TRUE(has(ran, "then AbortBackup, Release\n")) << "a failure for good: " << ran.out;
  EXPECT_TRUE(has(ran, "then AbortBackup, Release, a new session\n")) << "a failure that passes: " << ran.out;
  EXPECT_TRUE(has(ran, "then AbortBackup, Release, 3 new sessions\n")) << "a failure that stays: " << ran.out;
  if (kQuickly) return;
  EXPECT_FALSE(has(ran, "killed")) << "it has limits of its own: " << ran.out;
}

TEST_F(FaultMatrix, TwoMatricesOfOneProgramAreEqual) {
  record("backup_careful");
  for (std::string format : {"text", "json"}) {
    std::vector<std::string> options{"--filter", kQuickly ? "AddToSnapshotSet/sync/E_*" : "*SnapshotSet*", "--format", format};
    Ran one = faults("backup_careful", options), again = faults("backup_careful", options);
    EXPECT_GE(one.out.size(), 100u) << one.err;
    EXPECT_EQ(one.out, again.out) << "there is no time in it";
  }
}

TEST_F(FaultMatrix, AProgramThatNeverAbortsIsFound) {
  record("backup_never_aborts");
  Ran ran = faults("backup_never_aborts", {"--filter", "*o*S*apshotSet/*ync/E_OUTOFMEMORY"});
  EXPECT_EQ(ran.exitCode, 1) << ran.out << ran.err;
  EXPECT_TRUE(has(ran, "WRONG   exit 1    AddToSnapshotSet/sync E_OUTOFMEMORY\n                  then Release\n"
                       "                  RQ-019 (must): released with a shadow copy set that was started and not finished\n"
                       "                    IVssBackupComponents::AbortBackup; call ")) << ran.out;
  EXPECT_TRUE(has(ran, "WRONG   exit 1    DoSnapshotSet/async E_OUTOFMEMORY\n                  then Release\n                  RQ-018 (must): released without AbortBackup\n")) << ran.out;
  ran = faults("backup_never_aborts", {"--filter", "*etWriter*/writer/*/VSS_E_WRITERERROR_NONRETRYABLE"});
  EXPECT_EQ(ran.exitCode, 1) << "a veto before the shadow copies are made";
  EXPECT_TRUE(has(ran, "RQ-019")) << ran.out;
  EXPECT_FALSE(has(ran, "RQ-008")) << "it does read the failure: " << ran.out;
}

TEST_F(FaultMatrix, AProgramThatTrustsEveryWriterIsFound) {
  record("backup_trusts_writers");
  Ran ran = faults("backup_trusts_writers", {"--filter", "*/writer/*/VSS_E_WRITERERROR_NONRETRYABLE"});
  EXPECT_EQ(ran.exitCode, 1) << ran.out << ran.err;
  EXPECT_TRUE(has(ran, "RQ-008 (must): SetBackupSucceeded(true) for a component whose writer had told a failure\n")) << ran.out;
  EXPECT_TRUE(has(ran, "6 failures put in: 1 ok, 5 wrong\n")) << ran.out;
  ran = faults("backup_trusts_writers", {"--filter", kQuickly ? "DoSnapshotSet/*/E_OUTOFMEMORY" : "*ync/*"});
  EXPECT_EQ(ran.exitCode, 0) << "but when a call fails it does what it should: " << ran.out;
}

TEST_F(FaultMatrix, AProgramThatOnlyWaitsIsFoundAndSoIsThatItsGoodRunIsWrongAlready) {
  record("backup_only_waits");
  Ran ran = run({program("bin/shadowtape"), "check", trace("backup_only_waits"), "--rules", "RQ-*"});
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_TRUE(has(ran, "finding RQ-024 (must)")) << ran.out;
  EXPECT_FALSE(has(ran, "RQ-019")) << "its backup was completed: " << ran.out;
  ran = faults("backup_only_waits", {"--filter", "BackupComplete/async/E_OUTOFMEMORY"});
  EXPECT_EQ(ran.exitCode, 1) << ran.out << ran.err;
  EXPECT_EQ(ran.out.find("without a failure: exit 0, "), 0u) << ran.out;
  EXPECT_TRUE(has(ran, " calls, breaks RQ-024 (7 times)\n")) << ran.out;
  EXPECT_TRUE(has(ran, "RQ-024 (must): the exit code of a good run although BackupComplete had failed; QueryStatus was not asked how it ended\n")) << ran.out;
}

TEST_F(FaultMatrix, AProgramThatKeepsItsObjectIsFound) {
  record("backup_never_releases");
  Ran ran = faults("backup_never_releases", {"--filter", "DoSnapshotSet/*/E_OUTOFMEMORY"});
  EXPECT_EQ(ran.exitCode, 1) << ran.out << ran.err;
  EXPECT_TRUE(has(ran, "WRONG   exit 1    DoSnapshotSet/async E_OUTOFMEMORY\n                  then AbortBackup\n                  OW-027 (must): #1, handed out by CreateVssBackupComponents, "
                       "still has 1 reference\n")) << ran.out;
}

TEST_F(FaultMatrix, KeepsAPageAndATraceOfEachRun) {
  record("backup_never_aborts");
  Ran ran = faults("backup_never_aborts", {"--filter", "DoSnapshotSet/*/VSS_E_UNEXPECTED", "--report", shownPath(folder / "report"), "--format", "json"});
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  auto name = ran.out.find("-DoSnapshotSet-async-VSS_E_UNEXPECTED.vsst\"");
  ASSERT_TRUE(name != std::string::npos && name > 3) << ran.out;
  Recorded kept(folder / "report" / ran.out.substr(name - 3, 3 + std::string("-DoSnapshotSet-async-VSS_E_UNEXPECTED.vsst").size()));
  EXPECT_EQ(kept.count("DoSnapshotSet"), 1u);
  EXPECT_EQ(kept.count("AbortBackup"), 0u);
  EXPECT_EQ(kept.reader->header().origin, Origin::replayed);
  EXPECT_EQ(contentOf(folder / "report" / "faults.html").substr(0, 15), "<!DOCTYPE html>");
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "report")) files += entry.is_regular_file();
  EXPECT_EQ(files, 4u) << "the page, and the traces of two runs and of the one without a failure";
}

TEST_F(FaultMatrix, OneFailureIsPutInByReplayToo) {
  record("backup_careful");
  auto replay = [&](const std::string& fault) {
    return run({program("bin/shadowtape"), "replay", trace("backup_careful"), "--fault", fault, "--", program("requesters/backup_careful")});
  };
  Ran ran = replay("PrepareForBackup/async/E_OUTOFMEMORY");
  EXPECT_EQ(ran.exitCode, 1) << "the program's own";
  EXPECT_TRUE(has(ran, "AbortBackup: 0x00000000")) << ran.out;
  EXPECT_NE(ran.err.find("PrepareForBackup/async/E_OUTOFMEMORY is put in at the program's call "), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("IVssBackupComponents::AbortBackup() was not recorded so; answered S_OK"), std::string::npos) << ran.err;
  ran = replay("PrepareForBackup/async");
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_NE(ran.err.find("--fault=PrepareForBackup/async: behind async stands a code"), std::string::npos) << ran.err;
}

TEST_F(FaultMatrix, WhatCannotBeUsedIsSaidInALine) {
  record("backup_careful");
  auto says = [&](const Ran& ran, const std::string& text) {
    EXPECT_EQ(ran.exitCode, 2);
    EXPECT_NE(ran.err.find(text), std::string::npos) << ran.err;
    EXPECT_EQ(ran.out, "");
  };
  says(faults("backup_careful", {"--filter", "DoSnapshot/*"}), "--filter DoSnapshot/* chooses nothing; --list prints what there is");
  says(faults("backup_careful", {"--hang-limit", "soon"}), "--hang-limit: soon is no time such as 500ms, 30s or 5m");
  says(faults("no-such-trace", {}), "no-such-trace.vsst");
  const std::string tool = program("bin/shadowtape");
  says(run({tool, "faults", trace("backup_careful")}), "program is required");
  says(run({tool, "faults", trace("backup_careful"), "--", program("requesters/backup_cautious")}), "no such program");
  says(run({tool, "faults", trace("backup_careful"), "--", program("requesters/backup")}), "without a failure the program goes another way than the trace");
  says(run({tool, "faults", trace("backup_careful"), "--report", trace("backup_careful"), "--", program("requesters/backup_careful")}), "backup_careful.vsst: is no folder, and none can be made there");
  EXPECT_EQ(run({tool, "faults", trace("backup_careful"), "--list", "--filter", "BackupComplete/hang"}).out.find("BackupComplete/hang  in @B4, initialized for backup; "), 0u);
}

#if !defined(_WIN32)
TEST_F(FaultMatrix, ALateOperationIsWaitedForAndOneThatHangsIsCancelledOrTold) {
  record("backup_careful");
  Ran ran = faults("backup_careful", {"--filter", "*/late"});
  EXPECT_EQ(ran.exitCode, 0);
  EXPECT_FALSE(has(ran, "exit 1")) << ran.out;
  ran = faults("backup_careful", {"--filter", "PrepareForBackup/hang"});
  EXPECT_TRUE(has(ran, "ok      exit 1    PrepareForBackup/hang\n                  then Cancel, AbortBackup, Release\n")) << ran.out;
  ASSERT_EQ(run(recording(folder / "status_loop.vsst", {program("requesters/status_loop")})).exitCode, 0);
  ran = faults("status_loop", {"--filter", "GatherWriterStatus/hang", "--hang-limit", "300ms"});
  EXPECT_EQ(ran.exitCode, 0) << "no page asks for a limit of its own";
  EXPECT_TRUE(has(ran, "ok      killed    GatherWriterStatus/hang\n                  then nothing more\n                  note: waits as long as the operation does")) << ran.out;
}

TEST_F(FaultMatrix, WhoeverInterruptsItFindsNothingAmongTheTemporaryFiles) {
  record("backup_careful");
  auto temporary = folder / "tmp";
  std::filesystem::create_directory(temporary);
  Ran ran = run({"timeout", "-s", "INT", "0.5", program("bin/shadowtape"), "faults", trace("backup_careful"), "--", program("requesters/backup_careful")}, {{"TMPDIR", shownPath(temporary)}});
  EXPECT_EQ(ran.exitCode, 124) << ran.err;
  EXPECT_NE(ran.err.find("shadowtape: interrupted behind "), std::string::npos) << ran.err;
  EXPECT_TRUE(std::filesystem::is_empty(temporary));
}

// A crash, and an exit without a word: programs that are scripts around a program.
TEST_F(FaultMatrix, ACrashIsWrong) {
  record("backup_careful");
  auto script = folder / "crashing";
  std::ofstream(script) << "#!/bin/sh\n'" << program("requesters/backup_careful") << "' || kill -SEGV $$\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  Ran ran = run({program("bin/shadowtape"), "faults", trace("backup_careful"), "--filter", "SetContext/sync/VSS_E_BAD_STATE", "--", shownPath(script)});
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  EXPECT_TRUE(has(ran, "WRONG   crash 139 SetContext/sync VSS_E_BAD_STATE\n")) << ran.out;
  EXPECT_TRUE(has(ran, "IVssBackupComponents::SetContext; call ")) << ran.out;
}
#endif

}  // namespace
}  // namespace vss::test
