#include "traces/is_trace.h"

#include <fstream>
#include <string_view>

#include "traces/packed_trace.h"

namespace vss {

bool isTrace(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  char head[4096] = {};
  std::ifstream file(path, std::ios::binary);
  file.read(head, sizeof head);
  return beginsAsTrace(std::string_view(head, static_cast<std::size_t>(file.gcount())));
}

}  // namespace vss
