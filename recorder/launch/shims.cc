#include "recorder/launch/shims.h"

#include <initializer_list>

#include "recorder/launch/path.h"

namespace vss::launch {
namespace {

#if defined(_WIN32)
constexpr const char* kLibrary = "vssapi.dll";
#else
constexpr const char* kLibrary = "libvssapi.so";
#endif

std::filesystem::path firstOf(std::initializer_list<std::filesystem::path> places, const std::string& what, const std::string& remedy) {
  std::string looked;
  for (const auto& place : places) {
    auto path = place.lexically_normal();
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path;
    auto u8 = path.u8string();
    looked += (looked.empty() ? "" : ", ") + std::string(u8.begin(), u8.end());
  }
  throw NotBuilt(what + " is missing (looked for " + looked + "); " + remedy);
}

}  // namespace

std::filesystem::path shimLibrary(const std::string& room) {
  auto bin = ownExecutable().parent_path();
  return firstOf({bin / ".." / room / kLibrary, bin / room / kLibrary, bin / ".." / "lib" / "shadowtape" / room / kLibrary},
                 "the " + room + "'s " + kLibrary, "build it, or install the whole package");
}

std::filesystem::path windowsCommand() {
  auto bin = ownExecutable().parent_path();
  return firstOf({bin / ".." / ".." / "windows" / "bin" / "shadowtape.exe", bin / "shadowtape.exe",
                  bin / ".." / "lib" / "shadowtape" / "windows" / "bin" / "shadowtape.exe"},
                 "shadowtape.exe, which a Windows program needs,", "`./test.sh` builds it, so does `cmake --build --preset windows`");
}

}  // namespace vss::launch
