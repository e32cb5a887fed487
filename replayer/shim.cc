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

#include "recorder/launch/inside.h"
#endif

namespace {

// Not static objects: nothing of it may be destroyed while the program can still call.
struct Served {
  vss::Script script;
  vss::Report report;
  vss::Replayer replayer;
  Served(const std::filesystem::path& trace, std::optional<std::filesystem::path> reportFile, const vss::ReplayOptions& options)
      : script(trace, options), report(trace, std::move(reportFile), script.matching()), replayer(script, report, options, [] {
          std::fflush(stdout);  // what the program said until then
          std::_Exit(125);
        }) {
    for (const auto& warning : script.warnings()) report.tell(warning);
  }
};

std::atomic<Served*> current{nullptr};

std::optional<std::filesystem::path> reportFile() {
  auto file = vss::environmentVariable("SHADOWTAPE_REPORT");
  return file ? std::optional(vss::pathFromUtf8(*file)) : std::nullopt;
}

#if defined(_WIN32)
void tellNotEntered(unsigned long process, const char* why) noexcept {
  try {
    vss::Report("", reportFile()).tell((process ? "process " + std::to_string(process) + ", which the program started, is" : "processes that the program starts are") +
                                       " not served: " + why);
  } catch (...) {
  }
}
#endif

Served* serve() {
#if defined(_WIN32)
  HMODULE pinned;  // programs release objects after FreeLibrary
  ::GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, reinterpret_cast<LPCWSTR>(&current), &pinned);
#endif
  auto report = reportFile();
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
HRESULT call(const MethodInfo& function, void* const* args) {
  static Served* served = serve();
  if (served) return served->replayer.call(function, args);
  vss::clearOutputs(function, args);
  return VSS_E_UNEXPECTED;
}
std::uint16_t origin() noexcept { return static_cast<std::uint16_t>(Origin::replayed); }
}  // namespace vss::shim

#if defined(_WIN32)
BOOL WINAPI DllMain(HINSTANCE, DWORD reason, LPVOID) {
  if (reason == DLL_PROCESS_DETACH)
    if (auto* served = current.load()) served->replayer.finish();
  return TRUE;
}

// Called in a process that the shim was put into, before its first instruction or later: from now on the system's factory leads here.
extern "C" DWORD WINAPI ShadowtapeStart(void* settings) {
  if (current) return static_cast<DWORD>(vss::launch::Entered::already);  // objects of the trace that was served live on
  return static_cast<DWORD>(vss::launch::takePlace(settings, {vss::shim::exports<vss::launch::Replacement>(), nullptr, &tellNotEntered}));
}

// Called there when the serving ends before the program: what it creates from now on is the system's.
extern "C" DWORD WINAPI ShadowtapeStop(void*) {
  return static_cast<DWORD>(vss::launch::givePlaceBack([] {
    if (auto* served = current.load()) served->replayer.finish();
  }));
}
#else
namespace {
struct AtExit {
  ~AtExit() { if (auto* served = current.load()) served->replayer.finish(); }
} atExit;
}  // namespace
#endif
