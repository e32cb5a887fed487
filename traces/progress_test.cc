#include "traces/progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace vss {
namespace {

TEST(Progress, IsOneLineThatIsWrittenOverAndGone) {
  std::ostringstream err;
  {
    ProgressLine line(err, 20);
    line.show("9 of 10: a long name that is cut");
    line.show("10 of 10");
  }
  EXPECT_EQ(err.str(), "\r9 of 10: a long nam"
                       "\r10 of 10           "
                       "\r        \r");
}

TEST(Progress, WritesNothingWhereThereIsNoTerminal) {
  std::ostringstream err;
  {
    ProgressLine line(err, 0);
    line.show("1 of 2");
    line.clear();
  }
  EXPECT_EQ(err.str(), "");
}

TEST(Progress, TellsHowMuchIsLeft) {
  using std::chrono::milliseconds;
  EXPECT_EQ(progressInWords(0, 683, 0, milliseconds(0), "AR-002"), "0 of 683, 0 red: AR-002");
  EXPECT_EQ(progressInWords(100, 683, 3, milliseconds(2000), "AS-001"), "100 of 683, 3 red, about 12 s left: AS-001");
  EXPECT_EQ(progressInWords(10, 610, 1, milliseconds(20000), "AS-001"), "10 of 610, 1 red, about 20 min left: AS-001");
}

}  // namespace
}  // namespace vss
