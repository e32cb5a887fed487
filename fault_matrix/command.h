#pragma once

namespace CLI { class App; }

namespace vss {

// faults. The command's exit code is left in exitCode.
void addFaultsCommand(CLI::App& app, int& exitCode);

}  // namespace vss
