// What a user does, with the built programs in processes of their own: on Linux natively, on Windows (Wine) with the DLLs.
#include <gtest/gtest.h>

#include <algorithm>

#include "requesters/run.h"
#include "traces/listing.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss::test {
namespace {

std::string shadowtape() { return program("bin/shadowtape"); }
std::string requester(const std::string& name) { return program("requesters/" + name); }
std::string scenario(const std::string& name) { return "model:traces/samples/scenarios/" + name + ".json"; }

// What finds the model without any help of ours: by the library path, or as the system's vssapi of the test prefix.
Environment modelInPlace() {
#if defined(_WIN32)
  return {};
#else
  return {{"LD_LIBRARY_PATH", shownPath(buildPath("model"))}};
#endif
}

class EndToEnd : public testing::Test {
 protected:
  std::string file(const std::string& name) const { return shownPath(folder / name); }

  // Runs it, and expects the exit code and nothing on standard error but what `record` says when it is done.
  std::string output(std::vector<std::string> command, int exitCode = 0, const Environment& environment = {}) {
    std::string shown;
    for (const auto& word : command) shown += word + " ";
    Ran ran = run(command, environment);
    EXPECT_EQ(ran.exitCode, exitCode) << shown << "\n" << ran.out << ran.err;
    EXPECT_FALSE(ran.timedOut) << shown;
    std::erase(ran.out, '\r');  // a C program on Windows ends its lines with CR LF
    return ran.out;
  }
  std::string record(const std::string& trace, const std::string& target, std::vector<std::string> command) {
    command.insert(command.begin(), {shadowtape(), "record", "-o", file(trace), "--target", target, "--"});
    return output(command);
  }
  std::string replay(const std::string& trace, std::vector<std::string> command, int exitCode = 0) {
    command.insert(command.begin(), {shadowtape(), "replay", file(trace), "--"});
    return output(command, exitCode);
  }
  void expectSameMeaning(const std::string& a, const std::string& b) {
    EXPECT_TRUE(output({shadowtape(), "diff", file(a), file(b)}).starts_with("no difference: ")) << a << " and " << b;
  }
  void expectWhole(const std::string& trace) { output({shadowtape(), "verify", file(trace)}); }

  // Recorded, replayed, and recorded again while it was replayed: the program sees the same, and so do the traces.
  void goesRound(const std::string& target, const std::vector<std::string>& command) {
    std::string seen = record("first.vsst", target, command);
    EXPECT_FALSE(seen.empty());
    expectWhole("first.vsst");
    EXPECT_EQ(replay("first.vsst", command), seen);
    EXPECT_EQ(record("second.vsst", file("first.vsst"), command), seen);
    expectWhole("second.vsst");
    expectSameMeaning("first.vsst", "second.vsst");
  }

  TemporaryFolder folder;
};

std::vector<std::string> sorted(std::string text) {
  std::vector<std::string> lines;
  std::istringstream in(std::move(text));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

constexpr std::uint32_t kUnknownState = 0;  // VSS_WS_UNKNOWN

// What a program gets of a listing: where that says nothing, what import.md says stands in its place.
void expectWriters(const std::vector<ListedWriter>& served, const std::vector<ListedWriter>& listed, bool failures) {
  ASSERT_EQ(served.size(), listed.size());
  for (std::size_t i = 0; i < served.size(); ++i) {
    SCOPED_TRACE(quoted(listed[i].name));
    EXPECT_EQ(served[i].name, listed[i].name);
    EXPECT_EQ(served[i].classId, listed[i].classId.value_or(Guid{}));
    EXPECT_EQ(served[i].instanceId, listed[i].instanceId.value_or(Guid{}));
    EXPECT_EQ(served[i].state, listed[i].state.value_or(kUnknownState));
    if (failures) {
      EXPECT_EQ(served[i].failure, listed[i].failure.value_or(VSS_E_WRITER_STATUS_NOT_AVAILABLE));
    }
  }
}

TEST_F(EndToEnd, AnImportedListingIsServedToABackupProgramAsItWas) {
  int listings = 0;
  std::vector<std::vector<ListedWriter>> done;
  for (const auto& entry : std::filesystem::directory_iterator("traces/samples/listings")) {
    std::string name = entry.path().filename().string();
    if (!name.ends_with(".txt") || name.starts_with("refused-")) continue;
#if defined(_WIN32)
    if (!name.starts_with("seen-")) continue;  // a process takes long to start under Wine
#endif
    SCOPED_TRACE(name);
    auto listed = parseListing(contentOf(entry.path())).writers, rows = listed;
    for (ListedWriter& writer : rows) writer.line = 0;
    if (std::find(done.begin(), done.end(), rows) != done.end()) continue;  // the same writers in another layout: the trace is the same
    done.push_back(rows);
    output({shadowtape(), "import", shownPath(entry.path()), "-o", file("listing.vsst")});
    expectWhole("listing.vsst");
    std::string printed = output({shadowtape(), "export", file("listing.vsst"), "--to", "vssadmin"});
    std::string served = replay("listing.vsst", {shadowtape(), "status", "--format", "vssadmin"});
    // A text that is no English one, and was kept, is only in the trace; the HRESULT behind it is what a program gets.
    EXPECT_EQ(sorted(served).size(), sorted(printed).size());
    if (!listed.empty()) {
      expectWriters(parseListing(served).writers, listed, false);  // vssadmin has texts for few failures
      expectWriters(parseListing(replay("listing.vsst", {shadowtape(), "status", "--format", "json"})).writers, listed, true);
      std::string text = replay("listing.vsst", {shadowtape(), "status", "--format", "text"});
      for (const ListedWriter& writer : listed) {
        auto row = text.find(quoted(writer.name));
        ASSERT_NE(row, text.npos) << text;
        std::string line = text.substr(row, text.find('\n', row) - row);
        EXPECT_NE(line.find("  " + enumeratorName("VSS_WRITER_STATE", static_cast<std::int32_t>(writer.state.value_or(kUnknownState))) + "  " +
                            nameOf(writer.failure.value_or(VSS_E_WRITER_STATUS_NOT_AVAILABLE))), line.npos) << line;
        text.erase(0, row + line.size());
      }
    }
    replay("listing.vsst", {shadowtape(), "status", "-o", file("again.vsst")});
    expectSameMeaning("listing.vsst", "again.vsst");
    ++listings;
  }
  EXPECT_GE(listings, 8);
}

TEST_F(EndToEnd, SixteenWritersInSixteenStatesGoRound) {
  std::string text = output({shadowtape(), "status", "--target", scenario("all-states")});
  for (const char* state : {"VSS_WS_UNKNOWN", "VSS_WS_STABLE", "VSS_WS_WAITING_FOR_FREEZE", "VSS_WS_WAITING_FOR_THAW",
                            "VSS_WS_WAITING_FOR_POST_SNAPSHOT", "VSS_WS_WAITING_FOR_BACKUP_COMPLETE", "VSS_WS_FAILED_AT_IDENTIFY",
                            "VSS_WS_FAILED_AT_PREPARE_BACKUP", "VSS_WS_FAILED_AT_PREPARE_SNAPSHOT", "VSS_WS_FAILED_AT_FREEZE", "VSS_WS_FAILED_AT_THAW",
                            "VSS_WS_FAILED_AT_POST_SNAPSHOT", "VSS_WS_FAILED_AT_BACKUP_COMPLETE", "VSS_WS_FAILED_AT_PRE_RESTORE",
                            "VSS_WS_FAILED_AT_POST_RESTORE", "VSS_WS_FAILED_AT_BACKUPSHUTDOWN"})
    EXPECT_NE(text.find(std::string(state) + "  "), std::string::npos) << state;
  EXPECT_NE(text.find("16 writers, "), std::string::npos);
  goesRound(scenario("all-states"), {requester("status_loop")});
  goesRound(scenario("all-states"), {shadowtape(), "status"});
}

TEST_F(EndToEnd, FourThreadsGoRound) {
  std::vector<std::string> command{requester("status_loop"), "-t", "4", "-n", "5"};
  auto seen = sorted(record("first.vsst", scenario("all-states"), command));
  EXPECT_EQ(seen.size(), 16u * 4 * 5);
  EXPECT_EQ(sorted(replay("first.vsst", command)), seen);
  EXPECT_EQ(sorted(record("second.vsst", file("first.vsst"), command)), seen);
  expectWhole("second.vsst");
  expectSameMeaning("first.vsst", "second.vsst");
}

TEST_F(EndToEnd, NullAndOddNamesGoRound) {
  goesRound(scenario("odd-names"), {requester("status_loop")});
  EXPECT_NE(output({requester("status_loop")}, 0, [] {
              auto environment = modelInPlace();
              environment.emplace_back("SHADOWTAPE_SCENARIO", shownPath(std::filesystem::absolute("traces/samples/scenarios/odd-names.json")));
              return environment;
            }()).find(" null\n"), std::string::npos)
      << "a null name reaches the program as null";
}

TEST_F(EndToEnd, AnOperationThatNeverEndsGoesRound) {
  std::vector<std::string> command{requester("impatient")};
  goesRound(scenario("never-ends"), command);
  EXPECT_EQ(replay("first.vsst", command),
            "Wait(20): 0x00000000\nQueryStatus: 0x00000000\n  its result: 0x00042309\n"
            "Wait(20): 0x00000000\nQueryStatus: 0x00000000\n  its result: 0x00042309\n"
            "Cancel: 0x00000000\nQueryStatus: 0x00000000\n  its result: 0x0004230b\nCancel again: 0x0004230b\n"
            "GetWriterStatusCount: 0x80042301\n");
}

TEST_F(EndToEnd, AHangIsRecordedThoughTheProgramIsKilledInItAndIsAHangAgainUntilTheLimit) {
  Ran hung = run({shadowtape(), "status", "--target", scenario("never-ends"), "-o", file("hang.vsst")}, {}, std::chrono::seconds(2));
  EXPECT_TRUE(hung.timedOut);
  std::string shown = output({shadowtape(), "show", file("hang.vsst")});
  EXPECT_NE(shown.find("IVssAsync::Wait(dwMilliseconds=INFINITE) → never came back"), std::string::npos) << shown;

  // The limit is for the program, which goes on when `replay` is killed.
  Ran again = run({shadowtape(), "replay", "--hang-limit", "6s", file("hang.vsst"), "--", shadowtape(), "status"}, {}, std::chrono::seconds(2));
  EXPECT_TRUE(again.timedOut);
  Ran limited = run({shadowtape(), "replay", "--hang-limit", "300ms", file("hang.vsst"), "--", shadowtape(), "status"});
  EXPECT_FALSE(limited.timedOut);
  EXPECT_EQ(limited.exitCode, 1) << limited.err;
  EXPECT_NE(limited.err.find("the hang limit is over"), std::string::npos) << limited.err;
}

TEST_F(EndToEnd, EveryRequesterSeesTheSameFromModelRecorderAndReplayer) {
  std::string loop = output({requester("status_loop")}, 0, modelInPlace());
  EXPECT_NE(loop.find("'System Writer'"), std::string::npos);
  for (const char* name : {"status_loop", "status_c", "out_of_order"}) {
    SCOPED_TRACE(name);
    std::string direct = output({requester(name)}, 0, modelInPlace());
    EXPECT_EQ(record("session.vsst", "model", {requester(name)}), direct);
    EXPECT_EQ(replay("session.vsst", {requester(name)}), direct);
    if (std::string(name) == "status_c") {
      EXPECT_EQ(direct, loop);
    }
  }
  // The C++ and the plain C program take one another's recording: it is the same session but for SetBackupState.
  record("cxx.vsst", "model", {requester("status_loop")});
  EXPECT_EQ(replay("cxx.vsst", {requester("status_c")}), loop);
}

// Calls out of order get what the documentation says; where it is silent, what docs/model.md says the default is.
TEST_F(EndToEnd, CallsOutOfOrderAreAnsweredAsDocumented) {
  EXPECT_EQ(output({requester("out_of_order")}, 0, modelInPlace()),
            "CreateVssBackupComponents(null)                      0x80070057\n"
            "CreateVssBackupComponents                            0x00000000\n"
            "before initialize: GatherWriterStatus                0x80042301\n"
            "before initialize: GetWriterStatusCount              0x80042301\n"
            "before initialize: GetWriterStatus(0)                0x80042301\n"
            "before initialize: FreeWriterStatus                  0x80042301\n"
            "InitializeForBackup                                  0x00000000\n"
            "InitializeForBackup again                            0x80042301\n"
            "before gather: GetWriterStatusCount                  0x80042301\n"
            "before gather: GetWriterStatus(0)                    0x80042301\n"
            "GatherWriterMetadata(null)                           0x80070057\n"
            "GatherWriterMetadata                                 0x00000000\n"
            "  its result                                         0x0004230a\n"
            "GatherWriterStatus(null)                             0x80070057\n"
            "GatherWriterStatus                                   0x00000000\n"
            "  its result                                         0x0004230a\n"
            "GetWriterStatusCount(null)                           0x80070057\n"
            "GetWriterStatusCount                                 0x00000000\n"
            "GetWriterStatus(0)                                   0x00000000\n"
            "GetWriterStatus(n)                                   0x80042308\n"
            "GetWriterStatus(0xFFFFFFFF)                          0x80042308\n"
            "GetWriterStatus(pidInstance null)                    0x80070057\n"
            "GetWriterStatus(pbstrWriter null)                    0x80070057\n"
            "FreeWriterStatus                                     0x00000000\n"
            "after free: GetWriterStatusCount                     0x80042301\n"
            "after free: GetWriterStatus(0)                       0x80042301\n"
            "without a set: DoSnapshotSet                         0x80042301\n"
            "no such set: BreakSnapshotSet                        0x80042308\n"
            "0 writers, 0 references left\n");
}

TEST_F(EndToEnd, AProgramThatGoesAnotherWayIsToldSoAndSoAreWe) {
  record("session.vsst", "model", {requester("status_loop")});
  Ran ran = run({shadowtape(), "replay", file("session.vsst"), "--", requester("out_of_order")});
  EXPECT_EQ(ran.exitCode, 125);
  EXPECT_NE(ran.err.find("divergence 1: the program's call 1: CreateVssBackupComponents()"), std::string::npos) << ran.err;
  Ran stopped = run({shadowtape(), "replay", "--on-divergence", "stop", file("session.vsst"), "--", requester("out_of_order")});
  EXPECT_EQ(stopped.exitCode, 125);
  EXPECT_EQ(stopped.out, "") << "the program was ended at its first call";
}

TEST_F(EndToEnd, TheHeaderSaysWhoAnswered) {
  auto origin = [&](const std::string& trace) {
    std::string info = output({shadowtape(), "info", "--format", "json", file(trace)});
    auto at = info.find("\"origin\": \"") + 11;
    return info.substr(at, info.find('"', at) - at);
  };
  output({shadowtape(), "import", "traces/samples/listings/seen-hyperv-inconsistent.txt", "-o", file("imported.vsst")});
  EXPECT_EQ(origin("imported.vsst"), "imported");
  output({shadowtape(), "status", "--target", "model", "-o", file("model.vsst")});
  EXPECT_EQ(origin("model.vsst"), "stand-in");
  record("shim.vsst", "model", {requester("status_loop")});
  EXPECT_EQ(origin("shim.vsst"), "stand-in");
  replay("model.vsst", {shadowtape(), "status", "-o", file("replayed.vsst")});
  EXPECT_EQ(origin("replayed.vsst"), "replayed");
  output({shadowtape(), "status", "--target", file("model.vsst"), "-o", file("target.vsst")});
  EXPECT_EQ(origin("target.vsst"), "replayed");
  record("again.vsst", file("shim.vsst"), {requester("status_loop")});
  EXPECT_EQ(origin("again.vsst"), "replayed");
}

}  // namespace
}  // namespace vss::test
