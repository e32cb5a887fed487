// The reading commands: show, info, verify. Each returns the exit code of the contract. TraceError of a command on one trace is
// the caller's affair.
#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include "traces/call.h"
#include "traces/many_traces.h"

namespace vss {

struct ShowOptions {
  std::string format = "text";  // text, or json (one object a line)
  bool state = false;           // what state each session and operation is in, beside the calls: see traces/protocol.h
  bool follow = false;          // goes on as the trace grows, until it is closed. Not with state, which needs the whole trace
  double idle = 0;              // seconds without a new note after which to stop following; 0: never
};
// Every call as a line, in the order in which they came back; those that never did last. Memory does not grow with the trace. 0, also for
// a trace that was cut off (told on err).
int showTrace(const std::string& path, const ShowOptions& options, std::ostream& out, std::ostream& err);

// The summary of each trace, as text, json or jsonl (json, and a line for one that cannot be used). 0, or 2 if one cannot be used: then the others are still told.
int showInfo(const ManyTraces& traces, const std::string& format, std::ostream& out, std::ostream& err);

// Whether each file is whole: 0; cut off or damaged: 1; one is no usable trace: 2.
int verifyTraces(const ManyTraces& traces, const std::string& format, std::ostream& out, std::ostream& err);

// Where a trace is from: "live, backup.exe (4171), answered by system, 2026-11-24T21:56:53.002Z, linux x86-64".
std::string originInWords(const TraceHeader& header);
// The same as members of a JSON object, without braces: "tool": … "processId": 4171.
std::string jsonOrigin(const TraceHeader& header);
// live, stand-in, imported, replayed: who answered.
const char* originName(Origin origin);
// What kind of remark it is, in words.
const char* remarkName(RemarkKind kind);

// What a reader that has come to the end met besides calls: a line each on err.
void tellTroubles(const TraceReader& reader, const CallReader& calls, std::ostream& err);

}  // namespace vss
