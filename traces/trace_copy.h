// A copy of a trace, which may be changed.
#pragma once
#include <filesystem>

#include "traces/trace_reader.h"
#include "traces/trace_writer.h"

namespace vss {

// Writes the notes that `from` gives (see TraceReader::only) into a new trace, with their times and threads; they are numbered anew, or with `change` keep
// their numbers and those of their threads. Objects keep theirs. Throws TraceError: `to` exists or cannot be written, or a call is of a method that this version describes otherwise.
void copyTrace(TraceReader& from, const std::filesystem::path& to, const TraceChange* change = nullptr);

}  // namespace vss
