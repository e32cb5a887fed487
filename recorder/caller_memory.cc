#include "recorder/caller_memory.h"

#include <cstdint>

namespace vss {
namespace {
constexpr std::size_t kPage = 4096;
constexpr std::size_t kLongest = 256 << 20;
}  // namespace

std::optional<std::u16string> readText(const char16_t* text) {
  std::u16string out;
  auto at = reinterpret_cast<std::uintptr_t>(text);
  // Page by page: what lies behind the NUL need not be readable.
  while (out.size() * sizeof(char16_t) < kLongest) {
    char16_t page[kPage / sizeof(char16_t)];
    std::size_t bytes = kPage - at % kPage;
    if (bytes < sizeof(char16_t)) bytes += kPage;  // an odd address: a code unit that straddles two pages
    bytes = (bytes < sizeof page ? bytes : sizeof page) / 2 * 2;
    if (!copyFrom(reinterpret_cast<const void*>(at), page, bytes)) return std::nullopt;
    for (std::size_t i = 0; i < bytes / 2; ++i) {
      if (!page[i]) return out;
      out += page[i];
    }
    at += bytes;
  }
  return std::nullopt;
}

std::optional<std::u16string> readBstr(const char16_t* bstr) {
  std::uint32_t bytes = 0;
  char16_t end = 1;  // looked at first: no memory is taken for a length that only claims to be one
  if (copyFrom(reinterpret_cast<const char*>(bstr) - 4, &bytes, 4) && bytes % 2 == 0 && bytes <= kLongest &&
      copyFrom(reinterpret_cast<const char*>(bstr) + bytes, &end, 2) && !end) {
    std::u16string out(bytes / 2, u'\0');
    if (copyFrom(bstr, out.data(), bytes)) return out;
  }
  return readText(bstr);
}

}  // namespace vss
