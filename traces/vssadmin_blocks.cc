#include "traces/vssadmin_blocks.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "traces/listing_fields.h"
#include "traces/vss/text.h"
#include "traces/vssadmin_words.h"

namespace vss {
namespace {

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

  bool errorIsNext() const { return stateSeen && !whole; }
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
  explicit BlockReader(std::string_view text) : lines_(text) {}
  ListingBlocks read();

 private:
  void takeLine(std::string_view line);
  void takeStrayLine(std::string_view line);
  void takeItem(Item item);
  void takeName(const Item& item);
  void takeId(const Item& item);
  void takeState(const Item& item);
  void takeError(const Item& item);
  std::optional<Item> itemOf(std::string_view line) const;
  LabelRole roleOf(const std::string& label) const;
  LabelRole roleByStructure(const Item& item) const;
  bool startsField(std::string_view line) const;
  void openBlock(const Item& item, std::string_view name, bool doubtful);
  void closeBlock();
  void learnLabels();
  void leaveOut(const Item& item);
  void remark(std::size_t line, std::string text) { remarks_.push_back({line, std::move(text)}); }

  void keep(ListedBlock block, const Label* label);
  void dropWhatIsNoWriter();
  bool isOfAnotherCommand() const;

  Lines lines_;
  std::vector<ListedBlock> blocks_;
  std::vector<const Label*> blockLabels_;  // of the name of each; null: it is in our tables
  std::vector<ListingRemark> remarks_;
  std::unordered_map<std::string, Label> labels_;
  std::optional<OpenBlock> block_;
  std::optional<Item> textBefore_;   // a name without quotes, if an id follows
  std::optional<Item> otherText_;    // the first labelled text that belongs to no writer
  std::size_t bannerLine_ = 0;       // 0: there is none
  std::size_t firstId_ = 0;          // the line of it; 0: there is none
  bool leavingOut_ = false;
};

ListingBlocks BlockReader::read() {
  for (std::string_view line; lines_.next(line);) takeLine(line);
  closeBlock();
  dropWhatIsNoWriter();
  if (isOfAnotherCommand()) {
    std::string found = "there are ids, but no writer's state: this is what another command tells, perhaps of shadows or providers";
    if (blocks_.empty() && !bannerLine_) remarks_.clear();
    else remark(firstId_, found + "; it is left out");  // for a text that has a listing besides
    return {{}, std::move(remarks_), {}, ListingError(firstId_, found + "; give the output of `vssadmin list writers`"), {}};
  }
  if (blocks_.empty() && !bannerLine_) return {};
  if (blocks_.empty() && otherText_) {
    remark(otherText_->line, "the listing has no writer, but says " + shown(toUtf16(otherText_->value.substr(0, 400))));
  }
  std::size_t line = bannerLine_ ? bannerLine_ : blocks_.front().writer.line;
  ListingBlocks read{std::move(blocks_), std::move(remarks_), {}, {}, {}};
  read.takenFor.push_back({"vssadmin listing", "vssadmin", {}, line});
  return read;
}

void BlockReader::takeLine(std::string_view line) {
  if (trimmed(line).empty()) return;
  auto item = itemOf(line);
  bool banner = isBanner(line);
  if (banner && !bannerLine_) bannerLine_ = lines_.number();
  if (banner && (!item || (item->shape == Shape::text && !item->byLabel))) return closeBlock();
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
  if (item.shape == Shape::braced && !firstId_) firstId_ = item.line;
  if (!item.byLabel) item.role = roleByStructure(item);
  auto textBefore = std::exchange(textBefore_, std::nullopt);
  if (item.role == LabelRole::none) {
    if (!otherText_) otherText_ = item;
    if ((!block_ || block_->whole) && !item.value.empty()) textBefore_ = item;
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

// Without quotes, all that follows the colon is the name.
void BlockReader::takeName(const Item& item) {
  closeBlock();
  leavingOut_ = false;
  NamePart name = nameIn(item.rest, lines_, [this](std::string_view line) { return startsField(line); });
  auto complaint = complaintAbout(name, lines_);
  if (!complaint.empty()) remark(item.line, complaint);
  bool closed = name.end == NamePart::End::closed || name.end == NamePart::End::textBehind;
  openBlock(item, name.text, !closed || lines_.cut());  // where the text ends, a quote inside the name may look like its end
}

bool BlockReader::startsField(std::string_view line) const {
  auto item = itemOf(line);
  return isBanner(line) || (item && (item->shape != Shape::text || item->byLabel));
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
  if (seen || (block_->stateSeen && (block_->whole || !item.byLabel))) return leaveOut(item);
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
  if (block_->whole) return leaveOut(item);
  block_->whole = true;
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

void BlockReader::takeStrayLine(std::string_view line) {
  if (!lines_.cut() || line.size() > 400) return;
  std::string begun = comparable(trimmed(withoutPrefix(line)));
  bool beginsLearned = std::any_of(labels_.begin(), labels_.end(), [&](const auto& label) {
    return label.second.role != LabelRole::none && label.first.starts_with(begun);
  });
  if (!begun.empty() && (beginsLabel(begun) || beginsLearned)) remark(lines_.number(), "the text ends inside a line");
}

void BlockReader::keep(ListedBlock block, const Label* label) {
  blocks_.push_back(std::move(block));
  blockLabels_.push_back(label);
}

// A quoted text under an unknown label is a name only if one block under that label had a state or both ids.
void BlockReader::dropWhatIsNoWriter() {
  std::vector<ListedBlock> kept;
  std::vector<const Label*> keptLabels;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const ListedWriter& writer = blocks_[i].writer;
    if (!blockLabels_[i] || blockLabels_[i]->namesWriters) kept.push_back(std::move(blocks_[i])), keptLabels.push_back(blockLabels_[i]);
    else remark(writer.line, shown(writer.name) + " stands where a writer's name could, but no writer's state is under its label; it is left out");
  }
  blocks_ = std::move(kept);
  blockLabels_ = std::move(keptLabels);
}

// `vssadmin list shadows`, `list providers` and others have the banner too, and ids in braces; a writer has a label that we know, or a state.
bool BlockReader::isOfAnotherCommand() const {
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    if (!blockLabels_[i] || blocks_[i].writer.state) return false;
  return firstId_ != 0;
}

}  // namespace

ListingBlocks readVssadmin(std::string_view text) { return BlockReader(text).read(); }

}  // namespace vss
