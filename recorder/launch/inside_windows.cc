#include "recorder/launch/inside.h"

#include <atomic>
#include <cwchar>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "recorder/launch/enter.h"
#include "recorder/launch/hook.h"
#include "recorder/launch/text_windows.h"

namespace vss::launch {
namespace {

// All that a shim of ours is ever told; a process that this one starts is told the same.
constexpr const char* kSettings[] = {"SHADOWTAPE_TRACE",  "SHADOWTAPE_TARGET",  "SHADOWTAPE_SHIM",
                                     "SHADOWTAPE_REPORT", "SHADOWTAPE_OPTIONS", "SHADOWTAPE_SCENARIO", "SHADOWTAPE_SYNC", "SHADOWTAPE_RING", "SHADOWTAPE_REDACT"};

using CreateProcessInternal = BOOL(WINAPI*)(HANDLE token, LPCWSTR program, LPWSTR line, LPSECURITY_ATTRIBUTES, LPSECURITY_ATTRIBUTES, BOOL, DWORD flags,
                                            LPVOID environment, LPCWSTR folder, LPSTARTUPINFOW, LPPROCESS_INFORMATION made, PHANDLE newToken);

CreateProcessInternal originalCreateProcess = nullptr;
void (*notEntered)(unsigned long process, const char* why) noexcept = nullptr;
Settings* forChildren = nullptr;       // as this process was told; never freed: a thread may be starting a process at the end
std::filesystem::path* ownPath = nullptr;
std::atomic<bool> taken{false};        // until all is as it was
std::atomic<bool> inPlace{false};
const std::vector<HookedExport>* exportsHooked = nullptr;
std::span<const Replacement> described;  // each with the entry of exportsHooked that has its number
const std::string* notTakenWhy = nullptr;
HANDLE leftEvent = nullptr;            // where the program ran before: somebody waits for it

void enterChild(const PROCESS_INFORMATION& made) noexcept {
  try {
    std::string wrong = enterProcess(made.hProcess, *ownPath, *forChildren);
    if (!wrong.empty()) notEntered(made.dwProcessId, wrong.c_str());
  } catch (...) {
    notEntered(made.dwProcessId, "no memory");
  }
}

// CreateProcessA, CreateProcessW and CreateProcessAsUser all lead here.
BOOL WINAPI createProcessAndEnter(HANDLE token, LPCWSTR program, LPWSTR line, LPSECURITY_ATTRIBUTES ofProcess, LPSECURITY_ATTRIBUTES ofThread, BOOL inherit,
                                  DWORD flags, LPVOID environment, LPCWSTR folder, LPSTARTUPINFOW startup, LPPROCESS_INFORMATION made, PHANDLE newToken) {
  // A debugger of the new process, which is this thread, would have to let our thread in it run.
  bool enter = inPlace && !(flags & (DEBUG_PROCESS | DEBUG_ONLY_THIS_PROCESS));
  DWORD with = enter ? flags | CREATE_SUSPENDED : flags;
  BOOL created = originalCreateProcess(token, program, line, ofProcess, ofThread, inherit, with, environment, folder, startup, made, newToken);
  if (!created) return created;
  DWORD error = ::GetLastError();
  if (inPlace) {  // not so if we were left meanwhile
    if (enter) enterChild(*made);
    else notEntered(made->dwProcessId, "the program that started it debugs it");
  }
  if (enter && !(flags & CREATE_SUSPENDED)) ::ResumeThread(made->hThread);
  ::SetLastError(error);
  return created;
}

void takeOver(const wchar_t* settings) {
  for (; settings && *settings; settings += std::wcslen(settings) + 1) {
    std::wstring entry = settings;
    auto equals = entry.find(L'=');
    std::wstring name = entry.substr(0, equals), value = entry.substr(equals + 1);
    if (narrow(name) == kWasRunning) leftEvent = reinterpret_cast<HANDLE>(std::stoull(value));
    else ::SetEnvironmentVariableW(name.c_str(), value.empty() ? nullptr : value.c_str());
  }
  forChildren = new Settings;
  std::wstring value(32767, L'\0');  // no variable is longer
  for (const char* name : kSettings)
    if (DWORD length = ::GetEnvironmentVariableW(wide(name).c_str(), value.data(), 32767)) forChildren->emplace_back(name, narrow(value.substr(0, length)));
}

std::filesystem::path pathOfThisLibrary() {
  HMODULE module = nullptr;
  ::GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, reinterpret_cast<LPCWSTR>(&inPlace), &module);
  std::wstring path(32768, L'\0');
  path.resize(::GetModuleFileNameW(module, path.data(), static_cast<DWORD>(path.size())));
  return path;
}

void followChildren() {
  std::string error = "there is no CreateProcessInternalW";
  for (const wchar_t* library : {L"kernelbase.dll", L"kernel32.dll"})
    if (auto* function = reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(library), "CreateProcessInternalW"))) {
      if (hookFunction(function, reinterpret_cast<void*>(&createProcessAndEnter), error, reinterpret_cast<void**>(&originalCreateProcess), wasRunning())) return;
      break;
    }
  notEntered(0, error.c_str());
}

}  // namespace

bool wasRunning() noexcept { return leftEvent != nullptr; }

// The first name of a function is the one that its others lead to, so it is what calls go on to; another one only where it does not exist.
void* originalOf(const MethodInfo& function) noexcept {
  for (std::size_t i = 0; exportsHooked && i < exportsHooked->size(); ++i)
    if (described[i].described == &function && (*exportsHooked)[i].original) return (*exportsHooked)[i].original;
  return nullptr;
}

const std::string& notTaken() noexcept {
  static const std::string none;
  return notTakenWhy ? *notTakenWhy : none;
}

Entered takePlace(const void* settings, const Inside& inside) noexcept {
  if (taken.exchange(true)) return Entered::already;
  try {
    takeOver(static_cast<const wchar_t*>(settings));
    ownPath = new std::filesystem::path(pathOfThisLibrary());
    notEntered = inside.notEntered;
    if (inside.begin) inside.begin();
    // Not freed, and made before the first call can come.
    auto* hooked = new std::vector<HookedExport>;
    auto* why = new std::string;
    for (const auto& one : inside.exports) hooked->push_back({one.name, one.ours, one.needed});
    exportsHooked = hooked;
    described = inside.exports;
    notTakenWhy = why;
    std::string error;
    if (hookSystemVssapi(*hooked, error, wasRunning())) {
      for (const auto& one : *hooked)
        if (!one.error.empty()) *why += (why->empty() ? "" : "; ") + std::string(one.name) + ": " + one.error;
      inPlace = true;
      followChildren();
      return Entered::yes;
    }
  } catch (...) {
  }
  leftEvent = nullptr;  // theirs to close
  taken = !unhookFunctions();
  return Entered::noVssapi;
}

Left givePlaceBack(void (*end)()) noexcept {
  if (!inPlace.exchange(false)) return Left::wasNotIn;
  bool all = unhookFunctions();
  end();
  if (HANDLE event = std::exchange(leftEvent, nullptr)) ::SetEvent(event), ::CloseHandle(event);
  if (all) taken = false;  // else a second time would lead from us to us
  return all ? Left::yes : Left::changed;
}

}  // namespace vss::launch
