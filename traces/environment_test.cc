#include "traces/environment.h"

#include <fstream>
#include <map>
#include <sstream>

#include "traces/append_remarks.h"
#include "traces/packed_trace.h"
#include "traces/show.h"
#include "traces/trace_testing.h"

namespace vss {
namespace {

using namespace testing_traces;

TEST(EnvironmentClasses, AreTakenByNameAndWhatNamesSomebodyOnlyIfAskedFor) {
  EXPECT_TRUE(parseFactClasses("none").empty());
  EXPECT_EQ(parseFactClasses("all").size(), factClasses().size());
  EXPECT_EQ(parseFactClasses("volumes,system"), (FactClasses{"system", "volumes"}));
  auto byDefault = parseFactClasses("default");
  EXPECT_EQ(byDefault, parseFactClasses(defaultFactClasses()));
  EXPECT_EQ(byDefault.size(), factClasses().size() - 2);
  EXPECT_FALSE(byDefault.count("command") || byDefault.count("events"));
  for (const char* wrong : {"", "systems", "system,", ",system", "system, volumes", "all,none", "\x1b[2J"}) EXPECT_THROW(parseFactClasses(wrong), std::runtime_error) << wrong;
}

TEST(EnvironmentFacts, KeysAreUniqueAndEachHasItsClass) {
  std::map<std::string, int> keys;
  auto all = parseFactClasses("all");
  for (const auto& info : factTable()) {
    EXPECT_EQ(++keys[info.key], 1) << info.key;
    EXPECT_TRUE(all.count(info.class_)) << info.class_;
    EXPECT_EQ(std::string(info.key).find('='), std::string::npos);
  }
}

TEST(EnvironmentFacts, AHostileValueIsOneFactAndOneLine) {
  EXPECT_EQ(factText({"os.name", "a=b\n"}), "os.name=a=b\n");
  EXPECT_EQ(factText({"k", std::string("a\0b", 3)}), "k=a\xEF\xBF\xBD" "b");
  EXPECT_EQ(factText({"k", "\xFF"}), "k=\xEF\xBF\xBD");
  std::string cut = factText({"k", std::string(3999, 'x') + "\xC3\xA4\xC3\xA4"});
  EXPECT_EQ(cut, "k=" + std::string(3999, 'x') + "…");
  EXPECT_EQ(factOf("a=b=c"), (Fact{"a", "b=c"}));
  EXPECT_EQ(factOf("=b"), std::nullopt);
  EXPECT_EQ(factOf("words"), std::nullopt);

  TemporaryTrace trace;
  TraceWriter(trace.path, {Origin::model, "p", "t"}).remark(RemarkKind::warning, 0, "seen");
  std::vector<std::string> facts{factText({"os.name", "\x1b[2J\nwriters     0"}), factText({"newer.key", "9"}), factText({"volume", "C:\\\t1\t2\tNTFS"}), "no fact"};
  appendRemarks(trace.path, RemarkKind::environment, facts);
  std::ostringstream out, err, json, shown;
  EXPECT_EQ(showInfo({{shownPath(trace.path)}}, "text", out, err), 0);
  EXPECT_NE(out.str().find("  environment 3 facts\n    os.name                     \"\\u001b[2J\\nwriters     0\"\n    newer.key                   9\n    volume                      \"C:\\\\, 1, 2, NTFS\"\n"), std::string::npos)
      << out.str();
  EXPECT_NE(out.str().find("2 remarks"), std::string::npos) << "a fact is no remark, what is none is one: " << out.str();
  EXPECT_EQ(showInfo({{shownPath(trace.path)}}, "json", json, err), 0);
  EXPECT_NE(json.str().find("\"environment\": [{\"key\": \"os.name\", \"value\": \"\\u001b[2J\\u000awriters     0\"}, {\"key\": \"newer.key\", \"value\": \"9\"}, {\"key\": \"volume\""), std::string::npos) << json.str();
  EXPECT_EQ(showTrace(shownPath(trace.path), {}, shown, err), 0);
  EXPECT_NE(shown.str().find("seen"), std::string::npos);
  EXPECT_EQ(shown.str().find("NTFS"), std::string::npos) << "`show` is of calls";
}

TEST(EnvironmentFacts, TellTheBuildOrElseThePlatformDoes) {
  TemporaryTrace first("first"), trace;
  TraceWriter(first.path, {Origin::model, "p", "t"}).remark(RemarkKind::warning, 0, "seen");
  auto buildIn = [](const std::filesystem::path& path) {
    TraceReader reader(path);
    std::string build = buildOf(reader);
    EXPECT_TRUE(reader.next()) << "it can be read from its start";
    return build;
  };
  for (auto [platform, build] : {std::pair("windows x86-64 10.0.20348", "10.0.20348"), {"windows x86-64 10.0.19043 (Wine 8.0)", "10.0.19043"}, {"linux x86-64", ""}, {"", ""}, {"windows ", ""}, {"windows x86-64", ""}}) {
    TraceHeader header = TraceReader(first.path).header();
    header.platform = platform;
    writeBytes(trace.path, headerBytes(header) + bytesOf(first.path).substr(4096));
    EXPECT_EQ(buildIn(trace.path), build) << platform;
    std::vector<std::string> facts{"os.name=9", "os.version=10.0.20348.2031", "volume=10"};
    appendRemarks(trace.path, RemarkKind::environment, facts);
    EXPECT_EQ(buildIn(trace.path), "10.0.20348.2031") << platform;
  }
  TemporaryTrace packed("packed");
  std::ostringstream out;
  ASSERT_EQ(packTrace(shownPath(trace.path), shownPath(packed.path), false, out), 0);
  EXPECT_EQ(buildIn(packed.path), "10.0.20348.2031");
}

// docs/environment.md prints environment.def.
TEST(EnvironmentPage, HasTheTables) {
  std::string page = bytesOf("docs/environment.md");
  std::string expected;
  for (const auto& one : factClasses()) expected += "| `" + std::string(one.name) + "` | " + (one.byDefault ? "yes" : "no") + " | " + one.meaning + " |\n";
  EXPECT_NE(page.find("|---|---|---|\n" + expected + "\n"), std::string::npos) << "classes:\n" << expected;
  expected.clear();
  for (const auto& one : factTable()) expected += "| `" + std::string(one.key) + "`" + (one.many ? " …" : "") + " | `" + one.class_ + "` | " + one.unit + " | " + one.meaning + " |\n";
  EXPECT_NE(page.find("|---|---|---|---|\n" + expected + "\n"), std::string::npos) << "facts:\n" << expected;
  expected.clear();
#define ENVIRONMENT_SERVICE(service, hosts) expected += "| `" service "` | " hosts " |\n";
#include "traces/environment.def"
  EXPECT_NE(page.find("|---|---|\n" + expected + "\n"), std::string::npos) << "services:\n" << expected;
}

}  // namespace
}  // namespace vss
