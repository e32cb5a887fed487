#include "replayer/replay.h"

#include <fstream>
#include <ostream>
#include <sstream>

#include "recorder/launch/launch.h"
#include "recorder/launch/shims.h"
#include "redact/redact.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/trace_reader.h"

namespace vss {
namespace {

constexpr int kDiverged = 125;

#if !defined(_WIN32)
// The same command, by our Windows build under Wine.
launch::Ended replayUnderWine(const ReplayCommand& command) {
  ReplayOptions options = command.options;
  if (options.key) options.key = launch::toWindowsPath(pathFromUtf8(*options.key));
  std::vector<std::string> arguments{"replay", launch::toWindowsPath(pathFromUtf8(command.trace)), "--options", toText(options)};
  if (command.report) arguments.insert(arguments.end(), {"--report", launch::toWindowsPath(pathFromUtf8(*command.report))});
  return launch::runUnderWine(launch::windowsCommand(), arguments, command.command);
}
#endif

template <class Say> launch::Ended replayHere(const ReplayCommand& command, const std::filesystem::path& report, Say& say) {
  auto shim = launch::shimLibrary("replayer");
  std::vector<std::pair<std::string, std::string>> environment{
      {"SHADOWTAPE_TRACE", shownPath(std::filesystem::absolute(pathFromUtf8(command.trace)))},
      {"SHADOWTAPE_REPORT", shownPath(std::filesystem::absolute(report))},
      {"SHADOWTAPE_OPTIONS", toText(command.options)},
      {"SHADOWTAPE_SHIM", shownPath(shim)},
      {"SHADOWTAPE_TARGET", ""}};
  return command.running.given() ? launch::enter(command.running, "serving", shim, environment, say)
                                 : launch::run({command.command, shim, environment});
}

bool tellsDivergence(const std::string& report) { return report.starts_with("divergence ") || report.find("\ndivergence ") != std::string::npos; }

}  // namespace

int runReplay(const ReplayCommand& command, std::ostream& err) {
  try {
    auto say = [&](const std::string& line) { err << "shadowtape: " << line << std::endl; };
    if (command.running.detach) {
      auto ended = launch::enter(command.running, "", launch::shimLibrary("replayer"), {}, say);
      if (!ended.error.empty()) say(ended.error);
      return ended.exitCode;
    }
    TraceReader usable(pathFromUtf8(command.trace));
    redact::keyFor(usable.header(), command.options.key);
    if (auto id = redact::keyIdOf(usable.header().tool); id && !command.options.key)
      say("the trace is redacted; a program that passes names of its own needs key " + *id + ": --key FILE");
    if (command.report) keepTrace(pathFromUtf8(*command.report));
#if !defined(_WIN32)
    if (!command.command.empty() && launch::isWindowsProgram(command.command[0])) {
      auto ended = replayUnderWine(command);
      if (!ended.error.empty()) err << "shadowtape: " << ended.error << "\n";
      return ended.exitCode;
    }
#endif
    auto report = command.report ? pathFromUtf8(*command.report)
                                 : std::filesystem::temp_directory_path() / ("shadowtape-replay-" + std::to_string(currentProcess()) + ".txt");
    std::error_code ignored;
    std::filesystem::remove(report, ignored);
    auto ended = replayHere(command, report, say);
    std::stringstream text;
    bool served = static_cast<bool>(text << std::ifstream(report, std::ios::binary).rdbuf()) || std::filesystem::exists(report, ignored);
    if (!command.report) {
      err << text.str();
      std::filesystem::remove(report, ignored);
    }
    if (!ended.error.empty()) err << "shadowtape: " << ended.error << "\n";
    else if (!served) err << "shadowtape: the program made no call of VSS that was served\n";
    return tellsDivergence(text.str()) ? kDiverged : ended.exitCode;
  } catch (const std::runtime_error& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss
