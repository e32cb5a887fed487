// A process that writes a ring is killed at any moment: no reader finds damage. See TraceWriter::dropOldest().
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "traces/trace_testing.h"

namespace vss {
namespace {

TEST(Ring, AKillAtAnyMomentLeavesNoDamage) {
  testing_traces::TemporaryTrace file;
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  int turned = 0;
  const int kills = testing_traces::amount(1000, 40, 15);
  for (int kill = 0; kill < kills; ++kill) {
    std::filesystem::remove(file.path);
    pid_t child = ::fork();
    if (!child) {
      TraceWriter trace(file.path, {Origin::model, "ring_test", "fake"});
      trace.keepNewest(TraceWriter::kSmallestRing);
      for (std::uint32_t i = 0;; ++i) testing_traces::noteStatus(trace, i, i % 2 ? u"System Writer" : u"Registry Writer");
    }
    std::error_code ignored;
    for (int i = 0; i < 1000 && !std::filesystem::exists(file.path, ignored); ++i) ::usleep(5'000);
    ::usleep(30'000 + random() % 20'000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    TraceReader reader(file.path);
    while (reader.next()) {
    }
    for (const auto& problem : reader.problems()) ADD_FAILURE() << "kill " << kill << ": byte " << problem.offset << ": " << problem.text;
    EXPECT_LE(reader.unfinishedNotes(), 1u);
    turned += reader.lostNotes() > 0;
  }
  EXPECT_GT(turned, kills / 2) << "the kills came before the ring had turned";
}

}  // namespace
}  // namespace vss
