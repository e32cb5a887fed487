#include "exports/command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "exports/export.h"
#include "traces/command.h"

namespace vss {

void addExportCommand(CLI::App& app, int& exitCode) {
  auto* sub = app.add_subcommand("export", "Print a trace in another form, for other tools and for eyes");
  sub->footer("Example: shadowtape export backup.vsst --to html -o backup.html\nExit: 0 printed, 2 a file that cannot be used.");
  auto options = std::make_shared<exports::ExportOptions>();
  sub->add_option("trace", options->trace, "The trace")->required();
  sub->add_option("--to", options->to, "html: a page with a timeline; perfetto: Trace Event JSON, for ui.perfetto.dev; csv: a row each call; jsonl: a line each call, with everything that is in the trace; "
                                       "vssadmin: the last listing of writers")
      ->required()->check(CLI::IsMember({"jsonl", "csv", "perfetto", "html", "vssadmin"}));
  sub->add_option("-o,--output", options->output, "The file to write; standard output if absent");
  sub->callback([options, &exitCode] { exitCode = guardedCommand([&] { return exports::runExport(*options, std::cout, std::cerr); }); });
}

}  // namespace vss
