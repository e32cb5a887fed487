// A line of a listing as label, colon and value, in any language: what the value looks like tells what the line is about.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "traces/listing_text.h"
#include "traces/vss/guid.h"

namespace vss {

enum class Shape { text, quoted, braced, bracketed };

// The views are parts of the line.
struct Field {
  std::string label;       // comparable
  std::string_view rest;   // all that follows the colon
  std::string_view value;  // the same, trimmed
  Shape shape = Shape::text;
};

// The first field that `accept` takes among those that the line's colons give; else the first of all; nullopt: no label has a letter.
// Colons of a time, a drive and an address count for none. Looks at the first 400 bytes and 8 colons, so a line costs what it is long.
template <class Accept>
std::optional<Field> fieldOf(std::string_view line, Accept&& accept);

// {…} or a bare GUID at the front of a value; nullopt: it is a placeholder, or cut.
std::optional<Guid> guidIn(std::string_view value);

// [n] or \[n\] at the front of a value, and where the text after it starts; nullopt: none, or a number beyond 32 bits.
struct Bracket { std::uint32_t number; std::size_t end; };
std::optional<Bracket> bracketAtFront(std::string_view value);

// A decimal number that 32 bits hold, and nothing else; %d prints a large one as negative.
std::optional<std::uint32_t> decimalIn(std::string_view text);

// The quotation mark of any kind at the front; empty: there is none.
std::string_view quoteAtFront(std::string_view value);
// The one at the end that may close what `open` opened: the same, or a typographic one of its family (single, double).
std::string_view quoteAtBack(std::string_view value, std::string_view open);

// A writer's name in what follows its label, from the first to the last quote of its kind: names may hold quotes, and line breaks, for
// which `lines` goes on, but not into a line that is `another`'s.
struct NamePart {
  enum class End { noQuotes, closed, textBehind, never };
  std::string text;
  End end;
};
NamePart nameIn(std::string_view rest, Lines& lines, const std::function<bool(std::string_view)>& another);
// What a remark says of a name that did not end as it should; empty: it did.
std::string complaintAbout(const NamePart& name, const Lines& lines);

// Steps through the line's possible fields; fieldOf is made of it.
class FieldSearch {
 public:
  explicit FieldSearch(std::string_view line);
  std::optional<Field> next();

 private:
  std::string_view line_;
  std::size_t at_ = 0, colons_ = 0;
};

template <class Accept>
std::optional<Field> fieldOf(std::string_view line, Accept&& accept) {
  FieldSearch search(line);
  auto first = search.next();
  for (auto field = first; field; field = search.next()) {
    if (accept(*field)) return field;
  }
  return first;
}

}  // namespace vss
