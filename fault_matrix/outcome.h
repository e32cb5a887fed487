// What a program did when a failure was put in: from how it ended, and from the trace of the run.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fault_matrix/variations.h"
#include "recorder/launch/launch.h"
#include "traces/call.h"

namespace vss::fault_matrix {

// Something that the documentation calls wrong.
struct Wrong {
  std::string rule;                    // RQ-019; empty: no rule of the catalogue says it
  std::string level;                   // must, should; empty likewise
  std::string seen;                    // what the program did
  std::string source;                  // the page
  std::vector<std::uint64_t> calls;    // in the run's trace
  bool operator==(const Wrong&) const = default;
};

// The run without a failure, that the others are held against.
struct GoodRun {
  int exitCode = 0;
  std::uint64_t calls = 0;
  std::map<std::string, std::size_t> findings = {};   // how often, by rule: what it does wrong in any case
  std::shared_ptr<TraceReader> trace = {};            // of which `run` borrows
  std::vector<Call> run = {};
};
GoodRun goodRunOf(int exitCode, std::shared_ptr<TraceReader> trace);

struct Outcome {
  enum class How : std::uint8_t { exited, crashed, hung } how = How::exited;
  int exitCode = 0;
  bool putIn = false;                  // the program came to the call; if not, nothing below says anything
  std::uint64_t failedCall = 0;        // its number in the run's trace
  std::vector<std::string> then;       // the steps behind it: "AbortBackup", "SetBackupSucceeded ×3"; not what only asks
  bool aborted = false, freed = false, tried = false, beganAnew = false, completed = false;
  std::vector<Wrong> wrong;
  std::vector<std::string> notes;      // what is worth knowing, and no documented duty
  std::string trace;                   // the file of the run, where it was kept
};
std::string_view wordFor(Outcome::How how);

// trace: nullptr, the run left none. limit: when it would have been killed.
Outcome outcomeOf(const Variation& variation, const launch::Ended& ended, TraceReader* trace, const GoodRun& good, std::chrono::milliseconds limit);

}  // namespace vss::fault_matrix
