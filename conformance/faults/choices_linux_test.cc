// The model under each of its named choices in turn: red is exactly what the table of choices says is against a rule.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "conformance/faults/forked.h"
#include "conformance/model/choices.h"

namespace vss::conformance {
namespace {

// Of `against`, "value: RULE RULE; value: RULE": those rules of the value that calls can show.
std::set<std::string> offended(std::string_view against, std::string_view value) {
  std::set<std::string> rules;
  std::istringstream parts{std::string(against)};
  for (std::string part; std::getline(parts, part, ';');) {
    std::istringstream words(part);
    std::string word;
    words >> word;
    if (word != std::string(value) + ":") continue;
    while (words >> word) {
      const Rule* rule = Catalogue::builtIn().find(word);  // nullptr: of a group that the catalogue does not have yet
      if (rule && rule->demands()) rules.insert(word);
    }
  }
  return rules;
}

// Of the rules that a value does not offend each has its turn under some value; ./test.sh --long tries all under all.
TEST(Choices, EachIsRedWhereTheTableSaysItOffendsARuleAndNowhereElse) {
  std::size_t offending = 0, turn = 0;
  for (const auto& choice : model::choiceTable())
    for (std::string_view value : choice.values) {
      if (value == choice.values.front()) continue;  // the model as it is
      SCOPED_TRACE(std::string(choice.name) + "=" + std::string(value));
      std::set<std::string> expected = offended(choice.against, value), red;
      RecipeSample sample{std::nullopt, expected};
      if (!std::getenv("SHADOWTAPE_LONG")) sample.part = turn++ % RecipeSample::kParts;
      for (const auto& [recipe, verdict] : redUnder(nullptr, {choice.name, value}, sample)) {
        std::string rule = recipe.substr(0, recipe.find('.'));
        red.insert(rule);
        // Where a rule is broken, what builds on it may be out of reach.
        EXPECT_TRUE(expected.count(rule) || (verdict == Verdict::notTestable && !expected.empty())) << recipe << " is " << verdictName(verdict);
      }
      for (const auto& rule : expected) EXPECT_TRUE(red.count(rule)) << rule << " is not red";
      offending += !red.empty();
    }
  EXPECT_EQ(offending, 14u) << "that the judge sees choices at all";
}

}  // namespace
}  // namespace vss::conformance
