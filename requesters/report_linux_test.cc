// The reports of `conform` where Linux has what judges them: a terminal, and a validator of XML.
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <regex>

#include "requesters/run.h"

namespace vss::test {
namespace {

// What a program has written to a terminal of 60 columns that is its standard error, and its standard output too if `both`.
std::string onTerminal(const std::vector<std::string>& command, const Environment& environment, bool both) {
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  winsize size{24, 60, 0, 0};
  int terminal = -1;
  pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    if (!both) ::dup2(::open("/dev/null", O_WRONLY), 1);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  std::string all;
  char some[4096];
  for (ssize_t n; (n = ::read(terminal, some, sizeof some)) > 0;) all.append(some, static_cast<std::size_t>(n));
  ::close(terminal);
  int status = 0;
  ::waitpid(child, &status, 0);
  return all;
}

// What is on the terminal then: a line for each newline, the last one last.
std::vector<std::string> linesOn(const std::string& written) {
  std::vector<std::string> lines{""};
  std::size_t column = 0;
  for (char c : written) {
    std::string& line = lines.back();
    if (c == '\r') column = 0;
    else if (c == '\n') lines.emplace_back();
    else {
      if (line.size() <= column) line.resize(column + 1, ' ');
      line[column++] = c;
    }
  }
  for (auto& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

TEST(ConformProgress, IsShownOnATerminalAndGoneAtTheEnd) {
  const std::vector<std::string> command{program("bin/shadowtape"), "conform", "--target", "model", "--filter", "WS-04?"};
  std::string written = onTerminal(command, {{"TERM", "xterm"}}, false);
  EXPECT_TRUE(written.starts_with("\rlearning the target's writers")) << written;
  EXPECT_NE(written.find("\r0 of 15, 0 red: WS-040"), std::string::npos) << written;
  EXPECT_TRUE(std::regex_search(written, std::regex("\r14 of 15, 0 red, about [0-9]+ s left: WS-049\\.3"))) << written;
  EXPECT_EQ(linesOn(written), std::vector<std::string>{""}) << "nothing of it stays";
  EXPECT_EQ(onTerminal(command, {{"TERM", "dumb"}}, false), "");
}

TEST(ConformProgress, GivesWayToWhatIsPrinted) {
  const std::vector<std::string> command{program("bin/shadowtape"), "conform", "--target", shim("faults"), "--filter", "WS-04?"};
  auto lines = linesOn(onTerminal(command, {{"TERM", "xterm"}, {"SHADOWTAPE_FAULT", "status-served-while-pending"}}, true));
  ASSERT_GE(lines.size(), 6u);
  EXPECT_EQ(lines[0], "FAIL WS-046 (should) @B3 > GatherWriterStatus pending > GetWriterStatus(0)");
  for (const auto& line : lines) EXPECT_EQ(line.find(" left: "), std::string::npos) << line;
  EXPECT_EQ(lines.back(), "");
}

TEST(ExploreProgress, IsShownOnATerminalAndGoneAtTheEnd) {
  const std::vector<std::string> command{program("bin/shadowtape"), "conform", "--target", "model", "--explore", "5", "--random", "3"};
  std::string written = onTerminal(command, {{"TERM", "xterm"}}, false);
  EXPECT_TRUE(std::regex_search(written, std::regex("\r[0-9]{4,6} sequences: [a-z]"))) << written;
  EXPECT_NE(written.find("\rrandom sequence 3 of 3"), std::string::npos) << written;
  EXPECT_EQ(linesOn(written), std::vector<std::string>{""}) << "nothing of it stays";
  EXPECT_EQ(onTerminal(command, {{"TERM", "dumb"}}, false), "");
}

TEST(CheckProgress, IsShownOnATerminalAndGoneAtTheEnd) {
  const std::vector<std::string> command{program("bin/shadowtape"), "check", "traces/samples/golden", "-j", "2"};
  std::string written = onTerminal(command, {{"TERM", "xterm"}}, false);
  EXPECT_NE(written.find("\r1 of 14, 0 red: traces/samples/golden/README.md"), std::string::npos) << written;
  auto lines = linesOn(written);
  ASSERT_EQ(lines.size(), 2u) << written;
  EXPECT_EQ(lines[0], "shadowtape: 10 files are no traces and were skipped");
  EXPECT_EQ(lines[1], "");
  EXPECT_EQ(run(command).err, lines[0] + "\n") << "no terminal";
}

TEST(ConformDefaultTarget, IsTheModelWithTheScenarioOfTheRecipe) {
  Ran ran = run({program("bin/shadowtape"), "conform", "--filter", "AS-021"});
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_TRUE(ran.out.starts_with("1 of 1 recipes ran against the default target: 1 PASS")) << ran.out;
  TemporaryFolder folder;
  ran = run({program("bin/shadowtape"), "conform", "--filter", "AS-021", "--choice", "waitTimedOut=pending", "--report", shownPath(folder / "report")});
  EXPECT_EQ(ran.exitCode, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find(": 1 FAIL"), std::string::npos) << ran.out;
}

// Nobody makes files in /proc, not even root.
TEST(ConformReportFolder, InWhichNoFileCanBeMadeIsSaidBeforeTheRun) {
  Ran ran = run({program("bin/shadowtape"), "conform", "--target", "model", "--filter", "AS-021", "--report", "/proc/self"});
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "shadowtape: /proc/self: no file can be made in this folder\n");
}

TEST(ConformJunit, IsXmlWhateverTheNamesOfFilesAre) {
  TemporaryFolder folder;
  auto known = folder / "caf\xE9.tsv", trace = folder / "caf\xE9 \xEF\xBF\xBF.vsst";
  std::ofstream(known, std::ios::binary) << "AS-021\tx \xC2\x85\t-\t2020-01-31\n";
  Ran ran = run({program("bin/shadowtape"), "conform", "--target", "model", "--filter", "AS-021", "--expect", known.string(), "--report", shownPath(folder / "report")});
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  std::filesystem::copy_file("traces/samples/golden/status.vsst", trace);
  std::ofstream(folder / "check.xml", std::ios::binary) << run({program("bin/shadowtape"), "check", trace.string(), "--format", "junit"}).out;
  for (auto file : {folder / "report" / "report.xml", folder / "check.xml"}) {
    EXPECT_NE(contentOf(file).find("caf�"), std::string::npos) << file;
    ran = run({"xmllint", "--noout", "--schema", "docs/schemas/junit.xsd", shownPath(file)});
    EXPECT_EQ(ran.exitCode, 0) << ran.err;
  }
}

TEST(ConformJunit, IsValidByItsSchema) {
  TemporaryFolder folder;
  Ran ran = run({program("bin/shadowtape"), "conform", "--target", shim("faults"), "--filter", "WS-0??", "--report", shownPath(folder / "faulty")}, {{"SHADOWTAPE_FAULT", "status-served-while-pending"}});
  ASSERT_EQ(ran.exitCode, 1) << ran.err;
  ran = run({"xmllint", "--noout", "--schema", "docs/schemas/junit.xsd", shownPath(folder / "faulty" / "report.xml")});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  Ran checked = run({program("bin/shadowtape"), "check", "traces/samples/golden/status.vsst", "--format", "junit"});
  std::ofstream(folder / "check.xml", std::ios::binary) << checked.out;
  ran = run({"xmllint", "--noout", "--schema", "docs/schemas/junit.xsd", shownPath(folder / "check.xml")});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  std::ofstream(folder / "wrong.xml", std::ios::binary) << "<testsuites name=\"x\"><testcase/></testsuites>";
  EXPECT_NE(run({"xmllint", "--noout", "--schema", "docs/schemas/junit.xsd", shownPath(folder / "wrong.xml")}).exitCode, 0) << "the schema sees what is wrong";
}

}  // namespace
}  // namespace vss::test
