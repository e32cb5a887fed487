#include "redact/command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "redact/redact.h"

namespace vss {

void addRedactCommand(CLI::App& app, int& exitCode) {
  auto given = std::make_shared<redact::RedactCommand>();
  auto* sub = app.add_subcommand("redact", "Replace what names a customer by pseudonyms, and prove that nothing of it is left");
  sub->add_option("trace", given->trace, "The trace")->required();
  sub->add_option("-o,--output", given->output, "The trace to write")->required();
  auto* key = sub->add_option("--key", given->key, "The key that pseudonyms are made with: one key, one pseudonym for a value, in every trace; without it a key is made and thrown away");
  sub->add_option("--new-key", given->newKey, "Make a key, and keep it in this file")->excludes(key);
  sub->footer("Example: shadowtape redact backup.vsst -o for-support.vsst --new-key our.key\n"
              "Exit: 0 redacted, and proved; 1 an original value is left in the output, which is then removed; 2 a file that cannot be used.");
  sub->callback([=, &exitCode] { exitCode = redact::runRedact(*given, std::cout, std::cerr); });
}

}  // namespace vss
