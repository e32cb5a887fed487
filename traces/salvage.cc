#include "traces/salvage.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "traces/note_format.h"

namespace vss {
namespace {

constexpr std::uint64_t kLookFor = 256 << 10;   // so far behind the place of a lost head a note is looked for
constexpr std::uint64_t kMostMissing = 4096;    // zeros that the end of the file may have cut off a value
constexpr std::uint64_t kGreatestOrder = std::uint64_t{1} << 62;
constexpr unsigned kFooterTries = 1000;
constexpr std::size_t kMostDamage = 10000;      // more is not kept: the file is a ruin
// A kind that only noise has: of such a note no large list is looked at.
constexpr std::uint16_t kGreatestKind = 255;
constexpr std::uint64_t kSmallList = 4096;

std::uint64_t upTo(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }
bool onlyZeros(std::string_view bytes) { return bytes.find_first_not_of('\0') == bytes.npos; }
std::uint32_t low(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
std::string ofThread(const SavedChunk& chunk) { return chunk.thread ? " of thread " + std::to_string(chunk.thread) : ""; }
std::uint32_t high(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }

}  // namespace

Salvage::Salvage(std::string_view bytes) : bytes_(bytes) {
  // As a reader, so that a file whose notes all lead to one large list does not keep it for hours. Whole notes share no list; looking for those of a chunk
  // whose head is lost takes several ways through it.
  mayFollow_ = 16 * bytes.size() + (64 << 20);
  findFooter();
  findChunks();
  std::stable_sort(damage_.begin(), damage_.end(), [](auto& a, auto& b) { return a.offset < b.offset; });
}

std::uint64_t Salvage::word(std::uint64_t at) const {
  std::uint64_t value = 0;
  if (at < bytes_.size()) std::memcpy(&value, bytes_.data() + at, std::min<std::uint64_t>(8, bytes_.size() - at));
  return value;
}

std::optional<Salvage::Struct> Salvage::structAt(std::uint64_t pointer) const {
  std::uint64_t w = word(pointer);
  if (!w || w & 3) return std::nullopt;
  std::int64_t target = static_cast<std::int64_t>(pointer) + 8 + 8 * static_cast<std::int64_t>(static_cast<std::int32_t>(low(w)) >> 2);
  if (target <= static_cast<std::int64_t>(pointer)) return std::nullopt;
  return Struct{static_cast<std::uint64_t>(target), high(w) & 0xFFFF, high(w) >> 16};
}

// Where everything lies in a chunk that a writer of this version has begun.
SavedChunk Salvage::standardChunk(std::uint64_t offset) const {
  SavedChunk chunk;
  chunk.offset = offset;
  chunk.chunk = offset + kFirstNote - 5 * 8;
  chunk.notesAt = offset + kFirstNote;
  chunk.notes = kLargestWindow / 8 / kNoteWords;
  return chunk;
}

// A chunk whose head is whole, where its pointers lead or where a writer of this version puts it.
std::optional<SavedChunk> Salvage::chunkAt(std::uint64_t offset) const {
  auto headIsWhole = [&](SavedChunk& chunk, std::uint64_t headBytes) {
    auto data = bytes(chunk.chunk, headBytes);
    if (data.size() < headBytes) return false;
    Crc32c crc;
    addFields<format::Chunk>(crc, kj::arrayPtr(reinterpret_cast<const kj::byte*>(data.data()), data.size()));
    chunk.thread = low(word(chunk.chunk));
    chunk.firstOrder = word(chunk.chunk + 16);
    return chunk.headWhole = crc.value() == high(word(chunk.chunk));
  };
  SavedChunk standard = standardChunk(offset), chunk = standard;
  auto block = structAt(offset + 8);
  auto root = block && block->data && block->pointers ? structAt(block->at + 8 * block->data) : std::nullopt;
  if (root && root->data >= 3 && root->pointers && root->at + 8 * (root->data + root->pointers) < offset + kWindowUnit) {
    std::uint64_t pointer = root->at + 8 * root->data, list = word(pointer), tag = pointer + 8 + 8 * std::uint64_t{low(list) >> 2};
    chunk.chunk = root->at;
    if ((list & 3) == 1 && (high(list) & 7) == 7 && tag < offset + kWindowUnit) {
      std::uint32_t data = high(word(tag)) & 0xFFFF, pointers = high(word(tag)) >> 16;
      chunk.pointersWhole = data >= kNoteDataBytes / 8 && pointers && data + pointers < 64 && !(word(tag) & 3);
      if (chunk.pointersWhole) {
        chunk.notesAt = tag + 8;
        chunk.dataWords = data, chunk.noteWords = data + pointers;
        std::uint64_t counted = low(word(tag)) >> 2, listed = (high(list) >> 3) / chunk.noteWords;
        chunk.countsAgree = counted == listed;
        chunk.notes = std::max(counted, listed);  // a process that ended between the two has made the first of them smaller
      }
    }
    if (headIsWhole(chunk, 8 * root->data)) return chunk;
    // Its own checksum is what is damaged, perhaps.
    if (chunk.pointersWhole && chunk.countsAgree && chunk.notes) {
      chunk.thread = 0, chunk.firstOrder = 0;
      return chunk;
    }
  }
  return headIsWhole(standard, 24) ? std::optional(standard) : std::nullopt;
}

// Whether the note is whole with the list that its pointer leads to.
bool Salvage::readList(SavedSlot& slot, std::uint64_t pointer, std::uint64_t data, std::uint32_t dataBytes, std::uint64_t& mayFollow) const {
  constexpr unsigned kBits[] = {0, 1, 8, 16, 32, 64};
  std::uint64_t w = word(pointer);
  unsigned size = high(w) & 7;
  std::uint64_t elements = high(w) >> 3;
  bool isText = slot.kind == 1 || slot.kind == 5, isCall = slot.kind == 3 || slot.kind == 4;
  if (w) {
    std::int64_t target = static_cast<std::int64_t>(pointer) + 8 + 8 * static_cast<std::int64_t>(static_cast<std::int32_t>(low(w)) >> 2);
    if ((w & 3) != 1 || size > 5 || target <= static_cast<std::int64_t>(pointer)) return false;
    if (isCall ? size != 5 : slot.kind <= 5 && size != 2) return false;
    slot.list = static_cast<std::uint64_t>(target);
    slot.listBytes = (elements * kBits[size] + 7) / 8;
    if (slot.list + slot.listBytes > bytes_.size() + kMostMissing || slot.listBytes > mayFollow) return false;
    if (slot.kind > kGreatestKind && slot.listBytes > kSmallList) return false;
    mayFollow -= slot.listBytes;
  }
  Crc32c crc;
  std::string cut;
  auto part = [&](std::uint64_t at, std::uint64_t length) {
    auto there = bytes(at, length);
    if (there.size() == length) return there;
    cut.assign(there);
    cut.resize(length);
    return std::string_view(cut);
  };
  auto fields = part(data, dataBytes);
  addFields<format::Note>(crc, kj::arrayPtr(reinterpret_cast<const kj::byte*>(fields.data()), fields.size()));
  auto listed = w ? part(slot.list, slot.listBytes) : isText ? std::string_view("", 1) : std::string_view();
  if (isText && (listed.empty() || listed.back())) return false;
  crc.add(listed.data(), listed.size());
  return crc.value() == low(word(data + 16));
}

SavedSlot Salvage::slotAt(std::uint64_t at, const SavedChunk& chunk, std::uint64_t& mayFollow) const {
  SavedSlot slot;
  slot.at = at;
  slot.order = word(at);
  slot.tick = word(at + 8);
  slot.kind = static_cast<std::uint16_t>(high(word(at + 16)));
  bool sealed = low(word(at + 16)) != 0;
  if (!sealed) slot.state = slot.kind || slot.order ? SavedSlot::State::unfinished : SavedSlot::State::hole;
  else slot.state = slot.kind && readList(slot, at + 8 * chunk.dataWords, at, 8 * chunk.dataWords, mayFollow) ? SavedSlot::State::whole : SavedSlot::State::damaged;
  if (slot.state != SavedSlot::State::whole) return slot;
  if (slot.kind == 4) slot.call = word(at + 32);
  if (slot.kind == 5 && word(at + 16) >> 48 == static_cast<std::uint64_t>(RemarkKind::lost)) slot.last = std::min(word(at + 32), kGreatestOrder);
  // What has an order says so by its kind; of a newer kind, by having one.
  if (slot.kind <= 2) slot.order = 0;
  if ((slot.kind > 2 && slot.kind <= 5 && !slot.order) || slot.order > kGreatestOrder) slot.state = SavedSlot::State::damaged;
  return slot;
}

std::vector<SavedSlot> Salvage::slots(const SavedChunk& chunk, std::uint64_t& mayFollow) const {
  std::vector<SavedSlot> slots;
  std::uint64_t at = chunk.notesAt;
  std::uint64_t listed = 0;
  for (std::uint64_t n = 0; n < chunk.notes && at < bytes_.size(); ++n, at += 8 * chunk.noteWords) {
    slots.push_back(slotAt(at, chunk, mayFollow));
    // Where notes share lists, a reader gives up behind so many words as the chunk has.
    auto& slot = slots.back();
    if (slot.state == SavedSlot::State::whole && (listed += upTo(slot.listBytes, 8)) > chunk.end - chunk.offset) slot.state = SavedSlot::State::damaged;
  }
  // A call needs its signature; a value its text.
  auto has = [&](std::uint64_t index, std::size_t before, unsigned kind) {
    return index < before && slots[index].state == SavedSlot::State::whole && slots[index].kind == kind;
  };
  for (std::size_t n = 0; n < slots.size(); ++n) {
    auto& slot = slots[n];
    if (slot.state != SavedSlot::State::whole || (slot.kind != 3 && slot.kind != 4)) continue;
    if (!has(word(slot.at + 16) >> 48, n, 1)) {
      slot.state = SavedSlot::State::damaged;
      continue;
    }
    for (std::uint32_t v = 0; v < slot.listBytes / 8; ++v) {
      auto packed = word(slot.list + 8 * v);
      auto kind = kindOfPacked(packed);
      if ((kind == ValueKind::stored || kind == ValueKind::raw) && !has(packed >> 8, n, 2)) slot.lostValues.push_back(v);
    }
  }
  return slots;
}

// How many notes the chunk has, and where it ends: before `bound` at most, and its notes before the first thing that one of them points to.
void Salvage::settle(SavedChunk& chunk, std::uint64_t bound) {
  SavedChunk usual = chunk;
  std::uint64_t whole = settleAs(chunk, bound);
  // The tag says how large a note is; where it is damaged, notes are as large as this version makes them.
  if (chunk.countsAgree || (chunk.noteWords == kNoteWords && chunk.dataWords == kNoteDataBytes / 8)) return;
  usual.noteWords = kNoteWords, usual.dataWords = kNoteDataBytes / 8;
  usual.notes = kLargestWindow / 8 / kNoteWords;
  if (settleAs(usual, bound) > whole) chunk = usual;
}

std::uint64_t Salvage::settleAs(SavedChunk& chunk, std::uint64_t bound) {
  std::uint64_t whole = 0;
  std::uint64_t size = 8 * chunk.noteWords, used = chunk.notesAt, last = 0, n = 0;
  bool any = false;
  for (std::uint64_t at = chunk.notesAt; n < chunk.notes && at < bound && at < bytes_.size(); ++n, at += size) {
    if (!any && !chunk.headWhole && at > chunk.offset + kLookFor) break;
    SavedSlot slot = slotAt(at, chunk, mayFollow_);
    if (slot.state == SavedSlot::State::damaged || slot.state == SavedSlot::State::unfinished) last = n + 1;
    if (slot.state != SavedSlot::State::whole) continue;
    any = true, ++whole;
    last = n + 1;
    if (slot.listBytes && !chunk.countsAgree) bound = std::min(bound, std::max(slot.list, at + size));
    used = std::max(used, upTo(slot.list + slot.listBytes, 8));
  }
  // Where nothing says how many notes there are, those are told as damaged that have one behind them; all that are not zero where it is said.
  chunk.notes = chunk.countsAgree ? n : std::min(last, n);
  chunk.end = std::max(used, chunk.notesAt + size * chunk.notes);
  if (!any && !chunk.headWhole) chunk.notes = 0;
  return whole;
}

std::optional<std::uint64_t> Salvage::newerBlockAt(std::uint64_t offset) const {
  std::uint64_t frame = word(offset), end = offset + 8 + 8 * std::uint64_t{high(frame)};
  auto block = structAt(offset + 8);
  if (low(frame) || high(frame) < 4 || end > bytes_.size() || !block || !block->data || block->at + 8 * (block->data + block->pointers) > end) return std::nullopt;
  return (word(block->at) & 0xFFFF) > 2 ? std::optional(end) : std::nullopt;
}

// From behind: the last footer whose checksum is right.
void Salvage::findFooter() {
  unsigned tries = 0;
  if (bytes_.size() < kHeaderWindow + 64) return;
  for (std::uint64_t at = (bytes_.size() - 64) / 8 * 8; at >= kHeaderWindow && tries < kFooterTries; at -= 8) {
    std::uint64_t frame = word(at), end = at + 8 + 8 * std::uint64_t{high(frame)};
    if (low(frame) || high(frame) < 8 || end > bytes_.size()) continue;
    auto block = structAt(at + 8);
    if (!block || !block->data || block->at + 8 > end || (word(block->at) & 0xFFFF) != 2) continue;
    ++tries;
    if (end - at > mayFollow_) return;
    mayFollow_ -= end - at;
    try {
      kj::ArrayPtr<const capnp::word> parts[] = {{reinterpret_cast<const capnp::word*>(bytes_.data() + at + 8), high(frame)}};
      capnp::ReaderOptions options{std::uint64_t{high(frame)} * 4 + 1024, 8};
      capnp::SegmentArrayMessageReader message(kj::arrayPtr(parts, 1), options);
      auto f = message.getRoot<format::Block>().getFooter();
      if (f.getCrc() != footerCrc(f)) continue;
      footer_ = SavedFooter{at, end, {f.getCalls(), f.getNotes(), f.getObjects(), f.getThreads(), f.getEndTick(), f.getEndTime(), 0, {}}, {}};
      for (auto place : f.getChunks()) footer_->chunks.push_back({place.getOffset(), place.getThread()});
      std::sort(footer_->chunks.begin(), footer_->chunks.end(), [](auto& a, auto& b) { return a.offset < b.offset; });
      return;
    } catch (const kj::Exception&) {
    }
  }
}

void Salvage::tell(std::uint64_t offset, std::string text) {
  if (damage_.size() < kMostDamage) damage_.push_back({offset, std::move(text)});
  else if (damage_.size() == kMostDamage) damage_.push_back({offset, "more damage is not told"});
}

void Salvage::findChunks() {
  std::uint64_t size = bytes_.size();
  std::vector<std::uint64_t> heads;
  for (std::uint64_t at = kHeaderWindow; at < size; at += kWindowUnit)
    if (chunkAt(at)) heads.push_back(at);
  auto nextHead = [&](std::uint64_t at) {
    auto next = std::upper_bound(heads.begin(), heads.end(), at);
    return next == heads.end() ? at + kLargestWindow : *next;
  };
  // Where the file was shifted, the footer's places are those of other chunks.
  bool fits = footer_ && std::all_of(heads.begin(), heads.end(), [&](auto head) {
    return head > footer_->offset || std::binary_search(footer_->chunks.begin(), footer_->chunks.end(), SavedFooter::Place{head, 0}, [](auto& a, auto& b) { return a.offset < b.offset; });
  });
  auto indexed = [&](std::uint64_t at) -> const SavedFooter::Place* {
    if (!fits) return nullptr;
    auto place = std::lower_bound(footer_->chunks.begin(), footer_->chunks.end(), at, [](auto& p, auto offset) { return p.offset < offset; });
    return place != footer_->chunks.end() && place->offset == at ? &*place : nullptr;
  };
  std::uint64_t expected = kHeaderWindow, lost = 0, ends = kHeaderWindow;  // where a block has to be; a stretch of nothing; where the last block ends
  auto tellLost = [&](std::uint64_t until) {
    if (lost) tell(lost, "bytes up to " + std::to_string(until) + " are no block of a trace"), notesDamaged_ = true;
    lost = 0;
  };
  std::uint64_t from = kHeaderWindow;
  while (from < size) {
    std::uint64_t at = from;
    from += kWindowUnit;
    if (footer_ && at >= footer_->offset && at < footer_->end) {
      from = expected = upTo(footer_->end, kWindowUnit);
      continue;
    }
    auto page = bytes(at, std::min<std::uint64_t>(kWindowUnit, footer_ && footer_->offset > at ? footer_->offset - at : kWindowUnit));
    auto place = indexed(at);
    auto chunk = chunkAt(at);
    if (!chunk && at < expected && !place) continue;
    bool empty = onlyZeros(page);
    bool looked = !(chunk && chunk->headWhole) && (place || at == expected || !empty);
    if (looked && !chunk) chunk = standardChunk(at);
    std::uint64_t mayFollow = mayFollow_;
    if (chunk) settle(*chunk, footer_ && footer_->offset > at ? std::min(footer_->offset, nextHead(at)) : nextHead(at));
    if (looked && !chunk->notes) {
      if (auto end = newerBlockAt(at)) {
        tellLost(at);
        SavedChunk block;
        block.offset = at, block.end = *end, block.block = true;
        notesDamaged_ |= !footer_;  // a chunk may have become one; a footer's numbers would tell
        chunks_.push_back(block);
        from = expected = upTo(*end, kWindowUnit);
        ends = *end;
        continue;
      }
    }
    if (!chunk || (!chunk->headWhole && !chunk->notes)) {
      bool begun = onlyZeros(page.substr(0, std::min<std::size_t>(8, page.size()))) && onlyZeros(page.substr(std::min(page.size(), kFirstNote)));
      if (!lost && ((!empty && !begun) || place)) lost = at;
      continue;
    }
    tellLost(at);
    std::uint64_t frame = word(at), end = at + 8 + 8 * std::uint64_t{high(frame)};
    bool begun = !frame && !chunk->notes;
    bool framed = !low(frame) && end >= chunk->end && end - at <= kLargestWindow && end <= nextHead(at) + 8;
    if (!begun && !framed) tell(at, "the frame of a chunk is damaged");
    if (!chunk->headWhole) {
      if (place) chunk->thread = place->thread;
      tell(at, "the head of a chunk is damaged" + (place ? ", of thread " + std::to_string(place->thread) : std::string()));
    } else if (!chunk->pointersWhole && !begun) {
      tell(at, "what leads to the notes of a chunk of thread " + std::to_string(chunk->thread) + " is damaged");
    }
    if (framed && end > size && !begun) cut_ = true;
    chunk->mayFollow = mayFollow;
    auto all = slots(*chunk, mayFollow);
    mayFollow_ -= std::min(mayFollow_, chunk->mayFollow - mayFollow);
    tellDamagedNotes(*chunk, all);
    // A note that was begun has left its bytes behind; else they are those of notes that were zeroed.
    bool unfinished = std::any_of(all.begin(), all.end(), [](auto& slot) { return slot.state == SavedSlot::State::unfinished; });
    if (framed && !unfinished && !onlyZeros(bytes(chunk->end, end - std::min(end, chunk->end))))
      tell(chunk->end, "bytes of a chunk" + ofThread(*chunk) + " that belong to no note: its last notes are lost"), notesDamaged_ = true;
    from = std::max(from, upTo(chunk->end, kWindowUnit));
    ends = framed ? std::min(end, size) : std::min(chunk->end, size);
    expected = upTo(ends, kWindowUnit);
    if (!begun) chunks_.push_back(*chunk);
  }
  tellLost(size);
  cut_ |= !footer_ && size % 8;  // no writer leaves a part of a word: of a chunk's frame, perhaps, which begins with zeros as unused room does
  // A footer starts where the last chunk ends: in its page.
  if (!footer_ && ends < size && !onlyZeros(bytes(ends, upTo(ends, kWindowUnit) - ends)))
    tell(ends, "the footer is damaged");
}

void Salvage::tellDamagedNotes(const SavedChunk& chunk, const std::vector<SavedSlot>& slots) {
  std::uint64_t before = 0;
  std::size_t after = 0;  // the next with an order
  std::string whose = ofThread(chunk);
  for (std::size_t n = 0; n < slots.size(); ++n) {
    if (slots[n].ordered()) before = slots[n].order;
    for (auto v : slots[n].lostValues)
      tell(slots[n].at, "value " + std::to_string(v + 1) + " of note " + std::to_string(slots[n].order) + whose + " is lost with the text that held it");
    if (slots[n].state != SavedSlot::State::damaged) continue;
    notesDamaged_ = true;
    std::size_t first = n;
    while (n + 1 < slots.size() && slots[n + 1].state == SavedSlot::State::damaged) ++n;
    for (after = std::max(after, n + 1); after < slots.size() && !slots[after].ordered();) ++after;
    std::string text = n == first ? "a note" + whose + " is damaged, or what it points to" : std::to_string(n - first + 1) + " notes" + whose + " up to byte " + std::to_string(slots[n].at + 8 * chunk.noteWords) + " are damaged, or what they point to";
    text += before ? "; behind its note " + std::to_string(before) : "";
    text += after < slots.size() ? (before ? " and before " : "; before its note ") + std::to_string(slots[after].order) : "";
    tell(slots[first].at, std::move(text));
  }
}

TraceHeader Salvage::header(bool& whole) const {
  TraceHeader h;
  auto block = structAt(8);
  auto root = block && block->data && block->pointers ? structAt(block->at + 8 * block->data) : std::nullopt;
  bool decodes = root && block->at + 8 * (block->data + block->pointers) <= kHeaderWindow && root->data >= 6 && root->pointers >= 4 && root->at + 8 * (root->data + root->pointers) <= kHeaderWindow && bytes_.size() >= kHeaderWindow &&
                 !(word(block->at) & 0xFFFF);
  if (!decodes) root = Struct{32, 6, 4};
  std::uint64_t at = root->at, facts = word(at + 8);
  h.format = static_cast<std::uint16_t>(facts);
  h.semantics = static_cast<std::uint16_t>(facts >> 16);
  h.origin = static_cast<Origin>(facts >> 32 & 0xFFFF);
  h.wordSize = static_cast<std::uint8_t>(facts >> 48);
  h.processId = low(word(at + 16));
  h.ticksPerSecond = word(at + 24);
  h.startTick = word(at + 32);
  h.startTime = static_cast<std::int64_t>(word(at + 40));
  Crc32c crc;
  auto data = bytes(at, 8 * root->data);
  if (data.size() == 8 * root->data) addFields<format::Header>(crc, kj::arrayPtr(reinterpret_cast<const kj::byte*>(data.data()), data.size()));
  std::string* texts[] = {&h.tool, &h.platform, &h.process, &h.target};
  for (unsigned n = 0; n < 4; ++n) {
    std::uint64_t pointer = at + 8 * (root->data + n), w = word(pointer), size = high(w) >> 3;
    std::uint64_t target = pointer + 8 + 8 * std::uint64_t{low(w) >> 2};
    auto text = (w & 3) == 1 && (high(w) & 7) == 2 && size && target + size <= kHeaderWindow ? bytes(target, size) : std::string_view();
    if (!text.empty() && !text.back()) *texts[n] = text.substr(0, size - 1);
    else if (w) decodes = false;
    crc.add(texts[n]->c_str(), texts[n]->size() + 1);
  }
  whole = decodes && word(0) == std::uint64_t{kHeaderWindow / 8 - 1} << 32 && word(at) == format::MAGIC && high(word(at + 16)) == crc.value();
  return h;
}

}  // namespace vss
