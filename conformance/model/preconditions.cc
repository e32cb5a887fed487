#include "preconditions.h"

namespace vss::model {
namespace {

HRESULT okIf(bool allowed) { return allowed ? S_OK : VSS_E_BAD_STATE; }
bool unused(const Session& session) { return session.kind == Kind::uninitialized; }

// The five status methods share these two: not initialised; in a restore.
bool statusRefused(const Session& session, const Choices& choices) {
  return unused(session) || (session.kind == Kind::restore && choices.statusInRestore == StatusInRestore::badState);
}

// An object serves one backup (Overview of Backup Initialization).
bool over(const Session& session) { return session.phase == Phase::completed || session.phase == Phase::aborted; }

bool beforeSnapshot(const Session& session) {
  return session.kind == Kind::backup &&
         (session.phase == Phase::open || session.phase == Phase::preparing || session.phase == Phase::prepared);
}

}  // namespace

HRESULT mayInitialize(const Session& session) { return okIf(unused(session)); }

HRESULT maySetContext(const Session& session, const Scenario& scenario) {
  if (!scenario.os->setContext) return E_NOTIMPL;
  if (session.contextSet || session.kind == Kind::restore || session.phase != Phase::open || session.setStarted()) return VSS_E_BAD_STATE;
  return okIf(!unused(session) || scenario.choices.setContextBeforeInitialize == SetContextBeforeInitialize::ok);
}

HRESULT maySetBackupState(const Session& session, const Choices& choices) {
  if (unused(session) || session.phase != Phase::open) return VSS_E_BAD_STATE;
  if (session.kind == Kind::restore && choices.setBackupStateInRestore == SetBackupStateInRestore::badState) return VSS_E_BAD_STATE;
  return okIf(!session.backupStateSet || choices.setBackupStateTwice == SetBackupStateTwice::ok);
}

HRESULT mayGetSessionId(const Session& session, const Choices& choices) {
  return okIf(!unused(session) || choices.sessionIdBeforeInitialize == SessionIdBeforeInitialize::ok);
}

// Once per object, whatever became of it.
HRESULT mayGatherMetadata(const Session& session) {
  return okIf(!unused(session) && session.metadata == Metadata::none && !over(session));
}

HRESULT mayReadMetadata(const Session& session) { return okIf(!unused(session) && session.metadata == Metadata::gathered); }

HRESULT mayFreeMetadata(const Session& session, const Choices& choices) {
  if (unused(session)) return VSS_E_BAD_STATE;
  switch (session.metadata) {
    case Metadata::none:
    case Metadata::pending: return okIf(choices.freeMetadataTooEarly == FreeMetadataTooEarly::ok);
    case Metadata::gathered: return S_OK;
    case Metadata::freed:
    case Metadata::lost: break;
  }
  return VSS_E_BAD_STATE;
}

HRESULT mayGatherStatus(const Session& session, const Choices& choices) {
  if (statusRefused(session, choices)) return VSS_E_BAD_STATE;
  if (session.withoutWriters() && choices.gatherWithoutWriters == GatherWithoutWriters::badState) return VSS_E_BAD_STATE;
  if (session.statusGather && choices.gatherWhilePending == GatherWhilePending::badState) return VSS_E_BAD_STATE;
  switch (session.metadata) {
    case Metadata::gathered: return S_OK;
    case Metadata::freed: return okIf(choices.gatherAfterFreeMetadata == GatherAfterFreeMetadata::ok);
    case Metadata::pending: return okIf(choices.gatherDuringMetadata == GatherDuringMetadata::ok);
    case Metadata::none:
    case Metadata::lost: break;
  }
  return okIf(session.kind == Kind::backup ? choices.gatherBeforeMetadata == GatherBeforeMetadata::ok
                                           : choices.gatherBeforeMetadataInRestore == GatherBeforeMetadataInRestore::ok);
}

HRESULT mayReadStatus(const Session& session, const Choices& choices) {
  return okIf(!statusRefused(session, choices) && !session.statusGather && session.record);
}

HRESULT mayFreeStatus(const Session& session, const Choices& choices) {
  if (statusRefused(session, choices)) return VSS_E_BAD_STATE;
  if (session.statusGather) return okIf(choices.freeWhilePending == FreeWhilePending::ok);
  if (session.record) return S_OK;
  return okIf(session.recordFreed ? choices.freeTwice == FreeTwice::ok : choices.freeBeforeGather == FreeBeforeGather::ok);
}

HRESULT maySelectWriters(const Session& session, const Choices& choices) {
  if (unused(session)) return VSS_E_BAD_STATE;
  if (session.kind == Kind::restore && choices.writerSelectionInRestore == WriterSelectionInRestore::badState) return VSS_E_BAD_STATE;
  return okIf(session.metadata == Metadata::none || choices.lateWriterSelection == LateWriterSelection::ok);
}

HRESULT mayAddComponent(const Session& session, const Choices& choices) {
  if (!beforeSnapshot(session) || session.withoutWriters() || !session.writersKnown()) return VSS_E_BAD_STATE;
  return okIf(!session.setStarted() || choices.addComponentAfterStart == AddComponentAfterStart::ok);
}

HRESULT mayStartSet(const Session& session, const Choices& choices) {
  if (session.contextRefusedLater) return VSS_E_UNSUPPORTED_CONTEXT;
  if (!beforeSnapshot(session) || session.phase == Phase::preparing) return VSS_E_BAD_STATE;
  if (session.setStarted()) return choices.startTwice == StartTwice::badState ? VSS_E_BAD_STATE : VSS_E_SNAPSHOT_SET_IN_PROGRESS;
  bool all = session.context == static_cast<LONG>(VSS_CTX_ALL);
  return all && choices.startInContextAll == StartInContextAll::unexpected ? VSS_E_UNEXPECTED : okIf(!all);
}

HRESULT mayAddToSet(const Session& session, const Choices&) { return okIf(beforeSnapshot(session) && session.setStarted()); }

// SetBackupState and StartSnapshotSet come first, in a context with writers; once.
HRESULT mayPrepare(const Session& session, const Choices& choices) {
  bool ready = session.kind == Kind::backup && session.phase == Phase::open && session.backupStateSet && !session.withoutWriters();
  return okIf(ready && (session.setStarted() || choices.prepareWithoutSet == PrepareWithoutSet::ok));
}

HRESULT maySnapshot(const Session& session, const Choices& choices) {
  if (!beforeSnapshot(session) || !session.setStarted() || session.phase == Phase::preparing) return VSS_E_BAD_STATE;
  if (session.set.empty() && choices.emptySet == EmptySet::badState) return VSS_E_BAD_STATE;
  if (session.withoutWriters()) return S_OK;
  return okIf(session.writersKnown() &&
              (session.phase == Phase::prepared || choices.snapshotWithoutPrepare == SnapshotWithoutPrepare::ok));
}

HRESULT maySetBackupSucceeded(const Session& session, const Choices&) { return okIf(session.phase == Phase::snapshotDone); }

// Not after a failed DoSnapshotSet, and not in a context without writers.
HRESULT mayComplete(const Session& session, const Choices& choices) {
  bool withoutSet = session.phase == Phase::prepared && choices.completeWithoutSet == CompleteWithoutSet::ok;
  return okIf(!session.withoutWriters() && (session.phase == Phase::snapshotDone || withoutSet));
}

// Ignored where nothing is under way.
HRESULT mayAbort(const Session& session, const Choices& choices) {
  if (session.kind == Kind::restore) return okIf(choices.abortInRestore == AbortInRestore::ok);
  return okIf(!unused(session));
}

HRESULT mayReadComponents(const Session& session, const Choices& choices) {
  if (session.kind == Kind::restore) return okIf(choices.componentsInRestore == ComponentsInRestore::ok);
  return okIf(!unused(session));
}

// Before PrepareForBackup, which shows the document to the writers.
HRESULT maySayForBackup(const Session& session, const Choices&) { return okIf(session.kind == Kind::backup && session.phase == Phase::open); }

// Never before PrepareForBackup, which makes the document complete.
HRESULT maySave(const Session& session, const Choices& choices) {
  if (session.kind == Kind::restore) return okIf(choices.saveInRestore == SaveInRestore::ok);
  bool early = session.phase == Phase::open || session.phase == Phase::preparing;
  return okIf(!unused(session) && (!early || choices.saveBeforePrepare == SaveBeforePrepare::ok));
}

HRESULT maySetRestoreState(const Session& session, const Choices&) {
  return okIf(session.kind == Kind::restore && session.phase == Phase::open);
}

// Which writers run is known from GatherWriterMetadata on; PreRestore needs it too (Overview of Restore Initialization).
HRESULT maySelectForRestore(const Session& session, const Choices& choices) {
  return session.writersKnown() ? maySetRestoreState(session, choices) : VSS_E_BAD_STATE;
}
HRESULT mayPreRestore(const Session& session, const Choices& choices) { return maySelectForRestore(session, choices); }

HRESULT mayFinishRestore(const Session& session, const Choices&) { return okIf(session.phase == Phase::preRestored); }

// From InitializeForRestore to PostRestore, but not while an event is under way.
HRESULT maySayDuringRestore(const Session& session, const Choices&) {
  return okIf(session.kind == Kind::restore && (session.phase == Phase::open || session.phase == Phase::preRestored));
}

HRESULT maySetAdditionalRestores(const Session& session, const Choices& choices) {
  return choices.additionalRestoresAfterPreRestore == AdditionalRestoresAfterPreRestore::ok ? maySayDuringRestore(session, choices)
                                                                                            : maySetRestoreState(session, choices);
}

HRESULT maySetForRestore(const Session& session, const Choices& choices) {
  return choices.restoreSettingsAfterPreRestore == RestoreSettingsAfterPreRestore::ok ? maySayDuringRestore(session, choices)
                                                                                      : maySetRestoreState(session, choices);
}

// Which file sets there are is known from GatherWriterMetadata on.
HRESULT mayAddMapping(const Session& session, const Choices& choices) {
  if (session.phase == Phase::open && choices.mappingBeforePreRestore == MappingBeforePreRestore::badState) return VSS_E_BAD_STATE;
  return session.writersKnown() ? maySayDuringRestore(session, choices) : VSS_E_BAD_STATE;
}

HRESULT mayAskAboutVolumes(const Session& session, const Choices& choices) {
  if (session.kind == Kind::restore) return okIf(choices.queriesInRestore == QueriesInRestore::ok);
  return okIf(!unused(session));
}

HRESULT mayDeleteSnapshots(const Session& session, const Choices& choices) {
  if (!unused(session)) return S_OK;
  return choices.deleteBeforeInitialize == DeleteBeforeInitialize::badState ? VSS_E_BAD_STATE : VSS_E_OBJECT_NOT_FOUND;
}

}  // namespace vss::model
