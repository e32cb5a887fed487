#include <windows.h>

#include <cstdlib>

#include "traces/growing_file.h"
#include "traces/trace_error.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

constexpr std::uint64_t kStep = 1 << 20;  // blocks are allocated this much at a time
constexpr std::uint64_t kGranularity = 64 << 10;

std::string systemMessage(DWORD error) {
  wchar_t text[512];
  DWORD length = ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, error, 0, text, 512, nullptr);
  while (length && text[length - 1] <= L' ') --length;
  if (!length) return "system error " + std::to_string(error);
  return toUtf8({reinterpret_cast<const char16_t*>(text), length});
}

std::string shown(const std::filesystem::path& path) { return toUtf8({reinterpret_cast<const char16_t*>(path.c_str()), path.native().size()}); }

// \\?\ lifts the limit of 260 characters, for which an absolute path without dots is needed.
std::wstring longPath(const std::filesystem::path& path) {
  std::wstring absolute = std::filesystem::absolute(path).lexically_normal().make_preferred().native();
  if (absolute.starts_with(LR"(\\?\)") || absolute.starts_with(LR"(\\.\)")) return absolute;
  if (absolute.starts_with(LR"(\\)")) return LR"(\\?\UNC\)" + absolute.substr(2);
  return LR"(\\?\)" + absolute;
}

bool needsPlainWriting(const std::filesystem::path& path) {
  wchar_t root[1024];
  if (!::GetVolumePathNameW(std::filesystem::absolute(path).c_str(), root, 1024)) return true;
  UINT type = ::GetDriveTypeW(root);
  return type == DRIVE_REMOTE || type == DRIVE_REMOVABLE || type == DRIVE_CDROM;
}

HANDLE asHandle(std::intptr_t file) { return reinterpret_cast<HANDLE>(file); }

}  // namespace

GrowingFile::GrowingFile(const std::filesystem::path& path, bool plain, bool temporary) {
  // All share modes: the backup that is being recorded will want to read this very file.
  HANDLE file = ::CreateFileW(longPath(path).c_str(), GENERIC_READ | GENERIC_WRITE, temporary ? 0 : FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              nullptr, CREATE_NEW, temporary ? FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE : FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) throw TraceError(shown(path) + ": cannot be created: " + systemMessage(::GetLastError()));
  file_ = reinterpret_cast<std::intptr_t>(file);
  // A compressed file has no clusters of its own before it is written.
  BY_HANDLE_FILE_INFORMATION information;
  bool compressed = ::GetFileInformationByHandle(file, &information) &&
                    information.dwFileAttributes & (FILE_ATTRIBUTE_COMPRESSED | FILE_ATTRIBUTE_SPARSE_FILE);
  plain_ = plain || compressed || needsPlainWriting(path);
}

GrowingFile::~GrowingFile() {
  if (mapping_) ::CloseHandle(mapping_);
  ::CloseHandle(asHandle(file_));
}

bool GrowingFile::grow(std::uint64_t upTo) {
  LARGE_INTEGER size;
  size.QuadPart = static_cast<LONGLONG>(upTo);
  if (mapping_) ::CloseHandle(mapping_);  // open views keep the old section alive
  mapping_ = nullptr;
  if (::SetFilePointerEx(asHandle(file_), size, nullptr, FILE_BEGIN) && ::SetEndOfFile(asHandle(file_)))
    mapping_ = ::CreateFileMappingW(asHandle(file_), nullptr, PAGE_READWRITE, 0, 0, nullptr);
  if (!mapping_) error_ = systemMessage(::GetLastError());
  return mapping_ != nullptr;
}

bool GrowingFile::allocate(std::uint64_t upTo) {
  if (upTo <= allocated_ && mapping_) return true;
  for (std::uint64_t target : {(upTo + kStep - 1) / kStep * kStep, upTo})
    if (grow(target)) {
      allocated_ = target;
      return true;
    }
  return false;
}

char* GrowingFile::openWindow(std::uint64_t offset, std::size_t size) {
  if (plain_) {
    auto* memory = static_cast<char*>(std::calloc(1, size));
    if (!memory) error_ = "no memory";
    return memory;
  }
  if (!allocate(offset + size)) return nullptr;
  std::uint64_t start = offset / kGranularity * kGranularity;
  auto* view = static_cast<char*>(::MapViewOfFile(mapping_, FILE_MAP_WRITE, static_cast<DWORD>(start >> 32), static_cast<DWORD>(start),
                                                  static_cast<SIZE_T>(offset - start + size)));
  if (!view) {
    error_ = systemMessage(::GetLastError());
    return nullptr;
  }
  return view + (offset - start);
}

void GrowingFile::closeWindow(char* window, std::uint64_t offset, std::size_t) {
  if (plain_) std::free(window);
  else ::UnmapViewOfFile(window - offset % kGranularity);
}

bool GrowingFile::commit(const char* from, std::uint64_t offset, std::size_t size) {
  return !plain_ || write({from, size}, offset);
}

bool GrowingFile::write(std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    OVERLAPPED at{};
    at.Offset = static_cast<DWORD>(offset);
    at.OffsetHigh = static_cast<DWORD>(offset >> 32);
    DWORD written = 0;
    auto part = static_cast<DWORD>(bytes.size() < (1u << 30) ? bytes.size() : 1u << 30);
    if (!::WriteFile(asHandle(file_), bytes.data(), part, &written, &at) || !written) {
      error_ = systemMessage(::GetLastError());
      return false;
    }
    bytes.remove_prefix(written);
    offset += written;
  }
  return true;
}

bool GrowingFile::truncate(std::uint64_t size) {
  if (mapping_) ::CloseHandle(mapping_);
  mapping_ = nullptr;
  LARGE_INTEGER end;
  end.QuadPart = static_cast<LONGLONG>(size);
  if (!::SetFilePointerEx(asHandle(file_), end, nullptr, FILE_BEGIN) || !::SetEndOfFile(asHandle(file_)))
    return error_ = systemMessage(::GetLastError()), false;
  allocated_ = size;
  return true;
}

bool GrowingFile::flush(const char* window, std::size_t size) {
  if (window && !plain_ && !::FlushViewOfFile(window, size)) return error_ = systemMessage(::GetLastError()), false;
  if (!::FlushFileBuffers(asHandle(file_))) return error_ = systemMessage(::GetLastError()), false;
  return true;
}

std::filesystem::path ofAnyLength(const std::filesystem::path& path) { return longPath(path); }

bool flushFile(const std::filesystem::path& path) noexcept {
  try {
    HANDLE file = ::CreateFileW(longPath(path).c_str(), GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) return false;
    bool good = ::FlushFileBuffers(file);
    ::CloseHandle(file);
    return good;
  } catch (...) {
    return false;
  }
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  HANDLE file = ::CreateFileW(longPath(path).c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                              OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) throw TraceError(shown(path) + ": cannot be opened: " + systemMessage(::GetLastError()));
  LARGE_INTEGER size;
  if (!::GetFileSizeEx(file, &size)) {
    ::CloseHandle(file);
    throw TraceError(shown(path) + ": is not a file");
  }
  size_ = static_cast<std::size_t>(size.QuadPart);
  if (size_) {
    HANDLE mapping = ::CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
    if (mapping) data_ = static_cast<const char*>(::MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0));
    DWORD error = ::GetLastError();
    if (mapping) ::CloseHandle(mapping);
    ::CloseHandle(file);
    if (!data_) throw TraceError(shown(path) + ": cannot be mapped: " + systemMessage(error));
  } else ::CloseHandle(file);
}

MappedFile::~MappedFile() {
  if (data_) ::UnmapViewOfFile(data_);
}

}  // namespace vss
