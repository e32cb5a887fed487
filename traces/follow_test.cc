#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "traces/show.h"
#include "traces/test_trace.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace testing_traces;

// What shows a growing trace in a thread of its own.
struct Follower {
  std::ostringstream out, err;
  int exitCode = -1;
  std::thread thread;
  Follower(const std::string& path, double idle = 0) : thread([this, path, idle] { exitCode = showTrace(path, {.follow = true, .idle = idle}, out, err); }) {}
  void join() { thread.join(); }
};

std::string shownLater(const std::string& path) {
  std::ostringstream out, err;
  showTrace(path, {}, out, err);
  return out.str();
}
// Number and call of each line. Times are those of the header's rate until the footer has told a better one, and a trace that is not closed does not say
// at its start that there are several threads.
std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    auto object = line.find('#');
    lines.push_back(line.substr(0, 6) + line.substr(std::min(object, line.size()), line.rfind("  (") - std::min(object, line.size())));
  }
  return lines;
}

TEST(Follow, ShowsEveryCallOfATraceThatGrowsAndEndsWithIt) {
  for (int threads : {1, 3}) {
    test::Folder folder;
    std::string path = folder / "growing.vsst";
    Follower follower(path);  // before there is a file
    {
      TraceWriter trace(pathFromUtf8(path), {Origin::live, "follow_test", "fake"});
      std::vector<std::thread> writers;
      for (int t = 0; t < threads; ++t)
        writers.emplace_back([&trace, t] {
          for (std::uint32_t n = 0; n < 3000; ++n) {
            noteStatus(trace, n, u"Writer " + std::u16string(1, static_cast<char16_t>(u'a' + t)));
            if (n % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
        });
      for (auto& writer : writers) writer.join();
    }
    follower.join();
    EXPECT_EQ(follower.exitCode, 0);
    EXPECT_EQ(follower.err.str(), "");
    EXPECT_TRUE(linesOf(follower.out.str()) == linesOf(shownLater(path))) << "the same lines as show prints afterwards";
    EXPECT_EQ(linesOf(follower.out.str()).size(), 1u + 3000 * static_cast<unsigned>(threads));
  }
}

TEST(Follow, ShowsACallWhileTheTraceIsStillOpenAndGivesUpWhereItIsTold) {
  test::Folder folder;
  std::string path = folder / "growing.vsst";
  TraceWriter trace(pathFromUtf8(path), {Origin::live, "follow_test", "fake"});
  noteStatus(trace, 7, u"early");
  ValueView in[] = {ValueView::ofNumber(8)};
  trace.enter(backupMethod("GetWriterStatus"), 1, 0, in);  // does not come back
  Follower follower(path, 0.3);
  follower.join();
  EXPECT_EQ(follower.exitCode, 0);
  EXPECT_NE(follower.out.str().find("\"early\""), std::string::npos);
  EXPECT_NE(follower.out.str().find("GetWriterStatus(iWriter=8) → never came back\n"), std::string::npos) << follower.out.str();
  EXPECT_NE(follower.err.str().find("cut off: the recorder was killed or is still at work"), std::string::npos);
  trace.abandon();
}

TEST(Follow, PassesANumberWhoseNoteNeverComes) {
  test::Folder folder;
  std::string whole = folder / "whole.vsst", path = folder / "gap.vsst";
  {
    TraceWriter trace(pathFromUtf8(whole), {Origin::live, "follow_test", "fake"});
    for (std::uint32_t n = 0; n < 3; ++n) noteStatus(trace, n, u"x");
    trace.abandon();
  }
  // The first note of the second call: zeroed, as a thread leaves it that was ended.
  std::string bytes = test::contents(whole);
  for (std::size_t at = 4096 + 72; at < bytes.size(); at += 48)
    if (bytes[at] == 3 && bytes[at + 20] == 3) {
      bytes.replace(at, 48, 48, '\0');
      break;
    }
  test::put(path, bytes);
  auto start = std::chrono::steady_clock::now();
  Follower follower(path, 3);
  follower.join();
  EXPECT_NE(follower.out.str().find("iWriter=2"), std::string::npos) << follower.out.str();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

// A text is sealed before the call that needs it; a reader that has looked at the text's place too early may not call it lost.
TEST(Follow, FindsNoDamageInATraceWhileItIsWritten) {
  test::Folder folder;
  std::string path = folder / "growing.vsst";
  TraceWriter trace(pathFromUtf8(path), {Origin::live, "follow_test", "fake"});
  std::atomic<std::uint64_t> made{0};
  std::jthread writer([&](std::stop_token enough) {
    for (std::uint32_t n = 0; !enough.stop_requested() && n < 30'000; made = ++n) {
      std::string digits = std::to_string(n);
      noteStatus(trace, n, u"Writer " + std::u16string(digits.begin(), digits.end()));
      for (auto due = std::chrono::steady_clock::now() + std::chrono::microseconds(30); std::chrono::steady_clock::now() < due;) std::this_thread::yield();
    }
  });
  while (made < 1000) std::this_thread::yield();
  for (int look = 0; look < amount(3000, 200, 40); ++look) {
    std::uint64_t before = made, calls = 0;
    TraceReader reader(pathFromUtf8(path));
    CallReader all(reader);
    while (auto call = all.next()) {
      calls += call->result.has_value();
      for (const auto& value : call->outputs) ASSERT_NE(value.kind, ValueKind::unreadable) << "call " << call->number << " of look " << look;
    }
    ASSERT_TRUE(reader.problems().empty()) << "byte " << reader.problems()[0].offset << ": " << reader.problems()[0].text << "; look " << look << ", calls " << calls;
    ASSERT_GE(calls, before);
  }
}

TEST(Follow, RefusesWhatIsNoTrace) {
  test::Folder folder;
  test::put(folder / "x.txt", "hello\n");
  std::ostringstream out, err;
  EXPECT_THROW(showTrace(folder / "x.txt", {.follow = true}, out, err), TraceError);
}

}  // namespace
}  // namespace vss
