// What comes of a recipe where the target's writers could not be learned.
#include "conformance/runner.h"

#include <gtest/gtest.h>

#include "traces/test_trace.h"

namespace vss::conformance {
namespace {

using namespace test;

const char* const kCause = "the target's writers could not be learned: GatherWriterStatus did not come back (scout.vsst)";

// Runs two recipes that need a writer, whose processes stop as the driver does; the scouting one has ended so.
std::string causes(ChildEnd scoutsEnd, const std::vector<Made>& scouted) {
  Folder folder;
  Revision revision("");
  Expectations expectations;
  Runner runner({pathFromUtf8(folder / "x").parent_path()}, revision, expectations, [&](const RecipeProcess& process) -> ChildEnd {
    Trace trace(shownPath(process.trace));
    if (process.name == kScout) return trace.session(scouted), scoutsEnd;
    if (auto why = surroundingsIn(process.folder).noWriters; !why.empty()) trace.writer.remark(RemarkKind::information, 0, std::string(kStopped) + why);
    return {ChildEnd::How::exited, 3, ""};
  });
  runner.scout();
  std::string all;
  for (const auto& named : namedRecipes(Catalogue::builtIn())) {
    if (named.name != "MD-035" && named.name != "MD-038") continue;
    auto result = runner.judged(named);
    all += std::string(verdictName(result.verdict)) + " " + result.cause + "\n";
    EXPECT_TRUE(result.red());
  }
  return all;
}

std::vector<Made> gathering(bool returns) {
  std::vector<Made> calls{create(1), initialize(1), gather(1, 2)};
  calls.back().returns = returns;
  return calls;
}

TEST(Runner, ATargetThatDiedOrHungWhileItsWritersWereLearnedIsToldOnce) {
  const std::string cause(kCause), rest = "NOT_TESTABLE " + cause + "\n";
  EXPECT_EQ(causes({ChildEnd::How::died, 11, "signal 11"}, gathering(false)), "ERROR " + cause + ": its process died: signal 11\n" + rest);
  EXPECT_EQ(causes({ChildEnd::How::hung, 0, ""}, gathering(false)), "ERROR " + cause + ": its process did not end within 10000 ms\n" + rest);
}

TEST(Runner, ATargetWithoutWritersIsNoError) {
  std::string none = "NOT_TESTABLE the target's writers could not be learned: it has none (scout.vsst)\n";
  EXPECT_EQ(causes({}, gathering(true)), none + none);
}

}  // namespace
}  // namespace vss::conformance
