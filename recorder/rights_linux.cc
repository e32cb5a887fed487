#include "recorder/rights.h"

namespace vss {
std::optional<Rights> ownRights() { return std::nullopt; }
}  // namespace vss
