// Where the command finds the other built files of this project: in the build tree, and where `cmake --install` puts them.
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

namespace vss::launch {

struct NotBuilt : std::runtime_error { using std::runtime_error::runtime_error; };

// The shim of a room: "recorder", "replayer" or "model". Throws NotBuilt with the places that were looked at.
std::filesystem::path shimLibrary(const std::string& room);

// On Linux: the Windows command that puts our shims into programs under Wine. Throws NotBuilt.
std::filesystem::path windowsCommand();

}  // namespace vss::launch
