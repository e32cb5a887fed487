#include "conformance/check.h"

#include <algorithm>
#include <optional>
#include <ostream>

#include "conformance/reports.h"
#include "conformance/requirements.h"
#include "traces/platform.h"
#include "traces/trace_error.h"

namespace vss::conformance {
namespace {

// What the requirement set does not hold informs, behind what it does hold.
void score(Judgement& judgement, const Revision& revision) {
  judgement.revision = revision.name();
  for (auto& [id, tally] : judgement.tallies) tally.notScored = revision.notScored(*Catalogue::builtIn().find(id));
  for (auto& finding : judgement.findings) finding.notScored = judgement.tallies[finding.rule->id].notScored;
  std::stable_partition(judgement.findings.begin(), judgement.findings.end(), [](const Finding& f) { return f.notScored.empty(); });
}

}  // namespace

int runCheck(const CheckOptions& options, std::ostream& out, std::ostream& err) {
  const auto& rules = Catalogue::builtIn().rules();
  if (std::none_of(rules.begin(), rules.end(), [&](const Rule& rule) { return fits(rule.id, options.rules); }))
    return err << "shadowtape: --rules " << options.rules << ": no rule has such a name; they are called WS-049, AS-*, RQ-0??\n", 2;
  std::optional<Revision> revision;
  try {
    revision.emplace(options.revision);
  } catch (const RequirementsError& e) {
    return err << "shadowtape: " << e.what() << "\n", 2;
  }
  std::vector<CheckedTrace> traces;
  int exitCode = 0;
  for (const auto& path : options.traces) {
    try {
      TraceReader reader(pathFromUtf8(path));
      CheckedTrace trace{path, judge(reader, Catalogue::builtIn(), {.rules = options.rules, .recipe = {}}), ""};
      score(trace.judgement, *revision);
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
