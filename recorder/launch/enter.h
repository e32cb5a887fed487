// Puts a shim into another process. Windows only.
#pragma once
#include <windows.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace vss::launch {

// What a shim is told: names and values of environment variables, UTF-8. An empty value unsets.
using Settings = std::vector<std::pair<std::string, std::string>>;

// Among them, of a process that ran before; no variable, but a sign to say so where it is recorded. The value is the number of an event's
// handle there, which is set when the shim is left.
inline constexpr const char* kWasRunning = "SHADOWTAPE_WAS_RUNNING";

// Loads the shim into the process and calls its ShadowtapeStart there, which takes over the settings. The process may be suspended and new,
// or run. Needs the rights to make a thread in it and to write its memory. Returns what went wrong, in a few words; empty: nothing.
std::string enterProcess(HANDLE process, const std::filesystem::path& shim, const Settings& settings);

// Calls its ShadowtapeStop there: nothing that happens in the process from now on leads to the shim, which stays loaded. Returns as above.
std::string leaveProcess(HANDLE process, const std::filesystem::path& shim);

// "system error text", of GetLastError().
std::string lastErrorText();

}  // namespace vss::launch
