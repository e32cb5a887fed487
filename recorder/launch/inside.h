// What a shim does in a process that it was put into: see enter.h. Windows only. Nothing here throws.
#pragma once
#include <windows.h>

namespace vss::launch {

// What ShadowtapeStart returns, to whoever entered.
enum class Entered : unsigned long { yes, noVssapi, already };

struct Inside {
  void* factory;            // ours, for each documented factory of System32\vssapi.dll
  void* plainFactory;       // ours, for the one that is exported as CreateVssBackupComponents
  void** original;          // gets what calls the system's factory; may be null
  void (*begin)();          // called before the first call can come; may be null
  void (*notEntered)(unsigned long process, const char* why) noexcept;  // told of each process that this one started and that goes on without us
};

// Takes over the settings (from enterProcess, or null), puts our factories in place of the system's, and enters each process that this one
// starts from now on, before its first instruction. May be called while the program's threads run.
Entered takePlace(const void* settings, const Inside& inside) noexcept;

// Whether the program had run before takePlace: what it did then was not seen.
bool wasRunning() noexcept;

// What ShadowtapeStop returns, to whoever leaves. changed: somebody else has changed the same code since; it was left as it is, and still leads
// to us, who do nothing more.
enum class Left : unsigned long { yes, changed, wasNotIn };

// Takes all of that back, calls `end`, and then tells whoever waits for it.
Left givePlaceBack(void (*end)()) noexcept;

}  // namespace vss::launch
