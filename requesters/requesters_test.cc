// Requesters unlike each other: each recorded over the model, replayed, recorded again while it is replayed, and its calls driven.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "requesters/run.h"

namespace vss::test {
namespace {

#if defined(_WIN32)
constexpr const char* kSystemLibrary = "C:\\windows\\system32\\vssapi.dll";
#else
constexpr const char* kSystemLibrary = "libvssapi.so";
#endif

struct Requester {
  const char* name;                   // of the test
  std::vector<std::string> command;   // LIB: the system's library; DOCUMENT: a file
  const char* target = "model";
  int exitCode = 0;
  const char* says = "";              // part of what it prints
  const char* otherwise = "";         // in the target's scenario: lets one answer be another
  const char* changed = "";           // the call that gets it
  bool inAnyOrder = false;            // its lines
};

void PrintTo(const Requester& requester, std::ostream* out) { *out << requester.name; }

const Requester kRequesters[] = {
    {"ImportedFactory", {"status_loop"}, "model", 0, "'System Writer'",
     R"("calls": [{"method": "FreeWriterStatus", "result": "E_OUTOFMEMORY"}])", "FreeWriterStatus()"},
    {"MangledNameByGetProcAddress", {"habits", "mangled", "LIB"}, "model", 0, "9 writers\n",
     R"("calls": [{"method": "GetWriterStatusCount", "result": "VSS_E_BAD_STATE"}])", "GetWriterStatusCount()"},
    {"FullPathOfSystem32", {"habits", "path", "LIB"}, "model", 0, "9 writers\n",
     R"("calls": [{"method": "FreeWriterStatus", "result": "VSS_E_BAD_STATE"}])", "FreeWriterStatus()"},
    {"PlainCVtable", {"status_c"}, "model", 0, "'System Writer'",
     R"("calls": [{"method": "GetWriterStatus", "result": "VSS_E_OBJECT_NOT_FOUND", "onCall": 7}])", "GetWriterStatus(iWriter=6)"},
    {"PollingOnly", {"habits", "poll"}, "model:traces/samples/scenarios/file-server.json", 0, "4 writers\n",
     R"("calls": [{"method": "GetWriterStatusCount", "result": "VSS_E_UNEXPECTED"}])", "GetWriterStatusCount()"},
    {"WaitOnly", {"habits", "wait"}, "model:traces/samples/scenarios/file-server.json", 0, "4 writers\n",
     R"("calls": [{"method": "FreeWriterStatus", "result": "E_OUTOFMEMORY"}])", "FreeWriterStatus()"},
    {"NeverAsking", {"habits", "never"}, "model", 0, "FreeWriterStatus: ",
     R"("calls": [{"method": "GetWriterStatusCount", "result": "VSS_E_UNEXPECTED"}])", "GetWriterStatusCount()"},
    {"FourThreads", {"status_loop", "-t", "4", "-n", "3"}, "model", 0, "'System Writer'",
     R"("calls": [{"method": "FreeWriterStatus", "result": "E_OUTOFMEMORY", "onCall": 5}])", "FreeWriterStatus()", true},
    {"ThreeObjectsWithRetries", {"habits", "retries"}, "model", 0, "StartSnapshotSet of the third: 0x80042316\n",
     R"("calls": [{"method": "AbortBackup", "result": "E_OUTOFMEMORY"}])", "AbortBackup()"},
    {"ReleaseAfterFreeLibrary", {"guest", "unload", "LIB"}, "model", 0, "0 and 0 references left\n",
     R"("operations": {"gatherWriterMetadata": {"result": "E_OUTOFMEMORY"}}, "choices": {"waitOnFailed": "operationError"})", "Wait("},
    {"AsynchronousObjectReleasedLast", {"habits", "last"}, "model", 0, "ended: 0x0004230a\n",
     R"("operations": {"gatherWriterMetadata": {"result": "E_OUTOFMEMORY"}})", "QueryStatus()"},
    {"Backup", {"backup", "-d", "DOCUMENT"}, "model", 0, "BackupComplete: 0x00000000\n",
     R"("calls": [{"method": "IVssComponent::GetBackupStamp", "result": "E_OUTOFMEMORY", "onCall": 4}])", "GetBackupStamp()"},
    {"BackupOfVolumes", {"backup", "-v", "C:\\", "D:\\"}, "model:traces/samples/scenarios/file-server.json", 0, "2 in the set\n",
     R"("calls": [{"method": "IVssWMFiledesc::GetPath", "result": "VSS_E_INVALID_XML_DOCUMENT", "onCall": 3}])", "GetPath()"},
    {"BackupOfAServerWithDatabases", {"backup", "-d", "DOCUMENT", "C:\\", "D:\\"}, "model:traces/samples/scenarios/file-server.json", 0, "depends on ",
     R"("calls": [{"method": "IVssWMDependency::GetComponentName", "result": "E_OUTOFMEMORY", "onCall": 1}])", "GetComponentName()"},
    {"Restore", {"restore", "DOCUMENT"}, "model", 0, "PostRestore: 0x00000000\n",
     R"("calls": [{"method": "IVssComponent::GetComponentType", "result": "E_OUTOFMEMORY", "onCall": 2}])", "GetComponentType()"},
    {"QueryAndDelete", {"query"}, "model", 0, "1 deleted\n",
     R"("calls": [{"method": "IVssEnumObject::Skip", "result": "E_FAIL", "onCall": 3}])", "Skip(celt=1)"},
    {"OrdersOfCorrectPrograms", {"orders"}, "model", 0, "QueryInterface(b4377c505bcf954eb0af14eb9767467e): 0x00000000\n",
     R"("calls": [{"method": "SetContext", "result": "VSS_E_UNEXPECTED", "onCall": 1}])", "SetContext("},
    {"InitializeForBackupAtSlotThree", {"habits", "slot3"}, "model", 1, "InitializeForBackup: 0x80070057\n",
     R"("choices": {"argumentOrder": "stateFirst"})", "GetWriterComponentsCount()"}};

class Requesters : public testing::TestWithParam<Requester> {
 protected:
  std::string file(const std::string& name) const { return shownPath(folder / name); }
  std::vector<std::string> command() const {
    std::vector<std::string> words = GetParam().command;
    words[0] = program("requesters/" + words[0]);
    for (auto& word : words) word = word == "LIB" ? kSystemLibrary : word == "DOCUMENT" ? file("document.xml") : word;
    return words;
  }
  std::string output(std::vector<std::string> command, int exitCode) {
    std::string shown;
    for (const auto& word : command) shown += word + " ";
    Ran ran = run(command, {}, std::chrono::seconds(60));
    EXPECT_EQ(ran.exitCode, exitCode) << shown << "\n" << ran.out << ran.err;
    EXPECT_FALSE(ran.timedOut) << shown;
    std::erase(ran.out, '\r');
    if (!GetParam().inAnyOrder) return ran.out;
    std::vector<std::string> lines;
    std::istringstream in(ran.out);
    for (std::string line; std::getline(in, line);) lines.push_back(line + "\n");
    std::sort(lines.begin(), lines.end());
    std::string sorted;
    for (const auto& line : lines) sorted += line;
    return sorted;
  }
  std::string shadowtape(std::vector<std::string> words, int exitCode = 0) {
    words.insert(words.begin(), program("bin/shadowtape"));
    return output(words, exitCode);
  }
  std::string record(const std::string& trace, const std::string& target) {
    std::vector<std::string> words{"record", "-o", file(trace), "--target", target, "--"};
    for (const auto& word : command()) words.push_back(word);
    return shadowtape(words, GetParam().exitCode);
  }
  void SetUp() override {
    if (GetParam().command[0] != std::string("restore")) return;
    std::vector<std::string> words{"record", "-o", file("backup.vsst"), "--target", GetParam().target, "--", program("requesters/backup"), "-d", file("document.xml")};
    shadowtape(words);
  }

  TemporaryFolder folder;
};

TEST_P(Requesters, SeesTheSameRecordedAndReplayedAndIsDrivenWithoutADifference) {
  std::string target = GetParam().target, seen = record("first.vsst", target);
  EXPECT_NE(seen.find(GetParam().says), std::string::npos) << seen;
  EXPECT_EQ(seen.find("0x80004001"), std::string::npos) << "something is not modelled:\n" << seen;
  shadowtape({"verify", file("first.vsst")});

  std::vector<std::string> replay{"replay", file("first.vsst"), "--"};
  for (const auto& word : command()) replay.push_back(word);
  EXPECT_EQ(shadowtape(replay, GetParam().exitCode), seen);

  EXPECT_EQ(record("second.vsst", file("first.vsst")), seen);
  EXPECT_TRUE(shadowtape({"diff", file("first.vsst"), file("second.vsst")}).starts_with("no difference: "));

  std::string driven = shadowtape({"drive", file("first.vsst"), "--target", target});
  EXPECT_TRUE(driven.starts_with("no difference: ")) << driven;
}

TEST_P(Requesters, IsDrivenAndTheOneAnswerThatIsAnotherIsTheOneDifference) {
  std::string target = GetParam().target, scenario = target == "model" ? "{}" : contentOf(target.substr(sizeof "model:" - 1));
  record("first.vsst", target);
  scenario.insert(scenario.find('{') + 1, GetParam().otherwise + std::string(scenario == "{}" ? "" : ", "));
  std::ofstream(folder / "other.json", std::ios::binary) << scenario;
  std::string driven = shadowtape({"drive", file("first.vsst"), "--target", "model:" + file("other.json")}, 1);
  EXPECT_NE(("\n" + driven).find("\n1 difference\n"), std::string::npos) << driven;
  EXPECT_NE(driven.find(GetParam().changed), std::string::npos) << driven;
}

// What a shipped program did for months.
TEST(RequesterFinding, OfTheWrongSlotSaysWhatWasProbablyMeant) {
  TemporaryFolder folder;
  std::string trace = shownPath(folder / "slot3.vsst");
  run({program("bin/shadowtape"), "record", "-o", trace, "--target", "model", "--", program("requesters/habits"), "slot3"});
  Ran check = run({program("bin/shadowtape"), "check", trace, "--rules", "RQ-027"});
  EXPECT_EQ(check.exitCode, 1) << check.out << check.err;
  EXPECT_NE(check.out.find("RQ-027"), std::string::npos) << check.out << check.err;
  EXPECT_NE(check.out.find("probably meant InitializeForBackup(NULL): that is slot 5 of the vtable, and slot 3 was called"), std::string::npos) << check.out;
}

INSTANTIATE_TEST_SUITE_P(Each, Requesters, testing::ValuesIn(kRequesters), [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace vss::test
