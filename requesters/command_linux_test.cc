// What becomes of results that nobody takes, or that do not fit.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "traces/test_trace.h"

namespace vss {
namespace {

using namespace test;

class Output : public ::testing::Test {
 protected:
  Folder folder;
  std::string trace = folder / "a.vsst";

  void SetUp() override {
    if (!environmentVariable("SHADOWTAPE_BUILD")) GTEST_SKIP() << "SHADOWTAPE_BUILD does not say where the built command is";
    Trace made(trace);
    for (int i = 0; i < 300; ++i) made.session(healthySession());  // more than a pipe holds
    Trace(folder / "one.vsst").session(healthySession());
  }
  // S stands for the command, T for the trace; $SIGPIPE is as a shell leaves it. The exit code of bash.
  int bash(const std::string& script) {
    std::string line = "bash -c 'S=" + *environmentVariable("SHADOWTAPE_BUILD") + "/bin/shadowtape; T=" + trace + "; cd " + folder / "" + "; " + script + "'";
    int status = std::system(line.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  bool isTrue(const std::string& test) { return bash(test) == 0; }
};

TEST_F(Output, AReaderThatGoesEarlyIsNoTrouble) {
  for (const char* command : {"show $T", "show --format json $T", "info $T $T", "verify $T", "explain $T", "export one.vsst --to vssadmin", "export $T --to jsonl", "export $T --to csv", "export $T --to perfetto",
                              "export $T --to html"})
    EXPECT_TRUE(isTrue(std::string("set -o pipefail; $S ") + command + " 2> err | head -1 > out && test -s out && ! test -s err")) << command;
}

TEST_F(Output, AReaderThatGoesEarlyDoesNotChangeWhatDiffFound) {
  Trace(folder / "b.vsst").session(healthySession());
  EXPECT_EQ(bash("set -o pipefail; $S diff $T b.vsst 2> err | head -1 > out"), 1);
  EXPECT_TRUE(isTrue("! test -s err"));
}

TEST_F(Output, AFullDiskIsToldInOneLine) {
  for (const char* command : {"show $T", "info $T", "verify $T", "explain $T", "diff $T $T", "export one.vsst --to vssadmin", "export one.vsst --to vssadmin -o /dev/full", "export $T --to jsonl",
                              "export $T --to perfetto", "export $T --to csv -o /dev/full", "export $T --to html -o /dev/full", "--help",
                              "status --target model"}) {
    EXPECT_EQ(bash(std::string("$S ") + command + " > /dev/full 2> err"), 2) << command;
    EXPECT_TRUE(isTrue("test $(wc -l < err) = 1 && grep -q ^shadowtape:.*cannot.be.written err")) << command;
  }
}

TEST_F(Output, AClosedOutputIsToldToo) { EXPECT_EQ(bash("$S show $T >&- 2> err"), 2); }

}  // namespace
}  // namespace vss
