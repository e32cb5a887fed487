// What writers write of their components into the Backup Components Document while they handle an event.
#pragma once
#include "machine.h"

namespace vss::model {

// Whether the component of the document is the writer's, and takes part. A document knows writers that restore by their class.
bool concerns(const Session& session, const ChosenComponent& chosen, const Writer& writer);

// The document as it is once the writers in the list have handled the event; who has vetoed gets no event. Throws bad_alloc.
BackupDocument noted(const Machine& machine, const Session& session, BackupDocument document, Event event, std::span<const std::size_t> to);

}  // namespace vss::model
