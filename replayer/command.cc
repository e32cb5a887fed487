#include "replayer/command.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "recorder/launch/running_options.h"
#include "replayer/replay.h"
#include "traces/platform.h"

namespace vss {

void addReplayCommand(CLI::App& app, int& exitCode) {
  struct Given {
    ReplayCommand command;
    std::string match = "object", time = "fast", onDivergence = "go", hangLimit, options;
    std::vector<std::string> maps, ignored;
  };
  auto given = std::make_shared<Given>();
  auto* sub = app.add_subcommand("replay", "Run a backup program with a trace in place of VSS");
  auto* trace = sub->add_option("trace", given->command.trace, "The trace to serve");
  sub->add_option("--match", given->match, "How a recorded call is found: strict (in the recorded order alone), object, state (as in that state, again and again)")
      ->capture_default_str();
  sub->add_option("--time", given->time, "How long everything takes: fast (no time), recorded, x10 (ten times as fast as recorded)")->capture_default_str();
  sub->add_option("--map", given->maps, "FROM=TO: tell the program TO where a recorded text has FROM, and take TO for FROM from it; may come again")->allow_extra_args(false);
  sub->add_option("--ignore", given->ignored, "METHOD.PARAM: do not compare this parameter; may come again")->allow_extra_args(false);
  sub->add_option("--on-divergence", given->onDivergence, "go: answer VSS_E_UNEXPECTED and go on; stop: end the program")
      ->check(CLI::IsMember({"go", "stop"}))->capture_default_str();
  sub->add_option("--hang-limit", given->hangLimit, "End a recorded hang after 500ms, 30s, 5m …; default: it hangs until cancelled");
  sub->add_option("--options", given->options, "The same options as SHADOWTAPE_OPTIONS has them: key=value;…")->group("");
  sub->add_option("--report", given->command.report, "Write the divergence report into this file instead of standard error");
  auto* program = sub->add_option("program", given->command.command, "The program and its arguments, after --");
  launch::addRunningOptions(*sub, given->command.running, "serve", program, {trace});
  sub->footer("Example: shadowtape replay backup.vsst -- mybackup.exe C:\nExit: the program's own code; 125 it went another way than the recording, 126 or 127 it cannot be started, 2 bad usage or trace.");
  sub->callback([=, &exitCode] {
    if (!given->command.running.detach && given->command.trace.empty()) throw CLI::RequiredError("trace");
    if (!given->command.running.given() && given->command.command.empty()) throw CLI::RequiredError("program");
    auto& options = given->command.options;
    try {
      options = parseReplayOptions(given->options);
      auto set = [&](const CLI::Option* option, const char* key, const std::string& value) {
        if (given->options.empty() || option->count()) setReplayOption(options, key, value);
      };
      set(sub->get_option("--match"), "match", given->match);
      set(sub->get_option("--time"), "time", given->time);
      set(sub->get_option("--on-divergence"), "on-divergence", given->onDivergence);
      if (!given->hangLimit.empty()) setReplayOption(options, "hang-limit", given->hangLimit);
      for (const auto& map : given->maps) setReplayOption(options, "map", map);
      for (const auto& ignored : given->ignored) setReplayOption(options, "ignore", ignored);
    } catch (const OptionError& e) {
      throw CLI::ValidationError("--" + std::string(e.what()));
    }
    if (given->command.report) {
      auto folder = std::filesystem::absolute(pathFromUtf8(*given->command.report)).parent_path();
      if (!std::filesystem::is_directory(folder)) throw CLI::ValidationError("--report", "there is no folder " + shownPath(folder));
    }
    exitCode = runReplay(given->command, std::cerr);
  });
}

}  // namespace vss
