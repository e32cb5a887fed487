// What fuzzing has found, and mutants as it makes them, before `explain`: on both platforms, without libFuzzer.
#include <gtest/gtest.h>

#include "explain/fuzz_explain.h"
#include "fuzzing/trace_mutant.h"

namespace vss::explain {
namespace {

TEST(ExplainHostile, TracesThatWereFoundAreExplained) { EXPECT_GT(fuzz::forEachFind("trace", fuzzExplain), 0); }

TEST(ExplainHostile, MutantsOfGoldenTracesAreExplained) {
  for (const char* name : {"status", "never_came_back", "imported"}) {
    std::string golden = fuzz::bytesOf("traces/samples/golden/" + std::string(name) + ".vsst");
    for (std::uint32_t seed = 1; seed <= 100; ++seed) ASSERT_NO_THROW(fuzzExplain(fuzz::TraceMutant(golden, seed).made())) << name << ", mutant " << seed;
  }
}

}  // namespace
}  // namespace vss::explain
