// The shadow copy set and the shadow copies. Pages: StartSnapshotSet, AddToSnapshotSet, IsVolumeSupported, DoSnapshotSet,
// GetSnapshotProperties, DeleteSnapshots.
#include <algorithm>

#include "backup_components.h"
#include "events.h"

namespace vss::model {
namespace {

// Whether this provider makes shadow copies of this context's kind. Differential ones all make; split mirrors and transportable
// ones need hardware (VSS_VOLUME_SNAPSHOT_ATTRIBUTES), and what can be transported a server (Importing Transportable Shadow
// Copied Volumes).
bool canMake(const Provider& provider, LONG context, const Profile& os) {
  if (hasBit(context, VSS_VOLSNAP_ATTR_TRANSPORTABLE) && !os.transports()) return false;
  return provider.type == VSS_PROV_HARDWARE || !hasBit(context, VSS_VOLSNAP_ATTR_PLEX | VSS_VOLSNAP_ATTR_TRANSPORTABLE);
}

// The number of the provider that will make it: the one asked for, or the first that can, hardware before software before the
// system's (AddToSnapshotSet); or why there is none.
HRESULT chooseProvider(const Scenario& scenario, const Guid& id, const Volume& volume, LONG context, std::size_t& chosen) {
  bool any = id == Guid();
  for (std::size_t i = 0; i < scenario.providers.size(); ++i) {
    const Provider& provider = scenario.providers[i];
    if (!any && !(provider.id == id)) continue;
    if (!supports(provider, volume, scenario)) {
      if (!any) return VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER;
    } else if (canMake(provider, context, *scenario.os)) {
      chosen = i;
      return S_OK;
    }
  }
  return VSS_E_VOLUME_NOT_SUPPORTED;
}

}  // namespace

HRESULT BackupComponents::StartSnapshotSet(Out<Fresh<VSS_ID>> pSnapshotSetId) {
  HRESULT result = call(Method::startSnapshotSet, !pSnapshotSetId.at, mayStartSet, [&]() -> HRESULT {
    if (machine->creating) return VSS_E_SNAPSHOT_SET_IN_PROGRESS;
    machine->creating = session.get();
    *pSnapshotSetId.at = session->setId = machine->freshId();
    return S_OK;
  });
  return withOutputs(*machine, machine->onThisSystem(result), pSnapshotSetId.at);
}

HRESULT BackupComponents::AddToSnapshotSet(Wstr pwszVolumeName, VSS_ID ProviderId, Out<Fresh<VSS_ID>> pidSnapshot) {
  std::u16string_view name = pwszVolumeName.text ? pwszVolumeName.text : u"";
  bool noBackslash = pwszVolumeName.text && !name.ends_with(u'\\');
  bool bad = !pwszVolumeName.text || !pidSnapshot.at || (noBackslash && choices().volumeWithoutBackslash == VolumeWithoutBackslash::invalidArgument);
  HRESULT result = call(Method::addToSnapshotSet, bad, mayAddToSet, [&]() -> HRESULT {
    const Scenario& scenario = machine->scenario;
    auto isProvider = [&](const Provider& provider) { return provider.id == ProviderId; };
    if (!(ProviderId == Guid()) && std::none_of(scenario.providers.begin(), scenario.providers.end(), isProvider)) return VSS_E_PROVIDER_NOT_REGISTERED;
    const Volume* volume = volumeNamed(scenario, name);
    if (!volume) return VSS_E_OBJECT_NOT_FOUND;
    std::size_t provider = 0;
    if (HRESULT none = chooseProvider(scenario, ProviderId, *volume, session->context, provider); none != S_OK) return none;
    ShadowCopy copy{machine->freshId(), session->setId};
    copy.provider = provider;
    copy.volume = static_cast<std::size_t>(volume - scenario.volumes.data());
    copy.context = session->context;
    auto ofVolume = [&](const ShadowCopy& other) { return other.volume == copy.volume; };
    if (std::any_of(session->set.begin(), session->set.end(), ofVolume)) return VSS_E_OBJECT_ALREADY_EXISTS;
    if (session->set.size() >= kMostVolumesOfASet) return VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED;
    bool software = scenario.providers[copy.provider].type != VSS_PROV_HARDWARE;  // whose shadow copies alone are limited
    auto counts = [&](const ShadowCopy& other) { return ofVolume(other) && scenario.providers[other.provider].type != VSS_PROV_HARDWARE; };
    if (software && std::count_if(machine->shadowCopies.begin(), machine->shadowCopies.end(), counts) >= std::ptrdiff_t(kMostShadowCopiesOfAVolume))
      return VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED;
    session->set.push_back(copy);
    *pidSnapshot.at = copy.id;
    return S_OK;
  });
  return withOutputs(*machine, result, pidSnapshot.at);
}

// A provider that nobody knows supports nothing: the table has no code for it.
HRESULT BackupComponents::IsVolumeSupported(VSS_ID ProviderId, Wstr pwszVolumeName, Out<BOOL> pbSupportedByThisProvider) {
  bool bad = !pwszVolumeName.text || !pbSupportedByThisProvider.at;
  HRESULT result = call(Method::isVolumeSupported, bad, mayAskAboutVolumes, [&]() -> HRESULT {
    const Volume* volume = volumeNamed(machine->scenario, pwszVolumeName.text);
    if (!volume) return VSS_E_OBJECT_NOT_FOUND;
    const auto& providers = machine->scenario.providers;
    *pbSupportedByThisProvider.at = std::any_of(providers.begin(), providers.end(), [&](const Provider& provider) {
      return (ProviderId == Guid() || ProviderId == provider.id) && supports(provider, *volume, machine->scenario);
    });
    return S_OK;
  });
  if (bad && result == E_INVALIDARG && choices().isVolumeSupportedNull == IsVolumeSupportedNull::unexpected)
    result = machine->onThisSystem(VSS_E_UNEXPECTED);
  return withOutputs(*machine, result, pbSupportedByThisProvider.at);
}

HRESULT BackupComponents::DoSnapshotSet(Out<IVssAsync*> ppAsync) {
  return start(Method::doSnapshotSet, machine->scenario.doSnapshotSet, ppAsync.at, maySnapshot, &Session::operation, snapshotTaken);
}

HRESULT BackupComponents::GetSnapshotProperties(VSS_ID SnapshotId, Out<VSS_SNAPSHOT_PROP> pProp) {
  HRESULT result = call(Method::getSnapshotProperties, !pProp.at, mayAskAboutVolumes, [&]() -> HRESULT {
    for (const ShadowCopy& copy : machine->shadowCopies)
      if (copy.id == SnapshotId && isVisible(copy, session->context)) {
        *pProp.at = propertiesOf(copy, machine->scenario);
        return S_OK;
      }
    return VSS_E_OBJECT_NOT_FOUND;
  });
  return withOutputs(*machine, result, pProp.at);
}

// One after the other, up to the first that fails: which the scenario says, of a volume (deleteFails) or of the call, and then it is
// the first. A forced deletion has nobody to force.
HRESULT BackupComponents::DeleteSnapshots(VSS_ID SourceObjectId, VSS_OBJECT_TYPE eSourceObjectType, BOOL,
                                          OutAlways<LONG> plDeletedSnapshots, OutAlways<VSS_ID> pNondeletedSnapshotID) {
  bool ofSet = eSourceObjectType == VSS_OBJECT_SNAPSHOT_SET;
  bool bad = !plDeletedSnapshots.at || !pNondeletedSnapshotID.at || (!ofSet && eSourceObjectType != VSS_OBJECT_SNAPSHOT);
  auto& all = machine->shadowCopies;
  auto next = [&] {
    return std::find_if(all.begin(), all.end(), [&](const ShadowCopy& copy) {
      return (ofSet ? copy.setId : copy.id) == SourceObjectId && isVisible(copy, session->context);
    });
  };
  LONG deleted = 0;
  Guid left;
  auto mayCall = [&] {
    if (auto first = next(); first != all.end()) left = first->id;
    return mayDeleteSnapshots(*session, choices());
  };
  HRESULT result = answer(*machine, Method::deleteSnapshots, bad, mayCall, [&]() -> HRESULT {
    for (auto copy = next(); copy != all.end(); copy = next(), ++deleted) {
      left = copy->id;
      HRESULT fails = copy->volume == ShadowCopy::kNowhere ? S_OK : machine->scenario.volumes[copy->volume].deleteFails;
      if (fails != S_OK) return machine->onThisSystem(fails);
      all.erase(copy);
    }
    left = {};
    return deleted ? S_OK : VSS_E_OBJECT_NOT_FOUND;
  });
  if (bad && result == E_INVALIDARG) return result;
  if (plDeletedSnapshots.at) *plDeletedSnapshots.at = deleted;
  if (pNondeletedSnapshotID.at) *pNondeletedSnapshotID.at = left;
  return result;
}

}  // namespace vss::model
