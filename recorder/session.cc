#include "recorder/session.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>

#include "recorder/launch/path.h"
#include "traces/platform.h"
#include "traces/trace_error.h"

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

// Where nobody would look at a stream of ours - a service, a program with a window - a file tells what went wrong.
void tellBeside(const std::optional<std::string>& trace, const std::string& what) noexcept {
  try {
    std::error_code ignored;
    auto name = "shadowtape-" + std::to_string(currentProcess()) + ".stopped.txt";
    auto path = std::filesystem::temp_directory_path(ignored) / name;
    if (trace) {
      auto beside = pathFromUtf8(*trace);
      if (std::filesystem::is_directory(beside, ignored)) beside /= name;
      else beside += ".stopped.txt";
      if (std::ofstream(beside, std::ios::binary) << "Nothing is recorded, the program runs as without a recorder: " << what << "\n") return;
    }
    std::ofstream(path, std::ios::binary) << "Nothing is recorded, the program runs as without a recorder: " << what << "\n";
  } catch (...) {
  }
}

}  // namespace

std::unique_ptr<TraceWriter> openTrace(const std::optional<std::string>& asked, const TraceOrigin& origin) {
  std::error_code ignored;
  auto path = asked ? pathFromUtf8(*asked) : std::filesystem::temp_directory_path();
  std::string pid = std::to_string(currentProcess());
  if (std::filesystem::is_directory(path, ignored)) path /= pathFromUtf8(launch::processName() + "-" + pid + "-" + utcNow() + ".vsst");
  else if (std::filesystem::exists(path, ignored)) path.replace_filename(path.stem() += pathFromUtf8("-" + pid + shownPath(path.extension())));
  return std::make_unique<TraceWriter>(path, origin);
}

ShimSession::ShimSession(CreateVssBackupComponentsFunction original) {
  auto path = environmentVariable("SHADOWTAPE_TRACE");
  auto target = environmentVariable("SHADOWTAPE_TARGET");
  std::string name = "system";
  try {
    if (target) {
      library_ = pathFromUtf8(*target);
      Target loaded = loadTarget(library_, *target);
      factory_ = loaded.factory;
      origin_ = loaded.origin;
      name = loaded.ours ? loaded.origin == Origin::replayed ? "replayer" : "model" : shownPath(library_.filename());
    } else {
      Target system = systemTarget();
      factory_ = original ? original : system.factory;
      origin_ = system.origin;
    }
  } catch (const std::exception& e) {
    tellBeside(path, e.what());
    return;
  }
  TraceOrigin origin;
  origin.origin = origin_;
  origin.process = launch::processName();
  origin.target = name;
  try {
    trace_ = openTrace(path, origin);
    recorder_ = std::make_unique<Recorder>(*trace_);
  } catch (const std::exception& e) {
    tellBeside(path, e.what());
  }
}

HRESULT ShimSession::create(IVssBackupComponents** ppBackup) {
  if (!factory_) return VSS_E_UNEXPECTED;
  return recorder_ ? recorder_->create(factory_, ppBackup) : factory_(ppBackup);
}

void* ShimSession::exportBehind(const char* name) const { return exportOf(library_, name); }

void ShimSession::processEnds() noexcept {
  if (trace_) trace_->finish(TraceWriter::Ending::processExit);
}

void ShimSession::forked() noexcept {
  if (trace_) trace_->abandon();
}

}  // namespace vss
