#include "conformance/reports.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <ostream>
#include <set>
#include <utility>

#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/show.h"
#include "traces/vss/text.h"

namespace vss::conformance {
namespace {

std::string json(const std::string& text) { return jsonString(std::string_view(text)); }

// {"a", "b"} as ["a", "b"].
template <class List, class Print> std::string jsonList(const List& list, Print&& print) {
  std::string out = "[";
  for (const auto& item : list) out += (out.size() > 1 ? ", " : "") + print(item);
  return out + "]";
}

std::string decimal(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", seconds);
  return text;
}

// For many readers of TAP a line ends at these too: a blank instead.
std::string withoutSeparators(std::string_view text) {
  std::string out = plainUtf8(text);
  for (std::string_view separator : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"})
    for (std::size_t at; (at = out.find(separator)) != out.npos;) out.replace(at, separator.size(), " ");
  return out;
}
std::string yaml(std::string_view text) { return json(withoutSeparators(text)); }

// A description or a reason of TAP: one line, in which # would begin a directive.
std::string tap(std::string_view text) {
  std::string out;
  for (char c : withoutSeparators(text)) {
    if (c == '#' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string callsInWords(const std::vector<std::uint64_t>& calls) {
  std::string out = calls.size() == 1 ? "call " : "calls ";
  std::size_t shown = std::min<std::size_t>(calls.size(), 8);
  for (std::size_t i = 0; i < shown; ++i) out += (i == 0 ? "" : i + 1 == calls.size() ? " and " : ", ") + std::to_string(calls[i]);
  return calls.size() > shown ? out + ", …" : out;
}

std::string revisionProperty(const std::string& revision) {
  return "    <properties><property name=\"revision\" value=\"" + markupString(revision) + "\"/></properties>\n";
}

// A reference by the rules of URIs: https://www.rfc-editor.org/rfc/rfc3986.
std::string uriOf(const std::string& path) {
  constexpr bool kWindows = std::filesystem::path::preferred_separator == '\\';
  bool drive = kWindows && path.size() > 1 && path[1] == ':', share = kWindows && path.starts_with("\\\\");
  std::string out = drive ? "file:///" : share ? "file:" : "";
  char escape[4];
  for (auto c : path) {
    auto byte = static_cast<unsigned char>(kWindows && c == '\\' ? '/' : c);
    bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || std::string_view("-._~/").find(static_cast<char>(byte)) != std::string_view::npos;
    if (plain || (byte == ':' && drive)) out += static_cast<char>(byte);
    else std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned>(byte)), out += escape;
  }
  return out;
}

constexpr std::string_view severity(Level level) { return level == Level::must ? "error" : level == Level::ambiguous ? "note" : "warning"; }

}  // namespace

// ---- conform ----

void printRed(const RecipeResult& result, std::ostream& out) {
  out << verdictName(result.verdict) << " " << result.name << " (" << levelName(result.rule->level) << ") " << result.recipe << "\n"
      << "  expected  " << result.rule->expected << "\n  seen      " << result.cause << "\n";
  if (result.rule->advice != "-") out << "  advice    " << result.rule->advice << "\n";
  out << "  source    " << result.rule->source << "; evidence " << result.trace << "\n";
}

void printSummary(const Report& report, const std::string& folder, bool kept, std::ostream& out) {
  for (const auto& stale : report.stale) out << "STALE " << stale << "\n";
  // What ambiguous rules showed is for people to read; what could not be tested, for whoever counts on a green run.
  std::size_t untestable = 0;
  for (const auto& one : report.results) untestable += one.verdict == Verdict::notTestable && !one.red && one.notScored.empty();
  out << report.ran << " of " << report.recipes << " recipes ran against " << (report.target.empty() ? "the default target" : report.target) << ":";
  for (std::size_t i = 0; i < kVerdicts; ++i)
    if (auto n = report.count(static_cast<Verdict>(i))) out << " " << n << " " << verdictName(static_cast<Verdict>(i));
  if (report.notScored && report.notScored == report.ran) out << " none is scored";
  out << ", by the requirements of " << report.revision << "\n";
  if (report.notScored) out << report.notScored << (report.notScored == 1 ? " recipe is not scored:\n" : " recipes are not scored:\n");
  for (const auto& one : report.results)
    if (!one.notScored.empty()) out << "  " << one.name << ", " << one.notScored << ": " << verdictName(one.verdict) << (one.cause.empty() ? "" : " " + one.cause) << "\n";
  out << report.notJudged << " rules are not judged by calls; docs/catalogue.md says why\n";
  if (untestable) out << untestable << " NOT_TESTABLE are no MUST; --format json names each with its cause\n";
  out << "kept " << mustsInWords(report) << "\n";
  if (kept) out << "evidence: " << folder << "\n";
}

void printJson(const Report& report, std::ostream& out) {
  out << "{\"format\": \"" << kReportFormat << "\", \"tool\": " << json(report.tool) << ", \"platform\": " << json(report.platform) << ", \"target\": " << json(report.target)
      << ", \"revision\": " << json(report.revision)
      << ",\n \"started\": " << json(report.started) << ", \"seconds\": " << decimal(report.seconds) << ",\n \"red\": " << (report.red ? "true" : "false")
      << ", \"recipes\": " << report.recipes << ", \"ran\": " << report.ran << ", \"notScored\": " << report.notScored << ", \"notJudged\": " << report.notJudged << ", \"mustsRun\": " << report.mustsRun
      << ", \"mustsKept\": " << report.mustsKept << ",\n \"counts\": {";
  for (std::size_t i = 0; i < kVerdicts; ++i) out << (i ? ", " : "") << "\"" << verdictName(static_cast<Verdict>(i)) << "\": " << report.count(static_cast<Verdict>(i));
  out << "},\n \"stale\": " << jsonList(report.stale, json) << ",\n \"results\": [";
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const auto& r = report.results[i];
    out << (i ? ",\n  " : "\n  ") << "{\"name\": " << json(r.name) << ", \"rule\": " << json(r.rule) << ", \"level\": \"" << levelName(r.level) << "\", \"subject\": " << json(r.subject)
        << ", \"verdict\": \"" << verdictName(r.verdict) << "\", \"red\": " << (r.red ? "true" : "false") << ",\n   \"recipe\": " << json(r.recipe) << ", \"state\": " << json(r.state)
        << ",\n   \"expected\": " << json(r.expected) << ", \"cause\": " << json(r.cause) << ", \"reason\": " << json(r.reason)
        << (r.notScored.empty() ? "" : ", \"notScored\": " + json(r.notScored)) << ",\n   \"advice\": " << json(r.advice)
        << ", \"source\": " << json(r.source) << ", \"trace\": " << json(r.trace) << ",\n   \"seconds\": " << decimal(r.seconds) << ",\n   \"calls\": [";
    for (std::size_t c = 0; c < r.calls.size(); ++c)
      out << (c ? ",\n    " : "\n    ") << "{\"call\": " << json(r.calls[c].call) << ", \"answer\": " << json(r.calls[c].answer) << ", \"state\": " << json(r.calls[c].state)
          << ", \"judged\": " << (r.calls[c].judged ? "true" : "false") << "}";
    out << "]}";
  }
  out << "\n ]}\n";
}

void printJunit(const Report& report, std::ostream& out) {
  struct Suite { std::vector<const ReportedRecipe*> tests; std::size_t failures = 0, errors = 0, skipped = 0; double seconds = 0; };
  std::map<std::string, Suite> suites;
  Suite all;
  for (const auto& r : report.results) {
    Suite& suite = suites[r.name.substr(0, r.name.find('-'))];
    suite.tests.push_back(&r);
    for (Suite* counted : {&suite, &all}) {
      counted->seconds += r.seconds;
      if (!r.notScored.empty()) ++counted->skipped;
      else if (r.verdict == Verdict::error) ++counted->errors;
      else if (r.red) ++counted->failures;
      else if (r.verdict != Verdict::pass && r.verdict != Verdict::information) ++counted->skipped;
    }
  }
  auto counts = [](const Suite& suite, std::size_t stale, std::size_t tests) {
    return " tests=\"" + std::to_string(tests + stale) + "\" failures=\"" + std::to_string(suite.failures + stale) + "\" errors=\"" + std::to_string(suite.errors) +
           "\" skipped=\"" + std::to_string(suite.skipped) + "\" time=\"" + decimal(suite.seconds) + "\"";
  };
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"shadowtape conform\"" << counts(all, report.stale.size(), report.results.size()) << ">\n";
  std::string began = report.started.empty() ? "" : " timestamp=\"" + markupString(report.started) + "\"";
  for (const auto& [name, suite] : suites) {
    out << "  <testsuite name=\"" << markupString(name) << "\"" << counts(suite, 0, suite.tests.size()) << began << ">\n" << revisionProperty(report.revision);
    for (const auto* r : suite.tests) {
      out << "    <testcase classname=\"" << markupString(name) << "\" name=\"" << markupString(r->name + " " + r->recipe) << "\" time=\"" << decimal(r->seconds) << "\"";
      std::string message = markupString(std::string(verdictName(r->verdict)) + ": " + r->cause);
      std::string text = "expected " + r->expected + "; state: " + r->state + "; source: " + r->source + "; evidence: " + r->trace + (r->advice.empty() ? "" : ". " + r->advice);
      if (!r->notScored.empty()) out << "><skipped message=\"not scored, " << markupString(r->notScored) << "; " << message << "\"/></testcase>\n";
      else if (r->verdict == Verdict::error) out << "><error message=\"" << message << "\">" << markupString(text) << "</error></testcase>\n";
      else if (r->red) out << "><failure message=\"" << message << "\">" << markupString(text) << "</failure></testcase>\n";
      else if (r->verdict == Verdict::pass) out << "/>\n";
      else if (r->verdict == Verdict::information) out << "><system-out>" << message << "</system-out></testcase>\n";
      else out << "><skipped message=\"" << message << markupString(r->reason.empty() ? "" : "; expected: " + r->reason) << "\"/></testcase>\n";
    }
    out << "  </testsuite>\n";
  }
  if (!report.stale.empty()) {
    out << "  <testsuite name=\"expectations\"" << counts({}, report.stale.size(), 0) << began << ">\n";
    for (const auto& stale : report.stale) out << "    <testcase classname=\"expectations\" name=\"" << markupString(stale) << "\"><failure message=\"" << markupString(stale) << "\"/></testcase>\n";
    out << "  </testsuite>\n";
  }
  out << "</testsuites>\n";
}

// An expected failure is TAP's TODO; what could not be tried, and makes nothing red, its SKIP. A pass that the expectation file does not want is TAP's
// bonus, which no harness fails by, so it is said as what it is here: not ok.
void printTap(const Report& report, std::ostream& out) {
  std::size_t number = 0;
  out << "TAP version 14\n1.." << report.results.size() + report.stale.size();
  if (report.results.empty() && report.stale.empty()) out << " # SKIP no recipe ran";
  out << "\n";
  for (const auto& r : report.results) {
    bool todo = r.verdict == Verdict::expectedFail, skip = !r.notScored.empty() || (!r.red && (r.verdict == Verdict::notTestable || r.verdict == Verdict::notApplicable));
    todo = todo && !skip;
    out << (r.red || todo ? "not ok " : "ok ") << ++number << " - " << tap(r.name + " " + r.recipe);
    if (todo) out << " # TODO " << tap(r.reason);
    else if (skip) out << " # SKIP " << tap(r.notScored.empty() ? r.cause : "not scored, " + r.notScored + "; " + std::string(verdictName(r.verdict)) + ": " + r.cause);
    out << "\n";
    if (r.verdict == Verdict::pass || skip) continue;
    out << "  ---\n  verdict: " << verdictName(r.verdict) << "\n  rule: " << yaml(r.rule) << "\n  level: " << levelName(r.level) << "\n  state: " << yaml(r.state)
        << "\n  expected: " << yaml(r.expected) << "\n  cause: " << yaml(r.cause) << "\n  advice: " << yaml(r.advice) << "\n  source: " << yaml(r.source)
        << "\n  evidence: " << yaml(r.trace) << "\n  ...\n";
  }
  for (const auto& stale : report.stale) out << "not ok " << ++number << " - " << tap(stale) << "\n";
}

void printReport(const Report& report, const std::string& format, std::ostream& out) {
  if (format == "json") printJson(report, out);
  else if (format == "junit") printJunit(report, out);
  else if (format == "tap") printTap(report, out);
  else printPage({&report, 1}, out);
}

void writeReport(const std::filesystem::path& file, const std::function<void(std::ostream&)>& print) {
  keepTrace(file);
  std::ofstream out(file, std::ios::binary);
  print(out);
  if (!out.flush()) throw std::runtime_error(shownPath(file) + ": cannot be written to its end; is the disk full?");
}

namespace {
constexpr std::pair<const char*, const char*> kReportFiles[] = {{"report.json", "json"}, {"report.xml", "junit"}, {"report.tap", "tap"}, {"report.html", "html"}};
}  // namespace

void removeReports(const std::filesystem::path& folder) {
  for (auto [name, format] : kReportFiles) keepTrace(folder / name);
  for (auto [name, format] : kReportFiles)
    if (std::error_code error; std::filesystem::remove(folder / name, error), error) throw ReportError(shownPath(folder / name) + ": the old report cannot be deleted: " + error.message());
}

void writeReports(const Report& report, const std::filesystem::path& folder) {
  for (auto [name, format] : kReportFiles)
    writeReport(folder / name, [&, format = format](std::ostream& out) { printReport(report, format, out); });
}

// ---- check ----

void printFindings(const CheckedTrace& trace, bool named, std::ostream& out) {
  const auto& judgement = trace.judgement;
  if (named) out << trace.path << ":\n";
  for (const auto& f : judgement.findings) {
    out << (f.violates() ? "finding " : "info ") << f.rule->id << " (" << levelName(f.rule->level) << (f.notScored.empty() ? "" : "; not scored, " + f.notScored) << ")";
    if (!f.calls.empty()) out << ", " << callsInWords(f.calls);
    if (!f.call.empty()) out << ": " << f.call;
    out << "\n  state     " << f.state << "\n  expected  " << f.expected << "\n  seen      " << f.seen << "\n";
    if (f.rule->advice != "-") out << "  advice    " << f.rule->advice << "\n";
    if (f.rule->ambiguity != "-") out << "  note      " << f.rule->ambiguity << "\n";
    out << "  source    " << f.rule->source << "\n";
  }
  std::size_t kept = 0, untestable = 0, broken = 0;
  std::uint64_t findings = 0, informing = 0;
  for (const auto& [id, tally] : judgement.tallies) {
    const Rule* rule = Catalogue::builtIn().find(id);
    (rule->level == Level::ambiguous || !tally.notScored.empty() ? informing : findings) += tally.broken;
    if (!tally.notScored.empty()) continue;
    if (tally.broken) ++broken;
    else if (tally.kept) ++kept;
    else ++untestable;
  }
  if (findings + informing > judgement.findings.size()) out << "of each rule the first " << Judgement::kFindings << " findings are shown\n";
  out << judgement.calls << (judgement.calls == 1 ? " call, " : " calls, ") << findings << (findings == 1 ? " finding" : " findings");
  if (informing) out << ", " << informing << " for information";
  out << "; of the rules that apply " << (judgement.revision.empty() ? "" : "(" + judgement.revision + ") ") << kept << " kept, " << broken << " broken, " << untestable << " not testable\n";
  if (!trace.note.empty()) out << trace.note << "\n";
}

void printFindingsLine(const CheckedTrace& trace, const TraceReader& reader, std::ostream& out) {
  const auto& judgement = trace.judgement;
  const auto& header = reader.header();
  out << "{\"file\": " << json(trace.path) << ", \"exit\": " << (judgement.violations() ? 1 : 0) << ", " << jsonOrigin(header);
  if (header.startTime) out << ", \"time\": \"" << printTime(header.startTime) << '"';
  out << ", \"complete\": " << (reader.end() == TraceEnd::complete ? "true" : "false") << ", \"lostNotes\": " << reader.lostNotes() << ", \"damages\": " << reader.problems().size()
      << ", \"calls\": " << judgement.calls << ", \"failed\": " << judgement.failed << ", \"revision\": " << json(judgement.revision) << ", \"note\": " << json(trace.note)
      << ", \"violations\": " << judgement.violations() << ", \"findings\": [";
  const char* separator = "";
  for (const auto& [id, tally] : judgement.tallies) {
    if (!tally.broken) continue;
    auto first = std::find_if(judgement.findings.begin(), judgement.findings.end(), [&, name = id](const Finding& f) { return f.rule->id == name; });
    out << std::exchange(separator, ", ") << "{\"rule\": " << json(std::string(id)) << ", \"level\": \"" << levelName(first->rule->level) << "\", \"violates\": " << (first->violates() ? "true" : "false")
        << ", \"count\": " << tally.broken << ", \"firstCall\": " << (first->calls.empty() ? "null" : std::to_string(first->calls.back())) << "}";
  }
  out << "]}\n";
}

void printFindingsJson(const std::vector<CheckedTrace>& traces, std::ostream& out) {
  out << "{\"format\": \"shadowtape-check-1\", \"traces\": [";
  for (std::size_t t = 0; t < traces.size(); ++t) {
    const auto& [path, judgement, note] = traces[t];
    out << (t ? ",\n " : "\n ") << "{\"path\": " << json(path) << ", \"revision\": " << json(judgement.revision) << ", \"calls\": " << judgement.calls << ", \"violations\": " << judgement.violations()
        << ", \"note\": " << json(note) << ",\n  \"findings\": [";
    for (std::size_t i = 0; i < judgement.findings.size(); ++i) {
      const auto& f = judgement.findings[i];
      out << (i ? ",\n   " : "\n   ") << "{\"rule\": " << json(f.rule->id) << ", \"level\": \"" << levelName(f.rule->level) << "\", \"calls\": "
          << jsonList(f.calls, [](std::uint64_t n) { return std::to_string(n); }) << ", \"call\": " << json(f.call) << ", \"state\": " << json(f.state)
          << ", \"expected\": " << json(f.expected) << ", \"seen\": " << json(f.seen) << ", \"advice\": " << json(f.rule->advice) << ", \"ambiguity\": "
          << json(f.rule->ambiguity) << ", \"source\": " << json(f.rule->source) << (f.notScored.empty() ? "" : ", \"notScored\": " + json(f.notScored)) << "}";
    }
    out << "\n  ],\n  \"rules\": {";
    bool first = true;
    for (const auto& [id, tally] : judgement.tallies) {
      out << (first ? "\n   " : ",\n   ") << json(std::string(id)) << ": {\"kept\": " << tally.kept << ", \"broken\": " << tally.broken << ", \"untestable\": " << tally.untestable
          << (tally.notScored.empty() ? "" : ", \"notScored\": " + json(tally.notScored)) << "}";
      first = false;
    }
    out << "\n  }}";
  }
  out << "\n]}\n";
}

void printFindingsJunit(const std::vector<CheckedTrace>& traces, std::ostream& out) {
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"shadowtape check\">\n";
  for (const auto& [path, judgement, note] : traces) {
    std::size_t failures = 0;
    for (const auto& [id, tally] : judgement.tallies) failures += tally.broken && tally.notScored.empty() && Catalogue::builtIn().find(id)->level != Level::ambiguous;
    out << "  <testsuite name=\"" << markupString(path) << "\" tests=\"" << judgement.tallies.size() << "\" failures=\"" << failures << "\">\n" << revisionProperty(judgement.revision);
    for (const auto& [id, tally] : judgement.tallies) {
      const Rule& rule = *Catalogue::builtIn().find(id);
      out << "    <testcase classname=\"" << markupString(path) << "\" name=\"" << id << "\"";
      std::string text;
      for (const auto& f : judgement.findings)
        if (f.rule == &rule) text += callsInWords(f.calls) + ": " + f.call + "; expected " + f.expected + "; seen " + f.seen + "\n";
      if (!tally.notScored.empty()) out << "><skipped message=\"not scored, " << markupString(tally.notScored) << (tally.broken ? "; broken: " + markupString(text) : "") << "\"/></testcase>\n";
      else if (tally.broken && rule.level != Level::ambiguous)
        out << "><failure message=\"" << tally.broken << (tally.broken == 1 ? " finding" : " findings") << "\">" << markupString(text) << "</failure></testcase>\n";
      else if (tally.broken) out << "><system-out>" << markupString(text) << "</system-out></testcase>\n";
      else if (!tally.kept) out << "><skipped message=\"not testable\"/></testcase>\n";
      else out << "/>\n";
    }
    out << "  </testsuite>\n";
  }
  out << "</testsuites>\n";
}

void printFindingsSarif(const std::vector<CheckedTrace>& traces, std::ostream& out) {
  std::set<const Rule*> used;
  for (const auto& trace : traces)
    for (const auto& f : trace.judgement.findings) used.insert(f.rule);
  std::vector<const Rule*> rules(used.begin(), used.end());
  std::sort(rules.begin(), rules.end(), [](auto* a, auto* b) { return a->id < b->id; });
  out << "{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \"version\": \"2.1.0\", \"runs\": [{\"tool\": {\"driver\": {\"name\": \"shadowtape\", \"version\": \""
      << SHADOWTAPE_VERSION << "\", \"rules\": [";
  for (std::size_t i = 0; i < rules.size(); ++i)
    out << (i ? ",\n  " : "\n  ") << "{\"id\": " << json(rules[i]->id) << ", \"shortDescription\": {\"text\": " << json(rules[i]->subject + ": " + rules[i]->expected)
        << "}, \"help\": {\"text\": " << json(rules[i]->advice + " (" + rules[i]->source + ")") << "}, \"defaultConfiguration\": {\"level\": \"" << severity(rules[i]->level) << "\"}}";
  out << "]}}, \"results\": [";
  bool first = true;
  for (const auto& trace : traces)
    for (const auto& f : trace.judgement.findings) {
      out << (first ? "\n  " : ",\n  ") << "{\"ruleId\": " << json(f.rule->id) << ", \"level\": \"" << (f.notScored.empty() ? severity(f.rule->level) : "note") << "\", \"message\": {\"text\": "
          << json((f.notScored.empty() ? "" : "not scored, " + f.notScored + ": ") + (f.calls.empty() ? "" : callsInWords(f.calls) + ": ") + f.call + "; state: " + f.state + "; expected: " + f.expected + "; seen: " + f.seen + ". " + f.rule->advice)
          << "}, \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": " << json(uriOf(trace.path)) << "}}, \"logicalLocations\": "
          << jsonList(f.calls, [](std::uint64_t n) { return "{\"name\": \"call " + std::to_string(n) + "\"}"; }) << "}]}";
      first = false;
    }
  out << "\n]}]}\n";
}

}  // namespace vss::conformance
