// The failures that the documentation names for each method.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "results.h"

namespace vss {

struct DocumentedReturn {
  enum class Channel : std::uint8_t { sync, async, both, writer };
  std::string_view interface_, method;   // interface_: empty for an exported function
  HRESULT code;
  Channel channel;                       // see returns.def
  bool again;                            // its page asks for another try later
  std::string_view meaning;
};
// By method, in the order of its page.
std::span<const DocumentedReturn> documentedReturns();
// The title of the page that says it.
std::string pageOf(const DocumentedReturn& documented);

}  // namespace vss
