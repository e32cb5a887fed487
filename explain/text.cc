#include <algorithm>
#include <map>
#include <ostream>

#include "explain/explain.h"
#include "traces/print.h"
#include "traces/show.h"
#include "traces/vss/text.h"

namespace vss::explain {
namespace {

constexpr double kNotable = 0.001;          // seconds: of what takes less nobody asks who held it
constexpr std::size_t kNames = 8, kGroups = 8;  // what is shown of writers that failed alike, and of kinds of failure

// "  state     …", as `check` prints it.
void line(std::ostream& out, std::string_view label, const std::string& text, std::string_view indent = "  ") {
  out << indent << label << std::string(label.size() < 10 ? 10 - label.size() : 1, ' ') << text << "\n";
}

std::string paged(std::string_view text, std::string_view page) { return std::string(text) + " (" + std::string(page) + ")"; }

void printFailures(const Diagnosis& diagnosis, std::ostream& out) {
  if (diagnosis.failures.empty()) return;
  const Failure& first = diagnosis.failures.front();
  out << "\nfirst failed call\n  " << inWords(diagnosis, first) << "\n";
  if (!first.shown.empty()) {
    std::string where = "call " + std::to_string(first.call) + ", thread " + std::to_string(first.thread);
    if (auto at = diagnosis.seconds(first.tick)) where += ", " + printDuration(*at) + " after the start";
    line(out, "call", where + ": " + first.shown);
  }
  if (!first.meaning.empty()) line(out, "meaning", first.page.empty() ? first.meaning + "; the page of " + first.method + " does not list it" : paged(first.meaning, first.page));
  if (!first.state.empty()) line(out, "state", first.state);
  if (!first.legal.empty()) {
    std::string calls;
    for (const auto& method : first.legal) calls += (calls.empty() ? "" : ", ") + method;
    line(out, "allowed", calls);
  }
  for (std::size_t i = 1; i < diagnosis.failures.size(); ++i) line(out, "later", inWords(diagnosis, diagnosis.failures[i]));
  if (diagnosis.failureCount > diagnosis.failures.size()) line(out, "later", std::to_string(diagnosis.failureCount - diagnosis.failures.size()) + " more");
}

// What the last failure of these writers means. All of them had the same.
void printMeaning(const Reading& reading, std::ostream& out) {
  if (reading.stateFailed()) line(out, "state", paged(stateFact(*reading.state)->meaning, stateFact(*reading.state)->page), "    ");
  if (reading.failure && failed(*reading.failure)) {
    const FailureFact* fact = failureFact(*reading.failure);
    std::string known(meaningOf(*reading.failure));
    line(out, "code", fact ? paged(fact->meaning, fact->page) : "no page lists it as a writer's failure" + (known.empty() ? "" : "; elsewhere it is: " + known), "    ");
    if (fact) line(out, "remedy", std::string(fact->remedy), "    ");
  } else if (reading.failure) line(out, "code", "none: nothing in the trace tells why", "    ");
  if (reading.stateFailed()) line(out, "choice", std::string(stateFact(*reading.state)->remedy), "    ");
}

void printHosts(const std::vector<const Writer*>& writers, std::ostream& out) {
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const Writer*>> hosted;  // by service and page; none is known: empty, and first
  for (const Writer* writer : writers) {
    const HostFact* host = hostFact(writer->classId, writer->name ? toUtf8(*writer->name) : "");
    hosted[host ? std::pair(host->service, host->page) : std::pair<std::string_view, std::string_view>()].push_back(writer);
  }
  for (const auto& [host, ofIt] : hosted)
    line(out, "service", host.first.empty() ? "no page says which service hosts " + namesOf(ofIt, kNames) : paged(namesOf(ofIt, kNames) + " in " + std::string(host.first), host.second), "    ");
}

void printWriters(const Diagnosis& diagnosis, std::ostream& out) {
  if (diagnosis.writers.empty()) return;
  out << "\nwriters, by the last status" << (diagnosis.badWriters() ? " that tells of a failure" : "") << ": " << statusInWords(diagnosis) << "\n";
  auto groups = failedWriters(diagnosis);
  for (std::size_t i = 0; i < groups.size() && i < kGroups; ++i) {
    const auto& group = groups[i];
    std::map<std::string, std::vector<const Writer*>> alike;  // by how often, and since when
    for (const Writer* writer : group)
      alike[howOften(diagnosis, *writer) + (diagnosis.imported() || group.size() > 1 ? "" : "; call " + std::to_string(writer->firstBad->call))].push_back(writer);
    for (const auto& [often, writers] : alike) out << "  " << namesOf(writers, kNames) << " " << whatItDid(*group.front()->lastBad) << often << "\n";
    printMeaning(*group.front()->lastBad, out);
    std::size_t said = 0;
    for (const Writer* writer : group) {
      const Reading& reading = *writer->lastBad;
      bool code = reading.application && failed(*reading.application);
      if ((!code && reading.applicationMessage.empty()) || ++said > kNames) continue;
      line(out, "says", shownName(*writer) + ": " + (code ? nameOf(*reading.application) + " " : "") + (reading.applicationMessage.empty() ? "" : quoted(reading.applicationMessage)), "    ");
    }
    printHosts(group, out);
  }
  for (const auto& [place, reading] : diagnosis.status)
    if (!reading.bad() && !reading.listingSays.empty())
      out << "  " << shownName(diagnosis.writers[place]) << " " << (reading.state && stateFact(*reading.state) ? std::string(stateFact(*reading.state)->words) + ", " : "") <<
          "with an error in words that no table knows: " << quoted(toUtf16(reading.listingSays)) << "\n";
  if (groups.size() > kGroups) out << "  and " << groups.size() - kGroups << " other kinds of failure; --format json tells of every writer\n";
}

std::string span(const Diagnosis& diagnosis, std::uint64_t ticks) { return diagnosis.ticksPerSecond == 0 ? "" : printDuration(static_cast<double>(ticks) / diagnosis.ticksPerSecond); }

std::string callsOf(const Operation& o) {
  std::uint64_t last = o.endedBy ? o.endedBy : o.lastAsked;
  return last > o.startedBy ? "calls " + std::to_string(o.startedBy) + " to " + std::to_string(last) : "call " + std::to_string(o.startedBy);
}

std::string endOf(const Operation& o) {
  if (o.neverBack) return "did not end: call " + std::to_string(o.lastAsked) + " never came back";
  if (o.result) return *o.result == VSS_S_ASYNC_FINISHED ? "finished" : *o.result == VSS_S_ASYNC_CANCELLED ? "cancelled" : nameOf(*o.result);
  if (o.endedBy) return "ended; nobody asked how";
  return o.asked ? "not ended when it was last asked" : "nobody asked whether it ended";
}

void printOperation(const Diagnosis& diagnosis, const Operation& o, std::ostream& out) {
  out << "  " << o.method << std::string(o.method.size() < 22 ? 22 - o.method.size() : 1, ' ');
  if (std::string time = span(diagnosis, o.ticks()); !time.empty()) out << std::string(time.size() < 8 ? 8 - time.size() : 0, ' ') << time << "  ";
  out << endOf(o) << ", " << callsOf(o);
  bool notable = static_cast<double>(o.longestTicks) >= kNotable * diagnosis.ticksPerSecond && diagnosis.ticksPerSecond != 0;
  if (notable && 2 * o.longestTicks >= o.ticks() && !o.neverBack)
    out << "; " << span(diagnosis, o.longestTicks) << " of it in " << o.longestMethod << " (call " << o.longestCall << ")";
  else if (o.asked > 2) out << "; asked " << o.asked << " times";
  out << "\n";
  if (o.method == "GatherWriterStatus" || o.method == "GatherWriterMetadata") return;
  if (o.before && !o.before->groups.empty()) line(out, "before", inWords(*o.before), "    ");
  if (o.after) line(out, "after", inWords(*o.after), "    ");
  if (!(o.before && !o.before->groups.empty()) && !o.after) line(out, "writers", "no status was read before or after it: which of them held it is not told", "    ");
}

void printOperations(const Diagnosis& diagnosis, std::ostream& out) {
  const auto& all = diagnosis.operations;
  if (diagnosis.imported() || all.count == 0) return;
  out << "\noperations, from the call that began each to its end; the writers by the status before and after it\n";
  if (all.count <= Operations::kKept) {
    for (const auto& operation : all.first) printOperation(diagnosis, *operation, out);
    return;
  }
  for (const auto& [method, of] : all.byMethod) {
    if (of.count > 1) {
      out << "  " << method << ", " << of.count << " times";
      if (std::string time = span(diagnosis, of.ticks); !time.empty()) out << ", " << time << " in all";
      out << "; the longest:\n";
    }
    printOperation(diagnosis, *of.longest, out);
  }
}

void printBroken(const std::vector<Broken>& rules, const char* title, bool briefly, std::ostream& out) {
  if (rules.empty()) return;
  out << "\n" << title << "\n";
  for (const auto& [finding, times] : rules) {
    out << "  " << finding.rule->id << " (" << conformance::levelName(finding.rule->level) << ")";
    if (!finding.calls.empty()) out << ", call " << finding.calls.back();
    if (times > 1) out << ", the first of " << times;
    out << ": " << (briefly ? finding.rule->subject + ": expected " + finding.expected : finding.seen) << "\n";
    if (briefly) continue;
    if (finding.rule->advice != "-") line(out, "advice", finding.rule->advice, "    ");
    line(out, "source", finding.rule->source, "    ");
  }
}

// "Windows Server 2022 Standard 10.0.20348.2031, Server Core; vssapi.dll 10.0.20348.2031, vssvc.exe 10.0.20348.1; recorded with administrator's rights"
std::string machineInWords(const Diagnosis& diagnosis) {
  std::string words;
  auto add = [&](std::string_view key, const char* separator, const char* before = "") {
    auto fact = diagnosis.machine.find(key);
    if (fact != diagnosis.machine.end()) words += (words.empty() ? "" : separator) + (before + oneLine(fact->second));
  };
  add("os.name", ""), add("os.version", " "), add("os.installation", ", "), add("wine.version", ", ", "Wine "), add("vssapi.version", "; ", "vssapi.dll "), add("vssvc.version", ", ", "vssvc.exe ");
  if (auto rights = diagnosis.machine.find("rights.elevated"); rights != diagnosis.machine.end())
    words += std::string(words.empty() ? "" : "; ") + "recorded " + (rights->second == "yes" ? "with" : "without") + " administrator's rights";
  return words;
}

}  // namespace

void printText(const Diagnosis& diagnosis, std::ostream& out) {
  out << headline(diagnosis) << "\n\n";
  std::string trace = originInWords(diagnosis.header) + "; " + std::to_string(diagnosis.calls) + (diagnosis.calls == 1 ? " call" : " calls");
  if (auto length = diagnosis.seconds(diagnosis.lastTick)) trace += " in " + printDuration(*length);
  line(out, "trace", diagnosis.imported() ? "imported, " + oneLine(diagnosis.header.target) : trace, "");
  if (auto machine = machineInWords(diagnosis); !machine.empty()) line(out, "machine", machine, "");
  if (diagnosis.events) line(out, "events", std::to_string(diagnosis.events) + " of VSS and volsnap in the event log; `shadowtape info` shows them", "");
  for (const auto& note : diagnosis.notes) line(out, "note", note, "");
  printFailures(diagnosis, out);
  printWriters(diagnosis, out);
  printOperations(diagnosis, out);
  printBroken(diagnosis.byRequester, "what the requester did against the documentation", false, out);
  printBroken(diagnosis.byVss, "what VSS answered against the documentation; `shadowtape check` tells more", true, out);
  if (diagnosis.status.empty()) return;
  out << "\nwhat public requesters would decide on this status\n";
  auto all = decisions(diagnosis);
  if (std::all_of(all.begin(), all.end(), [](const Decision& d) { return d.decides == "goes on"; }) && !diagnosis.badWriters()) {
    out << "  each goes on:";
    for (const auto& decision : all) out << (&decision == &all.front() ? " " : ", ") << decision.requester;
    out << "\n";
    return;
  }
  for (const auto& [requester, decides, why] : all)
    out << "  " << requester << std::string(18 - requester.size(), ' ') << decides << std::string(19 - decides.size(), ' ') << why << "\n";
}

}  // namespace vss::explain
