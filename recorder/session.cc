#include "recorder/session.h"

#include <chrono>
#include <cstdlib>
#include <ctime>

#include "recorder/launch/path.h"
#include "redact/redact.h"
#include "traces/platform.h"
#include "traces/trace_error.h"
#include "traces/vss/memory.h"

namespace vss {
namespace {

std::string utcNow() {
  std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
#if defined(_WIN32)
  gmtime_s(&utc, &now);
#else
  gmtime_r(&now, &utc);
#endif
  char text[20];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return text;
}

// A small file, by the same means as a trace: nothing that goes wrong reaches the program, not as a signal either.
bool writeNew(const std::filesystem::path& path, const std::string& text) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  try {
    return GrowingFile(path, true).write(text, 0);
  } catch (const TraceError&) {
    return false;
  }
}

// Where nobody would look at a stream of ours - a service, a program with a window - a file tells what went wrong. `process`: its number is
// a part of the file's name in a folder; and beside a trace, as it is of the trace's own name, if it is not this one.
void tellBeside(const std::optional<std::string>& trace, unsigned long process, const char* what, const char* why) noexcept {
  try {
    std::string text = std::string(what) + ": " + why + "\n";
    std::error_code ignored;
    auto name = "shadowtape-" + std::to_string(process) + ".stopped.txt";
    if (trace) {
      auto beside = pathFromUtf8(*trace);
      if (std::filesystem::is_directory(beside, ignored)) beside /= name;
      else {
        if (process != currentProcess()) beside.replace_filename(beside.stem() += pathFromUtf8("-" + std::to_string(process) + shownPath(beside.extension())));
        beside += ".stopped.txt";
      }
      if (writeNew(beside, text)) return;
    }
    writeNew(std::filesystem::temp_directory_path(ignored) / name, text);
  } catch (...) {
  }
}

}  // namespace

std::unique_ptr<TraceWriter> openTrace(const std::optional<std::string>& asked, const TraceOrigin& origin) {
  std::error_code ignored;
  auto path = asked ? pathFromUtf8(*asked) : std::filesystem::temp_directory_path();
  std::string pid = std::to_string(currentProcess());
  if (std::filesystem::is_directory(path, ignored)) {
    TraceHeader header{};
    header.process = origin.process;   // redacted, the program is not named by the file either
    if (origin.change) origin.change->header(header);
    return std::make_unique<TraceWriter>(path / pathFromUtf8(header.process + "-" + pid + "-" + utcNow() + ".vsst"), origin);
  }
  auto other = path;
  for (auto name : {"-" + pid, "-" + pid + "-" + utcNow()}) {
    if (!std::filesystem::exists(path, ignored)) {
      try {
        return std::make_unique<TraceWriter>(path, origin);
      } catch (const TraceError&) {
        if (!std::filesystem::exists(path, ignored)) throw;  // else another process was faster
      }
    }
    path.replace_filename(other.stem() += pathFromUtf8(name + shownPath(other.extension())));
  }
  return std::make_unique<TraceWriter>(path, origin);
}

ShimSession::ShimSession(const Entered& entered) noexcept {
  std::optional<std::string> path, redact;
  const char* failed = "the implementation cannot be loaded";   // said where the reason itself could name what is replaced
  try {
    path = environmentVariable("SHADOWTAPE_TRACE");
    redact = environmentVariable("SHADOWTAPE_REDACT");
    TraceOrigin origin;
    if (auto target = environmentVariable("SHADOWTAPE_TARGET")) {
      library_ = pathFromUtf8(*target);
      Target loaded = loadTarget(library_, *target);
      factory_ = loaded.factory;
      origin_ = loaded.origin;
      origin.target = !loaded.ours ? shownPath(library_.filename()) : origin_ == Origin::replayed ? "replayer" : "model";
    } else {
      Target system = systemTarget();
      originalOf_ = entered.originalOf;
      factory_ = system.factory;
      origin_ = system.origin;
      origin.target = "system";
    }
    origin.origin = origin_;
    origin.process = launch::processName();
    failed = "the key of --redact cannot be read";
    redaction_ = redact::redactionOf(redact.value_or(""));   // behind the implementation, which answers also where this throws
    origin.change = redaction_.get();
    failed = "the trace cannot be made";
    trace_ = openTrace(path, origin);
    if (environmentVariable("SHADOWTAPE_SYNC") == "0") trace_->syncEachNote();
    if (auto ring = environmentVariable("SHADOWTAPE_RING")) trace_->keepNewest(std::strtoull(ring->c_str(), nullptr, 10));
    if (entered.wasRunning)
      trace_->remark(RemarkKind::information, 0, "the program ran before it was recorded: objects that it had by then, and their calls, are not in this trace");
    if (!entered.notTaken.empty()) trace_->remark(RemarkKind::warning, 0, "calls of these functions are not recorded: " + entered.notTaken);
    recorder_ = std::make_unique<Recorder>(*trace_);
  } catch (const std::exception& e) {
    tellBeside(path, currentProcess(), "Nothing is recorded, the program runs as without a recorder", redact ? failed : e.what());
  } catch (...) {
  }
}

namespace {

// In place of a function that an implementation does not export. On x64 the caller takes its arguments back, whatever they are.
HRESULT VSS_CALL notExported() { return E_NOTIMPL; }
void VSS_CALL freeProperties(VSS_SNAPSHOT_PROP* properties) { freeSnapshotProperties(properties, &coTaskMemFree); }

}  // namespace

void* ShimSession::implementationOf(const MethodInfo& function) const noexcept {
  try {
    if (originalOf_)
      if (void* original = originalOf_(function)) return original;
    if (&function == &createVssBackupComponents()) return reinterpret_cast<void*>(factory_);
    for (const char* name : exportNamesOf(function))
      if (void* found = name ? exportOf(library_, name) : nullptr) return found;
  } catch (...) {
  }
  return &function == &vssFreeSnapshotProperties() ? reinterpret_cast<void*>(&freeProperties) : reinterpret_cast<void*>(&notExported);
}

HRESULT ShimSession::call(const MethodInfo& function, void* const* args) {
  if (!factory_ && function.returns == Returns::hresult) {
    clearOutputs(function, args);
    return VSS_E_UNEXPECTED;
  }
  void* implementation = implementationOf(function);
  return recorder_ ? recorder_->call(function, implementation, args) : function.invoke(implementation, args);
}

void tellNotEntered(unsigned long process, const char* why) noexcept {
  try {
    std::string_view said = why;
    if (environmentVariable("SHADOWTAPE_REDACT") && (said.find(":\\") != said.npos || said.find("\\\\") != said.npos)) why = "the shim could not be loaded into it";   // a path names somebody
    std::string what = process ? "Process " + std::to_string(process) + ", which this program started, is not recorded" : "Processes that this program starts are not recorded";
    tellBeside(environmentVariable("SHADOWTAPE_TRACE"), process ? process : currentProcess(), what.c_str(), why);
  } catch (...) {
  }
}

void ShimSession::end(TraceWriter::Ending ending) noexcept {
  if (trace_) trace_->finish(ending);
}

void ShimSession::beforeFork() noexcept {
  if (recorder_) recorder_->lockForFork();
}

void ShimSession::afterFork(bool inChild) noexcept {
  if (inChild && trace_) trace_->abandon();
  if (recorder_) recorder_->unlockAfterFork();
}

}  // namespace vss
