#include "guid.h"

#include <cstdio>

namespace vss {

std::optional<Guid> parseGuid(std::string_view text) {
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  if (text.size() != 36) return std::nullopt;
  std::uint8_t bytes[16];
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    char c = text[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return std::nullopt;
    auto& byte = bytes[digits / 2];
    byte = static_cast<std::uint8_t>(digits % 2 ? byte << 4 | digit : digit);
    ++digits;
  }
  Guid guid;
  guid.a = std::uint32_t(bytes[0]) << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
  guid.b = static_cast<std::uint16_t>(bytes[4] << 8 | bytes[5]);
  guid.c = static_cast<std::uint16_t>(bytes[6] << 8 | bytes[7]);
  std::memcpy(guid.d, bytes + 8, 8);
  return guid;
}

std::string toString(const Guid& g) {
  char text[39];
  std::snprintf(text, sizeof text, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", g.a, g.b, g.c, g.d[0], g.d[1], g.d[2],
                g.d[3], g.d[4], g.d[5], g.d[6], g.d[7]);
  return text;
}

}  // namespace vss
