// `shadowtape redact`.
#pragma once
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include "redact/pseudonyms.h"
#include "traces/trace_reader.h"
#include "traces/trace_writer.h"

namespace vss::redact {

struct RedactCommand {
  std::string trace, output;
  std::optional<std::string> key, newKey;  // files; none: a key that is thrown away
};
// 0: redacted, and proved; 1: an original is left in the result, which is then removed; 2 is a TraceError.
int runRedact(const RedactCommand& command, std::ostream& out, std::ostream& err);

// Writes the trace again with pseudonyms. Throws TraceError as copyTrace() does.
void redactTrace(TraceReader& from, const std::filesystem::path& to, const Pseudonyms& pseudonyms);

// The rule for whoever writes a trace. Any thread.
std::unique_ptr<TraceChange> redactionBy(const Pseudonyms& pseudonyms);

// How a recording is redacted while it is made: the options of `record`, `watch` and `status`.
struct RecordingKey {
  bool redact = false;
  std::optional<std::string> key, newKey;  // files; none: each recorded process makes a key and throws it away
  bool isKept() const { return key || newKey; }
  // Reads the key, or makes one, of which no file is written yet; nullopt: nothing is redacted. Throws TraceError.
  std::optional<Key> made() const;
  // Writes the new key, if one is asked for. Throws TraceError.
  void keep(const std::optional<Key>& made) const;
  // What the process that is recorded is told, which reads the key itself: the file's absolute path, or that it makes one; "": it does not redact.
  std::string forShim() const;
};
// By what forShim() says; nullptr: not at all. Throws TraceError: the key cannot be read.
std::unique_ptr<TraceChange> redactionOf(const std::string& forShim);

// The key for a trace that is served: what its header says is held against it. nullopt: no file is given. Throws TraceError: the file is no key, the trace is
// redacted by another or not at all.
std::optional<Key> keyFor(const TraceHeader& header, const std::optional<std::string>& file);

}  // namespace vss::redact
