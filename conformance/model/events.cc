#include "events.h"

#include <algorithm>
#include <array>
#include <utility>

#include "writer_notes.h"

namespace vss::model {
namespace {

const Choices& choicesOf(const Machine& machine) { return machine.scenario.choices; }

WriterList writersListed(const Machine& machine, const Session& session) {
  WriterList list = session.writersKnown() ? session.identified : machine.writers.running();
  std::erase_if(list, [&](std::size_t writer) { return !session.selection.has(machine.scenario.writers[writer]); });
  return list;
}

// In component mode a writer without selected components gets no event after PrepareBackup (Overview of Pre-Backup Tasks), and a
// writer without a component selected for restore none at all (PreRestore).
bool takesPart(const Session& session, const Writer& writer) {
  if (session.kind != Kind::restore && !session.document.selectComponents) return true;
  for (const auto& chosen : session.document.components)
    if (concerns(session, chosen, writer)) return true;
  return false;
}

WriterList participants(const Machine& machine, const Session& session) {
  WriterList list = writersListed(machine, session);
  std::erase_if(list, [&](std::size_t writer) { return !takesPart(session, machine.scenario.writers[writer]); });
  return list;
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

void sendAbort(Machine& machine, Session& session) {
  if (!session.participated) return;
  machine.writers.abort(writersListed(machine, session));  // all of them got PrepareBackup, and may have failed it
  eventHappened(machine, session);
}

void letGoOfCreation(Machine& machine, const Session& session) {
  if (machine.creating == &session) machine.creating = nullptr;
}

void abortBackup(Machine& machine, Session& session) {
  session.phase = Phase::aborted;
  letGoOfCreation(machine, session);
  closeSlot(machine, session);
  if (!session.snapshotMade) sendAbort(machine, session);  // once PostSnapshot was handled there is no Abort any more (CVssWriter::OnAbort)
}

constexpr Event kSnapshotEvents[] = {Event::freeze, Event::thaw, Event::postSnapshot};
using NotedAtSnapshot = std::array<BackupDocument, std::size(kSnapshotEvents)>;  // the document after each of them

// True: a writer failed. Who fails Freeze or Thaw ends the part of them all with an Abort: none gets
// an event of this backup any more but BackupShutdown (CVssWriter::OnAbort).
bool sendSnapshotEvents(Machine& machine, Session& session, const WriterList& to, NotedAtSnapshot& documents) noexcept {
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const Event event = kSnapshotEvents[i];
    session.document = std::move(documents[i]);
    if (!machine.writers.deliver(event, to, session.vetoes)) continue;
    if (event == Event::postSnapshot) return true;
    machine.writers.abort(to);
    for (std::size_t writer : to) session.vetoes[writer] = true;
    return true;
  }
  return false;
}

// BackupShutdown comes whenever a backup object goes, with or without BackupComplete (Handling BackupShutdown Events), and what is
// not persistent goes with it.
void endOfBackup(Machine& machine, Session& session) {
  letGoOfCreation(machine, session);
  if (!hasBit(session.context, VSS_VOLSNAP_ATTR_NO_AUTO_RELEASE) && session.setStarted())
    std::erase_if(machine.shadowCopies, [&](const ShadowCopy& copy) { return copy.setId == session.setId; });
  if (session.phase == Phase::aborted && choicesOf(machine).shutdownAfterAbort == ShutdownAfterAbort::notSent) return;
  machine.writers.deliver(Event::backupShutdown, session.participated ? participants(machine, session) : writersListed(machine, session),
                          session.vetoes, session.participated);
}

// What the end of DoSnapshotSet's operation means. A set of which one shadow copy fails has none (DoSnapshotSet, Remarks).
HRESULT makeSet(Machine& machine, Session& session, HRESULT result) {
  const bool goesOn = choicesOf(machine).snapshotAfterVeto == SnapshotAfterVeto::finished;
  ShadowCopies copies = std::exchange(session.set, {});
  WriterList to = session.withoutWriters() ? WriterList() : participants(machine, session);
  NotedAtSnapshot documents;
  for (std::size_t i = 0; i < documents.size(); ++i)
    documents[i] = noted(machine, session, i ? documents[i - 1] : session.document, kSnapshotEvents[i], to);
  machine.shadowCopies.reserve(machine.shadowCopies.size() + copies.size());  // from here on nothing runs out of memory
  if (result == VSS_S_ASYNC_FINISHED && session.vetoedAtPrepareSnapshot && !goesOn) result = machine.onThisSystem(VSS_E_UNEXPECTED);
  if (result != VSS_S_ASYNC_FINISHED) machine.writers.abort(to);
  else if (sendSnapshotEvents(machine, session, to, documents) && !goesOn) result = machine.onThisSystem(VSS_E_UNEXPECTED);
  if (!session.withoutWriters()) eventHappened(machine, session);
  if (result != VSS_S_ASYNC_FINISHED) {
    session.setId = {};
    return result;
  }
  constexpr VSS_TIMESTAMP newYear2026 = 134'116'992'000'000'000, second = 10'000'000;  // the same in every run
  for (ShadowCopy& copy : copies) {
    copy.number = ++machine.shadowCopiesMade;
    copy.ofSet = static_cast<LONG>(copies.size());
    copy.made = newYear2026 + copy.number * second;
    machine.shadowCopies.push_back(copy);
  }
  session.snapshotMade = true;
  session.phase = Phase::snapshotDone;
  return result;
}

// The writers prepare at the start and wait for Freeze while the operation runs.
void snapshotBegun(Machine& machine, Session& session) {
  WriterList to = session.withoutWriters() ? WriterList() : participants(machine, session);
  BackupDocument document = noted(machine, session, session.document, Event::prepareSnapshot, to);  // memory runs out here or not at all
  session.phase = Phase::snapshotting;
  if (session.withoutWriters()) return;
  session.document = std::move(document);
  session.participated = true;
  openSlot(machine, session);
  session.vetoedAtPrepareSnapshot = machine.writers.deliver(Event::prepareSnapshot, to, session.vetoes);
  eventHappened(machine, session);
}

}  // namespace

void operationStarted(Machine& machine, Session& session, Method method) {
  switch (method) {
    case Method::gatherWriterMetadata: session.metadata = Metadata::pending; break;
    case Method::prepareForBackup: session.phase = Phase::preparing; break;
    case Method::doSnapshotSet: snapshotBegun(machine, session); break;
    case Method::backupComplete: session.phase = Phase::completing; break;
    case Method::preRestore: session.phase = Phase::preRestoring; break;
    case Method::postRestore: session.phase = Phase::postRestoring; break;
    default: break;
  }
}

HRESULT metadataGathered(Machine& machine, Session& session, HRESULT result) {
  session.metadata = Metadata::lost;
  if (result != VSS_S_ASYNC_FINISHED) return result;
  session.identified = machine.writers.identify();
  std::erase_if(session.identified, [&](std::size_t writer) { return !session.selection.has(machine.scenario.writers[writer]); });
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
  WriterList list = writersListed(machine, session);
  if (!session.writersKnown() && choices.writersWithoutMetadata == WritersWithoutMetadata::none) list.clear();
  if (choices.statusOrder == StatusOrder::reversed) std::reverse(list.begin(), list.end());
  std::vector<WriterStatus> record;
  for (std::size_t writer : list)
    record.push_back(machine.writers.status(writer, session.writersKnown(), session.slot != Slot::refused));
  session.record = std::move(record);
  session.recordFreed = false;
  if (session.phase == Phase::completed || session.phase == Phase::restored) closeSlot(machine, session);  // KB 978773
  return result;
}

HRESULT prepared(Machine& machine, Session& session, HRESULT result) {
  session.phase = Phase::open;
  if (result != VSS_S_ASYNC_FINISHED) return result;
  WriterList to = writersListed(machine, session);
  session.vetoes.assign(session.vetoes.size(), false);
  session.document = noted(machine, session, session.document, Event::prepareBackup, to);
  session.participated = true;
  openSlot(machine, session);
  bool all = choicesOf(machine).leftOutWriterState == LeftOutWriterState::stable, vetoed = false;
  for (std::size_t writer : to)
    vetoed |= machine.writers.deliver(Event::prepareBackup, {&writer, 1}, session.vetoes, all || takesPart(session, machine.scenario.writers[writer]));
  eventHappened(machine, session);
  if (vetoed && choicesOf(machine).prepareAfterVeto == PrepareAfterVeto::unexpected) return machine.onThisSystem(VSS_E_UNEXPECTED);
  session.phase = Phase::prepared;
  return result;
}

HRESULT snapshotTaken(Machine& machine, Session& session, HRESULT result) {
  session.phase = Phase::snapshotFailed;
  letGoOfCreation(machine, session);
  result = makeSet(machine, session, result);
  if (session.released) endOfBackup(machine, session);
  return result;
}

HRESULT completed(Machine& machine, Session& session, HRESULT result) {
  if (result == VSS_S_ASYNC_CANCELLED) abortBackup(machine, session);  // an allowed way to abort (BackupComplete, Remarks)
  else session.phase = session.snapshotMade ? Phase::snapshotDone : Phase::prepared;
  if (result != VSS_S_ASYNC_FINISHED) return result;
  WriterList to = participants(machine, session);
  session.document = noted(machine, session, session.document, Event::backupComplete, to);
  session.phase = Phase::completed;
  bool vetoed = machine.writers.deliver(Event::backupComplete, to, session.vetoes);
  eventHappened(machine, session);
  if (!machine.scenario.os->gatherClosesSession && choicesOf(machine).sessionClosedBy == SessionClosedBy::backupComplete)
    closeSlot(machine, session);
  return vetoed && choicesOf(machine).completeAfterVeto == CompleteAfterVeto::unexpectedWriterError ? VSS_E_UNEXPECTED_WRITER_ERROR : result;
}

namespace {
// Moves a restore on from `before` to `after` by an event; in an error it stays where it was.
HRESULT restored(Machine& machine, Session& session, HRESULT result, Event event, Phase before, Phase after) {
  session.phase = before;
  if (result != VSS_S_ASYNC_FINISHED) return result;
  WriterList to = participants(machine, session);
  session.document = noted(machine, session, session.document, event, to);
  session.participated = true;
  openSlot(machine, session);
  bool vetoed = machine.writers.deliver(event, to, session.vetoes);
  eventHappened(machine, session);
  if (vetoed && choicesOf(machine).restoreAfterVeto == RestoreAfterVeto::unexpected) return machine.onThisSystem(VSS_E_UNEXPECTED);
  session.phase = after;
  return result;
}
}  // namespace

HRESULT preRestored(Machine& machine, Session& session, HRESULT result) {
  session.vetoes.assign(session.vetoes.size(), false);
  return restored(machine, session, result, Event::preRestore, Phase::open, Phase::preRestored);
}

HRESULT postRestored(Machine& machine, Session& session, HRESULT result) {
  return restored(machine, session, result, Event::postRestore, Phase::preRestored, Phase::restored);
}

void backupAborted(Machine& machine, Session& session) {
  bool begun = session.phase != Phase::open || session.participated || session.setStarted();
  if (session.kind != Kind::backup || !begun || session.phase == Phase::completed || session.phase == Phase::aborted)
    return;  // nothing is under way: ignored
  if (auto running = session.operation) machine.end(running, VSS_S_ASYNC_CANCELLED);
  if (session.phase != Phase::aborted) abortBackup(machine, session);
}

void objectReleased(Machine& machine, Session& session) {
  session.released = true;
  if (choicesOf(machine).releaseOfParent == ReleaseOfParent::cancels)
    for (auto operation : {session.metadataGather, session.statusGather, session.operation})
      if (operation) machine.end(operation, VSS_S_ASYNC_CANCELLED);
  if (session.kind != Kind::backup || session.phase == Phase::snapshotting) return;  // snapshotTaken will see to it
  endOfBackup(machine, session);
}

}  // namespace vss::model
