// `conform` against the system's own VSS on Windows. Under Wine that is Wine's, which answers E_NOTIMPL to nearly everything.
#include <gtest/gtest.h>

#include <regex>

#include "requesters/run.h"

namespace vss::test {
namespace {

TEST(ConformOnWine, ItsOwnVssGetsACompleteReportInTwoMinutes) {
  TemporaryFolder folder;
  auto since = std::chrono::steady_clock::now();
  Ran ran = run({program("bin/shadowtape"), "conform", "--target", "system", "--report", shownPath(folder / "report")}, {{"WINEDLLOVERRIDES", "vssapi=b"}},
                std::chrono::seconds(300));
  EXPECT_LT(std::chrono::steady_clock::now() - since, std::chrono::seconds(120));
  EXPECT_EQ(ran.exitCode, 1) << "most of it is missing: " << ran.err;
  std::string json = contentOf(folder / "report" / "report.json");
  std::smatch recipes;
  ASSERT_TRUE(std::regex_search(json, recipes, std::regex("\"recipes\": ([0-9]+), \"ran\": ([0-9]+)"))) << json.substr(0, 500);
  EXPECT_EQ(recipes[1], recipes[2]) << "every recipe has a verdict";
  EXPECT_GT(std::stoi(recipes[1]), 200);
  std::map<std::string, int> verdicts;
  static const std::regex row("\"name\": \"[^\"]+\".*\"verdict\": \"([A-Z_]+)\".*");
  std::istringstream lines(json);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_search(line, match, row)) ++verdicts[match[1]];
  }
  int all = 0;
  for (const auto& [verdict, count] : verdicts) all += count, std::cout << verdict << " " << count << "\n";
  EXPECT_EQ(all, std::stoi(recipes[1]));
  EXPECT_GT(verdicts["NOT_TESTABLE"] + verdicts["NOT_APPLICABLE"], 100) << "what needs more than E_NOTIMPL";
  EXPECT_NE(json.find("E_NOTIMPL"), std::string::npos) << "and says why";
}

}  // namespace
}  // namespace vss::test
