#include "fault_matrix/reports.h"

#include <sstream>

#include "conformance/schema_testing.h"
#include "traces/test_trace.h"
#include "fault_matrix/testing.h"

namespace vss::fault_matrix {
namespace {

Run run(const std::string& name, Outcome outcome) { return {{parseFault(name), name, "@B3", "prepared for backup", "it <fails>", "its page", false, 1}, std::move(outcome)}; }

Matrix someRuns() {
  Outcome well{.exitCode = 1, .putIn = true, .failedCall = 7, .then = {"AbortBackup", "Release"}, .aborted = true, .wrong = {}, .notes = {}, .trace = "1.vsst"};
  Outcome wrong = well, crashed = well, missed{.then = {}, .wrong = {}, .notes = {}, .trace = ""};
  wrong.then = {}, wrong.wrong = {{"RQ-018", "must", "released without AbortBackup", "a page", {7, 9}}}, wrong.notes = {"a \"note\""};
  crashed.how = Outcome::How::crashed, crashed.exitCode = 139, crashed.wrong = {{"", "", "crashed", "a page", {7}}};
  return {"a\\b.vsst", {"backup", "C:\\ <x>"}, {.exitCode = 0, .calls = 12, .findings = {{"RQ-002", 1}, {"RQ-024", 6}}},
          {run("PrepareForBackup/sync/E_OUTOFMEMORY", well), run("PrepareForBackup/sync/VSS_E_BAD_STATE", well), run("DoSnapshotSet/async/E_OUTOFMEMORY", wrong),
           run("DoSnapshotSet/async/VSS_E_UNEXPECTED", crashed), run("BackupComplete/hang", missed)}};
}

TEST(FaultReports, TheTableHasOneEntryForRunsThatAreAlike) {
  std::ostringstream out;
  printMatrix(someRuns(), out);
  EXPECT_EQ(out.str(),
            "without a failure: exit 0, 12 calls, breaks RQ-002, RQ-024 (6 times)\n"
            "ok      exit 1    PrepareForBackup/sync E_OUTOFMEMORY VSS_E_BAD_STATE\n"
            "                  then AbortBackup, Release\n"
            "WRONG   exit 1    DoSnapshotSet/async E_OUTOFMEMORY\n"
            "                  then ended\n"
            "                  RQ-018 (must): released without AbortBackup\n"
            "                    a page; calls 7, 9 in 1.vsst\n"
            "                  note: a \"note\"\n"
            "WRONG   crash 139 DoSnapshotSet/async VSS_E_UNEXPECTED\n"
            "                  then AbortBackup, Release\n"
            "                  crashed\n"
            "                    a page; call 7 in 1.vsst\n"
            "not met           BackupComplete/hang\n"
            "5 failures put in: 2 ok, 2 wrong, 1 not met: the program never came to the call\n");
}

TEST(FaultReports, TheJsonIsAsItsSchemaSays) {
  std::ostringstream out;
  printMatrixJson(someRuns(), out);
  Parsed value(out.str()), schema(test::contents("docs/schemas/faults.schema.json"));
  validate(value.value(), schema.value(), "faults");
  auto breaks = member(*member(value.value(), "good"), "breaks")->getArray();
  ASSERT_EQ(breaks.size(), 2u);
  EXPECT_EQ(text(*member(breaks[1], "rule")), "RQ-024");
  EXPECT_EQ(member(breaks[1], "times")->getNumber(), 6);
  auto runs = member(value.value(), "runs")->getArray();
  ASSERT_EQ(runs.size(), 5u);
  EXPECT_EQ(text(*member(runs[3], "ended")), "crashed");
  EXPECT_EQ(member(value.value(), "wrong")->getNumber(), 2);
}

TEST(FaultReports, ThePageHasARowForRunsThatAreAlikeAndNothingThatBreaksIt) {
  Folder folder;
  auto path = pathFromUtf8(folder / "x").parent_path();
  writePage(someRuns(), path);
  std::string page = contents(folder / "faults.html");
  std::size_t rows = 0;
  for (std::size_t at = 0; (at = page.find("<tr class=", at)) != std::string::npos; ++at) ++rows;
  EXPECT_EQ(rows, 4u);
  EXPECT_LT(page.find("<tr class=\"wrong\"><td>WRONG</td><td><p><a href=\"1.vsst\">DoSnapshotSet/async/VSS_E_UNEXPECTED</a>"), page.find("<tr class=\"ok\">")) << "mistakes first";
  EXPECT_NE(page.find("PrepareForBackup/sync/E_OUTOFMEMORY</a><br><small>in @B3, prepared for backup: it &lt;fails&gt;</small></p><p>"), std::string::npos) << page;
  EXPECT_NE(page.find("PrepareForBackup/sync/VSS_E_BAD_STATE</a><br><small>it &lt;fails&gt;"), std::string::npos) << "in the same state";
  EXPECT_NE(page.find("<meta name=\"viewport\""), std::string::npos);
  EXPECT_NE(page.find("backup C:\\ &lt;x&gt;"), std::string::npos);
  EXPECT_NE(page.find("breaks RQ-002, RQ-024 (6 times)"), std::string::npos);
  EXPECT_NE(page.find("it &lt;fails&gt;"), std::string::npos);
  EXPECT_EQ(page.find("<fails>"), std::string::npos);
  EXPECT_NE(page.find("<a href=\"1.vsst\">DoSnapshotSet/async/E_OUTOFMEMORY</a>"), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos) << "nothing is fetched from elsewhere";
}

}  // namespace
}  // namespace vss::fault_matrix
