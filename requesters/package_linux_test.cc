// What an implementer gets: the installed package, and the example that is built with it by the three commands of its README.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "requesters/run.h"

namespace vss::test {
namespace {

const char kExample[] = "docs/examples/conformance";

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class ConformancePackage : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    place = new TemporaryFolder;
    Ran ran = run({"cmake", "--install", shownPath(buildPath("")), "--prefix", shownPath(installed())});
    ASSERT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  }
  static void TearDownTestSuite() { delete place; }

  static std::filesystem::path installed() { return *place / "installed"; }
  static std::filesystem::path example() { return *place / "example"; }
  static Ran shell(const std::filesystem::path& folder, const std::string& command, Environment environment = {}) {
    environment.emplace_back("CMAKE_GENERATOR", "Ninja");
    return run({"sh", "-c", "cd '" + shownPath(folder) + "' && " + command}, environment, std::chrono::seconds(120));
  }
  // The README's commands, with this package in the place of /opt/shadowtape.
  static std::vector<std::string> commands() {
    std::vector<std::string> found;
    bool inside = false;
    for (auto line : linesOf(contentOf(std::filesystem::path(kExample) / "README.md"))) {
      if (line.starts_with("```")) inside = line == "```sh";
      else if (inside) found.push_back(std::regex_replace(line, std::regex("/opt/shadowtape"), shownPath(installed())));
    }
    return found;
  }
  // The example as it is, or with another main.cc.
  static void build(const std::filesystem::path& folder, const std::string& main = "") {
    std::filesystem::copy(kExample, folder, std::filesystem::copy_options::recursive);
    if (!main.empty()) std::ofstream(folder / "main.cc") << main;
    for (int i : {0, 1}) {
      Ran ran = shell(folder, commands()[static_cast<std::size_t>(i)]);
      ASSERT_EQ(ran.exitCode, 0) << ran.out << ran.err;
    }
  }
  static Ran runExample(const std::string& filter, Environment environment = {}) {
    if (!std::filesystem::exists(example())) build(example());
    environment.emplace_back("GTEST_FILTER", filter);
    return shell(example(), commands().at(2), environment);
  }
  static void contains(const Ran& ran, std::initializer_list<const char*> texts) {
    for (const char* text : texts) EXPECT_NE(ran.out.find(text), std::string::npos) << "\"" << text << "\" is not in:\n" << ran.out << ran.err;
  }

  static inline TemporaryFolder* place = nullptr;
};

TEST_F(ConformancePackage, TheReadmeIsThreeCommandsAndTheirVerdictsAreThoseOfConform) {
  ASSERT_EQ(commands().size(), 3u);
  auto xml = shownPath(*place / "example.xml");
  Ran ran = runExample("WS.04*:AS.02*:IN.03*:IN.04*", {{"GTEST_OUTPUT", "xml:" + xml}});
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  contains(ran, {"[       OK ] WS.049.2", ", by the requirements of ", "executed MUSTs (100.0 %)", "was handed over without IsVolumeSnapshotted"});
  std::map<std::string, std::string> verdicts;
  std::string content = contentOf(xml);
  static const std::regex one("<testcase name=\"([^\"]+)\"[^>]* classname=\"([A-Z]+)\"[^>]*>(?:(?!</testcase>)[^])*?"
                              "<property name=\"verdict\" value=\"([A-Z_]+)\"");
  for (std::sregex_iterator it(content.begin(), content.end(), one), end; it != end; ++it) verdicts[(*it)[2].str() + "-" + (*it)[1].str()] = (*it)[3];
  EXPECT_GE(verdicts.size(), 40u) << content.substr(0, 2000);
  Ran conform = run({program("bin/shadowtape"), "conform", "--target", "model", "--format", "json", "--filter", "WS-04*"});
  static const std::regex row("\"name\": \"([^\"]+)\".*\"verdict\": \"([A-Z_]+)\"");
  int compared = 0;
  for (const auto& line : linesOf(conform.out))
    if (std::smatch match; std::regex_search(line, match, row)) {
      EXPECT_EQ(verdicts[match[1]], match[2]) << line;
      ++compared;
    }
  EXPECT_GE(compared, 15) << conform.out;
}

TEST_F(ConformancePackage, WhatIsWrongFailsWithWhatAnImplementerNeeds) {
  Environment faulty{{"LD_LIBRARY_PATH", shownPath(buildPath("faults"))}, {"SHADOWTAPE_FAULT", "index-wraps-around"}};
  Ran ran = runExample("WS.049.*", faulty);
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  contains(ran, {"FAIL WS-049.2 (must) @B3 > GatherWriterStatus* > GetWriterStatusCount > GetWriterStatus(n)\n  expected  {VSS_E_OBJECT_NOT_FOUND}\n  seen  ",
                 "  advice    An index that is out of range", "  source    IVssBackupComponents::GetWriterStatus; evidence WS-049.2.vsst", "kept 0 of 3 executed MUSTs"});
  std::smatch kept;
  ASSERT_TRUE(std::regex_search(ran.out, kept, std::regex("evidence: (/.*)\n")));
  EXPECT_EQ(run({program("bin/shadowtape"), "check", "--rules", "WS-049", kept[1].str() + "/WS-049.2.vsst"}).exitCode, 1) << "the evidence shows it";
  std::filesystem::remove_all(kept[1].str());
}

// One program, wrong in each way that BROKEN names; its options come by the environment.
const char kBroken[] = R"(#include <shadowtape/conformance.h>
#include <cstdlib>
#include <cstring>
#include <thread>
static bool is(const char* how) { const char* broken = std::getenv("BROKEN"); return broken && !std::strcmp(broken, how); }
static std::string option(const char* name) { const char* value = std::getenv(name); return value ? value : ""; }
static HRESULT SHADOWTAPE_CALL create(IVssBackupComponents** ppBackup) {
  if (is("refuses")) return E_ACCESSDENIED;
  if (is("crashes")) *static_cast<volatile int*>(nullptr) = 1;
  if (is("hangs")) for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
  return CreateVssBackupComponents(ppBackup);
}
static void* exported(const char* name) { return std::strcmp(name, "IsVolumeSnapshotted") ? nullptr : reinterpret_cast<void*>(&IsVolumeSnapshotted); }
int main(int argc, char** argv) try {
  if (is("leaves early") && std::getenv("SHADOWTAPE_RECIPE")) return 0;
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2 || std::strcmp(argv[1], "an argument of its own")) return 9;
  shadowtape::registerConformanceTests({&create, &exported}, {option("SUITES"), option("REVISION"), option("EXPECT"), option("REPORT"), is("hangs") ? 500u : 10000u});
  return RUN_ALL_TESTS();
} catch (const std::exception& e) { std::cout << e.what() << "\n"; return 8; }
)";

class ConformanceOfABrokenFactory : public ConformancePackage {
 protected:
  static Ran runBroken(const std::string& arguments, const Environment& environment) {
    auto folder = *place / "broken";
    if (!std::filesystem::exists(folder)) build(folder, kBroken);
    Ran ran = shell(folder, "build/my_conformance 'an argument of its own' " + arguments, environment);
    std::smatch kept;
    if (std::regex_search(ran.out, kept, std::regex("evidence: (.*shadowtape-conformance-.*)\n"))) std::filesystem::remove_all(kept[1].str());
    return ran;
  }
};

TEST_F(ConformanceOfABrokenFactory, AFactoryThatRefusesCrashesOrHangsIsOneTestsFailureAndTheRunGoesOn) {
  Ran ran = runBroken("--gtest_filter=WS.049.1:WS.023", {{"BROKEN", "refuses"}});
  EXPECT_EQ(ran.exitCode, 1);
  contains(ran, {"NOT_TESTABLE WS-049.1 (must)", "seen      CreateVssBackupComponents returned E_ACCESSDENIED", "kept 0 of 0 executed MUSTs"});
  ran = runBroken("--gtest_filter=WS.049.*", {{"BROKEN", "crashes"}});
  EXPECT_EQ(ran.exitCode, 1);
  contains(ran, {"ERROR WS-049.1 (must)", "the target's process died: signal 11", "ERROR WS-049.3 (must)"});
  ran = runBroken("--gtest_filter=WS.049.1", {{"BROKEN", "hangs"}});
  EXPECT_EQ(ran.exitCode, 1);
  contains(ran, {"ERROR WS-049.1 (must)", "did not come back within 500 ms"});
  ran = runBroken("--gtest_filter=WS.049.1", {{"BROKEN", "leaves early"}});
  EXPECT_EQ(ran.exitCode, 1);
  contains(ran, {"ERROR WS-049.1 (must)", "the program, started again for this test alone, ended before it; what it printed is in "});
  ran = runBroken("--gtest_filter=WS.049.1:IN.04*", {});
  EXPECT_EQ(ran.exitCode, 0) << ran.out;
  EXPECT_EQ(ran.out.find("without IsVolumeSnapshotted"), std::string::npos) << "it was handed over";
  contains(ran, {"[       OK ] IN.041", "was handed over without ShouldBlockRevert"});
}

TEST_F(ConformanceOfABrokenFactory, OptionsAreThoseOfConform) {
  Ran ran = runBroken("--gtest_filter=Mine/WS.049.1", {{"SUITES", "Mine"}, {"REPORT", shownPath(*place / "report")}, {"REVISION", "2026-12"}});
  EXPECT_EQ(ran.exitCode, 0) << ran.out;
  contains(ran, {"[       OK ] Mine/WS.049.1", ", by the requirements of 2026-12\n", "evidence: "});
  EXPECT_NE(contentOf(*place / "report" / "report.json").find("\"name\": \"WS-049.1\""), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(*place / "report" / "WS-049.1.vsst"));
  ran = runBroken("", {{"REVISION", "1999-01"}});
  EXPECT_EQ(ran.exitCode, 8);
  EXPECT_EQ(ran.out.find("shadowtape: --revision 1999-01: there is no such revision, nor such a file; there are: 2026-12"), 0u) << ran.out;
  auto known = shownPath(*place / "known.tsv");
  std::ofstream(known) << "WS-049.1\tthe factory is broken\t-\t-\n";
  ran = runBroken("--gtest_filter=WS.049.1", {{"BROKEN", "refuses"}, {"EXPECT", known}});
  EXPECT_EQ(ran.exitCode, 0) << ran.out;
  contains(ran, {"XFAIL CreateVssBackupComponents returned E_ACCESSDENIED; expected: the factory is broken", "[  SKIPPED ] WS.049.1"});
  ran = runBroken("--gtest_filter=WS.049.1", {{"EXPECT", known}});
  EXPECT_EQ(ran.exitCode, 1);
  contains(ran, {"XPASS WS-049.1", "STALE "});
}

TEST_F(ConformanceOfABrokenFactory, ShardsAndADebuggerSeeTheSameTests) {
  int recipes = 0;
  for (const char* shard : {"0", "1"}) {
    Ran ran = runBroken("--gtest_filter=WS.04*", {{"GTEST_TOTAL_SHARDS", "2"}, {"GTEST_SHARD_INDEX", shard}});
    EXPECT_EQ(ran.exitCode, 0) << ran.out;
    std::smatch ranOf;
    ASSERT_TRUE(std::regex_search(ran.out, ranOf, std::regex("\n([0-9]+) of [0-9]+ recipes ran")));
    EXPECT_GT(std::stoi(ranOf[1]), 0);
    recipes += std::stoi(ranOf[1]);
  }
  Ran whole = runBroken("--gtest_filter=WS.04* --gtest_list_tests", {});
  EXPECT_EQ(recipes, std::count(whole.out.begin(), whole.out.end(), '\n') - 1) << whole.out;
  Ran ran = runBroken("--gtest_filter=WS.049.1", {{"SHADOWTAPE_IN_PROCESS", "1"}});
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  contains(ran, {"[       OK ] WS.049.1"});
}

TEST_F(ConformancePackage, TheLibraryShowsNothingOfWhatIsInside) {
  std::set<std::string> shown;
  Ran ran = run({"nm", "-D", "--defined-only", "--format=just-symbols", shownPath(installed() / "lib" / "libshadowtape_conformance.so")});
  for (const auto& line : linesOf(ran.out)) shown.insert(line);
  EXPECT_TRUE(shown.count("ShadowtapeRunRecipe")) << ran.out << ran.err;
  for (const auto& name : shown) EXPECT_TRUE(std::regex_match(name, std::regex("(Shadowtape|Sys|CoTaskMem)[A-Za-z]+"))) << name;
  ran = run({"nm", shownPath(buildPath("package/libshadowtape_conformance.so"))});
  EXPECT_GT(ran.out.size(), 10000u) << ran.err;
  EXPECT_EQ(ran.out.find("7testing"), std::string::npos) << "a GoogleTest beside the program's own";
  ran = run({"readelf", "-d", shownPath(installed() / "lib" / "libshadowtape_conformance.so")});
  std::set<std::string> needed;
  static const std::regex one("Shared library: \\[([^\\]]+)\\]");
  for (std::sregex_iterator it(ran.out.begin(), ran.out.end(), one), end; it != end; ++it) needed.insert((*it)[1]);
  for (const auto& library : needed) EXPECT_TRUE(library.starts_with("libc.so") || library.starts_with("libm.so") || library.starts_with("ld-linux")) << library;
}

// docs/abi.md lists what the drop-in exports.
TEST_F(ConformancePackage, TheModelExportsWhatTheAbiPageSays) {
  std::set<std::string> shown, said;
  Ran ran = run({"nm", "-D", "--defined-only", "--format=just-symbols", shownPath(installed() / "lib/shadowtape/model/libvssapi.so")});
  for (const auto& line : linesOf(ran.out)) shown.insert(line);
  std::string page = contentOf("docs/abi.md");
  auto start = page.find("<!-- exports -->"), end = page.find("<!-- end -->", start);
  ASSERT_NE(end, page.npos);
  std::string list = page.substr(start, end - start);
  static const std::regex one("`([A-Za-z]+)`");
  for (std::sregex_iterator it(list.begin(), list.end(), one), none; it != none; ++it) said.insert((*it)[1]);
  for (const char* both : {"CreateVssBackupComponents", "CreateVssExamineWriterMetadata", "IsVolumeSnapshotted", "ShouldBlockRevert", "VssFreeSnapshotProperties"})
    said.insert(std::string(both) + "Internal");
  said.erase("Internal");
  EXPECT_EQ(shown, said);
}

// A requester needs the headers and a library, and no GoogleTest.
TEST_F(ConformancePackage, ItsPartsAreFoundAlone) {
  auto folder = *place / "requester";
  std::filesystem::create_directories(folder);
  for (const char* file : {"status_loop.cc", "vss_platform.h"}) std::filesystem::copy_file(std::filesystem::path("requesters") / file, folder / file);
  std::ofstream(folder / "CMakeLists.txt") << "cmake_minimum_required(VERSION 3.21)\nproject(Requester LANGUAGES CXX)\n"
                                              "find_package(Shadowtape 0.1 REQUIRED COMPONENTS ${part})\n"
                                              "if(TARGET GTest::gtest)\n  message(FATAL_ERROR \"GoogleTest was looked for\")\nendif()\n"
                                              "add_executable(status_loop status_loop.cc)\ntarget_link_libraries(status_loop Shadowtape::model)\n";
  std::string configure = "cmake -S . -B build -DCMAKE_PREFIX_PATH=" + shownPath(installed()) + " -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON -Dpart=";
  Ran ran = shell(folder, configure + "model && cmake --build build && build/status_loop");
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  contains(ran, {"0 1 0x00000000 'Task Scheduler Writer'"});
  ran = shell(folder, configure + "modle");
  EXPECT_NE(ran.exitCode, 0);
  EXPECT_NE(ran.err.find("Shadowtape has no component modle; there are api, model and conformance"), std::string::npos) << ran.err;
}

TEST(ConformancePackageForWindows, TheExampleIsBuiltByMingwAndRunsUnderWine) {
  if (!std::filesystem::exists(buildPath("../windows/package/libshadowtape_conformance.dll"))) GTEST_SKIP() << "there is no Windows build beside this one";
  TemporaryFolder folder;
  std::string installed = shownPath(folder / "installed"), libraries = shownPath(std::filesystem::weakly_canonical(buildPath("../deps/windows"))), build = shownPath(folder / "build");
  for (const auto& command : {std::vector<std::string>{"cmake", "--install", shownPath(buildPath("../windows")), "--prefix", installed},
                              {"cmake", "-S", kExample, "-B", build, "-G", "Ninja", "-DCMAKE_SYSTEM_NAME=Windows", "-DCMAKE_CXX_COMPILER=x86_64-w64-mingw32-g++-posix", "-DCMAKE_EXE_LINKER_FLAGS=-static",
                               "-DCMAKE_PREFIX_PATH=" + installed + ";" + libraries, "-DCMAKE_FIND_ROOT_PATH=" + installed + ";" + libraries},
                              {"cmake", "--build", build}}) {
    Ran ran = run(command, {}, std::chrono::seconds(120));
    ASSERT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  }
  Ran ran = run({"cmake/wine.sh", build + "/my_conformance.exe", "--gtest_filter=WS.04*"}, {}, std::chrono::seconds(120));
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("executed MUSTs (100.0 %)"), std::string::npos) << ran.out;
}

}  // namespace
}  // namespace vss::test
