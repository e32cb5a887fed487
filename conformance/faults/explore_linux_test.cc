// What exploration finds without any rule: the model against itself agrees, each of its choices is allowed, and an implementation that is wrong in
// one way is found by the shortest sequence that shows it.
#include "conformance/explore/explore.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

#include "conformance/child.h"
#include "conformance/faults/faults.h"
#include "conformance/model/model.h"
#include "traces/vss/golden_file.h"

namespace vss::conformance {
namespace {

constexpr const char* kTable = "conformance/faults/explored.tsv";

MakeSystem modelWith(const std::string& scenarioText, bool fresh) {
  auto scenario = model::parseScenario(scenarioText);
  auto make = [scenario] {
    auto service = std::make_shared<model::Service>(scenario);
    return System{[service](IVssBackupComponents** out) { return model::create(service, out); }, &model::digestOf};
  };
  if (fresh) return make;
  return [same = make()] { return same; };
}
MakeSystem modelWith(const Choices& choices) { return modelWith(explorationScenario(kExploredWriters, choices), true); }

const Allocators kAllocators = allocatorsOf("");
Reference theModel() {
  return {[](const std::string& scenario, bool fresh) { return modelWith(scenario, fresh); }, kAllocators, model::openChoices()};
}
MakeSystem faulty(const Fault* fault) {
  return [fault, make = modelWith(Choices{})] {
    auto injector = std::make_shared<FaultInjector>(fault, [real = make()](const MethodInfo&, void* const* args) { return real.create(*static_cast<IVssBackupComponents***>(args[0])); });
    return System{[injector](IVssBackupComponents** out) {
                    void* args[] = {&out};
                    return injector->call(createVssBackupComponents(), args);
                  },
                  {}};
  };
}

// Whether a step makes such a call.
bool inTheAlphabet(const Fault& fault) {
  for (const char* method : {"CreateVssBackupComponents", "InitializeForBackup", "SetBackupState", "InitializeForRestore", "GatherWriterMetadata", "GatherWriterStatus", "StartSnapshotSet",
                             "AddToSnapshotSet", "PrepareForBackup", "DoSnapshotSet", "BackupComplete", "AbortBackup", "Wait", "QueryStatus", "Cancel", "Release", "GetWriterStatusCount",
                             "GetWriterStatus", "FreeWriterStatus"})
    if (fault.touches(method)) return true;
  return false;
}

// In a process that it may end: what it wrote, and whether it came to its end.
std::pair<std::string, bool> inAChild(const std::function<void(char* told)>& work) {
  constexpr std::size_t kSize = 65536;
  auto* told = static_cast<char*>(::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  pid_t child = ::fork();
  if (child == 0) {
    dieQuietly();
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
    ::alarm(2);  // a sequence takes microseconds
    work(told);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  std::pair<std::string, bool> end{told, WIFEXITED(status)};
  ::munmap(told, kSize);
  return end;
}
void tell(char* told, const std::string& text) { std::snprintf(told, 65536, "%s", text.c_str()); }

// "SEQUENCE<tab>what was expected<tab>what was seen"; "-": it is none.
std::string inWords(const std::optional<Disagreement>& d) {
  if (!d) return "-";
  for (std::size_t i = 0; i < std::max(d->expected.size(), d->seen.size()); ++i)
    if (i >= d->expected.size() || i >= d->seen.size() || d->expected[i] != d->seen[i])
      return d->sequence + "\t" + (i < d->expected.size() ? d->expected[i] : "no further call") + "\t" + (i < d->seen.size() ? d->seen[i] : "no further call");
  return "-";
}

// What one sequence shows by itself.
std::string shownBy(const std::string& sequence, const Fault& fault) {
  System model = theModel().with(explorationScenario(kExploredWriters, {}), true)(), other = faulty(&fault)(), documents = faulty(&fault)();
  return inWords(disagreementOf(sequence, answersTo(sequence, model, model, kAllocators, 2), answersTo(sequence, other, documents, kAllocators, 2)));
}

// The shortest of so many that a search to that depth shows; how the process ended, if it did.
std::string foundIn(const Fault& fault, int depth, std::size_t most) {
  auto [text, ended] = inAChild([&](char* told) {
    auto found = explore(faulty(&fault), theModel(), kAllocators, {.depth = depth, .most = most}, [&](std::string_view sequence) {
      ::alarm(2);
      tell(told, std::string(sequence));
    }).disagreements;
    auto shortest = std::min_element(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.sequence.size() < b.sequence.size(); });
    tell(told, inWords(shortest == found.end() ? std::nullopt : std::optional(*shortest)));
  });
  if (ended) return text;
  auto dies = [&](const std::string& sequence) {
    return !inAChild([&](char*) {
      System system = faulty(&fault)();
      answersTo(sequence, system, system, kAllocators, 2);
    }).second;
  };
  return shortestDeath(text, dies) + "\tthe process ends";
}

TEST(Explore, TheModelAgreesWithItselfAndMergingLeavesNothingUncovered) {
  for (int depth = 1; depth <= 4; ++depth) {
    auto merged = explore(modelWith(Choices{}), theModel(), kAllocators, {.depth = depth});
    auto all = explore(modelWith(Choices{}), theModel(), kAllocators, {.depth = depth, .merge = false});
    EXPECT_TRUE(merged.disagreements.empty());
    EXPECT_TRUE(all.disagreements.empty());
    EXPECT_EQ(merged.covered, all.run) << depth;
    EXPECT_EQ(all.covered, all.run) << depth;
    EXPECT_LE(merged.run, all.run) << depth;
    EXPECT_EQ(all.merged, 0u);
  }
}

// What the documentation leaves open an implementation may choose; and it has to stay with it.
TEST(Explore, TakesOverEveryChoiceThatIsOpen) {
  std::set<std::string> shown;
  for (const auto& [name, value] : model::openChoices()) {
    auto found = explore(modelWith({{name, value}}), theModel(), kAllocators, {.depth = 3});
    for (const auto& d : found.disagreements) ADD_FAILURE() << name << "=" << value << ": " << d.sequence;
    for (const auto& [taken, its] : found.choices) shown.insert(taken + "=" + its);
  }
  EXPECT_GE(shown.size(), 9u) << testing::PrintToString(shown);
  EXPECT_TRUE(shown.contains("freeBeforeGather=ok"));
  EXPECT_TRUE(shown.contains("releaseOfPending=cancels"));
}
TEST(Explore, AChoiceThatAPageSpeaksAgainstIsADisagreement) {
  auto found = explore(modelWith({{"completeWithoutSet", "ok"}}), theModel(), kAllocators, {.depth = 4});
  ASSERT_FALSE(found.disagreements.empty());
  EXPECT_EQ(found.disagreements[0].sequence, "bpc");
}

// An implementation that has one system and takes its own time.
Exploration exploredOnce(const Fault& fault) {
  auto make = [same = faulty(&fault)()] { return same; };
  return explore(make, theModel(), kAllocators, {.depth = 3, .fresh = false});
}
TEST(Explore, AnOperationMayTakeAnotherTimeThanTheModelsButNotBeginAnew) {
  const Fault quick{"quick", "What is asked for has ended.", "", false, "QueryStatus", [](FaultyCall& call) {
                      static_cast<IVssAsync*>(call.self->real)->Wait(kInfinite);
                      return call.pass();
                    }};
  auto found = exploredOnce(quick);
  EXPECT_GT(found.undecided, 0u);
  EXPECT_TRUE(found.disagreements.empty()) << found.disagreements[0].sequence;
  const Fault again{"again", "What has told its end is pending again.", "", false, "QueryStatus", [](FaultyCall& call) {
                      bool told = call.self->ended != S_OK;
                      HRESULT result = call.pass();
                      if (told && result == S_OK) *call.out<HRESULT>("pHrResult") = VSS_S_ASYNC_PENDING;
                      return result;
                    }};
  found = exploredOnce(again);
  ASSERT_FALSE(found.disagreements.empty());
  EXPECT_EQ(found.disagreements[0].sequence, "bmwqq");
}

TEST(Explore, TellsWhatStandsInTheWayToALateState) {
  auto found = explore(faulty(faultNamed("set-hands-out-nothing")), theModel(), kAllocators, {.depth = 1});
  ASSERT_EQ(found.disagreements.size(), 1u);
  EXPECT_EQ(found.disagreements[0].sequence, "bmps");
}

// explored.tsv: how deep the search has to go for each fault, and the shortest sequence that shows it. "-": not found in five steps. Once it is known the search
// ends here with the first sequence, which may be longer than another of the same depth.
TEST(Explore, FindsFaultsByTheirShortestSequence) {
  std::map<std::string, std::string> known;
  std::ifstream in(kTable, std::ios::binary);
  for (std::string line; std::getline(in, line);) known[line.substr(0, line.find('\t'))] = line.substr(line.find('\t') + 1);
  const bool bless = std::getenv("BLESS"), whole = bless || std::getenv("SHADOWTAPE_LONG");   // bless: what is not in the table is searched for
  auto sequenceOf = [](const std::string& row) { return row.substr(0, row.find('\t')); };
  std::string now = "fault\tdepth\tsequence\texpected\tseen\n";
  for (const auto& fault : faults()) {
    if (!inTheAlphabet(fault)) continue;
    const std::string row = known[std::string(fault.name)];
    int depth = std::atoi(row.c_str());
    if (!depth) depth = row.empty() && bless ? 1 : 3;
    std::string found;
    while ((found = foundIn(fault, depth, whole ? 20 : 1)) == "-" && row.empty() && bless && depth < 5) ++depth;
    if (std::string expected = row.substr(row.find('\t') + 1); found != "-" && found != expected && sequenceOf(expected).size() < sequenceOf(found).size())
      if (std::string shown = shownBy(sequenceOf(expected), fault); shown != "-") found = shown;
    now += std::string(fault.name) + "\t" + (found == "-" ? "-" : std::to_string(depth) + "\t" + found) + "\n";
  }
  EXPECT_TRUE(test::isGolden(kTable, now));
}

}  // namespace
}  // namespace vss::conformance
