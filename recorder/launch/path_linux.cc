#include "recorder/launch/path.h"

namespace vss::launch {

std::filesystem::path ownExecutable() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored);
}
std::string processName() { return ownExecutable().filename().string(); }

}  // namespace vss::launch
