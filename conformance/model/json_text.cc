#include "json_text.h"

#include <cmath>
#include <set>

#include "scenario.h"
#include "traces/vss/text.h"

namespace vss::model {
namespace {

// One pass over a JSON text (RFC 8259): finds what is wrong and where, and copies the rest with its escapes resolved.
class PlainJson {
 public:
  PlainJson(std::string_view text, std::string_view file) : text(text), file(file) {}

  std::string read() {
    for (std::size_t i = 0; i < text.size();) i = checkUtf8(i);
    value(0);
    blank();
    if (at < text.size()) wrong("something follows the end of the JSON value");
    return std::move(out);
  }

 private:
  static constexpr int kDeepest = 32;  // the codec's own limit is 64; no scenario needs more than 8
  std::string_view text, file;
  std::size_t at = 0;
  std::string out;

  [[noreturn]] void wrong(const std::string& what) const {
    std::size_t line = 1, column = 1;
    for (char c : text.substr(0, at)) c == '\n' ? (++line, column = 1) : ++column;
    throw ScenarioError(std::string(file) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what);
  }
  char peek() const { return at < text.size() ? text[at] : '\0'; }
  void take() { out += text[at++]; }
  void blank() {
    while (at < text.size() && std::string_view(" \t\r\n").find(text[at]) != std::string_view::npos) take();
  }
  void expect(char c, const char* what) {
    blank();
    if (at >= text.size()) wrong(std::string("the file ends where ") + what + " is missing");
    if (text[at] != c) wrong(std::string("expected ") + what);
    take();
  }

  // Goes over one code point; WTF-8 passes.
  std::size_t checkUtf8(std::size_t i) {
    auto lead = static_cast<unsigned char>(text[i]);
    std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::string_view one = text.substr(i, length);
    if (toUtf8(toUtf16(one)) == one) return i + length;
    at = i;
    wrong("these bytes are not UTF-8; save the file as UTF-8");
  }

  void value(int depth) {
    blank();
    if (depth > kDeepest) wrong("nested more than 32 deep; no scenario needs that");
    if (at >= text.size()) wrong("the file ends where a value is missing");
    switch (text[at]) {
      case '{': return object(depth);
      case '[': return array(depth);
      case '"': return string();
      default: return word();
    }
  }
  void object(int depth) {
    take();
    blank();
    if (peek() == '}') return take();
    for (;;) {
      blank();
      if (peek() != '"') wrong("expected a key in double quotes");
      string();
      expect(':', "':' after the key");
      value(depth + 1);
      blank();
      if (peek() == '}') return take();
      expect(',', "',' or '}'");
    }
  }
  void array(int depth) {
    take();
    blank();
    if (peek() == ']') return take();
    for (;;) {
      value(depth + 1);
      blank();
      if (peek() == ']') return take();
      expect(',', "',' or ']'");
    }
  }
  void word() {
    for (std::string_view known : {"true", "false", "null"})
      if (text.substr(at, known.size()) == known) {
        out += known;
        at += known.size();
        return;
      }
    number();
  }
  void digits() {
    if (peek() < '0' || peek() > '9') wrong("expected a value: a text in double quotes, a number, true, false, null, [ or {");
    while (peek() >= '0' && peek() <= '9') take();
  }
  void number() {
    if (peek() == '-') take();
    if (peek() == '0') {
      take();
      if (peek() == 'x' || (peek() >= '0' && peek() <= '9')) wrong("JSON has no such number; write \"0x…\" in quotes, or decimal");
    } else {
      digits();
    }
    if (peek() == '.') take(), digits();
    if (peek() == 'e' || peek() == 'E') {
      take();
      if (peek() == '+' || peek() == '-') take();
      digits();
    }
  }
  void string() {
    take();
    for (;;) {
      if (at >= text.size()) wrong("the file ends inside a text");
      auto c = static_cast<unsigned char>(text[at]);
      if (c == '"') return take();
      if (c < 0x20) wrong("a text ends on its own line; write \\n or \\u00" + std::string(c < 16 ? "0" : "1") + "… inside it");
      if (c != '\\') take();
      else if (text.substr(at, 2) == "\\u") unicode();
      else if (at + 1 < text.size() && std::string_view("\"\\/bfnrt").find(text[at + 1]) != std::string_view::npos) take(), take();
      else wrong("no such escape in JSON; a backslash is written \\\\");
    }
  }
  // A run of \u escapes: surrogates that stand next to each other make one code point.
  void unicode() {
    std::u16string units;
    while (text.substr(at, 2) == "\\u") {
      unsigned unit = 0;
      for (std::size_t i = at + 2; i < at + 6; ++i) {
        char c = i < text.size() ? text[i] : '\0';
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0) wrong("\\u needs four hexadecimal digits");
        unit = unit << 4 | static_cast<unsigned>(digit);
      }
      units += static_cast<char16_t>(unit);
      at += 6;
    }
    for (char c : toUtf8(units)) {
      if (c == '"' || c == '\\') out += '\\';
      if (c) out += c;
      else out += "\\u0000";  // the codec takes a raw NUL for the end, and reads these digits well
    }
  }
};

std::string kindOf(capnp::JsonValue::Reader value) {
  switch (value.which()) {
    case capnp::JsonValue::NULL_: return "null";
    case capnp::JsonValue::BOOLEAN: return value.getBoolean() ? "true" : "false";
    case capnp::JsonValue::NUMBER: return "a number";
    case capnp::JsonValue::STRING: return "a text";
    case capnp::JsonValue::ARRAY: return "a list";
    default: return "an object";
  }
}

void checkStruct(capnp::JsonValue::Reader value, capnp::StructSchema schema, const Place& place) {
  if (!value.isObject()) place.wrong("is " + kindOf(value) + "; expected an object { }");
  std::set<std::string> seen;
  for (auto field : value.getObject()) {
    std::string key(field.getName().begin(), field.getName().end());
    KJ_IF_MAYBE(known, schema.findFieldByName(field.getName())) {
      if (!seen.insert(key).second) place.at(key).wrong("is given twice");
      checkAgainst(field.getValue(), known->getType(), place.at(key));
    } else {
      place.at(key).wrong("unknown key; known: " + listed(schema.getFields(), [](auto f) { return f.getProto().getName().cStr(); }));
    }
  }
}

}  // namespace

Place Place::at(std::string_view key) const {
  bool plain = !key.empty();
  for (char c : key) plain &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  return {file, path + (path.empty() ? "" : ".") + (plain ? std::string(key) : vss::quoted(toUtf16(key)))};
}

Place Place::at(std::size_t index) const { return {file, path + "[" + std::to_string(index) + "]"}; }

void Place::wrong(const std::string& what) const {
  throw ScenarioError(std::string(file) + ": " + (path.empty() ? "the scenario" : path) + ": " + what);
}

std::string plainJson(std::string_view text, std::string_view file) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  return PlainJson(text, file).read();
}

void checkAgainst(capnp::JsonValue::Reader value, capnp::Type type, const Place& place) {
  if (type.isStruct()) {
    if (type.asStruct().getProto().getId() != capnp::typeId<capnp::JsonValue>()) checkStruct(value, type.asStruct(), place);
  } else if (type.isList()) {
    if (!value.isArray()) place.wrong("is " + kindOf(value) + "; expected a list [ ]");
    std::size_t index = 0;
    for (auto item : value.getArray()) checkAgainst(item, type.asList().getElementType(), place.at(index++));
  } else if (type.isText()) {
    if (!value.isString()) place.wrong("is " + kindOf(value) + "; expected a text in double quotes");
  } else if (type.isBool()) {
    if (!value.isBoolean()) place.wrong("is " + kindOf(value) + "; expected true or false");
  } else if (type.isUInt16()) {
    double n = value.isNumber() ? value.getNumber() : -1;
    if (n < 0 || n > 0xFFFF || n != std::floor(n)) place.wrong("expected a code unit: a whole number from 0 to 65535");
  } else {
    place.wrong("the scenario's schema has a type that its reader does not know");
  }
}

}  // namespace vss::model
