// exports/samples/*.vsst.zst are what the test of the page opens. BLESS_TRACES=1 makes those that are not there.
#include <gtest/gtest.h>

#include <sstream>

#include "exports/sample.h"
#include "traces/packed_trace.h"
#include "traces/vss/text.h"

namespace vss::exports {
namespace {

using namespace testing_exports;

class ExportSample : public testing::TestWithParam<std::pair<const char*, void (*)(Planned&)>> {};

TEST_P(ExportSample, IsWrittenTheSameToday) {
  auto [name, plan] = GetParam();
  Folder folder;
  std::string made = folder / "made.vsst", kept = std::string("exports/samples/") + name + ".vsst.zst";
  Planned trace;
  plan(trace);
  trace.write(made);
  if (environmentVariable("BLESS_TRACES") && !std::filesystem::exists(kept)) {
    std::filesystem::create_directories("exports/samples");
    std::ostringstream ignored;
    packTrace(made, kept, false, ignored);
  }
  TraceReader reader(pathFromUtf8(kept));
  EXPECT_TRUE(reader.packed());
  EXPECT_TRUE(reader.bytes() == contents(made)) << kept;
  EXPECT_LE(std::filesystem::file_size(kept), 20'000u);
}
INSTANTIATE_TEST_SUITE_P(Samples, ExportSample, testing::Values(std::pair("night_backup", &nightBackup), std::pair("hostile", &hostileBackup)),
                         [](auto& info) { return std::string(info.index ? "hostile" : "night_backup"); });

}  // namespace
}  // namespace vss::exports
