// Every method that the model does not have yet, slot by slot: E_NOTIMPL, never S_OK.
#include "backup_components.h"

namespace vss::model {

HRESULT BackupComponents::ImportSnapshots(Out<IVssAsync*> ppAsync) { return notModelled(ppAsync.at); }
HRESULT BackupComponents::BreakSnapshotSet(VSS_ID) { return notModelled(); }
HRESULT BackupComponents::Query(VSS_ID, VSS_OBJECT_TYPE, VSS_OBJECT_TYPE, Out<IVssEnumObject*> ppEnum) {
  return notModelled(ppEnum.at);
}
HRESULT BackupComponents::ExposeSnapshot(VSS_ID, Wstr, LONG, Wstr, Out<CoString> pwszExposed) {
  return notModelled(pwszExposed.at);
}
HRESULT BackupComponents::RevertToSnapshot(VSS_ID, BOOL) { return notModelled(); }
HRESULT BackupComponents::QueryRevertStatus(Wstr, Out<IVssAsync*> ppAsync) { return notModelled(ppAsync.at); }
HRESULT BackupComponents::UnexposeSnapshot(VSS_ID) { return notModelled(); }
HRESULT BackupComponents::BreakSnapshotSetEx(VSS_ID, DWORD, Out<IVssAsync*> ppAsync) { return notModelled(ppAsync.at); }
HRESULT BackupComponents::PreFastRecovery(VSS_ID, DWORD, Out<IVssAsync*> ppAsync) { return notModelled(ppAsync.at); }
HRESULT BackupComponents::FastRecovery(VSS_ID, DWORD, Out<IVssAsync*> ppAsync) { return notModelled(ppAsync.at); }
HRESULT BackupComponents::AddSnapshotToRecoverySet(VSS_ID, DWORD, Wstr) { return notModelled(); }
HRESULT BackupComponents::RecoverSet(DWORD, Out<IVssAsync*> ppAsync) { return notModelled(ppAsync.at); }
HRESULT BackupComponents::GetRootAndLogicalPrefixPaths(Wstr, Out<CoString> ppwszRootPath, Out<CoString> ppwszLogicalPrefix,
                                                       BOOL) { return notModelled(ppwszRootPath.at, ppwszLogicalPrefix.at); }

}  // namespace vss::model
