// What two sequences have in common, in order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "traces/file_array.h"

namespace vss {

struct IndexPair {
  std::uint64_t first, second;
};

// Pairs of indexes, both rising, of elements that are equal: a longest common subsequence. Where the sequences differ so much that it would
// take too long, a shorter one: then more is told as different than need be, never less. Beside the pairs, memory does not grow; the time is
// at most some 10,000 comparisons for each element.
FileArray<IndexPair> commonSubsequence(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);

}  // namespace vss
