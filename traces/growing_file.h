// A file that is written through windows of memory: what a thread stores there is in the file at once, also when the process
// is killed in the next moment. Blocks are really allocated before a window is handed out, so that a full disk is an error here
// and not a page fault in the requester. Where a mapping is not safe (a remote or removable volume) windows are plain
// memory, and commit() writes them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace vss {

class GrowingFile {
 public:
  // Creates the file; one that exists is an error (TraceError), so that two recorders never share one.
  // plain: no mapping, whatever the volume is. temporary: a file that nobody else can open, and that is gone when this or the process is.
  explicit GrowingFile(const std::filesystem::path& path, bool plain = false, bool temporary = false);
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  // Zeroed memory for bytes [offset, offset + size) of the file; nullptr: no room (lastError() says why). size is a multiple of
  // 4096, so is offset.
  char* openWindow(std::uint64_t offset, std::size_t size);
  void closeWindow(char* window, std::uint64_t offset, std::size_t size);
  // Plain mode: writes size bytes of the window to the file. Mapped: nothing to do. false: see lastError().
  bool commit(const char* from, std::uint64_t offset, std::size_t size);
  // Writes bytes by an ordinary write, extending the file if need be.
  bool write(std::string_view bytes, std::uint64_t offset);
  bool truncate(std::uint64_t size);
  // Brings what was written to the disk, and waits for that: of windows this one (Windows), or all (Linux).
  bool flush(const char* window = nullptr, std::size_t size = 0);
  bool plain() const { return plain_; }
  std::uint64_t allocated() const { return allocated_; }
  std::string lastError() const { return error_; }

 private:
  bool allocate(std::uint64_t upTo);
  bool grow(std::uint64_t upTo);     // platform: real blocks up to there
  bool writeZeros(std::uint64_t offset, std::size_t size);

  std::intptr_t file_ = -1;
  void* mapping_ = nullptr;          // Windows: the section object for the current size
  std::uint64_t allocated_ = 0;
  bool plain_ = false;
  std::string error_;
};

// The same for a file that another process writes, by a mapping or not; that process waits for nothing. false: there is no such file, or it cannot be
// flushed. (Windows promises it for what was written through the cache; of a mapping of another process it writes what it has noticed by then.)
bool flushFile(const std::filesystem::path& path) noexcept;

// The same file, under a name that the system takes however long it is.
std::filesystem::path ofAnyLength(const std::filesystem::path& path);

// A whole file, mapped for reading; empty for an empty file. Throws TraceError with the path. The file may be one that is being
// written: it may grow, and may lose what was set aside at its end.
class MappedFile {
 public:
  MappedFile() = default;  // of no file
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  MappedFile& operator=(MappedFile&& other) noexcept { return std::swap(data_, other.data_), std::swap(size_, other.size_), *this; }
  std::string_view bytes() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace vss
