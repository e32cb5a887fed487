// What the command tells the replaying shim by SHADOWTAPE_OPTIONS: key=value;…
#pragma once
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "traces/duration.h"
#include "traces/vss/describe.h"

namespace vss {

enum class Match : std::uint8_t { strict, object, state };

struct IgnoredParam {
  const MethodInfo* method;
  std::size_t param;               // by its place
  bool operator==(const IgnoredParam&) const = default;
};

struct ReplayOptions {
  std::optional<std::string> trace;  // to serve; absent: SHADOWTAPE_TRACE, which belongs to the recorder where one stands in front of us
  Match match = Match::object;     // how a recorded call is found: see docs/replay.md
  double speed = 0;                // 0: nothing takes the time it took; 1: it does; 2: half of it
  std::vector<std::pair<std::u16string, std::u16string>> maps;  // what was recorded → what the program is told in its place
  std::vector<IgnoredParam> ignored;
  bool stopOnDivergence = false;   // on-divergence=stop: end the program with 125
  std::optional<std::string> key;  // a file: the trace is redacted, and what the program passes is made the same by this key
  std::string fault;               // puts a failure in: see fault.h; matches by state then. Empty: none
  std::optional<std::chrono::milliseconds> hangLimit;  // how long a recorded hang lasts; absent: until it is cancelled
};

struct OptionError : std::runtime_error { using std::runtime_error::runtime_error; };

// Throws OptionError: an unknown key, or a value that the key does not take; the text names both and what is allowed. A value may have %XX for a
// character that has a meaning here. trace, match, time, map (again and again), ignore (likewise), on-divergence, hang-limit, key, fault.
ReplayOptions parseReplayOptions(const std::string& text);
std::string toText(const ReplayOptions& options);

// One of them. Throws OptionError.
void setReplayOption(ReplayOptions& options, const std::string& key, const std::string& value);

}  // namespace vss
