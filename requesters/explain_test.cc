// `explain` as a support engineer runs it: on what a backup program met, on a listing, and on what is no trace.
#include <gtest/gtest.h>

#include "requesters/recorded.h"

namespace vss::test {
namespace {

class ExplainCommand : public testing::Test {
 protected:
  Ran explain(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {program("bin/shadowtape"), "explain"});
    Ran ran = run(arguments);
    std::erase(ran.out, '\r'), std::erase(ran.err, '\r');
    return ran;
  }
  // The program with the model as its VSS, in a scenario.
  std::string record(const std::string& requester, const std::string& scenario) {
    std::ofstream(folder / "scenario.json", std::ios::binary) << scenario;
    std::string trace = shownPath(folder / "a.vsst");
    Ran ran = run({program("bin/shadowtape"), "record", "-o", trace, "--target", "model:" + shownPath(folder / "scenario.json"), "--", program("requesters/" + requester)});
    EXPECT_NE(ran.err.find("recorded in"), std::string::npos) << ran.err;
    return trace;
  }
  static bool has(const Ran& ran, const std::string& text) { return ran.out.find(text) != std::string::npos; }
  TemporaryFolder folder;
};

// A writer with a component, which fails at an event.
std::string failing(const std::string& event, const std::string& code) {
  return R"({"writers": [{"name": "SqlServerWriter", "classId": "a65faa63-5ea8-4ebc-9dbd-a0c4db26912a", "components": [{"name": "master"}],
             "failsAt": [{"event": ")" + event + R"(", "failure": ")" + code + "\"}]}]}";
}

TEST_F(ExplainCommand, NamesTheWriterThatFailed) {
  struct { const char *event, *code, *words; } all[] = {
      {"prepareBackup", "VSS_E_WRITERERROR_NONRETRYABLE", "failed at PrepareForBackup (VSS_WS_FAILED_AT_PREPARE_BACKUP, VSS_E_WRITERERROR_NONRETRYABLE)"},
      {"freeze", "VSS_E_WRITERERROR_TIMEOUT", "failed at Freeze (VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_TIMEOUT)"},
      {"postSnapshot", "VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT", "failed at PostSnapshot (VSS_WS_FAILED_AT_POST_SNAPSHOT, VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT)"}};
  for (const auto& [event, code, words] : all) {
    Ran ran = explain({record("backup_careful", failing(event, code))});
    EXPECT_EQ(ran.exitCode, 1) << ran.err;
    EXPECT_EQ(ran.out.find(std::string("\"SqlServerWriter\" ") + words), 0u) << ran.out;
    EXPECT_TRUE(has(ran, "note      the answers are a stand-in's")) << ran.out;
    EXPECT_TRUE(has(ran, "  Bareos            warns              a failed state\n")) << ran.out;
  }
}

TEST_F(ExplainCommand, SaysThatNothingFailed) {
  Ran ran = explain({record("backup_careful", "{}")});
  EXPECT_EQ(ran.exitCode, 0) << ran.out;
  EXPECT_EQ(ran.out.find("Nothing failed: 9 stable.\n"), 0u) << ran.out;
}

TEST_F(ExplainCommand, TellsOfAnOperationThatWasGivenUpAndOfWhatTheRequesterDidWrong) {
  Ran ran = explain({record("impatient", R"({"operations": {"gatherWriterStatus": {"never": true}}})")});
  EXPECT_EQ(ran.exitCode, 1) << ran.out;
  EXPECT_EQ(ran.out.find("GatherWriterStatus (call "), 0u) << ran.out;
  EXPECT_TRUE(has(ran, " was cancelled ")) << ran.out;
  ran = explain({record("backup_never_aborts", R"({"operations": {"doSnapshotSet": {"result": "VSS_E_PROVIDER_VETO"}}})")});
  EXPECT_EQ(ran.exitCode, 1) << ran.out;
  EXPECT_TRUE(has(ran, "ended with VSS_E_PROVIDER_VETO")) << ran.out;
  EXPECT_TRUE(has(ran, "what the requester did against the documentation\n  RQ-018 (must), call ")) << ran.out;
}

TEST_F(ExplainCommand, ReadsPackedTracesAndImportedListings) {
  std::string trace = record("backup_careful", failing("freeze", "VSS_E_WRITERERROR_TIMEOUT")), packed = shownPath(folder / "a.zst"), imported = shownPath(folder / "i.vsst");
  ASSERT_EQ(run({program("bin/shadowtape"), "pack", trace, "-o", packed}).exitCode, 0);
  EXPECT_EQ(explain({packed}).out, explain({trace}).out);
  ASSERT_EQ(run({program("bin/shadowtape"), "import", "traces/samples/listings/seen-entities.txt", "-o", imported}).exitCode, 0);
  Ran ran = explain({imported, "--format", "json"});
  EXPECT_EQ(ran.exitCode, 1);
  EXPECT_TRUE(has(ran, "\"headline\": \"\\\"NTDS\\\" failed at PostSnapshot (VSS_WS_FAILED_AT_POST_SNAPSHOT, VSS_E_WRITERERROR_NONRETRYABLE)")) << ran.out;
}

TEST_F(ExplainCommand, WhatCannotBeUsedIsSaidInALine) {
  std::ofstream(folder / "empty") << "";
  std::ofstream(folder / "listing.txt") << "Writer name: 'System Writer'\n";
  const std::string good = "traces/samples/golden/status.vsst";
  struct { std::vector<std::string> arguments; const char* says; } all[] = {
      {{}, "trace is required"},
      {{""}, "argument 2 is empty"},
      {{good, good}, "see `shadowtape explain --help`"},
      {{good, "--format", "xml"}, "--format: xml not in {text,json}"},
      {{good, "--format"}, "--format: 1 required"},
      {{good, "--frmat", "json"}, "see `shadowtape explain --help`"},
      {{shownPath(folder / "none.vsst")}, "none.vsst"},
      {{shownPath(folder.path())}, "shadowtape-"},
      {{shownPath(folder / "empty")}, "is empty; a trace starts with a header"},
      {{shownPath(folder / "listing.txt")}, "a pasted listing becomes one by `shadowtape import`"},
      {{"traces/samples/vectors/newer-format.vsst"}, "use a newer one"},
  };
  for (const auto& [arguments, says] : all) {
    Ran ran = explain(arguments);
    EXPECT_EQ(ran.exitCode, 2) << says;
    EXPECT_EQ(ran.out, "") << says;
    EXPECT_NE(ran.err.find(says), std::string::npos) << says << ": " << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
}

}  // namespace
}  // namespace vss::test
