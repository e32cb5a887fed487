// What fuzzing has found, and mutants as it makes them, before `redact`: on both platforms, without libFuzzer.
#include <gtest/gtest.h>

#include "fuzzing/trace_mutant.h"
#include "redact/fuzz_redact.h"

namespace vss::redact {
namespace {

TEST(RedactHostile, TracesThatWereFoundBreakNoPromise) { EXPECT_GT(fuzz::forEachFind("trace", fuzzRedact), 0); }

TEST(RedactHostile, MutantsOfGoldenTracesBreakNoPromise) {
  for (const char* name : {"status", "never_came_back", "imported"}) {
    std::string golden = fuzz::bytesOf("traces/samples/golden/" + std::string(name) + ".vsst");
    for (std::uint32_t seed = 1; seed <= 100; ++seed) ASSERT_NO_THROW(fuzzRedact(fuzz::TraceMutant(golden, seed).made())) << name << ", mutant " << seed;
  }
}

}  // namespace
}  // namespace vss::redact
