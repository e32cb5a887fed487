// What can go wrong in a recorded session: one documented failure for each variation.
#pragma once
#include <string>
#include <vector>

#include "replayer/fault.h"
#include "traces/trace_reader.h"

namespace vss::fault_matrix {

struct Variation {
  Fault fault;
  std::string name;        // the fault as text
  std::string state;       // in which the call was made when it was recorded: "@B3"; empty where that is no matter of a session
  std::string stateInWords;
  std::string meaning;     // half a sentence
  std::string source;      // the page that documents it
  bool again = false;      // it asks for another try later
  std::size_t number = 0;  // among all of the trace, from 1
};

// In the order of the calls; of one call first what it returns, then how its operation ends, in the order of the page. Each method of a session is varied
// once for each state in which it was called, at the first such call; every other method at its first call.
std::vector<Variation> variationsOf(TraceReader& reader);

}  // namespace vss::fault_matrix
