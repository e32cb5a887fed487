// A status session by a program with a habit of its own, which is its first argument:
//   mangled LIB   loads a vssapi and asks it for the factory under the name that C++ compilers give it (on Linux: by the plain name)
//   path LIB      loads a vssapi by its full path and asks for CreateVssBackupComponentsInternal
//   poll          only asks QueryStatus, never waits
//   wait          only waits, never asks
//   never         asks nothing of an operation and releases it at once
//   last          releases an operation after its IVssBackupComponents, and after CoUninitialize
//   retries       three objects at once: the first two fail to start a set, or are refused, and are given up
//   slot3         calls slot 3 where InitializeForBackup is slot 5, as one shipped program did
#include <chrono>
#include <cstring>
#include <thread>

#include "steps.h"

#if !defined(_WIN32)
#include <dlfcn.h>
#endif

namespace {

#if defined(_WIN32)
using Factory = HRESULT(__stdcall*)(IVssBackupComponents**);
Factory load(const char* library, bool mangled) {
  HMODULE module = LoadLibraryA(library);
  const char* name = mangled ? "?CreateVssBackupComponents@@YAJPEAPEAVIVssBackupComponents@@@Z" : "CreateVssBackupComponentsInternal";
  return module ? reinterpret_cast<Factory>(reinterpret_cast<void*>(GetProcAddress(module, name))) : nullptr;
}
#define CONVENTION __stdcall
#else
using Factory = HRESULT(VSS_CALL*)(IVssBackupComponents**);
Factory load(const char* library, bool mangled) {
  void* module = dlopen(library, RTLD_NOW);
  return module ? reinterpret_cast<Factory>(dlsym(module, mangled ? "CreateVssBackupComponents" : "CreateVssBackupComponentsInternal")) : nullptr;
}
#define CONVENTION VSS_CALL
#endif

HRESULT poll(IVssAsync* operation) {
  HRESULT status = S_OK;
  do {
    if (operation->QueryStatus(&status, nullptr) != S_OK) return E_FAIL;
    if (status == VSS_S_ASYNC_PENDING) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  } while (status == VSS_S_ASYNC_PENDING);
  return status;
}

void start(IVssBackupComponents* backup) {
  must("InitializeForBackup", backup->InitializeForBackup(nullptr));
  must("SetBackupState", backup->SetBackupState(false, false, VSS_BT_COPY, false));
}

// One status session in which every operation is ended by `end`.
void session(Factory create, void (*end)(const char* what, IVssAsync* operation)) {
  IVssBackupComponents* backup = nullptr;
  IVssAsync* operation = nullptr;
  must("CreateVssBackupComponents", create(&backup));
  start(backup);
  must("GatherWriterMetadata", backup->GatherWriterMetadata(&operation));
  end("  GatherWriterMetadata", operation);
  must("GatherWriterStatus", backup->GatherWriterStatus(&operation));
  end("  GatherWriterStatus", operation);
  UINT count = 0;
  say("GetWriterStatusCount", backup->GetWriterStatusCount(&count));
  std::printf("%u writers\n", count);
  say("FreeWriterStatus", backup->FreeWriterStatus());
  std::printf("%u references left\n", static_cast<unsigned>(backup->Release()));
}

HRESULT CONVENTION imported(IVssBackupComponents** backup) { return CreateVssBackupComponents(backup); }

void releaseLast() {
  IVssBackupComponents* backup = nullptr;
  IVssAsync* operation = nullptr;
  must("CreateVssBackupComponents", imported(&backup));
  start(backup);
  must("GatherWriterMetadata", backup->GatherWriterMetadata(&operation));
  std::printf("%u references left\n", static_cast<unsigned>(backup->Release()));
  endCom();
  HRESULT status = S_OK;
  say("Wait", operation->Wait(INFINITE));
  say("QueryStatus", operation->QueryStatus(&status, nullptr));
  say("  ended", status);
  std::printf("%u references left\n", static_cast<unsigned>(operation->Release()));
}

// Tries as some programs do: a context that the system may refuse, and again without; while another object's set is being made.
void retry() {
  IVssBackupComponents* objects[3] = {};
  VSS_ID set, copy, any{};
  IVssAsync* operation = nullptr;
  Character volume[] = W("C:\\");
  for (auto& object : objects) must("CreateVssBackupComponents", imported(&object));
  for (auto* object : objects) start(object);
  say("SetContext", objects[0]->SetContext(0x00400000));
  say("StartSnapshotSet of the second", objects[1]->StartSnapshotSet(&set));
  say("StartSnapshotSet of the third", objects[2]->StartSnapshotSet(&set));
  std::printf("%u references left\n", static_cast<unsigned>(objects[0]->Release()));
  say("AbortBackup of the second", objects[1]->AbortBackup());
  std::printf("%u references left\n", static_cast<unsigned>(objects[1]->Release()));
  say("StartSnapshotSet of the third again", objects[2]->StartSnapshotSet(&set));
  say("AddToSnapshotSet", objects[2]->AddToSnapshotSet(volume, any, &copy));
  must("GatherWriterMetadata", objects[2]->GatherWriterMetadata(&operation));
  finish("GatherWriterMetadata", operation);
  must("PrepareForBackup", objects[2]->PrepareForBackup(&operation));
  finish("PrepareForBackup", operation);
  must("DoSnapshotSet", objects[2]->DoSnapshotSet(&operation));
  finish("DoSnapshotSet", operation);
  must("BackupComplete", objects[2]->BackupComplete(&operation));
  finish("BackupComplete", operation);
  std::printf("%u references left\n", static_cast<unsigned>(objects[2]->Release()));
}

int callSlotThree() {
  struct Object { void** table; };
  using InitializeForBackup = HRESULT(CONVENTION*)(Object*, BSTR);
  IVssBackupComponents* backup = nullptr;
  must("CreateVssBackupComponents", imported(&backup));
  auto* object = reinterpret_cast<Object*>(backup);
  HRESULT result = reinterpret_cast<InitializeForBackup>(object->table[3])(object, nullptr);
  say("InitializeForBackup", result);
  std::printf("%u references left\n", static_cast<unsigned>(backup->Release()));
  return result == S_OK ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string habit = argc > 1 ? argv[1] : "";
  Factory create = argc == 3 ? load(argv[2], habit == "mangled") : &imported;
  if (!create || (argc == 3) != (habit == "mangled" || habit == "path")) return 64;
  startCom();
  if (habit == "last") return releaseLast(), 0;
  int result = 0;
  if (habit == "mangled" || habit == "path") session(create, [](const char* what, IVssAsync* operation) { finish(what, operation); });
  else if (habit == "poll") session(create, [](const char* what, IVssAsync* operation) { say(what, poll(operation)), operation->Release(); });
  else if (habit == "wait") session(create, [](const char* what, IVssAsync* operation) { say(what, operation->Wait(INFINITE)), operation->Release(); });
  else if (habit == "never") session(create, [](const char*, IVssAsync* operation) { operation->Release(); });
  else if (habit == "retries") retry();
  else if (habit == "slot3") result = callSlotThree();
  else result = 64;
  endCom();
  return result;
}
