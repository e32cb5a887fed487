// `shadowtape shrink` as a user types it.
#include <gtest/gtest.h>

#include <regex>

#include "requesters/recorded.h"
#include "requesters/run.h"

namespace vss::test {
namespace {

class Shrinks : public testing::Test {
 protected:
  std::string file(const std::string& name) const { return shownPath(folder / name); }
  Ran shadowtape(std::vector<std::string> arguments, const Environment& environment = {}) {
    arguments.insert(arguments.begin(), program("bin/shadowtape"));
    return run(arguments, environment, std::chrono::seconds(120));
  }
  // What a requester and an implementation said to each other.
  void record(const std::string& name, const std::string& room, std::vector<std::string> command, const Environment& environment = {}) {
    command[0] = program("requesters/" + command[0]);
    command.insert(command.begin(), {"record", "-o", file(name), "--target", shim(room), "--"});
    auto ran = shadowtape(command, environment);
    ASSERT_TRUE(std::filesystem::exists(folder / name)) << ran.err;
  }
  std::vector<std::string> methodsIn(const std::string& name) {
    std::vector<std::string> methods;
    Recorded recorded(folder / name);
    for (const auto& call : recorded.calls) methods.push_back(call.signature->method);
    return methods;
  }
  TemporaryFolder folder;
};

using Methods = std::vector<std::string>;

TEST_F(Shrinks, AFieldTraceToTheShortestSessionThatBreaksTheRule) {
  record("field.vsst", "faults", {"orders"}, {{"SHADOWTAPE_FAULT", "metadata-count-says-s-false"}});
  auto ran = shadowtape({"shrink", file("field.vsst"), "--rule", "MD-009", "-o", file("short.vsst")});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.out.find("GetWriterMetadataCount(): expected {S_OK}, seen S_FALSE pcWriters=9\n"), std::string::npos) << ran.out;
  EXPECT_TRUE(std::regex_search(ran.out, std::regex("[0-9]+ calls → 5, in [0-9]+ tries and "))) << ran.out;
  EXPECT_EQ(methodsIn("short.vsst"), (Methods{"CreateVssBackupComponents", "InitializeForBackup", "GatherWriterMetadata", "QueryStatus", "GetWriterMetadataCount"}));
  auto check = shadowtape({"check", file("short.vsst")});
  EXPECT_EQ(check.exitCode, 1);
  EXPECT_NE(check.out.find("MD-009"), std::string::npos) << check.out;
}

TEST_F(Shrinks, WhatAnImplementationAnswersOtherwise) {
  record("good.vsst", "model", {"status_loop", "-n", "20"});
  auto ran = shadowtape({"shrink", file("good.vsst"), "--target", shim("faults"), "-o", file("short.vsst")}, {{"SHADOWTAPE_FAULT", "one-writer-too-few"}});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.out.find("pcWriters: 9 / 8\n"), std::string::npos) << ran.out;
  EXPECT_EQ(methodsIn("short.vsst"), (Methods{"CreateVssBackupComponents", "InitializeForBackup", "GatherWriterStatus", "QueryStatus", "GetWriterStatusCount"}));
  Recorded recorded(folder / "short.vsst");
  EXPECT_EQ(recorded.calls.back().output("pcWriters")->number, 9) << "what the recording has";
}

// Without the shadow copies no correct implementation has writers that wait for the end of a backup.
TEST_F(Shrinks, NotToASessionThatTheModelAnswersOtherwise) {
  record("good.vsst", "model", {"backup", "-d", file("document.xml")});
  auto ran = shadowtape({"shrink", file("good.vsst"), "--target", shim("faults"), "-o", file("short.vsst")}, {{"SHADOWTAPE_FAULT", "waiting-says-stable"}});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.out.find("pnStatus: VSS_WS_WAITING_FOR_BACKUP_COMPLETE / VSS_WS_STABLE\n"), std::string::npos) << ran.out;
  auto methods = methodsIn("short.vsst");
  EXPECT_NE(std::find(methods.begin(), methods.end(), "DoSnapshotSet"), methods.end()) << ran.out;
  EXPECT_LE(methods.size(), 12u) << ran.out;
  auto model = shadowtape({"drive", file("short.vsst"), "--target", shim("model")});
  EXPECT_FALSE(model.out.starts_with("call ") || model.out.find("\ncall ") != std::string::npos || model.out.find("only in " + file("short.vsst")) != std::string::npos) << model.out;
}

TEST_F(Shrinks, WhatIsHandedOutOrNotIsTheFirstDifference) {
  record("good.vsst", "model", {"backup", "-d", file("document.xml")});
  for (auto [fault, says, last] : {std::tuple("create-hands-out-null", "call 1 of ", "CreateVssBackupComponents"), std::tuple("set-without-id", "pSnapshotSetId: {id 1} / {00000000-0000-0000-0000-000000000000}\n", "StartSnapshotSet")}) {
    auto ran = shadowtape({"shrink", file("good.vsst"), "--target", shim("faults"), "-o", file("short.vsst")}, {{"SHADOWTAPE_FAULT", fault}});
    EXPECT_EQ(ran.exitCode, 0) << ran.err;
    EXPECT_NE(ran.out.find(says), std::string::npos) << ran.out;
    EXPECT_EQ(methodsIn("short.vsst").back(), last) << ran.out;
    EXPECT_LE(methodsIn("short.vsst").size(), 3u) << ran.out;
  }
}

TEST_F(Shrinks, ToWhatBreaksTheRuleOnTheImplementationItself) {
  Environment fault{{"SHADOWTAPE_FAULT", "metadata-count-says-s-false"}};
  record("good.vsst", "model", {"orders"});
  auto ran = shadowtape({"shrink", file("good.vsst"), "--target", shim("faults"), "--rule", "MD-009", "-o", file("short.vsst")}, fault);
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("MD-009 of ")) << ran.out;
  Recorded recorded(folder / "short.vsst");
  const auto& calls = recorded.calls;
  auto judged = std::find_if(calls.begin(), calls.end(), [](const Call& call) { return call.is("GetWriterMetadataCount"); });
  ASSERT_NE(judged, calls.end());
  EXPECT_EQ(judged->hresult(), 1) << "what the implementation answered, not what is recorded";
  EXPECT_LE(calls.size(), 8u) << ran.out;
  auto good = shadowtape({"shrink", file("good.vsst"), "--target", shim("model"), "--rule", "MD-009", "-o", file("none.vsst")});
  EXPECT_EQ(good.exitCode, 1);
  EXPECT_NE(good.err.find("does not break MD-009 when its calls are made again"), std::string::npos) << good.err;
}

TEST_F(Shrinks, WhatEndsTheImplementationsProcess) {
  record("good.vsst", "model", {"out_of_order"});
  auto ran = shadowtape({"shrink", file("good.vsst"), "--target", shim("faults"), "-o", file("short.vsst")}, {{"SHADOWTAPE_FAULT", "null-output-written-through"}});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.out.find("came back / the target's process died: "), std::string::npos) << ran.out;
  Recorded recorded(folder / "short.vsst");
  EXPECT_EQ(methodsIn("short.vsst"), (Methods{"CreateVssBackupComponents", "InitializeForBackup", "GatherWriterStatus", "QueryStatus", "GetWriterStatus"})) << ran.out;
  EXPECT_NE(recorded.calls.back().nulls, 0u) << "the call with a null pointer: " << ran.out;
}

TEST_F(Shrinks, ATraceWithWhichAProgramGoesAnotherWay) {
  record("one.vsst", "model", {"status_loop", "-n", "3"});
  auto ran = shadowtape({"shrink", file("one.vsst"), "-o", file("short.vsst"), "--", program("requesters/out_of_order")});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("divergence 1: the program's call ")) << ran.out;
  auto replay = [&](const std::string& name) { return shadowtape({"replay", file(name), "--", program("requesters/out_of_order")}); };
  auto whole = replay("one.vsst"), less = replay("short.vsst");
  EXPECT_EQ(less.exitCode, 125);
  std::string divergence = ran.out.substr(0, ran.out.find('\n'));
  EXPECT_NE(whole.err.find(divergence), std::string::npos) << whole.err;
  EXPECT_NE(less.err.find(divergence), std::string::npos) << less.err;
  EXPECT_LE(methodsIn("short.vsst").size(), 3u) << ran.out;
  auto same = shadowtape({"shrink", file("one.vsst"), "-o", file("none.vsst"), "--", program("requesters/status_loop"), "-n", "3"});
  EXPECT_EQ(same.exitCode, 1);
  EXPECT_NE(same.err.find("goes the way that is recorded"), std::string::npos) << same.err;
}

TEST_F(Shrinks, SaysWhyItDoesNot) {
  record("good.vsst", "model", {"status_loop"});
  auto says = [&](std::vector<std::string> arguments, int exitCode, const std::string& words) {
    arguments.insert(arguments.begin(), {"shrink", file("good.vsst"), "-o", file("out.vsst")});
    auto ran = shadowtape(arguments);
    EXPECT_EQ(ran.exitCode, exitCode) << ran.err;
    EXPECT_NE(ran.err.find(words), std::string::npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "out.vsst"));
  };
  says({}, 1, "nothing to shrink: it breaks no rule");
  says({"--rule", "WS-049"}, 1, "nothing to shrink: it does not break WS-049");
  says({"--rule", "WS-999"}, 2, "--rule WS-999: there is no such rule");
  says({"--target", shim("model")}, 1, "answers as it is recorded");
  says({"--target", file("no.so")}, 2, "no.so");
  says({"--rule", "WS-049", "--", file("no-program")}, 2, "program");
  says({"--limit", "soon"}, 2, "soon is no time such as 500ms, 30s or 5m");
  says({"--", file("no-program")}, 2, "no-program");
  says({"--", program("bin/shadowtape"), "--version"}, 2, "made no call of VSS that was served");
  auto imported = shadowtape({"import", "traces/samples/listings/contradiction.txt", "-o", file("imported.vsst")});
  ASSERT_TRUE(std::filesystem::exists(folder / "imported.vsst")) << imported.err;
  auto driven = shadowtape({"shrink", file("imported.vsst"), "--target", shim("model"), "-o", file("out.vsst")});
  EXPECT_EQ(driven.exitCode, 2);
  EXPECT_EQ(driven.err.find("shadowtape: " + file("imported.vsst") + ": was imported from a listing"), 0u) << driven.err;
  auto nowhere = shadowtape({"shrink", file("good.vsst"), "-o", file("no-folder/out.vsst"), "--", program("requesters/out_of_order")});
  EXPECT_EQ(nowhere.exitCode, 2);
  EXPECT_NE(nowhere.err.find("there is no folder"), std::string::npos) << nowhere.err;
  auto self = shadowtape({"shrink", file("good.vsst"), "-o", file("good.vsst"), "--", program("requesters/out_of_order")});
  EXPECT_EQ(self.exitCode, 2);
  EXPECT_EQ(Recorded(folder / "good.vsst").count("CreateVssBackupComponents"), 1u) << "the trace is still there";
}

TEST_F(Shrinks, WritesNoTestForWhatOnlyARequesterBreaks) {
  record("field.vsst", "model", {"orders"});
  auto ran = shadowtape({"shrink", file("field.vsst"), "--rule", "RQ-001", "-o", file("short.vsst"), "--emit-test", file("short.cc")});
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_NE(ran.err.find("RQ-001 is the requester's to keep"), std::string::npos) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "short.cc"));
  EXPECT_FALSE(std::filesystem::exists(folder / "short.vsst")) << "that is said before the work";
  for (std::string over : {"field.vsst", "short.vsst"}) {
    auto trace = shadowtape({"shrink", file("field.vsst"), "--rule", "RQ-001", "-o", file("short.vsst"), "--emit-test", file(over)});
    EXPECT_EQ(trace.exitCode, 2);
    EXPECT_NE(trace.err.find(over), std::string::npos) << trace.err;
  }
  EXPECT_GE(Recorded(folder / "field.vsst").calls.size(), 10u) << "the trace is still there";
}

}  // namespace
}  // namespace vss::test
