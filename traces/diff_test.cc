#include "traces/diff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <sstream>

#include "traces/test_trace.h"
#include "traces/trace_reader.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace test;
using Sessions = std::vector<std::vector<Made>>;

class Diff : public ::testing::Test {
 protected:
  Folder folder;
  std::string a = folder / "a.vsst", b = folder / "b.vsst", err;

  int diff(const std::string& x, const std::string& y, std::string& text, const char* format = "text") {
    std::ostringstream out, errors;
    int code = diffTraces(x, y, format, out, errors);
    text = named(named(out.str(), a, "A"), b, "B");
    err = named(named(errors.str(), a, "A"), b, "B");
    return code;
  }
  // What diff says of a and b; and the other way round it must find as many.
  std::string compared() {
    std::string there, back;
    int code = diff(a, b, there), codeBack = diff(b, a, back);
    auto last = [](const std::string& text) { return text.substr(text.rfind('\n', text.size() - 2) + 1); };
    EXPECT_EQ(code, codeBack);
    if (code) {
      EXPECT_EQ(last(there), last(back));
    }
    EXPECT_EQ(code, there.starts_with("no difference") ? 0 : 1);
    return there;
  }
  void write(const std::string& path, const Sessions& sessions) {
    Trace trace(path);
    for (const auto& session : sessions) trace.session(session);
  }
  std::string compared(const Sessions& left, const Sessions& right) {
    write(a, left), write(b, right);
    auto text = compared();
    std::filesystem::remove(pathFromUtf8(a)), std::filesystem::remove(pathFromUtf8(b));
    return text;
  }
  // A healthy session against one that was changed a little.
  std::string changed(const std::function<void(std::vector<Made>&)>& change) {
    auto other = healthySession();
    change(other);
    return compared({healthySession()}, {other});
  }
};

// ---- What is no difference.

TEST_F(Diff, TimesProcessAndTargetDoNotCount) {
  Trace(a, {Origin::live, "backup.exe", "system", true}).session(healthySession());
  Trace(b, {Origin::replayed, "other", "a.vsst", false}).session(healthySession());
  EXPECT_EQ(compared(), "no difference: 12 and 12 calls\n");
}

TEST_F(Diff, ObjectNumbersDoNotCount) {
  auto other = healthySession();
  write(a, {healthySession()});
  Trace trace(b);
  for (int i = 0; i < 5; ++i) trace.writer.newObject();
  trace.session(other);
  EXPECT_EQ(compared(), "no difference: 12 and 12 calls\n");
}

TEST_F(Diff, HowOftenAnOperationWasPolledDoesNotCount) {
  EXPECT_EQ(changed([](auto& calls) { calls.insert(calls.begin() + 4, {query(2, VSS_S_ASYNC_PENDING), query(2, VSS_S_ASYNC_PENDING)}); }),
            "no difference: 12 and 14 calls\n");
  std::vector<Made> waits{create(1), gather(1, 2), wait(2, 100), query(2)};
  std::vector<Made> moreWaits{create(1), gather(1, 2), wait(2, 100), query(2, VSS_S_ASYNC_PENDING), wait(2, 100), query(2)};
  std::vector<Made> inVain{create(1), gather(1, 2), wait(2, 100), wait(2, 100), wait(2, 100), query(2)};
  EXPECT_EQ(compared({waits}, {moreWaits}), "no difference: 4 and 6 calls\n");
  EXPECT_EQ(compared({waits}, {inVain}), "no difference: 4 and 6 calls\n");
  // A program that waits only if it has to.
  EXPECT_EQ(compared({{create(1), gather(1, 2), query(2)}}, {{create(1), gather(1, 2), query(2, VSS_S_ASYNC_PENDING), wait(2, 100), query(2)}}),
            "no difference: 3 and 5 calls\n");
}

TEST_F(Diff, WaitsThatSettleOrDifferDoCount) {
  EXPECT_EQ(compared({{create(1), gather(1, 2), wait(2)}}, {{create(1), gather(1, 2), wait(2), wait(2)}}),
            "only in B: call 4: GatherWriterStatus 1 IVssAsync::Wait(dwMilliseconds=INFINITE) → S_OK\n1 difference\n");
  EXPECT_EQ(compared({{create(1), gather(1, 2), wait(2, 100)}}, {{create(1), gather(1, 2), wait(2, 5000)}}),
            "call 3 / 3: GatherWriterStatus 1 IVssAsync::Wait\n    dwMilliseconds: 100 / 5000\n1 difference\n");
  EXPECT_EQ(compared({{create(1), gather(1, 2), query(2, VSS_S_ASYNC_PENDING)}}, {{create(1), gather(1, 2), query(2)}}),
            "only in B: call 3: GatherWriterStatus 1 IVssAsync::QueryStatus() → S_OK\n1 difference\n");
}

TEST_F(Diff, ReferenceCountsAboveZeroDoNotCount) {
  auto withCount = [](std::uint32_t left) { return std::vector<Made>{create(1), {1, "IUnknown", "AddRef", {}, {}, left + 1}, release(1, left)}; };
  EXPECT_EQ(compared({withCount(1)}, {withCount(7)}), "no difference: 3 and 3 calls\n");
  EXPECT_EQ(compared({withCount(1)}, {withCount(0)}), "call 3 / 3: session IUnknown::Release()\n    result: some / 0\n1 difference\n");
}

TEST_F(Diff, IdsThatAreNewEachRunAreComparedByWhereTheyComeBack) {
  auto set = [](std::uint8_t first, std::uint8_t second, std::uint8_t used) {
    return std::vector<Made>{create(1), {1, kBackup, "StartSnapshotSet", {}, {id(first)}}, {1, kBackup, "StartSnapshotSet", {}, {id(second)}},
                             {1, kBackup, "DeleteSnapshots", {id(used), number(3), number(1)}, {number(1), id(0)}}};
  };
  EXPECT_EQ(compared({set(1, 2, 1)}, {set(8, 9, 8)}), "no difference: 4 and 4 calls\n");
  EXPECT_EQ(compared({set(1, 2, 1)}, {set(8, 9, 9)}), "call 4 / 4: session IVssBackupComponents::DeleteSnapshots\n    SourceObjectId: {id 1} / {id 2}\n1 difference\n");
}

TEST_F(Diff, GuidNullIsNoNewId) {
  auto set = [](std::uint8_t handedOut) {
    return std::vector<Made>{create(1), {1, kBackup, "StartSnapshotSet", {}, {id(handedOut)}}, {1, kBackup, "AddToSnapshotSet", {text(u"C:"), id(0)}, {id(9)}}};
  };
  EXPECT_EQ(compared({set(1)}, {set(0)}), "call 2 / 2: session IVssBackupComponents::StartSnapshotSet()\n    pSnapshotSetId: {id 1} / {00000000-0000-0000-0000-000000000000}\n1 difference\n");
}

TEST_F(Diff, TellsAnswersFromInputsAndWhereAMissingSessionBegins) {
  std::ostringstream ignored;
  auto differences = [&](const Sessions& left, const Sessions& right) {
    write(a, left), write(b, right);
    auto all = differencesOf(a, b, ignored);
    std::filesystem::remove(pathFromUtf8(a)), std::filesystem::remove(pathFromUtf8(b));
    return all;
  };
  auto inputs = differences({{create(1), gather(1, 2), wait(2, 100)}}, {{create(1), gather(1, 2), wait(2, 5000)}});
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_TRUE(inputs[0].answers.empty()) << inputs[0].words;
  auto answers = differences({{create(1), initialize(1), count(1, 3)}}, {{create(1), initialize(1), count(1, 4)}});
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].answers, std::vector<std::string>{"pcWriters"});
  auto missing = differences({{create(1), initialize(1)}, {create(1), count(1, 3)}}, {{create(1), initialize(1)}});
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].words, "a session is missing");
  EXPECT_EQ(std::tuple(missing[0].a, missing[0].b, missing[0].first), std::tuple(0u, 0u, 3u));
  auto more = differences({{create(1), initialize(1)}}, {{create(1), initialize(1)}, {create(1), count(1, 3)}});
  ASSERT_EQ(more.size(), 1u);
  EXPECT_EQ(more[0].first, 0u);
}

TEST_F(Diff, AnIdOfAnotherSessionIsNamedByWhereItCameFrom) {
  auto use = [](std::uint8_t used) { return std::vector<Made>{create(1), {1, kBackup, "DeleteSnapshots", {id(used), number(3), number(1)}, {number(1), id(0)}}}; };
  auto make = [](std::uint8_t first, std::uint8_t second) {
    return std::vector<Made>{create(1), {1, kBackup, "StartSnapshotSet", {}, {id(first)}}, {1, kBackup, "StartSnapshotSet", {}, {id(second)}}};
  };
  EXPECT_EQ(compared({make(1, 2), use(1)}, {make(8, 9), use(8)}), "no difference: 5 and 5 calls\n");
  EXPECT_EQ(compared({make(1, 2), use(1)}, {make(8, 9), use(9)}),
            "call 5 / 5: session IVssBackupComponents::DeleteSnapshots\n    SourceObjectId: another session's {id 1} / another session's {id 2}\n1 difference\n");
}

TEST_F(Diff, HowThreadsInterleaveDoesNotCount) {
  auto write = [&](const std::string& path, bool secondFirst, bool eachInTurn) {
    Trace trace(path);
    Worker one, two;
    trace.call(one, create(1));
    auto first = std::vector<Made>{gather(1, 2), wait(2), query(2), status(1, 0, u"A")};
    auto second = std::vector<Made>{gather(1, 3), query(3), wait(3), status(1, 1, u"B")};
    if (eachInTurn)
      for (std::size_t i = 0; i < 4; ++i) trace.call(one, first[i]), trace.call(two, second[i]);
    else {
      for (const auto& made : secondFirst ? second : first) trace.call(secondFirst ? two : one, made);
      for (const auto& made : secondFirst ? first : second) trace.call(secondFirst ? one : two, made);
    }
  };
  write(a, false, false);
  for (bool eachInTurn : {false, true}) {
    write(b, true, eachInTurn);
    EXPECT_EQ(compared(), "no difference: 9 and 9 calls\n");
    std::filesystem::remove(pathFromUtf8(b));
  }
}

TEST_F(Diff, SessionsInAnotherOrderOrWovenIntoEachOtherAreTheSame) {
  auto other = healthySession();
  other[7] = status(1, 0, u"Other Writer");
  EXPECT_EQ(compared({healthySession(), other}, {other, healthySession()}), "no difference: 24 and 24 calls\n");
  write(a, {healthySession(), other});
  {
    Trace woven(b);
    auto second = other;
    for (auto& made : second) {
      made.object = made.object ? made.object + 10 : 0;
      for (auto& value : made.outputs)
        if (value.kind == ValueKind::object) value.number += 10;
    }
    for (std::size_t i = 0; i < second.size(); ++i) woven.call(second[i]), woven.call(healthySession()[i]);
  }
  EXPECT_EQ(compared(), "no difference: 24 and 24 calls\n");
}

TEST_F(Diff, AnAddressThatAFailedCallLeftIsNotComparedButThatItWroteIs) {
  auto failing = [](Value left) {
    auto made = gather(1, 2);
    made.result = static_cast<std::uint32_t>(VSS_E_BAD_STATE), made.outputs = {left};
    return std::vector<Made>{create(1), made};
  };
  Value one = ValueView{ValueKind::raw, 0, "\1\2\3\4\5\6\7\1"}, two = ValueView{ValueKind::raw, 0, "\1\2\3\4\5\6\7\2"};
  EXPECT_EQ(compared({failing(one)}, {failing(two)}), "no difference: 2 and 2 calls\n");
  EXPECT_EQ(compared({failing(one)}, {failing(is(ValueKind::zeroed))}),
            "call 2 / 2: session IVssBackupComponents::GatherWriterStatus()\n    pAsync: an address / zeroed\n1 difference\n");
}

// ---- What is a difference.

TEST_F(Diff, EachValueOfAnAnswer) {
  auto output = [&](std::size_t i, Value value) { return changed([&](auto& calls) { calls[8].outputs[i] = value; }); };
  std::string call = "call 9 / 9: session IVssBackupComponents::GetWriterStatus(iWriter=1)\n    ";
  EXPECT_EQ(output(0, id(77)), call + "pidInstance: {00000002-0000-0000-0000-000000000000} / {0000004d-0000-0000-0000-000000000000}\n1 difference\n");
  EXPECT_EQ(output(1, id(77)), call + "pidWriter: {00000066-0000-0000-0000-000000000000} / {0000004d-0000-0000-0000-000000000000}\n1 difference\n");
  EXPECT_EQ(output(2, text(u"Registry Writer ")), call + "pbstrWriter: \"Registry Writer\" / \"Registry Writer \"\n1 difference\n");
  EXPECT_EQ(output(2, is(ValueKind::null)), call + "pbstrWriter: \"Registry Writer\" / null\n1 difference\n");
  EXPECT_EQ(output(3, number(9)), call + "pnStatus: VSS_WS_STABLE / VSS_WS_FAILED_AT_FREEZE\n1 difference\n");
  EXPECT_EQ(output(4, number(VSS_E_WRITERERROR_TIMEOUT)), call + "phResultFailure: S_OK / VSS_E_WRITERERROR_TIMEOUT\n1 difference\n");
}

TEST_F(Diff, NullAndEmptyNames) {
  auto named = [](Value name) {
    auto made = status(1, 0, u"");
    made.outputs[2] = name;
    return Sessions{{create(1), made}};
  };
  EXPECT_EQ(compared(named(text(u"")), named(is(ValueKind::null))),
            "call 2 / 2: session IVssBackupComponents::GetWriterStatus(iWriter=0)\n    pbstrWriter: \"\" / null\n1 difference\n");
}

TEST_F(Diff, AnotherResultAlsoInTheLastCallAlone) {
  EXPECT_EQ(changed([](auto& calls) { calls[10].result = static_cast<std::uint32_t>(VSS_E_BAD_STATE); }),
            "call 11 / 11: session IVssBackupComponents::FreeWriterStatus()\n    result: S_OK / VSS_E_BAD_STATE\n1 difference\n");
  EXPECT_EQ(changed([](auto& calls) { calls[11].result = 1; }), "call 12 / 12: session IUnknown::Release()\n    result: 0 / some\n1 difference\n");
}

TEST_F(Diff, AnOperationThatEndedOtherwise) {
  EXPECT_EQ(changed([](auto& calls) { calls[4] = query(2, VSS_S_ASYNC_CANCELLED); }),
            "call 5 / 5: GatherWriterStatus 1 IVssAsync::QueryStatus()\n    pHrResult: VSS_S_ASYNC_FINISHED / VSS_S_ASYNC_CANCELLED\n1 difference\n");
}

TEST_F(Diff, OneWriterMore) {
  EXPECT_EQ(changed([](auto& calls) {
              calls[6] = count(1, 4);
              calls.insert(calls.begin() + 10, status(1, 3, u"COM+ REGDB Writer"));
            }),
            "call 7 / 7: session IVssBackupComponents::GetWriterStatusCount()\n    pcWriters: 3 / 4\n"
            "only in B: call 11: session IVssBackupComponents::GetWriterStatus(iWriter=3) → S_OK\n2 differences\n");
}

TEST_F(Diff, OneCallLessAndAnotherOrder) {
  EXPECT_EQ(changed([](auto& calls) { calls.erase(calls.begin() + 10); }),
            "only in A: call 11: session IVssBackupComponents::FreeWriterStatus() → S_OK\n1 difference\n");
  EXPECT_EQ(changed([](auto& calls) { std::swap(calls[7], calls[8]); }),
            "only in B: call 8: session IVssBackupComponents::GetWriterStatus(iWriter=1) → S_OK\n"
            "only in A: call 9: session IVssBackupComponents::GetWriterStatus(iWriter=1) → S_OK\n2 differences\n");
}

TEST_F(Diff, AmongEqualCallsTheOnesThatWereAnsweredOtherwise) {
  std::vector<Made> calls{create(1)};
  for (int i = 0; i < 6; ++i) calls.push_back(status(1, 0, u"A"));
  auto other = calls;
  other[2].outputs[3] = other[5].outputs[3] = number(9);
  auto line = [](int i) {
    auto n = std::to_string(i);
    return "call " + n + " / " + n + ": session IVssBackupComponents::GetWriterStatus(iWriter=0)\n    pnStatus: VSS_WS_STABLE / VSS_WS_FAILED_AT_FREEZE\n";
  };
  EXPECT_EQ(compared({calls}, {other}), line(3) + line(6) + "2 differences\n");
}

TEST_F(Diff, AnotherInputIsOneDifference) {
  EXPECT_EQ(changed([](auto& calls) { calls[1].inputs[0] = text(u"<xml/>"); }),
            "call 2 / 2: session IVssBackupComponents::InitializeForBackup\n    bstrXML: null / \"<xml/>\"\n1 difference\n");
}

TEST_F(Diff, ANullPointer) {
  EXPECT_EQ(changed([](auto& calls) { calls[8].nulls = 0b100, calls[8].outputs[2] = is(ValueKind::noPointer); }),
            "call 9 / 9: session IVssBackupComponents::GetWriterStatus(iWriter=1)\n    pbstrWriter: \"Registry Writer\" / no pointer\n1 difference\n");
  auto hung = [](std::uint32_t nulls) {
    auto made = count(1, 0);
    made.nulls = nulls, made.returns = false;
    return Sessions{{create(1), made}};
  };
  EXPECT_EQ(compared(hung(0), hung(1)),
            "call 2 / 2: session IVssBackupComponents::GetWriterStatusCount()\n    pcWriters: absent / no pointer\n1 difference\n");
}

TEST_F(Diff, WhatAFailedCallLeftBehind) {
  auto failing = [](ValueKind kind) {
    auto made = count(1, 0);
    made.result = static_cast<std::uint32_t>(VSS_E_BAD_STATE), made.outputs = {is(kind)};
    return Sessions{{create(1), made}};
  };
  EXPECT_EQ(compared(failing(ValueKind::unchanged), failing(ValueKind::zeroed)),
            "call 2 / 2: session IVssBackupComponents::GetWriterStatusCount()\n    pcWriters: unchanged / zeroed\n1 difference\n");
}

TEST_F(Diff, ACallThatNeverCameBack) {
  auto hung = healthySession();
  hung.resize(4);
  auto back = hung;
  hung[3].returns = false;
  EXPECT_EQ(compared({back}, {hung}), "call 4 / 4: GatherWriterStatus 1 IVssAsync::Wait(dwMilliseconds=INFINITE)\n    result: S_OK / never came back\n1 difference\n");
}

TEST_F(Diff, CallsOnSwappedObjects) {
  auto two = [](std::uint32_t first, std::uint32_t second) {
    return Sessions{{create(1), gather(1, 2), gather(1, 3), wait(first), {second, "IVssAsync", "Cancel", {}, {}}}};
  };
  EXPECT_EQ(compared(two(2, 3), two(3, 2)),
            "only in A: call 4: GatherWriterStatus 1 IVssAsync::Wait(dwMilliseconds=INFINITE) → S_OK\n"
            "only in A: call 5: GatherWriterStatus 2 IVssAsync::Cancel() → S_OK\n"
            "only in B: call 4: GatherWriterStatus 2 IVssAsync::Wait(dwMilliseconds=INFINITE) → S_OK\n"
            "only in B: call 5: GatherWriterStatus 1 IVssAsync::Cancel() → S_OK\n4 differences\n");
}

TEST_F(Diff, TheSameObjectHandedOutAgain) {
  auto again = [](std::uint32_t handedOut) { return Sessions{{create(1), gather(1, 2), gather(1, handedOut)}}; };
  EXPECT_EQ(compared(again(3), again(2)),
            "call 3 / 3: session IVssBackupComponents::GatherWriterStatus()\n    pAsync: GatherWriterStatus 2 / GatherWriterStatus 1\n1 difference\n");
}

TEST_F(Diff, AnotherThreadsObject) {
  auto write = [&](const std::string& path, std::uint32_t cancelled) {
    Trace trace(path);
    Worker one, two;
    for (const auto& made : {create(1), gather(1, 2), gather(1, 3)}) trace.call(one, made);
    trace.call(two, {cancelled, "IVssAsync", "Cancel", {}, {}});
  };
  write(a, 2), write(b, 3);
  EXPECT_EQ(compared(),
            "only in A: call 4: another thread's GatherWriterStatus 1 IVssAsync::Cancel() → S_OK\n"
            "only in B: call 4: another thread's GatherWriterStatus 2 IVssAsync::Cancel() → S_OK\n2 differences\n");
}

TEST_F(Diff, AMissingSessionAndADifferenceInAnotherAreToldApart) {
  auto other = healthySession(), changed = healthySession();
  for (std::size_t i = 7; i < 10; ++i) other[i] = status(1, static_cast<std::uint32_t>(i), u"Another Server");
  changed[9] = status(1, 2, u"WMI Writer", 9);
  EXPECT_EQ(compared({other, healthySession()}, {changed}),
            "only in A: a session of 12 calls\n"
            "call 22 / 10: session IVssBackupComponents::GetWriterStatus(iWriter=2)\n"
            "    pnStatus: VSS_WS_WAITING_FOR_BACKUP_COMPLETE / VSS_WS_FAILED_AT_FREEZE\n2 differences\n");
}

TEST_F(Diff, AMissingThread) {
  auto write = [&](const std::string& path, bool both) {
    Trace trace(path);
    Worker one, two;
    trace.call(one, create(1));
    trace.call(one, gather(1, 2));
    if (both) trace.call(two, wait(2));
  };
  write(a, true), write(b, false);
  EXPECT_EQ(compared(), "only in A: a thread of 1 call\n1 difference\n");
}

TEST_F(Diff, AFactoryThatFailed) {
  auto failed = create(1);
  failed.result = static_cast<std::uint32_t>(E_ACCESSDENIED), failed.outputs = {is(ValueKind::zeroed)};
  EXPECT_EQ(compared({{failed}, healthySession()}, {healthySession()}), "only in A: a session of 1 call\n1 difference\n");
}

// ---- Listings.

TEST_F(Diff, ErrorTextsOfTwoListingsCountWhereNoCodeIsKnown) {
  auto write = [&](const std::string& path, Origin origin, HRESULT failure, const char* errorText) {
    std::filesystem::remove(pathFromUtf8(path));
    Trace trace(path, {origin, "", "", false});
    trace.call(create(1));
    auto order = trace.call(status(1, 0, u"A", 8, failure));
    if (errorText) trace.writer.remark(RemarkKind::listingError, order, errorText);
  };
  write(a, Origin::imported, E_UNEXPECTED, "Fehler 1"), write(b, Origin::imported, E_UNEXPECTED, "Fehler 2");
  EXPECT_EQ(compared(), "call 2 / 2: session IVssBackupComponents::GetWriterStatus(iWriter=0)\n    error text: \"Fehler 1\" / \"Fehler 2\"\n1 difference\n");
  write(a, Origin::imported, S_OK, "Kein Fehler"), write(b, Origin::imported, S_OK, nullptr);
  EXPECT_EQ(compared(), "no difference: 2 and 2 calls\n");
  write(a, Origin::imported, E_UNEXPECTED, "Fehler 1"), write(b, Origin::replayed, E_UNEXPECTED, nullptr);  // a recording of a's replay
  EXPECT_EQ(compared(), "no difference: 2 and 2 calls\n");
}

TEST_F(Diff, OtherRemarksDoNotCountButAStoppedRecordingIsTold) {
  write(a, {healthySession()});
  {
    Trace trace(b);
    trace.writer.remark(RemarkKind::warning, 0, "the trace lies on a volume that is being shadow-copied");
    trace.session(healthySession());
    trace.writer.stop("the disk is full");
  }
  EXPECT_EQ(compared(), "no difference: 12 and 12 calls\n");
  EXPECT_NE(err.find("B: the recording stopped by itself: "), std::string::npos) << err;
}

// ---- Large ones.

TEST_F(Diff, TheLastOfManyCallsIsFoundInSeconds) {
  const int calls = testing_traces::amount(100'000, 30'000, 4'000);
  const std::string last = std::to_string(calls);
  auto write = [&](const std::string& path, HRESULT last) {
    Trace trace(path);
    trace.call(create(1)), trace.call(gather(1, 2));
    for (int i = 0; i < calls - 3; ++i) trace.call(status(1, i % 20, u"System Writer"));
    trace.call(status(1, 0, u"System Writer", 8, last));
  };
  write(a, VSS_E_WRITERERROR_TIMEOUT), write(b, VSS_E_WRITERERROR_RETRYABLE);
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(compared(),
            "call " + last + " / " + last + ": session IVssBackupComponents::GetWriterStatus(iWriter=0)\n"
            "    phResultFailure: VSS_E_WRITERERROR_TIMEOUT / VSS_E_WRITERERROR_RETRYABLE\n1 difference\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(120));  // two of them; a second each on an idle machine, without sanitizers
}

TEST_F(Diff, NoneOfManyDifferencesIsLost) {
  constexpr int kCalls = 5'000;   // too many for the table of all pairs
  auto many = [](std::int32_t state, bool withEnd) {
    std::vector<Made> calls{create(1), gather(1, 2)};
    for (std::uint32_t i = 0; i < kCalls; ++i) calls.push_back(status(1, i, u"A", state));
    if (withEnd) calls.push_back(freeStatus(1));
    return calls;
  };
  auto text = compared({many(1, true)}, {many(5, false)});
  EXPECT_TRUE(text.ends_with("call 5002 / 5002: session IVssBackupComponents::GetWriterStatus(iWriter=4999)\n"
                             "    pnStatus: VSS_WS_STABLE / VSS_WS_WAITING_FOR_BACKUP_COMPLETE\n"
                             "only in A: call 5003: session IVssBackupComponents::FreeWriterStatus() → S_OK\n5001 differences\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kCalls * 2 + 2);
}

// More text than is held at once, in two sessions that are woven into each other: what is asked for next may lie before what was read last.
TEST_F(Diff, LongTextsThatDifferAreAllTold) {
  constexpr int kCalls = 180;   // 36 MB of text
  const std::u16string text(50'000, u'w');
  auto write = [&](const std::string& path, std::int32_t state) {
    Trace trace(path);
    trace.call(create(1)), trace.call(create(2));
    for (std::uint32_t i = 0; i < kCalls; ++i)
      for (std::uint32_t backup : {1u, 2u}) trace.call(status(backup, i, text, state));
  };
  write(a, 1), write(b, 5);
  std::string told, expected;
  EXPECT_EQ(diff(a, b, told), 1);
  for (int session : {0, 1})
    for (int i = 0; i < kCalls; ++i) {
      auto number = std::to_string(3 + 2 * i + session);
      expected += "call " + number + " / " + number + ": session IVssBackupComponents::GetWriterStatus(iWriter=" + std::to_string(i) +
                  ")\n    pnStatus: VSS_WS_STABLE / VSS_WS_WAITING_FOR_BACKUP_COMPLETE\n";
    }
  EXPECT_TRUE(told == expected + "360 differences\n") << told.substr(0, 1000);
}

TEST_F(Diff, WhatIsTheSameBehindALongInsertionIsFoundAgain) {
  auto session = [](bool more) {
    std::vector<Made> calls{create(1), gather(1, 2)};
    for (int i = 0; i < 3'000 && more; ++i) calls.push_back(status(1, 7, u"A", i));
    for (int i = 0; i < 3'000; ++i) calls.push_back(status(1, i % 5, u"B"));
    return calls;
  };
  EXPECT_TRUE(compared({session(false)}, {session(true)}).ends_with("\n3000 differences\n"));
}

TEST_F(Diff, ManySessionsDoNotTakeTheSquareOfTheirNumber) {
  Sessions many(3'000, {create(1), release(1)});
  auto other = many;
  other[1'500].back().result = 1;
  EXPECT_EQ(compared(many, other), "call 3002 / 3002: session IUnknown::Release()\n    result: 0 / some\n1 difference\n");
}

// ---- JSON and trouble.

TEST_F(Diff, JsonNamesTheCallsAndTheFields) {
  auto other = healthySession();
  other[8].outputs[3] = number(9);
  other.erase(other.begin() + 10);
  write(a, {healthySession()}), write(b, {other, {create(1)}});
  std::string text;
  EXPECT_EQ(diff(a, b, text, "json"), 1);
  EXPECT_EQ(text,
            "{\"onlyIn\": \"B\", \"what\": \"session\", \"calls\": 1}\n"
            "{\"a\": 9, \"b\": 9, \"call\": \"session IVssBackupComponents::GetWriterStatus(iWriter=1)\", "
            "\"fields\": {\"pnStatus\": [\"VSS_WS_STABLE\", \"VSS_WS_FAILED_AT_FREEZE\"]}}\n"
            "{\"a\": 11, \"b\": null, \"call\": \"session IVssBackupComponents::FreeWriterStatus()\", \"result\": \"S_OK\"}\n");
  EXPECT_EQ(diff(a, a, text, "json"), 0);
  EXPECT_EQ(text, "");
}

TEST_F(Diff, ATraceThatWasCutOffIsComparedAsFarAsItGoesAndSaid) {
  write(a, {healthySession()}), write(b, {healthySession()});
  auto end = TraceReader(pathFromUtf8(b)).endOfNotes();
  std::filesystem::resize_file(pathFromUtf8(b), end);
  EXPECT_EQ(compared(), "no difference: 12 and 12 calls\n");
  EXPECT_TRUE(err.starts_with("B: cut off: ")) << err;
}

TEST_F(Diff, AFileThatCannotBeUsedIsAnError) {
  write(a, {healthySession()});
  std::string text;
  EXPECT_THROW(diff(a, folder / "none", text), TraceError);
  EXPECT_THROW(diff(folder / "none", a, text), TraceError);
}

}  // namespace
}  // namespace vss
