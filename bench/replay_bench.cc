// What it costs to be answered from a trace. One call = GetWriterStatus through the vtable, with all its outputs.
#include <benchmark/benchmark.h>

#include "bench/scratch.h"
#include "replayer/replayer.h"
#include "traces/trace_writer.h"
#include "traces/vss/memory.h"

namespace vss {
namespace {

constexpr const char16_t* kName = u"Microsoft Exchange Writer";

// Sessions of rounds: gather, then the status of every writer.
std::filesystem::path recordRounds(std::uint32_t sessions, std::int64_t rounds, std::int64_t writers) {
  auto path = scratch("replay");
  TraceWriter trace(path, {Origin::model, "bench", "by hand"});
  auto note = [&](const MethodInfo& method, std::uint32_t object, std::vector<ValueView> in, std::vector<ValueView> out) {
    trace.leave(trace.enter(method, object, 0, in), method, object, 0, out);
  };
  const MethodInfo &gather = *methodNamed("IVssBackupComponents", "GatherWriterStatus"), &get = *methodNamed("IVssBackupComponents", "GetWriterStatus");
  std::uint32_t operation = sessions;
  for (std::uint32_t root = 1; root <= sessions; ++root) {
    note(createVssBackupComponents(), 0, {}, {ValueView::ofObject(root)});
    for (std::int64_t round = 0; round < rounds; ++round) {
      note(gather, root, {}, {ValueView::ofObject(++operation)});
      for (std::int64_t i = 0; i < writers; ++i) {
        Guid id{static_cast<std::uint32_t>(i)};
        note(get, root, {ValueView::ofNumber(i)},
             {ValueView::ofGuid(id), ValueView::ofGuid(id), ValueView::ofText(kName), ValueView::ofNumber(1), ValueView::ofNumber(0)});
      }
    }
  }
  return path;
}

struct Served {
  Script script;
  Report report;
  Replayer replayer;
  explicit Served(const std::filesystem::path& trace) : script(trace), report(trace, std::nullopt), replayer(script, report, {}, [] {}) {}
};

HRESULT gatherStatus(IVssBackupComponents* backup) {
  IVssAsync* operation = nullptr;
  HRESULT result = backup->GatherWriterStatus(&operation);
  if (operation) operation->Release();
  return result;
}
HRESULT askStatus(IVssBackupComponents* backup, UINT writer) {
  Guid instance, id;
  VSS_WRITER_STATE state;
  HRESULT failure;
  char16_t* name = nullptr;
  HRESULT result = backup->GetWriterStatus(writer, &instance, &id, &name, &state, &failure);
  sysFreeString(name);
  return result;
}

// Writers: public listings of servers show 10 to 20; 256 is the stress. The recording has a fixed number of calls, and so has a run.
constexpr std::int64_t kCalls = 262'144;
std::unique_ptr<Served> served;
void ReplayCall(benchmark::State& state) {
  std::int64_t writers = state.range(0), rounds = kCalls / writers / state.threads();
  IVssBackupComponents* backup = nullptr;
  bool good = served->replayer.create(&backup) == S_OK;
  std::int64_t next = 0;
  for (auto _ : state) {
    if (next % writers == 0) good = gatherStatus(backup) == S_OK && good;
    good = askStatus(backup, static_cast<UINT>(next++ % writers)) == S_OK && good;
  }
  if (!good || next > rounds * writers) state.SkipWithError("a call was not answered as recorded");
  state.SetItemsProcessed(state.iterations());
}
void setUpReplay(const benchmark::State& state) {
  auto path = recordRounds(static_cast<std::uint32_t>(state.threads()), kCalls / state.range(0) / state.threads(), state.range(0));
  served = std::make_unique<Served>(path);
}
void tearDownReplay(const benchmark::State&) { served.reset(); }
BENCHMARK(ReplayCall)->ArgName("writers")->Arg(16)->Arg(256)->Setup(setUpReplay)->Teardown(tearDownReplay)->Iterations(kCalls)->UseRealTime();
BENCHMARK(ReplayCall)->ArgName("writers")->Arg(16)->Setup(setUpReplay)->Teardown(tearDownReplay)->Iterations(kCalls / 2)->Threads(2)->UseRealTime();

// A requester that watched for days: what is waited for before its first call is answered.
void LoadTrace(benchmark::State& state) {
  auto path = recordRounds(1, state.range(0) / 17, 16);
  for (auto _ : state) {
    Script script(path);
    benchmark::DoNotOptimize(script.calls());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  std::filesystem::remove(path);
}
BENCHMARK(LoadTrace)->ArgName("calls")->Arg(1'000'000)->Unit(benchmark::kMillisecond);

// The same, played from beginning to end: with one session, and with a session for each round.
void ReplayTrace(benchmark::State& state) {
  auto sessions = static_cast<std::uint32_t>(state.range(0));
  std::int64_t rounds = 1'000'000 / 17 / sessions, unanswered = 0;
  auto path = recordRounds(sessions, rounds, 16);
  for (auto _ : state) {
    Served again(path);
    for (std::uint32_t s = 0; s < sessions; ++s) {
      IVssBackupComponents* backup = nullptr;
      again.replayer.create(&backup);
      for (std::int64_t round = 0; round < rounds; ++round) {
        unanswered += gatherStatus(backup) != S_OK;
        for (UINT i = 0; i < 16; ++i) unanswered += askStatus(backup, i) != S_OK;
      }
    }
  }
  if (unanswered) state.SkipWithError("a call was not answered as recorded");
  std::filesystem::remove(path);
}
BENCHMARK(ReplayTrace)->ArgName("sessions")->Arg(1)->Arg(50'000)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace vss
