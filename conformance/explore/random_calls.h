// Long sequences of calls over the whole API, made from random numbers: for `conform --explore`.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace vss::conformance {

// What decides about one step: which call, on what, with which arguments. The same pick behind other steps may be another call: it depends on what they
// have handed out.
using Pick = std::array<std::uint8_t, 12>;

// A situation in the catalogue's notation, "given …: U > InitializeForBackup(NULL) = any > …", with a step for each pick. Any result of any step is allowed. Most
// picks go on with a backup or a restore as it is meant to be, or use what was handed out, so that the others meet more than closed doors.
std::string randomSituation(std::span<const Pick> picks);

}  // namespace vss::conformance
