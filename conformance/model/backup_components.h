// IVssBackupComponents … Ex4 of the model: all 65 slots. Pages: the methods' own.
#pragma once
#include <atomic>
#include <span>

#include "answer.h"
#include "async.h"
#include "preconditions.h"

namespace vss::model {

// One object of a requester. Begins with one reference; any thread may call.
class BackupComponents final : public IVssBackupComponentsEx4 {
 public:
  BackupComponents(std::shared_ptr<Machine> machine, std::shared_ptr<Session> session);
  BackupComponents(const BackupComponents&) = delete;

  HRESULT VSS_CALL QueryInterface(const Guid& riid, Out<void*> ppvObject) override;
  ULONG VSS_CALL AddRef() override;
  ULONG VSS_CALL Release() override;

  HRESULT VSS_CALL GetWriterComponentsCount(Out<UINT> pcComponents) override;
  HRESULT VSS_CALL GetWriterComponents(UINT iWriter, Out<IVssWriterComponentsExt*> ppWriter) override;
  HRESULT VSS_CALL InitializeForBackup(Bstr bstrXML) override;
  HRESULT VSS_CALL SetBackupState(bool bSelectComponents, bool bBackupBootableSystemState, VSS_BACKUP_TYPE backupType,
                                  bool bPartialFileSupport) override;
  HRESULT VSS_CALL InitializeForRestore(Bstr bstrXML) override;
  HRESULT VSS_CALL SetRestoreState(VSS_RESTORE_TYPE restoreType) override;
  HRESULT VSS_CALL GatherWriterMetadata(Out<IVssAsync*> pAsync) override;
  HRESULT VSS_CALL GetWriterMetadataCount(Out<UINT> pcWriters) override;
  HRESULT VSS_CALL GetWriterMetadata(UINT iWriter, Out<VSS_ID> pidInstance,
                                     Out<IVssExamineWriterMetadata*> ppMetadata) override;
  HRESULT VSS_CALL FreeWriterMetadata() override;
  HRESULT VSS_CALL AddComponent(VSS_ID instanceId, VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                Wstr wszComponentName) override;
  HRESULT VSS_CALL PrepareForBackup(Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL AbortBackup() override;
  HRESULT VSS_CALL GatherWriterStatus(Out<IVssAsync*> pAsync) override;
  HRESULT VSS_CALL GetWriterStatusCount(Out<UINT> pcWriters) override;
  HRESULT VSS_CALL FreeWriterStatus() override;
  HRESULT VSS_CALL GetWriterStatus(UINT iWriter, Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter, Out<Bstr> pbstrWriter,
                                   Out<VSS_WRITER_STATE> pnStatus, Out<Hresult> phResultFailure) override;
  HRESULT VSS_CALL SetBackupSucceeded(VSS_ID instanceId, VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                      Wstr wszComponentName, bool bSucceded) override;
  HRESULT VSS_CALL SetBackupOptions(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                    Wstr wszBackupOptions) override;
  HRESULT VSS_CALL SetSelectedForRestore(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                         bool bSelectedForRestore) override;
  HRESULT VSS_CALL SetRestoreOptions(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                     Wstr wszRestoreOptions) override;
  HRESULT VSS_CALL SetAdditionalRestores(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                         bool bAdditionalRestores) override;
  HRESULT VSS_CALL SetPreviousBackupStamp(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                          Wstr wszPreviousBackupStamp) override;
  HRESULT VSS_CALL SaveAsXML(Out<Bstr> pbstrXML) override;
  HRESULT VSS_CALL BackupComplete(Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL AddAlternativeLocationMapping(VSS_ID writerId, VSS_COMPONENT_TYPE componentType, Wstr wszLogicalPath,
                                                 Wstr wszComponentName, Wstr wszPath, Wstr wszFilespec, bool bRecursive,
                                                 Wstr wszDestination) override;
  HRESULT VSS_CALL AddRestoreSubcomponent(VSS_ID writerId, VSS_COMPONENT_TYPE componentType, Wstr wszLogicalPath,
                                          Wstr wszComponentName, Wstr wszSubComponentLogicalPath, Wstr wszSubComponentName,
                                          bool bRepair) override;
  HRESULT VSS_CALL SetFileRestoreStatus(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                        VSS_FILE_RESTORE_STATUS status) override;
  HRESULT VSS_CALL AddNewTarget(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                Wstr wszPath, Wstr wszFileName, bool bRecursive, Wstr wszAlternatePath) override;
  HRESULT VSS_CALL SetRangesFilePath(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                     UINT iPartialFile, Wstr wszRangesFile) override;
  HRESULT VSS_CALL PreRestore(Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL PostRestore(Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL SetContext(LONG lContext) override;
  HRESULT VSS_CALL StartSnapshotSet(Out<Fresh<VSS_ID>> pSnapshotSetId) override;
  HRESULT VSS_CALL AddToSnapshotSet(Wstr pwszVolumeName, VSS_ID ProviderId, Out<Fresh<VSS_ID>> pidSnapshot) override;
  HRESULT VSS_CALL DoSnapshotSet(Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL DeleteSnapshots(VSS_ID SourceObjectId, VSS_OBJECT_TYPE eSourceObjectType, BOOL bForceDelete,
                                   OutAlways<LONG> plDeletedSnapshots, OutAlways<VSS_ID> pNondeletedSnapshotID) override;
  HRESULT VSS_CALL ImportSnapshots(Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL BreakSnapshotSet(VSS_ID SnapshotSetId) override;
  HRESULT VSS_CALL GetSnapshotProperties(VSS_ID SnapshotId, Out<VSS_SNAPSHOT_PROP> pProp) override;
  HRESULT VSS_CALL Query(VSS_ID QueriedObjectId, VSS_OBJECT_TYPE eQueriedObjectType, VSS_OBJECT_TYPE eReturnedObjectsType,
                         Out<IVssEnumObject*> ppEnum) override;
  HRESULT VSS_CALL IsVolumeSupported(VSS_ID ProviderId, Wstr pwszVolumeName, Out<BOOL> pbSupportedByThisProvider) override;
  HRESULT VSS_CALL DisableWriterClasses(InArray<VSS_ID, 1> rgWriterClassId, UINT cClassId) override;
  HRESULT VSS_CALL EnableWriterClasses(InArray<VSS_ID, 1> rgWriterClassId, UINT cClassId) override;
  HRESULT VSS_CALL DisableWriterInstances(InArray<VSS_ID, 1> rgWriterInstanceId, UINT cInstanceId) override;
  HRESULT VSS_CALL ExposeSnapshot(VSS_ID SnapshotId, Wstr wszPathFromRoot, LONG lAttributes, Wstr wszExpose,
                                  Out<CoString> pwszExposed) override;
  HRESULT VSS_CALL RevertToSnapshot(VSS_ID SnapshotId, BOOL bForceDismount) override;
  HRESULT VSS_CALL QueryRevertStatus(Wstr pwszVolume, Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL GetWriterMetadataEx(UINT iWriter, Out<VSS_ID> pidInstance,
                                       Out<IVssExamineWriterMetadataEx*> ppMetadata) override;
  HRESULT VSS_CALL SetSelectedForRestoreEx(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                           bool bSelectedForRestore, VSS_ID instanceId) override;
  HRESULT VSS_CALL UnexposeSnapshot(VSS_ID snapshotId) override;
  HRESULT VSS_CALL SetAuthoritativeRestore(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                           bool bAuth) override;
  HRESULT VSS_CALL SetRollForward(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                  VSS_ROLLFORWARD_TYPE rollType, Wstr wszRollForwardPoint) override;
  HRESULT VSS_CALL SetRestoreName(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                  Wstr wszRestoreName) override;
  HRESULT VSS_CALL BreakSnapshotSetEx(VSS_ID SnapshotSetID, DWORD dwBreakFlags, Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL PreFastRecovery(VSS_ID SnapshotSetID, DWORD dwPreFastRecoveryFlags, Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL FastRecovery(VSS_ID SnapshotSetID, DWORD dwFastRecoveryFlags, Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL GetWriterStatusEx(UINT iWriter, Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter, Out<Bstr> pbstrWriter,
                                     Out<VSS_WRITER_STATE> pnStatus, Out<Hresult> phrFailureWriter,
                                     OutOptional<Hresult> phrApplication, OutOptional<Bstr> pbstrApplicationMessage) override;
  HRESULT VSS_CALL AddSnapshotToRecoverySet(VSS_ID snapshotId, DWORD dwFlags, Wstr pwszDestinationVolume) override;
  HRESULT VSS_CALL RecoverSet(DWORD dwFlags, Out<IVssAsync*> ppAsync) override;
  HRESULT VSS_CALL GetSessionId(Out<Fresh<VSS_ID>> idSession) override;
  HRESULT VSS_CALL GetRootAndLogicalPrefixPaths(Wstr pwszFilePath, Out<CoString> ppwszRootPath,
                                                Out<CoString> ppwszLogicalPrefix, BOOL bNormalizeFQDNforRootPath) override;

 private:
  using MayCall = HRESULT (*)(const Session&, const Choices&);
  // A call that starts nothing: the session allows it, then body answers.
  template <class Body> HRESULT call(Method method, bool badArgument, MayCall mayCall, Body&& body) {
    return answer(*machine, method, badArgument, [&] { return mayCall(*session, choices()); }, body);
  }
  // What each starter of an operation does: checks, hands out an IVssAsync, and at the operation's end runs `ended` with its
  // result. `kept` is where the session remembers the operation while it runs; when something else has taken its place there,
  // its end means nothing to the session any more.
  HRESULT start(Method method, OperationPlan plan, IVssAsync** out, MayCall mayCall, std::shared_ptr<Operation> Session::* kept,
                HRESULT (*ended)(Machine&, Session&, HRESULT));
  // The same for an operation that has a meaning beyond its session: `check` may refuse it, `begun` gives it its atEnd.
  template <class Check, class Begun>
  HRESULT startOperation(Method method, OperationPlan plan, IVssAsync** out, bool badArgument, MayCall mayCall, Check&& check, Begun&& begun) {
    HRESULT result = answer(*machine, method, badArgument, [&] { return mayCall(*session, choices()); }, [&]() -> HRESULT {
      if (HRESULT refused = check(); refused != S_OK) return refused;
      if (HRESULT planned = plannedFailure(method, plan); planned != S_OK) return planned;
      auto async = std::make_unique<Async>(machine);
      auto operation = async->operation = machine->start(plan);
      begun(operation);
      if (plan.polls && *plan.polls == 0) machine->endAsPlanned(operation);
      *out = async.release();
      return S_OK;
    });
    return withOutputs(*machine, result, out);
  }
  // What the plan says of this start, which `plan` becomes; a failure where the call itself has it.
  HRESULT plannedFailure(Method method, OperationPlan& plan);
  HRESULT mayBreak(const Guid& setId) const;
  HRESULT mayImportHere() const;
  HRESULT initialize(Method method, Kind kind, const char16_t* document);
  // A change of whom the session wants to hear.
  HRESULT selectWriters(Method method, const Guid* ids, UINT count, void (*change)(WriterSelection&, std::span<const Guid>));
  HRESULT selectForRestore(Method method, const Guid& writerId, const Component& component, bool badArgument, bool selected, const Guid& instanceId);
  // What a requester says of a component of the document, by the names that calls give it.
  template <class Change>
  HRESULT say(Method method, bool badArgument, MayCall mayCall, const VSS_ID& writerId, VSS_COMPONENT_TYPE type, Wstr logicalPath, Wstr name,
              Change&& change);
  HRESULT whetherSchemaHas(const VSS_ID& writerId, VSS_BACKUP_SCHEMA schema) const;
  template <class I> HRESULT handOutMetadata(Method method, UINT index, VSS_ID* instance, I** out);
  struct StatusOutputs;
  HRESULT readStatus(Method method, UINT index, const StatusOutputs& outputs);
  // Not in the model yet: E_NOTIMPL, the outputs as every failing call leaves them.
  template <class... T> HRESULT notModelled(T*... outputs) { return withOutputs(*machine, E_NOTIMPL, outputs...); }

  const Choices& choices() const { return machine->scenario.choices; }

  friend std::string digestOf(IVssBackupComponents* object, IVssAsync* operation);
  const std::shared_ptr<Machine> machine;
  const std::shared_ptr<Session> session;
  std::atomic<ULONG> references{1};
};

}  // namespace vss::model
