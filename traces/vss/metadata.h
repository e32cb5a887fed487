// The Writer Metadata Document as requesters read it: what a writer is, which files and components it has. Read-only; an object stays what
// it was when its metadata were gathered. Pages: https://learn.microsoft.com/windows/win32/api/vsbackup/
#pragma once
#include "structures.h"

namespace vss {

struct IXMLDOMDocument;  // of MSXML: not described, its pointer passes through a recorder unchanged and is noted as such

// A set of files: a path, a file specification, whether folders below count. Strings are freed with SysFreeString.
struct IVssWMFiledesc : Interface<IVssWMFiledesc, IUnknown> {
  static constexpr Guid iid{};  // none is published

  virtual HRESULT VSS_CALL GetPath(Out<Bstr> pbstrPath) = 0;
  virtual HRESULT VSS_CALL GetFilespec(Out<Bstr> pbstrFilespec) = 0;
  virtual HRESULT VSS_CALL GetRecursive(Out<bool> pbRecursive) = 0;
  virtual HRESULT VSS_CALL GetAlternateLocation(Out<Bstr> pbstrAlternateLocation) = 0;
  virtual HRESULT VSS_CALL GetBackupTypeMask(Out<DWORD> pdwTypeMask) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssWMFiledesc::GetPath>("pbstrPath"),
        method<&IVssWMFiledesc::GetFilespec>("pbstrFilespec"),
        method<&IVssWMFiledesc::GetRecursive>("pbRecursive"),
        method<&IVssWMFiledesc::GetAlternateLocation>("pbstrAlternateLocation"),
        method<&IVssWMFiledesc::GetBackupTypeMask>("pdwTypeMask"));
  }
};

// Another writer's component on which a component depends.
struct IVssWMDependency : Interface<IVssWMDependency, IUnknown> {
  static constexpr Guid iid{};  // none is published

  virtual HRESULT VSS_CALL GetWriterId(Out<VSS_ID> pWriterId) = 0;
  virtual HRESULT VSS_CALL GetLogicalPath(Out<Bstr> pbstrLogicalPath) = 0;
  virtual HRESULT VSS_CALL GetComponentName(Out<Bstr> pbstrComponentName) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssWMDependency::GetWriterId>("pWriterId"),
        method<&IVssWMDependency::GetLogicalPath>("pbstrLogicalPath"),
        method<&IVssWMDependency::GetComponentName>("pbstrComponentName"));
  }
};

// A component that a writer can back up or restore. Whoever got a VSS_COMPONENTINFO gives it back with FreeComponentInfo.
struct IVssWMComponent : Interface<IVssWMComponent, IUnknown> {
  static constexpr Guid iid{};  // none is published

  virtual HRESULT VSS_CALL GetComponentInfo(Out<Held<VSS_COMPONENTINFO>> ppInfo) = 0;
  virtual HRESULT VSS_CALL FreeComponentInfo(InStructure<VSS_COMPONENTINFO> pInfo) = 0;
  virtual HRESULT VSS_CALL GetFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) = 0;
  virtual HRESULT VSS_CALL GetDatabaseFile(UINT iDBFile, Out<IVssWMFiledesc*> ppFiledesc) = 0;
  virtual HRESULT VSS_CALL GetDatabaseLogFile(UINT iDbLogFile, Out<IVssWMFiledesc*> ppFiledesc) = 0;
  virtual HRESULT VSS_CALL GetDependency(UINT iDependency, Out<IVssWMDependency*> ppDependency) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssWMComponent::GetComponentInfo>("ppInfo"),
        method<&IVssWMComponent::FreeComponentInfo>("pInfo"),
        method<&IVssWMComponent::GetFile>("iFile", "ppFiledesc"),
        method<&IVssWMComponent::GetDatabaseFile>("iDBFile", "ppFiledesc"),
        method<&IVssWMComponent::GetDatabaseLogFile>("iDbLogFile", "ppFiledesc"),
        method<&IVssWMComponent::GetDependency>("iDependency", "ppDependency"));
  }
};

// From GetWriterMetadata, or from CreateVssExamineWriterMetadata for a document that was saved.
struct IVssExamineWriterMetadata : Interface<IVssExamineWriterMetadata, IUnknown> {
  static constexpr Guid iid{0x902FCF7F, 0xB7FD, 0x42F8, {0x81, 0xF1, 0xB2, 0xE4, 0x00, 0xB1, 0xE5, 0xBD}};

  virtual HRESULT VSS_CALL GetIdentity(Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter, Out<Bstr> pbstrWriterName,
                                       Out<VSS_USAGE_TYPE> pUsage, Out<VSS_SOURCE_TYPE> pSource) = 0;
  virtual HRESULT VSS_CALL GetFileCounts(Out<UINT> pcIncludeFiles, Out<UINT> pcExcludeFiles, Out<UINT> pcComponents) = 0;
  virtual HRESULT VSS_CALL GetIncludeFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) = 0;
  virtual HRESULT VSS_CALL GetExcludeFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) = 0;
  virtual HRESULT VSS_CALL GetComponent(UINT iComponent, Out<IVssWMComponent*> ppComponent) = 0;
  virtual HRESULT VSS_CALL GetRestoreMethod(Out<VSS_RESTOREMETHOD_ENUM> pMethod, Out<Bstr> pbstrService,
                                            Out<Bstr> pbstrUserProcedure, Out<VSS_WRITERRESTORE_ENUM> pwriterRestore,
                                            Out<bool> pbRebootRequired, Out<UINT> pcMappings) = 0;
  virtual HRESULT VSS_CALL GetAlternateLocationMapping(UINT iMapping, Out<IVssWMFiledesc*> ppFiledesc) = 0;
  virtual HRESULT VSS_CALL GetBackupSchema(Out<DWORD> pdwSchemaMask) = 0;
  virtual HRESULT VSS_CALL GetDocument(Out<IXMLDOMDocument*> pDoc) = 0;
  virtual HRESULT VSS_CALL SaveAsXML(Out<Bstr> pbstrXML) = 0;
  virtual HRESULT VSS_CALL LoadFromXML(Bstr bstrXML) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssExamineWriterMetadata::GetIdentity>("pidInstance", "pidWriter", "pbstrWriterName", "pUsage", "pSource"),
        method<&IVssExamineWriterMetadata::GetFileCounts>("pcIncludeFiles", "pcExcludeFiles", "pcComponents"),
        method<&IVssExamineWriterMetadata::GetIncludeFile>("iFile", "ppFiledesc"),
        method<&IVssExamineWriterMetadata::GetExcludeFile>("iFile", "ppFiledesc"),
        method<&IVssExamineWriterMetadata::GetComponent>("iComponent", "ppComponent"),
        method<&IVssExamineWriterMetadata::GetRestoreMethod>("pMethod", "pbstrService", "pbstrUserProcedure", "pwriterRestore", "pbRebootRequired", "pcMappings"),
        method<&IVssExamineWriterMetadata::GetAlternateLocationMapping>("iMapping", "ppFiledesc"),
        method<&IVssExamineWriterMetadata::GetBackupSchema>("pdwSchemaMask"),
        method<&IVssExamineWriterMetadata::GetDocument>("pDoc"),
        method<&IVssExamineWriterMetadata::SaveAsXML>("pbstrXML"),
        method<&IVssExamineWriterMetadata::LoadFromXML>("bstrXML"));
  }
};

struct IVssExamineWriterMetadataEx : Interface<IVssExamineWriterMetadataEx, IVssExamineWriterMetadata> {
  static constexpr Guid iid{0x0C0E5EC0, 0xCA44, 0x472B, {0xB7, 0x02, 0xE6, 0x52, 0xDB, 0x1C, 0x04, 0x51}};

  virtual HRESULT VSS_CALL GetIdentityEx(Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter, Out<Bstr> pbstrWriterName,
                                         Out<Bstr> pbstrInstanceName, Out<VSS_USAGE_TYPE> pUsage,
                                         Out<VSS_SOURCE_TYPE> pSource) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssExamineWriterMetadataEx::GetIdentityEx>("pidInstance", "pidWriter", "pbstrWriterName", "pbstrInstanceName", "pUsage", "pSource"));
  }
};

struct IVssExamineWriterMetadataEx2 : Interface<IVssExamineWriterMetadataEx2, IVssExamineWriterMetadataEx> {
  static constexpr Guid iid{0xCE115780, 0xA611, 0x431B, {0xB5, 0x7F, 0xC3, 0x83, 0x03, 0xAB, 0x6A, 0xEE}};

  virtual HRESULT VSS_CALL GetVersion(Out<DWORD> pdwMajorVersion, Out<DWORD> pdwMinorVersion) = 0;
  virtual HRESULT VSS_CALL GetExcludeFromSnapshotCount(Out<UINT> pcExcludedFromSnapshot) = 0;
  virtual HRESULT VSS_CALL GetExcludeFromSnapshotFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) = 0;

  static constexpr auto methods() {
    return MethodList(
        method<&IVssExamineWriterMetadataEx2::GetVersion>("pdwMajorVersion", "pdwMinorVersion"),
        method<&IVssExamineWriterMetadataEx2::GetExcludeFromSnapshotCount>("pcExcludedFromSnapshot"),
        method<&IVssExamineWriterMetadataEx2::GetExcludeFromSnapshotFile>("iFile", "ppFiledesc"));
  }
};

}  // namespace vss
