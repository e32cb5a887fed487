// What is done with shadow copies that exist. Pages: BreakSnapshotSet, BreakSnapshotSetEx, ExposeSnapshot, UnexposeSnapshot,
// ImportSnapshots, RevertToSnapshot, QueryRevertStatus; Importing Transportable Shadow Copied Volumes; Exposing and Surfacing
// Shadow Copied Volumes.
#include <algorithm>

#include "backup_components.h"
#include "traces/vss/memory.h"

namespace vss::model {
namespace {

bool isHardware(const ShadowCopy& copy, const Scenario& scenario) { return scenario.providers[copy.provider].type == VSS_PROV_HARDWARE; }

ShadowCopy* visibleCopy(Machine& machine, const Session& session, const Guid& id) {
  for (ShadowCopy& copy : machine.shadowCopies)
    if (copy.id == id && isVisible(copy, session.context)) return &copy;
  return nullptr;
}

// A broken set is forgotten; its volumes stay, as volumes like others.
void forgetSet(Machine& machine, const Guid& setId) {
  std::erase_if(machine.shadowCopies, [&](const ShadowCopy& copy) { return copy.setId == setId; });
}

std::u16string withBackslash(std::u16string_view path) {
  std::u16string text(path);
  if (!text.ends_with(u'\\')) text += u'\\';
  return text;
}

// X: or a folder on such a drive. Whether the folder is there and empty nobody knows here.
bool isLocalPlace(std::u16string_view place) {
  bool letter = !place.empty() && ((place[0] >= u'A' && place[0] <= u'Z') || (place[0] >= u'a' && place[0] <= u'z'));
  return letter && place.size() >= 2 && place[1] == u':' && (place.size() == 2 || place[2] == u'\\');
}

bool isTaken(const Machine& machine, std::u16string_view name, LONG how) {
  bool local = how == VSS_VOLSNAP_ATTR_EXPOSED_LOCALLY;
  for (const Volume& volume : machine.scenario.volumes)
    if (local && sameText(volume.path, withBackslash(name))) return true;
  for (const ShadowCopy& copy : machine.shadowCopies)
    if (copy.exposed == how && sameText(withBackslash(copy.exposedName), withBackslash(name))) return true;
  return false;
}

bool isExposable(const ShadowCopy& copy) {
  return hasBit(copy.context, VSS_VOLSNAP_ATTR_PERSISTENT) && !hasBit(copy.context, VSS_VOLSNAP_ATTR_CLIENT_ACCESSIBLE) && !copy.exposed;
}

// The set of the document becomes shadow copies of this system. Those that were made here waited for it unseen.
HRESULT importSet(Machine& machine, Session& session) {
  const Scenario& scenario = machine.scenario;
  const SavedSet& saved = session.savedSet;
  ShadowCopies copies;
  for (const SavedShadowCopy& each : saved.copies) {
    ShadowCopy copy{each.id, saved.id};
    const Volume* volume = volumeNamed(scenario, each.volumeName);
    copy.volume = volume ? static_cast<std::size_t>(volume - scenario.volumes.data()) : ShadowCopy::kNowhere;
    if (!volume) copy.volumeElsewhere = each.volumeName;
    copy.provider = static_cast<std::size_t>(hardwareProvider(scenario, each.provider) - scenario.providers.data());
    copy.context = each.context;
    copy.ofSet = static_cast<LONG>(saved.copies.size());
    copy.imported = true;
    copies.push_back(std::move(copy));
  }
  machine.shadowCopies.reserve(machine.shadowCopies.size() + copies.size());  // from here on nothing runs out of memory
  forgetSet(machine, saved.id);
  for (ShadowCopy& copy : copies) {
    copy.number = ++machine.shadowCopiesMade;
    copy.made = timeOfShadowCopy(copy.number);
    bool gone = session.released && !hasBit(copy.context, VSS_VOLSNAP_ATTR_NO_AUTO_RELEASE);
    if (!gone) machine.shadowCopies.push_back(std::move(copy));
  }
  session.imported = true;
  return VSS_S_ASYNC_FINISHED;
}

}  // namespace

// ---- Breaking ----

HRESULT BackupComponents::mayBreak(const Guid& setId) const {
  bool found = false;
  for (const ShadowCopy& copy : machine->shadowCopies) {
    if (!(copy.setId == setId) || !isVisible(copy, session->context)) continue;
    found = true;
    bool whereItWasMade = !copy.imported && choices().breakWithoutImport == BreakWithoutImport::providerVeto;
    if (!isHardware(copy, machine->scenario) || whereItWasMade) return VSS_E_PROVIDER_VETO;
  }
  return found ? S_OK : VSS_E_OBJECT_NOT_FOUND;
}

HRESULT BackupComponents::BreakSnapshotSet(VSS_ID SnapshotSetId) {
  return call(Method::breakSnapshotSet, false, mayManageSnapshots, [&] {
    HRESULT refused = mayBreak(SnapshotSetId);
    if (refused == S_OK) forgetSet(*machine, SnapshotSetId);
    return refused;
  });
}

HRESULT BackupComponents::BreakSnapshotSetEx(VSS_ID SnapshotSetID, DWORD dwBreakFlags, Out<IVssAsync*> ppAsync) {
  constexpr DWORD identities = VSS_BREAKEX_FLAG_REVERT_IDENTITY_ALL | VSS_BREAKEX_FLAG_REVERT_IDENTITY_NONE;
  constexpr DWORD known = VSS_BREAKEX_FLAG_MASK_LUNS | VSS_BREAKEX_FLAG_MAKE_READ_WRITE | identities;
  bool bad = !ppAsync.at || (dwBreakFlags & ~known) || (dwBreakFlags & identities) == identities;
  return startOperation(Method::breakSnapshotSetEx, machine->scenario.breakSnapshotSetEx, ppAsync.at, bad, mayManageSnapshots,
                        [&] { return mayBreak(SnapshotSetID); },
                        [&](const std::shared_ptr<Operation>& operation) {
                          operation->atEnd = [machine = machine.get(), id = SnapshotSetID](HRESULT result) {
                            if (result == VSS_S_ASYNC_FINISHED) forgetSet(*machine, id);
                            return result;
                          };
                        });
}

// ---- Exposing ----

HRESULT BackupComponents::ExposeSnapshot(VSS_ID SnapshotId, Wstr wszPathFromRoot, LONG lAttributes, Wstr wszExpose, Out<CoString> pwszExposed) {
  bool local = lAttributes == VSS_VOLSNAP_ATTR_EXPOSED_LOCALLY;
  bool badPlace = local && (wszPathFromRoot.text || !wszExpose.text || !isLocalPlace(wszExpose.text));
  bool bad = !pwszExposed.at || badPlace || (!local && lAttributes != VSS_VOLSNAP_ATTR_EXPOSED_REMOTELY);
  HRESULT result = call(Method::exposeSnapshot, bad, mayAskAboutVolumes, [&]() -> HRESULT {
    ShadowCopy* copy = visibleCopy(*machine, *session, SnapshotId);
    if (!copy) return VSS_E_OBJECT_NOT_FOUND;
    if (!isExposable(*copy)) return choices().exposeUnexposable == ExposeUnexposable::invalidArgument ? E_INVALIDARG : VSS_E_BAD_STATE;
    auto number = std::to_string(copy->number);
    std::u16string name = wszExpose.text ? wszExpose.text : u"ShadowCopy" + std::u16string(number.begin(), number.end());
    std::u16string path = wszPathFromRoot.text ? wszPathFromRoot.text : u"";
    if (name.empty() || isTaken(*machine, name, lAttributes)) return E_INVALIDARG;
    *pwszExposed.at = coText(name);
    copy->exposedName = std::move(name);
    copy->exposedPath = std::move(path);
    copy->exposed = lAttributes;
    return S_OK;
  });
  if (failed(result) && pwszExposed.at) *pwszExposed.at = nullptr;  // on every failure, a bad argument too (its page)
  return result;
}

HRESULT BackupComponents::UnexposeSnapshot(VSS_ID snapshotId) {
  return call(Method::unexposeSnapshot, false, mayAskAboutVolumes, [&]() -> HRESULT {
    ShadowCopy* copy = visibleCopy(*machine, *session, snapshotId);
    if (!copy || !copy->exposed) return VSS_E_OBJECT_NOT_FOUND;
    copy->exposed = 0;
    copy->exposedName.clear();
    copy->exposedPath.clear();
    return S_OK;
  });
}

// ---- Importing ----

HRESULT BackupComponents::mayImportHere() const {
  const Scenario& scenario = machine->scenario;
  const auto& copies = session->savedSet.copies;
  bool possible = scenario.os->transports() && std::all_of(copies.begin(), copies.end(), [&](const SavedShadowCopy& copy) {
    return hardwareProvider(scenario, copy.provider);
  });
  if (possible) return S_OK;
  return choices().importImpossible == ImportImpossible::badState ? VSS_E_BAD_STATE : machine->onThisSystem(VSS_E_UNEXPECTED);
}

HRESULT BackupComponents::ImportSnapshots(Out<IVssAsync*> ppAsync) {
  return startOperation(Method::importSnapshots, machine->scenario.importSnapshots, ppAsync.at, !ppAsync.at, mayImport,
                        [&] { return mayImportHere(); },
                        [&](const std::shared_ptr<Operation>& operation) {
                          operation->atEnd = [machine = machine.get(), session = session](HRESULT result) {
                            session->importing = nullptr;
                            return result == VSS_S_ASYNC_FINISHED ? importSet(*machine, *session) : result;
                          };
                          session->importing = operation;
                        });
}

// ---- Reverting ----

// The system's provider alone reverts, on servers from Server 2003 SP1 on. What is lost by it the model does not know.
HRESULT BackupComponents::RevertToSnapshot(VSS_ID SnapshotId, BOOL bForceDismount) {
  return call(Method::revertToSnapshot, false, mayManageSnapshots, [&]() -> HRESULT {
    const Scenario& scenario = machine->scenario;
    if (!scenario.os->reverts()) return E_NOTIMPL;
    const ShadowCopy* copy = visibleCopy(*machine, *session, SnapshotId);
    if (!copy) return VSS_E_OBJECT_NOT_FOUND;
    if (!hasBit(copy->context, VSS_VOLSNAP_ATTR_PERSISTENT)) return VSS_E_UNSUPPORTED_CONTEXT;
    if (copy->volume == ShadowCopy::kNowhere || !scenario.volumes[copy->volume].revertible) return VSS_E_VOLUME_NOT_SUPPORTED;
    if (scenario.providers[copy->provider].type != VSS_PROV_SYSTEM) return E_NOTIMPL;
    auto& revert = machine->reverts[copy->volume];
    if (revert && revert->pending()) return VSS_E_REVERT_IN_PROGRESS;
    if (scenario.volumes[copy->volume].inUse && !bForceDismount) return VSS_E_VOLUME_IN_USE;
    OperationPlan plan = machine->nextPlan(Method::revertToSnapshot, scenario.queryRevertStatus);
    if (plan.through == Through::call) plan.result = S_OK;  // that is what QueryRevertStatus answers
    revert = machine->start(plan);
    revert->cancellable = false;
    if (plan.polls && *plan.polls == 0) machine->endAsPlanned(revert);
    return S_OK;
  });
}

HRESULT BackupComponents::QueryRevertStatus(Wstr pwszVolume, Out<IVssAsync*> ppAsync) {
  bool bad = !pwszVolume.text || !ppAsync.at;
  HRESULT result = call(Method::queryRevertStatus, bad, mayManageSnapshots, [&]() -> HRESULT {
    const Scenario& scenario = machine->scenario;
    if (!scenario.os->hasReverts()) return E_NOTIMPL;
    const Volume* volume = volumeNamed(scenario, pwszVolume.text);
    if (!volume) return VSS_E_OBJECT_NOT_FOUND;
    if (!volume->revertible) return VSS_E_VOLUME_NOT_SUPPORTED;
    OperationPlan plan = machine->nextPlan(Method::queryRevertStatus, scenario.queryRevertStatus);
    if (plan.result != S_OK && plan.through == Through::call) return plan.result;
    auto known = machine->reverts.find(static_cast<std::size_t>(volume - scenario.volumes.data()));
    bool reverted = known != machine->reverts.end() && known->second;
    if (!reverted && choices().revertStatusWithoutRevert == RevertStatusWithoutRevert::objectNotFound) return VSS_E_OBJECT_NOT_FOUND;
    auto async = std::make_unique<Async>(machine);
    async->operation = reverted ? known->second : std::make_shared<Operation>();
    if (!reverted) async->operation->result = VSS_S_ASYNC_FINISHED;
    *ppAsync.at = async.release();
    return S_OK;
  });
  if (bad && result == E_INVALIDARG && choices().nullRevertStatus == NullRevertStatus::pointer) return E_POINTER;
  return withOutputs(*machine, result, ppAsync.at);
}

}  // namespace vss::model
