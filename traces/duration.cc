#include "traces/duration.h"

#include <charconv>
#include <cstdint>

namespace vss {

std::optional<std::chrono::milliseconds> parseDuration(const std::string& text) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit(end, text.data() + text.size());
  std::uint64_t factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : unit == "h" ? 3'600'000 : 0;
  if (error != std::errc() || factor == 0 || number > 3'600'000'000 / factor) return std::nullopt;
  return std::chrono::milliseconds(number * factor);
}

}  // namespace vss
