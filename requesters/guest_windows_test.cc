// The recorder in a process on Windows: entered before the program's first instruction, over the system's vssapi.dll.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "redact/key.h"
#include "requesters/recorded.h"
#include "traces/vss/api.h"

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

std::vector<std::filesystem::path> tracesIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".vsst") all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  return all;
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

// In this process, so that the moment is certain: what the recorder put in place was left, and a thread comes there all the same.
TEST_F(GuestOnWindows, ACallOnItsWayWhileTheProgramIsLeftPassesThroughAndBeginsNoOtherRecording) {
  HMODULE library = ::LoadLibraryW(pathFromUtf8(shim("recorder")).c_str());
  auto exported = [&](const char* name) { return reinterpret_cast<void*>(::GetProcAddress(library, name)); };
  auto start = reinterpret_cast<::DWORD(WINAPI*)(void*)>(exported("ShadowtapeStart")), stop = reinterpret_cast<::DWORD(WINAPI*)(void*)>(exported("ShadowtapeStop"));
  auto create = reinterpret_cast<CreateVssBackupComponentsFunction>(exported("CreateVssBackupComponentsInternal"));
  ASSERT_TRUE(start && stop && create);
  setEnvironmentVariable("SHADOWTAPE_TRACE", shownPath(folder / "t.vsst"));
  auto session = [&] {
    IVssBackupComponents* backup = nullptr;
    EXPECT_EQ(create(&backup), S_OK);
    return backup ? backup->Release() : 77;
  };
  for (std::size_t round = 1; round <= 2; ++round) {
    ASSERT_EQ(start(nullptr), 0u);
    EXPECT_EQ(session(), 0u);
    ASSERT_EQ(stop(nullptr), 0u);
    EXPECT_EQ(session(), 0u);
    EXPECT_EQ(tracesIn(folder.path()).size(), round);
  }
  ::SetEnvironmentVariableW(L"SHADOWTAPE_TRACE", nullptr);
  for (const auto& trace : tracesIn(folder.path())) {
    EXPECT_TRUE(TraceReader(trace).footer());
    EXPECT_EQ(Recorded(trace).count("CreateVssBackupComponents"), 1u);
  }
}

// ---- Processes that the program starts ----

TEST_F(GuestOnWindows, AProcessThatTheProgramStartsIsRecordedInAFileOfItsOwn) {
  std::string loop = program("requesters/status_loop"), guest = program("requesters/guest");
  auto plain = run({loop});
  for (const auto& how : std::vector<std::vector<std::string>>{{"W"}, {"A"}, {"W", guest, "start", "W"}}) {
    TemporaryFolder own;
    std::vector<std::string> command{guest, "start"};
    command.insert(command.end(), how.begin(), how.end());
    command.push_back(loop);
    auto recorded = run(recordingSystem(own / "t.vsst", command));
    EXPECT_EQ(recorded.exitCode, 0) << recorded.err;
    EXPECT_EQ(recorded.out, plain.out);
    auto traces = tracesIn(own.path());
    ASSERT_EQ(traces.size(), how.size() == 1 ? 2u : 3u) << recorded.err;
    std::size_t sessions = 0;
    for (const auto& trace : traces) {
      Recorded calls(trace);
      EXPECT_TRUE(calls.reader->footer()) << trace;
      sessions += calls.count("FreeWriterStatus");
      EXPECT_NE(recorded.err.find("recorded in " + shownPath(trace)), std::string::npos) << recorded.err;
    }
    EXPECT_EQ(sessions, 1u) << "that of the last one";
  }
}

TEST_F(GuestOnWindows, AProcessThatTheProgramStartsIsServedToo) {
  std::string loop = program("requesters/status_loop");
  auto plain = run({loop});
  auto recorded = run({program("bin/shadowtape"), "record", "-o", shownPath(folder / "t.vsst"), "--target", "model:traces/samples/scenarios/all-states.json", "--", loop});
  ASSERT_NE(recorded.out, plain.out);
  auto served = run({program("bin/shadowtape"), "replay", shownPath(folder / "t.vsst"), "--", program("requesters/guest"), "start", "W", loop});
  EXPECT_EQ(served.out, recorded.out) << served.err;
}

TEST_F(GuestOnWindows, AProcessThatItsStarterDebugsRunsOnAndAFileSaysSo) {
  auto plain = run({program("requesters/status_loop")});
  auto recorded = run(recordingSystem(folder / "t.vsst", {program("requesters/guest"), "start", "debug", program("requesters/status_loop")}));
  EXPECT_EQ(recorded.exitCode, 0) << recorded.err;
  EXPECT_EQ(recorded.out, plain.out);
  EXPECT_EQ(tracesIn(folder.path()).size(), 1u);
  EXPECT_NE(recorded.err.find("is not recorded: the program that started it debugs it"), std::string::npos) << recorded.err;
}

// ---- A program that runs already ----

class Attended : public GuestOnWindows {
 protected:
  void start(const char* threads = "0") {
    requester.emplace(std::vector<std::string>{program("requesters/guest"), "attended", shownPath(files.path()), threads});
    EXPECT_TRUE(appears("ready"));
  }
  bool appears(const char* name) {
    for (int i = 0; i < 3000 && !std::filesystem::exists(files / name); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return std::filesystem::exists(files / name);
  }
  // The program makes a session and is at rest again.
  void round() {
    std::filesystem::remove(files / "gone");
    std::ofstream(files / "go").flush();
    EXPECT_TRUE(appears("gone")) << requester->wait(std::chrono::seconds(1)).out;
  }
  void end() {
    std::ofstream(files / "end").flush();
    auto ran = requester->wait(std::chrono::seconds(30));
    EXPECT_EQ(ran.exitCode, 0) << ran.err;
    EXPECT_EQ(ran.out, "0 and 0 references left\r\n");
  }
  // The program ends, and with it the command that recorded it.
  Recorded endOf(Process& record) {
    end();
    auto recorded = record.wait(std::chrono::seconds(30));
    EXPECT_EQ(recorded.exitCode, 0) << recorded.err;
    return Recorded(folder / "t.vsst");
  }
  std::vector<std::string> entering(const std::string& trace, const std::string& which, const std::string& value) {
    return {program("bin/shadowtape"), "record", "-o", shownPath(folder / trace), which, value};
  }
  static bool says(const Process& command, const std::string& text) {
    for (int i = 0; i < 3000 && command.err().find(text) == std::string::npos; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return command.err().find(text) != std::string::npos;
  }
  std::string number() const { return std::to_string(::GetProcessId(requester->handle())); }

  TemporaryFolder files;
  std::optional<Process> requester;
};

TEST_F(Attended, ARunningProgramIsRecordedFromThenOnAndWhatItHadBeforeIsSaidToBeUnseen) {
  start();
  round();
  Process record(entering("t.vsst", "--pid", number()));
  ASSERT_TRUE(says(record, "recording process " + number() + " (guest.exe)")) << record.err();
  round();
  round();
  Recorded calls = endOf(record);
  EXPECT_TRUE(calls.reader->footer());
  EXPECT_EQ(calls.count("CreateVssBackupComponents"), 2u);
  EXPECT_EQ(calls.count("InitializeForBackup"), 3u) << "two, and one on the object of the round before";
  EXPECT_EQ(calls.count("GetWriterStatusCount"), 0u) << "of the object that it had before";
  std::erase_if(calls.remarks, [](const Remark& one) { return one.kind == RemarkKind::environment; });
  ASSERT_EQ(calls.remarks.size(), 1u);
  EXPECT_NE(calls.remarks[0].text.find("ran before it was recorded"), std::string::npos) << calls.remarks[0].text;
}

// By Ctrl-C too: see across_linux_test.cc, for a program cannot press it under Wine.
TEST_F(Attended, IsLeftAndGoesOnAsBeforeAndMayBeEnteredAgain) {
  start();
  for (const char* trace : {"first.vsst", "second.vsst"}) {
    Process record(entering(trace, "--pid", number()));
    ASSERT_TRUE(says(record, "recording process")) << record.err();
    Process another(entering("another.vsst", "--pid", number()));
    auto refused = another.wait(std::chrono::seconds(30));
    EXPECT_EQ(refused.exitCode, 2);
    EXPECT_NE(refused.err.find("is recorded or served already"), std::string::npos) << refused.err;
    round();
    auto detached = run({program("bin/shadowtape"), "record", "--detach", number()});
    EXPECT_EQ(detached.exitCode, 0) << detached.err;
    detached = run({program("bin/shadowtape"), "record", "--detach", number()});
    EXPECT_EQ(detached.exitCode, 2);
    EXPECT_NE(detached.err.find("was not recorded or served by this command"), std::string::npos) << detached.err;
    auto left = record.wait(std::chrono::seconds(30));
    EXPECT_EQ(left.exitCode, 0) << left.err;
    EXPECT_NE(left.err.find(" recorded in"), std::string::npos) << left.err;
    EXPECT_EQ(left.err.find("cut off"), std::string::npos) << left.err;
    EXPECT_FALSE(left.timedOut);
    round();
    Recorded calls(folder / trace);
    EXPECT_TRUE(calls.reader->footer()) << "closed cleanly while the program runs";
    EXPECT_TRUE(calls.reader->problems().empty());
    EXPECT_EQ(calls.count("CreateVssBackupComponents"), 1u);
  }
  end();
}

TEST_F(Attended, MayCallFromManyThreadsWhileItIsEnteredAndLeft) {
  start("3");
  for (int i = 0; i < 3; ++i) {
    std::string trace = "t" + std::to_string(i) + ".vsst";
    Process record(entering(trace, "--pid", number()));
    ASSERT_TRUE(says(record, "recording process")) << record.err();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(run({program("bin/shadowtape"), "record", "--detach", number()}).exitCode, 0);
    auto left = record.wait(std::chrono::seconds(30));
    EXPECT_EQ(left.exitCode, 0) << left.err;
    Recorded calls(folder / trace);
    EXPECT_TRUE(calls.reader->footer());
    EXPECT_GT(calls.count("CreateVssBackupComponents"), 3u);
    expectReadable(calls, 3);
  }
  end();
  EXPECT_EQ(tracesIn(folder.path()).size(), 3u) << "a call that was on its way when the program was left began another recording";
}

TEST_F(Attended, IsRecordedToItsEndThoughTheCommandIsKilled) {
  start();
  {
    Process record(entering("t.vsst", "--pid", number()));
    ASSERT_TRUE(says(record, "recording process")) << record.err();
  }
  round();
  end();
  Recorded calls(folder / "t.vsst");
  EXPECT_TRUE(calls.reader->footer());
  EXPECT_EQ(calls.count("CreateVssBackupComponents"), 1u);
}

TEST_F(Attended, IsServedATraceFromThenOn) {
  ASSERT_EQ(run({program("bin/shadowtape"), "status", "--target", "model", "-o", shownPath(folder / "served.vsst")}).exitCode, 0);
  start();
  Process replay({program("bin/shadowtape"), "replay", shownPath(folder / "served.vsst"), "--pid", number()});
  ASSERT_TRUE(says(replay, "serving process " + number())) << replay.err();
  round();
  EXPECT_EQ(run({program("bin/shadowtape"), "replay", "--detach", number()}).exitCode, 0);
  auto left = replay.wait(std::chrono::seconds(30));
  EXPECT_EQ(left.exitCode, 0) << left.err;
  EXPECT_NE(left.err.find("recorded calls were never asked for"), std::string::npos) << left.err;
  end();
}

TEST_F(Attended, IsWaitedForByName) {
  auto command = entering("t.vsst", "--wait-for", "GUEST");
  command.insert(command.end(), {"--redact", "--new-key", shownPath(files / "new.key")});
  Process record(command);
  ASSERT_TRUE(says(record, "waiting for GUEST")) << record.err();
  start();
  ASSERT_TRUE(says(record, "recording process " + number())) << record.err();
  round();
  Recorded calls = endOf(record);
  EXPECT_GE(calls.count("CreateVssBackupComponents"), 1u);
  EXPECT_EQ(redact::keyIdOf(calls.reader->header().tool), redact::Key::read(files / "new.key").id()) << "what it is told of the key reaches a process that ran before";
}

// As support has it for a month: a service that is not there yet, the last megabyte of its calls, the machine's facts.
TEST_F(Attended, IsWaitedForByAFlightRecorder) {
  auto command = entering("t.vsst", "--wait-for", "GUEST");
  command.insert(command.end(), {"--ring", "1M", "--until", "call.method = InitializeForBackup and call.hresult = S_OK", "--environment", "system,events"});
  Process record(command);
  ASSERT_TRUE(says(record, "waiting for GUEST")) << record.err();
  start();
  ASSERT_TRUE(says(record, "recording process " + number())) << record.err();
  round();
  ASSERT_TRUE(says(record, "the condition held: InitializeForBackup")) << record.err();
  EXPECT_TRUE(std::filesystem::exists(folder / "t.vsst")) << "it is written while the program goes on";
  round();
  Recorded calls = endOf(record);
  EXPECT_TRUE(calls.reader->footer());
  EXPECT_GE(calls.count("InitializeForBackup"), 1u);
  EXPECT_EQ(std::count_if(calls.remarks.begin(), calls.remarks.end(), [](const Remark& one) { return one.kind == RemarkKind::environment && one.text.starts_with("wine.version"); }), 1);
  EXPECT_EQ(tracesIn(folder.path()).size(), 1u);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) EXPECT_NE(entry.path().extension(), ".ring") << "it is left behind";
}

TEST_F(Attended, WhatCannotBeEnteredIsSaidInALine) {
  for (const auto& [which, value, code, said] : {std::tuple("--pid", "4000000000", 2, "process 4000000000: there is no such process"),
                                                 {"--pid", "0", 2, "--pid"}, {"--pid", "x", 2, "--pid"}}) {
    auto ran = run(entering("t.vsst", which, value));
    EXPECT_EQ(ran.exitCode, code) << ran.err;
    EXPECT_NE(ran.err.find(said), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "t.vsst"));
  }
}

}  // namespace
}  // namespace vss::test
