// Reserved, and not to be called: E_NOTIMPL is their answer for good.
#include "backup_components.h"

namespace vss::model {

HRESULT BackupComponents::PreFastRecovery(VSS_ID, DWORD, Out<IVssAsync*> ppAsync) { return notModelled(ppAsync.at); }
HRESULT BackupComponents::FastRecovery(VSS_ID, DWORD, Out<IVssAsync*> ppAsync) { return notModelled(ppAsync.at); }

}  // namespace vss::model
