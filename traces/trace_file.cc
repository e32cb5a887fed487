#include "traces/trace_file.h"

#include <utility>

#include "traces/file_array.h"
#include "traces/platform.h"
#include "traces/trace_error.h"

namespace vss {

TraceFile::TraceFile(const std::filesystem::path& path) : file_(path) {
  if (!isPacked(file_.bytes())) return;
  temporary_ = temporaryName("unpacked");
  try {
    GrowingFile to(temporary_, true);
    std::filesystem::permissions(temporary_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);   // a trace is nobody else's
    std::uint64_t at = 0;
    damage_ = unpackTrace(file_.bytes(), [&](std::string_view bytes) {
      if (!to.write(bytes, at)) throw TraceError(shownPath(path) + ": cannot be unpacked into " + shownPath(temporary_) + ": " + to.lastError() + kOtherFolder);
      at += bytes.size();
    });
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
