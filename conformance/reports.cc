#include "conformance/reports.h"

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <map>
#include <ostream>
#include <set>

#include "traces/print.h"

namespace vss::conformance {
namespace {

std::string xml(std::string_view text) {
  std::string out;
  for (char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\t': out += "&#9;"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) out += '?';  // XML has no way to say it
        else out += c;
    }
  return out;
}

std::string json(const std::string& text) { return jsonString(std::string_view(text)); }

// {"a", "b"} as ["a", "b"].
template <class List, class Print> std::string jsonList(const List& list, Print&& print) {
  std::string out = "[";
  for (const auto& item : list) out += (out.size() > 1 ? ", " : "") + print(item);
  return out + "]";
}

std::string callsInWords(const std::vector<std::uint64_t>& calls) {
  std::string out = calls.size() == 1 ? "call " : "calls ";
  std::size_t shown = std::min<std::size_t>(calls.size(), 8);
  for (std::size_t i = 0; i < shown; ++i) out += (i == 0 ? "" : i + 1 == calls.size() ? " and " : ", ") + std::to_string(calls[i]);
  return calls.size() > shown ? out + ", …" : out;
}

std::string revisionProperty(const std::string& revision) {
  return "    <properties><property name=\"revision\" value=\"" + xml(revision) + "\"/></properties>\n";
}

constexpr std::string_view severity(Level level) { return level == Level::must ? "error" : level == Level::ambiguous ? "note" : "warning"; }

}  // namespace

// ---- conform ----

Summary summarize(const std::vector<RecipeResult>& results, std::size_t chosen, const Expectations& expectations, const ConformOptions& options) {
  Summary summary;
  summary.target = options.target;
  summary.recipes = chosen;
  summary.ran = results.size();
  for (const auto& rule : Catalogue::builtIn().rules()) summary.notJudged += rule.judged == Judged::never;
  for (const auto& result : results) {
    if (!result.notScored.empty()) {
      ++summary.notScored;
      continue;
    }
    ++summary.counts[static_cast<std::size_t>(result.verdict)];
    summary.red |= result.red();
    if (result.rule->level != Level::must) continue;
    bool kept = result.verdict == Verdict::pass || result.verdict == Verdict::unexpectedPass;
    if (kept || result.verdict == Verdict::fail || result.verdict == Verdict::expectedFail || result.verdict == Verdict::error) ++summary.mustsRun;
    summary.mustsKept += kept;
  }
  for (const auto& line : expectations.lines()) {
    std::string where = options.expect + ":" + std::to_string(line.line) + ": " + line.what;
    bool ran = std::any_of(results.begin(), results.end(), [&](const RecipeResult& r) { return r.name == line.what || r.rule->id == line.what; });
    if (expectations.hasExpired(line)) summary.stale.push_back(where + " expired on " + *line.expires);
    else if (ran && !line.met) summary.stale.push_back(where + " is expected to fail and does not; take the line out");
  }
  summary.red |= !summary.stale.empty();
  return summary;
}

void printRed(const RecipeResult& result, std::ostream& out) {
  out << verdictName(result.verdict) << " " << result.name << " (" << levelName(result.rule->level) << ") " << result.recipe << "\n"
      << "  expected  " << result.rule->expected << "\n  seen      " << result.cause << "\n";
  if (result.rule->advice != "-") out << "  advice    " << result.rule->advice << "\n";
  out << "  source    " << result.rule->source << "; evidence " << result.trace << "\n";
}

void printSummary(const std::vector<RecipeResult>& results, const Summary& summary, const std::string& folder, bool kept, std::ostream& out) {
  for (const auto& stale : summary.stale) out << "STALE " << stale << "\n";
  // What ambiguous rules showed is for people to read; what could not be tested, for whoever counts on a green run.
  std::size_t untestable = 0;
  for (const auto& result : results) untestable += result.verdict == Verdict::notTestable && !result.red() && result.notScored.empty();
  out << summary.ran << " of " << summary.recipes << " recipes ran against " << (summary.target.empty() ? "the default target" : summary.target) << ":";
  for (std::size_t i = 0; i < 8; ++i)
    if (summary.counts[i]) out << " " << summary.counts[i] << " " << verdictName(static_cast<Verdict>(i));
  if (summary.notScored && summary.notScored == summary.ran) out << " none is scored";
  out << ", by the requirements of " << summary.revision << "\n";
  if (summary.notScored) out << summary.notScored << (summary.notScored == 1 ? " recipe is not scored:\n" : " recipes are not scored:\n");
  for (const auto& result : results)
    if (!result.notScored.empty()) out << "  " << result.name << ", " << result.notScored << ": " << verdictName(result.verdict) << (result.cause.empty() ? "" : " " + result.cause) << "\n";
  out << summary.notJudged << " rules are not judged by calls; docs/catalogue.md says why\n";
  if (untestable) out << untestable << " NOT_TESTABLE are no MUST; the report (report.json, --format json) names each with its cause\n";
  out << "kept " << summary.mustsKept << " of " << summary.mustsRun << " executed MUSTs";
  if (summary.mustsRun) out << " (" << std::fixed << std::setprecision(1) << 100.0 * static_cast<double>(summary.mustsKept) / static_cast<double>(summary.mustsRun) << " %)";
  out << "\n";
  if (kept) out << "evidence: " << folder << "\n";
}

void printJson(const std::vector<RecipeResult>& results, const Summary& summary, std::ostream& out) {
  out << "{\"format\": \"shadowtape-conform-1\", \"target\": " << json(summary.target) << ", \"revision\": " << json(summary.revision) << ", \"red\": " << (summary.red ? "true" : "false")
      << ", \"recipes\": " << summary.recipes << ", \"ran\": " << summary.ran << ", \"notScored\": " << summary.notScored << ", \"notJudged\": " << summary.notJudged << ", \"mustsRun\": " << summary.mustsRun
      << ", \"mustsKept\": " << summary.mustsKept << ",\n \"counts\": {";
  for (std::size_t i = 0; i < 8; ++i) out << (i ? ", " : "") << "\"" << verdictName(static_cast<Verdict>(i)) << "\": " << summary.counts[i];
  out << "},\n \"stale\": " << jsonList(summary.stale, json) << ",\n \"results\": [";
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& r = results[i];
    out << (i ? ",\n  " : "\n  ") << "{\"name\": " << json(r.name) << ", \"rule\": " << json(r.rule->id) << ", \"level\": \"" << levelName(r.rule->level)
        << "\", \"verdict\": \"" << verdictName(r.verdict) << "\", \"red\": " << (r.red() ? "true" : "false") << ", \"recipe\": " << json(r.recipe)
        << ", \"expected\": " << json(r.rule->expected) << ", \"cause\": " << json(r.cause) << ", \"reason\": " << json(r.reason)
        << (r.notScored.empty() ? "" : ", \"notScored\": " + json(r.notScored))
        << ", \"source\": " << json(r.rule->source) << ", \"trace\": " << json(r.trace) << "}";
  }
  out << "\n ]}\n";
}

void printJunit(const std::vector<RecipeResult>& results, const Summary& summary, std::ostream& out) {
  std::size_t failures = 0, errors = 0, skipped = 0;
  for (const auto& r : results) {
    if (!r.notScored.empty()) ++skipped;
    else if (r.verdict == Verdict::error) ++errors;
    else if (r.red()) ++failures;
    else if (r.verdict != Verdict::pass && r.verdict != Verdict::information) ++skipped;
  }
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"shadowtape conform\" tests=\"" << results.size() + summary.stale.size() << "\" failures=\""
      << failures + summary.stale.size() << "\" errors=\"" << errors << "\" skipped=\"" << skipped << "\">\n";
  std::map<std::string, std::vector<const RecipeResult*>> suites;
  for (const auto& r : results) suites[r.name.substr(0, r.name.find('-'))].push_back(&r);
  for (const auto& [suite, tests] : suites) {
    out << "  <testsuite name=\"" << suite << "\" tests=\"" << tests.size() << "\">\n" << revisionProperty(summary.revision);
    for (const auto* r : tests) {
      out << "    <testcase classname=\"" << suite << "\" name=\"" << xml(r->name + " " + r->recipe) << "\"";
      std::string message = xml(std::string(verdictName(r->verdict)) + ": " + r->cause);
      if (!r->notScored.empty()) out << "><skipped message=\"not scored, " << xml(r->notScored) << "; " << message << "\"/></testcase>\n";
      else if (r->verdict == Verdict::error) out << "><error message=\"" << message << "\"/></testcase>\n";
      else if (r->red()) out << "><failure message=\"" << message << "\">" << xml("expected " + r->rule->expected + "; source: " + r->rule->source) << "</failure></testcase>\n";
      else if (r->verdict == Verdict::pass) out << "/>\n";
      else if (r->verdict == Verdict::information) out << "><system-out>" << message << "</system-out></testcase>\n";
      else out << "><skipped message=\"" << message << xml(r->reason.empty() ? "" : "; expected: " + r->reason) << "\"/></testcase>\n";
    }
    out << "  </testsuite>\n";
  }
  if (!summary.stale.empty()) {
    out << "  <testsuite name=\"expectations\" tests=\"" << summary.stale.size() << "\">\n";
    for (const auto& stale : summary.stale) out << "    <testcase classname=\"expectations\" name=\"" << xml(stale) << "\"><failure message=\"" << xml(stale) << "\"/></testcase>\n";
    out << "  </testsuite>\n";
  }
  out << "</testsuites>\n";
}

void writeReports(const std::vector<RecipeResult>& results, const Summary& summary, const std::filesystem::path& folder) {
  std::ofstream jsonFile(folder / "report.json", std::ios::binary), xmlFile(folder / "report.xml", std::ios::binary);
  printJson(results, summary, jsonFile);
  printJunit(results, summary, xmlFile);
  if (!jsonFile.flush() || !xmlFile.flush()) throw std::runtime_error("the reports cannot be written to their end; is the disk full?");
}

// ---- conform --explore ----

void printExploration(const Exploration& found, const std::vector<Death>& deaths, int depth, const std::string& target, std::ostream& out) {
  for (const auto& death : deaths) out << "ERROR " << death.how << " in the sequence " << lettersInWords(death.sequence) << "\n";
  for (const auto& d : found.disagreements) {
    out << "disagreement after " << d.sequence.size() << (d.sequence.size() == 1 ? " step: " : " steps: ") << lettersInWords(d.sequence) << "\n";
    for (const auto& answer : d.before) out << "            " << printAnswer(answer) << "\n";
    for (std::size_t i = 0; i < std::max(d.expected.size(), d.seen.size()); ++i) {
      bool both = i < d.expected.size() && i < d.seen.size();
      if (both && d.expected[i] == d.seen[i]) out << "            " << printAnswer(d.seen[i]) << "\n";
      else {
        out << "  expected  " << (i < d.expected.size() ? printAnswer(d.expected[i]) : "no further call") << "\n";
        out << "  seen      " << (i < d.seen.size() ? printAnswer(d.seen[i]) : "no further call") << "\n";
      }
    }
    if (!d.trace.empty()) out << "  evidence  " << d.trace << "\n";
  }
  if (!found.choices.empty()) {
    out << "where the documentation is open it chooses:";
    for (const auto& [name, value] : found.choices) out << " " << name << "=" << value;
    out << "\n";
  }
  out << "sequences of up to " << depth << " steps against " << target << ": " << found.covered << " covered, " << found.run << " run, " << found.merged << " merged";
  if (found.undecided) out << ", " << found.undecided << " left undecided";
  out << "; " << found.disagreements.size() << (found.disagreements.size() == 1 ? " disagreement\n" : " disagreements\n");
  if (found.stopped) out << "it stopped there\n";
}

void printExplorationJson(const Exploration& found, const std::vector<Death>& deaths, int depth, const std::string& target, std::ostream& out) {
  auto list = [](const std::vector<Answer>& answers) { return jsonList(answers, [](const Answer& answer) { return json(printAnswer(answer)); }); };
  out << "{\"format\": \"shadowtape-explore-1\", \"target\": " << json(target) << ", \"depth\": " << depth << ", \"covered\": " << found.covered << ", \"run\": " << found.run
      << ", \"merged\": " << found.merged << ", \"undecided\": " << found.undecided << ",\n \"choices\": {";
  bool first = true;
  for (const auto& [name, value] : found.choices) out << (std::exchange(first, false) ? "" : ", ") << json(name) << ": " << json(value);
  out << "},\n \"errors\": [";
  first = true;
  for (const auto& death : deaths)
    out << (std::exchange(first, false) ? "\n  " : ",\n  ") << "{\"sequence\": \"" << death.sequence << "\", \"how\": " << json(death.how) << "}";
  out << "],\n \"disagreements\": [";
  first = true;
  for (const auto& d : found.disagreements)
    out << (std::exchange(first, false) ? "\n  " : ",\n  ") << "{\"sequence\": \"" << d.sequence << "\", \"trace\": " << json(d.trace) << ", \"before\": " << list(d.before) << ", \"expected\": " << list(d.expected) << ", \"seen\": " << list(d.seen) << "}";
  out << "]}\n";
}

// ---- check ----

void printFindings(const std::vector<CheckedTrace>& traces, std::ostream& out) {
  for (const auto& trace : traces) {
    const auto& judgement = trace.judgement;
    if (traces.size() > 1) out << trace.path << ":\n";
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
    out << "  <testsuite name=\"" << xml(path) << "\" tests=\"" << judgement.tallies.size() << "\" failures=\"" << failures << "\">\n" << revisionProperty(judgement.revision);
    for (const auto& [id, tally] : judgement.tallies) {
      const Rule& rule = *Catalogue::builtIn().find(id);
      out << "    <testcase classname=\"" << xml(path) << "\" name=\"" << id << "\"";
      std::string text;
      for (const auto& f : judgement.findings)
        if (f.rule == &rule) text += callsInWords(f.calls) + ": " + f.call + "; expected " + f.expected + "; seen " + f.seen + "\n";
      if (!tally.notScored.empty()) out << "><skipped message=\"not scored, " << xml(tally.notScored) << (tally.broken ? "; broken: " + xml(text) : "") << "\"/></testcase>\n";
      else if (tally.broken && rule.level != Level::ambiguous)
        out << "><failure message=\"" << tally.broken << (tally.broken == 1 ? " finding" : " findings") << "\">" << xml(text) << "</failure></testcase>\n";
      else if (tally.broken) out << "><system-out>" << xml(text) << "</system-out></testcase>\n";
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
          << "}, \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": " << json(trace.path) << "}}, \"logicalLocations\": "
          << jsonList(f.calls, [](std::uint64_t n) { return "{\"name\": \"call " + std::to_string(n) + "\"}"; }) << "}]}";
      first = false;
    }
  out << "\n]}]}\n";
}

}  // namespace vss::conformance
