#include "recorder/volume.h"

namespace vss {
bool liesOnVolume(const std::filesystem::path&, const std::u16string&) { return false; }
}  // namespace vss
