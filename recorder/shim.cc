// The recording vssapi.dll / libvssapi.so. Loading it does nothing: everything starts with the first call of the factory, or, where it
// was put into a process, with ShadowtapeStart.
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <new>

#include "recorder/last_error.h"
#include "recorder/session.h"
#include "traces/vss/exports.h"

#if defined(_WIN32)
#include <windows.h>

#include "recorder/launch/inside.h"
#else
#include <pthread.h>
#endif

namespace {

// The recording that goes on, or that has ended: calls that are on their way meanwhile pass through it. When the process is entered again there
// will be another. None is ever freed: objects that it wrapped may be used until the process ends.
std::atomic<vss::ShimSession*> current{nullptr};

// Not a static object: nothing of it may be destroyed while the program can still call.
vss::ShimSession& session() {
  if (auto* s = current.load()) return *s;
  vss::LastError beforehand;
  static std::mutex making;
  static vss::ShimSession* last = nullptr;
  std::lock_guard lock(making);
  vss::ShimSession* now = current;
  if (!now) {
#if defined(_WIN32)
    HMODULE pinned;  // programs release objects after FreeLibrary
    ::GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, reinterpret_cast<LPCWSTR>(&current), &pinned);
#endif
    alignas(vss::ShimSession) static unsigned char first[sizeof(vss::ShimSession)];  // `new` could throw
    void* room = last ? std::malloc(sizeof(vss::ShimSession)) : first;
#if defined(_WIN32)
    if (room) last = new (room) vss::ShimSession({&vss::launch::originalOf, vss::launch::wasRunning(), vss::launch::notTaken()});
#else
    last = new (room) vss::ShimSession({});
    ::pthread_atfork([] { current.load()->beforeFork(); }, [] { current.load()->afterFork(false); }, [] { current.load()->afterFork(true); });
#endif
    current = now = last;  // with no memory for another one that which has ended
  }
  beforehand.restore();
  return *now;
}

}  // namespace

namespace vss::shim {
HRESULT call(const MethodInfo& function, void* const* args) { return session().call(function, args); }
std::uint16_t origin() noexcept { return static_cast<std::uint16_t>(session().origin()); }
}  // namespace vss::shim

#if defined(_WIN32)
BOOL WINAPI DllMain(HINSTANCE, DWORD reason, LPVOID) {
  if (reason == DLL_PROCESS_DETACH)
    if (auto* s = current.load()) s->end(vss::TraceWriter::Ending::processExit);
  return TRUE;
}

// Called in a process that the shim was put into, before its first instruction or later: from now on the system's factory leads here.
extern "C" DWORD WINAPI ShadowtapeStart(void* settings) {
  return static_cast<DWORD>(vss::launch::takePlace(settings, {vss::shim::exports<vss::launch::Replacement>(), [] { current = nullptr; }, &vss::tellNotEntered}));
}

// Called there when the recording ends before the program: its trace is closed, objects that were recorded pass calls on.
extern "C" DWORD WINAPI ShadowtapeStop(void*) {
  return static_cast<DWORD>(vss::launch::givePlaceBack([] {
    if (auto* s = current.load()) s->end(vss::TraceWriter::Ending::threadsRun);
  }));
}
#else
// Not a static object's destructor: this comes after everything that the program registered with atexit(), and a program may call from there.
__attribute__((destructor)) static void atProcessEnd() {
  if (auto* s = current.load()) s->end(vss::TraceWriter::Ending::processExit);
}
#endif
