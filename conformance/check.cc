#include "conformance/check.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <ostream>
#include <sstream>
#include <vector>

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

CheckedTrace checkTrace(TraceReader& reader, const std::string& path, const std::string& rules, const Revision& revision) {
  CheckedTrace trace{path, judge(reader, Catalogue::builtIn(), {.rules = rules, .recipe = {}}), ""};
  score(trace.judgement, revision);
  if (reader.header().origin == Origin::imported) trace.note = "imported from a listing: rules on the requester do not apply";
  if (reader.end() == TraceEnd::cutOff) trace.note = "cut off: what was left undone at its end is not judged";
  return trace;
}

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
  bool asTheyCome = options.format == "text" || options.format == "jsonl";
  std::mutex mutex;
  std::map<std::size_t, CheckedTrace> checked;  // for what is printed at the end
  int exitCode = forEachTrace(options.traces, options.format, out, err, [&](const OneOfMany& one) -> Told {
    TraceReader reader(pathFromUtf8(one.path));
    CheckedTrace trace = checkTrace(reader, one.path, options.rules, *revision);
    Told told{"", "", trace.judgement.violations() ? 1 : 0};
    for (const auto& problem : reader.problems()) told.err += "shadowtape: " + one.path + ": byte " + std::to_string(problem.offset) + ": " + problem.text + "\n";
    std::ostringstream text;
    if (options.format == "text") printFindings(trace, one.of > 1, text);
    else if (options.format == "jsonl") printFindingsLine(trace, reader, text);
    told.out = std::move(text).str();
    std::lock_guard lock(mutex);
    if (!asTheyCome) checked.emplace(one.index, std::move(trace));
    return told;
  });
  std::vector<CheckedTrace> traces;
  for (auto& [index, trace] : checked) traces.push_back(std::move(trace));
  if (options.format == "json") printFindingsJson(traces, out);
  else if (options.format == "junit") printFindingsJunit(traces, out);
  else if (options.format == "sarif") printFindingsSarif(traces, out);
  return exitCode;
}

}  // namespace vss::conformance
