#pragma once
#include "recorder/target.h"

namespace CLI { class App; }

namespace vss {

// replay, drive. The command's exit code is left in exitCode.
void addReplayerCommands(CLI::App& app, const OpenTarget& openTarget, int& exitCode);

}  // namespace vss
