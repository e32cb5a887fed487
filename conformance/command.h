#pragma once
#include "recorder/target.h"

namespace CLI { class App; }

namespace vss {
namespace conformance { struct Reference; }
// Adds `check` and `conform`. reference: what `conform --explore` compares with. exitCode is set when one of them ran.
void addConformanceCommands(CLI::App& app, const OpenTarget& openTarget, const conformance::Reference& reference, int& exitCode);
}  // namespace vss
