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
      : clock(std::make_shared<TestClock>()), service(std::make_shared<Service>(parseScenario(scenario), clock)) {
    open();
  }
  Requester(std::shared_ptr<Service> service, std::shared_ptr<TestClock> clock) : clock(std::move(clock)), service(std::move(service)) { open(); }
  Requester(const Requester&) = delete;
  Requester beside() const { return Requester(service, clock); }
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

  std::shared_ptr<TestClock> clock;
  std::shared_ptr<Service> service;
  IVssBackupComponentsEx4* vss = nullptr;

 private:
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

// {"choices": {"name": "value"}} and whatever else.
inline std::string choosing(const std::string& name, const std::string& value, const std::string& more = "") {
  return R"({"choices": {")" + name + R"(": ")" + value + "\"}" + (more.empty() ? "" : ", " + more) + "}";
}

// Both keys that open the way to PrepareForBackup and BackupComplete, and more choices.
inline std::string withoutSet(const std::string& choices = "") {
  return R"("choices": {"prepareWithoutSet": "ok", "completeWithoutSet": "ok")" + (choices.empty() ? "" : ", " + choices) + "}";
}

}  // namespace vss::model
