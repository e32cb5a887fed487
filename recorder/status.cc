#include "recorder/status.h"

#include "traces/vss/memory.h"

namespace vss {
namespace {

template <class I> struct Releaser {
  I* object = nullptr;
  ~Releaser() { if (object) object->Release(); }
  I* operator->() const { return object; }
};

void require(HRESULT hresult, const char* call) {
  if (hresult != S_OK) throw CallFailed(call, hresult, false);
}

// Waits for an operation to end; only QueryStatus tells how (Wait may succeed although the operation failed).
void finish(IVssAsync* started, const char* call) {
  Releaser<IVssAsync> operation{started};
  require(operation->Wait(kInfinite), "IVssAsync::Wait");
  HRESULT result = S_OK;
  require(operation->QueryStatus(&result, nullptr), "IVssAsync::QueryStatus");
  if (result != VSS_S_ASYNC_FINISHED) throw CallFailed(call, result, true);
}

}  // namespace

std::vector<WriterStatus> gatherWriterStatuses(const std::function<HRESULT(IVssBackupComponents**)>& create) {
  Releaser<IVssBackupComponents> backup;
  require(create(&backup.object), "CreateVssBackupComponents");
  require(backup->InitializeForBackup(nullptr), "InitializeForBackup");
  IVssAsync* operation = nullptr;
  require(backup->GatherWriterMetadata(&operation), "GatherWriterMetadata");
  finish(operation, "GatherWriterMetadata");
  operation = nullptr;
  require(backup->GatherWriterStatus(&operation), "GatherWriterStatus");
  finish(operation, "GatherWriterStatus");

  UINT count = 0;
  require(backup->GetWriterStatusCount(&count), "GetWriterStatusCount");
  std::vector<WriterStatus> statuses;
  for (UINT i = 0; i < count; ++i) {
    WriterStatus status;
    char16_t* name = nullptr;
    require(backup->GetWriterStatus(i, &status.instanceId, &status.classId, &name, &status.state, &status.failure), "GetWriterStatus");
    status.named = name != nullptr;
    if (name) status.name.assign(name, sysStringLen(name));
    sysFreeString(name);
    statuses.push_back(std::move(status));
  }
  require(backup->FreeWriterStatus(), "FreeWriterStatus");
  require(backup->FreeWriterMetadata(), "FreeWriterMetadata");
  return statuses;
}

}  // namespace vss
