// A failure that is put in, and what is answered behind it.
#include "replayer/fault.h"

#include "replayer/testing.h"
#include "traces/vss/results.h"

namespace vss {
namespace {

std::string faultError(const std::string& text) {
  try {
    parseFault(text);
  } catch (const OptionError& e) {
    return e.what();
  }
  return "";
}

TEST(FaultNames, AreReadBackAsTheyWereWritten) {
  for (const char* name : {"DoSnapshotSet/async/VSS_E_PROVIDER_VETO", "DoSnapshotSet/async/VSS_S_ASYNC_CANCELLED", "StartSnapshotSet#3/sync/VSS_E_SNAPSHOT_SET_IN_PROGRESS/always",
                           "GatherWriterStatus#2/late", "BackupComplete/hang", "GetWriterStatus#7/writer/VSS_WS_FAILED_AT_FREEZE/VSS_E_WRITERERROR_TIMEOUT",
                           "GetWriterStatusEx/writer/VSS_WS_UNKNOWN/VSS_E_WRITER_NOT_RESPONDING/always", "IVssAsync::QueryStatus/sync/VSS_E_UNEXPECTED",
                           "IUnknown::QueryInterface/sync/E_NOINTERFACE", "CreateVssBackupComponents/sync/E_ACCESSDENIED", "SaveAsXML/sync/E_OUTOFMEMORY",
                           "IVssExamineWriterMetadata::SaveAsXML/sync/E_OUTOFMEMORY"})
    EXPECT_EQ(toText(parseFault(name)), name);
  EXPECT_EQ(parseFault("SaveAsXML/sync/E_OUTOFMEMORY").method->interface_, "IVssBackupComponents");
  auto options = parseReplayOptions("match=object;fault=BackupComplete/hang");
  EXPECT_EQ(options.match, Match::state) << "what comes behind it is answered out of the state";
  EXPECT_EQ(toText(options), "match=state;time=fast;on-divergence=go;fault=BackupComplete/hang");
}

TEST(FaultNames, SayWhatIsWrong) {
  EXPECT_EQ(faultError("DoSnapshotSet"), "fault=DoSnapshotSet: a fault is METHOD/WAY or METHOD/WAY/CODE, for example DoSnapshotSet/async/VSS_E_PROVIDER_VETO");
  EXPECT_EQ(faultError("DoSnapshot/hang"), "fault=DoSnapshot/hang: there is no method DoSnapshot");
  EXPECT_EQ(faultError("DoSnapshotSet#0/hang"), "fault=DoSnapshotSet#0/hang: behind # stands the number of the call, from 1");
  EXPECT_EQ(faultError("DoSnapshotSet/slow"), "fault=DoSnapshotSet/slow: slow is no way; there are sync, async, late, hang and writer");
  EXPECT_EQ(faultError("AddComponent/hang"), "fault=AddComponent/hang: AddComponent starts no operation");
  EXPECT_EQ(faultError("AddComponent/writer/VSS_WS_STABLE/E_FAIL"), "fault=AddComponent/writer/VSS_WS_STABLE/E_FAIL: AddComponent tells of no writer");
  EXPECT_EQ(faultError("GetWriterStatus/writer/VSS_WS_STABLE"), "fault=GetWriterStatus/writer/VSS_WS_STABLE: behind writer stand a state and a code");
  EXPECT_EQ(faultError("DoSnapshotSet/hang/E_FAIL"), "fault=DoSnapshotSet/hang/E_FAIL: behind hang stands nothing");
  EXPECT_EQ(faultError("DoSnapshotSet/sync/E_FIAL"), "fault=DoSnapshotSet/sync/E_FIAL: E_FIAL is no code");
}

class FaultTest : public ReplayTest {
 protected:
  // A backup with the writer A, whose status is read before and after the shadow copies are made.
  void recordBackup() {
    created(1);
    initialized(1);
    recorded(1, "SetBackupState", {number(1), number(0), number(VSS_BT_FULL), number(0)});
    operation("GatherWriterMetadata", 2);
    recorded(1, "StartSnapshotSet", {}, S_OK, {id(7)});
    recorded(1, "AddToSnapshotSet", {text(u"C:\\"), id(0)}, S_OK, {id(6)});
    operation("PrepareForBackup", 3);
    status(4);
    operation("DoSnapshotSet", 5);
    status(6);
    operation("BackupComplete", 7);
    recorded(1, "Release", {}, 0);
  }
  void operation(const char* name, std::uint32_t number_) {
    recorded(1, name, {}, S_OK, {object(number_)});
    recorded(number_, "Wait", {number(kInfinite)});
    recorded(number_, "QueryStatus", {}, S_OK, {number(VSS_S_ASYNC_FINISHED), kind(ValueKind::noPointer)}, 2);
    recorded(number_, "Release", {}, 0);
  }
  void status(std::uint32_t operation) {
    gathered(1, operation);
    counted(1, 2);
    told(1, 0, u"A"), told(1, 1, u"B");
    freed(1);
  }

  IVssBackupComponents* begin(const std::string& fault) {
    recordBackup();
    play("fault=" + fault);
    return beginAgain();
  }
  IVssBackupComponents* beginAgain() {
    auto* backup = create();
    EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
    EXPECT_EQ(backup->SetBackupState(true, false, VSS_BT_FULL, false), S_OK);
    EXPECT_EQ(ended(backup, &IVssBackupComponents::GatherWriterMetadata), VSS_S_ASYNC_FINISHED);
    return backup;
  }
  static void fill(IVssBackupComponents* backup) {
    Guid set, copy;
    EXPECT_EQ(backup->StartSnapshotSet(&set), S_OK);
    EXPECT_EQ(backup->AddToSnapshotSet(const_cast<char16_t*>(u"C:\\"), Guid{}, &copy), S_OK);
  }
  // How the operation ends; the code that the call itself fails with, else.
  template <class Start> static HRESULT ended(IVssBackupComponents* backup, Start start) {
    IVssAsync* operation = reinterpret_cast<IVssAsync*>(1);
    HRESULT status = (backup->*start)(&operation);
    if (status != S_OK) {
      EXPECT_EQ(operation, nullptr);
      return status;
    }
    EXPECT_EQ(operation->Wait(), S_OK);
    EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
    operation->Release();
    return status;
  }
  void readStatus(IVssBackupComponents* backup, std::initializer_list<Status> expected) {
    EXPECT_EQ(ended(backup, &IVssBackupComponents::GatherWriterStatus), VSS_S_ASYNC_FINISHED);
    UINT index = 0;
    for (const auto& row : expected) {
      Status seen = ask(backup, index++);
      EXPECT_EQ(seen.result, row.result);
      EXPECT_EQ(seen.state, row.state) << index;
      EXPECT_EQ(seen.failure, row.failure) << index;
    }
    EXPECT_EQ(backup->FreeWriterStatus(), S_OK);
  }
  static Status row(VSS_WRITER_STATE state, HRESULT failure) { return {S_OK, {}, {}, {}, state, failure}; }
  const Status stable = row(VSS_WS_STABLE, S_OK);
};

TEST_F(FaultTest, ACallFailsOnceWithItsOutputsZeroAndTheNextTryIsAnsweredAsRecorded) {
  auto* backup = begin("StartSnapshotSet/sync/VSS_E_SNAPSHOT_SET_IN_PROGRESS");
  Guid set{7};
  EXPECT_EQ(backup->StartSnapshotSet(&set), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  EXPECT_EQ(set, Guid{});
  fill(backup);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
  readStatus(backup, {stable, stable});
  EXPECT_EQ(ended(backup, &IVssBackupComponents::DoSnapshotSet), VSS_S_ASYNC_FINISHED);
  readStatus(backup, {stable, stable});
  EXPECT_EQ(ended(backup, &IVssBackupComponents::BackupComplete), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(played->report.divergences(), 0) << report();
}

TEST_F(FaultTest, AFailureThatStaysFailsEveryTry) {
  auto* backup = begin("StartSnapshotSet/sync/VSS_E_SNAPSHOT_SET_IN_PROGRESS/always");
  Guid set;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(backup->StartSnapshotSet(&set), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
}

TEST_F(FaultTest, AnOperationFailsAndThenOnlyWhatIsLegalSucceeds) {
  auto* backup = begin("DoSnapshotSet/async/VSS_E_PROVIDER_VETO");
  fill(backup);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::DoSnapshotSet), VSS_E_PROVIDER_VETO);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::BackupComplete), VSS_E_BAD_STATE) << "there is nothing to complete";
  readStatus(backup, {stable, stable});
  EXPECT_EQ(backup->AbortBackup(), S_OK);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::DoSnapshotSet), VSS_E_BAD_STATE) << "the object is used up";
  readStatus(backup, {stable, stable});
  EXPECT_EQ(backup->Release(), 0u);
  EXPECT_EQ(played->report.divergences(), 0) << report();
  EXPECT_NE(report().find("DoSnapshotSet/async/VSS_E_PROVIDER_VETO is put in at the program's call"), std::string::npos) << report();
  EXPECT_NE(report().find("AbortBackup() was not recorded so; answered S_OK"), std::string::npos) << report();
}

TEST_F(FaultTest, TheFailedOperationMayBeTriedAgainAndTheBackupGoesOn) {
  auto* backup = begin("DoSnapshotSet/async/VSS_E_HOLD_WRITES_TIMEOUT");
  fill(backup);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::DoSnapshotSet), VSS_E_HOLD_WRITES_TIMEOUT);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::DoSnapshotSet), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::BackupComplete), VSS_S_ASYNC_FINISHED);
}

TEST_F(FaultTest, AProgramThatBeginsAnewIsServedTheSessionOnceMore) {
  auto* backup = begin("PrepareForBackup/async/E_OUTOFMEMORY");
  fill(backup);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::PrepareForBackup), E_OUTOFMEMORY);
  EXPECT_EQ(backup->AbortBackup(), S_OK);
  EXPECT_EQ(backup->Release(), 0u);
  backup = beginAgain();
  fill(backup);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::DoSnapshotSet), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(played->report.divergences(), 0) << report();
}

TEST_F(FaultTest, AWriterFailsAndStaysSoInThatSessionAlone) {
  auto* backup = begin("GetWriterStatus#2/writer/VSS_WS_FAILED_AT_PREPARE_BACKUP/VSS_E_WRITERERROR_RETRYABLE");
  fill(backup);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
  auto failed = row(VSS_WS_FAILED_AT_PREPARE_BACKUP, VSS_E_WRITERERROR_RETRYABLE);
  readStatus(backup, {stable, failed});
  readStatus(backup, {stable, failed});
  EXPECT_EQ(ended(backup, &IVssBackupComponents::DoSnapshotSet), VSS_S_ASYNC_FINISHED);
  readStatus(backup, {stable, failed});
  backup = beginAgain();
  fill(backup);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
  readStatus(backup, {stable, stable});
}

TEST_F(FaultTest, AWriterThatAlwaysFailsIsTheOnlyOne) {
  auto* backup = begin("GetWriterStatus/writer/VSS_WS_FAILED_AT_PREPARE_BACKUP/VSS_E_WRITERERROR_RETRYABLE/always");
  auto failed = row(VSS_WS_FAILED_AT_PREPARE_BACKUP, VSS_E_WRITERERROR_RETRYABLE);
  for (int i = 0; i < 2; ++i, backup = beginAgain()) {
    fill(backup);
    EXPECT_EQ(ended(backup, &IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
    readStatus(backup, {failed, stable});
  }
}

TEST_F(FaultTest, AnOperationIsLateForPollsAndShortWaits) {
  auto* backup = begin("GatherWriterStatus/late");
  IVssAsync* operation = nullptr;
  ASSERT_EQ(backup->GatherWriterStatus(&operation), S_OK);
  HRESULT status = 0;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
    EXPECT_EQ(status, VSS_S_ASYNC_PENDING);
  }
  EXPECT_EQ(operation->Wait(1000), S_OK);
  EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
  EXPECT_EQ(status, VSS_S_ASYNC_FINISHED);
}

TEST_F(FaultTest, AnOperationHangsUntilItIsCancelled) {
  auto* backup = begin("GatherWriterStatus/hang");
  IVssAsync* operation = nullptr;
  ASSERT_EQ(backup->GatherWriterStatus(&operation), S_OK);
  HRESULT status = 0;
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(operation->Wait(1), S_OK);
    EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
    EXPECT_EQ(status, VSS_S_ASYNC_PENDING);
  }
  EXPECT_EQ(operation->Cancel(), S_OK);
  EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
  EXPECT_EQ(status, VSS_S_ASYNC_CANCELLED);
}

// A shadow copy of an older set is there all the same.
TEST_F(FaultTest, WhatWasNotMadeHasNoPropertiesAndIsInNoList) {
  auto properties = [](std::uint32_t copy, bool inUnion) {
    In all = inUnion ? In{number(1), number(1)} : In{};
    for (const auto& field : methodNamed(inUnion ? "IVssEnumObject" : "IVssBackupComponents", inUnion ? "Next" : "GetSnapshotProperties")->params[1].fields)
      all.push_back(field.name == "Type" ? number(VSS_OBJECT_SNAPSHOT) : field.name == "m_SnapshotId" ? id(copy) : field.when == VSS_OBJECT_PROVIDER ? kind(ValueKind::absent)
                    : field.kind == Kind::guid ? id(0) : field.kind == Kind::coString ? kind(ValueKind::null) : number(VSS_SS_CREATED));
    return all;
  };
  recordBackup();
  recorded(1, "GetSnapshotProperties", {id(6)}, S_OK, properties(6, false));
  recorded(1, "Query", {id(0), number(VSS_OBJECT_NONE), number(VSS_OBJECT_SNAPSHOT)}, S_OK, {object(20)});
  recorded(20, "Next", {number(1)}, S_OK, properties(6, true));
  recorded(20, "Next", {number(1)}, S_OK, properties(5, true));
  recorded(20, "Next", {number(1)}, S_FALSE, {number(0), number(0)});
  play("fault=DoSnapshotSet/async/VSS_E_PROVIDER_VETO");
  auto* backup = beginAgain();
  fill(backup);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::DoSnapshotSet), VSS_E_PROVIDER_VETO);
  auto listed = [&] {
    std::vector<Guid> ids;
    IVssEnumObject* list = nullptr;
    EXPECT_EQ(backup->Query(Guid{}, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, &list), S_OK);
    VSS_OBJECT_PROP one{};
    ULONG count = 7;
    while (list->Next(1, &one, &count) == S_OK) ids.push_back(one.Obj.Snap.m_SnapshotId);
    EXPECT_EQ(count, 0u);
    list->Release();
    return ids;
  };
  VSS_SNAPSHOT_PROP prop{};
  EXPECT_EQ(backup->GetSnapshotProperties(Guid{6}, &prop), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(listed(), std::vector{Guid{5}});
  EXPECT_EQ(ended(backup, &IVssBackupComponents::DoSnapshotSet), VSS_S_ASYNC_FINISHED) << "another try";
  EXPECT_EQ(backup->GetSnapshotProperties(Guid{6}, &prop), S_OK);
}

TEST_F(FaultTest, WhatNobodyKnowsIsUnexpectedAndWhatWasNeverStartedEndsWell) {
  recordSession();
  play("fault=GetWriterStatus/sync/E_OUTOFMEMORY");
  auto* backup = gather();
  EXPECT_EQ(ask(backup, 0).result, E_OUTOFMEMORY);
  char16_t* text = const_cast<char16_t*>(u"x");
  EXPECT_EQ(backup->GetSnapshotProperties(Guid{5}, nullptr), VSS_E_UNEXPECTED);
  EXPECT_EQ(backup->SaveAsXML(&text), VSS_E_BAD_STATE) << "before PrepareForBackup";
  EXPECT_EQ(text, nullptr);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::GatherWriterMetadata), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(played->report.divergences(), 0) << report();
}

// A look at the writers, then a backup: the look fails and is made again, so there is one session more than in the recording.
TEST_F(FaultTest, ASessionMoreMovesNoOtherOut) {
  created(10);
  initialized(10);
  gathered(10, 11);
  counted(10, 2);
  freed(10);
  recorded(10, "Release", {}, 0);
  recordBackup();
  play("fault=GetWriterStatusCount/sync/VSS_E_UNEXPECTED");
  UINT count = 7;
  EXPECT_EQ(gather()->GetWriterStatusCount(&count), VSS_E_UNEXPECTED);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(gather()->GetWriterStatusCount(&count), S_OK);
  EXPECT_EQ(count, 2u);
  auto* backup = beginAgain();
  fill(backup);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
  readStatus(backup, {stable, stable});
  EXPECT_EQ(report().find("was not recorded so"), std::string::npos) << report();
}

TEST_F(FaultTest, AnObjectThatWasNotInitializedAnswersNothing) {
  recordSession();
  play("fault=InitializeForBackup/sync/E_OUTOFMEMORY");
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), E_OUTOFMEMORY);
  EXPECT_EQ(backup->AbortBackup(), VSS_E_BAD_STATE);
  EXPECT_EQ(ended(backup, &IVssBackupComponents::GatherWriterStatus), VSS_E_BAD_STATE);
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  gatherAgain(backup);
}

TEST_F(FaultTest, TheFactoryFailsOnce) {
  recordSession();
  play("fault=CreateVssBackupComponents/sync/E_ACCESSDENIED");
  IVssBackupComponents* backup = reinterpret_cast<IVssBackupComponents*>(1);
  EXPECT_EQ(played->replayer.create(&backup), E_ACCESSDENIED);
  EXPECT_EQ(backup, nullptr);
  gather();
  EXPECT_EQ(played->report.divergences(), 0) << report();
}

}  // namespace
}  // namespace vss
