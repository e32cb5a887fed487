// What a loaded trace costs in memory, by the system's own count.
#include <iostream>

#include "replayer/testing.h"
#include "traces/memory_testing.h"

namespace vss {
namespace {

class MemoryTest : public ReplayTest {
 protected:
  // Rounds of 22 calls; all in one session, or each in one of its own. However long the texts are.
  void record(int rounds, bool sessions) {
    const std::u16string name(2000, u'W');
    for (std::uint32_t round = 0, next = 1, root = 0; round < static_cast<std::uint32_t>(rounds); ++round) {
      if (sessions || !root) created(root = next++), initialized(root);
      gathered(root, next++);
      counted(root, 16);
      for (int i = 0; i < 16; ++i) told(root, i, name);
      freed(root);
      if (sessions) recorded(root, "Release", {}, 0);
    }
  }
};

TEST_F(MemoryTest, AScriptHoldsWhereItsCallsAre) {
  if (!testing_traces::kMemoryIsOurs) GTEST_SKIP();
  for (bool sessions : {false, true}) {
    record(10'000, sessions);
    writer.reset();
    std::optional<Script> script;
    std::size_t taken = testing_traces::memoryOf([&] { script.emplace(path(".vsst")); });
    double each = static_cast<double>(taken) / script->calls();
    std::cout << (sessions ? "a session for each round: " : "one session: ") << each << " bytes a call\n";
    EXPECT_GE(script->calls(), 220'000u);
    EXPECT_LT(each, sessions ? 140 : 90);
  }
}

}  // namespace
}  // namespace vss
