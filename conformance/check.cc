#include "conformance/check.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <ostream>
#include <thread>
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

namespace {

struct One {
  std::optional<CheckedTrace> trace;  // absent: it cannot be used
  std::string said;                   // on standard error
};

One checkOne(const std::string& path, const CheckOptions& options, const Revision& revision) {
  One one;
  try {
    TraceReader reader(pathFromUtf8(path));
    CheckedTrace trace = checkTrace(reader, path, options.rules, revision);
    for (const auto& problem : reader.problems()) one.said += "shadowtape: " + path + ": byte " + std::to_string(problem.offset) + ": " + problem.text + "\n";
    one.trace = std::move(trace);
  } catch (const TraceError& e) {
    one.said = "shadowtape: " + std::string(e.what()) + "\n";
  }
  return one;
}

// Calls one(0), one(1), … one(n - 1), several at once; what is thrown comes out here.
template <class Each> void forEachAtOnce(std::size_t n, unsigned threads, Each&& one) {
  std::atomic<std::size_t> next = 0;
  std::exception_ptr thrown;
  std::mutex mutex;
  auto work = [&] {
    try {
      for (std::size_t i = next++; i < n; i = next++) one(i);
    } catch (...) {
      std::lock_guard lock(mutex);
      thrown = std::current_exception();
    }
  };
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> others;
  while (others.size() + 1 < std::min<std::size_t>(threads, n)) others.emplace_back(work);
  work();
  for (auto& other : others) other.join();
  if (thrown) std::rethrow_exception(thrown);
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
  std::vector<One> all(options.traces.size());
  forEachAtOnce(all.size(), options.threads, [&](std::size_t i) { all[i] = checkOne(options.traces[i], options, *revision); });
  std::vector<CheckedTrace> traces;
  int exitCode = 0;
  for (auto& one : all) {
    err << one.said;
    if (!one.trace) exitCode = 2;
    else if (one.trace->judgement.violations() && exitCode == 0) exitCode = 1;
    if (one.trace) traces.push_back(std::move(*one.trace));
  }
  if (options.format == "json") printFindingsJson(traces, out);
  else if (options.format == "junit") printFindingsJunit(traces, out);
  else if (options.format == "sarif") printFindingsSarif(traces, out);
  else printFindings(traces, out);
  return exitCode;
}

}  // namespace vss::conformance
