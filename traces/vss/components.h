// The Backup Components Document as requesters read it: which components of each writer take part, and what became of them.
// Pages: https://learn.microsoft.com/windows/win32/api/vswriter/ . Methods that only a writer may call are here for their slots.
#pragma once
#include "metadata.h"

namespace vss {

// One component. From IVssWriterComponents::GetComponent; IVssComponentEx and Ex2 by QueryInterface.
struct IVssComponent : Interface<IVssComponent, IUnknown> {
  static constexpr Guid iid{0xD2C72C96, 0xC121, 0x4518, {0xB6, 0x27, 0xE5, 0xA9, 0x3D, 0x01, 0x0E, 0xAD}};

  virtual HRESULT VSS_CALL GetLogicalPath(Out<Bstr> pbstrPath) = 0;
  virtual HRESULT VSS_CALL GetComponentType(Out<VSS_COMPONENT_TYPE> pct) = 0;
  virtual HRESULT VSS_CALL GetComponentName(Out<Bstr> pbstrName) = 0;
  virtual HRESULT VSS_CALL GetBackupSucceeded(Out<bool> pbSucceeded) = 0;
  virtual HRESULT VSS_CALL GetAlternateLocationMappingCount(Out<UINT> pcMappings) = 0;
  virtual HRESULT VSS_CALL GetAlternateLocationMapping(UINT iMapping, Out<IVssWMFiledesc*> ppFiledesc) = 0;
  virtual HRESULT VSS_CALL SetBackupMetadata(Wstr wszData) = 0;
  virtual HRESULT VSS_CALL GetBackupMetadata(Out<Bstr> pbstrData) = 0;
  virtual HRESULT VSS_CALL AddPartialFile(Wstr wszPath, Wstr wszFilename, Wstr wszRanges, Wstr wszMetadata) = 0;
  virtual HRESULT VSS_CALL GetPartialFileCount(Out<UINT> pcPartialFiles) = 0;
  virtual HRESULT VSS_CALL GetPartialFile(UINT iPartialFile, Out<Bstr> pbstrPath, Out<Bstr> pbstrFilename, Out<Bstr> pbstrRange,
                                          Out<Bstr> pbstrMetadata) = 0;
  virtual HRESULT VSS_CALL IsSelectedForRestore(Out<bool> pbSelectedForRestore) = 0;
  virtual HRESULT VSS_CALL GetAdditionalRestores(Out<bool> pbAdditionalRestores) = 0;
  virtual HRESULT VSS_CALL GetNewTargetCount(Out<UINT> pcNewTarget) = 0;
  virtual HRESULT VSS_CALL GetNewTarget(UINT iNewTarget, Out<IVssWMFiledesc*> ppFiledesc) = 0;
  virtual HRESULT VSS_CALL AddDirectedTarget(Wstr wszSourcePath, Wstr wszSourceFilename, Wstr wszSourceRangeList,
                                             Wstr wszDestinationPath, Wstr wszDestinationFilename,
                                             Wstr wszDestinationRangeList) = 0;
  virtual HRESULT VSS_CALL GetDirectedTargetCount(Out<UINT> pcDirectedTarget) = 0;
  virtual HRESULT VSS_CALL GetDirectedTarget(UINT iDirectedTarget, Out<Bstr> pbstrSourcePath, Out<Bstr> pbstrSourceFileName,
                                             Out<Bstr> pbstrSourceRangeList, Out<Bstr> pbstrDestinationPath,
                                             Out<Bstr> pbstrDestinationFilename, Out<Bstr> pbstrDestinationRangeList) = 0;
  virtual HRESULT VSS_CALL SetRestoreMetadata(Wstr wszRestoreMetadata) = 0;
  virtual HRESULT VSS_CALL GetRestoreMetadata(Out<Bstr> pbstrRestoreMetadata) = 0;
  virtual HRESULT VSS_CALL SetRestoreTarget(VSS_RESTORE_TARGET target) = 0;
  virtual HRESULT VSS_CALL GetRestoreTarget(Out<VSS_RESTORE_TARGET> pTarget) = 0;
  virtual HRESULT VSS_CALL SetPreRestoreFailureMsg(Wstr wszPreRestoreFailureMsg) = 0;
  virtual HRESULT VSS_CALL GetPreRestoreFailureMsg(Out<Bstr> pbstrPreRestoreFailureMsg) = 0;
  virtual HRESULT VSS_CALL SetPostRestoreFailureMsg(Wstr wszPostRestoreFailureMsg) = 0;
  virtual HRESULT VSS_CALL GetPostRestoreFailureMsg(Out<Bstr> pbstrPostRestoreFailureMsg) = 0;
  virtual HRESULT VSS_CALL SetBackupStamp(Wstr wszBackupStamp) = 0;
  virtual HRESULT VSS_CALL GetBackupStamp(Out<Bstr> pbstrBackupStamp) = 0;
  virtual HRESULT VSS_CALL GetPreviousBackupStamp(Out<Bstr> pbstrBackupStamp) = 0;
  virtual HRESULT VSS_CALL GetBackupOptions(Out<Bstr> pbstrBackupOptions) = 0;
  virtual HRESULT VSS_CALL GetRestoreOptions(Out<Bstr> pbstrRestoreOptions) = 0;
  virtual HRESULT VSS_CALL GetRestoreSubcomponentCount(Out<UINT> pcRestoreSubcomponent) = 0;
  virtual HRESULT VSS_CALL GetRestoreSubcomponent(UINT iComponent, Out<Bstr> pbstrLogicalPath, Out<Bstr> pbstrComponentName,
                                                  Out<bool> pbRepair) = 0;
  virtual HRESULT VSS_CALL GetFileRestoreStatus(Out<VSS_FILE_RESTORE_STATUS> pStatus) = 0;
  virtual HRESULT VSS_CALL AddDifferencedFilesByLastModifyTime(Wstr wszPath, Wstr wszFilespec, BOOL bRecursive,
                                                               FILETIME ftLastModifyTime) = 0;
  virtual HRESULT VSS_CALL AddDifferencedFilesByLastModifyLSN(Wstr wszPath, Wstr wszFilespec, BOOL bRecursive,
                                                              Bstr bstrLsnString) = 0;
  virtual HRESULT VSS_CALL GetDifferencedFilesCount(Out<UINT> pcDifferencedFiles) = 0;
  virtual HRESULT VSS_CALL GetDifferencedFile(UINT iDifferencedFile, Out<Bstr> pbstrPath, Out<Bstr> pbstrFilespec,
                                              Out<BOOL> pbRecursive, Out<Bstr> pbstrLsnString,
                                              Out<FILETIME> pftLastModifyTime) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssComponent::GetLogicalPath>("pbstrPath"),
        method<&IVssComponent::GetComponentType>("pct"),
        method<&IVssComponent::GetComponentName>("pbstrName"),
        method<&IVssComponent::GetBackupSucceeded>("pbSucceeded"),
        method<&IVssComponent::GetAlternateLocationMappingCount>("pcMappings"),
        method<&IVssComponent::GetAlternateLocationMapping>("iMapping", "ppFiledesc"),
        method<&IVssComponent::SetBackupMetadata>("wszData"),
        method<&IVssComponent::GetBackupMetadata>("pbstrData"),
        method<&IVssComponent::AddPartialFile>("wszPath", "wszFilename", "wszRanges", "wszMetadata"),
        method<&IVssComponent::GetPartialFileCount>("pcPartialFiles"),
        method<&IVssComponent::GetPartialFile>("iPartialFile", "pbstrPath", "pbstrFilename", "pbstrRange", "pbstrMetadata"),
        method<&IVssComponent::IsSelectedForRestore>("pbSelectedForRestore"),
        method<&IVssComponent::GetAdditionalRestores>("pbAdditionalRestores"),
        method<&IVssComponent::GetNewTargetCount>("pcNewTarget"),
        method<&IVssComponent::GetNewTarget>("iNewTarget", "ppFiledesc"),
        method<&IVssComponent::AddDirectedTarget>("wszSourcePath", "wszSourceFilename", "wszSourceRangeList", "wszDestinationPath", "wszDestinationFilename", "wszDestinationRangeList"),
        method<&IVssComponent::GetDirectedTargetCount>("pcDirectedTarget"),
        method<&IVssComponent::GetDirectedTarget>("iDirectedTarget", "pbstrSourcePath", "pbstrSourceFileName", "pbstrSourceRangeList", "pbstrDestinationPath", "pbstrDestinationFilename", "pbstrDestinationRangeList"),
        method<&IVssComponent::SetRestoreMetadata>("wszRestoreMetadata"),
        method<&IVssComponent::GetRestoreMetadata>("pbstrRestoreMetadata"),
        method<&IVssComponent::SetRestoreTarget>("target"),
        method<&IVssComponent::GetRestoreTarget>("pTarget"),
        method<&IVssComponent::SetPreRestoreFailureMsg>("wszPreRestoreFailureMsg"),
        method<&IVssComponent::GetPreRestoreFailureMsg>("pbstrPreRestoreFailureMsg"),
        method<&IVssComponent::SetPostRestoreFailureMsg>("wszPostRestoreFailureMsg"),
        method<&IVssComponent::GetPostRestoreFailureMsg>("pbstrPostRestoreFailureMsg"),
        method<&IVssComponent::SetBackupStamp>("wszBackupStamp"),
        method<&IVssComponent::GetBackupStamp>("pbstrBackupStamp"),
        method<&IVssComponent::GetPreviousBackupStamp>("pbstrBackupStamp"),
        method<&IVssComponent::GetBackupOptions>("pbstrBackupOptions"),
        method<&IVssComponent::GetRestoreOptions>("pbstrRestoreOptions"),
        method<&IVssComponent::GetRestoreSubcomponentCount>("pcRestoreSubcomponent"),
        method<&IVssComponent::GetRestoreSubcomponent>("iComponent", "pbstrLogicalPath", "pbstrComponentName", "pbRepair"),
        method<&IVssComponent::GetFileRestoreStatus>("pStatus"),
        method<&IVssComponent::AddDifferencedFilesByLastModifyTime>("wszPath", "wszFilespec", "bRecursive", "ftLastModifyTime"),
        method<&IVssComponent::AddDifferencedFilesByLastModifyLSN>("wszPath", "wszFilespec", "bRecursive", "bstrLsnString"),
        method<&IVssComponent::GetDifferencedFilesCount>("pcDifferencedFiles"),
        method<&IVssComponent::GetDifferencedFile>("iDifferencedFile", "pbstrPath", "pbstrFilespec", "pbRecursive", "pbstrLsnString", "pftLastModifyTime"));
  }
};

struct IVssComponentEx : Interface<IVssComponentEx, IVssComponent> {
  static constexpr Guid iid{0x156C8B5E, 0xF131, 0x4BD7, {0x9C, 0x97, 0xD1, 0x92, 0x3B, 0xE7, 0xE1, 0xFA}};

  virtual HRESULT VSS_CALL SetPrepareForBackupFailureMsg(Wstr wszFailureMsg) = 0;
  virtual HRESULT VSS_CALL SetPostSnapshotFailureMsg(Wstr wszFailureMsg) = 0;
  virtual HRESULT VSS_CALL GetPrepareForBackupFailureMsg(Out<Bstr> pbstrFailureMsg) = 0;
  virtual HRESULT VSS_CALL GetPostSnapshotFailureMsg(Out<Bstr> pbstrFailureMsg) = 0;
  virtual HRESULT VSS_CALL GetAuthoritativeRestore(Out<bool> pbAuth) = 0;
  virtual HRESULT VSS_CALL GetRollForward(Out<VSS_ROLLFORWARD_TYPE> pRollType, Out<Bstr> pbstrPoint) = 0;
  virtual HRESULT VSS_CALL GetRestoreName(Out<Bstr> pbstrName) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssComponentEx::SetPrepareForBackupFailureMsg>("wszFailureMsg"),
        method<&IVssComponentEx::SetPostSnapshotFailureMsg>("wszFailureMsg"),
        method<&IVssComponentEx::GetPrepareForBackupFailureMsg>("pbstrFailureMsg"),
        method<&IVssComponentEx::GetPostSnapshotFailureMsg>("pbstrFailureMsg"),
        method<&IVssComponentEx::GetAuthoritativeRestore>("pbAuth"),
        method<&IVssComponentEx::GetRollForward>("pRollType", "pbstrPoint"),
        method<&IVssComponentEx::GetRestoreName>("pbstrName"));
  }
};

struct IVssComponentEx2 : Interface<IVssComponentEx2, IVssComponentEx> {
  static constexpr Guid iid{0x3B5BE0F2, 0x07A9, 0x4E4B, {0xBD, 0xD3, 0xCF, 0xDC, 0x8E, 0x2C, 0x0D, 0x2D}};

  virtual HRESULT VSS_CALL SetFailure(Hresult hr, Hresult hrApplication, Wstr wszApplicationMessage, DWORD dwReserved) = 0;
  virtual HRESULT VSS_CALL GetFailure(Out<Hresult> phr, Out<Hresult> phrApplication, Out<Bstr> pbstrApplicationMessage,
                                      Out<DWORD> pdwReserved) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssComponentEx2::SetFailure>("hr", "hrApplication", "wszApplicationMessage", "dwReserved"),
        method<&IVssComponentEx2::GetFailure>("phr", "phrApplication", "pbstrApplicationMessage", "pdwReserved"));
  }
};

// The components of one writer. Not derived from IUnknown: its methods are the slots 0 to 2.
struct IVssWriterComponents : Interface<IVssWriterComponents> {
  static constexpr Guid iid{};  // none is published

  virtual HRESULT VSS_CALL GetComponentCount(Out<UINT> pcComponents) = 0;
  virtual HRESULT VSS_CALL GetWriterInfo(Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter) = 0;
  virtual HRESULT VSS_CALL GetComponent(UINT iComponent, Out<IVssComponent*> ppComponent) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssWriterComponents::GetComponentCount>("pcComponents"),
        method<&IVssWriterComponents::GetWriterInfo>("pidInstance", "pidWriter"),
        method<&IVssWriterComponents::GetComponent>("iComponent", "ppComponent"));
  }
};

// What GetWriterComponents hands out. IUnknown is its second base, so its objects have two vtable pointers; Release is a slot of the second.
// After PrepareForBackup, DoSnapshotSet, BackupComplete, PreRestore and PostRestore it has to be fetched again.
struct IVssWriterComponentsExt : InterfaceAndUnknown<IVssWriterComponentsExt, IVssWriterComponents, IUnknown> {
  static constexpr Guid iid{};  // none is published

  static constexpr auto methods() { return MethodList<>(); }
};

}  // namespace vss
