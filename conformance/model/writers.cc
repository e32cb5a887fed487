#include "writers.h"

namespace vss::model {
namespace {

bool isFailed(VSS_WRITER_STATE state) { return state >= VSS_WS_FAILED_AT_IDENTIFY; }
bool isWaiting(VSS_WRITER_STATE state) { return state >= VSS_WS_WAITING_FOR_FREEZE && state <= VSS_WS_WAITING_FOR_BACKUP_COMPLETE; }

VSS_WRITER_STATE failedAt(Event event) {
  switch (event) {
    case Event::identify: return VSS_WS_FAILED_AT_IDENTIFY;
    case Event::prepareBackup: return VSS_WS_FAILED_AT_PREPARE_BACKUP;
    case Event::backupComplete: return VSS_WS_FAILED_AT_BACKUP_COMPLETE;
    case Event::backupShutdown: return VSS_WS_FAILED_AT_BACKUPSHUTDOWN;
  }
  return VSS_WS_UNKNOWN;
}

}  // namespace

Writers::Writers(const Scenario& scenario) : scenario(scenario) {
  for (const auto& writer : scenario.writers)
    writers.push_back({writer.state, writer.failure, writer.applicationFailure, writer.applicationMessage});
}

const EventFailure* Writers::failureAt(Event event, std::size_t writer) const {
  for (const auto& failure : scenario.writers[writer].failsAt)
    if (failure.event == event) return &failure;
  return nullptr;
}

WriterList Writers::identify() const {
  WriterList list;
  for (std::size_t i = 0; i < writers.size(); ++i)
    if (scenario.writers[i].runs != Runs::afterIdentify && !failureAt(Event::identify, i)) list.push_back(i);
  return list;
}

WriterList Writers::running() const {
  WriterList list;
  for (std::size_t i = 0; i < writers.size(); ++i)
    if (!failureAt(Event::identify, i)) list.push_back(i);
  return list;
}

// VSS_WRITER_STATE has no state of its own for what PrepareBackup, BackupComplete and BackupShutdown lead to: STABLE covers it.
void Writers::handledWell(Event event, Now& now) const {
  auto clearedBy = scenario.choices.failedStateClearedBy;
  bool clears = clearedBy == FailedStateClearedBy::anyEvent ||
                (clearedBy == FailedStateClearedBy::prepareBackup && event == Event::prepareBackup);
  bool failedBefore = isFailed(now.state) || now.failure != S_OK;
  if (clears || !failedBefore) now = {VSS_WS_STABLE, S_OK, S_OK, std::nullopt};
}

bool Writers::deliver(Event event, const WriterList& to, bool participated) {
  bool vetoed = false;
  for (std::size_t i : to) {
    const EventFailure* failure = failureAt(event, i);
    if (event == Event::backupComplete && scenario.choices.completeFailure == CompleteFailure::hidden && failure) {
      vetoed |= failure->fatal;
      continue;
    }
    if (!failure) {
      if (participated) handledWell(event, writers[i]);
      continue;
    }
    bool shownFailed = failure->fatal || scenario.choices.nonfatalState == NonfatalState::failed;
    writers[i] = {shownFailed ? failedAt(event) : VSS_WS_STABLE, failure->failure, failure->applicationFailure, failure->applicationMessage};
    vetoed |= failure->fatal;
  }
  return vetoed;
}

void Writers::abort(const WriterList& to) {
  for (std::size_t i : to) {
    Now& now = writers[i];
    if (scenario.choices.stateAfterAbort == StateAfterAbort::stable) now = {VSS_WS_STABLE, S_OK, S_OK, std::nullopt};
    else if (isWaiting(now.state)) now.state = VSS_WS_STABLE;
  }
}

WriterStatus Writers::status(std::size_t i, bool identified, bool hasSession) const {
  const Writer& writer = scenario.writers[i];
  const Now& now = writers[i];
  const Choices& choices = scenario.choices;
  WriterStatus row{writer.instanceId, writer.classId, writer.name, now.state, now.failure, now.applicationFailure, now.applicationMessage};
  if (!writer.responds || (identified && writer.runs == Runs::untilIdentify)) {
    row.state = choices.notRespondingState == NotRespondingState::unknown ? VSS_WS_UNKNOWN : VSS_WS_FAILED_AT_PREPARE_SNAPSHOT;
    row.failure = VSS_E_WRITER_NOT_RESPONDING;
    row.applicationFailure = S_OK;
    row.applicationMessage.reset();
  } else if (!hasSession) {
    if (choices.statusNotAvailableState == StatusNotAvailableState::unknown) row.state = VSS_WS_UNKNOWN;
    row.failure = VSS_E_WRITER_STATUS_NOT_AVAILABLE;
    row.applicationFailure = S_OK;
    row.applicationMessage.reset();
  }
  if (row.failure == VSS_E_WRITERERROR_RECOVERY_FAILED && choices.recoveryFailed == RecoveryFailed::nonRetryable)
    row.failure = VSS_E_WRITERERROR_NONRETRYABLE;
  return row;
}

}  // namespace vss::model
