// What a recipe needs besides its calls: a system, a writer that fails, an operation that takes long. As words of the notation, and as a
// scenario for implementations that read one (SHADOWTAPE_SCENARIO): the model does.
#pragma once
#include <map>
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
// The same, with named choices of the model: name and value.
std::string withChoices(const std::string& scenario, const std::map<std::string, std::string>& choices);
// The writer that a fixture adds, by its class and its instances; and its component. A recipe with the fixture "component of that writer" adds it
// and restores it where the others take a component of Windows' own writers.
inline constexpr Guid kFixtureWriter{0x5A0D0074, 0xA9E0, 0x4F1C, {0x8D, 0x3E, 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA}};
inline constexpr Guid kFixtureInstance{0x7A1C6B0E, 0x4D0B, 0x4F52, {0x9A, 0x63, 0x2F, 0x5B, 0x8D, 0x1E, 0x7C, 0xF1}};
inline constexpr Guid kSecondInstance{0x7A1C6B0E, 0x4D0B, 0x4F52, {0x9A, 0x63, 0x2F, 0x5B, 0x8D, 0x1E, 0x7C, 0xF2}};
inline constexpr const char16_t* kFixtureComponent = u"Fixture Component";
bool usesFixtureComponent(const Recipe& recipe);

}  // namespace vss::conformance
