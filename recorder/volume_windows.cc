#include <windows.h>

#include "recorder/volume.h"

namespace vss {
namespace {

// \\?\Volume{…}\ for any spelling of a volume; the spelling itself where the system has no such name for it.
std::wstring volumeName(const wchar_t* root) {
  wchar_t name[64];
  return ::GetVolumeNameForVolumeMountPointW(root, name, 64) ? std::wstring(name) : std::wstring(root);
}

}  // namespace

bool liesOnVolume(const std::filesystem::path& file, const std::u16string& volume) {
  wchar_t root[1024];
  if (!::GetVolumePathNameW(std::filesystem::absolute(file).c_str(), root, 1024)) return false;
  std::wstring asked(reinterpret_cast<const wchar_t*>(volume.c_str()));
  if (asked.empty() || asked.back() != L'\\') asked += L'\\';
  return ::lstrcmpiW(volumeName(root).c_str(), volumeName(asked.c_str()).c_str()) == 0;
}

}  // namespace vss
