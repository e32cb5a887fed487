// What state every session of a trace is in, from its calls alone: how far a backup or a restore has come, its metadata, its status record,
// each asynchronous operation. Knows no implementation. What the calls do not tell is unknown, never guessed.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "traces/by_method.h"
#include "traces/call.h"
#include "traces/objects.h"

namespace vss {

// How an asynchronous operation stands, or what it gathers. Only QueryStatus, or an infinite Wait that returned, settles one.
enum class Stage : std::uint8_t {
  none,       // not begun
  running,    // begun; nothing tells whether it has ended
  pending,    // begun, and a later answer proves that it had not ended yet
  ended,      // an infinite Wait returned; nothing tells how it ended
  finished,
  failed,
  cancelled,
  stale,      // writer status: gathered, but another writer event was begun since
  freed,      // gathered, and given back
  unknown,
};
std::string_view nameOf(Stage stage);
Stage stageToldBy(std::int32_t status);  // by QueryStatus, in *pHrResult

enum class SessionKind : std::uint8_t { unknown, uninitialized, backup, restore };
std::string_view nameOf(SessionKind kind);

// The shadow copy set before DoSnapshotSet.
enum class SetStage : std::uint8_t { none, started, filled, unknown };

// One IVssBackupComponents, from its creation on. A value.
struct SessionState {
  std::uint32_t object = 0;
  SessionKind kind = SessionKind::unknown;   // unknown: its first calls are not in the trace
  Stage metadata = Stage::unknown, status = Stage::unknown;
  Stage prepare = Stage::unknown, snapshot = Stage::unknown, complete = Stage::unknown;
  Stage preRestore = Stage::unknown, postRestore = Stage::unknown;
  SetStage set = SetStage::unknown;
  bool contextSet = false, backupStateSet = false, componentAdded = false, succeededSet = false;
  bool selected = false, fileStatusSet = false;
  bool aborted = false;                      // AbortBackup, while something was under way
  std::int32_t context = 0;                  // VSS_CTX_BACKUP until SetContext
  std::optional<std::uint32_t> metadataCount, statusCount;  // as the counts last said, of what is gathered now
  std::uint64_t statusSince = 0, metadataSince = 0;          // number of the call that made it so
  std::uint32_t statusGathers = 0;           // GatherWriterStatus calls that began an operation
  bool released = false;                     // its last reference is gone

  bool operator==(const SessionState&) const = default;
  static SessionState created(std::uint32_t object);  // as CreateVssBackupComponents leaves it
  bool withoutWriters() const;               // its context has no writers
};

// "@B3", "@R1", "U"; with what is under way or went wrong: "@B2 > PrepareForBackup failed". The notation is that of docs/catalogue.md.
std::string stateLabel(const SessionState& state);
// The clean states by number, in the order U, @B0 … @B5, @R0 … @R4; nullopt: none of them.
std::optional<unsigned> stateNumber(const SessionState& state);
std::optional<unsigned> stateNumber(std::string_view label);
// What calls have reached, without what only counts or names them: two sessions that are equal in it are answered alike.
SessionState reached(const SessionState& state);
// For people: "backup, prepared; writer status gathered".
std::string stateInWords(const SessionState& state);
// The calls that the documentation allows now, in the order of a backup or restore; IUnknown's are always allowed.
std::vector<std::string_view> legalCalls(const SessionState& state);
// Whether it is one of them; nullopt: no page says when that method may be called.
std::optional<bool> isLegal(std::string_view method, const SessionState& state);

// One IVssAsync.
struct OperationState {
  std::uint32_t object = 0, session = 0;     // session 0: nothing in the trace tells who started it
  const Signature* starter = nullptr;        // nullptr: likewise
  std::uint64_t startedBy = 0;               // number of that call
  Stage stage = Stage::running;
  std::optional<std::int32_t> result;        // what QueryStatus said when it had ended
  std::uint64_t settledBy = 0;
  bool cancelAsked = false;                  // Cancel returned S_OK
  bool released = false;
  bool unused = false;                       // nothing was called on it since
};

std::string operationInWords(const OperationState& operation);  // "GatherWriterStatus's operation, pending"

// What only the rest of a trace tells: until when each operation was surely pending.
class PendingProofs {
 public:
  PendingProofs() = default;
  explicit PendingProofs(TraceReader& reader);  // goes through the whole trace
  bool wasPending(std::uint32_t operation, std::uint64_t order) const;

 private:
  std::unordered_map<std::uint32_t, std::uint64_t> until_;  // enterOrder of the last answer that says so
};

// Follows the calls of a trace in the order in which they came back. Memory grows with the objects that are not released, not with the calls. Of one that
// was released long ago (see ReleasedObjects) is only known that it was.
class Protocol {
 public:
  explicit Protocol(const PendingProofs* proofs = nullptr);
  ~Protocol();
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;

  // The state in which a call was made; to be asked before add(). `open`: calls that are under way as it comes back.
  struct Before {
    const SessionState* session = nullptr;      // of the object, or of the operation's starter; nullptr: an exported function, or unknown
    const OperationState* operation = nullptr;  // of a call of IVssAsync
    bool certain = true;                        // false: another thread's call may have changed the state meanwhile
  };
  Before before(const Call& call, const OpenCalls& open = {});
  void add(const Call& call);
  // For whoever knows by himself: an object was just created; an operation stands so.
  void created(std::uint32_t object) { tracked(object, true); }
  void settle(std::uint32_t operation, Stage stage);

  const SessionState* session(std::uint32_t object) const;      // nullptr: never met
  const OperationState* operation(std::uint32_t object) const;
  template <class Visit> void forEachSession(Visit&& visit) const {
    for (const auto& [number, tracked] : sessions_) visit(tracked.state);
  }
  template <class Visit> void forEachOperation(Visit&& visit) const {
    for (const auto& [number, operation] : operations_) visit(operation);
  }

 private:
  struct Tracked {
    SessionState state;
    std::uint64_t lastChange = 0;                                  // leaveOrder
    bool unused = false;                                           // since it was released
    std::vector<std::pair<Stage SessionState::*, std::uint32_t>> operations;  // whose end each stage waits for
  };
  struct Row;
  static Row rowOf(const Signature& signature);

  Tracked& tracked(std::uint32_t object, bool fromBirth);
  void releasedOnce(std::uint32_t object);
  OperationState* findOperation(std::uint32_t object);
  bool isOther(const Row& row, const Call& call) const;
  void learnOthers(const Call& call);
  void addToSession(Tracked& session, const Row& row, const Call& call);
  void addToOperation(OperationState& operation, const Row& row, const Call& call);
  void settle(OperationState& operation, Stage stage, std::uint64_t by, std::uint64_t order);
  void begin(Tracked& session, const Row& row, const Call& call);

  const PendingProofs* proofs_;
  std::unordered_map<std::uint32_t, Tracked> sessions_;
  std::unordered_map<std::uint32_t, OperationState> operations_;
  ByMethod<Row> rows_;
  // A requester mostly asks the same object several times: what was found last is found without looking.
  std::uint32_t lastSession_ = 0;              // 0: none; it is no operation
  Tracked* lastTracked_ = nullptr;
  ObjectSet others_;                           // objects that are neither sessions nor operations: metadata, components, results of a query
  ReleasedObjects released_;
  ObjectSet forgotten_;
  SessionState seen_;          // what before() points to, with pending proven
  OperationState seenOperation_;
};

// A trace call by call, each with the state in which it was made.
class StepReader {
 public:
  // Reads the trace once for the proofs. Throws as the reader does.
  explicit StepReader(TraceReader& reader) : proofs_(reader), protocol_(&proofs_), calls_(reader) {}
  struct Step { const Call& call; Protocol::Before before; };
  // In the order in which calls came back; valid until the next one is asked for. At the end those that never did.
  std::optional<Step> next();
  const Protocol& protocol() const { return protocol_; }
  CallReader& calls() { return calls_; }

 private:
  PendingProofs proofs_;
  Protocol protocol_;
  CallReader calls_;
  const Call* last_ = nullptr;
};

}  // namespace vss
