// The recording vssapi.dll / libvssapi.so. Loading it does nothing: everything starts with the first call of the factory, or, where it
// was put into a process, with ShadowtapeStart.
#include <atomic>
#include <new>

#include "recorder/last_error.h"
#include "recorder/session.h"
#include "traces/vss/exports.h"

#if defined(_WIN32)
#include <windows.h>

#include "recorder/launch/hook.h"
#else
#include <pthread.h>
#endif

namespace {

std::atomic<vss::ShimSession*> current{nullptr};
vss::CreateVssBackupComponentsFunction originalFactory = nullptr;

// Not a static object: nothing of it may be destroyed while the program can still call.
vss::ShimSession& session() {
  vss::LastError beforehand;
  static vss::ShimSession* made = [] {
#if defined(_WIN32)
    HMODULE pinned;  // programs release objects after FreeLibrary
    ::GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, reinterpret_cast<LPCWSTR>(&current), &pinned);
#endif
    alignas(vss::ShimSession) static unsigned char room[sizeof(vss::ShimSession)];  // `new` could throw
    auto* s = new (room) vss::ShimSession(originalFactory);
    current = s;
#if !defined(_WIN32)
    ::pthread_atfork([] { current.load()->beforeFork(); }, [] { current.load()->afterFork(false); }, [] { current.load()->afterFork(true); });
#endif
    return s;
  }();
  beforehand.restore();
  return *made;
}

}  // namespace

namespace vss::shim {
HRESULT create(IVssBackupComponents** ppBackup) { return session().create(ppBackup); }
void* exportBehind(const char* name) noexcept { return session().exportBehind(name); }
std::uint16_t origin() noexcept { return static_cast<std::uint16_t>(session().origin()); }
}  // namespace vss::shim

#if defined(_WIN32)
BOOL WINAPI DllMain(HINSTANCE, DWORD reason, LPVOID) {
  if (reason == DLL_PROCESS_DETACH)
    if (auto* s = current.load()) s->processEnds();
  return TRUE;
}

// Called in a process that the shim was put into, before its first instruction: from now on the system's factory leads here.
extern "C" DWORD WINAPI ShadowtapeStart(void*) {
  static void* ignored = nullptr;
  vss::launch::HookedExport exports[] = {
      {"CreateVssBackupComponentsInternal", reinterpret_cast<void*>(&CreateVssBackupComponentsInternal), reinterpret_cast<void**>(&originalFactory)},
      {"?CreateVssBackupComponents@@YAJPEAPEAVIVssBackupComponents@@@Z", reinterpret_cast<void*>(&CreateVssBackupComponentsInternal), &ignored},
      {"CreateVssBackupComponents", reinterpret_cast<void*>(&CreateVssBackupComponents), &ignored}};
  std::string error;
  return vss::launch::hookSystemVssapi(exports, error) ? 0 : 1;
}
#else
// Not a static object's destructor: this comes after everything that the program registered with atexit(), and a program may call from there.
__attribute__((destructor)) static void atProcessEnd() {
  if (auto* s = current.load()) s->processEnds();
}
#endif
