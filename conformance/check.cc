#include "conformance/check.h"

#include <algorithm>
#include <ostream>

#include "conformance/reports.h"
#include "traces/platform.h"
#include "traces/trace_error.h"

namespace vss::conformance {

int runCheck(const CheckOptions& options, std::ostream& out, std::ostream& err) {
  const auto& rules = Catalogue::builtIn().rules();
  if (std::none_of(rules.begin(), rules.end(), [&](const Rule& rule) { return fits(rule.id, options.rules); }))
    return err << "shadowtape: --rules " << options.rules << ": no rule has such a name; they are called WS-049, AS-*, RQ-0??\n", 2;
  std::vector<CheckedTrace> traces;
  int exitCode = 0;
  for (const auto& path : options.traces) {
    try {
      TraceReader reader(pathFromUtf8(path));
      CheckedTrace trace{path, judge(reader, Catalogue::builtIn(), {.rules = options.rules, .recipe = {}}), ""};
      if (reader.header().origin == Origin::imported) trace.note = "imported from a listing: rules on the requester do not apply";
      if (reader.end() == TraceEnd::cutOff) trace.note = "cut off: what was left undone at its end is not judged";
      for (const auto& problem : reader.problems()) err << "shadowtape: " << path << ": byte " << problem.offset << ": " << problem.text << "\n";
      if (trace.judgement.violations() && exitCode == 0) exitCode = 1;
      traces.push_back(std::move(trace));
    } catch (const TraceError& e) {
      err << "shadowtape: " << e.what() << "\n";
      exitCode = 2;
    }
  }
  if (options.format == "json") printFindingsJson(traces, out);
  else if (options.format == "junit") printFindingsJunit(traces, out);
  else if (options.format == "sarif") printFindingsSarif(traces, out);
  else printFindings(traces, out);
  return exitCode;
}

}  // namespace vss::conformance
