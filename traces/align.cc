#include "traces/align.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace vss {
namespace {

using Index = std::int64_t;
using Sequence = std::span<const std::uint64_t>;

// Edits from both ends until they meet; more, and the point that got furthest from the front is taken instead. Squared, this is the time for
// each such point; two unlike traces of 100,000 calls each take about a second.
constexpr Index kEdits = 2000;
constexpr Index kUnset = -2;

// Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), the variation in linear space. Diagonal k is where x - y = k.
class Matcher {
 public:
  Matcher(Sequence a, Sequence b) : a_(a), b_(b), forward_(2 * kEdits + 5), backward_(2 * kEdits + 5) {}

  void match(Index aFrom, Index aTo, Index bFrom, Index bTo) {
    Index back = 0;
    for (;;) {
      while (aFrom < aTo && bFrom < bTo && at(a_, aFrom) == at(b_, bFrom)) add(aFrom++, bFrom++);
      while (aFrom < aTo && bFrom < bTo && at(a_, aTo - 1) == at(b_, bTo - 1)) --aTo, --bTo, ++back;
      if (aFrom == aTo || bFrom == bTo) break;
      auto [x, y] = split(aFrom, aTo, bFrom, bTo);
      match(aFrom, aFrom + x, bFrom, bFrom + y);
      aFrom += x, bFrom += y;
    }
    for (; back; --back) add(aTo++, bTo++);
  }

  FileArray<IndexPair> pairs;

 private:
  void add(Index x, Index y) { pairs.push_back({static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(y)}); }
  static std::uint64_t at(Sequence values, Index i) { return values[static_cast<std::size_t>(i)]; }
  static Index& on(std::vector<Index>& furthest, Index diagonal) { return furthest[static_cast<std::size_t>(diagonal + kEdits + 2)]; }

  // One more edit from one end: how far each diagonal gets. equal(x, y): of the elements x and y from that end.
  template <class Equal, class Met> static bool extend(std::vector<Index>& furthest, Index edits, Index n, Index m, Equal&& equal, Met&& met) {
    on(furthest, -edits - 1) = on(furthest, edits + 1) = kUnset;
    Index first = edits <= m ? -edits : -m + ((m ^ edits) & 1), last = edits <= n ? edits : n - ((n ^ edits) & 1);
    for (Index k = first; k <= last; k += 2) {
      Index x = kUnset, left = on(furthest, k - 1), above = on(furthest, k + 1);
      if (edits == 0) x = 0;
      if (left >= 0 && left < n) x = left + 1;
      if (above >= 0 && above - k <= m) x = std::max(x, above);
      if (x >= 0)
        while (x < n && x - k < m && equal(x, x - k)) ++x;
      on(furthest, k) = x;
      if (x >= 0 && met(k, x)) return true;
    }
    return false;
  }

  // A point on a shortest way from one corner to the other, neither of them. Both parts are not empty and begin and end unlike.
  std::pair<Index, Index> split(Index aFrom, Index aTo, Index bFrom, Index bTo) {
    Index n = aTo - aFrom, m = bTo - bFrom, shift = n - m;
    std::pair<Index, Index> found;
    for (Index edits = 0; edits <= kEdits; ++edits) {
      auto isMet = [&](std::vector<Index>& other, Index otherEdits, Index k, Index x) {
        Index diagonal = shift - k;
        return diagonal >= -otherEdits && diagonal <= otherEdits && diagonal >= -m && diagonal <= n && on(other, diagonal) >= 0 && x + on(other, diagonal) >= n;
      };
      bool odd = shift & 1;
      if (extend(forward_, edits, n, m, [&](Index x, Index y) { return at(a_, aFrom + x) == at(b_, bFrom + y); }, [&](Index k, Index x) {
            if (!odd || !isMet(backward_, edits - 1, k, x)) return false;
            found = {x, x - k};
            return true;
          }))
        return found;
      if (extend(backward_, edits, n, m, [&](Index x, Index y) { return at(a_, aTo - 1 - x) == at(b_, bTo - 1 - y); }, [&](Index k, Index x) {
            if (odd || !isMet(forward_, edits, k, x)) return false;
            found = {n - x, m - (x - k)};
            return true;
          }))
        return found;
    }
    for (Index k = std::max(-kEdits, -m); k <= std::min(kEdits, n); ++k)
      if (Index x = on(forward_, k); ((k ^ kEdits) & 1) == 0 && x >= 0 && 2 * x - k > found.first + found.second) found = {x, x - k};
    return found;
  }

  Sequence a_, b_;
  std::vector<Index> forward_, backward_;   // by diagonal: the furthest x
};

}  // namespace

FileArray<IndexPair> commonSubsequence(Sequence a, Sequence b) {
  Matcher matcher(a, b);
  matcher.match(0, static_cast<Index>(a.size()), 0, static_cast<Index>(b.size()));
  return std::move(matcher.pairs);
}

}  // namespace vss
