#include "traces/vssadmin_blocks.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "traces/vss/text.h"
#include "traces/vssadmin_fields.h"

namespace vss {
namespace {

constexpr int maxNameLines = 8;  // that a name with line breaks may have

bool isBanner(std::string_view line) {
  std::size_t version = line.find("vssadmin ");
  if (version == line.npos) return false;
  version += 9;
  return version < line.size() && line[version] >= '0' && line[version] <= '9';
}

// What was learned about a label that is in no table.
struct Label {
  LabelRole role = LabelRole::none;
  bool namesWriters = false;  // a block under it had a state, or both ids
};

// A writer while it is read.
struct OpenBlock : ListedBlock {
  std::string nameLabel, classLabel, instanceLabel, stateLabel, errorLabel;
  Label* label = nullptr;  // of the name; null: it is in our tables, and so are the others
  bool doubtful = false;   // no writer unless a field of one follows
  bool classSeen = false, instanceSeen = false, stateSeen = false;

  bool errorIsNext() const { return stateSeen && !errorSeen; }
};

// One line of a block, and what it is.
struct Item : Field {
  std::size_t line = 0;
  bool last = false;     // the text ends in this line
  bool byLabel = false;  // the label tells the role; else the structure does
  LabelRole role = LabelRole::none;
};

class BlockReader {
 public:
  explicit BlockReader(std::string_view bytes) : input_(bytes), lines_(input_.text), remarks_(input_.remarks) {}
  ListingBlocks read();

 private:
  void takeLine(std::string_view line);
  void takeStrayLine(std::string_view line);
  void takeRow(const Row& row, std::string_view line);
  void takeItem(Item item);
  void takeName(const Item& item);
  void takeId(const Item& item);
  void takeState(const Item& item);
  void takeError(const Item& item);
  std::optional<Item> itemOf(std::string_view line) const;
  LabelRole roleOf(const std::string& label) const;
  LabelRole roleByStructure(const Item& item) const;
  std::optional<std::string> nameOverLines(std::string_view firstLine, std::string_view quote);
  void openBlock(const Item& item, std::string_view name, bool doubtful);
  void closeBlock();
  void learnLabels();
  void leaveOut(const Item& item);
  void remark(std::size_t line, std::string text) { remarks_.push_back({line, std::move(text)}); }

  void keep(ListedBlock block, const Label* label);
  void dropWhatIsNoWriter();

  ListingText input_;
  Lines lines_;
  std::vector<ListedBlock> blocks_;
  std::vector<const Label*> blockLabels_;  // of the name of each; null: it is in our tables
  std::vector<ListingRemark> remarks_;
  std::unordered_map<std::string, Label> labels_;
  std::optional<OpenBlock> block_;
  std::optional<Item> textBefore_;   // a name without quotes, if an id follows
  std::optional<Item> otherText_;    // the first labelled text that belongs to no writer
  std::size_t errorColumn_ = 0;      // of a PowerShell table, in characters; 0: there is none
  std::size_t firstLine_ = 0;        // that is not empty
  bool leavingOut_ = false, bannerSeen_ = false, vshadowSeen_ = false;
};

ListingBlocks BlockReader::read() {
  for (std::string_view line; lines_.next(line);) takeLine(line);
  closeBlock();
  dropWhatIsNoWriter();
  if (blocks_.empty() && !bannerSeen_) {
    throw ListingError(std::max<std::size_t>(firstLine_, 1),
                       firstLine_ == 0 ? "the text is empty; give the output of `vssadmin list writers`"
                       : vshadowSeen_  ? "this is a listing of vshadow or diskshadow; give the output of `vssadmin list writers`"
                                       : "this is no listing of writers: neither vssadmin's banner nor a writer is in it; give "
                                         "the whole output of `vssadmin list writers`, run as administrator");
  }
  if (blocks_.empty() && otherText_) {
    remark(otherText_->line, "the listing has no writer, but says " + shown(toUtf16(otherText_->value.substr(0, 400))));
  }
  return {std::move(blocks_), std::move(remarks_)};
}

void BlockReader::takeLine(std::string_view line) {
  if (trimmed(line).empty()) return;
  if (firstLine_ == 0) firstLine_ = lines_.number();
  if (line.find("WRITER \"") != line.npos || line.find("(VSS_WS_") != line.npos) vshadowSeen_ = true;
  bool banner = isBanner(line);
  if (banner) bannerSeen_ = true;

  auto item = itemOf(line);
  bool isText = !item || (item->shape == Shape::text && !item->byLabel);
  if (isText) {
    if (banner) return closeBlock();
    if (auto row = rowOf(line)) return takeRow(*row, line);
  }
  if (item) takeItem(std::move(*item));
  else takeStrayLine(line);
}

std::optional<Item> BlockReader::itemOf(std::string_view line) const {
  auto field = fieldOf(line, [&](const Field& f) { return f.shape != Shape::text || roleOf(f.label) != LabelRole::none; });
  if (!field) return std::nullopt;
  Item item{std::move(*field)};
  item.line = lines_.number();
  item.last = lines_.cut();
  item.role = roleOf(item.label);
  item.byLabel = item.role != LabelRole::none;
  return item;
}

LabelRole BlockReader::roleOf(const std::string& label) const {
  LabelRole known = roleOfLabel(label);
  if (known != LabelRole::none) return known;
  auto learned = labels_.find(label);
  return learned == labels_.end() ? LabelRole::none : learned->second.role;
}

// In a language that we do not know: quotes hold a name, the first braces the class id, the second the instance id, brackets the
// state; the text after the state is the error.
LabelRole BlockReader::roleByStructure(const Item& item) const {
  bool errorNext = block_ && block_->errorIsNext();
  LabelRole nextId = block_ && block_->classSeen ? LabelRole::instanceId : LabelRole::classId;
  if (block_ && block_->nameLabel == item.label && item.shape <= Shape::quoted) return LabelRole::name;
  if (block_ && !block_->label && errorNext) {  // in one that we know, an unknown label means nothing, unless the text does
    return failureOfText(comparable(item.value)) ? LabelRole::error : item.shape == Shape::quoted ? LabelRole::name : LabelRole::none;
  }
  switch (item.shape) {
    case Shape::quoted: return errorNext ? LabelRole::error : LabelRole::name;
    case Shape::braced: return nextId;
    case Shape::bracketed: return errorNext && item.label != block_->stateLabel ? LabelRole::error : LabelRole::state;
    case Shape::text: break;
  }
  bool placeholder = block_ && !block_->instanceSeen && !block_->stateSeen && item.value.find(' ') == item.value.npos;
  return errorNext ? LabelRole::error : placeholder ? nextId : LabelRole::none;
}

void BlockReader::takeItem(Item item) {
  if (!item.byLabel) item.role = roleByStructure(item);
  auto textBefore = std::exchange(textBefore_, std::nullopt);
  if (item.role == LabelRole::none) {
    if (!otherText_) otherText_ = item;
    if (!block_ || block_->errorSeen) textBefore_ = item;
    return;
  }
  if (item.role == LabelRole::name) return takeName(item);
  if (textBefore && !item.byLabel && item.shape == Shape::braced) {
    takeName(*textBefore);
    item.role = LabelRole::classId;
  }
  if (!block_) return leaveOut(item);
  // An event's text has "Writer Name: X" too, and an instance id after it, but no state.
  if (item.role != LabelRole::instanceId && (item.byLabel || item.shape != Shape::text)) block_->doubtful = false;
  if (item.role == LabelRole::state) return takeState(item);
  if (item.role == LabelRole::error) return takeError(item);
  takeId(item);
}

// From the first to the last quote of its kind; names may hold quotes. Without quotes, all that follows the colon.
void BlockReader::takeName(const Item& item) {
  closeBlock();
  leavingOut_ = false;
  bool weak = isWeakLabel(item.label);
  std::string_view value = item.value, open = quoteAtFront(value);
  if (open.empty()) return openBlock(item, value, true);

  std::string resolved;  // quotes that came as entities: so did what is between them
  if (open.starts_with('&')) {
    value = resolved = plain(value);
    open = quoteAtFront(value);
  }
  std::string_view inner = value.substr(open.size());
  std::string_view close = quoteAtBack(inner, open);
  bool surelyClosed = !close.empty() && (close == open || !item.last);
  if (surelyClosed) return openBlock(item, inner.substr(0, inner.size() - close.size()), weak);

  if (resolved.empty()) {
    if (auto name = nameOverLines(item.rest.substr(item.rest.find(open) + open.size()), open)) return openBlock(item, *name, weak);
  }
  std::size_t end = inner.rfind(open);
  if (end != inner.npos && !item.last) {
    remark(item.line, "there is text behind the writer's name; it is left out");
    return openBlock(item, inner.substr(0, end), weak);
  }
  remark(item.line, item.last ? "the text ends inside a writer's name" : "the quote before the writer's name is never closed");
  openBlock(item, inner, true);
}

// A name that holds line breaks: up to the line that ends in the quote, unless a field comes first.
std::optional<std::string> BlockReader::nameOverLines(std::string_view firstLine, std::string_view quote) {
  std::string name(firstLine);
  BlockReader* self = this;
  Lines ahead = lines_;
  std::string_view line;
  for (int n = 1; n < maxNameLines && ahead.next(line); ++n) {
    auto field = fieldOf(line, [&](const Field& f) { return f.shape != Shape::text || self->roleOf(f.label) != LabelRole::none; });
    if (isBanner(line) || (field && (field->shape != Shape::text || roleOf(field->label) != LabelRole::none))) return std::nullopt;
    std::string_view text = trimmed(line);
    bool ends = text.ends_with(quote);
    if (ends) line = line.substr(0, static_cast<std::size_t>(text.data() - line.data()) + text.size() - quote.size());
    (name += '\n') += line;
    if (!ends) continue;
    lines_ = ahead;
    return name;
  }
  return std::nullopt;
}

void BlockReader::openBlock(const Item& item, std::string_view name, bool doubtful) {
  block_.emplace();
  block_->writer.name = toUtf16(name);
  block_->writer.line = item.line;
  block_->nameLabel = item.label;
  if (roleOfLabel(item.label) != LabelRole::name) block_->label = &labels_[item.label];
  block_->doubtful = doubtful;
}

void BlockReader::takeId(const Item& item) {
  bool isClass = item.role == LabelRole::classId;
  bool& seen = isClass ? block_->classSeen : block_->instanceSeen;
  if (seen || (block_->stateSeen && (block_->errorSeen || !item.byLabel))) return leaveOut(item);
  seen = true;
  (isClass ? block_->classLabel : block_->instanceLabel) = item.label;
  (isClass ? block_->writer.classId : block_->writer.instanceId) = guidIn(item.value);
  if (item.last && item.value.find('}') == item.value.npos) remark(item.line, "the text ends inside an id");
}

void BlockReader::takeState(const Item& item) {
  if (block_->stateSeen) return leaveOut(item);
  block_->stateSeen = true;
  block_->stateLabel = item.label;
  block_->stateLine = item.line;
  if (auto bracket = bracketAtFront(item.value)) {
    block_->writer.state = bracket->number;
    block_->writer.stateText = toUtf16(trimmed(item.value.substr(bracket->end)));
  } else if (item.last) {
    remark(item.line, "the text ends inside a state");
  } else {
    block_->writer.stateText = toUtf16(item.value);
  }
}

void BlockReader::takeError(const Item& item) {
  if (block_->errorSeen) return leaveOut(item);
  block_->errorSeen = true;
  block_->errorLabel = item.label;
  block_->errorLine = item.line;
  block_->errorCut = item.last;
  if (!item.value.empty()) block_->writer.errorText = toUtf16(item.value);
}

// A field that cannot belong to the block before it: the name line of its writer is lost. One remark for all up to the next name.
void BlockReader::leaveOut(const Item& item) {
  closeBlock();
  if (item.shape == Shape::text) {  // "State: Ohio"
    if (!otherText_) otherText_ = item;
    return;
  }
  if (!leavingOut_) remark(item.line, "this line and what follows it belong to a writer whose name is missing; they are left out");
  leavingOut_ = true;
}

void BlockReader::closeBlock() {
  if (!block_) return;
  if (block_->doubtful) {
    remark(block_->writer.line, "the line looks like a writer's name, but nothing of a writer follows it; it is left out");
  } else {
    if (block_->label) learnLabels();
    keep(std::move(*block_), block_->label);
  }
  block_.reset();
}

// A block of an unknown language teaches its labels, so that the next may have gaps.
void BlockReader::learnLabels() {
  const ListedWriter& writer = block_->writer;
  auto learn = [&](const std::string& label, LabelRole role) {
    if (labels_[label].role == LabelRole::none) labels_[label].role = role;
  };
  bool bothIds = writer.classId && writer.instanceId;
  if (!writer.state && !bothIds) return;
  block_->label->namesWriters = true;
  learn(block_->nameLabel, LabelRole::name);
  if (bothIds && block_->classLabel != block_->instanceLabel) {
    learn(block_->classLabel, LabelRole::classId);
    learn(block_->instanceLabel, LabelRole::instanceId);
  }
  if (writer.state) learn(block_->stateLabel, LabelRole::state);
  if (writer.state && writer.errorText) learn(block_->errorLabel, LabelRole::error);
}

// A line of dashes tells a PowerShell table's columns.
void BlockReader::takeStrayLine(std::string_view line) {
  if (line.find("----") != line.npos && trimmed(line).find_first_not_of("- ") == line.npos) {
    std::size_t column = 0;
    for (int i = 0; i < 5 && column != line.npos; ++i) {
      if (i > 0) column = line.find(' ', column);
      column = line.find('-', column);
    }
    if (column != line.npos) errorColumn_ = column;
  }
  if (!lines_.cut() || line.size() > 400) return;
  std::string begun = comparable(trimmed(withoutPrefix(line)));
  bool beginsLearned = std::any_of(labels_.begin(), labels_.end(), [&](const auto& label) {
    return label.second.role != LabelRole::none && label.first.starts_with(begun);
  });
  if (!begun.empty() && (beginsLabel(begun) || beginsLearned)) remark(lines_.number(), "the text ends inside a line");
}

void BlockReader::takeRow(const Row& row, std::string_view line) {
  closeBlock();
  ListedBlock block{{}, lines_.number(), lines_.number(), true, lines_.cut()};
  ListedWriter& writer = block.writer;
  writer.name = toUtf16(row.name);
  writer.classId = guidIn(row.classId);
  writer.instanceId = guidIn(row.instanceId);
  writer.state = row.state;
  writer.line = lines_.number();

  std::size_t column = 0, byte = 0;  // where the error starts: by the table's head, else behind a state word that we know
  for (; byte < line.size() && column < errorColumn_; ++column) {
    do ++byte; while (byte < line.size() && (line[byte] & 0xC0) == 0x80);
  }
  std::size_t afterState = static_cast<std::size_t>(row.afterState.data() - line.data());
  std::string_view word = trimmed(row.afterState), error;
  if (errorColumn_ && byte > afterState && byte < line.size() && line[byte - 1] == ' ') {
    word = trimmed(line.substr(afterState, byte - afterState));
    error = trimmed(line.substr(byte));
  } else {
    for (std::size_t space = word.find(' '); space != word.npos && space < 100; space = word.find(' ', space + 1)) {
      if (!kindOfStateWord(comparable(word.substr(0, space)))) continue;
      error = trimmed(word.substr(space));
      word = word.substr(0, space);
      break;
    }
  }
  writer.stateText = toUtf16(word);
  if (!error.empty()) writer.errorText = toUtf16(error);
  keep(std::move(block), nullptr);
}

void BlockReader::keep(ListedBlock block, const Label* label) {
  blocks_.push_back(std::move(block));
  blockLabels_.push_back(label);
}

// A quoted text under an unknown label is a name only if one block under that label had a state or both ids.
void BlockReader::dropWhatIsNoWriter() {
  std::vector<ListedBlock> kept;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const ListedWriter& writer = blocks_[i].writer;
    if (!blockLabels_[i] || blockLabels_[i]->namesWriters) kept.push_back(std::move(blocks_[i]));
    else remark(writer.line, shown(writer.name) + " stands where a writer's name could, but no writer's state is under its label; it is left out");
  }
  blocks_ = std::move(kept);
}

}  // namespace

ListingBlocks readBlocks(std::string_view bytes) { return BlockReader(bytes).read(); }

std::string shown(std::u16string_view text) {
  constexpr std::size_t longest = 80;
  return text.size() <= longest ? quoted(text) : quoted(std::u16string(text.substr(0, longest)) + u"…");
}

}  // namespace vss
