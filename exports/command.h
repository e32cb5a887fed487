#pragma once

namespace CLI { class App; }

namespace vss {

// export. The command's exit code is left in exitCode.
void addExportCommand(CLI::App& app, int& exitCode);

}  // namespace vss
