// What this process may do, as far as VSS asks for it.
#pragma once
#include <optional>
#include <string>

namespace vss {

struct Rights {
  bool elevated = false;         // an administrator's, a backup operator's or the system's full token
  bool backupPrivilege = false;  // SeBackupPrivilege is in the token, enabled or not
  bool operator==(const Rights&) const = default;
};

// nullopt: on Linux, where nobody asks; or the system does not say.
std::optional<Rights> ownRights();

// Where the system's VSS is asked (`target` as --target names it, "" too) without an administrator's rights: one line that says so, with the remedy.
// Else "". It is no error: what VSS grants works.
std::string rightsMissing(const std::string& target, const std::optional<Rights>& rights);

}  // namespace vss
