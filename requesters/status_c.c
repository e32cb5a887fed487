/* A requester in plain C with a vtable written by hand, as programs without Microsoft's headers have it. Prints as status_loop does. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(_WIN32)
#include <windows.h>
#include <oleauto.h>
#define CALL __stdcall
#else
#if defined(__x86_64__)
#define CALL __attribute__((ms_abi))
#else
#define CALL
#endif
typedef int32_t HRESULT;
typedef uint16_t* BSTR;
void CALL SysFreeString(BSTR);
unsigned CALL SysStringLen(BSTR);
#endif

typedef struct { uint8_t bytes[16]; } Id;
typedef struct Async Async;
typedef struct {
  void* unknown[2];
  uint32_t(CALL* Release)(Async*);
  HRESULT(CALL* Cancel)(Async*);
  HRESULT(CALL* Wait)(Async*, uint32_t milliseconds);
  HRESULT(CALL* QueryStatus)(Async*, HRESULT* result, int32_t* reserved);
} AsyncTable;
struct Async { const AsyncTable* table; };

typedef struct Backup Backup;
typedef struct {
  void* unknown[2];
  uint32_t(CALL* Release)(Backup*);
  void* slots3to4[2];
  HRESULT(CALL* InitializeForBackup)(Backup*, BSTR);
  void* slots6to8[3];
  HRESULT(CALL* GatherWriterMetadata)(Backup*, Async**);
  void* slots10to15[6];
  HRESULT(CALL* GatherWriterStatus)(Backup*, Async**);
  HRESULT(CALL* GetWriterStatusCount)(Backup*, uint32_t*);
  HRESULT(CALL* FreeWriterStatus)(Backup*);
  HRESULT(CALL* GetWriterStatus)(Backup*, uint32_t index, Id* instance, Id* writer, BSTR* name, int32_t* state, HRESULT* failure);
} BackupTable;
struct Backup { const BackupTable* table; };

HRESULT CALL CreateVssBackupComponentsInternal(Backup** backup);

static void require(HRESULT result, const char* call) {
  if (result == 0) return;
  printf("%s: 0x%08x\n", call, (unsigned)result);
  exit(1);
}

static void finish(Async* operation) {
  HRESULT status = 0;
  require(operation->table->Wait(operation, 0xFFFFFFFFu), "Wait");
  require(operation->table->QueryStatus(operation, &status, NULL), "QueryStatus");
  require(status == 0x0004230A ? 0 : status, "the operation");
  operation->table->Release(operation);
}

int main(void) {
  Backup* backup = NULL;
  Async* operation = NULL;
  uint32_t count = 0, i;
#if defined(_WIN32)
  CoInitializeEx(NULL, COINIT_MULTITHREADED);
#endif
  require(CreateVssBackupComponentsInternal(&backup), "CreateVssBackupComponentsInternal");
  require(backup->table->InitializeForBackup(backup, NULL), "InitializeForBackup");
  require(backup->table->GatherWriterMetadata(backup, &operation), "GatherWriterMetadata");
  finish(operation);
  require(backup->table->GatherWriterStatus(backup, &operation), "GatherWriterStatus");
  finish(operation);
  require(backup->table->GetWriterStatusCount(backup, &count), "GetWriterStatusCount");
  for (i = 0; i < count; ++i) {
    Id instance, writer;
    BSTR name = NULL;
    int32_t state = 0;
    HRESULT failure = 0;
    unsigned k;
    require(backup->table->GetWriterStatus(backup, i, &instance, &writer, &name, &state, &failure), "GetWriterStatus");
    printf("%u %d 0x%08x '", i, (int)state, (unsigned)failure);
    for (k = 0; k < SysStringLen(name); ++k) putchar(name[k] < 0x80 ? (int)name[k] : '?');
    printf("'\n");
    SysFreeString(name);
  }
  require(backup->table->FreeWriterStatus(backup), "FreeWriterStatus");
  backup->table->Release(backup);
  return 0;
}
