// `shadowtape record`, `shadowtape status` and `shadowtape watch`.
#pragma once
#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "recorder/launch/launch.h"
#include "recorder/target.h"
#include "redact/redact.h"
#include "traces/environment.h"

namespace vss {

struct StatusOptions {
  std::string target;             // empty: the platform's default
  std::optional<std::string> output;
  std::string format = "text";    // text, vssadmin, json
  redact::RecordingKey key;
  FactClasses environment = {};   // noted in the output
};
// Prints every writer's status. 0 also if writers failed; 1 a call failed; 2 the target or the output cannot be used.
int runStatus(const StatusOptions& options, const OpenTarget& openTarget, std::ostream& out, std::ostream& err);

struct WatchOptions {
  std::string output;
  std::string target;
  std::chrono::milliseconds every{60'000};
  std::uint64_t count = 0;            // looks; 0: until Ctrl-C
  std::uint64_t ring = 0;             // as RecordOptions
  std::string until;
  redact::RecordingKey key;
  FactClasses environment = {};       // noted in the output when it is whole
};
// Asks for every writer's status again and again, records that, and prints what changed. 0; 1 the last look failed; 2: as runStatus().
int runWatch(const WatchOptions& options, const OpenTarget& openTarget, std::ostream& out, std::ostream& err);

struct RecordOptions {
  std::string output;
  std::string target;
  std::uint64_t ring = 0;             // bytes that are kept, the newest; 0: all, or with `until` kUsualRing
  std::string until;                  // a Condition; empty: none
  std::chrono::milliseconds sync{1000};  // so often the trace is brought to the disk; 0: each note before its call goes on
  redact::RecordingKey key;
  FactClasses environment = {};   // noted in every trace that is recorded
  std::vector<std::string> command;   // or
  launch::Running running;

  static constexpr std::uint64_t kUsualRing = 64 << 20;
  bool isFlightRecorder() const { return ring || !until.empty(); }
};
// Runs a program with the recorder in front of the implementation, or (Windows) enters one that runs, or the first of that name. The program's own
// exit code; 126, 127: it cannot be started; of one that was entered: 0; 2: process, output, target or condition cannot be used.
int runRecord(const RecordOptions& options, const OpenTarget& openTarget, std::ostream& err);

}  // namespace vss
