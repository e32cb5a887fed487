// What can be saved of a damaged or cut trace, as a whole one.
#pragma once
#include <iosfwd>
#include <string>

namespace vss {

// Writes every undamaged note of the trace into a new one, byte for byte, closes it, and reads it again. Each damage is a line on err; what is lost is
// also noted in the new trace, by remarks (RemarkKind::lost). 0: all is saved; 3: what is there is saved, something is lost; 1: there is nothing to
// save, or what was written does not read back. Throws TraceError: no trace, a newer format, or an output that cannot be written.
int recoverTrace(const std::string& path, const std::string& output, std::ostream& out, std::ostream& err);

}  // namespace vss
