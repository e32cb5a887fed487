#include <fcntl.h>
#include <sanitizer/asan_interface.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <utility>

#include "traces/growing_file.h"
#include "traces/trace_error.h"

namespace vss {
namespace {

constexpr std::uint64_t kStep = 1 << 20;  // blocks are allocated this much at a time

// A page of a file on another machine can vanish under the mapping; writing is slower there, and safe.
bool needsPlainWriting(int file) {
  struct statfs fs;
  if (::fstatfs(file, &fs)) return true;
  switch (static_cast<unsigned long>(fs.f_type)) {
    case 0x6969:       // NFS
    case 0xFF534D42:   // CIFS
    case 0xFE534D42:   // SMB2
    case 0x517B:       // SMB
    case 0x65735546:   // FUSE
    case 0x01021997:   // 9P
    case 0x5346414F:   // AFS
    case 0x00C36400:   // Ceph
    case 0x2FC12FC1:   // ZFS: allocates nothing ahead
      return true;
    default:
      return false;
  }
}

// A file that would pass the process's limit is an error for us, not a signal that ends the requester. end: of what is written; where
// no limit lies below it there is no signal either, and two calls of the system less for each note of a plain file.
class NoSizeSignal {
 public:
  explicit NoSizeSignal(std::uint64_t end) {
    rlimit limit{};
    limited_ = ::getrlimit(RLIMIT_FSIZE, &limit) || (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < end);
    if (!limited_) return;
    ::sigemptyset(&signal_);
    ::sigaddset(&signal_, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~NoSizeSignal() {
    if (!limited_) return;
    const timespec now{0, 0};
    if (!::sigismember(&before_, SIGXFSZ)) ::sigtimedwait(&signal_, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  bool limited_;
  sigset_t signal_, before_;
};

// A recorder that ends while we read cuts off what it had set aside and not used, and to touch a mapped page that is gone means
// death. So the end of the file, where that room lies, is a copy.
void keepTail(int file, char* data, std::size_t size) {
  constexpr std::size_t kTail = 2 << 20;
  auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::size_t at = size > kTail ? (size - kTail) / page * page : 0;
  if (::mmap(data + at, size - at, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) return;
  while (at < size) {
    ssize_t got = ::pread(file, data + at, size - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    at += static_cast<std::size_t>(got);
  }
}

}  // namespace

GrowingFile::GrowingFile(const std::filesystem::path& path, bool plain, bool temporary) {
  int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, temporary ? 0600 : 0666);
  if (file < 0) throw TraceError(path.string() + ": cannot be created: " + std::strerror(errno));
  if (temporary) ::unlink(path.c_str());
  file_ = file;
  plain_ = plain || needsPlainWriting(file);
}

GrowingFile::~GrowingFile() { ::close(static_cast<int>(file_)); }

bool GrowingFile::grow(std::uint64_t upTo) {
  NoSizeSignal quiet(upTo);
  int error = ::posix_fallocate(static_cast<int>(file_), static_cast<off_t>(allocated_), static_cast<off_t>(upTo - allocated_));
  if (error) error_ = std::strerror(error);
  return error == 0;
}

bool GrowingFile::allocate(std::uint64_t upTo) {
  if (upTo <= allocated_) return true;
  // A step ahead if there is room for it, else just what is needed.
  for (std::uint64_t target : {(upTo + kStep - 1) / kStep * kStep, upTo})
    if (grow(target)) {
      allocated_ = target;
      return true;
    }
  return false;
}

// The zeros that are there already, written: a write takes its pages by the hundred and in large pieces, where a touched mapping asks the file
// system for each by itself, in five times the time.
bool GrowingFile::writeZeros(std::uint64_t offset, std::size_t size) {
  static const char zeros[256 << 10] = {};
  for (std::size_t part; size; offset += part, size -= part) {
    part = std::min(size, sizeof zeros);
    if (!write({zeros, part}, offset)) return false;
  }
  return true;
}

char* GrowingFile::openWindow(std::uint64_t offset, std::size_t size) {
  if (plain_) {
    auto* memory = static_cast<char*>(std::calloc(1, size));
    if (!memory) error_ = "no memory";
    return memory;
  }
  if (!allocate(offset + size) || !writeZeros(offset, size)) return nullptr;
  void* window = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(file_), static_cast<off_t>(offset));
  if (window == MAP_FAILED) {
    error_ = std::strerror(errno);
    return nullptr;
  }
  // Written before it is read: this maps all of the piece for writing, a reading only what lies around, and each page again when it is written.
  *static_cast<volatile char*>(window) = 0;
  return static_cast<char*>(window);
}

void GrowingFile::closeWindow(char* window, std::uint64_t, std::size_t size) {
  if (plain_) std::free(window);
  else ::munmap(window, size);
}

bool GrowingFile::commit(const char* from, std::uint64_t offset, std::size_t size) {
  return !plain_ || write({from, size}, offset);
}

bool GrowingFile::write(std::string_view bytes, std::uint64_t offset) {
  NoSizeSignal quiet(offset + bytes.size());
  while (!bytes.empty()) {
    ssize_t written = ::pwrite(static_cast<int>(file_), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      error_ = written ? std::strerror(errno) : "nothing could be written";
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return true;
}

bool GrowingFile::truncate(std::uint64_t size) {
  NoSizeSignal quiet(size);
  if (::ftruncate(static_cast<int>(file_), static_cast<off_t>(size))) return error_ = std::strerror(errno), false;
  allocated_ = size;
  return true;
}

bool GrowingFile::flush(const char*, std::size_t) {
  if (::fdatasync(static_cast<int>(file_))) return error_ = std::strerror(errno), false;
  return true;
}

std::filesystem::path ofAnyLength(const std::filesystem::path& path) { return path; }

bool flushFile(const std::filesystem::path& path) noexcept {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return false;
  bool good = ::fdatasync(file) == 0;
  ::close(file);
  return good;
}

namespace {
// What lies behind the file's end in its last page, which a build with AddressSanitizer guards.
std::size_t padding(std::size_t size) {
  auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (page - size % page) % page;
}

// AddressSanitizer does not see what points into a mapping that is gone. So its builds keep the last of them, to be touched by nobody.
#if defined(__SANITIZE_ADDRESS__)
#define SHADOWTAPE_GUARD_UNMAPPED
void guard(char* data, std::size_t size) {
  static std::pair<char*, std::size_t> last[1024];
  static std::atomic<unsigned> next{0};
  ::mmap(data, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  auto& place = last[next++ % std::size(last)];
  if (place.first) ::munmap(place.first, place.second);
  place = {data, size};
}
#endif
}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw TraceError(path.string() + ": cannot be opened: " + std::strerror(errno));
  struct stat status;
  if (::fstat(file, &status) || !S_ISREG(status.st_mode)) {
    ::close(file);
    throw TraceError(path.string() + ": is not a file");
  }
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_) {
    void* data = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    int error = errno;
    if (data != MAP_FAILED) keepTail(file, static_cast<char*>(data), size_);
    ::close(file);
    if (data == MAP_FAILED) throw TraceError(path.string() + ": cannot be mapped: " + std::strerror(error));
    data_ = static_cast<const char*>(data);
    ASAN_POISON_MEMORY_REGION(data_ + size_, padding(size_));
  } else ::close(file);
}

MappedFile::~MappedFile() {
  if (!data_) return;
  ASAN_UNPOISON_MEMORY_REGION(data_ + size_, padding(size_));
#ifdef SHADOWTAPE_GUARD_UNMAPPED
  guard(const_cast<char*>(data_), size_ + padding(size_));
#else
  ::munmap(const_cast<char*>(data_), size_);
#endif
}

}  // namespace vss
