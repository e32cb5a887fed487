// What two sequences have in common, in order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace vss {

// Pairs of indexes, both rising, of elements that are equal: a longest common subsequence. Where the sequences differ so much that it would
// take too long, a shorter one: then more is told as different than need be, never less. Memory grows with the length, not with its square.
std::vector<std::pair<std::size_t, std::size_t>> commonSubsequence(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);

}  // namespace vss
