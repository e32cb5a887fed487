// `conform` against Wine's own VSS, whose factory answers E_NOTIMPL. From Linux, because Wine takes its overrides from here alone.
#include <gtest/gtest.h>

#include <regex>

#include "requesters/run.h"

namespace vss::test {
namespace {

TEST(ConformUnderWine, ItsOwnVssGetsACompleteReport) {
  ASSERT_TRUE(std::filesystem::exists("build/windows/bin/shadowtape.exe")) << "this test needs the Windows build: cmake --build --preset windows";
  TemporaryFolder folder;
  // All take 50 s: without --long the family that has most of the recipes which need no object.
  const bool whole = std::getenv("SHADOWTAPE_LONG");
  Ran ran = run({"cmake/wine.sh", "build/windows/bin/shadowtape.exe", "conform", "--target", "system", "--filter", whole ? "*" : "IN-*", "--report",
                 "Z:" + shownPath(folder / "report")}, {{"WINEDLLOVERRIDES", "vssapi=b"}}, std::chrono::seconds(120));
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  std::string json = contentOf(folder / "report" / "report.json");
  std::smatch recipes;
  ASSERT_TRUE(std::regex_search(json, recipes, std::regex("\"recipes\": ([0-9]+), \"ran\": ([0-9]+)"))) << json.substr(0, 500);
  EXPECT_EQ(recipes[1], recipes[2]);
  EXPECT_GT(std::stoi(recipes[1]), whole ? 200 : 20);
  // Six recipes need no object: the factory's own two, and those of the other functions, two of which are of this family. Whatever needs one says why it cannot be tried.
  EXPECT_TRUE(std::regex_search(ran.out, std::regex(recipes[2].str() + " recipes ran against system: .*FAIL .*" + std::to_string(std::stoi(recipes[2]) - (whole ? 6 : 4)) + " NOT_TESTABLE")))
      << ran.out.substr(0, 2000);
  EXPECT_NE(json.find("CreateVssBackupComponents returned E_NOTIMPL"), std::string::npos);
}

}  // namespace
}  // namespace vss::test
