#pragma once
namespace CLI { class App; }

namespace vss {
// Adds show, info, diff, verify, import and export. exitCode is set when one of them ran.
void addTraceCommands(CLI::App& app, int& exitCode);
}  // namespace vss
