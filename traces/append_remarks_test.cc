#include "traces/append_remarks.h"

#include <sstream>

#include "traces/call.h"
#include "traces/packed_trace.h"
#include "traces/recover.h"
#include "traces/trace_error.h"
#include "traces/trace_testing.h"
#if !defined(_WIN32)
#include <sys/resource.h>

#include <csignal>
#endif

namespace vss {
namespace {

using namespace testing_traces;

constexpr std::uint32_t kNobody = 999'999'999;  // no system gives a process this number

const std::vector<std::string> kTexts{"os.name=Windows Server 2022", "", "volume=C:\\\t1\t2\tNTFS", std::string(5000, 'x')};

// Of a trace with so many calls. closed: with a footer; else as a process leaves it that was killed.
void record(const std::filesystem::path& path, unsigned calls, bool closed, std::uint32_t process = kNobody) {
  static int made = 0;
  TemporaryTrace first("first" + std::to_string(++made));  // of another name: what is abandoned stays open
  {
    TraceWriter trace(first.path, {Origin::live, "p", "t"});
    for (unsigned i = 0; i < calls; ++i) noteStatus(trace, i, u"Writer " + std::u16string(i % 50, u'x'));
    if (!closed) trace.abandon();
  }
  TraceHeader header = TraceReader(first.path).header();
  header.processId = process;
  std::string bytes = bytesOf(first.path);
  writeBytes(path, headerBytes(header) + bytes.substr(4096));
}

struct Content {
  std::vector<std::string> calls, remarks;
  std::uint64_t lastOrder = 0;
  bool closed, whole;
  explicit Content(const std::filesystem::path& path) {
    TraceReader reader(path);
    while (auto* note = reader.next()) {
      lastOrder = note->order;
      if (note->type != NoteType::remark) calls.push_back(std::to_string(note->order) + " " + std::to_string(note->tick) + " " + std::to_string(note->thread));
      else if (note->thread == 0 && note->remarkKind == RemarkKind::environment) remarks.emplace_back(note->text);
    }
    closed = reader.footer().has_value();
    whole = reader.problems().empty() && reader.lostNotes() == 0;
  }
};

TEST(AppendRemarks, StandBehindEverythingAndNothingElseChanges) {
  for (bool closed : {true, false})
    for (unsigned calls : {1u, 40u, 5000u}) {
      SCOPED_TRACE(std::to_string(calls) + (closed ? " closed" : " cut off"));
      TemporaryTrace trace;
      record(trace.path, calls, closed);
      Content before(trace.path);
      appendRemarks(trace.path, RemarkKind::environment, kTexts);
      appendRemarks(trace.path, RemarkKind::environment, std::span(kTexts).first(1));  // and again
      Content after(trace.path);
      EXPECT_TRUE(after.whole);
      EXPECT_EQ(after.closed, closed);
      EXPECT_EQ(after.calls, before.calls);
      EXPECT_EQ(after.remarks.size(), 5u);
      EXPECT_EQ(std::vector(after.remarks.begin(), after.remarks.end() - 1), kTexts);
      EXPECT_EQ(after.lastOrder, before.lastOrder + 5);
      TraceReader end(trace.path, NoteReading::byPlace, TraceReach::end);  // what `info` reads of a large trace has them
      std::size_t seen = 0;
      while (auto* note = end.next()) seen += note->type == NoteType::remark;
      EXPECT_EQ(seen, 5u);
      if (closed) {
        EXPECT_TRUE(end.readsFrom()) << "it is told by its footer";
        EXPECT_EQ(end.footer()->calls, calls);
        EXPECT_EQ(end.footer()->notes, after.lastOrder);
      }
      TemporaryTrace saved("saved");
      std::ostringstream out, err;
      EXPECT_EQ(recoverTrace(shownPath(trace.path), shownPath(saved.path), out, err), 0) << err.str();
      EXPECT_EQ(Content(saved.path).remarks, after.remarks);
      EXPECT_EQ(Content(saved.path).calls, after.calls);
    }
}

std::string refusal(const std::filesystem::path& path) {
  std::string before = bytesOf(path);
  std::string why;
  try {
    appendRemarks(path, RemarkKind::environment, kTexts);
  } catch (const TraceError& e) {
    why = e.what();
  }
  EXPECT_EQ(bytesOf(path), before) << "it was changed";
  return why;
}

TEST(AppendRemarks, WhatMayStillBeWrittenOrIsDamagedIsLeftAlone) {
  TemporaryTrace trace;
  record(trace.path, 40, false, currentProcess());
  EXPECT_NE(refusal(trace.path).find("still runs"), std::string::npos);
  record(trace.path, 40, true, currentProcess());  // closed: whoever runs has done with it
  EXPECT_NO_THROW(appendRemarks(trace.path, RemarkKind::environment, kTexts));
  std::string bytes = bytesOf(trace.path);
  std::string damaged = bytes;
  damaged[4096 + 72 + 8] ^= 1;  // the tick of its first note
  writeBytes(trace.path, damaged);
  EXPECT_NE(refusal(trace.path).find("damaged"), std::string::npos);
  writeBytes(trace.path, bytes);
  TemporaryTrace packed("packed");
  std::ostringstream out;
  ASSERT_EQ(packTrace(shownPath(trace.path), shownPath(packed.path), false, out), 0);
  EXPECT_NE(refusal(packed.path).find("packed"), std::string::npos);
  writeBytes(packed.path, "no trace");
  EXPECT_FALSE(refusal(packed.path).empty());
}

// Killed between the two writes: both footers are there, and every note is read.
TEST(AppendRemarks, NoNoteIsLostHalfWay) {
  TemporaryTrace trace;
  record(trace.path, 40, true);
  std::string before = bytesOf(trace.path);
  Content content(trace.path);
  appendRemarks(trace.path, RemarkKind::environment, kTexts);
  std::string after = bytesOf(trace.path);
  writeBytes(trace.path, before + after.substr(before.size()));
  EXPECT_EQ(Content(trace.path).calls, content.calls);
  EXPECT_EQ(Content(trace.path).remarks, kTexts);
}

#if !defined(_WIN32)
TEST(AppendRemarks, AFullDiskChangesNothing) {
  TemporaryTrace trace;
  record(trace.path, 40, true);
  rlimit before, least;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  least = before;
  least.rlim_cur = std::filesystem::file_size(trace.path) + 4096;  // in the middle of what is added
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &least), 0);
  std::string why = refusal(trace.path);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_NE(why.find("is the disk full?"), std::string::npos) << why;
}
#endif

}  // namespace
}  // namespace vss
