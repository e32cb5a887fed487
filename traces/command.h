#pragma once
#include <functional>

namespace CLI { class App; }

namespace vss {
// Adds show, info, diff, verify, pack, recover and import. exitCode is set when one of them ran.
void addTraceCommands(CLI::App& app, int& exitCode);

// Runs a command that only prints; a file that cannot be used is one line and exit code 2.
int guardedCommand(const std::function<int()>& command);
}  // namespace vss
