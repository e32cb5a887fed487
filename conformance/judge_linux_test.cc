// What judging costs in memory, by the system's own count.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <iostream>

#include "conformance/judge.h"
#include "traces/memory_testing.h"
#include "traces/objects.h"
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

// Nor with the objects: what is known of them is forgotten when they are released.
TEST(Judge, MemoryDoesNotGrowWithReleasedObjects) {
  if (!testing_traces::kMemoryIsOurs) GTEST_SKIP();
  Folder folder;
  auto judged = [&](int sessions) {
    std::string path = folder / (std::to_string(sessions) + ".vsst").c_str();
    {
      Trace trace(path);
      for (int i = 0; i < sessions; ++i) trace.session({create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), freeStatus(1), release(1)});
    }
    TraceReader reader(pathFromUtf8(path));
    return testing_traces::memoryOf([&] {
      auto judgement = judge(reader, Catalogue::builtIn(), {});
      EXPECT_EQ(judgement.tallies.at("OW-003").kept, static_cast<std::uint64_t>(sessions));
    });
  };
  judged(2 * static_cast<int>(ReleasedObjects::kKept));  // what is used once stays
  constexpr int kSessions = 20'000;
  double each = static_cast<double>(judged(kSessions)) / kSessions;
  std::cout << each << " bytes a session of two objects\n";
  EXPECT_LT(each, 60);
}

TEST(Judge, KnowsLongAfterwardsWhatWasReleasedAndWhatWasNot) {
  Folder folder;
  std::string path = folder / "a.vsst";
  {
    Trace trace(path);
    std::vector<Made> calls{create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), create(3), initialize(3), release(3)};
    calls.push_back(count(3, 1));  // it said 0, and lives on
    for (std::uint32_t other = 10; other < 10 + 2 * ReleasedObjects::kKept; ++other) calls.insert(calls.end(), {create(other), initialize(other), release(other)});
    calls.insert(calls.end(), {release(2), count(1, 1), freeStatus(1), release(1), count(3, 1)});
    trace.session(calls);
  }
  TraceReader reader(pathFromUtf8(path));
  Protocol protocol;
  CallReader calls(reader);
  while (auto call = calls.next()) {
    auto before = protocol.before(*call);
    if (call->is("GetWriterStatusCount") || call->is("FreeWriterStatus")) { EXPECT_EQ(before.session->kind, SessionKind::backup) << call->number; }
    if (call->is("FreeWriterStatus")) { EXPECT_EQ(before.session->status, Stage::finished); }
    protocol.add(*call);
  }
  EXPECT_FALSE(protocol.session(4)) << "released long ago, and not used again";
  auto judgement = judge(reader, Catalogue::builtIn(), {});
  EXPECT_EQ(std::count_if(judgement.findings.begin(), judgement.findings.end(), [](const Finding& finding) { return finding.rule->id == "OW-025"; }), 1);
}

}  // namespace
}  // namespace vss::conformance
