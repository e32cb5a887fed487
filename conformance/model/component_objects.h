// The objects by which requesters read the Backup Components Document. They read it as it is at the call; what a requester fetched before an
// event goes on answering, though the pages say to fetch anew. Pages: IVssWriterComponents, IVssComponent … Ex2.
#pragma once
#include "counted_object.h"

namespace vss::model {

// The components of one writer instance in the document, in the document's order: places in BackupDocument::components.
std::vector<std::size_t> componentsOf(const BackupDocument& document, const Guid& instanceId, const Guid& classId);

// Has two vtable pointers: IVssWriterComponents' slots first, IUnknown's in the second.
class WriterComponents final : public IVssWriterComponentsExt {
 public:
  WriterComponents(std::shared_ptr<Machine> machine, std::shared_ptr<Session> session, const Guid& instanceId, const Guid& classId)
      : machine(std::move(machine)), session(std::move(session)), instanceId(instanceId), classId(classId) {}
  WriterComponents(const WriterComponents&) = delete;

  HRESULT VSS_CALL QueryInterface(const Guid& riid, Out<void*> ppvObject) override;
  ULONG VSS_CALL AddRef() override;
  ULONG VSS_CALL Release() override;
  HRESULT VSS_CALL GetComponentCount(Out<UINT> pcComponents) override;
  HRESULT VSS_CALL GetWriterInfo(Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter) override;
  HRESULT VSS_CALL GetComponent(UINT iComponent, Out<IVssComponent*> ppComponent) override;

 private:
  const std::shared_ptr<Machine> machine;
  const std::shared_ptr<Session> session;
  const Guid instanceId, classId;
  std::atomic<ULONG> references{1};
};

class ComponentObject final : public CountedObject<ComponentObject, IVssComponentEx2> {
 public:
  // index: in the document of the session, from which nothing is ever removed.
  ComponentObject(std::shared_ptr<Machine> machine, std::shared_ptr<Session> session, std::size_t index)
      : CountedObject(std::move(machine)), session(std::move(session)), index(index) {}
  std::span<const Guid* const> known() const;

  HRESULT VSS_CALL GetLogicalPath(Out<Bstr> pbstrPath) override;
  HRESULT VSS_CALL GetComponentType(Out<VSS_COMPONENT_TYPE> pct) override;
  HRESULT VSS_CALL GetComponentName(Out<Bstr> pbstrName) override;
  HRESULT VSS_CALL GetBackupSucceeded(Out<bool> pbSucceeded) override;
  HRESULT VSS_CALL GetAlternateLocationMappingCount(Out<UINT> pcMappings) override;
  HRESULT VSS_CALL GetAlternateLocationMapping(UINT iMapping, Out<IVssWMFiledesc*> ppFiledesc) override;
  HRESULT VSS_CALL SetBackupMetadata(Wstr wszData) override;
  HRESULT VSS_CALL GetBackupMetadata(Out<Bstr> pbstrData) override;
  HRESULT VSS_CALL AddPartialFile(Wstr wszPath, Wstr wszFilename, Wstr wszRanges, Wstr wszMetadata) override;
  HRESULT VSS_CALL GetPartialFileCount(Out<UINT> pcPartialFiles) override;
  HRESULT VSS_CALL GetPartialFile(UINT iPartialFile, Out<Bstr> pbstrPath, Out<Bstr> pbstrFilename, Out<Bstr> pbstrRange,
                                  Out<Bstr> pbstrMetadata) override;
  HRESULT VSS_CALL IsSelectedForRestore(Out<bool> pbSelectedForRestore) override;
  HRESULT VSS_CALL GetAdditionalRestores(Out<bool> pbAdditionalRestores) override;
  HRESULT VSS_CALL GetNewTargetCount(Out<UINT> pcNewTarget) override;
  HRESULT VSS_CALL GetNewTarget(UINT iNewTarget, Out<IVssWMFiledesc*> ppFiledesc) override;
  HRESULT VSS_CALL AddDirectedTarget(Wstr wszSourcePath, Wstr wszSourceFilename, Wstr wszSourceRangeList, Wstr wszDestinationPath,
                                     Wstr wszDestinationFilename, Wstr wszDestinationRangeList) override;
  HRESULT VSS_CALL GetDirectedTargetCount(Out<UINT> pcDirectedTarget) override;
  HRESULT VSS_CALL GetDirectedTarget(UINT iDirectedTarget, Out<Bstr> pbstrSourcePath, Out<Bstr> pbstrSourceFileName,
                                     Out<Bstr> pbstrSourceRangeList, Out<Bstr> pbstrDestinationPath, Out<Bstr> pbstrDestinationFilename,
                                     Out<Bstr> pbstrDestinationRangeList) override;
  HRESULT VSS_CALL SetRestoreMetadata(Wstr wszRestoreMetadata) override;
  HRESULT VSS_CALL GetRestoreMetadata(Out<Bstr> pbstrRestoreMetadata) override;
  HRESULT VSS_CALL SetRestoreTarget(VSS_RESTORE_TARGET target) override;
  HRESULT VSS_CALL GetRestoreTarget(Out<VSS_RESTORE_TARGET> pTarget) override;
  HRESULT VSS_CALL SetPreRestoreFailureMsg(Wstr wszPreRestoreFailureMsg) override;
  HRESULT VSS_CALL GetPreRestoreFailureMsg(Out<Bstr> pbstrPreRestoreFailureMsg) override;
  HRESULT VSS_CALL SetPostRestoreFailureMsg(Wstr wszPostRestoreFailureMsg) override;
  HRESULT VSS_CALL GetPostRestoreFailureMsg(Out<Bstr> pbstrPostRestoreFailureMsg) override;
  HRESULT VSS_CALL SetBackupStamp(Wstr wszBackupStamp) override;
  HRESULT VSS_CALL GetBackupStamp(Out<Bstr> pbstrBackupStamp) override;
  HRESULT VSS_CALL GetPreviousBackupStamp(Out<Bstr> pbstrBackupStamp) override;
  HRESULT VSS_CALL GetBackupOptions(Out<Bstr> pbstrBackupOptions) override;
  HRESULT VSS_CALL GetRestoreOptions(Out<Bstr> pbstrRestoreOptions) override;
  HRESULT VSS_CALL GetRestoreSubcomponentCount(Out<UINT> pcRestoreSubcomponent) override;
  HRESULT VSS_CALL GetRestoreSubcomponent(UINT iComponent, Out<Bstr> pbstrLogicalPath, Out<Bstr> pbstrComponentName,
                                          Out<bool> pbRepair) override;
  HRESULT VSS_CALL GetFileRestoreStatus(Out<VSS_FILE_RESTORE_STATUS> pStatus) override;
  HRESULT VSS_CALL AddDifferencedFilesByLastModifyTime(Wstr wszPath, Wstr wszFilespec, BOOL bRecursive, FILETIME ftLastModifyTime) override;
  HRESULT VSS_CALL AddDifferencedFilesByLastModifyLSN(Wstr wszPath, Wstr wszFilespec, BOOL bRecursive, Bstr bstrLsnString) override;
  HRESULT VSS_CALL GetDifferencedFilesCount(Out<UINT> pcDifferencedFiles) override;
  HRESULT VSS_CALL GetDifferencedFile(UINT iDifferencedFile, Out<Bstr> pbstrPath, Out<Bstr> pbstrFilespec, Out<BOOL> pbRecursive,
                                      Out<Bstr> pbstrLsnString, Out<FILETIME> pftLastModifyTime) override;
  HRESULT VSS_CALL SetPrepareForBackupFailureMsg(Wstr wszFailureMsg) override;
  HRESULT VSS_CALL SetPostSnapshotFailureMsg(Wstr wszFailureMsg) override;
  HRESULT VSS_CALL GetPrepareForBackupFailureMsg(Out<Bstr> pbstrFailureMsg) override;
  HRESULT VSS_CALL GetPostSnapshotFailureMsg(Out<Bstr> pbstrFailureMsg) override;
  HRESULT VSS_CALL GetAuthoritativeRestore(Out<bool> pbAuth) override;
  HRESULT VSS_CALL GetRollForward(Out<VSS_ROLLFORWARD_TYPE> pRollType, Out<Bstr> pbstrPoint) override;
  HRESULT VSS_CALL GetRestoreName(Out<Bstr> pbstrName) override;
  HRESULT VSS_CALL SetFailure(Hresult hr, Hresult hrApplication, Wstr wszApplicationMessage, DWORD dwReserved) override;
  HRESULT VSS_CALL GetFailure(Out<Hresult> phr, Out<Hresult> phrApplication, Out<Bstr> pbstrApplicationMessage, Out<DWORD> pdwReserved) override;

 private:
  const ChosenComponent& chosen() const { return session->document.components[index]; }
  bool reservedNeeded() const { return choices().nullReservedOutput == NullReservedOutput::invalidArgument; }
  HRESULT onlyInRestore() const { return session->kind == Kind::restore ? S_OK : VSS_E_BAD_STATE; }
  // Getters of what a requester said for a restore.
  HRESULT restoreGetter() const { return choices().restoreGettersInBackup == RestoreGettersInBackup::ok ? S_OK : onlyInRestore(); }
  HRESULT text(Method method, char16_t** out, MaybeText ChosenComponent::* field);
  HRESULT note(Method method, char16_t** out, MaybeText WriterNotes::* field);
  // One row of a list, all of whose texts go out together; others(row) fills what is no text.
  template <class List, class Texts, class Others, std::size_t N>
  HRESULT row(Method method, bool badArgument, UINT at, List&& list, char16_t** const (&outputs)[N], Texts&& texts, Others&& others);
  template <class List> HRESULT count(Method method, UINT* out, List&& list);
  template <class List> HRESULT fileSet(Method method, IVssWMFiledesc** out, UINT at, List&& list);
  // What only a writer may do that handles an event.
  HRESULT onlyForWriters(bool badArgument) const;

  const std::shared_ptr<Session> session;
  const std::size_t index;
};

}  // namespace vss::model
