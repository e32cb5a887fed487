// A backup of one component that is careful but for the habits it is told not to have. It tells by its exit code: 0 a good backup, 1 none, 2 one whose
// writer was not told well how it ended.
#pragma once
#include <chrono>
#include <thread>

#include "steps.h"

struct Habits {
  bool aborts = true;           // AbortBackup when something has failed
  bool readsFailures = true;    // looks at what GetWriterStatus tells, not only whether it does
  bool asks = true;             // how an operation ended, by QueryStatus; else it only waits
  bool releases = true;         // its IVssBackupComponents when something has failed
};

class CarefulBackup {
 public:
  explicit CarefulBackup(const Habits& habits) : habits_(habits) {}
  ~CarefulBackup() {
    if (!vss_) return;
    if (open_ && habits_.aborts) say("AbortBackup", vss_->AbortBackup());
    if (habits_.releases || failure_ == S_OK) vss_->Release();
  }
  CarefulBackup(const CarefulBackup&) = delete;
  CarefulBackup& operator=(const CarefulBackup&) = delete;

  int make() {
    if (!good(CreateVssBackupComponents(&vss_)) || !good(vss_->InitializeForBackup(nullptr)) || !good(vss_->SetContext(VSS_CTX_BACKUP)) ||
        !good(vss_->SetBackupState(true, false, VSS_BT_FULL, false)) || !finished(&IVssBackupComponents::GatherWriterMetadata) || !findComponent())
      return 1;
    VSS_ID set, any{};
    Text volume = W("C:\\");
    if (!good(vss_->StartSnapshotSet(&set))) return 1;
    open_ = true;
    if (!good(vss_->AddToSnapshotSet(volume.data(), any, &copy_)) || !good(vss_->AddComponent(instance_, writer_, type_, nullptr, name_.c_str())) ||
        !finished(&IVssBackupComponents::PrepareForBackup) || !writerIsWell() || !finished(&IVssBackupComponents::DoSnapshotSet) || !writerIsWell() || !copyFiles() ||
        !good(vss_->SetBackupSucceeded(instance_, writer_, type_, nullptr, name_.c_str(), true)))
      return 1;
    bool completed = finished(&IVssBackupComponents::BackupComplete);
    open_ = false;
    bool well = writerIsWell();
    return completed && well ? 0 : 2;
  }
  // What failed asks for another try.
  bool another() const {
    for (HRESULT code : {VSS_E_SNAPSHOT_SET_IN_PROGRESS, VSS_E_FLUSH_WRITES_TIMEOUT, VSS_E_HOLD_WRITES_TIMEOUT, VSS_E_PROVIDER_VETO, VSS_E_UNEXPECTED_PROVIDER_ERROR,
                         VSS_E_WRITERERROR_OUTOFRESOURCES, VSS_E_WRITERERROR_TIMEOUT, VSS_E_WRITERERROR_RETRYABLE, VSS_E_WRITER_STATUS_NOT_AVAILABLE})
      if (failure_ == code) return true;
    return false;
  }

 private:
  bool good(HRESULT result) {
    if (result >= 0) return true;
    failure_ = result;
    return false;
  }

  // A real program waits for minutes; here a moment has to do.
  template <class Start> bool finished(Start start) {
    IVssAsync* operation = nullptr;
    if (!good((vss_->*start)(&operation))) return false;
    HRESULT status = VSS_S_ASYNC_PENDING;
    bool asked = true;
    if (!habits_.asks) asked = good(operation->Wait(INFINITE)), status = VSS_S_ASYNC_FINISHED;
    for (int i = 0; i < 10 && asked && status == VSS_S_ASYNC_PENDING; ++i) asked = good(operation->Wait(20)) && good(operation->QueryStatus(&status, nullptr));
    if (status == VSS_S_ASYNC_PENDING) operation->Cancel();
    operation->Release();
    return asked && good(status) && status == VSS_S_ASYNC_FINISHED;
  }

  // The first that a writer has at the top.
  bool findComponent() {
    UINT writers = 0;
    if (!good(vss_->GetWriterMetadataCount(&writers))) return false;
    bool found = false;
    for (UINT i = 0; i < writers && !found; ++i) {
      IVssExamineWriterMetadata* metadata = nullptr;
      if (!good(vss_->GetWriterMetadata(i, &instance_, &metadata))) return false;
      bool readable = findComponentIn(metadata, found);
      metadata->Release();
      if (!readable) return false;
    }
    return good(vss_->FreeWriterMetadata()) && found;
  }
  bool findComponentIn(IVssExamineWriterMetadata* metadata, bool& found) {
    VSS_ID same;
    VSS_USAGE_TYPE usage;
    VSS_SOURCE_TYPE source;
    OwnText name;
    UINT included = 0, excluded = 0, components = 0;
    if (!good(metadata->GetIdentity(&same, &writer_, &name.text, &usage, &source)) || !good(metadata->GetFileCounts(&included, &excluded, &components))) return false;
    for (UINT i = 0; i < components && !found; ++i) {
      IVssWMComponent* component = nullptr;
#if defined(_WIN32)
      PVSSCOMPONENTINFO info = nullptr;
#else
      VSS_COMPONENTINFO* info = nullptr;
#endif
      if (!good(metadata->GetComponent(i, &component))) return false;
      bool readable = good(component->GetComponentInfo(&info));
      if (readable) {
        found = !info->bstrLogicalPath;
        type_ = info->type;
        name_.assign(info->bstrComponentName, SysStringLen(info->bstrComponentName));
        component->FreeComponentInfo(info);
      }
      component->Release();
      if (!readable) return false;
    }
    return true;
  }

  bool writerIsWell() {
    if (!finished(&IVssBackupComponents::GatherWriterStatus)) return false;
    UINT count = 0;
    bool well = good(vss_->GetWriterStatusCount(&count));
    for (UINT i = 0; well && i < count; ++i) {
      VSS_ID instance, writer;
      OwnText name;
      VSS_WRITER_STATE state;
      HRESULT failure;
      well = good(vss_->GetWriterStatus(i, &instance, &writer, &name.text, &state, &failure));
      if (well && habits_.readsFailures && toText(instance) == toText(instance_)) well = good(failure);
    }
    return good(vss_->FreeWriterStatus()) && well;
  }

  bool copyFiles() {
    VSS_SNAPSHOT_PROP properties{};
    if (!good(vss_->GetSnapshotProperties(copy_, &properties))) return false;
    std::printf("copied from %s\n", toUtf8(Text(properties.m_pwszSnapshotDeviceObject)).c_str());
    VssFreeSnapshotProperties(&properties);
    return true;
  }

  const Habits habits_;
  IVssBackupComponents* vss_ = nullptr;
  bool open_ = false;      // a shadow copy set was started, and the backup is not complete
  HRESULT failure_ = S_OK;
  VSS_ID instance_{}, writer_{}, copy_{};
  VSS_COMPONENT_TYPE type_ = VSS_CT_UNDEFINED;
  Text name_;
};

// Tries three times more at most. A real program waits ten minutes between them.
inline int backUp(const Habits& habits) {
  startCom();
  int result = 1;
  for (int i = 0; i < 4; ++i) {
    CarefulBackup backup(habits);
    result = backup.make();
    if (result != 1 || !backup.another()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  endCom();
  std::printf("result %d\n", result);
  return result;
}
