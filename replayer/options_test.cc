#include "replayer/options.h"

#include <gtest/gtest.h>

#include <sstream>

#include "replayer/replay.h"

namespace vss {
namespace {

using namespace std::chrono_literals;

std::string errorOf(const std::string& text) {
  try {
    parseReplayOptions(text);
  } catch (const OptionError& e) {
    return e.what();
  }
  return "";
}

TEST(ReplayOptions, AreReadBackAsTheyWereWritten) {
  auto options = parseReplayOptions("match=object;time=fast;on-divergence=stop;hang-limit=1500ms");
  EXPECT_TRUE(options.stopOnDivergence);
  EXPECT_EQ(options.hangLimit, 1500ms);
  EXPECT_EQ(toText(options), "match=object;time=fast;on-divergence=stop;hang-limit=1500ms");
  EXPECT_EQ(toText(parseReplayOptions("")), "match=object;time=fast;on-divergence=go");
}

TEST(ReplayOptions, SayWhatIsAllowed) {
  EXPECT_EQ(errorOf("on-divergence=halt"), "on-divergence=halt: on-divergence is go or stop");
  EXPECT_EQ(errorOf("match=strict"), "match=strict: match is object");
  EXPECT_EQ(errorOf("time=recorded"), "time=recorded: time is fast");
  EXPECT_EQ(errorOf("hang-limit=soon"), "hang-limit=soon: hang-limit is a time such as 500ms, 30s or 5m");
  EXPECT_EQ(errorOf("colour=red"), "colour: no such option; there are trace, match, time, on-divergence and hang-limit");
}

TEST(ReplayOptions, TakeTimesWithAUnitAndNothingElse) {
  EXPECT_EQ(parseDuration("250ms"), 250ms);
  EXPECT_EQ(parseDuration("30s"), 30s);
  EXPECT_EQ(parseDuration("5m"), 5min);
  EXPECT_EQ(parseDuration("2h"), 2h);
  EXPECT_EQ(parseDuration("1000h"), 1000h);
  for (const char* wrong : {"", "5", "s", "-5s", " 5s", "5 s", "5s ", "1001h", "99999999999999999999s", "5d"}) EXPECT_EQ(parseDuration(wrong), std::nullopt) << wrong;
}

TEST(ReplayCommandTest, SaysWhichTraceItCannotUse) {
  ReplayCommand command;
  command.trace = "no-such-trace.vsst";
  command.command = {"no-such-program"};
  std::ostringstream err;
  EXPECT_EQ(runReplay(command, err), 2);
  std::string text = err.str();
  EXPECT_TRUE(text.starts_with("shadowtape: no-such-trace.vsst: ")) << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

}  // namespace
}  // namespace vss
