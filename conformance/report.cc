#include "conformance/report.h"

#include <capnp/compat/json.h>
#include <capnp/message.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>

#include "conformance/report.capnp.h"
#include "traces/platform.h"
#include "traces/vss/plain_json.h"
#include "traces/vss/text.h"

namespace vss::conformance {
namespace {

std::string textIn(capnp::Text::Reader text) { return {text.begin(), text.end()}; }

// The value whose name is that.
template <class Value> Value named(const std::string& name, std::size_t count, std::string_view (*nameOf)(Value), const char* what) {
  for (std::size_t i = 0; i < count; ++i)
    if (nameOf(static_cast<Value>(i)) == name) return static_cast<Value>(i);
  throw ReportError(std::string("there is no ") + what + " " + quoted(toUtf16(name)));
}

ReportedRecipe recipeIn(read_back::Report::Result::Reader in) {
  ReportedRecipe one;
  one.name = textIn(in.getName()), one.rule = textIn(in.getRule()), one.subject = textIn(in.getSubject());
  if (one.name.empty()) throw ReportError("a result has no name");
  one.level = named<Level>(textIn(in.getLevel()), 4, &levelName, "level");
  one.verdict = named<Verdict>(textIn(in.getVerdict()), kVerdicts, &verdictName, "verdict");
  one.red = in.getRed(), one.seconds = in.getSeconds();
  one.recipe = textIn(in.getRecipe()), one.state = textIn(in.getState()), one.expected = textIn(in.getExpected()), one.cause = textIn(in.getCause());
  one.reason = textIn(in.getReason()), one.advice = textIn(in.getAdvice()), one.source = textIn(in.getSource()), one.trace = textIn(in.getTrace());
  one.notScored = textIn(in.getNotScored());
  for (auto call : in.getCalls()) one.calls.push_back({textIn(call.getCall()), textIn(call.getAnswer()), textIn(call.getState()), call.getJudged()});
  return one;
}

Report reportIn(read_back::Report::Reader in) {
  if (textIn(in.getFormat()) != kReportFormat)
    throw ReportError(in.getFormat().size() ? "has the format " + quoted(toUtf16(textIn(in.getFormat()))) + ", not \"" + kReportFormat + "\"" : "does not name its format");
  Report report;
  report.tool = textIn(in.getTool()), report.platform = textIn(in.getPlatform()), report.target = textIn(in.getTarget()), report.revision = textIn(in.getRevision());
  report.started = textIn(in.getStarted()), report.seconds = in.getSeconds(), report.red = in.getRed();
  report.recipes = in.getRecipes(), report.ran = in.getRan(), report.notScored = in.getNotScored(), report.notJudged = in.getNotJudged();
  report.mustsRun = in.getMustsRun(), report.mustsKept = in.getMustsKept();
  for (auto line : in.getStale()) report.stale.push_back(textIn(line));
  std::set<std::string> names;
  for (auto result : in.getResults()) {
    report.results.push_back(recipeIn(result));
    if (!names.insert(report.results.back().name).second) throw ReportError(oneLine(report.results.back().name) + " is in it twice");
  }
  return report;
}

// Why a line of the expectation file makes the run red; empty: it does not.
std::string staleness(const Expected& line, const std::vector<RecipeResult>& results, const Expectations& expectations) {
  std::set<Verdict> seen;
  bool scored = false, ran = false;
  for (const auto& r : results) {
    if (r.name != line.what && r.rule->id != line.what) continue;
    ran = true;
    if (r.notScored.empty()) scored = true, seen.insert(r.seen);
  }
  if (ran && !scored) return "";
  if (expectations.hasExpired(line)) return " expired on " + *line.expires;
  if (!ran || line.met) return "";
  if (seen.count(Verdict::error)) return " crashed or hung, which nothing excuses";
  if (seen.count(Verdict::pass)) return " is expected to fail and does not; take the line out";
  if (seen.count(Verdict::notApplicable)) return " is about an interface that the target refuses, which is no failure; take the line out";
  if (seen.count(Verdict::information)) return " is ambiguous: it informs and never fails; take the line out";
  return " excuses nothing that other lines do not; take the line out";
}

}  // namespace

std::size_t Report::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::count_if(results.begin(), results.end(), [&](const ReportedRecipe& one) { return one.verdict == verdict && one.notScored.empty(); }));
}

Report reportOf(const std::vector<RecipeResult>& results, std::size_t chosen, const Expectations& expectations, const ConformOptions& options) {
  Report report;
  report.tool = "shadowtape " SHADOWTAPE_VERSION;
  report.platform = platformName();
  report.target = options.target;
  report.recipes = chosen;
  report.ran = results.size();
  for (const auto& rule : Catalogue::builtIn().rules()) report.notJudged += rule.judged == Judged::never;
  for (const auto& r : results) {
    report.results.push_back({r.name, r.rule->id, r.rule->subject, r.rule->level, r.verdict, r.red(), r.seconds, r.recipe, r.state, r.rule->expected, r.cause, r.reason,
                              r.rule->advice == "-" ? "" : r.rule->advice, r.rule->source, r.trace, r.notScored, r.calls});
    if (!r.notScored.empty()) {
      ++report.notScored;
      continue;
    }
    report.red |= r.red();
    if (r.rule->level != Level::must) continue;
    bool kept = r.verdict == Verdict::pass || r.verdict == Verdict::unexpectedPass;
    if (kept || r.seen == Verdict::fail || r.seen == Verdict::error) ++report.mustsRun;  // what could not be tested was not, whoever expects it
    report.mustsKept += kept;
  }
  for (const auto& line : expectations.lines()) {
    std::string why = staleness(line, results, expectations);
    if (!why.empty()) report.stale.push_back(options.expect + ":" + std::to_string(line.line) + ": " + line.what + why);
  }
  report.red |= !report.stale.empty();
  return report;
}

std::string mustsInWords(const Report& report) {
  std::string text = std::to_string(report.mustsKept) + " of " + std::to_string(report.mustsRun) + " executed MUSTs";
  if (!report.mustsRun) return text;
  char rate[32];
  std::snprintf(rate, sizeof rate, " (%.1f %%)", 100.0 * static_cast<double>(report.mustsKept) / static_cast<double>(report.mustsRun));
  return text + rate;
}

Report readReport(const std::string& folder) {
  auto path = pathFromUtf8(folder) / "report.json";
  std::string name = shownPath(path);
  const std::string remedy = "; --compare takes folders that `shadowtape conform --report` has written";
  std::error_code ignored;
  if (!std::filesystem::is_directory(pathFromUtf8(folder), ignored)) throw ReportError(folder + ": is no folder" + remedy);
  std::ifstream in(path, std::ios::binary);
  if (!in) throw ReportError(name + ": cannot be opened" + remedy);
  try {
    std::string text{std::istreambuf_iterator<char>(in), {}};
    std::string plain = plainJson(text, name);
    capnp::JsonCodec codec;
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<read_back::Report>();
    codec.decode(kj::arrayPtr(plain.data(), plain.size()), root);
    Report report = reportIn(root.asReader());
    report.folder = folder;
    return report;
  } catch (const std::ios_base::failure&) {   // it is a folder, say
    throw ReportError(name + ": cannot be read" + remedy);
  } catch (const PlainJsonError& e) {
    throw ReportError(std::string(e.what()) + remedy);
  } catch (const ReportError& e) {
    throw ReportError(name + ": is no report: " + e.what() + remedy);
  } catch (const kj::Exception& e) {
    throw ReportError(name + ": is no report: " + oneLine(e.getDescription().cStr()) + remedy);
  }
}

}  // namespace vss::conformance
