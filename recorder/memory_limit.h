// Memory that runs out when a test says so. The whole test program allocates through recorder/memory_limit_test.cc.
#pragma once
#include <atomic>
#include <cstddef>

namespace vss {

struct MemoryLimit {
  static std::atomic<long> allocationsLeft;  // negative: as many as asked for. When they are used up, all fail
  static std::atomic<long> paused;           // above zero: somebody else than the recorder is at work
  static std::atomic<bool> failed;           // an allocation has
  static std::atomic<std::size_t> largest;   // what was asked for at once
  static std::atomic<void (*)()> whenAsked;  // called first at each allocation
};

}  // namespace vss
