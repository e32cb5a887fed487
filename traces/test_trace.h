// For tests: traces written call by call, by as many threads as are wanted.
#pragma once
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "traces/print.h"
#include "traces/platform.h"
#include "traces/trace_reader.h"
#include "traces/trace_writer.h"
#include "traces/vss/api.h"

namespace vss::test {

// A folder of this test's own, gone at its end.
class Folder {
 public:
  explicit Folder(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    static std::atomic<int> count{0};
    path_ = parent / ("shadowtape-test-" + std::to_string(currentProcess()) + "-" + std::to_string(++count));
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const char* name) const { return shownPath(path_ / name); }

 private:
  std::filesystem::path path_;
};

inline std::string contents(const std::string& path) {
  std::ifstream file(pathFromUtf8(path), std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return std::move(bytes).str();
}
inline void put(const std::string& path, const std::string& bytes) { std::ofstream(pathFromUtf8(path), std::ios::binary) << bytes; }

inline Value number(std::int64_t n) { return ValueView::ofNumber(n); }
inline Value object(std::uint32_t n) { return ValueView::ofObject(n); }
inline Value text(std::u16string_view t) { return ValueView::ofText(t); }
inline Value id(std::uint8_t n) {
  Guid guid{};
  guid.a = n;
  return ValueView::ofGuid(guid);
}
inline Value is(ValueKind kind) { return ValueView::of(kind); }

// A call as a test tells it. Objects have the test's own numbers; a trace gives them others.
struct Made {
  std::uint32_t object;
  const char *interface_, *method;
  std::vector<Value> inputs, outputs;
  std::uint32_t result = S_OK, nulls = 0;
  bool returns = true;
};

// A thread that does one thing after the other, while the test waits: several of them interleave just as the test says.
class Worker {
 public:
  ~Worker() {
    tell(nullptr);
    thread_.join();
  }
  void run(std::function<void()> job) {
    tell(&job);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !told_; });
  }

 private:
  void tell(std::function<void()>* job) {
    std::lock_guard lock(mutex_);
    job_ = job, told_ = true;
    changed_.notify_all();
  }
  void work() {
    for (std::unique_lock lock(mutex_);;) {
      changed_.wait(lock, [&] { return told_; });
      if (!job_) return;
      (*job_)();
      told_ = false;
      changed_.notify_all();
    }
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()>* job_ = nullptr;
  bool told_ = false;
  std::thread thread_{&Worker::work, this};
};

// Not timed, so that what is shown is the same in every run.
class Trace {
 public:
  explicit Trace(const std::string& path, const TraceOrigin& origin = {Origin::model, "", "", false}) : writer(pathFromUtf8(path), origin) {}

  // With the header and the clock of another one: at() of the writer says when a note is made.
  Trace(const std::string& path, const TraceReader& original) : writer(pathFromUtf8(path), original) {}

  std::uint64_t enter(const Made& made) {
    auto inputs = views(made.inputs);
    return writer.enter(method(made), numberOf(made.object), made.nulls, inputs);
  }
  void leave(std::uint64_t order, const Made& made) {
    auto outputs = views(made.outputs);
    writer.leave(order, method(made), numberOf(made.object), made.result, outputs);
  }
  std::uint64_t call(const Made& made) {
    auto order = enter(made);
    if (made.returns) leave(order, made);
    return order;
  }
  void call(Worker& worker, const Made& made) {
    worker.run([&] { call(made); });
  }
  void session(const std::vector<Made>& calls) {
    for (const auto& made : calls) call(made);
    objects_.clear();  // the next session has objects of its own
  }
  TraceWriter writer;

 private:
  static const MethodInfo& method(const Made& made) { return *methodNamed(made.interface_, made.method); }
  std::uint32_t numberOf(std::uint32_t object) {
    if (!object) return 0;
    auto [place, fresh] = objects_.emplace(object, 0);
    if (fresh) place->second = writer.newObject();
    return place->second;
  }
  std::vector<ValueView> views(const std::vector<Value>& values) {
    std::vector<ValueView> views;
    for (const auto& v : values)
      views.push_back(v.kind == ValueKind::object ? ValueView::ofObject(numberOf(static_cast<std::uint32_t>(v.number))) : ValueView{v.kind, v.number, v.bytes});
    return views;
  }
  std::map<std::uint32_t, std::uint32_t> objects_;
};

inline constexpr const char* kBackup = "IVssBackupComponents";
inline Made create(std::uint32_t backup) { return {0, "", "CreateVssBackupComponents", {}, {object(backup)}}; }
inline Made initialize(std::uint32_t backup) { return {backup, kBackup, "InitializeForBackup", {is(ValueKind::null)}, {}}; }
inline Made gather(std::uint32_t backup, std::uint32_t async) { return {backup, kBackup, "GatherWriterStatus", {}, {object(async)}}; }
inline Made wait(std::uint32_t async, std::int64_t ms = 0xFFFFFFFF) { return {async, "IVssAsync", "Wait", {number(ms)}, {}}; }
inline Made query(std::uint32_t async, HRESULT status = VSS_S_ASYNC_FINISHED) {
  return {async, "IVssAsync", "QueryStatus", {}, {number(status), is(ValueKind::noPointer)}, S_OK, 0b10};
}
inline Made release(std::uint32_t object, std::uint32_t left = 0) { return {object, "IUnknown", "Release", {}, {}, left}; }
inline Made count(std::uint32_t backup, std::uint32_t writers) { return {backup, kBackup, "GetWriterStatusCount", {}, {number(writers)}}; }
inline Made status(std::uint32_t backup, std::uint32_t index, std::u16string_view name, std::int32_t state = 1, HRESULT failure = S_OK) {
  return {backup, kBackup, "GetWriterStatus", {number(index)},
          {id(static_cast<std::uint8_t>(index + 1)), id(static_cast<std::uint8_t>(index + 101)), text(name), number(state), number(failure)}};
}
inline Made freeStatus(std::uint32_t backup) { return {backup, kBackup, "FreeWriterStatus", {}, {}}; }

// A whole session: gather, wait, ask, list three writers, free. Object 1, operation 2.
inline std::vector<Made> healthySession() {
  return {create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 3), status(1, 0, u"System Writer"),
          status(1, 1, u"Registry Writer"), status(1, 2, u"WMI Writer", 5), freeStatus(1), release(1)};
}

// The text with a short name in place of a path, as it is or as JSON has it.
inline std::string named(std::string text, const std::string& path, const std::string& name) {
  std::string json = jsonString(path);
  for (const auto& from : {path, json.substr(1, json.size() - 2)})
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += name.size()) text.replace(at, from.size(), name);
  return text;
}

}  // namespace vss::test
