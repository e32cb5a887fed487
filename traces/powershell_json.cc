// What ConvertTo-Json prints. Objects are found wherever they stand, in arrays and other objects, and kept as far as they go.
#include <cctype>
#include <utility>

#include "traces/powershell_objects.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

constexpr std::size_t deepest = 64;

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}
  PastedObjects read();

 private:
  enum class Next { key, colon, value, comma };
  struct Frame {
    bool isObject;
    Next next;
    std::size_t begin;
    PastedObject object;
    PartLabels labels;
    std::optional<Part> part;  // of the value that comes
  };

  void skipToBrace();
  void skipSpace();
  bool takeToken();
  bool takeWord(const std::string& word, bool isString);
  bool open(bool isObject);
  bool close(bool isObject);
  std::optional<std::string> takeString();
  void keep(Frame& frame, bool whole);
  void breakOff();

  std::string_view text_;
  std::size_t at_ = 0, line_ = 1;
  std::vector<Frame> stack_;
  PastedObjects read_;
};

PastedObjects JsonReader::read() {
  while (at_ < text_.size()) {
    if (stack_.empty()) skipToBrace();
    else skipSpace();
    if (at_ < text_.size() && !takeToken()) breakOff();
  }
  if (!stack_.empty()) breakOff();
  return std::move(read_);
}

// Not to one behind a quotation mark in its line: that belongs to a text, as a writer's name.
void JsonReader::skipToBrace() {
  for (bool quoted = false; at_ < text_.size() && (quoted || text_[at_] != '{'); ++at_) {
    char c = text_[at_];
    if (c == '\n') ++line_, quoted = false;
    else if (c == '"' || c == '\'') quoted = true;
  }
}

// With the quote marks that a line may begin with.
void JsonReader::skipSpace() {
  bool lineBegins = false;
  for (; at_ < text_.size(); ++at_) {
    char c = text_[at_];
    if (c == '\n') ++line_, lineBegins = true;
    else if (c != ' ' && c != '\t' && c != '\r' && !(lineBegins && (c == '>' || c == '|'))) return;
  }
}

// False: it is not what may stand here. Outside of all objects only the brace of one is given.
bool JsonReader::takeToken() {
  char c = text_[at_];
  if (c == '{' || c == '[') return open(c == '{');
  if (c == '}' || c == ']') return close(c == '}');
  Frame& frame = stack_.back();
  if (c == ',' || c == ':') {
    if (frame.next != (c == ',' ? Next::comma : Next::colon)) return false;
    frame.next = c == ':' || !frame.isObject ? Next::value : Next::key;
    return ++at_, true;
  }
  if (c == '"') {
    auto text = takeString();
    return text && takeWord(*text, true);
  }
  std::size_t begin = at_;
  while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || std::string_view("+-.").find(text_[at_]) != std::string_view::npos)) ++at_;
  bool cut = at_ == text_.size();  // 1 of 11
  return at_ > begin && !cut && takeWord(std::string(text_.substr(begin, at_ - begin)), false);
}

bool JsonReader::takeWord(const std::string& word, bool isString) {
  Frame& frame = stack_.back();
  if (frame.next == Next::key && isString) {
    frame.part = frame.labels.add(word);
    frame.next = Next::colon;
    return true;
  }
  if (frame.next != Next::value) return false;
  frame.next = Next::comma;
  if (!frame.part || (!isString && word == "null")) return true;
  if (frame.part == Part::name) frame.object.line = line_;
  frame.object.properties.push_back({*frame.part, word, line_});
  return true;
}

bool JsonReader::open(bool isObject) {
  bool may = stack_.empty() ? isObject : stack_.back().next == Next::value && stack_.size() < deepest;
  if (!may) return false;
  if (!stack_.empty()) stack_.back().next = Next::comma;
  stack_.push_back({isObject, isObject ? Next::key : Next::value, at_, {}, {}, {}});
  stack_.back().object.line = line_;
  return ++at_, true;
}

bool JsonReader::close(bool isObject) {
  Frame& frame = stack_.back();
  if (frame.isObject != isObject || frame.next == Next::colon || (isObject && frame.next == Next::value)) return false;
  ++at_;
  keep(frame, true);
  stack_.pop_back();
  return true;
}

void JsonReader::keep(Frame& frame, bool whole) {
  if (!frame.isObject || !frame.labels.describeWriter() || frame.object.properties.empty()) return;
  frame.object.whole = whole;
  frame.object.text = text_.substr(frame.begin, at_ - frame.begin);
  read_.objects.push_back(std::move(frame.object));
}

// What was read of an object is kept; the character that is wrong here may begin another.
void JsonReader::breakOff() {
  std::size_t before = read_.objects.size();
  for (Frame& frame : stack_) keep(frame, false);
  if (read_.objects.size() > before && at_ < text_.size()) read_.remarks.push_back({line_, "the JSON breaks off here; what stands before is kept"});
  if (stack_.empty() || (at_ < text_.size() && text_[at_] != '{')) at_ = std::min(at_ + 1, text_.size());
  stack_.clear();
}

// nullopt: it does not end in its line.
std::optional<std::string> JsonReader::takeString() {
  std::string value;
  for (++at_; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
    char c = text_[at_];
    if (c == '"') return ++at_, value;
    if (c != '\\') {
      value += c;
      continue;
    }
    if (++at_ == text_.size()) break;
    std::size_t known = std::string_view("nrtbf").find(text_[at_]);
    if (known != std::string_view::npos) value += "\n\r\t\b\f"[known];
    else if (text_[at_] != 'u') value += text_[at_];
    else {
      char16_t unit = 0;
      for (int i = 0; i < 4; ++i) {
        if (++at_ == text_.size() || !std::isxdigit(static_cast<unsigned char>(text_[at_]))) return std::nullopt;
        char digit = text_[at_];
        unit = static_cast<char16_t>(unit << 4 | (std::isdigit(static_cast<unsigned char>(digit)) ? digit - '0' : (digit | 0x20) - 'a' + 10));
      }
      value += toUtf8({&unit, 1});
    }
  }
  return std::nullopt;
}

}  // namespace

PastedObjects jsonIn(std::string_view text) { return JsonReader(text).read(); }

}  // namespace vss
