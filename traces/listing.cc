#include "traces/listing.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "traces/listing_blocks.h"
#include "traces/powershell.h"
#include "traces/vshadow.h"
#include "traces/vssadmin_blocks.h"

namespace vss {
namespace {

// Spaces in place of the parts that were read; line ends stay, so that lines keep their numbers.
std::string without(std::string_view text, const std::vector<std::string_view>& taken) {
  std::string rest(text);
  for (std::string_view part : taken) {
    auto begin = rest.begin() + (part.data() - text.data());
    std::replace_if(begin, begin + static_cast<std::ptrdiff_t>(part.size()), [](char c) { return c != '\n'; }, ' ');
  }
  return rest;
}

template <class T> void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// The line of the first of the parts in the text; 0: none is in it.
std::size_t lineOf(std::string_view text, std::initializer_list<std::string_view> parts) {
  std::size_t first = text.npos;
  for (std::string_view part : parts) first = std::min(first, text.find(part));
  if (first == text.npos) return 0;
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(first), '\n'));
}

// Where a Windows event begins, in the languages of which that is known; 0: there is none.
std::size_t eventLine(std::string_view text) {
  return lineOf(text, {"Execution Context:", "Writer Class Id:", "Writer Instance Name:", "Volume Shadow Copy Service error:",
                       "Generatorklassen-ID:", "Generatorinstanz-ID:", "Contexte d\u2019exécution", "Contexte d'exécution"});
}

// Each reader takes what is surely of its format. vssadmin's, which goes by structure, gets what the others leave.
ListingBlocks readAll(std::string_view text) {
  ListingBlocks all = readWriterStatus(text);
  ListingBlocks objects = readPowershell(text);
  append(all.taken, objects.taken);
  std::string rest;
  if (!all.taken.empty()) text = rest = without(text, all.taken);
  for (ListingBlocks blocks = readVssadmin(text); ListingBlocks* read : {&objects, &blocks}) {
    append(all.blocks, read->blocks);
    append(all.remarks, read->remarks);
    append(all.takenFor, read->takenFor);
    if (!all.refusal && read->refusal && !eventLine(text)) all.refusal = read->refusal;  // an event has ids without a state too
  }
  all.taken.clear();  // the text that they point into may be gone
  std::stable_sort(all.blocks.begin(), all.blocks.end(), [](const auto& a, const auto& b) { return a.writer.line < b.writer.line; });
  std::stable_sort(all.takenFor.begin(), all.takenFor.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  return all;
}

// An event names a writer and its ids too, but no state.
bool tellsStatus(const ListingBlocks& read) {
  return read.blocks.empty() || std::any_of(read.blocks.begin(), read.blocks.end(), [](const ListedBlock& block) {
    return block.writer.state || block.writer.errorText || block.writer.failure;
  });
}

// Why there is no listing in the text: what it is instead, where that can be told.
ListingError refusal(std::string_view text, const ListingBlocks& read, std::string_view from) {
  if (read.refusal) return *read.refusal;
  std::string tool = from == "vshadow"      ? "`vshadow -ws`"
                     : from == "diskshadow" ? "diskshadow's `list writers status`"
                                            : "`vssadmin list writers`";
  Lines lines(text);
  std::string_view first;
  while (lines.next(first) && trimmed(first).empty()) {}
  if (trimmed(first).empty()) return ListingError(1, "the text is empty; give the output of " + tool);
  std::size_t event = eventLine(text);
  if (event) return ListingError(event, "this is the text of an event, which tells no writer's state; give the output of " + tool);
  return ListingError(lines.number(), "this is no listing of writers: neither vssadmin's banner nor a writer is in it; give the whole output of " +
                                          tool + ", run as administrator");
}

std::string joined(const std::vector<TakenFor>& parts, std::string_view from) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    if (from == parts[i].orFormat || (from == parts[i].format && !parts[i].orFormat.empty())) text += std::string(from) + " writer status";
    else text += parts[i].name;
  }
  return text;
}

// A text that is something else than the user said, in whole or in part, would be half an import.
void requireFormat(const std::vector<TakenFor>& parts, std::string_view from) {
  auto other = std::find_if(parts.begin(), parts.end(), [&](const TakenFor& part) { return part.format != from && part.orFormat != from; });
  if (from == "auto" || other == parts.end()) return;
  std::string remedy = parts.size() > 1 ? "leave --from out, and all of it is imported" : "use --from " + std::string(other->format) + ", or leave it out";
  bool one = !other->name.ends_with("status") && !other->name.ends_with("JSON") && !other->name.ends_with("CSV");
  throw ListingError(other->line, "this looks like " + std::string(one ? "a " : "") + std::string(other->name) + ", which is not what --from " +
                                      std::string(from) + " says; " + remedy);
}

}  // namespace

Listing parseListing(std::string_view bytes, std::string_view from) {
  ListingText input(bytes);
  ListingBlocks read = readAll(input.text);
  if (read.takenFor.empty() || (!tellsStatus(read) && eventLine(input.text))) throw refusal(input.text, read, from);
  requireFormat(read.takenFor, from);
  std::string takenFor = joined(read.takenFor, from);
  read.remarks.insert(read.remarks.begin(), input.remarks.begin(), input.remarks.end());
  Listing listing = judged(std::move(read));
  listing.takenFor = std::move(takenFor);
  return listing;
}

}  // namespace vss
