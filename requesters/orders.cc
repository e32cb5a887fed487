// Backups in orders that differ, as programs were seen to make their calls: the context after the backup state, after the metadata, or first; the
// backup state after the component; a set prepared without any metadata, which is refused later, and then one without writers. The volume is
// called in the three ways that programs call it. Before that: every interface is asked for, and pointers are null.
#include "steps.h"

namespace {

IVssBackupComponents* create() {
  IVssBackupComponents* backup = nullptr;
  must("CreateVssBackupComponents", CreateVssBackupComponents(&backup));
  return backup;
}

// What an object says that it is. What it hands out is used as the newest interface, whatever was asked for.
void askForInterfaces(IUnknown* object) {
  const VSS_ID asked[] = {{0x665c1d5f, 0xc218, 0x414d, {0xa0, 0x5d, 0x7f, 0xef, 0x5f, 0x9d, 0x5c, 0x86}},   // IVssBackupComponents
                        {0x963f03ad, 0x9e4c, 0x4a34, {0xac, 0x15, 0xe4, 0xb6, 0x17, 0x4e, 0x50, 0x36}},   // …Ex
                        {0xacfe2b3a, 0x22c9, 0x4ef8, {0xbd, 0x03, 0x2f, 0x9c, 0xa2, 0x30, 0x08, 0x4e}},   // …Ex2
                        {0xc191bfbc, 0xb602, 0x4675, {0x8b, 0xd1, 0x67, 0xd6, 0x42, 0xf5, 0x29, 0xd5}},   // …Ex3
                        {0xf434c2fd, 0xb553, 0x4961, {0xa9, 0xf9, 0xa8, 0xe9, 0x0b, 0x67, 0x3e, 0x53}},   // …Ex4
                        {0x507c37b4, 0xcf5b, 0x4e95, {0xb0, 0xaf, 0x14, 0xeb, 0x97, 0x67, 0x46, 0x7e}}};  // IVssAsync
  for (const auto& iid : asked) {
    void* found = nullptr;
    HRESULT result = object->QueryInterface(iid, &found);
    std::printf("QueryInterface(%s): 0x%08x%s\n", toText(iid).c_str(), static_cast<unsigned>(result), found ? "" : ", nothing");
    if (found) static_cast<IUnknown*>(found)->Release();
  }
}

// The first component of the first writer that has one. What is said of it is never freed: some programs leave that to the end of the process.
void addFirstComponent(IVssBackupComponents* backup) {
  UINT writers = 0;
  must("GetWriterMetadataCount", backup->GetWriterMetadataCount(&writers));
  for (UINT i = 0; i < writers; ++i) {
    VSS_ID instance, same, writer;
    VSS_USAGE_TYPE usage;
    VSS_SOURCE_TYPE source;
    OwnText name;
    UINT included = 0, excluded = 0, components = 0;
    IVssExamineWriterMetadata* metadata = nullptr;
    must("GetWriterMetadata", backup->GetWriterMetadata(i, &instance, &metadata));
    must("  GetIdentity", metadata->GetIdentity(&same, &writer, &name.text, &usage, &source));
    must("  GetFileCounts", metadata->GetFileCounts(&included, &excluded, &components));
    if (components) {
      IVssWMComponent* component = nullptr;
      must("  GetComponent", metadata->GetComponent(0, &component));
#if defined(_WIN32)
      PVSSCOMPONENTINFO info = nullptr;
#else
      VSS_COMPONENTINFO* info = nullptr;
#endif
      must("  GetComponentInfo", component->GetComponentInfo(&info));
      must("AddComponent", backup->AddComponent(instance, writer, info->type, info->bstrLogicalPath, info->bstrComponentName));
      component->Release();
      i = writers;
    }
    metadata->Release();
  }
}

// Starts a set with the volume in it; between: calls before that. Returns the shadow copy's id.
template <class Between> VSS_ID startSet(IVssBackupComponents* backup, Text volume, Between&& between) {
  VSS_ID set, copy, any{};
  must("StartSnapshotSet", backup->StartSnapshotSet(&set));
  between();
  must("AddToSnapshotSet", backup->AddToSnapshotSet(volume.data(), any, &copy));
  return copy;
}

void prepare(IVssBackupComponents* backup) {
  IVssAsync* operation = nullptr;
  must("PrepareForBackup", backup->PrepareForBackup(&operation));
  finish("PrepareForBackup", operation);
}

// Makes the shadow copy; returns the name by which the system knows its volume.
Text make(IVssBackupComponents* backup, const VSS_ID& copy) {
  IVssAsync* operation = nullptr;
  must("DoSnapshotSet", backup->DoSnapshotSet(&operation));
  finish("DoSnapshotSet", operation);
  VSS_SNAPSHOT_PROP properties{};
  must("GetSnapshotProperties", backup->GetSnapshotProperties(copy, &properties));
  Text name = properties.m_pwszOriginalVolumeName;
  std::printf("%s\n", toUtf8(name).c_str());
  VssFreeSnapshotProperties(&properties);
  return name;
}

// Ends the backup, and gives back its object before the operation.
void complete(IVssBackupComponents* backup) {
  IVssAsync* operation = nullptr;
  must("BackupComplete", backup->BackupComplete(&operation));
  std::printf("%u references left\n", static_cast<unsigned>(backup->Release()));
  finish("BackupComplete", operation);
}

void gatherMetadata(IVssBackupComponents* backup) {
  IVssAsync* operation = nullptr;
  must("GatherWriterMetadata", backup->GatherWriterMetadata(&operation));
  askForInterfaces(operation);
  finish("GatherWriterMetadata", operation);
}

}  // namespace

int main() {
  startCom();
  IVssBackupComponents* backup = create();
  askForInterfaces(backup);
  say("GatherWriterStatus(NULL)", backup->GatherWriterStatus(nullptr));  // before it may be called at all
  say("GetWriterStatusCount(NULL)", backup->GetWriterStatusCount(nullptr));
  must("InitializeForBackup", backup->InitializeForBackup(nullptr));
  must("SetBackupState", backup->SetBackupState(false, false, VSS_BT_COPY, false));
  gatherMetadata(backup);
  must("SetContext", backup->SetContext(VSS_CTX_BACKUP));
  VSS_ID copy = startSet(backup, W("C:\\"), [] {});
  prepare(backup);
  Text name = make(backup, copy);
  complete(backup);

  backup = create();
  must("InitializeForBackup", backup->InitializeForBackup(nullptr));
  must("SetContext", backup->SetContext(VSS_CTX_BACKUP));
  gatherMetadata(backup);
  copy = startSet(backup, name, [&] {
    addFirstComponent(backup);
    must("SetBackupState", backup->SetBackupState(true, false, VSS_BT_FULL, false));
  });
  prepare(backup);
  make(backup, copy);
  complete(backup);

  backup = create();
  IVssAsync* operation = nullptr;
  must("InitializeForBackup", backup->InitializeForBackup(nullptr));
  must("SetBackupState", backup->SetBackupState(false, false, VSS_BT_FULL, false));
  startSet(backup, W("c:\\"), [] {});
  prepare(backup);
  say("DoSnapshotSet", backup->DoSnapshotSet(&operation));
  must("AbortBackup", backup->AbortBackup());
  std::printf("%u references left\n", static_cast<unsigned>(backup->Release()));

  backup = create();
  must("InitializeForBackup", backup->InitializeForBackup(nullptr));
  must("SetContext", backup->SetContext(VSS_CTX_FILE_SHARE_BACKUP));
  make(backup, startSet(backup, W("c:\\"), [] {}));
  std::printf("%u references left\n", static_cast<unsigned>(backup->Release()));
  endCom();
  return 0;
}
