// The recorder in a process on Linux: full disks, forks, signals, children; and a Windows program.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include <cctype>
#include <fstream>

#include "requesters/recorded.h"

namespace vss::test {
namespace {

std::vector<std::string> statusLoop(int rounds) { return {program("requesters/status_loop"), "-n", std::to_string(rounds)}; }

Ran alone(int rounds) { return run(statusLoop(rounds), {{"LD_LIBRARY_PATH", shownPath(buildPath("model"))}}); }
// As `record` runs it, but without a look at the trace's folder first.
Environment inFront(const std::filesystem::path& trace) {
  return {{"SHADOWTAPE_TRACE", trace.string()}, {"SHADOWTAPE_TARGET", shim("model")}, {"LD_LIBRARY_PATH", shownPath(buildPath("recorder"))}};
}

std::filesystem::path stoppedBeside(std::filesystem::path trace) { return trace += ".stopped.txt"; }

// Whether the trace itself, or a file beside it, says that recording ended early.
bool saysThatItStopped(const std::filesystem::path& trace) {
  try {
    for (const auto& remark : Recorded(trace).remarks)
      if (remark.kind == RemarkKind::stopped) return true;
  } catch (const TraceError&) {
  }
  return contentOf(stoppedBeside(trace)).find("the program") != std::string::npos;
}

TEST(GuestOnLinux, AProgramNoticesNothingOfAFileSizeLimitThatTheTraceReaches) {
  auto expected = alone(400);
  // No file at all, less than a header, the header, the first chunk, some chunks.
  for (int kilobytes : {0, 1, 4, 20, 300, 900}) {
    SCOPED_TRACE(kilobytes);
    TemporaryFolder folder;
    auto trace = folder / "t.vsst";
    // The output goes through a pipe, which no limit concerns.
    auto ran = run({"/bin/bash", "-c", "set -o pipefail; (ulimit -f $0; exec \"$@\") | cat", std::to_string(kilobytes), statusLoop(400)[0], "-n", "400"},
                   inFront(trace));
    EXPECT_EQ(ran.exitCode, expected.exitCode) << ran.err;
    EXPECT_EQ(ran.out, expected.out);
    EXPECT_EQ(ran.err, "");
    if (kilobytes > 0) { EXPECT_TRUE(saysThatItStopped(trace)); }
    if (kilobytes >= 300) {
      Recorded recorded(trace);
      expectReadable(recorded, 1);
      EXPECT_GT(recorded.calls.size(), 50u) << "what fitted is there";
    }
  }
}

TEST(GuestOnLinux, AProgramNoticesNothingOfAFullDisk) {
  TemporaryFolder folder;
  if (::mount("none", folder.path().c_str(), "tmpfs", 0, "size=700k")) GTEST_SKIP() << "only root may mount a small disk";
  auto expected = alone(400);
  auto trace = folder / "t.vsst";
  auto ran = run(statusLoop(400), inFront(trace));
  EXPECT_EQ(ran.exitCode, expected.exitCode);
  EXPECT_EQ(ran.out, expected.out);
  EXPECT_EQ(ran.err, "");
  EXPECT_TRUE(saysThatItStopped(trace));
  {
    Recorded recorded(trace);
    expectReadable(recorded, 1);
    EXPECT_GT(recorded.calls.size(), 500u);
    ASSERT_FALSE(recorded.remarks.empty());
    EXPECT_NE(recorded.remarks.back().text.find("No space left"), std::string::npos) << recorded.remarks.back().text;
  }
  ::umount(folder.path().c_str());
}

TEST(GuestOnLinux, AProgramRunsOnWhereNoTraceCanBeMadeAndAFileSaysSo) {
  auto expected = alone(1);
  TemporaryFolder folder, temporary;
  std::filesystem::create_directory(folder / "file.vsst");  // of a folder the trace is made inside
  std::ofstream(folder / "plain") << "a file";
  // A folder that is missing, one that is a file, and one in which nobody, not even root, can make a file.
  for (std::filesystem::path trace : {folder / "missing" / "t.vsst", folder / "plain" / "t.vsst", std::filesystem::path("/proc/self/t.vsst")}) {
    SCOPED_TRACE(trace);
    auto environment = inFront(trace);
    environment.emplace_back("TMPDIR", temporary.path().string());
    auto ran = run(statusLoop(1), environment);
    EXPECT_EQ(ran.exitCode, 0);
    EXPECT_EQ(ran.out, expected.out);
    EXPECT_EQ(ran.err, "");
    std::string told;
    for (auto& entry : std::filesystem::directory_iterator(temporary.path())) told += contentOf(entry.path()), std::filesystem::remove(entry.path());
    EXPECT_NE(told.find("cannot be created"), std::string::npos) << told;
  }
  auto ran = run(statusLoop(1), inFront(folder / "file.vsst"));
  EXPECT_EQ(ran.out, expected.out);
  std::vector<std::filesystem::path> made;
  for (auto& entry : std::filesystem::directory_iterator(folder / "file.vsst")) made.push_back(entry.path());
  ASSERT_EQ(made.size(), 1u);
  EXPECT_TRUE(made[0].filename().string().starts_with("status_loop-")) << made[0];
  EXPECT_TRUE(Recorded(made[0]).reader->footer());
}

// The process that has the trace mapped, and how many kilobytes of it are not on the disk; nullopt: none has.
std::optional<std::pair<pid_t, long>> unwritten(const std::filesystem::path& trace) {
  std::error_code gone;
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    if (!std::isdigit(process.path().filename().string()[0])) continue;
    std::ifstream maps(process.path() / "smaps");
    std::optional<std::pair<pid_t, long>> found;
    bool ours = false;
    for (std::string line; std::getline(maps, line);) {
      if (line.find('-') < line.find(' ')) ours = line.ends_with(trace.string());
      long kilobytes = 0;
      if (!ours || (std::sscanf(line.c_str(), "Shared_Dirty: %ld", &kilobytes) != 1 && std::sscanf(line.c_str(), "Private_Dirty: %ld", &kilobytes) != 1)) continue;
      if (!found) found.emplace(std::stoi(process.path().filename().string()), 0);
      found->second += kilobytes;
    }
    if (found) return found;
  }
  return std::nullopt;
}

TEST(GuestOnLinux, TheTraceOfAProgramThatHangsComesToTheDiskAsOftenAsIsAsked) {
  TemporaryFolder folder;
  struct statfs fs;
  if (::statfs(folder.path().c_str(), &fs) == 0 && fs.f_type == 0x01021994) GTEST_SKIP() << "the temporary folder is in memory";
  bool mayStay = false;   // the system writes by itself too when much is waiting: then it is tried again
  for (const char* sync : {"100ms", "0", "1h", "1h", "1h"}) {
    if (mayStay) break;
    SCOPED_TRACE(sync);
    auto trace = folder / (std::string(sync) + ".vsst");
    std::filesystem::remove(trace);
    Process record({program("bin/shadowtape"), "record", "--sync", sync, "-o", trace.string(), "--target", "model:traces/samples/scenarios/never-ends.json", "--", program("requesters/status_loop"), "-q"});
    // Until it hangs: from then on nothing changes but what is on the disk.
    std::size_t calls = 0;
    for (int i = 0; i < 3000 && calls < 9; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      try {
        calls = Recorded(trace).calls.size();
      } catch (const TraceError&) {
      }
    }
    ASSERT_GE(calls, 9u) << record.err();
    bool written = false;
    std::optional<std::pair<pid_t, long>> now;
    for (int i = 0; i < 100 && !written; ++i) {
      now = unwritten(trace);
      ASSERT_TRUE(now);
      written = now->second == 0;
      if (!written) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (std::string(sync) != "1h") {
      EXPECT_TRUE(written) << now->second << " KB are not on the disk";
    } else mayStay = !written;
    ::kill(now->first, SIGKILL);
    EXPECT_EQ(record.wait(std::chrono::seconds(10)).exitCode, 128 + SIGKILL);
  }
  EXPECT_TRUE(mayStay) << "an hour is no longer than a tenth of a second";
}

TEST(GuestOnLinux, WithoutAnImplementationTheProgramGetsAnErrorAndAFileSaysWhy) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  auto environment = inFront(trace);
  environment[1].second = "/no/such/libvssapi.so";
  auto ran = run(statusLoop(1), environment);
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_EQ(ran.out, "create failed\n");
  EXPECT_NE(contentOf(stoppedBeside(trace)).find("/no/such/libvssapi.so: no such file"), std::string::npos);
}

TEST(GuestOnLinux, AForkedChildNeitherHangsNorWritesIntoItsParentsTrace) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  auto ran = run({program("requesters/guest"), "fork"}, inFront(trace));
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_EQ(ran.out, "0 children went wrong, 0 references left\n");
  Recorded recorded(trace);
  expectReadable(recorded, 4);
  EXPECT_EQ(recorded.count("DoSnapshotSet"), 0u) << "only children call it";
  EXPECT_EQ(recorded.count("CreateVssBackupComponents"), 4u);
  EXPECT_FALSE(std::filesystem::exists(stoppedBeside(trace)));
}

TEST(GuestOnLinux, ASignalThatKillsTheProgramIsToldAsAShellTellsIt) {
  TemporaryFolder folder;
  for (int signal : {2, 9, 11, 15}) {
    auto ran = run(recording(folder / "t.vsst", {"/bin/sh", "-c", "kill -" + std::to_string(signal) + " $$"}));
    EXPECT_EQ(ran.exitCode, 128 + signal);
  }
}

TEST(GuestOnLinux, AFileThatMayNotBeExecutedIs126) {
  TemporaryFolder folder;
  std::filesystem::copy_file(program("requesters/guest"), folder / "guest");
  std::filesystem::permissions(folder / "guest", std::filesystem::perms::owner_read);
  auto ran = run(recording(folder / "t.vsst", {(folder / "guest").string(), "code", "0"}));
  EXPECT_EQ(ran.exitCode, 126);
  EXPECT_NE(ran.err.find("not executable"), std::string::npos) << ran.err;
}

TEST(GuestOnLinux, TheProgramMayGoToAnotherFolderBeforeItsFirstCall) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "shims");
  std::filesystem::copy_file(shim("model"), folder / "shims" / "libvssapi.so");
  auto scenario = std::filesystem::absolute("traces/samples/scenarios/odd-names.json");
  std::filesystem::copy_file(scenario, folder / "names.json");
  auto away = "cd / && exec " + program("requesters/status_loop");
  for (const std::string target : {"model", "model:names.json", "shims/libvssapi.so"}) {
    SCOPED_TRACE(target);
    auto ran = run({"/bin/sh", "-c", "cd $0 && exec \"$@\"", folder.path().string(), program("bin/shadowtape"), "record", "-o", "t.vsst", "--target", target, "--", "/bin/sh", "-c", away});
    EXPECT_EQ(ran.exitCode, 0) << ran.err;
    EXPECT_EQ(Recorded(folder / "t.vsst").count("FreeWriterStatus"), 1u) << ran.err;
    EXPECT_EQ(ran.out == alone(1).out, target != "model:names.json") << ran.out;
  }
}

TEST(GuestOnLinux, TheProgramReadsItsStandardInput) {
  TemporaryFolder folder;
  auto command = recording(folder / "t.vsst", {program("requesters/guest"), "echo"});
  command.insert(command.begin(), {"/bin/sh", "-c", "printf 'line one\\nline two' | \"$@\"", "sh"});
  auto ran = run(command);
  EXPECT_TRUE(ran.out.ends_with("\nline one\nline two")) << ran.out;
}

TEST(GuestOnLinux, EachProcessThatTheProgramStartsHasItsOwnTrace) {
  TemporaryFolder folder;
  auto one = program("requesters/status_loop") + " -q";
  auto ran = run(recording(folder / "t.vsst", {"/bin/sh", "-c", one + " & " + one + " & " + one + " & wait; exit 3"}));
  EXPECT_EQ(ran.exitCode, 3) << ran.err;
  std::size_t traces = 0;
  for (auto& entry : std::filesystem::directory_iterator(folder.path())) {
    ++traces;
    EXPECT_TRUE(entry.path().filename().string().starts_with("t")) << entry.path();
    Recorded recorded(entry.path());
    EXPECT_EQ(recorded.count("FreeWriterStatus"), 1u);
    EXPECT_TRUE(recorded.reader->footer());
  }
  EXPECT_EQ(traces, 3u);
}

TEST(GuestOnLinux, RecordStartsWineForAWindowsProgram) {
  auto windows = std::filesystem::path(*environmentVariable("SHADOWTAPE_BUILD")) / ".." / "windows";
  if (!std::filesystem::exists(windows / "bin" / "shadowtape.exe") || !std::filesystem::exists(windows / "requesters" / "status_loop.exe"))
    GTEST_SKIP() << "the Windows build is not there";
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  auto ran = run({program("bin/shadowtape"), "record", "-o", trace.string(), "--", (windows / "requesters" / "status_loop.exe").string(), "-n", "2"}, {},
                 std::chrono::seconds(120));
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  std::string out = ran.out;
  std::erase(out, '\r');
  EXPECT_EQ(out, alone(2).out);
  Recorded recorded(trace);
  EXPECT_EQ(recorded.reader->header().process, "status_loop.exe");
  EXPECT_NE(recorded.reader->header().platform.find("windows"), std::string::npos);
  EXPECT_EQ(recorded.count("FreeWriterStatus"), 2u);
  EXPECT_TRUE(recorded.reader->footer());
}

}  // namespace
}  // namespace vss::test
