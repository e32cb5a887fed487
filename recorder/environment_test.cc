#include "recorder/environment.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "traces/platform.h"
#if defined(_WIN32)
#include <windows.h>
#else
#include <sys/utsname.h>
#include <unistd.h>
#endif

namespace vss {
namespace {

std::multimap<std::string, std::string> machineFacts(const std::string& classes) {
  Facts facts(parseFactClasses(classes));
  addMachineFacts(facts);
  std::multimap<std::string, std::string> all;
  for (const auto& fact : facts.all()) all.emplace(fact.key, fact.value);
  return all;
}
std::string only(const std::multimap<std::string, std::string>& facts, const std::string& key) {
  EXPECT_EQ(facts.count(key), 1u) << key;
  auto found = facts.find(key);
  return found == facts.end() ? "" : found->second;
}

TEST(MachineFacts, OfAClassThatIsNotWantedThereIsNone) {
  EXPECT_TRUE(machineFacts("none").empty());
  std::size_t sum = 0;
  for (const auto& one : factClasses()) {
    auto facts = machineFacts(one.name);
    sum += facts.size();
    for (const auto& [key, value] : facts)
      for (const auto& info : factTable())
        if (key == info.key) {
          EXPECT_STREQ(info.class_, one.name) << key;
        }
  }
  EXPECT_EQ(sum, machineFacts("all").size());
}

TEST(MachineFacts, AreWhatTheSystemSays) {
  auto facts = machineFacts("all");
#if defined(_WIN32)
  EXPECT_EQ(only(facts, "locale.codepage"), std::to_string(::GetACP()));
  EXPECT_NE(platformName().find(only(facts, "os.version")), std::string::npos) << platformName() << ": " << only(facts, "os.version");
  EXPECT_NE(platformName().find("(Wine " + only(facts, "wine.version") + ")"), std::string::npos) << "tried under Wine only";
  EXPECT_FALSE(only(facts, "os.name").empty());
  bool isThere = false;
  ULARGE_INTEGER free{}, size{};
  ASSERT_TRUE(::GetDiskFreeSpaceExW(L"C:\\", &free, &size, nullptr));
  for (auto [at, end] = facts.equal_range("volume"); at != end; ++at) isThere |= at->second.starts_with("C:\\\t") && at->second.find("\t" + std::to_string(size.QuadPart) + "\t") != std::string::npos;
  EXPECT_TRUE(isThere) << facts.count("volume") << " volumes";
  for (auto [at, end] = facts.equal_range("service"); at != end; ++at) EXPECT_EQ(at->second.find("unknown"), std::string::npos) << at->second;
  EXPECT_GE(facts.count("service"), 1u) << "Wine has Winmgmt";
#else
  utsname kernel;
  ASSERT_EQ(::uname(&kernel), 0);
  EXPECT_EQ(only(facts, "os.version"), kernel.release);
  EXPECT_EQ(only(facts, "rights.elevated"), ::geteuid() == 0 ? "yes" : "no");
  EXPECT_EQ(facts.count("rights.backup"), 0u) << "there is no such thing";
  std::string release;
  for (std::ifstream in("/etc/os-release"); std::getline(in, release) && !release.starts_with("PRETTY_NAME=");) {}
  EXPECT_NE(release.find(only(facts, "os.name")), std::string::npos) << release;
  auto root = std::filesystem::space("/");
  bool isThere = false;
  for (auto [at, end] = facts.equal_range("volume"); at != end; ++at) isThere |= at->second.starts_with("/\t") && at->second.find("\t" + std::to_string(root.capacity) + "\t") != std::string::npos;
  EXPECT_TRUE(isThere);
#endif
  std::string minutes = only(facts, "timezone.minutes");
  EXPECT_LE(std::abs(std::stoi(minutes)), 14 * 60);
}

TEST(MachineFacts, ColumnsStayColumns) {
  Facts facts(parseFactClasses("services"));
  facts.add("service", {"a\tb", "", "c"});
  facts.add("os.name", "not wanted");
  ASSERT_EQ(facts.all().size(), 1u);
  EXPECT_EQ(facts.all()[0], (Fact{"service", "a b\t\tc"}));
  EXPECT_THROW(facts.add("no.such.key", "x"), std::logic_error) << "a key outside of the table is a mistake of ours";
}

TEST(MachineFacts, EventsAreAskedForByProviderAndTime) {
  EXPECT_EQ(eventQuery({"volsnap", "VSS"}, 1'700'000'000'007'000'000, 1'700'000'001'000'999'999),
            "*[System[Provider[@Name='volsnap' or @Name='VSS'] and TimeCreated[@SystemTime>='2023-11-14T22:13:20.007Z' and @SystemTime<='2023-11-14T22:13:21.000Z']]]");
}

}  // namespace
}  // namespace vss
