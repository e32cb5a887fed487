// The recorder in a process on Windows: entered before the program's first instruction, over the system's vssapi.dll.
#include <gtest/gtest.h>

#include "requesters/recorded.h"

namespace vss::test {
namespace {

std::filesystem::path systemVssapi() {
  wchar_t folder[MAX_PATH];
  ::GetSystemDirectoryW(folder, MAX_PATH);
  return std::filesystem::path(folder) / "vssapi.dll";
}

// No --target: the system's own VSS, which in the tests' prefix is the model.
std::vector<std::string> recordingSystem(const std::filesystem::path& trace, std::vector<std::string> command) {
  command.insert(command.begin(), {program("bin/shadowtape"), "record", "-o", shownPath(trace), "--"});
  return command;
}

class GuestOnWindows : public testing::Test {
 protected:
  void SetUp() override {
    before = contentOf(systemVssapi());
    ASSERT_FALSE(before.empty()) << "the prefix has no model in System32";
  }
  void TearDown() override { EXPECT_TRUE(contentOf(systemVssapi()) == before) << "System32\\vssapi.dll was changed"; }
  std::string before;
  TemporaryFolder folder;
};

TEST_F(GuestOnWindows, AStaticImportIsRecordedOverTheSystemsOwnLibrary) {
  auto trace = folder / "t.vsst";
  for (const char* name : {"requesters/status_loop", "requesters/status_c"}) {  // the mangled factory, and …Internal
    auto plain = run({program(name)}), recorded = run(recordingSystem(trace, {program(name)}));
    EXPECT_EQ(recorded.exitCode, 0) << recorded.err;
    EXPECT_EQ(plain.out, recorded.out);
    Recorded calls(trace);
    EXPECT_EQ(calls.count("FreeWriterStatus"), 1u) << name;
    EXPECT_EQ(calls.reader->header().target, "system");
    EXPECT_EQ(calls.reader->header().origin, Origin::model) << "the prefix has the model in System32, and the header says what answered";
    EXPECT_TRUE(calls.reader->footer());
  }
}

TEST_F(GuestOnWindows, LoadLibraryAndGetProcAddressAreRecordedAndTheLibraryMayBeUnloadedEarly) {
  auto trace = folder / "t.vsst";
  auto ran = run(recordingSystem(trace, {program("requesters/guest"), "unload", shownPath(systemVssapi())}));
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.out.find("0 and 0 references left"), std::string::npos) << ran.out;
  Recorded calls(trace);
  EXPECT_EQ(calls.count("GatherWriterMetadata"), 1u);
  EXPECT_EQ(calls.count("Release"), 2u);
}

TEST_F(GuestOnWindows, AProgramThatNeverCallsVssLeavesNoTrace) {
  auto ran = run(recordingSystem(folder / "t.vsst", {program("requesters/guest"), "code", "5"}));
  EXPECT_EQ(ran.exitCode, 5);
  EXPECT_FALSE(std::filesystem::exists(folder / "t.vsst"));
  EXPECT_NE(ran.err.find("no call of VSS"), std::string::npos) << ran.err;
}

TEST_F(GuestOnWindows, WhereNoTraceCanBeMadeTheProgramRunsOnAndAFileSaysSo) {
  auto expected = run({program("requesters/status_loop")});
  TemporaryFolder temporary;
  auto requester = folder / "status_loop.exe";
  std::filesystem::copy_file(pathFromUtf8(program("requesters/status_loop")), requester);
  std::filesystem::copy_file(pathFromUtf8(shim("recorder")), folder / "vssapi.dll");
  auto ran = run({shownPath(requester)}, {{"SHADOWTAPE_TRACE", shownPath(folder / "missing" / "t.vsst")},
                                          {"SHADOWTAPE_TARGET", shim("model")},
                                          {"TMP", shownPath(temporary.path())},
                                          {"TEMP", shownPath(temporary.path())}});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_EQ(ran.out, expected.out);
  std::string told;
  for (auto& entry : std::filesystem::directory_iterator(temporary.path())) told += contentOf(entry.path());
  EXPECT_NE(told.find("cannot be created"), std::string::npos) << told;
}

}  // namespace
}  // namespace vss::test
