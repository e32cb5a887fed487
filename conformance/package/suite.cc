// The library shadowtape_conformance: the runner of `conform` behind C functions. GoogleTest is the program's own; there is none in here.
#define SHADOWTAPE_BUILDS_CONFORMANCE
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "conformance/child.h"
#include "conformance/driver.h"
#include "conformance/expect.h"
#include "conformance/package/conformance_abi.h"
#include "conformance/reports.h"
#include "conformance/requirements.h"
#include "conformance/runner.h"
#include "recorder/launch/path.h"
#include "recorder/target.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/vss/memory.h"

namespace shadowtape::abi {
namespace {

using namespace vss;
using namespace vss::conformance;

// In the environment of a recipe's process.
constexpr const char *kRecipe = "SHADOWTAPE_RECIPE", *kRecipeFolder = "SHADOWTAPE_RECIPE_FOLDER";

// What GoogleTest itself is told is about the whole run; its filter of one test comes by the environment.
std::vector<std::string> argumentsOfThisProgram() {
  auto arguments = ownArguments();
  std::erase_if(arguments, [](const std::string& argument) { return argument.starts_with("--gtest_"); });
  return arguments;
}

}  // namespace

struct Suite {
  explicit Suite(const Setup& setup) : create(setup.create), exported(setup.exported), revision(setup.revision) {
    options.target = launch::processName(), options.expect = setup.expect, options.hangLimit = std::chrono::milliseconds(setup.hangLimit);
    if (*setup.expect) expectations = Expectations(pathFromUtf8(setup.expect), today());
    if (*setup.report) folder = std::filesystem::absolute(pathFromUtf8(setup.report)), keep = true;
  }

  void* function(const char* name) const {
    if (std::string_view(name).starts_with("CreateVssBackupComponents")) return create;
    return exported ? exported(name) : nullptr;
  }
  // A function that a recipe calls and the implementation was handed over without; "": none.
  std::string missing(const Recipe& recipe) const {
    for (const auto* steps : {&recipe.prefix, &recipe.steps})
      for (const auto& step : *steps) {
        if (!step.method->interface_.empty() || step.method == &vssFreeSnapshotProperties()) continue;
        auto names = exportNamesOf(*step.method);
        if (std::none_of(names.begin(), names.end(), [&](const char* name) { return name && function(name); })) return std::string(step.method->name);
      }
    return "";
  }
  Subject subject() const {
    Subject subject;
    subject.target.name = options.target;
    subject.target.origin = Origin::model;
    subject.target.call = callsOf([this](const char* name) { return function(name); });
    subject.allocators = allocatorsOf("");
#if !defined(_WIN32)
    auto take = [this](auto& of, const char* name) {
      if (void* own = function(name)) of = reinterpret_cast<std::remove_reference_t<decltype(of)>>(own);
    };
    take(subject.allocators.freeString, "SysFreeString");
    take(subject.allocators.freeTaskMemory, "CoTaskMemFree");
    take(subject.allocators.allocateString, "SysAllocStringLen");
#endif
    return subject;
  }

  // The first recipe of this process that runs makes the folder and looks at the implementation.
  Runner& running(const std::string& filter) {
    testName = filter;
    if (!runner) {
      if (!keep) folder = std::filesystem::temp_directory_path() / ("shadowtape-conformance-" + std::to_string(currentProcess()) + "-" + std::to_string(++made));
      makeFolder(folder);
      runner.emplace(RunnerOptions{folder, options.hangLimit}, revision, expectations, [this](const RecipeProcess& process) { return start(process); });
      runner->scout();
    }
    return *runner;
  }
  ChildEnd start(const RecipeProcess& process) {
    if (environmentVariable("SHADOWTAPE_IN_PROCESS") && !process.name.starts_with(kScout)) return startHere(process);
    auto environment = process.environment;
    environment.insert(environment.end(), {{kRecipe, process.name}, {kRecipeFolder, shownPath(process.folder)}, {"GTEST_FILTER", testName},
                                           {"GTEST_TOTAL_SHARDS", ""}, {"GTEST_SHARD_INDEX", ""}});
    ChildEnd end = runOurselves(argumentsOfThisProgram(), environment, process.output, options.hangLimit);
    if (end.how == ChildEnd::How::exited && end.code != 2 && !std::filesystem::exists(process.trace))
      return {ChildEnd::How::notStarted, 0, "the program, started again for this test alone, ended before it; what it printed is in " + shownPath(process.output)};
    return end;
  }
  ChildEnd startHere(const RecipeProcess& process) const {
    for (const auto& [name, value] : process.environment) setEnvironmentVariable(name.c_str(), value);
    return {ChildEnd::How::exited, runRecipe(process.name, process.trace, process.folder, [this] { return subject(); }, std::cerr), ""};
  }

  void* const create;
  void* (*const exported)(const char* name);
  const Revision revision;
  ConformOptions options;             // as if `conform` had been told so
  Expectations expectations;
  std::filesystem::path folder;
  bool keep = false;
  const std::vector<NamedRecipe> recipes = namedRecipes(Catalogue::builtIn());
  std::optional<Runner> runner;
  std::vector<RecipeResult> results;
  std::string testName, text;         // of the test that runs; of what was handed out
  static inline int made = 0;
};

extern "C" {

Suite* ShadowtapeOpenSuite(const Setup* setup, const char** problem) {
  static std::string said;
  try {
    if (setup->version != kVersion) throw std::runtime_error("<shadowtape/conformance.h> and the library are of different versions; compile this program again");
    if (!setup->create) throw std::runtime_error("registerConformanceTests: create is null; it has to make the object that is judged");
    return new Suite(*setup);
  } catch (const std::exception& e) {
    said = std::string("shadowtape: ") + e.what();
    *problem = said.c_str();
    return nullptr;
  }
}

std::size_t ShadowtapeRecipes(const Suite* suite) { return suite->recipes.size(); }
const char* ShadowtapeRecipeName(const Suite* suite, std::size_t recipe) { return suite->recipes[recipe].name.c_str(); }

Result ShadowtapeRunRecipe(Suite* suite, std::size_t recipe, const char* filter) {
  const NamedRecipe& named = suite->recipes[recipe];
  if (auto asked = environmentVariable(kRecipe)) {
    auto folder = pathFromUtf8(environmentVariable(kRecipeFolder).value_or(""));
    int code = runRecipe(*asked, folder / (*asked + ".vsst"), folder, [suite] { return suite->subject(); }, std::cout);
    std::cout.flush();
    std::exit(code);  // as `conform` does: what the implementation does at the end of a process belongs to it
  }
  try {
    if (auto missing = suite->missing(*named.recipe); !missing.empty()) {
      suite->text = "the implementation was handed over without " + missing + "; see Implementation::exported";
      return {skipped, verdictName(Verdict::notTestable).data(), suite->text.c_str()};
    }
    suite->results.push_back(suite->running(filter).judged(named));
    const RecipeResult& result = suite->results.back();
    std::ostringstream text;
    if (result.red()) printRed(result, text);
    else text << verdictName(result.verdict) << (result.cause.empty() ? "" : " " + result.cause) << (result.reason.empty() ? "" : "; expected: " + result.reason)
              << (result.notScored.empty() ? "" : "; not scored, " + result.notScored);
    suite->text = text.str();
    bool fine = result.notScored.empty() && (result.verdict == Verdict::pass || result.verdict == Verdict::information);
    return {result.red() ? failed : fine ? passed : skipped, verdictName(result.verdict).data(), suite->text.c_str()};
  } catch (const std::exception& e) {
    suite->text = std::string("shadowtape: ") + e.what();
    return {failed, verdictName(Verdict::error).data(), suite->text.c_str()};
  }
}

Result ShadowtapeEndRun(Suite* suite) {
  if (!suite->runner) return {skipped, "", ""};
  Report report = reportOf(suite->results, suite->recipes.size(), suite->expectations, suite->options);
  report.revision = suite->revision.name();
  std::ostringstream text;
  printSummary(report, shownPath(suite->folder), suite->keep || report.red, text);
  std::error_code ignored;
  if (!suite->keep && !report.red) std::filesystem::remove_all(suite->folder, ignored);
  bool fine = report.stale.empty();
  try {
    if (suite->keep) writeReports(report, suite->folder);
  } catch (const std::exception& e) {
    text << "shadowtape: " << e.what() << "\n", fine = false;
  }
  suite->runner.reset();  // --gtest_repeat begins again
  suite->results.clear();
  suite->text = text.str();
  return {fine ? passed : failed, "", suite->text.c_str()};
}

}  // extern "C"

}  // namespace shadowtape::abi
