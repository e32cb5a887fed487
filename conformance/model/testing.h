// What the tests of the model share: a requester that can be told a scenario, and a clock that does not run.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "model.h"
#include "traces/vss/memory.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss::model {

using Starters = IVssBackupComponents;
inline constexpr HRESULT B = VSS_E_BAD_STATE, A = E_INVALIDARG, N = VSS_E_OBJECT_NOT_FOUND;               // of calls
inline constexpr HRESULT P = VSS_S_ASYNC_PENDING, F = VSS_S_ASYNC_FINISHED, C = VSS_S_ASYNC_CANCELLED;  // of operations
inline constexpr const char* kStable = "1 S_OK";  // what `seen` says of a healthy writer

// Time moves when a test says so, and when a Wait with an end has nothing else to wait for.
class TestClock final : public Clock {
 public:
  Time now() override { return Time(std::chrono::milliseconds(ms)); }
  void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, std::optional<Time> deadline) override {
    ++waiting;
    if (!deadline) changed.wait(lock);
    else if (now() < *deadline) ms = std::chrono::duration_cast<std::chrono::milliseconds>(deadline->time_since_epoch()).count();
    --waiting;
  }
  std::atomic<std::int64_t> ms = 1000;
  std::atomic<int> waiting = 0;  // threads inside wait
};

// One row as a requester reads it.
struct ReadStatus {
  HRESULT hresult = S_OK;
  Guid instanceId, classId;
  MaybeText name;
  VSS_WRITER_STATE state{};
  HRESULT failure = S_OK;
  HRESULT application = S_OK;
  MaybeText message;
};

inline MaybeText takeBstr(char16_t* bstr) {
  if (!bstr) return std::nullopt;
  std::u16string text(bstr, sysStringLen(bstr));
  sysFreeString(bstr);
  return text;
}

// A requester with one object on a system of its own, or on that of another requester.
class Requester {
 public:
  explicit Requester(const std::string& scenario = "{}")
      : writer(writerOfSystemFiles(parseScenario(scenario))), clock(std::make_shared<TestClock>()),
        service(std::make_shared<Service>(parseScenario(scenario), clock)) {
    open();
  }
  Requester(std::shared_ptr<Service> service, std::shared_ptr<TestClock> clock, Writer writer = {})
      : writer(std::move(writer)), clock(std::move(clock)), service(std::move(service)) { open(); }
  Requester(const Requester&) = delete;
  Requester beside() const { return Requester(service, clock, writer); }
  ~Requester() { release(); }

  ULONG release() {
    ULONG left = vss ? vss->Release() : 0;
    vss = nullptr;
    return left;
  }
  IVssBackupComponentsEx4* operator->() const { return vss; }

  // ---- Where tests begin ----
  Requester& forBackup() {
    EXPECT_EQ(vss->InitializeForBackup(nullptr), S_OK);
    return *this;
  }
  Requester& forRestore() {
    char16_t document[] = u"<BACKUP_COMPONENTS/>";
    EXPECT_EQ(vss->InitializeForRestore(document), S_OK);
    return *this;
  }
  Requester& withMetadata() {
    EXPECT_EQ(run(&IVssBackupComponents::GatherWriterMetadata), VSS_S_ASYNC_FINISHED);
    return *this;
  }
  Requester& gathered() {
    EXPECT_EQ(run(&IVssBackupComponents::GatherWriterStatus), VSS_S_ASYNC_FINISHED);
    return *this;
  }
  // ---- The states of the rule catalogue's notation; each takes an object that was just made. ----
  // The component is the default scenario's, or one of the same name (systemFiles below).
  Requester& b1(bool selectComponents = true) {
    forBackup();
    EXPECT_EQ(vss->SetBackupState(selectComponents, false, VSS_BT_FULL, false), S_OK);
    return withMetadata();
  }
  Requester& b2(bool selectComponents = true) {
    b1(selectComponents);
    EXPECT_EQ(selectComponents ? add() : S_OK, S_OK);
    setId = startSet();
    copyId = addVolume();
    return *this;
  }
  Requester& b3(bool selectComponents = true) {
    EXPECT_EQ(b2(selectComponents).run(&IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
    return *this;
  }
  Requester& b4(bool selectComponents = true) {
    EXPECT_EQ(b3(selectComponents).run(&IVssBackupComponents::DoSnapshotSet), VSS_S_ASYNC_FINISHED);
    return *this;
  }
  Requester& b5() {
    EXPECT_EQ(b4().succeeded(), S_OK);
    EXPECT_EQ(run(&IVssBackupComponents::BackupComplete), VSS_S_ASYNC_FINISHED);
    return *this;
  }
  Requester& r0() {
    char16_t* document = nullptr;
    Requester backup = beside();
    EXPECT_EQ(backup.b3()->SaveAsXML(&document), S_OK);
    EXPECT_EQ(backup->AbortBackup(), S_OK);
    EXPECT_EQ(vss->InitializeForRestore(document), S_OK);
    sysFreeString(document);
    return *this;
  }
  Requester& r1() { return r0().withMetadata(); }
  Requester& r2() {
    EXPECT_EQ(r1()->SetSelectedForRestore(writer.classId, kSystemFiles.type, kSystemFiles.logicalPath, kSystemFiles.name, true), S_OK);
    return *this;
  }
  Requester& r3() {
    EXPECT_EQ(r2().run(&IVssBackupComponents::PreRestore), VSS_S_ASYNC_FINISHED);
    return *this;
  }
  Requester& r4() {
    EXPECT_EQ(r3()->SetFileRestoreStatus(writer.classId, kSystemFiles.type, kSystemFiles.logicalPath, kSystemFiles.name, VSS_RS_ALL), S_OK);
    EXPECT_EQ(run(&IVssBackupComponents::PostRestore), VSS_S_ASYNC_FINISHED);
    return *this;
  }
  HRESULT add(const char16_t* name = kSystemFiles.name, const char16_t* path = kSystemFiles.logicalPath) const {
    return vss->AddComponent(writer.instanceId, writer.classId, kSystemFiles.type, path, name);
  }
  HRESULT succeeded(const char16_t* name = kSystemFiles.name, const char16_t* path = kSystemFiles.logicalPath) const {
    return vss->SetBackupSucceeded(writer.instanceId, writer.classId, kSystemFiles.type, path, name, true);
  }
  VSS_ID startSet() const {
    VSS_ID id;
    EXPECT_EQ(vss->StartSnapshotSet(&id), S_OK);
    return id;
  }
  HRESULT startSetAgain() const {
    VSS_ID id;
    return vss->StartSnapshotSet(&id);
  }
  VSS_ID addVolume(const char16_t* volume = u"C:\\", Guid provider = {}) const {
    VSS_ID id;
    EXPECT_EQ(vss->AddToSnapshotSet(volume, provider, &id), S_OK);
    return id;
  }
  HRESULT addToSet(const char16_t* volume = u"C:\\", Guid provider = {}) const {
    VSS_ID id;
    return vss->AddToSnapshotSet(volume, provider, &id);
  }
  // S_OK: the shadow copy exists, as this object sees it.
  HRESULT exists(const VSS_ID& copy) const {
    VSS_SNAPSHOT_PROP prop{};
    HRESULT hresult = vss->GetSnapshotProperties(copy, &prop);
    for (auto* text : {prop.m_pwszSnapshotDeviceObject, prop.m_pwszOriginalVolumeName, prop.m_pwszOriginatingMachine, prop.m_pwszServiceMachine})
      coTaskMemFree(text);
    return hresult;
  }

  // One shadow copy, made in this context without PrepareForBackup.
  Requester& madeIn(LONG context, const char16_t* volume = u"C:\\", Guid provider = {}) {
    EXPECT_EQ(forBackup()->SetContext(context), S_OK);
    withMetadata();
    setId = startSet();
    copyId = addVolume(volume, provider);
    EXPECT_EQ(run(&IVssBackupComponents::DoSnapshotSet), VSS_S_ASYNC_FINISHED);
    return *this;
  }
  std::u16string saved() const {
    char16_t* text = nullptr;
    EXPECT_EQ(vss->SaveAsXML(&text), S_OK);
    return takeBstr(text).value_or(u"");
  }
  HRESULT expose(const VSS_ID& copy, const char16_t* where, LONG how = VSS_VOLSNAP_ATTR_EXPOSED_LOCALLY, const char16_t* path = nullptr) const {
    char16_t* exposed = nullptr;
    HRESULT hresult = vss->ExposeSnapshot(copy, path, how, where, &exposed);
    EXPECT_EQ(exposed != nullptr, hresult == S_OK);
    coTaskMemFree(exposed);
    return hresult;
  }

  // The starters with more parameters: as `run`.
  HRESULT revertStatus(const char16_t* volume = u"C:\\") const {
    IVssAsync* async = nullptr;
    HRESULT hresult = vss->QueryRevertStatus(volume, &async);
    EXPECT_EQ(async != nullptr, hresult == S_OK);
    return async ? end(async) : hresult;
  }
  HRESULT recover() const {
    IVssAsync* async = nullptr;
    HRESULT hresult = vss->RecoverSet(0, &async);
    EXPECT_EQ(async != nullptr, hresult == S_OK);
    return async ? end(async) : hresult;
  }
  HRESULT breakEx(const VSS_ID& set, DWORD flags = 0) const {
    IVssAsync* async = nullptr;
    HRESULT hresult = vss->BreakSnapshotSetEx(set, flags, &async);
    EXPECT_EQ(async != nullptr, hresult == S_OK);
    return async ? end(async) : hresult;
  }
  HRESULT query(IVssEnumObject*& found, VSS_OBJECT_TYPE what = VSS_OBJECT_SNAPSHOT) const {
    found = nullptr;
    return vss->Query(Guid(), VSS_OBJECT_NONE, what, &found);
  }

  // PrepareForBackup has finished; the scenario must allow it without a shadow copy set.
  Requester& prepared(bool selectComponents = false) {
    EXPECT_EQ(vss->SetBackupState(selectComponents, false, VSS_BT_FULL, false), S_OK);
    EXPECT_EQ(run(&IVssBackupComponents::PrepareForBackup), VSS_S_ASYNC_FINISHED);
    return *this;
  }

  // ---- What tests do ----
  using Starter = HRESULT (VSS_CALL IVssBackupComponents::*)(Out<IVssAsync*>);
  // Starts, waits, asks for the result, releases; or the starter's own failure.
  HRESULT run(Starter starter) const {
    IVssAsync* async = nullptr;
    HRESULT hresult = (vss->*starter)(&async);
    return hresult == S_OK ? end(async) : hresult;
  }
  static HRESULT end(IVssAsync* async) {
    async->Wait(kInfinite);
    HRESULT result = query(async);
    async->Release();
    return result;
  }
  IVssAsync* start(Starter starter = &IVssBackupComponents::GatherWriterStatus) const {
    IVssAsync* async = nullptr;
    EXPECT_EQ((vss->*starter)(&async), S_OK);
    return async;
  }
  static HRESULT query(IVssAsync* async) {
    HRESULT result = 0;
    EXPECT_EQ(async->QueryStatus(&result, nullptr), S_OK);
    return result;
  }
  HRESULT count() const {
    UINT n = 77;
    return vss->GetWriterStatusCount(&n);
  }
  UINT writers() const {
    UINT n = 77;
    EXPECT_EQ(vss->GetWriterStatusCount(&n), S_OK);
    return n;
  }
  ReadStatus status(UINT index) const {
    ReadStatus row;
    char16_t* name = nullptr;
    row.hresult = vss->GetWriterStatus(index, &row.instanceId, &row.classId, &name, &row.state, &row.failure);
    row.name = takeBstr(name);
    return row;
  }
  ReadStatus statusEx(UINT index) const {
    ReadStatus row;
    char16_t *name = nullptr, *message = nullptr;
    row.hresult = vss->GetWriterStatusEx(index, &row.instanceId, &row.classId, &name, &row.state, &row.failure, &row.application, &message);
    row.name = takeBstr(name);
    row.message = takeBstr(message);
    return row;
  }
  // "1 S_OK": state and failure of a writer, gathered now.
  std::string seen(UINT index = 0) {
    gathered();
    return shown(index);
  }
  std::string shown(UINT index = 0) const {
    auto row = status(index);
    if (row.hresult != S_OK) return nameOf(row.hresult);
    return std::to_string(row.state) + " " + nameOf(row.failure);
  }

  const Writer writer;  // of the component that `add` adds
  VSS_ID setId, copyId;
  std::shared_ptr<TestClock> clock;
  std::shared_ptr<Service> service;
  IVssBackupComponentsEx4* vss = nullptr;

 private:
  static Writer writerOfSystemFiles(const Scenario& scenario) {
    for (const Writer& each : scenario.writers)
      for (const Component& component : each.components)
        if (component.name == kSystemFiles.name) return each;
    return {};
  }
  // Through the base interface's pointer: the model offers the whole vtable on every system.
  void open() {
    IVssBackupComponents* made = nullptr;
    EXPECT_EQ(create(service, &made), S_OK);
    vss = static_cast<IVssBackupComponentsEx4*>(made);
  }
};

// A scenario with one writer and whatever else: oneWriter(R"("failsAt": [{"event": "identify"}])", R"("os": "vista")").
inline std::string oneWriter(const std::string& writerKeys = "", const std::string& keys = "") {
  return R"({"writers": [{"name": "Writer", "classId": "00000000-0000-0000-0000-0000000000c1")" + (writerKeys.empty() ? "" : ", " + writerKeys) +
         "}]" + (keys.empty() ? "" : ", " + keys) + "}";
}

// Keys of a writer that has the component which Requester's `add` adds.
inline std::string systemFiles(const std::string& more = "") {
  return R"("components": [{"name": "System Files"}])" + (more.empty() ? "" : ", " + more);
}

// A key of a writer that fails at one event; `more`: further keys of the failure.
inline std::string failsAt(const std::string& event, const std::string& more = "") {
  return R"("failsAt": [{"event": ")" + event + "\"" + (more.empty() ? "" : ", " + more) + "}]";
}

// A scenario's key that says how one operation goes; and a scenario in which the gathering of status goes so.
inline std::string operation(const std::string& name, const std::string& plan) { return "\"operations\": {\"" + name + "\": " + plan + "}"; }
inline std::string gather(const std::string& plan, const std::string& more = "") {
  return "{" + operation("gatherWriterStatus", plan) + (more.empty() ? "" : ", " + more) + "}";
}

// A key of a scenario: a hardware provider beside the system's own; and its id.
inline const std::string kHardware = R"("providers": [{"name": "Storage"}])";
inline constexpr Guid kHardwareProvider{0, 0, 0x4000, {0x90, 0, 0, 0, 0, 0, 0, 0}};
// A document with one shadow copy by that provider, transportable and of C:\ unless said otherwise, and the ids in it.
inline constexpr Guid kSavedSet{0x5E7, 0, 0, {}}, kSavedCopy{0xC0B1, 0, 0, {}};
inline std::u16string transported(const Guid& provider = kHardwareProvider, const std::string& volume = "C:\\", LONG context = VSS_VOLSNAP_ATTR_TRANSPORTABLE) {
  return toUtf16("<BACKUP_COMPONENTS><SNAPSHOT_SET_DESCRIPTION snapshotSetId='" + toString(kSavedSet) + "'><SNAPSHOT_DESCRIPTION snapshotId='" +
                 toString(kSavedCopy) + "' originalVolumeName='" + volume + "' providerId='" + toString(provider) + "' snapshotAttributes='" +
                 std::to_string(context) + "'/></SNAPSHOT_SET_DESCRIPTION></BACKUP_COMPONENTS>");
}

// {"choices": {"name": "value"}} and whatever else.
inline std::string choosing(const std::string& name, const std::string& value, const std::string& more = "") {
  return R"({"choices": {")" + name + R"(": ")" + value + "\"}" + (more.empty() ? "" : ", " + more) + "}";
}

// Both keys that open the way to PrepareForBackup and BackupComplete, and more choices.
inline std::string withoutSet(const std::string& choices = "") {
  return R"("choices": {"prepareWithoutSet": "ok", "completeWithoutSet": "ok")" + (choices.empty() ? "" : ", " + choices) + "}";
}

}  // namespace vss::model
