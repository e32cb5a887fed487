#pragma once
#include "recorder/target.h"

namespace CLI { class App; }

namespace vss {
// Adds `check` and `conform`. exitCode is set when one of them ran.
void addConformanceCommands(CLI::App& app, const OpenTarget& openTarget, int& exitCode);
}  // namespace vss
