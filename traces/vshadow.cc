#include "traces/vshadow.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <utility>

#include "traces/listing_fields.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"
#include "traces/vssadmin_words.h"

namespace vss {
namespace {

constexpr std::size_t longestFront = 400;  // of a line, in which its marks and its label are looked for

bool isDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }

enum class Role { none, status, failure, classId, instanceId, unknownConstant, returned };
struct StatusField {
  Role role = Role::none;
  std::string_view value;   // trimmed
  bool metadata = false;    // with an equals sign: of a metadata listing, which has no states
};

// A quoted text that looks like a line of ours is none, so what stands before one holds no quotation mark.
bool isQuotedBefore(std::string_view before) { return before.find_first_of("'\"") != before.npos; }

// What ends in a separator, as a label: all of it, or what follows the last dash of a log's prefix.
Role roleOf(std::string_view before) {
  static constexpr std::pair<std::string_view, Role> labels[] = {
      {"status", Role::status}, {"writerfailurecode", Role::failure}, {"writerid", Role::classId}, {"instanceid", Role::instanceId},
      {"writerinstanceid", Role::instanceId}, {"unknownconstant", Role::unknownConstant}, {"returnedhresult", Role::returned}};
  auto named = [](std::string_view text) {
    std::string label = comparable(withoutPrefix(text));
    const auto* found = std::find_if(std::begin(labels), std::end(labels), [&](const auto& l) { return l.first == label; });
    return found == std::end(labels) ? Role::none : found->second;
  };
  std::size_t dash = std::string_view::npos, width = 0;
  for (std::string_view bullet : {" - ", " \u2013 ", " \u2014 ", " \u2022 "}) {
    std::size_t at = before.rfind(bullet);
    if (at != before.npos && (dash == before.npos || at > dash)) dash = at, width = bullet.size();
  }
  Role role = named(before);
  return role != Role::none || dash == before.npos || isQuotedBefore(before.substr(0, dash)) ? role : named(before.substr(dash + width));
}

StatusField fieldIn(std::string_view line) {
  std::string_view front = line.substr(0, longestFront);
  int separators = 0;
  for (std::size_t i = 0; i < front.size() && separators < 8; ++i) {
    if (front[i] != ':' && front[i] != '=') continue;
    ++separators;
    Role role = roleOf(front.substr(0, i));
    if (role != Role::none) return {role, trimmed(line.substr(i + 1)), front[i] == '='};
  }
  return {};
}

// What follows `WRITER` in `* WRITER "System Writer"`, behind the marks and the log's prefix that a line may have; nullopt: it is no such line.
std::optional<std::string_view> afterWriter(std::string_view line) {
  std::size_t at = line.substr(0, longestFront).find("WRITER");
  if (at == line.npos || isQuotedBefore(line.substr(0, at))) return std::nullopt;
  std::string_view before = line.substr(0, at), rest = line.substr(at + 6), name = withoutSpace(rest), mark = withoutSpace(before);
  if (name.empty() || name.data() == rest.data()) return std::nullopt;
  bool bullet = mark.ends_with('*') || mark.ends_with("\u2022");
  bool isOurs = bullet || (withoutPrefix(before).empty() && !quoteAtFront(name).empty());
  return isOurs ? std::optional(rest) : std::nullopt;
}

// n (VSS_WS_…), 0x… (VSS_E_…): the number's text, and what is between the parentheses if they are closed.
struct Coded { std::string number, symbol; bool parenthesis = false; };
Coded codedIn(std::string_view value) {
  std::string text = plain(value.substr(0, longestFront));
  std::size_t open = text.find('('), close = text.rfind(')');
  Coded coded{std::string(trimmed(std::string_view(text).substr(0, open))), {}, open != text.npos};
  if (open != text.npos && close != text.npos && close > open) coded.symbol = trimmed(std::string_view(text).substr(open + 1, close - open - 1));
  return coded;
}

struct StatusBlock : ListedBlock {
  bool byError = false;      // it began with vshadow's complaint
  bool sure = false;         // a state, a failure or an id of a status is in it
  bool metadata = false;     // an id of a metadata listing is
  bool nameCut = false;      // it is never closed, or the text ends in its line: quotes inside a name may look like its end
  bool classSeen = false, instanceSeen = false, statusSeen = false, failureSeen = false;
  std::vector<std::string_view> lines;
};

class StatusReader {
 public:
  explicit StatusReader(std::string_view text) : lines_(text) {}
  ListingBlocks read();

 private:
  void takeLine(std::string_view line);
  bool takeCount(std::string_view line);
  bool takeCall(std::string_view line);
  bool takeComplaint(std::string_view line);
  bool takeField(std::string_view line);
  void takeStatus(std::string_view value);
  void takeFailure(std::string_view value);
  void takeId(std::string_view value, bool& seen, std::optional<Guid>& id);
  void leaveOut(std::string_view line);
  void openBlock(std::string_view line, const NamePart& name, std::size_t number, bool byError);
  void closeBlock();
  bool startsAnother(std::string_view line) const;
  void seeIndent(std::string_view line);
  void finishCount();
  void compareCount(std::uint64_t said, std::size_t line, const char* what);
  void finishCall();
  void finish();
  void refuse();
  TakenFor tool(bool ofVshadow) const;
  void remark(std::size_t line, std::string text) { read_.remarks.push_back({line, std::move(text)}); }
  bool last() const { return lines_.cut(); }

  struct Count { std::uint64_t n; std::size_t line; };
  struct FailedCall {
    std::string expression, result;
    std::size_t line;
    std::string told() const;
  };

  Lines lines_;
  ListingBlocks read_;
  std::optional<StatusBlock> block_;
  std::optional<Count> responded_;           // vshadow's count, which comes before the writers
  std::optional<FailedCall> call_;
  std::vector<FailedCall> failedCalls_;
  std::size_t listed_ = 0, sectionStart_ = 0;  // blocks of a listing, and how many there were where this one began
  std::size_t metadata_ = 0, metadataLine_ = 0, sectionMetadata_ = 0;
  std::size_t headingLine_ = 0;
  std::size_t vshadowLine_ = 0, diskshadowLine_ = 0;  // where one of the two shows; 0: nowhere
  std::size_t threeSpaces_ = 0, eightSpaces_ = 0;     // lines indented as one and the other prints them
  std::uint64_t saidCount_ = 0;
  std::size_t countLine_ = 0;
  bool leavingOut_ = false;
};

ListingBlocks StatusReader::read() {
  for (std::string_view line; lines_.next(line);) takeLine(line);
  closeBlock();
  finishCount();
  finishCall();
  finish();
  return std::move(read_);
}

void StatusReader::takeLine(std::string_view line) {
  if (auto rest = afterWriter(line)) {
    closeBlock();
    std::size_t number = lines_.number();
    NamePart name = nameIn(*rest, lines_, [this](std::string_view next) { return afterWriter(next) || startsAnother(next) || fieldIn(next).role != Role::none; });
    return openBlock({line.data(), lines_.rest().data()}, name, number, false);
  }
  if (takeComplaint(line) || takeField(line) || takeCount(line) || takeCall(line)) return;
  auto contains = [&](std::string_view text) { return line.find(text) != line.npos; };
  if (contains("Listing writer status")) {
    closeBlock();
    finishCount();
    headingLine_ = lines_.number();
    sectionStart_ = listed_, sectionMetadata_ = 0;
    read_.taken.push_back(line);
  } else if (contains("VSHADOW.EXE ") || contains("(Option: ")) {
    vshadowLine_ = vshadowLine_ ? vshadowLine_ : lines_.number();
  } else if (contains("DISKSHADOW>") || contains("Microsoft DiskShadow version")) {
    diskshadowLine_ = diskshadowLine_ ? diskshadowLine_ : lines_.number();
  } else if (block_ && startsAnother(line)) closeBlock();
}

// The name line of another format: the block before it has ended.
bool StatusReader::startsAnother(std::string_view line) const {
  auto field = fieldOf(line, [](const Field& f) { return roleOfLabel(f.label) == LabelRole::name || f.label == "writer"; });
  return field && (roleOfLabel(field->label) == LabelRole::name || field->label == "writer" || field->shape == Shape::quoted);
}

// "- Number of writers that responded: 12" of vshadow, "12 writers listed." of diskshadow.
bool StatusReader::takeCount(std::string_view line) {
  constexpr std::string_view respondedMark = "Number of writers that responded:";
  auto digitsIn = [](std::string_view text) -> std::optional<std::uint64_t> {
    std::size_t n = 0;
    while (n < text.size() && isDigit(text[n])) ++n;
    if (n == 0 || n > 18) return std::nullopt;
    return std::stoull(std::string(text.substr(0, n)));
  };
  std::string_view front = line.substr(0, longestFront);
  if (std::size_t at = front.find(respondedMark); at != front.npos) {
    auto n = digitsIn(trimmed(line.substr(at + respondedMark.size())));
    closeBlock();
    finishCount();
    vshadowLine_ = vshadowLine_ ? vshadowLine_ : lines_.number();
    sectionStart_ = listed_, sectionMetadata_ = 0;
    if (n && !last()) responded_ = {*n, lines_.number()};
    if (n) saidCount_ = *n, countLine_ = lines_.number();
    read_.taken.push_back(line);
    return true;
  }
  std::string_view text = withoutPrefix(front);
  auto n = digitsIn(text);
  if (!n) return false;
  text = trimmed(text.substr(std::min(text.find_first_not_of("0123456789"), text.size())));
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string words = comparable(text);
  if (words != "writerslisted" && words != "writerlisted") return false;
  closeBlock();
  diskshadowLine_ = diskshadowLine_ ? diskshadowLine_ : lines_.number();
  saidCount_ = *n, countLine_ = lines_.number();
  compareCount(*n, lines_.number(), "were listed");
  sectionStart_ = listed_, sectionMetadata_ = 0;
  read_.taken.push_back(line);
  return true;
}

void StatusReader::finishCount() {
  if (responded_) compareCount(responded_->n, responded_->line, "responded");
  responded_.reset();
}

void StatusReader::compareCount(std::uint64_t said, std::size_t line, const char* what) {
  std::size_t found = listed_ - sectionStart_;
  if (sectionMetadata_ > 0 || said == found || (found == 0 && said > 0 && listed_ == 0)) return;  // without a single writer it is refused
  remark(line, "the listing says that " + std::to_string(said) + (said == 1 ? " writer " : " writers ") + what + ", but " + std::to_string(found) +
                   (found == 1 ? " is in it" : " are in it"));
}

// ERROR: COM call "…" failed. / - Returned HRESULT = 0x…: the tool stopped.
bool StatusReader::takeCall(std::string_view line) {
  std::string_view front = line.substr(0, longestFront);
  std::size_t at = front.find("COM call ");
  if (at == front.npos || front.find("failed", at) == front.npos) return false;
  closeBlock();
  finishCall();
  std::string_view expression = trimmed(front.substr(at + 9, front.rfind("failed") - at - 9)), open = quoteAtFront(expression);
  if (!open.empty()) {
    expression.remove_prefix(open.size());
    std::string_view close = quoteAtBack(expression, open);
    expression.remove_suffix(close.size());
  }
  call_ = {std::string(expression), {}, lines_.number()};
  vshadowLine_ = vshadowLine_ ? vshadowLine_ : lines_.number();
  read_.taken.push_back(line);
  return true;
}

std::string StatusReader::FailedCall::told() const {
  std::string text = shown(toUtf16(expression));
  if (result.empty()) return text;
  auto code = resultNamed(result);
  std::string name = code ? nameOf(*code) : result;
  return text + " returned " + result + (name == result ? "" : " (" + name + ")");
}

void StatusReader::finishCall() {
  if (call_) failedCalls_.push_back(std::move(*call_));
  call_.reset();
}

// ERROR: Selected writer '…' is in failed state!
bool StatusReader::takeComplaint(std::string_view line) {
  constexpr std::string_view begin = "Selected writer ", end = " is in failed state";
  std::size_t at = line.substr(0, longestFront).find(begin);
  if (at == line.npos || isQuotedBefore(line.substr(0, at))) return false;
  std::string_view rest = trimmed(line.substr(at + begin.size())), open = quoteAtFront(rest);
  std::size_t stop = rest.rfind(end);
  if (open.empty() || stop == rest.npos || stop < open.size()) return false;
  std::string_view inner = rest.substr(open.size(), stop - open.size());
  NamePart name{std::string(inner), NamePart::End::closed};
  if (open.starts_with('&')) name.text = plain(inner.substr(0, inner.size() - quoteAtBack(inner, open).size()));
  else if (auto close = quoteAtBack(inner, open); !close.empty()) name.text.resize(inner.size() - close.size());
  closeBlock();
  vshadowLine_ = vshadowLine_ ? vshadowLine_ : lines_.number();
  openBlock(line, name, lines_.number(), true);
  return true;
}

void StatusReader::openBlock(std::string_view line, const NamePart& name, std::size_t number, bool byError) {
  leavingOut_ = false;
  auto complaint = complaintAbout(name, lines_);
  if (!complaint.empty()) remark(number, complaint);
  block_.emplace();
  block_->writer.name = toUtf16(name.text);
  block_->writer.line = number;
  block_->codes = true;
  block_->byError = byError;
  block_->nameCut = last() || name.end == NamePart::End::never;
  block_->lines.push_back(line);
}

bool StatusReader::takeField(std::string_view line) {
  StatusField field = fieldIn(line);
  if (field.role == Role::none) return false;
  if (field.role == Role::returned) {
    if (!call_ || !call_->result.empty()) return false;
    call_->result = std::string(field.value.substr(0, 10));
    read_.taken.push_back(line);
    return true;
  }
  bool isId = field.role == Role::classId || field.role == Role::instanceId;
  bool surely = (field.role == Role::status && field.value.find("VSS_WS_") != field.value.npos) || field.role == Role::failure;
  if (!block_ && !surely && !(leavingOut_ && isId && !startsAnother(line))) return false;
  if (field.metadata && !isId) return false;
  bool* seen = !block_ || field.role == Role::unknownConstant ? nullptr
               : field.role == Role::classId                  ? &block_->classSeen
               : field.role == Role::instanceId               ? &block_->instanceSeen
               : field.role == Role::status                   ? &block_->statusSeen
                                                              : &block_->failureSeen;
  if (!block_ || (seen && *seen)) {
    if (block_ && !surely) return false;
    return leaveOut(line), true;
  }
  block_->lines.push_back(line);
  if (field.role == Role::unknownConstant) return true;
  *seen = true;
  (field.metadata ? block_->metadata : block_->sure) = true;
  seeIndent(line);
  if (field.role == Role::status) takeStatus(field.value);
  else if (field.role == Role::failure) takeFailure(field.value);
  else takeId(field.value, *seen, field.role == Role::classId ? block_->writer.classId : block_->writer.instanceId);
  block_->whole = block_->instanceSeen;
  return true;
}

void StatusReader::takeStatus(std::string_view value) {
  Coded coded = codedIn(value);
  block_->stateLine = lines_.number();
  if (last() && !coded.parenthesis) {  // "1" of "11 (VSS_WS_…"
    if (!value.empty()) remark(lines_.number(), "the text ends inside a state");
    return;
  }
  block_->writer.stateText = toUtf16(coded.symbol);
  block_->writer.state = decimalIn(coded.number);
  if (block_->writer.state || !coded.number.empty()) return;
  auto named = enumeratorNamed("VSS_WRITER_STATE", coded.symbol);
  if (named) block_->writer.state = static_cast<std::uint32_t>(*named);
}

// The number counts: older builds have no text for the codes of writers.
void StatusReader::takeFailure(std::string_view value) {
  Coded coded = codedIn(value);
  block_->errorLine = lines_.number();
  auto byName = coded.symbol.starts_with("0x") ? std::nullopt : resultNamed(coded.symbol);
  bool cut = last() && !coded.parenthesis && coded.number.size() < 10;
  if (cut) {
    if (!value.empty()) remark(lines_.number(), "the text ends inside a failure code");
    return;
  }
  auto byNumber = coded.number.starts_with("0x") || coded.number.starts_with("0X") ? resultNamed(coded.number) : std::nullopt;
  block_->writer.failure = byNumber || !coded.number.empty() ? byNumber : byName;
  if (byNumber && byName && *byNumber != *byName) {
    remark(lines_.number(), "the failure " + coded.number + " and its name " + shown(toUtf16(coded.symbol)) + " contradict each other; the number is kept");
  }
}

void StatusReader::takeId(std::string_view value, bool& seen, std::optional<Guid>& id) {
  seen = true;
  id = guidIn(value);
  if (last() && value.find('}') == value.npos) remark(lines_.number(), "the text ends inside an id");
}

void StatusReader::leaveOut(std::string_view line) {
  closeBlock();
  read_.taken.push_back(line);
  if (!leavingOut_) remark(lines_.number(), "this line and what follows it belong to a writer whose name is missing; they are left out");
  leavingOut_ = true;
}

// vshadow indents by three spaces, diskshadow by eight or a tab.
void StatusReader::seeIndent(std::string_view line) {
  std::size_t spaces = line.find_first_not_of(' ');
  if (spaces == 3) ++threeSpaces_;
  if (spaces == 8 || line.starts_with('\t')) ++eightSpaces_;
}

void StatusReader::closeBlock() {
  if (!block_) return;
  StatusBlock block = std::move(*block_);
  block_.reset();
  bool isStatus = block.sure || (!block.metadata && !block.nameCut && (listed_ > 0 || headingLine_ || countLine_));
  if (!isStatus && !block.metadata) {
    return remark(block.writer.line, "the line looks like a writer's name, but nothing of a writer follows it; it is left out");
  }
  read_.taken.insert(read_.taken.end(), block.lines.begin(), block.lines.end());
  if (!isStatus) {
    if (metadata_++ == 0) metadataLine_ = block.writer.line;
    ++sectionMetadata_;
    return;
  }
  if (block.byError) remark(block.writer.line, "vshadow stopped at this writer; others may have failed too, and are not listed");
  else ++listed_;
  read_.blocks.push_back(std::move(block));
}

TakenFor StatusReader::tool(bool ofVshadow) const {
  return ofVshadow ? TakenFor{"vshadow writer status", "vshadow", {}, vshadowLine_} : TakenFor{"diskshadow writer status", "diskshadow", {}, diskshadowLine_};
}

// What of the text tells which tool printed it, and what is to be said where there is no status.
void StatusReader::finish() {
  for (const auto& call : failedCalls_) remark(call.line, "a call of the tool failed here: " + call.told() + "; what it would have listed is missing");
  if (metadata_ > 0) {
    remark(metadataLine_, metadata_ == 1 ? "this block is writer metadata, which tells no status; it is left out"
                                         : std::to_string(metadata_) + " blocks, of which this is the first, are writer metadata, which tells no "
                                                                       "status; they are left out");
  }
  bool none = countLine_ && saidCount_ == 0 && metadata_ == 0 && failedCalls_.empty();
  if (read_.blocks.empty() && !none) return refuse();
  std::size_t first = read_.blocks.empty() ? countLine_ : read_.blocks.front().writer.line;
  if (!vshadowLine_ && !diskshadowLine_ && (threeSpaces_ > 0) != (eightSpaces_ > 0)) (threeSpaces_ > 0 ? vshadowLine_ : diskshadowLine_) = first;
  if (vshadowLine_) read_.takenFor.push_back(tool(true));
  if (diskshadowLine_) read_.takenFor.push_back(tool(false));
  if (read_.takenFor.empty()) read_.takenFor.push_back({"vshadow or diskshadow writer status", "vshadow", "diskshadow", first});
}

void StatusReader::refuse() {
  auto because = [&](std::size_t line, const std::string& sentence) { read_.refusal.emplace(line, sentence); };
  if (!failedCalls_.empty()) {
    because(failedCalls_[0].line, "the tool listed no writer, because its call failed: " + failedCalls_[0].told() +
                                      "; run it again as administrator, and give its whole output");
  } else if (metadata_ > 0) {
    because(metadataLine_, "this is a listing of writer metadata, which tells no status; run `vshadow -ws`, or `list writers status` in diskshadow");
  } else if (countLine_) {
    because(countLine_, "the text says that there are " + std::to_string(saidCount_) + " writers, but not one is in it; give the whole output");
  } else if (headingLine_) {
    because(headingLine_, "the listing ends before its first writer; give the whole output");
  }
}

}  // namespace

ListingBlocks readWriterStatus(std::string_view text) { return StatusReader(text).read(); }

}  // namespace vss
