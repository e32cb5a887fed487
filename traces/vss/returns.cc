#include "returns.h"

namespace vss {

std::span<const DocumentedReturn> documentedReturns() {
  using enum DocumentedReturn::Channel;
  constexpr bool once = false, again = true;
  static constexpr DocumentedReturn all[] = {
#define RETURN(interface_, method, code, channel, whether, meaning) {#interface_, #method, code, channel, whether, meaning},
#include "returns.def"
#undef RETURN
  };
  return all;
}

std::string pageOf(const DocumentedReturn& documented) {
  if (documented.interface_ == "IUnknown") return "COM: IUnknown::" + std::string(documented.method);
  return (documented.interface_.empty() ? "" : std::string(documented.interface_) + "::") + std::string(documented.method);
}

}  // namespace vss
