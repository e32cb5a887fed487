#include <gtest/gtest.h>

#include "replayer/fuzz_options.h"

namespace vss {
namespace {

TEST(Hostile, OptionsThatWereFoundBreakNoPromise) { EXPECT_GT(fuzz::forEachFind("options", fuzz::fuzzOptions), 0); }

}  // namespace
}  // namespace vss
