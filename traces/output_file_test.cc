#include "traces/output_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "traces/test_trace.h"
#include "traces/trace_error.h"

namespace vss {
namespace {

using namespace test;

std::string refusal(const std::string& path) {
  try {
    prepareOutput(pathFromUtf8(path));
  } catch (const TraceError& e) {
    return e.what();
  }
  return "";
}
bool exists(const std::string& path) { return std::filesystem::exists(pathFromUtf8(path)); }

TEST(OutputFile, AnOldTraceAndWhatLiesBesideItMakeWay) {
  Folder folder;
  Trace(folder / "a.vsst").session(healthySession());
  put(folder / "a.vsst.stopped.txt", "disk full");
  EXPECT_EQ(refusal(folder / "a.vsst"), "");
  EXPECT_FALSE(exists(folder / "a.vsst"));
  EXPECT_FALSE(exists(folder / "a.vsst.stopped.txt"));
}

TEST(OutputFile, ANewFileIsOneThatIsNotThereAndCanBeMade) {
  Folder folder;
  auto refused = [&](const char* name) -> std::string {
    try {
      checkNewFile(pathFromUtf8(folder / name));
    } catch (const TraceError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(refused("new"), "");
  EXPECT_FALSE(exists(folder / "new")) << "it is only asked";
  put(folder / "there", "");
  EXPECT_EQ(refused("there"), folder / "there" + ": is there already; it is not overwritten; name another file, or delete it");
  EXPECT_EQ(refused("none/new"), folder / "none/new" + ": no file can be made there");
}

TEST(OutputFile, AnEmptyFileMakesWayAndANewNameIsFine) {
  Folder folder;
  put(folder / "empty", "");
  EXPECT_EQ(refusal(folder / "empty"), "");
  EXPECT_FALSE(exists(folder / "empty"));
  EXPECT_EQ(refusal(folder / "new.vsst"), "");
}

TEST(OutputFile, AnythingElseIsKept) {
  Folder folder;
  put(folder / "short", "x");
  put(folder / "long", std::string(4096, 'x'));
  std::filesystem::create_directory(pathFromUtf8(folder / "folder"));
  for (const char* name : {"short", "long", "folder"}) {
    EXPECT_EQ(refusal(folder / name), folder / name + std::string(": exists and is no trace; it is not overwritten"));
    EXPECT_TRUE(exists(folder / name));
  }
}

TEST(OutputFile, AMissingFolderIsNamed) {
  Folder folder;
  std::string name = shownPath(pathFromUtf8(folder / "none") / "a.vsst");
  EXPECT_EQ(refusal(name), name + ": there is no folder " + folder / "none" + "; make it first");
}

}  // namespace
}  // namespace vss
