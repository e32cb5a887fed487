#include "explain/command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "explain/explain.h"
#include "traces/platform.h"

namespace vss {

void addExplainCommand(CLI::App& app, int& exitCode) {
  struct Given { std::string trace, format = "text"; };
  auto given = std::make_shared<Given>();
  auto* sub = app.add_subcommand("explain", "Tell what went wrong in a trace, for whom, and the documented remedy");
  sub->add_option("trace", given->trace, "The trace; one that is imported from a listing too")->required();
  sub->add_option("--format", given->format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  sub->footer("Example: shadowtape explain backup.vsst\nExit: 0 nothing failed, 1 a writer, a call or an operation did, 2 a file that cannot be used.");
  sub->callback([given, &exitCode] {
    outliveOutputReader();
    exitCode = explain::runExplain(given->trace, given->format, std::cout, std::cerr);
  });
}

}  // namespace vss
