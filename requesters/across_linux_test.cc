// Linux and Windows together: what is recorded under Wine is read and served on Linux, and the other way round; and what is installed.
#include <gtest/gtest.h>

#include "requesters/recorded.h"

namespace vss::test {
namespace {

const std::filesystem::path windowsBuild = "build/windows";

class Across : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::exists(windowsBuild / "bin/shadowtape.exe")) << "these tests need the Windows build: cmake --build --preset windows";
  }
  std::string file(const std::string& name) const { return shownPath(folder / name); }
  std::string windows(const std::string& name) const { return shownPath(windowsBuild / name); }
  std::string output(const std::vector<std::string>& command, const Environment& environment = {}) {
    Ran ran = run(command, environment, std::chrono::seconds(120));
    EXPECT_EQ(ran.exitCode, 0) << command[0] << " " << command[1] << "\n" << ran.out << ran.err;
    return ran.out;
  }
  std::string withoutReturns(std::string text) {  // a C program's text on Windows ends its lines with CR LF
    std::erase(text, '\r');
    return text;
  }

  const std::string shadowtape = program("bin/shadowtape"), loop = program("requesters/status_loop");
  TemporaryFolder folder;
};

TEST_F(Across, ASessionRecordedUnderWineIsShownDiffedAndReplayedOnLinux) {
  std::string seen = withoutReturns(output({shadowtape, "record", "-o", file("wine.vsst"), "--", windows("requesters/status_loop.exe")}));
  std::string shown = output({shadowtape, "show", file("wine.vsst")});
  EXPECT_NE(shown.find("windows x86-64"), std::string::npos);
  EXPECT_NE(shown.find("pbstrWriter=\"System Writer\" pnStatus=VSS_WS_STABLE"), std::string::npos);
  EXPECT_EQ(output({shadowtape, "replay", file("wine.vsst"), "--", loop}), seen);
  output({shadowtape, "record", "-o", file("linux.vsst"), "--", loop});
  EXPECT_TRUE(output({shadowtape, "diff", file("wine.vsst"), file("linux.vsst")}).starts_with("no difference"));
}

TEST_F(Across, ASessionRecordedOnLinuxIsShownDiffedAndReplayedUnderWine) {
  std::string seen = withoutReturns(output({shadowtape, "record", "-o", file("linux.vsst"), "--target", "model:traces/samples/scenarios/odd-names.json", "--", loop}));
  EXPECT_EQ(withoutReturns(output({shadowtape, "replay", file("linux.vsst"), "--", windows("requesters/status_loop.exe")})), seen);
  EXPECT_EQ(withoutReturns(output({shadowtape, "replay", file("linux.vsst"), "--", windows("requesters/status_c.exe")})).substr(0, 4), seen.substr(0, 4));
  auto wine = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"cmake/wine.sh", windows("bin/shadowtape.exe")});
    return output(arguments);
  };
  EXPECT_EQ(wine({"show", "Z:" + file("linux.vsst")}), output({shadowtape, "show", file("linux.vsst")})) << "the same bytes on both";
  output({shadowtape, "record", "-o", file("wine.vsst"), "--target", "model:traces/samples/scenarios/odd-names.json", "--", windows("requesters/status_loop.exe")});
  EXPECT_TRUE(wine({"diff", "Z:" + file("linux.vsst"), "Z:" + file("wine.vsst")}).starts_with("no difference"));
}

TEST_F(Across, AListingIsServedToTheWindowsCommandByTheSameCommand) {
  for (const auto& entry : std::filesystem::directory_iterator("traces/samples/listings")) {
    if (entry.path().extension() != ".txt" || !entry.path().filename().string().starts_with("seen-")) continue;
    SCOPED_TRACE(entry.path().filename().string());
    output({shadowtape, "import", shownPath(entry.path()), "-o", file("listing.vsst")});
    EXPECT_EQ(output({shadowtape, "replay", file("listing.vsst"), "--", windows("bin/shadowtape.exe"), "status", "--format", "vssadmin"}),
              output({shadowtape, "replay", file("listing.vsst"), "--", shadowtape, "status", "--format", "vssadmin"}));
  }
}

TEST_F(Across, FailuresArePutIntoAWindowsProgramByTheSameCommand) {
  output({shadowtape, "record", "-o", file("linux.vsst"), "--", program("requesters/backup_never_aborts")});
  Ran ran = run({shadowtape, "faults", file("linux.vsst"), "--filter", "DoSnapshotSet/async/E_OUTOFMEMORY", "--report", file("report"), "--", windows("requesters/backup_never_aborts.exe")});
  EXPECT_EQ(ran.exitCode, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("RQ-018 (must): released without AbortBackup"), std::string::npos) << ran.out << ran.err;
  EXPECT_TRUE(std::filesystem::exists(folder / "report" / "faults.html"));
}

// A program of somebody else's, with nothing of this project but what `cmake --install` puts down.
TEST(Installed, AProgramIsCompiledAgainstTheHeaderAndRunsAgainstEachShim) {
  TemporaryFolder folder;
  auto file = [&](const std::string& name) { return shownPath(folder / name); };
  auto output = [&](const std::vector<std::string>& command, const Environment& environment = {}) {
    Ran ran = run(command, environment, std::chrono::seconds(120));
    EXPECT_EQ(ran.exitCode, 0) << command[0] << "\n" << ran.out << ran.err;
    return ran.out;
  };
  output({"cmake", "--install", shownPath(buildPath("")), "--prefix", file("prefix")});
  std::string shims = file("prefix/lib/shadowtape/");
  std::ofstream(folder / "mine.cc") << R"(
#include <shadowtape/vsbackup.h>
#include <cstdio>
int main() {
  IVssBackupComponents* backup = nullptr;
  IVssAsync* async = nullptr;
  if (FAILED(CreateVssBackupComponents(&backup)) || FAILED(backup->InitializeForBackup(nullptr))) return 1;
  IVssBackupComponentsEx4* ex4 = nullptr;
  if (FAILED(backup->QueryInterface(IVssBackupComponentsEx4::iid, reinterpret_cast<void**>(&ex4)))) return 2;
  if (FAILED(backup->GatherWriterMetadata(&async)) || FAILED(async->Wait())) return 3;
  async->Release();
  if (FAILED(ex4->GatherWriterStatus(&async)) || FAILED(async->Wait())) return 4;
  async->Release();
  UINT n = 0;
  if (FAILED(ex4->GetWriterStatusCount(&n))) return 5;
  VSS_ID instance, writer; BSTR name; VSS_WRITER_STATE state; HRESULT failure;
  if (FAILED(ex4->GetWriterStatus(3, &instance, &writer, &name, &state, &failure))) return 6;
  std::printf("%u writers, the fourth has a name of %u units and state %d\n", n, SysStringLen(name), state);
  SysFreeString(name);
  ex4->Release();
  backup->Release();
  BSTR mine = SysAllocString(u"own");
  bool good = SysStringLen(mine) == 3;
  SysFreeString(mine);
  CoTaskMemFree(CoTaskMemAlloc(8));
  return good ? 0 : 7;
}
)";
  output({"g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-I" + file("prefix/include"), file("mine.cc"), "-o", file("mine"), "-L" + shims + "model", "-lvssapi"});
  std::string direct = output({file("mine")}, {{"LD_LIBRARY_PATH", shims + "model"}});
  EXPECT_EQ(direct, "9 writers, the fourth has a name of 13 units and state 1\n");
  std::string installed = file("prefix/bin/shadowtape");
  EXPECT_EQ(output({installed, "record", "-o", file("mine.vsst"), "--", file("mine")}), direct);
  EXPECT_EQ(output({installed, "replay", file("mine.vsst"), "--", file("mine")}), direct);
}

TEST_F(Across, CtrlCEndsTheRecordingOfARunningProgramAndNotTheProgram) {
  auto appears = [&](const char* name) {
    for (int i = 0; i < 3000 && !std::filesystem::exists(folder / name); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return std::filesystem::exists(folder / name);
  };
  auto round = [&] {
    std::filesystem::remove(folder / "gone");
    std::ofstream(folder / "go").flush();
    EXPECT_TRUE(appears("gone"));
  };
  Process requester({"cmake/wine.sh", "build/windows/requesters/guest.exe", "attended", "Z:" + shownPath(folder.path()), "0"});
  ASSERT_TRUE(appears("ready"));
  Process record({"cmake/wine.sh", "build/windows/bin/shadowtape.exe", "record", "-o", "Z:" + shownPath(folder / "t.vsst"), "--wait-for", "guest"});
  for (int i = 0; i < 3000 && record.err().find("recording process") == std::string::npos; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  round();
  ::kill(record.id(), SIGINT);
  auto left = record.wait(std::chrono::seconds(30));
  EXPECT_EQ(left.exitCode, 0) << left.err;
  EXPECT_NE(left.err.find("2 calls recorded"), std::string::npos) << left.err;
  round();
  std::ofstream(folder / "end").flush();
  auto ended = requester.wait(std::chrono::seconds(30));
  EXPECT_EQ(ended.exitCode, 0) << ended.err;
  EXPECT_NE(ended.out.find("0 and 0 references left"), std::string::npos) << ended.out;
  Recorded calls(folder / "t.vsst");
  EXPECT_TRUE(calls.reader->footer()) << "closed while the program went on";
  EXPECT_EQ(calls.calls.size(), 2u);
}

}  // namespace
}  // namespace vss::test
