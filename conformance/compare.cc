// `conform --compare`: several runs side by side.
#include <algorithm>
#include <map>
#include <ostream>
#include <utility>

#include "conformance/reports.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/vss/text.h"

namespace vss::conformance {
namespace {

std::string_view shownVerdict(const ReportedRecipe* run) { return run ? verdictName(run->verdict) : "-"; }

std::string padded(std::string_view text, std::size_t width) { return std::string(text) + std::string(width > text.size() ? width - text.size() : 0, ' '); }

// WS-049.2 before WS-049.10: numbers as numbers, which is the catalogue's order.
std::string sortedBy(const std::string& name) {
  auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  std::string key;
  for (std::size_t i = 0, digits = 0; i < name.size(); i += digits) {
    for (digits = 0; i + digits < name.size() && isDigit(name[i + digits]);) ++digits;
    if (digits) key += std::string(digits < 12 ? 12 - digits : 0, '0') + name.substr(i, digits);
    else key += name[i], digits = 1;
  }
  return key + '\0' + name;
}

std::size_t differing(const std::vector<ComparedRecipe>& rows) {
  return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.differs(); }));
}

std::vector<Report> readReports(const std::vector<std::string>& folders) {
  if (folders.size() < 2) throw ReportError("--compare " + folders.at(0) + ": takes two folders or more");
  std::vector<Report> reports;
  for (const auto& folder : folders) reports.push_back(readReport(folder));
  return reports;
}

// The page of a run stays beside its report.json.
void writeComparison(std::span<const Report> reports, const std::string& folder) {
  auto path = pathFromUtf8(folder);
  std::error_code ignored;
  if (std::filesystem::exists(path / "report.json", ignored))
    throw ReportError(folder + ": holds the report of a run, whose page would be overwritten; --report has to name another folder");
  makeFolder(path);
  writeReport(path / "report.html", [&](std::ostream& out) { printPage(reports, out); });
}

}  // namespace

bool ComparedRecipe::differs() const {
  return std::any_of(runs.begin(), runs.end(), [&](auto* run) { return !run != !runs[0] || (run && run->verdict != runs[0]->verdict); });
}

std::vector<ComparedRecipe> compare(std::span<const Report> reports) {
  std::map<std::string, ComparedRecipe> rows;
  for (std::size_t run = 0; run < reports.size(); ++run)
    for (const auto& one : reports[run].results) {
      auto& row = rows[sortedBy(one.name)];
      row.name = one.name;
      row.runs.resize(reports.size());
      row.runs[run] = &one;
    }
  std::vector<ComparedRecipe> all;
  for (auto& [key, row] : rows) all.push_back(std::move(row));
  return all;
}

std::string letterOf(std::size_t run) { return (run < 26 ? "" : letterOf(run / 26 - 1)) + static_cast<char>('A' + run % 26); }

void printComparison(std::span<const Report> reports, std::ostream& out) {
  auto rows = compare(reports);
  std::size_t differ = differing(rows), name = 0;
  bool revisionsDiffer = std::any_of(reports.begin(), reports.end(), [&](const Report& report) { return report.revision != reports[0].revision; });
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    out << letterOf(i) << "  " << reports[i].folder << ", " << (reports[i].target.empty() ? "the default target" : oneLine(reports[i].target)) << ": kept " << mustsInWords(reports[i]);
    if (revisionsDiffer) out << ", by the requirements of " << oneLine(reports[i].revision);
    out << "\n";
    widths.push_back(letterOf(i).size());
  }
  for (const auto& row : rows) {
    if (!row.differs()) continue;
    name = std::max(name, oneLine(row.name).size());
    for (std::size_t i = 0; i < reports.size(); ++i) widths[i] = std::max(widths[i], shownVerdict(row.runs[i]).size());
  }
  auto line = [&](const std::string& first, auto&& cell) {
    std::string text = padded(first, name);
    for (std::size_t i = 0; i < reports.size(); ++i) text += "  " + padded(cell(i), widths[i]);
    out << text.substr(0, text.find_last_not_of(' ') + 1) << "\n";
  };
  if (differ) line("", [](std::size_t i) { return letterOf(i); });
  for (const auto& row : rows)
    if (row.differs()) line(oneLine(row.name), [&](std::size_t i) { return shownVerdict(row.runs[i]); });
  out << differ << " of " << rows.size() << (rows.size() == 1 ? " recipe" : " recipes") << (differ == 1 ? " differs\n" : " differ\n");
}

void printComparisonJson(std::span<const Report> reports, std::ostream& out) {
  auto rows = compare(reports);
  out << "{\"format\": \"shadowtape-compare-1\", \"recipes\": " << rows.size() << ", \"differ\": " << differing(rows) << ",\n \"runs\": [";
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto& report = reports[i];
    out << (i ? ",\n  " : "\n  ") << "{\"folder\": " << jsonString(report.folder) << ", \"target\": " << jsonString(report.target) << ", \"revision\": " << jsonString(report.revision) << ", \"red\": " << (report.red ? "true" : "false")
        << ", \"ran\": " << report.ran << ", \"mustsRun\": " << report.mustsRun << ", \"mustsKept\": " << report.mustsKept << "}";
  }
  out << "],\n \"differences\": [";
  bool first = true;
  for (const auto& row : rows) {
    if (!row.differs()) continue;
    out << (std::exchange(first, false) ? "\n  " : ",\n  ") << "{\"name\": " << jsonString(row.name) << ", \"verdicts\": [";
    for (std::size_t i = 0; i < row.runs.size(); ++i) out << (i ? ", " : "") << "\"" << (row.runs[i] ? verdictName(row.runs[i]->verdict) : "NOT_RUN") << "\"";
    out << "]}";
  }
  out << "]}\n";
}

int runCompare(const ConformOptions& options, std::ostream& out, std::ostream& err) {
  try {
    if (options.format == "junit" || options.format == "tap") throw ReportError("--format " + options.format + ": --compare prints text, json or html");
    auto reports = readReports(options.compare);
    if (!options.report.empty()) writeComparison(reports, options.report);
    if (options.format == "json") printComparisonJson(reports, out);
    else if (options.format == "html") printPage(reports, out);
    else printComparison(reports, out);
    return differing(compare(reports)) ? 1 : 0;
  } catch (const std::runtime_error& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss::conformance
