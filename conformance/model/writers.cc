#include "writers.h"

namespace vss::model {
namespace {

bool isFailed(VSS_WRITER_STATE state) { return state >= VSS_WS_FAILED_AT_IDENTIFY; }
bool isWaiting(VSS_WRITER_STATE state) { return state >= VSS_WS_WAITING_FOR_FREEZE && state <= VSS_WS_WAITING_FOR_BACKUP_COMPLETE; }

VSS_WRITER_STATE failedAt(Event event) {
  switch (event) {
    case Event::identify: return VSS_WS_FAILED_AT_IDENTIFY;
    case Event::prepareBackup: return VSS_WS_FAILED_AT_PREPARE_BACKUP;
    case Event::prepareSnapshot: return VSS_WS_FAILED_AT_PREPARE_SNAPSHOT;
    case Event::freeze: return VSS_WS_FAILED_AT_FREEZE;
    case Event::thaw: return VSS_WS_FAILED_AT_THAW;
    case Event::postSnapshot: return VSS_WS_FAILED_AT_POST_SNAPSHOT;
    case Event::backupComplete: return VSS_WS_FAILED_AT_BACKUP_COMPLETE;
    case Event::backupShutdown: return VSS_WS_FAILED_AT_BACKUPSHUTDOWN;
    case Event::preRestore: return VSS_WS_FAILED_AT_PRE_RESTORE;
    case Event::postRestore: return VSS_WS_FAILED_AT_POST_RESTORE;
  }
  return VSS_WS_UNKNOWN;
}

// Where an event leads that was handled well. VSS_WRITER_STATE has no state of its own for what the others lead to.
VSS_WRITER_STATE reachedBy(Event event) {
  switch (event) {
    case Event::prepareSnapshot: return VSS_WS_WAITING_FOR_FREEZE;
    case Event::freeze: return VSS_WS_WAITING_FOR_THAW;
    case Event::thaw: return VSS_WS_WAITING_FOR_POST_SNAPSHOT;
    case Event::postSnapshot: return VSS_WS_WAITING_FOR_BACKUP_COMPLETE;
    default: return VSS_WS_STABLE;
  }
}

const MaybeText kNoMessage;

}  // namespace

Writers::Writers(const Scenario& scenario) : scenario(scenario) {
  for (const auto& writer : scenario.writers)
    writers.push_back({writer.state, writer.failure, writer.applicationFailure, &writer.applicationMessage});
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

void Writers::handledWell(Event event, Now& now) const {
  auto clearedBy = scenario.choices.failedStateClearedBy;
  bool clears = event == Event::prepareSnapshot || clearedBy == FailedStateClearedBy::anyEvent ||
                (clearedBy == FailedStateClearedBy::prepareBackup && event == Event::prepareBackup);
  if (clears || (!isFailed(now.state) && now.failure == S_OK)) now = {reachedBy(event), S_OK, S_OK, &kNoMessage};
  else if (!isFailed(now.state)) now.state = reachedBy(event);
}

bool Writers::deliver(Event event, std::span<const std::size_t> to, Vetoes& vetoes, bool participated) noexcept {
  bool vetoed = false;
  for (std::size_t i : to) {
    if (vetoes[i] && event != Event::backupShutdown) continue;
    const EventFailure* failure = failureAt(event, i);
    bool fatal = failure && failure->fatal;
    if (fatal) vetoed = vetoes[i] = true;
    if (failure && event == Event::backupComplete && scenario.choices.completeFailure == CompleteFailure::hidden) continue;
    if (failure) {
      bool shownFailed = fatal || scenario.choices.nonfatalState == NonfatalState::failed;
      writers[i] = {shownFailed ? failedAt(event) : reachedBy(event), failure->failure, failure->applicationFailure, &failure->applicationMessage};
    } else if (participated) {
      handledWell(event, writers[i]);
    }
  }
  return vetoed;
}

void Writers::abort(std::span<const std::size_t> to) noexcept {
  for (std::size_t i : to) {
    Now& now = writers[i];
    if (scenario.choices.stateAfterAbort == StateAfterAbort::stable) now = {VSS_WS_STABLE, S_OK, S_OK, &kNoMessage};
    else if (isWaiting(now.state)) now.state = VSS_WS_STABLE;
  }
}

WriterStatus Writers::status(std::size_t i, bool identified, bool hasSession) const {
  const Writer& writer = scenario.writers[i];
  const Now& now = writers[i];
  const Choices& choices = scenario.choices;
  WriterStatus row{writer.instanceId, writer.classId, writer.name, now.state, now.failure, now.applicationFailure, *now.applicationMessage};
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
