// docs/fleet.md on 1,000 traces whose failures are planned: the page's commands make the tables, DuckDB answers its queries, and what they say is the plan.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <tuple>

#include "exports/sample.h"
#include "requesters/run.h"
#include "traces/vss/results.h"

namespace vss::test {
namespace {

using namespace exports::testing_exports;

constexpr const char *k2019 = "10.0.17763", *k2022 = "10.0.20348", *k2025 = "10.0.26100";
constexpr const char *kNight = "nightbackup.exe", *kOld = "oldbackup.exe";

// So many traces of one kind. A writer fails behind an event, and has failed until the end.
struct Kind {
  int traces;
  const char *build, *process;
  std::uint32_t writer = 0;  // of kWriters
  const char* after = "";    // "": none fails
  std::int32_t state = 0;
  HRESULT failure = S_OK;
};
constexpr Kind kFleet[] = {
    {120, k2022, kNight, 4, "DoSnapshotSet", 9, VSS_E_WRITERERROR_TIMEOUT},
    {45, k2019, kNight, 4, "DoSnapshotSet", 9, VSS_E_WRITERERROR_TIMEOUT},
    {8, k2019, kNight, 4, "PrepareForBackup", 7, VSS_E_WRITERERROR_RETRYABLE},
    {61, k2025, kNight, 10, "PrepareForBackup", 7, VSS_E_WRITERERROR_NONRETRYABLE},
    {30, k2019, kOld, 3, "DoSnapshotSet", 10, VSS_E_WRITERERROR_OUTOFRESOURCES},
    {12, k2022, kNight, 9, "BackupComplete", 12, VSS_E_WRITERERROR_RETRYABLE},
    {3, k2025, kNight, 9, "BackupComplete", 1, VSS_E_WRITERERROR_RETRYABLE},  // an error, but no failed state
    {100, k2019, kNight},
    {21, k2019, kOld},
    {300, k2022, kNight},
    {297, k2025, kNight},
};

// A backup that asks every writer behind each event. The old program never releases its session.
void backUp(Planned& trace, const Kind& kind) {
  trace.header.platform = std::string("windows x86-64 ") + kind.build, trace.header.process = kind.process;
  std::int64_t now = kMs;
  std::uint32_t operation = 1;
  auto take = [&](const Made& made) { trace.call(1, now, now + kMs, made), now += 2 * kMs; };
  auto whole = [&](const char* method) {
    ++operation;
    take(backup(method, {}, {object(operation)})), take(wait(operation)), take(query(operation)), take(release(operation));
  };
  bool failing = false;
  auto ask = [&](const char* event, std::int32_t state) {
    failing |= std::string_view(event) == kind.after;
    whole("GatherWriterStatus");
    take(count(1, std::size(kWriters)));
    for (std::uint32_t i = 0; i < std::size(kWriters); ++i) {
      bool fails = failing && i == kind.writer;
      take(said(i, kWriters[i], fails ? kind.state : state, fails ? kind.failure : S_OK));
    }
    take(freeStatus(1));
  };
  take(create(1)), take(initialize(1));
  take(backup("SetBackupState", {number(1), number(1), number(1), number(0)}));
  whole("GatherWriterMetadata");
  take(backup("FreeWriterMetadata"));
  take(backup("StartSnapshotSet", {}, {id(77)}));
  take(backup("AddToSnapshotSet", {text(u"C:\\"), id(0)}, {id(78)}));
  for (const char* event : {"PrepareForBackup", "DoSnapshotSet", "BackupComplete"}) {
    whole(event);
    ask(event, event[0] == 'B' ? 1 : 5);
    if (failing && event[0] != 'B') {
      take(backup("AbortBackup"));
      ask("AbortBackup", 1);  // the writer has still failed: behind which call is told by the first of its answers
      break;
    }
  }
  if (kind.process != kOld) take(release(1));
}

using Counts = std::map<std::vector<std::string>, int>;
// A query's answer, as query.mjs prints it: most traces first, then by the texts.
std::string answer(const std::string& comment, const std::vector<std::string>& columns, const Counts& counts, std::size_t most, const std::string& name = "traces") {
  std::vector<std::pair<int, std::string>> rows;
  for (const auto& [texts, traces] : counts) {
    std::string row;
    for (std::size_t i = 0; i < columns.size(); ++i) row += "\"" + columns[i] + "\":\"" + texts[i] + "\",";
    rows.emplace_back(-traces, "{" + row + "\"" + name + "\":\"" + std::to_string(traces) + "\"}\n");
  }
  std::sort(rows.begin(), rows.end());
  rows.resize(std::min(most, rows.size()));
  std::string text = "-- " + comment + "\n";
  for (const auto& row : rows) text += row.second;
  return text;
}

std::string blocksOf(const std::string& page, const std::string& language) {
  std::string text = contentOf(page), blocks, mark = "\n```" + language + "\n";
  for (std::size_t at = 0; (at = text.find(mark, at)) != text.npos;) {
    at += mark.size();
    blocks += text.substr(at, text.find("```", at) - at);
  }
  return blocks;
}

TEST(Fleet, TheQueriesOfThePageTellWhatWasPlannedOfAThousandTraces) {
  auto modules = std::filesystem::absolute("build/node");
  ASSERT_TRUE(std::filesystem::exists(modules / "node_modules/@duckdb/node-api")) << "DuckDB is missing; get it by: bash -c '. cmake/packages.sh; install_npm'";
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "night");
  std::vector<const Kind*> all;
  for (const auto& kind : kFleet) all.insert(all.end(), static_cast<std::size_t>(kind.traces), &kind);
  const std::size_t whole = all.size();
  ASSERT_EQ(whole, 997u);
  // One of each kind is made; the others are its copies, in no order that a query could live from.
  std::map<const Kind*, std::string> made;
  for (const auto& kind : kFleet) {
    Planned trace;
    backUp(trace, kind);
    trace.write(shownPath(folder / "one.vsst"));
    made[&kind] = contentOf(folder / "one.vsst");
    std::filesystem::remove(folder / "one.vsst");
  }
  auto file = [&](std::size_t i) { return folder / "night" / ("server" + std::to_string(i) + ".vsst"); };
  for (std::size_t i = 0; i < whole; ++i) std::ofstream(file(i), std::ios::binary) << made[all[i * 613 % whole]];
  for (std::size_t i = whole; i < 1000; ++i) std::ofstream(file(i), std::ios::binary) << "lost on the way";

  auto commands = folder / "commands.sh";
  std::ofstream(commands) << blocksOf("docs/fleet.md", "sh fleet");
  ASSERT_GT(std::filesystem::file_size(commands), 100u) << "has the form of the page's blocks changed?";
  std::string path = shownPath(buildPath("bin")) + ":" + environmentVariable("PATH").value_or("");
  Ran ran = run({"bash", "-c", "cd \"$0\" && . ./commands.sh", folder.path().string()}, {{"PATH", path}}, std::chrono::minutes(3));
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 3 * 3) << "each of the three says what is wrong with three files: " << ran.err;

  auto page = shownPath(std::filesystem::absolute("docs/fleet.md")), query = shownPath(std::filesystem::absolute("docs/examples/fleet/query.mjs"));
  ran = run({"bash", "-c", "cd \"$0\" && node \"$1\" \"$2\"", folder.path().string(), query, page}, {{"NODE_MODULES_OF", modules.string()}}, std::chrono::minutes(3));
  ASSERT_EQ(ran.exitCode, 0) << ran.err;

  Counts writers, events, builds, rules;
  std::map<std::string, int> tracesOf;
  for (const Kind* kind : all) {
    ++tracesOf[kind->build];
    if (kind->process == kOld) ++rules[{"OW-027", kOld}];
    if (!*kind->after) continue;
    std::string writer = toUtf8(kWriters[kind->writer]);
    ++writers[{writer}];
    ++events[{writer, kind->after, nameOf(kind->failure)}];
    ++builds[{writer, kind->build}];
  }
  std::string expected = answer("which writer fails most", {"writer"}, writers, 3);
  expected += answer("after which call, and with which code", {"writer", "after", "failure"}, events, 5);
  std::string share = "-- on which build, and in how many of a hundred of its traces\n";
  std::vector<std::tuple<double, std::string>> shares;
  for (const auto& [key, traces] : builds) {
    double percent = std::round(1000.0 * traces / tracesOf[key[1]]) / 10;
    std::ostringstream row;
    row << "{\"writer\":\"" << key[0] << "\",\"build\":\"" << key[1] << "\",\"traces\":\"" << traces << "\",\"percent\":" << percent << "}\n";
    shares.emplace_back(-percent, row.str());
  }
  std::sort(shares.begin(), shares.end());
  for (std::size_t i = 0; i < 4; ++i) share += std::get<1>(shares[i]);
  expected += share;
  expected += answer("which rule is broken most, by which program", {"rule", "process"}, rules, 5);
  expected += "-- which files cannot be used\n";
  for (std::size_t i = whole; i < 1000; ++i) expected += "{\"file\":\"night/server" + std::to_string(i) + ".vsst\"}\n";
  EXPECT_EQ(ran.out, expected);
}

}  // namespace
}  // namespace vss::test
