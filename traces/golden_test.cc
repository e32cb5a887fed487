// The golden traces freeze the format: samples/golden/*.vsst are read by every later version, and a writer that changes a byte of them has changed
// the format. samples/README.md says what each is. BLESS=1 rewrites the text twins; BLESS_TRACES=1 makes traces that are not there yet.
#include <capnp/any.h>
#include <gtest/gtest.h>

#include <cctype>
#include <sstream>
#include <thread>

#include "traces/call.h"
#include "traces/note_format.h"
#include "traces/platform.h"
#include "traces/show.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace testing_traces;

const std::filesystem::path kFolder = "traces/samples/golden";

std::uint64_t noteCall(TraceWriter& trace, const MethodInfo& method, std::uint32_t object, std::vector<ValueView> in, std::uint32_t result,
                       std::vector<ValueView> out) {
  auto call = trace.enter(method, object, 0, in);
  trace.leave(call, method, object, result, out);
  return call;
}
const MethodInfo& asyncMethod(std::string_view name) { return *methodNamed("IVssAsync", name); }

// Create, initialize, gather, wait, count.
void beginSession(TraceWriter& trace, std::uint32_t writers) {
  noteCall(trace, createVssBackupComponents(), 0, {}, 0, {ValueView::ofObject(trace.newObject())});
  noteCall(trace, backupMethod("InitializeForBackup"), 1, {ValueView::of(ValueKind::null)}, 0, {});
  noteCall(trace, backupMethod("GatherWriterStatus"), 1, {}, 0, {ValueView::ofObject(trace.newObject())});
  noteCall(trace, asyncMethod("Wait"), 2, {ValueView::ofNumber(0xFFFFFFFF)}, 0, {});
  noteCall(trace, asyncMethod("QueryStatus"), 2, {}, 0, {ValueView::ofNumber(VSS_S_ASYNC_FINISHED), ValueView::of(ValueKind::noPointer)});
  noteCall(trace, backupMethod("GetWriterStatusCount"), 1, {}, 0, {ValueView::ofNumber(writers)});
}
std::uint64_t noteWriter(TraceWriter& trace, std::uint32_t index, ValueView name, std::int32_t state, std::int32_t failure) {
  Guid instance{0x10000000u + index, 0x2000, 0x3000, {1, 2, 3, 4, 5, 6, 7, 8}}, writer{0xE8132975, 0x6F93, 0x4464, {0xA5, 0x3E, 0x10, 0x50, 0x25, 0x3A, 0xE2, 0x20}};
  return noteCall(trace, backupMethod("GetWriterStatus"), 1, {ValueView::ofNumber(index)}, 0,
                  {ValueView::ofGuid(instance), ValueView::ofGuid(writer), name, ValueView::ofNumber(state), ValueView::ofNumber(failure)});
}

// ---- The calls of each trace. What stands here is frozen with it. ----

void failedWriters(TraceWriter& trace) {
  beginSession(trace, 5);
  noteWriter(trace, 0, ValueView::ofText(u"System Writer"), VSS_WS_STABLE, S_OK);
  noteWriter(trace, 1, ValueView::ofText(u"SqlServerWriter"), VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_TIMEOUT);
  noteWriter(trace, 2, ValueView::of(ValueKind::null), VSS_WS_STABLE, S_OK);
  noteWriter(trace, 3, ValueView::ofText(u""), VSS_WS_WAITING_FOR_FREEZE, S_OK);
  noteWriter(trace, 4, ValueView::ofText({u"NUL \0, half a pair \xD83D.", 20}), VSS_WS_STABLE, S_OK);
  noteCall(trace, backupMethod("GetWriterStatus"), 1, {ValueView::ofNumber(5)}, static_cast<std::uint32_t>(VSS_E_OBJECT_NOT_FOUND),
           {ValueView::of(ValueKind::unchanged), ValueView::of(ValueKind::zeroed), ValueView::of(ValueKind::zeroed), ValueView::of(ValueKind::unchanged),
            {ValueKind::raw, 0, "\1\2\3\4"}});
  noteCall(trace, backupMethod("FreeWriterStatus"), 1, {}, 0, {});
  noteCall(trace, *methodNamed("IUnknown", "Release"), 2, {}, 0, {});
}

// One thread after the other, so that the order is the same each time.
void twoThreads(TraceWriter& trace) {
  beginSession(trace, 2);
  std::thread([&] { noteWriter(trace, 0, ValueView::ofText(u"System Writer"), VSS_WS_STABLE, S_OK); }).join();
  noteWriter(trace, 1, ValueView::ofText(u"Registry Writer"), VSS_WS_STABLE, S_OK);
  noteCall(trace, backupMethod("FreeWriterStatus"), 1, {}, 0, {});
}

// DoSnapshotSet hands out an operation; the wait for it is the last that was heard.
void neverCameBack(TraceWriter& trace) {
  beginSession(trace, 0);
  noteCall(trace, backupMethod("DoSnapshotSet"), 1, {}, 0, {ValueView::ofObject(trace.newObject())});
  ValueView in[] = {ValueView::ofNumber(0xFFFFFFFF)};
  trace.enter(asyncMethod("Wait"), 3, 0, in);
}

void imported(TraceWriter& trace) {
  trace.remark(RemarkKind::listing, 0, "Writer name: 'Microsoft Hyper-V VSS Writer'\n");
  beginSession(trace, 1);
  auto call = noteWriter(trace, 0, ValueView::ofText(u"Microsoft Hyper-V VSS Writer"), VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_NONRETRYABLE);
  trace.remark(RemarkKind::listingError, call, "Non-retryable error");
}

struct Golden {
  const char* name;
  TraceOrigin origin;
  void (*calls)(TraceWriter&);
  bool cut;
};
const Golden kGolden[] = {
    {"status", {Origin::live, "backup.exe", "system", true}, failedWriters, false},
    {"two_threads", {Origin::model, "backup.exe", "model", true}, twoThreads, false},
    {"never_came_back", {Origin::live, "backup.exe", "system", true}, neverCameBack, true},
    {"imported", {Origin::imported, "", "listing.txt", false}, imported, false},
};

// The trace as `name`'s calls make it now. A cut one ends in the middle of its first window, after the last byte that was used.
std::string written(const Golden& golden, bool timed) {
  TemporaryTrace file(golden.name);
  TraceOrigin origin = golden.origin;
  origin.timed = timed;
  TraceWriter trace(file.path, origin);
  golden.calls(trace);
  if (!golden.cut) {
    EXPECT_TRUE(trace.finish(TraceWriter::Ending::threadsDone));
    return bytesOf(file.path);
  }
  trace.abandon();
  std::string bytes = bytesOf(file.path);
  return bytes.substr(0, bytes.find_last_not_of('\0') + 1);
}

class GoldenTrace : public testing::TestWithParam<Golden> {};

// In chunks and footer of a trace: zeros for what differs in each recording, the times, the system's numbers of threads, and the checksums over them.
std::string withoutTimes(std::string bytes) {
  auto word = [&](std::size_t at) {
    std::uint64_t w = 0;
    std::memcpy(&w, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
    return w;
  };
  auto clear = [&](std::size_t at, std::size_t size) { bytes.replace(at, size, size, '\0'); };
  for (std::size_t at = kHeaderWindow; at + 48 <= bytes.size(); at += 8 + (word(at) >> 32) * 8) {
    if (word(at + 16) == 2) {          // a footer: root at 8, kind at 16, pointer at 24, its fields from 32
      clear(at + 32 + 24, 20);         // endTick, endTime, crc
      continue;
    }
    clear(at + 32 + 4, 12);            // crc, threadId
    std::size_t tag = at + 32 + 3 * 8 + 8;
    for (std::size_t n = 0; n < (word(tag) & 0xFFFFFFFF) / 4 && tag + 8 + n * 48 + 20 <= bytes.size(); ++n) clear(tag + 8 + n * 48 + 8, 12);  // tick, crc
  }
  return bytes.substr(kHeaderWindow);
}

TEST_P(GoldenTrace, IsWhatTheWriterStillWrites) {
  const auto& golden = GetParam();
  auto path = kFolder / (std::string(golden.name) + ".vsst");
  if (environmentVariable("BLESS_TRACES") && !std::filesystem::exists(path)) writeBytes(path, written(golden, golden.origin.timed));
  std::string frozen = bytesOf(path), now = written(golden, false);
  ASSERT_EQ(frozen.size(), now.size());
  EXPECT_TRUE(withoutTimes(frozen) == withoutTimes(now)) << "the format has changed: see FORMAT.md §8";
  if (!golden.origin.timed) { EXPECT_TRUE(frozen.substr(kHeaderWindow) == now.substr(kHeaderWindow)) << "not a byte differs"; }

  // The header: its fields lie where they lay; what it says about this machine and moment differs.
  TemporaryTrace again("again");
  writeBytes(again.path, now);
  TraceReader a(path), b(again.path);
  EXPECT_EQ(frozen.substr(0, 48 - 2), now.substr(0, 48 - 2)) << "frame, root, magic, format, semantics, origin";
  EXPECT_EQ(a.header().process, b.header().process);
  EXPECT_EQ(a.header().target, b.header().target);
  EXPECT_EQ(a.header().origin, b.header().origin);
}

TEST_P(GoldenTrace, IsShownAsItsTextTwinSays) {
  auto stem = kFolder / GetParam().name;
  auto trace = stem, twin = stem, errTwin = stem;
  trace += ".vsst", twin += ".txt", errTwin += ".err.txt";
  std::ostringstream out, err;
  EXPECT_EQ(showTrace(trace.generic_string(), {}, out, err), 0);
  if (environmentVariable("BLESS")) {
    writeBytes(twin, out.str());
    if (!err.str().empty()) writeBytes(errTwin, err.str());
  }
  EXPECT_EQ(out.str(), bytesOf(twin));
  EXPECT_EQ(err.str(), std::filesystem::exists(errTwin) ? bytesOf(errTwin) : "");
  // No header of a golden trace is damaged: its checksum was checked on the way.
  TraceReader reader(trace);
  notesOf(reader);
  EXPECT_TRUE(reader.problems().empty());
  EXPECT_EQ(reader.end(), GetParam().cut ? TraceEnd::cutOff : TraceEnd::complete);
}

INSTANTIATE_TEST_SUITE_P(Samples, GoldenTrace, testing::ValuesIn(kGolden), [](auto& info) { return std::string(info.param.name); });

// FORMAT.md shows bytes of a golden trace: lines `offset  xx xx …  what they are` between the fences of a ```hex block.
TEST(FormatDocument, ShowsTheBytesOfAGoldenTrace) {
  std::istringstream lines(bytesOf("FORMAT.md"));
  std::string trace = bytesOf(kFolder / "imported.vsst");
  bool inside = false;
  std::size_t shown = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = line.starts_with("```hex");
      continue;
    }
    if (!inside || line.empty()) continue;
    std::istringstream words(line);
    std::size_t offset;
    ASSERT_TRUE(words >> offset) << line;
    for (std::string byte; words >> byte && byte.size() == 2 && std::isxdigit(static_cast<unsigned char>(byte[0])) && std::isxdigit(static_cast<unsigned char>(byte[1]));) {
      ASSERT_LT(offset, trace.size()) << line;
      EXPECT_EQ(std::stoi(byte, nullptr, 16), static_cast<unsigned char>(trace[offset])) << "byte " << offset << ": " << line;
      ++offset, ++shown;
    }
  }
  EXPECT_GT(shown, 100u);
}

}  // namespace
}  // namespace vss
