#include "traces/listing_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include "traces/vss/text.h"

namespace vss {
namespace {

using Byte = unsigned char;

// How many bytes the character that starts with `lead` takes; 0: no character starts so.
std::size_t lengthByLead(Byte lead) {
  return lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
}

// Bytes of the whole character at the front, unpaired surrogates included; 0: there is none.
std::size_t characterAtFront(std::string_view text) {
  std::size_t length = lengthByLead(text[0]);
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((text[i] & 0xC0) != 0x80) return 0;
  }
  Byte lead = text[0], second = length > 1 ? text[1] : 0;
  bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  bool tooHigh = lead == 0xF4 && second >= 0x90;
  return overlong || tooHigh ? 0 : length;
}

bool isUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = characterAtFront(text.substr(i));
    if (length == 0) return false;
    i += length;
  }
  return true;
}

// Bytes at the end that begin a character whose other bytes are missing.
std::size_t cutCharacterAtBack(std::string_view text) {
  for (std::size_t k = 1; k <= 3 && k <= text.size(); ++k) {
    Byte byte = text[text.size() - k];
    if ((byte & 0xC0) == 0x80) continue;
    return lengthByLead(byte) > k ? k : 0;
  }
  return 0;
}

// 0x80 to 0x9F; the five that Windows-1252 leaves undefined are control characters, as in every browser.
constexpr char16_t windows1252[] = u"\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F"
                                   u"\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

void appendWindows1252(std::string& out, std::string_view line) {
  for (Byte c : line) {
    if (c < 0x80) out += static_cast<char>(c);
    else {
      char16_t unit = c < 0xA0 ? windows1252[c - 0x80] : c;
      out += toUtf8({&unit, 1});
    }
  }
}

// A line that holds a whole listing as a JSON string: three escaped line ends or more behind a quotation mark, and a GUID or our tool.
bool holdsJsonListing(std::string_view line) {
  std::size_t quote = line.find('"');
  if (quote == line.npos) return false;
  int lineEnds = 0;
  for (std::size_t i = line.find("\\n", quote); i != line.npos && lineEnds < 3; i = line.find("\\n", i + 2)) ++lineEnds;
  return lineEnds == 3 && (line.find("vssadmin") != line.npos || line.find(": {") != line.npos);
}

// Bare quotation marks, which begin and end the strings, become line ends.
void appendUnfolded(std::string& out, std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (c == '"') out += '\n';
    else if (c != '\\' || i + 1 == line.size()) out += c;
    else if (line[++i] == 'n') out += '\n';
    else if (line[i] == 'r') out += '\r';
    else if (line[i] == 't') out += '\t';
    else if (line[i] == 'u' && i + 4 < line.size() &&
             std::all_of(&line[i + 1], &line[i + 5], [](Byte h) { return std::isxdigit(h); })) {
      auto unit = static_cast<char16_t>(std::stoul(std::string(line.substr(i + 1, 4)), nullptr, 16));
      out += toUtf8({&unit, 1});
      i += 4;
    } else out += line[i];
  }
}

// No-break, figure, narrow no-break and ideographic space; zero-width ones, direction marks, the byte-order mark.
constexpr std::array<std::string_view, 25> spaces = {
    " ", "\t", "\r", "\v", "\f", "\u00A0", "\u2007", "\u202F", "\u3000", "\u200B", "\u200E", "\u200F", "\u202A", "\u202B", "\u202C",
    "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069", "\uFEFF", "&nbsp;", "&#160;", "&#xa0;"};
constexpr std::array<std::string_view, 3> marks = {"*", "`", "__"};

template <class Set>
bool dropFront(std::string_view& text, const Set& set) {
  for (std::string_view s : set) {
    if (!text.empty() && text[0] == s[0] && text.starts_with(s)) return text.remove_prefix(s.size()), true;  // mostly the first byte tells
  }
  return false;
}

template <class Set>
bool dropBack(std::string_view& text, const Set& set) {
  for (std::string_view s : set) {
    if (!text.empty() && text.back() == s.back() && text.ends_with(s)) return text.remove_suffix(s.size()), true;
  }
  return false;
}

// 2024-05-13, 05/13/2024, 13.05.2024, 14:05:33.123, [14:05:33], 2024-05-13T14:05:33Z
bool isDateOrTime(std::string_view word) {
  auto digits = std::count_if(word.begin(), word.end(), [](Byte c) { return std::isdigit(c); });
  return digits >= 2 && word.find_first_not_of("0123456789/.-:,TZ+[]()") == word.npos &&
         word.find_first_of("/.-:") != word.npos;
}

bool isHalfOfDay(std::string_view word) { return word == "AM" || word == "PM" || word == "am" || word == "pm"; }

std::string_view withoutTimeStamp(std::string_view line) {
  for (bool found = false;; found = true) {
    std::string_view rest = line;
    while (dropFront(rest, spaces)) {}
    std::string_view word = rest.substr(0, std::min(rest.find_first_of(" \t"), std::size_t{40}));
    if (!isDateOrTime(word) && !(found && isHalfOfDay(word))) return found ? rest : line;
    line = rest.substr(word.size());
  }
}

struct Entity { std::string_view text; std::string_view meaning; };
constexpr std::array<Entity, 13> entities = {{{"&nbsp;", " "}, {"&#160;", " "}, {"&#xa0;", " "}, {"&amp;", "&"}, {"&lt;", "<"},
                                              {"&gt;", ">"}, {"&quot;", "\""}, {"&#34;", "\""}, {"&apos;", "'"}, {"&#39;", "'"},
                                              {"&#x27;", "'"}, {"&lsquo;", "\u2018"}, {"&rsquo;", "\u2019"}}};

}  // namespace

ListingText::ListingText(std::string_view bytes) : text(bytes) {
  auto letterThenZero = [&](std::size_t i) { return bytes[i] != 0 && bytes[i + 1] == 0; };
  if (bytes.starts_with("\xFF\xFE")) fromUtf16(bytes.substr(2), false);
  else if (bytes.starts_with("\xFE\xFF")) fromUtf16(bytes.substr(2), true);
  else if (bytes.size() >= 6 && letterThenZero(0) && letterThenZero(2) && letterThenZero(4)) {
    remarks.push_back({1, "the text has no byte-order mark, but zeros in every second byte; it is read as UTF-16"});
    fromUtf16(bytes, false);
  } else {
    if (bytes.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    repairUtf8();
  }
  unfoldJson();
}

void ListingText::fromUtf16(std::string_view bytes, bool bigEndian) {
  std::u16string units;
  units.reserve(bytes.size() / 2);
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    Byte first = bytes[i], second = bytes[i + 1];
    units += static_cast<char16_t>(bigEndian ? first << 8 | second : second << 8 | first);
  }
  storage_ = toUtf8(units);
  text = storage_;
  if (bytes.size() % 2) {
    auto line = 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    remarks.push_back({line, "the text ends inside a character, which is left out"});
  }
}

void ListingText::repairUtf8() {
  if (isUtf8(text)) return;
  std::size_t cut = cutCharacterAtBack(text);
  if (cut && isUtf8(text.substr(0, text.size() - cut))) {
    text.remove_suffix(cut);
    auto line = 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    remarks.push_back({line, "the text ends inside a character, which is left out"});
    return;
  }
  Lines lines(text);
  std::size_t count = 0, first = 0;
  for (std::string_view line; lines.next(line);) {
    if (isUtf8(line)) storage_ += line;
    else {
      appendWindows1252(storage_, line);
      if (++count == 1) first = lines.number();
    }
    if (!lines.cut()) storage_ += '\n';
  }
  text = storage_;
  remarks.push_back({first, count == 1 ? "the line is not UTF-8; it is read as Windows-1252"
                                       : std::to_string(count) + " lines, of which this is the first, are not UTF-8; they are "
                                                                 "read as Windows-1252"});
}

void ListingText::unfoldJson() {
  Lines search(text);
  bool found = false;
  for (std::string_view line; !found && search.next(line);) found = holdsJsonListing(line);
  if (!found) return;
  remarks.push_back({search.number(), "the line holds a listing as a JSON string; lines are counted in what it unfolds to"});
  std::string unfolded;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (holdsJsonListing(line)) appendUnfolded(unfolded, line);
    else unfolded += line;
    if (!lines.cut()) unfolded += '\n';
  }
  storage_ = std::move(unfolded);
  text = storage_;
}

bool Lines::next(std::string_view& line) {
  if (rest_.empty()) return false;
  std::size_t end = rest_.find('\n');
  cut_ = end == rest_.npos;
  line = rest_.substr(0, end);
  rest_.remove_prefix(cut_ ? rest_.size() : end + 1);
  ++number_;
  return true;
}

std::string_view withoutSpace(std::string_view text) {
  while (dropFront(text, spaces)) {}
  while (dropBack(text, spaces)) {}
  return text;
}

std::string_view trimmed(std::string_view text) {
  while (dropFront(text, spaces) || dropFront(text, marks)) {}
  while (dropBack(text, spaces) || dropBack(text, marks)) {}
  return text;
}

std::string_view withoutPrefix(std::string_view line) {
  constexpr std::array<std::string_view, 8> bullets = {">", "&gt;", "|", "-", "#", "\u2022", "\u2013", "\u2014"};
  auto dropMarks = [&] { while (dropFront(line, spaces) || dropFront(line, marks) || dropFront(line, bullets)) {} };
  dropMarks();
  line = withoutTimeStamp(line);
  dropMarks();
  return line;
}

std::string plain(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto* entity = std::find_if(entities.begin(), entities.end(), [&](const Entity& e) { return text.starts_with(e.text); });
    if (text[0] == '&' && entity != entities.end()) {
      out += entity->meaning;
      text.remove_prefix(entity->text.size());
    } else if (text[0] == '\\' && text.size() > 1 && std::ispunct(static_cast<Byte>(text[1]))) {
      out += text[1];
      text.remove_prefix(2);
    } else {
      out += text[0];
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace vss
