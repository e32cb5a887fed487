// The model as a drop-in vssapi.dll / libvssapi.so. SHADOWTAPE_SCENARIO names a JSON scenario; unset or empty: a healthy server.
// Nothing happens while the library is loaded; the scenario is read at the first call of the factory.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "model.h"
#include "traces/vss/exports.h"

#if defined(_WIN32)
extern "C" __declspec(dllimport) unsigned long __stdcall GetEnvironmentVariableW(const wchar_t* name, wchar_t* buffer,
                                                                                 unsigned long size);
#endif

namespace vss::shim {
namespace {

std::filesystem::path scenarioFile() {
#if defined(_WIN32)
  std::wstring text(32768, L'\0');  // the longest that Windows allows
  text.resize(GetEnvironmentVariableW(L"SHADOWTAPE_SCENARIO", text.data(), static_cast<unsigned long>(text.size())));
  return text;
#else
  const char* text = std::getenv("SHADOWTAPE_SCENARIO");
  return text ? text : "";
#endif
}

// Read once, by whoever comes first; never freed: a requester may release its objects while the process ends.
const std::shared_ptr<model::Service>& service() {
  static auto* const service = []() -> std::shared_ptr<model::Service>* {
    std::string problem;
    try {
      auto file = scenarioFile();
      auto scenario = file.empty() ? model::defaultScenario() : model::loadScenario(file);
      return new std::shared_ptr<model::Service>(std::make_shared<model::Service>(std::move(scenario)));
    } catch (const std::exception& e) {
      problem = e.what();
    }
    std::fprintf(stderr, "shadowtape model: SHADOWTAPE_SCENARIO: %s\n", problem.c_str());
    return new std::shared_ptr<model::Service>();
  }();
  return *service;
}

}  // namespace

HRESULT create(IVssBackupComponents** ppBackup) try {
  if (service()) return model::create(service(), ppBackup);
  if (ppBackup) *ppBackup = nullptr;
  return ppBackup ? VSS_E_UNEXPECTED : E_INVALIDARG;
} catch (...) {
  return E_OUTOFMEMORY;
}

void* exportBehind(const char*) noexcept { return nullptr; }
std::uint16_t origin() noexcept { return 1; }  // a stand-in

}  // namespace vss::shim
