// What is held of a trace does not grow with the sessions that were released.
#include <gtest/gtest.h>

#include "explain/testing.h"
#include "traces/memory_testing.h"
#include "traces/trace_testing.h"

namespace vss::explain {
namespace {

TEST(ExplainMemory, DoesNotGrowWithReleasedSessions) {
  if (!testing_traces::kMemoryIsOurs) GTEST_SKIP();
  constexpr int kSessions = 10'000;
  Folder folder;
  std::string few = folder / "few.vsst", many = folder / "many.vsst";
  for (auto [path, sessions] : {std::pair(&few, 2'000), std::pair(&many, kSessions)}) {
    Trace trace(*path);
    for (int i = 0; i < sessions; ++i)
      trace.session({create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 1), status(1, 0, u"Writer", VSS_WS_FAILED_AT_THAW), freeStatus(1), release(1)});
  }
  auto explainIt = [](const std::string& path) { EXPECT_EQ(told(path).exitCode, 1); };
  explainIt(few);  // what is used once stays
  double each = static_cast<double>(testing_traces::memoryOf([&] { explainIt(many); })) / kSessions;
  std::cout << "explain: " << each << " bytes a session of two objects\n";
  EXPECT_LT(each, 60);
}

}  // namespace
}  // namespace vss::explain
