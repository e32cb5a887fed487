// A trace is shown while another process writes it: to its end, and where the recorder was killed.
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "requesters/recorded.h"

namespace vss::test {
namespace {

// The lines of calls, without times.
std::multiset<std::string> callsIn(const std::string& shown) {
  std::multiset<std::string> calls;
  std::istringstream lines(shown);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    auto arrow = line.find(" → ");
    if (arrow == line.npos) continue;
    auto time = line.rfind("  (");
    if (time != line.npos && line.find('=', time) == line.npos) line.resize(time);
    auto object = line.find(" #");
    calls.insert(line.substr(0, 6) + line.substr(object == line.npos || object > arrow ? line.find("Create") : object));
  }
  return calls;
}

TEST(Followed, ARecordingIsShownToItsEnd) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  Process follower({program("bin/shadowtape"), "show", "--follow", shownPath(trace)});
  auto recorded = run(recording(trace, {program("requesters/status_loop"), "-q", "-t", "2", "-n", "60"}), {}, std::chrono::seconds(120));
  ASSERT_EQ(recorded.exitCode, 0) << recorded.err;
  auto followed = follower.wait(std::chrono::seconds(60));
  EXPECT_EQ(followed.exitCode, 0);
  EXPECT_FALSE(followed.timedOut);
  EXPECT_EQ(followed.err, "");
  auto calls = callsIn(followed.out);
  EXPECT_GT(calls.size(), 1000u);
  EXPECT_TRUE(calls == callsIn(run({program("bin/shadowtape"), "show", shownPath(trace)}).out)) << "what show prints when it is over";
  EXPECT_EQ(run({program("bin/shadowtape"), "verify", shownPath(trace)}).exitCode, 0) << "the follower has left no mark";
}

TEST(Followed, ARecorderThatIsKilledLeavesWhatItHadNoted) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  RecordedLoop loop(folder / "", trace);
  Process killed(loop.command({"-q", "-n", "1000000"}), loop.environment);
  Process follower({program("bin/shadowtape"), "show", "--follow", "--idle", "2", shownPath(trace)});
  for (int i = 0; i < 3000 && follower.out().size() < 20000; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_GE(follower.out().size(), 20000u) << "calls are shown while the program makes them";
  killed.kill();
  auto followed = follower.wait(std::chrono::seconds(60));
  EXPECT_EQ(followed.exitCode, 0);
  EXPECT_FALSE(followed.timedOut);
  EXPECT_NE(followed.err.find("cut off"), std::string::npos) << followed.err;
  EXPECT_TRUE(callsIn(followed.out) == callsIn(run({program("bin/shadowtape"), "show", shownPath(trace)}).out));
  // And all of it can be saved as a whole trace.
  auto saved = run({program("bin/shadowtape"), "recover", shownPath(trace), "-o", shownPath(folder / "saved.vsst")});
  EXPECT_EQ(saved.exitCode, 0) << saved.err;
  EXPECT_EQ(run({program("bin/shadowtape"), "verify", shownPath(folder / "saved.vsst")}).exitCode, 0);
  EXPECT_TRUE(callsIn(followed.out) == callsIn(run({program("bin/shadowtape"), "show", shownPath(folder / "saved.vsst")}).out));
}

}  // namespace
}  // namespace vss::test
