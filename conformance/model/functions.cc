// The exported functions of a vssapi library, as the model answers them.
#include "answer.h"
#include "model.h"
#include "traces/vss/memory.h"

namespace vss::model {
namespace {

HRESULT inEveryState() { return S_OK; }

// Transportable shadow copies that nobody imported are not of this system. Nothing that a volume can do is ever taken from it.
HRESULT isSnapshotted(Machine& machine, const char16_t* name, BOOL* present, LONG* capability) {
  std::u16string_view text = name ? name : u"";
  bool noBackslash = !text.ends_with(u'\\') && machine.scenario.choices.volumeWithoutBackslash == VolumeWithoutBackslash::invalidArgument;
  return answer(machine, Method::isVolumeSnapshotted, !name || noBackslash, inEveryState, [&]() -> HRESULT {
    const Volume* volume = volumeNamed(machine.scenario, text);
    if (!volume) return VSS_E_OBJECT_NOT_FOUND;
    for (const ShadowCopy& copy : machine.shadowCopies)
      *present |= copy.surfaced && copy.volume == static_cast<std::size_t>(volume - machine.scenario.volumes.data());
    *capability = 0;
    return S_OK;
  });
}

// A volume that nobody knows has no writer that blocks it: the table has no code for it.
HRESULT isRevertBlocked(Machine& machine, const char16_t* name, bool* blocked) {
  return answer(machine, Method::shouldBlockRevert, !name, inEveryState, [&] {
    const Volume* volume = volumeNamed(machine.scenario, name);
    *blocked = volume && volume->blocksRevert;
    return S_OK;
  });
}

}  // namespace


HRESULT callFunction(const std::shared_ptr<Service>& service, const MethodInfo& function, void* const* args) noexcept {
  if (&function == &vssFreeSnapshotProperties()) {
    freeSnapshotProperties(load<VSS_SNAPSHOT_PROP*>(args[0]), &coTaskMemFree);
    return S_OK;
  }
  for (std::size_t i = 0; i < function.params.size(); ++i)
    if (!function.params[i].isInput() && !load<void*>(args[i])) return E_INVALIDARG;
  clearOutputs(function, args);
  if (!service) return VSS_E_UNEXPECTED;
  if (&function == &createVssBackupComponents()) return create(service, load<IVssBackupComponents**>(args[0]));
  if (&function == &isVolumeSnapshotted())
    return isSnapshotted(*service->machine, load<const char16_t*>(args[0]), load<BOOL*>(args[1]), load<LONG*>(args[2]));
  if (&function == &shouldBlockRevert()) return isRevertBlocked(*service->machine, load<const char16_t*>(args[0]), load<bool*>(args[1]));
  if (&function == &createVssExamineWriterMetadata())
    return createMetadata(service, load<char16_t*>(args[0]), load<IVssExamineWriterMetadata**>(args[1]));
  return E_NOTIMPL;
}

}  // namespace vss::model
