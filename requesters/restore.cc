// A restore from beginning to end, of everything that is in a document that `backup -d` has saved.
// Usage: restore DOCUMENT
#include <vector>

#include "steps.h"

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  startCom();
  IVssBackupComponents* restore = nullptr;
  IVssAsync* operation = nullptr;
  OwnText document;
  document.text = loadDocument(argv[1]);
  must("CreateVssBackupComponents", CreateVssBackupComponents(&restore));
  must("InitializeForRestore", restore->InitializeForRestore(document.text));
  must("SetRestoreState", restore->SetRestoreState(VSS_RTYPE_BY_COPY));
  must("GatherWriterMetadata", restore->GatherWriterMetadata(&operation));
  finish("GatherWriterMetadata", operation);

  struct Selected { VSS_ID writer; VSS_COMPONENT_TYPE type; Text path, name; bool pathIsNull; };
  std::vector<Selected> all;
  UINT writers = 0;
  must("GetWriterComponentsCount", restore->GetWriterComponentsCount(&writers));
  for (UINT i = 0; i < writers; ++i) {
    IVssWriterComponentsExt* components = nullptr;
    VSS_ID instance, writer;
    UINT count = 0;
    must("GetWriterComponents", restore->GetWriterComponents(i, &components));
    must("  GetWriterInfo", components->GetWriterInfo(&instance, &writer));
    must("  GetComponentCount", components->GetComponentCount(&count));
    for (UINT c = 0; c < count; ++c) {
      IVssComponent* component = nullptr;
      OwnText path, name;
      VSS_COMPONENT_TYPE type;
      must("  GetComponent", components->GetComponent(c, &component));
      must("    GetLogicalPath", component->GetLogicalPath(&path.text));
      must("    GetComponentName", component->GetComponentName(&name.text));
      must("    GetComponentType", component->GetComponentType(&type));
      std::printf("    %s %s %d\n", path.utf8().c_str(), name.utf8().c_str(), static_cast<int>(type));
      all.push_back({writer, type, path.text ? Text(path.text) : Text(), Text(name.text), !path.text});
      component->Release();
    }
    release(components);
  }
  auto pathOf = [](const Selected& s) { return s.pathIsNull ? nullptr : s.path.c_str(); };
  for (const auto& s : all) say("SetSelectedForRestore", restore->SetSelectedForRestore(s.writer, s.type, pathOf(s), s.name.c_str(), true));
  must("PreRestore", restore->PreRestore(&operation));
  finish("PreRestore", operation);
  printStatus(restore);
  for (const auto& s : all) say("SetFileRestoreStatus", restore->SetFileRestoreStatus(s.writer, s.type, pathOf(s), s.name.c_str(), VSS_RS_ALL));
  must("PostRestore", restore->PostRestore(&operation));
  finish("PostRestore", operation);
  printStatus(restore);
  std::printf("%u references left\n", static_cast<unsigned>(restore->Release()));
  endCom();
  return 0;
}
