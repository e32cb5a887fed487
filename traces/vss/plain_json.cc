#include "traces/vss/plain_json.h"

#include "traces/vss/text.h"

namespace vss {
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
  static constexpr int kDeepest = 32;  // the codec's own limit is 64
  std::string_view text, file;
  std::size_t at = 0;
  std::string out;

  [[noreturn]] void wrong(const std::string& what) const {
    std::size_t line = 1, column = 1;
    for (char c : text.substr(0, at)) c == '\n' ? (++line, column = 1) : ++column;
    throw PlainJsonError(std::string(file) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what);
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
    if (lead < 0x80) return i + 1;
    std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::string_view one = text.substr(i, length);
    if (toUtf8(toUtf16(one)) == one) return i + length;
    at = i;
    wrong("these bytes are not UTF-8; save the file as UTF-8");
  }

  void value(int depth) {
    blank();
    if (depth > kDeepest) wrong("nested more than 32 deep; nothing of ours needs that");
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

}  // namespace

std::string plainJson(std::string_view text, std::string_view file) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  return PlainJson(text, file).read();
}

}  // namespace vss
