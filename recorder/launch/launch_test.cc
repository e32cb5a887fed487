#include "recorder/launch/launch.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <random>

#include "recorder/launch/path.h"
#include "recorder/launch/shims.h"

#if defined(_WIN32)
#include <windows.h>

#include <shellapi.h>

#include "traces/vss/text.h"
#else
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#endif

namespace vss::launch {
namespace {

class LaunchTest : public testing::Test {
 protected:
  LaunchTest() { std::filesystem::create_directories(folder); }
  ~LaunchTest() override { std::filesystem::remove_all(folder); }
  std::string write(const std::string& name, const std::string& content) {
    std::ofstream(folder / name, std::ios::binary) << content;
    return (folder / name).string();
  }
  std::string script(const std::string& name, const std::string& content, const std::string& firstLine = "#!/bin/sh\n") {
    write(name, firstLine + content + "\n");
    std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
    return (folder / name).string();
  }
  std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                 ("launch_test-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

// The head of a PE file whose header lies at `at`.
std::string peFile(std::uint32_t at, std::uint16_t machine) {
  std::string bytes(at + 64, '\0');
  bytes[0] = 'M', bytes[1] = 'Z';
  std::memcpy(&bytes[60], &at, 4);
  std::memcpy(&bytes[at], "PE\0\0", 4);
  std::memcpy(&bytes[at + 4], &machine, 2);
  return bytes;
}

TEST_F(LaunchTest, TellsAWindowsProgramByItsContentNotByItsName) {
  EXPECT_TRUE(isWindowsProgram(write("program.bin", peFile(128, 0x8664))));
  EXPECT_FALSE(isWindowsProgram(write("text.exe", "MZ is how this text starts, but a text it is, and longer than the head of a program.\n")));
  EXPECT_FALSE(isWindowsProgram(write("empty.exe", "")));
  EXPECT_FALSE(isWindowsProgram(write("short.exe", "MZ")));
  std::string beyond = peFile(128, 0x8664).substr(0, 100);
  EXPECT_FALSE(isWindowsProgram(write("cut.exe", beyond)));
  std::string wild = peFile(128, 0x8664);
  std::memset(&wild[60], 0xFF, 4);
  EXPECT_FALSE(isWindowsProgram(write("wild.exe", wild)));
  EXPECT_FALSE(isWindowsProgram((folder / "missing.exe").string()));
  EXPECT_FALSE(isWindowsProgram(folder.string()));
}

TEST_F(LaunchTest, SaysWhereItLookedForAShimThatIsNotBuilt) {
  try {
    shimLibrary("no-such-room");
    FAIL() << "found";
  } catch (const NotBuilt& e) {
    EXPECT_NE(std::string(e.what()).find("no-such-room"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("build it"), std::string::npos) << e.what();
  }
}

TEST_F(LaunchTest, KnowsItsOwnName) { EXPECT_TRUE(processName().starts_with("launch_test")) << processName(); }

TEST_F(LaunchTest, AMissingProgramIs127AndOneThatCannotRun126) {
  Launch launch;
  launch.shim = folder / "shim" / "vssapi";
  launch.command = {(folder / "missing").string()};
  Ended ended = run(launch);
  EXPECT_EQ(ended.exitCode, 127);
  EXPECT_NE(ended.error.find("no such program"), std::string::npos) << ended.error;
  launch.command = {write("text.exe", "no program\n")};
  ended = run(launch);
  EXPECT_EQ(ended.exitCode, 126);
  EXPECT_NE(ended.error.find("text.exe"), std::string::npos) << ended.error;
}

#if defined(_WIN32)
std::vector<std::string> takenApart(const std::wstring& line) {
  int count = 0;
  LPWSTR* parts = ::CommandLineToArgvW(line.c_str(), &count);
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back(toUtf8(reinterpret_cast<const char16_t*>(parts[i])));
  ::LocalFree(parts);
  return out;
}

TEST_F(LaunchTest, WindowsTakesACommandLineApartIntoWhatItWasMadeOf) {
  std::vector<std::string> command{"C:\\Program Files\\backup.exe", "", " ", "\"", "\\", "\\\\", "a b\\", "\\\"", "a\\\\\"b c", "\t", "ä€😀"};
  EXPECT_EQ(takenApart(commandLine(command)), command);
  std::mt19937 random(7);
  for (int round = 0; round < 5000; ++round) {
    command.resize(1);
    for (unsigned n = random() % 5; n; --n) {
      std::string argument;
      for (unsigned length = random() % 8; length; --length) argument += "\\\" \ta"[random() % 5];
      command.push_back(argument);
    }
    ASSERT_EQ(takenApart(commandLine(command)), command);
  }
}

TEST_F(LaunchTest, AProgramForAnotherProcessorIs126) {
  Launch launch;
  launch.shim = folder / "vssapi.dll";
  launch.command = {write("old.exe", peFile(128, 0x014C))};
  Ended ended = run(launch);
  EXPECT_EQ(ended.exitCode, 126);
  EXPECT_NE(ended.error.find("x64"), std::string::npos) << ended.error;
}
#else
// An environment variable for a while; nullopt: unset.
class Variable {
 public:
  Variable(std::string name, const std::optional<std::string>& value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str())) before_ = before;
    set(value);
  }
  ~Variable() { set(before_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::optional<std::string>& value) const { value ? ::setenv(name_.c_str(), value->c_str(), 1) : ::unsetenv(name_.c_str()); }
  std::string name_;
  std::optional<std::string> before_;
};

// Runs a script as a program of its own; what it wrote.
std::string outputOf(const std::filesystem::path& folder, Launch launch, const std::string& script, bool interpreter = true) {
  auto program = folder / "program";
  std::ofstream(program) << (interpreter ? "#!/bin/sh\n" : "") << script << " > '" << (folder / "out").string() << "'\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  launch.command.insert(launch.command.begin(), program.string());
  if (launch.shim.empty()) launch.shim = "/shims/libvssapi.so";
  Ended ended = run(launch);
  EXPECT_EQ(ended.error, "");
  EXPECT_EQ(ended.exitCode, 0);
  std::ifstream in(folder / "out");
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(LaunchTest, TheShimsFolderLeadsTheLibraryPathAndChangesAreMade) {
  ::setenv("LD_LIBRARY_PATH", "/theirs", 1);
  ::setenv("TO_BE_UNSET", "x", 1);
  Launch launch;
  launch.environment = {{"NEW", "a b=c"}, {"TO_BE_UNSET", ""}};
  EXPECT_EQ(outputOf(folder, launch, "echo \"$LD_LIBRARY_PATH|$NEW|${TO_BE_UNSET-unset}\""), "/shims:/theirs|a b=c|unset\n");
  for (const char* nothing : {"", static_cast<const char*>(nullptr)}) {
    nothing ? ::setenv("LD_LIBRARY_PATH", nothing, 1) : ::unsetenv("LD_LIBRARY_PATH");
    EXPECT_EQ(outputOf(folder, launch, "echo \"$LD_LIBRARY_PATH\""), "/shims\n") << "an empty part would be the current folder";
  }
  ::unsetenv("LD_LIBRARY_PATH");
  ::unsetenv("TO_BE_UNSET");
}

TEST_F(LaunchTest, AVariableThatIsChangedIsThereOnce) {
  Variable there("CHANGED", "old");
  Launch launch;
  launch.environment = {{"CHANGED", "new"}};
  EXPECT_EQ(outputOf(folder, launch, "tr '\\0' '\\n' < /proc/$$/environ | grep ^CHANGED"), "CHANGED=new\n");
}

TEST_F(LaunchTest, TheKeyboardsSignalsAreTheProgramsAffair) {
  Launch launch;
  launch.shim = "/shims/libvssapi.so";
  for (int signal : {SIGINT, SIGQUIT}) {
    struct sigaction asked {}, before, after;
    asked.sa_handler = SIG_DFL;  // in the background a shell has them ignored
    ::sigaction(signal, &asked, &before);
    // To us, who are to wait; then to itself, who has not asked for anything else than to be ended.
    auto number = std::to_string(signal);
    launch.command = {script("program", "kill -" + number + " $PPID; kill -" + number + " $$; exit 1")};
    EXPECT_EQ(run(launch).exitCode, 128 + signal);
    launch.command = {script("program", "trap 'exit 5' " + number + "; kill -" + number + " $$; exit 1")};
    EXPECT_EQ(run(launch).exitCode, 5);
    ::sigaction(signal, nullptr, &after);
    EXPECT_EQ(after.sa_handler, asked.sa_handler) << "afterwards they are ours again";
    ::sigaction(signal, &before, nullptr);
  }
}

TEST_F(LaunchTest, TheProgramInheritsNoFileOfOurs) {
  int free[2];
  for (int& file : free) file = ::open("/dev/null", O_RDONLY);
  for (int file : free) ::close(file);
  std::string there = "for n in " + std::to_string(free[0]) + " " + std::to_string(free[1]) + "; do if [ -e /proc/$$/fd/$n ]; then echo $n; fi; done";
  EXPECT_EQ(outputOf(folder, {}, there), "") << "the numbers of the pipe through which a failed start would be told";
}

TEST_F(LaunchTest, AScriptWhoseInterpreterIsMissingSaysSo) {
  Launch launch;
  launch.shim = "/shims/libvssapi.so";
  launch.command = {script("program", "", "#!/no/such/interpreter\n")};
  Ended ended = run(launch);
  EXPECT_EQ(ended.exitCode, 127);
  EXPECT_NE(ended.error.find("cannot be started: No such file"), std::string::npos) << ended.error;
}

TEST_F(LaunchTest, RunsAScriptWithoutAFirstLineAsAShellDoes) {
  Launch launch;
  launch.command = {"one two", ""};
  EXPECT_EQ(outputOf(folder, launch, "printf '[%s]' \"$@\"", false), "[one two][]");
}

TEST_F(LaunchTest, AProgramApartPrintsIntoItsFileReadsNothingAndTellsHowItEnded) {
  Launch launch;
  launch.shim = "/shims/libvssapi.so";
  launch.apart = {folder / "printed", std::chrono::seconds(10)};
  auto ended = [&](const std::string& text) {
    launch.command = {script("program", text)};
    return run(launch);
  };
  Ended well = ended("cat; echo out; echo err >&2; exit 7");
  EXPECT_EQ(well.exitCode, 7);
  EXPECT_EQ(well.how, Ended::How::exited);
  std::ifstream printed(folder / "printed");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(printed), {}), "out\nerr\n");
  EXPECT_EQ(ended("kill -SEGV $$").how, Ended::How::crashed);
  launch.command = {(folder / "missing").string()};
  EXPECT_EQ(run(launch).exitCode, 127);
}

TEST_F(LaunchTest, WhatAProgramApartHasStartedEndsWithItWhateverHappens) {
  Launch launch;
  launch.shim = "/shims/libvssapi.so";
  auto childIsGone = [&] {
    std::ifstream file(folder / "child");
    pid_t child = 0;
    file >> child;
    for (int i = 0; i < 500 && child > 0 && ::kill(child, 0) == 0; ++i) ::usleep(10'000);
    return child > 0 && ::kill(child, 0) != 0;
  };
  launch.apart = {folder / "printed", std::chrono::milliseconds(300)};
  launch.command = {script("program", "sleep 100 & echo $! > '" + (folder / "child").string() + "'; wait")};
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(run(launch).how, Ended::How::tookTooLong);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_TRUE(childIsGone());
  launch.apart->limit = std::chrono::seconds(10);
  launch.command = {script("program", "sleep 100 & echo $! > '" + (folder / "child").string() + "'")};
  EXPECT_EQ(run(launch).how, Ended::How::exited);
  EXPECT_TRUE(childIsGone());
}

TEST_F(LaunchTest, FindsAProgramAlongThePath) {
  Launch launch;
  launch.shim = "/shims/libvssapi.so";
  launch.command = {"true"};
  EXPECT_EQ(run(launch).exitCode, 0);
  launch.command = {"false"};
  EXPECT_EQ(run(launch).exitCode, 1);
  EXPECT_FALSE(isWindowsProgram("true"));
}

TEST_F(LaunchTest, LooksAProgramUpAsAShellDoes) {
  for (const char* sub : {"text", "folder/program", "good"}) std::filesystem::create_directories(folder / sub);
  write("text/program", "not executable");
  script("good/program", "exit 5");
  script("here", "exit 6");
  Launch launch;
  launch.shim = "/shims/libvssapi.so";
  Variable path("PATH", (folder / "missing").string() + ":" + (folder / "text").string() + ":" + (folder / "folder").string() + ":" + (folder / "good").string());
  launch.command = {"program"};
  EXPECT_EQ(run(launch).exitCode, 5) << "past a file that is not executable, and a folder";
  auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder);
  launch.command = {"here"};
  EXPECT_EQ(run(launch).exitCode, 127) << "the current folder is not on the path …";
  launch.command = {"./here"};
  EXPECT_EQ(run(launch).exitCode, 6);
  {
    Variable withEmptyPart("PATH", "/no/such/folder::");
    launch.command = {"here"};
    EXPECT_EQ(run(launch).exitCode, 6) << "… but an empty part of it is";
  }
  std::filesystem::current_path(before);
}

// What Wine would be asked, told by a script of its name.
TEST_F(LaunchTest, WineGetsOurWindowsCommandTheProgramAndTheOverride) {
  script("wine64", "printf '[%s]' \"$@\" > '" + (folder / "out").string() + "'; echo \"|$WINEDLLOVERRIDES|$WINEDEBUG\" >> '" + (folder / "out").string() + "'; exit 7");
  std::string program = toWindowsPath(script("backup.exe", ""));
  Variable path("PATH", folder.string());
  auto asked = [&] {
    Ended ended = runUnderWine("/bin/shadowtape.exe", {"record", "-o", "Z:\\t.vsst"}, {"backup.exe", "-o", "a b", ""});
    EXPECT_EQ(ended.error, "");
    EXPECT_EQ(ended.exitCode, 7);
    std::ifstream in(folder / "out");
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string command = "[/bin/shadowtape.exe][record][-o][Z:\\t.vsst][--][" + program + "][-o][a b][]";
  {
    Variable overrides("WINEDLLOVERRIDES", ""), debug("WINEDEBUG", std::nullopt);
    EXPECT_EQ(asked(), command + "|mscoree=;mshtml=;vssapi=n,b|-all\n");
  }
  Variable overrides("WINEDLLOVERRIDES", "theirs=n"), debug("WINEDEBUG", "+vssapi");
  EXPECT_EQ(asked(), command + "|theirs=n;vssapi=n,b|+vssapi\n") << "what the user has set stays";
}

TEST_F(LaunchTest, NamesAFileForWine) {
  EXPECT_EQ(toWindowsPath("/home/a b/../t.vsst"), "Z:\\home\\t.vsst");
  EXPECT_EQ(toWindowsPath("t.vsst"), toWindowsPath(std::filesystem::current_path() / "t.vsst"));
}
#endif

}  // namespace
}  // namespace vss::launch
