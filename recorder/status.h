// The smallest requester: asks every writer for its status, by the documented sequence. `shadowtape status`, and what an imported
// listing looks like as a trace.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "traces/vss/api.h"

namespace vss {

// One row of what GetWriterStatus said.
struct WriterStatus {
  Guid instanceId, classId;
  std::u16string name;
  bool named = true;              // false: the name was a null BSTR
  VSS_WRITER_STATE state = VSS_WS_UNKNOWN;
  HRESULT failure = S_OK;
  bool operator==(const WriterStatus&) const = default;
};

// A call that failed, so that there are no statuses.
struct CallFailed : std::exception {
  std::string call;               // "GatherWriterStatus"
  HRESULT hresult;
  bool asynchronous;              // the code came from the operation, not from the call
  CallFailed(std::string c, HRESULT hr, bool async) : call(std::move(c)), hresult(hr), asynchronous(async) {}
  const char* what() const noexcept override { return call.c_str(); }
};

// Create, InitializeForBackup, GatherWriterMetadata, GatherWriterStatus, each waited for and asked, count, every status, both freed,
// everything released - also on the way out of a failure, which throws CallFailed.
// Pages: "Determining Writer Status", "Overview of Backup Initialization".
std::vector<WriterStatus> gatherWriterStatuses(const std::function<HRESULT(IVssBackupComponents**)>& create);

}  // namespace vss
