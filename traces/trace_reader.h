// Reads a trace: every whole note, in the order in which the calls were made, also from a file that was cut off or damaged.
// The file is mapped; besides it a reader holds the list of chunks, and an index into those that are as old as the note it has reached.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "traces/signature.h"
#include "traces/trace.capnp.h"
#include "traces/trace_error.h"
#include "traces/trace_file.h"
#include "traces/trace_writer.h"
#include "traces/value.h"

namespace vss {

struct TraceHeader {
  std::uint16_t format = 0, semantics = 0;
  Origin origin = Origin::live;
  std::string tool, platform, process, target;
  std::uint32_t processId = 0, wordSize = 0;
  std::uint64_t ticksPerSecond = 0, startTick = 0;
  std::int64_t startTime = 0;  // nanoseconds since 1970, UTC; 0: not known
};

// What a writer puts at the start of a file.
std::string headerBytes(const TraceHeader& header);

struct TraceFooter {
  std::uint64_t calls = 0, notes = 0;
  std::uint32_t objects = 0, threads = 0;
  std::uint64_t endTick = 0;
  std::int64_t endTime = 0;
  std::size_t chunks = 0;
  struct Method { std::string signature; std::uint64_t calls, failed; };
  std::vector<Method> methods;
};

// How a trace ends.
enum class TraceEnd {
  complete,  // cleanly closed
  cutOff,    // no footer: the recorder was killed, or the file was cut; every whole note is there
};

// Damage, where it is and what it means; or what a reader skipped. In the order in which it was met.
struct TraceProblem {
  std::uint64_t offset;   // bytes from the start of the file
  std::string text;
};

enum class NoteType { enter, leave, remark };

// Borrowed from the reader until its next call of next().
struct NoteView {
  NoteType type;
  std::uint64_t order, tick;
  std::uint32_t thread;
  const Signature* signature = nullptr;   // enter, leave
  std::uint32_t object = 0;
  std::uint32_t nulls = 0;                // enter
  std::uint32_t result = 0;               // leave
  std::uint64_t call = 0;                 // leave: order of the enter; remark: of the call it is about
  std::span<const ValueView> values;      // enter: inputs; leave: outputs
  RemarkKind remarkKind = RemarkKind::information;
  std::string_view text;                  // remark
  std::uint64_t last = 0;                 // remark `lost`: of the numbers that it stands for
  std::uint64_t place = 0;                // enter, leave: for TraceReader::readAgain(); 0: it cannot be read so
};

// How notes are read: where FORMAT.md §3 says that their fields are, as far as they are whole; or all by Cap'n Proto, which gives the same and is slower.
enum class NoteReading { byPlace, byCapnp };

// What a reader looks at. `end`: of a cleanly closed trace the header, the footer, and of the notes those that are not older than about the last half
// megabyte; it costs the same whatever the file's size. A file that does not end in a footer is looked at from its start all the same.
// `live`: of a ring (TraceWriter::keepNewest) that is being written, whose chunks make way at any time: each is copied before it is read, and one that made way
// meanwhile is left out. For lookAgain().
enum class TraceReach { all, end, live };

class TraceReader {
 public:
  // Throws TraceError: no such file, empty, no trace, a newer format, or not one readable note and no clean end.
  explicit TraceReader(const std::filesystem::path& path, NoteReading reading = NoteReading::byPlace,
                       TraceReach reach = TraceReach::all);
  ~TraceReader();

  const TraceHeader& header() const { return header_; }
  const std::optional<TraceFooter>& footer() const { return footer_; }
  TraceEnd end() const { return footer_ ? TraceEnd::complete : TraceEnd::cutOff; }

  // The next note in order; nullptr: that was the last. Notes that are damaged are skipped and told in problems().
  const NoteView* next();
  // From the first note again.
  void rewind();
  // From the first note again, and from now on only the notes of these calls, by the order of their first note; all where the vector ends, and
  // remarks that are about no call. What is left out counts neither as lost nor as unfinished.
  void only(std::vector<bool> calls);
  // Visits the leaves of methods that are wanted, chunk by chunk and so in no order; then it is at the first note again. Others are not even held
  // against their checksums: for a first look at the few notes that matter. Texts in values are `missing`. Tells no damage: next() will.
  void skimLeaves(const std::function<bool(const Signature&)>& wanted, const std::function<void(const NoteView&)>& visit);

  // A note that next() gave, by its `place`; its values become `values`, which borrow from the file, and its signature is left out. Costs the same
  // wherever it is: nothing is looked for, and its checksum was right when it was given. Any thread, at any time, of a trace that does not grow.
  NoteView readAgain(std::uint64_t place, std::vector<Value>& values) const;

  // For a trace that is being written: looks at the file again, goes on behind the last note that was given, and from now on next() returns nullptr
  // also where the next note is not there yet (growing() tells). waitForGaps: nor does it pass a number whose note may still come. Problems are then
  // those of the file as it is now. letGo(): lets the file be shortened until then; what next() gave is gone.
  void lookAgain(bool waitForGaps);
  void letGo();
  bool growing() const { return growing_ && !footer_; }
  // What notes borrow stays as long as this does, and not only until the next one.
  bool isStable() const { return !growing() && !live_; }
  void endGrowing() { growing_ = waitForGaps_ = false; }

  // Complete only after next() has returned nullptr.
  const std::vector<TraceProblem>& problems() const { return problems_; }
  std::uint64_t lostNotes() const { return lost_ > unfinished_ ? lost_ - unfinished_ : 0; }  // numbers that no note has
  std::uint64_t toldLost() const { return toldLost_; }        // those of them that a remark of `shadowtape recover` tells
  std::uint64_t unfinishedNotes() const { return unfinished_; }  // begun by a thread that was ended in the middle, or is still at it
  std::uint64_t unknownNotes() const { return unknown_; }     // kinds that a newer recorder makes
  std::uint64_t unknownBlocks() const { return unknownBlocks_; }
  std::uint64_t lastOrder() const { return lastOrder_; }
  std::uint64_t fileSize() const { return file_.bytes().size(); }   // of a packed trace: unpacked
  std::string_view bytes() const { return file_.bytes(); }
  bool packed() const { return file_.packed(); }
  std::uint64_t sizeOnDisk() const { return file_.sizeOnDisk(); }
  std::uint64_t endOfNotes() const { return endOfNotes_; }    // byte after the last chunk that was found
  std::size_t chunks() const { return chunks_.size(); }

  double seconds(std::uint64_t ticks) const;                  // a difference of ticks
  // Nanoseconds since 1970 of a note, if the trace knows the time of day.
  std::optional<std::int64_t> timeOf(std::uint64_t tick) const;
  const std::filesystem::path& path() const { return path_; }
  // TraceReach::end: the order from which on no note is left out; absent: all is read.
  std::optional<std::uint64_t> readsFrom() const { return readsFrom_; }

 private:
  struct Chunk { std::uint64_t offset; std::uint32_t words, thread; std::uint64_t firstOrder; };
  struct OpenChunk;
  class CutCopy;

  void findBlocks();
  bool findEnd();
  std::uint64_t readBlock(std::uint64_t offset);               // its size in bytes; 0: no block there
  void readFooter(std::uint64_t offset, format::Footer::Reader footer);
  void openDueChunks();
  bool open(OpenChunk& chunk);
  std::pair<const std::uint64_t*, std::size_t> segmentOf(const Chunk& chunk) const;
  bool readFile(std::uint64_t offset, void* to, std::size_t bytes) const;   // as it is now
  std::uint64_t begunMeanwhile(std::uint64_t offset) const;
  bool readBehind(const Chunk& chunk);
  bool copyWhole(OpenChunk& chunk);
  bool advance(OpenChunk& chunk);
  bool advanceAsWritten(OpenChunk& chunk);
  bool advanceByCapnp(OpenChunk& chunk);
  enum class Reading { given, passed, notPlain };
  Reading readAsWritten(OpenChunk& chunk);
  static void readFields(const std::uint64_t* note, NoteView& view);
  void problem(std::uint64_t offset, std::string text);
  bool isWanted(const NoteView& note) const { return only_.empty() || isOneOf(note); }
  bool isOneOf(const NoteView& note) const;
  const Signature* signature(std::string_view text);

  std::filesystem::path path_;
  NoteReading reading_;
  TraceFile file_;
  TraceHeader header_;
  bool headerFound_ = false;
  std::optional<TraceFooter> footer_;
  std::optional<std::uint64_t> readsFrom_;
  bool live_ = false;
  bool onlyEnd_ = false;                                       // chunks_ comes from the footer, and is a part of its chunks
  std::uint64_t endOfNotes_ = 0;
  std::unique_ptr<CutCopy> cut_;                               // the last block, if the file's end cuts it
  std::vector<Chunk> chunks_;                                  // by their first order
  std::map<std::uint64_t, std::vector<std::uint64_t>> again_;  // segments that were read once more: see readBehind(); by the chunk's offset
  std::size_t readBehind_ = 0;                                 // their bytes
  std::size_t nextChunk_ = 0;                                  // the first that has not been opened
  std::uint64_t nextDue_ = 0;                                  // before a note of such an order it is opened
  std::vector<std::unique_ptr<OpenChunk>> open_;               // a heap, the oldest note in front
  bool given_ = false;                                         // next() gave the note in front away
  bool growing_ = false, waitForGaps_ = false;                 // see lookAgain()
  std::uint64_t resumed_ = 0;                                  // the last note that was given before
  bool quiet_ = false;                                         // no problem is told
  std::vector<bool> only_;                                     // see only()
  std::map<std::string, std::unique_ptr<Signature>, std::less<>> signatures_;
  std::vector<TraceProblem> problems_;
  std::uint64_t lost_ = 0, toldLost_ = 0, unfinished_ = 0, unknown_ = 0, unknownBlocks_ = 0, lastOrder_ = 0;
  double ticksPerSecond_ = 1;
  // rewind() reads again, but tells no damage twice: problems met in notes since then, and how many of them are told.
  bool readingNotes_ = false;
  std::size_t met_ = 0, told_ = 0;
};

}  // namespace vss
