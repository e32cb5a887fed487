#pragma once
#include <filesystem>

namespace vss {

// Makes way for a new trace at `path`: a trace or an empty file that is there is deleted. Throws TraceError if there is anything else (it is
// not overwritten), or no folder to put it in.
void prepareOutput(const std::filesystem::path& path);

}  // namespace vss
