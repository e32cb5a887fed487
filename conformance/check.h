// `shadowtape check`: judges recorded traces.
#pragma once
#include <iosfwd>
#include <string>

#include "conformance/reports.h"
#include "conformance/requirements.h"
#include "traces/many_traces.h"

namespace vss::conformance {

struct CheckOptions {
  ManyTraces traces;
  std::string rules, format = "text";  // text, json, jsonl, junit, sarif
  std::string revision = {};  // the requirement set that is scored; empty: the newest
};
// 0 no violation; 1 at least one; 2 a trace that cannot be used: then the others are still judged. text and jsonl are printed as they become
// ready, json, junit and sarif at the end.
int runCheck(const CheckOptions& options, std::ostream& out, std::ostream& err);

// Judges one trace by the rules of a requirement set; `rules`: only these, a pattern of ids; empty: all.
CheckedTrace checkTrace(TraceReader& reader, const std::string& path, const std::string& rules, const Revision& revision);

}  // namespace vss::conformance
