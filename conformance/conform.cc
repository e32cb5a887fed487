#include "conformance/conform.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <ostream>

#include "conformance/child.h"
#include "conformance/expect.h"
#include "conformance/fixtures.h"
#include "conformance/reference.h"
#include "conformance/reports.h"
#include "conformance/requirements.h"
#include "conformance/runner.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/progress.h"

namespace vss::conformance {
namespace {

// ---- As GoogleTest tests ----

class RecipeTest : public testing::Test {
 public:
  RecipeTest(Runner& runner, const NamedRecipe& named, std::vector<RecipeResult>& results) : runner_(runner), named_(named), results_(results) {}
  void TestBody() override {
    results_.push_back(runner_.judged(named_));
    const auto& result = results_.back();
    if (result.red()) ADD_FAILURE() << verdictName(result.verdict) << " " << result.cause;
  }

 private:
  Runner& runner_;
  const NamedRecipe& named_;
  std::vector<RecipeResult>& results_;
};

// Prints a red recipe when it is met; on a terminal, how far the run is.
class Printer : public testing::EmptyTestEventListener {
 public:
  Printer(const std::vector<RecipeResult>& results, std::ostream& out, bool text, ProgressLine& progress) : results_(results), out_(out), text_(text), progress_(progress) {}
  void OnTestStart(const testing::TestInfo& test) override {
    auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_);
    progress_.show(progressInWords(results_.size(), static_cast<std::size_t>(testing::UnitTest::GetInstance()->test_to_run_count()), red_, spent,
                                   std::string(test.test_suite_name()) + "-" + test.name()));
  }
  void OnTestEnd(const testing::TestInfo&) override {
    if (results_.size() == told_) return;
    told_ = results_.size();
    if (!results_.back().red()) return;
    ++red_;
    if (!text_) return;
    progress_.clear();
    printRed(results_.back(), out_);
    out_.flush();
  }

 private:
  const std::vector<RecipeResult>& results_;
  std::ostream& out_;
  bool text_;
  ProgressLine& progress_;
  std::size_t told_ = 0, red_ = 0;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void runTests(Runner& runner, const std::vector<NamedRecipe>& recipes, std::vector<RecipeResult>& results, const ConformOptions& options, ProgressLine& progress, std::ostream& out) {
  int argc = 1;
  char name[] = "shadowtape", *argv[] = {name, nullptr};
  testing::InitGoogleTest(&argc, argv);
  for (const auto& named : recipes) {
    auto dash = named.name.find('-');
    testing::RegisterTest(named.name.substr(0, dash).c_str(), named.name.substr(dash + 1).c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [&runner, &named, &results]() -> testing::Test* { return new RecipeTest(runner, named, results); });
  }
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new Printer(results, out, options.format == "text", progress));
  if (RUN_ALL_TESTS()) return;  // what is red is in the results
}

std::filesystem::path recordedIn(const std::string& folder, const std::string& recipe) { return pathFromUtf8(folder) / (recipe + ".vsst"); }

}  // namespace

int runNamedRecipe(const std::string& name, const std::string& asked, const std::string& trace, const std::string& scouted, const OpenTarget& openTarget, std::ostream& err) {
  auto open = [&] {
    auto scenario = environmentVariable("SHADOWTAPE_SCENARIO");
    Target target = openTarget(asked);
    if (target.name == "model" && scenario) target = openTarget("model:" + *scenario);
    bool linkedIn = target.ours && asked.starts_with("model");
    return Subject{std::move(target), allocatorsOf(linkedIn ? "" : asked)};
  };
  return runRecipe(name, pathFromUtf8(trace), pathFromUtf8(scouted), open, err);
}

int runConform(const ConformOptions& options, const OpenTarget& openTarget, const Reference& reference, std::ostream& out, std::ostream& err) {
  try {
    auto recipes = namedRecipes(Catalogue::builtIn());
    std::erase_if(recipes, [&](const NamedRecipe& named) { return !fits(named.name, options.filter) && !fits(named.rule->id, options.filter); });
    if (recipes.empty()) return err << "shadowtape: --filter " << options.filter << ": no rule with a recipe has such a name; --list lists them\n", 2;
    if (options.list) {
      for (const auto& named : recipes) out << named.name << "\t" << levelName(named.rule->level) << "\t" << printRecipe(*named.recipe) << "\n";
      return 0;
    }
    Revision revision(options.revision);
    Expectations expectations;
    if (!options.expect.empty()) expectations = Expectations(pathFromUtf8(options.expect), today());
    std::error_code ignored;
    bool isFolder = !options.target.empty() && std::filesystem::is_directory(pathFromUtf8(options.target), ignored);
    if (!isFolder) openTarget(options.target);  // now, where a mistake can be answered
    else if (std::none_of(recipes.begin(), recipes.end(), [&](const NamedRecipe& named) { return std::filesystem::exists(recordedIn(options.target, named.name), ignored); }))
      throw std::runtime_error(options.target + ": has no trace of these recipes; --target takes a library, or the --report folder of another run");
    if (!options.choices.empty()) reference.with(withChoices("", chosen(options.choices)), true);  // one that there is not is said here
    bool keep = !options.report.empty();
    if (keep && isFolder && std::filesystem::equivalent(pathFromUtf8(options.target), pathFromUtf8(options.report), ignored))
      throw std::runtime_error(options.report + ": its traces are replayed; --report has to name another folder");
    auto folder = keep ? pathFromUtf8(options.report)
                       : std::filesystem::temp_directory_path() / ("shadowtape-conform-" + std::to_string(currentProcess()));
    if (keep) makeFolder(folder);
    if (!options.writeExpect.empty()) checkNewFile(pathFromUtf8(options.writeExpect));
    if (keep) removeReports(folder);
    else makeFolder(folder);
    folder = std::filesystem::absolute(folder);
    auto started = std::chrono::system_clock::now();
    std::vector<RecipeResult> results;
    results.reserve(recipes.size());
    {
      ProgressLine progress(err, errorTerminalWidth());
      progress.show("learning the target's writers");
      Runner runner({folder, options.hangLimit, options.choices}, revision, expectations, [&](const RecipeProcess& process) {
        // Of a folder, what another run recorded is served again.
        std::string target = isFolder ? shownPath(recordedIn(options.target, process.name)) : options.target;
        std::vector<std::string> arguments{"conform", "--run-recipe", process.name, "--trace", shownPath(process.trace), "--scouted", shownPath(process.folder)};
        if (!target.empty()) arguments.insert(arguments.end(), {"--target", target});
        return runOurselves(arguments, process.environment, process.output, options.hangLimit);
      });
      runner.scout();
      runTests(runner, recipes, results, options, progress, out);
    }
    Report report = reportOf(results, recipes.size(), expectations, options);
    report.revision = revision.name();
    report.started = printTime(std::chrono::nanoseconds(started.time_since_epoch()).count());
    report.seconds = std::chrono::duration<double>(std::chrono::system_clock::now() - started).count();
    if (options.format == "text") printSummary(report, shownPath(folder), keep || report.red, out);
    else printReport(report, options.format, out);
    if (keep) writeReports(report, folder);
    if (keep && options.format == "text") out << "report: " << shownPath(folder / "report.html") << "\n";
    else if (!report.red) std::filesystem::remove_all(folder, ignored);
    else if (options.format != "text") err << "evidence: " << shownPath(folder) << "\n";
    if (!options.writeExpect.empty()) {
      std::vector<std::string> failing;
      for (const auto& result : results)
        if (result.red() && (result.verdict == Verdict::fail || result.verdict == Verdict::notTestable)) failing.push_back(result.name);
      auto path = pathFromUtf8(options.writeExpect);
      if (!(std::ofstream(path, std::ios::binary) << expectationsTemplate(failing) << std::flush)) throw std::runtime_error(options.writeExpect + ": cannot be written");
    }
    return report.red ? 1 : 0;
  } catch (const std::runtime_error& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss::conformance
