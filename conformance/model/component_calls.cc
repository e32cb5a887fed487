// The components of the Backup Components Document: how a requester comes to them, and what it says of them. Pages: the methods' own.
#include <algorithm>

#include "backup_components.h"
#include "component_objects.h"

namespace vss::model {
namespace {

using WriterIds = std::pair<Guid, Guid>;  // instance, class

// In the order in which the document has them first.
std::vector<WriterIds> writersOf(const BackupDocument& document) {
  std::vector<WriterIds> writers;
  for (const ChosenComponent& chosen : document.components) {
    WriterIds ids{chosen.instanceId, chosen.classId};
    if (std::find(writers.begin(), writers.end(), ids) == writers.end()) writers.push_back(ids);
  }
  return writers;
}

// What every writer of the class that the session knows offers and says of itself: true where `says` holds for one.
template <class Says> bool anyWriter(const Machine& machine, const Session& session, const Guid& classId, Says&& says) {
  return std::any_of(session.identified.begin(), session.identified.end(), [&](std::size_t i) {
    const Writer& writer = machine.scenario.writers[i];
    return writer.classId == classId && says(writer);
  });
}
template <class Says> bool anyComponent(const Machine& machine, const Session& session, const Guid& classId, Says&& says) {
  return anyWriter(machine, session, classId, [&](const Writer& writer) { return std::any_of(writer.components.begin(), writer.components.end(), says); });
}

// The path under which the parts of a component stand.
std::u16string pathBelow(const Component& component) {
  return component.logicalPath.empty() ? component.name : component.logicalPath + u"\\" + component.name;
}
bool isPartOf(const Component& part, const Component& whole) {
  const std::u16string path = pathBelow(whole);
  return part.logicalPath == path || part.logicalPath.starts_with(path + u"\\");
}

bool hasSchema(const Machine& machine, const Session& session, const Guid& classId, VSS_BACKUP_SCHEMA schema) {
  return anyWriter(machine, session, classId, [&](const Writer& writer) { return (writer.backupSchema & static_cast<DWORD>(schema)) != 0; });
}

bool nullTextIsBad(const Choices& choices, Wstr text) { return !text.text && choices.nullSetting == NullSetting::invalidArgument; }
MaybeText maybe(Wstr text) { return text.text ? MaybeText(text.text) : std::nullopt; }

}  // namespace

// ---- Reading ----

HRESULT BackupComponents::GetWriterComponentsCount(Out<UINT> pcComponents) {
  HRESULT result = call(Method::getWriterComponentsCount, !pcComponents.at, mayReadComponents, [&] {
    *pcComponents.at = static_cast<UINT>(writersOf(session->document).size());
    return S_OK;
  });
  return withOutputs(*machine, result, pcComponents.at);
}

HRESULT BackupComponents::GetWriterComponents(UINT iWriter, Out<IVssWriterComponentsExt*> ppWriter) {
  HRESULT result = call(Method::getWriterComponents, !ppWriter.at, mayReadComponents, [&]() -> HRESULT {
    auto writers = writersOf(session->document);
    if (iWriter >= writers.size()) return VSS_E_OBJECT_NOT_FOUND;
    *ppWriter.at = new WriterComponents(machine, session, writers[iWriter].first, writers[iWriter].second);
    return S_OK;
  });
  return withOutputs(*machine, result, ppWriter.at);
}

// ---- What a requester says ----

template <class Change>
HRESULT BackupComponents::say(Method method, bool badArgument, MayCall mayCall, const VSS_ID& writerId, VSS_COMPONENT_TYPE type, Wstr logicalPath,
                              Wstr name, Change&& change) {
  return call(method, badArgument || !name.text, mayCall, [&] {
    return changeComponents(session->document, writerId, componentOf(type, logicalPath, name), change);
  });
}

HRESULT BackupComponents::SetBackupOptions(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName, Wstr wszBackupOptions) {
  return say(Method::setBackupOptions, nullTextIsBad(choices(), wszBackupOptions), maySayForBackup, writerId, ct, wszLogicalPath, wszComponentName,
             [&](ChosenComponent& chosen) {
               chosen.backupOptions = maybe(wszBackupOptions);
               return S_OK;
             });
}

HRESULT BackupComponents::SetPreviousBackupStamp(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                                 Wstr wszPreviousBackupStamp) {
  return say(Method::setPreviousBackupStamp, nullTextIsBad(choices(), wszPreviousBackupStamp), maySayForBackup, writerId, ct, wszLogicalPath,
             wszComponentName, [&](ChosenComponent& chosen) {
               chosen.previousBackupStamp = maybe(wszPreviousBackupStamp);
               return S_OK;
             });
}

HRESULT BackupComponents::SetRestoreOptions(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName, Wstr wszRestoreOptions) {
  return say(Method::setRestoreOptions, nullTextIsBad(choices(), wszRestoreOptions), maySetRestoreState, writerId, ct, wszLogicalPath,
             wszComponentName, [&](ChosenComponent& chosen) {
               if (chosen.restoreOptions && choices().restoreOptionsTwice == RestoreOptionsTwice::badState) return VSS_E_BAD_STATE;
               chosen.restoreOptions = maybe(wszRestoreOptions);
               return S_OK;
             });
}

HRESULT BackupComponents::SetAdditionalRestores(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                                bool bAdditionalRestores) {
  return say(Method::setAdditionalRestores, false, maySetAdditionalRestores, writerId, ct, wszLogicalPath, wszComponentName,
             [&](ChosenComponent& chosen) {
               chosen.additionalRestores = bAdditionalRestores;
               return S_OK;
             });
}

HRESULT BackupComponents::AddAlternativeLocationMapping(VSS_ID writerId, VSS_COMPONENT_TYPE componentType, Wstr wszLogicalPath, Wstr wszComponentName,
                                                        Wstr wszPath, Wstr wszFilespec, bool bRecursive, Wstr wszDestination) {
  bool bad = !wszPath.text || !wszFilespec.text || !wszDestination.text;
  return say(Method::addAlternativeLocationMapping, bad, mayAddMapping, writerId, componentType, wszLogicalPath, wszComponentName,
             [&](ChosenComponent& chosen) {
               FileSet set{wszPath.text, wszFilespec.text, bRecursive, wszDestination.text};
               // Of the component, or of a part of it that the document does not name.
               auto has = [&](const OfferedComponent& offered) {
                 return (offered == chosen.component || isPartOf(offered, chosen.component)) && hasFileSet(offered, set);
               };
               if (choices().mappingWithoutFileSet == MappingWithoutFileSet::objectNotFound && !anyComponent(*machine, *session, writerId, has))
                 return VSS_E_OBJECT_NOT_FOUND;
               chosen.alternateLocations.push_back(set);
               return S_OK;
             });
}

HRESULT BackupComponents::AddNewTarget(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName, Wstr wszPath,
                                       Wstr wszFileName, bool bRecursive, Wstr wszAlternatePath) {
  bool bad = !wszPath.text || !wszFileName.text || !wszAlternatePath.text;
  return say(Method::addNewTarget, bad, maySelectForRestore, writerId, ct, wszLogicalPath, wszComponentName, [&](ChosenComponent& chosen) {
    FileSet set{wszPath.text, wszFileName.text, bRecursive, wszAlternatePath.text};
    auto has = [&](const OfferedComponent& offered) { return offered == chosen.component && hasFileSet(offered, set); };
    if (!anyComponent(*machine, *session, writerId, has)) return VSS_E_OBJECT_NOT_FOUND;
    if (HRESULT unsupported = supports(writerId, VSS_BS_WRITER_SUPPORTS_NEW_TARGET); unsupported != S_OK) return unsupported;
    chosen.newTargets.push_back(set);
    return S_OK;
  });
}

HRESULT BackupComponents::AddRestoreSubcomponent(VSS_ID writerId, VSS_COMPONENT_TYPE componentType, Wstr wszLogicalPath, Wstr wszComponentName,
                                                 Wstr wszSubComponentLogicalPath, Wstr wszSubComponentName, bool bRepair) {
  bool bad = !wszSubComponentLogicalPath.text || !wszSubComponentName.text ||
             (bRepair && choices().subcomponentRepair == SubcomponentRepair::invalidArgument);
  return say(Method::addRestoreSubcomponent, bad, maySelectForRestore, writerId, componentType, wszLogicalPath, wszComponentName,
             [&](ChosenComponent& chosen) {
               if (!chosen.selectedForRestore)
                 return choices().subcomponentOfUnselected == SubcomponentOfUnselected::badState ? VSS_E_BAD_STATE : VSS_E_OBJECT_NOT_FOUND;
               RestoreSubcomponent part{wszSubComponentLogicalPath.text, wszSubComponentName.text, bRepair};
               bool anyWillDo = choices().unselectableSubcomponent == UnselectableSubcomponent::ok;
               auto is = [&](const OfferedComponent& offered) {
                 return offered.logicalPath == part.logicalPath && offered.name == part.name && isPartOf(offered, chosen.component) &&
                        (offered.selectableForRestore || anyWillDo);
               };
               if (!anyComponent(*machine, *session, writerId, is)) return VSS_E_OBJECT_NOT_FOUND;
               chosen.restoreSubcomponents.push_back(part);
               return S_OK;
             });
}

HRESULT BackupComponents::SetRangesFilePath(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName, UINT iPartialFile,
                                            Wstr wszRangesFile) {
  return say(Method::setRangesFilePath, !wszRangesFile.text, maySayDuringRestore, writerId, ct, wszLogicalPath, wszComponentName,
             [&](ChosenComponent& chosen) {
               if (iPartialFile >= chosen.notes.partialFiles.size())
                 return choices().rangesFilePastEnd == RangesFilePastEnd::objectNotFound ? VSS_E_OBJECT_NOT_FOUND : E_INVALIDARG;
               chosen.notes.partialFiles[iPartialFile].ranges = wszRangesFile.text;
               return S_OK;
             });
}

HRESULT BackupComponents::SetAuthoritativeRestore(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName, bool bAuth) {
  return say(Method::setAuthoritativeRestore, false, maySetForRestore, writerId, ct, wszLogicalPath, wszComponentName, [&](ChosenComponent& chosen) {
    if (HRESULT unsupported = supports(writerId, VSS_BS_AUTHORITATIVE_RESTORE); unsupported != S_OK) return unsupported;
    chosen.authoritativeRestore = bAuth;
    return S_OK;
  });
}

// The point belongs to VSS_RF_PARTIAL.
HRESULT BackupComponents::SetRollForward(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                         VSS_ROLLFORWARD_TYPE rollType, Wstr wszRollForwardPoint) {
  bool bad = rollType <= VSS_RF_UNDEFINED || rollType > VSS_RF_PARTIAL || (rollType == VSS_RF_PARTIAL && !wszRollForwardPoint.text);
  return say(Method::setRollForward, bad, maySetForRestore, writerId, ct, wszLogicalPath, wszComponentName, [&](ChosenComponent& chosen) {
    if (HRESULT unsupported = supports(writerId, VSS_BS_ROLLFORWARD_RESTORE); unsupported != S_OK) return unsupported;
    chosen.rollForwardPoint = maybe(wszRollForwardPoint);
    chosen.rollForward = rollType;
    return S_OK;
  });
}

HRESULT BackupComponents::SetRestoreName(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName, Wstr wszRestoreName) {
  return say(Method::setRestoreName, nullTextIsBad(choices(), wszRestoreName), maySetForRestore, writerId, ct, wszLogicalPath, wszComponentName,
             [&](ChosenComponent& chosen) {
               if (HRESULT unsupported = supports(writerId, VSS_BS_RESTORE_RENAME); unsupported != S_OK) return unsupported;
               chosen.restoreName = maybe(wszRestoreName);
               return S_OK;
             });
}

HRESULT BackupComponents::supports(const VSS_ID& writerId, VSS_BACKUP_SCHEMA schema) const {
  if (choices().unsupportedBySchema == UnsupportedBySchema::ok || !session->writersKnown()) return S_OK;
  return hasSchema(*machine, *session, writerId, schema) ? S_OK : E_INVALIDARG;
}

}  // namespace vss::model
