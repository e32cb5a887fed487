// For tests: what happened in a session, call by call, each with the time that it took; and what `explain` says of it.
#pragma once
#include <gtest/gtest.h>

#include <sstream>

#include "explain/explain.h"
#include "traces/test_trace.h"

namespace vss::explain {

using namespace test;

struct Told {
  int exitCode;
  std::string out, err;
  std::string first() const { return out.substr(0, out.find('\n')); }
  bool has(const std::string& text) const { return out.find(text) != std::string::npos; }
};
inline Told told(const std::string& path, const std::string& format = "text") {
  std::ostringstream out, err;
  int exitCode = runExplain(path, format, out, err);
  return {exitCode, out.str(), err.str()};
}

struct Status { std::int32_t state = VSS_WS_STABLE; HRESULT failure = S_OK; };

// One session after the other. Without a word from the test every call takes a millisecond, and so does the program between two.
class Story {
 public:
  Story& add(Made made, double seconds = 0.001) { return steps_.push_back({std::move(made), seconds}), *this; }
  Story& call(const char* method, std::vector<Value> inputs = {}, HRESULT result = S_OK, std::vector<Value> outputs = {}) {
    if (result != S_OK) std::fill(outputs.begin(), outputs.end(), is(ValueKind::zeroed));
    return add({session_, kBackup, method, std::move(inputs), std::move(outputs), static_cast<std::uint32_t>(result)});
  }
  // The operation that it starts, waited for and asked.
  Story& whole(const char* method, double seconds = 0.001, HRESULT outcome = VSS_S_ASYNC_FINISHED) {
    start(method);
    return add(wait(operation_), seconds).add(query(operation_, outcome)).add(release(operation_));
  }
  Story& start(const char* method) {
    operation_ = ++objects_;
    return add({session_, kBackup, method, {}, {object(operation_)}});
  }
  std::uint32_t operation() const { return operation_; }

  Story& begin() {
    session_ = ++objects_;
    add(create(session_)).add(initialize(session_));
    call("SetBackupState", {number(1), number(0), number(VSS_BT_FULL), number(0)});
    return whole("GatherWriterMetadata", 0.25);
  }
  Story& makeSet() { return call("StartSnapshotSet", {}, S_OK, {id(70)}).call("AddToSnapshotSet", {text(u"C:\\"), id(0)}, S_OK, {id(71)}); }
  // Of three writers, of which the last is hosted by VSS.
  Story& statuses(Status system = {}, Status sql = {}, Status registry = {}, const char* method = "GetWriterStatus") {
    whole("GatherWriterStatus", 0.02).add(count(session_, 3));
    const std::pair<const char16_t*, const char*> writers[] = {{u"System Writer", "e8132975-6f93-4464-a53e-1050253ae220"},
                                                               {u"SqlServerWriter", "a65faa63-5ea8-4ebc-9dbd-a0c4db26912a"},
                                                               {u"Registry Writer", "afbab4a2-367d-4d15-a586-71dbb18f8485"}};
    const Status told[] = {system, sql, registry};
    bool ex = method != std::string("GetWriterStatus");
    for (std::uint8_t i = 0; i < 3; ++i) {
      std::vector<Value> outputs{id(static_cast<std::uint8_t>(i + 1)), ValueView::ofGuid(*parseGuid(writers[i].second)), text(writers[i].first), number(told[i].state), number(told[i].failure)};
      if (ex) outputs.push_back(number(i == 1 ? static_cast<HRESULT>(0x80004005) : S_OK)), outputs.push_back(i == 1 ? text(u"log \"full\"\n") : is(ValueKind::null));
      add({session_, ex ? "IVssBackupComponentsEx3" : kBackup, method, {number(i)}, std::move(outputs)});
    }
    return add(freeStatus(session_));
  }
  Story& waiting() { return statuses({VSS_WS_WAITING_FOR_BACKUP_COMPLETE}, {VSS_WS_WAITING_FOR_BACKUP_COMPLETE}, {VSS_WS_WAITING_FOR_BACKUP_COMPLETE}); }
  Story& end() { return add(release(session_)); }
  Story& abort() { return call("AbortBackup").end(); }
  // From its beginning to the status behind PrepareForBackup.
  Story& prepared() { return begin().makeSet().whole("PrepareForBackup", 0.4).statuses(); }

  // `original` gives the header and the clock.
  void write(const std::string& path, const char* original = "traces/samples/golden/status.vsst") const {
    TraceReader like(pathFromUtf8(original));
    Trace trace(path, like);
    double now = 0, perSecond = 1e9 / like.seconds(1'000'000'000);
    auto at = [&](double seconds) { trace.writer.at(1, like.header().startTick + static_cast<std::uint64_t>(seconds * perSecond)); };
    for (const auto& [made, seconds] : steps_) {
      at(now += 0.001);
      auto order = trace.enter(made);
      at(now += seconds);
      if (made.returns) trace.leave(order, made);
    }
  }

 private:
  struct Step { Made made; double seconds; };
  std::vector<Step> steps_;
  std::uint32_t objects_ = 0, session_ = 0, operation_ = 0;
};

}  // namespace vss::explain
