// A changed copy of a trace.
#pragma once
#include <filesystem>

#include "traces/trace_reader.h"

namespace vss {

// Writes the notes that `from` gives (see TraceReader::only) into a new trace, with their times and threads; they are numbered anew. Objects keep
// their numbers. Throws TraceError: `to` exists or cannot be written, or a call is of a method that this version describes otherwise.
void copyTrace(TraceReader& from, const std::filesystem::path& to);

}  // namespace vss
