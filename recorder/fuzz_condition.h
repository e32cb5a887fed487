// A hostile condition.
#pragma once
#include <string>
#include <string_view>

#include "fuzzing/fuzzing.h"
#include "recorder/condition.h"

namespace vss::fuzz {

inline void fuzzCondition(std::string_view text) {
  std::optional<Condition> condition;
  try {
    condition.emplace(text);
  } catch (const ConditionError& e) {
    promise(e.column >= 1 && e.column <= text.size() + 1, "a column that is not in the text: " + std::to_string(e.column));
    return promiseOneLine(e.what());
  }
  Moment nothing, something{.method = "GetWriterStatus", .hresult = -1, .callSeconds = 1, .writer = Moment::Writer{u"A", 1, -1}};
  something.seconds.fill(2);
  // What cannot be read otherwise: its opposite is a condition too, and holds where it does not.
  if (text.size() > 3900) return;
  try {
    Condition opposite("not (" + std::string(text) + ")");
    for (const auto& moment : {nothing, something}) promise(opposite.holds(moment) != condition->holds(moment), "a condition and its opposite agree");
  } catch (const ConditionError& e) {
    promise(std::string_view(e.what()).find("inside each other") != std::string_view::npos, std::string("the opposite of a condition is none: ") + e.what());
  }
}

}  // namespace vss::fuzz
