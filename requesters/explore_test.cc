// `conform --explore` as its users run it: real processes against real libraries.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "conformance/schema_testing.h"
#include "requesters/run.h"

namespace vss::test {
namespace {

class ExploreTest : public testing::Test {
 protected:
  Ran explore(const std::string& depth, const std::string& target, std::vector<std::string> more = {}, const Environment& environment = {}) {
    if (std::find(more.begin(), more.end(), "--random") == more.end()) more.insert(more.end(), {"--random", "0"});
    more.insert(more.begin(), {program("bin/shadowtape"), "conform", "--target", target, "--explore", depth});
    Ran ran = run(more, environment, std::chrono::seconds(300));
    std::erase(ran.out, '\r'), std::erase(ran.err, '\r');
    return ran;
  }
  Ran faulty(const std::string& fault, const std::string& depth, std::vector<std::string> more = {}) { return explore(depth, shim("faults"), std::move(more), {{"SHADOWTAPE_FAULT", fault}}); }
};

TEST_F(ExploreTest, TheModelAgreesWithItselfAlsoAsALibraryAndBehindARecorder) {
  TemporaryFolder folder;
  const Environment none, recorded{{"SHADOWTAPE_TARGET", shim("model")}, {"SHADOWTAPE_TRACE", shownPath(folder / "explored.vsst")}};
  for (const auto& [target, environment] : {std::pair("model", none), {"", none}, {"recorder", recorded}}) {
    std::string name = target == std::string("model") ? target : shim(*target ? target : "model");
    Ran ran = explore("3", name, {}, environment);
    EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
    EXPECT_TRUE(std::regex_match(ran.out, std::regex("sequences of up to 3 steps against .*: 4367 covered, [0-9]+ run, [0-9]+ merged; 0 disagreements\n"))) << ran.out;
  }
}

#if !defined(_WIN32)   // there it is the system
TEST_F(ExploreTest, TheDefaultTargetIsTheModelOrTheShimThatIsInPlace) {
  std::vector<std::string> command{program("bin/shadowtape"), "conform", "--explore", "2", "--random", "2"};
  EXPECT_TRUE(run(command).out.starts_with("sequences of up to 2 steps against model: 285 covered, "));
  Ran ran = run(command, {{"SHADOWTAPE_SHIM", shim("faults")}, {"SHADOWTAPE_FAULT", "initialize-again-starts-over"}});
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  EXPECT_NE(ran.out.find("sequences of up to 2 steps against the default target: "), std::string::npos) << ran.out;
}
#endif

TEST_F(ExploreTest, TellsADisagreementByItsShortestSequence) {
  Ran ran = faulty("status-served-while-pending", "3");
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("disagreement after 3 steps: initialize for backup, gather status, count\n"
                                  "            CreateVssBackupComponents = S_OK, an object\n"
                                  "            InitializeForBackup(NULL) = S_OK\n"
                                  "            SetBackupState(false, false, VSS_BT_FULL, false) = S_OK\n"
                                  "            GatherWriterStatus = S_OK, an object\n"
                                  "  expected  GetWriterStatusCount = VSS_E_BAD_STATE, 0\n"
                                  "  seen      GetWriterStatusCount = S_OK, ")) << ran.out;
  ran = faulty("status-served-while-pending", "3", {"--format", "json"});
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_NE(ran.out.find("\"format\": \"shadowtape-explore-1\""), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("{\"sequence\": \"bgn\", "), std::string::npos) << ran.out;
}

TEST_F(ExploreTest, KeepsEachDisagreementAsATrace) {
  TemporaryFolder folder;
  Ran ran = faulty("initialize-again-starts-over", "2", {"--report", shownPath(folder / "report")});
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_NE(ran.out.find("  evidence  disagreement-1.vsst\n"), std::string::npos) << ran.out << ran.err;
  std::string trace = shownPath(folder / "report" / "disagreement-1.vsst");
  EXPECT_EQ(run({program("bin/shadowtape"), "verify", trace}).exitCode, 0);
  Ran check = run({program("bin/shadowtape"), "check", trace, "--rules", "IN-010"});
  EXPECT_EQ(check.exitCode, 1) << "a rule speaks of it too: " << check.out;
}

// A step that ends the process behind two others is left out altogether; all else is still made.
TEST_F(ExploreTest, GoesOnAfterACrashAndKeepsItAsATrace) {
  TemporaryFolder folder;
  auto report = folder / "report";
  Ran ran = faulty("null-output-written-through", "4", {"--report", shownPath(report)});
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_TRUE(std::regex_match(ran.out, std::regex("ERROR the target's process died: .* in the sequence initialize for backup, gather status, gather metadata, get null\n"
                                                   "  evidence  error-1.vsst\n"
                                                   "ERROR the target's process died: .* in the sequence initialize for backup, gather status, make the shadow copies, get null\n"
                                                   "  evidence  error-2.vsst\n"
                                                   "sequences of up to 4 steps against .*: [0-9]{5} covered, [0-9]{5} run, [0-9]+ merged, [0-9]{4} left out because of errors; 0 disagreements\n"))) << ran.out << ran.err;
  Ran shown = run({program("bin/shadowtape"), "show", shownPath(report / "error-1.vsst")});
  EXPECT_NE(shown.out.find("GetWriterStatus"), std::string::npos) << shown.out << shown.err;
  EXPECT_NE(contentOf(report / "error-1.cc").find("GetWriterStatus"), std::string::npos);
  EXPECT_EQ(run({program("bin/shadowtape"), "verify", shownPath(report / "error-1.expected.vsst")}).exitCode, 0);
}

// Before the search its writers are asked for, and a document is made: a crash there has its steps too.
TEST_F(ExploreTest, TellsByStepsWhatEndsTheProcessBeforeTheSearch) {
  Ran ran = faulty("async-slots-shifted", "2");
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_TRUE(std::regex_search(ran.out, std::regex("^ERROR the target's process died: .* in the sequence initialize for backup, gather metadata, wait\n"))) << ran.out << ran.err;
  EXPECT_EQ(ran.out.find("it stopped there"), std::string::npos) << ran.out;
#if !defined(_WIN32)   // there a text that is given back with the wrong allocator is not noticed
  ran = faulty("name-not-freeable", "2", {"--format", "json"});
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_NE(ran.out.find("{\"sequence\": \"bgw0\", \"trace\": \"\", \"how\": \"the target's process died: "), std::string::npos) << ran.out << ran.err;
#endif
}

TEST_F(ExploreTest, EndsWhatHangs) {
  Ran ran = faulty("second-wait-never-returns", "4", {"--hang-limit", "0.5"});
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_TRUE(ran.out.starts_with("ERROR the target hung in the sequence initialize for backup, gather status, wait, wait\n")) << ran.out << ran.err;
}

#if !defined(_WIN32)   // a process costs ten times as much under Wine
// conformance/faults/explored.tsv, by the command: there one process makes all sequences on one system.
TEST_F(ExploreTest, FindsWhatTheTableHoldsByASequenceThatIsAsShort) {
  const int deepest = std::getenv("SHADOWTAPE_LONG") ? 5 : 3;
  std::istringstream table(contentOf("conformance/faults/explored.tsv"));
  std::string line;
  std::getline(table, line);
  int rows = 0;
  for (; std::getline(table, line); ++rows) {
    std::istringstream columns(line);
    std::string fault, depth, sequence;
    std::getline(columns, fault, '\t'), std::getline(columns, depth, '\t'), std::getline(columns, sequence, '\t');
    bool ofFailedWriters = fault == "failed-state-without-reason" || fault == "name-left-alone";   // what the scenario's writers are before any backup
    if (depth == "-" || (std::stoi(depth) > deepest && !ofFailedWriters)) continue;
    Ran ran = faulty(fault, depth, {"--format", "json", "--hang-limit", "0.5"});
    EXPECT_EQ(ran.exitCode, 1) << fault << ran.err;
    Parsed report(ran.out);
    std::size_t shortest = 100;
    for (const char* list : {"disagreements", "errors"})
      for (auto one : member(report.value(), list)->getArray()) shortest = std::min(shortest, text(*member(one, "sequence")).size());
    EXPECT_LE(shortest, sequence.size()) << fault << ": " << ran.out;
  }
  EXPECT_GT(rows, 100);
}

// What a sequence leaves in the system shows in a later one; it is told by the two together.
TEST_F(ExploreTest, TellsByItselfWhatShowedBehindOtherSequences) {
  TemporaryFolder folder;
  auto report = folder / "report";
  Ran ran = faulty("shadow-copies-outlive-their-object", "3", {"--report", shownPath(report)});
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_TRUE(ran.out.starts_with("disagreement after 5 steps: initialize for backup, prepare, release, initialize for backup, prepare\n")) << ran.out << ran.err;
  EXPECT_EQ(ran.out.find("  note "), std::string::npos) << ran.out;
  EXPECT_NE(run({program("bin/shadowtape"), "show", shownPath(report / "disagreement-1.vsst")}).out.find(" 14 "), std::string::npos) << "both are in the evidence";
}
#endif

// A choice explains an answer only if no answer before it speaks against it.
TEST_F(ExploreTest, DoesNotTakeAMistakeForAChoice) {
  Ran ran = faulty("index-n-says-bad-state", "4");
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_TRUE(ran.out.starts_with("disagreement after 4 steps: initialize for backup, gather status, gather metadata, get n\n")) << ran.out << ran.err;
  EXPECT_EQ(ran.out.find("it chooses"), std::string::npos) << ran.out;
}

TEST_F(ExploreTest, SaysWhereTheDocumentationIsOpenWhatIsChosen) {
  Ran ran = explore("3", "model", {"--choice", "freeBeforeGather=ok"});
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_TRUE(ran.out.starts_with("where the documentation is open it chooses: freeBeforeGather=ok\n")) << ran.out;
}

// ---- Random sequences ----

#if defined(_WIN32)
constexpr const char *kSequences = "4", *kAllOfThem = "4 run";   // Wine needs its time to start a process
#else
constexpr const char *kSequences = "25", *kAllOfThem = "25 run";
#endif

TEST_F(ExploreTest, TheModelAgreesWithItselfAtRandomAndTheSeedIsTold) {
  Ran ran = explore("1", shim("model"), {"--random", kSequences});
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_TRUE(std::regex_search(ran.out, std::regex("\nrandom sequences over the whole API: " + std::string(kAllOfThem) + ", --seed [0-9]+; 0 disagreements\n$"))) << ran.out;
}

TEST_F(ExploreTest, ARandomDisagreementIsToldByItsShortestSequenceAndComesAgainWithTheSeed) {
  TemporaryFolder folder;
  Ran ran = faulty("metadata-count-says-s-false", "1", {"--random", "200", "--seed", "3", "--report", shownPath(folder / "report")});
  EXPECT_EQ(ran.exitCode, 1) << ran.err;
  const std::string sequence = "U > InitializeForBackup = any > GatherWriterMetadata* = any > GetWriterMetadataCount = any";
  EXPECT_NE(ran.out.find("disagreement in a random sequence: " + sequence + "\n"), std::string::npos) << "without what it does not need: " << ran.out;
  EXPECT_NE(ran.out.find(": result: S_OK / S_FALSE\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find(", --seed 3; 1 disagreement, there it stopped\n"), std::string::npos) << ran.out;
  EXPECT_EQ(run({program("bin/shadowtape"), "verify", shownPath(folder / "report" / "random.vsst")}).exitCode, 0);
  EXPECT_NE(contentOf(folder / "report" / "random.cc").find("TEST(Shrunk, "), std::string::npos);
  Ran again = faulty("metadata-count-says-s-false", "1", {"--random", "200", "--seed", "3", "--format", "json"});
  EXPECT_NE(again.out.find("\"random\": {\"seed\": 3, \"run\": "), std::string::npos) << again.out;
  Parsed value(again.out), schema(contentOf("docs/schemas/explore.schema.json"));
  validate(value.value(), schema.value(), "explore");
#if !defined(_WIN32)   // 20 s under Wine
  EXPECT_EQ(faulty("metadata-count-says-s-false", "1", {"--random", "200", "--seed", "3", "--format", "json"}).out, again.out) << "there is no time in it";
#endif
  EXPECT_NE(again.out.find("{\"sequence\": \"" + sequence + "\", "), std::string::npos) << again.out;
}

// A replayed trace shows writers, and knows nothing of a scenario.
TEST_F(ExploreTest, ATargetThatDoesNotReadTheScenarioIsNotCalledAtRandom) {
  TemporaryFolder folder;
  std::string trace = shownPath(folder / "status.vsst");
  ASSERT_EQ(run({program("bin/shadowtape"), "status", "--target", "model", "-o", trace}).exitCode, 0);
  Ran ran = explore("1", shim("replayer"), {"--random", "5"}, {{"SHADOWTAPE_TRACE", trace}, {"SHADOWTAPE_OPTIONS", "match=state"}, {"SHADOWTAPE_REPORT", shownPath(folder / "report.txt")}});
  EXPECT_EQ(ran.exitCode, 1) << "it answers nothing else than it has recorded";
  EXPECT_TRUE(ran.out.ends_with("\nno random sequences over the whole API: the target does not read SHADOWTAPE_SCENARIO, and is another system than the model\n")) << ran.out << ran.err;
}

TEST_F(ExploreTest, RefusesWhatItCannotExplore) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"--target", "traces/samples/golden/status.vsst", "--explore", "3"}, "a trace answers only what was recorded"},
      {{"--target", "model:traces/samples/scenarios/all-states.json", "--explore", "3"}, "--explore brings a scenario of its own"},
      {{"--target", "./no-such.so", "--explore", "3"}, "no such file"},
      {{"--target", "model", "--explore", "0"}, "--explore"},
      {{"--target", "model", "--explore", "much"}, "--explore"},
      {{"--target", "model", "--unmerged"}, "--explore"},
      {{"--target", "model", "--explore", "2", "--format", "junit"}, "--explore prints text or json"},
      {{"--target", "model", "--explore", "2", "--filter", "WS-*"}, "--filter"},
      {{"--target", "model", "--explore", "2", "--list"}, "--list"},
      {{"--target", "model", "--seed", "2"}, "--explore"},
      {{"--target", "model", "--explore", "2", "--random", "-1"}, "--random"},
      {{"--target", "model", "--explore", "2", "--choice", "nonsense=1"}, "nonsense"}};
  for (const auto& [arguments, expected] : cases) {
    std::vector<std::string> command{program("bin/shadowtape"), "conform"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Ran ran = run(command);
    std::erase(ran.err, '\r');
    EXPECT_EQ(ran.exitCode, 2) << expected << ran.out;
    EXPECT_NE(ran.err.find(expected), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_EQ(ran.out, "");
  }
}

}  // namespace
}  // namespace vss::test
