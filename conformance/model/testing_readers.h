// What a requester reads metadata and components through, released when it goes.
#pragma once
#include "testing.h"

namespace vss::model {

template <class I> struct Released {
  Released() = default;
  Released(const Released&) = delete;
  ~Released() {
    if (object) {
      EXPECT_EQ(object->Release(), 0u);
    }
  }
  I* operator->() const { return object; }
  I* object = nullptr;
};

// A writer that says something of everything. Its component is the one that Requester's `add` adds; beside it a part of it and a database.
inline const std::string kRichWriter = R"("instanceName": "one", "usage": "VSS_UT_USERDATA", "source": "VSS_ST_TRANSACTEDDB", "majorVersion": 3, "minorVersion": 1,
  "backupSchema": ["VSS_BS_COPY", "VSS_BS_WRITER_SUPPORTS_NEW_TARGET"],
  "restoreMethod": {"method": "VSS_RME_STOP_RESTORE_START", "service": "svc", "userProcedure": "call us", "writerRestore": "VSS_WRE_ALWAYS", "rebootRequired": true},
  "alternateLocations": [{"path": "from", "filespec": "*", "alternateLocation": "to"}],
  "excludeFiles": [{"path": "E:\\", "filespec": "*.tmp", "recursive": true}, {"path": "E:\\more", "filespec": "*"}],
  "excludeFromSnapshot": [{"path": "S:\\", "filespec": "*.vhd"}],
  "components": [
    {"name": "System Files", "caption": "All", "icon": "00ffa1", "restoreMetadata": true, "notifyOnBackupComplete": true,
     "selectable": false, "selectableForRestore": true, "flags": ["VSS_CF_NOT_SYSTEM_STATE"],
     "files": [{"path": "F:\\", "filespec": "*", "recursive": true, "alternateLocation": "A:\\", "backupTypeMask": ["VSS_FSBT_LOG_BACKUP_REQUIRED"]}],
     "dependencies": [{"writerId": "00000000-0000-0000-0000-0000000000c2", "logicalPath": "L", "name": "D"}, {"name": "Nobody's"}],
     "notes": {"backupMetadata": "b", "prepareForBackupFailureMsg": "p", "backupStamp": "s", "postSnapshotFailureMsg": "o", "restoreMetadata": "m",
               "preRestoreFailureMsg": "r", "postRestoreFailureMsg": "t", "restoreTarget": "VSS_RT_DIRECTED",
               "failure": "VSS_E_WRITERERROR_TIMEOUT", "applicationFailure": 5, "applicationMessage": "a",
               "partialFiles": [{"path": "P", "filename": "f", "ranges": "0:1", "metadata": "m"}],
               "differencedFiles": [{"path": "D", "filespec": "*", "recursive": true, "lastModifyTime": "2026-11-25T10:00:00Z"}],
               "directedTargets": [{"sourcePath": "1", "sourceFilename": "2", "sourceRanges": "3", "destinationPath": "4", "destinationFilename": "5",
                                    "destinationRanges": "6"}]}},
    {"logicalPath": "System Files", "name": "Part", "files": [{"path": "P:\\", "filespec": "*"}]},
    {"type": "VSS_CT_DATABASE", "name": "Data", "databaseFiles": [{"path": "DB", "filespec": "*.mdf"}], "logFiles": [{"path": "LOG", "filespec": "*.ldf"}]}])";
inline std::string rich(const std::string& more = "") { return oneWriter(kRichWriter, more); }

// The metadata of the writer at this place in the list.
struct MetadataReader : Released<IVssExamineWriterMetadataEx2> {
  explicit MetadataReader(const Requester& r, UINT index = 0) {
    IVssExamineWriterMetadata* metadata = nullptr;
    EXPECT_EQ(r->GetWriterMetadata(index, &instance, &metadata), S_OK);
    object = static_cast<IVssExamineWriterMetadataEx2*>(metadata);  // the model offers the whole vtable on every system
  }
  VSS_ID instance;
};

// A component of the document's.
struct ComponentReader : Released<IVssComponentEx2> {
  explicit ComponentReader(const Requester& r, UINT writer = 0, UINT index = 0) {
    Released<IVssWriterComponentsExt> components;
    IVssComponent* component = nullptr;
    EXPECT_EQ(r->GetWriterComponents(writer, &components.object), S_OK);
    EXPECT_EQ(components->GetComponent(index, &component), S_OK);
    object = static_cast<IVssComponentEx2*>(component);
  }
};

// Nothing: S_FALSE with NULL. Anything but S_OK beside it is a failure of the test.
template <class I> MaybeText textOf(I* object, HRESULT (VSS_CALL I::*get)(Out<Bstr>)) {
  char16_t* text = nullptr;
  HRESULT hresult = (object->*get)(&text);
  EXPECT_EQ(hresult, text ? S_OK : S_FALSE);
  return takeBstr(text);
}
template <class T, class I> T valueOf(I* object, HRESULT (VSS_CALL I::*get)(Out<T>)) {
  T value{};
  EXPECT_EQ((object->*get)(&value), S_OK);
  return value;
}

}  // namespace vss::model
