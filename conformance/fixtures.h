// What a recipe needs besides its calls: a system, a writer that fails, an operation that takes long. As words of the notation, and as a
// scenario for implementations that read one (SHADOWTAPE_SCENARIO): the model does.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "conformance/notation.h"

namespace vss::conformance {

// The fixture that these words name; nullopt: none.
std::optional<Fixture> fixtureOf(const std::vector<std::string>& words);
// All of them, for people.
std::string knownFixtures();

// The scenario for a recipe as JSON, what its pending, cancelled and failed operations need included; empty: it needs none.
std::string scenarioFor(const Recipe& recipe);
// The class id of the writer that a fixture adds.
extern const Guid kFixtureWriter;

}  // namespace vss::conformance
