// The differences in meaning between two traces.
//
// Two traces mean the same if their sessions do: the calls on one object from the factory and on all that it handed out, in the order of the
// thread that made them. What is an accident of a run does not count: times, processes, how threads and sessions interleave, object numbers,
// how often an operation was polled before it ended, reference counts above zero, addresses that a failed call left behind, and ids that are
// new each run (these are compared by where they appear again). Of an object or id that another thread or session got, it is compared as
// which of theirs it is, not whose of several. Remarks are the recorder's own words and do not count, with one exception: the error texts of
// two imported listings, where no error code is known.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace vss {

// 0: no difference; 1: differences, all of them, with the call numbers of both. format: text or json. What grows with the traces lies in
// temporary files: memory does not. Throws TraceError: a file cannot be read; there is no room for temporary files.
int diffTraces(const std::string& a, const std::string& b, const std::string& format, std::ostream& out, std::ostream& err);

// One of them: the numbers of the two calls, 0 where there is none on that side; 0 and 0: a whole session or thread is only on one.
struct CallDifference {
  std::uint64_t a = 0, b = 0;
  std::string words = {};                  // what differs, as a and as b have it: "result: S_OK / VSS_E_BAD_STATE"
  std::vector<std::string> answers = {};   // the outputs that differ, "result" among them; none: the two calls differ in inputs alone, or one was not made
  std::uint64_t first = 0;                 // of a whole session or thread that only a has: the number of its first call there
  bool operator==(const CallDifference&) const = default;
};
// All of them in memory.
std::vector<CallDifference> differencesOf(const std::string& a, const std::string& b, std::ostream& err);

}  // namespace vss
