#include "conformance/faults/faults.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "conformance/fixtures.h"
#include "traces/vss/memory.h"

namespace vss::conformance {
namespace {

using Call = FaultyCall;

// ---- What several faults do ----

// A row that no writer stands behind.
HRESULT madeUpRow(Call& call, const Guid& classId, const char16_t* name) {
  if (call.hasNullOutput()) return E_INVALIDARG;
  *call.out<Guid>("pidInstance") = classId;
  *call.out<Guid>("pidWriter") = classId;
  *call.out<char16_t*>("pbstrWriter") = sysAllocStringLen(name, std::char_traits<char16_t>::length(name));
  *call.out<VSS_WRITER_STATE>("pnStatus") = VSS_WS_UNKNOWN;
  *call.failureOut() = S_OK;
  if (auto* application = call.out<HRESULT>("phrApplication")) *application = S_OK;
  if (auto* message = call.out<char16_t*>("pbstrApplicationMessage")) *message = nullptr;
  return S_OK;
}

HRESULT row(Call& call, std::uint32_t index) {
  call.index() = index;
  return call.pass();
}

// What the implementation says of a writer.
HRESULT failureOf(Call& call, std::uint32_t index) {
  Guid instance, writer;
  char16_t* name = nullptr;
  VSS_WRITER_STATE state;
  HRESULT failure = S_OK;
  if (call.session().real->GetWriterStatus(index, &instance, &writer, &name, &state, &failure) == S_OK) sysFreeString(name);
  return failure;
}

// Another failure code in each row that has this one.
HRESULT rowFailure(Call& call, HRESULT said, HRESULT instead) {
  HRESULT result = call.pass();
  if (result == S_OK && *call.failureOut() == said) *call.failureOut() = instead;
  return result;
}

// How a gather goes is asked, once the backup is prepared: before that whoever is driven through here has to learn of a component.
bool asksGather(const Call& call) { return call.isOperation("GatherWriterStatus") && call.is("QueryStatus") && call.session().prepared; }

void dropOutput(Call& call, std::string_view name) {
  void** out = call.out<void*>(name);
  auto param = std::find_if(call.method.params.begin(), call.method.params.end(), [&](const ParamInfo& param) { return param.name == name; });
  const InterfaceInfo* described = interfaceNamed(param->type);  // none: QueryInterface hands out what was asked for
  static_cast<IUnknown*>(described ? described->unknownOf(*out) : *out)->Release();
  *out = nullptr;
}

// A starter that says S_OK and hands out no operation.
HRESULT handsOutNothing(Call& call) {
  HRESULT result = call.pass();
  if (result == S_OK) dropOutput(call, call.method.params.back().name);
  return result;
}

// Another state in each row that has this one.
HRESULT rowState(Call& call, VSS_WRITER_STATE from, VSS_WRITER_STATE to, VSS_WRITER_STATE instead) {
  HRESULT result = call.pass();
  if (result != S_OK) return result;
  auto& state = *call.out<VSS_WRITER_STATE>("pnStatus");
  if (state >= from && state <= to) state = instead;
  return result;
}

bool usesStatus(const Call& call) {
  return call.is("GatherWriterStatus") || call.is("GetWriterStatusCount") || call.isRow() || call.is("FreeWriterStatus");
}

// Puts the text where no BSTR can be, for SysFreeString gives back what lies in front of it.
void makeNotFreeable(char16_t*& bstr) {
  auto bytes = static_cast<std::uint32_t>(sysStringLen(bstr) * sizeof(char16_t));
  auto* memory = static_cast<char*>(std::malloc(12 + bytes + sizeof(char16_t)));
  std::memcpy(memory + 8, &bytes, 4);
  std::memcpy(memory + 12, bstr, bytes + sizeof(char16_t));
  sysFreeString(bstr);
  bstr = reinterpret_cast<char16_t*>(memory + 12);
}

// Puts the text inside of other memory, which CoTaskMemFree cannot take.
void makeNotTaskMemory(char16_t*& text) {
  static char16_t memory[] = u"the MODEL";
  coTaskMemFree(text);
  text = memory + 4;
}

// The BSTR of one output is none.
HRESULT notFreeable(Call& call, std::string_view output) {
  HRESULT result = call.pass();
  if (auto** text = call.out<char16_t*>(output); result == S_OK && *text) makeNotFreeable(*text);
  return result;
}

bool isReverting(const Call& call) { return call.isOperation("QueryRevertStatus"); }

constexpr std::uint32_t kNoIndex = 0xFFFFFFFF;

// ---- The faults ----

constexpr std::string_view kRows = "GetWriterStatus GetWriterStatusEx", kRowsAndCount = "GetWriterStatus GetWriterStatusEx GetWriterStatusCount",
                           kRowsAndFree = "GetWriterStatus GetWriterStatusEx FreeWriterStatus",
                           kStatus = "GatherWriterStatus GetWriterStatusCount GetWriterStatus GetWriterStatusEx FreeWriterStatus";

constexpr Fault kFaults[] = {
    // The factory, the object and its initialization.
    {"create-says-s-false", "The factory says S_FALSE for S_OK.", "IN-001", true, "CreateVssBackupComponents", [](Call& call) {
       return call.passBut(S_OK, S_FALSE);
     }},
    {"create-hands-out-null", "The factory says S_OK and hands out nothing.", "IN-001", false, "CreateVssBackupComponents", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) dropOutput(call, "ppBackup");
       return result;
     }},
    {"create-accepts-null", "The factory says S_OK where there is no place for the object.", "IN-002", true, "CreateVssBackupComponents", [](Call& call) {
       return call.passBut(E_INVALIDARG, S_OK);
     }},
    {"one-session-for-all", "Every object of a process is the same one.", "IN-005", false, "CreateVssBackupComponents", [](Call& call) {
       if (!call.first()) return call.pass();
       ++call.first()->references;
       *call.out<Object*>("ppBackup") = call.first();
       return S_OK;
     }},
    {"uninitialized-says-unexpected", "An object that was not initialized says VSS_E_UNEXPECTED.", "WS-001", true, "", [](Call& call) {
       bool uninitialized = call.isSession() && !call.session().initialized;
       return uninitialized ? call.passBut(VSS_E_BAD_STATE, VSS_E_UNEXPECTED) : call.pass();
     }},
    {"initialize-says-s-false", "InitializeForBackup says S_FALSE for S_OK.", "IN-007", true, "InitializeForBackup", [](Call& call) {
       return call.passBut(S_OK, S_FALSE);
     }},
    {"initialize-again-starts-over", "A second initialization makes a new object of an old one.", "IN-010", false, "InitializeForBackup InitializeForRestore", [](Call& call) {
       bool again = (call.is("InitializeForBackup") || call.is("InitializeForRestore")) && call.session().initialized;
       IVssBackupComponents* fresh = nullptr;
       if (!again || call.createReal(&fresh) != S_OK) return call.pass();
       call.session().real->Release();
       call.session().real = static_cast<IVssBackupComponentsEx4*>(fresh);
       call.self->real = fresh;
       return call.pass();
     }},
    {"saved-document-refused", "InitializeForBackup does not read what SaveAsXML wrote.", "IN-008", true, "InitializeForBackup", [](Call& call) {
       HRESULT result = call.pass();
       return call.argument<char16_t*>("bstrXML") ? VSS_E_INVALID_XML_DOCUMENT : result;
     }},
    {"unreadable-document-taken-as-none", "InitializeForBackup makes a new document where it cannot read the caller's.", "IN-009", false, "InitializeForBackup", [](Call& call) {
       HRESULT result = call.pass();
       if (result != VSS_E_INVALID_XML_DOCUMENT) return result;
       call.argument<char16_t*>("bstrXML") = nullptr;
       return call.pass();
     }},
    {"unreadable-document-is-bad-argument", "A document that cannot be read is E_INVALIDARG.", "IN-017", true, "InitializeForBackup InitializeForRestore CreateVssExamineWriterMetadata", [](Call& call) {
       return call.passBut(VSS_E_INVALID_XML_DOCUMENT, E_INVALIDARG);
     }},
    {"document-cut-short", "The caller's document is written into while it is read.", "OW-018", false, "InitializeForBackup InitializeForRestore", [](Call& call) {
       HRESULT result = call.pass();
       if (!call.is("InitializeForBackup") && !call.is("InitializeForRestore")) return result;
       if (auto* document = call.argument<char16_t*>("bstrXML"); document && *document) document[sysStringLen(document) / 2] = 0;
       return result;
     }},
    {"restore-not-implemented", "InitializeForRestore says E_NOTIMPL.", "IN-012", true, "InitializeForRestore", [](Call&) {
       return E_NOTIMPL;
     }},
    {"backup-state-says-s-false", "SetBackupState says S_FALSE for S_OK.", "IN-019", true, "SetBackupState", [](Call& call) {
       return call.passBut(S_OK, S_FALSE);
     }},
    {"backup-state-taken-late", "SetBackupState is taken after PrepareForBackup, and ignored.", "IN-021", true, "SetBackupState", [](Call& call) {
       return call.session().prepared ? call.passBut(VSS_E_BAD_STATE, S_OK) : call.pass();
     }},
    {"backup-type-not-checked", "An unknown backup type is a full backup.", "IN-023", false, "SetBackupState", [](Call& call) {
       HRESULT result = call.pass();
       if (result != E_INVALIDARG) return result;
       call.argument<VSS_BACKUP_TYPE>("backupType") = VSS_BT_FULL;
       return call.pass();
     }},
    {"set-context-not-implemented", "SetContext says E_NOTIMPL.", "IN-024", true, "SetContext", [](Call&) {
       return E_NOTIMPL;
     }},
    {"set-context-at-any-time", "SetContext is taken where it comes too late, or in a restore, and ignored.", "IN-025", true, "SetContext", [](Call& call) {
       return call.session().initialized ? call.passBut(VSS_E_BAD_STATE, S_OK) : call.pass();
     }},
    {"app-rollback-is-bad-argument", "SetContext does not know VSS_CTX_APP_ROLLBACK.", "IN-030", true, "SetContext", [](Call& call) {
       return call.argument<LONG>("lContext") == VSS_CTX_APP_ROLLBACK ? E_INVALIDARG : call.pass();
     }},
    {"xp-has-contexts", "SetContext works on Windows XP.", "IN-031", true, "SetContext", [](Call& call) {
       return call.passBut(E_NOTIMPL, S_OK);
     }},
    {"context-attributes-refused", "SetContext takes no attributes beside the context.", "IN-032", true, "SetContext", [](Call& call) {
       constexpr LONG attributes = VSS_VOLSNAP_ATTR_TRANSPORTABLE | VSS_VOLSNAP_ATTR_NO_AUTORECOVERY | VSS_VOLSNAP_ATTR_DIFFERENTIAL | VSS_VOLSNAP_ATTR_PLEX;
       if (call.argument<LONG>("lContext") == static_cast<LONG>(VSS_CTX_ALL)) return call.pass();
       return call.argument<LONG>("lContext") & attributes ? E_INVALIDARG : call.pass();
     }},
    {"query-interface-hands-out-null", "QueryInterface says S_OK for IVssBackupComponentsEx4 and hands out nothing.", "IN-035", false, "QueryInterface", [](Call& call) {
       HRESULT result = call.pass();
       if (call.isSession() && result == S_OK && call.argument<Guid>("riid") == IVssBackupComponentsEx4::iid)
         dropOutput(call, "ppvObject");
       return result;
     }},
    {"query-interface-loses-identity", "Each QueryInterface for IUnknown hands out another pointer.", "IN-036", false, "QueryInterface", [](Call& call) {
       if (!call.isSession() || !(call.argument<Guid>("riid") == IUnknown::iid)) return call.pass();
       call.session().real->AddRef();
       *call.out<Object*>("ppvObject") = call.wrap(call.self->described, call.session().real, nullptr, call.self->session);
       return S_OK;
     }},
    {"vista-has-ex3", "An older system hands out IVssBackupComponentsEx3.", "WS-099", false, "QueryInterface", [](Call& call) {
       HRESULT result = call.pass();
       if (!call.isSession() || result != E_NOINTERFACE || !(call.argument<Guid>("riid") == IVssBackupComponentsEx3::iid)) return result;
       ++call.self->references;
       *call.out<Object*>("ppvObject") = call.self;
       return S_OK;
     }},
    {"shadow-copies-outlive-their-object", "A reference is leaked inside, so shadow copies stay that should go with their object.", "IN-037", false, "Release", [](Call& call) {
       if (call.isSession()) call.session().real->AddRef();
       return call.pass();
     }},
    {"persistence-forgotten", "A shadow copy of VSS_CTX_APP_ROLLBACK goes with its object.", "IN-038", false, "SetContext", [](Call& call) {
       if (call.argument<LONG>("lContext") == VSS_CTX_APP_ROLLBACK) call.argument<LONG>("lContext") = VSS_CTX_BACKUP;
       return call.pass();
     }},
    {"session-id-changes", "GetSessionId makes a new id at each call.", "IN-039", false, "GetSessionId", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) call.out<Guid>("idSession")->a += static_cast<std::uint32_t>(call.session().reads++);
       return result;
     }},
    {"restore-makes-shadow-copies", "AddToSnapshotSet works in a restore.", "AR-117", false, "AddToSnapshotSet", [](Call& call) {
       HRESULT result = call.pass();
       if (!call.session().restore || result != VSS_E_BAD_STATE) return result;
       *call.out<Guid>("pidSnapshot") = kFixtureWriter;
       return S_OK;
     }},


    // What comes in the wrong order.
    {"any-order-in-a-backup", "In a backup what comes too early, too late or does not belong there is said to be done.", "SN-011", true, "", [](Call& call) {
       bool backup = call.isSession() && call.session().initialized && !call.session().restore && !usesStatus(call);
       return backup ? call.passBut(VSS_E_BAD_STATE, S_OK) : call.pass();
     }},
    {"any-order-in-a-restore", "In a restore what comes too early, too late or does not belong there is said to be done.", "RS-035", true, "", [](Call& call) {
       bool restore = call.isSession() && call.session().restore && !usesStatus(call);
       return restore ? call.passBut(VSS_E_BAD_STATE, S_OK) : call.pass();
     }},
    {"nothing-is-not-found", "Volumes, components, shadow copies and whatever has an index are taken for granted.", "SN-046", true, "", [](Call& call) {
       return call.isRow() ? call.pass() : call.passBut(VSS_E_OBJECT_NOT_FOUND, S_OK);
     }},
    {"component-not-checked", "A component without a name or a type is taken.", "SN-047", true, "SetBackupSucceeded AddComponent", [](Call& call) {
       return call.passBut(E_INVALIDARG, S_OK);
     }},

    // Metadata, who is asked for them, and the components.
    {"no-metadata-in-a-restore", "GatherWriterMetadata is refused in a restore, as its page says.", "MD-002", true, "GatherWriterMetadata", [](Call& call) {
       return call.session().restore ? call.passBut(S_OK, VSS_E_BAD_STATE) : call.pass();
     }},
    {"gather-fails-with-identify", "A gather of metadata fails where a writer fails Identify.", "MD-006", false, "QueryStatus", [](Call& call) {
       HRESULT result = call.pass();
       UINT identified = 0;
       bool finished = call.isOperation("GatherWriterMetadata") && result == S_OK && *call.out<HRESULT>("pHrResult") == VSS_S_ASYNC_FINISHED;
       // Beside the fixture's writer there are two.
       if (finished && call.session().real->GetWriterMetadataCount(&identified) == S_OK && identified == 2) *call.out<HRESULT>("pHrResult") = VSS_E_WRITER_INFRASTRUCTURE;
       return result;
     }},
    {"metadata-count-says-s-false", "GetWriterMetadataCount says S_FALSE for S_OK.", "MD-009", true, "GetWriterMetadataCount", [](Call& call) {
       return call.passBut(S_OK, S_FALSE);
     }},
    {"free-metadata-says-s-false", "FreeWriterMetadata says S_FALSE for S_OK.", "MD-020", true, "FreeWriterMetadata", [](Call& call) {
       return call.passBut(S_OK, S_FALSE);
     }},
    {"enabled-writers-are-not-alone", "EnableWriterClasses is ignored.", "MD-025", false, "EnableWriterClasses", [](Call& call) {
       return call.session().initialized ? S_OK : call.pass();
     }},
    {"disabled-instance-asked", "DisableWriterInstances is ignored.", "MD-030", false, "DisableWriterInstances", [](Call& call) {
       return call.session().initialized ? S_OK : call.pass();
     }},
    {"late-selection-unexpected", "Who is chosen after GatherWriterMetadata is an unexpected failure.", "MD-031", true, "DisableWriterClasses EnableWriterClasses DisableWriterInstances", [](Call& call) {
       return call.session().identified ? VSS_E_UNEXPECTED : call.pass();
     }},
    {"component-says-s-false", "AddComponent says S_FALSE for S_OK.", "MD-035", true, "AddComponent", [](Call& call) {
       return call.passBut(S_OK, S_FALSE);
     }},
    {"component-added-twice", "A component that was added is added again.", "MD-036", true, "AddComponent", [](Call& call) {
       return call.passBut(VSS_E_OBJECT_ALREADY_EXISTS, S_OK);
     }},
    {"one-component-only", "A backup has one component.", "MD-037", false, "AddComponent", [](Call& call) {
       return call.session().components ? VSS_E_OBJECT_ALREADY_EXISTS : call.pass();
     }},

    // What metadata, the components in the document and enumerators say.
    {"none-says-s-ok", "What is not there is told by S_OK for S_FALSE.", "CO-001", true, "", [](Call& call) {
       return call.isOther() ? call.passBut(S_FALSE, S_OK) : call.pass();
     }},
    {"requester-writes-as-writer", "A requester may set what only a writer may.", "CO-023", true, "", [](Call& call) {
       return call.isOther() ? call.passBut(VSS_E_BAD_STATE, S_OK) : call.pass();
     }},
    {"metadata-hand-out-nothing", "Who hands out metadata or a component says S_OK and hands out nothing.", "MD-012", false,
     "GetWriterMetadata GetWriterMetadataEx GetWriterComponents GetComponent", [](Call& call) { return handsOutNothing(call); }},
    {"query-hands-out-nothing", "Query says S_OK and hands out nothing.", "QU-010", false, "Query", [](Call& call) { return handsOutNothing(call); }},
    {"query-needs-copies", "Query fails as long as there is no shadow copy.", "QU-011", true, "Query", [](Call& call) {
       return call.session().prepared ? call.pass() : call.passBut(S_OK, VSS_E_OBJECT_NOT_FOUND);
     }},
    {"query-takes-any-type", "Query takes types and ids that it has to refuse.", "QU-014", true, "Query", [](Call& call) { return call.passBut(E_INVALIDARG, S_OK); }},
    {"fetched-not-counted", "Next fills elements and counts none.", "QU-022", false, "Next", [](Call& call) {
       HRESULT result = call.pass();
       if (auto* fetched = call.out<ULONG>("pceltFetched")) *fetched = 0;
       return result;
     }},
    {"enumerator-takes-null", "Next and Clone say S_OK to a null pointer.", "QU-025", true, "Next Clone", [](Call& call) { return call.passBut(E_POINTER, S_OK); }},
    {"skip-says-s-false", "Skip says S_FALSE though it has skipped all.", "QU-028", true, "Skip", [](Call& call) { return call.passBut(S_OK, S_FALSE); }},
    {"exposes-anything", "ExposeSnapshot takes paths and attributes that it has to refuse.", "QU-046", true, "ExposeSnapshot", [](Call& call) {
       return call.passBut(E_INVALIDARG, S_OK);
     }},
    {"exposed-name-left", "ExposeSnapshot fails and leaves something where the name would be.", "QU-045", false, "ExposeSnapshot", [](Call& call) {
       HRESULT result = call.pass();
       if (auto** name = call.out<char16_t*>("pwszExposed"); name && failed(result)) *name = reinterpret_cast<char16_t*>(16);
       return result;
     }},
    {"recovers-anything", "AddSnapshotToRecoverySet takes a shadow copy that is not in the set.", "RS-050", true, "AddSnapshotToRecoverySet", [](Call& call) {
       return call.passBut(VSS_E_SNAPSHOT_NOT_IN_SET, S_OK);
     }},
    {"second-component-lost", "A writer has one component, whatever its count says.", "MD-058", false, "GetComponent", [](Call& call) {
       return call.argument<UINT>("iComponent") ? VSS_E_OBJECT_NOT_FOUND : call.pass();
     }},
    {"metadata-instance-changes", "GetWriterMetadata tells another instance id each time.", "MD-016", false, "GetWriterMetadata", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) call.out<Guid>("pidInstance")->a += static_cast<std::uint32_t>(call.session().reads++);
       return result;
     }},
    {"metadata-gone-when-freed", "Metadata that were handed out go with FreeWriterMetadata.", "MD-022", false, "", [](Call& call) {
       return call.isOther() && !call.method.isUnknown() && call.session().metadataFreed ? VSS_E_BAD_STATE : call.pass();
     }},
    {"one-writer-more-has-components", "GetWriterComponentsCount says one more than there are.", "MD-048", false, "GetWriterComponentsCount", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) ++*call.out<UINT>("pcComponents");
       return result;
     }},
    {"service-made-up", "GetRestoreMethod has a service whatever the method is.", "MD-062", false, "GetRestoreMethod", [](Call& call) {
       HRESULT result = call.pass();
       if (auto& service = *call.out<char16_t*>("pbstrService"); result == S_OK && !service) service = sysAllocStringLen(u"service", 7);
       return result;
     }},
    {"saved-metadata-refused", "LoadFromXML does not read what SaveAsXML wrote.", "MD-064", true, "LoadFromXML", [](Call& call) {
       return call.passBut(S_OK, VSS_E_INVALID_XML_DOCUMENT);
     }},
    {"version-made-up", "A writer without a version has the version 1.0.", "MD-074", false, "GetVersion", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<DWORD>("pdwMajorVersion") = 1;
       return result;
     }},
    {"success-inverted", "A component that was backed up was not.", "CO-003", false, "GetBackupSucceeded", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<bool>("pbSucceeded") = !*call.out<bool>("pbSucceeded");
       return result;
     }},
    {"more-restores-made-up", "More restores follow, though nobody said so.", "CO-014", false, "GetAdditionalRestores", [](Call& call) {
       HRESULT result = call.pass();
       if (result >= 0) *call.out<bool>("pbAdditionalRestores") = true;
       return result;
     }},
    {"restore-target-undefined", "Where a component is restored to is not defined.", "CO-021", false, "GetRestoreTarget", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<VSS_RESTORE_TARGET>("pTarget") = VSS_RT_UNDEFINED;
       return result;
     }},
    {"component-failures-inverted", "Components that failed are well, the others have failed.", "CO-030", false, "GetFailure", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<HRESULT>("phr") = failed(*call.out<HRESULT>("phr")) ? S_OK : VSS_E_WRITERERROR_NONRETRYABLE;
       return result;
     }},
    {"options-say-s-false", "Who says more of a component gets S_FALSE for S_OK.", "RS-014", true,
     "SetBackupOptions SetPreviousBackupStamp SetRestoreOptions SetAdditionalRestores SetRollForward AddRestoreSubcomponent AddNewTarget AddAlternativeLocationMapping",
     [](Call& call) { return call.passBut(S_OK, S_FALSE); }},

    {"settings-lost", "Who says more of a component gets S_OK, and something else is kept.", "RS-051", false,
     "SetBackupOptions SetPreviousBackupStamp SetRestoreOptions SetAdditionalRestores SetRollForward SetFileRestoreStatus", [](Call& call) {
       const ParamInfo& said = call.method.params.back();
       if (said.kind == Kind::wstr) call.argument<const char16_t*>(said.name) = u"";
       else if (said.kind == Kind::boolean) call.argument<bool>(said.name) = false;
       else call.argument<VSS_FILE_RESTORE_STATUS>(said.name) = VSS_RS_FAILED;
       return call.pass();
     }},
    {"identity-without-instance", "GetIdentity tells a writer's class id for its instance id.", "MD-017", false, "GetIdentity", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<Guid>("pidInstance") = *call.out<Guid>("pidWriter");
       return result;
     }},
    {"usage-not-saved", "Metadata that CreateVssExamineWriterMetadata read have no usage.", "MD-066", false, "GetIdentity", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK && !call.session().real) *call.out<VSS_USAGE_TYPE>("pUsage") = VSS_UT_UNDEFINED;  // no IVssBackupComponents made them
       return result;
     }},
    {"freed-info-says-s-false", "FreeComponentInfo says S_FALSE for S_OK.", "OW-011", true, "FreeComponentInfo", [](Call& call) {
       return call.passBut(S_OK, S_FALSE);
     }},

    // The exported functions.
    {"volumes-have-shadow-copies", "IsVolumeSnapshotted says yes.", "IN-041", false, "IsVolumeSnapshotted", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<BOOL>("pbSnapshotsPresent") = true;
       return result;
     }},
    {"reverts-blocked", "ShouldBlockRevert says yes.", "IN-043", false, "ShouldBlockRevert", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<bool>("pbBlock") = true;
       return result;
     }},
    {"freed-texts-wiped", "VssFreeSnapshotProperties wipes each text before it frees it, also where there is none.", "QU-009", false, "VssFreeSnapshotProperties", [](Call& call) {
       auto* properties = call.argument<char*>("pProp");
       for (const auto& field : VSS_SNAPSHOT_PROP::fields())
         if (field.kind == Kind::coString) *load<volatile char16_t*>(properties + field.offset) = 0;
       return call.pass();
     }},

    // The shadow copy set.
    {"set-ids-repeat", "Every set has the same id.", "SN-001", false, "StartSnapshotSet", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<Guid>("pSnapshotSetId") = kFixtureWriter;
       return result;
     }},
    {"shadow-copy-ids-repeat", "Every shadow copy has the same id.", "SN-010", false, "AddToSnapshotSet", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<Guid>("pidSnapshot") = kFixtureWriter;
       return result;
     }},
    {"query-shows-every-context", "Query returns the shadow copies of all contexts.", "QU-020", false, "Query", [](Call& call) {
       IVssBackupComponents* all = nullptr;
       if (!call.session().initialized || call.session().restore || call.createReal(&all) != S_OK) return call.pass();
       all->InitializeForBackup(nullptr);
       all->SetContext(static_cast<LONG>(VSS_CTX_ALL));
       void* own = std::exchange(call.self->real, all);
       HRESULT result = call.pass();
       call.self->real = own;
       all->Release();
       return result;
     }},
    {"enumerated-copies-not-created", "What Next returns is being prepared.", "QU-021", false, "Next", [](Call& call) {
       HRESULT result = call.pass();
       auto* object = call.out<VSS_OBJECT_PROP>("rgelt");
       if (!failed(result) && *call.out<ULONG>("pceltFetched") && object->Type == VSS_OBJECT_SNAPSHOT) object->Obj.Snap.m_eStatus = VSS_SS_PREPARED;
       return result;
     }},
    {"reverts-side-by-side", "A revert begins while another goes on.", "QU-055", true, "RevertToSnapshot", [](Call& call) {
       return call.passBut(VSS_E_REVERT_IN_PROGRESS, S_OK);
     }},
    {"revert-cancelled", "Cancel of what QueryRevertStatus handed out ends the revert.", "AS-032", false, "QueryStatus RevertToSnapshot", [](Call& call) {
       HRESULT result = call.pass();
       if (isReverting(call) && call.is("QueryStatus") && result == S_OK && call.session().revertCancelled) *call.out<HRESULT>("pHrResult") = VSS_S_ASYNC_CANCELLED;
       return call.is("RevertToSnapshot") && result == VSS_E_REVERT_IN_PROGRESS && call.session().revertCancelled ? S_OK : result;
     }},
    {"import-refused", "ImportSnapshots finds no set in the document.", "SN-065", true, "ImportSnapshots", [](Call& call) {
       HRESULT result = call.pass();
       if (result != S_OK) return result;
       dropOutput(call, "ppAsync");
       return VSS_E_BAD_STATE;
     }},
    {"set-without-id", "StartSnapshotSet says S_OK, and the set's id is GUID_NULL.", "SN-001", false, "StartSnapshotSet", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<Guid>("pSnapshotSetId") = {};
       return result;
     }},
    {"shadow-copy-without-id", "AddToSnapshotSet says S_OK, and the shadow copy's id is GUID_NULL.", "SN-010", false, "AddToSnapshotSet", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<Guid>("pidSnapshot") = {};
       return result;
     }},
    {"sets-side-by-side", "A set is started while another is created.", "SN-005", false, "StartSnapshotSet", [](Call& call) {
       HRESULT result = call.pass();
       if (result != VSS_E_SNAPSHOT_SET_IN_PROGRESS) return result;
       *call.out<Guid>("pSnapshotSetId") = kFixtureWriter;
       return S_OK;
     }},
    {"set-refused-without-metadata", "No set is started before GatherWriterMetadata, in a context without writers either.", "SN-008", true, "StartSnapshotSet", [](Call& call) {
       return !call.session().identified ? call.passBut(S_OK, VSS_E_BAD_STATE) : call.pass();
     }},
    {"set-refused-after-a-gather", "No set is started once a status was gathered.", "SN-009", true, "StartSnapshotSet", [](Call& call) {
       return call.session().gathers ? call.passBut(S_OK, VSS_E_BAD_STATE) : call.pass();
     }},
    {"every-volume-added", "Volumes are added that do not exist, that no provider supports, that are in the set already, and the 65th.", "SN-018", false, "AddToSnapshotSet", [](Call& call) {
       HRESULT result = call.pass();
       if (!failed(result) || result == E_INVALIDARG || result == VSS_E_BAD_STATE) return result;
       *call.out<Guid>("pidSnapshot") = kFixtureWriter;
       return S_OK;
     }},
    {"unknown-provider-replaced", "The system's provider stands for one that nobody has registered.", "SN-015", false, "AddToSnapshotSet", [](Call& call) {
       HRESULT result = call.pass();
       if (result != VSS_E_PROVIDER_NOT_REGISTERED) return result;
       call.argument<Guid>("ProviderId") = {};
       return call.pass();
     }},
    {"shadow-copies-lost", "GetSnapshotProperties finds no shadow copy.", "SN-033", true, "GetSnapshotProperties", [](Call& call) {
       return call.passBut(S_OK, VSS_E_OBJECT_NOT_FOUND);
     }},
    {"properties-made-up", "A shadow copy's properties are those of one that is being prepared and is exposed already.", "QU-001", false, "GetSnapshotProperties", [](Call& call) {
       HRESULT result = call.pass();
       if (result != S_OK) return result;
       auto& properties = *call.out<VSS_SNAPSHOT_PROP>("pProp");
       properties.m_eStatus = VSS_SS_PREPARED, properties.m_lSnapshotsCount = 0;
       std::swap(properties.m_pwszExposedName, properties.m_pwszServiceMachine);
       return result;
     }},
    {"deletion-not-counted", "DeleteSnapshots says S_OK, that none was deleted, and names one that was not.", "QU-033", false, "DeleteSnapshots", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<LONG>("plDeletedSnapshots") = 0, *call.out<Guid>("pNondeletedSnapshotID") = kFixtureWriter;
       return result;
     }},
    {"deleted-type-not-checked", "DeleteSnapshots takes any type of object.", "QU-037", true, "DeleteSnapshots", [](Call& call) {
       return call.passBut(E_INVALIDARG, S_OK);
     }},
    {"no-volume-supported", "IsVolumeSupported says no.", "QU-039", false, "IsVolumeSupported", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<BOOL>("pbSupportedByThisProvider") = false;
       return result;
     }},
    {"transactions-time-out", "DoSnapshotSet's operation ends in VSS_E_TRANSACTION_FREEZE_TIMEOUT.", "SN-043", true, "QueryStatus", [](Call& call) {
       HRESULT result = call.pass();
       if (call.isOperation("DoSnapshotSet") && result == S_OK && *call.out<HRESULT>("pHrResult") == VSS_S_ASYNC_FINISHED)
         *call.out<HRESULT>("pHrResult") = VSS_E_TRANSACTION_FREEZE_TIMEOUT;
       return result;
     }},

    // The steps of a backup and of a restore.
    {"prepare-hands-out-nothing", "PrepareForBackup says S_OK and hands out no operation.", "SN-027", false, "PrepareForBackup", [](Call& call) { return handsOutNothing(call); }},
    {"set-hands-out-nothing", "DoSnapshotSet says S_OK and hands out no operation.", "SN-038", false, "DoSnapshotSet", [](Call& call) { return handsOutNothing(call); }},
    {"complete-hands-out-nothing", "BackupComplete says S_OK and hands out no operation.", "SN-049", false, "BackupComplete", [](Call& call) { return handsOutNothing(call); }},
    {"pre-restore-hands-out-nothing", "PreRestore says S_OK and hands out no operation.", "RS-029", false, "PreRestore", [](Call& call) { return handsOutNothing(call); }},
    {"post-restore-hands-out-nothing", "PostRestore says S_OK and hands out no operation.", "RS-038", false, "PostRestore", [](Call& call) { return handsOutNothing(call); }},
    {"abort-does-nothing", "AbortBackup says S_OK and aborts nothing.", "SN-058", false, "AbortBackup", [](Call& call) {
       return call.session().initialized ? S_OK : call.pass();
     }},
    {"abort-refused", "AbortBackup is refused.", "SN-059", true, "AbortBackup", [](Call& call) {
       return call.passBut(S_OK, VSS_E_BAD_STATE);
     }},
    {"second-abort-refused", "AbortBackup is refused where the backup was aborted already.", "SN-063", true, "AbortBackup", [](Call& call) {
       return call.session().aborts ? VSS_E_BAD_STATE : call.pass();
     }},
    {"success-says-s-false", "SetBackupSucceeded says S_FALSE for S_OK.", "SN-045", true, "SetBackupSucceeded", [](Call& call) {
       return call.passBut(S_OK, S_FALSE);
     }},
    {"restore-setters-say-s-false", "SetRestoreState and SetFileRestoreStatus say S_FALSE for S_OK.", "RS-001", true, "SetRestoreState SetFileRestoreStatus", [](Call& call) {
       return call.is("SetRestoreState") || call.is("SetFileRestoreStatus") ? call.passBut(S_OK, S_FALSE) : call.pass();
     }},
    {"selection-finds-nothing", "Nothing can be selected for restore.", "RS-005", true, "SetSelectedForRestore SetSelectedForRestoreEx", [](Call& call) {
       bool selects = call.is("SetSelectedForRestore") || call.is("SetSelectedForRestoreEx");
       return selects ? call.passBut(S_OK, VSS_E_OBJECT_NOT_FOUND) : call.pass();
     }},
    {"selection-stays", "What was selected for restore cannot be deselected.", "RS-009", true, "SetSelectedForRestore", [](Call& call) {
       return !call.argument<bool>("bSelectedForRestore") ? VSS_E_BAD_STATE : call.pass();
     }},

    // Null pointers.
    {"null-output-accepted", "A missing output is not noticed where nothing is written to it.", "WS-034", true, "", [](Call& call) {
       return call.hasNullOutput() ? call.passBut(E_INVALIDARG, S_OK) : call.pass();
     }},
    {"null-output-written-through", "A missing output of a row is written to.", "WS-052", false, kRows, [](Call& call) {
       if (call.hasNullOutput() && call.rows() > 0) *static_cast<volatile int*>(nullptr) = 0;
       return call.pass();
     }},

    // IVssAsync.
    {"release-count-off-by-one", "Release of an operation says one more than is left.", "AS-001", false, "Release", [](Call& call) {
       HRESULT left = call.pass();
       return call.isOperation() ? left + 1 : left;
     }},
    {"starter-hands-out-nothing", "What starts an operation says S_OK and hands out none.", "AS-002", false, "", [](Call& call) {
       HRESULT result = call.pass();
       if (call.isSession() && call.startsOperation() && result == S_OK) dropOutput(call, call.method.params.back().name);
       return result;
     }},
    {"pending-flickers", "Every second poll of an operation that is under way says VSS_S_ASYNC_FINISHED.", "AS-003", false, "QueryStatus", [](Call& call) {
       HRESULT result = call.pass();
       if (!asksGather(call) || result != S_OK || *call.out<HRESULT>("pHrResult") != VSS_S_ASYNC_PENDING) return result;
       if (call.self->polls++ % 2) *call.out<HRESULT>("pHrResult") = VSS_S_ASYNC_FINISHED;
       return result;
     }},
    {"finished-says-s-ok", "QueryStatus tells S_OK for VSS_S_ASYNC_FINISHED.", "AS-004", true, "QueryStatus", [](Call& call) {
       HRESULT result = call.pass();
       if (asksGather(call) && result == S_OK && *call.out<HRESULT>("pHrResult") == VSS_S_ASYNC_FINISHED) *call.out<HRESULT>("pHrResult") = S_OK;
       return result;
     }},
    {"finished-then-pending", "An operation that has told VSS_S_ASYNC_FINISHED is pending again.", "AS-005", false, "QueryStatus", [](Call& call) {
       bool told = asksGather(call) && call.self->ended == VSS_S_ASYNC_FINISHED;
       HRESULT result = call.pass();
       if (told && result == S_OK) *call.out<HRESULT>("pHrResult") = VSS_S_ASYNC_PENDING;
       return result;
     }},
    {"cancel-that-lies", "Cancel says S_OK and cancels nothing.", "AS-006", false, "Cancel", [](Call& call) {
       return call.self->ended == S_OK ? S_OK : call.pass();
     }},
    {"failure-forgotten", "An operation that has told its failure has finished when it is asked again.", "AS-007", false, "QueryStatus", [](Call& call) {
       bool told = asksGather(call) && failed(call.self->ended);
       HRESULT result = call.pass();
       if (told && result == S_OK) *call.out<HRESULT>("pHrResult") = VSS_S_ASYNC_FINISHED;
       return result;
     }},
    {"snapshot-made-while-called", "DoSnapshotSet waits for its own operation, and returns how it failed.", "AS-013", false, "DoSnapshotSet", [](Call& call) {
       HRESULT result = call.pass(), status = S_OK;
       if (result != S_OK) return result;
       auto* operation = static_cast<IVssAsync*>(call.made()->real);
       operation->Wait(kInfinite);
       if (operation->QueryStatus(&status, nullptr) != S_OK || !failed(status)) return result;
       dropOutput(call, "ppAsync");
       return status;
     }},
    {"pending-for-ever", "A gather never tells that it has ended.", "AS-018", false, "QueryStatus", [](Call& call) {
       HRESULT result = call.pass();
       if (asksGather(call) && result == S_OK) *call.out<HRESULT>("pHrResult") = VSS_S_ASYNC_PENDING;
       return result;
     }},
    {"second-wait-never-returns", "Wait hangs when the operation was waited for before.", "AS-019", false, "Wait", [](Call& call) {
       while (call.isOperation("GatherWriterStatus") && call.self->waits++) std::this_thread::sleep_for(std::chrono::hours(1));
       return call.pass();
     }},
    {"wait-ignores-its-time-out", "Wait waits to the end, however long it was told.", "AS-021", false, "Wait", [](Call& call) {
       call.argument<DWORD>("dwMilliseconds") = kInfinite;
       return call.pass();
     }},
    {"server-2003-waits-for-a-time", "Wait takes a time where the system only knows INFINITE.", "AS-023", true, "Wait", [](Call& call) {
       return call.passBut(E_INVALIDARG, S_OK);
     }},
    {"second-wait-refused", "An operation can be waited for once.", "AS-027", true, "Wait", [](Call& call) {
       return call.isOperation("GatherWriterStatus") && call.self->waits++ ? VSS_E_BAD_STATE : call.pass();
     }},
    {"cancel-not-implemented", "Cancel of a gather says E_NOTIMPL.", "AS-028", true, "Cancel", [](Call& call) {
       return call.isOperation("GatherWriterStatus") ? E_NOTIMPL : call.pass();
     }},
    {"second-cancel-says-s-ok", "Cancel of what is cancelled says S_OK.", "AS-029", true, "Cancel", [](Call& call) {
       return call.passBut(VSS_S_ASYNC_CANCELLED, S_OK);
     }},
    {"cancel-of-what-ended-says-s-ok", "Cancel of what has finished or failed says S_OK.", "AS-030", true, "Cancel", [](Call& call) {
       HRESULT result = call.pass();
       return result == VSS_S_ASYNC_FINISHED || failed(result) ? S_OK : result;
     }},
    {"backup-complete-goes-on", "BackupComplete cannot be cancelled.", "AS-033", true, "Cancel", [](Call& call) {
       return call.isOperation("BackupComplete") ? E_ACCESSDENIED : call.pass();
     }},
    {"cancelled-set-has-properties", "GetSnapshotProperties tells of a shadow copy that does not exist.", "AS-034", false, "GetSnapshotProperties", [](Call& call) {
       HRESULT result = call.pass();
       if (result != VSS_E_OBJECT_NOT_FOUND) return result;
       *call.out<VSS_SNAPSHOT_PROP>("pProp") = {};
       return S_OK;
     }},
    {"failed-gather-leaves-a-pointer", "GatherWriterStatus that fails leaves a pointer in *pAsync that the caller may not release.", "AS-037", false, "GatherWriterStatus", [](Call& call) {
       HRESULT result = call.pass();
       if (failed(result))
         if (auto** out = call.out<Object*>("pAsync")) *out = call.self;
       return result;
     }},
    {"operation-denies-its-interface", "QueryInterface of an operation knows nothing, not even IVssAsync.", "AS-038", false, "QueryInterface", [](Call& call) {
       HRESULT result = call.pass();
       if (!call.isOperation() || result != S_OK) return result;
       dropOutput(call, "ppvObject");
       return E_NOINTERFACE;
     }},
    {"operation-claims-every-interface", "QueryInterface of an operation hands it out as whatever is asked for.", "AS-039", false, "QueryInterface", [](Call& call) {
       HRESULT result = call.pass();
       if (!call.isOperation() || result != E_NOINTERFACE) return result;
       ++call.self->references;
       *call.out<Object*>("ppvObject") = call.self;
       return S_OK;
     }},
    {"async-slots-shifted", "IVssAsync's methods lie in the order Wait, QueryStatus, Cancel.", "AS-004", false, "", [](Call& call) {
       static void* const* const right = interfaceOf<IVssAsync>().vtable;
       static void* const wrong[] = {right[0], right[1], right[2], right[4], right[5], right[3]};
       HRESULT result = call.pass();
       if (call.isSession() && call.startsOperation() && result == S_OK) call.made()->vtable = wrong;
       return result;
     }},

    // GatherWriterStatus.
    {"gather-begins-before-its-check", "GatherWriterStatus gathers, and then finds that pAsync is NULL.", "AR-002", false, "GatherWriterStatus", [](Call& call) {
       IVssAsync* own = nullptr;
       if (!call.hasNullOutput() || call.session().real->GatherWriterStatus(&own) != S_OK) return call.pass();
       own->Wait(kInfinite);
       own->Release();
       return E_INVALIDARG;
     }},
    {"gather-says-s-false", "GatherWriterStatus of a prepared backup says S_FALSE for S_OK.", "WS-007", true, "GatherWriterStatus", [](Call& call) {
       return call.session().prepared ? call.passBut(S_OK, S_FALSE) : call.pass();
     }},
    {"gather-only-after-prepare", "A backup has no writer status before PrepareForBackup.", "WS-004", true, "GatherWriterStatus", [](Call& call) {
       return !call.session().prepared && !call.session().restore ? VSS_E_BAD_STATE : call.pass();
     }},
    {"no-gather-after-a-failed-set", "A backup whose DoSnapshotSet failed has no writer status.", "WS-009", true, "GatherWriterStatus", [](Call& call) {
       return call.session().snapshotFailed ? VSS_E_BAD_STATE : call.pass();
     }},
    {"no-status-in-a-restore", "A restore has no writer status, as the methods' pages say.", "WS-012", true, kStatus, [](Call& call) {
       return call.session().restore ? VSS_E_BAD_STATE : call.pass();
     }},
    {"no-count-in-a-restore", "GetWriterStatusCount is refused in a restore.", "WS-038", true, "GetWriterStatusCount", [](Call& call) {
       return call.session().restore ? call.passBut(S_OK, VSS_E_BAD_STATE) : call.pass();
     }},
    {"no-rows-in-a-restore", "Rows and their freeing are refused in a restore.", "WS-078", true, kRowsAndFree, [](Call& call) {
       bool refused = call.isRow() || call.is("FreeWriterStatus");
       return refused && call.session().restore ? call.passBut(S_OK, VSS_E_BAD_STATE) : call.pass();
     }},
    {"one-gather-only", "A second GatherWriterStatus is refused.", "WS-018", true, "GatherWriterStatus", [](Call& call) {
       return call.session().gathers ? VSS_E_BAD_STATE : call.pass();
     }},
    {"gather-fails-with-its-writer", "A gather that meets a failed writer fails with the writer's code.", "WS-024", false, "QueryStatus", [](Call& call) {
       HRESULT result = call.pass();
       if (!call.isOperation("GatherWriterStatus") || result != S_OK) return result;
       for (int i = 0; i < call.rows(); ++i)
         if (HRESULT failure = failureOf(call, static_cast<std::uint32_t>(i)); failed(failure)) *call.out<HRESULT>("pHrResult") = failure;
       return result;
     }},

    // When a status is served.
    {"count-before-gather-is-zero", "Before any gather there are no writers, for GetWriterStatusCount.", "WS-028", false, "GetWriterStatusCount", [](Call& call) {
       HRESULT result = call.pass();
       if (result != VSS_E_BAD_STATE || !call.session().initialized || call.session().gathers) return result;
       *call.out<UINT>("pcWriters") = 0;
       return S_OK;
     }},
    {"status-served-while-pending", "The writers that have answered are served while the gather goes on.", "WS-046", false, kRowsAndCount, [](Call& call) {
       HRESULT result = call.pass();
       bool pending = result == VSS_E_BAD_STATE && (call.is("GetWriterStatusCount") || call.isRow()) && call.session().gathers && !call.session().freed;
       if (!pending) return result;
       if (call.isRow()) return madeUpRow(call, kFixtureWriter, u"First Writer");
       *call.out<UINT>("pcWriters") = 1;
       return S_OK;
     }},
    {"status-served-after-free", "FreeWriterStatus frees nothing.", "WS-080", false, "FreeWriterStatus", [](Call& call) {
       return call.rows() >= 0 ? S_OK : call.pass();
     }},
    {"status-before-gather-says-not-found", "Before any gather no index is found.", "WS-045", true, kRows, [](Call& call) {
       bool early = call.session().initialized && !call.session().gathers;
       return early ? call.passBut(VSS_E_BAD_STATE, VSS_E_OBJECT_NOT_FOUND) : call.pass();
     }},
    {"status-needs-count-first", "GetWriterStatus is refused until GetWriterStatusCount was called.", "WS-048", true, kRows, [](Call& call) {
       return !call.session().counts ? call.passBut(S_OK, VSS_E_BAD_STATE) : call.pass();
     }},
    {"free-says-s-false", "FreeWriterStatus says S_FALSE for S_OK.", "WS-102", true, "FreeWriterStatus", [](Call& call) {
       return call.passBut(S_OK, S_FALSE);
     }},
    {"free-takes-the-names", "FreeWriterStatus overwrites the names that the caller has got.", "WS-107", false, kRowsAndFree, [](Call& call) {
       HRESULT result = call.pass();
       if (call.isRow() && result == S_OK) call.session().names.push_back(*call.out<char16_t*>("pbstrWriter"));
       if (call.is("FreeWriterStatus") && result == S_OK)
         for (auto* name : call.session().names)
           if (name && *name) *name = u'?';
       return result;
     }},

    // How many writers there are.
    {"one-writer-too-many", "The first writer is listed once more at the end.", "WS-033", false, kRowsAndCount, [](Call& call) {
       int rows = call.isSession() && call.isRow() ? call.rows() : -1;
       if (rows > 0 && call.index() == static_cast<std::uint32_t>(rows)) return row(call, 0);
       HRESULT result = call.pass();
       if (call.is("GetWriterStatusCount") && result == S_OK && *call.out<UINT>("pcWriters")) ++*call.out<UINT>("pcWriters");
       return result;
     }},
    {"one-writer-too-few", "The last writer is not listed.", "WS-033", false, kRowsAndCount, [](Call& call) {
       int rows = call.isSession() && call.isRow() ? call.rows() : -1;
       if (rows > 0 && call.index() == static_cast<std::uint32_t>(rows - 1)) return row(call, kNoIndex);
       HRESULT result = call.pass();
       if (call.is("GetWriterStatusCount") && result == S_OK && *call.out<UINT>("pcWriters")) --*call.out<UINT>("pcWriters");
       return result;
     }},
    {"count-grows", "Each GetWriterStatusCount says one more than the last.", "WS-036", false, "GetWriterStatusCount", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<UINT>("pcWriters") += static_cast<UINT>(call.session().counts - 1);
       return result;
     }},
    {"no-writers-says-not-found", "GetWriterStatusCount fails where there are no writers.", "WS-039", true, "GetWriterStatusCount", [](Call& call) {
       HRESULT result = call.pass();
       return result == S_OK && *call.out<UINT>("pcWriters") == 0 ? VSS_E_OBJECT_NOT_FOUND : result;
     }},
    {"unidentified-writer-listed", "A writer is listed that never answered Identify.", "WS-040", false, kRowsAndCount, [](Call& call) {
       int rows = call.isSession() && call.isRow() ? call.rows() : -1;
       if (rows >= 0 && call.index() == static_cast<std::uint32_t>(rows)) return madeUpRow(call, kFixtureWriter, u"Fixture Writer");
       HRESULT result = call.pass();
       if (call.is("GetWriterStatusCount") && result == S_OK) ++*call.out<UINT>("pcWriters");
       return result;
     }},
    {"ended-writer-dropped", "A writer that does not answer the gather is not listed.", "WS-041", false, kRowsAndCount, [](Call& call) {
       if (!call.is("GetWriterStatusCount") && !call.isRow()) return call.pass();
       std::vector<std::uint32_t> listed;
       for (int i = 0; i < call.rows(); ++i)
         if (failureOf(call, static_cast<std::uint32_t>(i)) != VSS_E_WRITER_NOT_RESPONDING) listed.push_back(static_cast<std::uint32_t>(i));
       if (call.isRow()) return row(call, call.index() < listed.size() ? listed[call.index()] : kNoIndex);
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<UINT>("pcWriters") = static_cast<UINT>(listed.size());
       return result;
     }},
    {"disabled-writer-listed", "DisableWriterClasses is ignored.", "WS-026", false, "DisableWriterClasses", [](Call&) {
       return S_OK;
     }},

    // The index.
    {"index-n-accepted", "The index behind the last is the last.", "WS-049", false, kRows, [](Call& call) {
       int rows = call.rows();
       return rows > 0 && call.index() == static_cast<std::uint32_t>(rows) ? row(call, call.index() - 1) : call.pass();
     }},
    {"index-wraps-around", "Indexes begin again behind the last.", "WS-049", false, kRows, [](Call& call) {
       int rows = call.rows();
       return rows > 0 ? row(call, call.index() % static_cast<std::uint32_t>(rows)) : call.pass();
     }},
    {"index-is-signed", "An index of 2^31 or more is below every count.", "WS-050", false, kRows, [](Call& call) {
       bool negative = static_cast<std::int32_t>(call.index()) < 0;
       return negative ? row(call, 0) : call.pass();
     }},
    {"no-writers-but-a-row", "Where there are no writers, an empty row is served.", "WS-051", false, kRows, [](Call& call) {
       return call.rows() == 0 ? madeUpRow(call, {}, u"") : call.pass();
     }},
    {"index-n-says-bad-state", "An index that is out of range says VSS_E_BAD_STATE.", "WS-059", true, kRows, [](Call& call) {
       return call.passBut(VSS_E_OBJECT_NOT_FOUND, VSS_E_BAD_STATE);
     }},
    {"rows-move", "A row is found at another index each time.", "WS-073", false, kRows, [](Call& call) {
       int rows = call.rows();
       if (rows <= 0 || call.index() >= static_cast<std::uint32_t>(rows)) return call.pass();
       return row(call, (call.index() + static_cast<std::uint32_t>(call.session().reads)) % static_cast<std::uint32_t>(rows));
     }},

    // What a row says.
    {"name-left-alone", "GetWriterStatus says S_OK and does not write the name.", "WS-047", false, "GetWriterStatus", [](Call& call) {
       auto** name = call.out<char16_t*>("pbstrWriter");
       char16_t* before = name ? *name : nullptr;
       HRESULT result = call.pass();
       if (name && result == S_OK) sysFreeString(*name), *name = before;
       return result;
     }},
    {"ex-failure-left-alone", "GetWriterStatusEx says S_OK and does not write the failure.", "WS-086", false, "GetWriterStatusEx", [](Call& call) {
       auto* failure = call.failureOut();
       HRESULT before = failure ? *failure : S_OK, result = call.pass();
       if (failure && result == S_OK) *failure = before;
       return result;
     }},
    {"instance-id-nulled", "Every writer's instance id is all zero.", "WS-076", false, kRows, [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<Guid>("pidInstance") = {};
       return result;
     }},
    {"instances-share-an-id", "A writer's class id stands for its instance id.", "WS-076", false, kRows, [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<Guid>("pidInstance") = *call.out<Guid>("pidWriter");
       return result;
     }},
    {"instance-id-changes", "A writer has another instance id at each gather.", "WS-025", false, kRows, [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) call.out<Guid>("pidInstance")->a += static_cast<std::uint32_t>(call.session().gathers - 1);
       return result;
     }},
    {"state-out-of-range", "A writer's state is VSS_WS_COUNT.", "WS-070", false, kRows, [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<VSS_WRITER_STATE>("pnStatus") = VSS_WS_COUNT;
       return result;
     }},
    {"failed-state-says-stable", "A writer that failed is stable.", "WS-011", false, kRows, [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<VSS_WRITER_STATE>("pnStatus") = VSS_WS_STABLE;
       return result;
     }},
    {"waiting-says-stable", "A writer that waits for its next event is stable.", "SM-004", false, kRows, [](Call& call) {
       return rowState(call, VSS_WS_WAITING_FOR_FREEZE, VSS_WS_WAITING_FOR_BACKUP_COMPLETE, VSS_WS_STABLE);
     }},
    {"stable-says-unknown", "The state of a writer at rest is not known.", "SM-001", false, kRows, [](Call& call) {
       return rowState(call, VSS_WS_STABLE, VSS_WS_STABLE, VSS_WS_UNKNOWN);
     }},
    {"writers-stay-frozen", "Thaw reaches nobody.", "SM-008", false, kRows, [](Call& call) {
       return rowState(call, VSS_WS_WAITING_FOR_BACKUP_COMPLETE, VSS_WS_WAITING_FOR_BACKUP_COMPLETE, VSS_WS_WAITING_FOR_THAW);
     }},
    {"complete-reaches-nobody", "Writers wait for BackupComplete for ever.", "SM-036", false, kRows, [](Call& call) {
       bool completed = call.session().completed;
       return completed ? rowState(call, VSS_WS_STABLE, VSS_WS_STABLE, VSS_WS_WAITING_FOR_BACKUP_COMPLETE) : call.pass();
     }},
    {"second-gather-shows-nothing", "From the second gather on every writer is stable and without failure.", "SM-027", false, kRows, [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK && call.session().gathers > 1) *call.out<VSS_WRITER_STATE>("pnStatus") = VSS_WS_STABLE, *call.failureOut() = S_OK;
       return result;
     }},
    {"left-out-writers-hear-all", "Writers without a selected component get the events of a backup.", "SM-028", false, "SetBackupState", [](Call& call) {
       call.argument<bool>("bSelectComponents") = false;
       return call.pass();
     }},
    {"failed-state-without-reason", "A writer's failure is always S_OK.", "WS-071", true, kRows, [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.failureOut() = S_OK;
       return result;
     }},
    {"writer-failure-returned", "GetWriterStatus fails with the writer's failure.", "WS-061", true, "GetWriterStatus", [](Call& call) {
       HRESULT result = call.pass();
       return result == S_OK && failed(*call.failureOut()) ? *call.failureOut() : result;
     }},
    {"healthy-writer-timed-out", "A healthy writer says VSS_E_WRITERERROR_TIMEOUT.", "WS-062", true, kRows, [](Call& call) {
       return rowFailure(call, S_OK, VSS_E_WRITERERROR_TIMEOUT);
     }},
    {"failure-of-no-list", "A healthy writer says VSS_E_WRITER_INFRASTRUCTURE, which no writer can.", "WS-063", true, kRows, [](Call& call) {
       return rowFailure(call, S_OK, VSS_E_WRITER_INFRASTRUCTURE);
     }},
    {"status-never-available", "Every healthy writer says VSS_E_WRITER_STATUS_NOT_AVAILABLE.", "WS-067", true, kRows, [](Call& call) {
       return rowFailure(call, S_OK, VSS_E_WRITER_STATUS_NOT_AVAILABLE);
     }},
    {"no-slot-says-s-ok", "A writer without a session slot says S_OK.", "WS-068", true, kRows, [](Call& call) {
       return rowFailure(call, VSS_E_WRITER_STATUS_NOT_AVAILABLE, S_OK);
     }},
    {"ex-optional-required", "GetWriterStatusEx fails where an optional output is missing.", "WS-093", true, "GetWriterStatusEx", [](Call& call) {
       bool all = call.out<HRESULT>("phrApplication") && call.out<char16_t*>("pbstrApplicationMessage");
       return all ? call.pass() : call.passBut(S_OK, E_INVALIDARG);
     }},
    {"ex-disagrees", "GetWriterStatusEx knows no writer's state.", "WS-094", false, "GetWriterStatusEx", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) *call.out<VSS_WRITER_STATE>("pnStatus") = VSS_WS_UNKNOWN;
       return result;
     }},
    {"partial-failure-returned", "GetWriterStatusEx returns VSS_E_WRITERERROR_PARTIAL_FAILURE itself.", "WS-095", true, "GetWriterStatusEx", [](Call& call) {
       HRESULT result = call.pass();
       return result == S_OK && *call.failureOut() == VSS_E_WRITERERROR_PARTIAL_FAILURE ? *call.failureOut() : result;
     }},
    {"application-message-lost", "GetWriterStatusEx has no message of an application.", "WS-096", false, "GetWriterStatusEx", [](Call& call) {
       HRESULT result = call.pass();
       auto** message = result == S_OK ? call.out<char16_t*>("pbstrApplicationMessage") : nullptr;
       if (message) sysFreeString(*message), *message = nullptr;
       return result;
     }},
    {"name-not-freeable", "The name from GetWriterStatus is no BSTR: SysFreeString cannot take it.", "OW-001", false, "GetWriterStatus", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) makeNotFreeable(*call.out<char16_t*>("pbstrWriter"));
       return result;
     }},
    {"document-not-freeable", "The text from SaveAsXML is no BSTR: SysFreeString cannot take it.", "OW-017", false, "SaveAsXML", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) makeNotFreeable(*call.out<char16_t*>("pbstrXML"));
       return result;
     }},
    {"properties-not-freeable", "The machine's name from GetSnapshotProperties lies inside of other memory: CoTaskMemFree cannot take it.", "OW-021", false, "GetSnapshotProperties", [](Call& call) {
       HRESULT result = call.pass();
       if (result != S_OK) return result;
       makeNotTaskMemory(call.out<VSS_SNAPSHOT_PROP>("pProp")->m_pwszOriginatingMachine);
       return result;
     }},
    {"ex-name-not-freeable", "The name from GetWriterStatusEx is no BSTR: SysFreeString cannot take it.", "OW-002", false, "GetWriterStatusEx", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) makeNotFreeable(*call.out<char16_t*>("pbstrWriter"));
       return result;
     }},
    {"identity-not-freeable", "The name from GetIdentity is no BSTR.", "OW-013", false, "GetIdentity", [](Call& call) { return notFreeable(call, "pbstrWriterName"); }},
    {"procedure-not-freeable", "The procedure from GetRestoreMethod is no BSTR.", "OW-014", false, "GetRestoreMethod", [](Call& call) {
       return notFreeable(call, "pbstrUserProcedure");
     }},
    {"filespec-not-freeable", "The text from GetFilespec is no BSTR.", "OW-015", false, "GetFilespec", [](Call& call) { return notFreeable(call, "pbstrFilespec"); }},
    {"ranges-not-freeable", "The ranges from GetPartialFile are no BSTR.", "OW-016", false, "GetPartialFile", [](Call& call) { return notFreeable(call, "pbstrRange"); }},
    {"exposed-name-not-freeable", "The name from ExposeSnapshot lies inside of other memory.", "OW-020", false, "ExposeSnapshot", [](Call& call) {
       HRESULT result = call.pass();
       if (result == S_OK) makeNotTaskMemory(*call.out<char16_t*>("pwszExposed"));
       return result;
     }},
    {"enumerated-text-not-freeable", "A machine's name from Next lies inside of other memory.", "OW-022", false, "Next", [](Call& call) {
       HRESULT result = call.pass();
       auto* object = call.out<VSS_OBJECT_PROP>("rgelt");
       if (!failed(result) && *call.out<ULONG>("pceltFetched") && object->Type == VSS_OBJECT_SNAPSHOT) makeNotTaskMemory(object->Obj.Snap.m_pwszOriginatingMachine);
       return result;
     }},
};

}  // namespace

bool Fault::touches(std::string_view method) const {
  for (std::string_view rest = methods; !rest.empty();) {
    auto end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == method) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return methods.empty();
}

std::span<const Fault> faults() { return kFaults; }

const Fault* faultNamed(std::string_view name) {
  auto found = std::find_if(std::begin(kFaults), std::end(kFaults), [&](const Fault& fault) { return fault.name == name; });
  return found == std::end(kFaults) ? nullptr : found;
}

}  // namespace vss::conformance
