#include "traces/statuses.h"

#include <gtest/gtest.h>

#include "traces/test_trace.h"

namespace vss {
namespace {

using namespace test;

StatusCollector collected(const std::vector<Made>& calls) {
  Folder folder;
  std::string path = folder / "a.vsst";
  Trace(path).session(calls);
  TraceReader reader(pathFromUtf8(path));
  CallReader all(reader);
  StatusCollector collector;
  while (auto call = all.next()) collector.add(*call);
  return collector;
}

std::string told(const StatusCollector& collector) {
  if (!collector.last()) return "no gather";
  std::string out = std::to_string(collector.gathers()) + ":";
  for (const auto& row : collector.last()->rows)
    out += " " + std::to_string(row.index) + (row.name ? std::string(row.name->begin(), row.name->end()) : "null") + std::to_string(row.state);
  return out;
}

TEST(Statuses, AreTheRowsOfTheLastGather) {
  EXPECT_EQ(told(collected(healthySession())), "1: 0System Writer1 1Registry Writer1 2WMI Writer5");
  EXPECT_EQ(told(collected({create(1), gather(1, 2), count(1, 1), status(1, 0, u"A"), freeStatus(1), gather(1, 3), count(1, 1), status(1, 0, u"B", 8)})), "2: 0B8");
}

TEST(Statuses, AnIndexAskedTwiceHasTheLastAnswerAndOrderIsByIndex) {
  EXPECT_EQ(told(collected({create(1), gather(1, 2), status(1, 2, u"C"), status(1, 0, u"A"), status(1, 2, u"D")})), "1: 0A1 2D1");
}

TEST(Statuses, ANullNameIsNoEmptyName) {
  auto unnamed = status(1, 0, u"");
  unnamed.outputs[2] = is(ValueKind::null);
  EXPECT_EQ(told(collected({create(1), gather(1, 2), unnamed, status(1, 1, u"")})), "1: 0null1 11");
}

TEST(Statuses, AGatherNobodyAskedAboutIsNone) {
  EXPECT_EQ(told(collected({create(1), gather(1, 2), wait(2), release(2)})), "no gather");
  EXPECT_EQ(told(collected({create(1), gather(1, 2), count(1, 0)})), "1:");
}

TEST(Statuses, FailedAndUnreturnedCallsAndCallsWithoutAGatherSayNothing) {
  auto failed = status(1, 0, u"A"), unreturned = status(1, 1, u"B"), failedGather = gather(1, 2);
  failed.result = static_cast<std::uint32_t>(VSS_E_OBJECT_NOT_FOUND);
  unreturned.returns = false;
  failedGather.result = static_cast<std::uint32_t>(VSS_E_BAD_STATE);
  EXPECT_EQ(told(collected({create(1), gather(1, 2), count(1, 2), failed, unreturned})), "1:");
  EXPECT_EQ(told(collected({create(1), failedGather, status(1, 0, u"A")})), "no gather");
}

TEST(Statuses, TwoObjectsDoNotMix) {
  EXPECT_EQ(told(collected({create(1), create(2), gather(1, 3), gather(2, 4), status(1, 0, u"A"), status(2, 0, u"B"), status(1, 1, u"C")})), "2: 0A1 1C1");
}

TEST(Statuses, GetWriterStatusExCountsToo) {
  Made ex{1, "IVssBackupComponentsEx3", "GetWriterStatusEx", {number(0)},
          {id(1), id(2), text(u"Ex"), number(1), number(VSS_E_WRITERERROR_RETRYABLE), number(0), is(ValueKind::null)}};
  auto collector = collected({create(1), gather(1, 2), ex});
  EXPECT_EQ(told(collector), "1: 0Ex1");
  EXPECT_EQ(collector.last()->rows[0].failure, VSS_E_WRITERERROR_RETRYABLE);
}

}  // namespace
}  // namespace vss
