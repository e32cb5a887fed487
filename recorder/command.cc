#include "recorder/command.h"

#include <CLI/CLI.hpp>
#include <charconv>
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

constexpr const char* kRingHelp = "Keep the newest 64M, 1G … of what is recorded, at least 1M";
constexpr const char* kUntilHelp = "Write the trace when this holds, with what came before: 'writer.state = failed or gather > 30s'; see docs/flight-recorder.md";

std::uint64_t ringSize(const std::string& text) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  unsigned shift = unit == "" ? 0 : unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : 64;
  if (error != std::errc() || shift == 64 || number > (std::uint64_t{1} << 50) >> shift || number << shift < TraceWriter::kSmallestRing)
    throw CLI::ValidationError("--ring", text + " is no size such as 64M or 1G, or less than 1M, or more than 1024 terabytes");
  return number << shift;
}

void addRedactOptions(CLI::App& sub, redact::RecordingKey& given) {
  auto* redact = sub.add_flag("--redact", given.redact, "Write pseudonyms for what names a customer, from the first byte on; see docs/privacy.md");
  auto* key = sub.add_option("--key", given.key, "The key that pseudonyms are made with, which the recorded process must be able to read; without it each process makes one and throws it away")->needs(redact);
  sub.add_option("--new-key", given.newKey, "Make a key, and keep it in this file")->needs(redact)->excludes(key);
}

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
    auto* output = sub->add_option("-o,--output", options->output, "Record the session into this trace");
    addRedactOptions(*sub, options->key);
    sub->get_option("--redact")->needs(output);
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
    auto options = std::make_shared<WatchOptions>();
    auto* sub = app.add_subcommand("watch", "Ask every writer for its status again and again, record that, and print what changes");
    sub->add_option("-o,--output", options->output, "The trace to write")->required();
    sub->add_option("--target", options->target, kTargetHelp);
    auto every = std::make_shared<std::string>("60s");
    sub->add_option("--every", *every, "The time between two looks: 500ms, 60s, 5m …")->capture_default_str();
    sub->add_option("--count", options->count, "So many looks; else until Ctrl-C")->check(CLI::PositiveNumber);
    auto ring = std::make_shared<std::string>();
    sub->add_option("--ring", *ring, kRingHelp);
    sub->add_option("--until", options->until, kUntilHelp);
    addRedactOptions(*sub, options->key);
    auto environment = addEnvironment(sub);
    sub->footer("Example: shadowtape watch --every 60s --until 'writer.state = failed' -o failed.vsst\nExit: 0; 1 a call of VSS failed in the last look, 2 bad usage or target.");
    sub->callback([=, &exitCode] {
      auto interval = parseDuration(*every);
      if (!interval) throw CLI::ValidationError("--every", *every + " is no time such as 500ms, 60s or 5m");
      options->every = *interval;
      if (!ring->empty()) options->ring = ringSize(*ring);
      options->environment = parseFactClasses(*environment);
      exitCode = runWatch(*options, openTarget, std::cout, std::cerr);
    });
  }
  {
    auto options = std::make_shared<RecordOptions>();
    auto* sub = app.add_subcommand("record", "Run a backup program with the recorder in front of VSS");
    auto* output = sub->add_option("-o,--output", options->output, "The trace to write");
    sub->add_option("--target", options->target, kTargetHelp);
    auto sync = std::make_shared<std::string>("1s");
    sub->add_option("--sync", *sync, "Bring the trace to the disk every 500ms, 1s, 1m …; 0: each call before it goes on")->capture_default_str();
    auto ring = std::make_shared<std::string>();
    sub->add_option("--ring", *ring, kRingHelp);
    sub->add_option("--until", options->until, kUntilHelp);
    addRedactOptions(*sub, options->key);
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
      if (!ring->empty()) options->ring = ringSize(*ring);
      options->environment = parseFactClasses(*environment);
      exitCode = runRecord(*options, openTarget, std::cerr);
    });
  }
}

}  // namespace vss
