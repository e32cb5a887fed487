#include "traces/listing_fields.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "traces/vssadmin_words.h"

namespace vss {
namespace {

using Byte = unsigned char;

constexpr std::size_t maxLabel = 400, maxColons = 8;
constexpr int maxNameLines = 8;  // that a name with line breaks may have

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

// A name that holds line breaks: up to the line that ends in the quote.
std::optional<std::string> nameOverLines(std::string_view firstLine, std::string_view quote, Lines& lines,
                                         const std::function<bool(std::string_view)>& another) {
  std::string name(firstLine);
  Lines ahead = lines;
  std::string_view line;
  for (int n = 1; n < maxNameLines && ahead.next(line); ++n) {
    if (another(line)) return std::nullopt;
    std::string_view text = trimmed(line);
    bool ends = text.ends_with(quote);
    if (ends) line = line.substr(0, static_cast<std::size_t>(text.data() - line.data()) + text.size() - quote.size());
    (name += '\n') += line;
    if (!ends) continue;
    lines = ahead;
    return name;
  }
  return std::nullopt;
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

std::optional<std::uint32_t> decimalIn(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 10 || !std::all_of(text.begin(), text.end(), isDigit)) return std::nullopt;
  std::uint64_t number = std::stoull(std::string(text));
  if (number > (negative ? 0x80000000u : 0xFFFFFFFFu)) return std::nullopt;
  return static_cast<std::uint32_t>(negative ? 0 - number : number);
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

NamePart nameIn(std::string_view rest, Lines& lines, const std::function<bool(std::string_view)>& another) {
  using End = NamePart::End;
  std::string_view value = trimmed(rest), open = quoteAtFront(value);
  if (open.empty()) return {std::string(value), End::noQuotes};

  std::string resolved;  // quotes that came as entities: so did what is between them
  if (open.starts_with('&')) {
    value = resolved = plain(value);
    open = quoteAtFront(value);
  }
  std::string_view inner = value.substr(open.size());
  std::string_view close = quoteAtBack(inner, open);
  bool surelyClosed = !close.empty() && (close == open || !lines.cut());
  if (surelyClosed) return {std::string(inner.substr(0, inner.size() - close.size())), End::closed};

  if (resolved.empty()) {
    if (auto name = nameOverLines(rest.substr(rest.find(open) + open.size()), open, lines, another)) return {*name, End::closed};
  }
  std::size_t end = inner.rfind(open);
  if (end != inner.npos && !lines.cut()) return {std::string(inner.substr(0, end)), End::textBehind};
  return {std::string(inner), End::never};
}

std::string complaintAbout(const NamePart& name, const Lines& lines) {
  if (name.end == NamePart::End::textBehind) return "there is text behind the writer's name; it is left out";
  if (name.end != NamePart::End::never) return {};
  return lines.cut() ? "the text ends inside a writer's name" : "the quote before the writer's name is never closed";
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
