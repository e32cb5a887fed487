// IVssAsync: operations that end by time, by polls, never; Wait, Cancel and QueryStatus, from several threads too.
#include <array>
#include <thread>

#include "testing.h"

namespace vss::model {
namespace {



// Time stands still, also for those who wait, until the test moves it.
struct HeldClock final : Clock {
  Time now() override { return Time(std::chrono::milliseconds(ms)); }
  void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, std::optional<Time>) override {
    ++waiting;
    changed.wait(lock);
    --waiting;
  }
  std::atomic<std::int64_t> ms = 0;
  std::atomic<int> waiting = 0;
};

template <class Clock> void untilWaiting(const Clock& clock, int threads) {
  while (clock.waiting != threads) std::this_thread::yield();
}

// ---- When an operation ends ----
TEST(Operation, ShowsPendingAsOftenAsItsPollsSay) {
  for (int polls : {0, 1, 5}) {
    Requester r(gather(R"({"polls": )" + std::to_string(polls) + "}"));
    auto* async = r.forBackup().start();
    for (int i = 0; i < polls; ++i) EXPECT_EQ(Requester::query(async), P) << i << " of " << polls;
    EXPECT_EQ(Requester::query(async), F);
    EXPECT_EQ(Requester::query(async), F);
    async->Release();
  }
}
TEST(Operation, ByDefaultShowsPendingOnce) {
  Requester r;
  auto* async = r.forBackup().start();
  EXPECT_EQ(Requester::query(async), P);
  EXPECT_EQ(r.count(), VSS_E_BAD_STATE);
  EXPECT_EQ(Requester::query(async), F);
  EXPECT_EQ(r.count(), S_OK);
  async->Release();
}
TEST(Operation, EndsWhenItsTimeHasComeNoSooner) {
  Requester r(gather(R"({"ms": 250})"));
  auto* async = r.forBackup().start();
  for (int i = 0; i < 250; ++i, ++r.clock->ms) ASSERT_EQ(Requester::query(async), P) << i << " ms";
  EXPECT_EQ(Requester::query(async), F);
  async->Release();
}
TEST(Operation, EndsByTimeAlsoWhereNobodyAsksIt) {
  Requester r(gather(R"({"ms": 250})"));
  auto* async = r.forBackup().start();
  r.clock->ms += 249;
  EXPECT_EQ(r.count(), VSS_E_BAD_STATE);
  r.clock->ms += 1;
  EXPECT_EQ(r.count(), S_OK);
  async->Release();
}
TEST(Operation, RecordsTheMomentWhenItEndedNotWhenSomebodyLooked) {
  Requester r(oneWriter(R"("failsAt": [{"event": "prepareBackup"}])",
                        R"("operations": {"gatherWriterStatus": {"ms": 10}, "prepareForBackup": {"ms": 20}}, )" + withoutSet()));
  r.forBackup().withMetadata()->SetBackupState(false, false, VSS_BT_FULL, false);
  auto* prepare = r.start(&Starters::PrepareForBackup);
  auto* async = r.start();
  r.clock->ms += 1000;
  EXPECT_EQ(Requester::query(prepare), F);
  EXPECT_EQ(r.shown(), "1 S_OK");
  EXPECT_EQ(r.seen(), "7 VSS_E_WRITERERROR_NONRETRYABLE");
  async->Release();
  prepare->Release();
}
TEST(Operation, ThatNeverEndsIsPendingUntilItIsCancelled) {
  Requester r(gather(R"({"never": true})"));
  auto* async = r.forBackup().start();
  r.clock->ms += 1'000'000'000;
  EXPECT_EQ(async->Wait(1000), S_OK);
  EXPECT_EQ(Requester::query(async), P);
  EXPECT_EQ(async->Cancel(), S_OK);
  EXPECT_EQ(Requester::query(async), C);
  async->Release();
}
TEST(Operation, OfEachStarterHasItsOwnPlan) {
  Requester r(R"({"operations": {"gatherWriterMetadata": {"polls": 0}, "gatherWriterStatus": {"polls": 2}, "prepareForBackup": {"polls": 3},
                                 "backupComplete": {"polls": 4}}, )" + withoutSet() + "}");
  r.forBackup()->SetBackupState(false, false, VSS_BT_FULL, false);
  int polls = 0;
  for (auto starter : {&Starters::GatherWriterMetadata, &Starters::GatherWriterStatus, &Starters::PrepareForBackup, &Starters::BackupComplete}) {
    auto* async = r.start(starter);
    for (int i = 0; i < polls; ++i) EXPECT_EQ(Requester::query(async), P);
    EXPECT_EQ(Requester::query(async), F);
    async->Release();
    polls = polls ? polls + 1 : 2;
  }
}

// ---- QueryStatus ----
TEST(QueryStatus, NeverGoesBack) {
  const std::array<std::pair<std::string, HRESULT>, 4> ends{{{R"({"polls": 3})", F}, {R"({"ms": 40})", F}, {R"({"polls": 3, "result": "VSS_E_WRITER_INFRASTRUCTURE"})", VSS_E_WRITER_INFRASTRUCTURE},
                                                             {R"({"ms": 40, "result": "E_OUTOFMEMORY"})", E_OUTOFMEMORY}}};
  for (const auto& [plan, end] : ends) {
    Requester r(gather(plan));
    auto* async = r.forBackup().start();
    int pending = 0;
    while (Requester::query(async) == P) ++pending, r.clock->ms += 20;
    EXPECT_GE(pending, 2) << plan;
    for (int i = 0; i < 100; ++i, r.clock->ms += 20) {
      EXPECT_EQ(Requester::query(async), end) << plan;
      EXPECT_EQ(async->Cancel(), end) << plan;
      EXPECT_EQ(async->Wait(i), S_OK) << plan;
    }
    async->Release();
  }
}
TEST(QueryStatus, NeverGoesBackForAnyOfFourThreads) {
  Requester r(gather(R"({"polls": 1000})"));
  auto* async = r.forBackup().start();
  std::atomic<int> pending = 0;
  auto ask = [&] {
    while (Requester::query(async) == P) ++pending;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(Requester::query(async), F);
  };
  {
    std::thread threads[] = {std::thread(ask), std::thread(ask), std::thread(ask), std::thread(ask)};
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(pending, 1000);
  async->Release();
}
TEST(QueryStatus, NeedsThePointerAndAsksNothingWithoutIt) {
  Requester r;
  auto* async = r.forBackup().start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(async->QueryStatus(nullptr, nullptr), E_INVALIDARG);
  EXPECT_EQ(Requester::query(async), P);
  async->Release();
}
TEST(QueryStatus, LeavesTheReservedIntegerAlone) {
  Requester r;
  auto* async = r.forBackup().start();
  HRESULT result;
  INT reserved = 5;
  EXPECT_EQ(async->QueryStatus(&result, &reserved), S_OK);
  EXPECT_EQ(reserved, 5);
  async->Release();
}

// ---- Wait ----
TEST(Wait, WithoutEndReturnsWhenTheTimeHasCome) {
  Requester r(gather(R"({"ms": 250})"));
  auto* async = r.forBackup().start();
  auto before = r.clock->ms.load();
  EXPECT_EQ(async->Wait(kInfinite), S_OK);
  EXPECT_EQ(r.clock->ms - before, 250);
  EXPECT_EQ(Requester::query(async), F);
  async->Release();
}
TEST(Wait, WithATimeThatElapsesReturnsThenAndTheOperationRunsOn) {
  Requester r(gather(R"({"ms": 250})"));
  auto* async = r.forBackup().start();
  auto before = r.clock->ms.load();
  EXPECT_EQ(async->Wait(0), S_OK);
  EXPECT_EQ(r.clock->ms - before, 0);
  EXPECT_EQ(async->Wait(100), S_OK);
  EXPECT_EQ(r.clock->ms - before, 100);
  EXPECT_EQ(Requester::query(async), P);
  EXPECT_EQ(async->Wait(5000), S_OK);  // ends before this time is over
  EXPECT_EQ(r.clock->ms - before, 250);
  EXPECT_EQ(Requester::query(async), F);
  async->Release();
}
TEST(Wait, EndsAnOperationThatCountsPolls) {
  Requester r(gather(R"({"polls": 1000})"));
  auto* async = r.forBackup().start();
  EXPECT_EQ(async->Wait(0), S_OK);
  EXPECT_EQ(Requester::query(async), F);
  async->Release();
}
TEST(Wait, OfTwoThreadsEndsForBoth) {
  auto clock = std::make_shared<HeldClock>();
  auto service = std::make_shared<Service>(parseScenario(gather(R"({"ms": 250})")), clock);
  IVssBackupComponents* vss = nullptr;
  IVssAsync* async = nullptr;
  ASSERT_EQ(create(service, &vss), S_OK);
  vss->InitializeForBackup(nullptr);
  ASSERT_EQ(vss->GatherWriterStatus(&async), S_OK);
  std::atomic<int> returned = 0;
  auto wait = [&](DWORD ms) {
    EXPECT_EQ(async->Wait(ms), S_OK);
    EXPECT_EQ(Requester::query(async), F);
    ++returned;
  };
  std::thread one(wait, kInfinite), two(wait, kInfinite), three(wait, 1000);
  untilWaiting(*clock, 3);
  EXPECT_EQ(Requester::query(async), P);
  EXPECT_EQ(returned, 0);
  clock->ms = 250;
  UINT n = 0;
  EXPECT_EQ(vss->GetWriterStatusCount(&n), S_OK);  // whoever comes next settles what is due, and wakes who waits
  for (auto* thread : {&one, &two, &three}) thread->join();
  EXPECT_EQ(returned, 3);
  async->Release();
  vss->Release();
}
TEST(Wait, IsWokenByCancelOfAnotherThread) {
  for (const char* choice : {"ok", "cancelled"}) {
    Requester r(gather(R"({"never": true})", R"("choices": {"waitOnCancelled": ")" + std::string(choice) + "\"}"));
    auto* async = r.forBackup().start();
    HRESULT expected = choice == std::string("ok") ? S_OK : C;
    auto wait = [&] { EXPECT_EQ(async->Wait(kInfinite), expected); };
    std::thread one(wait), two(wait);
    untilWaiting(*r.clock, 2);
    EXPECT_EQ(async->Cancel(), S_OK);
    one.join();
    two.join();
    EXPECT_EQ(Requester::query(async), C);
    async->Release();
  }
}
TEST(Wait, IsWokenByAbortBackup) {
  Requester r(R"({"operations": {"prepareForBackup": {"never": true}}, )" + withoutSet() + "}");
  r.forBackup()->SetBackupState(false, false, VSS_BT_FULL, false);
  auto* async = r.start(&Starters::PrepareForBackup);
  std::thread waiting([&] { EXPECT_EQ(async->Wait(kInfinite), S_OK); });
  untilWaiting(*r.clock, 1);
  EXPECT_EQ(r->AbortBackup(), S_OK);
  waiting.join();
  async->Release();
}
TEST(Wait, SurvivesTheLastReleaseByAnotherThread) {
  Requester r(gather(R"({"never": true})", R"("choices": {"releaseOfPending": "cancels"})"));
  auto* async = r.forBackup().start();
  std::thread waiting([&] { EXPECT_EQ(async->Wait(kInfinite), S_OK); });
  untilWaiting(*r.clock, 1);
  EXPECT_EQ(async->Release(), 0u);
  waiting.join();
}
TEST(Wait, OnTheMachinesOwnTimeTakesAsLongAsItSays) {
  auto service = std::make_shared<Service>(parseScenario(gather(R"({"ms": 60})")));
  IVssBackupComponents* vss = nullptr;
  IVssAsync* async = nullptr;
  ASSERT_EQ(create(service, &vss), S_OK);
  vss->InitializeForBackup(nullptr);
  auto begin = std::chrono::steady_clock::now();
  auto elapsed = [&] { return std::chrono::steady_clock::now() - begin; };
  ASSERT_EQ(vss->GatherWriterStatus(&async), S_OK);
  EXPECT_EQ(async->Wait(1), S_OK);
  EXPECT_GE(elapsed(), std::chrono::milliseconds(1));
  EXPECT_EQ(async->Wait(kInfinite), S_OK);
  EXPECT_GE(elapsed(), std::chrono::milliseconds(60));
  EXPECT_EQ(Requester::query(async), F);
  async->Release();
  vss->Release();
}
TEST(Wait, OnServer2003TakesNoTimeAndOnXpNoArgument) {
  Requester old(gather(R"({"ms": 250})", R"("os": "server2003")")), xp(gather(R"({"ms": 250})", R"("os": "windowsXp")"));
  auto* async = old.forBackup().start();
  EXPECT_EQ(async->Wait(100), E_INVALIDARG);
  EXPECT_EQ(Requester::query(async), P);
  EXPECT_EQ(async->Wait(kInfinite), S_OK);
  EXPECT_EQ(Requester::query(async), F);
  async->Release();
  async = xp.forBackup().start();
  EXPECT_EQ(async->Wait(1), S_OK);  // what stands there is not read: it waits for the end
  EXPECT_EQ(Requester::query(async), F);
  async->Release();
}

// ---- Cancel ----
TEST(Cancel, TellsTheSecondTimeThatItIsDone) {
  Requester r;
  auto* async = r.forBackup().start();
  EXPECT_EQ(async->Cancel(), S_OK);
  EXPECT_EQ(async->Cancel(), C);
  EXPECT_EQ(Requester::query(async), C);
  async->Release();
}
TEST(Cancel, ComesTooLateForWhatHasEnded) {
  Requester good, bad(gather(R"({"result": "VSS_E_WRITER_INFRASTRUCTURE"})"));
  auto* async = good.forBackup().start();
  async->Wait(kInfinite);
  EXPECT_EQ(async->Cancel(), F);
  EXPECT_EQ(good.count(), S_OK);
  async->Release();
  async = bad.forBackup().start();
  async->Wait(kInfinite);
  EXPECT_EQ(async->Cancel(), VSS_E_WRITER_INFRASTRUCTURE);
  async->Release();
}
TEST(Cancel, OfBackupCompleteAbortsTheBackup) {
  Requester r(oneWriter(R"("state": 5)", R"("operations": {"backupComplete": {"never": true}}, )" + withoutSet(R"("leftOutWriterState": "unchanged")")));
  auto* async = r.forBackup().withMetadata().prepared().start(&Starters::BackupComplete);
  EXPECT_EQ(async->Cancel(), S_OK);
  EXPECT_EQ(r.run(&Starters::BackupComplete), VSS_E_BAD_STATE);
  EXPECT_EQ(r.seen(), "1 S_OK");
  async->Release();
}

// ---- Failures that the pages of IVssAsync list ----
TEST(Async, AnswersEveryFailureOfItsPages) {
  for (Method method : {Method::cancel, Method::wait, Method::queryStatus}) {
    const MethodRow& row = rowOf(method);
    std::string_view rest = row.failures;
    while (!rest.empty()) {
      std::string code(rest.substr(0, rest.find(' ')));
      rest.remove_prefix(std::min(rest.size(), code.size() + 1));
      Requester r(R"({"calls": [{"method": ")" + std::string(row.name) + R"(", "result": ")" + code + R"(", "onCall": 1}]})");
      auto* async = r.forBackup().start();
      HRESULT result = 77;
      HRESULT hresult = method == Method::cancel ? async->Cancel() : method == Method::wait ? async->Wait(kInfinite) : async->QueryStatus(&result, nullptr);
      EXPECT_EQ(nameOf(hresult), code) << row.name;
      EXPECT_EQ(result, method == Method::queryStatus && hresult != E_INVALIDARG ? 0 : 77) << row.name << " " << code;
      EXPECT_EQ(Requester::query(async), P) << row.name << " " << code << " must change nothing";
      async->Release();
    }
  }
}
TEST(Async, RefusesACallerWithoutRights) {
  Requester r(R"({"accessDenied": "async"})");
  auto* async = r.forBackup().start();
  HRESULT result = 77;
  EXPECT_EQ(async->Wait(kInfinite), E_ACCESSDENIED);
  EXPECT_EQ(async->QueryStatus(&result, nullptr), E_ACCESSDENIED);
  EXPECT_EQ(result, 0);
  EXPECT_EQ(async->Cancel(), S_OK);  // its page knows no such failure
  async->Release();
}

}  // namespace
}  // namespace vss::model
