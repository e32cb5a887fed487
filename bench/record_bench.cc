// What it costs to record a call. One call = GetWriterStatus with all its outputs, both notes, both readings of the clock.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "bench/scratch.h"
#include "recorder/fake_vss.h"
#include "recorder/recorder.h"
#include "redact/redact.h"
#include "traces/clock.h"
#include "traces/crc32c.h"
#include "traces/trace_reader.h"
#include "traces/trace_writer.h"

namespace vss {
namespace {

// The names and ids of a small server: public listings show 10 to 20 writers.
constexpr const char16_t* kNames[] = {u"Task Scheduler Writer", u"VSS Metadata Store Writer", u"System Writer", u"SqlServerWriter",
                                      u"Microsoft Exchange Writer", u"COM+ REGDB Writer", u"Registry Writer", u"WMI Writer"};

struct Shared {
  const std::filesystem::path path = scratch("record");
  FakeVss vss;
  std::unique_ptr<TraceChange> redaction;
  std::unique_ptr<TraceWriter> trace;
  std::unique_ptr<Recorder> recorder;
  IVssBackupComponents* backup = nullptr;
};
Shared* shared = nullptr;

void setUpWith(std::unique_ptr<TraceChange> redaction) {
  shared = new Shared;
  shared->redaction = std::move(redaction);
  shared->trace = std::make_unique<TraceWriter>(shared->path, TraceOrigin{Origin::model, "bench", "fake", true, shared->redaction.get()});
  shared->recorder = std::make_unique<Recorder>(*shared->trace);
  shared->recorder->create(&FakeVss::factory, &shared->backup);
}

void setUp(const benchmark::State&) { setUpWith(nullptr); }
void setUpRedacting(const benchmark::State&) { setUpWith(redact::redactionBy(redact::Pseudonyms(redact::Key::random()))); }

void tearDown(const benchmark::State&) {
  shared->recorder.reset();
  shared->trace.reset();
  std::filesystem::remove(shared->path);
  delete shared;
}

// What this machine takes at least: the 138 bytes of a call into a ring of 1 MB, their checksum, two readings of the clock.
void Limit(benchmark::State& state) {
  std::vector<std::uint64_t> ring((1 << 20) / 8);
  std::size_t at = 0;
  std::uint64_t call[18] = {};
  for (auto _ : state) {
    call[0] = readTicks();
    ++call[1];
    call[9] = readTicks();
    if (at + std::size(call) > ring.size()) at = 0;
    std::copy(std::begin(call), std::end(call), ring.data() + at);
    ring[at] = crc32c(ring.data() + at + 1, 138 - 8);
    at += std::size(call);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Limit)->Threads(1)->Threads(2)->UseRealTime();

// The writer alone: values at hand, two notes.
class Calls {
 public:
  Calls() {
    for (std::uint32_t i = 0; i < 8; ++i) ids_[i].a = i, classes_[i].a = 100 + i;
  }
  void write(TraceWriter& trace, std::size_t i) const {
    ValueView in[] = {ValueView::ofNumber(static_cast<std::int64_t>(i % 8))};
    auto call = trace.enter(method_, 1, 0, in);
    ValueView out[] = {ValueView::ofGuid(ids_[i % 8]), ValueView::ofGuid(classes_[i % 8]), ValueView::ofText(kNames[i % 8]), ValueView::ofNumber(1),
                       ValueView::ofNumber(0)};
    trace.leave(call, method_, 1, 0, out);
  }

 private:
  const MethodInfo& method_ = *methodNamed("IVssBackupComponents", "GetWriterStatus");
  Guid ids_[8], classes_[8];
};

void WriteCall(benchmark::State& state) {
  Calls calls;
  std::size_t i = 0;
  for (auto _ : state) calls.write(*shared->trace, i++);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(WriteCall)->Setup(setUp)->Teardown(tearDown)->Threads(1)->Threads(2)->UseRealTime()->MinTime(1);

// A whole recording of so many megabytes, from its header to its footer: what the system does with what was written is in it. Then it is read
// again: how many bytes a call takes, and how many calls are not there.
void Recording(benchmark::State& state) {
  auto bytes = static_cast<std::size_t>(state.range(0)) << 20;
  std::size_t made = 0, found = 0, size = 0;
  std::clock_t processor = 0;
  for (auto _ : state) {
    auto path = scratch("recording");
    Calls calls;
    auto start = std::chrono::steady_clock::now();
    std::clock_t before = std::clock();
    std::size_t i = 0;
    {
      TraceWriter trace(path, TraceOrigin{Origin::model, "bench", "fake"});
      for (; i < bytes / 150; ++i) calls.write(trace, i);
    }
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    processor += std::clock() - before;
    made += i;
    size += std::filesystem::file_size(path);
    TraceReader reader(path);
    while (auto* note = reader.next()) found += note->type == NoteType::leave;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(made));
  state.counters["cpu_ns_a_call"] = static_cast<double>(processor) * 1e9 / CLOCKS_PER_SEC / static_cast<double>(made);
  state.counters["bytes_a_call"] = static_cast<double>(size) / static_cast<double>(made);
  state.counters["lost"] = static_cast<double>(made - found);
}
// A gigabyte only where there is time for it: ./test.sh --long.
BENCHMARK(Recording)->ArgName("MB")->Arg(std::getenv("SHADOWTAPE_LONG") ? 1024 : 64)->Iterations(1)->UseManualTime();

// The whole way from a requester's call through the recorder to an implementation that answers at once, and back; and the same without the
// recorder: what the stand-in takes is in both.
void callThrough(benchmark::State& state, bool recorded) {
  if (state.thread_index() == 0) {
    shared->vss["GetWriterStatus"] = [](void* const* args) -> HRESULT {
      auto index = argument<std::uint32_t>(args, 0);
      *argument<Guid*>(args, 1) = Guid{index};
      *argument<Guid*>(args, 2) = Guid{100 + index};
      *argument<char16_t**>(args, 3) = sysAllocStringLen(kNames[index], 13);
      *argument<std::int32_t*>(args, 4) = VSS_WS_STABLE;
      *argument<HRESULT*>(args, 5) = S_OK;
      return S_OK;
    };
  }
  auto* backup = recorded ? shared->backup : reinterpret_cast<IVssBackupComponents*>(static_cast<Object*>(shared->vss.newest()));
  Guid instance, writer;
  VSS_WRITER_STATE writerState;
  HRESULT failure;
  UINT i = 0;
  for (auto _ : state) {
    char16_t* name = nullptr;
    backup->GetWriterStatus(i++ % 8, &instance, &writer, &name, &writerState, &failure);
    sysFreeString(name);
  }
  state.SetItemsProcessed(state.iterations());
}
void RecordCall(benchmark::State& state) { callThrough(state, true); }
void CallUnrecorded(benchmark::State& state) { callThrough(state, false); }
BENCHMARK(CallUnrecorded)->Setup(setUp)->Teardown(tearDown);
BENCHMARK(RecordCall)->Setup(setUp)->Teardown(tearDown)->Threads(1)->Threads(2)->UseRealTime()->MinTime(1);
// The same with `record --redact`: two ids of which nobody knows what they are, a name that stays.
void RecordCallRedacted(benchmark::State& state) { callThrough(state, true); }
BENCHMARK(RecordCallRedacted)->Setup(setUpRedacting)->Teardown(tearDown)->Threads(1)->Threads(2)->UseRealTime()->MinTime(1);

}  // namespace
}  // namespace vss
