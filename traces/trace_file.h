// The bytes of a trace, packed or not.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "traces/growing_file.h"
#include "traces/packed_trace.h"

namespace vss {

// Mapped for reading. A packed trace is unpacked into a temporary file, which goes with this, and that is mapped: so its memory is the system's to take back,
// and readers may point into it.
class TraceFile {
 public:
  TraceFile() = default;   // of no file
  // Throws TraceError: the file cannot be read, or there is no room for what is unpacked.
  explicit TraceFile(const std::filesystem::path& path);
  ~TraceFile();
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;
  TraceFile& operator=(TraceFile&& other) noexcept;

  std::string_view bytes() const { return unpacked_ ? unpacked_->bytes() : file_.bytes(); }
  bool packed() const { return unpacked_ != nullptr; }
  std::uint64_t sizeOnDisk() const { return file_.bytes().size(); }
  const std::vector<PackedDamage>& damage() const { return damage_; }

 private:
  MappedFile file_;
  std::unique_ptr<MappedFile> unpacked_;
  std::filesystem::path temporary_;   // to be deleted; empty: it is gone already
  std::vector<PackedDamage> damage_;
};

}  // namespace vss
