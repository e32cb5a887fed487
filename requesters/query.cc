// Makes shadow copies that stay, lists what there is, one by one and three at a time, and deletes what it has made.
#include "steps.h"

namespace {

void list(IVssBackupComponents* backup, VSS_OBJECT_TYPE type, ULONG atOnce) {
  IVssEnumObject *all = nullptr, *copy = nullptr;
  VSS_ID none{};
  must("Query", backup->Query(none, VSS_OBJECT_NONE, type, &all));
  must("Clone", all->Clone(&copy));
  say("Skip(1)", copy->Skip(1));
  say("Reset", copy->Reset());
  copy->Release();
  for (;;) {
    VSS_OBJECT_PROP objects[3] = {};
    ULONG filled = 0;
    HRESULT result = all->Next(atOnce, objects, &filled);
    say("Next", result);
    for (ULONG i = 0; i < filled; ++i) {
      if (objects[i].Type == VSS_OBJECT_SNAPSHOT) {
        auto& snapshot = objects[i].Obj.Snap;
        std::printf("  %s of %s, attributes 0x%lx\n", toUtf8(Text(snapshot.m_pwszSnapshotDeviceObject)).c_str(), toUtf8(Text(snapshot.m_pwszOriginalVolumeName)).c_str(),
                    static_cast<unsigned long>(snapshot.m_lSnapshotAttributes));
        VssFreeSnapshotProperties(&snapshot);
      } else {
        auto& provider = objects[i].Obj.Prov;
        std::printf("  %s %s, type %d\n", toUtf8(Text(provider.m_pwszProviderName)).c_str(), toUtf8(Text(provider.m_pwszProviderVersion)).c_str(),
                    static_cast<int>(provider.m_eProviderType));
        CoTaskMemFree(provider.m_pwszProviderName);
        CoTaskMemFree(provider.m_pwszProviderVersion);
      }
    }
    if (result != S_OK) break;
  }
  std::printf("%u references left\n", static_cast<unsigned>(all->Release()));
}

}  // namespace

int main() {
  startCom();
  IVssBackupComponents* backup = nullptr;
  IVssAsync* operation = nullptr;
  VSS_ID set, copy, undeleted, any{};
  LONG deleted = 0;
  Character volume[] = W("C:\\");
  must("CreateVssBackupComponents", CreateVssBackupComponents(&backup));
  must("InitializeForBackup", backup->InitializeForBackup(nullptr));
  must("SetContext", backup->SetContext(VSS_CTX_NAS_ROLLBACK));  // they stay, and no writer is asked
  for (int i = 0; i < 2; ++i) {
    must("StartSnapshotSet", backup->StartSnapshotSet(&set));
    must("AddToSnapshotSet", backup->AddToSnapshotSet(volume, any, &copy));
    must("DoSnapshotSet", backup->DoSnapshotSet(&operation));
    finish("DoSnapshotSet", operation);
    backup->Release();
    must("CreateVssBackupComponents", CreateVssBackupComponents(&backup));
    must("InitializeForBackup", backup->InitializeForBackup(nullptr));
    must("SetContext", backup->SetContext(VSS_CTX_ALL));
    list(backup, VSS_OBJECT_SNAPSHOT, i ? 3 : 1);
    if (i) break;
    must("DeleteSnapshots", backup->DeleteSnapshots(copy, VSS_OBJECT_SNAPSHOT, false, &deleted, &undeleted));
    std::printf("%ld deleted\n", static_cast<long>(deleted));
    backup->Release();
    must("CreateVssBackupComponents", CreateVssBackupComponents(&backup));
    must("InitializeForBackup", backup->InitializeForBackup(nullptr));
    must("SetContext", backup->SetContext(VSS_CTX_NAS_ROLLBACK));
  }
  list(backup, VSS_OBJECT_PROVIDER, 2);
#if defined(_WIN32)
  BOOL present = 0;
#else
  vss::BOOL present = 0;
#endif
  LONG capability = 0;
  must("IsVolumeSnapshotted", IsVolumeSnapshotted(volume, &present, &capability));
  std::printf("snapshotted %d, 0x%lx\n", static_cast<int>(present), static_cast<unsigned long>(capability));
  must("DeleteSnapshots", backup->DeleteSnapshots(set, VSS_OBJECT_SNAPSHOT_SET, true, &deleted, &undeleted));
  std::printf("%ld deleted\n", static_cast<long>(deleted));
  say("DeleteSnapshots again", backup->DeleteSnapshots(set, VSS_OBJECT_SNAPSHOT_SET, true, &deleted, &undeleted));
  list(backup, VSS_OBJECT_SNAPSHOT, 1);
  backup->Release();
  endCom();
  return 0;
}
