#include "conformance/verdict.h"

#include "conformance/driver.h"
#include "conformance/judge.h"
#include "traces/print.h"
#include "traces/trace_error.h"

namespace vss::conformance {
namespace {

struct Evidence {
  std::string stopped;       // the driver's reason
  bool done = false;         // it came to its last call
  std::string lastCall;      // the call that never came back; empty: all did
};

Evidence evidenceOf(TraceReader& reader) {
  Evidence evidence;
  CallReader calls(reader);
  std::optional<Call> last;
  while (auto call = calls.next())
    if (!call->result) last = std::move(*call);
  for (const auto& remark : calls.takeRemarks()) {
    if (remark.text.starts_with(kStopped)) evidence.stopped = remark.text.substr(kStopped.size());
    evidence.done |= remark.text == "recipe done";
  }
  if (last) evidence.lastCall = "call " + std::to_string(last->number) + ": " + printCall(*last);
  return evidence;
}

std::string where(const Evidence& evidence, const char* joint) { return evidence.lastCall.empty() ? "" : joint + evidence.lastCall; }

}  // namespace

std::string_view verdictName(Verdict verdict) {
  static constexpr std::string_view names[] = {"PASS", "FAIL", "XFAIL", "XPASS", "ERROR", "NOT_TESTABLE", "NOT_APPLICABLE", "INFO"};
  return names[static_cast<std::size_t>(verdict)];
}

Decision decide(const Rule& rule, const ChildEnd& end, const std::filesystem::path& trace, const std::string& said, std::chrono::milliseconds limit) {
  if (end.how == ChildEnd::How::notStarted) return {Verdict::error, "its process could not be started: " + end.words};
  if (end.how == ChildEnd::How::exited && end.code == 2) return {Verdict::error, "the target could not be used: " + said};
  Evidence evidence;
  Tally tally;
  std::string broken;
  try {
    TraceReader reader(trace);
    evidence = evidenceOf(reader);
    auto judgement = judge(reader, Catalogue::builtIn(), {.rules = rule.id, .recipe = rule.id});
    if (auto found = judgement.tallies.find(rule.id); found != judgement.tallies.end()) tally = found->second;
    if (!judgement.findings.empty()) broken = (judgement.findings[0].call.empty() ? "" : judgement.findings[0].call + " → ") + judgement.findings[0].seen;
  } catch (const TraceError& e) {
    if (end.how == ChildEnd::How::exited) return {Verdict::error, e.what()};
  }
  if (end.how == ChildEnd::How::died) return {Verdict::error, "the target's process died: " + end.words + where(evidence, " in ")};
  bool ambiguous = rule.level == Level::ambiguous;
  if (tally.broken) return {ambiguous ? Verdict::information : Verdict::fail, broken};
  if (end.how == ChildEnd::How::hung) {
    // Where the call that is judged does not answer, the rule is broken; elsewhere nothing is known of it.
    bool judgedCall = evidence.lastCall.find(rule.methods.empty() ? "?" : "::" + rule.methods[0]) != std::string::npos;
    return {judgedCall && !ambiguous ? Verdict::fail : Verdict::error,
            "did not come back within " + std::to_string(limit.count()) + " ms" + where(evidence, ": ")};
  }
  if (tally.kept) return {ambiguous ? Verdict::information : Verdict::pass, ambiguous ? "as the rule lists it" : ""};
  if (evidence.stopped.find("returned E_NOINTERFACE") != std::string::npos && evidence.stopped.starts_with("QueryInterface("))
    return {Verdict::notApplicable, evidence.stopped};
  if (!evidence.stopped.empty()) return {Verdict::notTestable, evidence.stopped};
  if (ambiguous && evidence.done) return {Verdict::information, "nothing to compare"};
  return {Verdict::notTestable, evidence.done ? "the last call was made in a state that the trace does not prove to be the rule's" : "the recipe did not come to its end"};
}

}  // namespace vss::conformance
