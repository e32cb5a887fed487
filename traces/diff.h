// The differences in meaning between two traces.
//
// Two traces mean the same if their sessions do: the calls on one object from the factory and on all that it handed out, in the order of the
// thread that made them. What is an accident of a run does not count: times, processes, how threads interleave, object numbers,
// how often an operation was polled before it ended, reference counts above zero, and ids that are new each run (these are compared by
// where they appear again).
#pragma once
#include <iosfwd>
#include <string>

namespace vss {

// 0: no difference; 1: differences, printed with the call numbers of both. format: text or json.
int diffTraces(const std::string& a, const std::string& b, const std::string& format, std::ostream& out, std::ostream& err);

}  // namespace vss
