// The model's time. Operations are points in time, not threads; only a Wait blocks.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace vss::model {

// Any thread may call it.
class Clock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  virtual ~Clock() = default;
  virtual Time now() = 0;
  // Lets go of the lock, blocks until `changed` is notified or `deadline` (none: for ever), takes the lock again. May wake early.
  virtual void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, std::optional<Time> deadline) = 0;
};

// The machine's own time.
class SteadyClock final : public Clock {
 public:
  Time now() override { return std::chrono::steady_clock::now(); }
  void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, std::optional<Time> deadline) override {
    if (deadline) changed.wait_until(lock, *deadline);
    else changed.wait(lock);
  }
};

}  // namespace vss::model
