// Faulty implementations as real libraries, judged by the real command: as the table says that was made in one process.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <span>

#include "requesters/run.h"

namespace vss::test {
namespace {

using Red = std::map<std::string, std::string>;  // recipe, verdict

std::map<std::string, Red> goldenTable() {
  std::map<std::string, Red> table;
  std::istringstream lines(contentOf("conformance/faults/golden.tsv"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    std::string fault, verdict;
    std::getline(cells, fault, '\t'), std::getline(cells, verdict, '\t');
    for (std::string recipe; cells >> recipe;) table[fault][recipe] = verdict;
  }
  return table;
}

Ran conform(std::vector<std::string> arguments, const std::string& fault) {
  arguments.insert(arguments.begin(), {program("bin/shadowtape"), "conform", "--target", shim("faults")});
  return run(arguments, {{"SHADOWTAPE_FAULT", fault}}, std::chrono::seconds(300));
}

TEST(FaultyLibrary, IsJudgedAsTheTableSays) {
  struct Row { const char *fault, *filter, *recipe; };
  static constexpr Row kChosen[] = {
      {"index-n-accepted", "WS-049*", "WS-049.2"},            {"query-interface-loses-identity", "IN-03?", "IN-036"},
      {"async-slots-shifted", "AS-004", "AS-004"},            {"null-output-written-through", "WS-05?", "WS-052"},
      {"document-cut-short", "OW-01?", "OW-018"},             {"release-count-off-by-one", "AS-00?", "AS-001"},
      {"status-served-while-pending", "WS-04?", "WS-046"},    {"uninitialized-says-unexpected", "AR-01?", "AR-012"},
      {"reverts-blocked", "IN-04?", "IN-043"},                {"usage-not-saved", "MD-06?", "MD-066"},
  };
  std::span<const Row> chosen = kChosen;
#if defined(_WIN32)
  if (!std::getenv("SHADOWTAPE_LONG")) chosen = chosen.first(5);   // those that are about memory: a start takes ten times as long
#endif
  auto table = goldenTable();
  static const std::regex row("\"name\": \"([^\"]+)\".*\"verdict\": \"([A-Z_]+)\", \"red\": true");
  for (const auto& [fault, filter, recipe] : chosen) {
    Ran ran = conform({"--filter", filter, "--format", "json"}, fault);
    EXPECT_EQ(ran.exitCode, 1) << fault << ran.err;
    Red red;
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);)
      if (std::smatch match; std::regex_search(line, match, row)) red[match[1]] = match[2];
    EXPECT_TRUE(red.count(recipe)) << fault << " does not turn " << recipe << " red\n" << ran.out;
    for (const auto& [name, verdict] : red) EXPECT_EQ(table[fault][name], verdict) << fault << ": " << name;
  }
}

TEST(FaultyLibrary, WithoutAFaultSaysWhichThereAre) {
  for (std::string fault : {"", "no-such-fault"}) {
    TemporaryFolder folder;
    Ran ran = conform({"--filter", "IN-001", "--report", shownPath(folder / "report")}, fault);
    EXPECT_EQ(ran.exitCode, 1) << ran.out << ran.err;
    EXPECT_NE(ran.out.find("VSS_E_UNEXPECTED"), std::string::npos) << ran.out;
    std::string said = contentOf(folder / "report" / "IN-001.txt");
    EXPECT_EQ(said.find("shadowtape faults: SHADOWTAPE_FAULT " + (fault.empty() ? std::string("names no fault") : "is " + fault) + "; it is one of:"), 0u) << said;
    EXPECT_NE(said.find("\n  index-n-accepted: The index behind the last is the last."), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace vss::test
