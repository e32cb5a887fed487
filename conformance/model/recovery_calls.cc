// LUN resynchronisation: shadow copies of a hardware provider given back to volumes. Pages: AddSnapshotToRecoverySet, RecoverSet.
#include <algorithm>

#include "backup_components.h"

namespace vss::model {
namespace {

bool hasHardware(const Scenario& scenario) {
  return std::any_of(scenario.providers.begin(), scenario.providers.end(), [](const Provider& provider) { return provider.type == VSS_PROV_HARDWARE; });
}

}  // namespace

// The flags are reserved, and its table has no code for wrong ones.
HRESULT BackupComponents::AddSnapshotToRecoverySet(VSS_ID snapshotId, DWORD, Wstr pwszDestinationVolume) {
  return call(Method::addSnapshotToRecoverySet, false, mayAddToRecoverySet, [&]() -> HRESULT {
    const Scenario& scenario = machine->scenario;
    const SavedShadowCopy* copy = session->savedSet.find(snapshotId);
    if (!copy) return VSS_E_SNAPSHOT_NOT_IN_SET;
    if (!hasHardware(scenario))
      return choices().recoveryWithoutHardware == RecoveryWithoutHardware::badState ? VSS_E_BAD_STATE : VSS_E_VOLUME_NOT_SUPPORTED;
    if (!hardwareProvider(scenario, copy->provider)) return VSS_E_OBJECT_NOT_FOUND;
    if (machine->resynchronizing) return VSS_E_RESYNC_IN_PROGRESS;
    if (!volumeNamed(scenario, pwszDestinationVolume.text ? pwszDestinationVolume.text : copy->volumeName)) return VSS_E_VOLUME_NOT_SUPPORTED;
    session->recoverySet.push_back(snapshotId);
    return S_OK;
  });
}

HRESULT BackupComponents::RecoverSet(DWORD, Out<IVssAsync*> ppAsync) {
  return startOperation(Method::recoverSet, machine->scenario.recoverSet, ppAsync.at, !ppAsync.at, mayRecover,
                        [&]() -> HRESULT { return machine->resynchronizing ? VSS_E_BAD_STATE : S_OK; },
                        [&](const std::shared_ptr<Operation>& operation) {
                          operation->atEnd = [machine = machine.get(), session = session](HRESULT result) {
                            machine->resynchronizing = nullptr;
                            session->recovering = nullptr;
                            if (result == VSS_S_ASYNC_FINISHED) session->recoverySet.clear();
                            return result;
                          };
                          session->recovering = operation;
                          machine->resynchronizing = session.get();
                        });
}

}  // namespace vss::model
