#pragma once

namespace CLI { class App; }

namespace vss {

// explain. The command's exit code is left in exitCode.
void addExplainCommand(CLI::App& app, int& exitCode);

}  // namespace vss
