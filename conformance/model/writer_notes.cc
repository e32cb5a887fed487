#include "writer_notes.h"

#include <algorithm>

namespace vss::model {
namespace {

// Which part of the scenario's notes belongs to the event.
void take(WriterNotes& notes, const WriterNotes& offered, Event event) {
  switch (event) {
    case Event::prepareBackup:
      notes.backupMetadata = offered.backupMetadata;
      notes.prepareForBackupFailureMsg = offered.prepareForBackupFailureMsg;
      notes.partialFiles = offered.partialFiles;
      notes.differencedFiles = offered.differencedFiles;
      break;
    case Event::postSnapshot:
      notes.backupStamp = offered.backupStamp;
      notes.postSnapshotFailureMsg = offered.postSnapshotFailureMsg;
      break;
    case Event::preRestore:
      notes.restoreMetadata = offered.restoreMetadata;
      notes.preRestoreFailureMsg = offered.preRestoreFailureMsg;
      notes.restoreTarget = offered.restoreTarget;
      notes.directedTargets = offered.directedTargets;
      break;
    case Event::postRestore: notes.postRestoreFailureMsg = offered.postRestoreFailureMsg; break;
    default: break;
  }
}

bool reportsPartialFailure(const Writer& writer, Event event) {
  return std::any_of(writer.failsAt.begin(), writer.failsAt.end(), [&](const EventFailure& failure) {
    return failure.event == event && failure.failure == VSS_E_WRITERERROR_PARTIAL_FAILURE;
  });
}

// Which components it was, says the scenario; or it was the first.
void noteFailures(std::span<ChosenComponent* const> chosen, std::span<const OfferedComponent* const> offered) {
  bool said = false;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    WriterNotes& notes = chosen[i]->notes;
    notes.failure = offered[i]->notes.failure;
    notes.applicationFailure = offered[i]->notes.applicationFailure;
    notes.applicationMessage = offered[i]->notes.applicationMessage;
    said |= notes.failure != S_OK;
  }
  if (!said && !chosen.empty()) chosen.front()->notes.failure = VSS_E_WRITERERROR_NONRETRYABLE;
}

}  // namespace

bool concerns(const Session& session, const ChosenComponent& chosen, const Writer& writer) {
  if (!(chosen.classId == writer.classId)) return false;
  if (session.kind != Kind::restore) return chosen.instanceId == writer.instanceId;
  return chosen.selectedForRestore && (chosen.restoreInstanceId == Guid() || chosen.restoreInstanceId == writer.instanceId);
}

BackupDocument noted(const Machine& machine, const Session& session, BackupDocument document, Event event, std::span<const std::size_t> to) {
  for (std::size_t i : to) {
    if (session.vetoes[i]) continue;
    const Writer& writer = machine.scenario.writers[i];
    std::vector<ChosenComponent*> chosen;
    std::vector<const OfferedComponent*> offered;
    for (ChosenComponent& component : document.components) {
      auto own = std::find(writer.components.begin(), writer.components.end(), component.component);
      if (own == writer.components.end() || !concerns(session, component, writer)) continue;
      take(component.notes, own->notes, event);
      chosen.push_back(&component);
      offered.push_back(&*own);
    }
    if (reportsPartialFailure(writer, event)) noteFailures(chosen, offered);
  }
  return document;
}

}  // namespace vss::model
