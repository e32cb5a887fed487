#include "replayer/options.h"

#include <charconv>

namespace vss {

std::optional<std::chrono::milliseconds> parseDuration(const std::string& text) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit(end, text.data() + text.size());
  std::uint64_t factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : unit == "h" ? 3'600'000 : 0;
  if (error != std::errc() || factor == 0 || number > 3'600'000'000 / factor) return std::nullopt;
  return std::chrono::milliseconds(number * factor);
}

ReplayOptions parseReplayOptions(const std::string& text) {
  ReplayOptions options;
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = std::min(text.find(';', start), text.size());
    std::string option = text.substr(start, end - start);
    start = end + 1;
    if (option.empty()) continue;
    std::size_t equals = option.find('=');
    std::string key = option.substr(0, equals), value = equals == std::string::npos ? "" : option.substr(equals + 1);
    auto wrong = [&](const char* allowed) { return OptionError(key + "=" + value + ": " + key + " is " + allowed); };
    if (key == "trace") {
      if (value.empty()) throw wrong("a trace's path");
      options.trace = value;
    } else if (key == "match") {
      if (value != "object") throw wrong("object");
    } else if (key == "time") {
      if (value != "fast") throw wrong("fast");
    } else if (key == "on-divergence") {
      if (value != "go" && value != "stop") throw wrong("go or stop");
      options.stopOnDivergence = value == "stop";
    } else if (key == "hang-limit") {
      options.hangLimit = parseDuration(value);
      if (!options.hangLimit) throw wrong("a time such as 500ms, 30s or 5m");
    } else throw OptionError(key + ": no such option; there are trace, match, time, on-divergence and hang-limit");
  }
  return options;
}

std::string toText(const ReplayOptions& options) {
  std::string text = "match=" + options.match + ";time=" + options.time + ";on-divergence=" + (options.stopOnDivergence ? "stop" : "go");
  if (options.hangLimit) text += ";hang-limit=" + std::to_string(options.hangLimit->count()) + "ms";
  return text;
}

}  // namespace vss
