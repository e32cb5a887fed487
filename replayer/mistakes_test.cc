// What the report says of the mistakes that backup programs make: the line that names the difference.
#include "replayer/testing.h"
#include "traces/vss/results.h"

namespace vss {
namespace {

class MistakesTest : public ReplayTest {
 protected:
  // Initialized, one writer's metadata read, a set of C:\ begun, statuses gathered, read and freed.
  void SetUp() override {
    created(1);
    initialized(1);                                                                                        // call 2
    recorded(1, "SetContext", {number(VSS_CTX_BACKUP)});                                                   // 3
    recorded(1, "GetWriterMetadata", {number(0)}, S_OK, {id(8), object(20)});                              // 4
    recorded(20, "GetComponent", {number(0)}, S_OK, {object(21)});                                         // 5
    recorded(1, "AddComponent", {id(100), id(200), number(VSS_CT_FILEGROUP), kind(ValueKind::null), text(u"System Files")});  // 6
    recorded(1, "StartSnapshotSet", {}, S_OK, {id(5)});                                                    // 7
    recorded(1, "AddToSnapshotSet", {text(u"C:\\"), id(0)}, S_OK, {id(6)});                                // 8
    gathered(1, 2);                                                                                        // 9 to 12
    counted(1, 1);                                                                                         // 13
    told(1, 0, u"System Writer");                                                                          // 14
    freed(1);                                                                                              // 15
    backup = create();
    EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  }
  void expect(const std::string& difference, const std::string& heldAgainst) {
    std::string all = report();
    EXPECT_EQ(played->report.divergences(), 1) << all;
    EXPECT_NE(all.find("  difference     " + difference + "\n"), std::string::npos) << all;
    EXPECT_NE(all.find("  held against   " + heldAgainst), std::string::npos) << all;
    EXPECT_NE(all.find("  answered       VSS_E_UNEXPECTED, every output zero\n"), std::string::npos) << all;
  }
  IVssBackupComponents* backup = nullptr;
  UINT count = 77;
  Guid made{9};
};

TEST_F(MistakesTest, AnIndexTooLarge) {
  gatherAgain(backup);
  EXPECT_EQ(ask(backup, 1).result, VSS_E_UNEXPECTED);
  expect("iWriter is 1, was 0 when recorded", "call 14: #1 IVssBackupComponents::GetWriterStatus(iWriter=0) → S_OK");
}
TEST_F(MistakesTest, AskedBeforeItWasGathered) {
  EXPECT_EQ(ask(backup, 0).result, VSS_E_UNEXPECTED);
  expect("comes too early: the recording has it after call 9: GatherWriterStatus, which has not been called yet", "call 14: ");
}
TEST_F(MistakesTest, AskedAfterItWasFreed) {
  gatherAgain(backup);
  EXPECT_EQ(backup->FreeWriterStatus(), S_OK);
  EXPECT_EQ(ask(backup, 0).result, VSS_E_UNEXPECTED);
  expect("comes too late: the recording has it before call 15: FreeWriterStatus, which has been called already", "call 14: ");
}
TEST_F(MistakesTest, AskedTwice) {
  gatherAgain(backup);
  EXPECT_EQ(backup->GetWriterStatusCount(&count), S_OK);
  EXPECT_EQ(backup->GetWriterStatusCount(&count), VSS_E_UNEXPECTED);
  EXPECT_EQ(count, 0u);
  expect("asked once too often: the recording has it once here, and every time is used up", "call 13: ");
}
TEST_F(MistakesTest, ANullPointer) {
  gatherAgain(backup);
  EXPECT_EQ(backup->GetWriterStatusCount(nullptr), VSS_E_UNEXPECTED);
  expect("pcWriters is a null pointer, was none when recorded", "call 13: ");
}
TEST_F(MistakesTest, AVolumeWrittenOtherwise) {
  EXPECT_EQ(backup->AddToSnapshotSet(u"c:\\", Guid{}, &made), VSS_E_UNEXPECTED);
  EXPECT_EQ(made, Guid{});
  expect("pwszVolumeName is \"c:\\\\\", was \"C:\\\\\" when recorded", "call 8: #1 IVssBackupComponents::AddToSnapshotSet(pwszVolumeName=\"C:\\\\\"");
}
TEST_F(MistakesTest, AnotherContext) {
  EXPECT_EQ(backup->SetContext(VSS_CTX_FILE_SHARE_BACKUP), VSS_E_UNEXPECTED);
  expect("lContext is 16, was 0 when recorded", "call 3: ");
}
TEST_F(MistakesTest, AnotherComponent) {
  EXPECT_EQ(backup->AddComponent(Guid{100}, Guid{200}, VSS_CT_FILEGROUP, u"", u"System Files"), VSS_E_UNEXPECTED);
  expect("wszLogicalPath is \"\", was null when recorded", "call 6: ");
}
TEST_F(MistakesTest, ACallThatWasNeverMade) {
  EXPECT_EQ(backup->AbortBackup(), VSS_E_UNEXPECTED);
  expect("AbortBackup was never called on this object when it was recorded", "nothing: the recording has no such call");
}
TEST_F(MistakesTest, OneObjectTooMany) {
  IVssBackupComponents* second = backup;
  EXPECT_EQ(played->replayer.create(&second), VSS_E_UNEXPECTED);
  EXPECT_EQ(second, nullptr);
  expect("the recording creates no further object", "nothing: the recording has no such call");
}
TEST_F(MistakesTest, AnotherPartOfAWritersMetadata) {
  IVssExamineWriterMetadata* metadata = nullptr;
  IVssWMComponent* component = nullptr;
  ASSERT_EQ(backup->GetWriterMetadata(0, &made, &metadata), S_OK);
  EXPECT_EQ(metadata->GetComponent(1, &component), VSS_E_UNEXPECTED);
  expect("iComponent is 1, was 0 when recorded", "call 5: #20 IVssExamineWriterMetadata::GetComponent(iComponent=0) → S_OK");
  EXPECT_EQ(report().find("legal now"), std::string::npos) << report();
}
TEST_F(MistakesTest, CallsLeftOutAreNoDivergenceButTold) {
  gatherAgain(backup);
  std::string all = reportAtEnd();
  EXPECT_EQ(played->report.divergences(), 0);
  EXPECT_NE(all.find("recorded calls were never asked for:\n  call 3: #1 IVssBackupComponents::SetContext(lContext=0) → S_OK\n"), std::string::npos) << all;
  EXPECT_NE(all.find("  call 15: #1 IVssBackupComponents::FreeWriterStatus() → S_OK\n"), std::string::npos) << all;
}

}  // namespace
}  // namespace vss
