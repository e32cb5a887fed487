#pragma once

namespace CLI { class App; }

namespace vss {

// replay. The command's exit code is left in exitCode.
void addReplayCommand(CLI::App& app, int& exitCode);

}  // namespace vss
