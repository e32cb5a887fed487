#include "snapshots.h"

#include <algorithm>
#include <new>

#include "traces/vss/memory.h"

namespace vss::model {

bool sameText(std::u16string_view one, std::u16string_view other) {
  auto lower = [](char16_t c) { return c >= u'A' && c <= u'Z' ? char16_t(c + 32) : c; };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [&](char16_t a, char16_t b) { return lower(a) == lower(b); });
}

const Volume* volumeNamed(const Scenario& scenario, std::u16string_view text) {
  for (const Volume& volume : scenario.volumes)
    if (sameText(volume.path, text) || sameText(volume.name, text)) return &volume;
  return nullptr;
}

bool supports(const Provider& provider, const Volume& volume, const Scenario& scenario) {
  if (provider.type == VSS_PROV_SYSTEM) return volume.supported;
  auto place = static_cast<std::size_t>(&volume - scenario.volumes.data());
  return !provider.volumes || std::find(provider.volumes->begin(), provider.volumes->end(), place) != provider.volumes->end();
}

const Provider* hardwareProvider(const Scenario& scenario, const std::optional<Guid>& id) {
  for (const Provider& provider : scenario.providers)
    if (id && provider.id == *id && provider.type == VSS_PROV_HARDWARE) return &provider;
  return nullptr;
}

VSS_TIMESTAMP timeOfShadowCopy(std::uint32_t number) {
  constexpr VSS_TIMESTAMP newYear2026 = 134'116'992'000'000'000, second = 10'000'000;
  return newYear2026 + number * second;
}

const std::u16string& originalVolumeName(const ShadowCopy& copy, const Scenario& scenario) {
  return copy.volume == ShadowCopy::kNowhere ? copy.volumeElsewhere : scenario.volumes[copy.volume].name;
}

char16_t* coText(std::u16string_view text) {
  auto* copy = static_cast<char16_t*>(coTaskMemAlloc((text.size() + 1) * sizeof(char16_t)));
  if (!copy) throw std::bad_alloc();
  *std::copy(text.begin(), text.end(), copy) = 0;
  return copy;
}

VSS_SNAPSHOT_PROP propertiesOf(const ShadowCopy& copy, const Scenario& scenario) {
  const Provider& provider = scenario.providers[copy.provider];
  VSS_SNAPSHOT_PROP prop{};
  prop.m_SnapshotId = copy.id;
  prop.m_SnapshotSetId = copy.setId;
  prop.m_lSnapshotsCount = copy.ofSet;
  prop.m_ProviderId = provider.id;
  prop.m_lSnapshotAttributes = copy.context | copy.exposed;
  if (!hasBit(copy.context, VSS_VOLSNAP_ATTR_PLEX)) prop.m_lSnapshotAttributes |= VSS_VOLSNAP_ATTR_DIFFERENTIAL;
  if (provider.type == VSS_PROV_HARDWARE) prop.m_lSnapshotAttributes |= VSS_VOLSNAP_ATTR_HARDWARE_ASSISTED;
  if (copy.imported) prop.m_lSnapshotAttributes |= VSS_VOLSNAP_ATTR_IMPORTED;
  prop.m_tsCreationTimestamp = copy.made;
  prop.m_eStatus = VSS_SS_CREATED;
  auto number = std::to_string(copy.number);
  try {
    prop.m_pwszSnapshotDeviceObject = coText(u"\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy" + std::u16string(number.begin(), number.end()));
    prop.m_pwszOriginalVolumeName = coText(originalVolumeName(copy, scenario));
    prop.m_pwszOriginatingMachine = coText(u"MODEL");
    prop.m_pwszServiceMachine = coText(u"MODEL");
    if (!copy.exposedName.empty()) prop.m_pwszExposedName = coText(copy.exposedName);
    if (!copy.exposedPath.empty()) prop.m_pwszExposedPath = coText(copy.exposedPath);
  } catch (const std::bad_alloc&) {
    freeSnapshotProperties(&prop, &coTaskMemFree);
    throw;
  }
  return prop;
}

VSS_PROVIDER_PROP propertiesOf(const Provider& provider) {
  VSS_PROVIDER_PROP prop{};
  prop.m_ProviderId = provider.id;
  prop.m_eProviderType = provider.type;
  // A version and a class of its own for each; no page says more about them.
  prop.m_ProviderVersionId = prop.m_ClassId = provider.id;
  prop.m_ProviderVersionId.a ^= 1;
  prop.m_ClassId.a ^= 2;
  prop.m_pwszProviderName = coText(provider.name);
  try {
    prop.m_pwszProviderVersion = coText(provider.version);
  } catch (const std::bad_alloc&) {
    coTaskMemFree(prop.m_pwszProviderName);
    throw;
  }
  return prop;
}

}  // namespace vss::model
