#include <windows.h>

#include <winevt.h>

#include <array>
#include <cstdio>
#include <memory>

#include "recorder/environment.h"
#include "recorder/launch/text_windows.h"
#include "traces/print.h"

namespace vss {
namespace {

using launch::narrow;
using launch::wide;

// A value of the registry under HKEY_LOCAL_MACHINE, in the 64-bit view; nullopt: it is not there, or of another type.
std::optional<std::string> registryText(const std::wstring& key, const wchar_t* name) {
  ::DWORD size = 0;
  if (::RegGetValueW(HKEY_LOCAL_MACHINE, key.c_str(), name, RRF_RT_REG_SZ, nullptr, nullptr, &size)) return std::nullopt;
  std::wstring text(size / sizeof(wchar_t) + 1, L'\0');
  size = static_cast<::DWORD>(text.size() * sizeof(wchar_t));
  if (::RegGetValueW(HKEY_LOCAL_MACHINE, key.c_str(), name, RRF_RT_REG_SZ, nullptr, text.data(), &size)) return std::nullopt;
  text.resize(size / sizeof(wchar_t));
  while (!text.empty() && !text.back()) text.pop_back();
  return narrow(text);
}
std::optional<std::string> registryNumber(const std::wstring& key, const wchar_t* name) {
  ::DWORD number = 0, size = sizeof number;
  if (::RegGetValueW(HKEY_LOCAL_MACHINE, key.c_str(), name, RRF_RT_REG_DWORD, nullptr, &number, &size)) return std::nullopt;
  return std::to_string(number);
}

// By version.dll where it is wanted: one more library that every start would load.
std::optional<std::string> fileVersion(const wchar_t* file) {
  wchar_t folder[MAX_PATH];
  UINT length = ::GetSystemDirectoryW(folder, MAX_PATH);
  std::wstring path = std::wstring(folder, length) + L"\\" + file;
  HMODULE library = ::LoadLibraryExW(L"version.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (!library) return std::nullopt;
  auto function = [&](const char* name) { return reinterpret_cast<void*>(::GetProcAddress(library, name)); };
  auto getSize = reinterpret_cast<decltype(&::GetFileVersionInfoSizeW)>(function("GetFileVersionInfoSizeW"));
  auto getInfo = reinterpret_cast<decltype(&::GetFileVersionInfoW)>(function("GetFileVersionInfoW"));
  auto query = reinterpret_cast<decltype(&::VerQueryValueW)>(function("VerQueryValueW"));
  std::optional<std::string> version;
  ::DWORD ignored = 0, size = getSize && getInfo && query ? getSize(path.c_str(), &ignored) : 0;
  std::string room(size, '\0');
  void* found = nullptr;
  UINT bytes = 0;
  if (size && getInfo(path.c_str(), 0, size, room.data()) && query(room.data(), L"\\", &found, &bytes) && bytes >= sizeof(VS_FIXEDFILEINFO)) {
    auto* fixed = static_cast<const VS_FIXEDFILEINFO*>(found);
    if (fixed->dwFileVersionMS || fixed->dwFileVersionLS)
      version = std::to_string(HIWORD(fixed->dwFileVersionMS)) + "." + std::to_string(LOWORD(fixed->dwFileVersionMS)) + "." + std::to_string(HIWORD(fixed->dwFileVersionLS)) + "." +
                std::to_string(LOWORD(fixed->dwFileVersionLS));
  }
  ::FreeLibrary(library);
  return version;
}

// nullptr: this is Windows.
const char* wineVersion() {
  auto version = reinterpret_cast<const char* (*)()>(reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "wine_get_version")));
  return version ? version() : nullptr;
}

void addSystem(Facts& facts) {
  const std::wstring current = L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
  facts.add("os.name", registryText(current, L"ProductName"));
  facts.add("os.installation", registryText(current, L"InstallationType"));
  HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  // GetVersionEx tells what the program's manifest asks for; RtlGetVersion what is there.
  auto getVersion = reinterpret_cast<LONG(WINAPI*)(OSVERSIONINFOW*)>(reinterpret_cast<void*>(::GetProcAddress(ntdll, "RtlGetVersion")));
  OSVERSIONINFOW version{};
  version.dwOSVersionInfoSize = sizeof version;
  if (getVersion && getVersion(&version) == 0) {
    auto revision = registryNumber(current, L"UBR");
    facts.add("os.version", std::to_string(version.dwMajorVersion) + "." + std::to_string(version.dwMinorVersion) + "." + std::to_string(version.dwBuildNumber) + (revision ? "." + *revision : ""));
  }
  if (const char* wine = wineVersion()) facts.add("wine.version", std::string(wine));
  facts.add("vssapi.version", fileVersion(L"vssapi.dll"));
  facts.add("vssvc.version", fileVersion(L"vssvc.exe"));
}

void addLocale(Facts& facts) {
  wchar_t name[LOCALE_NAME_MAX_LENGTH];
  if (::GetUserDefaultLocaleName(name, LOCALE_NAME_MAX_LENGTH)) facts.add("locale.name", narrow(name));
  facts.add("locale.codepage", std::to_string(::GetACP()));
  DYNAMIC_TIME_ZONE_INFORMATION zone{};
  ::DWORD season = ::GetDynamicTimeZoneInformation(&zone);
  if (season == TIME_ZONE_ID_INVALID) return;
  std::wstring key = *zone.TimeZoneKeyName ? zone.TimeZoneKeyName : zone.StandardName;
  if (!key.empty()) facts.add("timezone.name", narrow(key));
  LONG bias = zone.Bias + (season == TIME_ZONE_ID_DAYLIGHT ? zone.DaylightBias : season == TIME_ZONE_ID_STANDARD ? zone.StandardBias : 0);
  facts.add("timezone.minutes", std::to_string(-bias));
}

const char* stateName(::DWORD state) {
  constexpr const char* names[] = {"stopped", "starting", "stopping", "running", "continuing", "pausing", "paused"};
  return state >= 1 && state <= std::size(names) ? names[state - 1] : "unknown";
}
const char* startName(::DWORD start) {
  constexpr const char* names[] = {"boot", "system", "automatic", "manual", "disabled"};
  return start < std::size(names) ? names[start] : "unknown";
}

void addServices(Facts& facts) {
  SC_HANDLE manager = ::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
  if (!manager) return;
  for (const auto& known : hostingServices()) {
    SC_HANDLE service = ::OpenServiceW(manager, wide(known.service).c_str(), SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG);
    if (!service) continue;
    SERVICE_STATUS status{};
    bool hasStatus = ::QueryServiceStatus(service, &status) != FALSE;
    ::DWORD size = 0;
    ::QueryServiceConfigW(service, nullptr, 0, &size);
    std::vector<std::uint64_t> room(size / 8 + 1);
    auto* config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(room.data());
    bool hasConfig = ::QueryServiceConfigW(service, config, size, &size) != FALSE;
    facts.add("service", {known.service, hasStatus ? stateName(status.dwCurrentState) : "unknown", hasConfig ? startName(config->dwStartType) : "unknown"});
    ::CloseServiceHandle(service);
  }
  ::CloseServiceHandle(manager);
}

void addProviders(Facts& facts) {
  const std::wstring root = L"SYSTEM\\CurrentControlSet\\Services\\VSS\\Providers";
  HKEY key = nullptr;
  if (::RegOpenKeyExW(HKEY_LOCAL_MACHINE, root.c_str(), 0, KEY_READ, &key)) return;
  wchar_t id[256];
  for (::DWORD i = 0, length = 256; !::RegEnumKeyExW(key, i, id, &length, nullptr, nullptr, nullptr, nullptr); ++i, length = 256) {
    std::wstring provider = root + L"\\" + id;
    facts.add("provider", {narrow(id), registryNumber(provider, L"Type").value_or(""), registryText(provider, L"Version").value_or(""), registryText(provider, nullptr).value_or("")});
  }
  ::RegCloseKey(key);
}

void addVolumes(Facts& facts) {
  wchar_t volume[MAX_PATH + 1];
  HANDLE search = ::FindFirstVolumeW(volume, MAX_PATH + 1);
  if (search == INVALID_HANDLE_VALUE) return;
  do {
    std::vector<wchar_t> places(MAX_PATH + 1);
    ::DWORD length = 0;
    while (!::GetVolumePathNamesForVolumeNameW(volume, places.data(), static_cast<::DWORD>(places.size()), &length) && ::GetLastError() == ERROR_MORE_DATA && length > places.size())
      places.resize(length);
    const wchar_t* place = *places.data() ? places.data() : volume;  // the first of them
    ULARGE_INTEGER free{}, size{};
    if (::GetDriveTypeW(place) != DRIVE_FIXED || !::GetDiskFreeSpaceExW(place, &free, &size, nullptr)) continue;
    wchar_t system[MAX_PATH + 1] = L"";  // Wine, which answers for a folder, complains of that to standard error
    if (!wineVersion()) ::GetVolumeInformationW(place, nullptr, 0, nullptr, nullptr, nullptr, system, MAX_PATH + 1);
    facts.add("volume", {narrow(place), std::to_string(free.QuadPart), std::to_string(size.QuadPart), narrow(system)});
  } while (::FindNextVolumeW(search, volume, MAX_PATH + 1));
  ::FindVolumeClose(search);
}

// wevtapi.dll by name, as version.dll is.
struct EventLog {
  HMODULE library = ::LoadLibraryExW(L"wevtapi.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
  decltype(&::EvtQuery) query = function<decltype(&::EvtQuery)>("EvtQuery");
  decltype(&::EvtNext) next = function<decltype(&::EvtNext)>("EvtNext");
  decltype(&::EvtClose) close = function<decltype(&::EvtClose)>("EvtClose");
  decltype(&::EvtRender) render = function<decltype(&::EvtRender)>("EvtRender");
  decltype(&::EvtCreateRenderContext) createContext = function<decltype(&::EvtCreateRenderContext)>("EvtCreateRenderContext");
  decltype(&::EvtOpenPublisherMetadata) openPublisher = function<decltype(&::EvtOpenPublisherMetadata)>("EvtOpenPublisherMetadata");
  decltype(&::EvtFormatMessage) format = function<decltype(&::EvtFormatMessage)>("EvtFormatMessage");
  template <class F> F function(const char* name) const { return library ? reinterpret_cast<F>(reinterpret_cast<void*>(::GetProcAddress(library, name))) : nullptr; }
  bool usable() const { return query && next && close && render && createContext && openPublisher && format; }
};

std::string messageOf(const EventLog& log, const wchar_t* provider, EVT_HANDLE event) {
  EVT_HANDLE publisher = log.openPublisher(nullptr, provider, nullptr, 0, 0);
  if (!publisher) return "";
  ::DWORD size = 0;
  log.format(publisher, event, 0, 0, nullptr, EvtFormatMessageEvent, 0, nullptr, &size);
  std::wstring text(size, L'\0');
  if (!size || !log.format(publisher, event, 0, 0, nullptr, EvtFormatMessageEvent, size, text.data(), &size)) text.clear();
  log.close(publisher);
  while (!text.empty() && text.back() <= L' ') text.pop_back();
  return narrow(text);
}

constexpr int kMostEvents = 100;

void addEventsOf(Facts& facts, const EventLog& log, const wchar_t* channel, const std::string& query) {
  EVT_HANDLE results = log.query(nullptr, channel, wide(query).c_str(), EvtQueryChannelPath | EvtQueryReverseDirection);
  if (!results) return;
  EVT_HANDLE context = log.createContext(0, nullptr, EvtRenderContextSystem), event = nullptr;
  ::DWORD got = 0;
  for (int n = 0; context && n < kMostEvents && log.next(results, 1, &event, 2000, 0, &got) && got; ++n) {
    ::DWORD size = 0, values = 0;
    log.render(context, event, EvtRenderEventValues, 0, nullptr, &size, &values);
    std::vector<std::uint64_t> room(size / 8 + 1);
    auto* value = reinterpret_cast<EVT_VARIANT*>(room.data());
    if (log.render(context, event, EvtRenderEventValues, size, room.data(), &size, &values) && values > EvtSystemTimeCreated && value[EvtSystemProviderName].Type == EvtVarTypeString) {
      const wchar_t* provider = value[EvtSystemProviderName].StringVal;
      std::int64_t time = (static_cast<std::int64_t>(value[EvtSystemTimeCreated].FileTimeVal) - 116444736000000000) * 100;
      facts.add("event", {printTime(time), narrow(channel), narrow(provider), std::to_string(value[EvtSystemEventID].UInt16Val),
                          value[EvtSystemLevel].Type == EvtVarTypeByte ? std::to_string(value[EvtSystemLevel].ByteVal) : "", messageOf(log, provider, event)});
    }
    log.close(event);
  }
  if (context) log.close(context);
  log.close(results);
}

}  // namespace

void addMachineFacts(Facts& facts) {
  if (facts.wants("system")) addSystem(facts);
  facts.add("com.default.authentication", registryNumber(L"SOFTWARE\\Microsoft\\Ole", L"LegacyAuthenticationLevel"));
  facts.add("com.default.impersonation", registryNumber(L"SOFTWARE\\Microsoft\\Ole", L"LegacyImpersonationLevel"));
  if (facts.wants("locale")) addLocale(facts);
  if (facts.wants("services")) addServices(facts);
  if (facts.wants("providers")) addProviders(facts);
  if (facts.wants("volumes")) addVolumes(facts);
}

void addEventFacts(Facts& facts, std::int64_t start, std::int64_t end) {
  EventLog log;
  if (!log.usable()) return;
  addEventsOf(facts, log, L"Application", eventQuery({"VSS"}, start, end));
  addEventsOf(facts, log, L"System", eventQuery({"volsnap", "Volsnap"}, start, end));
}

}  // namespace vss
