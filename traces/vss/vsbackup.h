// Installed as <shadowtape/vsbackup.h>: what a C++ program on Linux includes instead of Windows' vsbackup.h to compile against
// libvssapi.so. Names are the Windows ones; strings are char16_t (u"…" where Windows has L"…").
//
//   IVssBackupComponents* backup = nullptr;
//   HRESULT hr = CreateVssBackupComponents(&backup);
#pragma once
#include "api.h"
#include "memory.h"

using namespace vss;
using VSS_PWSZ = char16_t*;
using BSTR = char16_t*;
using LPCWSTR = const char16_t*;
#ifndef INFINITE
#define INFINITE 0xFFFFFFFFu
#endif
#ifndef SUCCEEDED
#define SUCCEEDED(hr) (static_cast<vss::HRESULT>(hr) >= 0)
#define FAILED(hr) (static_cast<vss::HRESULT>(hr) < 0)
#endif

// Makes the object that a backup or restore is driven through; the caller releases it. S_OK, E_ACCESSDENIED, E_INVALIDARG,
// E_OUTOFMEMORY, VSS_E_UNEXPECTED.
extern "C" VSS_EXPORT vss::HRESULT VSS_CALL CreateVssBackupComponents(vss::IVssBackupComponents** ppBackup);
// A document that a writer's metadata were saved as, to be read again; the caller keeps bstrXML and releases *ppMetadata. VSS_E_INVALID_XML_DOCUMENT.
extern "C" VSS_EXPORT vss::HRESULT VSS_CALL CreateVssExamineWriterMetadata(char16_t* bstrXML, vss::IVssExamineWriterMetadata** ppMetadata);
// Whether a volume (its name ends with a backslash) has shadow copies, and what its shadow copies forbid: VSS_SNAPSHOT_COMPATIBILITY.
extern "C" VSS_EXPORT vss::HRESULT VSS_CALL IsVolumeSnapshotted(char16_t* pwszVolumeName, vss::BOOL* pbSnapshotsPresent, vss::LONG* plSnapshotCapability);
extern "C" VSS_EXPORT vss::HRESULT VSS_CALL ShouldBlockRevert(const char16_t* wszVolumeName, bool* pbBlock);
// Frees the strings of what GetSnapshotProperties or IVssEnumObject::Next has filled, and nulls them.
extern "C" VSS_EXPORT void VSS_CALL VssFreeSnapshotProperties(vss::VSS_SNAPSHOT_PROP* pProp);
