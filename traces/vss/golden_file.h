// For tests: a text of ours against a committed file. With BLESS=1 in the environment the file is written anew instead, and the commit says
// why its lines changed.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace vss::test {

// Lines of one text that the other has not, in order.
inline std::vector<std::string> linesOnlyIn(const std::string& text, const std::string& other) {
  auto linesOf = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  };
  std::vector<std::string> only, theirs = linesOf(other);
  std::sort(theirs.begin(), theirs.end());
  for (auto& line : linesOf(text)) {
    auto [begin, end] = std::equal_range(theirs.begin(), theirs.end(), line);
    if (begin == end) only.push_back(std::move(line));
    else theirs.erase(begin);
  }
  return only;
}

// Tells only what differs, so that a log can be read: of a long line its start, and the part from shortly before the first difference.
inline ::testing::AssertionResult isGolden(const std::string& path, const std::string& now) {
  if (std::getenv("BLESS")) std::ofstream(path, std::ios::binary) << now;
  std::ifstream file(path, std::ios::binary);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  if (golden == now) return ::testing::AssertionSuccess();
  constexpr std::size_t kShownLines = 20, kBefore = 60, kShown = 400;
  auto missing = linesOnlyIn(golden, now), added = linesOnlyIn(now, golden);
  auto result = ::testing::AssertionFailure() << path << " is not what the code says now; BLESS=1 writes it anew\n";
  if (missing.empty() && added.empty()) return result << "the same lines in another order, or another end\n";
  for (std::size_t i = 0; i < std::max(missing.size(), added.size()); ++i) {
    if (i == kShownLines) return result << "and so on: " << missing.size() << " lines are gone, " << added.size() << " are new\n";
    std::size_t at = 0;
    if (i < missing.size() && i < added.size()) at = std::mismatch(missing[i].begin(), missing[i].end(), added[i].begin(), added[i].end()).first - missing[i].begin();
    bool cut = at > 2 * kBefore;
    for (auto [sign, lines] : {std::pair("- ", &missing), {"+ ", &added}})
      if (i < lines->size()) result << sign << (cut ? (*lines)[i].substr(0, kBefore) + " … " : "") << (*lines)[i].substr(cut ? at - kBefore : 0, kShown) << "\n";
  }
  return result;
}

// The same for the tables in a page: each stands between <!-- NAME --> and <!-- end -->, and the rest of the page is whoever writes it.
inline ::testing::AssertionResult hasGoldenTables(const std::string& path, const std::vector<std::pair<std::string, std::string>>& tables) {
  std::ifstream in(path, std::ios::binary);
  std::string page{std::istreambuf_iterator<char>(in), {}};
  for (const auto& [name, text] : tables) {
    std::string head = "<!-- " + name + " -->\n";
    auto start = page.find(head), end = page.find("<!-- end -->", start);
    if (start == page.npos || end == page.npos) return ::testing::AssertionFailure() << path << " has no place for the table " << name;
    page.replace(start + head.size(), end - start - head.size(), text);
  }
  return isGolden(path, page);
}

}  // namespace vss::test
