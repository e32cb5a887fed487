// The proof that the catalogue can fail: every fault against every recipe, and the whole red set of each as a golden table.
#include <gtest/gtest.h>

#include <set>

#include "conformance/faults/forked.h"
#include "traces/vss/golden_file.h"

namespace vss::conformance {
namespace {

const std::map<std::string_view, Red>& table() {
  static const auto all = [] {
    std::map<std::string_view, Red> table;
    for (const auto& fault : faults()) table[fault.name] = redUnder(&fault);
    return table;
  }();
  return all;
}

std::string tableText() {
  std::string text = "fault\tverdict\trecipes\n";
  for (const auto& fault : faults())
    for (auto verdict : {Verdict::fail, Verdict::error, Verdict::notTestable}) {
      std::string line;
      for (const auto& [recipe, seen] : table().at(fault.name))
        if (seen == verdict) line += (line.empty() ? "" : " ") + recipe;
      if (!line.empty()) text += std::string(fault.name) + "\t" + std::string(verdictName(verdict)) + "\t" + line + "\n";
    }
  return text;
}

// ThreadSanitizer's own free takes any pointer, so faults that an allocator shows are not seen with it.
#if defined(__SANITIZE_THREAD__)
constexpr bool kFreeTakesAnything = true;
#else
constexpr bool kFreeTakesAnything = false;
#endif

// ---- The tests ----

TEST(Faults, AreManyAndMoreThanWrongCodes) {
  std::size_t onlyHresult = 0;
  std::set<std::string_view> names;
  for (const auto& fault : faults()) {
    onlyHresult += fault.onlyHresult;
    EXPECT_TRUE(names.insert(fault.name).second) << fault.name << " is there twice";
    EXPECT_TRUE(Catalogue::builtIn().find(fault.rule)) << fault.name << ": there is no " << fault.rule;
    EXPECT_EQ(fault.sentence.back(), '.') << fault.name;
  }
  EXPECT_GE(faults().size(), 50u);
  EXPECT_LE(2 * onlyHresult, faults().size()) << "faults that differ only in an HRESULT";
}

TEST(Faults, WithoutOneTheInjectorChangesNothing) {
  for (const auto& [recipe, verdict] : redUnder(nullptr)) ADD_FAILURE() << recipe << " " << verdictName(verdict);
}

TEST(Faults, EachIsKilledByTheRuleThatItNames) {
  for (const auto& fault : faults()) {
    if (kFreeTakesAnything && fault.name.ends_with("not-freeable")) continue;
    bool killed = false;
    for (const auto& [recipe, verdict] : table().at(fault.name)) killed |= isOf(recipe, fault.rule) && verdict != Verdict::notTestable;
    EXPECT_TRUE(killed) << fault.name << " does not turn " << fault.rule << " red";
  }
}

// A rule counts as done only when a fault turns it red. A crash proves a rule only where the fault is about it.
TEST(Faults, EachRuleIsTurnedRedByOne) {
  if (kFreeTakesAnything) GTEST_SKIP() << "some faults need an allocator that looks";
  for (const auto& rule : Catalogue::builtIn().rules()) {
    if (!rule.demands() || rule.brokenByRequester()) continue;
    bool killed = false;
    for (const auto& fault : faults())
      for (const auto& [recipe, verdict] : table().at(fault.name))
        killed |= isOf(recipe, rule.id) && (verdict == Verdict::fail || (verdict == Verdict::error && fault.rule == rule.id));
    EXPECT_TRUE(killed) << rule.id << ": no fault turns it red; " << rule.situation << "; " << rule.expected;
  }
}

TEST(Faults, TheWholeRedSetIsGolden) {
  if (kFreeTakesAnything) GTEST_SKIP() << "some faults need an allocator that looks";
  EXPECT_TRUE(test::isGolden("conformance/faults/golden.tsv", tableText()));
}

}  // namespace
}  // namespace vss::conformance
