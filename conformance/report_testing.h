// For tests: what other programs do with a report. TAP is held against its grammar.
#pragma once
#include <gtest/gtest.h>

#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "conformance/schema_testing.h"

namespace vss::test {

// The lines of TAP 14, https://testanything.org/tap-version-14-specification.html, as far as a producer without subtests may write them.
struct TapPoint { bool ok; std::string description, directive, reason, yaml; };
inline std::vector<TapPoint> tapPoints(const std::string& text) {
  std::vector<TapPoint> points;
  std::istringstream lines(text);
  std::string line;
  std::smatch match;
  EXPECT_TRUE(std::getline(lines, line) && line == "TAP version 14") << line;
  EXPECT_TRUE(std::getline(lines, line) && std::regex_match(line, match, std::regex(R"(1\.\.([0-9]+)(?: # SKIP .*)?)"))) << line;
  std::size_t plan = std::stoul(match[1]);
  bool inYaml = false;
  // A # behind a backslash belongs to the text.
  static const std::regex point(R"((not )?ok ([0-9]+) - ((?:[^#\\]|\\[#\\])*?)(?: # (SKIP|TODO) ((?:[^#\\]|\\[#\\])*))?)");
  while (std::getline(lines, line)) {
    if (inYaml) {
      EXPECT_TRUE(line.starts_with("  ")) << line;
      if (line == "  ...") inYaml = false;
      else points.back().yaml += line.substr(2) + "\n";
    } else if (line == "  ---" && !points.empty()) {
      EXPECT_TRUE(points.back().yaml.empty()) << "a point has one block";
      inYaml = true;
    } else if (std::regex_match(line, match, point)) {
      points.push_back({!match[1].matched, match[3], match[4], match[5], ""});
      EXPECT_EQ(std::stoul(match[2]), points.size());
    } else ADD_FAILURE() << "no line of TAP 14: " << line;
  }
  EXPECT_FALSE(inYaml);
  EXPECT_EQ(points.size(), plan);
  return points;
}

}  // namespace vss::test
