// What fuzzing has found, and mutants as it makes them, before the scenario and the model on it: on both platforms, without libFuzzer.
#include <gtest/gtest.h>

#include "fuzz_scenario.h"
#include "fuzzing/text_mutant.h"

namespace vss::model {
namespace {

TEST(Hostile, ScenariosThatWereFoundBreakNoPromise) { EXPECT_GT(fuzz::forEachFind("scenario", fuzzScenario), 0); }

TEST(Hostile, MutantsOfAScenarioBreakNoPromise) {
  std::string text = fuzz::bytesOf("traces/samples/scenarios/file-server.json"), other = fuzz::bytesOf("traces/samples/scenarios/odd-names.json");
  for (std::uint32_t seed = 1; seed <= 300; ++seed) ASSERT_NO_THROW(fuzzScenario(fuzz::TextMutant(seed).made(text, other))) << "mutant " << seed;
}

}  // namespace
}  // namespace vss::model
