#include "recorder/record.h"

#include <ostream>

#include "recorder/launch/launch.h"
#include "recorder/launch/shims.h"
#include "traces/call.h"
#include "traces/is_trace.h"
#include "traces/output_file.h"
#include "traces/platform.h"

namespace vss {
namespace {

std::string absolute(const std::string& path) { return shownPath(std::filesystem::absolute(pathFromUtf8(path))); }

// What the shim in the program is told: everything as absolute paths, for the program may run in another folder.
std::vector<std::pair<std::string, std::string>> shimEnvironment(const RecordOptions& options, const std::filesystem::path& shim) {
  std::vector<std::pair<std::string, std::string>> environment{
      {"SHADOWTAPE_TRACE", absolute(options.output)}, {"SHADOWTAPE_SHIM", shownPath(shim)}, {"SHADOWTAPE_TARGET", ""}};
  std::string target = options.target;
#if !defined(_WIN32)
  if (target.empty()) target = "model";
#endif
  if (target == "model" || target.starts_with("model:")) {
    environment.back().second = shownPath(launch::shimLibrary("model"));
    if (target != "model") environment.emplace_back("SHADOWTAPE_SCENARIO", absolute(target.substr(6)));
  } else if (isTrace(pathFromUtf8(target))) {
    environment.back().second = shownPath(launch::shimLibrary("replayer"));
    environment.emplace_back("SHADOWTAPE_OPTIONS", "trace=" + absolute(target));
  } else if (!target.empty() && target != "system") environment.back().second = absolute(target);
  return environment;
}

#if !defined(_WIN32)
// The same command, by our Windows build under Wine.
int recordUnderWine(const RecordOptions& options, std::ostream& err) {
  std::vector<std::string> arguments{"record", "-o", launch::toWindowsPath(pathFromUtf8(options.output)), "--target"};
  std::string target = options.target.empty() ? "model" : options.target;
  if (target.starts_with("model:")) target = "model:" + launch::toWindowsPath(pathFromUtf8(target.substr(6)));
  else if (target != "model" && target != "system") target = launch::toWindowsPath(pathFromUtf8(target));
  arguments.push_back(target);
  auto ended = launch::runUnderWine(launch::windowsCommand(), arguments, options.command);
  if (!ended.error.empty()) err << "shadowtape: " << ended.error << "\n";
  return ended.exitCode;
}
#endif

// One line on what there is now; the program has ended.
void tell(const std::string& output, std::ostream& err) {
  auto path = pathFromUtf8(output);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    err << "shadowtape: the program made no call of VSS that was recorded; there is no " << output << "\n";
    return;
  }
  try {
    TraceReader reader(path);
    std::uint64_t calls = 0;
    if (reader.footer()) calls = reader.footer()->calls;
    else
      for (CallReader all(reader); all.next();) calls = all.calls();
    err << "shadowtape: " << calls << (calls == 1 ? " call" : " calls") << " recorded in " << output
        << (reader.footer() ? "" : ", which is cut off: the program was killed, or ended while it made a call") << "\n";
  } catch (const TraceError& e) {
    err << "shadowtape: " << e.what() << "\n";
  }
}

}  // namespace

int runRecord(const RecordOptions& options, const OpenTarget& openTarget, std::ostream& err) {
  try {
    prepareOutput(pathFromUtf8(options.output));
#if !defined(_WIN32)
    if (launch::isWindowsProgram(options.command[0])) return recordUnderWine(options, err);
#endif
    launch::Launch launch;
    launch.command = options.command;
    launch.shim = launch::shimLibrary("recorder");
    launch.environment = shimEnvironment(options, launch.shim);
    // Now, where a mistake can be answered, rather than inside the program.
    if (!launch.environment[2].second.empty()) openTarget(options.target.empty() ? "model" : options.target);
    auto ended = launch::run(launch);
    if (!ended.error.empty()) err << "shadowtape: " << ended.error << "\n";
    else tell(options.output, err);
    return ended.exitCode;
  } catch (const std::runtime_error& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss
