// `shadowtape redact`.
#pragma once
#include <iosfwd>
#include <optional>
#include <string>

#include "redact/pseudonyms.h"
#include "traces/trace_reader.h"

namespace vss::redact {

struct RedactCommand {
  std::string trace, output;
  std::optional<std::string> key, newKey;  // files; none: a key that is thrown away
};
// 0: redacted, and proved; 1: an original is left in the result, which is then removed; 2 is a TraceError.
int runRedact(const RedactCommand& command, std::ostream& out, std::ostream& err);

// Writes the trace again with pseudonyms. Throws TraceError as copyTrace() does.
void redactTrace(TraceReader& from, const std::filesystem::path& to, const Pseudonyms& pseudonyms);

// The key for a trace that is served: what its header says is held against it. nullopt: no file is given. Throws TraceError: the file is no key, the trace is
// redacted by another or not at all.
std::optional<Key> keyFor(const TraceHeader& header, const std::optional<std::string>& file);

}  // namespace vss::redact
