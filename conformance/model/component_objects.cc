#include "component_objects.h"

#include <algorithm>
#include <array>

#include "metadata_objects.h"

namespace vss::model {

std::vector<std::size_t> componentsOf(const BackupDocument& document, const Guid& instanceId, const Guid& classId) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < document.components.size(); ++i)
    if (document.components[i].instanceId == instanceId && document.components[i].classId == classId) places.push_back(i);
  return places;
}

// ---- IVssWriterComponentsExt ----

HRESULT WriterComponents::QueryInterface(const Guid& riid, Out<void*> ppvObject) {
  if (!ppvObject.at) return E_POINTER;
  bool known = riid == IUnknown::iid;
  *ppvObject.at = known ? static_cast<IUnknown*>(this) : nullptr;
  if (known) AddRef();
  return known ? S_OK : E_NOINTERFACE;
}
ULONG WriterComponents::AddRef() { return ++references; }
ULONG WriterComponents::Release() {
  ULONG left = --references;
  if (!left) delete this;
  return left;
}

HRESULT WriterComponents::GetComponentCount(Out<UINT> pcComponents) {
  HRESULT result = answer(*machine, Method::writerComponentsGetComponentCount, !pcComponents.at, [] { return S_OK; }, [&]() -> HRESULT {
    *pcComponents.at = static_cast<UINT>(componentsOf(session->document, instanceId, classId).size());
    return S_OK;
  });
  return withOutputs(*machine, result, pcComponents.at);
}

HRESULT WriterComponents::GetWriterInfo(Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter) {
  bool bad = !pidInstance.at || !pidWriter.at;
  HRESULT result = answer(*machine, Method::writerComponentsGetWriterInfo, bad, [] { return S_OK; }, [&]() -> HRESULT {
    *pidInstance.at = instanceId;
    *pidWriter.at = classId;
    return S_OK;
  });
  return withOutputs(*machine, result, pidInstance.at, pidWriter.at);
}

HRESULT WriterComponents::GetComponent(UINT iComponent, Out<IVssComponent*> ppComponent) {
  auto mayCall = [&] {
    bool early = session->kind == Kind::restore && (session->phase == Phase::open || session->phase == Phase::preRestoring);
    bool refused = machine->scenario.choices.getComponentBeforePreRestore == GetComponentBeforePreRestore::badState;
    return early && refused ? VSS_E_BAD_STATE : S_OK;
  };
  HRESULT result = answer(*machine, Method::writerComponentsGetComponent, !ppComponent.at, mayCall, [&]() -> HRESULT {
    auto places = componentsOf(session->document, instanceId, classId);
    if (iComponent >= places.size()) return VSS_E_OBJECT_NOT_FOUND;
    *ppComponent.at = new ComponentObject(machine, session, places[iComponent]);
    return S_OK;
  });
  return withOutputs(*machine, result, ppComponent.at);
}

// ---- IVssComponent … Ex2: how its methods go ----

// Ex came with Vista and Server 2008, Ex2 with Windows 7 and Server 2008 R2.
std::span<const Guid* const> ComponentObject::known() const {
  static constexpr const Guid* family[] = {&IVssComponent::iid, &IVssComponentEx::iid, &IVssComponentEx2::iid};
  return std::span(family).first(static_cast<std::size_t>(std::clamp(machine->scenario.os->newestInterface, 1, 3)));
}

HRESULT ComponentObject::text(Method method, char16_t** out, MaybeText ChosenComponent::* field) {
  return giveText(method, out, S_FALSE, [&] { return chosen().*field; });
}
HRESULT ComponentObject::note(Method method, char16_t** out, MaybeText WriterNotes::* field) {
  return giveText(method, out, S_FALSE, [&] { return chosen().notes.*field; });
}
template <class List> HRESULT ComponentObject::count(Method method, UINT* out, List&& list) {
  return give(method, out, [&] { return static_cast<UINT>(list().size()); });
}
template <class List> HRESULT ComponentObject::fileSet(Method method, IVssWMFiledesc** out, UINT at, List&& list) {
  return giveItem(method, out, at, list, [&](const FileSet& set) { return new Filedesc(machine, set); });
}
template <class List, class Texts, class Others, std::size_t N>
HRESULT ComponentObject::row(Method method, bool badArgument, UINT at, List&& list, char16_t** const (&outputs)[N], Texts&& texts, Others&& others) {
  for (auto* output : outputs) badArgument |= !output;
  HRESULT result = call(method, badArgument, always, [&]() -> HRESULT {
    const auto& rows = list();
    if (at >= rows.size()) return VSS_E_OBJECT_NOT_FOUND;
    const std::array<MaybeText, N> said = texts(rows[at]);
    std::array<OwnedBstr, N> made;
    for (std::size_t i = 0; i < N; ++i) made[i] = newBstr(said[i]);
    for (std::size_t i = 0; i < N; ++i) *outputs[i] = made[i].release();
    others(rows[at]);
    return S_OK;
  });
  for (auto* output : outputs) withOutputs(*machine, result, output);
  return result;
}

HRESULT ComponentObject::onlyForWriters(bool badArgument) const {
  return badArgument && choices().argumentOrder == ArgumentOrder::argumentsFirst ? E_INVALIDARG : VSS_E_BAD_STATE;
}

// ---- What a component is ----

HRESULT ComponentObject::GetLogicalPath(Out<Bstr> pbstrPath) {
  return giveText(Method::componentGetLogicalPath, pbstrPath.at, S_FALSE, [&] {
    const auto& path = chosen().component.logicalPath;
    return path.empty() ? MaybeText() : path;
  });
}
HRESULT ComponentObject::GetComponentType(Out<VSS_COMPONENT_TYPE> pct) {
  return give(Method::componentGetComponentType, pct.at, [&] { return chosen().component.type; });
}
HRESULT ComponentObject::GetComponentName(Out<Bstr> pbstrName) {
  return giveText(Method::componentGetComponentName, pbstrName.at, S_FALSE, [&] { return chosen().component.name; });
}

// ---- What the requester said for a backup ----

// A restore's document is of a backup that is over.
HRESULT ComponentObject::GetBackupSucceeded(Out<bool> pbSucceeded) {
  HRESULT result = call(Method::componentGetBackupSucceeded, !pbSucceeded.at, always, [&]() -> HRESULT {
    bool over = session->kind == Kind::restore || session->phase == Phase::completed;
    *pbSucceeded.at = over && chosen().backupSucceeded;
    return over ? S_OK : S_FALSE;
  });
  return withOutputs(*machine, result, pbSucceeded.at);
}
HRESULT ComponentObject::GetBackupOptions(Out<Bstr> pbstrBackupOptions) {
  return text(Method::componentGetBackupOptions, pbstrBackupOptions.at, &ChosenComponent::backupOptions);
}
HRESULT ComponentObject::GetPreviousBackupStamp(Out<Bstr> pbstrBackupStamp) {
  return text(Method::componentGetPreviousBackupStamp, pbstrBackupStamp.at, &ChosenComponent::previousBackupStamp);
}

// ---- What the requester said for a restore ----

HRESULT ComponentObject::IsSelectedForRestore(Out<bool> pbSelectedForRestore) {
  return give(Method::componentIsSelectedForRestore, pbSelectedForRestore.at, [&] { return onlyInRestore(); },
              [&] { return chosen().selectedForRestore; });
}
HRESULT ComponentObject::GetFileRestoreStatus(Out<VSS_FILE_RESTORE_STATUS> pStatus) {
  return give(Method::componentGetFileRestoreStatus, pStatus.at, [&] { return onlyInRestore(); }, [&] { return chosen().restoreStatus; });
}
HRESULT ComponentObject::GetAdditionalRestores(Out<bool> pbAdditionalRestores) {
  HRESULT result = call(Method::componentGetAdditionalRestores, !pbAdditionalRestores.at, always, [&]() -> HRESULT {
    *pbAdditionalRestores.at = chosen().additionalRestores.value_or(false);
    return chosen().additionalRestores || choices().additionalRestoresUnset == AdditionalRestoresUnset::ok ? S_OK : S_FALSE;
  });
  return withOutputs(*machine, result, pbAdditionalRestores.at);
}
HRESULT ComponentObject::GetRestoreOptions(Out<Bstr> pbstrRestoreOptions) {
  return text(Method::componentGetRestoreOptions, pbstrRestoreOptions.at, &ChosenComponent::restoreOptions);
}
HRESULT ComponentObject::GetAlternateLocationMappingCount(Out<UINT> pcMappings) {
  return count(Method::componentGetAlternateLocationMappingCount, pcMappings.at, [&]() -> auto& { return chosen().alternateLocations; });
}
HRESULT ComponentObject::GetAlternateLocationMapping(UINT iMapping, Out<IVssWMFiledesc*> ppFiledesc) {
  return fileSet(Method::componentGetAlternateLocationMapping, ppFiledesc.at, iMapping, [&]() -> auto& { return chosen().alternateLocations; });
}
HRESULT ComponentObject::GetNewTargetCount(Out<UINT> pcNewTarget) {
  return count(Method::componentGetNewTargetCount, pcNewTarget.at, [&]() -> auto& { return chosen().newTargets; });
}
HRESULT ComponentObject::GetNewTarget(UINT iNewTarget, Out<IVssWMFiledesc*> ppFiledesc) {
  return fileSet(Method::componentGetNewTarget, ppFiledesc.at, iNewTarget, [&]() -> auto& { return chosen().newTargets; });
}
HRESULT ComponentObject::GetRestoreSubcomponentCount(Out<UINT> pcRestoreSubcomponent) {
  return count(Method::componentGetRestoreSubcomponentCount, pcRestoreSubcomponent.at, [&]() -> auto& { return chosen().restoreSubcomponents; });
}
HRESULT ComponentObject::GetRestoreSubcomponent(UINT iComponent, Out<Bstr> pbstrLogicalPath, Out<Bstr> pbstrComponentName, Out<bool> pbRepair) {
  HRESULT result = row(
      Method::componentGetRestoreSubcomponent, !pbRepair.at && reservedNeeded(), iComponent,
      [&]() -> auto& { return chosen().restoreSubcomponents; }, {pbstrLogicalPath.at, pbstrComponentName.at},
      [](const RestoreSubcomponent& part) { return std::array<MaybeText, 2>{part.logicalPath, part.name}; },
      [&](const RestoreSubcomponent& part) { if (pbRepair.at) *pbRepair.at = part.repair; });
  return withOutputs(*machine, result, pbRepair.at);
}
HRESULT ComponentObject::GetAuthoritativeRestore(Out<bool> pbAuth) {
  return give(Method::componentGetAuthoritativeRestore, pbAuth.at, [&] { return restoreGetter(); }, [&] { return chosen().authoritativeRestore; });
}
HRESULT ComponentObject::GetRollForward(Out<VSS_ROLLFORWARD_TYPE> pRollType, Out<Bstr> pbstrPoint) {
  bool bad = !pRollType.at || !pbstrPoint.at;
  HRESULT result = call(Method::componentGetRollForward, bad, [&] { return restoreGetter(); }, [&]() -> HRESULT {
    *pbstrPoint.at = newBstr(chosen().rollForwardPoint).release();
    bool asNone = chosen().rollForward == VSS_RF_UNDEFINED && choices().rollForwardUnset == RollForwardUnset::none;
    *pRollType.at = asNone ? VSS_RF_NONE : chosen().rollForward;
    return S_OK;
  });
  return withOutputs(*machine, result, pRollType.at, pbstrPoint.at);
}
HRESULT ComponentObject::GetRestoreName(Out<Bstr> pbstrName) {
  const HRESULT none = choices().restoreNameUnset == RestoreNameUnset::ok ? S_OK : S_FALSE;
  return giveText(Method::componentGetRestoreName, pbstrName.at, none, [&] { return restoreGetter(); }, [&] { return chosen().restoreName; });
}

// ---- What the writer wrote ----

HRESULT ComponentObject::GetBackupMetadata(Out<Bstr> pbstrData) {
  return note(Method::componentGetBackupMetadata, pbstrData.at, &WriterNotes::backupMetadata);
}
HRESULT ComponentObject::GetRestoreMetadata(Out<Bstr> pbstrRestoreMetadata) {
  return note(Method::componentGetRestoreMetadata, pbstrRestoreMetadata.at, &WriterNotes::restoreMetadata);
}
HRESULT ComponentObject::GetBackupStamp(Out<Bstr> pbstrBackupStamp) {
  return note(Method::componentGetBackupStamp, pbstrBackupStamp.at, &WriterNotes::backupStamp);
}
HRESULT ComponentObject::GetPreRestoreFailureMsg(Out<Bstr> pbstrPreRestoreFailureMsg) {
  return note(Method::componentGetPreRestoreFailureMsg, pbstrPreRestoreFailureMsg.at, &WriterNotes::preRestoreFailureMsg);
}
HRESULT ComponentObject::GetPostRestoreFailureMsg(Out<Bstr> pbstrPostRestoreFailureMsg) {
  return note(Method::componentGetPostRestoreFailureMsg, pbstrPostRestoreFailureMsg.at, &WriterNotes::postRestoreFailureMsg);
}
HRESULT ComponentObject::GetPrepareForBackupFailureMsg(Out<Bstr> pbstrFailureMsg) {
  return note(Method::componentGetPrepareForBackupFailureMsg, pbstrFailureMsg.at, &WriterNotes::prepareForBackupFailureMsg);
}
HRESULT ComponentObject::GetPostSnapshotFailureMsg(Out<Bstr> pbstrFailureMsg) {
  return note(Method::componentGetPostSnapshotFailureMsg, pbstrFailureMsg.at, &WriterNotes::postSnapshotFailureMsg);
}
HRESULT ComponentObject::GetRestoreTarget(Out<VSS_RESTORE_TARGET> pTarget) {
  return give(Method::componentGetRestoreTarget, pTarget.at, [&] { return restoreGetter(); }, [&] {
    VSS_RESTORE_TARGET said = chosen().notes.restoreTarget;
    return said == VSS_RT_UNDEFINED ? VSS_RT_ORIGINAL : said;
  });
}
HRESULT ComponentObject::GetPartialFileCount(Out<UINT> pcPartialFiles) {
  return count(Method::componentGetPartialFileCount, pcPartialFiles.at, [&]() -> auto& { return chosen().notes.partialFiles; });
}
HRESULT ComponentObject::GetPartialFile(UINT iPartialFile, Out<Bstr> pbstrPath, Out<Bstr> pbstrFilename, Out<Bstr> pbstrRange, Out<Bstr> pbstrMetadata) {
  return row(
      Method::componentGetPartialFile, false, iPartialFile, [&]() -> auto& { return chosen().notes.partialFiles; },
      {pbstrPath.at, pbstrFilename.at, pbstrRange.at, pbstrMetadata.at},
      [](const PartialFile& file) { return std::array<MaybeText, 4>{file.path, file.filename, file.ranges, file.metadata}; }, [](auto&) {});
}
HRESULT ComponentObject::GetDirectedTargetCount(Out<UINT> pcDirectedTarget) {
  return count(Method::componentGetDirectedTargetCount, pcDirectedTarget.at, [&]() -> auto& { return chosen().notes.directedTargets; });
}
HRESULT ComponentObject::GetDirectedTarget(UINT iDirectedTarget, Out<Bstr> pbstrSourcePath, Out<Bstr> pbstrSourceFileName,
                                           Out<Bstr> pbstrSourceRangeList, Out<Bstr> pbstrDestinationPath, Out<Bstr> pbstrDestinationFilename,
                                           Out<Bstr> pbstrDestinationRangeList) {
  return row(
      Method::componentGetDirectedTarget, false, iDirectedTarget, [&]() -> auto& { return chosen().notes.directedTargets; },
      {pbstrSourcePath.at, pbstrSourceFileName.at, pbstrSourceRangeList.at, pbstrDestinationPath.at, pbstrDestinationFilename.at,
       pbstrDestinationRangeList.at},
      [](const DirectedTarget& target) {
        return std::array<MaybeText, 6>{target.sourcePath,      target.sourceFilename,      target.sourceRanges,
                                        target.destinationPath, target.destinationFilename, target.destinationRanges};
      },
      [](auto&) {});
}
HRESULT ComponentObject::GetDifferencedFilesCount(Out<UINT> pcDifferencedFiles) {
  return count(Method::componentGetDifferencedFilesCount, pcDifferencedFiles.at, [&]() -> auto& { return chosen().notes.differencedFiles; });
}
// The LSN is reserved.
HRESULT ComponentObject::GetDifferencedFile(UINT iDifferencedFile, Out<Bstr> pbstrPath, Out<Bstr> pbstrFilespec, Out<BOOL> pbRecursive,
                                            Out<Bstr> pbstrLsnString, Out<FILETIME> pftLastModifyTime) {
  bool bad = !pbRecursive.at || !pftLastModifyTime.at || (!pbstrLsnString.at && reservedNeeded());
  HRESULT result = row(
      Method::componentGetDifferencedFile, bad, iDifferencedFile, [&]() -> auto& { return chosen().notes.differencedFiles; },
      {pbstrPath.at, pbstrFilespec.at}, [](const DifferencedFiles& files) { return std::array<MaybeText, 2>{files.path, files.filespec}; },
      [&](const DifferencedFiles& files) {
        *pbRecursive.at = files.recursive;
        if (pbstrLsnString.at) *pbstrLsnString.at = nullptr;
        *pftLastModifyTime.at = {static_cast<DWORD>(files.lastModifyTime), static_cast<DWORD>(files.lastModifyTime >> 32)};
      });
  return withOutputs(*machine, result, pbRecursive.at, pbstrLsnString.at, pftLastModifyTime.at);
}
HRESULT ComponentObject::GetFailure(Out<Hresult> phr, Out<Hresult> phrApplication, Out<Bstr> pbstrApplicationMessage, Out<DWORD> pdwReserved) {
  bool bad = !phr.at || !phrApplication.at || !pbstrApplicationMessage.at || !pdwReserved.at;
  auto mayCall = [&] { return session->kind == Kind::restore && choices().failureInRestore == FailureInRestore::badState ? VSS_E_BAD_STATE : S_OK; };
  HRESULT result = call(Method::componentGetFailure, bad, mayCall, [&]() -> HRESULT {
    *pbstrApplicationMessage.at = newBstr(chosen().notes.applicationMessage).release();
    *phr.at = chosen().notes.failure;
    *phrApplication.at = chosen().notes.applicationFailure;
    *pdwReserved.at = 0;
    return S_OK;
  });
  return withOutputs(*machine, result, phr.at, phrApplication.at, pbstrApplicationMessage.at, pdwReserved.at);
}

// ---- What only a writer may say ----

HRESULT ComponentObject::SetBackupMetadata(Wstr wszData) { return onlyForWriters(!wszData.text); }
HRESULT ComponentObject::AddPartialFile(Wstr wszPath, Wstr wszFilename, Wstr wszRanges, Wstr) {
  return onlyForWriters(!wszPath.text || !wszFilename.text || !wszRanges.text);
}
HRESULT ComponentObject::AddDirectedTarget(Wstr wszSourcePath, Wstr wszSourceFilename, Wstr wszSourceRangeList, Wstr wszDestinationPath,
                                           Wstr wszDestinationFilename, Wstr wszDestinationRangeList) {
  return onlyForWriters(!wszSourcePath.text || !wszSourceFilename.text || !wszSourceRangeList.text || !wszDestinationPath.text ||
                        !wszDestinationFilename.text || !wszDestinationRangeList.text);
}
HRESULT ComponentObject::SetRestoreMetadata(Wstr wszRestoreMetadata) { return onlyForWriters(!wszRestoreMetadata.text); }
HRESULT ComponentObject::SetRestoreTarget(VSS_RESTORE_TARGET target) {
  return onlyForWriters(target <= VSS_RT_UNDEFINED || target > VSS_RT_ORIGINAL_LOCATION);
}
HRESULT ComponentObject::SetPreRestoreFailureMsg(Wstr wszPreRestoreFailureMsg) { return onlyForWriters(!wszPreRestoreFailureMsg.text); }
HRESULT ComponentObject::SetPostRestoreFailureMsg(Wstr wszPostRestoreFailureMsg) { return onlyForWriters(!wszPostRestoreFailureMsg.text); }
HRESULT ComponentObject::SetBackupStamp(Wstr wszBackupStamp) { return onlyForWriters(!wszBackupStamp.text); }
HRESULT ComponentObject::AddDifferencedFilesByLastModifyTime(Wstr wszPath, Wstr wszFilespec, BOOL, FILETIME) {
  return onlyForWriters(!wszPath.text || !wszFilespec.text);
}
HRESULT ComponentObject::AddDifferencedFilesByLastModifyLSN(Wstr, Wstr, BOOL, Bstr) { return E_NOTIMPL; }
HRESULT ComponentObject::SetPrepareForBackupFailureMsg(Wstr wszFailureMsg) { return onlyForWriters(!wszFailureMsg.text); }
HRESULT ComponentObject::SetPostSnapshotFailureMsg(Wstr wszFailureMsg) { return onlyForWriters(!wszFailureMsg.text); }
HRESULT ComponentObject::SetFailure(Hresult, Hresult, Wstr, DWORD) { return onlyForWriters(false); }

}  // namespace vss::model
