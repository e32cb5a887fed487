// The reading commands: show, info, verify. Each returns the exit code of the contract; TraceError is the caller's affair.
#pragma once
#include <iosfwd>
#include <string>
#include <vector>

namespace vss {

// Every call as a line, in the order in which they came back; those that never did last. Memory does not grow with the trace. format:
// text, or json (one object a line). 0, also for a trace that was cut off (told on err).
int showTrace(const std::string& path, const std::string& format, std::ostream& out, std::ostream& err);

// The summary of each trace. 0.
int showInfo(const std::vector<std::string>& paths, const std::string& format, std::ostream& out, std::ostream& err);

// Whether each file is whole: 0; cut off or damaged: 1.
int verifyTraces(const std::vector<std::string>& paths, const std::string& format, std::ostream& out, std::ostream& err);

}  // namespace vss
