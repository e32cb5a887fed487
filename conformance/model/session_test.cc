// The real thing: a whole backup, and a restore from the document that it saved, on the default scenario. Every call is S_OK,
// every operation ends well, and the requester knows nothing but what the calls told it and one documented component.
#include "testing.h"

namespace vss::model {
namespace {


void finish(const Requester& r, Requester::Starter starter) {
  IVssAsync* async = nullptr;
  ASSERT_EQ((r.vss->*starter)(&async), S_OK);
  EXPECT_EQ(async->Wait(kInfinite), S_OK);
  EXPECT_EQ(Requester::query(async), VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(async->Release(), 0u);
}

// GatherWriterStatus … FreeWriterStatus: the state of every writer, "131111111".
std::string states(const Requester& r, Guid* systemWriter = nullptr) {
  finish(r, &Starters::GatherWriterStatus);
  std::string all;
  for (UINT i = 0; i < r.writers(); ++i) {
    auto row = r.status(i);
    EXPECT_EQ(row.hresult, S_OK);
    EXPECT_EQ(row.failure, S_OK);
    if (systemWriter && row.classId == kSystemFiles.writerClassId) *systemWriter = row.instanceId;
    all += std::to_string(row.state);
  }
  EXPECT_EQ(r->FreeWriterStatus(), S_OK);
  return all;
}

TEST(Session, OfABackupAndARestoreFromItsDocument) {
  const auto& [writerClass, type, path, name] = kSystemFiles;
  Requester backup;
  Guid instance;
  VSS_ID set, copy;
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  EXPECT_EQ(backup->SetContext(VSS_CTX_BACKUP), S_OK);
  EXPECT_EQ(backup->SetBackupState(true, false, VSS_BT_FULL, false), S_OK);
  finish(backup, &Starters::GatherWriterMetadata);
  EXPECT_EQ(states(backup, &instance), "111111111");
  EXPECT_EQ(backup->AddComponent(instance, writerClass, type, path, name), S_OK);
  EXPECT_EQ(backup->StartSnapshotSet(&set), S_OK);
  EXPECT_EQ(backup->AddToSnapshotSet(u"C:\\", Guid(), &copy), S_OK);
  finish(backup, &Starters::PrepareForBackup);
  EXPECT_EQ(states(backup), "111111111");
  finish(backup, &Starters::DoSnapshotSet);
  EXPECT_EQ(states(backup), "111511111");  // the System Writer's component is the one that was added
  EXPECT_EQ(backup.exists(copy), S_OK);
  EXPECT_EQ(backup->SetBackupSucceeded(instance, writerClass, type, path, name, true), S_OK);
  finish(backup, &Starters::BackupComplete);
  EXPECT_EQ(states(backup), "111111111");
  char16_t* document = nullptr;
  EXPECT_EQ(backup->SaveAsXML(&document), S_OK);
  Requester restore = backup.beside();
  EXPECT_EQ(backup.release(), 0u);

  EXPECT_EQ(restore->InitializeForRestore(document), S_OK);
  sysFreeString(document);
  finish(restore, &Starters::GatherWriterMetadata);
  EXPECT_EQ(states(restore), "111111111");
  EXPECT_EQ(restore->SetRestoreState(VSS_RTYPE_BY_COPY), S_OK);
  EXPECT_EQ(restore->SetSelectedForRestore(writerClass, type, path, name, true), S_OK);
  finish(restore, &Starters::PreRestore);
  EXPECT_EQ(states(restore), "111111111");
  EXPECT_EQ(restore->SetFileRestoreStatus(writerClass, type, path, name, VSS_RS_ALL), S_OK);
  finish(restore, &Starters::PostRestore);
  EXPECT_EQ(states(restore), "111111111");
  EXPECT_EQ(restore.release(), 0u);
}

}  // namespace
}  // namespace vss::model
