// The few facts about process and machine that the header of a trace names, and the assertion that is on in every build.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

// A promise of our own was broken. In a tool this ends the tool; a recording shim catches it and stops the recording, never the program.
#define VSS_ASSERT(condition) \
  do {                        \
    if (!(condition)) throw std::logic_error(std::string("internal error: ") + __FILE__ + ": " #condition); \
  } while (false)

namespace vss {

std::string platformName();            // "linux x86-64", "windows x86-64 10.0.19043 (Wine 8.0)"
std::uint32_t currentProcess();
bool processRuns(std::uint32_t process);  // true also where that cannot be told
std::uint64_t currentThread();         // the operating system's number
bool threadHasEnded(std::uint64_t thread);  // of this process, by that number; false also where that cannot be told
bool otherThreadsAreGoneAtExit();      // true on Windows: ExitProcess ends them before a DLL hears of it
std::string shownPath(const std::filesystem::path& path);  // UTF-8
std::filesystem::path pathFromUtf8(const std::string& text);
bool isLink(const std::filesystem::path& path);  // a symbolic one; on Windows also a junction
std::optional<std::string> environmentVariable(const char* name);  // UTF-8; unset or empty: nullopt
void setEnvironmentVariable(const char* name, const std::string& value);  // while no other thread reads them

// For main(): the arguments as UTF-8, program name first; and standard streams that read and write byte for byte.
std::vector<std::string> programArguments(int argc, char** argv);
void prepareStreams();
// For a command that only prints: a reader of standard output that goes early, such as `head`, does not end us. Never before a program is
// started: it would inherit that.
void outliveOutputReader();
// Columns of the terminal that standard error is; 0: it is none, or one that cannot write over a line.
unsigned errorTerminalWidth();
// After standard output has failed: it is a pipe, so nobody reads it any more.
bool outputReaderIsGone();

}  // namespace vss
