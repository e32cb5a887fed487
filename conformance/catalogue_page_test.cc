// docs/catalogue.md teaches what the code does: its lists are the code's. BLESS=1 writes them anew.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "conformance/catalogue.h"
#include "conformance/fixtures.h"
#include "traces/vss/golden_file.h"

namespace vss::conformance {
namespace {

constexpr const char* kPage = "docs/catalogue.md";

std::string states() {
  std::string text = "| state | reached by |\n|---|---|\n";
  for (const auto& state : stateTable()) text += "| `" + std::string(state.name) + "` | " + std::string(state.steps.empty() ? "nothing has been created" : state.steps) + " |\n";
  return text;
}
std::string fixtures() {
  std::string text, all = knownFixtures();
  for (std::size_t start = 0; start < all.size();) {
    auto end = std::min(all.find("; ", start), all.size());
    text += "- `" + all.substr(start, end - start) + "`\n";
    start = end + 2;
  }
  return text;
}
std::string reasonTable() {
  std::string text = "| reason | because |\n|---|---|\n";
  for (const auto& reason : reasons()) text += "| `" + std::string(reason.name) + "` | " + std::string(reason.words) + " |\n";
  return text;
}

struct Counts {
  std::size_t rules = 0, red = 0, requester = 0, ambiguous = 0;
  std::map<std::string_view, std::size_t> closed;  // by reason
};
std::string printCounts(const std::string& group, const Counts& counts) {
  std::string text = "| " + group + " | ", closed;
  for (auto count : {counts.rules, counts.red, counts.requester, counts.ambiguous}) text += std::to_string(count) + " | ";
  for (const auto& [reason, count] : counts.closed) closed += (closed.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(reason);
  return text + (closed.empty() ? "0" : closed) + " |\n";
}
// By group; every rule stands in one column.
std::string countTable() {
  std::map<std::string, Counts> groups;
  Counts all;
  for (const Rule& rule : Catalogue::builtIn().rules())
    for (Counts* counts : {&groups["`" + rule.id.substr(0, 2) + "`"], &all}) {
      ++counts->rules;
      if (rule.judged == Judged::never) ++counts->closed[rule.reason];
      else ++(!rule.demands() ? counts->ambiguous : rule.brokenByRequester() ? counts->requester : counts->red);
    }
  std::string text = "| group | rules | turned red by a fault | broken by a requester | ambiguous | never judged |\n|---|---|---|---|---|---|\n";
  for (const auto& [group, counts] : groups) text += printCounts(group, counts);
  return text + printCounts("all", all);
}

TEST(CataloguePage, ItsListsAreTheCodes) {
  EXPECT_TRUE(test::hasGoldenTables(kPage, {{"states", states()}, {"fixtures", fixtures()}, {"reasons", reasonTable()}, {"counts", countTable()}}));
  std::ifstream in(kPage, std::ios::binary);
  std::string page{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(page.find("one rule a line: " + std::to_string(Catalogue::builtIn().rules().size()) + " of them"), page.npos);
}

TEST(CataloguePage, ItsExampleIsARule) {
  const Rule* rule = Catalogue::builtIn().find("WS-049");
  ASSERT_TRUE(rule);
  ASSERT_FALSE(rule->recipes.empty());
  EXPECT_EQ(rule->recipes[1].state, "@B3");
  EXPECT_EQ(rule->recipes[1].steps.size(), 3u);
}

}  // namespace
}  // namespace vss::conformance
