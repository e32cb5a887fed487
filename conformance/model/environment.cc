#include "environment.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#if defined(_WIN32)
extern "C" __declspec(dllimport) unsigned long __stdcall GetEnvironmentVariableW(const wchar_t* name, wchar_t* buffer, unsigned long size);
#endif

namespace vss::model {

std::filesystem::path environmentPath(const char* name) {
#if defined(_WIN32)
  std::wstring text(32768, L'\0');  // the longest that Windows allows
  text.resize(GetEnvironmentVariableW(std::wstring(name, name + std::char_traits<char>::length(name)).c_str(), text.data(),
                                      static_cast<unsigned long>(text.size())));
  return text;
#else
  const char* text = std::getenv(name);
  return text ? text : "";
#endif
}

// Never freed: a requester may release its objects while the process ends.
const std::shared_ptr<Service>& serviceOfEnvironment() {
  static auto* const service = []() -> std::shared_ptr<Service>* {
    std::string problem;
    try {
      auto file = environmentPath("SHADOWTAPE_SCENARIO");
      auto scenario = file.empty() ? defaultScenario() : loadScenario(file);
      return new std::shared_ptr<Service>(std::make_shared<Service>(std::move(scenario)));
    } catch (const std::exception& e) {
      problem = e.what();
    }
    std::fprintf(stderr, "shadowtape model: SHADOWTAPE_SCENARIO: %s\n", problem.c_str());
    return new std::shared_ptr<Service>();
  }();
  return *service;
}

}  // namespace vss::model
