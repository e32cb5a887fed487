#include "recorder/command.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "recorder/launch/running_options.h"
#include "recorder/record.h"
#include "traces/duration.h"
#include "traces/environment.h"

namespace vss {
namespace {

constexpr const char* kTargetHelp = "The VSS that answers: a vssapi.dll or libvssapi.so, model, model:SCENARIO.json, a trace"
#if defined(_WIN32)
                                    ", or system. Default: system";
#else
                                    ". Default: model";
#endif

// The option's text, which is one that parseFactClasses takes.
std::shared_ptr<std::string> addEnvironment(CLI::App* command) {
  auto classes = std::make_shared<std::string>("default");
  std::string names;
  for (const auto& one : factClasses()) names += std::string(names.empty() ? "" : ", ") + one.name;
  command->add_option("--environment", *classes, "What the trace tells of this machine: all, none, or some of " + names + ", with commas. Default: " + defaultFactClasses())
      ->check([](const std::string& text) {
        try {
          parseFactClasses(text);
        } catch (const std::runtime_error& e) {
          return std::string(e.what());
        }
        return std::string();
      });
  return classes;
}

}  // namespace

void addRecorderCommands(CLI::App& app, const OpenTarget& openTarget, int& exitCode) {
  {
    auto options = std::make_shared<StatusOptions>();
    auto* sub = app.add_subcommand("status", "Ask every writer for its status, as a backup program would, and print it");
    sub->add_option("--target", options->target, kTargetHelp);
    sub->add_option("-o,--output", options->output, "Record the session into this trace");
    sub->add_option("--format", options->format, "text, vssadmin or json")->check(CLI::IsMember({"text", "vssadmin", "json"}))->capture_default_str();
    auto environment = addEnvironment(sub);
    sub->get_option("--environment")->needs("--output");
    sub->footer("Example: shadowtape status -o now.vsst\nExit: 0 all writers were asked (failed ones too), 1 a call of VSS failed, 2 bad usage or target.");
    sub->callback([=, &exitCode] {
      options->environment = parseFactClasses(*environment);
      exitCode = runStatus(*options, openTarget, std::cout, std::cerr);
    });
  }
  {
    auto options = std::make_shared<RecordOptions>();
    auto* sub = app.add_subcommand("record", "Run a backup program with the recorder in front of VSS");
    auto* output = sub->add_option("-o,--output", options->output, "The trace to write");
    sub->add_option("--target", options->target, kTargetHelp);
    auto sync = std::make_shared<std::string>("1s");
    sub->add_option("--sync", *sync, "Bring the trace to the disk every 500ms, 1s, 1m …; 0: each call before it goes on")->capture_default_str();
    auto environment = addEnvironment(sub);
    auto* program = sub->add_option("program", options->command, "The program and its arguments, after --");
    launch::addRunningOptions(*sub, options->running, "record", program, {output});
    sub->footer("Example: shadowtape record -o backup.vsst -- mybackup.exe C:\nExit: the program's own code; 126 or 127 it cannot be started, 2 bad usage or target.");
    sub->callback([=, &exitCode] {
      if (!options->running.detach && options->output.empty()) throw CLI::RequiredError("--output");
      if (!options->running.given() && options->command.empty()) throw CLI::RequiredError("program");
      auto interval = parseDuration(*sync == "0" ? "0s" : *sync);
      if (!interval) throw CLI::ValidationError("--sync", *sync + " is no time such as 500ms, 1s or 1m, nor 0");
      options->sync = *interval;
      options->environment = parseFactClasses(*environment);
      exitCode = runRecord(*options, openTarget, std::cerr);
    });
  }
}

}  // namespace vss
