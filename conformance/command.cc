#include "conformance/command.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <memory>

#include "conformance/check.h"
#include "conformance/conform.h"
#include "conformance/explore/explore_command.h"
#include "conformance/shrink/shrink_command.h"
#include "replayer/options.h"
#include "traces/command.h"

namespace vss {

using namespace conformance;

void addConformanceCommands(CLI::App& app, const OpenTarget& openTarget, const Reference& reference, int& exitCode) {
  {
    auto* sub = app.add_subcommand("check", "Judge recorded traces by the documented rules");
    sub->footer("Example: shadowtape check backup.vsst\nOf a fleet: shadowtape check night/ --format jsonl > night.jsonl\nExit: 0 no violation, 1 violations, 2 a file that cannot be used.");
    auto options = std::make_shared<CheckOptions>();
    addTraceArguments(*sub, options->traces);
    sub->add_option("--rules", options->rules, "Only these: WS-049, 'AS-*'");
    sub->add_option("--revision", options->revision, "The requirement set that is scored, 2026-12, or a file in that form; if not given the newest");
    sub->add_option("--format", options->format, "text, json, jsonl (a line for each trace), junit or sarif")->check(CLI::IsMember({"text", "json", "jsonl", "junit", "sarif"}))->capture_default_str();
    sub->callback([options, &exitCode] { exitCode = guardedCommand([&] { return runCheck(*options, std::cout, std::cerr); }); });
  }
  {
    auto* sub = app.add_subcommand("shrink", "Make a trace the shortest session that still shows what is wrong");
    sub->footer("Example: shadowtape shrink field.vsst --rule WS-049 -o short.vsst --emit-test short.cc\n"
                "Exit: 0 shrunk, 1 there is nothing to shrink, 2 bad usage, or a file, target or program that cannot be used.");
    auto options = std::make_shared<ShrinkOptions>();
    auto limits = std::make_shared<std::array<std::string, 2>>(std::array<std::string, 2>{"60s", "10s"});
    sub->add_option("trace", options->trace, "The trace")->required();
    auto* rule = sub->add_option("--rule", options->rule, "Show that this rule is broken; else the first that is");
    auto* target = sub->add_option("--target", options->target, "Make the calls again on this implementation, as drive does: show that it answers otherwise than is recorded, or with --rule that it breaks the rule");
    sub->add_option("-o,--output", options->output, "The shortest session")->required();
    auto* test = sub->add_option("--emit-test", options->emitTest, "Write the session as a C++ test for GoogleTest");
    sub->add_option("--limit", (*limits)[0], "Stop after so long with what there is")->capture_default_str();
    sub->add_option("--hang-limit", (*limits)[1], "Target or program hang when nothing has come back for so long")->capture_default_str();
    sub->add_option("program", options->program, "Show that this program goes another way than is recorded: it and its arguments, after --")->excludes(rule)->excludes(target)->excludes(test);
    sub->callback([=, &exitCode] {
      std::chrono::milliseconds* into[] = {&options->limit, &options->hangLimit};
      for (int i : {0, 1}) {
        auto time = parseDuration((*limits)[static_cast<std::size_t>(i)]);
        if (!time) throw CLI::ValidationError(i ? "--hang-limit" : "--limit", (*limits)[static_cast<std::size_t>(i)] + " is no time such as 500ms, 30s or 5m");
        *into[i] = *time;
      }
      exitCode = runShrink(*options, openTarget, std::cout, std::cerr);
    });
  }
  auto* sub = app.add_subcommand("conform", "Judge a live implementation: make the calls of the catalogue's recipes");
  sub->footer("Example: shadowtape conform --target build/linux/model/libvssapi.so\nExit: 0 nothing is red, 1 something is, 2 the target or a file cannot be used.");
  auto options = std::make_shared<ConformOptions>();
  auto limit = std::make_shared<double>(10);
  auto recipe = std::make_shared<std::array<std::string, 3>>();
  auto exploring = std::make_shared<ExplorationOptions>();
  sub->add_option("--target", options->target, "The implementation: a vssapi.dll or libvssapi.so, model, system (Windows), or the --report folder of another run, replayed");
  sub->add_option("--filter", options->filter, "Only these recipes: WS-049, 'AS-*', WS-047.2");
  sub->add_option("--expect", options->expect, "What is known to fail: rule, reason, link, expiry");
  sub->add_option("--write-expect", options->writeExpect, "Write a file for --expect to fill in");
  sub->add_option("--revision", options->revision, "The requirement set that is scored, 2026-12, or a file in that form; if not given the newest");
  sub->add_option("--report", options->report, "Keep evidence and reports in this folder: report.html, .json, .xml (JUnit), .tap");
  sub->add_option("--format", options->format, "text, json, junit, tap or html")->check(CLI::IsMember({"text", "json", "junit", "tap", "html"}))->capture_default_str();
  sub->add_option("--choice", options->choices, "NAME=VALUE, a named choice of the model, see docs/model.md");
  sub->add_option("--hang-limit", *limit, "Seconds after which a recipe that does not end is killed")->check(CLI::Range(0.1, 86400.0))->capture_default_str();
  auto* explore = sub->add_option("--explore", exploring->depth, "Instead of recipes: every sequence of so many writer-status calls, compared with the model's answers")
                      ->check(CLI::Range(1, 12));
  for (const char* ofRecipes : {"--filter", "--expect", "--write-expect", "--revision"}) explore->excludes(sub->get_option(ofRecipes));
  sub->add_flag("--unmerged", exploring->unmerged, "Run also sequences that the model cannot tell from one that was run")->needs(explore);
  sub->add_option("--random", exploring->random, "Behind an exploration: so many random sequences over the whole API")->check(CLI::Range(0, 1'000'000))->needs(explore)->capture_default_str();
  sub->add_option("--seed", exploring->seed, "Of the random sequences: those of another run again")->check(CLI::Range(std::uint64_t{0}, (std::uint64_t{1} << 53) - 1))->needs(explore);  // as JSON can tell it
  sub->add_option("--explore-in", exploring->folder)->group("");
  sub->add_option("--explore-only", exploring->only)->group("");
  sub->add_option("--explore-until", exploring->until)->group("");
  sub->add_option("--explore-death", exploring->deaths)->group("");
  sub->add_option("--explore-without", exploring->leftOut)->group("");
  sub->add_option("--explore-target-choice", exploring->targetChoices)->group("");
  auto* comparing = sub->add_option("--compare", options->compare, "Run nothing: the --report folders of several runs side by side. Exit: 0 the same verdicts, 1 they differ");
  for (const char* ofRuns : {"--target", "--filter", "--expect", "--write-expect", "--choice", "--explore", "--revision", "--hang-limit"}) comparing->excludes(sub->get_option(ofRuns));
  sub->add_flag("--list", options->list, "List the recipes and run none")->excludes(explore)->excludes(comparing);
  sub->add_option("--run-recipe", (*recipe)[0])->group("");
  sub->add_option("--trace", (*recipe)[1])->group("");
  sub->add_option("--scouted", (*recipe)[2])->group("");
  sub->callback([=, &exitCode] {
    if (std::isnan(*limit)) throw CLI::ValidationError("--hang-limit", "is no number of seconds");  // CLI11 takes it to be in every range
    options->hangLimit = std::chrono::milliseconds(static_cast<long>(*limit * 1000));
    exploring->target = options->target, exploring->report = options->report, exploring->format = options->format;
    exploring->choices = options->choices, exploring->hangLimit = options->hangLimit;
    if (!exploring->folder.empty()) runExplorationHere(*exploring, openTarget, reference, std::cout, std::cerr);
    if (exploring->depth) exitCode = runExploration(*exploring, openTarget, reference, std::cout, std::cerr);
    else if (!options->compare.empty()) exitCode = runCompare(*options, std::cout, std::cerr);
    else if (!(*recipe)[0].empty()) exitCode = runNamedRecipe((*recipe)[0], options->target, (*recipe)[1], (*recipe)[2], openTarget, std::cerr);
    else exitCode = runConform(*options, openTarget, reference, std::cout, std::cerr);
  });
}

}  // namespace vss
