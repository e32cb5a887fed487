// A requester that does not wait for ever: asks twice with a short time limit, cancels what has not ended by then, and gives up.
#include "vss_platform.h"

namespace {

void say(const char* call, HRESULT result) { std::printf("%s: 0x%08x\n", call, static_cast<unsigned>(result)); }

}  // namespace

int main() {
  startCom();
  IVssBackupComponents* backup = nullptr;
  IVssAsync* operation = nullptr;
  HRESULT status = S_OK;
  if (CreateVssBackupComponents(&backup) != S_OK || backup->InitializeForBackup(nullptr) != S_OK) return 1;
  if (backup->GatherWriterMetadata(&operation) != S_OK || operation->Wait() != S_OK) return 1;
  operation->Release();
  if (backup->GatherWriterStatus(&operation) != S_OK) return 1;
  for (int i = 0; i < 2; ++i) {
    say("Wait(20)", operation->Wait(20));
    say("QueryStatus", operation->QueryStatus(&status, nullptr));
    say("  its result", status);
    if (status != VSS_S_ASYNC_PENDING) break;
  }
  if (status == VSS_S_ASYNC_PENDING) {
    say("Cancel", operation->Cancel());
    say("QueryStatus", operation->QueryStatus(&status, nullptr));
    say("  its result", status);
    say("Cancel again", operation->Cancel());
  }
  operation->Release();
  UINT count = 0;
  say("GetWriterStatusCount", backup->GetWriterStatusCount(&count));
  backup->Release();
  endCom();
  return 0;
}
