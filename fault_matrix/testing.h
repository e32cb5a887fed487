// For tests: a backup of a component whose writer comes second, call by call.
#pragma once
#include <gtest/gtest.h>

#include <memory>

#include "fault_matrix/outcome.h"
#include "traces/test_trace.h"

namespace vss::fault_matrix {

using namespace test;

class Backup {
 public:
  Backup() {
    calls = {create(1), initialize(1)};
    call("SetBackupState", {number(1), number(0), number(VSS_BT_FULL), number(0)});
    whole("GatherWriterMetadata");
  }
  Backup& call(const char* method, std::vector<Value> inputs = {}, HRESULT result = S_OK, std::vector<Value> outputs = {}) {
    if (result != S_OK) std::fill(outputs.begin(), outputs.end(), is(ValueKind::zeroed));
    calls.push_back({1, kBackup, method, std::move(inputs), std::move(outputs), static_cast<std::uint32_t>(result)});
    return *this;
  }
  // Started, waited for, asked, released.
  Backup& whole(const char* method, HRESULT outcome = VSS_S_ASYNC_FINISHED) {
    calls.insert(calls.end(), {{1, kBackup, method, {}, {object(next)}}, wait(next), query(next, outcome), release(next)});
    return ++next, *this;
  }
  // And nobody asked.
  Backup& waited(const char* method) {
    calls.insert(calls.end(), {{1, kBackup, method, {}, {object(next)}}, wait(next), release(next)});
    return ++next, *this;
  }
  Backup& startSet() { return call("StartSnapshotSet", {}, S_OK, {id(70)}); }
  Backup& fillSet() {
    return startSet().call("AddToSnapshotSet", {text(u"C:\\"), id(0)}, S_OK, {id(71)}).call("AddComponent", {id(2), id(102), number(2), is(ValueKind::null), text(u"c")});
  }
  Backup& statuses(std::int32_t state = VSS_WS_STABLE, HRESULT failure = S_OK, bool freed = true) {
    whole("GatherWriterStatus");
    calls.insert(calls.end(), {count(1, 2), status(1, 0, u"A"), status(1, 1, u"B", state, failure)});
    if (freed) calls.push_back(freeStatus(1));
    return *this;
  }
  Backup& prepared() { return fillSet().whole("PrepareForBackup").statuses(); }
  Backup& made() { return prepared().whole("DoSnapshotSet").statuses(); }
  Backup& succeeded(bool value, std::uint8_t instance = 2) {
    return call("SetBackupSucceeded", {id(instance), id(102), number(2), is(ValueKind::null), text(u"c"), number(value)});
  }
  Backup& completed() { return whole("BackupComplete").statuses(); }
  Backup& released() { return calls.push_back(release(1)), *this; }
  Backup& add(std::vector<Made> more) { return calls.insert(calls.end(), more.begin(), more.end()), *this; }

  std::vector<Made> calls;
  std::uint32_t next = 2;
};

// A trace of them, as long as this lives.
class Written {
 public:
  explicit Written(const std::vector<Made>& calls) {
    auto trace = std::make_unique<Trace>(folder_ / "a.vsst");
    trace->session(calls);
    trace.reset();
    reader = std::make_unique<TraceReader>(pathFromUtf8(folder_ / "a.vsst"));
  }
  std::unique_ptr<TraceReader> reader;

 private:
  Folder folder_;
};

}  // namespace vss::fault_matrix
