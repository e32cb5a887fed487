#include <windows.h>

#include <vector>

#include "recorder/launch/text_windows.h"
#include "recorder/rights.h"

namespace vss {

std::optional<Rights> ownRights() {
  HANDLE opened = nullptr;
  if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &opened)) return std::nullopt;
  launch::Handle token(opened);
  TOKEN_ELEVATION elevation{};
  ::DWORD size = 0;
  if (!::GetTokenInformation(token, TokenElevation, &elevation, sizeof elevation, &size)) return std::nullopt;
  Rights rights{.elevated = elevation.TokenIsElevated != 0};
  ::GetTokenInformation(token, TokenPrivileges, nullptr, 0, &size);
  std::vector<std::uint64_t> room(size / sizeof(std::uint64_t) + 1);
  auto* privileges = reinterpret_cast<TOKEN_PRIVILEGES*>(room.data());
  ::LUID backup{};
  if (!::LookupPrivilegeValueW(nullptr, L"SeBackupPrivilege", &backup) || !::GetTokenInformation(token, TokenPrivileges, privileges, size, &size)) return rights;
  for (::DWORD i = 0; i < privileges->PrivilegeCount; ++i) {
    const ::LUID& luid = privileges->Privileges[i].Luid;
    rights.backupPrivilege |= luid.LowPart == backup.LowPart && luid.HighPart == backup.HighPart;
  }
  return rights;
}

}  // namespace vss
