// Holds the description against the toolchain's own headers: every slot, and the type of every parameter.
#include <windows.h>

#include <vss.h>
#include <vswriter.h>

#include <vsbackup.h>

#include <gtest/gtest.h>

#include <cstring>
#include <type_traits>

#include "traces/vss/api.h"

namespace {

// A pointer to a virtual member function holds its place in the vtable, plus one.
template <class F> unsigned slotOf(F method) {
  std::uintptr_t place;
  std::memcpy(&place, &method, sizeof place);
  return static_cast<unsigned>((place - 1) / sizeof(void*));
}

// What the description must say of a parameter of a Windows type.
struct Expected { vss::Kind kind; bool input; bool array; };

template <class T> constexpr vss::Kind kindOf() {
  using vss::Kind;
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, GUID>) return Kind::guid;
  else if constexpr (std::is_same_v<U, boolean>) return Kind::boolean;
  else if constexpr (std::is_enum_v<U>) return Kind::enumeration;
  else if constexpr (std::is_same_v<U, VSS_SNAPSHOT_PROP> || std::is_same_v<U, VSS_OBJECT_PROP> || std::is_same_v<U, PVSSCOMPONENTINFO>) return Kind::structure;
  else if constexpr (std::is_same_v<U, FILETIME>) return Kind::i64;
  else if constexpr (std::is_pointer_v<U>) {
    if constexpr (std::is_same_v<std::remove_cv_t<std::remove_pointer_t<U>>, wchar_t>) return Kind::wstr;
    else return Kind::object;
  } else if constexpr (std::is_signed_v<U>) return Kind::i32;
  else return Kind::u32;
}
template <class A> constexpr Expected expected() {
  if constexpr (std::is_reference_v<A>) return {kindOf<std::remove_cvref_t<A>>(), true, false};
  else if constexpr (std::is_same_v<A, const VSS_ID*>) return {vss::Kind::guid, true, true};
  else if constexpr (std::is_same_v<A, PVSSCOMPONENTINFO>) return {vss::Kind::structure, true, false};
  else if constexpr (std::is_pointer_v<A> && !std::is_same_v<std::remove_cv_t<std::remove_pointer_t<A>>, wchar_t>)
    return {kindOf<std::remove_pointer_t<A>>(), false, false};
  else return {kindOf<A>(), true, false};
}

// BSTR, VSS_PWSZ and LPCWSTR are one C type; HRESULT, LONG and BOOL another.
vss::Kind comparable(vss::Kind kind) {
  if (kind == vss::Kind::bstr || kind == vss::Kind::coString) return vss::Kind::wstr;
  return kind == vss::Kind::hresult ? vss::Kind::i32 : kind;
}

template <class I, class R, class... A> void compare(const vss::MethodInfo* method, R (STDMETHODCALLTYPE I::*theirs)(A...), const char* name) {
  ASSERT_TRUE(method) << name;
  EXPECT_EQ(method->slot, slotOf(theirs)) << name;
  EXPECT_EQ(method->returns, (std::is_same_v<R, HRESULT> ? vss::Returns::hresult : vss::Returns::count)) << name;
  constexpr std::size_t count = sizeof...(A);
  ASSERT_EQ(method->params.size(), count) << name;
  const Expected all[] = {expected<A>()..., Expected{}};
  for (std::size_t i = 0; i < count; ++i) {
    const auto& ours = method->params[i];
    EXPECT_EQ(comparable(ours.kind), comparable(all[i].kind)) << name << " " << ours.name;
    EXPECT_EQ(ours.isInput(), all[i].input) << name << " " << ours.name;
    EXPECT_EQ(ours.role == vss::Role::inArray, all[i].array) << name << " " << ours.name;
  }
}

#define COMPARE(interface_, declaring, method) \
  compare(vss::methodNamed(#declaring, #method), &::interface_::method, #interface_ "::" #method)

// The toolchain's QueryInterface is overloaded by a template.
#define COMPARE_QUERY(interface_)                                                                                   \
  compare(vss::methodNamed("IUnknown", "QueryInterface"),                                                           \
          static_cast<HRESULT (STDMETHODCALLTYPE ::IUnknown::*)(REFIID, void**)>(&::interface_::QueryInterface), #interface_)

TEST(Headers, EverySlotAndParameterIsAsTheToolchainHasIt) {
  COMPARE_QUERY(IVssBackupComponents);
  COMPARE(IVssBackupComponents, IUnknown, AddRef);
  COMPARE(IVssBackupComponents, IUnknown, Release);
  COMPARE(IVssBackupComponents, IVssBackupComponents, GetWriterComponentsCount);
  COMPARE(IVssBackupComponents, IVssBackupComponents, GetWriterComponents);
  COMPARE(IVssBackupComponents, IVssBackupComponents, InitializeForBackup);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetBackupState);
  COMPARE(IVssBackupComponents, IVssBackupComponents, InitializeForRestore);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetRestoreState);
  COMPARE(IVssBackupComponents, IVssBackupComponents, GatherWriterMetadata);
  COMPARE(IVssBackupComponents, IVssBackupComponents, GetWriterMetadataCount);
  COMPARE(IVssBackupComponents, IVssBackupComponents, GetWriterMetadata);
  COMPARE(IVssBackupComponents, IVssBackupComponents, FreeWriterMetadata);
  COMPARE(IVssBackupComponents, IVssBackupComponents, AddComponent);
  COMPARE(IVssBackupComponents, IVssBackupComponents, PrepareForBackup);
  COMPARE(IVssBackupComponents, IVssBackupComponents, AbortBackup);
  COMPARE(IVssBackupComponents, IVssBackupComponents, GatherWriterStatus);
  COMPARE(IVssBackupComponents, IVssBackupComponents, GetWriterStatusCount);
  COMPARE(IVssBackupComponents, IVssBackupComponents, FreeWriterStatus);
  COMPARE(IVssBackupComponents, IVssBackupComponents, GetWriterStatus);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetBackupSucceeded);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetBackupOptions);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetSelectedForRestore);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetRestoreOptions);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetAdditionalRestores);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetPreviousBackupStamp);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SaveAsXML);
  COMPARE(IVssBackupComponents, IVssBackupComponents, BackupComplete);
  COMPARE(IVssBackupComponents, IVssBackupComponents, AddAlternativeLocationMapping);
  COMPARE(IVssBackupComponents, IVssBackupComponents, AddRestoreSubcomponent);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetFileRestoreStatus);
  COMPARE(IVssBackupComponents, IVssBackupComponents, AddNewTarget);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetRangesFilePath);
  COMPARE(IVssBackupComponents, IVssBackupComponents, PreRestore);
  COMPARE(IVssBackupComponents, IVssBackupComponents, PostRestore);
  COMPARE(IVssBackupComponents, IVssBackupComponents, SetContext);
  COMPARE(IVssBackupComponents, IVssBackupComponents, StartSnapshotSet);
  COMPARE(IVssBackupComponents, IVssBackupComponents, AddToSnapshotSet);
  COMPARE(IVssBackupComponents, IVssBackupComponents, DoSnapshotSet);
  COMPARE(IVssBackupComponents, IVssBackupComponents, DeleteSnapshots);
  COMPARE(IVssBackupComponents, IVssBackupComponents, ImportSnapshots);
  COMPARE(IVssBackupComponents, IVssBackupComponents, BreakSnapshotSet);
  COMPARE(IVssBackupComponents, IVssBackupComponents, GetSnapshotProperties);
  COMPARE(IVssBackupComponents, IVssBackupComponents, Query);
  COMPARE(IVssBackupComponents, IVssBackupComponents, IsVolumeSupported);
  COMPARE(IVssBackupComponents, IVssBackupComponents, DisableWriterClasses);
  COMPARE(IVssBackupComponents, IVssBackupComponents, EnableWriterClasses);
  COMPARE(IVssBackupComponents, IVssBackupComponents, DisableWriterInstances);
  COMPARE(IVssBackupComponents, IVssBackupComponents, ExposeSnapshot);
  COMPARE(IVssBackupComponents, IVssBackupComponents, RevertToSnapshot);
  COMPARE(IVssBackupComponents, IVssBackupComponents, QueryRevertStatus);
  COMPARE(IVssBackupComponentsEx, IVssBackupComponentsEx, GetWriterMetadataEx);
  COMPARE(IVssBackupComponentsEx, IVssBackupComponentsEx, SetSelectedForRestoreEx);
  COMPARE(IVssBackupComponentsEx2, IVssBackupComponentsEx2, UnexposeSnapshot);
  COMPARE(IVssBackupComponentsEx2, IVssBackupComponentsEx2, SetAuthoritativeRestore);
  COMPARE(IVssBackupComponentsEx2, IVssBackupComponentsEx2, SetRollForward);
  COMPARE(IVssBackupComponentsEx2, IVssBackupComponentsEx2, SetRestoreName);
  COMPARE(IVssBackupComponentsEx2, IVssBackupComponentsEx2, BreakSnapshotSetEx);
  COMPARE(IVssBackupComponentsEx2, IVssBackupComponentsEx2, PreFastRecovery);
  COMPARE(IVssBackupComponentsEx2, IVssBackupComponentsEx2, FastRecovery);
  COMPARE(IVssBackupComponentsEx3, IVssBackupComponentsEx3, GetWriterStatusEx);
  COMPARE(IVssBackupComponentsEx3, IVssBackupComponentsEx3, AddSnapshotToRecoverySet);
  COMPARE(IVssBackupComponentsEx3, IVssBackupComponentsEx3, RecoverSet);
  COMPARE(IVssBackupComponentsEx3, IVssBackupComponentsEx3, GetSessionId);
  COMPARE(IVssBackupComponentsEx4, IVssBackupComponentsEx4, GetRootAndLogicalPrefixPaths);
  COMPARE_QUERY(IVssAsync);
  COMPARE(IVssAsync, IUnknown, AddRef);
  COMPARE(IVssAsync, IUnknown, Release);
  COMPARE(IVssAsync, IVssAsync, Cancel);
  COMPARE(IVssAsync, IVssAsync, Wait);
  COMPARE(IVssAsync, IVssAsync, QueryStatus);
  COMPARE_QUERY(IVssEnumObject);
  COMPARE(IVssEnumObject, IUnknown, AddRef);
  COMPARE(IVssEnumObject, IUnknown, Release);
  COMPARE(IVssEnumObject, IVssEnumObject, Next);
  COMPARE(IVssEnumObject, IVssEnumObject, Skip);
  COMPARE(IVssEnumObject, IVssEnumObject, Reset);
  COMPARE(IVssEnumObject, IVssEnumObject, Clone);
  COMPARE_QUERY(IVssExamineWriterMetadata);
  COMPARE(IVssExamineWriterMetadata, IUnknown, AddRef);
  COMPARE(IVssExamineWriterMetadata, IUnknown, Release);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, GetIdentity);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, GetFileCounts);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, GetIncludeFile);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, GetExcludeFile);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, GetComponent);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, GetRestoreMethod);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, GetAlternateLocationMapping);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, GetBackupSchema);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, GetDocument);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, SaveAsXML);
  COMPARE(IVssExamineWriterMetadata, IVssExamineWriterMetadata, LoadFromXML);
  COMPARE(IVssExamineWriterMetadataEx, IVssExamineWriterMetadataEx, GetIdentityEx);
  COMPARE(IVssExamineWriterMetadataEx2, IVssExamineWriterMetadataEx2, GetVersion);
  COMPARE(IVssExamineWriterMetadataEx2, IVssExamineWriterMetadataEx2, GetExcludeFromSnapshotCount);
  COMPARE(IVssExamineWriterMetadataEx2, IVssExamineWriterMetadataEx2, GetExcludeFromSnapshotFile);
  COMPARE_QUERY(IVssWMFiledesc);
  COMPARE(IVssWMFiledesc, IUnknown, AddRef);
  COMPARE(IVssWMFiledesc, IUnknown, Release);
  COMPARE(IVssWMFiledesc, IVssWMFiledesc, GetPath);
  COMPARE(IVssWMFiledesc, IVssWMFiledesc, GetFilespec);
  COMPARE(IVssWMFiledesc, IVssWMFiledesc, GetRecursive);
  COMPARE(IVssWMFiledesc, IVssWMFiledesc, GetAlternateLocation);
  COMPARE(IVssWMFiledesc, IVssWMFiledesc, GetBackupTypeMask);
  COMPARE_QUERY(IVssWMDependency);
  COMPARE(IVssWMDependency, IUnknown, AddRef);
  COMPARE(IVssWMDependency, IUnknown, Release);
  COMPARE(IVssWMDependency, IVssWMDependency, GetWriterId);
  COMPARE(IVssWMDependency, IVssWMDependency, GetLogicalPath);
  COMPARE(IVssWMDependency, IVssWMDependency, GetComponentName);
  COMPARE_QUERY(IVssWMComponent);
  COMPARE(IVssWMComponent, IUnknown, AddRef);
  COMPARE(IVssWMComponent, IUnknown, Release);
  COMPARE(IVssWMComponent, IVssWMComponent, GetComponentInfo);
  COMPARE(IVssWMComponent, IVssWMComponent, FreeComponentInfo);
  COMPARE(IVssWMComponent, IVssWMComponent, GetFile);
  COMPARE(IVssWMComponent, IVssWMComponent, GetDatabaseFile);
  COMPARE(IVssWMComponent, IVssWMComponent, GetDatabaseLogFile);
  COMPARE(IVssWMComponent, IVssWMComponent, GetDependency);
  COMPARE(IVssWriterComponents, IVssWriterComponents, GetComponentCount);
  COMPARE(IVssWriterComponents, IVssWriterComponents, GetWriterInfo);
  COMPARE(IVssWriterComponents, IVssWriterComponents, GetComponent);
  COMPARE_QUERY(IVssComponent);
  COMPARE(IVssComponent, IUnknown, AddRef);
  COMPARE(IVssComponent, IUnknown, Release);
  COMPARE(IVssComponent, IVssComponent, GetLogicalPath);
  COMPARE(IVssComponent, IVssComponent, GetComponentType);
  COMPARE(IVssComponent, IVssComponent, GetComponentName);
  COMPARE(IVssComponent, IVssComponent, GetBackupSucceeded);
  COMPARE(IVssComponent, IVssComponent, GetAlternateLocationMappingCount);
  COMPARE(IVssComponent, IVssComponent, GetAlternateLocationMapping);
  COMPARE(IVssComponent, IVssComponent, SetBackupMetadata);
  COMPARE(IVssComponent, IVssComponent, GetBackupMetadata);
  COMPARE(IVssComponent, IVssComponent, AddPartialFile);
  COMPARE(IVssComponent, IVssComponent, GetPartialFileCount);
  COMPARE(IVssComponent, IVssComponent, GetPartialFile);
  COMPARE(IVssComponent, IVssComponent, IsSelectedForRestore);
  COMPARE(IVssComponent, IVssComponent, GetAdditionalRestores);
  COMPARE(IVssComponent, IVssComponent, GetNewTargetCount);
  COMPARE(IVssComponent, IVssComponent, GetNewTarget);
  COMPARE(IVssComponent, IVssComponent, AddDirectedTarget);
  COMPARE(IVssComponent, IVssComponent, GetDirectedTargetCount);
  COMPARE(IVssComponent, IVssComponent, GetDirectedTarget);
  COMPARE(IVssComponent, IVssComponent, SetRestoreMetadata);
  COMPARE(IVssComponent, IVssComponent, GetRestoreMetadata);
  COMPARE(IVssComponent, IVssComponent, SetRestoreTarget);
  COMPARE(IVssComponent, IVssComponent, GetRestoreTarget);
  COMPARE(IVssComponent, IVssComponent, SetPreRestoreFailureMsg);
  COMPARE(IVssComponent, IVssComponent, GetPreRestoreFailureMsg);
  COMPARE(IVssComponent, IVssComponent, SetPostRestoreFailureMsg);
  COMPARE(IVssComponent, IVssComponent, GetPostRestoreFailureMsg);
  COMPARE(IVssComponent, IVssComponent, SetBackupStamp);
  COMPARE(IVssComponent, IVssComponent, GetBackupStamp);
  COMPARE(IVssComponent, IVssComponent, GetPreviousBackupStamp);
  COMPARE(IVssComponent, IVssComponent, GetBackupOptions);
  COMPARE(IVssComponent, IVssComponent, GetRestoreOptions);
  COMPARE(IVssComponent, IVssComponent, GetRestoreSubcomponentCount);
  COMPARE(IVssComponent, IVssComponent, GetRestoreSubcomponent);
  COMPARE(IVssComponent, IVssComponent, GetFileRestoreStatus);
  COMPARE(IVssComponent, IVssComponent, AddDifferencedFilesByLastModifyTime);
  COMPARE(IVssComponent, IVssComponent, AddDifferencedFilesByLastModifyLSN);
  COMPARE(IVssComponent, IVssComponent, GetDifferencedFilesCount);
  COMPARE(IVssComponent, IVssComponent, GetDifferencedFile);
  COMPARE(IVssComponentEx, IVssComponentEx, SetPrepareForBackupFailureMsg);
  COMPARE(IVssComponentEx, IVssComponentEx, SetPostSnapshotFailureMsg);
  COMPARE(IVssComponentEx, IVssComponentEx, GetPrepareForBackupFailureMsg);
  COMPARE(IVssComponentEx, IVssComponentEx, GetPostSnapshotFailureMsg);
  COMPARE(IVssComponentEx, IVssComponentEx, GetAuthoritativeRestore);
  COMPARE(IVssComponentEx, IVssComponentEx, GetRollForward);
  COMPARE(IVssComponentEx, IVssComponentEx, GetRestoreName);
  COMPARE(IVssComponentEx2, IVssComponentEx2, SetFailure);
  COMPARE(IVssComponentEx2, IVssComponentEx2, GetFailure);
}

TEST(Headers, InterfaceIdsAreTheSame) {
  auto same = [](const vss::Guid& ours, const GUID& theirs) { return std::memcmp(&ours, &theirs, sizeof ours) == 0; };
  EXPECT_TRUE(same(vss::IUnknown::iid, __uuidof(::IUnknown)));
  EXPECT_TRUE(same(vss::IVssAsync::iid, __uuidof(::IVssAsync)));
  EXPECT_TRUE(same(vss::IVssBackupComponents::iid, __uuidof(::IVssBackupComponents)));
  EXPECT_TRUE(same(vss::IVssBackupComponentsEx::iid, __uuidof(::IVssBackupComponentsEx)));
  EXPECT_TRUE(same(vss::IVssBackupComponentsEx2::iid, __uuidof(::IVssBackupComponentsEx2)));
  EXPECT_TRUE(same(vss::IVssBackupComponentsEx3::iid, __uuidof(::IVssBackupComponentsEx3)));
  EXPECT_TRUE(same(vss::IVssBackupComponentsEx4::iid, __uuidof(::IVssBackupComponentsEx4)));
  EXPECT_TRUE(same(vss::IVssEnumObject::iid, __uuidof(::IVssEnumObject)));
  EXPECT_TRUE(same(vss::IVssExamineWriterMetadata::iid, __uuidof(::IVssExamineWriterMetadata)));
  EXPECT_TRUE(same(vss::IVssExamineWriterMetadataEx::iid, __uuidof(::IVssExamineWriterMetadataEx)));
  EXPECT_TRUE(same(vss::IVssExamineWriterMetadataEx2::iid, __uuidof(::IVssExamineWriterMetadataEx2)));
  EXPECT_TRUE(same(vss::IVssComponent::iid, __uuidof(::IVssComponent)));
  EXPECT_TRUE(same(vss::IVssComponentEx::iid, __uuidof(::IVssComponentEx)));
  EXPECT_TRUE(same(vss::IVssComponentEx2::iid, __uuidof(::IVssComponentEx2)));
}

TEST(Headers, StructuresAndEnumerationsHaveTheSameLayout) {
  EXPECT_EQ(sizeof(vss::VSS_SNAPSHOT_PROP), sizeof(::VSS_SNAPSHOT_PROP));
  EXPECT_EQ(offsetof(vss::VSS_SNAPSHOT_PROP, m_pwszExposedPath), offsetof(::VSS_SNAPSHOT_PROP, m_pwszExposedPath));
  EXPECT_EQ(offsetof(vss::VSS_SNAPSHOT_PROP, m_tsCreationTimestamp), offsetof(::VSS_SNAPSHOT_PROP, m_tsCreationTimestamp));
  EXPECT_EQ(offsetof(vss::VSS_SNAPSHOT_PROP, m_eStatus), offsetof(::VSS_SNAPSHOT_PROP, m_eStatus));
  EXPECT_EQ(sizeof(vss::VSS_PROVIDER_PROP), sizeof(::VSS_PROVIDER_PROP));
  EXPECT_EQ(offsetof(vss::VSS_PROVIDER_PROP, m_ClassId), offsetof(::VSS_PROVIDER_PROP, m_ClassId));
  EXPECT_EQ(sizeof(vss::VSS_OBJECT_PROP), sizeof(::VSS_OBJECT_PROP));
  EXPECT_EQ(offsetof(vss::VSS_OBJECT_PROP, Obj), offsetof(::VSS_OBJECT_PROP, Obj));
  EXPECT_EQ(sizeof(vss::VSS_COMPONENTINFO), sizeof(::VSS_COMPONENTINFO));
  EXPECT_EQ(offsetof(vss::VSS_COMPONENTINFO, cbIcon), offsetof(::VSS_COMPONENTINFO, cbIcon));
  EXPECT_EQ(offsetof(vss::VSS_COMPONENTINFO, bSelectableForRestore), offsetof(::VSS_COMPONENTINFO, bSelectableForRestore));
  EXPECT_EQ(offsetof(vss::VSS_COMPONENTINFO, cDependencies), offsetof(::VSS_COMPONENTINFO, cDependencies));
  EXPECT_EQ(sizeof(vss::FILETIME), sizeof(::FILETIME));
  EXPECT_EQ(sizeof(vss::VSS_WRITER_STATE), sizeof(::VSS_WRITER_STATE));
  EXPECT_EQ(int(vss::VSS_WS_FAILED_AT_BACKUPSHUTDOWN), int(::VSS_WS_FAILED_AT_BACKUPSHUTDOWN));
  EXPECT_EQ(int(vss::VSS_SS_CREATED), int(::VSS_SS_CREATED));
  EXPECT_EQ(int(vss::VSS_CTX_CLIENT_ACCESSIBLE_WRITERS), int(::VSS_CTX_CLIENT_ACCESSIBLE_WRITERS));
}

}  // namespace
