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
    std::string onDivergence = "go", hangLimit;
  };
  auto given = std::make_shared<Given>();
  auto* sub = app.add_subcommand("replay", "Run a backup program with a trace in place of VSS");
  auto* trace = sub->add_option("trace", given->command.trace, "The trace to serve");
  sub->add_option("--match", given->command.options.match, "How a recorded call is found")->check(CLI::IsMember({"object"}))->capture_default_str();
  sub->add_option("--time", given->command.options.time, "How long operations take")->check(CLI::IsMember({"fast"}))->capture_default_str();
  sub->add_option("--on-divergence", given->onDivergence, "go: answer VSS_E_UNEXPECTED and go on; stop: end the program")
      ->check(CLI::IsMember({"go", "stop"}))->capture_default_str();
  sub->add_option("--hang-limit", given->hangLimit, "End a recorded hang after 500ms, 30s, 5m …; default: it hangs until cancelled");
  sub->add_option("--report", given->command.report, "Write the divergence report into this file instead of standard error");
  auto* program = sub->add_option("program", given->command.command, "The program and its arguments, after --");
  launch::addRunningOptions(*sub, given->command.running, "serve", program, {trace});
  sub->footer("Example: shadowtape replay backup.vsst -- mybackup.exe C:\nExit: the program's own code; 125 it went another way than the recording, 126 or 127 it cannot be started, 2 bad usage or trace.");
  sub->callback([=, &exitCode] {
    if (!given->command.running.detach && given->command.trace.empty()) throw CLI::RequiredError("trace");
    if (!given->command.running.given() && given->command.command.empty()) throw CLI::RequiredError("program");
    auto& options = given->command.options;
    options.stopOnDivergence = given->onDivergence == "stop";
    if (!given->hangLimit.empty() && !(options.hangLimit = parseDuration(given->hangLimit)))
      throw CLI::ValidationError("--hang-limit", given->hangLimit + " is no time such as 500ms, 30s or 5m");
    if (given->command.report) {
      auto folder = std::filesystem::absolute(pathFromUtf8(*given->command.report)).parent_path();
      if (!std::filesystem::is_directory(folder)) throw CLI::ValidationError("--report", "there is no folder " + shownPath(folder));
    }
    exitCode = runReplay(given->command, std::cerr);
  });
}

}  // namespace vss
