#include "conformance/fixtures.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "traces/print.h"

namespace vss::conformance {

namespace {

// What fixtures make of a scenario.
struct Pieces {
  std::string os;
  bool writersGiven = false;              // else the scenario's own
  std::vector<std::string> writers;       // as JSON
  std::map<std::string, std::string> operations;
  std::string limits;
  std::vector<std::string> volumes;       // beside C:\, as JSON
  bool hardware = false;                  // a provider of its own stands before the system's
  std::string polls;                      // of every operation; empty: each takes its time
};

constexpr const char* kHealthy[] = {
    R"({"name": "System Writer", "classId": "e8132975-6f93-4464-a53e-1050253ae220", "instanceId": "7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c01", "components": [{"name": "System Files"}])",
    R"({"name": "Registry Writer", "classId": "afbab4a2-367d-4d15-a586-71dbb18f8485", "instanceId": "7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c04")"};

// Something of everything that metadata and components can have.
constexpr const char* kFullMetadata =
    R"("usage": "VSS_UT_USERDATA", "restoreMethod": {"method": "VSS_RME_STOP_RESTORE_START", "service": "fixture", "userProcedure": "fixture.exe"}, )"
    R"("alternateLocations": [{"path": "C:\\fixture", "filespec": "*", "alternateLocation": "C:\\elsewhere"}], )"
    R"("excludeFiles": [{"path": "C:\\fixture", "filespec": "*.tmp"}], "excludeFromSnapshot": [{"path": "C:\\fixture", "filespec": "*.log"}])";
constexpr const char* kPlainComponents = R"([{"name": "Fixture Component"}])";
constexpr const char* kFullComponents =
    R"([{"name": "Fixture Component", "files": [{"path": "C:\\fixture", "filespec": "*"}], "dependencies": [{"writerId": "e8132975-6f93-4464-a53e-1050253ae220", "name": "System Files"}], )"
    R"("notes": {"partialFiles": [{"path": "C:\\fixture", "filename": "large", "ranges": "0:1", "metadata": "m"}], )"
    R"("differencedFiles": [{"path": "C:\\fixture", "filespec": "*"}], "backupMetadata": "m", "backupStamp": "s", "prepareForBackupFailureMsg": "p", "postSnapshotFailureMsg": "q", )"
    R"("restoreMetadata": "r", "preRestoreFailureMsg": "b", "postRestoreFailureMsg": "c", )"
    R"("directedTargets": [{"sourcePath": "C:\\fixture", "sourceFilename": "large", "sourceRanges": "0:1", "destinationPath": "C:\\fixture", "destinationFilename": "other", "destinationRanges": "0:1"}]}}, )"
    R"({"name": "Part", "logicalPath": "Fixture Component", "selectable": false}, )"
    R"({"type": "VSS_CT_DATABASE", "name": "Fixture Database", "databaseFiles": [{"path": "C:\\fixture", "filespec": "*.db"}], "logFiles": [{"path": "C:\\fixture", "filespec": "*.log"}]}])";

void addWriter(Pieces& pieces, std::string more, const Guid& instance = kFixtureInstance, const std::string& components = kPlainComponents) {
  if (!pieces.writersGiven)
    for (auto* writer : kHealthy) pieces.writers.push_back(std::string(writer) + "}");
  pieces.writersGiven = true;
  if (!more.empty()) more = ", " + more;
  pieces.writers.push_back(R"({"name": "Fixture Writer", "classId": ")" + toString(kFixtureWriter) + R"(", "instanceId": ")" + toString(instance) +
                           R"(", "components": )" + components + more + "}");
}

void addVolume(Pieces& pieces, const std::string& path, bool supported) {
  pieces.volumes.push_back(R"({"path": )" + jsonString(path) + (supported ? "}" : R"(, "supported": false})"));
}

// GatherWriterStatus → gatherWriterStatus
std::string operationKey(std::string method) {
  if (!method.empty() && method[0] >= 'A' && method[0] <= 'Z') method[0] = static_cast<char>(method[0] - 'A' + 'a');
  return method;
}

std::string failure(const std::string& event, const std::string& code, const std::string& more) {
  return R"("failsAt": [{"event": )" + jsonString(event) + (code.empty() ? "" : R"(, "failure": )" + jsonString(code)) + more + "}]";
}

constexpr std::string_view kOwnComponent = "component of that writer";

using Arguments = std::vector<std::string>;
struct Known { std::string_view name; void (*apply)(Pieces&, const Arguments&); };
constexpr Known kKnown[] = {
    {"os _", [](Pieces& p, const Arguments& a) { p.os = a[0]; }},
    {"healthy writers", [](Pieces&, const Arguments&) {}},
    {"no writers", [](Pieces& p, const Arguments&) { p.writersGiven = true; }},
    {"two instances of a writer",
     [](Pieces& p, const Arguments&) {
       addWriter(p, "");
       addWriter(p, "", kSecondInstance);
     }},
    {"writer in state _ with _", [](Pieces& p, const Arguments& a) { addWriter(p, R"("state": )" + jsonString(a[0]) + R"(, "failure": )" + jsonString(a[1])); }},
    {"writer fails at identify", [](Pieces& p, const Arguments&) { addWriter(p, failure("identify", "", "")); }},
    {"writer fails at _ with _", [](Pieces& p, const Arguments& a) { addWriter(p, failure(a[0], a[1], "")); }},
    {"writer reports _ at _", [](Pieces& p, const Arguments& a) { addWriter(p, failure(a[1], a[0], R"(, "fatal": false)")); }},
    {"writer reports _ at _ with application failure _ and message _",
     [](Pieces& p, const Arguments& a) {
       addWriter(p, failure(a[1], a[0], R"(, "applicationFailure": )" + jsonString(a[2]) + R"(, "applicationMessage": )" + jsonString(a[3])));
     }},
    {"writer ends after identify", [](Pieces& p, const Arguments&) { addWriter(p, R"("runs": "untilIdentify")"); }},
    {"writer starts after identify", [](Pieces& p, const Arguments&) { addWriter(p, R"("runs": "afterIdentify")"); }},
    {"writer with full metadata alone", [](Pieces& p, const Arguments&) { p.writersGiven = true, addWriter(p, kFullMetadata, kFixtureInstance, kFullComponents); }},
    {"writer beside it", [](Pieces& p, const Arguments&) { p.writers.push_back(std::string(kHealthy[0]) + "}"); }},
    {"one more writer", [](Pieces& p, const Arguments&) { addWriter(p, ""); }},
    {kOwnComponent, [](Pieces&, const Arguments&) {}},
    {"no session slots", [](Pieces& p, const Arguments&) { p.limits = R"({"writerSessions": 0})"; }},
    {"_ volumes",
     [](Pieces& p, const Arguments& a) {
       for (int i = 1; i <= std::atoi(a[0].c_str()); ++i) addVolume(p, "V" + std::to_string(i) + ":\\", true);
     }},
    {"volume _ without a provider", [](Pieces& p, const Arguments& a) { addVolume(p, a[0], false); }},
    {"hardware provider", [](Pieces& p, const Arguments&) { p.hardware = true; }},
    {"no writer that blocks a revert", [](Pieces&, const Arguments&) {}},
    {"only the provider of the system", [](Pieces&, const Arguments&) {}},
    {"operations that end after _ polls", [](Pieces& p, const Arguments& a) { p.polls = a[0]; }},
    {"_ ends in _", [](Pieces& p, const Arguments& a) { p.operations[operationKey(a[0])] = R"({"result": )" + jsonString(a[1]) + "}"; }},
    {"_ takes long", [](Pieces& p, const Arguments& a) { p.operations[operationKey(a[0])] = R"({"never": true})"; }},
    {"_ takes _ ms", [](Pieces& p, const Arguments& a) { p.operations[operationKey(a[0])] = R"({"ms": )" + a[1] + "}"; }},
};

std::vector<std::string> wordsOf(std::string_view name) {
  std::vector<std::string> words;
  while (!name.empty()) {
    auto end = std::min(name.find(' '), name.size());
    words.emplace_back(name.substr(0, end));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return words;
}

}  // namespace

std::optional<Fixture> fixtureOf(const std::vector<std::string>& words) {
  for (const auto& known : kKnown) {
    auto pattern = wordsOf(known.name);
    if (pattern.size() != words.size()) continue;
    Fixture fixture{std::string(known.name), {}};
    bool same = true;
    for (std::size_t i = 0; i < words.size() && same; ++i) {
      if (pattern[i] == "_") fixture.arguments.push_back(words[i]);
      else same = pattern[i] == words[i];
    }
    if (same) return fixture;
  }
  return std::nullopt;
}

bool usesFixtureComponent(const Recipe& recipe) {
  return std::any_of(recipe.fixtures.begin(), recipe.fixtures.end(), [](const Fixture& fixture) { return fixture.name == kOwnComponent; });
}

std::string knownFixtures() {
  std::string all;
  for (const auto& known : kKnown) all += (all.empty() ? "" : "; ") + std::string(known.name);
  return all;
}

std::string scenarioFor(const Recipe& recipe) {
  Pieces pieces;
  bool needed = false;
  for (const auto& fixture : recipe.fixtures)
    for (const auto& known : kKnown)
      if (known.name == fixture.name) known.apply(pieces, fixture.arguments), needed = true;
  for (const auto& step : recipe.steps) {
    std::string key = operationKey(std::string(step.method->name));
    bool open = step.outcome == Outcome::pending || step.outcome == Outcome::cancelled || step.outcome == Outcome::released;
    if (!open && step.outcome != Outcome::failed) continue;
    needed = true;
    if (pieces.operations.count(key)) continue;
    // A failure that every starter's page lists.
    pieces.operations[key] = open ? R"({"never": true})" : R"({"result": "VSS_E_UNEXPECTED"})";
  }
  if (!needed) return "";
  if (!pieces.polls.empty())
    for (const char* starter : {"gatherWriterMetadata", "gatherWriterStatus", "prepareForBackup", "doSnapshotSet", "backupComplete", "preRestore", "postRestore", "importSnapshots", "queryRevertStatus"}) {
      std::string& operation = pieces.operations[starter];
      if (operation.find("\"never\"") == operation.npos) operation = (operation.empty() ? "{" : operation.substr(0, operation.size() - 1) + ", ") + "\"polls\": " + pieces.polls + "}";
    }
  std::string json;
  auto add = [&](const std::string& key, const std::string& value) { json += (json.empty() ? "{" : ", ") + jsonString(key) + ": " + value; };
  if (!pieces.os.empty()) add("os", jsonString(pieces.os));
  if (pieces.writersGiven) {
    std::string list;
    for (const auto& writer : pieces.writers) list += (list.empty() ? "" : ", ") + writer;
    add("writers", "[" + list + "]");
  }
  if (!pieces.operations.empty()) {
    std::string all;
    for (const auto& [key, value] : pieces.operations) all += (all.empty() ? "" : ", ") + jsonString(key) + ": " + value;
    add("operations", "{" + all + "}");
  }
  if (!pieces.limits.empty()) add("limits", pieces.limits);
  if (pieces.hardware) add("providers", R"([{"name": "Fixture Provider", "type": "VSS_PROV_HARDWARE"}])");
  if (!pieces.volumes.empty()) {
    std::string list = R"([{"path": "C:\\"})";
    for (const auto& volume : pieces.volumes) list += ", " + volume;
    add("volumes", list + "]");
  }
  return json.empty() ? "{}" : json + "}";
}

std::string withChoices(const std::string& scenario, const std::map<std::string, std::string>& choices) {
  std::string all;
  for (const auto& [name, value] : choices) all += (all.empty() ? "" : ", ") + jsonString(name) + ": " + jsonString(value);
  return (scenario.size() < 3 ? "{" : scenario.substr(0, scenario.size() - 1) + ", ") + "\"choices\": {" + all + "}}";
}

}  // namespace vss::conformance
