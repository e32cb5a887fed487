#include "events.h"

#include <algorithm>

namespace vss::model {
namespace {

const Choices& choicesOf(const Machine& machine) { return machine.scenario.choices; }

WriterList listed(const Machine& machine, const Session& session) {
  return session.writersKnown() ? session.identified : machine.writers.running();
}

// Who gets the events after PrepareBackup: in component mode a writer without selected components gets none (Overview of
// Pre-Backup Tasks), and AddComponent is not modelled yet, so nobody has one.
WriterList participants(const Machine& machine, const Session& session) {
  return session.selectComponents ? WriterList() : listed(machine, session);
}

void eventHappened(const Machine& machine, Session& session) {
  if (choicesOf(machine).recordAfterEvent == RecordAfterEvent::dropped) session.record.reset();
}

void openSlot(Machine& machine, Session& session) {
  if (session.slot == Slot::held) return;
  bool full = machine.scenario.writerSessions && machine.openSessions >= *machine.scenario.writerSessions;
  session.slot = full ? Slot::refused : Slot::held;
  if (!full) ++machine.openSessions;
}

void closeSlot(Machine& machine, Session& session) {
  if (session.slot == Slot::held) --machine.openSessions;
  session.slot = Slot::none;
}

void abortEvent(Machine& machine, Session& session) {
  session.phase = Phase::aborted;
  if (session.participated) {
    machine.writers.abort(participants(machine, session));
    eventHappened(machine, session);
  }
  closeSlot(machine, session);
}

}  // namespace

void operationStarted(Session& session, Method method) {
  if (method == Method::gatherWriterMetadata) session.metadata = Metadata::pending;
  if (method == Method::prepareForBackup) session.phase = Phase::preparing;
  if (method == Method::backupComplete) session.phase = Phase::completing;
}

HRESULT metadataGathered(Machine& machine, Session& session, HRESULT result) {
  session.metadata = Metadata::lost;
  if (result != VSS_S_ASYNC_FINISHED) return result;
  session.identified = machine.writers.identify();
  session.metadata = Metadata::gathered;
  return result;
}

// The record is of this moment, the end of the gather; what happens to the writers later does not reach it.
HRESULT statusGathered(Machine& machine, Session& session, HRESULT result) {
  const Choices& choices = choicesOf(machine);
  if (result != VSS_S_ASYNC_FINISHED) {
    bool keeps = result == VSS_S_ASYNC_CANCELLED ? choices.recordAfterCancelledGather == RecordAfterCancelledGather::previous
                                                 : choices.recordAfterFailedGather == RecordAfterFailedGather::previous;
    if (!keeps) {
      session.record.reset();
      session.recordFreed = false;
    }
    return result;
  }
  session.record.reset();
  WriterList list = listed(machine, session);
  if (!session.writersKnown() && choices.writersWithoutMetadata == WritersWithoutMetadata::none) list.clear();
  if (choices.statusOrder == StatusOrder::reversed) std::reverse(list.begin(), list.end());
  std::vector<WriterStatus> record;
  for (std::size_t writer : list)
    record.push_back(machine.writers.status(writer, session.writersKnown(), session.slot != Slot::refused));
  session.record = std::move(record);
  session.recordFreed = false;
  if (session.phase == Phase::completed) closeSlot(machine, session);  // KB 978773: this gather closes the writers' session
  return result;
}

HRESULT prepared(Machine& machine, Session& session, HRESULT result) {
  session.phase = Phase::open;
  if (result != VSS_S_ASYNC_FINISHED) return result;
  session.participated = true;
  openSlot(machine, session);
  bool moves = !session.selectComponents || choicesOf(machine).leftOutWriterState == LeftOutWriterState::stable;
  bool vetoed = machine.writers.deliver(Event::prepareBackup, listed(machine, session), moves);
  eventHappened(machine, session);
  if (vetoed && choicesOf(machine).prepareAfterVeto == PrepareAfterVeto::unexpected) return machine.onThisSystem(VSS_E_UNEXPECTED);
  session.phase = Phase::prepared;
  return result;
}

HRESULT completed(Machine& machine, Session& session, HRESULT result) {
  session.phase = Phase::prepared;
  if (result == VSS_S_ASYNC_CANCELLED) abortEvent(machine, session);  // an allowed way to abort (BackupComplete, Remarks)
  if (result != VSS_S_ASYNC_FINISHED) return result;
  session.phase = Phase::completed;
  bool vetoed = machine.writers.deliver(Event::backupComplete, participants(machine, session));
  eventHappened(machine, session);
  if (!machine.scenario.os->gatherClosesSession && choicesOf(machine).sessionClosedBy == SessionClosedBy::backupComplete)
    closeSlot(machine, session);
  return vetoed && choicesOf(machine).completeAfterVeto == CompleteAfterVeto::unexpectedWriterError ? VSS_E_UNEXPECTED_WRITER_ERROR : result;
}

void backupAborted(Machine& machine, Session& session) {
  bool begun = session.phase != Phase::open || session.participated;  // a veto may have ended PrepareForBackup in an error
  if (session.kind != Kind::backup || !begun || session.phase == Phase::completed || session.phase == Phase::aborted)
    return;  // nothing is under way: ignored
  if (auto running = session.backupOperation) machine.end(running, VSS_S_ASYNC_CANCELLED);
  if (session.phase != Phase::aborted) abortEvent(machine, session);
}

// BackupShutdown comes whenever a backup object goes, with or without BackupComplete (Handling BackupShutdown Events).
void objectReleased(Machine& machine, Session& session) {
  if (choicesOf(machine).releaseOfParent == ReleaseOfParent::cancels)
    for (auto operation : {session.metadataGather, session.statusGather, session.backupOperation})
      if (operation) machine.end(operation, VSS_S_ASYNC_CANCELLED);
  if (session.kind != Kind::backup) return;
  if (session.phase == Phase::aborted && choicesOf(machine).shutdownAfterAbort == ShutdownAfterAbort::notSent) return;
  machine.writers.deliver(Event::backupShutdown, session.participated ? participants(machine, session) : listed(machine, session),
                          session.participated);
}

}  // namespace vss::model
