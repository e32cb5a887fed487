// docs/model.md says what the code does: its tables are the code's, its examples and their answers are real.
// BLESS=1 writes both anew.
#include <fstream>
#include <iterator>
#include <set>

#include "testing.h"
#include "traces/vss/golden_file.h"

namespace vss::model {
namespace {

constexpr const char* kPage = "docs/model.md";

std::string read(const char* file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}
std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

// ---- Tables ----

std::string profileTable() {
  std::string text = "| `os` | newest interface | unexpected failure | persistent contexts | `Wait` with a time | other |\n|---|---|---|---|---|---|\n";
  static constexpr const char* interfaces[] = {"IVssBackupComponents", "…Ex", "…Ex2", "…Ex3", "…Ex4"};
  for (const auto& os : profiles()) {
    std::vector<std::string> other;
    if (!os.setContext) other.push_back("no SetContext");
    if (!os.vistaAttributes) other.push_back("no attributes of Vista's");
    if (!os.statusNotAvailable) other.push_back("no `VSS_E_WRITER_STATUS_NOT_AVAILABLE`");
    if (os.gatherClosesSession) other.push_back("`sessionClosedBy` is always `gather`");
    if (!os.transports()) other.push_back("nothing transportable");
    if (!os.reverts()) other.push_back(os.hasReverts() ? "no RevertToSnapshot" : "no RevertToSnapshot, no QueryRevertStatus");
    text += "| " + code(os.name) + " | " + interfaces[os.newestInterface] + " | " + code(nameOf(os.unexpected)) + " | " +
            (os.client ? "refused" : "taken") + " | " + (os.waitOnlyInfinite ? "`E_INVALIDARG`" : os.waitWithoutTime ? "has none: waits for the end" : "yes") +
            " | " + joined(other, "; ") + " |\n";
  }
  return text;
}

std::string methodTable() {
  std::string text = "| method | failures of the call | failures of its operation |\n|---|---|---|\n";
  for (int i = 0; i <= static_cast<int>(Method::queryStatus); ++i) {
    const MethodRow& row = rowOf(static_cast<Method>(i));
    text += "| " + std::string(row.name) + " | " + std::string(row.failures) + " | " + std::string(row.operationFailures) + " |\n";
  }
  return text;
}

std::string notModelledList() {
  std::set<std::string_view> modelled{"QueryInterface", "AddRef", "Release"};
  for (int i = 0; i <= static_cast<int>(Method::queryStatus); ++i) modelled.insert(rowOf(static_cast<Method>(i)).name);
  std::vector<std::string> names;
  for (const MethodInfo* method : interfaceOf<IVssBackupComponentsEx4>().methods)
    if (!modelled.contains(method->name)) names.emplace_back(method->name);
  return joined(names, ", ") + ".\n";
}

std::string componentTable() {
  const KnownComponent& known = kSystemFiles;
  const std::u16string path = known.logicalPath ? known.logicalPath : u"";
  return "| writer class | type | logical path | name |\n|---|---|---|---|\n| " + code(toString(known.writerClassId)) + " | " +
         code(enumeratorName("VSS_COMPONENT_TYPE", known.type)) + " | " + code(path.empty() ? "NULL" : toUtf8(path)) + " | " +
         code(toUtf8(known.name)) + " |\n";
}

std::string choicesTable() {
  std::string text = "| choice | values | decides | rules | against |\n|---|---|---|---|---|\n";
  for (const auto& row : choiceTable()) {
    std::vector<std::string> values;
    for (auto value : row.values) values.push_back(code(value));
    text += "| " + code(row.name) + " | " + joined(values, ", ") + " | " + std::string(row.sentence) + " | " + std::string(row.rules) + " | " +
            std::string(row.against) + " |\n";
  }
  return text;
}

// ---- Examples ----

// A status session as the page describes it, one line a call that matters.
std::string transcript(const std::string& scenario) {
  try {
    parseScenario(scenario, "scenario.json");
  } catch (const ScenarioError& e) {
    return std::string(e.what()) + "\n";
  }
  Requester r(scenario);
  r.forBackup().withMetadata();
  IVssAsync* async = nullptr;
  std::string text = "GatherWriterStatus = " + nameOf(r->GatherWriterStatus(&async)) + "\n";
  for (HRESULT result = VSS_S_ASYNC_PENDING; async && result == VSS_S_ASYNC_PENDING; r.clock->ms += 100)
    text += "QueryStatus: " + nameOf(result = Requester::query(async)) + "\n";
  if (async) async->Release();
  UINT count = 0;
  HRESULT counted = r->GetWriterStatusCount(&count);
  text += "GetWriterStatusCount = " + nameOf(counted) + (counted == S_OK ? ": " + std::to_string(count) : "") + "\n";
  for (UINT i = 0; i < count; ++i) {
    auto row = r.status(i);
    text += "GetWriterStatus(" + std::to_string(i) + ") = " + nameOf(row.hresult);
    if (row.hresult == S_OK)
      text += ": " + (row.name ? vss::quoted(*row.name) : "null") + " " + enumeratorName("VSS_WRITER_STATE", row.state) + " " + nameOf(row.failure);
    text += "\n";
  }
  for (int i = 0; i < 2; ++i) text += "FreeWriterStatus = " + nameOf(r->FreeWriterStatus()) + "\n";
  return text;
}

// ---- The page as the code would have it ----

void replaceBetween(std::string& page, const std::string& name, const std::string& text) {
  std::string open = "<!-- " + name + " -->\n", close = "<!-- /" + name + " -->\n";
  std::size_t from = page.find(open), to = page.find(close);
  ASSERT_NE(from, page.npos) << name;
  ASSERT_NE(to, page.npos) << name;
  page.replace(from + open.size(), to - from - open.size(), text);
}

// After each block of JSON stands a block of text: what it answers.
int replaceAnswers(std::string& page) {
  const std::string json = "```json\n", answer = "\n```\n```text\n";
  int examples = 0;
  for (std::size_t at = 0; (at = page.find(json, at)) != page.npos; ++examples) {
    at += json.size();
    std::size_t end = page.find("\n```\n", at), answerAt = page.find(answer, at);
    EXPECT_EQ(end, answerAt) << "an example without its answer: " << page.substr(at, end - at);
    if (end != answerAt) break;
    answerAt += answer.size();
    page.replace(answerAt, page.find("```", answerAt) - answerAt, transcript(page.substr(at, end - at)));
  }
  return examples;
}

TEST(ModelPage, SaysWhatTheCodeDoes) {
  const std::string page = read(kPage);
  ASSERT_FALSE(page.empty()) << kPage;
  std::string made = page;
  replaceBetween(made, "profiles", profileTable());
  replaceBetween(made, "methods", methodTable());
  replaceBetween(made, "not-modelled", notModelledList());
  replaceBetween(made, "component", componentTable());
  replaceBetween(made, "choices", choicesTable());
  EXPECT_EQ(replaceAnswers(made), 7);
  EXPECT_TRUE(test::isGolden(kPage, made));
}

}  // namespace
}  // namespace vss::model
