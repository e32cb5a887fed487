// The table "Answers by state of the status record", row by row and cell by cell: what each call answers where the object is
// S0 not initialised, S1 initialised and nothing gathered, S2 gathering, S3 gathered, S4 freed. Cells on which the documentation
// is silent are tested under each value of their choice.
#include "testing.h"

namespace vss::model {
namespace {

// A requester in one of the five states; `pending` is the running gather of S2.
struct At {
  explicit At(int state, const std::string& scenario = "{}") : requester(scenario) {
    if (state >= 1) requester.forBackup().withMetadata();
    if (state == 2) pending = requester.start();
    if (state >= 3) requester.gathered();
    if (state == 4) requester->FreeWriterStatus();
  }
  ~At() {
    if (pending) pending->Release();
  }
  Requester requester;
  IVssAsync* pending = nullptr;

  HRESULT gather() {
    IVssAsync* async = nullptr;
    HRESULT hresult = requester->GatherWriterStatus(&async);
    EXPECT_EQ(async != nullptr, hresult == S_OK);
    if (async) async->Release();
    return hresult;
  }
  HRESULT gatherNull() { return requester->GatherWriterStatus(nullptr); }
  HRESULT countNull() { return requester->GetWriterStatusCount(nullptr); }
  HRESULT free() { return requester->FreeWriterStatus(); }
};

const std::string kStateFirst = choosing("argumentOrder", "stateFirst");

// ---- GatherWriterStatus(&a) ----
TEST(GatherWriterStatus, IsRefusedBeforeInitialisation) { EXPECT_EQ(At(0).gather(), B); }
TEST(GatherWriterStatus, StartsWhereNothingIsGathered) { EXPECT_EQ(At(1).gather(), S_OK); }
TEST(GatherWriterStatus, WhileAnotherRunsIsAChoice) {
  EXPECT_EQ(At(2).gather(), B);
  EXPECT_EQ(At(2, choosing("gatherWhilePending", "ok")).gather(), S_OK);
}
TEST(GatherWriterStatus, MayComeAgainWithoutFree) { EXPECT_EQ(At(3).gather(), S_OK); }
TEST(GatherWriterStatus, MayComeAgainAfterFree) { EXPECT_EQ(At(4).gather(), S_OK); }
TEST(GatherWriterStatus, ReplacesTheRecord) {
  At at(3, oneWriter(R"("failsAt": [{"event": "prepareBackup"}])", withoutSet()));
  EXPECT_EQ(at.requester.shown(), "1 S_OK");
  at.requester.prepared();
  EXPECT_EQ(at.requester.seen(), "7 VSS_E_WRITERERROR_NONRETRYABLE");
}
TEST(GatherWriterStatus, ThatCameLaterMakesTheRecordAndTheEarlierOneNone) {
  At at(2, choosing("gatherWhilePending", "ok"));
  IVssAsync* later = at.requester.start();
  EXPECT_EQ(Requester::end(at.pending), VSS_S_ASYNC_FINISHED);
  at.pending = nullptr;
  EXPECT_EQ(at.requester.count(), B);
  EXPECT_EQ(Requester::end(later), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(at.requester.count(), S_OK);
}

// ---- GatherWriterStatus(NULL) ----
TEST(GatherWriterStatusWithNull, BeforeInitialisationDependsOnTheOrderOfChecks) {
  EXPECT_EQ(At(0).gatherNull(), A);
  EXPECT_EQ(At(0, kStateFirst).gatherNull(), B);
}
TEST(GatherWriterStatusWithNull, IsABadArgumentWhereNothingIsGathered) { EXPECT_EQ(At(1, kStateFirst).gatherNull(), A); }
TEST(GatherWriterStatusWithNull, IsABadArgumentWhileGathering) {
  EXPECT_EQ(At(2).gatherNull(), A);
  EXPECT_EQ(At(2, choosing("gatherWhilePending", "ok")).gatherNull(), A);
}
TEST(GatherWriterStatusWithNull, IsABadArgumentWhenGathered) { EXPECT_EQ(At(3, kStateFirst).gatherNull(), A); }
TEST(GatherWriterStatusWithNull, IsABadArgumentAfterFree) { EXPECT_EQ(At(4, kStateFirst).gatherNull(), A); }
TEST(GatherWriterStatusWithNull, StartsNothing) {
  At at(3);
  at.gatherNull();
  EXPECT_EQ(at.requester.count(), S_OK);  // still the old record: no gather runs
}

// ---- GetWriterStatusCount(&n) ----
TEST(GetWriterStatusCount, IsRefusedBeforeInitialisation) { EXPECT_EQ(At(0).requester.count(), B); }
TEST(GetWriterStatusCount, IsRefusedWhereNothingIsGathered) { EXPECT_EQ(At(1).requester.count(), B); }
TEST(GetWriterStatusCount, IsRefusedWhileGathering) { EXPECT_EQ(At(2).requester.count(), B); }
TEST(GetWriterStatusCount, IsRefusedWhileGatheringAgain) {
  At at(3);
  at.pending = at.requester.start();
  EXPECT_EQ(at.requester.count(), B);
  EXPECT_EQ(at.requester.status(0).hresult, B);
}
TEST(GetWriterStatusCount, TellsHowManyWritersHaveAStatus) {
  EXPECT_EQ(At(3).requester.writers(), 9u);
  EXPECT_EQ(At(3, R"({"writers": []})").requester.writers(), 0u);
}
TEST(GetWriterStatusCount, SaysTheSameTwice) {
  At at(3);
  EXPECT_EQ(at.requester.writers(), at.requester.writers());
}
TEST(GetWriterStatusCount, IsRefusedAfterFree) { EXPECT_EQ(At(4).requester.count(), B); }

// ---- GetWriterStatusCount(NULL) ----
TEST(GetWriterStatusCountWithNull, DependsOnTheOrderOfChecksUnlessGathered) {
  for (int state : {0, 1, 2, 4}) {
    EXPECT_EQ(At(state).countNull(), A) << "S" << state;
    EXPECT_EQ(At(state, kStateFirst).countNull(), B) << "S" << state;
  }
}
TEST(GetWriterStatusCountWithNull, IsABadArgumentWhenGathered) {
  EXPECT_EQ(At(3).countNull(), A);
  EXPECT_EQ(At(3, kStateFirst).countNull(), A);
}

// ---- GetWriterStatus and GetWriterStatusEx, i < n and i >= n ----
HRESULT both(const Requester& requester, UINT index) {
  HRESULT plain = requester.status(index).hresult, ex = requester.statusEx(index).hresult;
  EXPECT_EQ(plain, ex);
  return plain;
}
TEST(GetWriterStatus, IsRefusedBeforeInitialisation) { EXPECT_EQ(both(At(0).requester, 0), B); }
TEST(GetWriterStatus, IsRefusedWhereNothingIsGathered) { EXPECT_EQ(both(At(1).requester, 0), B); }
TEST(GetWriterStatus, IsRefusedWhileGathering) { EXPECT_EQ(both(At(2).requester, 0), B); }
TEST(GetWriterStatus, AnswersEveryIndexBelowTheCount) {
  At at(3);
  for (UINT i = 0; i < 9; ++i) EXPECT_EQ(both(at.requester, i), S_OK);
}
TEST(GetWriterStatus, AnswersWithoutACallOfTheCount) { EXPECT_EQ(both(At(3).requester, 8), S_OK); }
TEST(GetWriterStatus, IsRefusedAfterFree) { EXPECT_EQ(both(At(4).requester, 0), B); }
TEST(GetWriterStatusPastTheEnd, IsRefusedWhereverNothingIsReadable) {
  for (int state : {0, 1, 2, 4}) EXPECT_EQ(both(At(state).requester, 9), B) << "S" << state;
}
TEST(GetWriterStatusPastTheEnd, FindsNothingWhenGathered) {
  At at(3);
  for (UINT index : {9u, 10u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu}) EXPECT_EQ(both(at.requester, index), N);
  EXPECT_EQ(both(At(3, R"({"writers": []})").requester, 0), N);
}

// ---- GetWriterStatus and GetWriterStatusEx with a required pointer NULL ----
// Leaves out pointer number `missing` of GetWriterStatus(Ex): 0 pidInstance … 4 phResultFailure, 5 and 6 the optional ones.
HRESULT without(const Requester& requester, bool ex, int missing, UINT index = 0) {
  Guid instance, writer;
  char16_t *name = nullptr, *message = nullptr;
  VSS_WRITER_STATE state;
  HRESULT failure, application;
  auto* i = missing == 0 ? nullptr : &instance;
  auto* w = missing == 1 ? nullptr : &writer;
  auto* b = missing == 2 ? nullptr : &name;
  auto* s = missing == 3 ? nullptr : &state;
  auto* f = missing == 4 ? nullptr : &failure;
  HRESULT hresult = ex ? requester->GetWriterStatusEx(index, i, w, b, s, f, missing == 5 ? nullptr : &application, missing == 6 ? nullptr : &message)
                       : requester->GetWriterStatus(index, i, w, b, s, f);
  if (hresult != S_OK) {
    EXPECT_EQ(name, nullptr);
  }
  sysFreeString(name);
  sysFreeString(message);
  return hresult;
}
TEST(GetWriterStatusWithNull, DependsOnTheOrderOfChecksUnlessGathered) {
  for (int state : {0, 1, 2, 4})
    for (bool ex : {false, true})
      for (int missing : {0, 1, 2, 3}) {
        EXPECT_EQ(without(At(state).requester, ex, missing), A) << "S" << state << ", pointer " << missing;
        EXPECT_EQ(without(At(state, kStateFirst).requester, ex, missing), B) << "S" << state << ", pointer " << missing;
      }
}
TEST(GetWriterStatusWithNull, IsABadArgumentWhenGathered) {
  for (const auto& scenario : {std::string("{}"), kStateFirst})
    for (bool ex : {false, true})
      for (int missing : {0, 1, 2, 3}) EXPECT_EQ(without(At(3, scenario).requester, ex, missing), A) << "pointer " << missing;
}
TEST(GetWriterStatusWithNull, ForTheFailureIsAChoice) {
  EXPECT_EQ(without(At(3).requester, false, 4), A);
  EXPECT_EQ(without(At(3, choosing("nullResultFailure", "ok")).requester, false, 4), S_OK);
  EXPECT_EQ(without(At(3, choosing("nullFailureWriter", "ok")).requester, false, 4), A);
}
TEST(GetWriterStatusExWithNull, ForTheFailureIsAChoiceOfItsOwn) {
  EXPECT_EQ(without(At(3).requester, true, 4), A);
  EXPECT_EQ(without(At(3, choosing("nullFailureWriter", "ok")).requester, true, 4), S_OK);
  EXPECT_EQ(without(At(3, choosing("nullResultFailure", "ok")).requester, true, 4), A);
}
TEST(GetWriterStatusExWithNull, ForWhatTheApplicationSaysIsAllowed) {
  EXPECT_EQ(without(At(3).requester, true, 5), S_OK);
  EXPECT_EQ(without(At(3).requester, true, 6), S_OK);
}
TEST(GetWriterStatusWithNull, AndABadIndexIsAChoice) {
  for (bool ex : {false, true}) {
    EXPECT_EQ(without(At(3).requester, ex, 1, 9), A);
    EXPECT_EQ(without(At(3, choosing("nullPointerWithBadIndex", "objectNotFound")).requester, ex, 1, 9), N);
    EXPECT_EQ(without(At(3, choosing("nullPointerWithBadIndex", "objectNotFound")).requester, ex, 1, 8), A);
    EXPECT_EQ(without(At(1, choosing("nullPointerWithBadIndex", "objectNotFound")).requester, ex, 1, 9), A);
  }
}

// ---- FreeWriterStatus ----
TEST(FreeWriterStatus, IsRefusedBeforeInitialisation) { EXPECT_EQ(At(0, choosing("freeBeforeGather", "ok")).free(), B); }
TEST(FreeWriterStatus, WhereNothingIsGatheredIsAChoice) {
  EXPECT_EQ(At(1).free(), B);
  EXPECT_EQ(At(1, choosing("freeBeforeGather", "ok")).free(), S_OK);
  EXPECT_EQ(At(1, choosing("freeTwice", "ok")).free(), B);
}
TEST(FreeWriterStatus, WhileGatheringIsAChoice) {
  At refused(2);
  EXPECT_EQ(refused.free(), B);
  EXPECT_EQ(Requester::end(refused.pending), VSS_S_ASYNC_FINISHED);
  refused.pending = nullptr;
  EXPECT_EQ(refused.requester.count(), S_OK);

  At allowed(2, choosing("freeWhilePending", "ok"));
  EXPECT_EQ(allowed.free(), S_OK);
  EXPECT_EQ(Requester::end(allowed.pending), VSS_S_ASYNC_FINISHED);
  allowed.pending = nullptr;
  EXPECT_EQ(allowed.requester.count(), B);  // that gather makes no record
}
TEST(FreeWriterStatus, DropsTheRecord) {
  At at(3);
  EXPECT_EQ(at.free(), S_OK);
  EXPECT_EQ(at.requester.count(), B);
}
TEST(FreeWriterStatus, TwiceIsAChoice) {
  EXPECT_EQ(At(4).free(), B);
  EXPECT_EQ(At(4, choosing("freeTwice", "ok")).free(), S_OK);
  EXPECT_EQ(At(4, choosing("freeBeforeGather", "ok")).free(), B);
}
TEST(FreeWriterStatus, LeavesTheCallersTextAlone) {
  At at(3);
  Guid instance, writer;
  char16_t* name = nullptr;
  VSS_WRITER_STATE state;
  HRESULT failure;
  ASSERT_EQ(at.requester->GetWriterStatus(3, &instance, &writer, &name, &state, &failure), S_OK);
  at.free();
  at.requester.release();
  EXPECT_EQ(takeBstr(name), u"System Writer");
}

}  // namespace
}  // namespace vss::model
