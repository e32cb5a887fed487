#include "fault_matrix/outcome.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "conformance/judge.h"
#include "traces/print.h"
#include "traces/protocol.h"
#include "traces/vss/api.h"

namespace vss::fault_matrix {
namespace {

using Way = Fault::Way;

constexpr std::size_t kKindsShown = 8;
// "Wait ten minutes and repeat, three times at most", say the pages of DoSnapshotSet and GetWriterStatus.
constexpr std::size_t kMostTries = 3;
constexpr double kWaitBeforeTry = 600;

Wrong byRule(std::string_view id, const std::string& seen, std::vector<std::uint64_t> calls, const std::string& source = {}) {
  const auto* rule = conformance::Catalogue::builtIn().find(id);
  return {std::string(id), std::string(conformance::levelName(rule->level)), seen, source.empty() ? rule->source : source, std::move(calls)};
}

bool isOfWriter(const Call& call, const std::string& instance) {
  const Value* value = call.input("instanceId");
  return value && value->bytes == instance;
}

bool tells(const Call& call, bool success) {
  const Value* told = call.is("SetBackupSucceeded") ? call.input("bSucceded") : nullptr;
  return told && (told->number != 0) == success;
}

// What moves a session on, not what only asks it.
bool isStep(const Call& call) {
  const auto& [interface_, method] = std::tie(call.signature->interface_, call.signature->method);
  return (interface_.starts_with("IVssBackupComponents") && !method.starts_with("Get")) || method == "Cancel";
}

// Keeps what a run's calls say of the failure that was put in.
class Watch {
 public:
  Watch(const Variation& variation, const std::vector<Call>& run) : variation_(variation) {
    for (const auto& call : run) see(call);
  }

  // A call was made on the failed session, or anywhere, behind the failure.
  const Call* find(std::string_view method, bool anywhere = false) const {
    for (const auto& [call, root] : behind_)
      if (call->is(method) && (anywhere || call->object == session)) return call;
    return nullptr;
  }
  // elsewhere: only in other sessions.
  std::size_t count(std::string_view method, bool elsewhere = false) const {
    return countIf([&](const Call& call, std::uint32_t root) { return call.is(method) && !(elsewhere && root == session); });
  }
  std::size_t triesBehind(bool elsewhere = false) const {
    return countIf([&](const Call& call, std::uint32_t root) {
      return call.signature->known == variation_.fault.method && call.inputs == failed->inputs && !(elsewhere && root == session);
    });
  }
  // The call that began another try; nullptr: there was none.
  const Call* nextTry() const {
    for (const auto& [call, root] : behind_)
      if (call->is("CreateVssBackupComponents") || call->is("DoSnapshotSet")) return call;
    return nullptr;
  }
  bool underWay() const {
    return countIf([](const Call& call, std::uint32_t) { return !call.result; }) != 0;
  }
  std::uint64_t lastTick() const {
    std::uint64_t last = failed->leaveTick;
    for (const auto& [call, root] : behind_) last = std::max({last, call->enterTick, call->leaveTick});
    return last;
  }
  // The program was told how the operation of the call that failed had ended.
  bool asked() const {
    const Value* operation = failed->outputs.empty() ? nullptr : &failed->outputs.back();
    if (!operation || operation->kind != ValueKind::object) return true;
    return countIf([&](const Call& call, std::uint32_t) {
      const Value* status = call.object == static_cast<std::uint32_t>(operation->number) && call.is("QueryStatus") ? call.output("pHrResult") : nullptr;
      return status && status->kind == ValueKind::number && status->number != VSS_S_ASYNC_PENDING;
    });
  }

  // "GatherWriterStatus, FreeWriterStatus, AbortBackup, Release": the steps of the session and its end, and whether there came new ones.
  std::vector<std::string> inShort() const {
    std::vector<std::pair<std::string, int>> runs;
    std::size_t anew = count("CreateVssBackupComponents");
    for (const auto& [call, root] : behind_) {
      bool ends = call->is("Release") && call->object == session && call->result == 0u;
      if (call->is("CreateVssBackupComponents")) break;
      if (!isStep(*call) && !ends) continue;
      if (runs.empty() || runs.back().first != call->signature->method) runs.emplace_back(call->signature->method, 0);
      ++runs.back().second;
    }
    std::vector<std::string> words;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (i == kKindsShown - 1 && runs.size() > kKindsShown) {  // the last one tells how it ended
        words.push_back("…");
        i = runs.size() - 1;
      }
      words.push_back(runs[i].first + (runs[i].second > 1 ? " ×" + std::to_string(runs[i].second) : ""));
    }
    if (anew) words.push_back(anew == 1 ? "a new session" : std::to_string(anew) + " new sessions");
    return words;
  }

  // The session had come to where its writers hear of it; a failure told before is an old one.
  bool writersHadHeard() const { return eventful_.count(session) != 0; }
  // The writer that fails, by what GetWriterStatus told.
  std::string writer() const {
    const Value* instance = failed->output("pidInstance");
    return instance ? instance->bytes.str() : std::string();
  }
  std::vector<const Call*> componentsOf(const std::string& writer) const {
    std::vector<const Call*> found;
    for (const auto* call : added_)
      if (call->object == session && isOfWriter(*call, writer)) found.push_back(call);
    return found;
  }
  std::vector<const Call*> succeeded(const std::string& writer, bool value) const {
    std::vector<const Call*> found;
    for (const auto& [call, root] : behind_)
      if (call->object == session && call->hresult() == S_OK && isOfWriter(*call, writer) && tells(*call, value)) found.push_back(call);
    return found;
  }
  // Of any component, however that was answered.
  const Call* toldSuccess() const {
    for (const auto& [call, root] : behind_)
      if (call->object == session && tells(*call, true)) return call;
    return nullptr;
  }

  const Call* failed = nullptr;
  std::uint32_t session = 0;

 private:
  // Calls by number.
  void see(const Call& call) {
    auto known = roots_.find(call.object);
    std::uint32_t root = known == roots_.end() ? call.object : known->second;
    std::uint32_t made = 0;
    for (const auto& output : call.outputs)
      if (output.kind == ValueKind::object) made = static_cast<std::uint32_t>(output.number), roots_.emplace(made, call.object ? root : made);
    if (call.signature->known == variation_.fault.method && ++nth_ == variation_.fault.nth) {
      failed = &call;
      session = root ? root : made;
      return;
    }
    if (!failed) {
      if (call.is("AddComponent") && call.hresult() == S_OK) added_.push_back(&call);
      if (call.is("PrepareForBackup") || call.is("DoSnapshotSet")) eventful_.insert(call.object);
      return;
    }
    behind_.push_back({&call, root});
  }
  template <class Is> std::size_t countIf(Is is) const {
    return static_cast<std::size_t>(std::count_if(behind_.begin(), behind_.end(), [&](const Behind& one) { return is(*one.call, one.root); }));
  }

  const Variation& variation_;
  std::uint32_t nth_ = 0;
  struct Behind { const Call* call; std::uint32_t root; };   // root: the session; 0: of none
  std::vector<const Call*> added_;
  std::vector<Behind> behind_;
  std::set<std::uint32_t> eventful_;
  std::map<std::uint32_t, std::uint32_t> roots_;   // object → the session that it came from
};

bool oneOf(std::string_view text, std::initializer_list<std::string_view> all) { return std::find(all.begin(), all.end(), text) != all.end(); }

// Why a finding is no mistake here: the program made the call that the rule asks for, and that was what failed; or it had given up. nullptr: it is one.
const char* excuse(const Wrong& finding, const Fault& fault, const LoadedTrace& run, const Outcome& outcome) {
  auto method = fault.method->name;
  bool readsStatus = oneOf(method, {"GatherWriterStatus", "GetWriterStatusCount", "GetWriterStatus", "GetWriterStatusEx"});
  if (readsStatus && oneOf(finding.rule, {"RQ-001", "RQ-002", "RQ-003", "RQ-004", "RQ-005"})) return "it tried, and that failed";
  if (method == "FreeWriterStatus" && finding.rule == "RQ-007") return "it tried, and that failed";
  if (method == "AbortBackup" && oneOf(finding.rule, {"RQ-018", "RQ-019"})) return "it tried, and that failed";
  if (finding.rule.starts_with("OW") && outcome.then.empty()) return "the process ended at once";
  if (finding.rule.starts_with("OW") && std::any_of(run.calls.begin(), run.calls.end(), [](const Call& call) { return !call.result; }))
    return "the process ended in the middle of a call";
  bool atRelease = !finding.calls.empty() && finding.calls.back() <= run.calls.size() && run.calls[finding.calls.back() - 1].is("Release");
  if (atRelease && oneOf(finding.rule, {"RQ-002", "RQ-003", "RQ-005", "RQ-007"})) return "it had given up, and the object is gone";
  return nullptr;
}

// Success told for what a failed writer has made: by SetBackupSucceeded, or by the exit code of a backup that was completed as if nothing were.
void judgeWriter(const Watch& watch, const GoodRun& good, Outcome& outcome) {
  std::string writer = watch.writer();
  auto components = watch.componentsOf(writer), told = watch.succeeded(writer, true);
  const std::string pages = "IVssBackupComponents::GetWriterStatus; IVssBackupComponents::SetBackupSucceeded";
  const Call* complete = watch.find("BackupComplete");
  bool asGood = outcome.how == Outcome::How::exited && outcome.exitCode == good.exitCode;
  if (!told.empty() && watch.writersHadHeard())
    outcome.wrong.push_back(byRule("RQ-008", "SetBackupSucceeded(true) for a component whose writer had told a failure", {watch.failed->number, told[0]->number}, pages));
  else if (asGood && complete && watch.writersHadHeard() && !components.empty() && watch.succeeded(writer, false).size() < components.size())
    outcome.wrong.push_back(byRule("RQ-008", "BackupComplete, and the exit code of a good backup, although the writer of a component in it had told a failure",
                                   {watch.failed->number, complete->number}, pages));
  else if (asGood && !outcome.beganAnew) outcome.notes.push_back("the exit code is that of a good run");
}

// Wait may succeed although the operation has failed. What the program does then is no other than in a good run; only who put the failure in knows better.
void judgeUnasked(const Fault& fault, const Watch& watch, const GoodRun& good, Outcome& outcome) {
  if (fault.way != Way::async || watch.asked()) return;
  bool ofSet = fault.method->name == "DoSnapshotSet", exited = outcome.how == Outcome::How::exited;
  const Call* told = watch.toldSuccess();
  bool asGood = exited && outcome.exitCode == good.exitCode && !outcome.beganAnew, givenUp = outcome.aborted || outcome.tried;
  if (!told && (givenUp || !(asGood || (ofSet && exited)))) return;
  const char* rule = ofSet ? "RQ-018" : "RQ-024";
  if (std::any_of(outcome.wrong.begin(), outcome.wrong.end(), [&](const Wrong& wrong) { return wrong.rule == rule; })) return;
  std::string name(fault.method->name), seen = told ? "SetBackupSucceeded(true)" : asGood ? "the exit code of a good run" : "no AbortBackup";
  std::vector calls{watch.failed->number};
  if (told) calls.push_back(told->number);
  outcome.wrong.push_back(byRule(rule, seen + " although " + name + (fault.code == VSS_S_ASYNC_CANCELLED ? " was cancelled" : " had failed") + "; QueryStatus was not asked how it ended", calls));
}

// planned: the same calls in the good run. What that does in its other sessions is no other try.
void judgeTries(const Variation& variation, const Watch& watch, const Watch& planned, const TraceReader& reader, Outcome& outcome) {
  bool ofWriter = variation.fault.way == Way::writer, ofSet = variation.fault.method->name == "DoSnapshotSet";
  if (!variation.again || !(ofWriter || ofSet)) return;
  const Call* next = outcome.tried || outcome.beganAnew ? watch.nextTry() : nullptr;
  if (next && watch.failed->result && reader.seconds(next->enterTick - watch.failed->leaveTick) < kWaitBeforeTry)
    outcome.notes.push_back("tries again without the wait of ten minutes that the page asks for");
  if (!variation.fault.always) return;
  std::size_t sets = planned.count("DoSnapshotSet", true), made = watch.count("DoSnapshotSet"), tries = made > sets ? made - sets : 0;
  if (tries > kMostTries * (1 + sets))   // each set of the good run may be tried so often
    outcome.wrong.push_back(byRule(ofWriter ? "RQ-009" : "RQ-016", "tried " + std::to_string(tries) + " times again", {watch.failed->number}));
}

// Nothing was called for most of the time since the failure.
bool onlyWaited(const Watch& watch, const TraceReader& reader, std::chrono::milliseconds limit) {
  auto left = [&](std::uint64_t tick) { return std::chrono::duration<double>(limit).count() - reader.seconds(tick - reader.header().startTick); };
  return watch.failed->result && !watch.underWay() && left(watch.lastTick()) > left(watch.failed->leaveTick) / 2;
}

void judgeEnd(const Variation& variation, const Watch& watch, const launch::Ended& ended, std::chrono::milliseconds limit, const TraceReader& reader, Outcome& outcome) {
  auto blame = [&](const std::string& seen) {
    auto way = variation.fault.way;
    const char* documented = way == Way::late ? "'s operation may well be pending for so long" : way == Way::hang ? "'s operation may well hang" : " is documented to fail so";
    outcome.wrong.push_back({"", "", seen + "; " + nameOf(*variation.fault.method) + documented, variation.source, {watch.failed->number}});
  };
  if (outcome.how == Outcome::How::crashed) blame("crashed with exit code " + std::to_string(ended.exitCode));
  if (outcome.how != Outcome::How::hung) return;
  if (variation.fault.way == Way::hang) outcome.notes.push_back("waits as long as the operation does: no limit of its own was met");
  else if (!variation.again || watch.underWay()) blame("had not ended when the time was over (--hang-limit gives it longer)");
  else if (!onlyWaited(watch, reader, limit)) blame("went on calling until the time was over");
  else if (variation.fault.method->name == "StartSnapshotSet") outcome.notes.push_back("had not ended when the time was over; perhaps it waits before another try, as the page says");
  else outcome.notes.push_back("had not ended when the time was over; perhaps it waits the documented ten minutes before another try");
}

// The judge sees a session end by its last Release. A process may just end, with a shadow copy set begun and not given up. known: what the judge has found.
std::vector<Wrong> leftOpen(TraceReader& reader, const std::vector<Wrong>& known) {
  StepReader steps(reader);
  std::map<std::uint32_t, std::uint64_t> lastCall, lastSet;
  while (auto step = steps.next()) {
    const SessionState* session = step->before.session;
    if (!session) continue;
    lastCall[session->object] = std::max(lastCall[session->object], step->call.number);
    if (step->call.is("DoSnapshotSet")) lastSet[session->object] = step->call.number;
  }
  std::vector<Wrong> left;
  steps.protocol().forEachSession([&](const SessionState& session) {
    if (session.released || conformance::leavesSetOpen(session) != true) return;
    std::uint64_t last = lastCall[session.object], set = lastSet[session.object];
    bool failed = set && (session.snapshot == Stage::failed || session.snapshot == Stage::cancelled || session.snapshot == Stage::none);
    if (!failed) return left.push_back(byRule("RQ-019", "the process ended with a shadow copy set that was started and not finished", {last}));
    if (std::any_of(known.begin(), known.end(), [&](const Wrong& wrong) { return wrong.rule == "RQ-018" && wrong.calls[0] == set; })) return;
    left.push_back(byRule("RQ-018", std::string("the process ended without AbortBackup although DoSnapshotSet ") + (session.snapshot == Stage::cancelled ? "was cancelled" : "had failed"), set == last ? std::vector{set} : std::vector{set, last}));
  });
  std::sort(left.begin(), left.end(), [](const Wrong& a, const Wrong& b) { return a.calls < b.calls; });
  return left;
}

// What the rules that only a requester can break find in a run that has ended: those of the catalogue, and what a process that just ends leaves undone.
std::vector<Wrong> findingsOf(const conformance::Judgement& judgement, TraceReader& reader) {
  std::vector<Wrong> all;
  for (const auto& finding : judgement.findings)
    if (finding.rule->demands() && finding.rule->brokenByRequester()) all.push_back(byRule(finding.rule->id, finding.seen, finding.calls));
  auto left = leftOpen(reader, all);
  all.insert(all.end(), left.begin(), left.end());
  return all;
}

conformance::Judgement judged(TraceReader& reader) { return conformance::judge(reader, conformance::Catalogue::builtIn()); }

}  // namespace

std::string_view wordFor(Outcome::How how) {
  static constexpr std::string_view names[] = {"exited", "crashed", "hung"};
  return names[static_cast<std::size_t>(how)];
}


GoodRun goodRunOf(int exitCode, std::shared_ptr<TraceReader> trace) {
  GoodRun good;
  good.exitCode = exitCode;
  auto judgement = judged(*trace);
  for (const auto& finding : findingsOf(judgement, *trace)) ++good.findings[finding.rule];
  for (auto& [rule, times] : good.findings)
    if (auto tally = judgement.tallies.find(rule); tally != judgement.tallies.end()) times = std::max<std::size_t>(times, tally->second.broken);
  good.run = loadCalls(*trace).calls;
  good.calls = good.run.size();
  good.trace = std::move(trace);
  return good;
}

Outcome outcomeOf(const Variation& variation, const launch::Ended& ended, TraceReader* trace, const GoodRun& good, std::chrono::milliseconds limit) {
  Outcome outcome;
  outcome.exitCode = ended.exitCode;
  outcome.how = ended.how == launch::Ended::How::crashed ? Outcome::How::crashed : ended.how == launch::Ended::How::tookTooLong ? Outcome::How::hung : Outcome::How::exited;
  if (!trace) return outcome;
  LoadedTrace run = loadCalls(*trace);
  Watch watch(variation, run.calls), planned(variation, good.run);
  if (!watch.failed) return outcome;
  const auto& fault = variation.fault;
  outcome.putIn = true;
  outcome.failedCall = watch.failed->number;
  outcome.then = watch.inShort();
  outcome.aborted = watch.find("AbortBackup");
  outcome.freed = watch.find("FreeWriterStatus") || watch.find("FreeWriterMetadata");
  outcome.tried = fault.way != Way::writer && watch.triesBehind() > planned.triesBehind(true);
  outcome.beganAnew = watch.count("CreateVssBackupComponents") > planned.count("CreateVssBackupComponents");
  outcome.completed = watch.find("BackupComplete");
  judgeEnd(variation, watch, ended, limit, *trace, outcome);
  if (outcome.how == Outcome::How::exited) {  // who was killed could not tidy up
    auto before = good.findings;
    for (auto& finding : findingsOf(judged(*trace), *trace)) {
      if (auto known = before.find(finding.rule); known != before.end() && known->second > 0) {
        --known->second;
        continue;
      }
      if (const char* why = excuse(finding, fault, run, outcome)) outcome.notes.push_back(finding.rule + " is not held against it: " + why);
      else outcome.wrong.push_back(std::move(finding));
    }
  }
  judgeUnasked(fault, watch, good, outcome);
  if (fault.way == Way::writer) judgeWriter(watch, good, outcome);
  else if (fault.way != Way::late && outcome.how == Outcome::How::exited && outcome.exitCode == good.exitCode && !outcome.tried && !outcome.beganAnew)
    outcome.notes.push_back("the exit code is that of a good run");
  judgeTries(variation, watch, planned, *trace, outcome);
  return outcome;
}

}  // namespace vss::fault_matrix
