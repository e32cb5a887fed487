#include "recorder/launch/enter.h"

#include <optional>

#include "recorder/launch/inside.h"
#include "recorder/launch/text_windows.h"

namespace vss::launch {
namespace {

// Bytes in the other process's memory, as long as this lives.
class BytesThere {
 public:
  BytesThere(HANDLE process, const std::wstring& text) : process_(process) {
    std::size_t bytes = (text.size() + 1) * sizeof(wchar_t);
    at_ = ::VirtualAllocEx(process, nullptr, bytes, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (at_ && !::WriteProcessMemory(process, at_, text.c_str(), bytes, nullptr)) release();
  }
  ~BytesThere() { release(); }
  BytesThere(const BytesThere&) = delete;
  BytesThere& operator=(const BytesThere&) = delete;
  void* at() const { return at_; }
  void keep() { at_ = nullptr; }  // somebody there may still read it

 private:
  void release() {
    if (at_) ::VirtualFreeEx(process_, at_, 0, MEM_RELEASE);
    at_ = nullptr;
  }
  HANDLE process_;
  void* at_;
};

// Runs a function of the other process in a thread of its own there, with bytes that it may read until it ends, or none; its result in 32 bits.
std::optional<DWORD> callThere(HANDLE process, void* function, BytesThere* argument) {
  Handle thread(::CreateRemoteThread(process, nullptr, 0, reinterpret_cast<LPTHREAD_START_ROUTINE>(function), argument ? argument->at() : nullptr, 0, nullptr));
  if (!thread) return std::nullopt;
  DWORD result = 0;
  bool ended = ::WaitForSingleObject(thread, 60'000) == WAIT_OBJECT_0;
  if (!ended && argument) argument->keep();
  return ended && ::GetExitCodeThread(thread, &result) ? std::optional(result) : std::nullopt;
}

// Where a module starts there, of which 32 bits are known: the result of LoadLibraryW's thread.
char* moduleThere(HANDLE process, DWORD lowBits) {
  for (int attempt = 0; attempt < 50; ++attempt, ::Sleep(1)) {
    MEMORY_BASIC_INFORMATION region{};
    for (char* at = nullptr; ::VirtualQueryEx(process, at, &region, sizeof region) == sizeof region;
         at = static_cast<char*>(region.BaseAddress) + region.RegionSize)
      if (region.Type == MEM_IMAGE && region.AllocationBase == region.BaseAddress &&
          static_cast<DWORD>(reinterpret_cast<std::uintptr_t>(region.BaseAddress)) == lowBits)
        return static_cast<char*>(region.BaseAddress);
  }
  return nullptr;
}

// Loads the shim, which does nothing where it is loaded already, and calls an export of it. nullopt: `error` says why not.
std::optional<DWORD> callShim(HANDLE process, const std::filesystem::path& shim, const char* exported, BytesThere* argument, std::string& error) {
  BOOL is32Bit = FALSE;
  if (::IsWow64Process(process, &is32Bit) && is32Bit) return error = "it is a 32-bit program; only x64 programs can use VSS on x64 Windows", std::nullopt;
  std::wstring path = std::filesystem::absolute(shim).make_preferred().native();
  BytesThere name(process, path);
  if (!name.at()) return error = "its memory cannot be written: " + lastErrorText(), std::nullopt;
  // kernel32 lies at the same place in every process of a session; a DLL of ours may not.
  auto* loadLibrary = reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(L"kernel32.dll"), "LoadLibraryW"));
  auto loaded = callThere(process, loadLibrary, &name);
  if (!loaded) return error = "no thread could be started in it: " + lastErrorText(), std::nullopt;
  if (!*loaded) return error = narrow(path) + " cannot be loaded into it", std::nullopt;

  // Where the export is there: the module's place plus its distance from the module's start here.
  HMODULE here = ::LoadLibraryExW(path.c_str(), nullptr, DONT_RESOLVE_DLL_REFERENCES);
  auto* function = here ? reinterpret_cast<char*>(::GetProcAddress(here, exported)) : nullptr;
  std::ptrdiff_t distance = function - reinterpret_cast<char*>(here);
  if (here) ::FreeLibrary(here);
  if (!function) return error = narrow(path) + " exports no " + exported + ": it is none of our shims", std::nullopt;
  char* base = moduleThere(process, *loaded);
  if (!base) return error = "the shim was loaded, but is not to be found in it", std::nullopt;
  auto result = callThere(process, base + distance, argument);
  if (!result) error = "the shim did not answer";
  return result;
}

}  // namespace

std::string lastErrorText() {
  DWORD error = ::GetLastError();
  wchar_t text[512];
  DWORD length = ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, error, 0, text, 512, nullptr);
  while (length && text[length - 1] <= L' ') --length;
  return length ? narrow({text, length}) : "system error " + std::to_string(error);
}

std::string enterProcess(HANDLE process, const std::filesystem::path& shim, const Settings& settings) {
  std::wstring block;  // NAME=VALUE, each with a NUL behind it, and one more at the end
  for (const auto& [name, value] : settings) block += wide(name + "=" + value) + L'\0';
  BytesThere told(process, block);
  if (!told.at()) return "its memory cannot be written: " + lastErrorText();
  std::string error;
  auto started = callShim(process, shim, "ShadowtapeStart", &told, error);
  if (!started) return error;
  switch (static_cast<Entered>(*started)) {
    case Entered::yes: return {};
    case Entered::already: return "it is recorded or served already; --detach ends that";
    case Entered::noVssapi: break;
  }
  return "the shim could not take the place of the system's vssapi.dll: System32 has none, or one whose factory cannot be changed";
}

std::string leaveProcess(HANDLE process, const std::filesystem::path& shim) {
  std::string error;
  auto stopped = callShim(process, shim, "ShadowtapeStop", nullptr, error);
  if (!stopped) return error;
  switch (static_cast<Left>(*stopped)) {
    case Left::yes: return {};
    case Left::changed: return "somebody else has changed the code of its functions since; nothing more is recorded or served, but some calls still come through here";
    case Left::wasNotIn: break;
  }
  return "it was not recorded or served by this command";
}

}  // namespace vss::launch
