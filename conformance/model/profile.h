// What differs between the systems that the documentation names.
#pragma once
#include <span>
#include <string_view>

#include "traces/vss/api.h"

namespace vss::model {

// One system. A value.
struct Profile {
  std::string_view name;
  bool client;               // refuses persistent contexts with VSS_E_UNSUPPORTED_CONTEXT (seen: restic issue 4512)
  int newestInterface;       // QueryInterface offers IVssBackupComponents (0), Ex (1) … Ex4 (4), and what is below
  HRESULT unexpected;        // VSS_E_UNEXPECTED from Windows 7 / Server 2008 R2, E_UNEXPECTED before
  bool statusNotAvailable;   // VSS_E_WRITER_STATUS_NOT_AVAILABLE exists: not on XP, Server 2003, Vista
  bool waitOnlyInfinite;     // IVssAsync::Wait with a finite time is E_INVALIDARG (Server 2003)
  bool waitWithoutTime;      // IVssAsync::Wait has no parameter, so waits for the end (XP)
  bool setContext;           // SetContext exists: E_NOTIMPL on XP
  bool vistaAttributes;      // VSS_VOLSNAP_ATTR_NO_AUTORECOVERY and _NOT_TRANSACTED may be added to a context
  bool gatherClosesSession;  // the gather after BackupComplete is documented as needed (up to Server 2008 SP2)

  bool transports() const { return !client; }                        // ImportSnapshots, VSS_VOLSNAP_ATTR_TRANSPORTABLE
  bool hasReverts() const { return newestInterface >= 1; }           // from Server 2003 SP1 on (QueryRevertStatus)
  bool reverts() const { return hasReverts() && !client; }           // RevertToSnapshot
};

// Oldest first. Lives as long as the program.
std::span<const Profile> profiles();

// nullptr: there is no profile of that name.
const Profile* profileNamed(std::string_view name);

}  // namespace vss::model
