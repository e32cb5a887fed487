// Shadow copies: those that the system has, and those of the set that one object is making.
// Pages: VSS_SNAPSHOT_PROP; Shadow Copy Creation Details; Implementation Details for Creating Shadow Copies.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario.h"

namespace vss::model {

// A value.
struct ShadowCopy {
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  Guid id, setId;
  std::size_t volume = 0;         // place in Scenario::volumes; kNowhere: of another system, which volumeElsewhere names
  std::size_t provider = 0;       // place in Scenario::providers
  LONG context = VSS_CTX_BACKUP;  // it was made in
  LONG ofSet = 0;                 // how many the set has
  std::uint32_t number = 0;       // of its device, from 1
  VSS_TIMESTAMP made = 0;
  bool surfaced = true;           // a transportable one only once it is imported; nobody sees it before
  bool imported = false;
  LONG exposed = 0;               // VSS_VOLSNAP_ATTR_EXPOSED_LOCALLY, VSS_VOLSNAP_ATTR_EXPOSED_REMOTELY
  std::u16string exposedName = {}, exposedPath = {}, volumeElsewhere = {};
};
using ShadowCopies = std::vector<ShadowCopy>;

inline constexpr std::size_t kMostVolumesOfASet = 64, kMostShadowCopiesOfAVolume = 512;  // AddToSnapshotSet

inline bool hasBit(LONG context, LONG bit) { return context != static_cast<LONG>(VSS_CTX_ALL) && (context & bit); }
// VSS_CTX_ALL shows them all, every other context its own, whatever a requester added to it.
inline bool isVisible(const ShadowCopy& copy, LONG context) {
  constexpr LONG added = VSS_VOLSNAP_ATTR_TRANSPORTABLE | VSS_VOLSNAP_ATTR_DIFFERENTIAL | VSS_VOLSNAP_ATTR_PLEX |
                         VSS_VOLSNAP_ATTR_NO_AUTORECOVERY | VSS_VOLSNAP_ATTR_NOT_TRANSACTED;
  return copy.surfaced && (context == static_cast<LONG>(VSS_CTX_ALL) || (context & ~added) == (copy.context & ~added));
}

// As Windows compares paths, of which only the ASCII letters matter here.
bool sameText(std::u16string_view one, std::u16string_view other);
// By its path or its name, with the backslash at the end; nullptr: there is none.
const Volume* volumeNamed(const Scenario& scenario, std::u16string_view text);
bool supports(const Provider& provider, const Volume& volume, const Scenario& scenario);
const Provider* hardwareProvider(const Scenario& scenario, const std::optional<Guid>& id);  // nullptr: there is none of that id
const std::u16string& originalVolumeName(const ShadowCopy& copy, const Scenario& scenario);

// When the shadow copy of this number was made: the same in every run.
VSS_TIMESTAMP timeOfShadowCopy(std::uint32_t number);

// The three throw bad_alloc, with nothing left behind; the texts are the caller's, CoTaskMem memory.
char16_t* coText(std::u16string_view text);
VSS_SNAPSHOT_PROP propertiesOf(const ShadowCopy& copy, const Scenario& scenario);
VSS_PROVIDER_PROP propertiesOf(const Provider& provider);

}  // namespace vss::model
