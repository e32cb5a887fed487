// What it costs to read and verify a call: mapped file, every note's checksum, every value.
#include <benchmark/benchmark.h>

#include "bench/scratch.h"
#include "traces/trace_reader.h"
#include "traces/trace_writer.h"
#include "traces/vss/api.h"

namespace vss {
namespace {

std::filesystem::path makeTrace(std::int64_t calls) {
  auto path = scratch("read");
  TraceWriter trace(path, {Origin::model, "bench", "fake"});
  const MethodInfo& method = *methodNamed("IVssBackupComponents", "GetWriterStatus");
  for (std::int64_t i = 0; i < calls; ++i) {
    Guid id{static_cast<std::uint32_t>(i % 16)};
    ValueView in[] = {ValueView::ofNumber(i % 16)};
    auto call = trace.enter(method, 1, 0, in);
    ValueView out[] = {ValueView::ofGuid(id), ValueView::ofGuid(id), ValueView::ofText(u"Microsoft Exchange Writer"), ValueView::ofNumber(1),
                       ValueView::ofNumber(0)};
    trace.leave(call, method, 1, 0, out);
  }
  return path;
}

// Sizes: a status session has about 40 calls; a day of watching, a million.
void ReadAndVerifyCall(benchmark::State& state) {
  auto path = makeTrace(state.range(0));
  for (auto _ : state) {
    TraceReader reader(path);
    std::uint64_t notes = 0, sum = 0;
    while (const NoteView* note = reader.next()) {
      ++notes;
      for (const auto& value : note->values) sum += static_cast<std::uint64_t>(value.number) + value.bytes.size();
    }
    benchmark::DoNotOptimize(sum);
    if (notes != static_cast<std::uint64_t>(2 * state.range(0)) || !reader.problems().empty()) state.SkipWithError("the trace is not whole");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  std::filesystem::remove(path);
}
BENCHMARK(ReadAndVerifyCall)->ArgName("calls")->Arg(40)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vss

BENCHMARK_MAIN();
