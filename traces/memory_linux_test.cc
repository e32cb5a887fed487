// Commands that read: their memory does not grow with the objects of a trace that were released.
#include <gtest/gtest.h>

#include <sstream>

#include "traces/diff.h"
#include "traces/memory_testing.h"
#include "traces/objects.h"
#include "traces/recover.h"
#include "traces/show.h"
#include "traces/test_trace.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace test;

void writeSessions(const std::string& path, int sessions) {
  Trace trace(path);
  for (int i = 0; i < sessions; ++i)
    trace.session({create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 1), status(1, 0, u"Writer"), freeStatus(1), release(1)});
}

TEST(ReadingMemory, DoesNotGrowWithReleasedObjects) {
  if (!testing_traces::kMemoryIsOurs) GTEST_SKIP();
  constexpr int kSessions = 20'000;
  Folder folder;
  std::string few = folder / "few.vsst", many = folder / "many.vsst", cut = folder / "cut.vsst";
  writeSessions(few, 2 * static_cast<int>(ReleasedObjects::kKept));
  writeSessions(many, kSessions);
  put(cut, contents(many));
  std::filesystem::resize_file(pathFromUtf8(cut), std::filesystem::file_size(pathFromUtf8(cut)) - 64);  // no footer
  struct Nothing : std::streambuf { int overflow(int c) override { return c; } } nothing;
  std::ostream out(&nothing);
  auto growth = [&](const char* name, auto&& command) {
    command(few);  // what is used once stays
    double each = static_cast<double>(testing_traces::memoryOf([&] { command(many); })) / kSessions;
    std::cout << name << ": " << each << " bytes a session of two objects\n";
    EXPECT_LT(each, 40) << name;
  };
  growth("verify", [&](const std::string& path) { EXPECT_EQ(verifyTraces({{path}}, "text", out, out), 0); });
  growth("show --state", [&](const std::string& path) { EXPECT_EQ(showTrace(path, {.state = true}, out, out), 0); });
  growth("info", [&](const std::string& path) { EXPECT_EQ(showInfo({{path == many ? cut : path}}, "text", out, out), 0); });
}

// Beyond a megabyte, what grows with the calls lies in temporary files.
TEST(ReadingMemory, OfRecoverDoesNotGrowWithTheTrace) {
  if (!testing_traces::kMemoryIsOurs) GTEST_SKIP();
  Folder folder;
  std::size_t taken[2];
  for (bool many : {false, true}) {
    std::string whole = folder / "whole.vsst", saved = folder / "saved.vsst";
    std::filesystem::remove(pathFromUtf8(whole));
    std::filesystem::remove(pathFromUtf8(saved));
    writeSessions(whole, many ? 45'000 : 15'000);
    std::ostringstream out, err;
    taken[many] = testing_traces::memoryOf([&] { EXPECT_EQ(recoverTrace(whole, saved, out, err), 0) << err.str(); });
  }
  std::cout << "recover: " << taken[0] / 1024 << " KB for 150,000 calls, " << taken[1] / 1024 << " for 450,000\n";
  EXPECT_LT(taken[1], (std::size_t{1} << 20) + taken[0]);
}

// Sessions that are the same, sessions that all differ, one long session of unlike calls.
TEST(ReadingMemory, OfDiffDoesNotGrowWithTheTraces) {
  if (!testing_traces::kMemoryIsOurs) GTEST_SKIP();
  Folder folder;
  std::string a = folder / "a.vsst", b = folder / "b.vsst";
  struct Nothing : std::streambuf { int overflow(int c) override { return c; } } nothing;
  std::ostream out(&nothing);
  enum Kind { same, different, unlike };
  for (Kind kind : {same, different, unlike}) {
    constexpr std::uint32_t kFew = 4'000, kMany = 12'000;
    std::size_t taken[2];
    for (bool many : {false, true}) {
      for (bool second : {false, true}) {
        const auto& path = second ? b : a;
        std::filesystem::remove(pathFromUtf8(path));
        Trace trace(path);
        if (kind == unlike) trace.call(create(1));
        for (std::uint32_t i = 0; i < (many ? kMany : kFew); ++i) {
          if (kind == unlike) trace.call(second ? status(1, i, u"Writer") : count(1, i));
          else trace.session({create(1), gather(1, 2), wait(2), count(1, 2 * i + (kind == different && second)), release(2), release(1)});
        }
      }
      taken[many] = testing_traces::memoryOf([&] { EXPECT_EQ(diffTraces(a, b, "text", out, out), kind == same ? 0 : 1); });
    }
    std::cout << "diff, " << (kind == same ? "the same sessions" : kind == different ? "other sessions" : "unlike calls") << ": " << taken[0] / 1024 << " KB, of three times as many "
              << taken[1] / 1024 << "\n";
    EXPECT_LT(taken[1], (std::size_t{5} << 20) + taken[0]);   // some arrays are not yet as large as what of them is held in memory
    EXPECT_LT(taken[1], std::size_t{32} << 20);
  }
}

}  // namespace
}  // namespace vss
