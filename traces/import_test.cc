#include "traces/import.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "traces/call.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/trace_testing.h"
#include "traces/vssadmin.h"

namespace vss {
namespace {

using testing_traces::listings;

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Import : public testing::Test {
 protected:
  Import() { std::filesystem::create_directories(folder); }
  ~Import() override {
    reader.reset();  // Windows deletes no mapped file
    std::filesystem::remove_all(folder);
  }

  int import(const std::string& file, const std::string& from = "auto") {
    std::ostringstream out, err;
    int code = importListing(file, trace(), from, out, err);
    said = out.str();
    complained = err.str();
    return code;
  }
  int importText(const std::string& text) {
    std::ofstream(folder / "listing.txt", std::ios::binary) << text;
    return import(shownPath(folder / "listing.txt"));
  }
  std::string exported() {
    std::ostringstream out, err;
    EXPECT_EQ(exportVssadmin(trace(), "", out, err), 0);
    complained = err.str();
    return out.str();
  }
  LoadedTrace load() {
    reader = std::make_unique<TraceReader>(folder / "out.vsst");
    auto loaded = loadCalls(*reader);
    EXPECT_TRUE(reader->problems().empty());
    EXPECT_EQ(reader->end(), TraceEnd::complete);
    return loaded;
  }
  std::string trace() const { return shownPath(folder / "out.vsst"); }
  bool traceExists() const { return std::filesystem::exists(folder / "out.vsst"); }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / (std::string("import_test-") + std::to_string(currentProcess()) + "-" +
                                                testing::UnitTest::GetInstance()->current_test_info()->name());
  std::unique_ptr<TraceReader> reader;
  std::string said, complained;
};

TEST_F(Import, WritesTheCallsThatStatusWouldHaveMade) {
  ASSERT_EQ(import(listings + "crlf.txt"), 0) << complained;
  EXPECT_EQ(complained, "");
  std::string text;
  for (const Call& call : load().calls) text += printCall(call) + " = " + printResult(call) + "\n";
  EXPECT_EQ(text,
            "CreateVssBackupComponents() = S_OK\n"
            "#1 IVssBackupComponents::InitializeForBackup(bstrXML=null) = S_OK\n"
            "#1 IVssBackupComponents::GatherWriterMetadata() = S_OK\n"
            "#2 IVssAsync::Wait(dwMilliseconds=INFINITE) = S_OK\n"
            "#2 IVssAsync::QueryStatus() = S_OK\n"
            "#2 IUnknown::Release() = 0\n"
            "#1 IVssBackupComponents::GatherWriterStatus() = S_OK\n"
            "#3 IVssAsync::Wait(dwMilliseconds=INFINITE) = S_OK\n"
            "#3 IVssAsync::QueryStatus() = S_OK\n"
            "#3 IUnknown::Release() = 0\n"
            "#1 IVssBackupComponents::GetWriterStatusCount() = S_OK\n"
            "#1 IVssBackupComponents::GetWriterStatus(iWriter=0) = S_OK\n"
            "#1 IVssBackupComponents::GetWriterStatus(iWriter=1) = S_OK\n"
            "#1 IVssBackupComponents::FreeWriterStatus() = S_OK\n"
            "#1 IVssBackupComponents::FreeWriterMetadata() = S_OK\n"
            "#1 IUnknown::Release() = 0\n");
  EXPECT_EQ(reader->header().origin, Origin::imported);
  EXPECT_EQ(reader->header().startTime, 0);
  EXPECT_EQ(reader->header().target, "vssadmin listing crlf.txt");
}

TEST_F(Import, MarksEachCallWhoseAnswerTheListingDoesNotGive) {
  ASSERT_EQ(import(listings + "seen-hyperv-inconsistent.txt"), 0);
  auto loaded = load();
  const Call* last = nullptr;
  for (const Call& call : loaded.calls)
    if (call.is("GetWriterStatus")) last = &call;
  ASSERT_TRUE(last);
  EXPECT_EQ(last->output("pidWriter")->guid(), Guid{});
  std::string marks;
  for (const Remark& remark : loaded.remarks)
    if (remark.about == last->enterOrder) marks += remark.text + "\n";
  EXPECT_EQ(marks,
            "the listing has no writer id for this writer; a null id stands in its place\n"
            "the listing has no writer instance id for this writer; a null id stands in its place\n"
            "the listing has no state for this writer; VSS_WS_UNKNOWN stands in its place\n"
            "the listing has no last error for this writer; VSS_E_WRITER_STATUS_NOT_AVAILABLE stands in its place\n");
  exported();
  EXPECT_NE(complained.find("no writer id for this writer; a null id stands in its place"), complained.npos) << complained;
}

TEST_F(Import, KeepsTheListingItself) {
  ASSERT_EQ(import(listings + "utf16le-powershell.txt"), 0);
  std::string kept;
  for (const Remark& remark : load().remarks)
    if (remark.kind == RemarkKind::listing) kept = remark.text;
  EXPECT_TRUE(kept.starts_with("vssadmin 1.1 - ")) << kept;  // as text, not as the file's bytes
}

TEST_F(Import, IsExportedByteForByteWhereTheListingWasUndamagedEnglish) {
  for (const char* name : {"undamaged", "error-texts", "states", "none-banner-only", "unknown-english-text"}) {
    std::string file = listings + name + ".txt";
    ASSERT_EQ(import(file), 0) << complained;
    EXPECT_EQ(exported(), contentOf(file)) << name;
  }
}

TEST_F(Import, IsExportedWithTheErrorTextsOfItsLanguage) {
  ASSERT_EQ(import(listings + "unseen-spanish-failed.txt"), 0);
  std::string text = exported();
  EXPECT_NE(text.find("   State: [8] Failed\n   Last error: Error no recuperable\n"), text.npos) << text;
  EXPECT_NE(text.find("   Last error: Sin errores\n"), text.npos) << text;
}

TEST_F(Import, TellsDamageWithItsLine) {
  ASSERT_EQ(import(listings + "contradiction.txt"), 0);
  EXPECT_NE(complained.find("contradiction.txt:7: the state [1] and its word \"Failed\" contradict each other; the number is kept\n"), complained.npos);
  EXPECT_NE(said.find("imported 4 writers from "), said.npos) << said;
}

TEST_F(Import, RefusesWhatIsNoListingInOneLineAndLeavesNoFile) {
  struct { std::string file, sentence; } cases[] = {
      {listings + "nowhere.txt", "cannot be opened; is the name right?"},
      {listings, "is a folder, not a listing"},
      {listings + "refused-empty.txt", "the text is empty; give the output of `vssadmin list writers`"},
      {listings + "refused-blank.txt", "the text is empty"},
      {listings + "refused-binary.txt", "give the whole output of `vssadmin list writers`, run as administrator"},
      {listings + "refused-vshadow-metadata.txt", "this is a listing of writer metadata, which tells no status; run `vshadow -ws`, or `list writers status` in diskshadow"},
      {listings + "refused-diskshadow-metadata.txt", "this is a listing of writer metadata"},
      {listings + "refused-vshadow-call-failed.txt", "\"CreateVssBackupComponents(&m_pVssObject)\" returned 0x80070005 (E_ACCESSDENIED); run it again as administrator"},
      {listings + "refused-vshadow-heading-only.txt", "the listing ends before its first writer; give the whole output"},
      {listings + "refused-vshadow-count-only.txt", "the text says that there are 12 writers, but not one is in it; give the whole output"},
      {listings + "refused-event-text.txt", "this is the text of an event, which tells no writer's state; give the output of `vssadmin list writers`"},
      {listings + "refused-event-text-german.txt", "this is the text of an event"},
      {listings + "refused-event-text-french.txt", "this is the text of an event"},
      {listings + "refused-powershell-services.txt", "this is no listing of writers"},
      {listings + "refused-error-without-banner.txt", "run as administrator"},
      {listings + "refused-vssadmin-shadows.txt", "line 4: there are ids, but no writer's state: this is what another command tells"},
      {listings + "refused-vssadmin-shadows-german.txt", "line 4: there are ids, but no writer's state"},
      {listings + "refused-vssadmin-providers.txt", "give the output of `vssadmin list writers`"},
  };
  for (const auto& [file, sentence] : cases) {
    EXPECT_EQ(import(file), 2) << file;
    EXPECT_TRUE(complained.starts_with("shadowtape: " + file + ": ")) << complained;
    EXPECT_NE(complained.find(sentence), complained.npos) << complained;
    EXPECT_EQ(complained.find('\n'), complained.size() - 1) << complained;
    EXPECT_EQ(said, "");
    EXPECT_FALSE(traceExists()) << file;
  }
}

TEST_F(Import, SaysWhatItTookTheTextFor) {
  struct { const char *name, *takenFor; } cases[] = {
      {"crlf", "(vssadmin listing)"}, {"vshadow", "(vshadow writer status)"}, {"diskshadow", "(diskshadow writer status)"},
      {"powershell-table", "(PowerShell table)"}, {"either", "(vshadow or diskshadow writer status)"},
      {"mixed-vssadmin-vshadow", "(vssadmin listing and vshadow writer status)"}};
  for (const auto& [name, takenFor] : cases) {
    ASSERT_EQ(import(listings + name + ".txt"), 0) << complained;
    EXPECT_NE(said.find(takenFor), said.npos) << said;
  }
  load();
  EXPECT_EQ(reader->header().target, "vssadmin listing and vshadow writer status mixed-vssadmin-vshadow.txt");
}

TEST_F(Import, LeavesNoTraceOfATextThatIsNotWhatFromSays) {
  std::string file = listings + "mixed-vssadmin-vshadow.txt";
  EXPECT_EQ(import(file, "vssadmin"), 2);
  EXPECT_EQ(complained, "shadowtape: " + file + ": line 13: this looks like vshadow writer status, which is not what --from vssadmin says; leave --from "
                                                "out, and all of it is imported\n");
  EXPECT_FALSE(traceExists());
  EXPECT_EQ(import(listings + "vshadow.txt", "vshadow"), 0) << complained;
}

// The hex code is what a program gets, also where the tool had no text for it, or vssadmin has none.
TEST_F(Import, KeepsTheCodeOfAFailure) {
  ASSERT_EQ(importText("* WRITER \"A\"\n   - Status: 17 (Undefined)\n   - Writer Failure code: 0x800423f3 (<Unknown error code>)\n"
                       "* WRITER \"B\"\n   - Status: 11 (VSS_WS_FAILED_AT_POST_SNAPSHOT)\n   - Writer Failure code: 0x8007000e (S_OK)\n"), 0);
  std::string outputs;
  for (const Call& call : load().calls)
    if (call.is("GetWriterStatus")) outputs += printOutputs(call) + "\n";
  EXPECT_NE(outputs.find("pbstrWriter=\"A\" pnStatus=17 phResultFailure=VSS_E_WRITERERROR_RETRYABLE\n"), outputs.npos) << outputs;
  EXPECT_NE(outputs.find("pbstrWriter=\"B\" pnStatus=VSS_WS_FAILED_AT_POST_SNAPSHOT phResultFailure=E_OUTOFMEMORY\n"), outputs.npos) << outputs;
  EXPECT_NE(complained.find(":2: the state [17] is no VSS_WRITER_STATE; it is kept as it is\n"), complained.npos) << complained;
  EXPECT_NE(complained.find(":6: the failure 0x8007000e and its name \"S_OK\" contradict each other; the number is kept\n"), complained.npos) << complained;
}

TEST_F(Import, OverwritesATraceButNoOtherFile) {
  ASSERT_EQ(import(listings + "crlf.txt"), 0);
  ASSERT_EQ(import(listings + "undamaged.txt"), 0);
  EXPECT_EQ(exported(), contentOf(listings + "undamaged.txt"));
  std::filesystem::remove(folder / "out.vsst");
  std::ofstream(folder / "out.vsst") << "somebody's notes, long enough to have a magic number where a trace has it";
  std::string before = contentOf(folder / "out.vsst");
  EXPECT_THROW(import(listings + "crlf.txt"), TraceError);
  EXPECT_EQ(contentOf(folder / "out.vsst"), before);
}

TEST_F(Import, KeepsTheOldTraceWhenTheListingIsRefused) {
  ASSERT_EQ(import(listings + "crlf.txt"), 0);
  std::string before = contentOf(folder / "out.vsst");
  EXPECT_EQ(import(listings + "refused-empty.txt"), 2);
  EXPECT_EQ(contentOf(folder / "out.vsst"), before);
}

TEST_F(Import, AcceptsAListingOfNoWriters) {
  ASSERT_EQ(import(listings + "none-banner-only.txt"), 0);
  EXPECT_EQ(printOutputs(load().calls.at(10)), "pcWriters=0");
}

}  // namespace
}  // namespace vss
