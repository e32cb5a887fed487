// What it costs in memory to load, replay and drive a trace, by the system's own count: nothing that grows with the trace. (What does lies in temporary files.)
#include <iostream>

#include "replayer/drive.h"
#include "replayer/testing.h"
#include "traces/memory_testing.h"

namespace vss {
namespace {

constexpr int kWriters = 16;

class MemoryTest : public ReplayTest {
 protected:
  // Rounds of 22 calls; all in one session, or of 23 each in one of its own. However long the texts are.
  void record(int rounds, bool sessions) {
    std::uint32_t next = 1, root = 0;
    for (int round = 0; round < rounds; ++round) {
      if (sessions || !root) created(root = next++), initialized(root);
      gathered(root, next++);
      counted(root, kWriters);
      for (int i = 0; i < kWriters; ++i) told(root, i, kName);
      freed(root);
      if (sessions) recorded(root, "Release", {}, 0);
    }
    writer.reset();
  }
  // As it was recorded.
  void ask(int rounds, bool sessions) {
    IVssBackupComponents* backup = nullptr;
    for (int round = 0; round < rounds; ++round) {
      if (sessions || !backup) {
        backup = create();
        ASSERT_EQ(backup->InitializeForBackup(nullptr), S_OK);
      }
      gatherAgain(backup);
      UINT count = 0;
      ASSERT_EQ(backup->GetWriterStatusCount(&count), S_OK);
      for (UINT i = 0; i < count; ++i) ASSERT_EQ(ReplayTest::ask(backup, i).result, S_OK);
      ASSERT_EQ(backup->FreeWriterStatus(), S_OK);
      if (sessions) {
        EXPECT_EQ(backup->Release(), 0u);
      }
    }
  }
  const std::u16string kName = std::u16string(2000, u'W');
};

TEST_F(MemoryTest, DoesNotGrowWithTheTrace) {
  if (!testing_traces::kMemoryIsOurs) GTEST_SKIP();
  constexpr int kFew = 2'500, kMany = 10'000;   // 55,000 and 220,000 calls
  for (bool sessions : {false, true}) {
    std::size_t loading[2], replaying[2], driving[2];
    for (bool many : {false, true}) {
      int rounds = many ? kMany : kFew;
      record(rounds, sessions);
      loading[many] = testing_traces::memoryOf([&] { play(); });
      EXPECT_GE(played->script.calls(), static_cast<CallNumber>(22 * rounds));
      replaying[many] = testing_traces::memoryOf([&] { ask(rounds, sessions); });
      EXPECT_EQ(reportAtEnd(), "");
      driving[many] = testing_traces::memoryOf([&] {
        play();
        TraceReader reader(path(".vsst"));
        Driven driven = drive(reader, [&](const MethodInfo& function, void* const* args) { return played->replayer.call(function, args); }, std::chrono::seconds(60));
        EXPECT_EQ(driven.calls, played->script.calls());
        EXPECT_EQ(driven.notMade.size() + driven.hung.size(), 0u);
      });
      EXPECT_EQ(reportAtEnd(), "");
      played.reset();
    }
    auto told = [&](const char* what, std::size_t (&bytes)[2]) {
      std::cout << (sessions ? "sessions of 23 calls, " : "one session, ") << what << ": " << bytes[0] / 1024 << " KB, of four times the calls " << bytes[1] / 1024 << "\n";
      EXPECT_LT(bytes[1], (std::size_t{5} << 19) + bytes[0]) << what;   // some arrays are not yet as large as what of them is held in memory
    };
    told("load", loading), told("replay", replaying), told("load, replay and drive", driving);
  }
}

TEST_F(MemoryTest, TellsWhereTheFolderForItIsMissing) {
  record(1'300, true);
  auto trace = path(".vsst"), folder = std::filesystem::temp_directory_path();
  setEnvironmentVariable("TMPDIR", "/no/such/folder");
  std::string told;
  try {
    Script script(trace);
  } catch (const TraceError& e) {
    told = e.what();
  }
  setEnvironmentVariable("TMPDIR", folder.string());
  EXPECT_EQ(told, "the folder for temporary files: No such file or directory; TMPDIR names another folder (on Windows TEMP)");
}

}  // namespace
}  // namespace vss
