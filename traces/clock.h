// Two clocks: ticks, the cheapest counter that the processor has, and the time of day. A trace holds both for one moment, so
// that a reader can turn ticks into times.
#pragma once
#include <chrono>
#include <cstdint>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace vss {

inline std::uint64_t readTicks() {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

// Nanoseconds since 1970-01-01 UTC.
inline std::int64_t readTime() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Measures for about 200 µs, once per process: exact to about 1 in 10,000, which is enough for a trace that is cut off; a
// clean close adds a second moment, which gives the rate over the whole recording.
std::uint64_t ticksPerSecond();

}  // namespace vss
