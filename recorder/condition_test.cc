#include "recorder/condition.h"

#include <gtest/gtest.h>

#include "fuzzing/text_mutant.h"
#include "recorder/fuzz_condition.h"
#include "traces/vss/results.h"

namespace vss {
namespace {

Moment statusOf(std::u16string_view name, std::int32_t state, HRESULT failure) {
  return {.method = "GetWriterStatus", .hresult = S_OK, .callSeconds = 0.001, .writer = Moment::Writer{name, state, failure}};
}
Moment timed(std::string_view operation, double seconds) {
  Moment moment;
  for (std::size_t i = 0; i < kTimedOperations.size(); ++i)
    if (kTimedOperations[i].name == operation) moment.seconds[i] = seconds;
  return moment;
}
bool holds(std::string_view condition, const Moment& moment) { return Condition(condition).holds(moment); }

const Moment kFailed = statusOf(u"SqlServerWriter", 9, VSS_E_WRITERERROR_TIMEOUT), kStable = statusOf(u"System Writer", 1, S_OK);
const Moment kCall{.method = "StartSnapshotSet", .hresult = VSS_E_BAD_STATE, .callSeconds = 2};

TEST(Condition, KnowsStatesByNameAndByGroup) {
  EXPECT_TRUE(holds("writer.state = failed", kFailed));
  EXPECT_FALSE(holds("writer.state = failed", kStable));
  EXPECT_TRUE(holds("writer.state != failed", kStable));
  EXPECT_TRUE(holds("writer.state = VSS_WS_FAILED_AT_FREEZE", kFailed));
  EXPECT_TRUE(holds("writer.state = FAILED_AT_FREEZE", kFailed));
  EXPECT_FALSE(holds("writer.state = FAILED_AT_THAW", kFailed));
  EXPECT_TRUE(holds("writer.state=STABLE", kStable));
  EXPECT_TRUE(holds("writer.state = waiting", statusOf(u"", 2, S_OK)));
  for (int state = 6; state <= 15; ++state) EXPECT_TRUE(holds("writer.state = failed", statusOf(u"", state, S_OK))) << state;
  for (int state : {0, 1, 2, 5, 16}) EXPECT_FALSE(holds("writer.state = failed", statusOf(u"", state, S_OK))) << state;
}

TEST(Condition, ComparesResultsByNameByCodeAndAsNumbers) {
  EXPECT_TRUE(holds("writer.failure != S_OK", kFailed));
  EXPECT_FALSE(holds("writer.failure != S_OK", kStable));
  EXPECT_TRUE(holds("writer.failure = VSS_E_WRITERERROR_TIMEOUT", kFailed));
  EXPECT_TRUE(holds("writer.failure = 0x800423f2", kFailed));
  EXPECT_TRUE(holds("call.hresult < 0", kCall));
  EXPECT_FALSE(holds("call.hresult < 0", kFailed)) << "the call itself succeeded";
  EXPECT_TRUE(holds("call.hresult >= 0", kFailed));
  EXPECT_TRUE(holds("call.hresult <= -1 and call.hresult = VSS_E_BAD_STATE", kCall));
}

TEST(Condition, ComparesNamesMethodsAndTimes) {
  EXPECT_TRUE(holds("writer.name = \"SqlServerWriter\"", kFailed));
  EXPECT_TRUE(holds("writer.name = 'SqlServerWriter'", kFailed));
  EXPECT_TRUE(holds("writer.name != \"SqlServerWriter\"", kStable));
  EXPECT_TRUE(holds("call.method = StartSnapshotSet", kCall));
  EXPECT_FALSE(holds("call.method = DoSnapshotSet", kCall));
  EXPECT_TRUE(holds("call.duration >= 2s and call.duration < 2001ms and call.duration <= 2s", kCall));
  EXPECT_TRUE(holds("gather > 30s", timed("gather", 30.5)));
  EXPECT_FALSE(holds("gather > 30s", timed("gather", 30)));
  EXPECT_FALSE(holds("gather > 30s", timed("prepare", 31)));
  EXPECT_TRUE(holds("snapshot>1min", timed("snapshot", 61)));
  EXPECT_TRUE(holds("backup-complete < 1h", timed("backup-complete", 3599)));
  for (const auto& operation : kTimedOperations) EXPECT_TRUE(holds(std::string(operation.name) + " >= 5s", timed(operation.name, 5)));
}

TEST(Condition, IsFalseAboutWhatIsNotThere) {
  for (const char* about : {"writer.state = STABLE", "writer.state != STABLE", "writer.failure = 0", "writer.failure != 0", "writer.name != 'x'", "gather < 1h"}) {
    EXPECT_FALSE(holds(about, kCall)) << about;
    EXPECT_TRUE(holds(std::string("not ") + about, kCall)) << about;
  }
  for (const char* about : {"call.method != GetWriterStatus", "call.hresult >= 0", "call.duration >= 0s"}) EXPECT_FALSE(holds(about, Moment{})) << about;
}

TEST(Condition, AndBindsMoreThanOrAndNotMost) {
  const char* t = "call.method = StartSnapshotSet";
  const char* f = "call.method = DoSnapshotSet";
  auto is = [&](std::string_view shape) {
    std::string text;
    for (char c : shape) text += c == '1' ? t : c == '0' ? f : std::string(1, c);
    return holds(text, kCall);
  };
  EXPECT_TRUE(is("1 or 1 and 0"));
  EXPECT_FALSE(is("(1 or 1) and 0"));
  EXPECT_TRUE(is("0 and 0 or 1"));
  EXPECT_FALSE(is("0 and (0 or 1)"));
  EXPECT_FALSE(is("not 1 or 0"));
  EXPECT_TRUE(is("not 0 and 1"));
  EXPECT_FALSE(is("not (0 or 1)"));
  EXPECT_TRUE(is("not not 1"));
}

TEST(Condition, TheIssuesExampleHoldsForEachOfItsParts) {
  Condition condition("writer.state = failed or writer.failure != S_OK or call.hresult < 0 or gather > 30s");
  EXPECT_TRUE(condition.holds(kFailed));
  EXPECT_TRUE(condition.holds(statusOf(u"", 1, VSS_E_WRITERERROR_RETRYABLE)));
  EXPECT_TRUE(condition.holds(kCall));
  EXPECT_TRUE(condition.holds(timed("gather", 31)));
  EXPECT_FALSE(condition.holds(kStable));
  EXPECT_FALSE(condition.holds(Moment{}));
}

TEST(Condition, PointsAtTheWordThatIsWrongAndSaysWhatCouldStandThere) {
  struct Wrong { const char* text; std::size_t column; const char* says; };
  for (const auto& [text, column, says] : std::initializer_list<Wrong>{
           {"", 1, "the condition ends here; here could stand not, (, writer.state"},
           {"writer.state = falied", 16, "\"falied\" does not fit here; here could stand a writer's state, as VSS_WS_STABLE or STABLE, or one of the groups failed and waiting"},
           {"writer.stat = failed", 1, "\"writer.stat\" does not fit here; here could stand not, (, writer.state"},
           {"writer.state > failed", 14, "\">\" does not fit here; here could stand = or !="},
           {"writer.state == failed", 14, "\"==\" does not fit here"},
           {"writer.failure = VSS_E_NONE", 18, "an HRESULT by its name"},
           {"gather > 30", 10, "a time of at most 1000 hours"},
           {"gather > 30m", 10, "\"30m\" does not fit here"},
           {"gather > 1001h", 10, "\"1001h\""},
           {"gather", 7, "the condition ends here; here could stand =, !=, <, <=, > or >="},
           {"gather > 30s writer.state = failed", 14, "and, or, or the end of the condition"},
           {"(gather > 30s", 14, "and, or, or )"},
           {"gather > 30s)", 13, "\")\" does not fit here"},
           {"gather > 30s or", 16, "the condition ends here"},
           {"writer.name = SqlServerWriter", 15, "a writer's name in quotes"},
           {"writer.name = \"Sql", 15, "there is no second \""},
           {"call.method = GatherWriters", 15, "a method of the requester's API"},
           {"gather > 30s \xC3\xA4", 14, "\"\xC3\xA4\" does not fit here"},
           {"gather\n> 30s", 7, "a control character"}}) {
    try {
      Condition condition(text);
      ADD_FAILURE() << text << " is taken";
    } catch (const ConditionError& e) {
      EXPECT_EQ(e.column, column) << text;
      EXPECT_TRUE(std::string(e.what()).starts_with("column " + std::to_string(column) + ": ")) << e.what();
      EXPECT_NE(std::string(e.what()).find(says), std::string::npos) << text << ": " << e.what();
    }
  }
}

TEST(Condition, AHostileOneIsRefusedInOneLineAndNotByTheStack) {
  EXPECT_THROW(Condition(std::string(5000, '(')), ConditionError);
  EXPECT_THROW(Condition(std::string(3999, '(')), ConditionError);
  std::string nots;
  for (int i = 0; i < 500; ++i) nots += "not ";
  EXPECT_THROW(Condition(nots + "gather > 1s"), ConditionError);
  std::string text = "(writer.state = failed or not writer.failure != 0x800423f4) and gather >= 30s or writer.name = \"A B\" and call.method != Wait";
  int read = 0;
  for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
    std::string mutant = fuzz::TextMutant(seed).made(text, "call.hresult < 0 or call.duration > 5min and (prepare <= 10ms) \"'");
    ASSERT_NO_THROW(fuzz::fuzzCondition(mutant)) << mutant;
    try {
      Condition condition(mutant);
      ++read;
    } catch (const ConditionError&) {
    }
  }
  EXPECT_GT(read, 20) << "some mutants are conditions still";
}

}  // namespace
}  // namespace vss
