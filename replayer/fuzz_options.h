// Hostile options of the replayer, as a shim gets them by its environment.
#pragma once
#include <string>
#include <string_view>

#include "replayer/fault.h"
#include "replayer/options.h"
#include "fuzzing/fuzzing.h"

namespace vss::fuzz {

inline void fuzzOptions(std::string_view bytes) {
  std::string text(bytes.substr(0, bytes.find('\0')));  // an environment has no more
  parseDuration(text);
  try {
    std::string shown = toText(parseReplayOptions(text));
    promise(toText(parseReplayOptions(shown)) == shown, "options are not read as they are written: " + shown);
  } catch (const OptionError& e) {
    promise(*e.what(), "a refusal without words");
  }
  try {
    Fault fault = parseFault(text);
    promise(parseFault(toText(fault)) == fault, "a fault is not read as it is written: " + toText(fault));
  } catch (const OptionError& e) {
    promise(*e.what(), "a refusal without words");
  }
}

}  // namespace vss::fuzz
