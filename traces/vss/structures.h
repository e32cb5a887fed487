// The types that the interfaces are made of: numbers, enumerations, structures with what they own.
#pragma once
#include "describe.h"
#include "results.h"

namespace vss {

using VSS_ID = Guid;
using LONG = std::int32_t;
using INT = std::int32_t;
using BOOL = std::int32_t;
using UINT = std::uint32_t;
using ULONG = std::uint32_t;
using DWORD = std::uint32_t;
using LONGLONG = std::int64_t;
using VSS_TIMESTAMP = LONGLONG;  // 100 ns since 1601, UTC
inline constexpr DWORD kInfinite = 0xFFFFFFFF;

#define ENUMERATION(type) enum type : std::int32_t {
#define ENUMERATOR(name, value) name = static_cast<std::int32_t>(value),
#define END_ENUMERATION };
#include "enums.def"
#undef ENUMERATION
#undef ENUMERATOR
#undef END_ENUMERATION

// A time as Windows passes it by value: 100 ns since 1601, UTC, the low half first.
struct FILETIME {
  static constexpr Kind kind = Kind::i64;
  DWORD dwLowDateTime, dwHighDateTime;
};

#define VSS_FIELD(kind, name) FieldInfo{#name, Kind::kind, {}, offsetof(Self, name)}
#define VSS_ENUM_FIELD(type, name) FieldInfo{#name, Kind::enumeration, #type, offsetof(Self, name)}

// Properties of one shadow copy. Its strings are CoTaskMem memory, given back by VssFreeSnapshotProperties.
struct VSS_SNAPSHOT_PROP {
  VSS_ID m_SnapshotId, m_SnapshotSetId;
  LONG m_lSnapshotsCount;
  char16_t *m_pwszSnapshotDeviceObject, *m_pwszOriginalVolumeName, *m_pwszOriginatingMachine, *m_pwszServiceMachine, *m_pwszExposedName,
      *m_pwszExposedPath;
  VSS_ID m_ProviderId;
  LONG m_lSnapshotAttributes;
  VSS_TIMESTAMP m_tsCreationTimestamp;
  VSS_SNAPSHOT_STATE m_eStatus;

  static constexpr auto fields() {
    using Self = VSS_SNAPSHOT_PROP;
    return std::array{VSS_FIELD(guid, m_SnapshotId), VSS_FIELD(guid, m_SnapshotSetId), VSS_FIELD(i32, m_lSnapshotsCount),
                      VSS_FIELD(coString, m_pwszSnapshotDeviceObject), VSS_FIELD(coString, m_pwszOriginalVolumeName),
                      VSS_FIELD(coString, m_pwszOriginatingMachine), VSS_FIELD(coString, m_pwszServiceMachine),
                      VSS_FIELD(coString, m_pwszExposedName), VSS_FIELD(coString, m_pwszExposedPath), VSS_FIELD(guid, m_ProviderId),
                      VSS_FIELD(i32, m_lSnapshotAttributes), VSS_FIELD(i64, m_tsCreationTimestamp),
                      VSS_ENUM_FIELD(VSS_SNAPSHOT_STATE, m_eStatus)};
  }
};
static_assert(sizeof(void*) != 8 || sizeof(VSS_SNAPSHOT_PROP) == 128);

// Properties of a provider. Its strings are CoTaskMem memory, given back one by one.
struct VSS_PROVIDER_PROP {
  VSS_ID m_ProviderId;
  char16_t* m_pwszProviderName;
  VSS_PROVIDER_TYPE m_eProviderType;
  char16_t* m_pwszProviderVersion;
  VSS_ID m_ProviderVersionId;
  Guid m_ClassId;

  static constexpr auto fields() {
    using Self = VSS_PROVIDER_PROP;
    return std::array{VSS_FIELD(guid, m_ProviderId), VSS_FIELD(coString, m_pwszProviderName), VSS_ENUM_FIELD(VSS_PROVIDER_TYPE, m_eProviderType),
                      VSS_FIELD(coString, m_pwszProviderVersion), VSS_FIELD(guid, m_ProviderVersionId), VSS_FIELD(guid, m_ClassId)};
  }
};
static_assert(sizeof(void*) != 8 || sizeof(VSS_PROVIDER_PROP) == 72);

// What a query returns: a shadow copy or a provider, as Type says.
struct VSS_OBJECT_PROP {
  VSS_OBJECT_TYPE Type;
  union VSS_OBJECT_UNION {
    VSS_SNAPSHOT_PROP Snap;
    VSS_PROVIDER_PROP Prov;
    VSS_OBJECT_UNION() : Snap{} {}
  } Obj;

  // Of the two members only the one that Type says is there.
  static constexpr auto fields() {
    using Self = VSS_OBJECT_PROP;
    constexpr auto snapshot = VSS_SNAPSHOT_PROP::fields();
    constexpr auto provider = VSS_PROVIDER_PROP::fields();
    std::array<FieldInfo, 1 + snapshot.size() + provider.size()> all{VSS_ENUM_FIELD(VSS_OBJECT_TYPE, Type)};
    std::size_t next = 1;
    auto add = [&](FieldInfo field, std::int32_t type) {
      field.offset += offsetof(Self, Obj);
      field.when = type;
      all[next++] = field;
    };
    for (const auto& field : snapshot) add(field, VSS_OBJECT_SNAPSHOT);
    for (const auto& field : provider) add(field, VSS_OBJECT_PROVIDER);
    return all;
  }
};
static_assert(sizeof(void*) != 8 || sizeof(VSS_OBJECT_PROP) == 136);

// What a writer says of a component. Made by GetComponentInfo and given back by FreeComponentInfo, whole: nobody frees a member of it.
struct VSS_COMPONENTINFO {
  VSS_COMPONENT_TYPE type;
  char16_t *bstrLogicalPath, *bstrComponentName, *bstrCaption;
  std::uint8_t* pbIcon;
  UINT cbIcon;
  bool bRestoreMetadata, bNotifyOnBackupComplete, bSelectable, bSelectableForRestore;
  DWORD dwComponentFlags;
  UINT cFileCount, cDatabases, cLogFiles, cDependencies;

  static constexpr auto fields() {
    using Self = VSS_COMPONENTINFO;
    return std::array{VSS_ENUM_FIELD(VSS_COMPONENT_TYPE, type), VSS_FIELD(bstr, bstrLogicalPath), VSS_FIELD(bstr, bstrComponentName),
                      VSS_FIELD(bstr, bstrCaption), FieldInfo{"pbIcon", Kind::bytes, {}, offsetof(Self, pbIcon), 0, offsetof(Self, cbIcon)},
                      VSS_FIELD(u32, cbIcon), VSS_FIELD(boolean, bRestoreMetadata), VSS_FIELD(boolean, bNotifyOnBackupComplete),
                      VSS_FIELD(boolean, bSelectable), VSS_FIELD(boolean, bSelectableForRestore), VSS_FIELD(u32, dwComponentFlags),
                      VSS_FIELD(u32, cFileCount), VSS_FIELD(u32, cDatabases), VSS_FIELD(u32, cLogFiles), VSS_FIELD(u32, cDependencies)};
  }
};
static_assert(sizeof(void*) != 8 || sizeof(VSS_COMPONENTINFO) == 72);
using PVSSCOMPONENTINFO = VSS_COMPONENTINFO*;  // const in Microsoft's header

#undef VSS_FIELD
#undef VSS_ENUM_FIELD

struct IUnknown : Interface<IUnknown> {
  static constexpr Guid iid{0x00000000, 0x0000, 0x0000, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

  virtual HRESULT VSS_CALL QueryInterface(const Guid& riid, Out<void*> ppvObject) = 0;
  virtual ULONG VSS_CALL AddRef() = 0;
  virtual ULONG VSS_CALL Release() = 0;

  static constexpr auto methods() {
    return MethodList(method<&IUnknown::QueryInterface>("riid", "ppvObject"), method<&IUnknown::AddRef>(), method<&IUnknown::Release>());
  }
};

}  // namespace vss
