#include "fault_matrix/reports.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <ostream>

#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"

namespace vss::fault_matrix {
namespace {

constexpr std::size_t kWidth = 120;

std::string json(const std::string& text) { return jsonString(std::string_view(text)); }
std::string json(bool value) { return value ? "true" : "false"; }
template <class List, class Print> std::string jsonList(const List& list, Print&& print) {
  std::string out = "[";
  for (const auto& item : list) out += (out.size() > 1 ? ", " : "") + print(item);
  return out + "]";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string verdictOf(const Outcome& outcome) { return !outcome.putIn ? "not met" : outcome.wrong.empty() ? "ok" : "WRONG"; }

std::string endOf(const Outcome& outcome) {
  return outcome.how == Outcome::How::hung ? "killed" : (outcome.how == Outcome::How::crashed ? "crash " : "exit ") + std::to_string(outcome.exitCode);
}

std::string didOf(const Outcome& outcome) { return !outcome.then.empty() ? joined(outcome.then) : outcome.how == Outcome::How::hung ? "nothing more" : "ended"; }

std::string ruleOf(const Wrong& wrong) { return wrong.rule.empty() ? "" : wrong.rule + " (" + wrong.level + "): "; }

std::string callsIn(const Wrong& wrong) {
  std::string text;
  for (auto call : wrong.calls) text += (text.empty() ? (wrong.calls.size() > 1 ? "calls " : "call ") : ", ") + std::to_string(call);
  return text;
}

// The name up to its way, and what comes behind: "DoSnapshotSet/async" and "VSS_E_PROVIDER_VETO".
std::pair<std::string, std::string> split(const std::string& name) {
  auto way = name.find('/', name.find('/') + 1);
  return way == name.npos ? std::pair(name, std::string()) : std::pair(name.substr(0, way), name.substr(way + 1));
}

// Whether a reader learns nothing from the second line.
bool alike(const Run& a, const Run& b) {
  auto same = [](const Wrong& x, const Wrong& y) { return x.rule == y.rule && x.seen == y.seen; };
  return split(a.variation.name).first == split(b.variation.name).first && a.outcome.putIn == b.outcome.putIn && a.outcome.how == b.outcome.how &&
         a.outcome.exitCode == b.outcome.exitCode && a.outcome.then == b.outcome.then && a.outcome.notes == b.outcome.notes &&
         std::equal(a.outcome.wrong.begin(), a.outcome.wrong.end(), b.outcome.wrong.begin(), b.outcome.wrong.end(), same);
}

struct Group {
  std::vector<const Run*> runs;   // at least one
  const Run& first() const { return *runs[0]; }
  std::vector<std::string> codes() const {
    std::vector<std::string> codes;
    for (const auto* run : runs) codes.push_back(split(run->variation.name).second);
    return codes;
  }
};
std::vector<Group> grouped(const std::vector<Run>& runs) {
  std::vector<Group> groups;
  for (const auto& run : runs) {
    auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) { return alike(group.first(), run); });
    if (same == groups.end()) groups.push_back({{&run}});
    else same->runs.push_back(&run);
  }
  return groups;
}

// Words with spaces between, in lines that are not too long; those after the first begin with `indent`.
std::string wrapped(const std::string& start, const std::vector<std::string>& words, const std::string& indent) {
  std::string text = start;
  std::size_t used = start.size();
  for (const auto& word : words) {
    if (word.empty()) continue;
    if (used + 1 + word.size() > kWidth) text += "\n" + indent, used = indent.size();
    text += " " + word;
    used += 1 + word.size();
  }
  return text + "\n";
}

std::string padded(std::string text, std::size_t width) { return text.size() < width ? text + std::string(width - text.size(), ' ') : text; }

std::string summaryOf(const Matrix& matrix) {
  std::size_t all = matrix.runs.size(), wrong = matrix.wrong(), missing = matrix.notPutIn();
  return std::to_string(all) + (all == 1 ? " failure" : " failures") + " put in: " + std::to_string(all - wrong - missing) + " ok, " + std::to_string(wrong) + " wrong" +
         (missing ? ", " + std::to_string(missing) + " not met: the program never came to the call" : "");
}

std::string breaksOf(const GoodRun& good) {
  std::string text;
  for (const auto& [rule, times] : good.findings)
    text += (text.empty() ? ", breaks " : ", ") + rule + (times == 1 ? "" : " (" + std::to_string(times) + " times)");
  return text;
}

// A file's name in a link: everything that has a meaning there is escaped.
std::string link(const std::string& file) {
  std::string out;
  for (unsigned char c : file) {
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", c);
    out += std::isalnum(c) || c == '-' || c == '_' || c == '.' ? std::string(1, static_cast<char>(c)) : code;
  }
  return out;
}

std::string jsonOf(const Wrong& wrong) {
  return "{\"rule\": " + json(wrong.rule) + ", \"level\": " + json(wrong.level) + ", \"seen\": " + json(wrong.seen) + ", \"source\": " + json(wrong.source) +
         ", \"calls\": " + jsonList(wrong.calls, [](std::uint64_t call) { return std::to_string(call); }) + "}";
}

// "in @B3, initialized for backup; prepared for backup: "
std::string stateOf(const Variation& variation) { return variation.state.empty() ? "" : "in " + variation.state + ", " + variation.stateInWords + ": "; }

constexpr const char* kStyle =
    "<style>\nbody{font:14px sans-serif;margin:2em}body,td{overflow-wrap:anywhere}table{width:100%;table-layout:fixed;border-collapse:collapse}\n"
    "th,td{border:1px solid #bbb;padding:.3em .6em;text-align:left;vertical-align:top}th:first-child,th:nth-child(3){width:5em}th:nth-child(2){width:40%}td p{margin:.3em 0}\n"
    "tr.wrong td:first-child{background:#f9d0d0}tr.ok td:first-child{background:#d7f0d7}small{color:#555}\n"
    "@media(max-width:50em){body{margin:.5em}table,tbody,tr,td{display:block}tr{margin-bottom:1em}tr:first-child{display:none}td:empty{display:none}}\n</style>\n";

// Runs that are alike are one row; each has its own name and trace, and its state where that is another than of the one before.
std::string rowOf(const Group& group) {
  const Outcome& outcome = group.first().outcome;
  std::string names, findings, state;
  for (const auto* run : group.runs) {
    std::string name = markupString(run->variation.name);
    if (!run->outcome.trace.empty()) name = "<a href=\"" + link(run->outcome.trace) + "\">" + name + "</a>";
    auto here = stateOf(run->variation);
    names += "<p>" + name + "<br><small>" + markupString((here == state ? "" : here) + run->variation.meaning) + "</small></p>";
    state = here;
  }
  for (const auto& wrong : outcome.wrong) {
    std::string with = group.runs.size() > 1 ? " with " + group.codes()[0] : "";
    findings += "<p>" + markupString(ruleOf(wrong) + wrong.seen) + "<br><small>" + markupString(wrong.source + "; " + callsIn(wrong) + with) + "</small></p>";
  }
  for (const auto& note : outcome.notes) findings += "<p><small>" + markupString(note) + "</small></p>";
  return std::string("<tr class=\"") + (!outcome.putIn ? "unmet" : outcome.wrong.empty() ? "ok" : "wrong") + "\"><td>" + verdictOf(outcome) + "</td><td>" + names + "</td><td>" +
         (outcome.putIn ? endOf(outcome) : "") + "</td><td>" + (outcome.putIn ? markupString(didOf(outcome)) : "") + "</td><td>" + findings + "</td></tr>\n";
}

}  // namespace

void printVariations(const std::vector<Variation>& variations, const std::string& format, std::ostream& out) {
  if (format == "json") {
    out << jsonList(variations, [](const Variation& v) {
      return "{\"name\": " + json(v.name) + ", \"state\": " + json(v.state) + ", \"meaning\": " + json(v.meaning) + ", \"source\": " + json(v.source) + "}";
    }) << "\n";
    return;
  }
  for (const auto& v : variations) out << v.name << "  " << stateOf(v) << v.meaning << " [" << v.source << "]\n";
}

void printMatrix(const Matrix& matrix, std::ostream& out) {
  out << "without a failure: exit " << matrix.good.exitCode << ", " << matrix.good.calls << " calls" << breaksOf(matrix.good) << "\n";
  for (const auto& group : grouped(matrix.runs)) {
    const auto& [variation, outcome] = group.first();
    std::string indent(18, ' ');
    out << wrapped(padded(verdictOf(outcome), 8) + padded(outcome.putIn ? endOf(outcome) : "", 10) + split(variation.name).first, group.codes(), indent);
    if (!outcome.putIn) continue;
    out << indent << "then " << didOf(outcome) << "\n";
    for (const auto& wrong : outcome.wrong) {
      out << indent << ruleOf(wrong) << wrong.seen << "\n" << indent << "  " << wrong.source << "; " << callsIn(wrong);
      if (group.runs.size() > 1) out << " with " << group.codes()[0];
      out << (outcome.trace.empty() ? "" : " in " + outcome.trace) << "\n";
    }
    for (const auto& note : outcome.notes) out << indent << "note: " << note << "\n";
  }
  out << summaryOf(matrix) << "\n";
}

void printMatrixJson(const Matrix& matrix, std::ostream& out) {
  auto text = [](const std::string& word) { return json(word); };
  out << "{\"format\": \"shadowtape-faults-1\", \"trace\": " << json(matrix.trace) << ", \"command\": " << jsonList(matrix.command, text)
      << ",\n \"good\": {\"exitCode\": " << matrix.good.exitCode << ", \"calls\": " << matrix.good.calls << ", \"breaks\": "
      << jsonList(matrix.good.findings, [](const auto& broken) { return "{\"rule\": " + json(broken.first) + ", \"times\": " + std::to_string(broken.second) + "}"; })
      << "}, \"wrong\": " << matrix.wrong()
      << ", \"notPutIn\": " << matrix.notPutIn() << ",\n \"runs\": [";
  bool first = true;
  for (const auto& [variation, outcome] : matrix.runs) {
    out << (first ? "\n  " : ",\n  ") << "{\"name\": " << json(variation.name) << ", \"state\": " << json(variation.state) << ", \"meaning\": " << json(variation.meaning)
        << ", \"source\": " << json(variation.source) << ", \"putIn\": " << json(outcome.putIn) << ", \"ended\": \"" << wordFor(outcome.how)
        << "\", \"exitCode\": " << outcome.exitCode << ", \"failedCall\": " << outcome.failedCall << ", \"then\": " << jsonList(outcome.then, text)
        << ", \"aborted\": " << json(outcome.aborted) << ", \"freed\": " << json(outcome.freed) << ", \"tried\": " << json(outcome.tried)
        << ", \"beganAnew\": " << json(outcome.beganAnew) << ", \"completed\": " << json(outcome.completed) << ", \"wrong\": " << jsonList(outcome.wrong, jsonOf)
        << ", \"notes\": " << jsonList(outcome.notes, text) << ", \"trace\": " << json(outcome.trace) << "}";
    first = false;
  }
  out << "\n ]}\n";
}

void writePage(const Matrix& matrix, const std::filesystem::path& folder) {
  auto path = folder / "faults.html";
  keepTrace(path);
  std::ofstream page(path, std::ios::binary);
  std::string command;
  for (const auto& word : matrix.command) command += (command.empty() ? "" : " ") + word;
  page << "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>shadowtape faults: " << markupString(command) << "</title>\n"
       << kStyle << "</head><body>\n<h1>" << markupString(command) << "</h1>\n<p>Served from " << markupString(matrix.trace) << ", each time with one documented failure put in. "
       << markupString(summaryOf(matrix)) << ". Without a failure: exit " << matrix.good.exitCode << ", <a href=\"000-no-failure.vsst\">" << matrix.good.calls << " calls</a>" << breaksOf(matrix.good) << ".</p>\n"
       << "<table>\n<tr><th></th><th>failure</th><th>end</th><th>then</th><th>findings and notes</th></tr>\n";
  auto groups = grouped(matrix.runs);
  std::stable_partition(groups.begin(), groups.end(), [](const Group& group) { return !group.first().outcome.wrong.empty(); });
  for (const auto& group : groups) page << rowOf(group);
  page << "</table>\n</body></html>\n";
  if (!page.flush()) throw std::runtime_error(shownPath(path) + ": cannot be written");
}

}  // namespace vss::fault_matrix
