// What a trace tells about the machine that it was recorded on. environment.def is the table.
#pragma once
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vss {

class TraceReader;

struct Fact {
  std::string key, value;   // UTF-8
  bool operator==(const Fact&) const = default;
};
using FactClasses = std::set<std::string, std::less<>>;

struct FactClassInfo { const char* name; bool byDefault; const char* meaning; };
struct FactInfo { const char* class_; const char* key; bool many; const char* unit; const char* meaning; };
// The rows of environment.def in its order. They live as long as the program.
std::span<const FactClassInfo> factClasses();
std::span<const FactInfo> factTable();

// "all", "none", "default", or names of classes with commas. Throws std::runtime_error that lists them.
FactClasses parseFactClasses(std::string_view text);
// What parseFactClasses() takes for these.
std::string namesOf(const FactClasses& classes);
// "system,rights,…"
std::string defaultFactClasses();

// As a remark's text: key=value. The value is cut after 4,000 bytes, with … where it was; NUL and what is no UTF-8 become U+FFFD.
std::string factText(const Fact& fact);
// What a value's tabs divide; at least one.
std::vector<std::string> columnsOf(std::string_view value);
// nullopt: a text without a key.
std::optional<Fact> factOf(std::string_view text);

// The version of the system that a trace was recorded on: its `os.version`, or, of a Windows whose trace has no such fact, what its header says of the platform, without the update's
// revision; empty: neither is known. Reads the end of a trace, or where that is not enough the whole; the reader is then at its first note again.
std::string buildOf(TraceReader& reader);

}  // namespace vss
