// Every method that the model does not have yet, slot by slot: E_NOTIMPL, never S_OK.
#include "backup_components.h"

namespace vss::model {

HRESULT BackupComponents::GetWriterComponentsCount(Out<UINT> pcComponents) { return notModelled(pcComponents.at); }
HRESULT BackupComponents::GetWriterComponents(UINT, Out<IVssWriterComponentsExt*> ppWriter) { return notModelled(ppWriter.at); }
HRESULT BackupComponents::GetWriterMetadata(UINT, Out<VSS_ID> pidInstance, Out<IVssExamineWriterMetadata*> ppMetadata) {
  return notModelled(pidInstance.at, ppMetadata.at);
}
HRESULT BackupComponents::SetBackupOptions(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, Wstr) { return notModelled(); }
HRESULT BackupComponents::SetRestoreOptions(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, Wstr) { return notModelled(); }
HRESULT BackupComponents::SetAdditionalRestores(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, bool) { return notModelled(); }
HRESULT BackupComponents::SetPreviousBackupStamp(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, Wstr) { return notModelled(); }
HRESULT BackupComponents::AddAlternativeLocationMapping(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, Wstr, Wstr, bool, Wstr) {
  return notModelled();
}
HRESULT BackupComponents::AddRestoreSubcomponent(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, Wstr, Wstr, bool) {
  return notModelled();
}
HRESULT BackupComponents::AddNewTarget(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, Wstr, Wstr, bool, Wstr) { return notModelled(); }
HRESULT BackupComponents::SetRangesFilePath(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, UINT, Wstr) { return notModelled(); }
HRESULT BackupComponents::GetWriterMetadataEx(UINT, Out<VSS_ID> pidInstance, Out<IVssExamineWriterMetadataEx*> ppMetadata) {
  return notModelled(pidInstance.at, ppMetadata.at);
}
HRESULT BackupComponents::SetAuthoritativeRestore(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, bool) { return notModelled(); }
HRESULT BackupComponents::SetRollForward(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, VSS_ROLLFORWARD_TYPE, Wstr) {
  return notModelled();
}
HRESULT BackupComponents::SetRestoreName(VSS_ID, VSS_COMPONENT_TYPE, Wstr, Wstr, Wstr) { return notModelled(); }
// Reserved, and not to be called: this is their answer for good.
HRESULT BackupComponents::PreFastRecovery(VSS_ID, DWORD, Out<IVssAsync*> ppAsync) { return notModelled(ppAsync.at); }
HRESULT BackupComponents::FastRecovery(VSS_ID, DWORD, Out<IVssAsync*> ppAsync) { return notModelled(ppAsync.at); }

}  // namespace vss::model
