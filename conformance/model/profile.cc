#include "profile.h"

namespace vss::model {
namespace {

// Server 2008 means the first release with its service packs; Server 2003 stands once without and once with SP1, which
// brought IVssBackupComponentsEx.
constexpr Profile kProfiles[] = {
    //             client Ex  unexpected        notAvail infinite noTime context vista  gatherCloses
    {"windowsXp",     true,  0, E_UNEXPECTED,     false, false, true,  false, false, true},
    {"server2003",    false, 0, E_UNEXPECTED,     false, true,  false, true,  false, true},
    {"server2003Sp1", false, 1, E_UNEXPECTED,     false, true,  false, true,  false, true},
    {"vista",         true,  2, E_UNEXPECTED,     false, false, false, true,  true,  true},
    {"server2008",    false, 2, E_UNEXPECTED,     true,  false, false, true,  true,  true},
    {"windows7",      true,  3, VSS_E_UNEXPECTED, true,  false, false, true,  true,  false},
    {"server2008R2",  false, 3, VSS_E_UNEXPECTED, true,  false, false, true,  true,  false},
    {"windows8",      true,  4, VSS_E_UNEXPECTED, true,  false, false, true,  true,  false},
    {"server2012",    false, 4, VSS_E_UNEXPECTED, true,  false, false, true,  true,  false},
    {"windows10",     true,  4, VSS_E_UNEXPECTED, true,  false, false, true,  true,  false},
    {"server2016",    false, 4, VSS_E_UNEXPECTED, true,  false, false, true,  true,  false},
    {"windows11",     true,  4, VSS_E_UNEXPECTED, true,  false, false, true,  true,  false},
    {"server2022",    false, 4, VSS_E_UNEXPECTED, true,  false, false, true,  true,  false},
};

}  // namespace

std::span<const Profile> profiles() { return kProfiles; }

const Profile* profileNamed(std::string_view name) {
  for (const auto& profile : kProfiles)
    if (profile.name == name) return &profile;
  return nullptr;
}

}  // namespace vss::model
