// What is kept of the objects of a trace, so that memory does not grow with those that were released.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace vss {

// Numbers of objects; a bit each, for a recorder numbers them 1, 2, ….
class ObjectSet {
 public:
  // Whether it is new.
  bool insert(std::uint32_t object) {
    auto& bits = bits_[object / 64];
    std::uint64_t bit = std::uint64_t{1} << object % 64;
    if (bits & bit) return false;
    bits |= bit;
    ++size_;
    return true;
  }
  bool contains(std::uint32_t object) const {
    auto found = bits_.find(object / 64);
    return found != bits_.end() && found->second >> object % 64 & 1;
  }
  std::size_t size() const { return size_; }

 private:
  std::unordered_map<std::uint32_t, std::uint64_t> bits_;  // by number / 64
  std::size_t size_ = 0;
};

// Objects whose Release returned 0. What is known of them is forgotten some time later: who uses one again mostly does it soon, and an implementation may
// say 0 where references are left.
class ReleasedObjects {
 public:
  static constexpr std::size_t kKept = 1000;
  // One more; gives the one whose turn it is to be forgotten if it was not used again. 0: none.
  std::uint32_t add(std::uint32_t object) {
    last_.push_back(object);
    if (last_.size() <= kKept) return 0;
    std::uint32_t oldest = last_.front();
    last_.pop_front();
    return oldest;
  }

 private:
  std::deque<std::uint32_t> last_;
};

}  // namespace vss
