#include "traces/vssadmin.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "traces/vss/text.h"
#include "traces/vssadmin_blocks.h"

namespace vss {
namespace {

constexpr auto unexpected = static_cast<std::int32_t>(0x8000FFFF);  // E_UNEXPECTED
constexpr std::size_t maxRemarks = 100;

std::string errorKey(const ListedWriter& writer) { return comparable(toUtf8(*writer.errorText)); }

// What only the whole listing tells: which text says "no error", and what a reader should be told.
class Judge {
 public:
  explicit Judge(ListingBlocks read) : blocks_(std::move(read.blocks)), remarks_(std::move(read.remarks)) {}
  Listing judge();

 private:
  void dropCutError();
  void judgeErrors();
  void remarkStates();
  void remarkMissing();
  void remarkMissing(const char* what, bool (*has)(const ListedWriter&));
  void remarkRepeated();
  void limitRemarks();
  void remark(std::size_t line, std::string text) { remarks_.push_back({line, std::move(text)}); }

  std::vector<ListedBlock> blocks_;
  std::vector<ListingRemark> remarks_;
};

Listing Judge::judge() {
  dropCutError();
  judgeErrors();
  remarkStates();
  remarkMissing();
  remarkRepeated();
  limitRemarks();
  Listing listing{{}, std::move(remarks_)};
  for (ListedBlock& block : blocks_) listing.writers.push_back(std::move(block.writer));
  return listing;
}

// "No er" at the end of the text is no unknown error.
void Judge::dropCutError() {
  if (blocks_.empty() || !blocks_.back().errorCut || !blocks_.back().writer.errorText) return;
  ListedBlock& last = blocks_.back();
  std::string key = errorKey(last.writer);
  bool begun = beginsErrorText(key) || std::any_of(blocks_.begin(), blocks_.end() - 1, [&](const ListedBlock& block) {
    return block.writer.errorText && errorKey(block.writer) != key && errorKey(block.writer).starts_with(key);
  });
  if (!begun || failureOfText(key)) return;
  remark(last.errorLine, "the text ends inside an error text");
  last.writer.errorText.reset();
}

void Judge::judgeErrors() {
  struct Text { std::size_t line; bool ofStable = false; };
  std::unordered_map<std::string, Text> texts;
  std::vector<decltype(texts)::pointer> textOf(blocks_.size());
  bool sayNoError = false;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const ListedWriter& writer = blocks_[i].writer;
    if (!writer.errorText) continue;
    auto& text = *texts.try_emplace(errorKey(writer), Text{blocks_[i].errorLine}).first;
    if (writer.state == 1u) text.second.ofStable = true;
    if (failureOfText(text.first) == 0) sayNoError = true;
    textOf[i] = &text;
  }
  auto ofStable = std::count_if(texts.begin(), texts.end(), [](const auto& text) { return text.second.ofStable; });

  std::unordered_set<const void*> remarked;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (!textOf[i]) continue;
    const auto& [key, text] = *textOf[i];
    ListedWriter& writer = blocks_[i].writer;
    writer.failure = failureOfText(key);
    if (writer.failure) continue;
    bool isOk = text.ofStable && ofStable == 1 && !sayNoError && !isFailureText(key);
    writer.failure = isOk ? 0 : unexpected;
    writer.failureKnown = isOk;
    if (!remarked.insert(&text).second) continue;
    remark(text.line, "the error text " + shown(*writer.errorText) +
                          (isOk ? " is in no table; it is taken for S_OK, because every writer in state [1] shows it"
                                : " is in no table; it is taken for E_UNEXPECTED"));
  }
}

void Judge::remarkStates() {
  for (const ListedBlock& block : blocks_) {
    const ListedWriter& writer = block.writer;
    if (!writer.state) continue;
    std::string number = "[" + std::to_string(*writer.state) + "]";
    auto byNumber = kindOfState(*writer.state);
    auto byWord = kindOfStateWord(comparable(toUtf8(writer.stateText)));
    if (!byNumber) remark(block.stateLine, "the state " + number + " is no VSS_WRITER_STATE; it is kept as it is");
    else if (byWord && byWord != byNumber) {
      remark(block.stateLine, "the state " + number + " and its word " + shown(writer.stateText) + " contradict each other; the number is kept");
    }
  }
}

void Judge::remarkMissing() {
  if (blocks_.empty()) return;
  remarkMissing("class id", [](const ListedWriter& writer) { return writer.classId.has_value(); });
  remarkMissing("instance id", [](const ListedWriter& writer) { return writer.instanceId.has_value(); });
  remarkMissing("state number", [](const ListedWriter& writer) { return writer.state.has_value(); });
  remarkMissing("error text", [](const ListedWriter& writer) { return writer.errorText.has_value(); });
  const ListedBlock& last = blocks_.back();
  if (!last.errorSeen) remark(last.writer.line, "the listing ends inside the block of " + shown(last.writer.name));
}

// The last writer counts only if its block is whole.
void Judge::remarkMissing(const char* what, bool (*has)(const ListedWriter&)) {
  auto lacks = [&](const ListedBlock& block) { return !has(block.writer); };
  auto end = blocks_.end() - !blocks_.back().errorSeen;
  auto first = std::find_if(blocks_.begin(), end, lacks);
  if (first == end) return;
  auto n = std::count_if(first, end, lacks);
  remark(first->writer.line, (n == 1 ? "the writer has no " : std::to_string(n) + " writers, of which this is the first, have no ") +
                                 std::string(what) + ": it is missing, cut or a placeholder");
}

// A listing pasted twice, or one instance listed twice. Both ids: the class alone is shared by different writers.
void Judge::remarkRepeated() {
  std::unordered_set<std::string> seen;
  std::size_t first = 0, n = 0;
  for (const ListedBlock& block : blocks_) {
    const ListedWriter& writer = block.writer;
    if (!writer.classId || !writer.instanceId || seen.insert(toString(*writer.classId) + toString(*writer.instanceId)).second) continue;
    if (n++ == 0) first = writer.line;
  }
  if (n == 0) return;
  remark(first, (n == 1 ? "the writer has" : std::to_string(n) + " writers, of which this is the first, have") +
                    std::string(" the ids of a writer before; all are kept"));
}

void Judge::limitRemarks() {
  std::stable_sort(remarks_.begin(), remarks_.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  if (remarks_.size() <= maxRemarks) return;
  std::size_t others = remarks_.size() - maxRemarks;
  remarks_.resize(maxRemarks);
  remark(remarks_.back().line, "… and " + std::to_string(others) + " more remarks");
}

}  // namespace

Listing parseVssadmin(std::string_view bytes) { return Judge(readBlocks(bytes)).judge(); }

std::string printVssadmin(const std::vector<PrintedWriter>& writers) {
  std::string out = "vssadmin 1.1 - Volume Shadow Copy Service administrative command-line tool\n"
                    "(C) Copyright 2001-2013 Microsoft Corp.\n\n";
  for (const PrintedWriter& writer : writers) {
    std::string error = writer.errorText ? toUtf8(*writer.errorText) : failureText(writer.failure);
    std::replace_if(error.begin(), error.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    out += "Writer name: '" + toUtf8(writer.name) + "'\n";
    out += "   Writer Id: " + toString(writer.classId) + "\n";
    out += "   Writer Instance Id: " + toString(writer.instanceId) + "\n";
    out += "   State: [" + std::to_string(writer.state) + "] " + stateWord(writer.state) + "\n";
    out += "   Last error: " + error + "\n\n";
  }
  return out;
}

}  // namespace vss
