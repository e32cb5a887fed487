// Makes the calls of a trace once more, on a live implementation: drive.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "traces/trace_reader.h"
#include "traces/vss/api.h"

namespace vss {

struct Driven {
  std::uint64_t calls = 0;              // that were made
  std::vector<std::string> notMade;     // one line for each that could not be made, and why
  std::vector<std::string> hung;        // one line for each that did not come back within the limit
};

// Each recorded thread is a thread again, and each call waits for those that had come back when it was made. What is new each run is taken
// from the answers of this run: objects, ids, texts that were handed out. Polls go on until an operation ends that had ended, at most `limit`.
// What calls hand out is given back as the recorded program gave it back, texts and structures at once.
//
// function: answers a call of one of functions(), the factory among them; it and the objects it makes outlive the call. Threads that hang are
// left behind: then the process must end without destroying what they use.
Driven drive(TraceReader& trace, const std::function<HRESULT(const MethodInfo& function, void* const* args)>& function, std::chrono::milliseconds limit);

}  // namespace vss
