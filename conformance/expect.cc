#include "conformance/expect.h"

#include <chrono>
#include <fstream>
#include <functional>
#include <set>

#include "conformance/catalogue.h"
#include "conformance/runner.h"
#include "traces/platform.h"
#include "traces/vss/text.h"

namespace vss::conformance {
namespace {

bool isDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (std::size_t i = 0; i < 10; ++i)
    if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9')) return false;
  auto number = [&](std::size_t at, std::size_t digits) { return static_cast<unsigned>(std::stoul(std::string(text.substr(at, digits)))); };
  using namespace std::chrono;
  return year_month_day(year(static_cast<int>(number(0, 4))), month(number(5, 2)), day(number(8, 2))).ok();
}

// Why no recipe could ever be judged by a line for that; empty: one can.
std::string neverMet(const std::string& what) {
  static const std::set<std::string, std::less<>> names = [] {
    std::set<std::string, std::less<>> all;
    for (const auto& named : namedRecipes(Catalogue::builtIn())) all.insert({named.name, named.rule->id});
    return all;
  }();
  if (names.count(what)) return "";
  if (!Catalogue::builtIn().find(what.substr(0, what.find('.')))) return "\"" + what + "\" is no rule of the catalogue; `shadowtape conform --list` lists them";
  if (what.find('.') != what.npos) return "\"" + what + "\" is no recipe; `shadowtape conform --list` lists them";
  return what + " is not judged by calls, so no recipe can fail by it; docs/catalogue.md says why";
}

bool isNothing(const std::string& cell) { return cell.empty() || cell == "-"; }

}  // namespace

Expectations::Expectations(const std::filesystem::path& file, std::string_view today) : today_(today) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw ExpectationsError(shownPath(file) + ": cannot be opened; --expect takes a file of expectations, and --write-expect makes one to fill in");
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (number == 1) line = withoutByteOrderMark(line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::string where = shownPath(file) + ":" + std::to_string(number) + ": ";
    if (plainUtf8(line) != line) throw ExpectationsError(where + "is not UTF-8; save the file in that encoding");
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> cells{""};
    for (char c : line) {
      if (c == '\t') cells.emplace_back();
      else cells.back() += c;
    }
    if (cells[0] == "rule") continue;
    if (cells.size() > 4) throw ExpectationsError(where + "expected at most 4 cells between tabs: rule, reason, link, expires");
    cells.resize(4);
    Expected expected{cells[0], cells[1], cells[2], std::nullopt, number, false};
    if (auto why = neverMet(expected.what); !why.empty()) throw ExpectationsError(where + why);
    if (isNothing(expected.reason)) throw ExpectationsError(where + expected.what + " has no reason; say why it is expected to fail");
    if (!isNothing(cells[3])) {
      if (!isDate(cells[3])) throw ExpectationsError(where + "\"" + cells[3] + "\" is no date; expected one such as 2027-01-31");
      expected.expires = cells[3];
    }
    for (const auto& other : lines_)
      if (other.what == expected.what) throw ExpectationsError(where + expected.what + " is expected in line " + std::to_string(other.line) + " already");
    lines_.push_back(std::move(expected));
  }
  if (in.bad()) throw ExpectationsError(shownPath(file) + ": cannot be read; --expect takes a file of expectations, and --write-expect makes one to fill in");
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
