// Takes the place of a function of another library in this process. Windows only.
#pragma once
#include <span>
#include <string>

namespace vss::launch {

// Overwrites the first bytes of `function` with a jump to `replacement`. Returns a function that does what `function` did: its first
// instructions, moved, and a jump behind them; `original` has it before the first call can come. nullptr: an instruction there cannot be moved,
// or the other threads of this process, which stand still for that moment, could not be stopped outside of it; nothing was changed; `error`
// says which. running: a thread may be deeper inside `function`, so it must not come back into those instructions from a call.
void* hookFunction(void* function, void* replacement, std::string& error, void** original = nullptr, bool running = false);

// Gives every function back what hookFunction has overwritten; what it returned stays usable. false: somebody else has changed one since;
// that one was left alone.
bool unhookFunctions();

struct HookedExport {
  const char* name;
  void* replacement;
  bool needed;                // without it nothing is hooked
  void* original = nullptr;   // what calls the function as it was; null: there is none, or it could not be hooked
  std::string error = {};     // why not
};

// Loads System32\vssapi.dll by its full path, for ever, and hooks those of the exports that it has; two names of one function are
// hooked once. false: there is no such library, or it has none of the needed functions, or one of them cannot be hooked.
bool hookSystemVssapi(std::span<HookedExport> exports, std::string& error, bool running);

}  // namespace vss::launch
