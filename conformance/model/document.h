// The Backup Components Document: what a requester chose to save, and what it says about how that went.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "snapshots.h"

namespace vss::model {

// A part of a component that is restored without the rest (AddRestoreSubcomponent).
struct RestoreSubcomponent {
  std::u16string logicalPath, name;
  bool repair = false;
  bool operator==(const RestoreSubcomponent&) const = default;
};

// A component that AddComponent put in, and what the requester and the writer said of it since. A value.
struct ChosenComponent {
  Guid instanceId, classId;       // of its writer
  Component component;
  bool backupSucceeded = false;
  bool selectedForRestore = false;
  Guid restoreInstanceId = {};    // SetSelectedForRestoreEx: of the writer instance that restores it; null: any of the class
  VSS_FILE_RESTORE_STATUS restoreStatus = VSS_RS_UNDEFINED;
  MaybeText backupOptions = {}, restoreOptions = {}, previousBackupStamp = {}, restoreName = {}, rollForwardPoint = {};
  std::optional<bool> additionalRestores = {};
  bool authoritativeRestore = false;
  VSS_ROLLFORWARD_TYPE rollForward = VSS_RF_UNDEFINED;
  std::vector<FileSet> alternateLocations = {}, newTargets = {};  // each with its alternateLocation
  std::vector<RestoreSubcomponent> restoreSubcomponents = {};
  WriterNotes notes = {};
  bool operator==(const ChosenComponent&) const = default;
};

// As calls name it; no logical path is an empty one. A null name is refused before.
inline Component componentOf(VSS_COMPONENT_TYPE type, Wstr logicalPath, Wstr name) {
  return {type, logicalPath.text ? logicalPath.text : u"", name.text ? name.text : u""};
}

// A value.
struct BackupDocument {
  bool selectComponents = false, bootableSystemState = false, partialFiles = false;
  VSS_BACKUP_TYPE backupType = VSS_BT_UNDEFINED;
  VSS_RESTORE_TYPE restoreType = VSS_RTYPE_UNDEFINED;
  std::vector<ChosenComponent> components;
  bool operator==(const BackupDocument&) const = default;
};

// Changes the components that a call means: of two instances of a writer both. change gives S_OK, or why not: then nothing is changed.
// Neither is where the document has no such component, or memory runs out.
template <class Change> HRESULT changeComponents(BackupDocument& document, const Guid& classId, const Component& component, Change&& change) {
  std::vector<std::pair<ChosenComponent*, ChosenComponent>> changed;
  for (ChosenComponent& chosen : document.components)
    if (chosen.classId == classId && chosen.component == component) {
      changed.emplace_back(&chosen, chosen);
      if (HRESULT refused = change(changed.back().second); refused != S_OK) return refused;
    }
  for (auto& [old, instead] : changed) *old = std::move(instead);
  return changed.empty() ? VSS_E_OBJECT_NOT_FOUND : S_OK;
}

// Nothing: the text is no such document. Reads up to the NUL: requesters pass plain strings where a BSTR is declared; text must not
// be null. What a document has beyond BackupDocument is not kept. Throws bad_alloc.
std::optional<BackupDocument> readDocument(const char16_t* text);

// readDocument gives the same value back. The shadow copies are for people and other tools. Throws bad_alloc.
std::u16string writeDocument(const BackupDocument& document, const ShadowCopies& copies, const Scenario& scenario);

}  // namespace vss::model
