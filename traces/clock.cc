#include "traces/clock.h"

namespace vss {

std::uint64_t ticksPerSecond() {
  static const std::uint64_t rate = [] {
    using Clock = std::chrono::steady_clock;
    auto start = Clock::now();
    auto startTicks = readTicks();
    auto now = start;
    while (now - start < std::chrono::microseconds(200)) now = Clock::now();
    double seconds = std::chrono::duration<double>(now - start).count();
    return static_cast<std::uint64_t>(static_cast<double>(readTicks() - startTicks) / seconds);
  }();
  return rate;
}

}  // namespace vss
