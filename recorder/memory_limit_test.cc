// A file of its own, so that the compiler sees no `new` that ends in free().
#include "recorder/memory_limit.h"

#include <cstdlib>
#include <new>

namespace vss {
std::atomic<long> MemoryLimit::allocationsLeft{-1}, MemoryLimit::paused{0};
std::atomic<bool> MemoryLimit::failed{false};
std::atomic<std::size_t> MemoryLimit::largest{0};
std::atomic<void (*)()> MemoryLimit::whenAsked{nullptr};
}  // namespace vss

void* operator new(std::size_t size) {
  using vss::MemoryLimit;
  if (auto* asked = MemoryLimit::whenAsked.load()) asked();
  if (size > MemoryLimit::largest) MemoryLimit::largest = size;
  if (MemoryLimit::allocationsLeft >= 0 && !MemoryLimit::paused) {
    if (MemoryLimit::allocationsLeft == 0) {
      MemoryLimit::failed = true;
      throw std::bad_alloc();
    }
    --MemoryLimit::allocationsLeft;
  }
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return ::operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
// Not inline, where the compiler would see free() of what comes from new, and warn.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
