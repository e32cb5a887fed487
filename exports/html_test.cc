// The data of `export --to html`, as its script reads it. What a reader of the page sees is tested in page/timeline_test.py.
#include <gtest/gtest.h>

#include <sstream>

#include "exports/export.h"
#include "exports/read_json.h"
#include "exports/sample.h"
#include "traces/call.h"
#include "traces/print.h"

namespace vss::exports {
namespace {

using namespace testing_exports;

std::string page(const std::string& path) {
  TraceReader reader(pathFromUtf8(path));
  std::ostringstream out, err;
  exportHtml(reader, "given.vsst", out, err);
  return out.str();
}
ReadJson dataOf(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\" nonce=\"page\">";
  auto start = page.find(begin) + begin.size();
  return ReadJson(page.substr(start, page.find("</script>", start) - start));
}

TEST(ExportHtml, HasTheFactsAboutTheMachineAndNoNoticeOfThem) {
  ReadJson data = dataOf(page("traces/samples/vectors/environment.vsst"));
  std::vector<std::string> facts;
  for (const auto& fact : data["environment"].list()) facts.push_back(fact.list().at(0).text() + "=" + fact.list().at(1).text());
  EXPECT_EQ(facts, (std::vector<std::string>{"os.name=Windows Server 2022 Standard", "volume=C:\\\t1000\t4000\tNTFS"}));
  EXPECT_EQ(data["remarks"].list().size(), 0u);
}

TEST(ExportHtml, HasEveryCallWithAllItsValues) {
  Folder folder;
  std::string path = folder / "night.vsst";
  Planned plan;
  nightBackup(plan);
  plan.write(path);
  ReadJson data = dataOf(page(path));
  auto texts = data["texts"].list();
  auto text = [&](const ReadJson& number) { return texts.at(static_cast<std::size_t>(number.whole())).text(); };
  TraceReader reader(pathFromUtf8(path));
  auto calls = loadCalls(reader).calls;
  auto shown = data["calls"].list();
  ASSERT_EQ(shown.size(), calls.size());
  for (const auto& one : shown) {
    auto fields = one.list();
    const Call& call = calls.at(static_cast<std::size_t>(fields.at(0).whole()) - 1);
    EXPECT_EQ(fields.at(1).whole(), call.thread);
    EXPECT_EQ(fields.at(3).whole(), static_cast<std::int64_t>(call.enterTick - Planned::kStartTick));
    EXPECT_EQ(fields.at(4).whole(), static_cast<std::int64_t>(call.leaveTick - Planned::kStartTick));
    EXPECT_EQ(text(fields.at(6)), methodName(*call.signature));
    EXPECT_EQ(text(fields.at(7)), printResult(call));
    auto joined = [&](const ReadJson& list, const char* between) {
      std::string out;
      auto all = list.list();
      for (std::size_t i = 0; i < all.size(); i += 2) out += (i ? between : "") + text(all[i]) + "=" + text(all[i + 1]);
      return out;
    };
    EXPECT_EQ(joined(fields.at(11), ", "), printInputs(call));
    EXPECT_EQ(joined(fields.at(12), " "), printOutputs(call));
  }
  EXPECT_EQ(data["notices"].list().size(), 0u);
  EXPECT_EQ(data["writers"].members().size(), std::size(kWriters));
  // Two answers that say the same are one run: SqlServerWriter's waiting, failed (twice).
  std::size_t failedRuns = 0;
  for (const auto& state : data["states"].list())
    if (state.list().at(3).text() == "F") {
      ++failedRuns;
      EXPECT_EQ(state.list().at(8).whole(), 2) << "answers";
    }
  EXPECT_EQ(failedRuns, 1u);
}

TEST(ExportHtml, NeedsNothingElseAndHasNoMarkupOfATrace) {
  Folder folder;
  std::string path = folder / "hostile.vsst";
  Planned plan;
  hostileBackup(plan);
  plan.write(path);
  std::string html = page(path);
  auto count = [&](std::string_view what) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = html.find(what, at)) != html.npos; ++at) ++n;
    return n;
  };
  EXPECT_EQ(count("<script"), 2u);
  EXPECT_EQ(count("</script"), 2u);
  EXPECT_EQ(count("<img"), 0u);
  EXPECT_EQ(count("<!--"), 0u);
  EXPECT_EQ(count("src="), count("src=x")) << "in texts of the trace alone";
  EXPECT_EQ(count("http:") + count("https:"), 0u);
  EXPECT_EQ(count("url("), 0u);
  ReadJson data = dataOf(html);
  std::string hostile = toUtf8(kHostile);
  EXPECT_EQ(data["writers"]["1"].list().at(0).text(), hostile);
  EXPECT_EQ(data["process"].text(), hostile.substr(0, hostile.size() - 3));
}

TEST(ExportHtml, SaysWhatItLeavesOut) {
  Folder folder;
  std::string path = folder / "long.vsst";
  constexpr std::size_t kCalls = kMostCalls + 500;
  Planned plan;
  std::int64_t now = 0;
  auto take = [&](std::int64_t length, const Made& made) { plan.call(1, now, now + length, made), now += length; };
  take(1000, create(1));
  for (std::size_t i = 1; i + 2 < kCalls; ++i) take(1000, count(1, 3));
  take(1, backup("GetWriterStatusCount", {}, {is(ValueKind::unchanged)}, VSS_E_BAD_STATE));  // what matters is not what takes long
  take(1, backup("InitializeForBackup", {text(std::u16string(100'000, u'ä'))}, {}, E_INVALIDARG));
  plan.write(path);
  std::string html = page(path);
  EXPECT_LT(html.size(), 3'000'000u);
  ReadJson data = dataOf(html);
  auto shown = data["calls"].list();
  EXPECT_EQ(shown.size(), kMostCalls);
  EXPECT_EQ(data["count"].whole(), static_cast<std::int64_t>(kCalls));
  auto notices = data["notices"].list();
  ASSERT_GE(notices.size(), 1u);
  EXPECT_TRUE(notices[0].text().starts_with("This page leaves out 500 calls: ")) << notices[0].text();
  std::int64_t failures = 0;
  for (const auto& one : shown) failures += one.list().at(8).whole() == 1;
  EXPECT_EQ(failures, 2) << "those are never left out";
  bool told = false;
  for (const auto& one : data["texts"].list()) told |= one.text().find("more bytes: `shadowtape show` has all)") != std::string::npos;
  EXPECT_TRUE(told);
}

TEST(ExportHtml, TellsWhereACutTraceEnds) {
  Folder folder;
  std::string path = folder / "cut.vsst";
  Planned plan;
  nightBackup(plan);
  plan.write(path, false);
  ReadJson data = dataOf(page(path));
  ASSERT_GE(data["notices"].list().size(), 1u);
  EXPECT_NE(data["notices"].list()[0].text().find("cut off"), std::string::npos);
  EXPECT_TRUE(data["cutOff"].boolean());
}

}  // namespace
}  // namespace vss::exports
