// For tests: builds a trace line by line, and plays it.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "replayer/replayer.h"
#include "traces/platform.h"
#include "traces/trace_writer.h"
#include "traces/vss/memory.h"

namespace vss {

using In = std::vector<Value>;
inline Value number(std::int64_t n) { return ValueView::ofNumber(n); }
inline Value text(std::u16string_view t) { return ValueView::ofText(t); }
inline Value id(std::uint32_t n) { return ValueView::ofGuid(Guid{n}); }
inline Value object(std::uint32_t n) { return ValueView::ofObject(n); }
inline Value kind(ValueKind k) { return ValueView::of(k); }

class ReplayTest : public testing::Test {
 protected:
  ~ReplayTest() override {
    played.reset();
    std::error_code ignored;
    std::filesystem::remove(path(".vsst"), ignored);
    std::filesystem::remove(path(".txt"), ignored);
  }
  static std::filesystem::path path(const char* extension) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    return std::filesystem::temp_directory_path() / ("replayer_test-" + std::to_string(currentProcess()) + "-" + test->test_suite_name() + "-" + test->name() + extension);
  }

  // ---- Recording: a call on an object of the trace, by its method's name. ----
  TraceWriter& trace() {
    if (!writer) {
      std::filesystem::remove(path(".vsst"));
      writer = std::make_unique<TraceWriter>(path(".vsst"), TraceOrigin{Origin::model, "replayer_test", "by hand"});
    }
    return *writer;
  }
  static const MethodInfo& methodOf(const std::string& name) {
    for (const InterfaceInfo* interface_ : interfaces())
      for (const MethodInfo* method : interface_->methods)
        if (method->name == name) return *method;
    for (const MethodInfo* function : functions())
      if (function->name == name) return *function;
    throw std::logic_error(name + " is not described");
  }
  static std::vector<ValueView> views(const In& values) {
    std::vector<ValueView> out;
    for (const auto& v : values) out.push_back({v.kind, v.number, v.bytes});
    return out;
  }
  void recorded(std::uint32_t on, const std::string& name, const In& inputs = {}, HRESULT result = S_OK, const In& outputs = {}, std::uint32_t nulls = 0) {
    const MethodInfo& method = methodOf(name);
    auto call = trace().enter(method, on, nulls, views(inputs));
    trace().leave(call, method, on, static_cast<std::uint32_t>(result), views(outputs));
  }
  void neverCameBack(std::uint32_t on, const std::string& name, const In& inputs = {}) { trace().enter(methodOf(name), on, 0, views(inputs)); }
  void created(std::uint32_t root) { recorded(0, "CreateVssBackupComponents", {}, S_OK, {object(root)}); }
  void initialized(std::uint32_t root) { recorded(root, "InitializeForBackup", {kind(ValueKind::null)}); }
  void gathered(std::uint32_t root, std::uint32_t operation) {
    recorded(root, "GatherWriterStatus", {}, S_OK, {object(operation)});
    recorded(operation, "Wait", {number(kInfinite)});
    recorded(operation, "QueryStatus", {}, S_OK, {number(VSS_S_ASYNC_FINISHED), kind(ValueKind::noPointer)}, 2);
    recorded(operation, "Release", {}, 0);
  }
  void counted(std::uint32_t root, int count) { recorded(root, "GetWriterStatusCount", {}, S_OK, {number(count)}); }
  void told(std::uint32_t root, int index, std::u16string_view name, VSS_WRITER_STATE state = VSS_WS_STABLE, HRESULT failure = S_OK) {
    recorded(root, "GetWriterStatus", {number(index)}, S_OK, {id(100 + static_cast<std::uint32_t>(index)), id(200), text(name), number(state), number(failure)});
  }
  void freed(std::uint32_t root) { recorded(root, "FreeWriterStatus"); }
  // The session of most tests: calls 1 to 11.
  void recordSession(int writers = 3) {
    created(1);
    initialized(1);
    gathered(1, 2);
    counted(1, writers);
    for (int i = 0; i < writers; ++i) told(1, i, u"Writer " + std::u16string(1, static_cast<char16_t>(u'A' + i)));
    freed(1);
  }

  // ---- Replaying. ----
  struct Played {
    Script script;
    Report report;
    Replayer replayer;
    int stops = 0;
    Played(const ReplayOptions& options, const std::filesystem::path& trace, const std::filesystem::path& text)
        : script(trace, options), report("backup.vsst", text, script.matching()), replayer(script, report, options, [this] { ++stops; }) {}
  };
  void play(const std::string& options = "") {
    writer.reset();
    std::filesystem::remove(path(".txt"));
    played = std::make_unique<Played>(parseReplayOptions(options), path(".vsst"), path(".txt"));
  }
  IVssBackupComponents* create() {
    if (!played) play();
    IVssBackupComponents* backup = nullptr;
    EXPECT_EQ(played->replayer.create(&backup), S_OK);
    return backup;
  }
  // A session whose status has been gathered.
  IVssBackupComponents* gather() {
    auto* backup = create();
    EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
    gatherAgain(backup);
    return backup;
  }
  static void gatherAgain(IVssBackupComponents* backup) {
    IVssAsync* operation = nullptr;
    ASSERT_EQ(backup->GatherWriterStatus(&operation), S_OK);
    EXPECT_EQ(operation->Wait(), S_OK);
    HRESULT status = 0;
    EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
    EXPECT_EQ(status, VSS_S_ASYNC_FINISHED);
    EXPECT_EQ(operation->Release(), 0u);
  }
  struct Status {
    HRESULT result;
    Guid instance{0xFF}, writer{0xFF};
    std::optional<std::u16string> name;
    VSS_WRITER_STATE state = static_cast<VSS_WRITER_STATE>(77);
    HRESULT failure = 77;
  };
  static Status ask(IVssBackupComponents* backup, UINT index) {
    Status s;
    char16_t* text = nullptr;
    s.result = backup->GetWriterStatus(index, &s.instance, &s.writer, &text, &s.state, &s.failure);
    if (text) s.name.emplace(text, sysStringLen(text));
    sysFreeString(text);
    return s;
  }
  std::string report() {
    std::stringstream text;
    text << std::ifstream(path(".txt"), std::ios::binary).rdbuf();
    return text.str();
  }
  std::string reportAtEnd() {
    played->replayer.finish();
    return report();
  }

  std::unique_ptr<TraceWriter> writer;
  std::unique_ptr<Played> played;
};

}  // namespace vss
