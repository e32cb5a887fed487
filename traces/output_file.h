#pragma once
#include <filesystem>
#include <initializer_list>
#include <string>

namespace vss {

// Makes way for a new trace at `path`: a trace or an empty file that is there is deleted. Throws TraceError if there is anything else (it is
// not overwritten), or no folder to put it in, or if it is one of `read`: names, as the user gave them, of what the command reads.
void prepareOutput(const std::filesystem::path& path, std::initializer_list<std::string> read = {});
// Throws as prepareOutput() would, and deletes nothing: before work that takes long.
void checkOutput(const std::filesystem::path& path, std::initializer_list<std::string> read = {});
// Throws TraceError if anything is at `path`, or no file can be made there; makes none: before work that takes long.
void checkNewFile(const std::filesystem::path& path);
// A folder for reports, and those above it, in which files can be made. Throws TraceError.
void makeFolder(const std::filesystem::path& path);
// Throws TraceError if a trace is at `path`: only a new trace takes its place, not a text.
void keepTrace(const std::filesystem::path& path);

}  // namespace vss
