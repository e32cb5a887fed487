// Arrays as long as a trace, whose memory is the system's to take back.
#pragma once
#include <algorithm>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "traces/growing_file.h"

namespace vss {

// A name in the folder for temporary files that nobody can foresee: the folder may be everybody's. Throws TraceError: there is no such folder.
std::filesystem::path temporaryName(std::string_view what);
// What a message about such a file ends with.
inline constexpr const char* kOtherFolder = "; TMPDIR names another folder (on Windows TEMP)";

// Zeroed memory in a temporary file of its own, which is made with the first piece and goes with this, or with the process. (Where such files are
// not safely mapped, on a remote volume, it is ordinary memory.)
class TemporaryPieces {
 public:
  // size: always the same, a multiple of 4096. Throws TraceError: there is no room.
  char* add(std::size_t size);
  void giveBack(char* piece, std::size_t number, std::size_t size) { file_->closeWindow(piece, number * size, size); }

 private:
  std::unique_ptr<GrowingFile> file_;
  std::filesystem::path folder_;
  std::size_t pieces_ = 0;
};

// Its first elements are ordinary memory, all that follow lie in a file. What is added is zero, or as it was given.
// References are valid as long as the array, but for those to the first kPiece elements: until it grows. Any thread may read.
template <class T> class FileArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  static constexpr std::size_t kPiece = std::bit_floor((std::size_t{512} << 10) / sizeof(T));   // elements; of half a megabyte at most
  static_assert(kPiece % 4096 == 0);

  FileArray() = default;
  // Zeros. This, resize() and push_back() throw TraceError: there is no room for temporary files.
  explicit FileArray(std::size_t size) { resize(size); }
  FileArray(FileArray&& other) noexcept { swap(other); }
  FileArray& operator=(FileArray&& other) noexcept { return swap(other), *this; }
  ~FileArray() {
    for (std::size_t i = 1; i < pieces_.size(); ++i) file_.giveBack(reinterpret_cast<char*>(pieces_[i]), i - 1, kPiece * sizeof(T));
    if (!pieces_.empty()) std::free(pieces_[0]);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return !size_; }
  T& operator[](std::size_t i) { return pieces_[i / kPiece][i % kPiece]; }
  const T& operator[](std::size_t i) const { return pieces_[i / kPiece][i % kPiece]; }
  T& back() { return (*this)[size_ - 1]; }

  void push_back(const T& value) {
    T copy = value;   // it may be one of ours
    if (size_ == room_) grow(size_ + 1);
    (*this)[size_++] = copy;
  }
  // To more elements.
  void resize(std::size_t size) {
    if (size > room_) grow(size);
    size_ = std::max(size_, size);
  }

  // To fewer elements.
  void cut(std::size_t size) {
    std::fill(begin() + static_cast<std::ptrdiff_t>(size), end(), T());
    size_ = size;
  }

  template <class Array, class Element> class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = Element*;
    using reference = Element&;
    Iterator() = default;
    Iterator(Array& array, std::size_t at) : array_(&array), at_(at) {}
    reference operator*() const { return (*array_)[at_]; }
    pointer operator->() const { return &**this; }
    reference operator[](difference_type n) const { return *(*this + n); }
    Iterator& operator+=(difference_type n) { return at_ += static_cast<std::size_t>(n), *this; }
    Iterator& operator-=(difference_type n) { return *this += -n; }
    Iterator& operator++() { return *this += 1; }
    Iterator& operator--() { return *this -= 1; }
    Iterator operator++(int) { return std::exchange(*this, *this + 1); }
    Iterator operator--(int) { return std::exchange(*this, *this - 1); }
    friend Iterator operator+(Iterator i, difference_type n) { return i += n; }
    friend Iterator operator+(difference_type n, Iterator i) { return i += n; }
    friend Iterator operator-(Iterator i, difference_type n) { return i -= n; }
    friend difference_type operator-(const Iterator& a, const Iterator& b) { return static_cast<difference_type>(a.at_ - b.at_); }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }
    friend auto operator<=>(const Iterator& a, const Iterator& b) { return a.at_ <=> b.at_; }

   private:
    Array* array_ = nullptr;
    std::size_t at_ = 0;
  };
  auto begin() { return Iterator<FileArray, T>(*this, 0); }
  auto end() { return Iterator<FileArray, T>(*this, size_); }
  auto begin() const { return Iterator<const FileArray, const T>(*this, 0); }
  auto end() const { return Iterator<const FileArray, const T>(*this, size_); }

 private:
  void swap(FileArray& other) noexcept {
    std::swap(pieces_, other.pieces_), std::swap(size_, other.size_), std::swap(room_, other.room_), std::swap(file_, other.file_);
  }
  void grow(std::size_t size) {
    if (room_ < kPiece) growFirst(std::min(std::max({size, 2 * room_, std::size_t{8}}), kPiece));
    while (room_ < size) {
      pieces_.push_back(reinterpret_cast<T*>(file_.add(kPiece * sizeof(T))));
      room_ += kPiece;
    }
  }
  void growFirst(std::size_t room) {
    if (pieces_.empty()) pieces_.push_back(nullptr);
    void* larger = std::realloc(static_cast<void*>(pieces_[0]), room * sizeof(T));
    if (!larger) throw std::bad_alloc();
    pieces_[0] = static_cast<T*>(larger);
    std::memset(static_cast<char*>(larger) + room_ * sizeof(T), 0, (room - room_) * sizeof(T));
    room_ = room;
  }

  std::vector<T*> pieces_;   // the first is ordinary memory
  std::size_t size_ = 0, room_ = 0;
  TemporaryPieces file_;
};

}  // namespace vss
