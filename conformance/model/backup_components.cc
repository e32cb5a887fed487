// The object itself: COM's rules, initialisation, context.
#include "backup_components.h"

#include "async.h"
#include "document.h"
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
    if (document && !looksLikeXml(document)) return VSS_E_INVALID_XML_DOCUMENT;
    session->kind = kind;
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

HRESULT BackupComponents::SetBackupState(bool bSelectComponents, bool, VSS_BACKUP_TYPE backupType, bool) {
  bool bad = backupType < VSS_BT_UNDEFINED || backupType > VSS_BT_OTHER;
  return call(Method::setBackupState, bad, maySetBackupState, [&] {
    session->selectComponents = bSelectComponents;
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
  HRESULT result = answer(*machine, method, !out, [&] { return mayCall(*session, choices()); }, [&]() -> HRESULT {
    bool gathers = method == Method::gatherWriterMetadata || method == Method::gatherWriterStatus;
    if (gathers && machine->scenario.accessDenied == AccessDenied::starters) return E_ACCESSDENIED;
    plan = machine->nextPlan(method, plan);
    if (gathers && machine->scenario.accessDenied == AccessDenied::results) plan.result = E_ACCESSDENIED;
    else if (plan.result != S_OK && plan.through == Through::call) return machine->onThisSystem(plan.result);

    auto async = std::make_unique<Async>(machine);
    auto operation = async->operation = machine->start(plan);
    operation->atEnd = [machine = machine.get(), session = session, kept, ended, self = operation.get()](HRESULT result) {
      auto& current = (*session).*kept;
      if (current.get() != self) return result;
      current = nullptr;
      return ended(*machine, *session, result);
    };
    (*session).*kept = operation;
    operationStarted(*session, method);
    if (plan.polls && *plan.polls == 0) machine->endAsPlanned(operation);
    *out = async.release();
    return S_OK;
  });
  return withOutputs(*machine, result, out);
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

HRESULT BackupComponents::PrepareForBackup(Out<IVssAsync*> ppAsync) {
  return start(Method::prepareForBackup, machine->scenario.prepareForBackup, ppAsync.at, mayPrepare, &Session::backupOperation, prepared);
}

HRESULT BackupComponents::BackupComplete(Out<IVssAsync*> ppAsync) {
  return start(Method::backupComplete, machine->scenario.backupComplete, ppAsync.at, mayComplete, &Session::backupOperation, completed);
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
    session->id = {0x5E551000 + ++machine->sessionsMade, 0x5AD0, 0x4A9E, {0x9C, 0x11, 0x56, 0x53, 0x53, 0x4D, 0x4F, 0x44}};
    *out = new BackupComponents(machine, session);
    return S_OK;
  });
  return withOutputs(*machine, result, out);
}

}  // namespace vss::model
