#pragma once
#include "recorder/target.h"

namespace CLI { class App; }

namespace vss {
// Adds `status` and `record`. exitCode is set when one of them ran.
void addRecorderCommands(CLI::App& app, const OpenTarget& openTarget, int& exitCode);
}  // namespace vss
