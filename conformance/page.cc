// The HTML page of one run or of several: conformance/page/ with the runs put in.
#include <algorithm>
#include <ostream>
#include <utility>

#include "conformance/page_text.h"
#include "conformance/reports.h"
#include "traces/page.h"

namespace vss::conformance {
namespace {

std::string runInPage(const Report& report, std::size_t run, bool several) {
  std::string stale;
  for (const auto& line : report.stale) stale += (stale.empty() ? "" : ",") + jsonInPage(line);
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.3f", report.seconds);
  return "{\"letter\":" + jsonInPage(several ? letterOf(run) : "") + ",\"target\":" + jsonInPage(report.target.empty() ? "the default target" : report.target) +
         ",\"folder\":" + jsonInPage(report.folder) + ",\"tool\":" + jsonInPage(report.tool) + ",\"platform\":" + jsonInPage(report.platform) + ",\"revision\":" + jsonInPage(report.revision) +
         ",\n\"started\":" + jsonInPage(report.started) + ",\"seconds\":" + seconds + ",\n\"red\":" + (report.red ? "true" : "false") +
         ",\"recipes\":" + std::to_string(report.recipes) + ",\"ran\":" + std::to_string(report.ran) + ",\"notJudged\":" + std::to_string(report.notJudged) +
         ",\"mustsRun\":" + std::to_string(report.mustsRun) + ",\"mustsKept\":" + std::to_string(report.mustsKept) + ",\"stale\":[" + stale + "]}";
}

// In the order in which page.js takes it apart.
std::string cellInPage(const ReportedRecipe* r, PageTexts& texts) {
  if (!r) return "0";
  std::string cell = "[" + std::to_string(static_cast<int>(r->verdict)) + "," + (r->red ? "1" : "0");
  for (const auto* text : {&r->recipe, &r->subject, &r->expected, &r->state, &r->cause, &r->reason, &r->advice, &r->source, &r->trace, &r->notScored}) cell += "," + texts.number(*text);
  cell += ",[";
  for (std::size_t i = 0; i < r->calls.size(); ++i) {
    const auto& call = r->calls[i];
    cell += (i ? "," : "") + texts.number(call.call) + "," + texts.number(call.answer) + "," + texts.number(call.state) + "," + (call.judged ? "1" : "0");
  }
  return cell + "]]";
}

void printData(std::span<const Report> reports, std::ostream& out) {
  PageTexts texts;
  out << "{\"runs\":[";
  for (std::size_t i = 0; i < reports.size(); ++i) out << (i ? ",\n" : "\n") << runInPage(reports[i], i, reports.size() > 1);
  out << "],\n\"verdicts\":[";
  for (std::size_t i = 0; i < kVerdicts; ++i) out << (i ? "," : "") << "\"" << verdictName(static_cast<Verdict>(i)) << "\"";
  out << "],\n\"groups\":{";
  for (bool first = true; const auto& group : ruleGroups()) out << (std::exchange(first, false) ? "" : ",") << "\"" << group.name << "\":" << jsonInPage(group.words);
  out << "},\n\"rows\":[";
  for (bool first = true; const auto& row : compare(reports)) {
    const auto* any = *std::find_if(row.runs.begin(), row.runs.end(), [](auto* run) { return run; });
    out << (std::exchange(first, false) ? "\n" : ",\n") << "[" << jsonInPage(row.name) << "," << jsonInPage(any->rule) << ",\"" << levelName(any->level) << "\"";
    for (const auto* run : row.runs) out << "," << cellInPage(run, texts);
    out << "]";
  }
  out << "],\n\"texts\":";
  texts.print(out);
  out << "}";
}

}  // namespace

void printPage(std::span<const Report> reports, std::ostream& out) {
  vss::printPage(kPageTexts, "page.html", [&](std::ostream& to) { printData(reports, to); }, out);
}

}  // namespace vss::conformance
