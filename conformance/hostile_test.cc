// What fuzzing has found, and mutants as it makes them, before notation, judge and replay: on both platforms, without libFuzzer.
#include <gtest/gtest.h>

#include "conformance/fuzz_expect.h"
#include "conformance/fuzz_notation.h"
#include "conformance/fuzz_session.h"
#include "fuzzing/text_mutant.h"
#include "fuzzing/trace_mutant.h"

namespace vss::conformance {
namespace {

TEST(Hostile, NotationThatWasFoundBreaksNoPromise) { EXPECT_GT(fuzz::forEachFind("notation", fuzzNotation), 0); }
TEST(Hostile, ExpectationsThatWereFoundBreakNoPromise) { EXPECT_GT(fuzz::forEachFind("expect", fuzzExpect), 0); }
TEST(Hostile, TracesThatWereFoundAreJudgedAndReplayed) { EXPECT_GT(fuzz::forEachFind("trace", fuzzSession), 0); }

TEST(Hostile, MutantsOfAGoldenTraceAreJudgedAndReplayed) {
  std::string golden = fuzz::bytesOf("traces/samples/golden/status.vsst");
  for (std::uint32_t seed = 1; seed <= 100; ++seed) ASSERT_NO_THROW(fuzzSession(fuzz::TraceMutant(golden, seed).made())) << "mutant " << seed;
}

TEST(Hostile, MutantsOfTheCatalogueBreakNoPromise) {
  std::uint32_t seed = 0;
  for (const Rule& rule : Catalogue::builtIn().rules())
    for (const auto* cell : {&rule.situation, &rule.guard, &rule.expected}) ASSERT_NO_THROW(fuzzNotation(fuzz::TextMutant(++seed).made(*cell, rule.expected + " " + rule.situation))) << rule.id;
}

}  // namespace
}  // namespace vss::conformance
