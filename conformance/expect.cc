#include "conformance/expect.h"

#include <fstream>

#include "conformance/catalogue.h"
#include "traces/platform.h"

namespace vss::conformance {
namespace {

bool isDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (std::size_t i = 0; i < 10; ++i)
    if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9')) return false;
  int month = (text[5] - '0') * 10 + text[6] - '0', day = (text[8] - '0') * 10 + text[9] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool isNothing(const std::string& cell) { return cell.empty() || cell == "-"; }

}  // namespace

Expectations::Expectations(const std::filesystem::path& file, std::string_view today) : today_(today) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw ExpectationsError(shownPath(file) + ": cannot be opened; --expect takes a file of expectations, and --write-expect makes one to fill in");
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    std::string where = shownPath(file) + ":" + std::to_string(number) + ": ";
    std::vector<std::string> cells{""};
    for (char c : line) {
      if (c == '\t') cells.emplace_back();
      else cells.back() += c;
    }
    if (cells[0] == "rule") continue;
    if (cells.size() > 4) throw ExpectationsError(where + "expected at most 4 cells between tabs: rule, reason, link, expires");
    cells.resize(4);
    Expected expected{cells[0], cells[1], cells[2], std::nullopt, number, false};
    const Rule* rule = Catalogue::builtIn().find(expected.what.substr(0, expected.what.find('.')));
    if (!rule) throw ExpectationsError(where + "\"" + expected.what + "\" is no rule of the catalogue; `shadowtape conform --list` lists them");
    if (isNothing(expected.reason)) throw ExpectationsError(where + expected.what + " has no reason; say why it is expected to fail");
    if (!isNothing(cells[3])) {
      if (!isDate(cells[3])) throw ExpectationsError(where + "\"" + cells[3] + "\" is no date; expected one such as 2027-01-31");
      expected.expires = cells[3];
    }
    for (const auto& other : lines_)
      if (other.what == expected.what) throw ExpectationsError(where + expected.what + " is expected in line " + std::to_string(other.line) + " already");
    lines_.push_back(std::move(expected));
  }
}

Expected* Expectations::find(std::string_view rule, std::string_view recipe) {
  Expected* found = nullptr;
  for (auto& line : lines_) {
    if (hasExpired(line)) continue;
    if (line.what == recipe) return &line;
    if (line.what == rule) found = &line;
  }
  return found;
}

std::string expectationsTemplate(const std::vector<std::string>& failing) {
  std::string text =
      "# What is known to fail. One line each, cells between tabs: the rule (or one of its recipes, WS-049.2); why; a link (or -);\n"
      "# the last day on which it is expected (or -). A line without a reason is an error. What passes although it is listed is red.\n"
      "rule\treason\tlink\texpires\n";
  for (const auto& what : failing) text += what + "\t-\t-\t-\n";
  return text;
}

}  // namespace vss::conformance
