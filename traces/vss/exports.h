// The exported functions of a drop-in vssapi.dll / libvssapi.so. Included by exactly one source file of each shim, which says
// in namespace vss::shim what answers. cmake/vssapi.def adds the aliases under the names that compilers mangle.
#pragma once
#include "api.h"
#include "memory.h"

#if defined(_WIN32)
#define VSS_SHIM_EXPORT extern "C"
#else
#define VSS_SHIM_EXPORT extern "C" __attribute__((visibility("default")))
#endif

namespace vss::shim {
// Answers a call of one of functions(), under whichever of its names it came. args: the addresses of the arguments. Throws nothing of its
// own; what an implementation throws passes through.
HRESULT call(const MethodInfo& function, void* const* args);

// Who answers in the end: an Origin of traces/trace.capnp (0 the system's own VSS, 1 a stand-in, 3 a trace). Asked by a recorder.
std::uint16_t origin() noexcept;
}  // namespace vss::shim

VSS_SHIM_EXPORT std::uint16_t VSS_CALL ShadowtapeOrigin() { return vss::shim::origin(); }

#define VSS_EXPORT_AS(name, described, type, parameters, ...)                    \
  VSS_SHIM_EXPORT type VSS_CALL name parameters {                                \
    void* args[] = {__VA_ARGS__, nullptr};                                       \
    return static_cast<type>(vss::shim::call(vss::described(), args));           \
  }
#define VSS_EXPORT_BOTH(name, described, type, parameters, ...)                  \
  VSS_EXPORT_AS(name##Internal, described, type, parameters, __VA_ARGS__)        \
  VSS_EXPORT_AS(name, described, type, parameters, __VA_ARGS__)
VSS_EXPORT_BOTH(CreateVssBackupComponents, createVssBackupComponents, vss::HRESULT, (vss::IVssBackupComponents** ppBackup), &ppBackup)
VSS_EXPORT_BOTH(CreateVssExamineWriterMetadata, createVssExamineWriterMetadata, vss::HRESULT,
                (char16_t* bstrXML, vss::IVssExamineWriterMetadata** ppMetadata), &bstrXML, &ppMetadata)
VSS_EXPORT_BOTH(IsVolumeSnapshotted, isVolumeSnapshotted, vss::HRESULT, (char16_t* pwszVolumeName, vss::BOOL* pbPresent, vss::LONG* plCapability),
                &pwszVolumeName, &pbPresent, &plCapability)
VSS_EXPORT_BOTH(ShouldBlockRevert, shouldBlockRevert, vss::HRESULT, (const char16_t* wszVolumeName, bool* pbBlock), &wszVolumeName, &pbBlock)
VSS_EXPORT_BOTH(VssFreeSnapshotProperties, vssFreeSnapshotProperties, void, (vss::VSS_SNAPSHOT_PROP * pProp), &pProp)
#undef VSS_EXPORT_BOTH
#undef VSS_EXPORT_AS

namespace vss::shim {
// All of them, by name: for whoever puts them in the place of another library's (launch::Replacement). The first name of a function is the
// one that the library's others lead to.
template <class Export> std::span<const Export> exports() {
#define VSS_ONE(name, described, function) {&described(), name, reinterpret_cast<void*>(&function), &described() == &createVssBackupComponents()}
#define VSS_BOTH(name, described) VSS_ONE(#name "Internal", described, name##Internal), VSS_ONE(#name, described, name)
  static const Export all[] = {
      VSS_BOTH(CreateVssBackupComponents, createVssBackupComponents),
      VSS_ONE(kMangledFactory, createVssBackupComponents, CreateVssBackupComponentsInternal),
      VSS_BOTH(CreateVssExamineWriterMetadata, createVssExamineWriterMetadata),
      VSS_ONE(kMangledExamine, createVssExamineWriterMetadata, CreateVssExamineWriterMetadataInternal),
      VSS_BOTH(IsVolumeSnapshotted, isVolumeSnapshotted),
      VSS_BOTH(ShouldBlockRevert, shouldBlockRevert),
      VSS_BOTH(VssFreeSnapshotProperties, vssFreeSnapshotProperties)};
#undef VSS_BOTH
#undef VSS_ONE
  return all;
}
}  // namespace vss::shim
