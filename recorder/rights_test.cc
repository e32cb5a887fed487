#include "recorder/rights.h"

#include <gtest/gtest.h>

namespace vss {
namespace {

TEST(Rights, TheirLackIsToldWhereTheSystemIsAskedAndNowhereElse) {
  Rights user{.elevated = false, .backupPrivilege = false}, administrator{.elevated = true, .backupPrivilege = true};
  for (const char* target : {"", "system"}) {
    EXPECT_NE(rightsMissing(target, user).find("Run as administrator"), std::string::npos) << target;
    EXPECT_EQ(rightsMissing(target, administrator), "");
    EXPECT_EQ(rightsMissing(target, std::nullopt), "") << "where the system does not say, nothing is claimed";
  }
  for (const char* target : {"model", "model:a.json", "C:\\other\\vssapi.dll", "customer.vsst"}) EXPECT_EQ(rightsMissing(target, user), "") << target;
}

TEST(Rights, AreThoseOfTheToken) {
#if defined(_WIN32)
  ASSERT_TRUE(ownRights());
  EXPECT_TRUE(ownRights()->elevated) << "Wine gives everybody an administrator's token";
#else
  EXPECT_EQ(ownRights(), std::nullopt);
#endif
}

}  // namespace
}  // namespace vss
