// Makes a recorded session smaller, as long as it still shows what is looked at. `shadowtape shrink` says of what.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "traces/call.h"

namespace vss::conformance {

// Which calls of a trace are left, by their place in LoadedTrace::calls.
using Kept = std::vector<bool>;

struct Shrunk {
  Kept kept;
  std::size_t tries = 0;
  bool ended = true;      // false: the time was over; what is there still shows it, and could be shorter
};

// calls: of the whole trace. kept: what to begin with; stillShows said yes to it. Calls of an object, or with a structure, are left out with the call that handed it out.
// In the end no call, and in short sessions no pair of calls, can be left out.
Shrunk shrink(const std::vector<Call>& calls, Kept kept, const std::function<bool(const Kept&)>& stillShows, std::chrono::steady_clock::time_point end);

// For TraceReader::only().
std::vector<bool> notesOf(const std::vector<Call>& calls, const Kept& kept);
// Where the n-th kept call (1, 2, …) lies in the whole trace.
std::size_t placeOfKept(const Kept& kept, std::uint64_t number);

}  // namespace vss::conformance
