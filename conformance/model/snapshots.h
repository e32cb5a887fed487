// Shadow copies: those that the system has, and those of the set that one object is making. There is one provider, the system's.
// Pages: VSS_SNAPSHOT_PROP; Shadow Copy Creation Details; Implementation Details for Creating Shadow Copies.
#pragma once
#include <string>
#include <vector>

#include "scenario.h"

namespace vss::model {

// A value.
struct ShadowCopy {
  Guid id, setId;
  std::size_t volume = 0;         // place in Scenario::volumes
  LONG context = VSS_CTX_BACKUP;  // it was made in
  LONG ofSet = 0;                 // how many the set has
  std::uint32_t number = 0;       // of its device, from 1
  VSS_TIMESTAMP made = 0;
};
using ShadowCopies = std::vector<ShadowCopy>;

// VSS_SWPRV_ProviderId, the provider that comes with the system. Its shadow copies are differential ones.
inline constexpr Guid kSystemProvider{0xB5946137, 0x7B9F, 0x4925, {0xAF, 0x80, 0x51, 0xAB, 0xD6, 0x0B, 0x20, 0xD5}};
inline constexpr std::size_t kMostVolumesOfASet = 64, kMostShadowCopiesOfAVolume = 512;  // AddToSnapshotSet

inline bool hasBit(LONG context, LONG bit) { return context != static_cast<LONG>(VSS_CTX_ALL) && (context & bit); }
// VSS_CTX_ALL shows them all, every other context its own, whatever a requester added to it.
inline bool isVisible(const ShadowCopy& copy, LONG context) {
  constexpr LONG added = VSS_VOLSNAP_ATTR_TRANSPORTABLE | VSS_VOLSNAP_ATTR_DIFFERENTIAL | VSS_VOLSNAP_ATTR_PLEX |
                         VSS_VOLSNAP_ATTR_NO_AUTORECOVERY | VSS_VOLSNAP_ATTR_NOT_TRANSACTED;
  return context == static_cast<LONG>(VSS_CTX_ALL) || (context & ~added) == (copy.context & ~added);
}

}  // namespace vss::model
