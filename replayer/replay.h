// `shadowtape replay`.
#pragma once
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "recorder/launch/launch.h"
#include "replayer/options.h"

namespace vss {

struct ReplayCommand {
  std::string trace;
  std::vector<std::string> command;    // or
  launch::Running running;
  ReplayOptions options;
  std::optional<std::string> report;   // a file of the user's; else standard error
};
// Runs a program against the trace, or (Windows) serves one that runs already what it creates from now on. The program's own code; 125 if something diverged; 126, 127: it cannot be started; 2: the trace cannot be used.
int runReplay(const ReplayCommand& command, std::ostream& err);

}  // namespace vss
