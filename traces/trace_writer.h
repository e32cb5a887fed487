// Writes a trace while the program under record runs. A note is in the file as soon as the call that makes it returns: it
// survives the death of the process. FORMAT.md describes the file.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "traces/growing_file.h"
#include "traces/value.h"
#include "traces/vss/describe.h"

namespace vss {

enum class Origin : std::uint16_t { live, model, imported, replayed };
enum class RemarkKind : std::uint16_t { information, warning, stopped, listingError, listing, lost, environment };

inline constexpr std::uint16_t kFormat = 1;
inline constexpr std::uint16_t kSemantics = 1;

struct TraceHeader;

// What becomes of a trace before anything of it is written. Called by any thread; what it throws ends the recording.
class TraceChange {
 public:
  virtual ~TraceChange() = default;
  virtual void header(TraceHeader& header) const = 0;
  virtual std::string remark(RemarkKind kind, std::string_view text) const = 0;
  // Of value `n` of the note that begins a call (output: that ends it), which has bytes; nullopt: it stays.
  virtual std::optional<std::string> value(const MethodInfo& method, bool output, std::size_t n, const ValueView& value) const = 0;
};

// What the header says about a recording; the rest of it the writer finds out.
struct TraceOrigin {
  Origin origin = Origin::live;
  std::string process;   // file name of the recorded program
  std::string target;    // the implementation that answers
  bool timed = true;     // false: the calls were never made (imported), so neither clock means anything
  const TraceChange* change = nullptr;  // outlives the writer
};

class TraceReader;

class TraceWriter {
 public:
  enum class Ending {
    threadsDone,   // no thread will make another note: everything is sealed and trimmed
    threadsRun,    // other threads go on. A fence in every note would tell exactly who is in the middle of one; instead they get 20 ms to end
                   // it, and nothing of theirs is unmapped. A thread that stands still in a note for longer leaves a hole there
    processExit,   // other threads may run, or may have been killed while they held a lock: take none, unmap nothing of theirs
  };

  // Creates the file; throws TraceError if it exists or cannot be created. plain: see GrowingFile.
  TraceWriter(const std::filesystem::path& path, const TraceOrigin& origin, bool plain = false);
  // For a changed copy of a trace: header and clocks are the original's (the header as `change` makes it), and before each note at() says whose note it is, and of when; with `change` also its number. For one
  // thread. Where the original is cut off, the copy has no footer either: nothing tells what came behind.
  TraceWriter(const std::filesystem::path& path, const TraceReader& original, const TraceChange* change = nullptr);
  void at(std::uint32_t thread, std::uint64_t tick, std::uint64_t order = 0) noexcept;
  // Finishes with Ending::threadsDone unless finish() was called.
  ~TraceWriter();
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  // Notes the start of a call, inputs first: one value for each input parameter (each field of a structure).
  // nulls: bit n set where the caller passed null for output parameter n. Returns what leave() needs; 0: recording has stopped.
  // Any thread. Never throws.
  std::uint64_t enter(const MethodInfo& method, std::uint32_t object, std::uint32_t nulls, std::span<const ValueView> inputs) noexcept;
  // Notes the end of the call: one value for each output parameter.
  void leave(std::uint64_t call, const MethodInfo& method, std::uint32_t object, std::uint32_t result,
             std::span<const ValueView> outputs) noexcept;
  void remark(RemarkKind kind, std::uint64_t about, std::string_view text, std::uint64_t further = 0) noexcept;  // further: of a kind `lost`, how many numbers it stands for besides its own

  // A number for an object that appeared: 1, 2, …
  std::uint32_t newObject() noexcept { return objects_.fetch_add(1, std::memory_order_relaxed) + 1; }

  // Between hold() and release() nothing makes the file grow or be flushed: a volume may be frozen. What does not fit into the room set
  // aside is kept in memory until release(), and of a thread that did not call that until its next note. Nests; counts over all threads.
  void hold() noexcept;
  void release() noexcept;

  // Ends the recording by itself: the reason is noted in the trace and beside it (PATH.stopped.txt). Later notes are dropped.
  void stop(std::string_view reason) noexcept;
  // Threads that are writing, or did not long ago: as many windows are open at most.
  std::size_t lanes() const;
  bool stopped() const noexcept { return stopped_.load(std::memory_order_relaxed); }

  // Writes the footer. Returns false if that was not possible; the trace then ends as a cut-off one does.
  bool finish(Ending ending) noexcept;
  // Forgets the file without a word to it: in a process made by fork(), which shares the windows with its parent.
  void abandon() noexcept { finished_ = true; }
  // From now on each note is on the disk before the call that made it goes on; between hold() and release() none waits for the disk. Before the first
  // call. A disk that does not take it ends the recording.
  void syncEachNote() noexcept { syncEachNote_ = true; }
  // From now on the file keeps about the newest `bytes` bytes, kSmallestRing at least: where it would grow beyond them, the chunk that was closed first
  // makes way, in a manner that leaves the file readable at every moment. It is larger where that many bytes are still being written to (a chunk for each
  // thread). Before the first call.
  static constexpr std::uint64_t kSmallestRing = 1 << 20;
  void keepNewest(std::uint64_t bytes) noexcept;
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Lane;      // what one thread writes into; when it has ended, another one
  struct Window;
  struct ClosedChunk;
  struct Spilled;
  struct Counts;
  struct MethodUse;
  struct StoredText;
  class StoredTexts;
  struct NewNote;

  Lane* lane() noexcept;
  Lane* newLane(std::uint64_t owner);
  bool makeRoom(Lane& lane, unsigned notes, std::size_t payloadWords);
  bool nextChunk(Lane& lane, unsigned notes, std::size_t payloadWords);
  Window newWindow(const Lane& lane, unsigned notes, std::size_t payloadWords);
  bool openChunk(Lane& lane, const Window& window, std::size_t payloadWords);
  void closeChunk(Lane& lane);
  void writeSpilled();
  std::uint64_t roomFor(std::size_t size);
  void giveBack(std::uint64_t offset, std::uint64_t size) noexcept;
  void dropOldest();
  struct Copied;
  std::uint64_t now() const;
  bool writeFooter(std::uint64_t end);
  enum class List : std::uint64_t { bytes = 2, words = 5 };  // as a pointer of Cap'n Proto has it
  std::uint64_t* payload(Lane& lane, std::size_t words);
  void seal(Lane& lane, const NewNote& note, List list, const std::uint64_t* payload, std::size_t size);
  void sync(Lane& lane);
  bool commitNote(const Lane& lane, const std::uint64_t* note, const std::uint64_t* payload, std::size_t size);
  std::uint64_t note(Lane& lane, NewNote note, std::span<const ValueView> values);
  unsigned signatureNote(Lane& lane, MethodUse& use);
  unsigned newSignatureNote(Lane& lane, MethodUse& use);
  std::uint64_t encode(Lane& lane, const ValueView& value);
  unsigned storedNote(Lane& lane, std::string_view bytes);
  unsigned newStoredNote(Lane& lane, std::string_view bytes, StoredText* slot, std::uint32_t hash);

  std::filesystem::path path_;
  GrowingFile file_;
  bool timed_, syncEachNote_ = false;
  const TraceChange* change_;
  std::unique_ptr<Copied> copied_;                // of a copy
  std::uint64_t id_;                              // tells writers apart in a thread's cache
  std::atomic<std::uint32_t> objects_{0};
  std::atomic<bool> stopped_{false}, finished_{false};
  std::atomic<int> held_{0};
  mutable std::timed_mutex mutex_;                        // lanes, the end of the file, closed chunks
  std::uint64_t end_ = 0;                         // where the next window starts
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Lane*> idle_;                       // those whose thread has ended
  std::size_t lookForEnded_ = 16;                 // with so many lanes
  std::uint32_t threads_ = 0;
  std::vector<ClosedChunk> closed_;               // in the order in which they were closed
  std::uint64_t ring_ = 0;                        // see keepNewest(); 0: all is kept
  std::size_t window_;                            // a chunk's usual size
  std::map<std::uint64_t, std::uint64_t> free_;   // of a ring: room before end_ that is all zeros, offset and size
  std::vector<Spilled> spilled_;                  // chunks in memory, while the file must not grow
  bool spilledLost_ = false;                      // one of them could not be written
  std::unique_ptr<Counts> counts_;
  // In a cache line of its own: every note of every thread takes a number. Not by alignas, which g++ 12 gets wrong for an object on the stack of
  // a function that calls one of Windows' convention.
  struct { char before[64]; std::atomic<std::uint64_t> value{0}; char behind[64]; } order_;
};

}  // namespace vss
