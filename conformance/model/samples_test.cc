// The scenarios that come with the source load, and answer what their comment says.
#include <set>

#include "testing.h"

namespace vss::model {
namespace {

constexpr const char* kFolder = "traces/samples/scenarios";
Scenario sample(const std::string& name) { return loadScenario(std::filesystem::path(kFolder) / name); }
Requester requesterOf(Scenario scenario) {
  auto clock = std::make_shared<TestClock>();
  return Requester(std::make_shared<Service>(std::move(scenario), clock), clock);
}

TEST(SampleScenarios, AreThese) {
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    names.insert(file.path().filename().string());
    EXPECT_NO_THROW(loadScenario(file.path())) << file.path();
  }
  EXPECT_EQ(names, (std::set<std::string>{"all-states.json", "file-server.json", "never-ends.json", "odd-names.json"}));
}

TEST(SampleScenarios, ShowSixteenWritersInSixteenStatesWithSixteenFailures) {
  Requester r = requesterOf(sample("all-states.json"));
  r.forBackup().withMetadata().gathered();
  ASSERT_EQ(r.writers(), 16u);
  std::set<HRESULT> failures;
  std::set<std::string> classes, instances;
  for (UINT i = 0; i < 16; ++i) {
    auto row = r.status(i), ex = r.statusEx(i);
    EXPECT_EQ(row.hresult, S_OK);
    EXPECT_EQ(row.state, static_cast<VSS_WRITER_STATE>(i));
    EXPECT_EQ(row.name, toUtf16("Writer " + std::to_string(i)));
    EXPECT_TRUE(failures.insert(row.failure).second) << nameOf(row.failure);
    EXPECT_TRUE(classes.insert(toString(row.classId)).second);
    EXPECT_TRUE(instances.insert(toString(row.instanceId)).second);
    EXPECT_EQ(ex.failure, row.failure);
  }
  EXPECT_EQ(r.shown(1), "1 S_OK");
  EXPECT_EQ(r.shown(9), "9 VSS_E_WRITERERROR_TIMEOUT");
  EXPECT_EQ(r.shown(15), "15 0x8004beef");
  EXPECT_EQ(r.statusEx(10).message, u"The database was busy for 60 s; try again.");
}

TEST(SampleScenarios, CarryOddNamesToTheRequester) {
  Scenario scenario = sample("odd-names.json");
  Requester r = requesterOf(scenario);
  r.forBackup().withMetadata().gathered();
  ASSERT_EQ(r.writers(), scenario.writers.size());
  int null = 0, empty = 0, withNul = 0, unpaired = 0, lineEnds = 0;
  for (UINT i = 0; i < scenario.writers.size(); ++i) {
    MaybeText name = r.status(i).name;
    EXPECT_EQ(name, scenario.writers[i].name) << i;
    null += !name;
    if (!name) continue;
    empty += name->empty();
    withNul += name->find(u'\0') != name->npos;
    lineEnds += name->find(u'\n') != name->npos;
    unpaired += vss::quoted(*name).find("\\ud") != std::string::npos;
  }
  EXPECT_EQ(null, 1);
  EXPECT_EQ(empty, 1);
  EXPECT_EQ(withNul, 3);
  EXPECT_EQ(lineEnds, 1);
  EXPECT_EQ(unpaired, 4);
  EXPECT_EQ(r.status(22).name, (std::u16string{u'A', 0, 0xD800, u'B', 0xDFFF, 0}));
}

TEST(SampleScenarios, HaveAGatherThatEndsOnlyByCancel) {
  Requester r = requesterOf(sample("never-ends.json"));
  auto* async = r.forBackup().withMetadata().start();
  r.clock->ms += 1'000'000'000;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(Requester::query(async), VSS_S_ASYNC_PENDING);
  EXPECT_EQ(r.count(), VSS_E_BAD_STATE);
  EXPECT_EQ(async->Cancel(), S_OK);
  EXPECT_EQ(Requester::query(async), VSS_S_ASYNC_CANCELLED);
  EXPECT_EQ(async->Release(), 0u);
}

}  // namespace
}  // namespace vss::model
