#include "traces/trace_file.h"

#include <atomic>
#include <fstream>
#include <utility>

#include "traces/platform.h"
#include "traces/trace_error.h"

namespace vss {
namespace {

std::filesystem::path temporaryName() {
  static std::atomic<unsigned> count{0};
  return std::filesystem::temp_directory_path() / ("shadowtape-unpacked-" + std::to_string(currentProcess()) + "-" + std::to_string(++count));
}

}  // namespace

TraceFile::TraceFile(const std::filesystem::path& path) : file_(path) {
  if (!isPacked(file_.bytes())) return;
  temporary_ = temporaryName();
  try {
    std::ofstream to(temporary_, std::ios::binary);
    damage_ = unpackTrace(file_.bytes(), [&](std::string_view bytes) {
      if (!to.write(bytes.data(), static_cast<std::streamsize>(bytes.size())))
        throw TraceError(shownPath(path) + ": cannot be unpacked into " + shownPath(temporary_) + "; is there room on the disk? TMPDIR names another folder");
    });
    to.close();
    if (!to) throw TraceError(shownPath(path) + ": cannot be unpacked into " + shownPath(temporary_));
    unpacked_ = std::make_unique<MappedFile>(temporary_);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(temporary_, ignored);
    throw;
  }
  std::error_code inUse;   // on Windows: then it goes at the end
  if (std::filesystem::remove(temporary_, inUse)) temporary_.clear();
}

TraceFile& TraceFile::operator=(TraceFile&& other) noexcept {
  file_ = std::move(other.file_);
  std::swap(unpacked_, other.unpacked_), std::swap(temporary_, other.temporary_), std::swap(damage_, other.damage_);
  return *this;
}

TraceFile::~TraceFile() {
  unpacked_.reset();
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove(temporary_, ignored);
}

}  // namespace vss
