#include "fault_matrix/command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "fault_matrix/faults.h"

namespace vss {

void addFaultsCommand(CLI::App& app, int& exitCode) {
  struct Given {
    fault_matrix::FaultsOptions faults;
    std::string hangLimit, options;
    std::vector<std::string> maps, ignored;
  };
  auto given = std::make_shared<Given>();
  auto& faults = given->faults;
  auto* sub = app.add_subcommand("faults", "Run a backup program against a trace again and again, each time with one documented failure put in");
  sub->add_option("trace", faults.trace, "The trace to serve")->required();
  auto* list = sub->add_flag("--list", faults.list, "List the failures and run nothing");
  sub->add_option("--filter", faults.filter, "Only these: 'DoSnapshotSet/*', '*/writer/*'");
  sub->add_option("--hang-limit", given->hangLimit, "Kill a run that has not ended after 500ms, 30s, 5m …; default: 10s, and 1s where an operation hangs");
  sub->add_option("--format", faults.format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  sub->add_option("--report", faults.report, "Keep a page and the trace of each run in this folder")->excludes(list);
  sub->add_option("--map", given->maps, "FROM=TO, as replay has it; may come again")->allow_extra_args(false);
  sub->add_option("--ignore", given->ignored, "METHOD.PARAM, as replay has it; may come again")->allow_extra_args(false);
  sub->add_option("--options", given->options, "The options of replay as SHADOWTAPE_OPTIONS has them: key=value;…")->group("");
  sub->add_option("program", faults.command, "The program and its arguments, after --");
  sub->footer("Example: shadowtape faults backup.vsst -- mybackup.exe C:\n"
              "Exit: 0 nothing wrong, 1 the program did something wrong, 2 bad usage, a trace or program that cannot be used, or one that goes another way without a failure.");
  sub->callback([=, &exitCode] {
    auto& options = given->faults;
    if (!options.list && options.command.empty()) throw CLI::RequiredError("program");
    try {
      options.replay = parseReplayOptions(given->options);
      for (const auto& map : given->maps) setReplayOption(options.replay, "map", map);
      for (const auto& ignored : given->ignored) setReplayOption(options.replay, "ignore", ignored);
    } catch (const OptionError& e) {
      throw CLI::ValidationError("--" + std::string(e.what()));
    }
    if (!given->hangLimit.empty()) {
      options.hangLimit = parseDuration(given->hangLimit);
      if (!options.hangLimit) throw CLI::ValidationError("--hang-limit", given->hangLimit + " is no time such as 500ms, 30s or 5m");
    }
    exitCode = runFaults(options, std::cout, std::cerr);
  });
}

}  // namespace vss
