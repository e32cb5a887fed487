// THE DESCRIPTION of the requester API: what IVssBackupComponents … Ex4 and IVssAsync look like, slot by slot.
// Pages: https://learn.microsoft.com/windows/win32/api/vsbackup/ . api.tsv is the same as a reviewed table.
#pragma once
#include "components.h"
#include "metadata.h"
#include "structures.h"

namespace vss {

// An asynchronous operation: pending until it has finished, failed or was cancelled.
struct IVssAsync : Interface<IVssAsync, IUnknown> {
  static constexpr Guid iid{0x507C37B4, 0xCF5B, 0x4E95, {0xB0, 0xAF, 0x14, 0xEB, 0x97, 0x67, 0x46, 0x7E}};

  virtual HRESULT VSS_CALL Cancel() = 0;
  virtual HRESULT VSS_CALL Wait(DWORD dwMilliseconds = kInfinite) = 0;
  virtual HRESULT VSS_CALL QueryStatus(Out<Hresult> pHrResult, OutOptional<INT> pReserved) = 0;

  static constexpr auto methods() {
    return MethodList(method<&IVssAsync::Cancel>(), method<&IVssAsync::Wait>("dwMilliseconds"),
                      method<&IVssAsync::QueryStatus>("pHrResult", "pReserved"));
  }
};

// The results of a query, in turn. Next: strings of what it fills are freed with CoTaskMemFree; S_FALSE: fewer were left.
struct IVssEnumObject : Interface<IVssEnumObject, IUnknown> {
  static constexpr Guid iid{0xAE1C7110, 0x2F60, 0x11D3, {0x8A, 0x39, 0x00, 0xC0, 0x4F, 0x72, 0xD8, 0xE3}};

  virtual HRESULT VSS_CALL Next(ULONG celt, OutArray<VSS_OBJECT_PROP, 0, 2> rgelt, Out<ULONG> pceltFetched) = 0;
  virtual HRESULT VSS_CALL Skip(ULONG celt) = 0;
  virtual HRESULT VSS_CALL Reset() = 0;
  virtual HRESULT VSS_CALL Clone(Out<IVssEnumObject*> ppenum) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssEnumObject::Next>("celt", "rgelt", "pceltFetched"),
        method<&IVssEnumObject::Skip>("celt"),
        method<&IVssEnumObject::Reset>(),
        method<&IVssEnumObject::Clone>("ppenum"));
  }
};

struct IVssBackupComponents : Interface<IVssBackupComponents, IUnknown> {
  static constexpr Guid iid{0x665C1D5F, 0xC218, 0x414D, {0xA0, 0x5D, 0x7F, 0xEF, 0x5F, 0x9D, 0x5C, 0x86}};

  virtual HRESULT VSS_CALL GetWriterComponentsCount(Out<UINT> pcComponents) = 0;
  virtual HRESULT VSS_CALL GetWriterComponents(UINT iWriter, Out<IVssWriterComponentsExt*> ppWriter) = 0;
  virtual HRESULT VSS_CALL InitializeForBackup(Bstr bstrXML) = 0;
  virtual HRESULT VSS_CALL SetBackupState(bool bSelectComponents, bool bBackupBootableSystemState,
                                          VSS_BACKUP_TYPE backupType, bool bPartialFileSupport) = 0;
  virtual HRESULT VSS_CALL InitializeForRestore(Bstr bstrXML) = 0;
  virtual HRESULT VSS_CALL SetRestoreState(VSS_RESTORE_TYPE restoreType) = 0;
  virtual HRESULT VSS_CALL GatherWriterMetadata(Out<IVssAsync*> pAsync) = 0;
  virtual HRESULT VSS_CALL GetWriterMetadataCount(Out<UINT> pcWriters) = 0;
  virtual HRESULT VSS_CALL GetWriterMetadata(UINT iWriter, Out<VSS_ID> pidInstance,
                                             Out<IVssExamineWriterMetadata*> ppMetadata) = 0;
  virtual HRESULT VSS_CALL FreeWriterMetadata() = 0;
  virtual HRESULT VSS_CALL AddComponent(VSS_ID instanceId, VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                        Wstr wszComponentName) = 0;
  virtual HRESULT VSS_CALL PrepareForBackup(Out<IVssAsync*> ppAsync) = 0;
  virtual HRESULT VSS_CALL AbortBackup() = 0;
  virtual HRESULT VSS_CALL GatherWriterStatus(Out<IVssAsync*> pAsync) = 0;
  virtual HRESULT VSS_CALL GetWriterStatusCount(Out<UINT> pcWriters) = 0;
  virtual HRESULT VSS_CALL FreeWriterStatus() = 0;
  virtual HRESULT VSS_CALL GetWriterStatus(UINT iWriter, Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter,
                                           Out<Bstr> pbstrWriter, Out<VSS_WRITER_STATE> pnStatus,
                                           Out<Hresult> phResultFailure) = 0;
  virtual HRESULT VSS_CALL SetBackupSucceeded(VSS_ID instanceId, VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                              Wstr wszComponentName, bool bSucceded) = 0;
  virtual HRESULT VSS_CALL SetBackupOptions(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                            Wstr wszComponentName, Wstr wszBackupOptions) = 0;
  virtual HRESULT VSS_CALL SetSelectedForRestore(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                                 Wstr wszComponentName, bool bSelectedForRestore) = 0;
  virtual HRESULT VSS_CALL SetRestoreOptions(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                             Wstr wszComponentName, Wstr wszRestoreOptions) = 0;
  virtual HRESULT VSS_CALL SetAdditionalRestores(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                                 Wstr wszComponentName, bool bAdditionalRestores) = 0;
  virtual HRESULT VSS_CALL SetPreviousBackupStamp(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                                  Wstr wszComponentName, Wstr wszPreviousBackupStamp) = 0;
  virtual HRESULT VSS_CALL SaveAsXML(Out<Bstr> pbstrXML) = 0;
  virtual HRESULT VSS_CALL BackupComplete(Out<IVssAsync*> ppAsync) = 0;
  virtual HRESULT VSS_CALL AddAlternativeLocationMapping(VSS_ID writerId, VSS_COMPONENT_TYPE componentType,
                                                         Wstr wszLogicalPath, Wstr wszComponentName, Wstr wszPath,
                                                         Wstr wszFilespec, bool bRecursive, Wstr wszDestination) = 0;
  virtual HRESULT VSS_CALL AddRestoreSubcomponent(VSS_ID writerId, VSS_COMPONENT_TYPE componentType, Wstr wszLogicalPath,
                                                  Wstr wszComponentName, Wstr wszSubComponentLogicalPath,
                                                  Wstr wszSubComponentName, bool bRepair) = 0;
  virtual HRESULT VSS_CALL SetFileRestoreStatus(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                                Wstr wszComponentName, VSS_FILE_RESTORE_STATUS status) = 0;
  virtual HRESULT VSS_CALL AddNewTarget(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                        Wstr wszPath, Wstr wszFileName, bool bRecursive, Wstr wszAlternatePath) = 0;
  virtual HRESULT VSS_CALL SetRangesFilePath(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                             Wstr wszComponentName, UINT iPartialFile, Wstr wszRangesFile) = 0;
  virtual HRESULT VSS_CALL PreRestore(Out<IVssAsync*> ppAsync) = 0;
  virtual HRESULT VSS_CALL PostRestore(Out<IVssAsync*> ppAsync) = 0;
  virtual HRESULT VSS_CALL SetContext(LONG lContext) = 0;
  virtual HRESULT VSS_CALL StartSnapshotSet(Out<Fresh<VSS_ID>> pSnapshotSetId) = 0;
  virtual HRESULT VSS_CALL AddToSnapshotSet(Wstr pwszVolumeName, VSS_ID ProviderId, Out<Fresh<VSS_ID>> pidSnapshot) = 0;
  virtual HRESULT VSS_CALL DoSnapshotSet(Out<IVssAsync*> ppAsync) = 0;
  virtual HRESULT VSS_CALL DeleteSnapshots(VSS_ID SourceObjectId, VSS_OBJECT_TYPE eSourceObjectType, BOOL bForceDelete,
                                           OutAlways<LONG> plDeletedSnapshots, OutAlways<VSS_ID> pNondeletedSnapshotID) = 0;
  virtual HRESULT VSS_CALL ImportSnapshots(Out<IVssAsync*> ppAsync) = 0;
  virtual HRESULT VSS_CALL BreakSnapshotSet(VSS_ID SnapshotSetId) = 0;
  virtual HRESULT VSS_CALL GetSnapshotProperties(VSS_ID SnapshotId, Out<VSS_SNAPSHOT_PROP> pProp) = 0;
  virtual HRESULT VSS_CALL Query(VSS_ID QueriedObjectId, VSS_OBJECT_TYPE eQueriedObjectType,
                                 VSS_OBJECT_TYPE eReturnedObjectsType, Out<IVssEnumObject*> ppEnum) = 0;
  virtual HRESULT VSS_CALL IsVolumeSupported(VSS_ID ProviderId, Wstr pwszVolumeName, Out<BOOL> pbSupportedByThisProvider) = 0;
  virtual HRESULT VSS_CALL DisableWriterClasses(InArray<VSS_ID, 1> rgWriterClassId, UINT cClassId) = 0;
  virtual HRESULT VSS_CALL EnableWriterClasses(InArray<VSS_ID, 1> rgWriterClassId, UINT cClassId) = 0;
  virtual HRESULT VSS_CALL DisableWriterInstances(InArray<VSS_ID, 1> rgWriterInstanceId, UINT cInstanceId) = 0;
  virtual HRESULT VSS_CALL ExposeSnapshot(VSS_ID SnapshotId, Wstr wszPathFromRoot, LONG lAttributes, Wstr wszExpose,
                                          Out<CoString> pwszExposed) = 0;
  virtual HRESULT VSS_CALL RevertToSnapshot(VSS_ID SnapshotId, BOOL bForceDismount) = 0;
  virtual HRESULT VSS_CALL QueryRevertStatus(Wstr pwszVolume, Out<IVssAsync*> ppAsync) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssBackupComponents::GetWriterComponentsCount>("pcComponents"),
        method<&IVssBackupComponents::GetWriterComponents>("iWriter", "ppWriter"),
        method<&IVssBackupComponents::InitializeForBackup>("bstrXML"),
        method<&IVssBackupComponents::SetBackupState>("bSelectComponents", "bBackupBootableSystemState", "backupType", "bPartialFileSupport"),
        method<&IVssBackupComponents::InitializeForRestore>("bstrXML"),
        method<&IVssBackupComponents::SetRestoreState>("restoreType"),
        method<&IVssBackupComponents::GatherWriterMetadata>("pAsync"),
        method<&IVssBackupComponents::GetWriterMetadataCount>("pcWriters"),
        method<&IVssBackupComponents::GetWriterMetadata>("iWriter", "pidInstance", "ppMetadata"),
        method<&IVssBackupComponents::FreeWriterMetadata>(),
        method<&IVssBackupComponents::AddComponent>("instanceId", "writerId", "ct", "wszLogicalPath", "wszComponentName"),
        method<&IVssBackupComponents::PrepareForBackup>("ppAsync"),
        method<&IVssBackupComponents::AbortBackup>(),
        method<&IVssBackupComponents::GatherWriterStatus>("pAsync"),
        method<&IVssBackupComponents::GetWriterStatusCount>("pcWriters"),
        method<&IVssBackupComponents::FreeWriterStatus>(),
        method<&IVssBackupComponents::GetWriterStatus>("iWriter", "pidInstance", "pidWriter", "pbstrWriter", "pnStatus", "phResultFailure"),
        method<&IVssBackupComponents::SetBackupSucceeded>("instanceId", "writerId", "ct", "wszLogicalPath", "wszComponentName", "bSucceded"),
        method<&IVssBackupComponents::SetBackupOptions>("writerId", "ct", "wszLogicalPath", "wszComponentName", "wszBackupOptions"),
        method<&IVssBackupComponents::SetSelectedForRestore>("writerId", "ct", "wszLogicalPath", "wszComponentName", "bSelectedForRestore"),
        method<&IVssBackupComponents::SetRestoreOptions>("writerId", "ct", "wszLogicalPath", "wszComponentName", "wszRestoreOptions"),
        method<&IVssBackupComponents::SetAdditionalRestores>("writerId", "ct", "wszLogicalPath", "wszComponentName", "bAdditionalRestores"),
        method<&IVssBackupComponents::SetPreviousBackupStamp>("writerId", "ct", "wszLogicalPath", "wszComponentName", "wszPreviousBackupStamp"),
        method<&IVssBackupComponents::SaveAsXML>("pbstrXML"),
        method<&IVssBackupComponents::BackupComplete>("ppAsync"),
        method<&IVssBackupComponents::AddAlternativeLocationMapping>("writerId", "componentType", "wszLogicalPath", "wszComponentName", "wszPath", "wszFilespec", "bRecursive", "wszDestination"),
        method<&IVssBackupComponents::AddRestoreSubcomponent>("writerId", "componentType", "wszLogicalPath", "wszComponentName", "wszSubComponentLogicalPath", "wszSubComponentName", "bRepair"),
        method<&IVssBackupComponents::SetFileRestoreStatus>("writerId", "ct", "wszLogicalPath", "wszComponentName", "status"),
        method<&IVssBackupComponents::AddNewTarget>("writerId", "ct", "wszLogicalPath", "wszComponentName", "wszPath", "wszFileName", "bRecursive", "wszAlternatePath"),
        method<&IVssBackupComponents::SetRangesFilePath>("writerId", "ct", "wszLogicalPath", "wszComponentName", "iPartialFile", "wszRangesFile"),
        method<&IVssBackupComponents::PreRestore>("ppAsync"),
        method<&IVssBackupComponents::PostRestore>("ppAsync"),
        method<&IVssBackupComponents::SetContext>("lContext"),
        method<&IVssBackupComponents::StartSnapshotSet>("pSnapshotSetId"),
        method<&IVssBackupComponents::AddToSnapshotSet>("pwszVolumeName", "ProviderId", "pidSnapshot"),
        method<&IVssBackupComponents::DoSnapshotSet>("ppAsync"),
        method<&IVssBackupComponents::DeleteSnapshots>("SourceObjectId", "eSourceObjectType", "bForceDelete", "plDeletedSnapshots", "pNondeletedSnapshotID"),
        method<&IVssBackupComponents::ImportSnapshots>("ppAsync"),
        method<&IVssBackupComponents::BreakSnapshotSet>("SnapshotSetId"),
        method<&IVssBackupComponents::GetSnapshotProperties>("SnapshotId", "pProp"),
        method<&IVssBackupComponents::Query>("QueriedObjectId", "eQueriedObjectType", "eReturnedObjectsType", "ppEnum"),
        method<&IVssBackupComponents::IsVolumeSupported>("ProviderId", "pwszVolumeName", "pbSupportedByThisProvider"),
        method<&IVssBackupComponents::DisableWriterClasses>("rgWriterClassId", "cClassId"),
        method<&IVssBackupComponents::EnableWriterClasses>("rgWriterClassId", "cClassId"),
        method<&IVssBackupComponents::DisableWriterInstances>("rgWriterInstanceId", "cInstanceId"),
        method<&IVssBackupComponents::ExposeSnapshot>("SnapshotId", "wszPathFromRoot", "lAttributes", "wszExpose", "pwszExposed"),
        method<&IVssBackupComponents::RevertToSnapshot>("SnapshotId", "bForceDismount"),
        method<&IVssBackupComponents::QueryRevertStatus>("pwszVolume", "ppAsync"));
  }
};

struct IVssBackupComponentsEx : Interface<IVssBackupComponentsEx, IVssBackupComponents> {
  static constexpr Guid iid{0x963F03AD, 0x9E4C, 0x4A34, {0xAC, 0x15, 0xE4, 0xB6, 0x17, 0x4E, 0x50, 0x36}};

  virtual HRESULT VSS_CALL GetWriterMetadataEx(UINT iWriter, Out<VSS_ID> pidInstance,
                                               Out<IVssExamineWriterMetadataEx*> ppMetadata) = 0;
  virtual HRESULT VSS_CALL SetSelectedForRestoreEx(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                                   Wstr wszComponentName, bool bSelectedForRestore, VSS_ID instanceId) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssBackupComponentsEx::GetWriterMetadataEx>("iWriter", "pidInstance", "ppMetadata"),
        method<&IVssBackupComponentsEx::SetSelectedForRestoreEx>("writerId", "ct", "wszLogicalPath", "wszComponentName", "bSelectedForRestore", "instanceId"));
  }
};

struct IVssBackupComponentsEx2 : Interface<IVssBackupComponentsEx2, IVssBackupComponentsEx> {
  static constexpr Guid iid{0xACFE2B3A, 0x22C9, 0x4EF8, {0xBD, 0x03, 0x2F, 0x9C, 0xA2, 0x30, 0x08, 0x4E}};

  virtual HRESULT VSS_CALL UnexposeSnapshot(VSS_ID snapshotId) = 0;
  virtual HRESULT VSS_CALL SetAuthoritativeRestore(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                                   Wstr wszComponentName, bool bAuth) = 0;
  virtual HRESULT VSS_CALL SetRollForward(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                          VSS_ROLLFORWARD_TYPE rollType, Wstr wszRollForwardPoint) = 0;
  virtual HRESULT VSS_CALL SetRestoreName(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                          Wstr wszRestoreName) = 0;
  virtual HRESULT VSS_CALL BreakSnapshotSetEx(VSS_ID SnapshotSetID, DWORD dwBreakFlags, Out<IVssAsync*> ppAsync) = 0;
  virtual HRESULT VSS_CALL PreFastRecovery(VSS_ID SnapshotSetID, DWORD dwPreFastRecoveryFlags, Out<IVssAsync*> ppAsync) = 0;
  virtual HRESULT VSS_CALL FastRecovery(VSS_ID SnapshotSetID, DWORD dwFastRecoveryFlags, Out<IVssAsync*> ppAsync) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssBackupComponentsEx2::UnexposeSnapshot>("snapshotId"),
        method<&IVssBackupComponentsEx2::SetAuthoritativeRestore>("writerId", "ct", "wszLogicalPath", "wszComponentName", "bAuth"),
        method<&IVssBackupComponentsEx2::SetRollForward>("writerId", "ct", "wszLogicalPath", "wszComponentName", "rollType", "wszRollForwardPoint"),
        method<&IVssBackupComponentsEx2::SetRestoreName>("writerId", "ct", "wszLogicalPath", "wszComponentName", "wszRestoreName"),
        method<&IVssBackupComponentsEx2::BreakSnapshotSetEx>("SnapshotSetID", "dwBreakFlags", "ppAsync"),
        method<&IVssBackupComponentsEx2::PreFastRecovery>("SnapshotSetID", "dwPreFastRecoveryFlags", "ppAsync"),
        method<&IVssBackupComponentsEx2::FastRecovery>("SnapshotSetID", "dwFastRecoveryFlags", "ppAsync"));
  }
};

struct IVssBackupComponentsEx3 : Interface<IVssBackupComponentsEx3, IVssBackupComponentsEx2> {
  static constexpr Guid iid{0xC191BFBC, 0xB602, 0x4675, {0x8B, 0xD1, 0x67, 0xD6, 0x42, 0xF5, 0x29, 0xD5}};

  virtual HRESULT VSS_CALL GetWriterStatusEx(UINT iWriter, Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter,
                                             Out<Bstr> pbstrWriter, Out<VSS_WRITER_STATE> pnStatus,
                                             Out<Hresult> phrFailureWriter, OutOptional<Hresult> phrApplication,
                                             OutOptional<Bstr> pbstrApplicationMessage) = 0;
  virtual HRESULT VSS_CALL AddSnapshotToRecoverySet(VSS_ID snapshotId, DWORD dwFlags, Wstr pwszDestinationVolume) = 0;
  virtual HRESULT VSS_CALL RecoverSet(DWORD dwFlags, Out<IVssAsync*> ppAsync) = 0;
  virtual HRESULT VSS_CALL GetSessionId(Out<Fresh<VSS_ID>> idSession) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssBackupComponentsEx3::GetWriterStatusEx>("iWriter", "pidInstance", "pidWriter", "pbstrWriter", "pnStatus", "phrFailureWriter", "phrApplication", "pbstrApplicationMessage"),
        method<&IVssBackupComponentsEx3::AddSnapshotToRecoverySet>("snapshotId", "dwFlags", "pwszDestinationVolume"),
        method<&IVssBackupComponentsEx3::RecoverSet>("dwFlags", "ppAsync"),
        method<&IVssBackupComponentsEx3::GetSessionId>("idSession"));
  }
};

struct IVssBackupComponentsEx4 : Interface<IVssBackupComponentsEx4, IVssBackupComponentsEx3> {
  static constexpr Guid iid{0xF434C2FD, 0xB553, 0x4961, {0xA9, 0xF9, 0xA8, 0xE9, 0x0B, 0x67, 0x3E, 0x53}};

  virtual HRESULT VSS_CALL GetRootAndLogicalPrefixPaths(Wstr pwszFilePath, Out<CoString> ppwszRootPath,
                                                        Out<CoString> ppwszLogicalPrefix, BOOL bNormalizeFQDNforRootPath) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssBackupComponentsEx4::GetRootAndLogicalPrefixPaths>("pwszFilePath", "ppwszRootPath", "ppwszLogicalPrefix", "bNormalizeFQDNforRootPath"));
  }
};

// Every described interface, base before derived. The tables are built in api.cc alone: whoever asks for one does not compile every method again.
#define VSS_EVERY_INTERFACE(X)                                                                                                              \
  X(IUnknown) X(IVssAsync) X(IVssBackupComponents) X(IVssBackupComponentsEx) \
  X(IVssBackupComponentsEx2) X(IVssBackupComponentsEx3) X(IVssBackupComponentsEx4) X(IVssEnumObject) \
  X(IVssExamineWriterMetadata) X(IVssExamineWriterMetadataEx) X(IVssExamineWriterMetadataEx2) X(IVssWMFiledesc) \
  X(IVssWMDependency) X(IVssWMComponent) X(IVssWriterComponents) X(IVssWriterComponentsExt) \
  X(IVssComponent) X(IVssComponentEx) X(IVssComponentEx2)
#define VSS_BUILT_ELSEWHERE(interface_) extern template const InterfaceInfo& interfaceOf<interface_>();
VSS_EVERY_INTERFACE(VSS_BUILT_ELSEWHERE)
#undef VSS_BUILT_ELSEWHERE

// The exported functions, by type. Each is also exported under its name with "Internal" behind it, which Microsoft's headers use.
using CreateVssBackupComponentsFunction = HRESULT(VSS_CALL*)(Out<IVssBackupComponents*> ppBackup);
using CreateVssExamineWriterMetadataFunction = HRESULT(VSS_CALL*)(Bstr bstrXML, Out<IVssExamineWriterMetadata*> ppMetadata);
using IsVolumeSnapshottedFunction = HRESULT(VSS_CALL*)(Wstr pwszVolumeName, Out<BOOL> pbSnapshotsPresent, Out<LONG> plSnapshotCapability);
using ShouldBlockRevertFunction = HRESULT(VSS_CALL*)(Wstr wszVolumeName, Out<bool> pbBlock);
using VssFreeSnapshotPropertiesFunction = void(VSS_CALL*)(InStructure<VSS_SNAPSHOT_PROP> pProp);

// Frees the six strings and nulls them. A null structure is allowed.
inline void freeSnapshotProperties(VSS_SNAPSHOT_PROP* properties, void (*free)(void*)) {
  if (!properties) return;
  for (const auto& field : VSS_SNAPSHOT_PROP::fields()) {
    if (field.kind != Kind::coString) continue;
    char* at = reinterpret_cast<char*>(properties) + field.offset;
    free(load<void*>(at));
    std::memset(at, 0, sizeof(void*));
  }
}

// The names under which Microsoft's C++ compiler looks for two of them.
inline constexpr char kMangledFactory[] = "?CreateVssBackupComponents@@YAJPEAPEAVIVssBackupComponents@@@Z";
inline constexpr char kMangledExamine[] = "?CreateVssExamineWriterMetadata@@YAJPEAGPEAPEAVIVssExamineWriterMetadata@@@Z";
// The names by which a library exports a function, the one that its others lead to first. As many as there are; the others are null.
std::array<const char*, 3> exportNamesOf(const MethodInfo& function);

// The functions as described calls on no object, under their documented names.
const MethodInfo& createVssBackupComponents();
const MethodInfo& createVssExamineWriterMetadata();
const MethodInfo& isVolumeSnapshotted();
const MethodInfo& shouldBlockRevert();
const MethodInfo& vssFreeSnapshotProperties();

// Everything that is described. Lives as long as the program.
std::span<const InterfaceInfo* const> interfaces();                    // base before derived
std::span<const MethodInfo* const> functions();
const InterfaceInfo* interfaceNamed(std::string_view name);            // nullptr: not described
const InterfaceInfo* interfaceWithId(const Guid& iid);                 // nullptr: not described, or no id at all
// The interface that an object should offer of which a pointer to `described` is handed out: the last one derived from it. Programs use its
// methods without asking for them first, where they know the version of Windows.
const InterfaceInfo& widestOf(const InterfaceInfo& described);
bool isA(const InterfaceInfo& described, const InterfaceInfo& base);   // the same, or derived from it
const MethodInfo* methodNamed(std::string_view interface_, std::string_view method);  // "" and a function's name for the exports

// Sets every output that the caller asked for to zero; of an array its first element.
void clearOutputs(const MethodInfo& method, void* const* args);

// One line: IVssAsync::Wait@4(in u32 dwMilliseconds) hresult. The form in which a trace stores a signature at its first use.
std::string signatureOf(const MethodInfo& method);

// The whole description as a table, one line a method. api.tsv is this text; rows are only ever added.
std::string apiTable();

}  // namespace vss
