// For tests: traces whose calls come at times that the test says.
#pragma once
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "traces/test_trace.h"
#include "traces/trace_reader.h"
#include "traces/vss/text.h"

namespace vss::exports::testing_exports {

using namespace vss::test;

// Calls by several threads. A tick is a nanosecond; the recording starts at 2026-11-24T22:00:00Z, tick 1,000,000,000,000.
class Planned {
 public:
  static constexpr std::int64_t kStartTime = 1'795'557'600'000'000'000;
  static constexpr std::uint64_t kStartTick = 1'000'000'000'000;

  // Times in nanoseconds since the start. Objects have the numbers that the trace gives them: 1, 2, …
  void call(std::uint32_t thread, std::int64_t start, std::int64_t end, const Made& made) {
    std::size_t number = calls_.size();
    calls_.push_back(made);
    notes_.push_back({start, thread, number, false});
    if (made.returns) notes_.push_back({end, thread, number, true});
  }
  void remark(std::uint32_t thread, std::int64_t time, const std::string& text) {
    notes_.push_back({time, thread, 0, false, text});
  }
  TraceHeader header = {kFormat, kSemantics, Origin::live, "shadowtape 0.1.0", "windows x86-64 10.0.20348", "C:\\Program Files\\Night Backup\\nightbackup.exe", "system", 4171, 8, 1'000'000'000, kStartTick, kStartTime};

  // clean: with a footer.
  void write(const std::string& path, bool clean = true) {
    std::string blank = path + ".blank";
    { Trace(blank, {header.origin, "", "", false}).writer.remark(RemarkKind::information, 0, "blank"); }
    std::string bytes = contents(blank), head = headerBytes(header);
    put(blank, bytes.replace(0, head.size(), head));
    {
      TraceReader original(pathFromUtf8(blank));
      TraceWriter writer(pathFromUtf8(path), original);
      std::stable_sort(notes_.begin(), notes_.end(), [](auto& a, auto& b) { return a.time < b.time; });
      std::vector<std::uint64_t> orders(calls_.size());
      for (const auto& note : notes_) {
        writer.at(note.thread, kStartTick + static_cast<std::uint64_t>(note.time));
        if (!note.remark.empty()) {
          writer.remark(RemarkKind::warning, 0, note.remark);
          continue;
        }
        const Made& made = calls_[note.call];
        const MethodInfo& method = *methodNamed(made.interface_, made.method);
        std::vector<ValueView> values;
        for (const auto& v : note.leave ? made.outputs : made.inputs) {
          values.push_back({v.kind, v.number, v.bytes});
          while (v.kind == ValueKind::object && v.number > objects_) objects_ = writer.newObject();
        }
        if (note.leave) writer.leave(orders[note.call], method, made.object, made.result, values);
        else orders[note.call] = writer.enter(method, made.object, made.nulls, values);
      }
    }
    std::filesystem::remove(pathFromUtf8(blank));
    if (!clean) {
      auto end = TraceReader(pathFromUtf8(path)).endOfNotes();
      std::filesystem::resize_file(pathFromUtf8(path), end);
    }
  }

 private:
  struct Note { std::int64_t time; std::uint32_t thread; std::size_t call; bool leave; std::string remark = {}; };
  std::vector<Made> calls_;
  std::vector<Note> notes_;
  std::int64_t objects_ = 0;
};

inline constexpr std::int64_t kMs = 1'000'000, kSecond = 1'000'000'000;

inline Made backup(const char* method, std::vector<Value> inputs = {}, std::vector<Value> outputs = {}, HRESULT result = S_OK) {
  return {1, kBackup, method, std::move(inputs), std::move(outputs), static_cast<std::uint32_t>(result)};
}
inline Made said(std::uint32_t index, std::u16string_view name, std::int32_t state, HRESULT failure) {
  Made made = status(1, index, name, state, failure);
  made.outputs[0] = ValueView::ofGuid(Guid{0x10000000u + index, 0x2000, 0x3000, {1, 2, 3, 4, 5, 6, 7, 8}});
  made.outputs[1] = ValueView::ofGuid(Guid{0xE8132975u + index, 0x6F93, 0x4464, {0xA5, 0x3E, 0x10, 0x50, 0x25, 0x3A, 0xE2, 0x20}});
  return made;
}

struct StatusOf { std::int32_t state; HRESULT failure; };
inline constexpr const char16_t* kWriters[] = {u"Task Scheduler Writer", u"VSS Metadata Store Writer", u"Performance Counters Writer", u"System Writer", u"SqlServerWriter", u"ASR Writer", u"Shadow Copy Optimization Writer",
                                               u"Registry Writer", u"COM+ REGDB Writer", u"WMI Writer", u"Microsoft Hyper-V VSS Writer", u"IIS Config Writer"};

// A night's backup of a server: the SQL Server writer times out at Freeze and makes DoSnapshotSet take 30 s, Hyper-V's has an error but no failed state; a second thread
// polls meanwhile. The program aborts, asks again, and leaves.
inline void nightBackup(Planned& trace) {
  std::int64_t now = 2 * kMs;
  auto take = [&](std::int64_t length, const Made& made) {
    trace.call(1, now, now + length, made);
    now += length + kMs / 5;
  };
  auto waitFor = [&](std::uint32_t operation, std::int64_t length) {
    take(length, wait(operation));
    take(kMs / 20, query(operation));
    take(kMs / 50, release(operation));
  };
  auto ask = [&](std::uint32_t operation, std::int64_t length, auto&& statusOf) {
    take(8 * kMs, backup("GatherWriterStatus", {}, {object(operation)}));
    waitFor(operation, length);
    take(kMs / 10, count(1, static_cast<std::uint32_t>(std::size(kWriters))));
    for (std::uint32_t i = 0; i < std::size(kWriters); ++i) {
      StatusOf is = statusOf(i);
      take(kMs / 4, said(i, kWriters[i], is.state, is.failure));
    }
    take(kMs / 10, freeStatus(1));
  };
  take(40 * kMs, create(1));
  take(90 * kMs, initialize(1));
  take(kMs / 4, backup("SetBackupState", {number(1), number(1), number(1), number(0)}));
  take(20 * kMs, backup("GatherWriterMetadata", {}, {object(2)}));
  waitFor(2, 2100 * kMs);
  take(kMs / 10, backup("GetWriterMetadataCount", {}, {number(static_cast<std::int64_t>(std::size(kWriters)))}));
  take(kMs, backup("FreeWriterMetadata"));
  take(5 * kMs, backup("StartSnapshotSet", {}, {id(77)}));
  take(150 * kMs, backup("AddToSnapshotSet", {text(u"C:\\"), id(0)}, {id(78)}));
  take(180 * kMs, backup("AddToSnapshotSet", {text(u"D:\\"), id(0)}, {id(79)}));
  take(12 * kMs, backup("PrepareForBackup", {}, {object(3)}));
  waitFor(3, 1400 * kMs);
  ask(4, 420 * kMs, [](std::uint32_t) { return StatusOf{5, S_OK}; });
  take(15 * kMs, backup("DoSnapshotSet", {}, {object(5)}));
  std::int64_t frozen = now;
  waitFor(5, 30'200 * kMs);
  for (std::int64_t at = frozen + 5 * kSecond; at < frozen + 30 * kSecond; at += 5 * kSecond) trace.call(2, at, at + kMs / 20, query(5, VSS_S_ASYNC_PENDING));
  auto after = [](std::uint32_t i) { return i == 4 ? StatusOf{9, VSS_E_WRITERERROR_TIMEOUT} : i == 10 ? StatusOf{1, VSS_E_WRITERERROR_RETRYABLE} : StatusOf{5, S_OK}; };
  ask(6, 510 * kMs, after);
  take(kMs / 4, [] {
    Made made = said(12, u"", 0, S_OK);
    made.result = static_cast<std::uint32_t>(VSS_E_OBJECT_NOT_FOUND);
    for (auto& output : made.outputs) output = is(ValueKind::unchanged);
    return made;
  }());
  take(260 * kMs, backup("AbortBackup"));
  now += 2 * kSecond;
  ask(7, 380 * kMs, [](std::uint32_t i) { return i == 4 ? StatusOf{9, VSS_E_WRITERERROR_TIMEOUT} : StatusOf{1, S_OK}; });
  take(60 * kMs, release(1));
}

// What a page must not take for anything but text.
inline constexpr const char16_t* kHostile = u"</script><img src=x onerror='window.ran=1'><script>window.ran=1</script><!-- \" & \u2028 {{data}} =1+1 \xD83D";
inline void hostileBackup(Planned& trace) {
  std::string hostile = toUtf8(kHostile);
  trace.header.process = trace.header.target = trace.header.tool = trace.header.platform = hostile.substr(0, hostile.size() - 3);  // half a pair is none of UTF-8
  std::int64_t now = kMs;
  auto take = [&](const Made& made) { trace.call(1, now, now + kMs, made), now += 2 * kMs; };
  take(create(1));
  take(backup("InitializeForBackup", {text(kHostile)}, {}));
  take(backup("GatherWriterStatus", {}, {object(2)}));
  take(wait(2));
  take(query(2));
  take(count(1, 2));
  take(said(0, kHostile, 9, static_cast<HRESULT>(0x8004BEEF)));
  take(said(1, std::u16string(kHostile) + u'2', 1234, S_OK));
  trace.remark(1, now, hostile.substr(0, hostile.size() - 3));
}

}  // namespace vss::exports::testing_exports
