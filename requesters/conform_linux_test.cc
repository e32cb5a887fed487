// `conform` against Wine's own VSS, whose factory answers E_NOTIMPL. From Linux, because Wine takes its overrides from here alone.
#include <gtest/gtest.h>

#include <regex>

#include "requesters/run.h"

namespace vss::test {
namespace {

TEST(ConformUnderWine, ItsOwnVssGetsACompleteReport) {
  ASSERT_TRUE(std::filesystem::exists("build/windows/bin/shadowtape.exe")) << "this test needs the Windows build: cmake --build --preset windows";
  TemporaryFolder folder;
  Ran ran = run({"cmake/wine.sh", "build/windows/bin/shadowtape.exe", "conform", "--target", "system", "--report", "Z:" + shownPath(folder / "report")},
                {{"WINEDLLOVERRIDES", "vssapi=b"}}, std::chrono::seconds(120));  // 48 s on a quiet machine
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  std::string json = contentOf(folder / "report" / "report.json");
  std::smatch recipes;
  ASSERT_TRUE(std::regex_search(json, recipes, std::regex("\"recipes\": ([0-9]+), \"ran\": ([0-9]+)"))) << json.substr(0, 500);
  EXPECT_EQ(recipes[1], recipes[2]);
  EXPECT_GT(std::stoi(recipes[1]), 200);
  // The factory breaks its own two rules; whatever needs an object says why it cannot be tried.
  EXPECT_NE(ran.out.find(recipes[2].str() + " recipes ran against system: 2 FAIL " + std::to_string(std::stoi(recipes[2]) - 2) + " NOT_TESTABLE"), std::string::npos)
      << ran.out.substr(0, 2000);
  EXPECT_NE(json.find("CreateVssBackupComponents returned E_NOTIMPL"), std::string::npos);
}

}  // namespace
}  // namespace vss::test
