// The shadow copy set and the shadow copies. Pages: StartSnapshotSet, AddToSnapshotSet, IsVolumeSupported, DoSnapshotSet,
// GetSnapshotProperties, DeleteSnapshots.
#include <algorithm>

#include "backup_components.h"
#include "events.h"
#include "traces/vss/memory.h"

namespace vss::model {
namespace {

bool sameText(const std::u16string& known, std::u16string_view given) {
  auto lower = [](char16_t c) { return c >= u'A' && c <= u'Z' ? char16_t(c + 32) : c; };
  return std::equal(known.begin(), known.end(), given.begin(), given.end(), [&](char16_t a, char16_t b) { return lower(a) == lower(b); });
}

// By its path or its name, with the backslash at the end; nullptr: there is none.
const Volume* volumeNamed(const Scenario& scenario, std::u16string_view text) {
  for (const Volume& volume : scenario.volumes)
    if (sameText(volume.path, text) || sameText(volume.name, text)) return &volume;
  return nullptr;
}

// The system's provider makes differential shadow copies on this machine; others need hardware (VSS_VOLUME_SNAPSHOT_ATTRIBUTES).
bool isPossible(LONG context) { return !hasBit(context, VSS_VOLSNAP_ATTR_PLEX | VSS_VOLSNAP_ATTR_TRANSPORTABLE); }

// A new text of the caller's. Throws bad_alloc.
char16_t* coText(const std::u16string& text) {
  auto* copy = static_cast<char16_t*>(coTaskMemAlloc((text.size() + 1) * sizeof(char16_t)));
  if (!copy) throw std::bad_alloc();
  std::copy_n(text.c_str(), text.size() + 1, copy);
  return copy;
}

// Throws bad_alloc, with nothing left behind.
VSS_SNAPSHOT_PROP propertiesOf(const ShadowCopy& copy, const Volume& volume) {
  VSS_SNAPSHOT_PROP prop{};
  prop.m_SnapshotId = copy.id;
  prop.m_SnapshotSetId = copy.setId;
  prop.m_lSnapshotsCount = copy.ofSet;
  prop.m_ProviderId = kSystemProvider;
  prop.m_lSnapshotAttributes = copy.context | VSS_VOLSNAP_ATTR_DIFFERENTIAL;
  prop.m_tsCreationTimestamp = copy.made;
  prop.m_eStatus = VSS_SS_CREATED;
  auto number = std::to_string(copy.number);
  try {
    prop.m_pwszSnapshotDeviceObject = coText(u"\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy" + std::u16string(number.begin(), number.end()));
    prop.m_pwszOriginalVolumeName = coText(volume.name);
    prop.m_pwszOriginatingMachine = coText(u"MODEL");
    prop.m_pwszServiceMachine = coText(u"MODEL");
  } catch (const std::bad_alloc&) {
    for (char16_t* text : {prop.m_pwszSnapshotDeviceObject, prop.m_pwszOriginalVolumeName, prop.m_pwszOriginatingMachine}) coTaskMemFree(text);
    throw;
  }
  return prop;
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
    bool anyProvider = ProviderId == Guid();
    if (!anyProvider && !(ProviderId == kSystemProvider)) return VSS_E_PROVIDER_NOT_REGISTERED;
    const Volume* volume = volumeNamed(machine->scenario, name);
    if (!volume) return VSS_E_OBJECT_NOT_FOUND;
    if (!volume->supported && !anyProvider) return VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER;
    if (!volume->supported || !isPossible(session->context)) return VSS_E_VOLUME_NOT_SUPPORTED;
    ShadowCopy copy{machine->freshId(), session->setId};
    copy.volume = static_cast<std::size_t>(volume - machine->scenario.volumes.data());
    copy.context = session->context;
    auto ofVolume = [&](const ShadowCopy& other) { return other.volume == copy.volume; };
    if (std::any_of(session->set.begin(), session->set.end(), ofVolume)) return VSS_E_OBJECT_ALREADY_EXISTS;
    if (session->set.size() >= kMostVolumesOfASet) return VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED;
    if (std::count_if(machine->shadowCopies.begin(), machine->shadowCopies.end(), ofVolume) >= std::ptrdiff_t(kMostShadowCopiesOfAVolume))
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
    *pbSupportedByThisProvider.at = volume->supported && (ProviderId == Guid() || ProviderId == kSystemProvider);
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
        *pProp.at = propertiesOf(copy, machine->scenario.volumes[copy.volume]);
        return S_OK;
      }
    return VSS_E_OBJECT_NOT_FOUND;
  });
  return withOutputs(*machine, result, pProp.at);
}

// One fails where a scenario orders it, and then the first; nothing is deleted then. A forced deletion has nobody to force.
HRESULT BackupComponents::DeleteSnapshots(VSS_ID SourceObjectId, VSS_OBJECT_TYPE eSourceObjectType, BOOL,
                                          OutAlways<LONG> plDeletedSnapshots, OutAlways<VSS_ID> pNondeletedSnapshotID) {
  bool ofSet = eSourceObjectType == VSS_OBJECT_SNAPSHOT_SET;
  bool bad = !plDeletedSnapshots.at || !pNondeletedSnapshotID.at || (!ofSet && eSourceObjectType != VSS_OBJECT_SNAPSHOT);
  auto meant = [&](const ShadowCopy& copy) { return (ofSet ? copy.setId : copy.id) == SourceObjectId && isVisible(copy, session->context); };
  Guid first;
  auto mayCall = [&] {
    auto& all = machine->shadowCopies;
    if (auto found = std::find_if(all.begin(), all.end(), meant); found != all.end()) first = found->id;
    return mayDeleteSnapshots(*session, choices());
  };
  HRESULT result = answer(*machine, Method::deleteSnapshots, bad, mayCall, [&]() -> HRESULT {
    auto deleted = std::erase_if(machine->shadowCopies, meant);
    if (!deleted) return VSS_E_OBJECT_NOT_FOUND;
    *plDeletedSnapshots.at = static_cast<LONG>(deleted);
    *pNondeletedSnapshotID.at = {};
    return S_OK;
  });
  if (failed(result) && result != E_INVALIDARG) {
    if (plDeletedSnapshots.at) *plDeletedSnapshots.at = 0;
    if (pNondeletedSnapshotID.at) *pNondeletedSnapshotID.at = first;
  }
  return result;
}

}  // namespace vss::model
