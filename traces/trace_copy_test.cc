#include "traces/trace_copy.h"

#include <map>
#include <thread>

#include "traces/append_remarks.h"
#include "traces/call.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace testing_traces;

// Everything that a reader is told of a trace, but for the numbers of notes and the system's numbers of threads.
struct Told {
  std::vector<std::string> lines;
  explicit Told(TraceReader& reader) {
    const auto& h = reader.header();
    lines.push_back(h.process + "|" + h.target + "|" + h.platform + "|" + std::to_string(static_cast<int>(h.origin)) + " " + std::to_string(h.processId) + " " + std::to_string(h.ticksPerSecond) +
                    " " + std::to_string(h.startTick) + " " + std::to_string(h.startTime));
    std::map<std::uint64_t, std::size_t> place;
    std::map<std::uint32_t, std::size_t> threads;
    reader.rewind();
    for (std::size_t n = 1; const NoteView* note = reader.next(); ++n) {
      place[note->order] = n;
      std::string line = std::to_string(static_cast<int>(note->type)) + " tick " + std::to_string(note->tick) + " thread " + std::to_string(threads.emplace(note->thread, threads.size()).first->second) +
                         " of " + std::to_string(note->call ? place[note->call] : 0) + " #" + std::to_string(note->object) + " " + std::to_string(note->nulls) + " " + std::to_string(note->result) + " " +
                         (note->signature ? note->signature->method : std::to_string(static_cast<int>(note->remarkKind))) + " " + std::string(note->text);
      for (const auto& value : note->values) line += "|" + std::to_string(static_cast<int>(value.kind)) + " " + std::to_string(value.number) + " " + std::string(value.bytes);
      lines.push_back(std::move(line));
    }
    if (const auto& f = reader.footer())
      lines.push_back(std::to_string(f->calls) + " " + std::to_string(f->notes) + " " + std::to_string(f->threads) + " " + std::to_string(f->endTick) + " " + std::to_string(f->endTime));
  }
};

void writeSession(const std::filesystem::path& path, int calls, bool finished = true) {
  TraceWriter trace(path, {Origin::live, "copy_test", "fake"});
  for (int i = 0; i < calls; ++i) {
    auto work = [&, i] {
      auto order = trace.enter(backupMethod("GetWriterStatusCount"), 1, i % 2, {});
      ValueView count[] = {ValueView::ofNumber(i % 3 ? i : INT64_MAX)};
      trace.remark(RemarkKind::warning, i % 5 ? order : 0, "remark " + std::to_string(i));
      trace.leave(order, backupMethod("GetWriterStatusCount"), 1, i % 4 ? 0 : 0x80042301, count);
    };
    if (i % 7) work();
    else std::thread(work).join();
  }
  if (!finished) trace.abandon();
}

TEST(TraceCopy, WhatNoThreadNotedStaysOfNone) {
  TemporaryTrace original("original"), copy("copy");
  writeSession(original.path, 3);
  std::string fact[] = {"os.name=x"};
  appendRemarks(original.path, RemarkKind::environment, fact);
  TraceReader from(original.path);
  copyTrace(from, copy.path);
  TraceReader to(copy.path);
  std::uint32_t thread = 99;
  while (auto* note = to.next())
    if (note->type == NoteType::remark && note->remarkKind == RemarkKind::environment) thread = note->thread;
  EXPECT_EQ(thread, 0u);
  EXPECT_EQ(to.footer()->threads, from.footer()->threads);
}

TEST(TraceCopy, HasEveryNoteWithItsTimeAndThread) {
  for (bool finished : {true, false}) {
    TemporaryTrace original("original"), copy("copy");
    writeSession(original.path, 3000, finished);
    TraceReader from(original.path);
    copyTrace(from, copy.path);
    TraceReader to(copy.path);
    auto expected = Told(from).lines, told = Told(to).lines;
    EXPECT_EQ(told.size(), 9001u + finished);
    EXPECT_TRUE(told == expected);
    EXPECT_EQ(to.end(), from.end()) << "what is cut off stays so";
    EXPECT_EQ(to.lostNotes() + to.unfinishedNotes(), 0u);
    EXPECT_TRUE(to.problems().empty());
    for (std::uint64_t tick : {from.header().startTick + 1000, from.header().startTick + 123456789}) EXPECT_EQ(to.timeOf(tick), from.timeOf(tick));
  }
}

TEST(TraceCopy, HasOnlyTheCallsThatAreWanted) {
  TemporaryTrace original("original"), copy("copy");
  writeSession(original.path, 10);
  TraceReader from(original.path);
  CallReader all(from);
  std::vector<std::uint64_t> orders;
  while (auto call = all.next()) orders.push_back(call->enterOrder);
  std::vector<bool> wanted(from.lastOrder() + 1);
  wanted[orders[3]] = wanted[orders[8]] = true;
  from.only(wanted);
  EXPECT_EQ(Told(from).lines.size(), 1 + 2 * 3 + 2 + 1u) << "and the two remarks that are about no call";
  copyTrace(from, copy.path);
  EXPECT_EQ(from.lostNotes(), 0u);
  TraceReader to(copy.path);
  auto calls = loadCalls(to);
  ASSERT_EQ(calls.calls.size(), 2u);
  EXPECT_EQ(load<std::int64_t>(calls.calls[0].output("pcWriters")->bytes.data()), INT64_MAX);
  EXPECT_EQ(calls.calls[1].output("pcWriters")->number, 8);
  ASSERT_EQ(calls.remarks.size(), 4u);
  EXPECT_EQ(to.footer()->calls, 2u);
  EXPECT_EQ(to.lostNotes(), 0u);
  from.only({});
  EXPECT_EQ(Told(from).lines.size(), 32u) << "all again";
}

TEST(TraceCopy, NumbersWhatIsToldAsLostAnewToo) {
  TemporaryTrace original("original"), copy("copy");
  {
    TraceWriter trace(original.path, {});
    auto call = [&] { trace.leave(trace.enter(backupMethod("AbortBackup"), 1, 0, {}), backupMethod("AbortBackup"), 1, 0, {}); };
    for (int i = 0; i < 10; ++i) call();
    trace.remark(RemarkKind::lost, 0, "notes are not in the damaged trace", 6);
    for (int i = 0; i < 3; ++i) call();
  }
  TraceReader from(original.path);
  ASSERT_EQ(loadCalls(from).calls.size(), 13u);
  ASSERT_EQ(from.lostNotes(), 7u);
  std::vector<bool> wanted(from.lastOrder() + 1);
  for (auto order : {28, 30, 32}) wanted[order] = true;  // behind the 20 notes of calls and the 7 that were lost
  from.only(wanted);
  copyTrace(from, copy.path);
  TraceReader to(copy.path);
  EXPECT_EQ(loadCalls(to).calls.size(), 3u);
  EXPECT_EQ(to.lostNotes(), 7u);
  EXPECT_EQ(to.toldLost(), 7u);
  EXPECT_EQ(to.lastOrder(), 13u);
  EXPECT_TRUE(to.problems().empty()) << to.problems()[0].text;
}

TEST(TraceCopy, DoesNotTakeTheFilesPlace) {
  TemporaryTrace original("original");
  writeSession(original.path, 1);
  TraceReader from(original.path);
  EXPECT_THROW(copyTrace(from, original.path), TraceError);
}

}  // namespace
}  // namespace vss
