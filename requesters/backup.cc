// A backup from beginning to end: reads what every writer has, backs up all of it or, with -v, volumes alone, and saves the documents.
// Usage: backup [-v] [-d DOCUMENT] [VOLUME ENDING WITH A BACKSLASH]...     (C:\ by default)
#include <cstring>
#include <vector>

#include "steps.h"

namespace {

struct Component { VSS_ID instance, writer; VSS_COMPONENT_TYPE type; Text path, name; bool pathIsNull; };

// get: hands out the file set.
template <class Get> void printFile(const char* what, Get&& get) {
  IVssWMFiledesc* file = nullptr;
  if (HRESULT result = get(&file); result != S_OK) return say(what, result);
  OwnText path, spec, alternate;
  bool recursive = false;
  DWORD mask = 0;
  file->GetPath(&path.text);
  file->GetFilespec(&spec.text);
#if defined(_WIN32)
  boolean flag = 0;
  file->GetRecursive(&flag);
  recursive = flag != 0;
#else
  file->GetRecursive(&recursive);
#endif
  HRESULT none = file->GetAlternateLocation(&alternate.text);
  file->GetBackupTypeMask(&mask);
  std::printf("    %s: %s %s %s, alternate %s 0x%08x, mask 0x%x\n", what, path.utf8().c_str(), spec.utf8().c_str(), recursive ? "and below" : "alone",
              alternate.utf8().c_str(), static_cast<unsigned>(none), static_cast<unsigned>(mask));
  file->Release();
}

void readComponent(IVssWMComponent* component, const VSS_ID& instance, const VSS_ID& writer, std::vector<Component>& all) {
#if defined(_WIN32)
  PVSSCOMPONENTINFO info = nullptr;
#else
  VSS_COMPONENTINFO* info = nullptr;
#endif
  must("    GetComponentInfo", component->GetComponentInfo(&info));
  std::printf("    component %s %s %s, %u files %u databases %u logs %u dependencies, icon of %u bytes\n", toUtf8(info->bstrLogicalPath).c_str(),
              toUtf8(info->bstrComponentName).c_str(), toUtf8(info->bstrCaption).c_str(), info->cFileCount, info->cDatabases, info->cLogFiles, info->cDependencies, info->cbIcon);
  for (UINT i = 0; i < info->cFileCount; ++i) printFile("file", [&](auto out) { return component->GetFile(i, out); });
  for (UINT i = 0; i < info->cDatabases; ++i) printFile("database", [&](auto out) { return component->GetDatabaseFile(i, out); });
  for (UINT i = 0; i < info->cLogFiles; ++i) printFile("log", [&](auto out) { return component->GetDatabaseLogFile(i, out); });
  for (UINT i = 0; i < info->cDependencies; ++i) {
    IVssWMDependency* dependency = nullptr;
    if (component->GetDependency(i, &dependency) != S_OK) continue;
    OwnText path, name;
    VSS_ID on;
    dependency->GetWriterId(&on);
    dependency->GetLogicalPath(&path.text);
    dependency->GetComponentName(&name.text);
    std::printf("    depends on %s of %s\n", name.utf8().c_str(), toText(on).c_str());
    dependency->Release();
  }
  auto text = [](BSTR bstr) { return bstr ? Text(bstr, SysStringLen(bstr)) : Text(); };
  all.push_back({instance, writer, info->type, text(info->bstrLogicalPath), text(info->bstrComponentName), !info->bstrLogicalPath});
  component->FreeComponentInfo(info);
  component->Release();
}

std::vector<Component> readWriters(IVssBackupComponents* backup) {
  std::vector<Component> all;
  UINT writers = 0;
  must("GetWriterMetadataCount", backup->GetWriterMetadataCount(&writers));
  for (UINT i = 0; i < writers; ++i) {
    VSS_ID instance, same, writer;
    IVssExamineWriterMetadata* metadata = nullptr;
    must("GetWriterMetadata", backup->GetWriterMetadata(i, &instance, &metadata));
    OwnText name, xml;
    VSS_USAGE_TYPE usage;
    VSS_SOURCE_TYPE source;
    UINT included = 0, excluded = 0, components = 0;
    must("  GetIdentity", metadata->GetIdentity(&same, &writer, &name.text, &usage, &source));
    must("  GetFileCounts", metadata->GetFileCounts(&included, &excluded, &components));
    std::printf("  %s usage %d source %d, %u excluded, %u components\n", name.utf8().c_str(), static_cast<int>(usage), static_cast<int>(source), excluded, components);
    for (UINT f = 0; f < excluded; ++f) printFile("excluded", [&](auto out) { return metadata->GetExcludeFile(f, out); });
    for (UINT c = 0; c < components; ++c) {
      IVssWMComponent* component = nullptr;
      must("  GetComponent", metadata->GetComponent(c, &component));
      readComponent(component, instance, writer, all);
    }
    must("  SaveAsXML", metadata->SaveAsXML(&xml.text));
    IVssExamineWriterMetadata* again = nullptr;
    must("  CreateVssExamineWriterMetadata", CreateVssExamineWriterMetadata(xml.text, &again));
    again->Release();
    metadata->Release();
  }
  must("FreeWriterMetadata", backup->FreeWriterMetadata());
  return all;
}

const Character* pathOf(const Component& component) { return component.pathIsNull ? nullptr : component.path.c_str(); }

void printDocument(IVssBackupComponents* backup) {
  UINT writers = 0;
  must("GetWriterComponentsCount", backup->GetWriterComponentsCount(&writers));
  for (UINT i = 0; i < writers; ++i) {
    IVssWriterComponentsExt* components = nullptr;
    UINT count = 0;
    VSS_ID instance, writer;
    must("GetWriterComponents", backup->GetWriterComponents(i, &components));
    must("  GetWriterInfo", components->GetWriterInfo(&instance, &writer));
    must("  GetComponentCount", components->GetComponentCount(&count));
    for (UINT c = 0; c < count; ++c) {
      IVssComponent* component = nullptr;
      OwnText name, stamp;
      must("  GetComponent", components->GetComponent(c, &component));
      component->GetComponentName(&name.text);
      HRESULT stamped = component->GetBackupStamp(&stamp.text);
      std::printf("    %s stamp %s 0x%08x\n", name.utf8().c_str(), stamp.utf8().c_str(), static_cast<unsigned>(stamped));
      component->Release();
    }
    release(components);
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool componentMode = true;
  std::string document;
  std::vector<Text> volumes;
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "-v")) componentMode = false;
    else if (!std::strcmp(argv[i], "-d") && i + 1 < argc) document = argv[++i];
    else volumes.emplace_back(argv[i], argv[i] + std::strlen(argv[i]));
  }
  if (volumes.empty()) volumes.push_back(W("C:\\"));

  startCom();
  IVssBackupComponents* backup = nullptr;
  IVssAsync* operation = nullptr;
  must("CreateVssBackupComponents", CreateVssBackupComponents(&backup));
  must("InitializeForBackup", backup->InitializeForBackup(nullptr));
  must("SetContext", backup->SetContext(VSS_CTX_BACKUP));
  must("SetBackupState", backup->SetBackupState(componentMode, false, VSS_BT_FULL, false));
  must("GatherWriterMetadata", backup->GatherWriterMetadata(&operation));
  finish("GatherWriterMetadata", operation);
  std::vector<Component> components = readWriters(backup);
  VSS_ID set, copy, any{};
  must("StartSnapshotSet", backup->StartSnapshotSet(&set));
  std::vector<VSS_ID> copies;
  for (auto& volume : volumes) {
    must("AddToSnapshotSet", backup->AddToSnapshotSet(volume.data(), any, &copy));
    copies.push_back(copy);
  }
  if (componentMode)
    for (const auto& c : components) must("AddComponent", backup->AddComponent(c.instance, c.writer, c.type, pathOf(c), c.name.c_str()));
  must("PrepareForBackup", backup->PrepareForBackup(&operation));
  finish("PrepareForBackup", operation);
  printStatus(backup);
  must("DoSnapshotSet", backup->DoSnapshotSet(&operation));
  finish("DoSnapshotSet", operation);
  printStatus(backup);
  for (const auto& id : copies) {
    VSS_SNAPSHOT_PROP properties{};
    must("GetSnapshotProperties", backup->GetSnapshotProperties(id, &properties));
    std::printf("  %s of %s, %ld in the set\n", toUtf8(Text(properties.m_pwszSnapshotDeviceObject)).c_str(), toUtf8(Text(properties.m_pwszOriginalVolumeName)).c_str(),
                static_cast<long>(properties.m_lSnapshotsCount));
    VssFreeSnapshotProperties(&properties);
  }
  if (componentMode) {
    printDocument(backup);
    for (const auto& c : components) must("SetBackupSucceeded", backup->SetBackupSucceeded(c.instance, c.writer, c.type, pathOf(c), c.name.c_str(), true));
  }
  must("BackupComplete", backup->BackupComplete(&operation));
  finish("BackupComplete", operation);
  printStatus(backup);
  OwnText xml;
  must("SaveAsXML", backup->SaveAsXML(&xml.text));
  if (!document.empty()) saveDocument(document, xml.text);
  std::printf("%u references left\n", static_cast<unsigned>(backup->Release()));
  endCom();
  return 0;
}
