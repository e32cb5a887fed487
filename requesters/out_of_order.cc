// A requester that does everything wrong once, and prints what it is told.
#include "vss_platform.h"

namespace {

void say(const char* what, HRESULT result) { std::printf("%-52s 0x%08x\n", what, static_cast<unsigned>(result)); }

void finish(const char* what, IVssAsync* operation) {
  HRESULT status = S_OK;
  operation->Wait();
  operation->QueryStatus(&status, nullptr);
  say(what, status);
  operation->Release();
}

struct Row {
  VSS_ID instance{}, writer{};
  BSTR name = nullptr;
  VSS_WRITER_STATE state = VSS_WS_UNKNOWN;
  HRESULT failure = S_OK;
  HRESULT get(IVssBackupComponents* backup, UINT index) {
    HRESULT result = backup->GetWriterStatus(index, &instance, &writer, &name, &state, &failure);
    SysFreeString(name);
    name = nullptr;
    return result;
  }
};

}  // namespace

int main() {
  startCom();
  IVssBackupComponents* backup = nullptr;
  IVssAsync* operation = nullptr;
  UINT count = 77;
  Row row;
  say("CreateVssBackupComponents(null)", CreateVssBackupComponents(nullptr));
  say("CreateVssBackupComponents", CreateVssBackupComponents(&backup));
  say("before initialize: GatherWriterStatus", backup->GatherWriterStatus(&operation));
  say("before initialize: GetWriterStatusCount", backup->GetWriterStatusCount(&count));
  say("before initialize: GetWriterStatus(0)", row.get(backup, 0));
  say("before initialize: FreeWriterStatus", backup->FreeWriterStatus());
  say("InitializeForBackup", backup->InitializeForBackup(nullptr));
  say("InitializeForBackup again", backup->InitializeForBackup(nullptr));
  say("before gather: GetWriterStatusCount", backup->GetWriterStatusCount(&count));
  say("before gather: GetWriterStatus(0)", row.get(backup, 0));
  say("GatherWriterMetadata(null)", backup->GatherWriterMetadata(nullptr));
  say("GatherWriterMetadata", backup->GatherWriterMetadata(&operation));
  finish("  its result", operation);
  say("GatherWriterStatus(null)", backup->GatherWriterStatus(nullptr));
  say("GatherWriterStatus", backup->GatherWriterStatus(&operation));
  finish("  its result", operation);
  say("GetWriterStatusCount(null)", backup->GetWriterStatusCount(nullptr));
  say("GetWriterStatusCount", backup->GetWriterStatusCount(&count));
  say("GetWriterStatus(0)", row.get(backup, 0));
  say("GetWriterStatus(n)", row.get(backup, count));
  say("GetWriterStatus(0xFFFFFFFF)", row.get(backup, 0xFFFFFFFF));
  say("GetWriterStatus(pidInstance null)", backup->GetWriterStatus(0, nullptr, &row.writer, &row.name, &row.state, &row.failure));
  say("GetWriterStatus(pbstrWriter null)", backup->GetWriterStatus(0, &row.instance, &row.writer, nullptr, &row.state, &row.failure));
  say("FreeWriterStatus", backup->FreeWriterStatus());
  say("after free: GetWriterStatusCount", backup->GetWriterStatusCount(&count));
  say("after free: GetWriterStatus(0)", row.get(backup, 0));
  say("without a set: DoSnapshotSet", backup->DoSnapshotSet(&operation));
  say("no such set: BreakSnapshotSet", backup->BreakSnapshotSet(row.instance));
  std::printf("%u writers, %u references left\n", count, static_cast<unsigned>(backup->Release()));
  endCom();
  return 0;
}
