// What a developer reads: whole pages, for the mistakes that are made.
#include "replayer/testing.h"

namespace vss {
namespace {

class ReportTest : public ReplayTest {
 protected:
  // Calls 1 create, 2 initialize, 3 to 6 gather, 7 count, 8 to 10 writers A to C, 11 free.
  ReportTest() { recordSession(3); }
  static constexpr const char* kFirst = "shadowtape replay: the program went another way than backup.vsst\n";
};

TEST_F(ReportTest, OfAWrongArgument) {
  recorded(1, "SetContext", {number(0)});
  auto* backup = gather();
  EXPECT_EQ(backup->SetContext(4), VSS_E_UNEXPECTED);
  EXPECT_EQ(report(), std::string(kFirst) +
            "divergence 1: the program's call 7: #1 IVssBackupComponents::SetContext(lContext=4)\n"
            "  held against   call 12: #1 IVssBackupComponents::SetContext(lContext=0) → S_OK\n"
            "  difference     lContext is 4, was 0 when recorded\n"
            "  state          initialized for backup; writer status gathered\n"
            "  legal now      SetContext, SetBackupState, GatherWriterMetadata, StartSnapshotSet, GatherWriterStatus, GetWriterStatusCount, GetWriterStatus, GetWriterStatusEx, FreeWriterStatus, AbortBackup\n"
            "  so far         InitializeForBackup, GatherWriterStatus\n"
            "  recorded next  call 7: #1 IVssBackupComponents::GetWriterStatusCount() → S_OK\n"
            "                 call 8: #1 IVssBackupComponents::GetWriterStatus(iWriter=0) → S_OK\n"
            "                 call 9: #1 IVssBackupComponents::GetWriterStatus(iWriter=1) → S_OK\n"
            "  answered       VSS_E_UNEXPECTED, every output zero\n");
}

TEST_F(ReportTest, OfACallThatWasNeverRecorded) {
  auto* backup = create();
  EXPECT_EQ(backup->AbortBackup(), VSS_E_UNEXPECTED);
  EXPECT_EQ(report(), std::string(kFirst) +
            "divergence 1: the program's call 2: #1 IVssBackupComponents::AbortBackup()\n"
            "  held against   nothing: the recording has no such call\n"
            "  difference     AbortBackup was never called on this object when it was recorded\n"
            "  state          created, not initialized\n"
            "  legal now      InitializeForBackup, InitializeForRestore\n"
            "  so far         nothing was called on this object\n"
            "  recorded next  call 2: #1 IVssBackupComponents::InitializeForBackup(bstrXML=null) → S_OK\n"
            "                 call 3: #1 IVssBackupComponents::GatherWriterStatus() → S_OK\n"
            "                 call 7: #1 IVssBackupComponents::GetWriterStatusCount() → S_OK\n"
            "  answered       VSS_E_UNEXPECTED, every output zero\n");
}

TEST_F(ReportTest, OfACallThatComesOnceTooOften) {
  auto* backup = gather();
  for (UINT i = 0; i < 3; ++i) ask(backup, i);
  EXPECT_EQ(ask(backup, 1).result, VSS_E_UNEXPECTED);
  EXPECT_EQ(report(), std::string(kFirst) +
            "divergence 1: the program's call 10: #1 IVssBackupComponents::GetWriterStatus(iWriter=1)\n"
            "  held against   call 9: #1 IVssBackupComponents::GetWriterStatus(iWriter=1) → S_OK\n"
            "  difference     asked once too often: the recording has it once here, and every time is used up\n"
            "  state          initialized for backup; writer status gathered\n"
            "  legal now      SetContext, SetBackupState, GatherWriterMetadata, StartSnapshotSet, GatherWriterStatus, GetWriterStatusCount, GetWriterStatus, GetWriterStatusEx, FreeWriterStatus, AbortBackup\n"
            "  so far         InitializeForBackup, GatherWriterStatus, GetWriterStatus ×3\n"
            "  recorded next  call 11: #1 IVssBackupComponents::FreeWriterStatus() → S_OK\n"
            "  answered       VSS_E_UNEXPECTED, every output zero\n");
}

TEST_F(ReportTest, OfAStatusReadAfterItWasFreed) {
  auto* backup = gather();
  ask(backup, 0);
  EXPECT_EQ(backup->FreeWriterStatus(), S_OK);
  EXPECT_EQ(ask(backup, 1).result, VSS_E_UNEXPECTED);
  EXPECT_EQ(report(), std::string(kFirst) +
            "divergence 1: the program's call 9: #1 IVssBackupComponents::GetWriterStatus(iWriter=1)\n"
            "  held against   call 9: #1 IVssBackupComponents::GetWriterStatus(iWriter=1) → S_OK\n"
            "  difference     comes too late: the recording has it before call 11: FreeWriterStatus, which has been called already\n"
            "  state          initialized for backup; writer status freed\n"
            "  legal now      SetContext, SetBackupState, GatherWriterMetadata, StartSnapshotSet, GatherWriterStatus, AbortBackup\n"
            "  so far         InitializeForBackup, GatherWriterStatus, GetWriterStatus, FreeWriterStatus\n"
            "  recorded next  nothing more on this object\n"
            "  answered       VSS_E_UNEXPECTED, every output zero\n");
}

TEST_F(ReportTest, OfAStatusReadBeforeItWasGathered) {
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  UINT count = 5;
  EXPECT_EQ(backup->GetWriterStatusCount(&count), VSS_E_UNEXPECTED);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(report(), std::string(kFirst) +
            "divergence 1: the program's call 3: #1 IVssBackupComponents::GetWriterStatusCount()\n"
            "  held against   call 7: #1 IVssBackupComponents::GetWriterStatusCount() → S_OK\n"
            "  difference     comes too early: the recording has it after call 3: GatherWriterStatus, which has not been called yet\n"
            "  state          initialized for backup\n"
            "  legal now      SetContext, SetBackupState, GatherWriterMetadata, StartSnapshotSet, GatherWriterStatus, AbortBackup\n"
            "  so far         InitializeForBackup\n"
            "  recorded next  call 3: #1 IVssBackupComponents::GatherWriterStatus() → S_OK\n"
            "                 call 7: #1 IVssBackupComponents::GetWriterStatusCount() → S_OK\n"
            "                 call 8: #1 IVssBackupComponents::GetWriterStatus(iWriter=0) → S_OK\n"
            "  answered       VSS_E_UNEXPECTED, every output zero\n");
}

TEST_F(ReportTest, OfAnIndexPastTheEnd) {
  auto* backup = gather();
  for (UINT i = 0; i < 3; ++i) ask(backup, i);
  EXPECT_EQ(ask(backup, 3).result, VSS_E_UNEXPECTED);
  EXPECT_EQ(report(), std::string(kFirst) +
            "divergence 1: the program's call 10: #1 IVssBackupComponents::GetWriterStatus(iWriter=3)\n"
            "  held against   call 10: #1 IVssBackupComponents::GetWriterStatus(iWriter=2) → S_OK\n"
            "  difference     iWriter is 3, was 2 when recorded\n"
            "  state          initialized for backup; writer status gathered\n"
            "  legal now      SetContext, SetBackupState, GatherWriterMetadata, StartSnapshotSet, GatherWriterStatus, GetWriterStatusCount, GetWriterStatus, GetWriterStatusEx, FreeWriterStatus, AbortBackup\n"
            "  so far         InitializeForBackup, GatherWriterStatus, GetWriterStatus ×3\n"
            "  recorded next  call 11: #1 IVssBackupComponents::FreeWriterStatus() → S_OK\n"
            "  answered       VSS_E_UNEXPECTED, every output zero\n");
}

TEST_F(ReportTest, IsTheOneThatTheGuideShows) {
  auto* backup = gather();
  UINT count = 0;
  backup->GetWriterStatusCount(&count);
  for (UINT i = 0; i <= count; ++i) ask(backup, i);
  std::stringstream guide;
  guide << std::ifstream("docs/replay.md", std::ios::binary).rdbuf();
  EXPECT_NE(guide.str().find("```text\n" + reportAtEnd() + "```\n"), std::string::npos) << report();
}

TEST_F(ReportTest, OfANullPointerWhereNoneWasRecorded) {
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  IVssAsync* operation = nullptr;
  EXPECT_EQ(backup->GatherWriterStatus(&operation), S_OK);  // and never waited for
  Guid instance, writer;
  char16_t* name = nullptr;
  VSS_WRITER_STATE state;
  EXPECT_EQ(backup->GetWriterStatus(0, &instance, &writer, &name, &state, nullptr), VSS_E_UNEXPECTED);
  EXPECT_EQ(report(), std::string(kFirst) +
            "divergence 1: the program's call 4: #1 IVssBackupComponents::GetWriterStatus(iWriter=0)\n"
            "  held against   call 8: #1 IVssBackupComponents::GetWriterStatus(iWriter=0) → S_OK\n"
            "  difference     phResultFailure is a null pointer, was none when recorded\n"
            "  state          initialized for backup; writer status being gathered\n"
            "  legal now      SetContext, SetBackupState, GatherWriterMetadata, StartSnapshotSet, AbortBackup\n"
            "  so far         InitializeForBackup, GatherWriterStatus\n"
            "  recorded next  call 7: #1 IVssBackupComponents::GetWriterStatusCount() → S_OK\n"
            "                 call 8: #1 IVssBackupComponents::GetWriterStatus(iWriter=0) → S_OK\n"
            "                 call 9: #1 IVssBackupComponents::GetWriterStatus(iWriter=1) → S_OK\n"
            "  answered       VSS_E_UNEXPECTED, every output zero\n");
}

TEST_F(ReportTest, OfASessionTooMany) {
  create();
  auto* backup = reinterpret_cast<IVssBackupComponents*>(1);
  EXPECT_EQ(played->replayer.create(&backup), VSS_E_UNEXPECTED);
  EXPECT_EQ(backup, nullptr);
  EXPECT_EQ(report(), std::string(kFirst) +
            "divergence 1: the program's call 2: CreateVssBackupComponents()\n"
            "  held against   nothing: the recording has no such call\n"
            "  difference     the recording creates no further object\n"
            "  answered       VSS_E_UNEXPECTED, every output zero\n");
}

TEST_F(ReportTest, ListsAtTheEndWhatWasNeverAskedFor) {
  created(3);
  recorded(3, "SetContext", {number(0)});
  auto* backup = gather();
  UINT count;
  backup->GetWriterStatusCount(&count);
  ask(backup, 1);
  EXPECT_EQ(reportAtEnd(),
            "shadowtape replay: 5 recorded calls were never asked for:\n"
            "  call 8: #1 IVssBackupComponents::GetWriterStatus(iWriter=0) → S_OK\n"
            "  call 10: #1 IVssBackupComponents::GetWriterStatus(iWriter=2) → S_OK\n"
            "  call 11: #1 IVssBackupComponents::FreeWriterStatus() → S_OK\n"
            "  call 12: CreateVssBackupComponents() → S_OK\n"
            "  call 13: #3 IVssBackupComponents::SetContext(lContext=0) → S_OK\n");
}

TEST_F(ReportTest, PrintsAHundredDivergencesAndCountsTheRest) {
  auto* backup = create();
  for (int i = 0; i < 250; ++i) EXPECT_EQ(backup->AbortBackup(), VSS_E_UNEXPECTED);
  std::string text = reportAtEnd();
  EXPECT_NE(text.find("\ndivergence 100: "), std::string::npos);
  EXPECT_EQ(text.find("\ndivergence 101: "), std::string::npos);
  EXPECT_NE(text.find("shadowtape replay: further divergences are counted, not printed\n"), std::string::npos);
  EXPECT_NE(text.find("shadowtape replay: 250 divergences in all\n"), std::string::npos);
  EXPECT_EQ(played->report.divergences(), 250);
}

}  // namespace
}  // namespace vss
