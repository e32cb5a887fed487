// The Backup Components Document: what a requester chose to save, and what it says about how that went.
#pragma once
#include <vector>

#include "scenario.h"

namespace vss::model {

// A component that AddComponent put in, and what the requester said of it since. A value.
struct ChosenComponent {
  Guid instanceId, classId;  // of its writer
  Component component;
  bool backupSucceeded = false;
  bool selectedForRestore = false;
  Guid restoreInstanceId = {};  // SetSelectedForRestoreEx: of the writer instance that restores it; null: any of the class
  VSS_FILE_RESTORE_STATUS restoreStatus = VSS_RS_UNDEFINED;
  bool operator==(const ChosenComponent&) const = default;
};

// A value.
struct BackupDocument {
  bool selectComponents = false, bootableSystemState = false, partialFiles = false;
  VSS_BACKUP_TYPE backupType = VSS_BT_UNDEFINED;
  VSS_RESTORE_TYPE restoreType = VSS_RTYPE_UNDEFINED;
  std::vector<ChosenComponent> components;
  bool operator==(const BackupDocument&) const = default;
};

// Whether the text is one XML element with balanced tags inside. Reads up to the NUL: requesters pass plain strings where a
// BSTR is declared. text must not be null.
bool looksLikeXml(const char16_t* text);

}  // namespace vss::model
