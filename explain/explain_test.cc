// What `explain` says: of every sample, of sessions in which one thing goes wrong, of traces that are cut, damaged, packed or hostile.
#include "explain/explain.h"

#include <gtest/gtest.h>

#include <set>

#include "conformance/schema_testing.h"
#include "explain/testing.h"
#include "traces/append_remarks.h"
#include "traces/import.h"
#include "traces/packed_trace.h"
#include "traces/vss/golden_file.h"
#include "traces/vss/plain_json.h"

namespace vss::explain {
namespace {

constexpr const char* kCut = "traces/samples/golden/never_came_back.vsst";

const std::vector<HRESULT>& codesOfWriters() {
  static const std::vector<HRESULT> codes = [] {
    std::vector<HRESULT> all;
    for (const auto& fact : failureFacts()) all.push_back(fact.code);
    return all;
  }();
  return codes;
}

struct Case { const char* name; Story story; const char* original = "traces/samples/golden/status.vsst"; };

std::vector<Case> cases() {
  const Status frozen{VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_TIMEOUT}, waits{VSS_WS_WAITING_FOR_BACKUP_COMPLETE};
  std::vector<Case> all;
  all.push_back({"nothing-wrong", Story().prepared().whole("DoSnapshotSet", 4.5).waiting().whole("BackupComplete", 0.7).statuses().end()});
  all.push_back({"failed-then-retried", Story().prepared().whole("DoSnapshotSet", 61.2).statuses(waits, frozen, waits).abort().prepared().whole("DoSnapshotSet", 3.1).waiting()
                                            .whole("BackupComplete", 0.5).statuses().end()});
  all.push_back({"veto", Story().begin().makeSet().whole("PrepareForBackup", 0.3).statuses({}, {}, {VSS_WS_FAILED_AT_PREPARE_BACKUP, VSS_E_WRITERERROR_NONRETRYABLE}).abort()});
  all.push_back({"several", Story().prepared().whole("DoSnapshotSet", 12, VSS_E_UNEXPECTED).statuses({VSS_WS_UNKNOWN, VSS_E_WRITER_NOT_RESPONDING}, frozen, frozen).abort()});
  all.push_back({"bad-state", Story().begin().call("StartSnapshotSet", {}, S_OK, {id(70)}).call("DoSnapshotSet", {}, VSS_E_BAD_STATE, {object(9)}).abort()});
  all.push_back({"provider-veto", Story().prepared().whole("DoSnapshotSet", 31, VSS_E_PROVIDER_VETO).statuses().abort()});
  {
    Story hang = Story().prepared().whole("DoSnapshotSet", 2).waiting().start("BackupComplete");
    Made never = wait(hang.operation());
    never.returns = false;
    all.push_back({"hang", hang.add(never, 3600), kCut});
  }
  {
    Story polled = Story().prepared().start("DoSnapshotSet");
    for (int i = 0; i < 20; ++i) polled.add(wait(polled.operation(), 1000), 1).add(query(polled.operation(), VSS_S_ASYNC_PENDING));
    all.push_back({"pending-at-the-end", polled, kCut});
    Made cancel{polled.operation(), "IVssAsync", "Cancel", {}, {}};
    all.push_back({"given-up", Story(polled).add(cancel).add(release(polled.operation())).abort()});
    all.push_back({"cancelled", Story(polled).add(cancel).add(query(polled.operation(), VSS_S_ASYNC_CANCELLED)).add(release(polled.operation())).abort()});
  }
  all.push_back({"application-error", Story().prepared().whole("DoSnapshotSet", 2).statuses(waits, {VSS_WS_FAILED_AT_POST_SNAPSHOT, VSS_E_WRITERERROR_PARTIAL_FAILURE}, waits, "GetWriterStatusEx").abort()});
  {
    Story watched = Story().begin();
    for (int i = 0; i < 15; ++i) watched.statuses({}, i == 6 || i == 9 ? Status{VSS_WS_STABLE, VSS_E_WRITERERROR_RETRYABLE} : Status{});
    all.push_back({"watched", watched.end()});
  }
  return all;
}

class Explain : public testing::Test {
 protected:
  Told explained(const Story& story, const char* original = "traces/samples/golden/status.vsst") {
    auto path = folder / "a.vsst";
    std::filesystem::remove(pathFromUtf8(path));
    story.write(path, original);
    return told(path);
  }
  Folder folder;
};

TEST_F(Explain, EverySessionAsItsGoldenTextSays) {
  for (const auto& [name, story, original] : cases()) {
    Told now = explained(story, original);
    EXPECT_EQ(now.exitCode, name == std::string("nothing-wrong") ? 0 : 1) << name;
    EXPECT_TRUE(isGolden("explain/samples/" + std::string(name) + ".txt", now.out));
  }
}

// The whole text of the listings that were seen in the field; of all the others the first line.
TEST_F(Explain, EverySampleAsTheGoldenTextsSay) {
  std::map<std::string, std::string> rows;
  auto row = [&](const std::string& name, const Told& now) { rows[name] = std::to_string(now.exitCode) + "\t" + (now.exitCode == 2 ? "-" : now.first()); };
  for (const auto& entry : std::filesystem::directory_iterator("traces/samples/listings")) {
    std::string name = shownPath(entry.path().filename());
    if (!name.ends_with(".txt") || name.starts_with("refused-")) continue;
    auto path = folder / "t.vsst";
    std::filesystem::remove(pathFromUtf8(path));
    std::ostringstream ignored;
    ASSERT_EQ(importListing(shownPath(entry.path()), path, "auto", ignored, ignored), 0) << name;
    Told now = told(path);
    row(name, now);
    if (name.starts_with("seen-")) {
      EXPECT_TRUE(isGolden("explain/samples/" + name, now.out));
    }
  }
  for (const char* kind : {"golden", "vectors"})
    for (const auto& entry : std::filesystem::directory_iterator(std::string("traces/samples/") + kind)) {
      if (entry.path().extension() != ".vsst") continue;
      std::string path = std::string("traces/samples/") + kind + "/" + shownPath(entry.path().filename());
      Told now = told(path);
      row(path.substr(15), now);
      if (kind == std::string("golden")) {
        EXPECT_TRUE(isGolden("explain/samples/" + path.substr(22) + ".txt", now.out));
      }
    }
  EXPECT_GT(rows.size(), 180u);
  std::string now = "sample\texit\tfirst line\n";
  for (const auto& [name, rest] : rows) now += name + "\t" + rest + "\n";
  EXPECT_TRUE(isGolden("traces/samples/explain.tsv", now));
}

TEST_F(Explain, EveryFailureCodeIsNamedWithItsMeaningInTheFirstLine) {
  for (HRESULT code : codesOfWriters())
    for (std::int32_t state = VSS_WS_UNKNOWN; state < VSS_WS_COUNT; ++state) {
      Told now = explained(Story().begin().statuses({}, {state, code}).end());
      std::string name = nameOf(code), stateName = enumeratorName("VSS_WRITER_STATE", state);
      EXPECT_EQ(now.exitCode, 1);
      std::string first = now.first();
      for (const std::string& part : {std::string("\"SqlServerWriter\" "), name, stateName, std::string(failureFact(code)->meaning), std::string(failureFact(code)->remedy)})
        EXPECT_NE(first.find(part), std::string::npos) << first;
      EXPECT_EQ(first.find("which is no failed one") != std::string::npos, stateFact(state)->kind == StateKind::stable || stateFact(state)->kind == StateKind::waits) << first;
    }
}

TEST_F(Explain, EveryFailedStateIsAFailureWithoutACodeToo) {
  for (const auto& fact : stateFacts()) {
    Told now = explained(Story().begin().statuses({fact.state}).end());
    EXPECT_EQ(now.exitCode, fact.kind == StateKind::failed) << now.first();
    if (fact.kind == StateKind::failed) {
      EXPECT_NE(now.first().find("failed at " + std::string(fact.event) + " ("), std::string::npos) << now.first();
      EXPECT_TRUE(now.has("    choice    " + std::string(fact.remedy) + "\n")) << now.out;
      EXPECT_TRUE(now.has("nothing in the trace tells why")) << now.out;
    } else EXPECT_TRUE(now.first().starts_with("Nothing failed")) << now.first();
  }
}

TEST_F(Explain, AnUnknownCodeIsNotGivenAMeaning) {
  Told now = explained(Story().begin().statuses({}, {VSS_WS_STABLE, static_cast<HRESULT>(0x8004ABCD)}).end());
  EXPECT_EQ(now.first(), "\"SqlServerWriter\" reported 0x8004abcd in state VSS_WS_STABLE, which is no failed one, first seen 295 ms after the start.");
  EXPECT_TRUE(now.has("no page lists it as a writer's failure\n")) << now.out;
  EXPECT_TRUE(now.has("  UrBackup          not told ")) << now.out;
  now = explained(Story().begin().statuses({}, {99}).end());
  EXPECT_EQ(now.exitCode, 0);
  EXPECT_EQ(now.first(), "Nothing failed as far as the trace tells: 2 stable, of \"SqlServerWriter\" it cannot be told.");
}

TEST_F(Explain, APolicyDecidesAsItsTableSays) {
  auto decided = [&](Status status) {
    std::map<std::string, std::string> all;
    auto path = folder / "p.vsst";
    std::filesystem::remove(pathFromUtf8(path));
    Story().begin().statuses({}, status).end().write(path);
    TraceReader reader(pathFromUtf8(path));
    std::ostringstream err;
    Diagnosis diagnosis = diagnose(reader, err);
    for (const auto& d : decisions(diagnosis)) all[std::string(d.requester)] = std::string(d.decides);
    return all;
  };
  using Map = std::map<std::string, std::string>;
  const Map never{{"vshadow", "goes on"}, {"Bareos", "goes on"}, {"UrBackup", "goes on"}, {"QEMU guest agent", "goes on"}, {"restic", "goes on"}, {"breeze", "goes on"}};
  auto with = [&](Map differ) { return differ.insert(never.begin(), never.end()), differ; };
  EXPECT_EQ(decided({VSS_WS_STABLE}), never);
  EXPECT_EQ(decided({VSS_WS_WAITING_FOR_BACKUP_COMPLETE}), never);
  EXPECT_EQ(decided({VSS_WS_FAILED_AT_THAW}), with({{"vshadow", "fails if selected"}, {"Bareos", "warns"}, {"UrBackup", "fails"}}));
  EXPECT_EQ(decided({VSS_WS_UNKNOWN}), with({{"UrBackup", "fails"}}));
  EXPECT_EQ(decided({VSS_WS_STABLE, VSS_E_WRITERERROR_TIMEOUT}), with({{"UrBackup", "fails"}}));
  EXPECT_EQ(decided({VSS_WS_STABLE, VSS_E_WRITERERROR_RETRYABLE}), never);
}

TEST_F(Explain, AWriterThatIsAskedSeveralTimesInAGatherFailedOnce) {
  const Status frozen{VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_TIMEOUT};
  Made again = status(1, 1, u"SqlServerWriter", frozen.state, frozen.failure);
  Story story = Story().begin().whole("GatherWriterStatus").add(count(1, 2)).add(status(1, 0, u"System Writer"));
  for (int i = 0; i < 3; ++i) story.add(again);
  Told now = explained(story.whole("GatherWriterStatus").add(count(1, 2)).add(status(1, 0, u"System Writer")).add(status(1, 1, u"SqlServerWriter")).end());
  EXPECT_NE(now.first().find("\"SqlServerWriter\" failed at Freeze (VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_TIMEOUT), in 1 of 2 gathers, "), std::string::npos) << now.first();
}

TEST_F(Explain, QemuAsksTheGatherAlone) {
  Told now = explained(Story().begin().statuses().whole("GatherWriterStatus", 1, VSS_E_WRITER_INFRASTRUCTURE).end());
  EXPECT_TRUE(now.has("  QEMU guest agent  fails              the gather failed\n")) << now.out;
  EXPECT_TRUE(now.first().starts_with("GatherWriterStatus (call 17) ended with VSS_E_WRITER_INFRASTRUCTURE 1003 ms after it began: writer infrastructure not working")) << now.first();
}

TEST_F(Explain, AnInterfaceThatIsNotThereIsNoFailure) {
  Made ask{1, "IUnknown", "QueryInterface", {id(1)}, {is(ValueKind::zeroed)}, static_cast<std::uint32_t>(E_NOINTERFACE)};
  EXPECT_EQ(explained(Story().begin().add(ask).statuses().end()).exitCode, 0);
  ask.result = static_cast<std::uint32_t>(E_POINTER);
  EXPECT_EQ(explained(Story().begin().add(ask).statuses().end()).exitCode, 1);
}

TEST_F(Explain, AFailedQueryOfALaterOperationIsHeldAgainstThatOne) {
  Told now = explained(Story().begin().whole("GatherWriterStatus").start("PrepareForBackup").add(query(4, static_cast<HRESULT>(0x80042302))).add(query(4, static_cast<HRESULT>(0x80042302))).end());
  EXPECT_TRUE(now.first().starts_with("PrepareForBackup (call 12) ended with VSS_E_UNEXPECTED")) << now.out;
  EXPECT_FALSE(now.has("later")) << "asked twice, failed once: " << now.out;
}

TEST_F(Explain, AnOperationThatBeganBeforeTheTraceFailsToo) {
  Told now = explained(Story().add(wait(4)).add(query(4, VSS_E_PROVIDER_VETO)).add(release(4)));
  EXPECT_EQ(now.exitCode, 1);
  EXPECT_EQ(now.first(), "An operation begun before the trace (call 2) ended with VSS_E_PROVIDER_VETO: expected provider error, logged.");
  EXPECT_FALSE(now.has("operations,")) << now.out;
  EXPECT_EQ(explained(Story().add(wait(4)).add(query(4)).add(release(4))).exitCode, 0);
}

TEST_F(Explain, APackedTraceSaysTheSame) {
  auto path = folder / "a.vsst", packed = folder / "a.vsst.zst";
  Story().prepared().whole("DoSnapshotSet", 61).statuses({}, {VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_TIMEOUT}).abort().write(path);
  std::ostringstream ignored;
  ASSERT_EQ(packTrace(path, packed, false, ignored), 0);
  EXPECT_EQ(told(packed).out, told(path).out);
  EXPECT_EQ(told(packed).exitCode, 1);
}

TEST_F(Explain, ACutTraceIsExplainedAsFarAsItGoes) {
  auto path = folder / "a.vsst";
  Story().begin().statuses({}, {VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_TIMEOUT}).statuses().end().write(path);
  std::string whole = contents(path);
  std::set<int> codes;
  for (std::size_t size = whole.size(); size > 0; size = size * 7 / 8) {
    put(path, whole.substr(0, size));
    Told now = told(path);
    codes.insert(now.exitCode);
    if (now.exitCode == 2) {
      EXPECT_EQ(std::count(now.err.begin(), now.err.end(), '\n'), 1) << now.err;
    } else if (size < whole.size() * 3 / 4) {
      EXPECT_TRUE(now.has("note      the trace is cut off")) << size << now.out;
    }
  }
  EXPECT_TRUE(codes.count(1));
  EXPECT_TRUE(codes.count(2));
}

TEST_F(Explain, ACallWhoseEndMayBeLostIsNotSaidToHang) {
  for (const char* name : {"recovered", "note-damaged", "unfinished"}) {
    Told now = told(std::string("traces/samples/vectors/") + name + ".vsst");
    EXPECT_EQ(now.exitCode, 0) << name << now.out;
    EXPECT_TRUE(now.has("note      1 call has no end in the trace: it may be lost, so whether it came back cannot be told\n")) << name << now.out;
  }
}

TEST_F(Explain, NamesOfWritersDoNotBreakTheLine) {
  auto path = folder / "a.vsst";
  {
    Trace trace(path);
    trace.session({create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 2), status(1, 0, u"a\n\x1b[31m\"b", 9), status(1, 1, u"", 9), freeStatus(1), release(1)});
  }
  Told now = told(path);
  EXPECT_EQ(now.first(), "\"a\\n\\u001b[31m\\\"b\" and \"\" (2 of 2 writers) failed at Freeze (VSS_WS_FAILED_AT_FREEZE) without an error code.");
  EXPECT_FALSE(now.has(" ms")) << "a trace without times: " << now.out;
}

TEST_F(Explain, TheJsonIsAsItsSchemaSays) {
  Parsed schema(contents("docs/schemas/explain.schema.json"));
  for (const auto& [name, story, original] : cases()) {
    auto path = folder / "j.vsst";
    std::filesystem::remove(pathFromUtf8(path));
    story.write(path, original);
    Told now = told(path, "json");
    EXPECT_NO_THROW(plainJson(now.out, "explain"));
    Parsed value(now.out);
    validate(value.value(), schema.value(), name);
    EXPECT_EQ(text(*member(value.value(), "headline")), told(path).first());
    EXPECT_EQ(now.exitCode, member(value.value(), "failed")->getBoolean());
  }
}

TEST_F(Explain, TellsOfTheMachineInALine) {
  auto path = folder / "m.vsst";
  cases().front().story.write(path, cases().front().original);
  std::vector<std::string> facts{"os.name=Windows Server 2022 Standard", "os.version=10.0.20348.2031", "os.installation=Server Core", "vssapi.version=10.0.20348.1970", "vssvc.version=10.0.20348.1\x1b[2J",
                                 "rights.elevated=no", "volume=C:\\\t1\t2\tNTFS", "event=2026-12-01T10:00:00.000Z\tApplication\tVSS\t8193\t2\tx", "no fact"};
  std::string before = told(path).out;
  EXPECT_EQ(before.find("\nmachine"), before.npos) << "nothing is made up";
  appendRemarks(pathFromUtf8(path), RemarkKind::environment, facts);
  Told now = told(path);
  EXPECT_EQ(now.exitCode, 0);
  std::string lines = "\nmachine   Windows Server 2022 Standard 10.0.20348.2031, Server Core; vssapi.dll 10.0.20348.1970, vssvc.exe \"10.0.20348.1\\u001b[2J\"; recorded without administrator's rights\n"
                      "events    1 of VSS and volsnap in the event log; `shadowtape info` shows them\n";
  auto at = now.out.find(lines);
  ASSERT_NE(at, now.out.npos) << now.out;
  EXPECT_EQ(now.out.substr(0, at) + now.out.substr(at + lines.size() - 1), before) << "and nothing else changes";
  Parsed schema(contents("docs/schemas/explain.schema.json")), value(told(path, "json").out);
  validate(value.value(), schema.value(), "machine");
  EXPECT_EQ(text(*member(*member(value.value(), "machine"), "os.version")), "10.0.20348.2031");
}

TEST_F(Explain, WhatCannotBeUsedIsSaidInALine) {
  put(folder / "empty.vsst", "");
  put(folder / "text.vsst", "Writer name: 'System Writer'\n");
  put(folder / "zeros.vsst", std::string(5000, '\0'));
  put(folder / "zst.vsst", std::string("\x28\xb5\x2f\xfd", 4) + std::string(40, 'x'));
  std::string whole = contents("traces/samples/golden/status.vsst");
  put(folder / "head.vsst", whole.substr(0, 300));
  std::filesystem::create_directories(pathFromUtf8(folder / "folder.vsst"));
  for (const std::string& path : {folder / "none.vsst", folder / "empty.vsst", folder / "text.vsst", folder / "zeros.vsst", folder / "zst.vsst", folder / "head.vsst", folder / "folder.vsst",
                                  std::string("traces/samples/vectors/newer-format.vsst"), std::string("traces/samples/vectors/no-trace.vsst"), std::string("traces/samples/vectors/header-alone.vsst")}) {
    Told now = told(path);
    EXPECT_EQ(now.exitCode, 2) << path;
    EXPECT_EQ(now.out, "") << path;
    EXPECT_EQ(std::count(now.err.begin(), now.err.end(), '\n'), 1) << path << ": " << now.err;
    EXPECT_TRUE(now.err.starts_with("shadowtape: ")) << now.err;
  }
}

}  // namespace
}  // namespace vss::explain
