// What a scenario file may say, what it becomes, and what is said about one that cannot be used: one line with place and remedy.
#include <capnp/schema.h>

#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <sstream>

#include "conformance/model/scenario.capnp.h"
#include "testing.h"

namespace vss::model {
namespace {

std::string messageOf(std::string_view json) {
  try {
    parseScenario(json, "bad.json");
    return "accepted";
  } catch (const ScenarioError& e) {
    return e.what();
  }
}

// ---- What is read ----

constexpr std::string_view kEverything = R"({
  "comment": "every key once",
  "os": "server2012",
  "writers": [
    {"name": "First", "classId": "e8132975-6f93-4464-a53e-1050253ae220", "instanceId": "{7A1C6B0E-4D0B-4F52-9A63-2F5B8D1E7C01}",
     "state": "VSS_WS_FAILED_AT_FREEZE", "failure": "VSS_E_WRITERERROR_TIMEOUT", "applicationFailure": "0x80040001",
     "applicationMessage": "disk \"D:\" is slow", "responds": false, "runs": "untilIdentify",
     "instanceName": "one", "usage": "VSS_UT_USERDATA", "source": "VSS_ST_TRANSACTEDDB", "majorVersion": 3, "minorVersion": 4294967295,
     "backupSchema": ["VSS_BS_INCREMENTAL", "VSS_BS_COPY"],
     "restoreMethod": {"method": "VSS_RME_STOP_RESTORE_START", "service": "svc", "userProcedure": "call us", "writerRestore": "VSS_WRE_ALWAYS",
                       "rebootRequired": true},
     "alternateLocations": [{"path": "from", "filespec": "*", "alternateLocation": "to"}],
     "excludeFiles": [{"path": "E:\\", "filespec": "*.tmp"}],
     "excludeFromSnapshot": [{"path": "S:\\", "filespec": "*.vhd"}],
     "components": [{"name": "System Files", "caption": "All of it", "icon": "00fFA1", "restoreMetadata": true, "notifyOnBackupComplete": true,
                     "selectable": false, "selectableForRestore": false, "flags": ["VSS_CF_BACKUP_RECOVERY", "VSS_CF_NOT_SYSTEM_STATE"],
                     "files": [{"path": "F:\\", "filespec": "*", "recursive": true, "alternateLocation": "A:\\",
                                "backupTypeMask": ["VSS_FSBT_LOG_BACKUP_REQUIRED"]}],
                     "dependencies": [{"writerId": "00000000-0000-0000-0000-0000000000c2", "logicalPath": "L", "name": "D"}, {"name": "Nobody's"}],
                     "notes": {"backupMetadata": "b", "prepareForBackupFailureMsg": "p", "backupStamp": "s", "postSnapshotFailureMsg": "o",
                               "restoreMetadata": "", "preRestoreFailureMsg": "r", "postRestoreFailureMsg": null, "restoreTarget": "VSS_RT_DIRECTED",
                               "failure": "VSS_E_WRITERERROR_TIMEOUT", "applicationFailure": 5, "applicationMessage": "a",
                               "partialFiles": [{"path": "P", "filename": "f", "ranges": "0:1", "metadata": "m"}],
                               "differencedFiles": [{"path": "D", "filespec": "*", "recursive": true, "lastModifyTime": "1601-01-01T00:00:07Z"}],
                               "directedTargets": [{"sourcePath": "1", "sourceFilename": "2", "sourceRanges": "3", "destinationPath": "4",
                                                    "destinationFilename": "5", "destinationRanges": "6"}]}},
                    {"type": "VSS_CT_DATABASE", "logicalPath": "Instance\\1", "name": "Data \u00e9",
                     "databaseFiles": [{"path": "DB", "filespec": "*.mdf"}], "logFiles": [{"path": "LOG", "filespec": "*.ldf"}]}],
     "failsAt": [{"event": "identify"},
                 {"event": "backupComplete", "failure": -2147212301, "fatal": false, "applicationFailure": 2147745793, "applicationMessage": null}]},
    {"nameUtf16": [65, 55296, 0], "classId": "00000000-0000-0000-0000-0000000000c2", "state": 0, "failure": 5, "runs": "afterIdentify"}
  ],
  "operations": {
    "gatherWriterMetadata": {"ms": 250},
    "prepareForBackup": {"polls": 4294967295, "result": "VSS_E_BAD_STATE", "onCall": 2, "through": "call"},
    "gatherWriterStatus": {"never": true},
    "doSnapshotSet": {"polls": 3, "result": "VSS_E_INSUFFICIENT_STORAGE"},
    "preRestore": {"ms": 7},
    "importSnapshots": {"polls": 4},
    "breakSnapshotSetEx": {"polls": 5, "result": "VSS_E_BREAK_REVERT_ID_FAILED"},
    "queryRevertStatus": {"polls": 6, "result": "E_FAIL"},
    "recoverSet": {"polls": 7, "result": "VSS_E_UNSELECTED_VOLUME"},
    "postRestore": {"polls": 2},
    "backupComplete": {"polls": 0, "result": "VSS_E_UNEXPECTED_WRITER_ERROR", "through": "async"}
  },
  "choices": {"statusOrder": "reversed", "freeTwice": "ok"},
  "calls": [{"method": "GetWriterStatus", "result": "E_OUTOFMEMORY", "onCall": 3}, {"method": "Cancel", "result": "0x80042302"}],
  "limits": {"writerSessions": 7},
  "accessDenied": "results",
  "volumes": [{"path": "C:\\"}, {"path": "D:\\Mount\\", "name": "\\\\?\\Volume{0}\\", "supported": false, "inUse": true, "revertible": false,
              "blocksRevert": true, "deleteFails": "VSS_E_PROVIDER_VETO"}],
  "providers": [{"name": "Soft", "type": "VSS_PROV_SOFTWARE", "id": "00000000-0000-0000-0000-0000000000d1", "version": "2.0"},
                {"name": "Hard", "volumes": ["D:\\Mount\\"]}]
})";

TEST(Scenario, ReadsEveryKey) {
  Writer first;
  first.name = u"First";
  first.classId = *parseGuid("e8132975-6f93-4464-a53e-1050253ae220");
  first.instanceId = *parseGuid("7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c01");
  first.state = VSS_WS_FAILED_AT_FREEZE;
  first.failure = VSS_E_WRITERERROR_TIMEOUT;
  first.applicationFailure = static_cast<HRESULT>(0x80040001);
  first.applicationMessage = u"disk \"D:\" is slow";
  first.responds = false;
  first.runs = Runs::untilIdentify;
  EventFailure late;
  late.event = Event::backupComplete;
  late.failure = VSS_E_WRITERERROR_RETRYABLE;
  late.fatal = false;
  late.applicationFailure = static_cast<HRESULT>(0x80040001);
  first.failsAt = {EventFailure{}, late};
  first.instanceName = u"one";
  first.usage = VSS_UT_USERDATA;
  first.source = VSS_ST_TRANSACTEDDB;
  first.majorVersion = 3;
  first.minorVersion = 0xFFFFFFFF;
  first.backupSchema = VSS_BS_INCREMENTAL | VSS_BS_COPY;
  first.restoreMethod = RestoreMethod{VSS_RME_STOP_RESTORE_START, u"svc", u"call us", VSS_WRE_ALWAYS, true};
  first.alternateLocations = {{u"from", u"*", false, u"to"}};
  first.excludeFiles = {{u"E:\\", u"*.tmp", false, {}}};
  first.excludeFromSnapshot = {{u"S:\\", u"*.vhd", false, {}}};
  OfferedComponent files, database;
  files.name = u"System Files";
  files.caption = u"All of it";
  files.icon = {0, 0xFF, 0xA1};
  files.restoreMetadata = files.notifyOnBackupComplete = true;
  files.selectable = files.selectableForRestore = false;
  files.flags = VSS_CF_BACKUP_RECOVERY | VSS_CF_NOT_SYSTEM_STATE;
  files.files = {{u"F:\\", u"*", true, u"A:\\", VSS_FSBT_LOG_BACKUP_REQUIRED}};
  files.dependencies = {{*parseGuid("00000000-0000-0000-0000-0000000000c2"), u"L", u"D"}, {Guid(), u"", u"Nobody's"}};
  WriterNotes& notes = files.notes;
  notes.backupMetadata = u"b";
  notes.prepareForBackupFailureMsg = u"p";
  notes.backupStamp = u"s";
  notes.postSnapshotFailureMsg = u"o";
  notes.restoreMetadata = u"";
  notes.preRestoreFailureMsg = u"r";
  notes.restoreTarget = VSS_RT_DIRECTED;
  notes.failure = VSS_E_WRITERERROR_TIMEOUT;
  notes.applicationFailure = 5;
  notes.applicationMessage = u"a";
  notes.partialFiles = {{u"P", u"f", u"0:1", u"m"}};
  notes.differencedFiles = {{u"D", u"*", true, 70'000'000}};
  notes.directedTargets = {{u"1", u"2", u"3", u"4", u"5", u"6"}};
  database.type = VSS_CT_DATABASE;
  database.logicalPath = u"Instance\\1";
  database.name = u"Data \u00e9";
  database.databaseFiles = {{u"DB", u"*.mdf", false, {}}};
  database.logFiles = {{u"LOG", u"*.ldf", false, {}}};
  first.components = {files, database};
  Writer second;
  second.name = std::u16string{u'A', char16_t(0xD800), u'\0'};
  second.classId = *parseGuid("00000000-0000-0000-0000-0000000000c2");
  second.instanceId = *parseGuid("00000000-0000-4000-8000-000000000001");
  second.state = VSS_WS_UNKNOWN;
  second.failure = 5;
  second.runs = Runs::afterIdentify;

  Scenario expected;
  expected.os = profileNamed("server2012");
  expected.writers = {first, second};
  expected.gatherWriterMetadata.ms = 250;
  expected.gatherWriterMetadata.polls.reset();
  expected.prepareForBackup = {std::nullopt, 0xFFFFFFFF, VSS_E_BAD_STATE, 2, Through::call};
  expected.gatherWriterStatus.polls.reset();
  expected.backupComplete = {std::nullopt, 0, VSS_E_UNEXPECTED_WRITER_ERROR, std::nullopt, Through::async};
  expected.doSnapshotSet = {std::nullopt, 3, VSS_E_INSUFFICIENT_STORAGE, std::nullopt, Through::async};
  expected.preRestore = {7, std::nullopt, S_OK, std::nullopt, Through::async};
  expected.postRestore.polls = 2;
  expected.volumes = {{u"C:\\", u"\\\\?\\Volume{7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e0000}\\"}, {u"D:\\Mount\\", u"\\\\?\\Volume{0}\\", false, true, false, true, VSS_E_PROVIDER_VETO}};
  expected.providers = {{*parseGuid("00000000-0000-4000-9000-000000000001"), u"Hard", u"1.0", VSS_PROV_HARDWARE, std::vector<std::size_t>{1}},
                        {*parseGuid("00000000-0000-0000-0000-0000000000d1"), u"Soft", u"2.0", VSS_PROV_SOFTWARE, std::nullopt},
                        {}};
  expected.importSnapshots.polls = 4;
  expected.breakSnapshotSetEx = {std::nullopt, 5, VSS_E_BREAK_REVERT_ID_FAILED, std::nullopt, Through::async};
  expected.queryRevertStatus = {std::nullopt, 6, E_FAIL, std::nullopt, Through::async};
  expected.recoverSet = {std::nullopt, 7, VSS_E_UNSELECTED_VOLUME, std::nullopt, Through::async};
  expected.choices.statusOrder = StatusOrder::reversed;
  expected.choices.freeTwice = FreeTwice::ok;
  expected.calls = {{Method::getWriterStatus, E_OUTOFMEMORY, 3}, {Method::cancel, VSS_E_UNEXPECTED, std::nullopt}};
  expected.writerSessions = 7;
  expected.accessDenied = AccessDenied::results;
  EXPECT_TRUE(parseScenario(kEverything) == expected);
}

// The test above is as wide as the schema: a key that is added there must be added here.
TEST(Scenario, HasNoKeyThatIsNotTried) {
  std::map<std::string, int> declared;
  for (capnp::StructSchema schema : {capnp::StructSchema(capnp::Schema::from<json::Scenario>()), capnp::StructSchema(capnp::Schema::from<json::Writer>()),
                                     capnp::StructSchema(capnp::Schema::from<json::Failure>()), capnp::StructSchema(capnp::Schema::from<json::Operations>()),
                                     capnp::StructSchema(capnp::Schema::from<json::Operation>()), capnp::StructSchema(capnp::Schema::from<json::CallResult>()),
                                     capnp::StructSchema(capnp::Schema::from<json::Limits>()), capnp::StructSchema(capnp::Schema::from<json::Component>()),
                                     capnp::StructSchema(capnp::Schema::from<json::Volume>()), capnp::StructSchema(capnp::Schema::from<json::Provider>()), capnp::StructSchema(capnp::Schema::from<json::FileSet>()),
                                     capnp::StructSchema(capnp::Schema::from<json::RestoreMethod>()), capnp::StructSchema(capnp::Schema::from<json::Dependency>()),
                                     capnp::StructSchema(capnp::Schema::from<json::Notes>()), capnp::StructSchema(capnp::Schema::from<json::PartialFile>()),
                                     capnp::StructSchema(capnp::Schema::from<json::DifferencedFiles>()),
                                     capnp::StructSchema(capnp::Schema::from<json::DirectedTarget>())})
    for (auto field : schema.getFields()) ++declared[field.getProto().getName().cStr()];
  for (const auto& [key, structs] : declared) {
    int tried = 0;
    for (std::size_t at = 0; (at = kEverything.find("\"" + key + "\":", at)) != kEverything.npos; ++at) ++tried;
    EXPECT_GE(tried, structs) << key;
  }
}

TEST(Scenario, IsTheDefaultWhereNothingIsSaid) {
  EXPECT_TRUE(parseScenario("{}") == defaultScenario());
  EXPECT_TRUE(parseScenario(" {\"comment\": \"\", \"operations\": {}, \"choices\": {}, \"calls\": [], \"limits\": {}}\r\n") == defaultScenario());
  EXPECT_TRUE(parseScenario(R"({"writers": []})").writers.empty());
}

std::string bare(const Guid& guid) { return toString(guid).substr(1, 36); }

TEST(Scenario, ByDefaultIsWhatTheSchemasCommentLists) {
  std::ifstream schema("conformance/model/scenario.capnp");
  std::vector<std::string> listed, made;
  for (std::string line; std::getline(schema, line);) {
    std::istringstream words(line);
    std::vector<std::string> word{std::istream_iterator<std::string>(words), {}};
    if (word.size() < 4 || word.front() != "#" || !parseGuid(word.back()) || !parseGuid(word[word.size() - 2])) continue;
    std::string name = line.substr(line.find(word[1]));
    name.resize(name.find_last_not_of(' ', name.find(word[word.size() - 2]) - 1) + 1);
    listed.push_back(name + " " + word[word.size() - 2] + " " + word.back());
  }
  for (const auto& writer : defaultScenario().writers) {
    EXPECT_EQ(writer.state, VSS_WS_STABLE);
    EXPECT_EQ(writer.failure, S_OK);
    made.push_back(toUtf8(*writer.name) + " " + bare(writer.classId) + " " + bare(writer.instanceId));
  }
  EXPECT_EQ(listed.size(), 9u);
  EXPECT_EQ(listed, made);
  EXPECT_EQ(defaultScenario().os->name, "server2022");
}

TEST(Scenario, TakesAByteOrderMark) { EXPECT_EQ(parseScenario("\xEF\xBB\xBF{\"os\": \"vista\"}").os->name, "vista"); }

MaybeText nameIn(const std::string& json) {
  return parseScenario(R"({"writers": [{"classId": "00000000-0000-0000-0000-0000000000c1", "name": )" + json + "}]}").writers.at(0).name;
}
TEST(Scenario, KeepsEveryEscapeAndEveryCodeUnit) {
  EXPECT_EQ(nameIn("null"), std::nullopt);
  EXPECT_EQ(nameIn(R"("")"), u"");
  EXPECT_EQ(nameIn(R"("\"\\\/\b\f\n\r\t")"), u"\"\\/\b\f\n\r\t");
  EXPECT_EQ(nameIn(R"("\u00e9\u00C9\uabcd\uFEFF")"), u"\u00e9\u00c9\uabcd\ufeff");
  EXPECT_EQ(nameIn(R"("a\u0000b\u001f\u0022\u005c")"), (std::u16string{u'a', 0, u'b', 0x1F, u'"', u'\\'}));
  EXPECT_EQ(nameIn(R"("\u0000")"), std::u16string(1, 0));
  EXPECT_EQ(nameIn(R"("\ud83d\ude00 \ude00\ud83d")"), (std::u16string{0xD83D, 0xDE00, u' ', 0xDE00, 0xD83D}));
  EXPECT_EQ(nameIn("\"\xF0\x9F\x98\x80 \xC3\xA9\""), (std::u16string{0xD83D, 0xDE00, u' ', 0xE9}));
}

TEST(Scenario, ReachesTheRequesterWithEveryCodeUnit) {
  Requester r(oneWriter(R"("applicationMessage": "a\u0000\udfff")"));
  EXPECT_EQ(r.forBackup().gathered().statusEx(0).message, (std::u16string{u'a', 0, 0xDFFF}));
}

// ---- Files ----

class ScenarioFile : public ::testing::Test {
 protected:
  ScenarioFile() : path(std::filesystem::temp_directory_path() / ("shadowtape scenario " + std::to_string(std::random_device()()) + ".json")) {}
  ~ScenarioFile() override { std::filesystem::remove(path); }
  void write(const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
  std::string message() const {
    try {
      loadScenario(path);
      return "accepted";
    } catch (const ScenarioError& e) {
      std::string text = e.what();
      std::string name = path.string();
      EXPECT_EQ(text.substr(0, name.size()), name);
      return text.substr(std::min(name.size(), text.size()));
    }
  }
  const std::filesystem::path path;
};

TEST_F(ScenarioFile, IsReadWithItsLineEndsAndByteOrderMark) {
  write("\xEF\xBB\xBF{\r\n  \"os\": \"vista\"\r\n}\r\n\x20");
  EXPECT_EQ(loadScenario(path).os->name, "vista");
}
TEST_F(ScenarioFile, ThatIsMissingIsNamed) { EXPECT_EQ(message(), ": no such file; name a JSON scenario"); }
TEST_F(ScenarioFile, ThatIsAFolderIsNamed) {
  std::filesystem::create_directory(path);
  EXPECT_EQ(message(), ": is a folder; name a JSON file");
}
TEST_F(ScenarioFile, ThatIsEmptyIsNoScenario) {
  write("");
  EXPECT_EQ(message(), ":1:1: the file ends where a value is missing");
}
TEST_F(ScenarioFile, MayBeEightMebibytesLargeAndNoByteMore) {
  std::string text = "{}";
  text.resize(8 << 20, ' ');
  write(text);
  EXPECT_EQ(message(), "accepted");
  write(text + " ");
  EXPECT_EQ(message(), ": larger than 8 MiB; this is no scenario");
}

// ---- Damage ----

// The same bytes on every run: a small generator with a fixed beginning.
TEST(Scenario, ThatIsDamagedIsReadOrRefusedInOneLine) {
  std::minstd_rand next(4711);
  int accepted = 0, refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text(kEverything);
    for (int damage = 0; damage <= i % 4; ++damage) {
      std::size_t at = next() % text.size();
      switch (next() % 4) {
        case 0: text[at] = static_cast<char>(next()); break;
        case 1: text.erase(at, 1 + next() % 20); break;
        case 2: text.insert(at, text.substr(next() % text.size(), next() % 20)); break;
        default: text.resize(at + 1); break;
      }
    }
    std::string message = messageOf(text);
    message == "accepted" ? ++accepted : ++refused;
    EXPECT_EQ(message.find_first_of("\r\n"), message.npos) << message;
    EXPECT_TRUE(message == "accepted" || message.starts_with("bad.json:")) << message;
  }
  EXPECT_GT(accepted, 10);
  EXPECT_GT(refused, 1000);
}

// ---- What is wrong, where, and what to write instead ----

struct Wrong {
  std::string json, message;  // "…" at the end: the rest is a list of names
};
void expectMessages(const std::vector<Wrong>& cases) {
  for (auto [json, expected] : cases) {
    std::string message = messageOf(json);
    EXPECT_EQ(message.find('\n'), message.npos) << json;
    expected = "bad.json" + expected;
    if (expected.ends_with("…")) {
      expected.resize(expected.size() - std::string("…").size());
      message.resize(std::min(message.size(), expected.size()));
    }
    EXPECT_EQ(message, expected) << json;
  }
}
std::string inWriter(const std::string& keys) { return oneWriter(keys); }
std::string inGather(const std::string& keys) { return R"({"operations": {"gatherWriterStatus": {)" + keys + "}}}"; }

TEST(ScenarioError, NamesLineAndColumnOfWhatIsNoJson) {
  expectMessages({
      {"", ":1:1: the file ends where a value is missing"},
      {"{", ":1:2: expected a key in double quotes"},
      {"{\n  \"os\" \"vista\"\n}", ":2:8: expected ':' after the key"},
      {"{\"os\": \"vista\",}", ":1:16: expected a key in double quotes"},
      {"{\"os\": \"vista\"", ":1:15: the file ends where ',' or '}' is missing"},
      {"{\"os\": 'vista'}", ":1:8: expected a value: a text in double quotes, a number, true, false, null, [ or {"},
      {"{\"os\": True}", ":1:8: expected a value: a text in double quotes, a number, true, false, null, [ or {"},
      {"{\"state\": 0x5}", ":1:12: JSON has no such number; write \"0x…\" in quotes, or decimal"},
      {"{\"state\": 05}", ":1:12: JSON has no such number; write \"0x…\" in quotes, or decimal"},
      {"{}\n{}", ":2:1: something follows the end of the JSON value"},
      {"{} // comment", ":1:4: something follows the end of the JSON value"},
      {"{\"comment\": \"a\nb\"}", ":1:15: a text ends on its own line; write \\n or \\u000… inside it"},
      {"{\"comment\": \"C:\\x\"}", ":1:16: no such escape in JSON; a backslash is written \\\\"},
      {"{\"comment\": \"\\u12g4\"}", ":1:14: \\u needs four hexadecimal digits"},
      {"{\"comment\": \"\\u12", ":1:14: \\u needs four hexadecimal digits"},
      {"{\"comment\": \"abc", ":1:17: the file ends inside a text"},
      {"{\"comment\": \"\xff\"}", ":1:14: these bytes are not UTF-8; save the file as UTF-8"},
      {"{\"comment\":\n \"\xC3\"}", ":2:3: these bytes are not UTF-8; save the file as UTF-8"},
      {std::string(40, '['), ":1:34: nested more than 32 deep; nothing of ours needs that"},
  });
}

TEST(ScenarioError, NamesThePathOfAnUnknownKeyAndTheKnownOnes) {
  expectMessages({
      {R"({"oss": 1})", ": oss: unknown key; known: comment, os, writers, operations, choices, calls, limits, accessDenied, volumes, providers"},
      {R"({"a b\u0001": 1})", ": \"a b\\u0001\": unknown key; known: comment, os, writers, operations, choices, calls, limits, accessDenied, volumes, providers"},
      {inWriter(R"("nam": "x")"), ": writers[0].nam: unknown key; known: name, nameUtf16, classId, instanceId, state, failure, applicationFailure, "
                                  "applicationMessage, failsAt, responds, runs, components, instanceName, usage, source, majorVersion, minorVersion, backupSchema, "
                                  "restoreMethod, alternateLocations, excludeFiles, excludeFromSnapshot"},
      {inWriter(R"("failsAt": [{"events": "x"}])"), ": writers[0].failsAt[0].events: unknown key; known: event, failure, fatal, applicationFailure, applicationMessage"},
      {R"({"operations": {"saveAsXml": {}}})", ": operations.saveAsXml: unknown key; known: gatherWriterMetadata, prepareForBackup, "
                                                       "gatherWriterStatus, backupComplete, doSnapshotSet, preRestore, postRestore, importSnapshots, breakSnapshotSetEx, queryRevertStatus, recoverSet"},
      {inGather(R"("mss": 3)"), ": operations.gatherWriterStatus.mss: unknown key; known: ms, polls, never, result, through, onCall"},
      {R"({"calls": [{}, {"metod": 1}]})", ": calls[1].metod: unknown key; known: method, result, onCall"},
      {R"({"limits": {"sessions": 1}})", ": limits.sessions: unknown key; known: writerSessions"},
      {R"({"choices": {"freeThrice": "ok"}})", ": choices.freeThrice: unknown choice; known: argumentOrder, nullPointerWithBadIndex, …"},
  });
}

TEST(ScenarioError, RefusesAKeyThatIsGivenTwice) {
  expectMessages({
      {R"({"os": "vista", "os": "vista"})", ": os: is given twice"},
      {R"({"writers": [{"name": "A", "name": "B"}]})", ": writers[0].name: is given twice"},
      {R"({"choices": {"freeTwice": "ok", "freeTwice": "ok"}})", ": choices.freeTwice: is given twice"},
      {inWriter(R"("failsAt": [{"event": "backupComplete"}, {"event": "backupComplete"}])"),
       ": writers[0].failsAt[1].event: this event stands in the list already; give each once"},
      {inWriter(R"("nameUtf16": [65])"), ": writers[0].name: give exactly one of name (a text, or null for a null BSTR) and nameUtf16"},
      {inGather(R"("ms": 5, "polls": 3)"), ": operations.gatherWriterStatus: give one of ms, polls and never"},
      {inGather(R"("polls": 5, "never": true)"), ": operations.gatherWriterStatus: give one of ms, polls and never"},
  });
}

TEST(ScenarioError, NamesAKeyThatIsMissing) {
  expectMessages({
      {R"({"writers": [{"name": "W"}]})", ": writers[0].classId: is missing; write it like e8132975-6f93-4464-a53e-1050253ae220"},
      {R"({"writers": [{"classId": "00000000-0000-0000-0000-0000000000c1"}]})",
       ": writers[0].name: give exactly one of name (a text, or null for a null BSTR) and nameUtf16"},
      {inWriter(R"("failsAt": [{}])"), ": writers[0].failsAt[0].event: is missing; known: identify, prepareBackup, prepareSnapshot, freeze, thaw, "
       "postSnapshot, backupComplete, backupShutdown, preRestore, postRestore"},
      {R"({"calls": [{"result": "E_FAIL"}]})", ": calls[0].method: is missing; name a method such as GetWriterStatus"},
      {R"({"calls": [{"method": "GetWriterStatus"}]})", ": calls[0].result: is missing; give a failure such as E_OUTOFMEMORY"},
  });
}

TEST(ScenarioError, NamesTheTypeThatIsExpected) {
  const std::string state = ": writers[0].state: expected a writer state: a name such as VSS_WS_STABLE, or a number from 0 to 15";
  const std::string hresult = "expected an HRESULT: a name such as VSS_E_WRITERERROR_RETRYABLE, \"0x800423f3\", or a number of 32 bits";
  const std::string number = "expected a whole number from 0 to 4294967295";
  expectMessages({
      {"[]", ": the scenario: is a list; expected an object { }"},
      {"5", ": the scenario: is a number; expected an object { }"},
      {R"({"os": 5})", ": os: is a number; expected a text in double quotes"},
      {R"({"os": null})", ": os: is null; expected a text in double quotes"},
      {R"({"writers": {}})", ": writers: is an object; expected a list [ ]"},
      {R"({"writers": [3]})", ": writers[0]: is a number; expected an object { }"},
      {R"({"choices": []})", ": choices: expected an object { }"},
      {R"({"choices": {"freeTwice": true}})", ": choices.freeTwice: expected one of \"badState\", \"ok\""},
      {inWriter(R"("responds": 1)"), ": writers[0].responds: is a number; expected true or false"},
      {inWriter(R"("applicationMessage": 5)"), ": writers[0].applicationMessage: expected a text in double quotes, or null"},
      {R"({"writers": [{"name": 5, "classId": "00000000-0000-0000-0000-0000000000c1"}]})", ": writers[0].name: expected a text in double quotes, or null"},
      {R"({"writers": [{"nameUtf16": [65536]}]})", ": writers[0].nameUtf16[0]: expected a code unit: a whole number from 0 to 65535"},
      {inWriter(R"("state": "STABLE")"), state},
      {inWriter(R"("state": 16)"), state},
      {inWriter(R"("state": -1)"), state},
      {inWriter(R"("state": 1.5)"), state},
      {inWriter(R"("state": "VSS_WS_COUNT")"), state},
      {inWriter(R"("failure": "VSS_E_NOPE")"), ": writers[0].failure: " + hresult},
      {inWriter(R"("failure": 4294967296)"), ": writers[0].failure: " + hresult},
      {inWriter(R"("failure": -2147483649)"), ": writers[0].failure: " + hresult},
      {inWriter(R"("failure": "0x1800423f3")"), ": writers[0].failure: " + hresult},
      {inWriter(R"("applicationFailure": null)"), ": writers[0].applicationFailure: " + hresult},
      {R"({"writers": [{"name": "W", "classId": "4711"}]})", ": writers[0].classId: \"4711\" is no GUID; write it like e8132975-6f93-4464-a53e-1050253ae220"},
      {inWriter(R"("instanceId": "{00000000-0000-0000-0000-0000000000c1")"),
       ": writers[0].instanceId: \"{00000000-0000-0000-0000-0000000000c1\" is no GUID; write it like e8132975-6f93-4464-a53e-1050253ae220"},
      {inGather(R"("ms": "5")"), ": operations.gatherWriterStatus.ms: " + number},
      {inGather(R"("ms": 4294967296)"), ": operations.gatherWriterStatus.ms: " + number},
      {inGather(R"("polls": 1.5)"), ": operations.gatherWriterStatus.polls: " + number},
      {inGather(R"("polls": 1e400)"), ": operations.gatherWriterStatus.polls: " + number},
      {inGather(R"("onCall": 0)"), ": operations.gatherWriterStatus.onCall: expected a whole number from 1 to 4294967295"},
      {inGather(R"("never": "yes")"), ": operations.gatherWriterStatus.never: is a text; expected true or false"},
      {R"({"limits": {"writerSessions": -1}})", ": limits.writerSessions: " + number},
  });
}

TEST(ScenarioError, NamesWhatIsKnownWhereANameIsNot) {
  expectMessages({
      {R"({"os": "xp"})", ": os: \"xp\" is unknown; known: windowsXp, server2003, server2003Sp1, vista, server2008, windows7, server2008R2, windows8, "
                          "server2012, windows10, server2016, windows11, server2022"},
      {R"({"choices": {"freeTwice": "maybe"}})", ": choices.freeTwice: expected one of \"badState\", \"ok\""},
      {inWriter(R"("runs": "never")"), ": writers[0].runs: \"never\" is unknown; known: always, untilIdentify, afterIdentify"},
      {inWriter(R"("failsAt": [{"event": "melt"}])"),
       ": writers[0].failsAt[0].event: \"melt\" is unknown; known: identify, prepareBackup, prepareSnapshot, freeze, thaw, postSnapshot, backupComplete, "
       "backupShutdown, preRestore, postRestore"},
      {inGather(R"("through": "phone")"), ": operations.gatherWriterStatus.through: \"phone\" is unknown; known: async, call"},
      {inWriter(R"("components": [{"name": "C", "type": "VSS_CT_UNDEFINED"}])"),
       ": writers[0].components[0].type: \"VSS_CT_UNDEFINED\" is unknown; known: VSS_CT_FILEGROUP, VSS_CT_DATABASE"},
      {inWriter(R"("components": [{"logicalPath": "P"}])"),
       ": writers[0].components[0].name: is missing; a component has a name such as \"System Files\""},
      {inWriter(R"("components": [{"name": "C\u0000"}])"),
       ": writers[0].components[0]: no call can pass a NUL in a component's name or path; leave it out"},
      {inWriter(R"("components": [{"name": "C"}, {"name": "C", "type": "VSS_CT_DATABASE"}])"),
       ": writers[0].components[1]: this path and name stand in the list already"},
      {R"({"volumes": [{"path": "C:\\", "deleteFails": "VSS_E_BAD_STATE"}]})",
       ": volumes[0].deleteFails: VSS_E_BAD_STATE is no documented failure of DeleteSnapshots; documented: E_ACCESSDENIED E_INVALIDARG "
       "E_OUTOFMEMORY VSS_E_UNEXPECTED VSS_E_OBJECT_NOT_FOUND VSS_E_PROVIDER_VETO VSS_E_UNEXPECTED_PROVIDER_ERROR"},
      {R"({"providers": [{}]})", R"(: providers[0].name: is missing; write it like "Storage Provider")"},
      {R"({"providers": [{"name": "P", "type": "VSS_PROV_SYSTEM"}]})",
       R"(: providers[0].type: "VSS_PROV_SYSTEM" is unknown; known: VSS_PROV_HARDWARE, VSS_PROV_SOFTWARE)"},
      {R"({"providers": [{"name": "P", "volumes": ["X:\\"]}]})", R"(: providers[0].volumes[0]: "X:\\" is no volume of this system; known: "C:\\")"},
      {R"({"providers": [{"name": "P", "id": "00000000-0000-0000-0000-0000000000d1"}, {"name": "Q", "id": "00000000-0000-0000-0000-0000000000d1"}]})",
       ": providers[1].id: this id stands in the list already"},
      {R"({"providers": [{"name": "P", "id": "b5946137-7b9f-4925-af80-51abd60b20d5"}]})",
       ": providers[0].id: this is the system provider's; leave the provider out, it is always there"},
      {R"({"volumes": [{}]})", R"(: volumes[0].path: is missing; write it like "C:\\")"},
      {R"({"volumes": [{"path": "C:"}]})", R"(: volumes[0].path: ends without a backslash; write it like "C:\\")"},
      {R"({"volumes": [{"path": "C:\\", "name": "V"}]})",
       R"(: volumes[0].name: ends without a backslash; write it like "\\\\?\\Volume{7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e0000}\\")"},
      {R"({"os": "vista", "calls": [{"method": "AddToSnapshotSet", "result": "VSS_E_NESTED_VOLUME_LIMIT"}]})",
       ": calls[0].result: VSS_E_NESTED_VOLUME_LIMIT does not exist on vista; take another code, or a later \"os\""},
      {R"({"os": "server2003", "operations": {"doSnapshotSet": {"result": "VSS_E_REBOOT_REQUIRED"}}})",
       ": operations.doSnapshotSet.result: VSS_E_REBOOT_REQUIRED does not exist on server2003; take another code, or a later \"os\""},
      {R"({"accessDenied": "everywhere"})", ": accessDenied: \"everywhere\" is unknown; known: nowhere, create, initialize, starters, results, async"},
      {R"({"calls": [{"method": "SetRanges", "result": "E_FAIL"}]})", ": calls[0].method: \"SetRanges\" is unknown; known: CreateVssBackupComponents, …"},
  });
}

TEST(ScenarioError, SaysWhatIsWrongWithMetadata) {
  auto inComponent = [](const std::string& keys) { return inWriter(R"("components": [{"name": "C", )" + keys + "}]"); };
  const std::string component = ": writers[0].components[0]";
  const std::string noTime = component + ".notes.differencedFiles[0].lastModifyTime: expected a time such as \"2026-11-25T10:00:00Z\", in UTC, from 1601 on";
  expectMessages({
      {inWriter(R"("usage": "USERDATA")"), ": writers[0].usage: \"USERDATA\" is no VSS_USAGE_TYPE; take a name from its page, such as VSS_UT_BOOTABLESYSTEMSTATE"},
      {inWriter(R"("source": "x")"), ": writers[0].source: \"x\" is no VSS_SOURCE_TYPE; take a name from its page, such as VSS_ST_TRANSACTEDDB"},
      {inWriter(R"("backupSchema": ["VSS_BS_COPY", "COPY"])"),
       ": writers[0].backupSchema[1]: \"COPY\" is no VSS_BACKUP_SCHEMA; take a name from its page, such as VSS_BS_DIFFERENTIAL"},
      {inWriter(R"("backupSchema": "VSS_BS_COPY")"), ": writers[0].backupSchema: is a text; expected a list [ ]"},
      {inWriter(R"("majorVersion": -1)"), ": writers[0].majorVersion: expected a whole number from 0 to 4294967295"},
      {inWriter(R"("instanceName": "a\u0000b")"), ": writers[0].instanceName: a writer can say no NUL; leave it out"},
      {inWriter(R"("instanceName": 5)"), ": writers[0].instanceName: expected a text in double quotes, or null"},
      {inWriter(R"("restoreMethod": {})"), ": writers[0].restoreMethod.method: is missing; name one such as VSS_RME_RESTORE_IF_CAN_REPLACE"},
      {inWriter(R"("restoreMethod": {"method": "VSS_RME_CUSTOM", "service": "s"})"),
       ": writers[0].restoreMethod.service: no service is stopped by this method; leave it out"},
      {inWriter(R"("restoreMethod": {"method": "VSS_RME_RESTORE_STOP_START"})"),
       ": writers[0].restoreMethod.service: is missing; name the service that is stopped"},
      {inWriter(R"("excludeFiles": [{"filespec": "*"}])"), ": writers[0].excludeFiles[0].path: is missing; a file set has one such as \"%SystemRoot%\""},
      {inWriter(R"("excludeFromSnapshot": [{"path": "p"}])"), ": writers[0].excludeFromSnapshot[0].filespec: is missing; a file set has one such as \"*\""},
      {inWriter(R"("excludeFiles": [{"path": "p", "filespec": "*", "recursiv": true}])"), ": writers[0].excludeFiles[0].recursiv: unknown key; …"},
      {inWriter(R"("alternateLocations": [{"path": "p", "filespec": "*"}])"),
       ": writers[0].alternateLocations[0].alternateLocation: is missing; say where the files go"},
      {inComponent(R"("icon": "123")"), component + ".icon: expected bytes: two hexadecimal digits for each, such as \"89504e47\""},
      {inComponent(R"("icon": "xy")"), component + ".icon: expected bytes: two hexadecimal digits for each, such as \"89504e47\""},
      {inComponent(R"("flags": ["VSS_CF"])"),
       component + ".flags[0]: \"VSS_CF\" is no VSS_COMPONENT_FLAGS; take a name from its page, such as VSS_CF_BACKUP_RECOVERY"},
      {inComponent(R"("databaseFiles": [{"path": "p", "filespec": "f"}])"), component + ".databaseFiles: a VSS_CT_FILEGROUP has files"},
      {inComponent(R"("logFiles": [{"path": "p", "filespec": "f"}])"), component + ".logFiles: a VSS_CT_FILEGROUP has files"},
      {inComponent(R"("type": "VSS_CT_DATABASE", "files": [{"path": "p", "filespec": "f"}])"), component + ".files: a VSS_CT_DATABASE has databaseFiles and logFiles"},
      {inComponent(R"("type": "VSS_CT_DATABASE", "logFiles": [{"path": "p", "filespec": "f", "recursive": true}])"),
       component + ".logFiles[0].recursive: a database's files stand in one folder; leave it out"},
      {inComponent(R"("dependencies": [{}])"), component + ".dependencies[0].name: is missing; it names a component"},
      {inComponent(R"("notes": {"restoreTarget": "HERE"})"),
       component + ".notes.restoreTarget: \"HERE\" is no VSS_RESTORE_TARGET; take a name from its page, such as VSS_RT_ORIGINAL"},
      {inComponent(R"("notes": {"backupStamp": "a\u0000"})"), component + ".notes.backupStamp: a writer can say no NUL; leave it out"},
      {inComponent(R"("notes": {"differencedFiles": [{"lastModifyTime": "2026-02-30T10:00:00Z"}]})"), noTime},
      {inComponent(R"("notes": {"differencedFiles": [{"lastModifyTime": "1600-12-31T10:00:00Z"}]})"), noTime},
      {inComponent(R"("notes": {"differencedFiles": [{"lastModifyTime": "2026-11-25 10:00:00"}]})"), noTime},
      {inComponent(R"("notes": {"differencedFiles": [{"lastModifyTime": "2026-11-25T10:00:60Z"}]})"), noTime},
  });
}

TEST(ScenarioError, RefusesWhatNoSystemWouldAnswer) {
  expectMessages({
      {inGather(R"("result": "E_FAIL")"), ": operations.gatherWriterStatus.result: E_FAIL is no documented failure of GatherWriterStatus's operation; "
                                          "documented: E_ACCESSDENIED E_OUTOFMEMORY VSS_E_BAD_STATE VSS_E_UNEXPECTED VSS_E_WRITER_INFRASTRUCTURE"},
      {inGather(R"("result": "E_INVALIDARG")"), ": operations.gatherWriterStatus.result: E_INVALIDARG is no documented failure of GatherWriterStatus's operation; …"},
      {inGather(R"("never": true, "result": "E_OUTOFMEMORY")"),
       ": operations.gatherWriterStatus.result: an operation that never ends has no result; leave out one of the two"},
      {R"({"calls": [{"method": "FreeWriterStatus", "result": "VSS_E_UNEXPECTED"}]})",
       ": calls[0].result: VSS_E_UNEXPECTED is no documented failure of FreeWriterStatus; documented: E_OUTOFMEMORY VSS_E_BAD_STATE"},
      {R"({"calls": [{"method": "FreeWriterStatus", "result": "S_OK"}]})",
       ": calls[0].result: S_OK is no documented failure of FreeWriterStatus; documented: E_OUTOFMEMORY VSS_E_BAD_STATE"},
      {inWriter(R"("failsAt": [{"event": "identify", "fatal": false}])"),
       ": writers[0].failsAt[0]: a writer cannot report a failure at identify; give \"event\" alone"},
      {inWriter(R"("failsAt": [{"event": "prepareBackup", "failure": "VSS_E_WRITER_NOT_RESPONDING"}])"),
       ": writers[0].failsAt[0].failure: VSS_E_WRITER_NOT_RESPONDING is made by VSS, never by a writer; see \"responds\" and \"limits\""},
      {oneWriter(R"("failure": "VSS_E_WRITER_STATUS_NOT_AVAILABLE")", R"("os": "vista")"),
       ": writers[0].failure: VSS_E_WRITER_STATUS_NOT_AVAILABLE does not exist on vista; take another code, or a later \"os\""},
      {oneWriter(R"("failsAt": [{"event": "prepareBackup", "failure": "VSS_E_WRITERERROR_PARTIAL_FAILURE"}])", R"("os": "server2008")"),
       ": writers[0].failsAt[0].failure: VSS_E_WRITERERROR_PARTIAL_FAILURE does not exist on server2008; take another code, or a later \"os\""},
      {R"({"os": "windowsXp", "limits": {"writerSessions": 1}})",
       ": limits.writerSessions: VSS_E_WRITER_STATUS_NOT_AVAILABLE does not exist on windowsXp; take another code, or a later \"os\""},
  });
}

}  // namespace
}  // namespace vss::model
