#include "conformance/conform.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <ostream>

#include "conformance/child.h"
#include "conformance/driver.h"
#include "conformance/expect.h"
#include "conformance/fixtures.h"
#include "conformance/judge.h"
#include "conformance/progress.h"
#include "conformance/reports.h"
#include "recorder/com.h"
#include "recorder/launch/path.h"
#include "recorder/recorder.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/trace_error.h"
#include "traces/vss/memory.h"

namespace vss::conformance {
namespace {

std::string today() {
  std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

class Runner {
 public:
  Runner(const ConformOptions& options, std::filesystem::path folder, Expectations& expectations)
      : options_(options), folder_(std::move(folder)), expectations_(expectations) {}

  // The target's writers and a document of it, as far as it can give them; recipes that need what it did not give stop and say so.
  void scout() {
    for (const char* name : {kScout, kScoutBackup}) run(name, scoutingRecipe(name), folder_ / (std::string(name) + ".vsst"));
  }

  RecipeResult judged(const NamedRecipe& named) {
    auto began = std::chrono::steady_clock::now();
    RecipeResult result{.rule = named.rule, .name = named.name, .recipe = printRecipe(*named.recipe), .cause = {}, .reason = {}, .trace = {}};
    auto trace = folder_ / (named.name + ".vsst");
    result.trace = shownPath(trace.filename());
    ChildEnd end = run(named.name, *named.recipe, trace);
    auto decision = decide(*named.rule, end, trace, firstLine(named.name), options_.hangLimit);
    result.verdict = decision.verdict;
    auto shown = showCalls(trace);
    result.cause = shown.steady(std::move(decision.cause));
    result.state = std::move(shown.state), result.calls = std::move(shown.calls);
    expect(result);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return result;
  }

 private:
  ChildEnd run(const std::string& name, const Recipe& recipe, const std::filesystem::path& trace) {
    std::error_code ignored;
    std::filesystem::remove(trace, ignored);
    std::vector<std::pair<std::string, std::string>> environment;
    std::string scenario = scenarioFor(recipe);
    if (!options_.choices.empty()) scenario = withChoices(scenario);
    if (!scenario.empty()) {
      auto file = folder_ / (name + ".json");
      std::ofstream(file, std::ios::binary) << scenario << "\n";
      environment.emplace_back("SHADOWTAPE_SCENARIO", shownPath(file));
    }
    std::string target = options_.target;
    if (std::error_code error; !target.empty() && std::filesystem::is_directory(pathFromUtf8(target), error))
      target = shownPath(pathFromUtf8(target) / (name + ".vsst"));  // what another run recorded, served again
    return runOurselves({"conform", "--target", target, "--run-recipe", name, "--trace", shownPath(trace), "--scouted", shownPath(folder_)}, environment,
                        folder_ / (name + ".txt"), options_.hangLimit);
  }

  std::string withChoices(const std::string& scenario) const {
    std::string all;
    for (const auto& choice : options_.choices) {
      auto equals = choice.find('=');
      all += (all.empty() ? "" : ", ") + jsonString(choice.substr(0, equals)) + ": " + jsonString(choice.substr(equals + 1));
    }
    std::string choices = "\"choices\": {" + all + "}}";
    return scenario.size() < 3 ? "{" + choices : scenario.substr(0, scenario.size() - 1) + ", " + choices;
  }

  std::string firstLine(const std::string& name) const {
    std::ifstream in(folder_ / (name + ".txt"), std::ios::binary);
    std::string line;
    std::getline(in, line);
    return line;
  }

  void expect(RecipeResult& result) {
    Expected* expected = expectations_.find(result.rule->id, result.name);
    if (!expected) return;
    result.reason = expected->reason;
    switch (result.verdict) {
      case Verdict::fail:
      case Verdict::notTestable: result.verdict = Verdict::expectedFail, expected->met = true; break;
      case Verdict::pass:
        if (expected->what == result.name) result.verdict = Verdict::unexpectedPass;
        break;
      default: break;
    }
  }

  const ConformOptions& options_;
  std::filesystem::path folder_;
  Expectations& expectations_;
};

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

}  // namespace

bool RecipeResult::red() const {
  if (verdict == Verdict::notTestable) return rule->level == Level::must;
  return verdict == Verdict::fail || verdict == Verdict::unexpectedPass || verdict == Verdict::error;
}

std::vector<NamedRecipe> namedRecipes(const Catalogue& catalogue) {
  std::vector<NamedRecipe> all;
  for (const auto& rule : catalogue.rules())
    for (std::size_t i = 0; i < rule.recipes.size(); ++i)
      all.push_back({&rule, &rule.recipes[i], rule.recipes.size() == 1 ? rule.id : rule.id + "." + std::to_string(i + 1)});
  return all;
}

Recipe scoutingRecipe(const std::string& name) {
  return parseSituation(name == kScout ? "@B1 > GatherWriterStatus* > GetWriterStatusCount(&n) > GetWriterStatus(i)" : "@B5 > SaveAsXML")[0];
}

Surroundings surroundingsIn(const std::filesystem::path& folder) {
  Surroundings all;
  for (const char* scout : {kScout, kScoutBackup}) {
    auto path = folder / (std::string(scout) + ".vsst");
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    TraceReader reader(path);
    auto found = surroundingsFrom(reader);
    if (scout == kScout) all = found;
    else all.document = found.document;
  }
  return all;
}

int runRecipe(const std::string& name, const std::string& asked, const std::string& tracePath, const std::string& scouted, const OpenTarget& openTarget, std::ostream& err) {
  dieQuietly();
  try {
    ComSession com;
    static Recipe recipe;
    std::string rule = name;
    if (name == kScout || name == kScoutBackup) recipe = scoutingRecipe(name);
    for (const auto& named : namedRecipes(Catalogue::builtIn()))
      if (named.name == name) recipe = *named.recipe, rule = named.rule->id;
    if (recipe.steps.empty()) throw std::runtime_error(name + ": there is no such recipe");
    Surroundings surroundings = surroundingsIn(pathFromUtf8(scouted));
    auto scenario = environmentVariable("SHADOWTAPE_SCENARIO");
    Target target = openTarget(asked == "model" && scenario ? "model:" + *scenario : asked);
    auto path = pathFromUtf8(tracePath);
    prepareOutput(path);
    TraceWriter trace(path, {target.origin, launch::processName(), target.name});
    Recorder recorder(trace);
    auto call = [&](const MethodInfo& function, void* const* args) { return recorder.call(function, target.call, args); };
    bool done = drive(recipe, rule, surroundings, call, allocatorsOf(target.ours && asked.starts_with("model") ? "" : asked), trace);
    trace.finish(TraceWriter::Ending::threadsDone);
    return done ? 0 : 3;
  } catch (const std::exception& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

int runConform(const ConformOptions& options, const OpenTarget& openTarget, std::ostream& out, std::ostream& err) {
  try {
    auto recipes = namedRecipes(Catalogue::builtIn());
    std::erase_if(recipes, [&](const NamedRecipe& named) { return !fits(named.name, options.filter) && !fits(named.rule->id, options.filter); });
    if (recipes.empty()) return err << "shadowtape: --filter " << options.filter << ": no rule with a recipe has such a name; --list lists them\n", 2;
    if (options.list) {
      for (const auto& named : recipes) out << named.name << "\t" << levelName(named.rule->level) << "\t" << printRecipe(*named.recipe) << "\n";
      return 0;
    }
    Expectations expectations;
    if (!options.writeExpect.empty()) keepTrace(pathFromUtf8(options.writeExpect));
    if (!options.expect.empty()) expectations = Expectations(pathFromUtf8(options.expect), today());
    std::error_code ignored;
    bool isFolder = !options.target.empty() && std::filesystem::is_directory(pathFromUtf8(options.target), ignored);
    if (!isFolder) openTarget(options.target);  // now, where a mistake can be answered
    bool keep = !options.report.empty();
    if (keep && isFolder && std::filesystem::equivalent(pathFromUtf8(options.target), pathFromUtf8(options.report), ignored))
      throw std::runtime_error(options.report + ": its traces are replayed; --report has to name another folder");
    auto folder = keep ? pathFromUtf8(options.report)
                       : std::filesystem::temp_directory_path() / ("shadowtape-conform-" + std::to_string(currentProcess()));
    std::filesystem::create_directories(folder);
    folder = std::filesystem::absolute(folder);
    auto started = std::chrono::system_clock::now();
    std::vector<RecipeResult> results;
    results.reserve(recipes.size());
    {
      ProgressLine progress(err, errorTerminalWidth());
      progress.show("learning the target's writers");
      Runner runner(options, folder, expectations);
      runner.scout();
      runTests(runner, recipes, results, options, progress, out);
    }
    Report report = reportOf(results, recipes.size(), expectations, options);
    report.started = printTime(std::chrono::nanoseconds(started.time_since_epoch()).count());
    report.seconds = std::chrono::duration<double>(std::chrono::system_clock::now() - started).count();
    if (options.format == "text") printSummary(report, shownPath(folder), keep || report.red, out);
    else printReport(report, options.format, out);
    if (keep) writeReports(report, folder);
    if (keep && options.format == "text") out << "report: " << shownPath(folder / "report.html") << "\n";
    else if (!report.red) std::filesystem::remove_all(folder, ignored);
    if (!options.writeExpect.empty()) {
      std::vector<std::string> failing;
      for (const auto& result : results)
        if (result.verdict == Verdict::fail || (result.verdict == Verdict::notTestable && result.red())) failing.push_back(result.name);
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
