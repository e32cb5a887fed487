// What a command does on each of many traces: several at once, told in their order.
#pragma once
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace vss {

struct ManyTraces {
  std::vector<std::string> names = {};  // as findFiles() takes them
  bool nulls = false;                   // in the list on standard input a name ends in NUL
  unsigned jobs = 0;                    // traces at once; 0: as many as the machine has processors
  unsigned width = 0;                   // of the terminal that shows how far it is; 0: none
  std::istream* list = nullptr;         // in place of standard input
};

struct OneOfMany {
  const std::string& path;
  std::size_t index, of;  // among the files that were found; some of them may be no traces
};
struct Told { std::string out, err; int exitCode = 0; };

// Calls tell(), from several threads, for each file that is named, and for each other that is a trace; what it tells is written in the order of the files, as it
// becomes ready, and at most some dozens of it are held. A TraceError from tell(): that file's exit code is 2; format `jsonl`: it has a line nevertheless, and
// half a surrogate pair in a line is U+FFFD. Files of a folder
// or a pattern that neither begin as a trace nor are called .vsst or .vsst.zst are skipped, and counted on err.
// Returns the worst exit code; 2 too where an argument gave no trace. What else tell() throws comes out here.
int forEachTrace(const ManyTraces& traces, const std::string& format, std::ostream& out, std::ostream& err, const std::function<Told(const OneOfMany&)>& tell);

}  // namespace vss
