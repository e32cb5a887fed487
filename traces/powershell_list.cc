// What Format-List prints:  Writer : System Writer
#include <algorithm>
#include <cctype>
#include <utility>

#include "traces/powershell_objects.h"

namespace vss {
namespace {

// One word, colon, value.
struct ListLine {
  std::string_view label, value;
  std::size_t colon = 0, column = 0;  // of the colon and the value, in bytes
};

std::optional<ListLine> listLine(std::string_view line) {
  std::string_view text = withoutPrefix(line), front = text.substr(0, 100);
  std::size_t colon = front.find(':');
  if (colon == front.npos) return std::nullopt;
  ListLine found{trimmed(front.substr(0, colon)), withoutSpace(text.substr(colon + 1)), 0, 0};
  if (found.label.empty() || !std::isalpha(static_cast<unsigned char>(found.label[0]))) return std::nullopt;
  for (char c : found.label) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return std::nullopt;
  }
  found.colon = static_cast<std::size_t>(text.data() - line.data()) + colon;
  found.column = static_cast<std::size_t>(found.value.data() - line.data());
  return found;
}

class ListReader {
 public:
  explicit ListReader(std::string_view text) : lines_(text) {}
  PastedObjects read();

 private:
  void takeLine(const ListLine& item, std::string_view line);
  void goOn(std::string_view line);
  void closeObject();

  Lines lines_;
  PastedObjects read_;
  std::optional<PastedObject> object_;
  PartLabels labels_;
  std::string firstLabel_;        // of the objects: it begins the next
  std::size_t colon_ = 0, column_ = 0;  // of the line before, and of the value
  std::size_t lineBefore_ = 0;    // that had a label, or went on with a value
  std::size_t lineOfValue_ = 0;   // of a value that we keep, if it was the last; else 0
  std::size_t largest_ = 0;       // number of properties that an object has
};

PastedObjects ListReader::read() {
  for (std::string_view line; lines_.next(line);) {
    if (auto item = listLine(line)) takeLine(*item, line);
    else goOn(line);
  }
  closeObject();
  return std::move(read_);
}

// The lines of one object follow one another; if they do not, their colons are in one column.
void ListReader::takeLine(const ListLine& item, std::string_view line) {
  bool follows = lines_.number() == lineBefore_ + 1 || item.colon == colon_;
  if (object_ && (!follows || item.label == firstLabel_)) closeObject();
  auto part = labels_.add(item.label);
  if (!part && PartLabels().add(item.label)) {  // a part that the object has: the next has begun
    closeObject();
    part = labels_.add(item.label);
  }
  colon_ = item.colon;
  lineBefore_ = lines_.number();
  lineOfValue_ = 0;
  if (!object_) {
    object_.emplace();
    object_->line = lines_.number();
    object_->text = line;
    firstLabel_ = item.label;
  }
  if (!part) return;
  column_ = item.column;
  lineOfValue_ = lines_.number();
  if (*part == Part::name) object_->line = lines_.number();
  object_->properties.push_back({*part, std::string(item.value), lines_.number(), false, false, lines_.cut()});
  object_->text = {object_->text.data(), line.data() + line.size()};
}

// A value that is too long for the window goes on in its column.
void ListReader::goOn(std::string_view line) {
  bool next = object_ && lineOfValue_ && lines_.number() == lineOfValue_ + 1;
  std::size_t indent = line.find_first_not_of(' ');
  if (!next || indent != column_ || object_->properties.empty()) return;
  Property& property = object_->properties.back();
  std::string_view more = withoutSpace(line);
  bool isId = property.part == Part::classId || property.part == Part::instanceId;
  if (!isId && !property.value.ends_with('-')) property.value += ' ';
  property.value += more;
  property.wrapped = true;
  property.last = lines_.cut();
  lineOfValue_ = lineBefore_ = lines_.number();
  object_->text = {object_->text.data(), line.data() + line.size()};
}

void ListReader::closeObject() {
  if (object_ && labels_.describeWriter() && !object_->properties.empty()) {
    largest_ = std::max(largest_, object_->properties.size());
    object_->whole = object_->properties.size() == largest_;
    read_.objects.push_back(std::move(*object_));
  }
  object_.reset();
  labels_ = {};
}

}  // namespace

PastedObjects listsIn(std::string_view text) { return ListReader(text).read(); }

}  // namespace vss
