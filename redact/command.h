#pragma once

namespace CLI { class App; }

namespace vss {

// redact. The command's exit code is left in exitCode.
void addRedactCommand(CLI::App& app, int& exitCode);

}  // namespace vss
