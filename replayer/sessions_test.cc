// Several sessions in one recording: which of them is a session of the program?
#include <thread>

#include "replayer/testing.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

class SessionsTest : public ReplayTest {
 protected:
  static UINT count(IVssBackupComponents* backup) {
    UINT count = 99;
    backup->GetWriterStatusCount(&count);
    return count;
  }
};

TEST_F(SessionsTest, AreServedInTheOrderOfTheRecordingWhereNothingTellsThemApart) {
  for (std::uint32_t s = 1; s <= 3; ++s) created(s), counted(s, static_cast<int>(10 + s));
  auto *first = create(), *second = create(), *third = create();
  EXPECT_EQ(count(third), 13u);
  EXPECT_EQ(count(first), 11u);
  EXPECT_EQ(count(second), 12u);
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(SessionsTest, AreToldApartByWhatTheyAsk) {
  for (std::uint32_t s = 1; s <= 3; ++s) {
    created(s);
    initialized(s);
    recorded(s, "SetContext", {number(s)});
    counted(s, static_cast<int>(10 + s));
  }
  IVssBackupComponents* live[] = {create(), create(), create()};
  for (auto* backup : live) EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(live[i]->SetContext(3 - i), S_OK);
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(count(live[i]), 13 - i);
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(SessionsTest, TakeTheirOperationsAlong) {
  for (std::uint32_t s = 1; s <= 2; ++s) {
    created(s);
    recorded(s, "GatherWriterStatus", {}, S_OK, {object(s + 10)});
    recorded(s, "SetContext", {number(s)});
    recorded(s + 10, "QueryStatus", {}, S_OK, {number(s == 1 ? VSS_S_ASYNC_FINISHED : VSS_E_WRITER_INFRASTRUCTURE), kind(ValueKind::noPointer)}, 2);
  }
  auto* backup = create();
  IVssAsync* operation = nullptr;
  EXPECT_EQ(backup->GatherWriterStatus(&operation), S_OK);
  EXPECT_EQ(backup->SetContext(2), S_OK);
  HRESULT status = 0;
  EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
  EXPECT_EQ(status, VSS_E_WRITER_INFRASTRUCTURE);
  EXPECT_EQ(create()->SetContext(1), S_OK);  // the other session of the recording is left for this one
}

TEST_F(SessionsTest, AreNotWhatTheyWereToldOtherwiseThan) {
  for (std::uint32_t s = 1; s <= 2; ++s) {
    created(s);
    counted(s, static_cast<int>(10 + s));
    recorded(s, "SetContext", {number(s)});
  }
  auto* backup = create();
  EXPECT_EQ(count(backup), 11u);
  EXPECT_EQ(backup->SetContext(2), VSS_E_UNEXPECTED);
  EXPECT_EQ(backup->SetContext(1), S_OK);
  EXPECT_EQ(played->report.divergences(), 1);
}

TEST_F(SessionsTest, MakeRoomEvenIfTheyCannotSimplySwap) {
  const int counts[] = {3, 5, 5};
  for (std::uint32_t s = 1; s <= 3; ++s) {
    created(s);
    counted(s, counts[s - 1]);
    recorded(s, "SetContext", {number(s)});
  }
  auto *first = create(), *second = create();
  EXPECT_EQ(count(second), 5u);               // the second or the third of the recording
  EXPECT_EQ(first->SetContext(2), S_OK);      // so this is the second, and the other one the third
  EXPECT_EQ(second->SetContext(3), S_OK);
  EXPECT_EQ(count(first), 5u);
  EXPECT_EQ(count(create()), 3u);
  EXPECT_EQ(played->report.divergences(), 0);
}

TEST_F(SessionsTest, FourAtOnceInFourThreadsInAnyOrder) {
  for (std::uint32_t s = 1; s <= 4; ++s) {
    created(s);
    initialized(s);
    recorded(s, "SetContext", {number(s)});
    gathered(s, s + 10);
    counted(s, static_cast<int>(s));
    for (int i = 0; i < static_cast<int>(s); ++i) told(s, i, u"Session " + std::u16string(1, static_cast<char16_t>(u'0' + s)));
    freed(s);
  }
  trace();
  writer.reset();
  for (int round = 0; round < testing_traces::amount(1000, 200, 50); ++round) {
    play();
    std::atomic<int> waiting{0}, wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, s = static_cast<char16_t>((t + round) % 4 + 1)] {
        ++waiting;
        while (waiting < 4) std::this_thread::yield();
        auto* backup = create();
        wrong += backup->InitializeForBackup(nullptr) != S_OK || backup->SetContext(s) != S_OK;
        gatherAgain(backup);
        wrong += count(backup) != s;
        for (UINT i = 0; i < s; ++i) wrong += ask(backup, i).name != u"Session " + std::u16string(1, static_cast<char16_t>(u'0' + s));
        wrong += backup->FreeWriterStatus() != S_OK || backup->Release() != 0;
      });
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(wrong, 0) << "round " << round << "\n" << report();
    ASSERT_EQ(reportAtEnd(), "") << "round " << round;
  }
}

// Each of these takes hours if a call is looked for by going through the recording.
TEST_F(SessionsTest, OfTensOfThousandsOfCallsAreServedFastInAnotherOrderToo) {
  const int kCalls = testing_traces::amount(200'000, 60'000, 5'000);
  created(1);
  for (int i = 0; i < kCalls; ++i) recorded(1, "SetContext", {number(i % 2)});
  auto* backup = create();
  int good = 0;
  for (int context : {1, 0})
    for (int i = 0; i < kCalls / 2; ++i) good += backup->SetContext(context) == S_OK;
  EXPECT_EQ(good, kCalls);
  for (int i = 0; i < kCalls; ++i) good -= backup->SetContext(i % 2) == VSS_E_UNEXPECTED;
  EXPECT_EQ(good, 0);
  EXPECT_EQ(played->report.divergences(), kCalls);
}

TEST_F(SessionsTest, ByTheThousandWithTheSameStrayCallInEachAreServedFast) {
  const auto kSessions = static_cast<std::uint32_t>(testing_traces::amount(20'000, 10'000, 200));
  for (std::uint32_t s = 1; s <= kSessions; ++s) {
    created(s);
    for (int i = 0; i < 8; ++i) recorded(s, "SetContext", {number(i)});
  }
  play();
  for (std::uint32_t s = 1; s <= kSessions; ++s) {
    auto* backup = create();
    for (int i = 0; i < 8; ++i) ASSERT_EQ(backup->SetContext(i), S_OK);
    ASSERT_EQ(backup->SetContext(0), VSS_E_UNEXPECTED);  // asked for once in every session of the recording, but no second time
    ASSERT_EQ(backup->AbortBackup(), VSS_E_UNEXPECTED);
    backup->Release();
  }
  EXPECT_EQ(played->report.divergences(), 2 * static_cast<int>(kSessions));
}

// A session that turns out to be another one has that one's state too.
TEST_F(SessionsTest, KeepTheirStateWhenTheyAreToldApart) {
  for (std::uint32_t s = 1; s <= 3; s += 2) {
    created(s);
    initialized(s);
    recorded(s, "SetBackupState", {number(s == 1), number(0), number(VSS_BT_FULL), number(0)});
    gathered(s, s + 1);
    counted(s, static_cast<int>(10 + s));
  }
  play("match=state");
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  EXPECT_EQ(backup->SetBackupState(false, false, VSS_BT_FULL, false), S_OK);
  gatherAgain(backup);
  EXPECT_EQ(count(backup), 13u);
  EXPECT_EQ(report(), "");
}

// What a session was told is known long behind the objects that told it.
TEST_F(SessionsTest, AreToldApartWhenTheirOperationsAreLongReleased) {
  constexpr std::uint32_t kRounds = 1500;   // more operations than are remembered
  std::uint32_t next = 3;
  for (std::uint32_t s = 1; s <= 2; ++s) {
    created(s);
    for (std::uint32_t round = 0; round < kRounds; ++round) gathered(s, next++);
    if (s == 2) recorded(s, "GatherWriterStatus", {}, S_OK, {object(next)}), recorded(next, "Wait", {number(kInfinite)}, VSS_E_BAD_STATE), ++next;
    counted(s, static_cast<int>(10 + s));
    recorded(s, "SetContext", {number(s)});
  }
  auto* backup = create();
  for (std::uint32_t round = 0; round < kRounds; ++round) gatherAgain(backup);
  EXPECT_EQ(count(backup), 11u);
  EXPECT_EQ(backup->AbortBackup(), VSS_E_UNEXPECTED);
  EXPECT_NE(report().find("GatherWriterStatus ×1500, GetWriterStatusCount"), std::string::npos) << report();
  auto* other = create();
  for (std::uint32_t round = 0; round < kRounds; ++round) gatherAgain(other);
  EXPECT_EQ(other->SetContext(1), VSS_E_UNEXPECTED) << "it was asked once, in the session that the first one is";
  EXPECT_EQ(backup->SetContext(1), S_OK);
}

TEST_F(SessionsTest, BecomeAnotherWhenTheirOperationsAreLongReleased) {
  constexpr std::uint32_t kRounds = 1500;
  std::uint32_t next = 4;
  for (std::uint32_t s = 1; s <= 3; ++s) {
    created(s);
    for (std::uint32_t round = 0; round < kRounds; ++round, ++next) {
      recorded(s, "GatherWriterStatus", {}, S_OK, {object(next)});
      recorded(next, "QueryStatus", {}, S_OK, {number(s == 2 && round == 7 ? VSS_E_WRITER_INFRASTRUCTURE : VSS_S_ASYNC_FINISHED), kind(ValueKind::noPointer)}, 2);
      recorded(next, "Release", {}, 0);
    }
    recorded(s, "SetContext", {number(s == 1 ? 1 : 2)});
    counted(s, static_cast<int>(10 + s));
  }
  auto* backup = create();
  for (std::uint32_t round = 0; round < kRounds; ++round) gatherAgain(backup);
  EXPECT_EQ(backup->SetContext(2), S_OK);
  EXPECT_EQ(count(backup), 13u) << "not the second: its eighth operation, which is forgotten, would have failed";
  EXPECT_EQ(report(), "");
}

TEST_F(SessionsTest, ThatAreForgottenAreNeitherServedAgainNorCrash) {
  constexpr std::uint32_t kSessions = 1100;   // more than are remembered
  for (std::uint32_t s = 1; s <= kSessions; ++s) created(s), counted(s, static_cast<int>(s));
  auto* first = create();
  EXPECT_EQ(count(first), 1u);
  EXPECT_EQ(first->Release(), 0u);
  for (std::uint32_t s = 2; s <= kSessions - 98; ++s) {
    auto* backup = create();
    ASSERT_EQ(count(backup), s);
    ASSERT_EQ(backup->Release(), 0u);
  }
  UINT none = 7;
  EXPECT_EQ(first->GetWriterStatusCount(&none), VSS_E_UNEXPECTED) << "that program is wrong, and goes on";
  EXPECT_EQ(none, 0u);
  EXPECT_EQ(first->Release(), 0u);
  for (std::uint32_t s = kSessions - 97; s < kSessions; ++s) {
    auto* backup = create();
    ASSERT_EQ(count(backup), s);
    ASSERT_EQ(backup->Release(), 0u);
  }
  std::string rest = reportAtEnd();
  EXPECT_NE(rest.find("2 recorded calls were never asked for:"), std::string::npos) << "the last session: " << rest;
}

}  // namespace
}  // namespace vss
