// What lies behind the objects: the system, its operations under way, and the state of one object's session.
// Everything here is guarded by Machine::mutex.
#pragma once
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "clock.h"
#include "document.h"
#include "scenario.h"
#include "saved_set.h"
#include "snapshots.h"
#include "writers.h"

namespace vss::model {

// What an IVssAsync stands for. It runs until its time has come, until it was asked often enough, or until it is cancelled;
// nothing runs in the background: whoever comes next first settles what has become due (Machine::settleDue).
struct Operation {
  OperationPlan plan;
  std::optional<Clock::Time> due;       // plan.ms
  std::uint32_t pollsLeft = 0;          // plan.polls
  HRESULT result = VSS_S_ASYNC_PENDING;  // what QueryStatus says
  // Runs once, when it ends, with VSS_S_ASYNC_FINISHED, VSS_S_ASYNC_CANCELLED or the ordered failure; does to session and
  // writers what that end means, and gives the final result.
  std::function<HRESULT(HRESULT result)> atEnd;
  std::condition_variable changed;

  bool cancellable = true;  // a revert is not

  bool pending() const { return result == VSS_S_ASYNC_PENDING; }
};

// How far a backup or a restore has come.
enum class Phase : std::uint8_t {
  open, preparing, prepared, snapshotting, snapshotDone, snapshotFailed, completing, completed, aborted,
  preRestoring, preRestored, postRestoring, restored
};
enum class Kind : std::uint8_t { uninitialized, backup, restore };
enum class Metadata : std::uint8_t { none, pending, gathered, freed, lost };  // lost: cancelled or failed; it cannot be repeated
enum class Slot : std::uint8_t { none, held, refused };                      // of the writers' sessions

// Whom a requester wants to hear. The first EnableWriterClasses turns "all but" into "only" (its page, Remarks).
struct WriterSelection {
  bool onlyListed = false;
  std::vector<Guid> classes;            // off; or on, where only those are
  std::vector<Guid> instancesOff;
  bool has(const Writer& writer) const;
};

// The state of one IVssBackupComponents. It outlives the object while an operation of it runs.
struct Session {
  Guid id;
  Kind kind = Kind::uninitialized;
  bool contextSet = false, contextRefusedLater = false;
  LONG context = VSS_CTX_BACKUP;
  bool backupStateSet = false;
  Metadata metadata = Metadata::none;
  std::shared_ptr<Operation> metadataGather;   // while pending
  WriterList identified;                       // who answered Identify
  std::shared_ptr<Operation> statusGather;     // while pending; the record is that of the gather that stands here
  std::optional<std::vector<WriterStatus>> record;  // of the last gather that finished
  bool recordFreed = false;
  WriterSelection selection;                   // Disable- and EnableWriterClasses, DisableWriterInstances
  Phase phase = Phase::open;
  std::shared_ptr<Operation> operation;        // PrepareForBackup … PostRestore, while pending
  BackupDocument document;
  Guid setId;                                  // since StartSnapshotSet
  ShadowCopies set;                            // of it, until DoSnapshotSet has made them
  bool snapshotMade = false;                   // DoSnapshotSet has finished
  SavedSet savedSet;                           // that the document has which the object was initialised with
  std::shared_ptr<Operation> importing, recovering;  // while pending
  bool imported = false;
  std::vector<Guid> recoverySet;
  bool participated = false;                   // its writers got events of a backup or a restore
  Vetoes vetoes;
  bool vetoedAtPrepareSnapshot = false;
  Slot slot = Slot::none;
  bool released = false;                       // the object is gone; an operation of it may run still

  // Before GatherWriterMetadata has finished nobody is known to this object by name.
  bool writersKnown() const { return metadata == Metadata::gathered || metadata == Metadata::freed; }
  bool withoutWriters() const { return hasBit(context, VSS_VOLSNAP_ATTR_NO_WRITERS); }
  bool setStarted() const { return !(setId == Guid()); }
};

// The system. Made by Service; every object and IVssAsync shares it.
struct Machine {
  Machine(Scenario scenario, std::shared_ptr<Clock> clock);
  Machine(const Machine&) = delete;
  ~Machine();

  // The scenario's failure for this call, or S_OK. Counts the call.
  HRESULT ordered(Method method);
  // VSS_E_UNEXPECTED becomes what this system has instead.
  HRESULT onThisSystem(HRESULT result) const { return result == VSS_E_UNEXPECTED ? scenario.os->unexpected : result; }

  // The plan of the next operation of this starter: without its result where that is for another start. Counts the start.
  OperationPlan nextPlan(Method starter, OperationPlan plan);
  // Begins an operation; the caller sets its atEnd before it lets go of the lock.
  std::shared_ptr<Operation> start(const OperationPlan& plan);
  // Ends every operation whose time has come, in the order of their times: a record is of the moment when its gather was due,
  // not of the moment when somebody looked.
  void settleDue();
  // Ends an operation that is pending; wakes who waits for it. Where memory runs out its result is E_OUTOFMEMORY.
  void end(const std::shared_ptr<Operation>& operation, HRESULT result);
  // As its plan says: finished or failed.
  void endAsPlanned(const std::shared_ptr<Operation>& operation);

  const Scenario scenario;
  const std::shared_ptr<Clock> clock;
  std::mutex mutex;
  Writers writers;
  std::uint32_t openSessions = 0;   // of the writers, see Limits in scenario.capnp
  ShadowCopies shadowCopies;
  const Session* creating = nullptr;  // stands between StartSnapshotSet and the end of DoSnapshotSet: one at a time
  std::uint32_t shadowCopiesMade = 0;
  std::map<std::size_t, std::shared_ptr<Operation>> reverts;  // by volume, the last one
  const Session* resynchronizing = nullptr;                   // RecoverSet runs

  // An id that nobody has yet; the same in every run.
  Guid freshId();

 private:
  std::uint32_t idsMade = 0;
  std::map<Method, std::uint32_t> starts;
  std::vector<std::uint32_t> callCounts;  // by row of scenario.calls
  std::list<std::shared_ptr<Operation>> running;
};

}  // namespace vss::model
