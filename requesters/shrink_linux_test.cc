// Tests that `shadowtape shrink --emit-test` writes: whether they compile, on both platforms, and whether they are green and red where they should be.
#include <gtest/gtest.h>

#include "conformance/shrink/test_source.h"
#include "requesters/recorded.h"
#include "requesters/run.h"
#include "traces/trace_testing.h"

namespace vss::test {
namespace {

// The compiler's words, if it has any; the test programs need no more than what is installed.
std::string compiled(const std::filesystem::path& source, const std::filesystem::path& exe) {
  auto ran = run({"/usr/bin/c++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-I", shownPath(buildPath("include")), shownPath(source), shim("model"), "-lgtest", "-lgtest_main", "-o", shownPath(exe)}, {},
                 std::chrono::seconds(120));
  return ran.exitCode == 0 ? ran.err : "exit code " + std::to_string(ran.exitCode) + "\n" + ran.err;
}
Ran against(const std::string& room, const std::filesystem::path& exe, Environment environment = {}) {
  environment.emplace_back("LD_LIBRARY_PATH", shownPath(buildPath(room)));
  return run({shownPath(exe)}, environment, std::chrono::seconds(30));
}

// The same for Windows; nullopt: there is no Windows build beside this one.
std::optional<std::string> compiledForWindows(const std::filesystem::path& source, const std::filesystem::path& exe) {
  auto libraries = buildPath("../deps/windows/lib");
  if (!std::filesystem::exists(libraries / "libgtest_main.a")) return std::nullopt;
  auto ran = run({"/usr/bin/x86_64-w64-mingw32-g++-posix", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-idirafter", "/usr/src/googletest/googletest/include", shownPath(source), "-L", shownPath(libraries),
                  "-lgtest_main", "-lgtest", "-lvssapi", "-lole32", "-loleaut32", "-static", "-o", shownPath(exe)}, {}, std::chrono::seconds(120));
  return ran.exitCode == 0 ? ran.err : "exit code " + std::to_string(ran.exitCode) + "\n" + ran.err;
}

// What a requester did, as a test: every call, the last one judged as it was answered.
TEST(EmittedTest, OfEveryKindOfCallCompilesAndIsGreenOnWhatAnswered) {
  TemporaryFolder folder;
  auto document = shownPath(folder / "document.xml");
  std::vector<std::vector<std::string>> commands{{"backup", "-d", document}, {"restore", document}, {"query"}, {"orders"}};
  if (std::getenv("SHADOWTAPE_LONG")) commands.push_back({"out_of_order"});  // of the same methods
  for (auto command : commands) {
    std::string name = command[0];
    SCOPED_TRACE(name);
    auto trace = folder / (name + ".vsst");
    command[0] = program("requesters/" + name);
    auto ran = run(recording(trace, command), {}, std::chrono::seconds(30));
    ASSERT_TRUE(std::filesystem::exists(trace)) << ran.err;
    TraceReader reader(trace);
    auto calls = loadCalls(reader).calls;
    ASSERT_GE(calls.size(), 10u) << ran.err;
    conformance::SessionTest test{.name = name, .comment = {name}, .calls = calls, .judged = calls.size() - 1};
    auto source = folder / (name + ".cc"), exe = folder / name;
    std::ofstream(source, std::ios::binary) << printGoogleTest(test);
    ASSERT_EQ(compiled(source, exe), "") << contentOf(source);
    auto green = against("model", exe);
    EXPECT_EQ(green.exitCode, 0) << green.out << contentOf(source);
    if (name == "orders" || name == "out_of_order") continue;   // of the same methods
    auto windows = compiledForWindows(source, folder / (name + ".exe"));
    if (windows) { EXPECT_EQ(*windows, "") << contentOf(source); }
  }
}

TEST(EmittedTest, IsRedOnWhatBreaksTheRuleAndGreenOnTheModel) {
  TemporaryFolder folder;
  auto field = folder / "field.vsst", source = folder / "short.cc", exe = folder / "short";
  Environment fault{{"SHADOWTAPE_FAULT", "metadata-count-says-s-false"}};
  run({program("bin/shadowtape"), "record", "-o", shownPath(field), "--target", shim("faults"), "--", program("requesters/orders")}, fault);
  auto ran = run({program("bin/shadowtape"), "shrink", shownPath(field), "--rule", "MD-009", "-o", shownPath(folder / "short.vsst"), "--emit-test", shownPath(source)});
  ASSERT_EQ(ran.exitCode, 0) << ran.err;
  ASSERT_EQ(compiled(source, exe), "") << contentOf(source);
  auto red = against("faults", exe, fault);
  EXPECT_EQ(red.exitCode, 1) << red.err;
  EXPECT_NE(red.out.find("[  FAILED  ] Shrunk.MD_009"), std::string::npos) << red.out;
  EXPECT_EQ(red.out.find("GatherWriterMetadata"), std::string::npos) << "it fails at the last call: " << red.out;
  EXPECT_EQ(against("model", exe).exitCode, 0);
}

TEST(EmittedTest, OfADifferenceIsRedOnWhatDiffersAlone) {
  TemporaryFolder folder;
  auto trace = folder / "good.vsst", source = folder / "short.cc", exe = folder / "short";
  run(recording(trace, {program("requesters/status_loop"), "-n", "3"}));
  for (auto [fault, says] : {std::pair("one-writer-too-few", "[  FAILED  ] Shrunk.GetWriterStatusCount"), std::pair("name-not-freeable", "")}) {
    Environment environment{{"SHADOWTAPE_FAULT", fault}};
    auto ran = run({program("bin/shadowtape"), "shrink", shownPath(trace), "--target", shim("faults"), "-o", shownPath(folder / "short.vsst"), "--emit-test", shownPath(source)}, environment);
    ASSERT_EQ(ran.exitCode, 0) << ran.err;
    ASSERT_EQ(compiled(source, exe), "") << contentOf(source);
    auto red = against("faults", exe, environment);
    EXPECT_NE(red.exitCode, 0) << fault;
    EXPECT_NE(red.out.find(says), std::string::npos) << red.out;
    EXPECT_EQ(against("model", exe).exitCode, 0) << fault;
  }
}

// What is said by ids, by an element of an array, and by a call that takes a structure.
TEST(EmittedTest, OfIdsElementsAndStructuresIsRedOnWhatIsWrongAlone) {
  TemporaryFolder folder;
  auto source = folder / "short.cc", exe = folder / "short", field = folder / "field.vsst";
  struct Case { const char *fault, *requester, *rule, *says; };
  for (auto [fault, requester, rule, says] : {Case{"set-without-id", "orders", "", "Shrunk.StartSnapshotSet"}, Case{"enumerated-copies-not-created", "query", "QU-021", "Shrunk.QU_021"}, Case{"freed-info-says-s-false", "backup", "OW-011", "Shrunk.OW_011"}}) {
    SCOPED_TRACE(fault);
    Environment environment{{"SHADOWTAPE_FAULT", fault}};
    bool byRule = *rule;
    std::vector<std::string> command{program(std::string("requesters/") + requester)};
    if (std::string_view(requester) == "backup") command.insert(command.end(), {"-d", shownPath(folder / "document.xml")});
    std::vector<std::string> record{program("bin/shadowtape"), "record", "-o", shownPath(field), "--target", shim(byRule ? "faults" : "model"), "--"};
    record.insert(record.end(), command.begin(), command.end());
    run(record, environment);
    std::vector<std::string> shrink{program("bin/shadowtape"), "shrink", shownPath(field), "-o", shownPath(folder / "short.vsst"), "--emit-test", shownPath(source)};
    if (byRule) shrink.insert(shrink.end(), {"--rule", rule});
    else shrink.insert(shrink.end(), {"--target", shim("faults")});
    auto ran = run(shrink, environment, std::chrono::seconds(60));
    ASSERT_EQ(ran.exitCode, 0) << ran.err;
    ASSERT_EQ(compiled(source, exe), "") << contentOf(source);
    auto red = against("faults", exe, environment);
    EXPECT_EQ(red.exitCode, 1) << red.err << contentOf(source);
    EXPECT_NE(red.out.find(std::string("[  FAILED  ] ") + says), std::string::npos) << red.out;
    auto green = against("model", exe);
    EXPECT_EQ(green.exitCode, 0) << green.out << contentOf(source);
    std::filesystem::remove(field);
  }
}

TEST(EmittedTest, OfAnExplorationIsRedOnWhatWasExplored) {
  TemporaryFolder folder;
  for (auto [fault, says] : {std::pair("count-before-gather-is-zero", "[  FAILED  ] Shrunk.GetWriterStatusCount"), std::pair("gather-says-s-false", "[  FAILED  ] Shrunk.GatherWriterStatus")}) {
    Environment environment{{"SHADOWTAPE_FAULT", fault}};
    auto report = folder / fault;
    auto explored = run({program("bin/shadowtape"), "conform", "--target", shim("faults"), "--explore", "2", "--report", shownPath(report)}, environment, std::chrono::seconds(120));
    ASSERT_EQ(explored.exitCode, 1) << explored.err;
    auto source = report / "disagreement-1.cc", exe = report / "disagreement-1";
    ASSERT_EQ(compiled(source, exe), "") << contentOf(source);
    auto red = against("faults", exe, environment);
    EXPECT_EQ(red.exitCode, 1) << red.err;
    EXPECT_NE(red.out.find(says), std::string::npos) << red.out << contentOf(source);
    EXPECT_EQ(against("model", exe).exitCode, 0) << contentOf(source);
  }
}

}  // namespace
}  // namespace vss::test
