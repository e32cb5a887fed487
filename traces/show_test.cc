#include "traces/show.h"

#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

#include "traces/test_trace.h"
#include "traces/trace_error.h"

namespace vss {
namespace {

using namespace test;

// Whether a text is one JSON value, by the grammar of RFC 8259.
class Json {
 public:
  static bool isValid(std::string_view text) {
    Json json(text);
    return json.value() && json.rest_.empty();
  }

 private:
  explicit Json(std::string_view text) : rest_(text) {}
  void skipSpace() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != std::string_view::npos) rest_.remove_prefix(1);
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool string() {
    if (!take("\"")) return false;
    while (!rest_.empty() && rest_[0] != '"') {
      if (static_cast<unsigned char>(rest_[0]) < 0x20) return false;
      if (take("\\u")) {
        for (int i = 0; i < 4; ++i, rest_.remove_prefix(1))
          if (rest_.empty() || !std::isxdigit(static_cast<unsigned char>(rest_[0]))) return false;
      } else if (take("\\")) {
        if (rest_.empty() || std::string_view("\"\\/bfnrt").find(rest_[0]) == std::string_view::npos) return false;
        rest_.remove_prefix(1);
      } else rest_.remove_prefix(1);
    }
    return take("\"");
  }
  bool number() {
    static const std::regex form("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
    std::match_results<std::string_view::const_iterator> match;
    if (!std::regex_search(rest_.begin(), rest_.end(), match, form, std::regex_constants::match_continuous)) return false;
    rest_.remove_prefix(static_cast<std::size_t>(match.length()));
    return true;
  }
  bool list(char end, bool keys) {
    skipSpace();
    if (take({&end, 1})) return true;
    for (;;) {
      skipSpace();
      if (keys && !(string() && (skipSpace(), take(":")))) return false;
      if (!value()) return false;
      if (!take(",")) return take({&end, 1});
    }
  }
  bool value() {
    skipSpace();
    bool good = take("{") ? list('}', true) : take("[") ? list(']', false) : rest_.starts_with('"') ? string()
                : take("true") || take("false") || take("null") || number();
    skipSpace();
    return good;
  }
  std::string_view rest_;
};

void cutFooter(const std::string& path) {
  auto end = TraceReader(pathFromUtf8(path)).endOfNotes();
  std::filesystem::resize_file(pathFromUtf8(path), end);
}

class Show : public ::testing::Test {
 protected:
  Folder folder;
  std::string a = folder / "a.vsst", out, err;
  using One = int (*)(const std::string&, const std::string&, std::ostream&, std::ostream&);
  using Many = int (*)(const ManyTraces&, const std::string&, std::ostream&, std::ostream&);

  void keep(const std::ostringstream& text, const std::ostringstream& errors) {
    auto plain = [&](std::string s) {
      return named(named(std::move(s), a, "A"), platformName(), "PLATFORM");
    };
    out = plain(text.str()), err = plain(errors.str());
  }
  int show(const char* format = "text", bool state = false) {
    std::ostringstream text, errors;
    int code = showTrace(a, {.format = format, .state = state}, text, errors);
    keep(text, errors);
    return code;
  }
  int run(Many command, const std::vector<std::string>& paths, const char* format = "text") {
    std::ostringstream text, errors;
    int code = command({paths}, format, text, errors);
    keep(text, errors);
    return code;
  }
  void expectJsonLines() {
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) EXPECT_TRUE(Json::isValid(line)) << line;
  }
};

TEST_F(Show, TheJsonOfTheseTestsIsJudgedStrictly) {
  for (const char* good : {"{}", "[1, -2.5e-07, \"\\u00e9\\n\", null, true]", "{\"a\": {\"b\": []}}"}) EXPECT_TRUE(Json::isValid(good)) << good;
  for (const char* bad : {"{", "{\"a\" 1}", "[1,]", "\"\n\"", "\"\\x\"", "nul", "01", "inf", "{} {}"}) EXPECT_FALSE(Json::isValid(bad)) << bad;
}

TEST_F(Show, TellsTheStateOfEachObjectWhereItChanges) {
  Trace(a).session(healthySession());
  EXPECT_EQ(show("text", true), 0);
  EXPECT_NE(out.find("       #1 is U: created, not initialized\n    2  #1 IVssBackupComponents::InitializeForBackup(bstrXML=null) → S_OK\n"), std::string::npos) << out;
  EXPECT_NE(out.find("       #2 is GatherWriterStatus's operation, running, perhaps ended\n    4  #2 IVssAsync::Wait"), std::string::npos) << out;
  EXPECT_NE(out.find("       #2 is GatherWriterStatus's operation, ended, not told how\n    5  "), std::string::npos) << out;
  EXPECT_NE(out.find("       #1 is @B0: initialized for backup; writer status gathered\n    7  #1 IVssBackupComponents::GetWriterStatusCount"), std::string::npos) << out;
  EXPECT_EQ(out.find("       #1 is @B0: initialized for backup; writer status gathered\n    8"), std::string::npos) << "once: " << out;
  EXPECT_EQ(show("json", true), 0);
  EXPECT_NE(out.find("\"state\": {\"label\": \"@B0\", \"status\": \"finished\", \"words\": \"initialized for backup; writer status gathered\", \"certain\": true, \"legal\": [\"SetContext\""),
            std::string::npos) << out;
  EXPECT_NE(out.find("\"state\": {\"operation\": \"ended\", \"session\": 1}"), std::string::npos) << out;
}

TEST_F(Show, ASessionIsALineACall) {
  Trace(a, {Origin::imported, "", "vssadmin listing x.txt", false}).session(healthySession());
  EXPECT_EQ(show(), 0);
  EXPECT_EQ(out,
            "# imported, answered by vssadmin listing x.txt, PLATFORM\n"
            "    1  CreateVssBackupComponents() → S_OK  ppBackup=#1\n"
            "    2  #1 IVssBackupComponents::InitializeForBackup(bstrXML=null) → S_OK\n"
            "    3  #1 IVssBackupComponents::GatherWriterStatus() → S_OK  pAsync=#2\n"
            "    4  #2 IVssAsync::Wait(dwMilliseconds=INFINITE) → S_OK\n"
            "    5  #2 IVssAsync::QueryStatus() → S_OK  pHrResult=VSS_S_ASYNC_FINISHED pReserved=no pointer\n"
            "    6  #2 IUnknown::Release() → 0\n"
            "    7  #1 IVssBackupComponents::GetWriterStatusCount() → S_OK  pcWriters=3\n"
            "    8  #1 IVssBackupComponents::GetWriterStatus(iWriter=0) → S_OK  pidInstance={00000001-0000-0000-0000-000000000000} "
            "pidWriter={00000065-0000-0000-0000-000000000000} pbstrWriter=\"System Writer\" pnStatus=VSS_WS_STABLE phResultFailure=S_OK\n"
            "    9  #1 IVssBackupComponents::GetWriterStatus(iWriter=1) → S_OK  pidInstance={00000002-0000-0000-0000-000000000000} "
            "pidWriter={00000066-0000-0000-0000-000000000000} pbstrWriter=\"Registry Writer\" pnStatus=VSS_WS_STABLE phResultFailure=S_OK\n"
            "   10  #1 IVssBackupComponents::GetWriterStatus(iWriter=2) → S_OK  pidInstance={00000003-0000-0000-0000-000000000000} "
            "pidWriter={00000067-0000-0000-0000-000000000000} pbstrWriter=\"WMI Writer\" pnStatus=VSS_WS_WAITING_FOR_BACKUP_COMPLETE phResultFailure=S_OK\n"
            "   11  #1 IVssBackupComponents::FreeWriterStatus() → S_OK\n"
            "   12  #1 IUnknown::Release() → 0\n");
  EXPECT_EQ(err, "");
}

TEST_F(Show, TimesAreShownWhereTheyAreKnown) {
  Trace(a, {Origin::live, "backup.exe", "system", true}).session({create(1)});
  show();
  std::regex form("# live, backup\\.exe \\([0-9]+\\), answered by system, 20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z, PLATFORM\n"
                  " {4}1 +[0-9]+\\.[0-9]{3}  CreateVssBackupComponents\\(\\) → S_OK  ppBackup=#1(  \\([0-9.]+ m?s\\))?\n");
  EXPECT_TRUE(std::regex_match(out, form)) << out;
}

TEST_F(Show, ThreadsAreNamedFromTheStartWhereThereAreSeveral) {
  {
    Trace trace(a);
    Worker one, two;
    trace.call(one, create(1));
    trace.call(two, count(1, 0));
    trace.call(one, release(1));
  }
  show();
  EXPECT_EQ(out,
            "# stand-in, PLATFORM\n"
            "    1  t1  CreateVssBackupComponents() → S_OK  ppBackup=#1\n"
            "    2  t2  #1 IVssBackupComponents::GetWriterStatusCount() → S_OK  pcWriters=0\n"
            "    3  t1  #1 IUnknown::Release() → 0\n");
}

TEST_F(Show, CallsComeInTheOrderInWhichTheyCameBackAndThoseThatNeverDidLast) {
  {
    Trace trace(a);
    auto hung = wait(1);
    trace.enter(hung);
    auto slow = wait(1, 5), quick = query(1);
    auto order = trace.enter(slow);
    trace.call(quick);
    trace.leave(order, slow);
  }
  show();
  EXPECT_EQ(out,
            "# stand-in, PLATFORM\n"
            "    3  #1 IVssAsync::QueryStatus() → S_OK  pHrResult=VSS_S_ASYNC_FINISHED pReserved=no pointer\n"
            "    2  #1 IVssAsync::Wait(dwMilliseconds=5) → S_OK\n"
            "    1  #1 IVssAsync::Wait(dwMilliseconds=INFINITE) → never came back\n");
}

TEST_F(Show, RemarksStandWhereTheyWereMadeAndTheListingItselfIsLeftOut) {
  {
    Trace trace(a);
    trace.writer.remark(RemarkKind::information, 0, "one");
    trace.writer.remark(RemarkKind::listing, 0, "vssadmin 1.1\n");
    auto order = trace.call(status(1, 0, u""));
    trace.writer.remark(RemarkKind::listingError, order, "Kein\nFehler");
    trace.writer.remark(RemarkKind::warning, order, "three");
    trace.writer.remark(static_cast<RemarkKind>(77), 0, "four");
  }
  show();
  EXPECT_EQ(out,
            "# stand-in, PLATFORM\n"
            "    -  remark: \"one\"\n"
            "    1  #1 IVssBackupComponents::GetWriterStatus(iWriter=0) → S_OK  pidInstance={00000001-0000-0000-0000-000000000000} "
            "pidWriter={00000065-0000-0000-0000-000000000000} pbstrWriter=\"\" pnStatus=VSS_WS_STABLE phResultFailure=S_OK\n"
            "    -  listing's error text: \"Kein\\nFehler\"\n"
            "    -  warning: \"three\"\n"
            "    -  remark of an unknown kind: \"four\"\n");
}

TEST_F(Show, ATraceThatWasCutOffIsShownAndItsEndToldInOneLine) {
  Trace(a).session({create(1), initialize(1)});
  cutFooter(a);
  EXPECT_EQ(show(), 0);
  EXPECT_NE(out.find("    2  #1 IVssBackupComponents::InitializeForBackup(bstrXML=null) → S_OK\n"), std::string::npos);
  EXPECT_TRUE(std::regex_match(err, std::regex("A: cut off: [^\n]*the last whole note is number 4, the notes end before byte [0-9]+ of [0-9]+\n"))) << err;
}

TEST_F(Show, WhatAHeaderSaysCannotBreakTheLine) {
  Trace(a, {Origin::live, "evil\n\x1b[2Jname", "sys\ttem", false}).session({create(1)});
  show();
  EXPECT_TRUE(out.starts_with("# live, \"evil\\n\\u001b[2Jname\" (")) << out;
  EXPECT_NE(out.find(", answered by \"sys\\u0009tem\", PLATFORM\n"), std::string::npos) << out;
}

TEST_F(Show, JsonIsAnObjectALineAndSaysTheSame) {
  {
    Trace trace(a);
    trace.call(create(1));
    const char16_t odd[] = {u'"', 0xD800, 1, 0};
    auto named = status(1, 0, odd, 8, VSS_E_WRITERERROR_TIMEOUT);
    auto order = trace.call(named);
    trace.writer.remark(RemarkKind::warning, order, "a \"remark\"");
    named.outputs[2] = is(ValueKind::null);
    trace.call(named);
    named.nulls = 0b1, named.outputs = {is(ValueKind::noPointer), is(ValueKind::unchanged), is(ValueKind::zeroed), is(ValueKind::unreadable), is(ValueKind::missing)};
    named.result = static_cast<std::uint32_t>(E_INVALIDARG);
    trace.call(named);
    trace.call({1, kBackup, "DisableWriterClasses", {ValueView::ofBytes(id(1).bytes.str() + id(2).bytes.str()), number(2)}, {}});
    trace.call({1, kBackup, "SetBackupState", {number(1), number(0), number(1), number(7)}, {}});
    auto hung = release(1);
    hung.returns = false;
    trace.call(hung);
  }
  EXPECT_EQ(show("json"), 0);
  expectJsonLines();
  std::string call = ", \"thread\": 1, \"object\": 1, \"interface\": \"IVssBackupComponents\", \"method\": ";
  std::string id1 = "\"{00000001-0000-0000-0000-000000000000}\"", id2 = "\"{00000002-0000-0000-0000-000000000000}\"", id101 = "\"{00000065-0000-0000-0000-000000000000}\"";
  EXPECT_EQ(out,
            "{\"call\": 1, \"thread\": 1, \"object\": 0, \"interface\": \"\", \"method\": \"CreateVssBackupComponents\", \"inputs\": {}, \"result\": \"S_OK\", "
            "\"outputs\": {\"ppBackup\": {\"object\": 1}}}\n"
            "{\"call\": 2" + call + "\"GetWriterStatus\", \"inputs\": {\"iWriter\": 0}, \"result\": \"S_OK\", \"outputs\": {\"pidInstance\": " + id1 +
            ", \"pidWriter\": " + id101 + ", \"pbstrWriter\": \"\\\"\\ud800\\u0001\", \"pnStatus\": \"VSS_WS_FAILED_AT_PREPARE_SNAPSHOT\", "
            "\"phResultFailure\": \"VSS_E_WRITERERROR_TIMEOUT\"}}\n"
            "{\"remark\": \"warning\", \"about\": 3, \"text\": \"a \\\"remark\\\"\"}\n"
            "{\"call\": 3" + call + "\"GetWriterStatus\", \"inputs\": {\"iWriter\": 0}, \"result\": \"S_OK\", \"outputs\": {\"pidInstance\": " + id1 +
            ", \"pidWriter\": " + id101 + ", \"pbstrWriter\": null, \"pnStatus\": \"VSS_WS_FAILED_AT_PREPARE_SNAPSHOT\", "
            "\"phResultFailure\": \"VSS_E_WRITERERROR_TIMEOUT\"}}\n"
            "{\"call\": 4" + call + "\"GetWriterStatus\", \"inputs\": {\"iWriter\": 0}, \"result\": \"E_INVALIDARG\", \"outputs\": "
            "{\"pidInstance\": {\"is\": \"no pointer\"}, \"pidWriter\": {\"is\": \"unchanged\"}, \"pbstrWriter\": {\"is\": \"zeroed\"}, "
            "\"pnStatus\": {\"is\": \"unreadable\"}, \"phResultFailure\": {\"is\": \"unknown\"}}}\n"
            "{\"call\": 5" + call + "\"DisableWriterClasses\", \"inputs\": {\"rgWriterClassId\": [" + id1 + ", " + id2 + "], \"cClassId\": 2}, \"result\": \"S_OK\", \"outputs\": {}}\n"
            "{\"call\": 6" + call + "\"SetBackupState\", \"inputs\": {\"bSelectComponents\": true, \"bBackupBootableSystemState\": false, "
            "\"backupType\": \"VSS_BT_FULL\", \"bPartialFileSupport\": 7}, \"result\": \"S_OK\", \"outputs\": {}}\n"
            "{\"call\": 7, \"thread\": 1, \"object\": 1, \"interface\": \"IUnknown\", \"method\": \"Release\", \"inputs\": {}, \"result\": null}\n");
}

TEST_F(Show, JsonOfATimedTraceHasTimeAndSeconds) {
  Trace(a, {Origin::live, "p", "system", true}).session(healthySession());
  show("json");
  expectJsonLines();
  EXPECT_TRUE(std::regex_search(out, std::regex("\"time\": \"20[^\"]+Z\".*\"seconds\": [0-9]"))) << out;
}

TEST_F(Show, StopsReadingWhenNobodyTakesWhatItWrites) {
  Trace(a).session(healthySession());
  std::ostringstream broken, errors;
  broken.setstate(std::ios::badbit);
  EXPECT_EQ(showTrace(a, {}, broken, errors), 0);
  EXPECT_EQ(broken.str(), "");
}

TEST_F(Show, AFileThatCannotBeUsedIsAnError) { EXPECT_THROW(show(), TraceError); }

// ---- info

TEST_F(Show, InfoTellsWhereFromWhatAndWhichWriters) {
  {
    Trace trace(a, {Origin::imported, "", "vssadmin listing x.txt", false});
    auto session = healthySession();
    session[9] = status(1, 2, u"WMI \"Writer\"", 9, VSS_E_WRITERERROR_TIMEOUT);
    session[10].result = static_cast<std::uint32_t>(VSS_E_BAD_STATE);
    session[11].returns = false;
    trace.session(session);
    trace.writer.remark(RemarkKind::information, 0, "done");
  }
  EXPECT_EQ(run(showInfo, {a}), 0);
  std::string size = std::to_string(std::filesystem::file_size(pathFromUtf8(a)));
  EXPECT_EQ(out,
            "A\n"
            "  made by     shadowtape " SHADOWTAPE_VERSION " (format 1.1) on PLATFORM\n"
            "  origin      imported, answered by vssadmin listing x.txt\n"
            "  end         complete, " + size + " bytes, 1 chunk\n"
            "  calls       12, 1 failed, 1 never came back; 1 thread, 2 objects, 1 remark\n"
            "    CreateVssBackupComponents                     1\n"
            "    IUnknown::Release                             2\n"
            "    IVssAsync::QueryStatus                        1\n"
            "    IVssAsync::Wait                               1\n"
            "    IVssBackupComponents::FreeWriterStatus        1  (1 failed)\n"
            "    IVssBackupComponents::GatherWriterStatus      1\n"
            "    IVssBackupComponents::GetWriterStatus         3\n"
            "    IVssBackupComponents::GetWriterStatusCount    1\n"
            "    IVssBackupComponents::InitializeForBackup     1\n"
            "  writers     3 in the last of 1 gather\n"
            "    \"System Writer\"  VSS_WS_STABLE  S_OK\n"
            "    \"Registry Writer\"  VSS_WS_STABLE  S_OK\n"
            "    \"WMI \\\"Writer\\\"\"  VSS_WS_FAILED_AT_FREEZE  VSS_E_WRITERERROR_TIMEOUT\n");
  EXPECT_EQ(err, "");
}

TEST_F(Show, InfoOfALargeTraceIsToldByItsFooterAndItsLastGather) {
  {
    Trace trace(a, {Origin::live, "backup.exe", "system", true});
    auto session = healthySession();
    session[10].result = static_cast<std::uint32_t>(VSS_E_BAD_STATE);
    trace.session(session);
    for (int i = 0; i < 60'000; ++i) trace.call(status(1, 0, u"Old Writer", 1));
    for (auto& call : {gather(1, 7), status(1, 0, u"WMI Writer", 9, VSS_E_WRITERERROR_TIMEOUT)}) trace.call(call);
  }
  EXPECT_EQ(run(showInfo, {a}), 0);
  EXPECT_NE(out.find("  calls       60014, 1 failed; 1 thread, "), out.npos) << out;
  EXPECT_NE(out.find("told by the footer: `shadowtape verify` reads every note\n"), out.npos) << out;
  EXPECT_NE(out.find("    IVssBackupComponents::GetWriterStatus         60004\n"), out.npos) << out;
  EXPECT_NE(out.find("  writers     1 in the last gather\n    \"WMI Writer\"  VSS_WS_FAILED_AT_FREEZE  VSS_E_WRITERERROR_TIMEOUT\n"), out.npos) << out;
  EXPECT_EQ(run(showInfo, {a}, "json"), 0);
  expectJsonLines();
  EXPECT_NE(out.find("\"neverReturned\": null"), out.npos) << out;
  // Without its footer it is read as ever.
  std::filesystem::resize_file(pathFromUtf8(a), std::filesystem::file_size(pathFromUtf8(a)) - 8);
  EXPECT_EQ(run(showInfo, {a}), 0);
  EXPECT_NE(out.find("  calls       60014, 1 failed, 0 never came back; "), out.npos) << out;
  EXPECT_NE(out.find("  writers     1 in the last of 2 gathers\n"), out.npos) << out;
}

TEST_F(Show, InfoTellsRequesterAndTimeWhereTheyAreKnown) {
  Trace(a, {Origin::live, "backup.exe", "system", true}).session(healthySession());
  run(showInfo, {a});
  EXPECT_NE(out.find("  requester   backup.exe, process " + std::to_string(currentProcess()) + "\n"), std::string::npos) << out;
  EXPECT_TRUE(std::regex_search(out, std::regex("\n  time        20[-0-9]+T[:0-9.]+Z, [0-9.]+ m?s\n"))) << out;
}

TEST_F(Show, InfoHasTheSameInJson) {
  auto session = healthySession();
  session[9].outputs[2] = is(ValueKind::null);
  Trace(a, {Origin::live, "b\"x", "system", true}).session(session);
  EXPECT_EQ(run(showInfo, {a, a}, "json"), 0);
  expectJsonLines();
  for (const char* part : {"\"file\": \"A\"", "\"tool\": \"shadowtape ", "\"format\": 1", "\"semantics\": 1", "\"platform\": \"PLATFORM\"", "\"origin\": \"live\"",
                           "\"target\": \"system\"", "\"process\": \"b\\\"x\"", "\"processId\": ", "\"time\": \"20", "\"seconds\": ", "\"complete\": true", "\"bytes\": ",
                           "\"chunks\": 1", "\"calls\": 12", "\"failed\": 0", "\"neverReturned\": 0", "\"lostNotes\": 0", "\"threads\": 1", "\"objects\": 2",
                           "\"remarks\": 0", "\"IVssBackupComponents::GetWriterStatus\": {\"calls\": 3, \"failed\": 0}", "\"gathers\": 1",
                           "\"writers\": [{\"name\": \"System Writer\", \"classId\": \"{00000065-0000-0000-0000-000000000000}\", \"instanceId\": "
                           "\"{00000001-0000-0000-0000-000000000000}\", \"state\": \"VSS_WS_STABLE\", \"failure\": \"S_OK\"}",
                           "{\"name\": null, "})
    EXPECT_NE(out.find(part), std::string::npos) << part << "\n" << out;
}

TEST_F(Show, InfoGoesOnAfterAFileThatCannotBeUsed) {
  Trace(a).session(healthySession());
  EXPECT_EQ(run(showInfo, {folder / "none", a}), 2);
  EXPECT_TRUE(out.starts_with("A\n"));
  EXPECT_TRUE(err.starts_with("shadowtape: " + folder / "none" + ": "));
}

// ---- verify

TEST_F(Show, VerifyTellsWholeCutOffDamagedAndUnusable) {
  Trace(a).session(healthySession());
  std::string size = std::to_string(std::filesystem::file_size(pathFromUtf8(a)));
  EXPECT_EQ(run(verifyTraces, {a}), 0);
  EXPECT_EQ(out, "A: whole: 12 calls, 24 notes, " + size + " bytes\n");
  EXPECT_EQ(err, "");

  std::string whole = contents(a);
  auto name = whole.find(std::string("R\0e\0g\0i\0s\0t\0r\0y\0", 16));
  ASSERT_NE(name, std::string::npos);
  auto damaged = whole;
  damaged[name] ^= 1;
  put(a, damaged);
  EXPECT_EQ(run(verifyTraces, {a}), 1);
  EXPECT_TRUE(out.starts_with("A: damaged: 12 calls, ")) << out;
  EXPECT_TRUE(std::regex_search(err, std::regex("A: byte [0-9]+: [^\n]+\n"))) << err;

  put(a, whole);
  cutFooter(a);
  EXPECT_EQ(run(verifyTraces, {a}), 1);
  EXPECT_TRUE(out.starts_with("A: cut off: 12 calls, 24 notes, ")) << out;
  EXPECT_TRUE(err.starts_with("A: cut off: ")) << err;

  put(a, "no trace");
  EXPECT_EQ(run(verifyTraces, {a}), 2);
  EXPECT_EQ(out, "");
  EXPECT_TRUE(err.starts_with("shadowtape: A: is not a trace")) << err;
}

// Whichever byte of it is changed: it is not called whole.
TEST_F(Show, VerifyCallsNoChangedTraceWhole) {
  Trace(a).session({create(1), gather(1, 2), status(1, 0, u"System Writer")});
  std::string whole = contents(a);
  auto used = TraceReader(pathFromUtf8(a)).endOfNotes();
  auto header = whole.find("shadowtape "), chunk = static_cast<std::size_t>(4096);
  ASSERT_LT(header, chunk);
  int called = 0;
  for (std::size_t at : {std::size_t{32}, header, chunk + 40, chunk + 60, whole.size() - 8, whole.find(std::string("S\0y\0s\0", 6))}) {
    ASSERT_LT(at, whole.size());
    auto changed = whole;
    changed[at] ^= 4;
    put(a, changed);
    EXPECT_NE(run(verifyTraces, {a}), 0) << "byte " << at << " of " << used << "\n" << out << err;
    ++called;
  }
  EXPECT_EQ(called, 6);
}

TEST_F(Show, VerifyFindsAnObjectThatNobodyHandedOut) {
  Trace(a).session({create(1), count(2, 0)});
  EXPECT_EQ(run(verifyTraces, {a}), 1);
  EXPECT_TRUE(out.starts_with("A: damaged: ")) << out;
  EXPECT_EQ(err, "A: object #2 is used by note 3, but no call handed it out before\n");
}

TEST_F(Show, VerifyGoesOnAndItsJsonSaysTheSame) {
  Trace(a).session(healthySession());
  EXPECT_EQ(run(verifyTraces, {folder / "none", a}, "json"), 2);
  EXPECT_EQ(out, "{\"file\": \"A\", \"verdict\": \"whole\", \"calls\": 12, \"notes\": 24, \"lostNotes\": 0, \"toldLost\": 0, \"lost\": [], \"halves\": [], \"problems\": []}\n");
  auto damaged = contents(a);
  damaged[damaged.find(std::string("R\0e\0g\0i\0", 8))] ^= 1;
  put(a, damaged);
  EXPECT_EQ(run(verifyTraces, {a}, "json"), 1);
  expectJsonLines();
  EXPECT_TRUE(std::regex_search(out, std::regex("\"verdict\": \"damaged\".*\"problems\": \\[\\{\"byte\": [0-9]+, \"text\": \""))) << out;
}

}  // namespace
}  // namespace vss
