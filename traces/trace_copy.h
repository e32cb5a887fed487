// A changed copy of a trace.
#pragma once
#include <filesystem>

#include "traces/trace_reader.h"

namespace vss {

// What becomes of a trace on the way.
class TraceChange {
 public:
  virtual void header(TraceHeader& header) = 0;
  virtual std::string remark(RemarkKind kind, std::string_view text) = 0;
  // Of a value that has bytes; nullopt: it stays. param nullptr: the signature has none for it.
  virtual std::optional<std::string> value(const SignatureParam* param, const Signature& signature, const ValueView& value) = 0;

 protected:
  ~TraceChange() = default;
};

// Writes the notes that `from` gives (see TraceReader::only) into a new trace, with their times and threads; they are numbered anew, or with `change` keep
// their numbers and those of their threads. Objects keep theirs. Throws TraceError: `to` exists or cannot be written, or a call is of a method that this version describes otherwise.
void copyTrace(TraceReader& from, const std::filesystem::path& to, TraceChange* change = nullptr);

}  // namespace vss
