#include "traces/is_trace.h"

#include <cstdint>
#include <cstring>
#include <fstream>

#include "traces/trace.capnp.h"

namespace vss {

bool isTrace(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  char head[40] = {};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(head, sizeof head)) return false;
  std::uint64_t magic;
  std::memcpy(&magic, head + 32, 8);
  return magic == format::MAGIC;
}

}  // namespace vss
