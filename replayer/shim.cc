// The replaying vssapi.dll / libvssapi.so. Loading it does nothing: the trace is read at the first call of the factory.
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "replayer/replayer.h"
#include "traces/platform.h"
#include "traces/trace_error.h"
#include "traces/vss/exports.h"

#if defined(_WIN32)
#include <windows.h>

#include "recorder/launch/hook.h"
#endif

namespace {

// Not static objects: nothing of it may be destroyed while the program can still call.
struct Served {
  vss::Script script;
  vss::Report report;
  vss::Replayer replayer;
  Served(const std::filesystem::path& trace, std::optional<std::filesystem::path> reportFile, const vss::ReplayOptions& options)
      : script(trace), report(trace, std::move(reportFile)), replayer(script, report, options, [] {
          std::fflush(stdout);  // what the program said until then
          std::_Exit(125);
        }) {
    for (const auto& warning : script.warnings()) report.tell(warning);
  }
};

std::atomic<Served*> current{nullptr};

Served* serve() {
#if defined(_WIN32)
  HMODULE pinned;  // programs release objects after FreeLibrary
  ::GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, reinterpret_cast<LPCWSTR>(&current), &pinned);
#endif
  auto file = vss::environmentVariable("SHADOWTAPE_REPORT");
  std::optional<std::filesystem::path> report;
  if (file) report = vss::pathFromUtf8(*file);
  try {
    auto options = vss::parseReplayOptions(vss::environmentVariable("SHADOWTAPE_OPTIONS").value_or(""));
    auto trace = options.trace ? options.trace : vss::environmentVariable("SHADOWTAPE_TRACE");
    if (!trace) throw vss::OptionError("SHADOWTAPE_TRACE is not set; it names the trace to serve");
    current = new Served(vss::pathFromUtf8(*trace), report, options);
  } catch (const std::exception& e) {
    vss::Report("", report).tell(std::string(e.what()) + "; no object is created");
  }
  return current;
}

}  // namespace

namespace vss::shim {
HRESULT create(IVssBackupComponents** ppBackup) {
  static Served* served = serve();
  if (served) return served->replayer.create(ppBackup);
  if (ppBackup) *ppBackup = nullptr;
  return ppBackup ? VSS_E_UNEXPECTED : E_INVALIDARG;
}
void* exportBehind(const char*) noexcept { return nullptr; }
std::uint16_t origin() noexcept { return static_cast<std::uint16_t>(Origin::replayed); }
}  // namespace vss::shim

#if defined(_WIN32)
BOOL WINAPI DllMain(HINSTANCE, DWORD reason, LPVOID) {
  if (reason == DLL_PROCESS_DETACH)
    if (auto* served = current.load()) served->replayer.finish();
  return TRUE;
}

// Called in a process that the shim was put into, before its first instruction: from now on the system's factory leads here.
extern "C" DWORD WINAPI ShadowtapeStart(void*) {
  static void* ignored = nullptr;
  vss::launch::HookedExport exports[] = {
      {"CreateVssBackupComponentsInternal", reinterpret_cast<void*>(&CreateVssBackupComponentsInternal), &ignored},
      {"?CreateVssBackupComponents@@YAJPEAPEAVIVssBackupComponents@@@Z", reinterpret_cast<void*>(&CreateVssBackupComponentsInternal), &ignored},
      {"CreateVssBackupComponents", reinterpret_cast<void*>(&CreateVssBackupComponents), &ignored}};
  std::string error;
  return vss::launch::hookSystemVssapi(exports, error) ? 0 : 1;
}
#else
namespace {
struct AtExit {
  ~AtExit() { if (auto* served = current.load()) served->replayer.finish(); }
} atExit;
}  // namespace
#endif
