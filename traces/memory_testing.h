// For tests on Linux: what something costs in memory.
#pragma once
#include <malloc.h>

#include <fstream>
#include <limits>
#include <string>

namespace vss::testing_traces {

// Bytes of anonymous memory; pages of mapped files are the system's, which takes them back when it needs them.
inline std::size_t anonymousMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) return std::stoull(line.substr(8)) * 1024;
  return 0;
}
// The most that something takes: what it has freed is not given back before this is asked.
template <class Something> std::size_t memoryOf(Something&& something) {
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);   // the largest that there is
  ::malloc_trim(0);
  std::size_t before = anonymousMemory();
  something();
  std::size_t after = anonymousMemory();
  return after > before ? after - before : 0;
}

// A sanitizer's own memory is many times ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMemoryIsOurs = false;
#else
inline constexpr bool kMemoryIsOurs = true;
#endif

}  // namespace vss::testing_traces
