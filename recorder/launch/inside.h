// What a shim does in a process that it was put into: see enter.h. Windows only. Nothing here throws.
#pragma once
#include <windows.h>

#include <span>
#include <string>

namespace vss {
struct MethodInfo;  // of the description, whose DWORD is not the one of windows.h
}

namespace vss::launch {

// What ShadowtapeStart returns, to whoever entered.
enum class Entered : unsigned long { yes, noVssapi, already };

struct Replacement {
  const MethodInfo* described;
  const char* name;
  void* ours;
  bool needed;              // without it there is nothing to do here
};
struct Inside {
  std::span<const Replacement> exports;  // ours, for what System32\vssapi.dll exports under these names
  void (*begin)();          // called before the first call can come; may be null
  void (*notEntered)(unsigned long process, const char* why) noexcept;  // told of each process that this one started and that goes on without us
};

// Takes over the settings (from enterProcess, or null), puts our functions in place of the system's, and enters each process that this one
// starts from now on, before its first instruction. May be called while the program's threads run.
Entered takePlace(const void* settings, const Inside& inside) noexcept;

// Whether the program had run before takePlace: what it did then was not seen.
bool wasRunning() noexcept;

// What calls the system's function, in whose place ours is; null: ours is not in its place. Any thread.
void* originalOf(const MethodInfo& function) noexcept;
// Those that the system has and whose place could not be taken, and why; "" if there are none. Not the factory: without it nobody enters.
const std::string& notTaken() noexcept;

// What ShadowtapeStop returns, to whoever leaves. changed: somebody else has changed the same code since; it was left as it is, and still leads
// to us, who do nothing more.
enum class Left : unsigned long { yes, changed, wasNotIn };

// Takes all of that back, calls `end`, and then tells whoever waits for it.
Left givePlaceBack(void (*end)()) noexcept;

}  // namespace vss::launch
