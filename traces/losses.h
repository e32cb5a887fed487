// What is missing in a damaged trace, told by what is there around it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "traces/trace_reader.h"

namespace vss {

struct Losses {
  struct Range { std::uint64_t first, last; std::string where; };          // numbers of notes; where: between which moments
  struct Half { std::uint64_t call, note; std::uint32_t thread; std::string method; bool start; };  // call 0: not known; start: that is what is lost
  std::vector<Range> ranges;     // at most kMostTold of each
  std::vector<Half> halves;
  std::uint64_t moreRanges = 0, moreHalves = 0;
  static constexpr std::size_t kMostTold = 100;
  std::vector<std::string> lines() const;  // for people
};

// Goes through the whole trace once more. What a remark of `shadowtape recover` tells is not told again.
Losses lossesOf(TraceReader& reader);

}  // namespace vss
