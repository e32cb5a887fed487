#include "fault_matrix/variations.h"

#include <algorithm>
#include <map>
#include <set>

#include "traces/protocol.h"
#include "traces/vss/api.h"
#include "traces/vss/returns.h"

namespace vss::fault_matrix {
namespace {

using Channel = DocumentedReturn::Channel;
using Way = Fault::Way;

// A call that came back well, and when it was made.
struct Seen {
  std::uint64_t number = 0;
  const MethodInfo* method = nullptr;
  std::uint32_t nth = 0;           // of its method
  bool good = false;
  std::string state, stateInWords;
  std::vector<std::int32_t> failedStates;  // of a writer, that fit here
  bool tellsOfComponent = false;   // GetWriterStatus: the writer has a component in the backup
};

std::vector<std::int32_t> failedStatesIn(const SessionState& session) {
  auto begun = [](Stage stage) { return stage != Stage::none && stage != Stage::unknown; };
  if (begun(session.postRestore)) return {VSS_WS_FAILED_AT_POST_RESTORE};
  if (begun(session.preRestore)) return {VSS_WS_FAILED_AT_PRE_RESTORE};
  if (begun(session.complete)) return {VSS_WS_FAILED_AT_BACKUP_COMPLETE};
  if (begun(session.snapshot)) return {VSS_WS_FAILED_AT_FREEZE, VSS_WS_FAILED_AT_PREPARE_SNAPSHOT, VSS_WS_FAILED_AT_THAW, VSS_WS_FAILED_AT_POST_SNAPSHOT};
  if (begun(session.prepare)) return {VSS_WS_FAILED_AT_PREPARE_BACKUP};
  return {VSS_WS_UNKNOWN};   // no event of a backup has been yet
}

bool tellsOfWriter(const MethodInfo& method) { return method.name == "GetWriterStatus" || method.name == "GetWriterStatusEx"; }

// Every call by its number, with the state before it.
std::vector<Seen> look(TraceReader& reader) {
  std::vector<Seen> all;
  std::map<std::uint32_t, std::set<std::string>> added;   // session → instance ids of the writers whose components it backs up
  StepReader steps(reader);
  while (auto step = steps.next()) {
    const Call& call = step->call;
    if (!call.signature->known) continue;
    Seen seen{.number = call.number, .method = call.signature->known, .good = call.hresult() && succeeded(*call.hresult()), .state = {}, .stateInWords = {}, .failedStates = {}};
    const SessionState* session = step->before.operation ? nullptr : step->before.session;
    if (session && !call.signature->interface_.starts_with("IVssBackupComponents")) session = nullptr;
    if (session) seen.state = stateLabel(*session), seen.stateInWords = stateInWords(*session), seen.failedStates = failedStatesIn(*session);
    if (const Value* instance = session && call.is("AddComponent") && seen.good ? call.input("instanceId") : nullptr) added[session->object].insert(instance->bytes.str());
    if (const Value* instance = session && tellsOfWriter(*seen.method) ? call.output("pidInstance") : nullptr)
      seen.tellsOfComponent = added[session->object].count(instance->bytes.str()) != 0;
    all.push_back(std::move(seen));
  }
  std::sort(all.begin(), all.end(), [](const Seen& a, const Seen& b) { return a.number < b.number; });
  std::map<const MethodInfo*, std::uint32_t> counts;
  for (auto& seen : all) seen.nth = ++counts[seen.method];
  return all;
}

class Variations {
 public:
  explicit Variations(const Seen& seen) : seen_(seen) {}

  void calls() {
    forEach([](Channel channel) { return channel == Channel::sync || channel == Channel::both; }, Way::sync);
    if (seen_.method->params.empty() || seen_.method->params.back().type != "IVssAsync") return;
    forEach([](Channel channel) { return channel == Channel::async || channel == Channel::both; }, Way::async);
    add({.method = seen_.method, .nth = seen_.nth, .way = Way::async, .code = VSS_S_ASYNC_CANCELLED}, "the operation was cancelled", "IVssAsync::QueryStatus", false);
    add({.method = seen_.method, .nth = seen_.nth, .way = Way::late}, "the operation is pending a few times more", "IVssAsync::QueryStatus", false);
    add({.method = seen_.method, .nth = seen_.nth, .way = Way::hang}, "the operation does not end until it is cancelled", "IVssAsync::Cancel", false);
  }

  // Every code with the state that fits best; every other state with one code. What VSS says for a writer that it cannot ask goes with no state.
  void writer() {
    forEach([](Channel channel) { return channel == Channel::writer; }, Way::writer);
    for (std::size_t i = 1; i < seen_.failedStates.size(); ++i)
      add({.method = seen_.method, .nth = seen_.nth, .way = Way::writer, .code = VSS_E_WRITERERROR_NONRETRYABLE, .state = seen_.failedStates[i]},
          std::string(meaningOf(VSS_E_WRITERERROR_NONRETRYABLE)), "VSS_WRITER_STATE", false);
  }

  std::vector<Variation> take() { return std::move(all_); }

 private:
  template <class Wanted> void forEach(Wanted wanted, Way way) {
    for (const auto& row : documentedReturns()) {
      if (row.method != seen_.method->name || row.interface_ != seen_.method->interface_ || !wanted(row.channel)) continue;
      Fault fault{.method = seen_.method, .nth = seen_.nth, .way = way, .code = row.code};
      bool byVss = row.code == VSS_E_WRITER_NOT_RESPONDING || row.code == VSS_E_WRITER_STATUS_NOT_AVAILABLE;
      if (way == Way::writer) fault.state = byVss ? VSS_WS_UNKNOWN : seen_.failedStates[0];
      add(fault, std::string(row.meaning), pageOf(row), row.again);
    }
  }
  void add(Fault fault, const std::string& meaning, const std::string& source, bool again) {
    for (bool always : {false, true}) {
      if (always && !again) continue;
      fault.always = always;
      all_.push_back({fault, toText(fault), seen_.state, seen_.stateInWords, meaning, source, again, 0});
    }
  }

  const Seen& seen_;
  std::vector<Variation> all_;
};

void append(std::vector<Variation>& all, std::vector<Variation> more) { all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end())); }

}  // namespace

std::vector<Variation> variationsOf(TraceReader& reader) {
  auto calls = look(reader);
  std::map<std::pair<const MethodInfo*, std::string>, const Seen*> statuses;   // the one of each state that tells of the writer that fails
  for (const auto& seen : calls) {
    if (!seen.good || !tellsOfWriter(*seen.method)) continue;
    auto& chosen = statuses[{seen.method, seen.state}];
    if (!chosen || (!chosen->tellsOfComponent && seen.tellsOfComponent)) chosen = &seen;
  }
  std::vector<Variation> all;
  std::set<std::pair<const MethodInfo*, std::string>> met;
  for (const auto& seen : calls) {
    if (!seen.good) continue;
    Variations variations(seen);
    if (met.emplace(seen.method, seen.state).second) variations.calls();
    auto status = statuses.find({seen.method, seen.state});
    if (status != statuses.end() && status->second == &seen) variations.writer();
    append(all, variations.take());
  }
  for (std::size_t i = 0; i < all.size(); ++i) all[i].number = i + 1;
  return all;
}

}  // namespace vss::fault_matrix
