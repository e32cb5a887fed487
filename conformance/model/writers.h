// The writers of a system as they are at this moment, and what moves them.
// Pages: VSS_WRITER_STATE; Overview of Processing a Backup Under VSS; Writer Errors and Vetoes.
#pragma once
#include <span>
#include <vector>

#include "scenario.h"

namespace vss::model {

// One row of what GatherWriterStatus brought in. A value.
struct WriterStatus {
  Guid instanceId, classId;
  MaybeText name;
  VSS_WRITER_STATE state = VSS_WS_UNKNOWN;
  HRESULT failure = S_OK;
  HRESULT applicationFailure = S_OK;
  MaybeText applicationMessage;
  bool operator==(const WriterStatus&) const = default;
};

using WriterList = std::vector<std::size_t>;  // places in Scenario::writers
using Vetoes = std::vector<bool>;             // by place: who failed an event of the operation under way, and so gets no more of them

// Lives in a Service and is guarded by its mutex. Borrows the scenario.
class Writers {
 public:
  explicit Writers(const Scenario& scenario);

  // Who answers Identify now: the list that an object keeps from its GatherWriterMetadata. Changes no state.
  WriterList identify() const;
  // Who is there for an object that never sent Identify.
  WriterList running() const;

  // Sends an event to the writers in the list; those that have vetoed get BackupShutdown alone. true: at least one failed fatally.
  // Where they did not take part, a writer that handles the event well stays as it is: it may be busy with somebody else's backup.
  bool deliver(Event event, std::span<const std::size_t> to, Vetoes& vetoes, bool participated = true) noexcept;
  // Sends Abort.
  void abort(std::span<const std::size_t> to) noexcept;

  // What the writer answers to a request for its status. `identified`: the asking object sent Identify to it earlier.
  // `hasSession`: the asking object's session found a free slot.
  WriterStatus status(std::size_t writer, bool identified, bool hasSession) const;

  // Each writer's state, failure and what its application said, to take(VSS_WRITER_STATE, HRESULT, HRESULT).
  template <class Take> void each(Take&& take) const {
    for (const Now& now : writers) take(now.state, now.failure, now.applicationFailure);
  }

 private:
  struct Now {
    VSS_WRITER_STATE state;
    HRESULT failure, applicationFailure;
    const MaybeText* applicationMessage;  // the scenario's
  };
  const EventFailure* failureAt(Event event, std::size_t writer) const;
  void handledWell(Event event, Now& now) const;

  const Scenario& scenario;
  std::vector<Now> writers;
};

}  // namespace vss::model
