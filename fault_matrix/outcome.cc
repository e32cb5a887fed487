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
constexpr int kMostTries = 3;
constexpr double kWaitBeforeTry = 600;

Wrong byRule(std::string_view id, const std::string& seen, std::vector<std::uint64_t> calls, const std::string& source = {}) {
  const auto* rule = conformance::Catalogue::builtIn().find(id);
  return {std::string(id), std::string(conformance::levelName(rule->level)), seen, source.empty() ? rule->source : source, std::move(calls)};
}

bool isOfWriter(const Call& call, const std::string& instance) {
  const Value* value = call.input("instanceId");
  return value && value->bytes == instance;
}

// What moves a session on, not what only asks it.
bool isStep(const Call& call) {
  const auto& [interface_, method] = std::tie(call.signature->interface_, call.signature->method);
  return (interface_.starts_with("IVssBackupComponents") && !method.starts_with("Get")) || method == "Cancel";
}

// Keeps what a run's calls say of the failure that was put in.
class Watch {
 public:
  explicit Watch(const Variation& variation) : variation_(variation) {}

  // Calls by number.
  void see(const Call& call) {
    auto known = roots_.find(call.object);
    std::uint32_t root = known == roots_.end() ? call.object : known->second;
    for (const auto& output : call.outputs)
      if (output.kind == ValueKind::object) roots_.emplace(static_cast<std::uint32_t>(output.number), call.object ? root : static_cast<std::uint32_t>(output.number));
    if (call.signature->known == variation_.fault.method && ++nth_ == variation_.fault.nth) {
      failed = &call;
      session = root;
      return;
    }
    if (!failed) {
      if (call.is("AddComponent") && call.hresult() == S_OK) added_.push_back(&call);
      if (call.is("PrepareForBackup") || call.is("DoSnapshotSet")) eventful_.insert(call.object);
      return;
    }
    behind_.push_back(&call);
  }

  // A call was made on the failed session, or anywhere, behind the failure.
  const Call* find(std::string_view method, bool anywhere = false) const {
    for (const auto* call : behind_)
      if (call->is(method) && (anywhere || call->object == session)) return call;
    return nullptr;
  }
  std::size_t count(std::string_view method) const {
    return static_cast<std::size_t>(std::count_if(behind_.begin(), behind_.end(), [&](const Call* call) { return call->is(method); }));
  }
  std::size_t triesBehind() const {
    return static_cast<std::size_t>(std::count_if(behind_.begin(), behind_.end(), [&](const Call* call) {
      return call->signature->known == variation_.fault.method && call->inputs == failed->inputs;
    }));
  }
  // The call that began another try; nullptr: there was none.
  const Call* nextTry() const {
    for (const auto* call : behind_)
      if (call->is("CreateVssBackupComponents") || call->is("DoSnapshotSet")) return call;
    return nullptr;
  }
  bool underWay() const { return std::any_of(behind_.begin(), behind_.end(), [](const Call* call) { return !call->result; }); }

  // "GatherWriterStatus, FreeWriterStatus, AbortBackup, Release": the steps of the session and its end, and whether there came new ones.
  std::vector<std::string> inShort() const {
    std::vector<std::pair<std::string, int>> runs;
    std::size_t anew = count("CreateVssBackupComponents");
    for (const auto* call : behind_) {
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
    for (const auto* call : behind_) {
      const Value* told = call->is("SetBackupSucceeded") && call->object == session && call->hresult() == S_OK ? call->input("bSucceded") : nullptr;
      if (told && isOfWriter(*call, writer) && (told->number != 0) == value) found.push_back(call);
    }
    return found;
  }

  const Call* failed = nullptr;
  std::uint32_t session = 0;

 private:
  const Variation& variation_;
  std::uint32_t nth_ = 0;
  std::vector<const Call*> added_, behind_;
  std::set<std::uint32_t> eventful_;
  std::map<std::uint32_t, std::uint32_t> roots_;   // object → the session that it came from
};

bool oneOf(std::string_view text, std::initializer_list<std::string_view> all) { return std::find(all.begin(), all.end(), text) != all.end(); }

// Why a finding is no mistake here: the program made the call that the rule asks for, and that was what failed; or it had given up. nullptr: it is one.
const char* excuse(const Wrong& finding, const Fault& fault, const LoadedTrace& run) {
  auto method = fault.method->name;
  bool readsStatus = oneOf(method, {"GatherWriterStatus", "GetWriterStatusCount", "GetWriterStatus", "GetWriterStatusEx"});
  if (readsStatus && oneOf(finding.rule, {"RQ-001", "RQ-002", "RQ-003", "RQ-004", "RQ-005"})) return "it tried, and that failed";
  if (method == "FreeWriterStatus" && finding.rule == "RQ-007") return "it tried, and that failed";
  if (method == "AbortBackup" && oneOf(finding.rule, {"RQ-018", "RQ-019"})) return "it tried, and that failed";
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

void judgeTries(const Variation& variation, const Watch& watch, const TraceReader& reader, Outcome& outcome) {
  bool ofWriter = variation.fault.way == Way::writer, ofSet = variation.fault.method->name == "DoSnapshotSet";
  if (!variation.again || !(ofWriter || ofSet)) return;
  const Call* next = outcome.tried || outcome.beganAnew ? watch.nextTry() : nullptr;
  if (next && watch.failed->result && reader.seconds(next->enterTick - watch.failed->leaveTick) < kWaitBeforeTry)
    outcome.notes.push_back("tries again without the wait of ten minutes that the page asks for");
  if (!variation.fault.always) return;
  std::size_t tries = ofWriter ? watch.count("DoSnapshotSet") : watch.triesBehind();
  if (tries > kMostTries)
    outcome.wrong.push_back(byRule(ofWriter ? "RQ-009" : "RQ-016", "tried " + std::to_string(tries) + " times again", {watch.failed->number}));
}

void judgeEnd(const Variation& variation, const Watch& watch, const launch::Ended& ended, Outcome& outcome) {
  auto blame = [&](const std::string& seen) {
    outcome.wrong.push_back({"", "", seen + "; " + nameOf(*variation.fault.method) + " is documented to fail so", variation.source, {watch.failed->number}});
  };
  if (outcome.how == Outcome::How::crashed) blame("crashed with exit code " + std::to_string(ended.exitCode));
  if (outcome.how != Outcome::How::hung) return;
  if (variation.fault.way == Way::hang) outcome.notes.push_back("waits as long as the operation does: no limit of its own was met");
  else if (variation.again && !watch.underWay())
    outcome.notes.push_back("had not ended when the time was over; perhaps it waits the documented ten minutes before another try");
  else blame("had not ended when the time was over (--hang-limit gives it longer)");
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

}  // namespace

std::string_view wordFor(Outcome::How how) {
  static constexpr std::string_view names[] = {"exited", "crashed", "hung"};
  return names[static_cast<std::size_t>(how)];
}

std::vector<Wrong> findingsOf(TraceReader& reader) {
  std::vector<Wrong> all;
  for (const auto& finding : conformance::judge(reader, conformance::Catalogue::builtIn(), {.rules = "RQ-*", .recipe = {}}).findings)
    if (finding.rule->demands()) all.push_back(byRule(finding.rule->id, finding.seen, finding.calls));
  auto left = leftOpen(reader, all);
  all.insert(all.end(), left.begin(), left.end());
  return all;
}

Outcome outcomeOf(const Variation& variation, const launch::Ended& ended, TraceReader* trace, const GoodRun& good) {
  Outcome outcome;
  outcome.exitCode = ended.exitCode;
  outcome.how = ended.how == launch::Ended::How::crashed ? Outcome::How::crashed : ended.how == launch::Ended::How::tookTooLong ? Outcome::How::hung : Outcome::How::exited;
  if (!trace) return outcome;
  LoadedTrace run = loadCalls(*trace);
  Watch watch(variation);
  for (const auto& call : run.calls) watch.see(call);
  if (!watch.failed) return outcome;
  const auto& fault = variation.fault;
  outcome.putIn = true;
  outcome.failedCall = watch.failed->number;
  outcome.then = watch.inShort();
  outcome.aborted = watch.find("AbortBackup");
  outcome.freed = watch.find("FreeWriterStatus") || watch.find("FreeWriterMetadata");
  outcome.tried = fault.way != Way::writer && watch.triesBehind() > 0;
  outcome.beganAnew = watch.find("CreateVssBackupComponents", true);
  outcome.completed = watch.find("BackupComplete");
  judgeEnd(variation, watch, ended, outcome);
  if (outcome.how == Outcome::How::exited) {  // who was killed could not tidy up
    auto before = good.findings;
    for (auto& finding : findingsOf(*trace)) {
      if (auto known = before.find(finding.rule); known != before.end() && known->second > 0) {
        --known->second;
        continue;
      }
      if (const char* why = excuse(finding, fault, run)) outcome.notes.push_back(finding.rule + " is not held against it: " + why);
      else outcome.wrong.push_back(std::move(finding));
    }
  }
  if (fault.way == Way::writer) judgeWriter(watch, good, outcome);
  else if (fault.way != Way::late && outcome.how == Outcome::How::exited && outcome.exitCode == good.exitCode && !outcome.tried && !outcome.beganAnew)
    outcome.notes.push_back("the exit code is that of a good run");
  judgeTries(variation, watch, *trace, outcome);
  return outcome;
}

}  // namespace vss::fault_matrix
