// The object itself: COM's rules, initialisation, context.
#include "backup_components.h"

#include <algorithm>

#include "events.h"
#include "model.h"

namespace vss::model {
namespace {

// What a requester may add to a context (VSS_VOLUME_SNAPSHOT_ATTRIBUTES).
LONG addable(const Profile& os) {
  LONG any = VSS_VOLSNAP_ATTR_TRANSPORTABLE | VSS_VOLSNAP_ATTR_DIFFERENTIAL | VSS_VOLSNAP_ATTR_PLEX;
  return os.vistaAttributes ? any | VSS_VOLSNAP_ATTR_NO_AUTORECOVERY | VSS_VOLSNAP_ATTR_NOT_TRANSACTED : any;
}

bool isContext(LONG context, const Profile& os) {
  if (context == static_cast<LONG>(VSS_CTX_ALL)) return true;
  constexpr LONG both = VSS_VOLSNAP_ATTR_DIFFERENTIAL | VSS_VOLSNAP_ATTR_PLEX;
  if ((context & both) == both) return false;
  switch (context & ~addable(os)) {
    case VSS_CTX_BACKUP:
    case VSS_CTX_FILE_SHARE_BACKUP:
    case VSS_CTX_NAS_ROLLBACK:
    case VSS_CTX_APP_ROLLBACK:
    case VSS_CTX_CLIENT_ACCESSIBLE:
    case VSS_CTX_CLIENT_ACCESSIBLE_WRITERS: return true;
    default: return false;
  }
}

bool isPersistent(LONG context) { return context != static_cast<LONG>(VSS_CTX_ALL) && (context & VSS_VOLSNAP_ATTR_PERSISTENT); }

}  // namespace

BackupComponents::BackupComponents(std::shared_ptr<Machine> m, std::shared_ptr<Session> s) : machine(std::move(m)), session(std::move(s)) {}

HRESULT BackupComponents::QueryInterface(const Guid& riid, Out<void*> ppvObject) {
  if (!ppvObject.at) return E_POINTER;
  const Guid* family[] = {&IVssBackupComponents::iid, &IVssBackupComponentsEx::iid, &IVssBackupComponentsEx2::iid,
                          &IVssBackupComponentsEx3::iid, &IVssBackupComponentsEx4::iid};
  bool known = riid == IUnknown::iid;
  for (int i = 0; i <= machine->scenario.os->newestInterface; ++i) known |= riid == *family[i];
  *ppvObject.at = known ? static_cast<IVssBackupComponentsEx4*>(this) : nullptr;  // one base each: one address for all of them
  if (known) AddRef();
  return known ? S_OK : E_NOINTERFACE;
}

ULONG BackupComponents::AddRef() { return ++references; }

ULONG BackupComponents::Release() {
  ULONG left = --references;
  if (left) return left;
  guarded(*machine, [&]() -> HRESULT {
    std::unique_lock lock(machine->mutex);
    machine->settleDue();
    objectReleased(*machine, *session);
    return S_OK;
  });
  delete this;
  return 0;
}

HRESULT BackupComponents::initialize(Method method, Kind kind, const char16_t* document) {
  return answer(*machine, method, false, [&] { return mayInitialize(*session); }, [&]() -> HRESULT {
    if (machine->scenario.accessDenied == AccessDenied::initialize) return E_ACCESSDENIED;
    if (!document && kind == Kind::restore)
      return choices().initializeForRestoreNull == InitializeForRestoreNull::invalidXml ? VSS_E_INVALID_XML_DOCUMENT : E_INVALIDARG;
    if (document) {
      auto saved = readDocument(document);
      if (!saved) return VSS_E_INVALID_XML_DOCUMENT;
      session->savedSet = readSavedSet(document);
      session->document = std::move(*saved);
    }
    session->kind = kind;
    if (kind == Kind::restore) session->context = static_cast<LONG>(VSS_CTX_ALL);  // it has none of its own that could hide anything
    return S_OK;
  });
}

HRESULT BackupComponents::InitializeForBackup(Bstr bstrXML) { return initialize(Method::initializeForBackup, Kind::backup, bstrXML.text); }
HRESULT BackupComponents::InitializeForRestore(Bstr bstrXML) { return initialize(Method::initializeForRestore, Kind::restore, bstrXML.text); }

HRESULT BackupComponents::SetContext(LONG lContext) {
  const Profile& os = *machine->scenario.os;
  bool bad = os.setContext && !isContext(lContext, os);
  HRESULT result = answer(*machine, Method::setContext, bad, [&] { return maySetContext(*session, machine->scenario); }, [&]() -> HRESULT {
    if (os.client && isPersistent(lContext)) {
      if (choices().persistentContextOnClient == PersistentContextOnClient::setContext) return VSS_E_UNSUPPORTED_CONTEXT;
      session->contextRefusedLater = true;
    }
    session->context = lContext;
    session->contextSet = true;
    return S_OK;
  });
  bool other = bad && result == E_INVALIDARG && choices().badContext == BadContext::unsupportedContext;
  return other ? VSS_E_UNSUPPORTED_CONTEXT : result;
}

HRESULT BackupComponents::SetBackupState(bool bSelectComponents, bool bBackupBootableSystemState, VSS_BACKUP_TYPE backupType,
                                         bool bPartialFileSupport) {
  bool bad = backupType < VSS_BT_UNDEFINED || backupType > VSS_BT_OTHER;
  return call(Method::setBackupState, bad, maySetBackupState, [&] {
    BackupDocument& document = session->document;
    document.selectComponents = bSelectComponents;
    document.bootableSystemState = bBackupBootableSystemState;
    document.backupType = backupType;
    document.partialFiles = bPartialFileSupport;
    session->backupStateSet = true;
    return S_OK;
  });
}

HRESULT BackupComponents::GetSessionId(Out<Fresh<VSS_ID>> idSession) {
  HRESULT result = call(Method::getSessionId, !idSession.at, mayGetSessionId, [&] {
    *idSession.at = session->id;
    return S_OK;
  });
  if (!idSession.at && result == E_INVALIDARG && choices().nullSessionId == NullSessionId::pointer) return E_POINTER;
  return withOutputs(*machine, result, idSession.at);
}

HRESULT BackupComponents::start(Method method, OperationPlan plan, IVssAsync** out, MayCall mayCall,
                                std::shared_ptr<Operation> Session::* kept, HRESULT (*ended)(Machine&, Session&, HRESULT)) {
  return startOperation(method, plan, out, !out, mayCall, [] { return S_OK; }, [&](const std::shared_ptr<Operation>& operation) {
    operation->atEnd = [machine = machine.get(), session = session, kept, ended, self = operation.get()](HRESULT result) {
      auto& current = (*session).*kept;
      if (current.get() != self) return result;
      current = nullptr;
      return ended(*machine, *session, result);
    };
    operationStarted(*machine, *session, method);
    (*session).*kept = operation;
  });
}

HRESULT BackupComponents::plannedFailure(Method method, OperationPlan& plan) {
  bool gathers = method == Method::gatherWriterMetadata || method == Method::gatherWriterStatus;
  AccessDenied denied = gathers ? machine->scenario.accessDenied : AccessDenied::nowhere;
  if (denied == AccessDenied::starters) return E_ACCESSDENIED;
  plan = machine->nextPlan(method, plan);
  if (plan.result == VSS_E_TRANSACTION_FREEZE_TIMEOUT && hasBit(session->context, VSS_VOLSNAP_ATTR_NOT_TRANSACTED)) plan.result = S_OK;
  if (denied == AccessDenied::results) plan.result = E_ACCESSDENIED;
  else if (plan.result != S_OK && plan.through == Through::call) return machine->onThisSystem(plan.result);
  return S_OK;
}

HRESULT BackupComponents::GatherWriterMetadata(Out<IVssAsync*> pAsync) {
  return start(Method::gatherWriterMetadata, machine->scenario.gatherWriterMetadata, pAsync.at,
               [](const Session& s, const Choices&) { return mayGatherMetadata(s); }, &Session::metadataGather, metadataGathered);
}

HRESULT BackupComponents::GetWriterMetadataCount(Out<UINT> pcWriters) {
  HRESULT result = call(Method::getWriterMetadataCount, !pcWriters.at, [](const Session& s, const Choices&) { return mayReadMetadata(s); },
                        [&] {
                          *pcWriters.at = static_cast<UINT>(session->identified.size());
                          return S_OK;
                        });
  return withOutputs(*machine, result, pcWriters.at);
}

HRESULT BackupComponents::FreeWriterMetadata() {
  return call(Method::freeWriterMetadata, false, mayFreeMetadata, [&] {
    if (session->metadata == Metadata::pending) session->metadata = Metadata::lost;
    if (session->metadata == Metadata::gathered) session->metadata = Metadata::freed;
    session->metadataGather = nullptr;
    return S_OK;
  });
}

HRESULT BackupComponents::selectWriters(Method method, const Guid* ids, UINT count, void (*change)(WriterSelection&, std::span<const Guid>)) {
  return call(method, false, maySelectWriters, [&]() -> HRESULT {
    if (!ids || !count) return choices().emptyWriterSelection == EmptyWriterSelection::ok ? S_OK : machine->onThisSystem(VSS_E_UNEXPECTED);
    if (session->metadata != Metadata::none) return S_OK;
    WriterSelection changed = session->selection;
    change(changed, {ids, count});
    session->selection = std::move(changed);
    return S_OK;
  });
}

HRESULT BackupComponents::DisableWriterClasses(InArray<VSS_ID, 1> rgWriterClassId, UINT cClassId) {
  return selectWriters(Method::disableWriterClasses, rgWriterClassId.at, cClassId, [](WriterSelection& selection, std::span<const Guid> ids) {
    if (selection.onlyListed)
      std::erase_if(selection.classes, [&](const Guid& id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); });
    else selection.classes.insert(selection.classes.end(), ids.begin(), ids.end());
  });
}

HRESULT BackupComponents::EnableWriterClasses(InArray<VSS_ID, 1> rgWriterClassId, UINT cClassId) {
  return selectWriters(Method::enableWriterClasses, rgWriterClassId.at, cClassId, [](WriterSelection& selection, std::span<const Guid> ids) {
    if (!selection.onlyListed) selection.classes.clear();
    selection.onlyListed = true;
    selection.classes.insert(selection.classes.end(), ids.begin(), ids.end());
  });
}

HRESULT BackupComponents::DisableWriterInstances(InArray<VSS_ID, 1> rgWriterInstanceId, UINT cInstanceId) {
  return selectWriters(Method::disableWriterInstances, rgWriterInstanceId.at, cInstanceId, [](WriterSelection& selection, std::span<const Guid> ids) {
    selection.instancesOff.insert(selection.instancesOff.end(), ids.begin(), ids.end());
  });
}

HRESULT BackupComponents::PrepareForBackup(Out<IVssAsync*> ppAsync) {
  return start(Method::prepareForBackup, machine->scenario.prepareForBackup, ppAsync.at, mayPrepare, &Session::operation, prepared);
}

HRESULT BackupComponents::BackupComplete(Out<IVssAsync*> ppAsync) {
  return start(Method::backupComplete, machine->scenario.backupComplete, ppAsync.at, mayComplete, &Session::operation, completed);
}

HRESULT BackupComponents::AbortBackup() {
  return call(Method::abortBackup, false, mayAbort, [&] {
    backupAborted(*machine, *session);
    return S_OK;
  });
}

// ---- The factory. ----

Service::Service(Scenario scenario) : Service(std::move(scenario), std::make_shared<SteadyClock>()) {}
Service::Service(Scenario scenario, std::shared_ptr<Clock> clock) : machine(std::make_shared<Machine>(std::move(scenario), std::move(clock))) {}
Service::~Service() = default;

HRESULT create(std::shared_ptr<Service> service, IVssBackupComponents** out) noexcept {
  if (!out || !service) return E_INVALIDARG;
  auto machine = service->machine;
  HRESULT result = answer(*machine, Method::create, false, [] { return S_OK; }, [&]() -> HRESULT {
    if (machine->scenario.accessDenied == AccessDenied::create) return E_ACCESSDENIED;
    auto session = std::make_shared<Session>();
    session->id = machine->freshId();
    session->vetoes.resize(machine->scenario.writers.size());
    *out = new BackupComponents(machine, session);
    return S_OK;
  });
  return withOutputs(*machine, result, out);
}

}  // namespace vss::model
