#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "traces/listing_blocks.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"
#include "traces/vssadmin_words.h"

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
  void remarkMissing(const char* what, bool (*has)(const ListedBlock&));
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
  Listing listing{{}, std::move(remarks_), {}};
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
    std::string number = "[" + std::to_string(*writer.state) + "]", word = toUtf8(writer.stateText);
    auto byNumber = kindOfState(*writer.state), byWord = kindOfStateWord(comparable(word));
    auto byConstant = enumeratorNamed("VSS_WRITER_STATE", word);
    bool contradict = byConstant ? static_cast<std::uint32_t>(*byConstant) != *writer.state : byWord && byWord != byNumber;
    if (!byNumber) remark(block.stateLine, "the state " + number + " is no VSS_WRITER_STATE; it is kept as it is");
    else if (contradict) {
      remark(block.stateLine, "the state " + number + " and its word " + shown(writer.stateText) + " contradict each other; the number is kept");
    }
  }
}

void Judge::remarkMissing() {
  if (blocks_.empty()) return;
  remarkMissing("class id", [](const ListedBlock& block) { return block.writer.classId.has_value(); });
  remarkMissing("instance id", [](const ListedBlock& block) { return block.writer.instanceId.has_value(); });
  remarkMissing("state number", [](const ListedBlock& block) { return block.writer.state.has_value(); });
  remarkMissing("error text", [](const ListedBlock& block) { return block.codes || block.writer.errorText || block.writer.failure; });
  remarkMissing("failure code", [](const ListedBlock& block) { return !block.codes || block.writer.failure; });
  const ListedBlock& last = blocks_.back();
  if (!last.whole) remark(last.writer.line, "the listing ends inside the block of " + shown(last.writer.name));
}

// The last writer counts only if its block is whole.
void Judge::remarkMissing(const char* what, bool (*has)(const ListedBlock&)) {
  auto lacks = [&](const ListedBlock& block) { return !has(block); };
  auto end = blocks_.end() - !blocks_.back().whole;
  auto first = std::find_if(blocks_.begin(), end, lacks);
  if (first == end) return;
  auto n = static_cast<std::size_t>(std::count_if(first, end, lacks));
  remark(first->writer.line, writersHave(n) + " no " + what + ": it is missing, cut or a placeholder");
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
  remark(first, writersHave(n) + " the ids of a writer before; all are kept");
}

void Judge::limitRemarks() {
  std::stable_sort(remarks_.begin(), remarks_.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  if (remarks_.size() <= maxRemarks) return;
  std::size_t others = remarks_.size() - maxRemarks;
  remarks_.resize(maxRemarks);
  remark(remarks_.back().line, "… and " + std::to_string(others) + " more remarks");
}

}  // namespace

Listing judged(ListingBlocks read) { return Judge(std::move(read)).judge(); }

std::string shown(std::u16string_view text) {
  constexpr std::size_t longest = 80;
  return text.size() <= longest ? quoted(text) : quoted(std::u16string(text.substr(0, longest)) + u"…");
}

std::string writersHave(std::size_t n) {
  return n == 1 ? "the writer has" : std::to_string(n) + " writers, of which this is the first, have";
}

}  // namespace vss
