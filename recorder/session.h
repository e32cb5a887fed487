// One recording in this process: the trace, the implementation, and the recorder between them.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "recorder/recorder.h"
#include "recorder/target.h"

namespace vss {

// A new trace at `path`. If it is a folder, or nothing, the name is <program>-<pid>-<utc>.vsst in it, or in the temporary folder. If the
// file exists already - a process under record has started another - it becomes <name>-<pid>.vsst. Throws TraceError.
std::unique_ptr<TraceWriter> openTrace(const std::optional<std::string>& path, const TraceOrigin& origin);

// The recording of a process that a shim was put into: everything that the environment says. Made at the first factory call; lives until
// the process ends, because objects of it may be used until then.
class ShimSession {
 public:
  // Reads SHADOWTAPE_TRACE, SHADOWTAPE_TARGET, SHADOWTAPE_REDACT (see RecordingKey::forShim). What cannot be opened is said in a file, never on the program's own streams.
  struct Entered {                                               // how the shim came to stand before the system's library, if it does
    void* (*originalOf)(const MethodInfo& function) = nullptr;   // the system's function where ours is in its place
    bool wasRunning = false;                                     // the program ran before it was recorded
    std::string notTaken = {};                                    // functions whose place could not be taken, and why
  };
  explicit ShimSession(const Entered& entered) noexcept;

  // A call of an exported function: answered by the implementation's. VSS_E_UNEXPECTED: there is no implementation; E_NOTIMPL: it has none
  // of that name.
  HRESULT call(const MethodInfo& function, void* const* args);
  Origin origin() const noexcept { return origin_; }
  // At the end of the process, or of the recording alone: the footer, if it can be had. What is called after that goes through unnoted.
  void end(TraceWriter::Ending ending) noexcept;
  // Around fork(). The child's calls go through unnoted, and leave the parent's file alone.
  void beforeFork() noexcept;
  void afterFork(bool inChild) noexcept;

 private:
  std::unique_ptr<TraceChange> redaction_;   // outlives the trace
  std::unique_ptr<TraceWriter> trace_;
  std::unique_ptr<Recorder> recorder_;
  std::filesystem::path library_;
  Origin origin_ = Origin::live;
  CreateVssBackupComponentsFunction factory_ = nullptr;
  void* (*originalOf_)(const MethodInfo& function) = nullptr;    // null: a library of the requester's choice answers
  void* implementationOf(const MethodInfo& function) const noexcept;
};

// Leaves a file that says of a process which this one started (0: of all of them) why it is not recorded. Needs no session.
void tellNotEntered(unsigned long process, const char* why) noexcept;

}  // namespace vss
