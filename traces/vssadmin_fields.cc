#include "traces/vssadmin_fields.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "traces/listing_text.h"
#include "traces/vssadmin_words.h"

namespace vss {
namespace {

using Byte = unsigned char;

constexpr std::size_t maxLabel = 400, maxColons = 8;

constexpr std::array<std::string_view, 8> singleQuotes = {"'", "\u2018", "\u2019", "\u201A", "\u201B", "\u2039", "\u203A", "&#39;"};
constexpr std::array<std::string_view, 8> doubleQuotes = {"\"", "\u201C", "\u201D", "\u201E", "\u201F", "\u00AB", "\u00BB", "&quot;"};

bool isDigit(char c) { return std::isdigit(static_cast<Byte>(c)); }

Shape shapeOf(std::string_view value) {
  if (!quoteAtFront(value).empty()) return Shape::quoted;
  if (value.starts_with('{') || value.starts_with("\\{")) return Shape::braced;
  if (bracketAtFront(value)) return Shape::bracketed;
  return value.size() >= 36 && parseGuid(value.substr(0, 36)) ? Shape::braced : Shape::text;
}

// What stands before a colon, behind a prompt, quote marks or a tag, comparable; empty: there is no letter in it.
std::string labelBefore(std::string_view text) {
  std::size_t mark = text.rfind('>');
  if (mark != text.npos) text.remove_prefix(mark + 1);
  text = trimmed(withoutPrefix(text));
  bool letter = std::any_of(text.begin(), text.end(), [](Byte c) { return std::isalpha(c) || c >= 0x80; });
  return letter ? comparable(text) : std::string();
}

template <std::size_t n>
std::string_view quoteAmong(const std::array<std::string_view, n>& quotes, std::string_view text, bool atBack) {
  auto found = std::find_if(quotes.begin(), quotes.end(),
                            [&](std::string_view q) { return atBack ? text.ends_with(q) : text.starts_with(q); });
  return found == quotes.end() ? std::string_view() : *found;
}

}  // namespace

std::optional<Guid> guidIn(std::string_view value) {
  std::string text = plain(value.substr(0, 200));
  std::size_t open = text.find('{');
  if (open == text.npos) return parseGuid(std::string_view(text).substr(0, 36));
  std::size_t close = text.find('}', open);
  if (close == text.npos) return std::nullopt;
  return parseGuid(trimmed(std::string_view(text).substr(open + 1, close - open - 1)));
}

std::optional<Bracket> bracketAtFront(std::string_view value) {
  std::size_t i = 0;
  auto skipSpaces = [&] { while (i < value.size() && value[i] == ' ') ++i; };
  auto take = [&](char c) {
    skipSpaces();
    if (i + 1 < value.size() && value[i] == '\\') ++i;
    return i < value.size() && value[i++] == c;
  };
  if (!take('[')) return std::nullopt;
  skipSpaces();
  std::uint64_t number = 0;
  std::size_t digits = 0;
  for (; i < value.size() && isDigit(value[i]) && digits <= 10; ++i, ++digits) {
    number = number * 10 + static_cast<std::uint64_t>(value[i] - '0');
  }
  if (digits == 0 || number > 0xFFFFFFFF || !take(']')) return std::nullopt;
  return Bracket{static_cast<std::uint32_t>(number), i};
}

std::string_view quoteAtFront(std::string_view value) {
  auto quote = quoteAmong(singleQuotes, value, false);
  return quote.empty() ? quoteAmong(doubleQuotes, value, false) : quote;
}

std::string_view quoteAtBack(std::string_view value, std::string_view open) {
  if (value.ends_with(open)) return open;
  bool single = std::find(singleQuotes.begin(), singleQuotes.end(), open) != singleQuotes.end();
  return quoteAmong(single ? singleQuotes : doubleQuotes, value, true);
}

std::optional<Row> rowOf(std::string_view line) {
  std::size_t open[2], close[2], from = 0;
  for (int i = 0; i < 2; ++i) {
    open[i] = line.find('{', from);
    if (open[i] == line.npos) return std::nullopt;
    close[i] = line.find('}', open[i]);
    if (close[i] == line.npos) return std::nullopt;
    from = close[i] + 1;
  }
  auto bracket = bracketAtFront(line.substr(from));
  if (!bracket) return std::nullopt;
  Row row{trimmed(line.substr(0, open[0])), line.substr(open[0], close[0] + 1 - open[0]),
          line.substr(open[1], close[1] + 1 - open[1]), line.substr(from + bracket->end), bracket->number};
  return row.name.empty() ? std::nullopt : std::optional(row);
}

FieldSearch::FieldSearch(std::string_view line) : line_(withoutPrefix(line)) {}

std::optional<Field> FieldSearch::next() {
  while (at_ < std::min(line_.size(), maxLabel) && colons_ < maxColons) {
    std::size_t i = at_++;
    std::size_t width = line_[i] == ':' ? 1 : line_.substr(i, 3) == "\uFF1A" ? 3 : 0;
    if (width == 0) continue;
    ++colons_;
    std::string_view rest = line_.substr(i + width);
    bool ofTime = i > 0 && isDigit(line_[i - 1]) && !rest.empty() && isDigit(rest[0]);
    bool ofDrive = rest.starts_with('\\') && !rest.starts_with("\\[") && !rest.starts_with("\\{");
    if (ofTime || ofDrive || rest.starts_with("//")) continue;
    Field field{labelBefore(line_.substr(0, i)), rest, trimmed(rest), Shape::text};
    if (field.label.empty()) continue;
    field.shape = shapeOf(field.value);
    return field;
  }
  return std::nullopt;
}

}  // namespace vss
