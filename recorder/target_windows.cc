#include <windows.h>

#include "recorder/target.h"
#include "traces/platform.h"

namespace vss {
namespace {

std::filesystem::path systemLibrary() {
  wchar_t folder[MAX_PATH];
  UINT length = ::GetSystemDirectoryW(folder, MAX_PATH);
  return std::filesystem::path(std::wstring(folder, length)) / L"vssapi.dll";
}

constexpr const char* kFactories[] = {"CreateVssBackupComponentsInternal", "?CreateVssBackupComponents@@YAJPEAPEAVIVssBackupComponents@@@Z",
                                      "CreateVssBackupComponents"};

OriginFunction originAskedOf(HMODULE module) {
  return reinterpret_cast<OriginFunction>(reinterpret_cast<void*>(::GetProcAddress(module, "ShadowtapeOrigin")));
}

}  // namespace

Target loadTarget(const std::filesystem::path& library, const std::string& name) {
  auto path = std::filesystem::absolute(library).make_preferred();
  if (!std::filesystem::exists(path))
    throw TargetError(shownPath(path) + ": no such file; --target takes a vssapi.dll, model, model:SCENARIO.json, a trace, or system");
  // Its own folder first, then the system's: a DLL that needs others finds them beside it.
  HMODULE module = ::LoadLibraryExW(path.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
  if (!module)
    throw TargetError(shownPath(path) + ": is no library that can be loaded here (system error " + std::to_string(::GetLastError()) + ")");
  for (const char* symbol : kFactories)
    if (auto factory = ::GetProcAddress(module, symbol)) {
      Target target;
      target.name = name;
      target.factory = reinterpret_cast<CreateVssBackupComponentsFunction>(reinterpret_cast<void*>(factory));
      target.origin = Origin::model;
      if (auto asked = originAskedOf(module)) target.origin = static_cast<Origin>(asked()), target.ours = true;
      target.call = callsOf([module](const char* export_) { return reinterpret_cast<void*>(::GetProcAddress(module, export_)); });
      target.create = [f = target.factory](IVssBackupComponents** out) { return f(out); };
      return target;
    }
  ::FreeLibrary(module);
  throw TargetError(shownPath(path) + ": exports no CreateVssBackupComponents, so it is no implementation of VSS");
}

Target systemTarget() {
  Target target = loadTarget(systemLibrary(), "system");
  if (!target.ours) target.origin = Origin::live;
  return target;
}

void* exportOf(const std::filesystem::path& library, const char* name) {
  HMODULE module = ::GetModuleHandleW((library.empty() ? systemLibrary() : std::filesystem::absolute(library).make_preferred()).c_str());
  return module ? reinterpret_cast<void*>(::GetProcAddress(module, name)) : nullptr;
}

}  // namespace vss
