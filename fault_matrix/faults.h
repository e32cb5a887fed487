// `shadowtape faults`: a program against a trace again and again, each time with another documented failure put in.
#pragma once
#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "fault_matrix/outcome.h"
#include "replayer/options.h"

namespace vss::fault_matrix {

struct FaultsOptions {
  std::string trace;
  std::vector<std::string> command;    // program and arguments
  ReplayOptions replay;                // maps and ignored parameters
  std::string filter;                  // a pattern of names; empty: all
  bool list = false;                   // print the variations and run none
  std::string format = "text";         // text, json
  std::string report;                  // a folder for the page and the traces; empty: nothing is kept
  std::optional<std::chrono::milliseconds> hangLimit;  // for each run; absent: 10 s, and 1 s where an operation hangs
};

struct Run { Variation variation; Outcome outcome; };
struct Matrix {
  std::string trace;
  std::vector<std::string> command;
  GoodRun good;
  std::vector<Run> runs;
  std::size_t wrong() const;     // runs with a mistake
  std::size_t notPutIn() const;  // runs in which the program never came to the call
};

// 0 nothing is wrong; 1 something is; 2 the trace, the program or the folder cannot be used, or the run without a failure goes another way.
int runFaults(const FaultsOptions& options, std::ostream& out, std::ostream& err);

}  // namespace vss::fault_matrix
