// `shadowtape record` on both platforms: what the recorded program gets, and what is left of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "requesters/recorded.h"

namespace vss::test {
namespace {

const std::string kGuest = "requesters/guest";

std::vector<std::string> lines(const std::string& text, const std::string& start) {
  std::vector<std::string> found;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.starts_with(start)) found.push_back(line.substr(start.size()));
  }
  return found;
}

TEST(Record, EndsWithTheProgramsOwnCode) {
  TemporaryFolder folder;
#if defined(_WIN32)
  std::vector<std::string> codes{"0", "1", "127", "255", "256", "0x80070005", "0xC0000005"};
#else
  std::vector<std::string> codes{"0", "1", "2", "125", "126", "127", "255"};
#endif
  for (const auto& code : codes) {
    auto ran = run(recording(folder / "t.vsst", {program(kGuest), "code", code}));
    EXPECT_EQ(static_cast<std::uint32_t>(ran.exitCode), std::stoul(code, nullptr, 0)) << ran.err;
    EXPECT_EQ(ran.out, "");
  }
}

TEST(Record, SaysWhyAProgramCannotBeStarted) {
  TemporaryFolder folder;
  auto missing = run(recording(folder / "t.vsst", {"no-such-program"}));
  EXPECT_EQ(missing.exitCode, 127);
  EXPECT_NE(missing.err.find("no-such-program: no such program"), std::string::npos) << missing.err;

  auto text = folder / "text.exe";
  std::ofstream(text) << "no program\n";
  auto notExecutable = run(recording(folder / "t.vsst", {shownPath(text)}));
  EXPECT_EQ(notExecutable.exitCode, 126);
  EXPECT_NE(notExecutable.err.find("text.exe"), std::string::npos) << notExecutable.err;

  auto itsFolder = run(recording(folder / "t.vsst", {shownPath(folder.path())}));
  EXPECT_GE(itsFolder.exitCode, 126);
  EXPECT_LE(itsFolder.exitCode, 127);
  EXPECT_FALSE(std::filesystem::exists(folder / "t.vsst"));
}

TEST(Record, TheProgramGetsItsArgumentsUnchanged) {
  TemporaryFolder folder;
  std::vector<std::string> arguments{"a", "", "a b", "\"", "\\", "ends in \\", "\\\\server\\share\\", "a\\\"b", "say \"hi\" \\\\\"", "tab\there",
                                     "*.txt", "%PATH%", "$HOME", "--", "-o", "--target", "ä€😀", "^&|<>'"};
  std::vector<std::string> command{program(kGuest), "echo"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto ran = run(recording(folder / "t.vsst", command));
  EXPECT_EQ(lines(ran.out, "argument "), arguments) << ran.err;
}

TEST(Record, TheProgramGetsItsFolderItsStreamsAndItsEnvironment) {
  TemporaryFolder folder;
  Environment ours{{"SOME_VARIABLE", "ä=1;2"}};
  auto recorded = run(recording(folder / "t.vsst", {program(kGuest), "echo"}), ours);
#if !defined(_WIN32)
  ours.emplace_back("LD_LIBRARY_PATH", shownPath(buildPath("model")));
#endif
  auto alone = run({program(kGuest), "echo"}, ours);
  ASSERT_EQ(alone.exitCode, 0) << alone.err;
  EXPECT_EQ(lines(alone.out, "folder "), lines(recorded.out, "folder "));
  EXPECT_TRUE(recorded.err.starts_with(alone.err)) << recorded.err;
  auto documented = [](const std::string& variable) {
    return variable.starts_with("SHADOWTAPE_") || variable.starts_with("LD_LIBRARY_PATH=") || variable.starts_with("_=");
  };
  auto variables = [&](const Ran& ran) {
    auto all = lines(ran.out, "variable ");
    std::erase_if(all, documented);
    return std::multiset<std::string>(all.begin(), all.end());
  };
  EXPECT_EQ(variables(recorded).count("SOME_VARIABLE=ä=1;2"), 1u) << recorded.out;
  EXPECT_EQ(variables(alone), variables(recorded));
}

TEST(Record, WritesToAPathOfAnyLengthAndAlphabet) {
  TemporaryFolder folder;
  auto deep = folder.path();
  for (int i = 0; i < 3; ++i) {
    deep /= pathFromUtf8("ein Ordner mit äöü€ " + std::to_string(i) + std::string(80, 'x'));
#if defined(_WIN32)
    ASSERT_TRUE(::CreateDirectoryW((L"\\\\?\\" + deep.native()).c_str(), nullptr));
#else
    ASSERT_TRUE(std::filesystem::create_directory(deep));
#endif
  }
  auto trace = deep / pathFromUtf8("Ⱥufzeichnung.vsst");
  ASSERT_GT(trace.native().size(), 290u);
  auto ran = run(recording(trace, {program("requesters/status_loop"), "-q"}));
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_EQ(Recorded(trace).count("FreeWriterStatus"), 1u);
#if defined(_WIN32)
  ::DeleteFileW((L"\\\\?\\" + trace.native()).c_str());
  for (int i = 0; i < 3; ++i, deep = deep.parent_path()) ::RemoveDirectoryW((L"\\\\?\\" + deep.native()).c_str());
#endif
}

TEST(Record, ReplacesAnOlderTraceButNothingElse) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  for (int rounds : {3, 1}) {
    auto ran = run(recording(trace, {program("requesters/status_loop"), "-q", "-n", std::to_string(rounds)}));
    EXPECT_EQ(ran.exitCode, 0) << ran.err;
    EXPECT_EQ(Recorded(trace).count("FreeWriterStatus"), static_cast<std::size_t>(rounds));
  }
  std::ofstream(folder / "letter.txt") << "Dear customer, this is no trace, it is longer than its header, and it is dear to somebody.\n";
  auto before = contentOf(folder / "letter.txt");
  auto ran = run(recording(folder / "letter.txt", {program("requesters/status_loop"), "-q"}));
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_EQ(contentOf(folder / "letter.txt"), before);
}

TEST(Record, AProgramSeesTheSameWithAndWithoutARecorder) {
  TemporaryFolder folder;
#if defined(_WIN32)
  Environment alone;  // the test's System32\vssapi.dll is the model
#else
  Environment alone{{"LD_LIBRARY_PATH", shownPath(buildPath("model"))}};
#endif
  for (const char* name : {"requesters/status_loop", "requesters/status_c", "requesters/out_of_order"}) {
    auto plain = run({program(name)}, alone), recorded = run(recording(folder / "t.vsst", {program(name)}));
    EXPECT_EQ(plain.out, recorded.out) << name;
    EXPECT_EQ(plain.exitCode, recorded.exitCode) << name;
    EXPECT_GT(plain.out.size(), 100u) << name << plain.err;
    Recorded trace(folder / "t.vsst");
    EXPECT_TRUE(trace.reader->footer()) << name;
    EXPECT_TRUE(trace.reader->problems().empty()) << name;
    EXPECT_EQ(trace.reader->header().process, std::string(name).substr(11) + kExe);
    EXPECT_NE(recorded.err.find("shadowtape: " + std::to_string(trace.calls.size()) + " calls recorded in "), std::string::npos) << recorded.err;
  }
}

TEST(Record, TheFirstCallOfAllLeavesErrorsToTheProgram) {
  TemporaryFolder folder;
#if defined(_WIN32)
  Environment alone;
#else
  Environment alone{{"LD_LIBRARY_PATH", shownPath(buildPath("model"))}};
#endif
  auto plain = run({program(kGuest), "errors"}, alone), ran = run(recording(folder / "t.vsst", {program(kGuest), "errors"}));
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_EQ(lines(ran.out, "errno 77, ").size(), 1u) << ran.out;
  EXPECT_EQ(ran.out, plain.out);
}

TEST(Record, WhatTheEnvironmentSaidOfAnotherRecordingDoesNotCount) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
#if defined(_WIN32)
  Environment others{{"shadowtape_trace", shownPath(folder / "other.vsst")}, {"shadowtape_target", "no such file"}};  // names are the same in any case
#else
  Environment others{{"SHADOWTAPE_TRACE", shownPath(folder / "other.vsst")}, {"SHADOWTAPE_TARGET", "no such file"}};
#endif
  auto ran = run({program("bin/shadowtape"), "record", "-o", shownPath(trace), "--", program("requesters/status_loop"), "-q"}, others);
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_EQ(Recorded(trace).count("FreeWriterStatus"), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder / "other.vsst"));
}

// exit() runs handlers and destructors, abort() nothing; in all of them four threads are in the middle of calls.
TEST(Guest, MayEndInAnyWayWhileFourThreadsCall) {
#if defined(_WIN32)
  const char* ways[] = {"exit", "_exit", "return", "late", "ExitProcess", "TerminateProcess"};
  const int rounds = 3;   // Wine needs its time to start a process
#else
  const char* ways[] = {"exit", "_exit", "return", "late", "quick_exit", "abort"};
  const int rounds = 17;
#endif
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  for (std::string how : ways)
    for (int round = 0; round < rounds; ++round) {
      SCOPED_TRACE(how + ", round " + std::to_string(round));
      auto ran = run(recording(trace, {program(kGuest), "end", how, "4"}), {}, std::chrono::seconds(30));
      ASSERT_FALSE(ran.timedOut);
      EXPECT_EQ(ran.exitCode, how == "abort" ? 128 + 6 : 7) << ran.err;
      EXPECT_EQ(lines(ran.out, "ending").size(), 1u) << ran.out;
      Recorded recorded(trace);
      expectReadable(recorded, 5);
      EXPECT_GE(recorded.count("GetWriterStatusCount"), 100u);
      if (how == "abort" || how == "TerminateProcess") { EXPECT_NE(ran.err.find("which is cut off: the program was killed"), std::string::npos) << ran.err; }
      if (how == "late") {
        EXPECT_EQ(lines(ran.out, "0 references left").size(), 1u);
        EXPECT_EQ(recorded.count("Release"), 1u) << "a call from an atexit handler is recorded too";
      }
    }
}

TEST(Guest, LoadingTheShimDoesNothingUntilTheFirstCall) {
  TemporaryFolder folder;
  auto ran = run({program(kGuest), "load", shim("recorder")},
                 {{"SHADOWTAPE_TRACE", shownPath(folder.path())}, {"SHADOWTAPE_TARGET", shim("model")},
#if !defined(_WIN32)
                  {"LD_LIBRARY_PATH", shownPath(buildPath("model"))}
#endif
                 });
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_EQ(lines(ran.out, "0 more threads").size(), 1u) << ran.out;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Guest, WithoutANameTheTraceLiesInTheTemporaryFolderUnderTheProgramsName) {
  TemporaryFolder folder;
  auto place = shownPath(folder.path());
  auto ran = run({program(kGuest), "unload", shim("recorder")}, {{"SHADOWTAPE_TRACE", ""},
                                                                 {"SHADOWTAPE_TARGET", shim("model")},
#if defined(_WIN32)
                                                                 {"TMP", place},
                                                                 {"TEMP", place}
#else
                                                                 {"TMPDIR", place},
                                                                 {"LD_LIBRARY_PATH", shownPath(buildPath("model"))}
#endif
                                                                });
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  std::vector<std::filesystem::path> made;
  for (auto& entry : std::filesystem::directory_iterator(folder.path())) made.push_back(entry.path());
  ASSERT_EQ(made.size(), 1u);
  EXPECT_TRUE(made[0].filename().string().starts_with("guest")) << made[0];
  EXPECT_TRUE(made[0].filename().string().ends_with("Z.vsst")) << made[0];
  EXPECT_TRUE(Recorded(made[0]).reader->footer());
}

TEST(Guest, MayReleaseItsObjectsAfterItHasUnloadedTheShim) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  auto ran = run({program(kGuest), "unload", shim("recorder")},
                 {{"SHADOWTAPE_TRACE", shownPath(trace)}, {"SHADOWTAPE_TARGET", shim("model")},
#if !defined(_WIN32)
                  {"LD_LIBRARY_PATH", shownPath(buildPath("model"))}
#endif
                 });
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_EQ(lines(ran.out, "0 and 0 references left").size(), 1u) << ran.out;
  Recorded recorded(trace);
  EXPECT_EQ(recorded.count("Release"), 2u);
  EXPECT_EQ(recorded.count("Wait"), 1u);
  EXPECT_TRUE(recorded.reader->footer());
}

}  // namespace
}  // namespace vss::test
