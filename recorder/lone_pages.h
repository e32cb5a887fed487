// For tests: readable memory between pages that are not.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#if defined(_WIN32)
#include <windows.h>
#else
#include <sys/mman.h>
#endif

namespace vss {

class LonePages {
 public:
  static constexpr std::size_t kPage = 4096;

  explicit LonePages(std::size_t count = 1) : size_(count * kPage) {
#if defined(_WIN32)
    // Far from everything: under Wine ReadProcessMemory reads also what is reserved, and much of what is free.
    void* pages = nullptr;
    for (std::uintptr_t at = 0x200000000000; !pages; at += 16 << 20) pages = ::VirtualAlloc(reinterpret_cast<void*>(at), size_, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    all_ = static_cast<char*>(pages) - kPage;
#else
    all_ = static_cast<char*>(::mmap(nullptr, size_ + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::mprotect(begin(), size_, PROT_READ | PROT_WRITE);
#endif
  }
  ~LonePages() {
#if defined(_WIN32)
    ::VirtualFree(begin(), 0, MEM_RELEASE);
#else
    ::munmap(all_, size_ + 2 * kPage);
#endif
  }
  LonePages(const LonePages&) = delete;
  LonePages& operator=(const LonePages&) = delete;

  char* begin() const { return all_ + kPage; }
  char* end() const { return begin() + size_; }
  // The text, NUL and all, `before` bytes before the end.
  char16_t* put(const std::u16string& text, std::size_t before = 0) const {
    std::size_t bytes = (text.size() + 1) * sizeof(char16_t);
    return reinterpret_cast<char16_t*>(static_cast<char*>(std::memcpy(end() - before - bytes, text.c_str(), bytes)));
  }
  // The same with what a BSTR has before it.
  char16_t* put(const std::u16string& text, std::size_t before, std::uint32_t claimedBytes) const {
    char16_t* at = put(text, before);
    std::memcpy(reinterpret_cast<char*>(at) - 4, &claimedBytes, 4);
    return at;
  }

 private:
  std::size_t size_;
  char* all_;
};

}  // namespace vss
