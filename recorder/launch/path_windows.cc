#include <windows.h>

#include "recorder/launch/path.h"
#include "traces/vss/text.h"

namespace vss::launch {

std::filesystem::path ownExecutable() {
  std::wstring path(MAX_PATH, L'\0');
  for (;;) {
    DWORD length = ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
    if (length < path.size()) {
      path.resize(length);
      return path;
    }
    path.resize(path.size() * 2);  // it was cut
  }
}
std::string processName() {
  auto name = ownExecutable().filename();
  return toUtf8({reinterpret_cast<const char16_t*>(name.c_str()), name.native().size()});
}

}  // namespace vss::launch
