// What is whole in a damaged trace. A reader follows frames, pointers and counts, which have no checksum (FORMAT.md §5); here only checksums count:
// a chunk is looked for at every place where one can start, its notes wherever its head says or would have said, each by itself.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/trace_reader.h"

namespace vss {

// A place for a note in a chunk, and what is there.
struct SavedSlot {
  enum class State : std::uint8_t { hole, unfinished, damaged, whole };
  State state = State::hole;
  std::uint16_t kind = 0;
  std::uint64_t at = 0;                            // byte of the file
  std::uint64_t order = 0, tick = 0, call = 0;     // call: of a leave
  std::uint64_t last = 0;                          // of a remark that notes were lost: the number of the last of them
  std::uint64_t list = 0, listBytes = 0;           // what its pointer leads to
  std::vector<std::uint32_t> lostValues;           // of a whole enter or leave: values whose text is not whole

  std::uint64_t lastLost() const { return ordered() ? last : 0; }
  bool ordered() const { return state == State::whole && kind > 2 && order; }
};

struct SavedChunk {
  std::uint64_t offset = 0;                        // of its frame
  std::uint64_t chunk = 0, notesAt = 0;            // byte of the Chunk's data, and of the first note
  std::uint32_t dataWords = 5, noteWords = 6;      // of a note
  std::uint64_t notes = 0;                         // how many there may be
  bool headWhole = false, pointersWhole = false;   // the head's checksum; what leads to the notes
  bool countsAgree = false;                        // of list and tag
  bool block = false;                              // a block of a newer kind; nothing of the above but offset and end
  std::uint32_t thread = 0;                        // 0: not known
  std::uint64_t firstOrder = 0;
  std::uint64_t end = 0;                           // behind the last byte that it uses
  std::uint64_t mayFollow = 0;                     // bytes of lists that are looked at, for its notes
};

struct SavedFooter {
  std::uint64_t offset = 0, end = 0;
  TraceFooter fields;
  struct Place { std::uint64_t offset; std::uint32_t thread; };
  std::vector<Place> chunks;                       // by offset
};

class Salvage {
 public:
  // bytes: the whole file; they must outlive this object. Never throws for what they hold.
  explicit Salvage(std::string_view bytes);

  const std::vector<SavedChunk>& chunks() const { return chunks_; }  // by offset; those of which something is whole
  const std::optional<SavedFooter>& footer() const { return footer_; }
  std::vector<SavedSlot> slots(const SavedChunk& chunk) const {
    auto mayFollow = chunk.mayFollow;
    return slots(chunk, mayFollow);
  }
  // The header as far as it can be made out; whole: its checksum is right.
  TraceHeader header(bool& whole) const;
  const std::vector<TraceProblem>& damage() const { return damage_; }  // by place; each is one stretch; of a ruin the first
  bool notesDamaged() const { return notesDamaged_; }  // notes with an order may be among what is damaged
  bool cut() const { return cut_; }                // the file ends inside of a chunk

  std::uint64_t word(std::uint64_t at) const;      // 0 behind the end
  std::string_view bytes(std::uint64_t at, std::uint64_t size) const { return at < bytes_.size() ? bytes_.substr(at, size) : std::string_view(); }

 private:
  struct Struct { std::uint64_t at; std::uint32_t data, pointers; };
  std::optional<Struct> structAt(std::uint64_t pointer) const;
  SavedChunk standardChunk(std::uint64_t offset) const;
  std::optional<SavedChunk> chunkAt(std::uint64_t offset) const;
  SavedSlot slotAt(std::uint64_t at, const SavedChunk& chunk, std::uint64_t& mayFollow) const;
  bool readList(SavedSlot& slot, std::uint64_t pointer, std::uint64_t data, std::uint32_t dataBytes, std::uint64_t& mayFollow) const;
  std::vector<SavedSlot> slots(const SavedChunk& chunk, std::uint64_t& mayFollow) const;
  std::optional<std::uint64_t> newerBlockAt(std::uint64_t offset) const;
  void findFooter();
  void findChunks();
  void settle(SavedChunk& chunk, std::uint64_t bound);
  std::uint64_t settleAs(SavedChunk& chunk, std::uint64_t bound);
  void tell(std::uint64_t offset, std::string text);
  void tellDamagedNotes(const SavedChunk& chunk, const std::vector<SavedSlot>& slots);

  std::string_view bytes_;
  std::vector<SavedChunk> chunks_;
  std::optional<SavedFooter> footer_;
  std::vector<TraceProblem> damage_;
  bool cut_ = false, notesDamaged_ = false;
  std::uint64_t mayFollow_ = 0;
};

}  // namespace vss
