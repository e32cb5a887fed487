#include "conformance/explore/exploration_report.h"

#include <gtest/gtest.h>

#include <sstream>

#include "conformance/schema_testing.h"
#include "traces/test_trace.h"

namespace vss::conformance {
namespace {

using namespace test;

Exploration someExploration() {
  const std::string answer = "GetWriterStatus(0) = S_OK, \"a \\\"<writer>\\\"\"";
  Exploration found;
  found.covered = 9, found.run = 8, found.merged = 1, found.leftOut = 2;
  found.disagreements = {{"bgm0", {answer, answer}, {answer}, {}, ""}, {"n", {}, {answer}, {answer}, "disagreement-2.vsst", true}};
  found.choices = {{"freeTwice", "ok"}, {"releaseOfPending", "cancels"}};
  return found;
}
const std::vector<Death> kDeaths{{"bq", "the target hung", "error-1.vsst"}, {"", "died \"11\"", ""}};

RandomRun someRandomRun() {
  RandomRun random;
  random.seed = (std::uint64_t{1} << 53) - 1, random.run = 3;
  random.sequence = "given \"<x>\": U > Query";
  random.differences = {"call 1: \"a\" / b", "c"};
  return random;
}

std::string printed(const std::string& format, const RandomRun* random) {
  std::ostringstream out;
  printExploration(someExploration(), kDeaths, 5, "a \"target\"", format, out);
  printRandom(random, format, out);
  return out.str();
}

TEST(ExplorationReport, TheJsonIsAsItsSchemaSays) {
  auto random = someRandomRun();
  RandomRun none;
  none.none = "why";
  for (const RandomRun* one : {static_cast<const RandomRun*>(nullptr), static_cast<const RandomRun*>(&none), static_cast<const RandomRun*>(&random)}) {
    Parsed value(printed("json", one)), schema(contents("docs/schemas/explore.schema.json"));
    validate(value.value(), schema.value(), "explore");
    EXPECT_EQ(member(value.value(), "disagreements")->getArray().size(), 2u);
    EXPECT_EQ(member(value.value(), "errors")->getArray().size(), 2u);
    EXPECT_EQ(member(value.value(), "random").has_value(), one == &random);
  }
}

TEST(ExplorationReport, TheTextTellsAllOfIt) {
  auto random = someRandomRun();
  EXPECT_EQ(printed("text", &random),
            "ERROR the target hung in the sequence initialize for backup, query\n"
            "  evidence  error-1.vsst\n"
            "ERROR died \"11\" when its writers were asked for\n"
            "disagreement after 4 steps: initialize for backup, gather status, gather metadata, get 0\n"
            "            GetWriterStatus(0) = S_OK, \"a \\\"<writer>\\\"\"\n"
            "            GetWriterStatus(0) = S_OK, \"a \\\"<writer>\\\"\"\n"
            "  expected  GetWriterStatus(0) = S_OK, \"a \\\"<writer>\\\"\"\n"
            "  seen      no further call\n"
            "disagreement after 1 step: count\n"
            "            GetWriterStatus(0) = S_OK, \"a \\\"<writer>\\\"\"\n"
            "  note      only behind others in the same process: they leave something that the model does not\n"
            "  evidence  disagreement-2.vsst\n"
            "where the documentation is open it chooses: freeTwice=ok releaseOfPending=cancels\n"
            "sequences of up to 5 steps against a \"target\": 9 covered, 8 run, 1 merged, 2 left out because of errors; 2 disagreements\n"
            "disagreement in a random sequence: given \"<x>\": U > Query\n"
            "  expected / seen  call 1: \"a\" / b\n"
            "  expected / seen  c\n"
            "random sequences over the whole API: 3 run, --seed 9007199254740991; 1 disagreement, there it stopped\n");
}

}  // namespace
}  // namespace vss::conformance
