// What is known to fail: an implementer's file of rules, each with its reason.
#pragma once
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vss::conformance {

// One line: a rule, or one recipe of it; why it fails; where that is followed up ("-": nowhere); the day from which it is red again.
struct Expected {
  std::string what;        // WS-049, or WS-049.2
  std::string reason, link;
  std::optional<std::string> expires;  // 2027-01-31
  std::size_t line = 0;
  bool met = false;        // something was judged by it
};

struct ExpectationsError : std::runtime_error { using std::runtime_error::runtime_error; };

class Expectations {
 public:
  Expectations() = default;
  // Reads the file: cells between tabs, # begins a comment. Throws ExpectationsError with file, line and remedy. today: 2026-11-25.
  Expectations(const std::filesystem::path& file, std::string_view today);
  // The line for a recipe, the most exact one; nullptr: none. A line that has expired is none.
  Expected* find(std::string_view rule, std::string_view recipe);
  const std::vector<Expected>& lines() const { return lines_; }
  bool hasExpired(const Expected& line) const { return line.expires && *line.expires < today_; }

 private:
  std::vector<Expected> lines_;
  std::string today_;
};

// A file to fill in: a line for each of these, without reason.
std::string expectationsTemplate(const std::vector<std::string>& failing);

}  // namespace vss::conformance
