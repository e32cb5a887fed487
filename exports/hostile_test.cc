// What fuzzing has found, and mutants as it makes them, before every form of `export`: on both platforms, without libFuzzer.
#include <gtest/gtest.h>

#include "exports/fuzz_export.h"
#include "fuzzing/trace_mutant.h"

namespace vss::exports {
namespace {

TEST(ExportHostile, TracesThatWereFoundBreakNoPromise) { EXPECT_GT(fuzz::forEachFind("trace", fuzz::fuzzExport), 0); }

TEST(ExportHostile, MutantsOfTracesBreakNoPromise) {
  std::string golden = fuzz::bytesOf("traces/samples/golden/status.vsst"), other = fuzz::bytesOf("traces/samples/golden/two_threads.vsst");
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    fuzz::TraceMutant mutant(golden, seed);
    if (seed % 8 == 0) mutant.addFrom(other);
    ASSERT_NO_THROW(fuzz::fuzzExport(mutant.made())) << "mutant " << seed;
  }
}

}  // namespace
}  // namespace vss::exports
