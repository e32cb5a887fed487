// A restore from a saved document. Pages: SetRestoreState, SetSelectedForRestore, SetSelectedForRestoreEx, PreRestore,
// SetFileRestoreStatus, PostRestore.
#include "backup_components.h"
#include "events.h"

namespace vss::model {
namespace {

// Whether a writer of the class runs, or this instance of it. One that ended after Identify does not.
bool runs(const Machine& machine, const Session& session, const Guid& classId, const Guid& instanceId) {
  for (std::size_t i : session.identified) {
    const Writer& writer = machine.scenario.writers[i];
    if (writer.classId == classId && (instanceId == Guid() || writer.instanceId == instanceId) && writer.runs != Runs::untilIdentify) return true;
  }
  return false;
}

}  // namespace

HRESULT BackupComponents::SetRestoreState(VSS_RESTORE_TYPE restoreType) {
  bool undefined = restoreType == VSS_RTYPE_UNDEFINED && choices().restoreTypeUndefined == RestoreTypeUndefined::invalidArgument;
  bool bad = restoreType < VSS_RTYPE_UNDEFINED || restoreType > VSS_RTYPE_OTHER || undefined;
  return call(Method::setRestoreState, bad, maySetRestoreState, [&] {
    session->document.restoreType = restoreType;
    return S_OK;
  });
}

HRESULT BackupComponents::selectForRestore(Method method, const Guid& writerId, const Component& component, bool badArgument, bool selected,
                                           const Guid& instanceId) {
  return call(method, badArgument, maySelectForRestore, [&]() -> HRESULT {
    if (!runs(*machine, *session, writerId, instanceId)) return VSS_E_OBJECT_NOT_FOUND;
    return changeComponents(session->document, writerId, component, [&](ChosenComponent& chosen) {
      chosen.selectedForRestore = selected;
      chosen.restoreInstanceId = selected ? instanceId : Guid();
      return S_OK;
    });
  });
}

HRESULT BackupComponents::SetSelectedForRestore(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                                bool bSelectedForRestore) {
  return guarded(*machine, [&] {
    return selectForRestore(Method::setSelectedForRestore, writerId, componentOf(ct, wszLogicalPath, wszComponentName), !wszComponentName.text,
                            bSelectedForRestore, Guid());
  });
}

HRESULT BackupComponents::SetSelectedForRestoreEx(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                                  bool bSelectedForRestore, VSS_ID instanceId) {
  return guarded(*machine, [&] {
    return selectForRestore(Method::setSelectedForRestoreEx, writerId, componentOf(ct, wszLogicalPath, wszComponentName),
                            !wszComponentName.text, bSelectedForRestore, instanceId);
  });
}

HRESULT BackupComponents::PreRestore(Out<IVssAsync*> ppAsync) {
  return start(Method::preRestore, machine->scenario.preRestore, ppAsync.at, mayPreRestore, &Session::operation, preRestored);
}

HRESULT BackupComponents::SetFileRestoreStatus(VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath, Wstr wszComponentName,
                                               VSS_FILE_RESTORE_STATUS status) {
  bool bad = !wszComponentName.text || status <= VSS_RS_UNDEFINED || status > VSS_RS_FAILED;
  return call(Method::setFileRestoreStatus, bad, mayFinishRestore, [&] {
    return changeComponents(session->document, writerId, componentOf(ct, wszLogicalPath, wszComponentName),
                            [&](ChosenComponent& chosen) {
                              chosen.restoreStatus = status;
                              return S_OK;
                            });
  });
}

HRESULT BackupComponents::PostRestore(Out<IVssAsync*> ppAsync) {
  return start(Method::postRestore, machine->scenario.postRestore, ppAsync.at, mayFinishRestore, &Session::operation, postRestored);
}

}  // namespace vss::model
