// An implementation of VSS to be recorded: where it comes from, and its factory.
#pragma once
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>

#include "traces/trace_writer.h"
#include "traces/vss/api.h"

namespace vss {

// The implementation cannot be used: one line with the place and the remedy.
struct TargetError : std::runtime_error { using std::runtime_error::runtime_error; };

using CallFunction = std::function<HRESULT(const MethodInfo& function, void* const* args)>;

struct Target {
  std::string name;                                   // as it was asked for; goes into the trace's header
  Origin origin = Origin::live;                       // model: any library that is not the system's and does not say otherwise
  bool ours = false;                                  // one of this project's shims
  std::function<HRESULT(IVssBackupComponents**)> create;  // keeps the implementation loaded as long as it lives
  CreateVssBackupComponentsFunction factory = nullptr;    // the same as a plain function, for the recorder
  CallFunction call;                                      // any of functions(); E_NOTIMPL: it does not export that
};

// Opens what --target names. main.cc says how: it alone knows the model.
using OpenTarget = std::function<Target(const std::string& target)>;

// The export of this project's shims that says who answers: see traces/vss/exports.h.
using OriginFunction = std::uint16_t(VSS_CALL*)();

// Loads a vssapi.dll / libvssapi.so. Never unloaded: programs release objects late. Throws TargetError: no such file, no library for
// this platform, no factory in it.
Target loadTarget(const std::filesystem::path& library, const std::string& name);
// Windows: System32\vssapi.dll by its full path. Linux: throws, there is none.
Target systemTarget();
// Calls of what such a library exports, found by `find`.
CallFunction callsOf(std::function<void*(const char* name)> find);
// An exported function of a library that loadTarget() or the system has loaded; nullptr: none.
void* exportOf(const std::filesystem::path& library, const char* name);

}  // namespace vss
