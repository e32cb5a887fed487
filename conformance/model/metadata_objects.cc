#include "metadata_objects.h"

#include <algorithm>

#include "metadata_document.h"

namespace vss::model {
namespace {

// What a caller holds by its base, and what its pointers point to; freed as a whole.
struct HeldInfo : VSS_COMPONENTINFO {
  HeldInfo() : VSS_COMPONENTINFO{} {}
  OwnedBstr logicalPath, name, caption;
  std::vector<std::uint8_t> icon;
};

}  // namespace

// ---- IVssWMFiledesc ----

HRESULT Filedesc::GetPath(Out<Bstr> pbstrPath) {
  return giveText(Method::filedescGetPath, pbstrPath.at, S_OK, [&] { return set.path; });
}
HRESULT Filedesc::GetFilespec(Out<Bstr> pbstrFilespec) {
  return giveText(Method::filedescGetFilespec, pbstrFilespec.at, S_OK, [&] { return set.filespec; });
}
HRESULT Filedesc::GetRecursive(Out<bool> pbRecursive) {
  return give(Method::filedescGetRecursive, pbRecursive.at, [&] { return set.recursive; });
}
HRESULT Filedesc::GetAlternateLocation(Out<Bstr> pbstrAlternateLocation) {
  return giveText(Method::filedescGetAlternateLocation, pbstrAlternateLocation.at, S_FALSE, [&] { return set.alternateLocation; });
}
HRESULT Filedesc::GetBackupTypeMask(Out<DWORD> pdwTypeMask) {
  return give(Method::filedescGetBackupTypeMask, pdwTypeMask.at, [&] { return set.backupTypeMask; });
}

// ---- IVssWMDependency ----

HRESULT DependencyObject::GetWriterId(Out<VSS_ID> pWriterId) {
  HRESULT result = give(Method::dependencyGetWriterId, pWriterId.at, [&] { return dependency.writerId; });
  return result == S_OK && !isManaged() ? S_FALSE : result;
}
HRESULT DependencyObject::GetLogicalPath(Out<Bstr> pbstrLogicalPath) {
  const HRESULT none = !isManaged() || choices().dependencyWithoutPath == DependencyWithoutPath::sFalse ? S_FALSE : S_OK;
  return giveText(Method::dependencyGetLogicalPath, pbstrLogicalPath.at, none,
                  [&] { return isManaged() && !dependency.logicalPath.empty() ? MaybeText(dependency.logicalPath) : std::nullopt; });
}
HRESULT DependencyObject::GetComponentName(Out<Bstr> pbstrComponentName) {
  return giveText(Method::dependencyGetComponentName, pbstrComponentName.at, S_FALSE,
                  [&] { return isManaged() ? MaybeText(dependency.name) : std::nullopt; });
}

// ---- IVssWMComponent ----

HRESULT OfferedComponentObject::GetComponentInfo(Out<Held<VSS_COMPONENTINFO>> ppInfo) {
  return give(Method::offeredGetComponentInfo, ppInfo.at, [&] {
    auto held = std::make_unique<HeldInfo>();
    held->logicalPath = newBstr(component.logicalPath.empty() ? MaybeText() : component.logicalPath);
    held->name = newBstr(component.name);
    held->caption = newBstr(component.caption);
    held->icon = component.icon;
    held->type = component.type;
    held->bstrLogicalPath = held->logicalPath.get();
    held->bstrComponentName = held->name.get();
    held->bstrCaption = held->caption.get();
    held->pbIcon = held->icon.empty() ? nullptr : held->icon.data();
    held->cbIcon = static_cast<UINT>(held->icon.size());
    held->bRestoreMetadata = component.restoreMetadata;
    held->bNotifyOnBackupComplete = component.notifyOnBackupComplete;
    held->bSelectable = component.selectable;
    held->bSelectableForRestore = component.selectableForRestore;
    held->dwComponentFlags = component.flags;
    held->cFileCount = static_cast<UINT>(component.files.size());
    held->cDatabases = static_cast<UINT>(component.databaseFiles.size());
    held->cLogFiles = static_cast<UINT>(component.logFiles.size());
    held->cDependencies = static_cast<UINT>(component.dependencies.size());
    return held.release();
  });
}

HRESULT OfferedComponentObject::FreeComponentInfo(InStructure<VSS_COMPONENTINFO> pInfo) {
  delete static_cast<HeldInfo*>(pInfo.at);
  return S_OK;
}

HRESULT OfferedComponentObject::file(Method method, const std::vector<FileSet>& list, UINT index, IVssWMFiledesc** out) {
  return giveItem(method, out, index, [&]() -> auto& { return list; }, [&](const FileSet& set) { return new Filedesc(machine, set); });
}
HRESULT OfferedComponentObject::GetFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) {
  return file(Method::offeredGetFile, component.files, iFile, ppFiledesc.at);
}
HRESULT OfferedComponentObject::GetDatabaseFile(UINT iDBFile, Out<IVssWMFiledesc*> ppFiledesc) {
  return file(Method::offeredGetDatabaseFile, component.databaseFiles, iDBFile, ppFiledesc.at);
}
HRESULT OfferedComponentObject::GetDatabaseLogFile(UINT iDbLogFile, Out<IVssWMFiledesc*> ppFiledesc) {
  return file(Method::offeredGetDatabaseLogFile, component.logFiles, iDbLogFile, ppFiledesc.at);
}
HRESULT OfferedComponentObject::GetDependency(UINT iDependency, Out<IVssWMDependency*> ppDependency) {
  return giveItem(Method::offeredGetDependency, ppDependency.at, iDependency, [&]() -> auto& { return component.dependencies; },
                  [&](const Dependency& dependency) { return new DependencyObject(machine, dependency); });
}

// ---- IVssExamineWriterMetadata … Ex2 ----

// Ex came with Vista and Server 2003 SP1, Ex2 with Vista and Server 2008.
std::span<const Guid* const> ExamineWriterMetadata::known() const {
  static constexpr const Guid* family[] = {&IVssExamineWriterMetadata::iid, &IVssExamineWriterMetadataEx::iid, &IVssExamineWriterMetadataEx2::iid};
  return std::span(family).first(static_cast<std::size_t>(std::min(machine->scenario.os->newestInterface, 2) + 1));
}

HRESULT ExamineWriterMetadata::identity(Method method, bool badArgument, VSS_ID* instance, VSS_ID* writer, char16_t** name,
                                        char16_t** instanceName, VSS_USAGE_TYPE* usage, VSS_SOURCE_TYPE* source) {
  HRESULT result = call(method, badArgument, always, [&]() -> HRESULT {
    OwnedBstr writerName = newBstr(metadata.name);
    if (instanceName) *instanceName = newBstr(metadata.instanceName).release();
    *name = writerName.release();
    *instance = metadata.instanceId;
    *writer = metadata.classId;
    *usage = metadata.usage;
    *source = metadata.source;
    return S_OK;
  });
  return withOutputs(*machine, result, instance, writer, name, instanceName, usage, source);
}

HRESULT ExamineWriterMetadata::GetIdentity(Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter, Out<Bstr> pbstrWriterName,
                                           Out<VSS_USAGE_TYPE> pUsage, Out<VSS_SOURCE_TYPE> pSource) {
  bool bad = !pidInstance.at || !pidWriter.at || !pbstrWriterName.at || !pUsage.at || !pSource.at;
  return identity(Method::metadataGetIdentity, bad, pidInstance.at, pidWriter.at, pbstrWriterName.at, nullptr, pUsage.at, pSource.at);
}

HRESULT ExamineWriterMetadata::GetIdentityEx(Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter, Out<Bstr> pbstrWriterName,
                                             Out<Bstr> pbstrInstanceName, Out<VSS_USAGE_TYPE> pUsage, Out<VSS_SOURCE_TYPE> pSource) {
  bool bad = !pidInstance.at || !pidWriter.at || !pbstrWriterName.at || !pbstrInstanceName.at || !pUsage.at || !pSource.at;
  return identity(Method::metadataGetIdentityEx, bad, pidInstance.at, pidWriter.at, pbstrWriterName.at, pbstrInstanceName.at, pUsage.at, pSource.at);
}

// The first count is reserved.
HRESULT ExamineWriterMetadata::GetFileCounts(Out<UINT> pcIncludeFiles, Out<UINT> pcExcludeFiles, Out<UINT> pcComponents) {
  bool bad = !pcExcludeFiles.at || !pcComponents.at || (!pcIncludeFiles.at && choices().nullReservedOutput == NullReservedOutput::invalidArgument);
  HRESULT result = call(Method::metadataGetFileCounts, bad, always, [&]() -> HRESULT {
    if (pcIncludeFiles.at) *pcIncludeFiles.at = 0;
    *pcExcludeFiles.at = static_cast<UINT>(metadata.excludeFiles.size());
    *pcComponents.at = static_cast<UINT>(metadata.components.size());
    return S_OK;
  });
  return withOutputs(*machine, result, pcIncludeFiles.at, pcExcludeFiles.at, pcComponents.at);
}

HRESULT ExamineWriterMetadata::GetIncludeFile(UINT, Out<IVssWMFiledesc*> ppFiledesc) { return withOutputs(*machine, E_NOTIMPL, ppFiledesc.at); }
HRESULT ExamineWriterMetadata::GetDocument(Out<IXMLDOMDocument*> pDoc) { return withOutputs(*machine, E_NOTIMPL, pDoc.at); }

HRESULT ExamineWriterMetadata::file(Method method, std::vector<FileSet> WriterMetadata::* list, UINT index, IVssWMFiledesc** out, HRESULT pastTheEnd) {
  return giveItem(method, out, index, [&]() -> auto& { return metadata.*list; }, [&](const FileSet& set) { return new Filedesc(machine, set); },
                  pastTheEnd);
}
HRESULT ExamineWriterMetadata::GetExcludeFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) {
  return file(Method::metadataGetExcludeFile, &WriterMetadata::excludeFiles, iFile, ppFiledesc.at);
}
HRESULT ExamineWriterMetadata::GetAlternateLocationMapping(UINT iMapping, Out<IVssWMFiledesc*> ppFiledesc) {
  return file(Method::metadataGetAlternateLocationMapping, &WriterMetadata::alternateLocations, iMapping, ppFiledesc.at);
}
HRESULT ExamineWriterMetadata::GetExcludeFromSnapshotFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) {
  HRESULT pastTheEnd = choices().excludeFromSnapshotPastEnd == ExcludeFromSnapshotPastEnd::objectNotFound ? VSS_E_OBJECT_NOT_FOUND : E_INVALIDARG;
  return file(Method::metadataGetExcludeFromSnapshotFile, &WriterMetadata::excludeFromSnapshot, iFile, ppFiledesc.at, pastTheEnd);
}
HRESULT ExamineWriterMetadata::GetExcludeFromSnapshotCount(Out<UINT> pcExcludedFromSnapshot) {
  return give(Method::metadataGetExcludeFromSnapshotCount, pcExcludedFromSnapshot.at,
              [&] { return static_cast<UINT>(metadata.excludeFromSnapshot.size()); });
}
HRESULT ExamineWriterMetadata::GetComponent(UINT iComponent, Out<IVssWMComponent*> ppComponent) {
  return giveItem(Method::metadataGetComponent, ppComponent.at, iComponent, [&]() -> auto& { return metadata.components; },
                  [&](const OfferedComponent& component) { return new OfferedComponentObject(machine, component); });
}

HRESULT ExamineWriterMetadata::GetRestoreMethod(Out<VSS_RESTOREMETHOD_ENUM> pMethod, Out<Bstr> pbstrService, Out<Bstr> pbstrUserProcedure,
                                                Out<VSS_WRITERRESTORE_ENUM> pwriterRestore, Out<bool> pbRebootRequired, Out<UINT> pcMappings) {
  bool bad = !pMethod.at || !pbstrService.at || !pbstrUserProcedure.at || !pwriterRestore.at || !pbRebootRequired.at || !pcMappings.at;
  HRESULT result = call(Method::metadataGetRestoreMethod, bad, always, [&]() -> HRESULT {
    const RestoreMethod none{VSS_RME_UNDEFINED, {}, {}, VSS_WRE_UNDEFINED, false};
    const RestoreMethod& said = metadata.restoreMethod ? *metadata.restoreMethod : none;
    OwnedBstr service = newBstr(said.service), procedure = newBstr(said.userProcedure);
    *pMethod.at = said.method;
    *pbstrService.at = service.release();
    *pbstrUserProcedure.at = procedure.release();
    *pwriterRestore.at = said.writerRestore;
    *pbRebootRequired.at = said.rebootRequired;
    *pcMappings.at = static_cast<UINT>(metadata.alternateLocations.size());
    return metadata.restoreMethod ? S_OK : S_FALSE;
  });
  return withOutputs(*machine, result, pMethod.at, pbstrService.at, pbstrUserProcedure.at, pwriterRestore.at, pbRebootRequired.at, pcMappings.at);
}

HRESULT ExamineWriterMetadata::GetBackupSchema(Out<DWORD> pdwSchemaMask) {
  return give(Method::metadataGetBackupSchema, pdwSchemaMask.at, [&] { return metadata.backupSchema; });
}

HRESULT ExamineWriterMetadata::GetVersion(Out<DWORD> pdwMajorVersion, Out<DWORD> pdwMinorVersion) {
  HRESULT result = call(Method::metadataGetVersion, !pdwMajorVersion.at || !pdwMinorVersion.at, always, [&]() -> HRESULT {
    *pdwMajorVersion.at = metadata.majorVersion;
    *pdwMinorVersion.at = metadata.minorVersion;
    return S_OK;
  });
  return withOutputs(*machine, result, pdwMajorVersion.at, pdwMinorVersion.at);
}

HRESULT ExamineWriterMetadata::SaveAsXML(Out<Bstr> pbstrXML) {
  return giveText(Method::metadataSaveAsXML, pbstrXML.at, S_OK, [&] { return writeMetadata(metadata); });
}

HRESULT ExamineWriterMetadata::LoadFromXML(Bstr bstrXML) {
  bool bad = !bstrXML.text && choices().nullMetadataDocument == NullMetadataDocument::invalidArgument;
  return call(Method::metadataLoadFromXML, bad, always, [&]() -> HRESULT {
    auto loaded = bstrXML.text ? readMetadata(bstrXML.text) : std::nullopt;
    if (!loaded) return choices().loadOfBadDocument == LoadOfBadDocument::invalidXml ? VSS_E_INVALID_XML_DOCUMENT : S_FALSE;
    metadata = std::move(*loaded);
    return S_OK;
  });
}

}  // namespace vss::model
