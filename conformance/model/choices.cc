#include "choices.h"

#include <algorithm>

namespace vss::model {
namespace {

// "ok, badState" → {ok, badState}
std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  for (std::size_t comma; (comma = list.find(", ")) != list.npos; list.remove_prefix(comma + 2)) parts.push_back(list.substr(0, comma));
  parts.push_back(list);
  return parts;
}

}  // namespace

std::span<const ChoiceInfo> choiceTable() {
  static const std::vector<ChoiceInfo> table{
#define CHOICE(Type, name, rules, against, sentence, ...) {#name, split(#__VA_ARGS__), rules, against, sentence},
#include "choices.def"
#undef CHOICE
  };
  return table;
}

std::vector<std::pair<std::string, std::string>> openChoices() {
  std::vector<std::pair<std::string, std::string>> open;
  for (const auto& row : choiceTable())
    for (std::size_t i = 1; i < row.values.size(); ++i)
      if (row.against.find(std::string(row.values[i]) + ":") == row.against.npos) open.emplace_back(row.name, row.values[i]);
  return open;
}

const ChoiceInfo* choiceNamed(std::string_view name) {
  for (const auto& row : choiceTable())
    if (row.name == name) return &row;
  return nullptr;
}

bool choose(Choices& choices, std::string_view name, std::string_view value) {
  const ChoiceInfo* row = choiceNamed(name);
  if (!row) return false;
  auto found = std::find(row->values.begin(), row->values.end(), value);
  if (found == row->values.end()) return false;
  [[maybe_unused]] auto index = found - row->values.begin();
#define CHOICE(Type, member, ...) \
  if (name == #member) choices.member = static_cast<Type>(index);
#include "choices.def"
#undef CHOICE
  return true;
}

}  // namespace vss::model
