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
  EXPECT_EQ(toText(parseReplayOptions("match=strict;time=recorded")), "match=strict;time=recorded;on-divergence=go");
  EXPECT_EQ(toText(parseReplayOptions("match=state;time=x2.5")), "match=state;time=x2.5;on-divergence=go");
  EXPECT_EQ(parseReplayOptions("time=x2.5").speed, 2.5);
  options = parseReplayOptions("map=C:\\%3Ba%25=/mnt/x=y;map=B=;ignore=AddToSnapshotSet.ProviderId;ignore=IVssExamineWriterMetadata::GetComponent.iComponent");
  ASSERT_EQ(options.maps.size(), 2u);
  EXPECT_EQ(options.maps[0].first, u"C:\\;a%");
  EXPECT_EQ(options.maps[0].second, u"/mnt/x=y") << "FROM ends at the first =";
  EXPECT_EQ(options.maps[1].second, u"");
  EXPECT_EQ(options.ignored[0].param, 1u);
  EXPECT_EQ(toText(options), "match=object;time=fast;on-divergence=go;map=C:\\%3Ba%25=/mnt/x=y;map=B=;ignore=IVssBackupComponents::AddToSnapshotSet.ProviderId;"
                             "ignore=IVssExamineWriterMetadata::GetComponent.iComponent");
}

TEST(ReplayOptions, SayWhatIsAllowed) {
  EXPECT_EQ(errorOf("on-divergence=halt"), "on-divergence=halt: on-divergence is go or stop");
  EXPECT_EQ(errorOf("match=exact"), "match=exact: match is strict, object or state");
  for (const char* wrong : {"slow", "x", "x0", "x-1", "x1e9", "x2s", "2"})
    EXPECT_EQ(errorOf("time=" + std::string(wrong)), "time=" + std::string(wrong) + ": time is fast, recorded, or x and how many times as fast as recorded: x10");
  EXPECT_EQ(errorOf("map=C:"), "map=C:: map is FROM=TO: a part of recorded texts, and what the program gets in its place");
  EXPECT_EQ(errorOf("map==C:"), "map==C:: map is FROM=TO: a part of recorded texts, and what the program gets in its place");
  EXPECT_EQ(errorOf("ignore=AddComponent"), "ignore=AddComponent: ignore is METHOD.PARAM, for example AddToSnapshotSet.ProviderId");
  EXPECT_EQ(errorOf("ignore=AddComponents.ct"), "ignore=AddComponents.ct: there is no method AddComponents");
  EXPECT_EQ(errorOf("ignore=IVssAsync::AddComponent.ct"), "ignore=IVssAsync::AddComponent.ct: there is no method IVssAsync::AddComponent");
  EXPECT_EQ(errorOf("ignore=AddToSnapshotSet.Provider"),
            "ignore=AddToSnapshotSet.Provider: AddToSnapshotSet has no parameter Provider; it has pwszVolumeName, ProviderId, pidSnapshot");
  EXPECT_EQ(errorOf("hang-limit=soon"), "hang-limit=soon: hang-limit is a time such as 500ms, 30s or 5m");
  EXPECT_EQ(errorOf("colour=red"), "colour: no such option; there are trace, match, time, map, ignore, on-divergence, hang-limit, key and fault");
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
