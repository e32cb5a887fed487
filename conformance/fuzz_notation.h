// Hostile text before the catalogue's notation: rows of a catalogue, and each of their cells by itself.
#pragma once
#include <string>
#include <string_view>

#include "conformance/catalogue.h"
#include "conformance/fixtures.h"
#include "conformance/requirements.h"
#include "fuzzing/fuzzing.h"

namespace vss::conformance {

// What is wrong in a text is told with a place in it.
template <class Parse> void fuzzNotationIn(std::string_view text, Parse&& parse) {
  try {
    parse(text);
  } catch (const NotationError& e) {
    fuzz::promise(e.at <= text.size(), "a place behind the text: " + std::to_string(e.at));
    fuzz::promise(*e.what(), "an error without words");
  }
}

inline void fuzzNotation(std::string_view bytes) {
  try {
    Catalogue catalogue;
    catalogue.add("fuzz.tsv", bytes);
    for (const Rule& rule : catalogue.rules())
      for (const auto& recipe : rule.recipes) scenarioFor(recipe), usesFixtureComponent(recipe);
  } catch (const CatalogueError& e) {
    fuzz::promise(std::string_view(e.what()).starts_with("fuzz.tsv:"), std::string("an error without its place: ") + e.what());
  }
  for (int cells = 0; !bytes.empty() && cells < 16; ++cells) {
    auto end = std::min(bytes.find_first_of("\t\n"), bytes.size());
    auto cell = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    fuzzNotationIn(cell, [](auto text) {
      auto recipes = parseSituation(text);
      fuzz::promise(!recipes.empty(), "a situation without a recipe");
      for (const auto& recipe : recipes) {
        fuzz::promise(!recipe.steps.empty(), "a recipe without a step");
        for (const auto& step : recipe.steps) fuzz::promise(step.method && step.arguments.size() == step.method->params.size(), "a step that cannot be made");
        scenarioFor(recipe);
      }
      fuzz::promise(parseSituation(text) == recipes, "a situation is read in two ways");
    });
    fuzzNotationIn(cell, [](auto text) { parseGuard(text); });
    fuzzNotationIn(cell, [](auto text) { parseExpectation(text); });
  }
}

}  // namespace vss::conformance
