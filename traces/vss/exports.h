// The exported functions of a drop-in vssapi.dll / libvssapi.so. Included by exactly one source file of each shim, which says
// in namespace vss::shim what answers. cmake/vssapi.def adds the aliases under the names that compilers mangle.
#pragma once
#include <cstring>

#include "api.h"
#include "memory.h"

#if defined(_WIN32)
#define VSS_SHIM_EXPORT extern "C"
#else
#define VSS_SHIM_EXPORT extern "C" __attribute__((visibility("default")))
#endif

namespace vss::shim {
// The factory. ppBackup is what the requester passed, null included. Throws nothing of its own; what an implementation throws passes through.
HRESULT create(IVssBackupComponents** ppBackup);
// The implementation's own export of that name, to be called in place of ours; nullptr: there is none, the answer is E_NOTIMPL.
void* exportBehind(const char* name) noexcept;

// Who answers in the end: an Origin of traces/trace.capnp (0 the system's own VSS, 1 a stand-in, 3 a trace). Asked by a recorder.
std::uint16_t origin() noexcept;

// Frees the six strings and nulls them. A null pProp is allowed.
inline void freeSnapshotProperties(VSS_SNAPSHOT_PROP* prop) {
  if (!prop) return;
  for (auto** text : {&prop->m_pwszSnapshotDeviceObject, &prop->m_pwszOriginalVolumeName, &prop->m_pwszOriginatingMachine,
                      &prop->m_pwszServiceMachine, &prop->m_pwszExposedName, &prop->m_pwszExposedPath}) {
    coTaskMemFree(*text);
    *text = nullptr;
  }
}
}  // namespace vss::shim

VSS_SHIM_EXPORT vss::HRESULT VSS_CALL CreateVssBackupComponentsInternal(vss::IVssBackupComponents** ppBackup) { return vss::shim::create(ppBackup); }
VSS_SHIM_EXPORT vss::HRESULT VSS_CALL CreateVssBackupComponents(vss::IVssBackupComponents** ppBackup) { return vss::shim::create(ppBackup); }

VSS_SHIM_EXPORT std::uint16_t VSS_CALL ShadowtapeOrigin() { return vss::shim::origin(); }

VSS_SHIM_EXPORT void VSS_CALL VssFreeSnapshotPropertiesInternal(vss::VSS_SNAPSHOT_PROP* pProp) { vss::shim::freeSnapshotProperties(pProp); }
VSS_SHIM_EXPORT void VSS_CALL VssFreeSnapshotProperties(vss::VSS_SNAPSHOT_PROP* pProp) { vss::shim::freeSnapshotProperties(pProp); }

#define VSS_PASS_ON(name, parameters, ...)                                              \
  VSS_SHIM_EXPORT vss::HRESULT VSS_CALL name parameters {                               \
    using Function = vss::HRESULT(VSS_CALL*) parameters;                                \
    void* behind = vss::shim::exportBehind(#name);                                      \
    using namespace vss;                                                               \
    return behind ? reinterpret_cast<Function>(behind)(__VA_ARGS__) : E_NOTIMPL;           \
  }
VSS_PASS_ON(IsVolumeSnapshottedInternal, (const char16_t* volume, vss::BOOL* present, vss::LONG* capability), volume, present, capability)
VSS_PASS_ON(IsVolumeSnapshotted, (const char16_t* volume, vss::BOOL* present, vss::LONG* capability), volume, present, capability)
VSS_PASS_ON(ShouldBlockRevertInternal, (const char16_t* volume, bool* block), volume, block)
VSS_PASS_ON(ShouldBlockRevert, (const char16_t* volume, bool* block), volume, block)
VSS_PASS_ON(CreateVssExamineWriterMetadataInternal, (char16_t* xml, vss::IVssExamineWriterMetadata** out), xml, out)
VSS_PASS_ON(CreateVssExamineWriterMetadata, (char16_t* xml, vss::IVssExamineWriterMetadata** out), xml, out)
#undef VSS_PASS_ON
