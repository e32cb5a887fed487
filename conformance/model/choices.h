// The named choices of choices.def as a value, and as a table for readers, printers and tests.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vss::model {

#define CHOICE(Type, name, rules, against, sentence, ...) enum class Type : std::uint8_t { __VA_ARGS__ };
#include "choices.def"
#undef CHOICE

// What a scenario chose; every choice starts with its default, the first value of its row.
struct Choices {
#define CHOICE(Type, name, ...) Type name{};
#include "choices.def"
#undef CHOICE
  bool operator==(const Choices&) const = default;
};

struct ChoiceInfo {
  std::string_view name;
  std::vector<std::string_view> values;  // the first is the default
  std::string_view rules, against, sentence;
};

// The rows of choices.def in its order. Lives as long as the program.
std::span<const ChoiceInfo> choiceTable();

// nullptr: there is no choice of that name.
const ChoiceInfo* choiceNamed(std::string_view name);

// Sets one choice by the names of it and of its value; false: one of them is unknown, and nothing changed.
bool choose(Choices& choices, std::string_view name, std::string_view value);

// Every value but the defaults that nothing speaks against: name and value, in the table's order.
std::vector<std::pair<std::string, std::string>> openChoices();

}  // namespace vss::model
