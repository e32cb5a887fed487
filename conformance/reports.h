// What `conform` and `check` print: for eyes, and for other programs. docs/check.md and docs/conform.md tell what is in which.
#pragma once
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "conformance/conform.h"
#include "conformance/judge.h"
#include "conformance/report.h"

namespace vss::conformance {

// ---- conform ----

void printRed(const RecipeResult& result, std::ostream& out);
void printSummary(const Report& report, const std::string& folder, bool kept, std::ostream& out);
void printJson(const Report& report, std::ostream& out);
void printJunit(const Report& report, std::ostream& out);
void printTap(const Report& report, std::ostream& out);  // TAP 14
// One self-contained HTML page: conformance/page/. Of one run, or of several side by side.
void printPage(std::span<const Report> reports, std::ostream& out);
// One of those, by the name that --format has for it.
void printReport(const Report& report, const std::string& format, std::ostream& out);
// What an earlier run left of those that writeReports() writes. Throws where one is a trace, or cannot be deleted.
void removeReports(const std::filesystem::path& folder);
// report.json, report.xml (JUnit), report.tap, report.html in the folder.
void writeReports(const Report& report, const std::filesystem::path& folder);
// One file: "report.html". Throws where it is a trace, or cannot be written.
void writeReport(const std::filesystem::path& file, const std::function<void(std::ostream&)>& print);

// ---- conform --compare ----

struct ComparedRecipe {
  std::string name;
  std::vector<const ReportedRecipe*> runs;   // by report; nullptr: it did not run there
  bool differs() const;                      // in its verdict
};
// In the order of the catalogue.
std::vector<ComparedRecipe> compare(std::span<const Report> reports);
// A, B, …, Z, AA: how a run is called where there are several.
std::string letterOf(std::size_t run);
void printComparison(std::span<const Report> reports, std::ostream& out);
void printComparisonJson(std::span<const Report> reports, std::ostream& out);

// ---- check ----

struct CheckedTrace {
  std::string path;
  Judgement judgement;
  std::string note;                    // imported, cut off: what that means for the judgement; empty: nothing
};
// named: with the file's name above.
void printFindings(const CheckedTrace& trace, bool named, std::ostream& out);
// A line of JSON, of any number of traces: docs/schemas/check-line.schema.json. reader: has come to the end.
void printFindingsLine(const CheckedTrace& trace, const TraceReader& reader, std::ostream& out);
void printFindingsJson(const std::vector<CheckedTrace>& traces, std::ostream& out);
void printFindingsJunit(const std::vector<CheckedTrace>& traces, std::ostream& out);
void printFindingsSarif(const std::vector<CheckedTrace>& traces, std::ostream& out);

}  // namespace vss::conformance
