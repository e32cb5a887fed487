// Holds every HRESULT and enumerator of the description against the toolchain's own headers, where those have it.
#include "traces/vss/api.h"

#include <windows.h>

#include <vss.h>
#include <vswriter.h>

#include <vsbackup.h>
#include <vsserror.h>

#include <gtest/gtest.h>

#include <cstring>

namespace {

#define AS_TEXT(...) #__VA_ARGS__
#define EXPANDED(name) AS_TEXT(name)

struct Row { const char* name; const char* expanded; std::int32_t theirs; std::uint32_t ours; };

TEST(Headers, EveryResultHasTheSameValue) {
  using namespace vss;  // where the headers have no macro of that name, the name is ours, and the row says nothing
  using ::HRESULT;
#define VSS_EVERY_RESULT
  const Row rows[] = {
#define RESULT(name, value, meaning) {#name, EXPANDED(name), static_cast<std::int32_t>(name), value},
#include "traces/vss/results.def"
#undef RESULT
  };
  int compared = 0;
  for (const auto& row : rows) {
    if (!std::strcmp(row.name, row.expanded)) continue;
    EXPECT_EQ(static_cast<std::uint32_t>(row.theirs), row.ours) << row.name;
    ++compared;
  }
  EXPECT_GE(compared, 60);
}

TEST(Headers, EveryEnumeratorHasTheSameValue) {
  int compared = 0;
#define ENUMERATION(type)
#define ENUMERATOR(name, value) ++compared; EXPECT_EQ(static_cast<std::int32_t>(::name), static_cast<std::int32_t>(value)) << #name;
#define END_ENUMERATION
#include "traces/vss/enums.def"
  EXPECT_GE(compared, 150);
}

}  // namespace
