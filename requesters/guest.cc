// A requester with bad habits. What it does is its first argument:
//   load LIB         loads a vssapi and does nothing with it; prints how many threads came with it
//   unload LIB       creates through a vssapi that it unloads before it releases what it got
//   end HOW THREADS  makes calls from that many threads and from main(), which ends the process meanwhile: exit, quick_exit, _exit, abort,
//                    return, late (calls from an atexit handler); on Windows ExitProcess, TerminateProcess
//   echo ARGS...     prints its arguments, its folder, its input and its environment
//   code N           ends with that exit code
//   errors           leaves something in errno (on Windows: and as last error), makes the first call of all, and prints what is there then
//   start HOW PROGRAM ARGS...
//                    (Windows) creates an object, starts a program in an environment without a word of ours, and ends as that does. HOW: W, A
//                    (CreateProcessA) or debug (this program is its debugger)
//   attended FOLDER THREADS
//                    (Windows) that many threads make sessions all the time; main() has an object, then makes one call on it and a session of its own whenever a file "go" appears in the folder, and
//                    makes it "gone"; ends when a file "end" appears there
//   fork             (Linux) calls from parent and child, while another thread of the parent calls
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "vss_platform.h"

#if defined(_WIN32)
#include <shellapi.h>
#include <tlhelp32.h>
#else
#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>

#include <filesystem>
#endif

namespace {

#if defined(_WIN32)
using Factory = HRESULT(__stdcall*)(IVssBackupComponents**);
using Library = HMODULE;
std::wstring wide(const char* text) {
  std::wstring out(MultiByteToWideChar(CP_ACP, 0, text, -1, nullptr, 0), L'\0');
  MultiByteToWideChar(CP_ACP, 0, text, -1, out.data(), static_cast<int>(out.size()));
  return out;
}
Library load(const char* name) { return LoadLibraryW(wide(name).c_str()); }
void unload(Library library) { FreeLibrary(library); }
Factory factoryOf(Library library) {
  return reinterpret_cast<Factory>(reinterpret_cast<void*>(GetProcAddress(library, "CreateVssBackupComponentsInternal")));
}
int threadsNow() {
  HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  THREADENTRY32 entry;
  entry.dwSize = sizeof entry;
  int count = 0;
  for (BOOL more = Thread32First(all, &entry); more; more = Thread32Next(all, &entry)) count += entry.th32OwnerProcessID == GetCurrentProcessId();
  CloseHandle(all);
  return count;
}
#else
using Factory = HRESULT(VSS_CALL*)(IVssBackupComponents**);
using Library = void*;
Library load(const char* name) { return dlopen(name, RTLD_NOW | RTLD_LOCAL); }
void unload(Library library) { dlclose(library); }
Factory factoryOf(Library library) { return reinterpret_cast<Factory>(dlsym(library, "CreateVssBackupComponentsInternal")); }
int threadsNow() {
  int count = 0;
  for ([[maybe_unused]] auto& task : std::filesystem::directory_iterator("/proc/self/task")) ++count;
  return count;
}
#endif

int loadOnly(const char* name) {
  int before = threadsNow();
  if (!load(name)) return 1;
  std::printf("%d more threads\n", threadsNow() - before);
  return 0;
}

int unloadEarly(const char* name) {
  Library library = load(name);
  Factory create = library ? factoryOf(library) : nullptr;
  IVssBackupComponents* backup = nullptr;
  IVssAsync* operation = nullptr;
  if (!create || create(&backup) != S_OK || backup->InitializeForBackup(nullptr) != S_OK || backup->GatherWriterMetadata(&operation) != S_OK)
    return 1;
  unload(library);
  operation->Wait();
  std::printf("%u and %u references left\n", static_cast<unsigned>(operation->Release()), static_cast<unsigned>(backup->Release()));
  return 0;
}

int errorsAroundTheFirstCall() {
  IVssBackupComponents* backup = nullptr;
  errno = 77;
#if defined(_WIN32)
  SetLastError(78);
#endif
  HRESULT result = CreateVssBackupComponents(&backup);
  int error = errno;
#if defined(_WIN32)
  unsigned long last = GetLastError();
#else
  unsigned long last = 0;
#endif
  std::printf("errno %d, last error %lu\n", error, last);
  return result != S_OK;
}

std::atomic<int> calling{0};
IVssBackupComponents* forTheEnd = nullptr;

void callForEver() {
  IVssBackupComponents* backup = nullptr;
  CreateVssBackupComponents(&backup);
  UINT count;
  backup->GetWriterStatusCount(&count);
  for (++calling;; backup->GetWriterStatusCount(&count)) backup->InitializeForBackup(nullptr);
}

int end(const char* how, int threads) {
  // Registered before the first call, so called after everything that is registered in it.
  if (!std::strcmp(how, "late")) std::atexit([] { std::printf("%u references left\n", static_cast<unsigned>(forTheEnd->Release())), std::fflush(stdout); });
  for (int i = 0; i < threads; ++i) std::thread(callForEver).detach();
  CreateVssBackupComponents(&forTheEnd);
  UINT count;
  for (int i = 0; i < 100 || calling < threads; ++i) forTheEnd->GetWriterStatusCount(&count);
  std::printf("ending\n");
  std::fflush(stdout);
  if (!std::strcmp(how, "exit") || !std::strcmp(how, "late")) std::exit(7);
  if (!std::strcmp(how, "_exit")) std::_Exit(7);
  if (!std::strcmp(how, "abort")) std::abort();
#if defined(_WIN32)
  if (!std::strcmp(how, "ExitProcess")) ExitProcess(7);
  if (!std::strcmp(how, "TerminateProcess")) TerminateProcess(GetCurrentProcess(), 7);
#else
  if (!std::strcmp(how, "quick_exit")) std::quick_exit(7);
#endif
  return 7;
}

#if defined(_WIN32)
void printWide(const char* what, const wchar_t* text) { std::printf("%s %s\n", what, toUtf8(Text(text)).c_str()); }
void echo() {
  int count = 0;
  LPWSTR* arguments = CommandLineToArgvW(GetCommandLineW(), &count);
  for (int i = 2; i < count; ++i) printWide("argument", arguments[i]);
  wchar_t folder[1024];
  GetCurrentDirectoryW(1024, folder);
  printWide("folder", folder);
  for (wchar_t* entry = GetEnvironmentStringsW(); *entry; entry += std::wcslen(entry) + 1) printWide("variable", entry);
}
#else
void echo(int argc, char** argv) {
  for (int i = 2; i < argc; ++i) std::printf("argument %s\n", argv[i]);
  std::printf("folder %s\n", std::filesystem::current_path().c_str());
  for (char** entry = environ; *entry; ++entry) std::printf("variable %s\n", *entry);
}
#endif

#if defined(_WIN32)
int start(const std::string& how, int argc, char** argv) {
  IVssBackupComponents* backup = nullptr;
  CreateVssBackupComponents(&backup);
  if (backup) backup->Release();
  std::string line;
  for (int i = 0; i < argc; ++i) line += (i ? " \"" : "\"") + std::string(argv[i]) + "\"";
  std::wstring wideLine = wide(line.c_str()), block;
  for (wchar_t* entry = GetEnvironmentStringsW(); *entry; entry += std::wcslen(entry) + 1)
    if (std::wcsncmp(entry, L"SHADOWTAPE", 10)) block += entry, block += L'\0';
  block += L'\0';
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  STARTUPINFOA startupA{};
  startupA.cb = sizeof startupA;
  PROCESS_INFORMATION made{};
  SetLastError(79);
  BOOL started = how == "A" ? CreateProcessA(nullptr, line.data(), nullptr, nullptr, TRUE, CREATE_UNICODE_ENVIRONMENT, block.data(), nullptr, &startupA, &made)
                            : CreateProcessW(nullptr, wideLine.data(), nullptr, nullptr, TRUE,
                                             CREATE_UNICODE_ENVIRONMENT | (how == "debug" ? DEBUG_ONLY_THIS_PROCESS : 0), block.data(), nullptr, &startup, &made);
  if (!started) return 1;
  DEBUG_EVENT event{};
  while (how == "debug" && event.dwDebugEventCode != EXIT_PROCESS_DEBUG_EVENT && WaitForDebugEvent(&event, INFINITE))
    ContinueDebugEvent(event.dwProcessId, event.dwThreadId, event.dwDebugEventCode == EXCEPTION_DEBUG_EVENT && event.u.Exception.dwFirstChance &&
                       event.u.Exception.ExceptionRecord.ExceptionCode != EXCEPTION_BREAKPOINT ? DBG_EXCEPTION_NOT_HANDLED : DBG_CONTINUE);
  WaitForSingleObject(made.hProcess, INFINITE);
  DWORD code = 0;
  GetExitCodeProcess(made.hProcess, &code);
  return static_cast<int>(code);
}

int attended(const char* folder, int threads) {
  auto file = [&](const wchar_t* name) { return std::wstring(wide(folder).c_str()) + L"\\" + name; };  // without the NUL of wide()
  auto isThere = [&](const wchar_t* name) { return GetFileAttributesW(file(name).c_str()) != INVALID_FILE_ATTRIBUTES; };
  IVssBackupComponents *old = nullptr, *kept = nullptr;
  if (CreateVssBackupComponents(&old) != S_OK || old->InitializeForBackup(nullptr) != S_OK) return 1;
  std::atomic<bool> ending{false}, wrong{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < threads; ++i) busy.emplace_back([&] {
    for (int n = 0; !ending; ++n) {
      if (n % 20 == 19) Sleep(1);
      IVssBackupComponents* own = nullptr;
      if (CreateVssBackupComponents(&own) != S_OK || own->InitializeForBackup(nullptr) != S_OK || own->InitializeForBackup(nullptr) != VSS_E_BAD_STATE ||
          own->AddRef() != 2 || own->Release() != 1 || own->Release() != 0) wrong = true;
    }
  });
  CloseHandle(CreateFileW(file(L"ready").c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW, 0, nullptr));
  for (; !isThere(L"end"); Sleep(5)) {
    if (!isThere(L"go")) continue;
    IVssBackupComponents* fresh = nullptr;
    UINT count = 0;
    // What went before is used on, whoever watched then.
    bool good = old->GetWriterStatusCount(&count) == VSS_E_BAD_STATE && CreateVssBackupComponents(&fresh) == S_OK && fresh->InitializeForBackup(nullptr) == S_OK &&
                (!kept || (kept->InitializeForBackup(nullptr) == VSS_E_BAD_STATE && kept->Release() == 0));
    if (!good) std::_Exit(1);
    kept = fresh;
    MoveFileW(file(L"go").c_str(), file(L"gone").c_str());
  }
  ending = true;
  for (auto& thread : busy) thread.join();
  if (wrong) return 1;
  std::printf("%u and %u references left\n", static_cast<unsigned>(old->Release()), static_cast<unsigned>(kept ? kept->Release() : 0));
  return 0;
}
#endif

#if !defined(_WIN32)
// Prints nothing from the child; its exit code says whether its calls were answered as the parent's are.
int forkWhileCalling() {
  // Calls that any implementation answers without a lock of its own, for such a lock would stay locked in the child.
  constexpr int kThreads = 3;
  for (int i = 0; i < kThreads; ++i) std::thread([] {
    IVssBackupComponents* own = nullptr;
    CreateVssBackupComponents(&own);
    void* same = nullptr;
    for (++calling;; own->Release()) own->QueryInterface(vss::IUnknown::iid, &same);
  }).detach();
  while (calling < kThreads) std::this_thread::yield();
  IVssBackupComponents* backup = nullptr;
  if (CreateVssBackupComponents(&backup) != S_OK || backup->InitializeForBackup(nullptr) != S_OK) return 1;
  int wrong = 0;
  for (int i = 0; i < 300; ++i) {  // so often that some come while a thread holds a lock of the recorder's
    pid_t child = fork();
    if (child == 0) {
      alarm(10);  // a hang is a wrong answer
      IVssBackupComponents* own = nullptr;
      IVssAsync* operation = nullptr;
      bool good = CreateVssBackupComponents(&own) == S_OK && own->InitializeForBackup(nullptr) == S_OK && own->DoSnapshotSet(&operation) != S_OK &&
                  own->Release() == 0 && backup->InitializeForBackup(nullptr) == VSS_E_BAD_STATE && backup->AddRef() == 2 &&
                  backup->Release() == 1 && backup->Release() == 0;
      std::exit(good ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    wrong += status != 0;
  }
  std::printf("%d children went wrong, %u references left\n", wrong, static_cast<unsigned>(backup->Release()));
  return wrong != 0;
}
#endif

}  // namespace

int main(int argc, char** argv) {
  std::string what = argc > 1 ? argv[1] : "";
  if (what == "load" && argc == 3) return loadOnly(argv[2]);
  if (what == "unload" && argc == 3) return unloadEarly(argv[2]);
  if (what == "end" && argc == 4) return end(argv[2], std::atoi(argv[3]));
  if (what == "code" && argc == 3) return static_cast<int>(std::strtoul(argv[2], nullptr, 0));
  if (what == "errors") return errorsAroundTheFirstCall();
  if (what == "echo") {
#if defined(_WIN32)
    echo();
#else
    echo(argc, argv);
#endif
    for (int c; (c = std::getchar()) != EOF;) std::putchar(c);
    std::fprintf(stderr, "to stderr\n");
    return 0;
  }
#if defined(_WIN32)
  if (what == "start" && argc > 3) return start(argv[2], argc - 3, argv + 3);
  if (what == "attended" && argc == 4) return attended(argv[2], std::atoi(argv[3]));
#else
  if (what == "fork") return forkWhileCalling();
#endif
  return 64;
}
