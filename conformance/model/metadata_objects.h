// The objects by which requesters read a writer's metadata. Pages: IVssExamineWriterMetadata … Ex2, IVssWMComponent, IVssWMFiledesc,
// IVssWMDependency.
#pragma once
#include <array>

#include "counted_object.h"

namespace vss::model {

class Filedesc final : public CountedObject<Filedesc, IVssWMFiledesc> {
 public:
  Filedesc(std::shared_ptr<Machine> machine, FileSet set) : CountedObject(std::move(machine)), set(std::move(set)) {}

  HRESULT VSS_CALL GetPath(Out<Bstr> pbstrPath) override;
  HRESULT VSS_CALL GetFilespec(Out<Bstr> pbstrFilespec) override;
  HRESULT VSS_CALL GetRecursive(Out<bool> pbRecursive) override;
  HRESULT VSS_CALL GetAlternateLocation(Out<Bstr> pbstrAlternateLocation) override;
  HRESULT VSS_CALL GetBackupTypeMask(Out<DWORD> pdwTypeMask) override;

 private:
  const FileSet set;
};

class DependencyObject final : public CountedObject<DependencyObject, IVssWMDependency> {
 public:
  DependencyObject(std::shared_ptr<Machine> machine, Dependency dependency) : CountedObject(std::move(machine)), dependency(std::move(dependency)) {}

  HRESULT VSS_CALL GetWriterId(Out<VSS_ID> pWriterId) override;
  HRESULT VSS_CALL GetLogicalPath(Out<Bstr> pbstrLogicalPath) override;
  HRESULT VSS_CALL GetComponentName(Out<Bstr> pbstrComponentName) override;

 private:
  bool isManaged() const { return !(dependency.writerId == Guid()); }
  const Dependency dependency;
};

class OfferedComponentObject final : public CountedObject<OfferedComponentObject, IVssWMComponent> {
 public:
  OfferedComponentObject(std::shared_ptr<Machine> machine, OfferedComponent component) : CountedObject(std::move(machine)), component(std::move(component)) {}

  HRESULT VSS_CALL GetComponentInfo(Out<Held<VSS_COMPONENTINFO>> ppInfo) override;
  HRESULT VSS_CALL FreeComponentInfo(InStructure<VSS_COMPONENTINFO> pInfo) override;
  HRESULT VSS_CALL GetFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) override;
  HRESULT VSS_CALL GetDatabaseFile(UINT iDBFile, Out<IVssWMFiledesc*> ppFiledesc) override;
  HRESULT VSS_CALL GetDatabaseLogFile(UINT iDbLogFile, Out<IVssWMFiledesc*> ppFiledesc) override;
  HRESULT VSS_CALL GetDependency(UINT iDependency, Out<IVssWMDependency*> ppDependency) override;

 private:
  HRESULT file(Method method, const std::vector<FileSet>& list, UINT index, IVssWMFiledesc** out);
  const OfferedComponent component;
};

// Read-only but for LoadFromXML; what was handed out from it earlier stays what it was.
class ExamineWriterMetadata final : public CountedObject<ExamineWriterMetadata, IVssExamineWriterMetadataEx2> {
 public:
  ExamineWriterMetadata(std::shared_ptr<Machine> machine, WriterMetadata metadata) : CountedObject(std::move(machine)), metadata(std::move(metadata)) {}
  std::span<const Guid* const> known() const;

  HRESULT VSS_CALL GetIdentity(Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter, Out<Bstr> pbstrWriterName, Out<VSS_USAGE_TYPE> pUsage,
                               Out<VSS_SOURCE_TYPE> pSource) override;
  HRESULT VSS_CALL GetFileCounts(Out<UINT> pcIncludeFiles, Out<UINT> pcExcludeFiles, Out<UINT> pcComponents) override;
  HRESULT VSS_CALL GetIncludeFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) override;
  HRESULT VSS_CALL GetExcludeFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) override;
  HRESULT VSS_CALL GetComponent(UINT iComponent, Out<IVssWMComponent*> ppComponent) override;
  HRESULT VSS_CALL GetRestoreMethod(Out<VSS_RESTOREMETHOD_ENUM> pMethod, Out<Bstr> pbstrService, Out<Bstr> pbstrUserProcedure,
                                    Out<VSS_WRITERRESTORE_ENUM> pwriterRestore, Out<bool> pbRebootRequired, Out<UINT> pcMappings) override;
  HRESULT VSS_CALL GetAlternateLocationMapping(UINT iMapping, Out<IVssWMFiledesc*> ppFiledesc) override;
  HRESULT VSS_CALL GetBackupSchema(Out<DWORD> pdwSchemaMask) override;
  HRESULT VSS_CALL GetDocument(Out<IXMLDOMDocument*> pDoc) override;
  HRESULT VSS_CALL SaveAsXML(Out<Bstr> pbstrXML) override;
  HRESULT VSS_CALL LoadFromXML(Bstr bstrXML) override;
  HRESULT VSS_CALL GetIdentityEx(Out<VSS_ID> pidInstance, Out<VSS_ID> pidWriter, Out<Bstr> pbstrWriterName, Out<Bstr> pbstrInstanceName,
                                 Out<VSS_USAGE_TYPE> pUsage, Out<VSS_SOURCE_TYPE> pSource) override;
  HRESULT VSS_CALL GetVersion(Out<DWORD> pdwMajorVersion, Out<DWORD> pdwMinorVersion) override;
  HRESULT VSS_CALL GetExcludeFromSnapshotCount(Out<UINT> pcExcludedFromSnapshot) override;
  HRESULT VSS_CALL GetExcludeFromSnapshotFile(UINT iFile, Out<IVssWMFiledesc*> ppFiledesc) override;

 private:
  HRESULT identity(Method method, bool badArgument, VSS_ID* instance, VSS_ID* writer, char16_t** name, char16_t** instanceName,
                   VSS_USAGE_TYPE* usage, VSS_SOURCE_TYPE* source);
  HRESULT file(Method method, std::vector<FileSet> WriterMetadata::* list, UINT index, IVssWMFiledesc** out,
               HRESULT pastTheEnd = VSS_E_OBJECT_NOT_FOUND);
  WriterMetadata metadata;  // guarded by the machine's mutex
};

}  // namespace vss::model
