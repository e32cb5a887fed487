#include "traces/output_file.h"

#include "traces/is_trace.h"
#include "traces/platform.h"
#include "traces/trace_error.h"

namespace vss {

void prepareOutput(const std::filesystem::path& path) {
  std::error_code error;
  auto folder = std::filesystem::absolute(path).parent_path();
  if (!std::filesystem::is_directory(folder, error)) throw TraceError(shownPath(path) + ": there is no folder " + shownPath(folder) + "; make it first");
  auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return;
  bool empty = status.type() == std::filesystem::file_type::regular && std::filesystem::file_size(path, error) == 0;
  if (!empty && !isTrace(path)) throw TraceError(shownPath(path) + ": exists and is no trace; it is not overwritten");
  if (!std::filesystem::remove(path, error)) throw TraceError(shownPath(path) + ": the old trace cannot be deleted: " + error.message());
  auto beside = path;
  beside += ".stopped.txt";
  std::filesystem::remove(beside, error);
}

}  // namespace vss
