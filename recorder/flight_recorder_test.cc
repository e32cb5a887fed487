#include "recorder/flight_recorder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "traces/platform.h"
#include "traces/trace_testing.h"
#include "traces/trace_writer.h"
#include "traces/vss/api.h"

namespace vss {
namespace {

// A ring of the smallest size, which two threads write as long as this lives: about 100,000 calls a second.
class TurningRing {
 public:
  TurningRing() : path(std::filesystem::temp_directory_path() / ("shadowtape-" + std::to_string(currentProcess()) + "-turning.ring")) {
    std::filesystem::remove(path);
    trace_ = std::make_unique<TraceWriter>(path, TraceOrigin{Origin::model, "flight_recorder_test", "fake"});
    trace_->keepNewest(TraceWriter::kSmallestRing);
    for (auto& thread : threads_) thread = std::thread([this] { write(); });
    while (made_ < 50'000) std::this_thread::yield();   // it has turned
  }
  ~TurningRing() {
    over_ = true;
    for (auto& thread : threads_) thread.join();
    trace_.reset();
    std::filesystem::remove(path);
  }
  const std::filesystem::path path;

 private:
  void write() {
    const MethodInfo& method = *methodNamed("IVssBackupComponents", "GetWriterStatus");
    for (std::uint32_t i = 1; !over_; ++i) {
      ValueView in[] = {ValueView::ofNumber(i)};
      auto call = trace_->enter(method, 1, 0, in);
      Guid instance{i, 1, 2, {3}}, writer{7, 7, 7, {7}};
      ValueView out[] = {ValueView::ofGuid(instance), ValueView::ofGuid(writer), ValueView::ofText(u"System Writer"), ValueView::ofNumber(1), ValueView::ofNumber(0)};
      trace_->leave(call, method, 1, 0, out);
      ++made_;
      if (i % 64 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));   // else all of it makes way while it is copied
    }
  }
  std::unique_ptr<TraceWriter> trace_;
  std::thread threads_[2];
  std::atomic<bool> over_{false};
  std::atomic<std::uint64_t> made_{0};
};

// What the thread that made it put in: the index is a part of the instance's id.
void expectAsMade(const Call& call) {
  ASSERT_EQ(call.inputs.size(), 1u);
  ASSERT_EQ(call.outputs.size(), 5u);
  EXPECT_EQ(call.outputs[0].guid().a, static_cast<std::uint32_t>(call.inputs[0].number));
  EXPECT_EQ(call.outputs[2].text(), u"System Writer");
}

TEST(FlightRecorder, ACopyOfARingThatTurnsHasNoDamage) {
  TurningRing ring;
  auto copy = ring.path;
  copy += ".part";
  std::uint64_t read = 0;
  for (int i = 0; i < 30; ++i) {
    copyRing(ring.path, copy);
    TraceReader reader(copy);
    CallReader calls(reader);
    for (Call* call; (call = calls.next());)
      if (call->result) expectAsMade(*call), ++read;
    for (const auto& problem : reader.problems()) ADD_FAILURE() << "copy " << i << ": byte " << problem.offset << ": " << problem.text;
  }
  EXPECT_GT(read, 3'000u);
  std::filesystem::remove(copy);
}

TEST(FlightRecorder, WhatIsReadOfARingThatTurnsIsAsItWasMade) {
  TurningRing ring;
  TraceReader reader(ring.path, NoteReading::byPlace, TraceReach::live);
  CallReader calls(reader);
  std::uint64_t read = 0;
  const int looks = testing_traces::amount(500, 200, 60);
  for (int look = 0; look < looks; ++look) {
    reader.lookAgain(false);
    for (Call* call; (call = calls.next());) {
      if (call->result) expectAsMade(*call), ++read;
      calls.takeRemarks();
    }
    reader.letGo();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_GT(read, static_cast<std::uint64_t>(looks) * 50);
}

}  // namespace
}  // namespace vss
