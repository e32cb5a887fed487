#include "traces/command.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>

#include "traces/diff.h"
#include "traces/import.h"
#include "traces/many_traces.h"
#include "traces/packed_trace.h"
#include "traces/platform.h"
#include "traces/recover.h"
#include "traces/show.h"
#include "traces/trace_error.h"

namespace vss {
namespace {

struct Options {
  ManyTraces traces;
  std::string trace, other, output, format = "text", from = "auto";
  bool state = false, unpack = false, follow = false;
  double idle = 0;
};

CLI::Option* addFormat(CLI::App* sub, Options& options) {
  return sub->add_option("--format", options.format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
}

}  // namespace

int guardedCommand(const std::function<int()>& command) {
  outliveOutputReader();
  try {
    return command();
  } catch (const TraceError& e) {
    std::cerr << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

void addTraceArguments(CLI::App& sub, ManyTraces& traces) {
  sub.add_option("trace", traces.names, "Files; folders, with all that is below; patterns with * ? or ** (any folders between), in quotation marks; or -: a list on standard input, a name in each line")->required();
  sub.add_flag("-0,--null", traces.nulls, "In that list a name ends in NUL and not with its line, as of `find -print0`");
  sub.add_option("-j,--jobs", traces.jobs, "Traces at once; 0: as many as there are processors")->check(CLI::Range(0, 1024))->capture_default_str();
  traces.width = errorTerminalWidth();
}

void addTraceCommands(CLI::App& app, int& exitCode) {
  auto add = [&](const char* name, const char* description, const char* footer) {
    auto* sub = app.add_subcommand(name, description);
    sub->footer(footer);
    return std::pair(sub, std::make_shared<Options>());
  };
  {
    auto [sub, options] = add("show", "Print every call of a trace", "Example: shadowtape show backup.vsst\nWhile it is recorded: shadowtape show --follow backup.vsst");
    sub->add_option("trace", options->trace, "The trace")->required();
    addFormat(sub, *options);
    auto* state = sub->add_flag("--state", options->state, "Beside the calls: what state each session and operation is in");
    auto* follow = sub->add_flag("--follow", options->follow, "Go on as the trace grows, until it is closed or Ctrl-C")->excludes(state);
    sub->add_option("--idle", options->idle, "With --follow: stop after so many seconds without a new call")->needs(follow)->check(CLI::NonNegativeNumber);
    sub->callback([options = options, &exitCode] {
      exitCode = guardedCommand([&] { return showTrace(options->trace, {options->format, options->state, options->follow, options->idle}, std::cout, std::cerr); });
    });
  }
  {
    auto [sub, options] = add("info", "Summarize traces: where from, how long, which calls, which writers",
                              "Example: shadowtape info night/\nOf a fleet: shadowtape info night/ --format jsonl > night.jsonl\nExit: 0 summarized, 2 a file that cannot be used.");
    addTraceArguments(*sub, options->traces);
    sub->add_option("--format", options->format, "text, json, or jsonl: json with a line also for a file that cannot be used")->check(CLI::IsMember({"text", "json", "jsonl"}))->capture_default_str();
    sub->callback([options = options, &exitCode] { exitCode = guardedCommand([&] { return showInfo(options->traces, options->format, std::cout, std::cerr); }); });
  }
  {
    auto [sub, options] = add("diff", "Print the differences in meaning between two traces",
                              "Example: shadowtape diff yesterday.vsst today.vsst\nExit: 0 no difference, 1 differences, 2 a file that cannot be used.");
    sub->add_option("a", options->trace, "One trace")->required();
    sub->add_option("b", options->other, "The other")->required();
    addFormat(sub, *options);
    sub->callback([options = options, &exitCode] { exitCode = guardedCommand([&] { return diffTraces(options->trace, options->other, options->format, std::cout, std::cerr); }); });
  }
  {
    auto [sub, options] = add("verify", "Tell whether traces are whole",
                              "Example: shadowtape verify backup.vsst\nExit: 0 whole, 1 cut off or damaged, 2 a file that cannot be used.");
    addTraceArguments(*sub, options->traces);
    addFormat(sub, *options);
    sub->callback([options = options, &exitCode] { exitCode = guardedCommand([&] { return verifyTraces(options->traces, options->format, std::cout, std::cerr); }); });
  }
  {
    auto [sub, options] = add("pack", "Compress a trace; every command reads it as it is",
                              "Example: shadowtape pack backup.vsst -o backup.vsst.zst\nExit: 0 packed, and read again; 2 a file that cannot be used.");
    sub->add_option("trace", options->trace, "The trace")->required();
    sub->add_option("-o,--output", options->output, "The file to write")->required();
    sub->add_flag("--unpack", options->unpack, "The way back: the trace as it was, byte for byte (as zstd -d makes it)");
    sub->callback([options = options, &exitCode] { exitCode = guardedCommand([&] { return packTrace(options->trace, options->output, options->unpack, std::cout); }); });
  }
  {
    auto [sub, options] = add("recover", "Save what is undamaged of a damaged or cut trace",
                              "Example: shadowtape recover bad.vsst -o saved.vsst\n"
                              "Exit: 0 saved, nothing is lost; 3 saved, what is lost is told; 1 there was nothing to save; 2 a file that cannot be used.");
    sub->add_option("trace", options->trace, "The trace")->required();
    sub->add_option("-o,--output", options->output, "The trace to write")->required();
    sub->callback([options = options, &exitCode] {
      exitCode = guardedCommand([&] { return recoverTrace(options->trace, options->output, std::cout, std::cerr); });
    });
  }
  {
    auto [sub, options] = add("import", "Make a trace of a pasted listing of writers' statuses",
                              "Example: shadowtape import writers.txt -o writers.vsst\n"
                              "Exit: 0 imported, damage is told on standard error; 2 no listing of statuses, or not what --from says.");
    sub->add_option("file", options->trace,
                    "The output of `vssadmin list writers` in any language, `vshadow -ws`, diskshadow's `list writers status`, or PowerShell objects made "
                    "of one as table, list, JSON or CSV; as it was pasted")->required();
    sub->add_option("-o,--output", options->output, "The trace to write")->required();
    sub->add_option("--from", options->from, "What the file must be: auto (decided by what stands in it, and told), vssadmin, vshadow, diskshadow or powershell")
        ->check(CLI::IsMember({"auto", "vssadmin", "vshadow", "diskshadow", "powershell"}))->capture_default_str();
    sub->callback([options = options, &exitCode] {
      exitCode = guardedCommand([&] { return importListing(options->trace, options->output, options->from, std::cout, std::cerr); });
    });
  }
}

}  // namespace vss
