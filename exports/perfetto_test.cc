// `export --to perfetto` is read back: every slice is held against the trace's calls, and slices of one track nest.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "exports/export.h"
#include "exports/read_json.h"
#include "exports/sample.h"
#include "traces/call.h"
#include "traces/print.h"
#include "traces/vss/results.h"

namespace vss::exports {
namespace {

using namespace testing_exports;

struct Slice {
  std::string name, category;
  std::int64_t pid, tid, start, end;  // nanoseconds
  std::map<std::string, std::string> arguments;
};

std::int64_t nanoseconds(const ReadJson& microseconds) { return std::llround(microseconds.number() * 1000); }

struct Events {
  std::vector<Slice> slices, operations;
  std::map<std::pair<std::int64_t, std::int64_t>, std::string> tracks;
  std::map<std::int64_t, std::string> groups;
  std::vector<std::string> instants;
  std::string said;

  explicit Events(const std::string& path) {
    TraceReader reader(pathFromUtf8(path));
    std::ostringstream out, err;
    exportPerfetto(reader, "given.vsst", out, err);
    said = err.str();
    ReadJson json(out.str());
    std::map<std::int64_t, Slice> open;
    for (const auto& event : json["traceEvents"].list()) {
      std::string phase = event["ph"].text();
      std::int64_t pid = event["pid"].whole(), tid = event["tid"].whole();
      if (phase == "M") {
        if (event["name"].text() == "process_name") groups[pid] = event["args"]["name"].text();
        if (event["name"].text() == "thread_name") { EXPECT_TRUE(tracks.emplace(std::pair(pid, tid), event["args"]["name"].text()).second); }
        continue;
      }
      Slice slice{event["name"].text(), event["cat"].text(), pid, tid, nanoseconds(event["ts"]), 0, {}};
      EXPECT_GE(slice.start, 0);
      if (event.has("args"))
        for (const auto& [key, value] : event["args"].members())
          slice.arguments[key] = value.isString() ? value.text() : value.isNumber() ? std::to_string(value.whole()) : value.isNull() ? "null" : "{}";
      if (phase == "X") {
        slice.end = slice.start + nanoseconds(event["dur"]);
        EXPECT_EQ(slice.arguments["startNs"] + " " + slice.arguments["endNs"], std::to_string(slice.start) + " " + std::to_string(slice.end));
        EXPECT_TRUE(tracks.count({pid, tid})) << "a track without a name before its first slice";
        slices.push_back(slice);
      } else if (phase == "b") {
        EXPECT_TRUE(open.emplace(event["id"].whole(), slice).second);
      } else if (phase == "e") {
        auto begun = open.extract(event["id"].whole());
        EXPECT_FALSE(begun.empty());
        if (begun.empty()) continue;
        EXPECT_EQ(begun.mapped().name, slice.name);
        begun.mapped().end = slice.start;
        operations.push_back(begun.mapped());
      } else if (phase == "i") instants.push_back(slice.name);
      else ADD_FAILURE() << "phase " << phase;
    }
    EXPECT_TRUE(open.empty());
    expectNested();
  }
  std::vector<Slice> of(const std::string& category) const {
    std::vector<Slice> some;
    std::copy_if(slices.begin(), slices.end(), std::back_inserter(some), [&](auto& slice) { return slice.category == category; });
    return some;
  }

 private:
  // Of one track, two slices lie one behind the other or one in the other.
  void expectNested() const {
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<const Slice*>> byTrack;
    for (const auto& slice : slices) byTrack[{slice.pid, slice.tid}].push_back(&slice);
    for (auto& [track, all] : byTrack) {
      std::stable_sort(all.begin(), all.end(), [](auto* a, auto* b) { return a->start != b->start ? a->start < b->start : a->end > b->end; });
      std::vector<std::int64_t> ends;
      for (auto* slice : all) {
        EXPECT_LE(slice->start, slice->end);
        while (!ends.empty() && ends.back() <= slice->start) ends.pop_back();
        EXPECT_TRUE(ends.empty() || slice->end <= ends.back()) << slice->name << " crosses another one";
        ends.push_back(slice->end);
      }
    }
  }
};

// Each call is one slice, on its thread's track, with its times as the ticks say.
void expectEveryCall(const Events& events, const std::string& path) {
  TraceReader reader(pathFromUtf8(path));
  auto calls = loadCalls(reader).calls;
  auto slices = events.of("call");
  ASSERT_EQ(slices.size(), calls.size());
  std::set<std::string> numbers;
  for (const auto& slice : slices) {
    const Call& call = calls.at(std::stoul(slice.arguments.at("call")) - 1);
    EXPECT_TRUE(numbers.insert(slice.arguments.at("call")).second);
    EXPECT_EQ(slice.tid, call.thread);
    EXPECT_TRUE(slice.name.starts_with(methodName(*call.signature))) << slice.name;
    EXPECT_EQ(slice.name.find("✗ " + printResult(call)) != std::string::npos, call.hresult() && failed(*call.hresult())) << slice.name;
    EXPECT_EQ(slice.name.find("never came back") != std::string::npos, !call.result);
    EXPECT_EQ(slice.start, *reader.timeOf(call.enterTick) - reader.header().startTime);
    EXPECT_EQ(slice.arguments.at("method"), call.signature->method);
    if (call.hresult()) { EXPECT_EQ(slice.arguments.at("result"), printResult(call)); }
    if (call.result) { EXPECT_EQ(slice.end, *reader.timeOf(call.leaveTick) - reader.header().startTime); }
  }
}

TEST(ExportPerfetto, HasEveryCallOperationAndAnswerOfWriters) {
  Folder folder;
  std::string path = folder / "night.vsst";
  Planned plan;
  nightBackup(plan);
  plan.remark(1, 7 * kSecond, "a remark");
  plan.write(path);
  Events events(path);
  expectEveryCall(events, path);
  EXPECT_EQ(events.groups.at(1), "C:\\Program Files\\Night Backup\\nightbackup.exe (4171)");
  EXPECT_EQ((events.tracks.at({1, 1})), "thread 1");
  EXPECT_EQ((events.tracks.at({1, 2})), "thread 2");
  EXPECT_EQ(events.instants, std::vector<std::string>{"warning: a remark"});
  EXPECT_EQ(events.said, "");

  TraceReader reader(pathFromUtf8(path));
  auto calls = loadCalls(reader).calls;
  auto since = [&](std::uint64_t tick) { return static_cast<std::int64_t>(tick - Planned::kStartTick); };
  std::size_t answers = 0;
  auto states = events.of("writer state");
  for (const Call& call : calls) {
    if (!call.is("GetWriterStatus") || failed(*call.hresult())) continue;
    ++answers;
    auto state = std::find_if(states.begin(), states.end(), [&](auto& slice) { return slice.arguments.at("call") == std::to_string(call.number); });
    ASSERT_NE(state, states.end());
    std::string name = toUtf8(call.output("pbstrWriter")->text());
    EXPECT_EQ((events.tracks.at({2, state->tid})), name);
    EXPECT_EQ(state->arguments.at("writer"), name);
    EXPECT_EQ(state->arguments.at("state"), enumeratorName("VSS_WRITER_STATE", static_cast<std::int32_t>(call.output("pnStatus")->number)));
    EXPECT_EQ(state->arguments.at("failure"), nameOf(static_cast<HRESULT>(call.output("phResultFailure")->number)));
    EXPECT_EQ(state->start, since(call.leaveTick));
    // Until the next answer about that writer, or the end.
    auto later = std::find_if(calls.begin(), calls.end(), [&](auto& next) { return next.number > call.number && next.is("GetWriterStatus") && next.output("pbstrWriter") && *next.output("pbstrWriter") == *call.output("pbstrWriter"); });
    EXPECT_EQ(state->end, since(later == calls.end() ? calls.back().leaveTick : later->leaveTick));
  }
  EXPECT_EQ(states.size(), answers);
  EXPECT_EQ(answers, 36u);

  std::vector<std::string> operations;
  for (const auto& operation : events.operations) {
    operations.push_back(operation.name + " " + operation.arguments.at("outcome"));
    EXPECT_EQ(operation.start, since(calls.at(std::stoul(operation.arguments.at("startedBy")) - 1).enterTick));
    EXPECT_EQ(operation.end, since(calls.at(std::stoul(operation.arguments.at("endedBy")) - 1).leaveTick));
    EXPECT_EQ(operation.arguments.at("session"), "1");
  }
  const std::string backup = "IVssBackupComponents::";
  EXPECT_EQ(operations, (std::vector<std::string>{"#2 " + backup + "GatherWriterMetadata finished", "#3 " + backup + "PrepareForBackup finished", "#4 " + backup + "GatherWriterStatus finished",
                                                  "#5 " + backup + "DoSnapshotSet finished", "#6 " + backup + "GatherWriterStatus finished", "#7 " + backup + "GatherWriterStatus finished"}));
}

// A call may be made inside of another one of its thread; clocks of two processors may differ; a return may be lost. The slices nest all the same.
TEST(ExportPerfetto, NestsWhatIsMadeInsideOfAnotherCall) {
  Folder folder;
  std::string path = folder / "nested.vsst";
  {
    Trace trace(path, {Origin::model, "", "", true});
    Made outer = backup("GatherWriterMetadata", {}, {object(2)}), inner = count(1, 3);
    trace.call(create(1));
    auto a = trace.enter(outer), b = trace.enter(wait(2)), c = trace.enter(inner);
    trace.leave(c, inner);
    trace.call(inner);
    trace.leave(b, wait(2));
    trace.enter(inner);  // its return is lost
    trace.call(inner);
    trace.leave(a, outer);
    trace.call(inner);
    trace.enter(wait(2));  // the process was killed in it, inside of which it had
    trace.enter(inner);    // called this
  }
  Events events(path);
  expectEveryCall(events, path);
  auto slices = events.of("call");
  auto slice = [&](const char* number) { return *std::find_if(slices.begin(), slices.end(), [&](auto& slice) { return slice.arguments.at("call") == number; }); };
  EXPECT_EQ(slice("6").end, slice("2").end) << "over with the call that it was made in";
  EXPECT_EQ(slice("9").end, slice("10").end) << "both until the end";
  EXPECT_GE(slice("3").end, slice("5").end);
}

TEST(ExportPerfetto, DoesNotGoBackInTimeOnATrack) {
  Folder folder;
  Planned back;
  back.call(1, 10, 20, create(1));
  back.write(folder / "one.vsst");
  {
    TraceReader original(pathFromUtf8(folder / "one.vsst"));
    TraceWriter writer(pathFromUtf8(folder / "back.vsst"), original);
    const MethodInfo &createMethod = *methodNamed("", "CreateVssBackupComponents"), &countMethod = *methodNamed(kBackup, "GetWriterStatusCount");
    ValueView made[] = {ValueView::ofObject(writer.newObject())}, three[] = {ValueView::ofNumber(3)};
    auto note = [&](std::uint64_t tick) { writer.at(1, Planned::kStartTick + tick); };
    note(1000);
    auto first = writer.enter(createMethod, 0, 0, {});
    note(5000);
    writer.leave(first, createMethod, 0, 0, made);
    note(4000);
    auto second = writer.enter(countMethod, 1, 0, {});
    note(3000);
    writer.leave(second, countMethod, 1, 0, three);
    note(6000);
    auto third = writer.enter(countMethod, 1, 0, {});
    note(7000);
    writer.leave(third, countMethod, 1, 0, three);
  }
  auto slices = Events(folder / "back.vsst").of("call");
  std::vector<std::int64_t> times;
  for (const auto& slice : slices) times.insert(times.end(), {slice.start, slice.end});
  EXPECT_EQ(times, (std::vector<std::int64_t>{1000, 5000, 5000, 5000, 6000, 7000}));
}

TEST(ExportPerfetto, OfAListingShowsTheOrder) {
  Events events("traces/samples/golden/imported.vsst");
  EXPECT_NE(events.said.find("has no clock"), std::string::npos);
  EXPECT_FALSE(events.of("call").empty());
  EXPECT_FALSE(events.of("writer state").empty());
}

TEST(ExportPerfetto, ReadsEveryGoldenTraceAndVector) {
  for (const char* folder : {"traces/samples/golden", "traces/samples/vectors"})
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() != ".vsst") continue;
      SCOPED_TRACE(shownPath(file.path()));
      try {
        Events events(shownPath(file.path()));
      } catch (const TraceError&) {
      }
    }
}

}  // namespace
}  // namespace vss::exports
