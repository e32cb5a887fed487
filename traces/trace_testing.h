// What the tests of the trace format share: a file that goes away, its bytes, notes as text.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "traces/platform.h"
#include "traces/trace_reader.h"
#include "traces/trace_writer.h"
#include "traces/vss/api.h"

namespace vss::testing_traces {

// Where everything takes ten times as long: under a sanitizer and under Wine.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(_WIN32)
inline constexpr bool kSlow = true;
#else
inline constexpr bool kSlow = false;
#endif
// How much of what is only more of the same: all of it by ./test.sh --long.
inline int amount(int all, int usual, int slow) { return std::getenv("SHADOWTAPE_LONG") ? all : kSlow ? slow : usual; }

class TemporaryTrace {
 public:
  explicit TemporaryTrace(const std::string& name = "trace") {
    auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string file = std::string(test->test_suite_name()) + "." + test->name() + "-" + name + ".vsst";
    std::replace(file.begin(), file.end(), '/', '-');  // in the names of tests with parameters
    path = std::filesystem::temp_directory_path() / ("shadowtape-" + std::to_string(currentProcess()) + "-" + file);
    remove();
  }
  ~TemporaryTrace() { remove(); }
  TemporaryTrace(const TemporaryTrace&) = delete;
  TemporaryTrace& operator=(const TemporaryTrace&) = delete;
  std::filesystem::path beside() const { return path.native() + std::filesystem::path(".stopped.txt").native(); }
  std::filesystem::path path;

 private:
  void remove() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    std::filesystem::remove(beside(), ignored);
  }
};

inline const std::string listings = "traces/samples/listings/";

inline std::string bytesOf(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream bytes;  // and not by iterators, which take 50 times as long where tests are not optimised
  bytes << in.rdbuf();
  return std::move(bytes).str();
}
inline void writeBytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(out.flush()) << path;
}

inline const MethodInfo& backupMethod(std::string_view name) {
  const MethodInfo* method = methodNamed("IVssBackupComponents", name);
  EXPECT_TRUE(method) << name;
  return *method;
}

// One GetWriterStatus, as a recorder notes it.
inline void noteStatus(TraceWriter& trace, std::uint32_t index, std::u16string_view name) {
  const MethodInfo& method = backupMethod("GetWriterStatus");
  ValueView in[] = {ValueView::ofNumber(index)};
  auto call = trace.enter(method, 1, 0, in);
  Guid instance{index, 1, 2, {3}}, writer{7, 7, 7, {7}};
  ValueView out[] = {ValueView::ofGuid(instance), ValueView::ofGuid(writer), ValueView::ofText(name), ValueView::ofNumber(1), ValueView::ofNumber(0)};
  trace.leave(call, method, 1, 0, out);
}

inline std::string asText(const ValueView& value) {
  std::string text = std::to_string(static_cast<int>(value.kind)) + ":" + std::to_string(value.number);
  if (value.kind == ValueKind::stored || value.kind == ValueKind::raw) text = std::to_string(static_cast<int>(value.kind)) + "=" + std::string(value.bytes);
  return text;
}

// Everything that a note says.
struct NoteText {
  std::uint64_t order;
  std::string head;
  std::vector<std::string> values;
  bool operator==(const NoteText&) const = default;
};
inline NoteText textOf(const NoteView& note) {
  NoteText text{note.order, {}, {}};
  text.head = std::to_string(static_cast<int>(note.type)) + " tick " + std::to_string(note.tick) + " thread " + std::to_string(note.thread) + " " +
              (note.signature ? note.signature->text : "-") + " object " + std::to_string(note.object) + " nulls " + std::to_string(note.nulls) +
              " result " + std::to_string(note.result) + " call " + std::to_string(note.call);
  if (note.type == NoteType::remark) text.head += " " + std::to_string(static_cast<int>(note.remarkKind)) + " " + std::string(note.text);
  for (const auto& value : note.values) text.values.push_back(asText(value));
  return text;
}
inline std::vector<NoteText> notesOf(TraceReader& reader) {
  std::vector<NoteText> notes;
  reader.rewind();
  while (const NoteView* note = reader.next()) notes.push_back(textOf(*note));
  return notes;
}
// Of a trace in which nothing is wrong.
inline std::vector<NoteText> notesIn(const std::filesystem::path& path) {
  TraceReader reader(path);
  auto notes = notesOf(reader);
  EXPECT_EQ(reader.lostNotes(), 0u);
  EXPECT_EQ(reader.unknownNotes(), 0u);
  for (const auto& problem : reader.problems()) ADD_FAILURE() << "byte " << problem.offset << ": " << problem.text;
  return notes;
}

}  // namespace vss::testing_traces
