#include "redact/search.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <set>
#include <vector>

#include "redact/document.h"
#include "traces/environment.h"
#include "traces/vss/guid.h"
#include "traces/vss/text.h"

namespace vss::redact {
namespace {

std::string_view bytesOfText(std::u16string_view text) { return {reinterpret_cast<const char*>(text.data()), text.size() * sizeof(char16_t)}; }

// Many patterns looked for at once: by their first bytes, then by each length that patterns with these have.
class Patterns {
 public:
  struct Pattern { Named named; const char* form; };

  Patterns() : seen_(std::size_t{1} << 20) {}
  void add(std::string bytes, Named named, const char* form) {
    if (bytes.size() < kShortest) return;
    auto begin = first(bytes.data());
    auto& lengths = lengths_[begin];
    if (std::find(lengths.begin(), lengths.end(), bytes.size()) == lengths.end()) lengths.push_back(bytes.size());
    seen_[slot(begin)] = true;
    auto& kept = kept_.emplace_back(std::move(bytes));
    if (!patterns_.try_emplace(kept, Pattern{named, form}).second) kept_.pop_back();
  }
  // Those that stand at `at`, with their lengths.
  template <class Visit> void at(std::string_view text, std::size_t at, Visit&& visit) const {
    if (text.size() - at < kShortest) return;
    auto begin = first(text.data() + at);
    if (!seen_[slot(begin)]) return;
    auto found = lengths_.find(begin);
    if (found == lengths_.end()) return;
    for (std::size_t length : found->second)
      if (length <= text.size() - at)
        if (auto pattern = patterns_.find(text.substr(at, length)); pattern != patterns_.end()) visit(pattern->second, length);
  }

 private:
  static std::uint64_t first(const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, kShortest);
    return word;
  }
  static std::size_t slot(std::uint64_t word) { return (word * 0x9E3779B97F4A7C15) >> 44; }
  std::deque<std::string> kept_;
  std::unordered_map<std::string_view, Pattern> patterns_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> lengths_;
  std::vector<bool> seen_;
};

std::string escapedForXml(std::string_view utf8) {
  std::string out;
  for (char c : utf8) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      default: out += c;
    }
  }
  return out;
}

// What of base64 depends on these bytes alone, where `before` other bytes stand before them.
std::string base64(std::string_view bytes, std::size_t before) {
  std::string padded(before, '\0');
  padded += bytes;
  std::string text(sodium_base64_encoded_len(padded.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(padded.data()), padded.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  std::size_t from = (before * 8 + 5) / 6, to = padded.size() * 8 / 6;
  return to > from ? text.substr(from, to - from) : "";
}

// Bytes that are mostly zeros stand everywhere in a trace; nobody is named by them.
bool tellsMuch(std::string_view bytes) {
  std::set<char> different(bytes.begin(), bytes.end());
  different.erase('\0');
  return different.size() >= 5;
}

class Finder {
 public:
  explicit Finder(const Replaced& replaced) : replaced_(replaced) {
    for (const auto& [text, named] : replaced.texts)
      if (!replaced.left.count(text)) addText(text, named);
    for (const auto& [bytes, named] : replaced.bytes) {
      if (bytes.size() < 8 || !tellsMuch(bytes)) continue;
      gone_.add(bytes, named, "as bytes");
      addBase64(bytes, named);
      if (named != Named::id) continue;
      Guid id;
      std::memcpy(&id, bytes.data(), sizeof id);
      auto text = toString(id).substr(1, 36);
      std::string upper;
      for (char c : text) upper += c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
      for (const auto& form : {text, upper}) addText(toUtf16(form), named);
    }
    for (const auto& text : replaced.left) allow(text);
  }
  void allow(std::u16string_view text) {
    left_.add(std::string(bytesOfText(text)), Named::unknown, "");
    left_.add(toUtf8(text), Named::unknown, "");
  }
  void allowUtf8(const std::string& text) { left_.add(text, Named::unknown, ""); }

  // What is left stands there as well: an original within it is none.
  std::optional<Leak> in(std::string_view bytes, const std::string& of) const {
    std::size_t leftUntil = 0;
    std::optional<Leak> leak;
    for (std::size_t at = 0; at + kShortest <= bytes.size() && !leak; ++at) {
      left_.at(bytes, at, [&](const auto&, std::size_t length) { leftUntil = std::max(leftUntil, at + length); });
      gone_.at(bytes, at, [&](const auto& pattern, std::size_t length) {
        if (!leak && at + length > leftUntil) leak = Leak{pattern.named, (of.empty() ? "byte " + std::to_string(at) : of) + ", " + pattern.form};
      });
    }
    return leak;
  }
  std::optional<Leak> whole(std::u16string_view text, const std::string& of) const {
    std::u16string value(text);
    auto found = replaced_.texts.find(value);
    if (found == replaced_.texts.end() || replaced_.left.count(value)) return std::nullopt;
    return Leak{found->second, of};
  }
  std::optional<Leak> wholeBytes(std::string_view bytes, const std::string& of) const {
    auto found = replaced_.bytes.find(std::string(bytes));
    return found == replaced_.bytes.end() ? std::nullopt : std::optional(Leak{found->second, of});
  }

 private:
  void addText(std::u16string_view text, Named named) {
    if (std::all_of(text.begin(), text.end(), [](char16_t c) { return c < u' '; })) return;  // zeros stand everywhere: looked for as a whole value alone
    std::string utf8 = toUtf8(text), escaped = escapedForXml(utf8);
    gone_.add(utf8, named, "as UTF-8");
    gone_.add(std::string(bytesOfText(text)), named, "as UTF-16");
    if (escaped != utf8) {
      gone_.add(escaped, named, "as UTF-8 with XML's escapes");
      gone_.add(std::string(bytesOfText(toUtf16(escaped))), named, "as UTF-16 with XML's escapes");
    }
    addBase64(utf8, named);
    addBase64(bytesOfText(text), named);
  }
  // In UTF-8, and in a text of UTF-16.
  void addBase64(std::string_view bytes, Named named) {
    for (std::size_t before = 0; before < 3; ++before) {
      auto text = base64(bytes, before);
      if (text.size() < kShortest) continue;
      gone_.add(text, named, "as base64");
      gone_.add(std::string(bytesOfText(toUtf16(text))), named, "as base64 in UTF-16");
    }
  }

  const Replaced& replaced_;
  Patterns gone_, left_;
};

// A value by itself, and what stands in it if it is an XML document.
std::optional<Leak> inText(const Finder& finder, std::u16string_view text, const std::string& of) {
  auto leak = finder.whole(text, of);
  if (leak || text.find(u'<') == text.npos) return leak;
  forEachText(text, [&](std::u16string_view part) {
    if (!leak) leak = finder.whole(part, of + ", in XML");
    if (!leak) leak = finder.in(bytesOfText(part), of + ", in XML");
  });
  return leak;
}

}  // namespace

std::optional<Leak> findLeak(TraceReader& result, const Replaced& replaced) {
  Finder finder(replaced);
  const auto& header = result.header();
  finder.allowUtf8(header.tool), finder.allowUtf8(header.platform);
  for (const auto& fact : factTable()) finder.allowUtf8(std::string(fact.key) + "=");
  std::set<std::string> signatures;
  result.rewind();
  while (const NoteView* note = result.next())
    if (note->signature && signatures.insert(note->signature->text).second) finder.allowUtf8(note->signature->text);

  for (const auto& [text, name] : {std::pair(header.process, "the header's program"), std::pair(header.target, "the header's target")})
    if (auto leak = inText(finder, toUtf16(text), name)) return leak;
  result.rewind();
  std::optional<Leak> leak;
  while (const NoteView* note = result.next()) {
    std::string of = "note " + std::to_string(note->order);
    if (note->type == NoteType::remark) leak = inText(finder, toUtf16(std::string(note->text)), of + ", a remark");
    if (auto fact = note->type == NoteType::remark && note->remarkKind == RemarkKind::environment ? factOf(note->text) : std::nullopt)
      for (const auto& column : columnsOf(fact->value))
        if (!leak) leak = inText(finder, toUtf16(column), of + ", a fact");
    for (const auto& value : note->values) {
      if (leak || (value.kind != ValueKind::stored && value.kind != ValueKind::raw)) continue;
      leak = finder.wholeBytes(value.bytes, of);
      if (leak || value.bytes.size() % 2) continue;
      std::u16string text(value.bytes.size() / 2, u'\0');
      if (!text.empty()) std::memcpy(text.data(), value.bytes.data(), value.bytes.size());
      leak = inText(finder, text, of);
    }
    if (leak) return leak;
  }
  return finder.in(result.bytes(), "");
}

}  // namespace vss::redact
