// What fuzzing has found, and mutants as it makes them, before the readers: on both platforms, without libFuzzer.
#include <gtest/gtest.h>

#include "fuzzing/text_mutant.h"
#include "fuzzing/trace_mutant.h"
#include "traces/fuzz_listing.h"
#include "traces/fuzz_trace.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

TEST(Hostile, TracesThatWereFoundBreakNoPromise) { EXPECT_GT(fuzz::forEachFind("trace", fuzz::fuzzTrace), 0); }
TEST(Hostile, ListingsThatWereFoundBreakNoPromise) { EXPECT_GT(fuzz::forEachFind("listing", fuzz::fuzzListing), 0); }

TEST(Hostile, MutantsOfAGoldenTraceBreakNoPromiseAndMostAreReadBehindTheChecksums) {
  std::string golden = fuzz::bytesOf("traces/samples/golden/status.vsst"), other = fuzz::bytesOf("traces/samples/golden/two_threads.vsst");
  int read = 0, whole = 0;
  const int mutants = testing_traces::amount(1000, 200, 40);
  for (int seed = 1; seed <= mutants; ++seed) {
    fuzz::TraceMutant mutant(golden, static_cast<std::uint32_t>(seed));
    if (seed % 8 == 0) mutant.addFrom(other);
    std::string bytes = mutant.made();
    ASSERT_NO_THROW(fuzz::fuzzTrace(bytes)) << "mutant " << seed;
    std::ostringstream out, err;
    int code = verifyTraces({{shownPath(fuzz::scratch().put("trace.vsst", bytes))}}, "text", out, err);
    read += code != 2, whole += code == 0;
  }
  EXPECT_GT(read, mutants * 3 / 4);  // most are a trace still,
  EXPECT_GT(whole, mutants / 10);    // and many of them look whole
}

TEST(Hostile, SealingAGoldenTraceChangesNothing) {
  for (const char* name : {"status", "two_threads", "imported", "never_came_back"}) {
    std::string golden = fuzz::bytesOf(std::string("traces/samples/golden/") + name + ".vsst"), sealed = golden;
    fuzz::seal(sealed);
    EXPECT_TRUE(sealed == golden) << name;
    sealed[4096 + 32] = static_cast<char>(sealed[4096 + 32] + 1);  // the first chunk's thread
    std::string changed = sealed;
    fuzz::seal(sealed);
    EXPECT_FALSE(sealed == changed) << name;
  }
}

TEST(Hostile, MutantsOfListingsBreakNoPromise) {
  std::string text = fuzz::bytesOf("traces/samples/listings/error-texts.txt"), other = fuzz::bytesOf("traces/samples/listings/powershell-json-cut.txt");
  for (int seed = 1; seed <= testing_traces::amount(1000, 200, 40); ++seed)
    ASSERT_NO_THROW(fuzz::fuzzListing(fuzz::TextMutant(static_cast<std::uint32_t>(seed)).made(text, other))) << "mutant " << seed;
}

}  // namespace
}  // namespace vss
