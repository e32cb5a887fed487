// Asynchronous operations: what of them is computed, and what hangs.
#include <thread>

#include "replayer/testing.h"

namespace vss {
namespace {

class OperationTest : public ReplayTest {
 protected:
  // Object 2 is the operation; what follows on it is up to the test.
  void started() {
    created(1);
    recorded(1, "GatherWriterStatus", {}, S_OK, {object(2)});
  }
  void polled(HRESULT status) { recorded(2, "QueryStatus", {}, S_OK, {number(status), kind(ValueKind::noPointer)}, 2); }
  void waited(std::uint32_t ms, HRESULT result) { recorded(2, "Wait", {number(ms)}, result); }
  void cancelled(HRESULT result) { recorded(2, "Cancel", {}, result); }

  IVssAsync* start(const std::string& options = "") {
    play(options);
    IVssAsync* operation = nullptr;
    EXPECT_EQ(create()->GatherWriterStatus(&operation), S_OK);
    return operation;
  }
  static HRESULT poll(IVssAsync* operation) {
    HRESULT status = 77;
    EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
    return status;
  }
  // The text, once it is in the report. A thread writes it just before it waits.
  void waitForReport(const std::string& words) {
    while (report().find(words) == std::string::npos) std::this_thread::yield();
  }
};

TEST_F(OperationTest, ShowsPendingOnceWhereItWasRecordedHoweverOftenItWasPolled) {
  started();
  for (int i = 0; i < 50; ++i) polled(VSS_S_ASYNC_PENDING);
  polled(VSS_S_ASYNC_FINISHED);
  auto* operation = start();
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_PENDING);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(poll(operation), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(reportAtEnd(), "");  // polls are not matched
}

TEST_F(OperationTest, ShowsNoPendingWhereNoneWasRecorded) {
  started();
  polled(VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(poll(start()), VSS_S_ASYNC_FINISHED);
}

TEST_F(OperationTest, ShowsNoPendingAfterAWait) {
  started();
  polled(VSS_S_ASYNC_PENDING);
  polled(VSS_S_ASYNC_FINISHED);
  auto* operation = start();
  EXPECT_EQ(operation->Wait(), S_OK);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_FINISHED);
}

TEST_F(OperationTest, NobodyAskedEndsWell) {
  started();
  recorded(2, "Release", {}, 0);
  auto* operation = start();
  EXPECT_EQ(operation->Wait(), S_OK);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_FINISHED);
}

TEST_F(OperationTest, EndsWithTheRecordedFailure) {
  started();
  polled(VSS_S_ASYNC_PENDING);
  waited(kInfinite, S_OK);
  polled(VSS_E_WRITER_INFRASTRUCTURE);
  auto* operation = start();
  EXPECT_EQ(operation->Wait(), S_OK);
  EXPECT_EQ(poll(operation), VSS_E_WRITER_INFRASTRUCTURE);
}

TEST_F(OperationTest, IsKnownByItsWaitWhereItWasNeverPolled) {
  started();
  waited(kInfinite, VSS_E_WRITER_INFRASTRUCTURE);
  auto* operation = start();
  EXPECT_EQ(operation->Wait(), VSS_E_WRITER_INFRASTRUCTURE);
  EXPECT_EQ(poll(operation), VSS_E_WRITER_INFRASTRUCTURE);
}

TEST_F(OperationTest, WhoseQueryStatusFailedFailsAgainWithItsOutputsAsTheyWere) {
  started();
  polled(VSS_S_ASYNC_PENDING);
  recorded(2, "QueryStatus", {}, E_ACCESSDENIED, {kind(ValueKind::unchanged), kind(ValueKind::noPointer)}, 2);
  auto* operation = start();
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_PENDING);
  HRESULT status = 77;
  EXPECT_EQ(operation->QueryStatus(&status, nullptr), E_ACCESSDENIED);
  EXPECT_EQ(status, 77);
}

TEST_F(OperationTest, WhoseQueryStatusFailedOnceIsTheOneThatCameAfter) {
  started();
  recorded(2, "QueryStatus", {}, E_OUTOFMEMORY, {kind(ValueKind::zeroed), kind(ValueKind::noPointer)}, 2);
  polled(VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(poll(start()), VSS_S_ASYNC_FINISHED);
}

TEST_F(OperationTest, TakesQueryStatusWithoutAPointerAsItWasTakenThen) {
  started();
  recorded(2, "QueryStatus", {}, E_POINTER, {kind(ValueKind::noPointer), kind(ValueKind::noPointer)}, 3);
  auto* operation = start();
  EXPECT_EQ(operation->QueryStatus(nullptr, nullptr), E_POINTER);
  INT reserved = 5;
  EXPECT_EQ(operation->QueryStatus(nullptr, &reserved), E_INVALIDARG);  // never recorded
}

TEST_F(OperationTest, FillsTheReservedNumberAsItWasFilled) {
  started();
  recorded(2, "QueryStatus", {}, S_OK, {number(VSS_S_ASYNC_FINISHED), number(0)});
  HRESULT status = 77;
  INT reserved = 5;
  EXPECT_EQ(start()->QueryStatus(&status, &reserved), S_OK);
  EXPECT_EQ(reserved, 0);
}

TEST_F(OperationTest, TimesOutOnceWhereAWaitTimedOut) {
  started();
  waited(100, VSS_S_ASYNC_PENDING);
  waited(100, VSS_S_ASYNC_PENDING);
  waited(100, S_OK);
  polled(VSS_S_ASYNC_FINISHED);
  auto* operation = start();
  EXPECT_EQ(operation->Wait(100), VSS_S_ASYNC_PENDING);
  EXPECT_EQ(operation->Wait(100), S_OK);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_FINISHED);
}

TEST_F(OperationTest, RefusesAFiniteWaitAsItWasRefusedEvenIfItNeverEnds) {
  started();
  waited(100000, E_INVALIDARG);
  polled(VSS_S_ASYNC_PENDING);
  EXPECT_EQ(start()->Wait(100000), E_INVALIDARG);
}

TEST_F(OperationTest, ThatNeverEndedStaysPendingAndSaysSoOnce) {
  started();
  polled(VSS_S_ASYNC_PENDING);
  auto* operation = start();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(poll(operation), VSS_S_ASYNC_PENDING);
  EXPECT_EQ(operation->Wait(1), S_OK);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_PENDING);
  EXPECT_EQ(reportAtEnd(),
            "shadowtape replay: operation #2 never ended when it was recorded; it stays pending until it is cancelled (--hang-limit ends it)\n");
}

TEST_F(OperationTest, ThatNeverEndedHangsInWaitUntilItIsCancelled) {
  started();
  neverCameBack(2, "Wait", {number(kInfinite)});
  auto* operation = start();
  std::atomic<bool> back{false};
  std::thread waiter([&] {
    EXPECT_EQ(operation->Wait(), S_OK);
    back = true;
  });
  waitForReport("operation #2 never ended");
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_PENDING);  // the waiting thread keeps nobody out
  EXPECT_FALSE(back);
  EXPECT_EQ(operation->Cancel(), S_OK);
  waiter.join();
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_CANCELLED);
  EXPECT_EQ(operation->Cancel(), VSS_S_ASYNC_CANCELLED);
}

TEST_F(OperationTest, AWaitThatNeverCameBackDoesNotThoughTheOperationHasEnded) {
  started();
  waited(kInfinite, S_OK);
  polled(VSS_S_ASYNC_FINISHED);
  waited(10, S_OK);
  neverCameBack(2, "Wait", {number(kInfinite)});
  auto* operation = start("hang-limit=20ms");
  EXPECT_EQ(operation->Wait(), S_OK);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_FINISHED);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(operation->Wait(10), S_OK) << "another one";
  EXPECT_EQ(report(), "");
  EXPECT_EQ(operation->Wait(), VSS_E_UNEXPECTED);
  EXPECT_NE(report().find("IVssAsync::Wait(dwMilliseconds=INFINITE) never came back when it was recorded; the program hangs in it until the hang limit"), std::string::npos) << report();
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_FINISHED);
}

TEST_F(OperationTest, AWaitThatNeverCameBackWhileAnotherThreadSawTheEnd) {
  started();
  neverCameBack(2, "Wait", {number(kInfinite)});
  polled(VSS_S_ASYNC_FINISHED);
  auto* operation = start("hang-limit=20ms");
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(operation->Wait(), VSS_E_UNEXPECTED);
}

TEST_F(OperationTest, ThatNeverEndedIsEndedByTheHangLimit) {
  started();
  neverCameBack(2, "Wait", {number(kInfinite)});
  auto* operation = start("hang-limit=20ms");
  EXPECT_EQ(operation->Wait(), VSS_E_UNEXPECTED);
  EXPECT_EQ(poll(operation), VSS_E_UNEXPECTED);
  EXPECT_EQ(operation->Wait(), VSS_E_UNEXPECTED);
  EXPECT_EQ(reportAtEnd(),
            "shadowtape replay: operation #2 never ended when it was recorded; it stays pending until it is cancelled, or until the hang limit\n"
            "shadowtape replay: operation #2: the hang limit is over; it ends with VSS_E_UNEXPECTED\n");
}

TEST_F(OperationTest, TheHangLimitEndsPollsAndLongWaitsToo) {
  started();
  polled(VSS_S_ASYNC_PENDING);
  auto* operation = start("hang-limit=20ms");
  EXPECT_EQ(operation->Wait(3'600'000), VSS_E_UNEXPECTED);
  auto* polledOne = start("hang-limit=20ms");
  HRESULT status;
  while ((status = poll(polledOne)) == VSS_S_ASYNC_PENDING) std::this_thread::yield();
  EXPECT_EQ(status, VSS_E_UNEXPECTED);
}

TEST_F(OperationTest, ThatTheRequesterCancelledRunsUntilItIsCancelledAgain) {
  started();
  polled(VSS_S_ASYNC_PENDING);
  cancelled(S_OK);
  cancelled(VSS_S_ASYNC_CANCELLED);
  polled(VSS_S_ASYNC_CANCELLED);
  auto* operation = start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(poll(operation), VSS_S_ASYNC_PENDING);
  EXPECT_EQ(operation->Cancel(), S_OK);
  EXPECT_EQ(operation->Cancel(), VSS_S_ASYNC_CANCELLED);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_CANCELLED);
  EXPECT_EQ(operation->Wait(), S_OK);
  EXPECT_EQ(reportAtEnd(), "");  // a hang that the program ends itself is nothing to tell
}

TEST_F(OperationTest, KnownToBeCancelledOnlyByItsWaitHangsUntilCancelled) {
  started();
  cancelled(S_OK);
  waited(kInfinite, VSS_S_ASYNC_CANCELLED);
  auto* operation = start();
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_PENDING);
  EXPECT_EQ(operation->Cancel(), S_OK);
  EXPECT_EQ(operation->Wait(), VSS_S_ASYNC_CANCELLED);
}

TEST_F(OperationTest, CancelledByOtherMeansEndsAsCancelledByItself) {
  started();
  recorded(1, "AbortBackup");
  polled(VSS_S_ASYNC_CANCELLED);
  auto* operation = start();
  EXPECT_EQ(operation->Wait(), S_OK);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_CANCELLED);
}

TEST_F(OperationTest, CancelledTooLateHasEndedAllTheSame) {
  started();
  cancelled(S_OK);
  polled(VSS_S_ASYNC_FINISHED);
  auto* operation = start();
  EXPECT_EQ(operation->Cancel(), S_OK);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_FINISHED);
}

// A revert cannot be cancelled, and Cancel says S_OK to it.
TEST_F(OperationTest, CancelledWithoutEffectGoesOn) {
  started();
  cancelled(S_OK);
  polled(VSS_S_ASYNC_PENDING);
  auto* operation = start();
  EXPECT_EQ(operation->Cancel(), S_OK);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_PENDING);
}

TEST_F(OperationTest, CancelledAfterAWhileIsCancelled) {
  started();
  cancelled(S_OK);
  polled(VSS_S_ASYNC_PENDING);
  polled(VSS_S_ASYNC_CANCELLED);
  auto* operation = start();
  EXPECT_EQ(operation->Cancel(), S_OK);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_CANCELLED);
}

TEST_F(OperationTest, ACancelThatFailedFailsAgain) {
  started();
  cancelled(E_ACCESSDENIED);
  polled(VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(start()->Cancel(), E_ACCESSDENIED);
}

TEST_F(OperationTest, ACancelThatWasNeverRecordedWorksWhileItIsPending) {
  started();
  polled(VSS_S_ASYNC_PENDING);
  polled(VSS_S_ASYNC_FINISHED);
  auto* early = start();
  EXPECT_EQ(early->Cancel(), S_OK);
  EXPECT_EQ(poll(early), VSS_S_ASYNC_CANCELLED);
  auto* late = start();
  EXPECT_EQ(late->Wait(), S_OK);
  EXPECT_EQ(late->Cancel(), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(poll(late), VSS_S_ASYNC_FINISHED);
}

TEST_F(OperationTest, LivesLongerThanItsSession) {
  started();
  polled(VSS_S_ASYNC_FINISHED);
  play();
  auto* backup = create();
  IVssAsync* operation = nullptr;
  EXPECT_EQ(backup->GatherWriterStatus(&operation), S_OK);
  EXPECT_EQ(backup->Release(), 0u);
  EXPECT_EQ(poll(operation), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(operation->Release(), 0u);
}

TEST_F(OperationTest, ACallThatNeverCameBackHangsWithoutKeepingOthersOut) {
  created(1);
  neverCameBack(1, "GatherWriterStatus");
  created(3);
  initialized(3);
  play("hang-limit=50ms");
  auto* backup = create();
  std::thread hanging([&] {
    auto* operation = reinterpret_cast<IVssAsync*>(1);
    EXPECT_EQ(backup->GatherWriterStatus(&operation), VSS_E_UNEXPECTED);
    EXPECT_EQ(operation, nullptr);
  });
  waitForReport("never came back");
  EXPECT_EQ(create()->InitializeForBackup(nullptr), S_OK);
  hanging.join();
  EXPECT_EQ(reportAtEnd(),
            "shadowtape replay: call 2: #1 IVssBackupComponents::GatherWriterStatus() never came back when it was recorded; the program hangs in it until the "
            "hang limit\nshadowtape replay: call 2: the hang limit is over; answered VSS_E_UNEXPECTED\n");
}

}  // namespace
}  // namespace vss
