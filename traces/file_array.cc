#include "traces/file_array.h"

#include <cstdio>
#include <random>

#include "traces/platform.h"
#include "traces/trace_error.h"

namespace vss {

std::filesystem::path temporaryName(std::string_view what) {
  std::error_code error;
  auto folder = std::filesystem::temp_directory_path(error);
  if (error) throw TraceError("the folder for temporary files: " + error.message() + kOtherFolder);
  std::random_device random;
  char name[48];
  std::snprintf(name, sizeof name, "-%u-%08x%08x", static_cast<unsigned>(currentProcess()), static_cast<unsigned>(random()), static_cast<unsigned>(random()));
  return folder / ("shadowtape-" + std::string(what) + name);
}

char* TemporaryPieces::add(std::size_t size) {
  if (!file_) {
    auto path = temporaryName("index");
    file_ = std::make_unique<GrowingFile>(path, false, true);
    folder_ = path.parent_path();
  }
  char* piece = file_->openWindow(pieces_ * size, size);
  if (!piece) throw TraceError(shownPath(folder_) + ": no room for where the calls of the trace are: " + file_->lastError() + kOtherFolder);
  ++pieces_;
  return piece;
}

}  // namespace vss
