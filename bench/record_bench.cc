// What it costs to record a call. One call = GetWriterStatus with all its outputs, both notes, both readings of the clock.
#include <benchmark/benchmark.h>

#include "recorder/fake_vss.h"
#include "recorder/recorder.h"
#include "traces/trace_writer.h"

namespace vss {
namespace {

// The names and ids of a small server: public listings show 10 to 20 writers.
constexpr const char16_t* kNames[] = {u"Task Scheduler Writer", u"VSS Metadata Store Writer", u"System Writer", u"SqlServerWriter",
                                      u"Microsoft Exchange Writer", u"COM+ REGDB Writer", u"Registry Writer", u"WMI Writer"};

std::filesystem::path traceFile() { return std::filesystem::temp_directory_path() / "shadowtape-bench.vsst"; }

struct Shared {
  FakeVss vss;
  std::unique_ptr<TraceWriter> trace;
  std::unique_ptr<Recorder> recorder;
  IVssBackupComponents* backup = nullptr;
};
Shared* shared = nullptr;

void setUp(const benchmark::State&) {
  std::filesystem::remove(traceFile());
  shared = new Shared;
  shared->trace = std::make_unique<TraceWriter>(traceFile(), TraceOrigin{Origin::model, "bench", "fake"});
  shared->recorder = std::make_unique<Recorder>(*shared->trace);
  shared->recorder->create(&FakeVss::factory, &shared->backup);
}

void tearDown(const benchmark::State&) {
  shared->recorder.reset();
  shared->trace.reset();
  delete shared;
  std::filesystem::remove(traceFile());
}

// The writer alone: values at hand, two notes.
void WriteCall(benchmark::State& state) {
  const MethodInfo& method = *methodNamed("IVssBackupComponents", "GetWriterStatus");
  Guid ids[8], classes[8];
  for (std::uint32_t i = 0; i < 8; ++i) ids[i].a = i, classes[i].a = 100 + i;
  std::size_t i = 0;
  for (auto _ : state) {
    ValueView in[] = {ValueView::ofNumber(static_cast<std::int64_t>(i % 8))};
    auto call = shared->trace->enter(method, 1, 0, in);
    ValueView out[] = {ValueView::ofGuid(ids[i % 8]), ValueView::ofGuid(classes[i % 8]), ValueView::ofText(kNames[i % 8]), ValueView::ofNumber(1),
                       ValueView::ofNumber(0)};
    shared->trace->leave(call, method, 1, 0, out);
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(WriteCall)->Setup(setUp)->Teardown(tearDown)->Threads(1)->Threads(2)->UseRealTime()->MinTime(1);

// The whole way from a requester's call through the recorder to an implementation that answers at once, and back.
void RecordCall(benchmark::State& state) {
  if (state.thread_index() == 0) {
    shared->vss["GetWriterStatus"] = [](void* const* args) -> HRESULT {
      auto index = argument<std::uint32_t>(args, 0);
      argument<Guid*>(args, 1)->a = index;
      argument<Guid*>(args, 2)->a = 100 + index;
      *argument<char16_t**>(args, 3) = sysAllocStringLen(kNames[index], 13);
      *argument<std::int32_t*>(args, 4) = VSS_WS_STABLE;
      *argument<HRESULT*>(args, 5) = S_OK;
      return S_OK;
    };
  }
  Guid instance, writer;
  VSS_WRITER_STATE writerState;
  HRESULT failure;
  UINT i = 0;
  for (auto _ : state) {
    char16_t* name = nullptr;
    shared->backup->GetWriterStatus(i++ % 8, &instance, &writer, &name, &writerState, &failure);
    sysFreeString(name);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RecordCall)->Setup(setUp)->Teardown(tearDown)->Threads(1)->Threads(2)->UseRealTime()->MinTime(1);

}  // namespace
}  // namespace vss
