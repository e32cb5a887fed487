// Exports that stream: their memory does not grow with the trace.
#include <gtest/gtest.h>

#include <iostream>

#include "exports/export.h"
#include "exports/sample.h"
#include "traces/memory_testing.h"
#include "traces/objects.h"

namespace vss::exports {
namespace {

using namespace testing_exports;

TEST(ExportMemory, DoesNotGrowWithTheTrace) {
  if (!testing_traces::kMemoryIsOurs) GTEST_SKIP();
  constexpr int kSessions = 20'000;
  Folder folder;
  std::string few = folder / "few.vsst", many = folder / "many.vsst";
  for (auto [path, sessions] : {std::pair(few, 2 * static_cast<int>(ReleasedObjects::kKept)), {many, kSessions}}) {
    Trace trace(path, {Origin::live, "", "", true});
    for (int i = 0; i < sessions; ++i)
      trace.session({create(1), initialize(1), gather(1, 2), wait(2), query(2), release(2), count(1, 1), status(1, 0, u"Writer"), freeStatus(1), release(1)});
  }
  struct Nothing : std::streambuf {
    int overflow(int c) override { return c; }
    std::streamsize xsputn(const char*, std::streamsize n) override { return n; }
  } nothing;
  std::ostream out(&nothing);
  for (auto [name, print] : {std::pair("jsonl", &exportJsonl), {"csv", &exportCsv}, {"perfetto", &exportPerfetto}}) {
    auto run = [&, print = print](const std::string& path) {
      TraceReader reader(pathFromUtf8(path));
      print(reader, path, out, out);
    };
    run(few);  // what is used once stays
    double each = static_cast<double>(testing_traces::memoryOf([&] { run(many); })) / kSessions;
    std::cout << name << ": " << each << " bytes a session of ten calls\n";
    EXPECT_LT(each, 40) << name;
  }
}

}  // namespace
}  // namespace vss::exports
