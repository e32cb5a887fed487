#include "text.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace vss {
namespace {

bool isHigh(char16_t c) { return c >= 0xD800 && c < 0xDC00; }
bool isLow(char16_t c) { return c >= 0xDC00 && c < 0xE000; }

void appendUtf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) out += static_cast<char>(c);
  else if (c < 0x800) (out += static_cast<char>(0xC0 | c >> 6)) += static_cast<char>(0x80 | (c & 0x3F));
  else if (c < 0x10000) ((out += static_cast<char>(0xE0 | c >> 12)) += static_cast<char>(0x80 | (c >> 6 & 0x3F))) += static_cast<char>(0x80 | (c & 0x3F));
  else (((out += static_cast<char>(0xF0 | c >> 18)) += static_cast<char>(0x80 | (c >> 12 & 0x3F))) += static_cast<char>(0x80 | (c >> 6 & 0x3F))) += static_cast<char>(0x80 | (c & 0x3F));
}

// One code point from text[i], which moves on; a lone surrogate is itself.
std::uint32_t next(std::u16string_view text, std::size_t& i) {
  char16_t c = text[i++];
  if (isHigh(c) && i < text.size() && isLow(text[i])) return 0x10000 + ((c - 0xD800u) << 10) + (text[i++] - 0xDC00u);
  return c;
}

}  // namespace

std::string toUtf8(std::u16string_view text) {
  auto plain = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), [](char16_t c) { return c >= 0x80; }) - text.begin());
  std::string out(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(plain));  // most texts are, from beginning to end
  for (std::size_t i = plain; i < text.size();) appendUtf8(out, next(text, i));
  return out;
}

std::u16string toUtf16(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i]);
    int more = lead < 0x80 ? 0 : lead >= 0xC2 && lead < 0xE0 ? 1 : lead >= 0xE0 && lead < 0xF0 ? 2 : lead >= 0xF0 && lead < 0xF5 ? 3 : -1;
    std::uint32_t c = more <= 0 ? lead : lead & (0x3F >> more);
    bool good = more >= 0 && i + more < text.size();
    for (int k = 1; good && k <= more; ++k) {
      auto byte = static_cast<unsigned char>(text[i + k]);
      good = (byte & 0xC0) == 0x80;
      c = c << 6 | (byte & 0x3F);
    }
    if (good && ((more == 2 && c < 0x800) || (more == 3 && (c < 0x10000 || c > 0x10FFFF)))) good = false;
    if (!good) {
      out += u'\uFFFD';
      ++i;
      continue;
    }
    i += more + 1;
    if (c < 0x10000) out += static_cast<char16_t>(c);
    else (out += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10))) += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF));
  }
  return out;
}

std::string plainUtf8(std::string_view text) {
  std::string out;
  std::u16string units = toUtf16(text);
  for (std::size_t i = 0; i < units.size();) {
    std::uint32_t c = next(units, i);
    appendUtf8(out, (c >= 0xD800 && c < 0xE000) || c == 0xFFFE || c == 0xFFFF ? 0xFFFD : c);
  }
  return out;
}

std::string withoutByteOrderMark(std::string text) { return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text; }

std::string quoted(std::u16string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    std::uint32_t c = next(text, i);
    // Control characters, line separators, direction marks and lone surrogates would not be seen, or would break the line.
    bool hidden = c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
                  (c >= 0xD800 && c < 0xE000) || c == 0xFEFF;
    if (c == '"' || c == '\\') (out += '\\') += static_cast<char>(c);
    else if (c == '\n') out += "\\n";
    else if (hidden) {
      char escape[7];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else appendUtf8(out, c);
  }
  return out += '"';
}

std::string oneLine(const std::string& utf8) {
  std::string out = quoted(toUtf16(utf8));
  return out == '"' + utf8 + '"' ? utf8 : out;
}

std::u16string_view asUtf16(std::string_view bytes) {
  return {reinterpret_cast<const char16_t*>(bytes.data()), bytes.size() / sizeof(char16_t)};
}

}  // namespace vss
