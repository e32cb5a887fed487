#include "replayer/command.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "recorder/com.h"
#include "recorder/launch/path.h"
#include "recorder/launch/running_options.h"
#include "recorder/recorder.h"
#include "replayer/drive.h"
#include "replayer/replay.h"
#include "traces/diff.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/trace_error.h"

namespace vss {

static void addReplay(CLI::App& app, int& exitCode) {
  struct Given {
    ReplayCommand command;
    std::string match = "object", time = "fast", onDivergence = "go", hangLimit, key, fault, options;
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
  sub->add_option("--key", given->key, "The key that the trace was redacted by: what the program passes becomes what the trace has in its place");
  sub->add_option("--fault", given->fault, "Put a failure in, by its name in `shadowtape faults TRACE --list`; matches by state");
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
      if (!given->key.empty()) setReplayOption(options, "key", shownPath(std::filesystem::absolute(pathFromUtf8(given->key))));
      if (!given->fault.empty()) setReplayOption(options, "fault", given->fault);
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

namespace {

struct DriveCommand {
  std::string trace, target, format = "text", hangLimit = "10s";
  std::optional<std::string> output;
};

// A file that is gone when it has been read.
struct TemporaryTrace {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("shadowtape-drive-" + std::to_string(currentProcess()) + ".vsst");
  ~TemporaryTrace() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
};

int runDrive(const DriveCommand& command, const OpenTarget& openTarget) {
  TraceReader reader(pathFromUtf8(command.trace));
  if (reader.header().origin == Origin::imported) throw TraceError(command.trace + ": was imported from a listing: its calls were never made, and there is nothing to make again");
  auto limit = parseDuration(command.hangLimit);
  if (!limit) throw OptionError("--hang-limit: " + command.hangLimit + " is no time such as 500ms, 30s or 5m");
  ComSession com;
  Target target = openTarget(command.target);
  TemporaryTrace temporary;
  auto path = command.output ? pathFromUtf8(*command.output) : temporary.path;
  prepareOutput(path, {command.trace, command.target});
  // Not destroyed where threads are left behind.
  auto writer = std::make_unique<TraceWriter>(path, TraceOrigin{target.origin, launch::processName(), target.name});
  auto recorder = std::make_unique<Recorder>(*writer);
  Driven driven = drive(reader, [&, recorder = recorder.get()](const MethodInfo& function, void* const* args) { return recorder->call(function, target.call, args); }, *limit);
  writer->finish(driven.hung.empty() ? TraceWriter::Ending::threadsDone : TraceWriter::Ending::threadsRun);
  for (const auto* lines : {&driven.notMade, &driven.hung})
    for (const auto& line : *lines) std::cerr << "shadowtape: " << line << "\n";
  int different = diffTraces(command.trace, shownPath(path), command.format, std::cout, std::cerr);
  if (!driven.hung.empty()) {
    std::cout.flush();
    recorder.release(), writer.release();
    std::error_code ignored;
    if (!command.output) std::filesystem::remove(path, ignored);
    std::_Exit(different);
  }
  return different;
}

void addDrive(CLI::App& app, const OpenTarget& openTarget, int& exitCode) {
  auto command = std::make_shared<DriveCommand>();
  auto* sub = app.add_subcommand("drive", "Make the calls of a trace again, on a live implementation, and compare every result");
  sub->add_option("trace", command->trace, "The trace whose calls are made")->required();
  sub->add_option("--target", command->target, "The implementation: a vssapi.dll or .so, model, model:SCENARIO.json, a trace, or system (Windows)")->required();
  sub->add_option("-o,--output", command->output, "Record the calls that are made into this trace");
  sub->add_option("--hang-limit", command->hangLimit, "Give up when nothing has come back for so long")->capture_default_str();
  sub->add_option("--format", command->format, "How differences are printed")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  sub->footer("It does what the recorded program did: with --target system it makes, and deletes, shadow copies of this machine.\n"
              "Example: shadowtape drive backup.vsst --target model\nExit: 0 no difference, 1 differences, 2 bad usage, or a trace or target that cannot be used.");
  sub->callback([=, &exitCode] {
    try {
      exitCode = runDrive(*command, openTarget);
    } catch (const std::runtime_error& e) {
      std::cerr << "shadowtape: " << e.what() << "\n";
      exitCode = 2;
    }
  });
}

}  // namespace

void addReplayerCommands(CLI::App& app, const OpenTarget& openTarget, int& exitCode) {
  addReplay(app, exitCode);
  addDrive(app, openTarget, exitCode);
}

}  // namespace vss
