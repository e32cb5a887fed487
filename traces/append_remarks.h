// Adds what is learnt beside a recording to a trace that nobody writes any more.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "traces/trace_writer.h"

namespace vss {

// A remark that no thread of the program made.
struct OwnRemark {
  std::uint64_t order, tick;
  RemarkKind kind;
  std::string text;
  std::uint64_t last = 0;   // of RemarkKind::lost
};
// A chunk of thread 0 with these, as it lies in a file.
std::string remarkChunk(std::span<const OwnRemark> remarks);

// Adds remarks of this kind behind every other note, with the tick of the trace's end. A closed trace is closed again, one that is cut off stays so. Nothing
// that was there is lost if there is no room or this process is killed meanwhile; at worst both footers are there, which `verify` tells. Throws TraceError: the trace is
// packed, damaged or not a trace, its process (cut off ones) still runs and may write, or it cannot be written.
void appendRemarks(const std::filesystem::path& trace, RemarkKind kind, std::span<const std::string> texts);

}  // namespace vss
