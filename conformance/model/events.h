// What the start and the end of each operation, AbortBackup and the last Release mean for a session and for the writers.
// All run under the machine's lock. `result` is how the operation ended, the return value how QueryStatus tells it.
#pragma once
#include "machine.h"

namespace vss::model {

void operationStarted(Machine& machine, Session& session, Method method);
HRESULT metadataGathered(Machine& machine, Session& session, HRESULT result);
HRESULT statusGathered(Machine& machine, Session& session, HRESULT result);
HRESULT prepared(Machine& machine, Session& session, HRESULT result);
HRESULT snapshotTaken(Machine& machine, Session& session, HRESULT result);
HRESULT completed(Machine& machine, Session& session, HRESULT result);
HRESULT preRestored(Machine& machine, Session& session, HRESULT result);
HRESULT postRestored(Machine& machine, Session& session, HRESULT result);
void backupAborted(Machine& machine, Session& session);
void objectReleased(Machine& machine, Session& session);

}  // namespace vss::model
