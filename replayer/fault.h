// A failure that a replay puts in, in its own words: DoSnapshotSet/async/VSS_E_PROVIDER_VETO. docs/faults.md tells them all.
#pragma once
#include <string>

#include "replayer/script.h"
#include "traces/vss/describe.h"
#include "traces/vss/results.h"

namespace vss {

struct Fault {
  enum class Way : std::uint8_t {
    sync,      // the call returns the code, its outputs are zero
    async,     // the operation that it starts ends with the code
    late,      // the operation is pending a few times more
    hang,      // the operation never ends, but by Cancel
    writer,    // GetWriterStatus or …Ex tells that the writer failed; so does every later one on that writer in the session
  };
  const MethodInfo* method = nullptr;
  std::uint32_t nth = 1;           // of the program's calls of it
  Way way = Way::sync;
  HRESULT code = S_OK;
  std::int32_t state = 0;          // Way::writer: a VSS_WRITER_STATE
  bool always = false;             // at every later call of the method too; else another try is answered as it was recorded
  bool operator==(const Fault&) const = default;
};

// METHOD[#N]/sync/CODE, METHOD[#N]/async/CODE, METHOD[#N]/late, METHOD[#N]/hang, METHOD[#N]/writer/STATE/CODE; the codes with /always behind them if so.
// A method that IVssBackupComponents and its extensions do not have has its interface before it.
std::string toText(const Fault& fault);
// Throws OptionError.
Fault parseFault(const std::string& text);
std::string nameOf(const MethodInfo& method);

// How an operation goes that went so when it was recorded.
OperationFacts changed(OperationFacts facts, const Fault& fault);

}  // namespace vss
