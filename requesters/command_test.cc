// The built command itself, given what it cannot use: one line on standard error that says where and what to do, the documented exit code,
// nothing on standard output.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "requesters/run.h"
#include "traces/test_trace.h"
#include "traces/trace_reader.h"

namespace vss {
namespace {

using namespace test;

#if defined(_WIN32)
constexpr const char* kSystemLibrary = "C:\\windows\\system32\\kernel32.dll";
#else
constexpr const char* kSystemLibrary = "libc.so.6";
#endif

class Command : public ::testing::Test {
 protected:
  Folder folder;
  std::string trace = folder / "good.vsst", text = folder / "text.txt", empty = folder / "empty", zeros = folder / "zeros", none = folder / "none",
              noFolder = shownPath(pathFromUtf8(folder / "nofolder") / "x.vsst"), directory = folder / "directory", listing = folder / "listing.txt",
              fresh = folder / "fresh.vsst";

  void SetUp() override {
    if (!environmentVariable("SHADOWTAPE_BUILD")) GTEST_SKIP() << "SHADOWTAPE_BUILD does not say where the built command is";
    ASSERT_TRUE(std::filesystem::exists(pathFromUtf8(command()))) << "build the target shadowtape first";
    Trace(trace).session(healthySession());
    put(text, "hello\n");
    put(empty, "");
    put(zeros, std::string(5000, '\0'));
    put(listing, "vssadmin 1.1 - Volume Shadow Copy Service administrative command-line tool\n\n"
                 "Writer name: 'A'\n   Writer Id: {e8132975-6f93-4464-a53e-1050253ae220}\n"
                 "   Writer Instance Id: {7dfe7452-607a-4bab-b644-0df3411ec084}\n   State: [1] Stable\n   Last error: No error\n");
    std::filesystem::create_directory(pathFromUtf8(directory));
  }
  static void put(const std::string& path, const std::string& bytes) { std::ofstream(pathFromUtf8(path), std::ios::binary) << bytes; }
  std::string made(const char* name, const std::string& bytes) {
    put(folder / name, bytes);
    return folder / name;
  }
  static std::string command() { return program("bin/shadowtape"); }
  static std::string take(const std::string& path) {
    std::ifstream file(pathFromUtf8(path), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static Ran run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), command());
    return test::run(arguments);
  }
  // One line, which names each of `parts`; the exit code; no output.
  void refused(int code, const std::vector<std::string>& arguments, const std::vector<std::string>& parts) {
    std::string shown = "shadowtape";
    for (const auto& argument : arguments) shown += " " + argument;
    SCOPED_TRACE(shown);
    auto ran = run(arguments);
    EXPECT_EQ(ran.exitCode, code);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_TRUE(ran.err.starts_with("shadowtape") && ran.err.ends_with("\n")) << ran.err;
    for (const auto& part : parts) EXPECT_NE(ran.err.find(part), std::string::npos) << "no \"" << part << "\" in: " << ran.err;
  }
};

TEST_F(Command, SaysWhatIsWrongWithItsUse) {
  refused(2, {}, {"shadowtape: ", "subcommand is required", "`shadowtape --help`"});
  refused(2, {"shwo"}, {"there is no command shwo", "`shadowtape --help`"});
  refused(2, {"--bad"}, {"--bad", "`shadowtape --help`"});
  refused(2, {"show"}, {"shadowtape show: trace is required", "`shadowtape show --help`"});
  refused(2, {"show", "--bad", trace}, {"--bad", "`shadowtape show --help`"});
  refused(2, {"show", trace, "more"}, {"more", "`shadowtape show --help`"});
  refused(2, {"show", "--format", "xml", trace}, {"--format", "xml", "text,json"});
  refused(2, {"info"}, {"shadowtape info: trace is required"});
  refused(2, {"diff", trace}, {"shadowtape diff: b is required"});
  refused(2, {"verify"}, {"shadowtape verify: trace is required"});
  refused(2, {"import", listing}, {"shadowtape import: --output is required"});
  refused(2, {"import", listing, "-o", fresh, "--from", "word"}, {"--from", "word", "vssadmin"});
  refused(2, {"export", trace}, {"shadowtape export: --to is required"});
  refused(2, {"export", trace, "--to", "xlsx"}, {"--to", "xlsx", "vssadmin", "csv"});
  refused(2, {"status", "more"}, {"more", "`shadowtape status --help`"});
  refused(2, {"status", "--format", "xml"}, {"--format", "xml"});
  refused(2, {"record", "--", "program"}, {"shadowtape record: --output is required"});
  refused(2, {"record", "-o", fresh}, {"shadowtape record: program is required"});
  refused(2, {"replay", trace}, {"shadowtape replay: program is required"});
  refused(2, {"replay", trace, "--hang-limit", "soon", "--", "program"}, {"--hang-limit", "soon", "30s"});
  refused(2, {"show", ""}, {"argument 2 is empty"});
}

// A fleet's traces, by folder, pattern and list, with names that no code page holds together.
TEST_F(Command, TakesFoldersPatternsAndAList) {
  auto night = pathFromUtf8(folder / "nächte Ω");
  auto below = night / pathFromUtf8("日本");
  std::filesystem::create_directories(below);
  std::filesystem::copy_file(pathFromUtf8(trace), night / "b.vsst");
  std::filesystem::copy_file(pathFromUtf8(trace), below / pathFromUtf8("ä.vsst"));
  put(shownPath(below / "note.txt"), "hello\n");
  std::string b = shownPath(night / "b.vsst"), a = shownPath(below / pathFromUtf8("ä.vsst"));
  for (const char* command : {"check", "info", "verify"}) {
    SCOPED_TRACE(command);
    auto filesTold = [&](const std::vector<std::string>& arguments, const std::string& list = "") {
      std::vector<std::string> words{Command::command(), command, "--format", std::string(command) == "verify" ? "json" : "jsonl"};
      words.insert(words.end(), arguments.begin(), arguments.end());
      auto ran = test::run(words, {}, std::chrono::seconds(60), pathFromUtf8(made("list", list)));
      EXPECT_EQ(ran.exitCode, 0) << ran.err;
      std::vector<std::string> files;
      std::istringstream lines(ran.out);
      for (std::string line; std::getline(lines, line);) {
        EXPECT_TRUE(line.starts_with("{\"file\": \"") && line.ends_with("}")) << line;
        files.push_back(line.substr(10, line.find("\", ", 10) - 10));
        for (auto at = files.back().find("\\\\"); at != std::string::npos; at = files.back().find("\\\\")) files.back().erase(at, 1);
      }
      return files;
    };
    const std::vector<std::string> both{b, a};
    EXPECT_EQ(filesTold({shownPath(night)}), both) << "b before 日本";
    EXPECT_EQ(filesTold({shownPath(night / pathFromUtf8("**") / pathFromUtf8("?.vsst"))}), both);
    EXPECT_EQ(filesTold({shownPath(night / pathFromUtf8("日*") / pathFromUtf8("ä*"))}), std::vector<std::string>{a});
    EXPECT_EQ(filesTold({"-"}, a + "\r\n" + b + "\r\n"), (std::vector<std::string>{a, b}));
    EXPECT_EQ(filesTold({"-0", "-"}, a + '\0' + b + '\0'), (std::vector<std::string>{a, b}));
    refused(2, {command, shownPath(night / pathFromUtf8("x*"))}, {"no file fits this pattern"});
    refused(2, {command, directory}, {directory + ": is a folder with no file in it"});
    refused(2, {command, "-"}, {"-: standard input names no trace"});
  }
}

TEST_F(Command, SaysWhatIsWrongWithATrace) {
  auto whole = take(trace);
  auto headerAlone = made("header", whole.substr(0, 4096)), start = made("start", whole.substr(0, 40));
  for (const char* command : {"show", "info", "verify"}) {
    refused(2, {command, none}, {none + ": cannot be opened"});
    refused(2, {command, directory}, {directory + ": "});  // Windows does not even open it
    refused(2, {command, text}, {text + ": is not a trace", "shadowtape import"});
    refused(2, {command, empty}, {empty + ": is empty"});
    refused(2, {command, zeros}, {zeros + ": is not a trace"});
    refused(2, {command, headerAlone}, {headerAlone + ": holds not one readable note"});
    refused(2, {command, start}, {start + ": "});
  }
  refused(2, {"diff", trace, text}, {text + ": is not a trace"});
  refused(2, {"diff", none, trace}, {none + ": cannot be opened"});
  for (const char* to : {"vssadmin", "jsonl", "csv", "perfetto", "html"}) refused(2, {"export", text, "--to", to}, {text + ": is not a trace"});
  refused(2, {"replay", none, "--", command()}, {none + ": cannot be opened"});
  refused(2, {"replay", empty, "--", command()}, {empty + ": is empty"});
}

TEST_F(Command, RefusesATraceOfANewerFormat) {
  // format lies behind the magic; the refusal comes before the checksum, which this version cannot know.
  auto newer = take(trace);
  ASSERT_EQ(newer.substr(32, 8), "SHADTAPE");
  newer[40] = 99;
  refused(2, {"show", made("newer", newer)}, {folder / "newer" + std::string(": "), "99", "newer"});
}

TEST_F(Command, RefusesAFileThatItMayNotRead) {
  std::filesystem::permissions(pathFromUtf8(trace), std::filesystem::perms::none);
  bool readable = std::ifstream(pathFromUtf8(trace)).is_open();
  if (!readable) refused(2, {"show", trace}, {trace + ": cannot be opened"});
  std::filesystem::permissions(pathFromUtf8(trace), std::filesystem::perms::owner_all);
  if (readable) GTEST_SKIP() << "this user may read everything";
}

TEST_F(Command, SaysWhatIsWrongWithAListing) {
  refused(2, {"import", none, "-o", fresh}, {none + ": cannot be opened"});
  refused(2, {"import", directory, "-o", fresh}, {directory + ": is a folder"});
  refused(2, {"import", text, "-o", fresh}, {text + ": ", "vssadmin list writers"});
  refused(2, {"import", empty, "-o", fresh}, {empty + ": ", "vssadmin list writers"});
  EXPECT_FALSE(std::filesystem::exists(pathFromUtf8(fresh)));
}

TEST_F(Command, SaysWhereItCannotWrite) {
  for (const auto& command : std::vector<std::vector<std::string>>{{"import", listing, "-o"}, {"status", "--target", "model", "-o"}}) {
    auto onto = [&](const std::string& path) {
      auto arguments = command;
      arguments.push_back(path);
      return arguments;
    };
    refused(2, onto(noFolder), {noFolder + ": there is no folder", "make it first"});
    refused(2, onto(text), {text + ": exists and is no trace"});
    refused(2, onto(directory), {directory + ": exists and is no trace"});
  }
  refused(2, {"record", "-o", noFolder, "--", command()}, {noFolder + ": there is no folder"});
  refused(2, {"record", "-o", text, "--", command()}, {text + ": exists and is no trace"});
  for (const char* to : {"vssadmin", "csv", "html"}) refused(2, {"export", trace, "--to", to, "-o", noFolder}, {noFolder + ": cannot be written"});
  refused(2, {"replay", trace, "--report", noFolder, "--", command()}, {"--report", "nofolder"});
  EXPECT_EQ(take(text), "hello\n");
}

TEST_F(Command, KeepsATraceThatItReadsAndWritesNoTextOverOne) {
  auto before = take(trace);
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"status", "--target", trace, "-o", trace},
                                                                     {"record", "--target", trace, "-o", trace, "--", command(), "status"},
                                                                     {"drive", trace, "--target", "model", "-o", trace},
                                                                     {"drive", trace, "--target", trace, "-o", trace}})
    refused(2, arguments, {trace + ": is read by this command; -o has to name another file"});
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"replay", trace, "--report", trace, "--", command(), "status"},
                                                                     {"export", trace, "--to", "vssadmin", "-o", trace},
                                                                     {"export", trace, "--to", "html", "-o", trace},
                                                                     {"conform", "--target", "model", "--write-expect", trace}})
    refused(2, arguments, {trace + ": is a trace; it is not overwritten by a text"});
  refused(2, {"record", "--target", none, "-o", trace, "--", command(), "status"}, {none});
  EXPECT_EQ(take(trace), before);
}

TEST_F(Command, SaysWhatIsWrongWithATarget) {
  auto plain = shownPath(pathFromUtf8(none).replace_extension(".so"));
  refused(2, {"status", "--target", plain}, {plain + ": no such file", "--target takes"});
  refused(2, {"status", "--target", text}, {text + ": is no library that can be loaded here"});
  refused(2, {"status", "--target", kSystemLibrary}, {kSystemLibrary, "exports no CreateVssBackupComponents"});
  refused(2, {"record", "-o", fresh, "--target", plain, "--", command()}, {plain + ": no such file"});
  refused(2, {"record", "-o", fresh, "--target", text, "--", command()}, {text + ": is no library"});
}

TEST_F(Command, SaysWhatIsWrongWithAScenario) {
  struct { std::string path; std::vector<std::string> parts; } scenarios[] = {
      {none, {none + ": no such file"}},
      {directory, {directory + ": is a folder"}},
      {empty, {empty + ":1:1: "}},
      {made("syntax.json", "{\n  \"writers\": [,]\n}\n"), {"syntax.json:2:"}},
      {made("key.json", "{\"writers\": [{\"nmae\": \"A\"}]}"), {"key.json: ", "nmae: unknown key", "known: "}},
      {made("type.json", "{\"writers\": 3}"), {"type.json: writers: is a number"}},
  };
  for (const auto& [path, parts] : scenarios) {
    refused(2, {"status", "--target", "model:" + path}, parts);
    refused(2, {"record", "-o", fresh, "--target", "model:" + path, "--", command(), "status"}, parts);
  }
}

TEST_F(Command, SaysWhyAProgramCannotBeStarted) {
  for (const auto& command : std::vector<std::vector<std::string>>{{"record", "-o", fresh, "--target", "model", "--"}, {"replay", trace, "--"}}) {
    auto starting = [&](const std::string& program) {
      auto arguments = command;
      arguments.push_back(program);
      return arguments;
    };
    refused(127, starting(none), {none + ": "});
    refused(127, starting("no-such-program-anywhere"), {"no-such-program-anywhere: "});
#if !defined(_WIN32)  // there a program's name is tried with .exe, and a folder is none
    refused(126, starting(directory), {directory + ": is a folder"});
#endif
    refused(126, starting(text), {text + ": "});
  }
}

TEST_F(Command, EveryCommandHasHelpWithOneExampleAndAVersion) {
  for (const char* name : {"", "status", "record", "replay", "show", "info", "diff", "verify", "import", "export", "check", "conform", "drive"}) {
    SCOPED_TRACE(name);
    std::vector<std::string> arguments{name, "--help"};
    if (!*name) arguments.erase(arguments.begin());
    auto help = run(arguments);
    EXPECT_EQ(help.exitCode, 0);
    EXPECT_EQ(help.err, "");
    auto example = help.out.find("Example: shadowtape ");
    EXPECT_NE(example, std::string::npos) << help.out;
    EXPECT_EQ(help.out.find("Example", example + 1), std::string::npos) << help.out;
    arguments.back() = "--version";
    auto version = run(arguments);
    EXPECT_EQ(version.exitCode, 0);
    EXPECT_EQ(version.out, "shadowtape " SHADOWTAPE_VERSION "\n");
    EXPECT_EQ(version.err, "");
  }
}

TEST_F(Command, GivesTheDocumentedExitCodes) {
  auto other = folder / "other.vsst", cut = folder / "cut.vsst";
  auto session = healthySession();
  session[8].outputs[3] = number(9);
  Trace(other).session(session);
  auto whole = take(trace);
  put(cut, whole.substr(0, static_cast<std::size_t>(TraceReader(pathFromUtf8(trace)).endOfNotes())));
  EXPECT_EQ(run({"show", trace}).exitCode, 0);
  EXPECT_EQ(run({"show", cut}).exitCode, 0);
  EXPECT_EQ(run({"info", cut, trace}).exitCode, 0);
  EXPECT_EQ(run({"diff", trace, cut}).exitCode, 0);
  EXPECT_EQ(run({"diff", trace, other}).exitCode, 1);
  EXPECT_EQ(run({"verify", trace}).exitCode, 0);
  EXPECT_EQ(run({"verify", trace, cut}).exitCode, 1);
  EXPECT_EQ(run({"verify", trace, cut, none}).exitCode, 2);
  EXPECT_EQ(run({"import", listing, "-o", fresh}).exitCode, 0);
  for (const char* to : {"vssadmin", "jsonl", "csv", "perfetto", "html"}) EXPECT_EQ(run({"export", fresh, "--to", to}).exitCode, 0);
  for (const char* to : {"jsonl", "csv", "perfetto", "html"}) {
    auto printed = run({"export", cut, "--to", to});
    EXPECT_EQ(printed.exitCode, 0);
    EXPECT_NE(printed.err.find("cut off"), std::string::npos);
    EXPECT_EQ(run({"pack", trace, "-o", fresh}).exitCode, 0);
    auto packed = run({"export", fresh, "--to", to}), whole = run({"export", trace, "--to", to, "-o", text});
    EXPECT_EQ(whole.out, "");
    EXPECT_TRUE(named(packed.out, fresh, "T") == named(take(text), trace, "T")) << to;
  }
}

}  // namespace
}  // namespace vss
