// What a writer says of itself and of its components: the Writer Metadata Document, as values. Texts have no NUL, but the writer's name may.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "traces/vss/api.h"

namespace vss::model {

using MaybeText = std::optional<std::u16string>;  // nothing: a null BSTR. Any code units, NUL and lone surrogates too

// A set of files, as IVssWMFiledesc shows it.
struct FileSet {
  std::u16string path, filespec;
  bool recursive = false;
  MaybeText alternateLocation;
  DWORD backupTypeMask = VSS_FSBT_ALL_BACKUP_REQUIRED | VSS_FSBT_ALL_SNAPSHOT_REQUIRED;
  bool operator==(const FileSet&) const = default;
};

// Another writer's component. A null writer id: no writer manages it.
struct Dependency {
  Guid writerId;
  std::u16string logicalPath, name;
  bool operator==(const Dependency&) const = default;
};

// How calls name a component. Without a logical path: "".
struct Component {
  VSS_COMPONENT_TYPE type = VSS_CT_FILEGROUP;
  std::u16string logicalPath, name;
  bool operator==(const Component&) const = default;
};

// ---- What a writer writes of a component into the Backup Components Document, at its events ----

struct PartialFile {
  std::u16string path, filename, ranges, metadata;
  bool operator==(const PartialFile&) const = default;
};
struct DifferencedFiles {
  std::u16string path, filespec;
  bool recursive = false;
  std::uint64_t lastModifyTime = 0;  // a FILETIME; 0: the requester finds it out
  bool operator==(const DifferencedFiles&) const = default;
};
struct DirectedTarget {
  std::u16string sourcePath, sourceFilename, sourceRanges, destinationPath, destinationFilename, destinationRanges;
  bool operator==(const DirectedTarget&) const = default;
};
struct WriterNotes {
  // PrepareBackup
  MaybeText backupMetadata, prepareForBackupFailureMsg;
  std::vector<PartialFile> partialFiles;
  std::vector<DifferencedFiles> differencedFiles;
  // PostSnapshot
  MaybeText backupStamp, postSnapshotFailureMsg;
  // PreRestore
  MaybeText restoreMetadata, preRestoreFailureMsg;
  VSS_RESTORE_TARGET restoreTarget = VSS_RT_UNDEFINED;  // none said: VSS_RT_ORIGINAL
  std::vector<DirectedTarget> directedTargets;
  // PostRestore
  MaybeText postRestoreFailureMsg;
  // Whichever event the writer reports VSS_E_WRITERERROR_PARTIAL_FAILURE at
  HRESULT failure = S_OK, applicationFailure = S_OK;
  MaybeText applicationMessage;
  bool operator==(const WriterNotes&) const = default;
};

// A component that a writer offers.
struct OfferedComponent : Component {
  MaybeText caption;
  std::vector<std::uint8_t> icon;
  bool restoreMetadata = false, notifyOnBackupComplete = false, selectable = true, selectableForRestore = true;
  DWORD flags = 0;  // VSS_COMPONENT_FLAGS
  std::vector<FileSet> files, databaseFiles, logFiles;
  std::vector<Dependency> dependencies;
  WriterNotes notes;  // no part of the Writer Metadata Document
  bool operator==(const OfferedComponent&) const = default;
};

struct RestoreMethod {
  VSS_RESTOREMETHOD_ENUM method = VSS_RME_UNDEFINED;
  MaybeText service, userProcedure;
  VSS_WRITERRESTORE_ENUM writerRestore = VSS_WRE_NEVER;
  bool rebootRequired = false;
  bool operator==(const RestoreMethod&) const = default;
};

struct WriterMetadata {
  MaybeText name;
  Guid classId, instanceId;
  MaybeText instanceName;
  VSS_USAGE_TYPE usage = VSS_UT_OTHER;
  VSS_SOURCE_TYPE source = VSS_ST_OTHER;
  DWORD majorVersion = 0, minorVersion = 0;
  DWORD backupSchema = 0;  // VSS_BACKUP_SCHEMA
  std::optional<RestoreMethod> restoreMethod;
  std::vector<FileSet> alternateLocations, excludeFiles, excludeFromSnapshot;
  std::vector<OfferedComponent> components;
  bool operator==(const WriterMetadata&) const = default;
};

// A file set that stands in one of the component's three lists.
inline bool hasFileSet(const OfferedComponent& component, const FileSet& named) {
  for (const auto* list : {&component.files, &component.databaseFiles, &component.logFiles})
    for (const FileSet& set : *list)
      if (set.path == named.path && set.filespec == named.filespec && set.recursive == named.recursive) return true;
  return false;
}

}  // namespace vss::model
