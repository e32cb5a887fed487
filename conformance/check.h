// `shadowtape check`: judges recorded traces.
#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include "conformance/reports.h"
#include "conformance/requirements.h"

namespace vss::conformance {

struct CheckOptions {
  std::vector<std::string> traces;
  std::string rules, format = "text";
  std::string revision = {};  // the requirement set that is scored; empty: the newest
  unsigned threads = 0;       // traces that are judged at once; 0: as many as the machine has processors
};
// 0 no violation; 1 at least one; 2 a trace that cannot be used: then the others are still judged.
int runCheck(const CheckOptions& options, std::ostream& out, std::ostream& err);

// Judges one trace by the rules of a requirement set; `rules`: only these, a pattern of ids; empty: all.
CheckedTrace checkTrace(TraceReader& reader, const std::string& path, const std::string& rules, const Revision& revision);

}  // namespace vss::conformance
