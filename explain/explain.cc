#include "explain/explain.h"

#include <algorithm>
#include <ostream>
#include <span>

#include "traces/platform.h"
#include "traces/print.h"
#include "traces/vss/structures.h"
#include "traces/vss/text.h"

namespace vss::explain {
namespace {

std::string counted(std::uint64_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

std::string sentence(std::string text) { return text + (text.ends_with('.') || text.ends_with('"') ? "" : "."); }

// ": too much time passed …; wait ten minutes …". Empty: there is nothing documented to say.
std::string meaningAndRemedy(const Reading& reading) {
  const FailureFact* fact = reading.failure && failed(*reading.failure) ? failureFact(*reading.failure) : nullptr;
  return fact ? ": " + std::string(fact->meaning) + "; " + std::string(fact->remedy) : "";
}

}  // namespace

std::string namesOf(std::span<const Writer* const> writers, std::size_t most) {
  std::string names;
  std::size_t shown = writers.size() <= most + 1 ? writers.size() : most;
  for (std::size_t i = 0; i < shown; ++i) names += (i == 0 ? "" : i + 1 == writers.size() ? " and " : ", ") + shownName(*writers[i]);
  return names + (shown < writers.size() ? " and " + std::to_string(writers.size() - shown) + " more" : "");
}

std::string whatItDid(const Reading& reading) {
  std::string state = reading.state ? enumeratorName("VSS_WRITER_STATE", *reading.state) : "";
  bool code = reading.failure && failed(*reading.failure);
  if (reading.stateFailed()) {
    std::string text = std::string(stateFact(*reading.state)->words) + " (" + state;
    if (code) return text + ", " + nameOf(*reading.failure) + ")";
    if (!reading.listingSays.empty()) return text + "), with an error in words that no table knows: " + quoted(toUtf16(reading.listingSays));
    return text + ")" + (reading.failure ? " without an error code" : "; the listing does not say with which error");
  }
  const FailureFact* fact = failureFact(*reading.failure);
  std::string text = std::string(fact ? fact->did : "reported") + " " + nameOf(*reading.failure);
  if (!reading.state) return text + "; the listing does not say in which state";
  return text + " in state " + state + (stateFact(*reading.state) && *reading.state != VSS_WS_UNKNOWN ? ", which is no failed one" : "");
}

std::string howOften(const Diagnosis& diagnosis, const Writer& writer) {
  std::string text;
  if (diagnosis.gathers > 1) text += ", in " + std::to_string(writer.badGathers) + " of " + counted(diagnosis.gathers, "gather");
  if (auto since = diagnosis.seconds(writer.firstBad->tick)) text += ", first seen " + printDuration(*since) + " after the start";
  if (!writer.last.bad()) text += ", no longer in the last";
  return text;
}

std::string inWords(const Diagnosis& diagnosis, const Failure& failure) {
  auto at = [](std::uint64_t call) { return " (call " + std::to_string(call) + ")"; };
  std::string text = failure.method + at(failure.startedBy ? failure.startedBy : failure.call), after;
  if (auto start = diagnosis.seconds(failure.startTick), end = diagnosis.seconds(failure.tick); start && end && failure.startedBy)
    after = " " + printDuration(*end - *start) + " after it began";
  switch (failure.how) {
    case Failure::How::returned:
      if (failure.startedBy) return text + ": asking for its end failed with " + nameOf(failure.code) + after + at(failure.call);
      return text + " failed with " + nameOf(failure.code);
    case Failure::How::ended: return text + " ended with " + nameOf(failure.code) + after;
    case Failure::How::cancelled: return text + " was cancelled" + after;
    case Failure::How::neverBack: return failure.startedBy ? text + " did not end: the wait for it" + at(failure.call) + " never came back" : text + " never came back";
    case Failure::How::unended:
      text += " did not end: it was pending when it was last asked," + (after.empty() ? "" : after + ",") + " in call " + std::to_string(failure.call);
      return text + (failure.cancelledBy ? "; then Cancel" + at(failure.cancelledBy) : "");
  }
  return text;
}

std::string inWords(const States& states) {
  std::string text;
  auto add = [&](const States::Group& group, std::string_view words, bool named) {
    text += (text.empty() ? "" : ", ") + (named && group.writers == 1 ? group.one : std::to_string(group.writers)) + " " + std::string(words);
  };
  for (auto kind : {StateKind::failed, StateKind::waits, StateKind::unknown, StateKind::stable})
    for (const auto& fact : stateFacts())
      if (auto group = states.groups.find(&fact); fact.kind == kind && group != states.groups.end()) add(group->second, fact.words, kind != StateKind::stable);
  if (auto none = states.groups.find(nullptr); none != states.groups.end())
    text += (text.empty() ? "of " : ", of ") + (none->second.writers == 1 ? none->second.one : std::to_string(none->second.writers)) + " it cannot be told";
  return text;
}

std::string statusInWords(const Diagnosis& diagnosis) {
  States states;
  for (const auto& [place, reading] : diagnosis.status) {
    Reading told = reading;
    if (!told.failure && !told.stateFailed()) told.state.reset();
    states.add(diagnosis.writers[place], told);
  }
  return inWords(states);
}

std::vector<std::vector<const Writer*>> failedWriters(const Diagnosis& diagnosis) {
  std::vector<std::vector<const Writer*>> groups;
  for (const auto& writer : diagnosis.writers) {
    if (!writer.lastBad) continue;
    auto same = [&](const auto& group) {
      const Reading& other = *group.front()->lastBad;
      return other.state == writer.lastBad->state && other.failure == writer.lastBad->failure && other.listingSays == writer.lastBad->listingSays;
    };
    auto group = std::find_if(groups.begin(), groups.end(), same);
    if (group == groups.end()) groups.push_back({&writer});
    else group->push_back(&writer);
  }
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return groups;
}

namespace {

// Of some writer a listing does not say enough.
bool notTold(const Diagnosis& diagnosis) {
  return std::any_of(diagnosis.status.begin(), diagnosis.status.end(), [](const auto& row) { return !row.second.state || !row.second.failure || !stateFact(*row.second.state); });
}

std::string ofWriters(const Diagnosis& diagnosis) {
  constexpr std::size_t kGroups = 3, kNames = 5;
  auto groups = failedWriters(diagnosis);
  std::size_t bad = diagnosis.badWriters(), all = diagnosis.writers.size();
  if (groups.size() == 1) {
    const auto& writers = groups.front();
    const Reading& reading = *writers.front()->lastBad;
    std::string often = howOften(diagnosis, *writers.front());
    bool alike = std::all_of(writers.begin(), writers.end(), [&](const Writer* w) { return howOften(diagnosis, *w) == often; });
    return sentence(namesOf(writers, kNames) + (bad > 1 ? " (" + std::to_string(bad) + " of " + counted(all, "writer") + ")" : "") + " " + whatItDid(reading) + (alike ? often : "") +
                    meaningAndRemedy(reading));
  }
  std::string text = std::to_string(bad) + " of " + counted(all, "writer") + " failed: ";
  for (std::size_t i = 0; i < groups.size() && i < kGroups; ++i) text += (i ? "; " : "") + namesOf(groups[i], 2) + " " + whatItDid(*groups[i].front()->lastBad);
  if (groups.size() > kGroups) {
    for (std::size_t i = 0; i < kGroups; ++i) bad -= groups[i].size();
    text += "; and " + std::to_string(bad) + " more";
  }
  return sentence(text);
}

std::string ofCalls(const Diagnosis& diagnosis) {
  const Failure& failure = *diagnosis.gravest;
  std::string text = inWords(diagnosis, failure);
  if (std::string meaning = failure.meaning; !meaning.empty()) {
    // "Not initialised" within a sentence, but "I/O" and "VSS" as they are.
    if (meaning.size() > 1 && meaning[1] >= 'a' && meaning[1] <= 'z' && meaning[0] <= 'Z') meaning[0] = static_cast<char>(meaning[0] - 'A' + 'a');
    text += ": " + meaning;
  }
  return sentence(text);
}

}  // namespace

std::string headline(const Diagnosis& diagnosis) {
  std::size_t bad = diagnosis.badWriters();
  if (bad) return ofWriters(diagnosis) + (diagnosis.gravest && diagnosis.gravest->grave() ? " " + sentence(inWords(diagnosis, *diagnosis.gravest)) : "");
  if (diagnosis.gravest) {
    std::string text = ofCalls(diagnosis);
    if (diagnosis.failureCount > 1) text += " " + counted(diagnosis.failureCount, "failure") + " in all.";
    return text + (diagnosis.status.empty() ? "" : " No writer failed: " + sentence(statusInWords(diagnosis)));
  }
  if (diagnosis.imported() && diagnosis.status.empty()) return "It cannot be told whether anything failed: the listing names no writer.";
  std::string text = "Nothing failed";
  if (diagnosis.partial || notTold(diagnosis)) text += std::string(" as far as the ") + (diagnosis.imported() ? "listing" : "trace") + " tells";
  if (!diagnosis.status.empty()) text += ": " + statusInWords(diagnosis);
  else text += " in " + counted(diagnosis.calls, "call") + "; how the writers were cannot be told, for no status was read";
  return sentence(text);
}

namespace {

Decision decide(const Policy& policy, const Diagnosis& diagnosis) {
  if (policy.reads == Policy::Reads::nothing) return {policy.name, "goes on", "reads no status"};
  if (policy.reads == Policy::Reads::gatherAlone) {
    if (!diagnosis.gatherResult) return {policy.name, "not told", "gather's end unknown"};
    if (failed(*diagnosis.gatherResult)) return {policy.name, "fails", "the gather failed"};
    return *diagnosis.gatherResult == VSS_S_ASYNC_FINISHED ? Decision{policy.name, "goes on", "the gather succeeded"} : Decision{policy.name, "not told", "gather not finished"};
  }
  if (policy.onFailedState == Policy::Does::goesOn) return {policy.name, "goes on", "only keeps them"};
  bool unknown = false, forgiven = false, ignored = false;
  for (const auto& [place, reading] : diagnosis.status)
    if (reading.stateFailed()) return {policy.name, policy.onFailedState == Policy::Does::warns ? "warns" : policy.selectedOnly ? "fails if selected" : "fails", "a failed state"};
  for (const auto& [place, reading] : diagnosis.status) {
    if (reading.state == VSS_WS_UNKNOWN && policy.failsOnUnknown) return {policy.name, "fails", "an unknown state"};
    if (!reading.state) unknown = true;
    if (!reading.failure) unknown |= policy.failsOnCode;
    else if (failed(*reading.failure)) {
      if (!policy.failsOnCode) ignored = true;
      else if (*reading.failure == VSS_E_WRITERERROR_RETRYABLE && reading.state) forgiven = true;
      else if (failureFact(*reading.failure)) return {policy.name, "fails", "a failure code"};
      else unknown = true;
    }
  }
  if (unknown) return {policy.name, "not told", "the status has gaps"};
  return {policy.name, "goes on", forgiven ? "forgives retryable errors" : ignored ? "ignores failure codes" : "no failed state"};
}

}  // namespace

std::vector<Decision> decisions(const Diagnosis& diagnosis) {
  std::vector<Decision> all;
  for (const auto& policy : policies()) all.push_back(decide(policy, diagnosis));
  return all;
}

int runExplain(const std::string& path, const std::string& format, std::ostream& out, std::ostream& err) {
  try {
    TraceReader reader(pathFromUtf8(path));
    Diagnosis diagnosis = diagnose(reader, err);
    if (format == "json") printJson(diagnosis, path, out);
    else printText(diagnosis, out);
    return diagnosis.anythingFailed();
  } catch (const TraceError& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss::explain
