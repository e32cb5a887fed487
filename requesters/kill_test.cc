// The recorded program is killed at any moment: what it had called before is in the trace.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include "requesters/recorded.h"

namespace vss::test {
namespace {

// A call in words that are the same in every session: method, result, and what a writer was said to be.
std::string wordsOf(const Call& call) {
  std::string words(call.signature->method);
  words += " " + (call.result ? std::to_string(*call.result) : std::string("never came back"));
  if (call.is("GetWriterStatus"))
    for (const auto& output : call.outputs) words += " " + std::to_string(output.number) + ":" + output.bytes.str();
  return words;
}

// What each thread did, in order.
std::map<std::uint32_t, std::vector<std::string>> perThread(const Recorded& trace) {
  std::map<std::uint32_t, std::vector<const Call*>> calls;
  for (const auto& call : trace.calls) calls[call.thread].push_back(&call);
  std::map<std::uint32_t, std::vector<std::string>> words;
  for (auto& [thread, all] : calls) {
    std::sort(all.begin(), all.end(), [](auto* a, auto* b) { return a->number < b->number; });
    for (auto* call : all) words[thread].push_back(wordsOf(*call));
  }
  return words;
}

// ./test.sh --long
bool longTest() { return std::getenv("SHADOWTAPE_LONG"); }

class Killed : public testing::TestWithParam<int> {};

TEST_P(Killed, EveryCallOfEveryRoundThatWasReportedIsReadBack) {
  const int threads = GetParam();
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  RecordedLoop loop(folder / "", trace);
  auto rounds = [&](const char* n) { return loop.command({"-q", "-p", "-t", std::to_string(threads), "-n", n}); };

  // One session that nobody disturbs is the measure of the others; the first start of all, of Wine itself too, takes longer.
  run(rounds("1"), loop.environment);
  std::filesystem::remove(trace);
  auto began = std::chrono::steady_clock::now();
  auto once = run(rounds("1"), loop.environment);
  auto start = std::chrono::steady_clock::now() - began;
  ASSERT_EQ(once.exitCode, 0) << once.err;
  std::vector<std::string> session = perThread(Recorded(trace)).begin()->second;
  ASSERT_GT(session.size(), 10u);

  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::printf("seed %u\n", static_cast<unsigned>(seed));
#if defined(_WIN32)
  const int kills = longTest() ? 50 : 10;
#else
  const int kills = longTest() ? 500 : 20;
#endif
  std::size_t reportedInAll = 0, withoutAnyCall = 0;
  for (int kill = 0; kill < kills; ++kill) {
    std::filesystem::remove(trace);
    Process program(rounds("0"), loop.environment);
    // By the clock, for the moment is to be any: some at any time from the start of the process, most while it makes calls.
    auto soon = std::chrono::steady_clock::now() + start * 10;   // a machine may be busier than it was at the first start
    if (kill % 10 == 0) std::this_thread::sleep_for(std::chrono::duration_cast<std::chrono::microseconds>(start) * static_cast<int>(random() % 1500) / 1000);
    else {
      while (!std::filesystem::exists(trace) && std::chrono::steady_clock::now() < soon) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 50'000));
    }
    program.kill();
    auto ran = program.wait(std::chrono::seconds(10));
    ASSERT_FALSE(ran.timedOut);

    std::map<int, int> reported;  // thread → finished rounds
    for (std::size_t at = 0, end; (end = ran.out.find('\n', at)) != std::string::npos; at = end + 1) {
      int thread = 0, round = 0;
      ASSERT_EQ(std::sscanf(ran.out.c_str() + at, "thread %d round %d", &thread, &round), 2) << ran.out;
      reported[thread] = round;
    }
    if (!std::filesystem::exists(trace) || std::filesystem::file_size(trace) == 0) {
      EXPECT_TRUE(reported.empty());
      ++withoutAnyCall;
      continue;
    }
    std::unique_ptr<Recorded> recorded;
    try {
      recorded = std::make_unique<Recorded>(trace);
    } catch (const TraceError& e) {  // killed before its first note
      EXPECT_TRUE(reported.empty()) << e.what();
      ++withoutAnyCall;
      continue;
    }
    expectReadable(*recorded, static_cast<std::size_t>(threads));
    std::vector<int> wholeSessions, reportedRounds;
    for (const auto& [thread, words] : perThread(*recorded)) {
      int whole = 0;
      for (std::size_t at = 0; at < words.size(); at += session.size()) {
        auto rest = std::min(session.size(), words.size() - at);
        // The last call of all may not have come back.
        std::size_t sure = at + rest == words.size() ? rest - 1 : rest;
        EXPECT_TRUE(std::equal(words.begin() + at, words.begin() + at + sure, session.begin())) << "thread " << thread << ", session " << whole + 1;
        whole += rest == session.size() && words[at + rest - 1] == session.back();
      }
      wholeSessions.push_back(whole);
    }
    for (auto [thread, finished] : reported) reportedRounds.push_back(finished), reportedInAll += finished;
    wholeSessions.resize(std::max(wholeSessions.size(), reportedRounds.size()));
    std::sort(wholeSessions.rbegin(), wholeSessions.rend());
    std::sort(reportedRounds.rbegin(), reportedRounds.rend());
    for (std::size_t i = 0; i < reportedRounds.size(); ++i) EXPECT_GE(wholeSessions[i], reportedRounds[i]);
  }
  std::printf("%zu rounds were reported before the kills; %zu programs were killed before their first call\n", reportedInAll, withoutAnyCall);
  EXPECT_GT(reportedInAll, static_cast<std::size_t>(kills)) << "the kills came too early to tell anything";
  EXPECT_LE(withoutAnyCall, static_cast<std::size_t>(kills) * 4 / 5) << "most kills came before there was anything to lose";
}

INSTANTIATE_TEST_SUITE_P(AtAnyMoment, Killed, testing::Values(1, 4), [](const auto& info) { return std::to_string(info.param) + "Threads"; });

}  // namespace
}  // namespace vss::test
