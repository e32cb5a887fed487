#include "recorder/record.h"

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <ostream>
#include <set>
#include <thread>

#include "recorder/environment.h"
#include "recorder/flight_recorder.h"
#include "recorder/launch/launch.h"
#include "recorder/launch/shims.h"
#include "recorder/rights.h"
#include "traces/call.h"
#include "traces/growing_file.h"
#include "traces/is_trace.h"
#include "traces/output_file.h"
#include "traces/platform.h"

namespace vss {
namespace {

std::string absolute(const std::string& path) { return shownPath(std::filesystem::absolute(pathFromUtf8(path))); }

// What the shim in the program is told: everything as absolute paths, for the program may run in another folder.
std::vector<std::pair<std::string, std::string>> shimEnvironment(const RecordOptions& options, const std::filesystem::path& trace, const std::filesystem::path& shim) {
  std::vector<std::pair<std::string, std::string>> environment{
      {"SHADOWTAPE_TRACE", absolute(shownPath(trace))}, {"SHADOWTAPE_SHIM", shownPath(shim)}, {"SHADOWTAPE_TARGET", ""}};
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
  environment.emplace_back("SHADOWTAPE_SYNC", options.sync.count() ? "" : "0");
  std::uint64_t ring = options.ring || options.until.empty() ? options.ring : RecordOptions::kUsualRing;
  environment.emplace_back("SHADOWTAPE_RING", ring ? std::to_string(ring) : "");
  environment.emplace_back("SHADOWTAPE_REDACT", options.key.forShim());
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
  arguments.insert(arguments.end(), {"--sync", std::to_string(options.sync.count()) + "ms", "--environment", namesOf(options.environment)});
  if (options.ring) arguments.insert(arguments.end(), {"--ring", std::to_string(options.ring)});
  if (!options.until.empty()) arguments.insert(arguments.end(), {"--until", options.until});
  if (options.key.redact) arguments.push_back("--redact");
  for (const auto& [option, file] : {std::pair("--key", options.key.key), std::pair("--new-key", options.key.newKey)})
    if (file) arguments.insert(arguments.end(), {option, launch::toWindowsPath(pathFromUtf8(*file))});
  auto ended = launch::runUnderWine(launch::windowsCommand(), arguments, options.command);
  if (!ended.error.empty()) err << "shadowtape: " << ended.error << "\n";
  return ended.exitCode;
}
#endif

std::string calls(const std::filesystem::path& path) {
  TraceReader reader(path);
  std::uint64_t count = 0;
  if (reader.footer()) count = reader.footer()->calls;
  else
    for (CallReader all(reader); all.next();) count = all.calls();
  return std::to_string(count) + (count == 1 ? " call" : " calls") + " recorded in " + shownPath(path) +
         (reader.footer() ? "" : ", which is cut off: the program was killed, or ended while it made a call");
}

// What other processes than the first leave beside the trace: files that are named after it, see openTrace(); by name.
std::set<std::filesystem::path> besides(const std::filesystem::path& trace) {
  std::error_code ignored;
  std::set<std::filesystem::path> found;
  std::string begin = shownPath(trace.stem()) + "-", end = shownPath(trace.extension());
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::absolute(trace).parent_path(), ignored)) {
    std::string name = shownPath(entry.path().filename());
    if (name.starts_with(begin) && (name.ends_with(end) || name.ends_with(end + ".stopped.txt"))) found.insert(trace.parent_path() / entry.path().filename());
  }
  return found;
}

// The trace and those besides it that there are now, without those that were there before.
std::set<std::filesystem::path> writtenSince(const std::filesystem::path& trace, const std::set<std::filesystem::path>& before) {
  auto all = besides(trace);
  std::error_code ignored;
  for (const auto& old : before) all.erase(old);
  if (std::filesystem::exists(trace, ignored)) all.insert(trace);
  return all;
}

// While it lives, what the programs write is brought to the disk every `interval`. From this process, so that none of theirs waits for a disk or has
// a thread of ours. before: besides() before they began.
class Syncing {
 public:
  Syncing(std::filesystem::path trace, std::set<std::filesystem::path> before, std::chrono::milliseconds interval)
      : trace_(std::move(trace)), before_(std::move(before)), interval_(interval) {
    if (interval.count()) thread_ = std::thread([this] { run(); });
  }
  ~Syncing() {
    if (!thread_.joinable()) return;
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  Syncing(const Syncing&) = delete;
  Syncing& operator=(const Syncing&) = delete;

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval_, [&] { return ended_; })) {
      lock.unlock();
      flushFile(trace_);  // one that is not there yet, or cannot be flushed, is tried again
      try {
        for (const auto& other : besides(trace_))
          if (!before_.count(other)) flushFile(other);
      } catch (const std::exception&) {
      }
      lock.lock();
    }
  }

  const std::filesystem::path trace_;
  const std::set<std::filesystem::path> before_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  std::thread thread_;
};

// A line on each trace that there is now, and on each process that could not be recorded; the recording has ended, so the traces get what the
// machine was. before: besides() then.
void tell(const std::string& output, const std::set<std::filesystem::path>& before, const Environment& machine, std::ostream& err) {
  auto path = pathFromUtf8(output);
  std::error_code ignored;
  std::vector<std::filesystem::path> others;
  for (const auto& other : besides(path))
    if (!before.count(other)) others.push_back(other);
  if (std::filesystem::exists(path, ignored)) others.insert(others.begin(), path);
  else if (others.empty()) err << "shadowtape: the program made no call of VSS that was recorded; there is no " << output << "\n";
  for (const auto& other : others) {
    try {
      if (other.extension() == ".txt") err << "shadowtape: " << std::ifstream(other).rdbuf();
      else {
        machine.addTo(other, err);
        err << "shadowtape: " << calls(other) << "\n";
      }
    } catch (const TraceError& e) {
      err << "shadowtape: " << e.what() << "\n";
    }
  }
}

}  // namespace

int runRecord(const RecordOptions& options, const OpenTarget& openTarget, std::ostream& err) {
  try {
    auto shim = launch::shimLibrary("recorder");
    auto say = [&](const std::string& line) { err << "shadowtape: " << line << std::endl; };
    if (options.running.detach) {
      auto ended = launch::enter(options.running, "", shim, {}, say);
      if (!ended.error.empty()) say(ended.error);
      return ended.exitCode;
    }
    auto output = pathFromUtf8(options.output), trace = options.isFlightRecorder() ? ringOf(output) : output;
    auto condition = conditionOf(options.until);
    auto environment = shimEnvironment(options, trace, shim);
#if !defined(_WIN32)
    if (!options.command.empty() && launch::isWindowsProgram(options.command[0])) {
      prepareOutput(output, {options.target});
      return recordUnderWine(options, err);
    }
#endif
    // Now, where a mistake can be answered, rather than inside the program; and before an older trace makes way.
    if (!environment[2].second.empty()) openTarget(options.target.empty() ? "model" : options.target);
    auto key = options.key.made();
    if (condition && key) judgePseudonyms(*condition, *key, options.key.isKept());
    prepareOutput(output, {options.target});
    if (auto line = rightsMissing(options.target, ownRights()); !line.empty()) say(line);
    options.key.keep(key);
    auto before = besides(trace);
    auto redaction = key ? redact::redactionBy(redact::Pseudonyms(*key)) : nullptr;
    Environment machine(options.environment, options.command, redaction.get());
    std::optional<FlightRecorder> flight;
    if (options.isFlightRecorder())
      flight.emplace(trace, output, condition, [=] { return writtenSince(trace, before); }, [&](const auto& written) { machine.addTo(written, err); }, say);
    Syncing syncing(trace, before, options.sync);
    auto ended = options.running.given() ? launch::enter(options.running, "recording", shim, environment, say)
                                         : launch::run({options.command, shim, environment});
    if (flight) flight->end(ended.interrupted);
    if (!ended.error.empty()) {
      say(ended.error);
      std::error_code ignored;
      if (options.key.newKey) std::filesystem::remove(pathFromUtf8(*options.key.newKey), ignored);  // made for nothing
    } else if (!flight) tell(options.output, before, machine, err);
    return ended.exitCode;
  } catch (const std::runtime_error& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss
