#include "traces/output_file.h"

#include <cstring>
#include <fstream>

#include "traces/platform.h"
#include "traces/trace.capnp.h"
#include "traces/trace_error.h"

namespace vss {

void prepareOutput(const std::filesystem::path& path) {
  std::error_code error;
  auto folder = std::filesystem::absolute(path).parent_path();
  if (!std::filesystem::is_directory(folder, error)) throw TraceError(shownPath(path) + ": there is no folder " + shownPath(folder) + "; make it first");
  auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return;
  char head[40] = {};
  bool ours = false;
  if (status.type() == std::filesystem::file_type::regular) {
    std::ifstream file(path, std::ios::binary);
    file.read(head, sizeof head);
    std::uint64_t magic = 0;
    std::memcpy(&magic, head + 32, 8);
    ours = file.gcount() == 0 || (file.gcount() == sizeof head && magic == format::MAGIC);
  }
  if (!ours) throw TraceError(shownPath(path) + ": exists and is no trace; it is not overwritten");
  if (!std::filesystem::remove(path, error)) throw TraceError(shownPath(path) + ": the old trace cannot be deleted: " + error.message());
  auto beside = path;
  beside += ".stopped.txt";
  std::filesystem::remove(beside, error);
}

}  // namespace vss
