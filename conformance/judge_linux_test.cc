// What judging costs in memory, by the system's own count.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "conformance/judge.h"
#include "traces/test_trace.h"

namespace vss::conformance {
namespace {

using namespace test;

TEST(Judge, MemoryDoesNotGrowWithTheSessionsOfATrace) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer's own memory is many times ours";
#endif
  Folder folder;
  std::string path = folder / "many.vsst";
  constexpr int kSessions = 4000;
  const std::u16string name(8000, u'W');  // stored once in the trace; 16 KB in every row that is remembered
  {
    Trace trace(path);
    for (int i = 0; i < kSessions; ++i)
      trace.session({create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 1), status(1, 0, name), status(1, 0, name), freeStatus(1), release(1)});
  }
  TraceReader reader(pathFromUtf8(path));
  rusage before, after;
  ::getrusage(RUSAGE_SELF, &before);
  auto judgement = judge(reader, Catalogue::builtIn(), {});
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(judgement.tallies.at("WS-073").kept, static_cast<std::uint64_t>(kSessions));
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 24 * 1024) << "KB; every session's row would be " << kSessions * 16 << " KB and more";
}

}  // namespace
}  // namespace vss::conformance
