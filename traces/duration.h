// Times as people write them on a command line.
#pragma once
#include <chrono>
#include <optional>
#include <string>

namespace vss {

// 250ms, 30s, 5m, 2h. nullopt: not in that form, or longer than 1000 hours.
std::optional<std::chrono::milliseconds> parseDuration(const std::string& text);

}  // namespace vss
