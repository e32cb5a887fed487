// Which call a session allows now: S_OK, or the documented code. Arguments are judged elsewhere. Where a page is silent, the
// named choice decides. Pages: the method's own, and "Answers by state of the status record" in the guide.
#pragma once
#include "machine.h"

namespace vss::model {

HRESULT mayInitialize(const Session& session);
HRESULT maySetContext(const Session& session, const Scenario& scenario);
HRESULT maySetBackupState(const Session& session, const Choices& choices);
HRESULT mayGetSessionId(const Session& session, const Choices& choices);

HRESULT mayGatherMetadata(const Session& session);
HRESULT mayReadMetadata(const Session& session);
HRESULT mayFreeMetadata(const Session& session, const Choices& choices);

HRESULT mayGatherStatus(const Session& session, const Choices& choices);
HRESULT mayReadStatus(const Session& session, const Choices& choices);
HRESULT mayFreeStatus(const Session& session, const Choices& choices);

HRESULT maySelectWriters(const Session& session, const Choices& choices);
HRESULT mayAddComponent(const Session& session, const Choices& choices);
HRESULT mayStartSet(const Session& session, const Choices& choices);
HRESULT mayAddToSet(const Session& session, const Choices& choices);
HRESULT mayPrepare(const Session& session, const Choices& choices);
HRESULT maySnapshot(const Session& session, const Choices& choices);
HRESULT maySetBackupSucceeded(const Session& session, const Choices& choices);
HRESULT mayComplete(const Session& session, const Choices& choices);
HRESULT mayAbort(const Session& session, const Choices& choices);

HRESULT mayReadComponents(const Session& session, const Choices& choices);
HRESULT maySayForBackup(const Session& session, const Choices& choices);  // SetBackupOptions, SetPreviousBackupStamp

HRESULT maySave(const Session& session, const Choices& choices);

HRESULT maySetRestoreState(const Session& session, const Choices& choices);
HRESULT maySelectForRestore(const Session& session, const Choices& choices);
HRESULT mayPreRestore(const Session& session, const Choices& choices);
HRESULT mayFinishRestore(const Session& session, const Choices& choices);  // SetFileRestoreStatus and PostRestore
HRESULT maySetAdditionalRestores(const Session& session, const Choices& choices);
HRESULT maySetForRestore(const Session& session, const Choices& choices);  // SetAuthoritativeRestore, SetRollForward, SetRestoreName
HRESULT maySayDuringRestore(const Session& session, const Choices& choices);
HRESULT mayAddMapping(const Session& session, const Choices& choices);

HRESULT mayAskAboutVolumes(const Session& session, const Choices& choices);  // and about shadow copies
HRESULT mayDeleteSnapshots(const Session& session, const Choices& choices);

}  // namespace vss::model
