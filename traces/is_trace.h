#pragma once
#include <filesystem>

namespace vss {

// Whether a file starts as a trace does, whole or not, packed or not. false also where it cannot be read.
bool isTrace(const std::filesystem::path& file);

}  // namespace vss
