// Tables, texts and blocks as long as a trace, whose memory is the system's to take back: see file_array.h.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "traces/file_array.h"

namespace vss {

inline constexpr std::uint64_t kHashOfNothing = 1469598103934665603ull, kHashFactor = 1099511628211ull;
// FNV-1a.
inline std::uint64_t hashOf(std::string_view text, std::uint64_t hash = kHashOfNothing) {
  for (unsigned char c : text) hash = (hash ^ c) * kHashFactor;
  return hash;
}
// Two numbers that are one key.
inline std::uint64_t pairKey(std::uint32_t a, std::uint32_t b) { return std::uint64_t{a} << 32 | b; }

// Another in each process.
inline std::uint64_t hashSeed() {
  static const std::uint64_t seed = std::uint64_t{std::random_device()()} << 32 | std::random_device()();
  return seed;
}

// A hash table. Entries are found by a hash of their key, and by asking whether it is this one. Where they lie depends on a number that nobody can foresee.
// An address is valid until the next entry is added. Adding throws TraceError: there is no room for temporary files.
template <class T> class FileTable {
 public:
  // nullptr: there is none.
  template <class IsIt> T* find(std::uint64_t hash, IsIt&& isIt) {
    if (slots_.empty()) return nullptr;
    for (std::size_t at = place(hash); slots_[at].used; at = (at + 1) & (slots_.size() - 1))
      if (slots_[at].hash == hash && isIt(slots_[at].entry)) return &slots_[at].entry;
    return nullptr;
  }
  // One that is not there yet.
  T& add(std::uint64_t hash, const T& entry) {
    if (4 * (size_ + 1) > 3 * slots_.size()) grow();
    ++size_;
    Slot& slot = free(hash);
    slot = {hash, entry, true};
    return slot.entry;
  }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint64_t hash;
    T entry;
    bool used;
  };
  std::size_t place(std::uint64_t hash) const {
    hash = (hash ^ seed_) * 0x9E3779B97F4A7C15ull;
    hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93ull;
    return static_cast<std::size_t>(hash ^ hash >> 32) & (slots_.size() - 1);
  }
  Slot& free(std::uint64_t hash) {
    std::size_t at = place(hash);
    while (slots_[at].used) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }
  void grow() {
    FileArray<Slot> old(std::max(std::size_t{16}, 2 * slots_.size()));
    std::swap(old, slots_);
    for (const Slot& slot : old)
      if (slot.used) free(slot.hash) = slot;
  }

  FileArray<Slot> slots_;   // as many as a power of two
  std::size_t size_ = 0;
  std::uint64_t seed_ = hashSeed();
};

// Texts, one behind the other.
class FileText {
 public:
  // Its place. Throws TraceError: there is no room for temporary files.
  std::uint64_t add(std::string_view text) {
    std::size_t at = bytes_.size();
    bytes_.resize(at + text.size());
    forEachPart(at, text.size(), [&](char* part, std::size_t from, std::size_t size) { std::memcpy(part, text.data() + from, size); });
    return at;
  }
  std::string read(std::uint64_t at, std::size_t size) {
    std::string text(size, '\0');
    forEachPart(at, size, [&](char* part, std::size_t from, std::size_t size) { std::memcpy(text.data() + from, part, size); });
    return text;
  }
  bool is(std::uint64_t at, std::string_view text) {
    bool same = true;
    forEachPart(at, text.size(), [&](char* part, std::size_t from, std::size_t size) { same = same && !std::memcmp(part, text.data() + from, size); });
    return same;
  }

 private:
  template <class Visit> void forEachPart(std::uint64_t at, std::size_t size, Visit&& visit) {
    constexpr std::size_t kPiece = FileArray<char>::kPiece;
    for (std::size_t from = 0, part; from < size; from += part) {
      part = std::min(kPiece - (at + from) % kPiece, size - from);
      visit(&bytes_[at + from], from, part);
    }
  }
  FileArray<char> bytes_;
};

// As many zeros as are asked for, one behind the other: what is aligned has to be at hand as a span. More than half a megabyte of them lies in a file.
template <class T> class FileBlock {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Throws TraceError: there is no room for temporary files.
  explicit FileBlock(std::size_t size) : size_(size), mapped_(size * sizeof(T) > std::size_t{512} << 10 ? (size * sizeof(T) + 4095) / 4096 * 4096 : 0) {
    void* data = mapped_ ? file_.add(mapped_) : std::calloc(std::max(size, std::size_t{1}), sizeof(T));
    if (!data) throw std::bad_alloc();
    data_ = static_cast<T*>(data);
  }
  ~FileBlock() {
    if (mapped_) file_.giveBack(reinterpret_cast<char*>(data_), 0, mapped_);
    else std::free(data_);
  }
  FileBlock(const FileBlock&) = delete;
  FileBlock& operator=(const FileBlock&) = delete;

  T& operator[](std::size_t i) { return data_[i]; }
  std::span<T> span() { return {data_, size_}; }

 private:
  TemporaryPieces file_;
  std::size_t size_, mapped_;   // elements; bytes of the file, 0: none
  T* data_;
};

}  // namespace vss
