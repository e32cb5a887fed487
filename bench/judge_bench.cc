// What it costs to follow and to judge a trace: the tracker alone, and every rule of the catalogue; and to drive a recipe.
#include <benchmark/benchmark.h>

#include "bench/scratch.h"
#include "conformance/driver.h"
#include "conformance/judge.h"
#include "conformance/model/model.h"
#include "recorder/recorder.h"
#include "recorder/status.h"
#include "traces/vss/memory.h"

namespace vss {
namespace {

// Status sessions of a healthy server, one after the other, as `watch` makes them: 23 calls each.
std::filesystem::path makeSessions(std::int64_t sessions) {
  auto path = scratch("judge");
  TraceWriter trace(path, {Origin::model, "bench", "model"});
  Recorder recorder(trace);
  static std::shared_ptr<model::Service> service;
  service = std::make_shared<model::Service>(model::defaultScenario());
  CreateVssBackupComponentsFunction factory = [](Out<IVssBackupComponents*> out) VSS_CALL -> HRESULT { return model::create(service, out.at); };
  for (std::int64_t i = 0; i < sessions; ++i) gatherWriterStatuses([&](IVssBackupComponents** out) { return recorder.create(factory, out); });
  return path;
}

// Calls as they were read once: the tracker without the reading.
void TrackCall(benchmark::State& state) {
  auto path = makeSessions(state.range(0));
  TraceReader reader(path);
  LoadedTrace trace = loadCalls(reader);
  for (auto _ : state) {
    Protocol protocol;
    std::uint64_t certain = 0;
    for (const auto& call : trace.calls) {
      certain += protocol.before(call).certain;
      protocol.add(call);
    }
    benchmark::DoNotOptimize(certain);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(trace.calls.size()));
  std::filesystem::remove(path);
}
BENCHMARK(TrackCall)->ArgName("sessions")->Arg(1000)->Unit(benchmark::kMillisecond);

// `check`: read twice, tracked, and judged by every rule.
void CheckCall(benchmark::State& state) {
  auto path = makeSessions(state.range(0));
  std::uint64_t calls = 0;
  for (auto _ : state) {
    TraceReader reader(path);
    auto judgement = conformance::judge(reader, conformance::Catalogue::builtIn());
    calls = judgement.calls;
    if (!judgement.findings.empty()) state.SkipWithError("a healthy session breaks a rule");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(calls));
  std::filesystem::remove(path);
}
BENCHMARK(CheckCall)->ArgName("sessions")->Arg(1000)->Unit(benchmark::kMillisecond);

// One recipe in this process, recorded and judged. `conform` adds a process for each.
void DriveRecipe(benchmark::State& state) {
  static std::shared_ptr<model::Service> service = std::make_shared<model::Service>(model::defaultScenario());
  CallFunction model = [](const MethodInfo& function, void* const* args) { return model::callFunction(service, function, args); };
  const auto& rule = *conformance::Catalogue::builtIn().find("WS-047");
  auto path = scratch("recipe");
  auto allocators = conformance::allocatorsOf("");
  for (auto _ : state) {
    std::filesystem::remove(path);
    {
      TraceWriter trace(path, {Origin::model, "bench", "model"});
      Recorder recorder(trace);
      auto call = [&](const MethodInfo& function, void* const* args) { return recorder.call(function, model, args); };
      if (!conformance::drive(rule.recipes[0], rule.id, {}, call, allocators, trace))
        state.SkipWithError("the recipe stopped");
      trace.finish(TraceWriter::Ending::threadsDone);
    }
    TraceReader reader(path);
    auto judgement = conformance::judge(reader, conformance::Catalogue::builtIn(), {.rules = rule.id, .recipe = rule.id});
    if (judgement.tallies[rule.id].kept == 0) state.SkipWithError("not kept");
  }
  state.SetItemsProcessed(state.iterations());
  std::filesystem::remove(path);
}
BENCHMARK(DriveRecipe)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vss
