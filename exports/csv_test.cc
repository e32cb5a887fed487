// `export --to csv` is read back by RFC 4180 and held against the trace.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "exports/export.h"
#include "exports/sample.h"
#include "exports/sessions.h"
#include "traces/append_remarks.h"
#include "traces/call.h"
#include "traces/import.h"
#include "traces/print.h"
#include "traces/vss/results.h"

namespace vss::exports {
namespace {

using namespace testing_exports;

// Cells; nullopt: empty and without quotation marks.
using Row = std::vector<std::optional<std::string>>;
std::vector<Row> readCsv(const std::string& text) {
  std::vector<Row> rows(1, Row(1));
  for (std::size_t at = 0; at < text.size();) {
    auto& cell = rows.back().back();
    if (text[at] == '"') {
      cell = "";
      for (++at; at < text.size(); ++at) {
        if (text[at] != '"') *cell += text[at];
        else if (at + 1 < text.size() && text[at + 1] == '"') *cell += text[at++];
        else break;
      }
      ++at;
    } else
      while (at < text.size() && text[at] != ',' && text[at] != '\r') cell = cell.value_or("") + text[at++];
    if (text.compare(at, 2, "\r\n") == 0) at += 2, rows.emplace_back(1);
    else if (at < text.size() && text[at] == ',') ++at, rows.back().emplace_back();
    else ADD_FAILURE() << "at byte " << at << " there is neither , nor CR LF";
  }
  EXPECT_EQ(rows.back(), Row(1)) << "the last row has no end";
  rows.pop_back();
  return rows;
}

struct Table {
  std::vector<std::string> columns;
  std::vector<Row> rows;
  std::string said;
  explicit Table(const std::string& path, const std::string& name = "given.vsst") {
    TraceReader reader(pathFromUtf8(path));
    std::ostringstream out, err;
    exportCsv(reader, name, out, err);
    rows = readCsv(out.str());
    for (const auto& column : rows.at(0)) columns.push_back(column.value());
    rows.erase(rows.begin());
    said = err.str();
    for (const auto& row : rows) EXPECT_EQ(row.size(), columns.size());
  }
  const std::optional<std::string>& at(std::size_t row, std::string_view column) const {
    return rows.at(row).at(static_cast<std::size_t>(std::find(columns.begin(), columns.end(), column) - columns.begin()));
  }
};

std::optional<std::string> some(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

TEST(ExportCsv, HasARowForEachCallWithWhatTheCallSays) {
  Folder folder;
  std::string path = folder / "night.vsst";
  Planned plan;
  nightBackup(plan);
  plan.call(1, 40 * kSecond, 41 * kSecond, [] { Made made = gather(1, 8); made.returns = false; return made; }());
  plan.write(path);
  Table table(path);
  TraceReader reader(pathFromUtf8(path));
  auto calls = loadCalls(reader).calls;
  ASSERT_EQ(table.rows.size(), calls.size());
  std::sort(table.rows.begin(), table.rows.end(), [&](auto& a, auto& b) { return std::stoi(*a[6]) < std::stoi(*b[6]); });
  std::size_t statuses = 0, polls = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Call& call = calls[i];
    SCOPED_TRACE("call " + std::to_string(call.number));
    auto expect = [&](const char* column, const std::optional<std::string>& value) { EXPECT_EQ(table.at(i, column), value) << column; };
    expect("trace", "given.vsst");
    expect("origin", "live");
    expect("platform", "windows x86-64 10.0.20348");
    expect("process_id", "4171");
    expect("target", "system");
    expect("call", std::to_string(call.number));
    expect("thread", std::to_string(call.thread));
    expect("object", call.object ? std::optional(std::to_string(call.object)) : std::nullopt);
    expect("session", call.object ? std::optional("1") : std::nullopt);  // of the operations too
    expect("interface", some(call.signature->interface_));
    expect("method", call.signature->method);
    std::int64_t start = static_cast<std::int64_t>(call.enterTick - Planned::kStartTick), end = static_cast<std::int64_t>(call.leaveTick - Planned::kStartTick);
    expect("start_ns", std::to_string(start));
    expect("start_time", printTimeExactly(Planned::kStartTime + start));
    expect("end_ns", call.result ? std::optional(std::to_string(end)) : std::nullopt);
    expect("duration_ns", call.result ? std::optional(std::to_string(end - start)) : std::nullopt);
    expect("end_time", call.result ? std::optional(printTimeExactly(Planned::kStartTime + end)) : std::nullopt);
    expect("hresult", call.hresult() ? std::optional(std::to_string(*call.hresult())) : std::nullopt);
    expect("hresult_name", call.hresult() ? std::optional(nameOf(*call.hresult())) : std::nullopt);
    expect("result", call.is("Release") ? std::optional("0") : std::nullopt);
    expect("inputs", some(printInputs(call)));
    expect("outputs", some(printOutputs(call)));
    bool status = call.is("GetWriterStatus") && call.hresult() == S_OK;
    statuses += status;
    expect("writer_name", status ? std::optional(toUtf8(call.output("pbstrWriter")->text())) : std::nullopt);
    expect("writer_instance_id", status ? std::optional(toString(call.output("pidInstance")->guid())) : std::nullopt);
    expect("writer_class_id", status ? std::optional(toString(call.output("pidWriter")->guid())) : std::nullopt);
    expect("writer_state", status ? std::optional(enumeratorName("VSS_WRITER_STATE", static_cast<std::int32_t>(call.output("pnStatus")->number))) : std::nullopt);
    expect("writer_failure", status ? std::optional(std::to_string(call.output("phResultFailure")->number)) : std::nullopt);
    expect("writer_failure_name", status ? std::optional(nameOf(static_cast<HRESULT>(call.output("phResultFailure")->number))) : std::nullopt);
    polls += call.thread == 2 && table.at(i, "after") == "DoSnapshotSet";
  }
  EXPECT_EQ(statuses, 36u);
  EXPECT_EQ(polls, 5u);
  // Which writer failed, after which call.
  std::vector<std::string> failures;
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (table.at(i, "writer_failure").value_or("0") != "0") failures.push_back(*table.at(i, "writer_name") + " after " + *table.at(i, "after"));
  EXPECT_EQ(failures, (std::vector<std::string>{"SqlServerWriter after DoSnapshotSet", "Microsoft Hyper-V VSS Writer after DoSnapshotSet", "SqlServerWriter after AbortBackup"}));
}

TEST(ExportCsv, EachRowTellsTheBuildAndFactsAreNoRemarks) {
  Folder folder;
  std::string path = folder / "night.vsst";
  Planned plan;
  nightBackup(plan);
  plan.write(path);
  Table before(path);
  std::vector<std::string> facts{"os.name=Windows Server 2022 Standard", "os.version=10.0.20348.2031"};
  appendRemarks(pathFromUtf8(path), RemarkKind::environment, facts);
  Table table(path);
  ASSERT_EQ(table.rows.size(), before.rows.size());
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    EXPECT_EQ(table.at(i, "build"), "10.0.20348.2031");
    EXPECT_EQ(before.at(i, "build"), "10.0.20348") << "as the platform says";
  }
  EXPECT_EQ(table.said, before.said);
  std::ostringstream out, err;
  TraceReader reader(pathFromUtf8(path));
  exportJsonl(reader, "given.vsst", out, err);
  EXPECT_NE(out.str().substr(0, out.str().find('\n')).find("\"build\": \"10.0.20348.2031\""), std::string::npos) << out.str().substr(0, 1000);
}

// A name that can be shown comes back as it is; another one in the form that `show` has.
TEST(ExportCsv, WritesNoFormulaAndNothingThatCannotBeRead) {
  struct Name { std::u16string_view name; std::optional<std::string> cell; };
  using namespace std::literals;
  const Name names[] = {{u"System Writer", "System Writer"}, {u"=1+1"sv, "'=1+1"}, {u"+1", "'+1"}, {u"-1", "'-1"}, {u"@SUM(A1)", "'@SUM(A1)"}, {u"'quoted'", "''quoted'"}, {u"a, \"b\"", "a, \"b\""}, {u"C:\\x\\n", "C:\\x\\n"},
                        {u"", ""}, {u"\"all\"", "\"\\\"all\\\"\""}, {u"a\r\nb", "\"a\\u000d\\nb\""}, {u"NUL\0"sv, "\"NUL\\u0000\""}, {u"half \xD83D\\"sv, "\"half \\ud83d\\\\\""}, {u"\t=1", "\"\\u0009=1\""}, {u"Größe 😀", "Größe 😀"}};
  Folder folder;
  std::string path = folder / "names.vsst";
  {
    Trace trace(path);
    trace.call(create(1));
    for (const auto& [name, cell] : names) trace.call(status(1, 0, name));
    Made made = status(1, 0, u"");
    made.outputs[2] = is(ValueKind::null);
    trace.call(made);
  }
  Table table(path, "=cmd|x.vsst");
  EXPECT_EQ(table.at(0, "trace"), "'=cmd|x.vsst");
  for (std::size_t i = 0; i < std::size(names); ++i) EXPECT_EQ(table.at(i + 1, "writer_name"), names[i].cell);
  EXPECT_EQ(table.at(std::size(names) + 1, "writer_name"), std::nullopt) << "null, which is not empty";
}

TEST(ExportCsv, HasNoTimesAndNoInventedStatesOfAListing) {
  Folder folder;
  std::string listing = folder / "listing.txt", path = folder / "listing.vsst";
  put(listing, "vssadmin 1.1 - Volume Shadow Copy Service administrative command-line tool\r\n(C) Copyright 2001-2013 Microsoft Corp.\r\n\r\nWriter name: 'System Writer'\r\n"
               "   Writer Id: {e8132975-6f93-4464-a53e-1050253ae220}\r\n   Last error: No error\r\n\r\n");
  std::ostringstream out, err;
  ASSERT_EQ(importListing(listing, path, "auto", out, err), 0) << err.str();
  Table table(path);
  std::size_t statuses = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    for (const char* column : {"start_time", "end_time", "start_ns", "end_ns", "duration_ns", "process_id"}) EXPECT_EQ(table.at(i, column), std::nullopt) << column;
    if (!table.at(i, "writer_class_id")) continue;
    ++statuses;
    EXPECT_EQ(table.at(i, "writer_name"), "System Writer");
    EXPECT_EQ(table.at(i, "writer_state"), std::nullopt);
    EXPECT_EQ(table.at(i, "writer_failure"), "0");
  }
  EXPECT_EQ(statuses, 1u);
  EXPECT_NE(table.said.find("remarks have no row; --to jsonl has them"), std::string::npos) << table.said;
}

}  // namespace
}  // namespace vss::exports
