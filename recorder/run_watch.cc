#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <thread>
#include <tuple>

#include "recorder/com.h"
#include "recorder/environment.h"
#include "recorder/flight_recorder.h"
#include "recorder/launch/path.h"
#include "recorder/record.h"
#include "recorder/recorder.h"
#include "recorder/rights.h"
#include "recorder/status.h"
#include "traces/clock.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

volatile std::sig_atomic_t watchIsOver = 0;

// While it lives, Ctrl-C ends the watch, and not the process.
class EndsByCtrlC {
 public:
  EndsByCtrlC() : before_((watchIsOver = 0, std::signal(SIGINT, [](int) { watchIsOver = 1; }))) {}
  ~EndsByCtrlC() { std::signal(SIGINT, before_); }
  EndsByCtrlC(const EndsByCtrlC&) = delete;
  EndsByCtrlC& operator=(const EndsByCtrlC&) = delete;

 private:
  void (*before_)(int);
};

// What changed since the last look, a line for each writer.
class Changes {
 public:
  void print(const std::vector<WriterStatus>& statuses, std::ostream& out) {
    std::map<Key, std::string> now;
    auto line = [&](const std::string& text) { out << printTime(readTime()) << "  " << text << "\n"; };
    for (const auto& s : statuses) {
      Key key{s.classId, s.instanceId};
      std::string text = (s.named ? quoted(s.name) : "null") + "  " + enumeratorName("VSS_WRITER_STATE", s.state) + "  " + nameOf(s.failure);
      if (auto old = last_.find(key); old == last_.end() || old->second != text) line(text);
      now[key] = std::move(text);
    }
    for (const auto& [key, text] : last_)
      if (!now.count(key)) line(text + ", and is gone");
    out.flush();
    last_ = std::move(now);
  }

 private:
  struct Key {
    Guid classId, instanceId;
    bool operator<(const Key& other) const { return std::tuple(toString(classId), toString(instanceId)) < std::tuple(toString(other.classId), toString(other.instanceId)); }
  };
  std::map<Key, std::string> last_;
};

}  // namespace

int runWatch(const WatchOptions& options, const OpenTarget& openTarget, std::ostream& out, std::ostream& err) {
  int exitCode = 0;
  try {
    auto condition = conditionOf(options.until);
    auto output = pathFromUtf8(options.output), path = options.ring || condition ? ringOf(output) : output;
    ComSession com;
    Target target = openTarget(options.target);
    if (auto line = rightsMissing(options.target, ownRights()); !line.empty()) err << "shadowtape: " << line << std::endl;
    auto key = options.key.made();
    if (condition && key) judgePseudonyms(*condition, *key, true);
    prepareOutput(output, {options.target});
    options.key.keep(key);
    auto redaction = key ? redact::redactionBy(redact::Pseudonyms(*key)) : nullptr;
    Environment machine(options.environment, {shownPath(launch::ownExecutable())}, redaction.get(), com.security());
    std::optional<FlightRecorder> flight;
    {
      TraceWriter trace(path, {target.origin, launch::processName(), target.name, true, redaction.get()});
      if (path != output) {
        trace.keepNewest(options.ring ? options.ring : RecordOptions::kUsualRing);
        flight.emplace(path, output, condition, [=] { return std::set{path}; }, [&](const auto& written) { machine.addTo(written, err); },
                       [&](const std::string& line) { err << "shadowtape: " << line << std::endl; });
      }
      Recorder recorder(trace);
      Changes changes;
      EndsByCtrlC interrupted;
      auto next = std::chrono::steady_clock::now();
      for (std::uint64_t looks = 1; !watchIsOver; ++looks) {
        try {
          changes.print(gatherWriterStatuses([&](IVssBackupComponents** backup) { return recorder.create(target.factory, backup); }), out);
          exitCode = 0;
        } catch (const CallFailed& e) {   // the next look may find the service well again
          err << "shadowtape: watch: " << e.call << (e.asynchronous ? " ended with " : " returned ") << nameOf(e.hresult) << std::endl;
          exitCode = 1;
        }
        if (options.count && looks >= options.count) break;
        next = std::max(next + options.every, std::chrono::steady_clock::now());
        while (!watchIsOver && std::chrono::steady_clock::now() < next)
          std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(next - std::chrono::steady_clock::now(), std::chrono::milliseconds(50)));
      }
    }
    if (flight) flight->end(watchIsOver);
    else machine.addTo(output, err);
  } catch (const std::runtime_error& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
  return exitCode;
}

}  // namespace vss
