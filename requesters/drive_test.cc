// drive: the calls of a trace made again on a live implementation.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "requesters/run.h"

namespace vss::test {
namespace {

class DriveTest : public testing::Test {
 protected:
  std::string file(const std::string& name) const { return shownPath(folder / name); }
  static std::string scenario(const std::string& name) { return "model:traces/samples/scenarios/" + name + ".json"; }
  void record(const std::string& trace, const std::string& target, std::vector<std::string> command) {
    command[0] = program("requesters/" + command[0]);
    command.insert(command.begin(), {program("bin/shadowtape"), "record", "-o", file(trace), "--target", target, "--"});
    run(command);
  }
  Ran drive(const std::string& trace, const std::string& target, const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{program("bin/shadowtape"), "drive", trace, "--target", target};
    command.insert(command.end(), more.begin(), more.end());
    Ran ran = run(command, {}, std::chrono::seconds(60));
    std::erase(ran.out, '\r');
    return ran;
  }
  void expectNone(const Ran& ran) {
    EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
    EXPECT_TRUE(ran.out.starts_with("no difference: ")) << ran.out;
    EXPECT_EQ(ran.err, "");
  }
  void put(const std::string& name, const std::string& content) { std::ofstream(folder / name, std::ios::binary) << content; }
  TemporaryFolder folder;
};

TEST_F(DriveTest, FindsNoDifferenceOnWhatWasRecorded) {
  const std::pair<std::vector<std::string>, std::string> requesters[] = {
      {{"status_loop", "-q"}, "model"}, {{"status_loop", "-q", "-t", "4", "-n", "5"}, "model"}, {{"status_c"}, scenario("all-states")},
      {{"out_of_order"}, "model"}, {{"impatient"}, scenario("never-ends")}};
  for (const auto& [command, target] : requesters) {
    SCOPED_TRACE(command[0]);
    std::filesystem::remove(file("a.vsst"));
    record("a.vsst", target, command);
    expectNone(drive(file("a.vsst"), target));
    // A trace is an implementation too.
    expectNone(drive(file("a.vsst"), file("a.vsst")));
  }
}

TEST_F(DriveTest, APackedTraceIsDrivenAndServedAsItIs) {
  record("a.vsst", "model", {"status_loop", "-q", "-t", "4"});
  ASSERT_EQ(run({program("bin/shadowtape"), "pack", file("a.vsst"), "-o", file("a.vsst.zst")}).exitCode, 0);
  expectNone(drive(file("a.vsst.zst"), "model"));
  expectNone(drive(file("a.vsst"), file("a.vsst.zst")));
  Ran replayed = run({program("bin/shadowtape"), "replay", file("a.vsst.zst"), "--", program("requesters/status_loop"), "-q", "-t", "4"});
  EXPECT_EQ(replayed.exitCode, 0) << replayed.err;
}

TEST_F(DriveTest, FindsTheOneAnswerThatIsAnother) {
  record("a.vsst", "model", {"status_loop", "-q"});
  put("other.json", "{\"calls\": [{\"method\": \"FreeWriterStatus\", \"result\": \"E_OUTOFMEMORY\"}]}");
  Ran ran = drive(file("a.vsst"), "model:" + file("other.json"));
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  EXPECT_EQ(ran.out, "call 22 / 22: session IVssBackupComponents::FreeWriterStatus()\n    result: S_OK / E_OUTOFMEMORY\n1 difference\n");
}

TEST_F(DriveTest, ObjectsThatAreNotMadeAreSaidAndWhatHangsToo) {
  record("a.vsst", "model", {"status_loop", "-q"});
  Ran ran = drive(file("a.vsst"), scenario("never-ends"), {"--hang-limit", "300ms"});
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_NE(ran.err.find("IVssAsync::Wait(dwMilliseconds=INFINITE): does not come back, which it did when it was recorded\n"), std::string::npos) << ran.err;
  EXPECT_NE(ran.out.find("result: S_OK / never came back\n"), std::string::npos) << ran.out;

  put("denied.json", "{\"accessDenied\": \"create\"}");
  ran = drive(file("a.vsst"), "model:" + file("denied.json"));
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_NE(ran.err.find("InitializeForBackup(bstrXML=null): not made: there is no object #1 in this run\n"), std::string::npos) << ran.err;
}

TEST_F(DriveTest, WhatWasDrivenIsATrace) {
  record("a.vsst", "model", {"status_loop", "-q"});
  expectNone(drive(file("a.vsst"), "model", {"-o", file("b.vsst")}));
  EXPECT_EQ(run({program("bin/shadowtape"), "verify", file("b.vsst")}).exitCode, 0);
  Ran json = drive(file("b.vsst"), "model", {"--format", "json"});
  EXPECT_EQ(json.exitCode, 0);
  EXPECT_EQ(json.out, "") << "one line for each difference";
}

TEST_F(DriveTest, DoesNotWriteOverWhatItReads) {
  record("a.vsst", "model", {"status_loop", "-q"});
  record("b.vsst", "model", {"status_loop", "-q"});
  std::string before = contentOf(folder / "a.vsst");
  for (const auto& [trace, target] : {std::pair("a.vsst", "model"), std::pair("b.vsst", "a.vsst")}) {
    Ran ran = drive(file(trace), target == std::string("model") ? target : file(target), {"-o", file("./a.vsst")});
    EXPECT_EQ(ran.exitCode, 2);
    EXPECT_NE(ran.err.find("is read by this command; -o has to name another file"), std::string::npos) << ran.err;
    EXPECT_EQ(contentOf(folder / "a.vsst"), before);
  }
}

TEST_F(DriveTest, SaysInOneLineWhatItCannotDo) {
  record("a.vsst", "model", {"status_loop", "-q"});
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"no-such.vsst", "--target", "model"}, "shadowtape: no-such.vsst: cannot be opened"},
      {{file("a.vsst")}, "shadowtape drive: --target is required"},
      {{file("a.vsst"), "--target", "no-such/vssapi.dll"}, "vssapi.dll: no such file"},
      {{file("a.vsst"), "--target", "model", "--hang-limit", "soon"}, "shadowtape: --hang-limit: soon is no time such as 500ms, 30s or 5m"},
      {{"traces/samples/golden/imported.vsst", "--target", "model"}, "was imported from a listing: its calls were never made"},
      {{"README.md", "--target", "model"}, "README.md: "}};
  for (const auto& [arguments, expected] : cases) {
    std::vector<std::string> command{program("bin/shadowtape"), "drive"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Ran ran = run(command);
    std::erase(ran.err, '\r');
    EXPECT_EQ(ran.exitCode, 2) << expected;
    EXPECT_NE(ran.err.find(expected), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

}  // namespace
}  // namespace vss::test
