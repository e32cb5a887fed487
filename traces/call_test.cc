#include "traces/call.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace testing_traces;

TEST(CallReader, GivesCallsAsTheyCameBackAndAtTheEndThoseThatNeverDid) {
  TemporaryTrace file;
  {
    TraceWriter trace(file.path, {});
    auto outer = trace.enter(backupMethod("AbortBackup"), 1, 0, {});
    trace.enter(*methodNamed("IVssAsync", "Wait"), 2, 0, {});  // never comes back
    std::thread([&] { noteStatus(trace, 7, u"System Writer"); }).join();
    trace.leave(outer, backupMethod("AbortBackup"), 1, 1, {});
    trace.enter(*methodNamed("IVssAsync", "Cancel"), 2, 0, {});  // nor does this
  }
  TraceReader reader(file.path);
  CallReader calls(reader);
  std::vector<std::pair<std::uint64_t, std::string>> seen;
  while (auto call = calls.next()) seen.push_back({call->number, call->signature->method + (call->result ? "" : " …")});
  EXPECT_EQ(seen, (std::vector<std::pair<std::uint64_t, std::string>>{{3, "GetWriterStatus"}, {1, "AbortBackup"}, {2, "Wait …"}, {4, "Cancel …"}}));
  EXPECT_EQ(calls.calls(), 4u);
  EXPECT_EQ(calls.orphans(), 0u);
  EXPECT_FALSE(calls.next());

  auto loaded = loadCalls(reader).calls;
  ASSERT_EQ(loaded.size(), 4u);
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(loaded[i].number, i + 1) << "by number";
  EXPECT_EQ(loaded[2].thread, 2u);
  EXPECT_EQ(loaded[0].leaveOrder, 5u);
  EXPECT_EQ(loaded[1].leaveOrder, 0u);
}

TEST(CallReader, CountsAnEndThatFitsNoStart) {
  TemporaryTrace file;
  {
    TraceWriter trace(file.path, {});
    auto call = trace.enter(backupMethod("AbortBackup"), 1, 0, {});
    trace.leave(call, backupMethod("FreeWriterStatus"), 1, 0, {});  // another method
    trace.leave(99, backupMethod("AbortBackup"), 1, 0, {});
    trace.leave(call, backupMethod("AbortBackup"), 1, 0, {});
    trace.leave(call, backupMethod("AbortBackup"), 1, 0, {});       // twice
  }
  TraceReader reader(file.path);
  CallReader calls(reader);
  EXPECT_TRUE(calls.next()->result);
  EXPECT_FALSE(calls.next());
  EXPECT_EQ(calls.orphans(), 3u);
}

TEST(CallReader, FindsValuesByTheNameOfTheirParameter) {
  TemporaryTrace file;
  {
    TraceWriter trace(file.path, {});
    noteStatus(trace, 7, u"System Writer");
    trace.enter(backupMethod("GetWriterStatus"), 1, 2, {});
    trace.remark(RemarkKind::warning, 3, "about that");
  }
  TraceReader reader(file.path);
  CallReader calls(reader);
  auto call = calls.next();
  EXPECT_EQ(call->input("iWriter")->number, 7);
  EXPECT_EQ(call->output("pbstrWriter")->text(), u"System Writer");
  EXPECT_EQ(call->output("iWriter"), nullptr) << "an input is no output";
  EXPECT_EQ(call->input("nothing"), nullptr);
  EXPECT_EQ(call->hresult(), S_OK);
  call = calls.next();
  EXPECT_EQ(call->input("iWriter"), nullptr) << "the note has no value for it";
  EXPECT_EQ(call->hresult(), std::nullopt);
  EXPECT_EQ(call->nulls, 2u);
  auto remarks = calls.takeRemarks();
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_EQ(remarks[0].about, 3u);
  EXPECT_EQ(remarks[0].text, "about that");
  EXPECT_TRUE(calls.takeRemarks().empty()) << "taken away";
}

// Of every sample, damaged, cut and foreign ones among them.
TEST(CallIndex, ReadsEachCallAsTheReaderGaveIt) {
  std::size_t traces = 0, calls = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator("traces/samples")) {
    if (file.path().extension() != ".vsst") continue;
    std::optional<TraceReader> reader, again;
    try {
      reader.emplace(file.path());
      again.emplace(file.path());
    } catch (const TraceError&) {
      continue;
    }
    auto loaded = loadCalls(*reader).calls;
    CallIndex index(*again);
    ++traces, calls += loaded.size();
    ASSERT_EQ(index.size(), loaded.size()) << file.path();
    Call call;
    for (std::size_t i = loaded.size(); i--;) {
      const Call& expected = loaded[i];
      index.read(static_cast<std::uint32_t>(i + 1), call);
      auto fields = [](const Call& c) { return std::tuple(c.number, c.enterOrder, c.leaveOrder, c.thread, c.object, c.signature->text, c.nulls, c.result, c.enterTick, c.leaveTick); };
      EXPECT_EQ(fields(call), fields(expected)) << file.path();
      EXPECT_TRUE(call.inputs == expected.inputs && call.outputs == expected.outputs) << file.path() << " call " << i + 1;
      EXPECT_EQ(&index.signature(static_cast<std::uint32_t>(i + 1)), call.signature);
    }
  }
  EXPECT_GE(traces, 30u);
  EXPECT_GE(calls, 150u);
}

}  // namespace
}  // namespace vss
