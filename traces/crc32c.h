// CRC-32C (Castagnoli), as in iSCSI and ext4: one instruction per eight bytes on x86-64.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace vss {

class Crc32c {
 public:
  [[gnu::always_inline]] void add(const void* data, std::size_t size) {
    auto* bytes = static_cast<const unsigned char*>(data);
    for (; size >= 8; size -= 8, bytes += 8) {
      std::uint64_t word;
      std::memcpy(&word, bytes, 8);
      addWord(word);
    }
    for (; size; --size) addByte(*bytes++);
  }
#if defined(__SSE4_2__)
  void addWord(std::uint64_t word) { state_ = static_cast<std::uint32_t>(_mm_crc32_u64(state_, word)); }
  void addByte(unsigned char byte) { state_ = _mm_crc32_u8(state_, byte); }
#else
  void addWord(std::uint64_t word) {
    for (int i = 0; i < 8; ++i, word >>= 8) addByte(static_cast<unsigned char>(word));
  }
  void addByte(unsigned char byte) {
    state_ ^= byte;
    for (int i = 0; i < 8; ++i) state_ = state_ >> 1 ^ (state_ & 1 ? 0x82F63B78u : 0);
  }
#endif
  // Never 0, so that a note that was never finished cannot look whole.
  std::uint32_t value() const { return ~state_ ? ~state_ : 1; }

 private:
  std::uint32_t state_ = ~0u;
};

inline std::uint32_t crc32c(const void* data, std::size_t size) {
  Crc32c crc;
  crc.add(data, size);
  return crc.value();
}

}  // namespace vss
