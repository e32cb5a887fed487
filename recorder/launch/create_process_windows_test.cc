#include <gtest/gtest.h>

#include <utility>

#include "recorder/launch/create_process_windows.h"

namespace vss::launch {
namespace {

// How often a start was tried that fails so often with this error, and whether it came about.
std::pair<int, bool> tried(int failures, DWORD error) {
  int tries = 0;
  bool started = startedInTheEnd([&] {
    ::SetLastError(error);
    return ++tries > failures;
  });
  return {tries, started};
}

TEST(StartedInTheEnd, TriesAgainWhatFailedInsideTheSystem) {
  EXPECT_EQ(tried(0, ERROR_INTERNAL_ERROR), std::pair(1, true));
  EXPECT_EQ(tried(4, ERROR_INTERNAL_ERROR), std::pair(5, true));
  EXPECT_EQ(tried(99, ERROR_INTERNAL_ERROR), std::pair(5, false)) << "not for ever";
  EXPECT_EQ(::GetLastError(), DWORD{ERROR_INTERNAL_ERROR});
  EXPECT_EQ(tried(1, ERROR_FILE_NOT_FOUND), std::pair(1, false)) << "what is not there now will not be there then";
}

}  // namespace
}  // namespace vss::launch
