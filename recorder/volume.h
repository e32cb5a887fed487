#pragma once
#include <filesystem>
#include <string>

namespace vss {

// Whether a file lies on the volume that a requester names: C:\, c:\, \\?\Volume{…}\. Always false on Linux, which has no such volumes.
bool liesOnVolume(const std::filesystem::path& file, const std::u16string& volume);

}  // namespace vss
