#pragma once
#include <functional>

namespace CLI { class App; }

namespace vss {
struct ManyTraces;
// Adds show, info, diff, verify, pack, recover and import. exitCode is set when one of them ran.
void addTraceCommands(CLI::App& app, int& exitCode);

// Runs a command that only prints; a file that cannot be used is one line and exit code 2.
int guardedCommand(const std::function<int()>& command);

// The arguments of a command that takes many traces. Both must outlive the parsing.
void addTraceArguments(CLI::App& sub, ManyTraces& traces);
}  // namespace vss
