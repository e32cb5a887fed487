#include "redact/pseudonyms.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "redact/document.h"
#include "traces/environment.h"
#include "traces/vss/api.h"
#include "traces/vss/text.h"

namespace vss::redact {
namespace {

constexpr std::size_t kHashed = 11, kMark = 5;  // letters of a word: 51 bits that tell values apart, 23 that tell a pseudonym from a name

struct Field { std::string_view method, name; Named named; };
constexpr Field kFields[] = {
#define FIELD(name, kind) {"", #name, Named::kind},
#define FIELD_OF(method, name, kind) {method, #name, Named::kind},
#include "redact/fields.def"
#undef FIELD
#undef FIELD_OF
};

enum class Known { id, text, part, target, fact, remark };
struct KnownText { Known kind; std::string_view text; };
constexpr KnownText kKnown[] = {
#define KNOWN(kind, text) {Known::kind, text},
#include "redact/known.def"
#undef KNOWN
#define ENVIRONMENT_SERVICE(service, hosts) {Known::fact, service},
#include "traces/environment.def"
};
template <class Is> bool anyKnown(Known kind, Is&& is) {
  return std::any_of(std::begin(kKnown), std::end(kKnown), [&](const KnownText& known) { return known.kind == kind && is(known.text); });
}

// What a column of a fact names; nullopt: it stays.
struct FactRule { std::string_view key; std::vector<std::optional<Named>> columns; };
const FactRule* factRule(std::string_view key) {
  static const FactRule rules[] = {
#define STAYS std::nullopt
#define OF(kind) Named::kind
#define FACT(key, ...) {key, {__VA_ARGS__}},
#include "redact/facts.def"
#undef STAYS
#undef OF
#undef FACT
  };
  auto found = std::find_if(std::begin(rules), std::end(rules), [&](const FactRule& rule) { return rule.key == key; });
  return found == std::end(rules) ? nullptr : found;
}

std::u16string wide(std::string_view ascii) { return {ascii.begin(), ascii.end()}; }

const std::vector<Guid>& knownIds() {
  static const auto ids = [] {
    std::vector<Guid> all{Guid{}};
    for (const auto& known : kKnown)
      if (known.kind == Known::id) all.push_back(*parseGuid(known.text));
    for (const auto* described : interfaces()) all.push_back(described->iid);
    return all;
  }();
  return ids;
}

const std::set<std::u16string, std::less<>>& knownTexts() {
  static const auto texts = [] {
    std::set<std::u16string, std::less<>> all;
    for (const auto& known : kKnown)
      if (known.kind == Known::text) all.insert(wide(known.text));
    return all;
  }();
  return texts;
}

bool isLetter(char16_t c) { return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z'); }
bool isDigit(char16_t c) { return c >= u'0' && c <= u'9'; }
char16_t lower(char16_t c) { return c >= u'A' && c <= u'Z' ? c + 32 : c; }

// The lower case of Latin, Greek and Cyrillic letters, the same on every platform: Windows compares names so. Others are taken as they are.
char16_t folded(char16_t c) {
  if (c < 0x80) return lower(c);
  if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  bool evenIsUpper = (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14A && c <= 0x177) || (c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF);
  bool oddIsUpper = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if (evenIsUpper) return c | 1;
  if (oddIsUpper) return (c + 1) & ~1;
  return c == 0x178 ? 0xFF : c;
}

std::string_view bytesOf(std::u16string_view text) { return {reinterpret_cast<const char*>(text.data()), text.size() * sizeof(char16_t)}; }
std::u16string textOf(std::string_view bytes) {
  std::u16string text(bytes.size() / 2, u'\0');
  if (!text.empty()) std::memcpy(text.data(), bytes.data(), text.size() * 2);
  return text;
}

// Whether the text is the pattern, in which # stands for digits.
template <class C> bool isLike(std::string_view pattern, std::basic_string_view<C> text) {
  std::size_t at = 0;
  for (char wanted : pattern) {
    std::size_t before = at;
    if (wanted == '#') {
      while (at < text.size() && text[at] >= C('0') && text[at] <= C('9')) ++at;
      if (at == before || at > before + 20) return false;
    } else if (at == text.size() || text[at++] != static_cast<C>(wanted)) return false;
  }
  return at == text.size();
}

bool isExtension(std::u16string_view text) {
  static const std::string all = std::string(" ") + EXTENSIONS + " ";
  if (text.empty() || !std::all_of(text.begin(), text.end(), [](char16_t c) { return isLetter(c) || isDigit(c); })) return false;
  std::string one = " ";
  for (char16_t c : text) one += static_cast<char>(lower(c));
  return all.find(one + " ") != all.npos;
}

bool isKnownPart(std::u16string_view text) {
  std::u16string small;
  for (char16_t c : text) small += lower(c);
  return anyKnown(Known::part, [&](auto known) { return isLike(known, std::u16string_view(small)); });
}

bool isKnownId(const Guid& id) { return std::find(knownIds().begin(), knownIds().end(), id) != knownIds().end(); }

struct FoundId { std::size_t at; Guid id; };
constexpr std::size_t kIdSize = 36;
// The first id in a text, without its braces.
std::optional<FoundId> findId(std::u16string_view text) {
  for (std::size_t at = 0; at + kIdSize <= text.size(); ++at) {
    if (text[at + 8] != u'-') continue;
    std::string ascii;
    for (std::size_t i = 0; i < kIdSize; ++i) ascii += text[at + i] < 0x80 ? static_cast<char>(text[at + i]) : '?';
    if (auto id = ascii[0] == '{' ? std::nullopt : parseGuid(ascii)) return FoundId{at, *id};
  }
  return std::nullopt;
}

}  // namespace

std::string_view nameOf(Named named) {
  constexpr std::string_view names[] = {"paths", "volumes", "machines", "components", "logical paths", "writers", "providers", "messages", "options and notes",
                                        "documents", "ids", "icons", "raw values", "programs", "arguments", "targets", "remarks", "listings", "values of no known kind"};
  static_assert(std::size(names) == kNamed);
  return names[static_cast<std::size_t>(named)];
}

Named named(std::string_view interface_, std::string_view method, std::string_view param) {
  std::string whole = interface_.empty() ? std::string(method) : std::string(interface_) + "::" + std::string(method);
  const Field* found = nullptr;
  for (const auto& field : kFields)
    if (field.name == param && (field.method == whole || (field.method.empty() && !found))) found = &field;
  return found ? found->named : Named::unknown;
}

void Pseudonyms::count(Named named, std::string_view original) const {
  if (!replaced_) return;
  auto& count = replaced_->counts[static_cast<std::size_t>(named)];
  ++count.values;
  count.different.emplace(original);
}
void Pseudonyms::gone(std::u16string_view original, Named named) const {
  if (replaced_) replaced_->texts.emplace(original, named);
}
void Pseudonyms::left(std::u16string_view text) const {
  if (replaced_ && !text.empty()) replaced_->left.emplace(text);
}

// Sixteen letters: two spellings of a name get the same letters, in different cases.
std::u16string Pseudonyms::word(std::u16string_view text, Named named) const {
  if (isWord(text)) return std::u16string(text);
  std::u16string small(text);
  for (auto& c : small) c = folded(c);
  unsigned char hash[32], mark[16], spelling[16] = {};
  key_.hash('w', bytesOf(small), hash, sizeof hash);
  std::u16string made;
  auto letter = [](const unsigned char* from) { return static_cast<char16_t>(u'a' + (from[0] | from[1] << 8) % 26); };
  for (std::size_t i = 0; i < kHashed; ++i) made += letter(hash + 2 * i);
  key_.hash('m', bytesOf(made), mark, sizeof mark);
  for (std::size_t i = 0; i < kMark; ++i) made += letter(mark + 2 * i);
  if (small != text) {
    key_.hash('s', bytesOf(text), spelling, sizeof spelling);
    spelling[2] |= 1;  // some letter is a capital
    for (std::size_t i = 0; i < made.size(); ++i)
      if (spelling[i % 15 + 1] & 1 << (i == 15)) made[i] -= 32;
  }
  gone(text, named);
  left(made);
  return made;
}

bool Pseudonyms::isWord(std::u16string_view text) const {
  if (text.size() != kHashed + kMark || !std::all_of(text.begin(), text.end(), isLetter)) return false;
  std::u16string small;
  for (char16_t c : text.substr(0, kHashed)) small += lower(c);
  unsigned char mark[16];
  key_.hash('m', bytesOf(small), mark, sizeof mark);
  for (std::size_t i = 0; i < kMark; ++i)
    if (lower(text[kHashed + i]) != u'a' + (mark[2 * i] | mark[2 * i + 1] << 8) % 26) return false;
  left(text);
  return true;
}

// The name of a file or folder: a known ending stays, and what stands for any characters.
std::u16string Pseudonyms::fileName(std::u16string_view text, Named named) const {
  auto dot = text.rfind(u'.');
  std::u16string_view ending;
  if (dot != text.npos && isExtension(text.substr(dot + 1))) ending = text.substr(dot), text = text.substr(0, dot);
  std::u16string made;
  auto isMask = [](char16_t c) { return c == u'*' || c == u'?'; };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    if (isMask(text[at]) || (text[at] == u'.' && ending.empty() && text.find_first_not_of(u"*?.") == text.npos)) made += text[at++];
    else {
      while (end < text.size() && !isMask(text[end])) ++end;
      made += word(text.substr(at, end - at), named);
      at = end;
    }
  }
  left(ending);
  return made + std::u16string(ending);
}

// What stands between two backslashes.
std::u16string Pseudonyms::part(std::u16string_view text, Named named) const {
  if (text.empty()) return {};
  if (isKnownPart(text) || knownTexts().count(text) || (text.size() == 2 && isLetter(text[0]) && text[1] == u':')) {
    left(text);
    return std::u16string(text);
  }
  if (auto found = findId(text)) {
    auto before = text.substr(0, found->at), behind = text.substr(found->at + kIdSize);
    bool upper = std::any_of(text.begin() + found->at, text.begin() + found->at + kIdSize, [](char16_t c) { return c >= u'A' && c <= u'F'; });
    std::u16string made = wide(toString(id(found->id)).substr(1, kIdSize));
    if (upper) for (auto& c : made) c = c >= u'a' && c <= u'f' ? c - 32 : c;
    left(made);
    auto side = [&](std::u16string_view side) {
      std::u16string small;
      for (char16_t c : side) small += lower(c);
      return small.empty() || small == u"{" || small == u"}" || small == u"volume{" ? std::u16string(side) : part(side, named);
    };
    return side(before) + made + side(behind);
  }
  return fileName(text, named);
}

std::u16string Pseudonyms::path(std::u16string_view text, Named named) const {
  bool rooted = text.starts_with(u"\\") || (text.size() > 2 && text[1] == u':' && text[2] == u'/');
  std::u16string_view separators = rooted ? u"\\/" : u"\\";
  std::u16string made;
  for (std::size_t at = 0; at <= text.size();) {
    std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    made += part(text.substr(at, end - at), named);
    if (end < text.size()) made += text[end];
    at = end + 1;
  }
  return made;
}

std::u16string Pseudonyms::replacedText(Named named, std::u16string_view text) const {
  if (text.empty()) return {};
  if (knownTexts().count(text)) return left(text), std::u16string(text);
  std::u16string made = named == Named::document                                                                                  ? document(text)
                        : named == Named::message || named == Named::note || named == Named::unknown || named == Named::listing || named == Named::remark ? word(text, named)
                                                                                                                                  : path(text, named);
  if (made == text) return made;
  if (made.size() == kHashed + kMark || named != Named::document) gone(text, named);  // of a document its parts are gone, one by one
  count(named, bytesOf(text));
  return made;
}

std::u16string Pseudonyms::document(std::u16string_view text) const {
  auto made = redactedDocument(text, {[this](std::u16string_view t) { return path(t, Named::document); }, [this](std::u16string_view t) { return word(t, Named::document); },
                                      [this](std::u16string_view t) { left(t); }});
  return made ? *made : word(text, Named::document);
}

// Ten bytes that tell ids apart and six that tell one that was made so from others.
bool Pseudonyms::isMade(const unsigned char* id) const {
  unsigned char mark[16];
  key_.hash('n', {reinterpret_cast<const char*>(id), 10}, mark, sizeof mark);
  return std::memcmp(id + 10, mark, 6) == 0;
}

Guid Pseudonyms::id(const Guid& original) const {
  if (isKnownId(original)) return original;
  unsigned char bytes[16], mark[16];
  std::memcpy(bytes, &original, sizeof bytes);
  if (isMade(bytes)) return original;
  key_.hash('i', {reinterpret_cast<const char*>(&original), sizeof original}, bytes, sizeof bytes);
  bytes[7] = (bytes[7] & 0x0F) | 0x80, bytes[8] = (bytes[8] & 0x3F) | 0x80;  // version 8: of the maker's own making
  key_.hash('n', {reinterpret_cast<const char*>(bytes), 10}, mark, sizeof mark);
  std::memcpy(bytes + 10, mark, 6);
  if (replaced_) replaced_->bytes.emplace(std::string(reinterpret_cast<const char*>(&original), sizeof original), Named::id);
  Guid made;
  std::memcpy(&made, bytes, sizeof made);
  return made;
}

// As many bytes, of an id again and again.
std::string Pseudonyms::run(std::string_view bytes, Named named) const {
  if (bytes.empty()) return {};
  auto repeated = [&](const char* from) {
    std::string made;
    while (made.size() < bytes.size()) made.append(from, std::min<std::size_t>(16, bytes.size() - made.size()));
    return made;
  };
  if (bytes.size() >= 16 && isMade(reinterpret_cast<const unsigned char*>(bytes.data())) && repeated(bytes.data()) == bytes) return std::string(bytes);
  unsigned char made[16], mark[16];
  key_.hash('r', bytes, made, sizeof made);
  key_.hash('n', {reinterpret_cast<const char*>(made), 10}, mark, sizeof mark);
  std::memcpy(made + 10, mark, 6);
  if (replaced_) replaced_->bytes.emplace(bytes, named);
  count(named, bytes);
  return repeated(reinterpret_cast<const char*>(made));
}

std::string Pseudonyms::raw(std::string_view bytes) const { return run(bytes, Named::raw); }

std::string Pseudonyms::stored(Named named, Kind kind, std::string_view bytes) const {
  bool isText = kind == Kind::bstr || kind == Kind::wstr || kind == Kind::coString;
  if (isText && bytes.size() % 2 == 0) return std::string(bytesOf(replacedText(named, textOf(bytes))));
  if (kind == Kind::guid && bytes.size() % 16 == 0) {
    std::string made;
    for (std::size_t at = 0; at < bytes.size(); at += 16) {
      Guid one;
      std::memcpy(&one, bytes.data() + at, sizeof one);
      Guid other = id(one);
      if (!(one == other)) count(Named::id, bytes.substr(at, 16));
      made.append(reinterpret_cast<const char*>(&other), sizeof other);
    }
    return made;
  }
  bool isNumber = !isText && kind != Kind::guid && kind != Kind::bytes && kind != Kind::object && kind != Kind::structure;
  if (isNumber && bytes.size() == 8) return std::string(bytes);
  return run(bytes, kind == Kind::bytes ? named : Named::raw);
}

std::string Pseudonyms::program(const std::string& name) const { return toUtf8(replacedText(Named::program, toUtf16(name))); }

std::string Pseudonyms::target(const std::string& name) const {
  for (const auto& [kind, known] : kKnown) {
    if (kind != Known::target || !name.starts_with(known)) continue;
    std::size_t end = known.size();
    if (end == name.size()) return left(wide(known)), name;
    if (name[end] != ' ' && name[end] != ':') continue;
    left(wide(known));
    return name.substr(0, end + 1) + toUtf8(replacedText(Named::target, toUtf16(name.substr(end + 1))));
  }
  return toUtf8(replacedText(Named::target, toUtf16(name)));
}

std::string Pseudonyms::remark(Named named, const std::string& text) const {
  if (anyKnown(Known::remark, [&](auto known) { return isLike(known, std::string_view(text)); })) return left(toUtf16(text)), text;
  return toUtf8(replacedText(named, toUtf16(text)));
}

std::string Pseudonyms::fact(const std::string& text) const {
  auto fact = factOf(text);
  const FactRule* rule = fact ? factRule(fact->key) : nullptr;
  if (!rule) return remark(Named::remark, text);
  std::string made = fact->key;
  std::size_t n = 0;
  for (const auto& column : columnsOf(fact->value)) {
    auto named = n < rule->columns.size() ? rule->columns[n] : Named::remark;
    bool stays = !named || anyKnown(Known::fact, [&](auto known) { return known == column; });
    if (stays) left(toUtf16(column));
    made += (n++ ? "\t" : "=") + (stays ? column : toUtf8(replacedText(*named, toUtf16(column))));
  }
  return made;
}

}  // namespace vss::redact
