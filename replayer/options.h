// What the command tells the replaying shim by SHADOWTAPE_OPTIONS: key=value;…
#pragma once
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace vss {

struct ReplayOptions {
  std::optional<std::string> trace;  // to serve; absent: SHADOWTAPE_TRACE, which belongs to the recorder where one stands in front of us
  std::string match = "object";    // recorded calls are looked for per object; the one value so far
  std::string time = "fast";       // nothing takes the time it took; the one value so far
  bool stopOnDivergence = false;   // on-divergence=stop: end the program with 125
  std::optional<std::chrono::milliseconds> hangLimit;  // how long a recorded hang lasts; absent: until it is cancelled
};

struct OptionError : std::runtime_error { using std::runtime_error::runtime_error; };

// Throws OptionError: an unknown key, or a value that the key does not take; the text names both and what is allowed.
ReplayOptions parseReplayOptions(const std::string& text);
std::string toText(const ReplayOptions& options);

// 250ms, 30s, 5m, 2h. nullopt: not in that form, or longer than 1000 hours.
std::optional<std::chrono::milliseconds> parseDuration(const std::string& text);

}  // namespace vss
