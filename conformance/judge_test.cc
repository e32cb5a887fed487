#include "conformance/judge.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "conformance/check.h"
#include "conformance/driver.h"
#include "traces/import.h"
#include "traces/test_trace.h"

namespace vss::conformance {
namespace {

using namespace test;

Judgement judged(const std::vector<Made>& calls, const JudgeOptions& options = {}, const TraceOrigin& origin = {Origin::live, "", "", false}) {
  Folder folder;
  std::string path = folder / "a.vsst";
  Trace(path, origin).session(calls);
  TraceReader reader(pathFromUtf8(path));
  return judge(reader, Catalogue::builtIn(), options);
}
// The rules that were broken, in the order of their findings.
std::string broken(const std::vector<Made>& calls, const JudgeOptions& options = {}) {
  std::string ids;
  for (const auto& finding : judged(calls, options).findings) ids += (ids.empty() ? "" : " ") + finding.rule->id;
  return ids;
}
std::string tally(const Judgement& judgement, std::string_view id) {
  auto found = judgement.tallies.find(id);
  if (found == judgement.tallies.end()) return "none";
  return std::to_string(found->second.kept) + " " + std::to_string(found->second.broken) + " " + std::to_string(found->second.untestable);
}

Made failing(Made made, HRESULT result) {
  made.result = static_cast<std::uint32_t>(result);
  for (auto& output : made.outputs) output = is(ValueKind::zeroed);
  return made;
}
std::vector<Made> gatheredThen(std::vector<Made> more) {
  std::vector<Made> calls{create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 3)};
  calls.insert(calls.end(), more.begin(), more.end());
  calls.insert(calls.end(), {freeStatus(1), release(1)});
  return calls;
}

TEST(Judge, AHealthySessionBreaksNothing) {
  auto judgement = judged(healthySession());
  EXPECT_EQ(judgement.calls, healthySession().size());
  for (const auto& finding : judgement.findings) ADD_FAILURE() << finding.rule->id << " " << finding.seen;
  EXPECT_EQ(tally(judgement, "WS-047"), "3 0 0");
  EXPECT_EQ(tally(judgement, "WS-102"), "1 0 0");
  EXPECT_EQ(tally(judgement, "WS-049"), "none") << "a rule that met no call says nothing";
}

TEST(Judge, AFindingNamesRuleCallStateExpectedAndSeen) {
  auto judgement = judged(gatheredThen({status(1, 3, u"One too many")}));
  ASSERT_EQ(judgement.findings.size(), 1u);
  const auto& finding = judgement.findings[0];
  EXPECT_EQ(finding.rule->id, "WS-049");
  EXPECT_EQ(finding.calls, std::vector<std::uint64_t>{8});
  EXPECT_EQ(finding.call, "#1 IVssBackupComponents::GetWriterStatus(iWriter=3)");
  EXPECT_EQ(finding.state, "@B0: initialized for backup; writer status gathered");
  EXPECT_EQ(finding.expected, "{VSS_E_OBJECT_NOT_FOUND}");
  EXPECT_EQ(finding.seen.find("S_OK pidInstance="), 0u) << finding.seen;
}

TEST(Judge, WhatTheTraceDoesNotTellIsUntestableNotKept) {
  // Nobody asked how the gather ended.
  auto judgement = judged({create(1), initialize(1), gather(1, 2), failing(count(1, 0), VSS_E_BAD_STATE)}, {.rules = "WS-0*", .recipe = {}});
  EXPECT_EQ(tally(judgement, "WS-029"), "0 0 1");
  EXPECT_EQ(judgement.findings.size(), 0u);
  // A later answer does.
  judgement = judged({create(1), initialize(1), gather(1, 2), count(1, 3), query(2, VSS_S_ASYNC_PENDING)}, {.rules = "WS-0*", .recipe = {}});
  EXPECT_EQ(tally(judgement, "WS-029"), "0 1 0");
}

TEST(Judge, AnAmbiguousRuleInformsAndNeverFails) {
  auto judgement = judged({create(1), initialize(1), failing(freeStatus(1), E_OUTOFMEMORY), release(1)}, {.rules = "WS-103", .recipe = {}});
  ASSERT_EQ(judgement.findings.size(), 1u);
  EXPECT_EQ(judgement.findings[0].rule->level, Level::ambiguous);
  EXPECT_EQ(judgement.violations(), 0u);
}

TEST(Judge, TheContextAndWhatASessionWasThroughCanBeAsked) {
  Made all{1, kBackup, "SetContext", {number(VSS_CTX_ALL)}, {}}, start{1, kBackup, "StartSnapshotSet", {}, {id(7)}};
  Made prepare{1, kBackup, "PrepareForBackup", {}, {object(2)}}, state{1, kBackup, "SetBackupState", {number(1), number(0), number(1), number(0)}, {}};
  EXPECT_EQ(broken({create(1), initialize(1), all, start, release(1)}, {.rules = "SN-007", .recipe = {}}), "SN-007");
  EXPECT_EQ(broken({create(1), initialize(1), start, release(1)}, {.rules = "SN-007", .recipe = {}}), "");
  EXPECT_EQ(broken({create(1), initialize(1), start, prepare, release(1)}, {.rules = "SN-028", .recipe = {}}), "SN-028") << "without SetBackupState";
  EXPECT_EQ(broken({create(1), initialize(1), state, start, prepare, release(1)}, {.rules = "SN-028", .recipe = {}}), "");
}

TEST(Judge, AnAbortWhereNothingIsUnderWayAbortsNothing) {
  Made abort{1, kBackup, "AbortBackup", {}, {}}, start{1, kBackup, "StartSnapshotSet", {}, {id(7)}}, set{1, kBackup, "DoSnapshotSet", {}, {object(2)}};
  EXPECT_EQ(broken({create(1), initialize(1), start, abort, set, release(1)}, {.rules = "SN-064", .recipe = {}}), "SN-064");
  EXPECT_EQ(broken({create(1), initialize(1), abort, start, set, release(1)}, {.rules = "SN-064", .recipe = {}}), "");
}

TEST(Judge, AnIdOfNobodyIsNoId) {
  Made start{1, kBackup, "StartSnapshotSet", {}, {id(0)}};
  std::vector<Made> begin{create(1), initialize(1), {1, kBackup, "GatherWriterMetadata", {}, {object(2)}}, wait(2), query(2), release(2)};
  auto with = [&](Value set) {
    auto calls = begin;
    start.outputs = {set};
    calls.push_back(start);
    return tally(judged(calls, {.rules = "SN-001", .recipe = {}}), "SN-001");
  };
  EXPECT_EQ(with(id(7)), "1 0 0");
  EXPECT_EQ(with(id(0)), "0 1 0");
}

TEST(Judge, WhatWasHandedOutHasToBeReleased) {
  struct { const char *interface_, *method; std::vector<Value> inputs, before; const char* rule; } handed[] = {
      {kBackup, "GetWriterMetadata", {number(0)}, {id(9)}, "OW-005"},
      {"IVssBackupComponentsEx", "GetWriterMetadataEx", {number(0)}, {id(9)}, "OW-006"},
      {kBackup, "GetWriterComponents", {number(0)}, {}, "OW-007"},
      {"IVssWriterComponents", "GetComponent", {number(0)}, {}, "OW-008"},
      {"IVssExamineWriterMetadata", "GetComponent", {number(0)}, {}, "OW-009"},
      {"IVssWMComponent", "GetDependency", {number(0)}, {}, "OW-012"},
      {kBackup, "Query", {id(0), number(1), number(3)}, {}, "OW-023"},
      {"IVssEnumObject", "Clone", {}, {}, "OW-024"},
  };
  for (const auto& [interface_, method, inputs, before, rule] : handed) {
    auto outputs = before;
    outputs.push_back(object(2));
    Made call{1, interface_, method, inputs, outputs};
    EXPECT_EQ(broken({create(1), call, release(1)}, {.rules = "OW-*", .recipe = {}}), rule);
    EXPECT_EQ(broken({create(1), call, release(2), release(1)}, {.rules = "OW-*", .recipe = {}}), "");
  }
}

TEST(Judge, AComponentsInfoHasToBeGivenBack) {
  std::vector<Value> fields(methodNamed("IVssWMComponent", "GetComponentInfo")->params[0].fields.size(), is(ValueKind::null));
  Made get{2, "IVssWMComponent", "GetComponentInfo", {}, fields}, free{2, "IVssWMComponent", "FreeComponentInfo", fields, {}};
  Made metadata{1, kBackup, "GetWriterMetadata", {number(0)}, {id(9), object(3)}}, component{3, "IVssExamineWriterMetadata", "GetComponent", {number(0)}, {object(2)}};
  auto with = [&](std::vector<Made> calls) {
    calls.insert(calls.begin(), {create(1), metadata, component});
    calls.insert(calls.end(), {release(2), release(3), release(1)});
    return broken(calls, {.rules = "OW-*", .recipe = {}});
  };
  EXPECT_EQ(with({get, free}), "");
  EXPECT_EQ(with({get, get, free}), "OW-010");
  EXPECT_EQ(with({failing(get, E_OUTOFMEMORY)}), "");
}

TEST(Judge, AnEffectComparesWithWhatTheRecipeNamed) {
  Made start{1, kBackup, "StartSnapshotSet", {}, {id(7)}};
  auto with = [&](const char* called, std::uint8_t second, const std::string& recipe = "SN-001") {
    Folder folder;
    std::string path = folder / "a.vsst";
    {
      Trace trace(path);
      for (const auto& call : {create(1), initialize(1), start}) trace.call(call);
      trace.writer.remark(RemarkKind::information, 0, std::string(kNamed) + called + std::string(kColon) + "pSnapshotSetId");
      for (const auto& call : {create(2), initialize(2), Made{2, kBackup, "GatherWriterMetadata", {}, {object(3)}}, wait(3), query(3)}) trace.call(call);
      trace.writer.remark(RemarkKind::information, 0, kJudgedFrom);
      trace.call({2, kBackup, "StartSnapshotSet", {}, {id(second)}});
    }
    TraceReader reader(pathFromUtf8(path));
    return tally(judge(reader, Catalogue::builtIn(), {.rules = "SN-001", .recipe = recipe}), "SN-001");
  };
  EXPECT_EQ(with("earlier", 8), "1 0 0");
  EXPECT_EQ(with("earlier", 7), "0 1 0");
  EXPECT_EQ(with("another", 8), "0 0 1") << "nothing to compare with";
  EXPECT_EQ(with("earlier", 7, ""), "1 0 0") << "of another program nobody knows which calls are meant";
}

TEST(Judge, AFieldOfAnArraysElementsIsAskedOfEach) {
  const auto& fields = methodNamed("IVssEnumObject", "Next")->params[1].fields;
  auto with = [&](std::vector<VSS_SNAPSHOT_STATE> states) {
    Made next{2, "IVssEnumObject", "Next", {number(2)}, {number(static_cast<std::int64_t>(states.size())), number(static_cast<std::int64_t>(states.size()))}};
    for (auto state : states)
      for (const auto& field : fields) {
        bool type = field.name == "Type", absent = field.when == VSS_OBJECT_PROVIDER;
        next.outputs.push_back(absent ? is(ValueKind::absent) : type ? number(VSS_OBJECT_SNAPSHOT) : field.name == "m_eStatus" ? number(state) : is(ValueKind::null));
      }
    return tally(judged({create(1), {1, kBackup, "Query", {id(0), number(1), number(3)}, {object(2)}}, next}, {.rules = "QU-021", .recipe = {}}), "QU-021");
  };
  EXPECT_EQ(with({VSS_SS_CREATED, VSS_SS_CREATED}), "1 0 0");
  EXPECT_EQ(with({VSS_SS_CREATED, VSS_SS_PREPARED}), "0 1 0");
  EXPECT_EQ(with({}), "none") << "its guard asks for an element";
}

TEST(Judge, ARuleThatNeedsItsRecipeIsJudgedThereOnly) {
  auto calls = gatheredThen({status(1, 0, u"A", 1, VSS_E_WRITERERROR_TIMEOUT)});
  EXPECT_EQ(broken(calls, {.rules = "WS-062", .recipe = {}}), "");
  EXPECT_EQ(broken(calls, {.rules = "WS-062", .recipe = "WS-062"}), "") << "and there the calls of the last step";
}

TEST(Judge, AnImportedTraceSaysNothingAboutARequester) {
  std::vector<Made> calls{create(1), initialize(1), gather(1, 2), wait(2), query(2), count(1, 0)};
  EXPECT_EQ(broken(calls), "OW-027 OW-003");
  auto judgement = judged(calls, {}, {Origin::imported, "", "", false});
  EXPECT_TRUE(judgement.findings.empty());
}

TEST(Judge, WhatAListingDoesNotSayIsUnknownNotWrong) {
  Folder folder;
  std::ofstream(pathFromUtf8(folder / "l.txt"), std::ios::binary)
      << "Writer name: 'A'\n   State: [8] Failed\n   Last error: Etwas Fremdes\n\n"
         "Writer name: 'B'\n   State: [1] Stable\n   Last error: No error\n";
  std::ostringstream out, err;
  ASSERT_EQ(importListing(folder / "l.txt", folder / "l.vsst", "auto", out, err), 0) << err.str();
  TraceReader reader(pathFromUtf8(folder / "l.vsst"));
  auto judgement = judge(reader, Catalogue::builtIn(), {});
  for (const auto& finding : judgement.findings) ADD_FAILURE() << finding.rule->id << " " << finding.seen;
  EXPECT_EQ(tally(judgement, "WS-047"), "0 0 2") << "ids that the listing lacks";
  EXPECT_EQ(tally(judgement, "WS-063"), "1 0 1") << "an error that nobody could read";
}

TEST(Judge, FindingsOfARuleAreCountedBeyondThoseThatAreShown) {
  std::vector<Made> many(25, status(1, 3, u"One too many"));
  auto judgement = judged(gatheredThen(many), {.rules = "WS-049", .recipe = {}});
  EXPECT_EQ(judgement.findings.size(), Judgement::kFindings);
  EXPECT_EQ(tally(judgement, "WS-049"), "0 25 0");
}

TEST(Judge, NullPointersChooseTheRule) {
  auto nullName = status(1, 0, u"A");
  nullName.nulls = 0b100;
  nullName.outputs[2] = is(ValueKind::noPointer);
  EXPECT_EQ(broken(gatheredThen({nullName}), {.rules = "WS-05?", .recipe = {}}), "WS-054");
  nullName = failing(nullName, E_INVALIDARG);
  nullName.outputs[2] = is(ValueKind::noPointer);
  EXPECT_EQ(broken(gatheredThen({nullName}), {.rules = "WS-*", .recipe = {}}), "");
}

TEST(Judge, AtOnceIsJudgedByTheClock) {
  for (bool late : {false, true}) {
    Folder folder;
    std::string path = folder / "a.vsst";
    {
      Trace trace(path, {Origin::live, "", "", true});
      for (const auto& made : {create(1), initialize(1), gather(1, 2), wait(2), query(2)}) trace.call(made);
      auto again = trace.enter(wait(2));
      if (late) std::this_thread::sleep_for(std::chrono::milliseconds(1100));
      trace.leave(again, wait(2));
    }
    TraceReader reader(pathFromUtf8(path));
    auto judgement = judge(reader, Catalogue::builtIn(), {.rules = "AS-019", .recipe = {}});
    EXPECT_EQ(tally(judgement, "AS-019"), late ? "0 1 1" : "1 0 1") << "before the first Wait nothing tells that it had ended";
    ASSERT_EQ(judgement.findings.size(), late ? 1u : 0u);
    EXPECT_TRUE(!late || judgement.findings[0].seen.starts_with("S_OK after 1.")) << judgement.findings[0].seen;
  }
}

TEST(Judge, ComparesARowWithTheSameRowBefore) {
  EXPECT_EQ(broken(gatheredThen({status(1, 0, u"A"), status(1, 0, u"A")}), {.rules = "WS-073", .recipe = {}}), "");
  EXPECT_EQ(broken(gatheredThen({status(1, 0, u"A"), status(1, 0, u"B")}), {.rules = "WS-073", .recipe = {}}), "WS-073");
}

// ---- What a requester does wrong: each misuse is found by the rule that names it. ----

Made plain(const char* method, std::uint32_t result = S_OK) {
  Made made{1, kBackup, method, {}, {}, result};
  for (const auto& param : methodNamed(kBackup, method)->params) (param.isInput() ? made.inputs : made.outputs).push_back(number(0));
  return made;
}
Made starts(const char* method, std::uint32_t async) { return {1, kBackup, method, {}, {object(async)}}; }

// Calls of a session, told in short: each operation is started, waited for, asked and released.
class Story {
 public:
  Story() : calls_{create(1), initialize(1)} {}
  Story& call(const char* method, HRESULT result = S_OK) { return calls_.push_back(plain(method, static_cast<std::uint32_t>(result))), *this; }
  Story& whole(const char* method, HRESULT outcome = VSS_S_ASYNC_FINISHED) {
    calls_.insert(calls_.end(), {starts(method, next_), wait(next_), query(next_, outcome), release(next_)});
    return ++next_, *this;
  }
  Story& started(const char* method) { return calls_.insert(calls_.end(), {starts(method, next_), release(next_)}), ++next_, *this; }
  Story& waited(const char* method) { return calls_.insert(calls_.end(), {starts(method, next_), wait(next_), release(next_)}), ++next_, *this; }  // and nobody asked
  Story& statuses() {
    whole("GatherWriterStatus");
    calls_.insert(calls_.end(), {count(1, 1), status(1, 0, u"A"), freeStatus(1)});
    return *this;
  }
  Story& more(std::vector<Made> calls) { return calls_.insert(calls_.end(), calls.begin(), calls.end()), *this; }
  std::vector<Made> released() { return more({release(1)}).calls_; }
  std::vector<Made> unreleased() { return calls_; }

 private:
  std::vector<Made> calls_;
  std::uint32_t next_ = 2;
};
Story toTheSet() { return Story().call("SetBackupState").whole("GatherWriterMetadata").call("AddComponent").call("StartSnapshotSet").call("AddToSnapshotSet"); }
std::string requester(const std::vector<Made>& calls) {
  return broken(calls, {.rules = "RQ-*", .recipe = {}}) + broken(calls, {.rules = "OW-*", .recipe = {}});
}

TEST(RequesterRules, ACorrectBackupAndRestoreBreakNone) {
  EXPECT_EQ(requester(toTheSet().whole("PrepareForBackup").statuses().whole("DoSnapshotSet").statuses().call("SetBackupSucceeded").whole("BackupComplete").statuses().released()), "");
  EXPECT_EQ(requester(Story().statuses().released()), "") << "a look at the writers is no backup";
  EXPECT_EQ(requester(toTheSet().whole("PrepareForBackup").statuses().whole("DoSnapshotSet", VSS_E_HOLD_WRITES_TIMEOUT).whole("DoSnapshotSet").statuses().call("SetBackupSucceeded")
                          .whole("BackupComplete").statuses().released()), "") << "another try, as its page asks for";
  EXPECT_EQ(requester(toTheSet().whole("PrepareForBackup").statuses().call("AbortBackup").released()), "");
}

TEST(RequesterRules, EachMisuseIsFound) {
  auto prepared = [] { return toTheSet().whole("PrepareForBackup").statuses(); };
  auto made = [&] { return prepared().whole("DoSnapshotSet").statuses(); };
  auto completed = [&] { return made().call("SetBackupSucceeded").whole("BackupComplete"); };
  EXPECT_EQ(requester(toTheSet().whole("PrepareForBackup").whole("DoSnapshotSet").statuses().call("SetBackupSucceeded").whole("BackupComplete").statuses().released()), "RQ-001");
  EXPECT_EQ(requester(prepared().whole("DoSnapshotSet").call("SetBackupSucceeded").whole("BackupComplete").statuses().released()), "RQ-002");
  EXPECT_EQ(requester(prepared().whole("DoSnapshotSet").released()), "RQ-002") << "a copy of the volume, and nobody asked whether it is any good";
  EXPECT_EQ(requester(completed().released()), "RQ-003");
  EXPECT_EQ(requester(Story().whole("GatherWriterStatus").more({count(1, 1), status(1, 0, u"A")}).released()), "RQ-007");
  EXPECT_EQ(requester(prepared().whole("DoSnapshotSet", VSS_E_INSUFFICIENT_STORAGE).released()), "RQ-018");
  EXPECT_EQ(requester(prepared().whole("DoSnapshotSet", VSS_E_INSUFFICIENT_STORAGE).call("BackupComplete", VSS_E_BAD_STATE).call("AbortBackup").released()), "RQ-018");
  EXPECT_EQ(requester(prepared().call("DoSnapshotSet", VSS_E_BAD_STATE).call("SetBackupSucceeded", VSS_E_BAD_STATE).call("AbortBackup").released()), "RQ-018");
  EXPECT_EQ(requester(prepared().whole("DoSnapshotSet", VSS_S_ASYNC_CANCELLED).call("SetBackupSucceeded", VSS_E_BAD_STATE).call("AbortBackup").released()), "RQ-018");
  EXPECT_EQ(requester(prepared().whole("DoSnapshotSet", VSS_S_ASYNC_CANCELLED).released()), "RQ-018");
  EXPECT_EQ(requester(prepared().whole("DoSnapshotSet", VSS_S_ASYNC_CANCELLED).call("AbortBackup").released()), "");
  EXPECT_EQ(requester(toTheSet().released()), "RQ-019");
  EXPECT_EQ(requester(prepared().started("DoSnapshotSet").released()), "RQ-019 RQ-002") << "nobody waited";
  EXPECT_EQ(requester(prepared().call("AbortBackup").call("BackupComplete", VSS_E_BAD_STATE).released()), "RQ-020");
  EXPECT_EQ(requester(Story().whole("GatherWriterMetadata").call("StartSnapshotSet").call("AddToSnapshotSet").call("PrepareForBackup", VSS_E_BAD_STATE).call("AbortBackup").released()),
            "RQ-023");
  EXPECT_EQ(requester(Story().started("GatherWriterStatus").more({count(1, 1), status(1, 0, u"A"), freeStatus(1)}).released()), "RQ-024 RQ-024 RQ-024");
  EXPECT_EQ(requester(toTheSet().started("PrepareForBackup").statuses().whole("DoSnapshotSet").statuses().call("SetBackupSucceeded").whole("BackupComplete").statuses().released()),
            "RQ-024");
  auto bad = static_cast<std::uint32_t>(VSS_E_BAD_STATE);
  EXPECT_EQ(requester({create(1), plain("GetWriterStatusCount", bad), plain("GetWriterStatusCount", bad), initialize(1), release(1)}), "RQ-027");
  EXPECT_EQ(requester({create(1), {1, "IUnknown", "QueryInterface", {text(u"")}, {}, static_cast<std::uint32_t>(E_NOINTERFACE)}, initialize(1), release(1)}), "") << "needs no Initialize";
  EXPECT_EQ(requester(Story().statuses().unreleased()), "OW-027");
  EXPECT_EQ(requester(Story().more({gather(1, 9), wait(9), query(9), count(1, 1), status(1, 0, u"A"), freeStatus(1)}).released()), "OW-003");
  EXPECT_EQ(requester(Story().more({starts("GatherWriterMetadata", 9), wait(9), query(9)}).released()), "OW-004");
  EXPECT_EQ(requester(Story().more({starts("GatherWriterMetadata", 9), wait(9), query(9), release(9), release(9)}).released()), "OW-025");
}

TEST(RequesterRules, WhereNobodyAskedHowDoSnapshotSetEndedTheSetIsNotSaidToBeLeftOpen) {
  auto made = [] { return toTheSet().whole("PrepareForBackup").statuses().waited("DoSnapshotSet").statuses(); };
  for (const auto& calls : {made().call("SetBackupSucceeded").waited("BackupComplete").statuses().released(), made().released(),
                            toTheSet().whole("PrepareForBackup").statuses().started("DoSnapshotSet").statuses().waited("BackupComplete").statuses().released()}) {
    Folder folder;
    Trace(folder / "a.vsst").session(calls);
    TraceReader reader(pathFromUtf8(folder / "a.vsst"));
    EXPECT_EQ(tally(judge(reader, Catalogue::builtIn()), "RQ-019"), "0 0 1");
  }
}

TEST(RequesterRules, OfARestoreToo) {
  auto restore = [](bool before, bool after) {
    std::vector<Made> calls{create(1), {1, kBackup, "InitializeForRestore", {text(u"<x/>")}, {}}};
    std::uint32_t next = 2;
    auto whole = [&](const char* method) { calls.insert(calls.end(), {starts(method, next), wait(next), query(next), release(next)}), ++next; };
    auto read = [&] { whole("GatherWriterStatus"), calls.insert(calls.end(), {count(1, 1), status(1, 0, u"A"), freeStatus(1)}); };
    whole("GatherWriterMetadata");
    calls.push_back(plain("SetSelectedForRestore"));
    whole("PreRestore");
    if (before) read();
    calls.push_back(plain("SetFileRestoreStatus"));
    whole("PostRestore");
    if (after) read();
    calls.push_back(release(1));
    return requester(calls);
  };
  EXPECT_EQ(restore(true, true), "");
  EXPECT_EQ(restore(false, true), "RQ-004");
  EXPECT_EQ(restore(true, false), "RQ-005");
}

TEST(RequesterRules, OfATraceThatIsCutOffWhatIsMissingAtTheEndIsNotJudged) {
  Folder folder;
  std::string path = folder / "a.vsst";
  std::string cut = folder / "cut.vsst";
  {
    Trace trace(path);
    trace.session({create(1), initialize(1), gather(1, 2), wait(2), query(2)});
    std::filesystem::copy_file(pathFromUtf8(path), pathFromUtf8(cut));  // as a killed recorder leaves it
  }
  TraceReader reader(pathFromUtf8(cut));
  auto judgement = judge(reader, Catalogue::builtIn());
  EXPECT_TRUE(judgement.findings.empty());
  EXPECT_EQ(tally(judgement, "OW-027"), "0 0 1");
  EXPECT_EQ(tally(judgement, "OW-003"), "0 0 1");
}

TEST(Check, SeveralTracesAtOnceAreToldAsOneAfterTheOther) {
  Folder folder;
  CheckOptions options;
  for (int i = 0; i < 20; ++i) {
    std::string path = folder / (std::to_string(i) + ".vsst").c_str();
    if (i % 5 == 4) std::ofstream(pathFromUtf8(path)) << "no trace";
    else {
      auto calls = healthySession();
      for (int more = 0; more < i; ++more) calls.insert(calls.begin() + 9, status(1, 0, u"A", 1));
      if (i % 3 == 0) calls.push_back(status(1, 0, u"late", 1));
      Trace(path).session(calls);
    }
    options.traces.names.push_back(path);
  }
  auto told = [&](unsigned threads) {
    options.traces.jobs = threads;
    std::ostringstream out, err;
    int code = runCheck(options, out, err);
    return std::to_string(code) + out.str() + err.str();
  };
  auto one = told(1);
  EXPECT_NE(one.find("is not a trace"), one.npos);
  for (unsigned threads : {0u, 2u, 7u}) EXPECT_EQ(told(threads), one);
}

}  // namespace
}  // namespace vss::conformance
