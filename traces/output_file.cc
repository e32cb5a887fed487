#include "traces/output_file.h"

#include <fstream>

#include "traces/is_trace.h"
#include "traces/platform.h"
#include "traces/trace_error.h"

namespace vss {
namespace {

// Tried, for no list of rights tells it on every system.
bool canBeMade(const std::filesystem::path& path) {
  std::error_code ignored;
  bool made = std::ofstream(path, std::ios::binary).is_open();
  return made && std::filesystem::remove(path, ignored);
}

}  // namespace

void checkOutput(const std::filesystem::path& path, std::initializer_list<std::string> read) {
  std::error_code error;
  for (const auto& name : read)
    if (std::filesystem::equivalent(path, pathFromUtf8(name), error)) throw TraceError(shownPath(path) + ": is read by this command; -o has to name another file");
  auto folder = std::filesystem::absolute(path).parent_path();
  if (!std::filesystem::is_directory(folder, error)) throw TraceError(shownPath(path) + ": there is no folder " + shownPath(folder) + "; make it first");
  auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return;
  bool empty = status.type() == std::filesystem::file_type::regular && std::filesystem::file_size(path, error) == 0;
  if (!empty && !isTrace(path)) throw TraceError(shownPath(path) + ": exists and is no trace; it is not overwritten");
}

void prepareOutput(const std::filesystem::path& path, std::initializer_list<std::string> read) {
  checkOutput(path, read);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  if (!std::filesystem::remove(path, error)) throw TraceError(shownPath(path) + ": the old trace cannot be deleted: " + error.message());
  auto beside = path;
  beside += ".stopped.txt";
  std::filesystem::remove(beside, error);
}

void keepTrace(const std::filesystem::path& path) {
  if (isTrace(path)) throw TraceError(shownPath(path) + ": is a trace; it is not overwritten by a text");
}

void checkNewFile(const std::filesystem::path& path) {
  keepTrace(path);
  std::error_code error;
  if (std::filesystem::symlink_status(path, error).type() != std::filesystem::file_type::not_found)
    throw TraceError(shownPath(path) + ": is there already; it is not overwritten; name another file, or delete it");
  if (!canBeMade(path)) throw TraceError(shownPath(path) + ": no file can be made there");
}

void makeFolder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!std::filesystem::is_directory(path, error)) throw TraceError(shownPath(path) + ": is no folder, and none can be made there");
  if (!canBeMade(path / ("shadowtape-" + std::to_string(currentProcess())))) throw TraceError(shownPath(path) + ": no file can be made in this folder");
}

}  // namespace vss
