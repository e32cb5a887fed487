// `record --redact` on both platforms: what is written holds pseudonyms from the first byte on, and those that `redact` makes.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "redact/key.h"
#include "requesters/recorded.h"
#include "traces/vss/text.h"

namespace vss::test {
namespace {

// What a customer would not want to be read; each is told by a writer of the scenario, or is the name of something.
const std::vector<std::string> kSecrets{"Hemlock & Sons Writer", "payroll-hemlock", "hemlock-2031", "Hemlock annual figures", "hemlock-host"};
const std::string kSecretId = "5ec2e700-1111-4222-8333-444455556666";

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at + 3 <= bytes.size(); at += 3) {
    unsigned word = static_cast<unsigned char>(bytes[at]) << 16 | static_cast<unsigned char>(bytes[at + 1]) << 8 | static_cast<unsigned char>(bytes[at + 2]);
    for (int shift = 18; shift >= 0; shift -= 6) text += kDigits[word >> shift & 63];
  }
  return text;
}

// The secrets that stand in these bytes, in whatever form.
std::set<std::string> secretsIn(const std::string& bytes) {
  std::set<std::string> found;
  auto look = [&](const std::string& secret, const std::string& form) {
    if (bytes.find(form) != bytes.npos) found.insert(secret);
    for (std::size_t skip = 0; skip < 3; ++skip)
      if (auto text = base64(std::string_view(form).substr(skip)); text.size() >= 8 && bytes.find(text) != bytes.npos) found.insert(secret);
  };
  for (const auto& secret : kSecrets) {
    auto wide = toUtf16(secret);
    look(secret, secret);
    look(secret, std::string(reinterpret_cast<const char*>(wide.data()), wide.size() * 2));
  }
  Guid id = *parseGuid(kSecretId);
  look(kSecretId, std::string(reinterpret_cast<const char*>(&id), sizeof id));
  look(kSecretId, kSecretId);
  return found;
}

class Redacted : public testing::Test {
 protected:
  Redacted() {
    redact::Key::random().write(files / "our.key");
    std::ofstream(files / "scenario.json") << R"({"volumes": [{"path": "C:\\"}], "writers": [
      {"name": "System Writer", "classId": "e8132975-6f93-4464-a53e-1050253ae220"},
      {"name": "Hemlock & Sons Writer", "classId": "5ec2e700-1111-4222-8333-444455556665", "instanceId": "5ec2e700-1111-4222-8333-444455556666", "usage": "VSS_UT_USERDATA", "source": "VSS_ST_OTHER",
       "components": [{"name": "payroll-hemlock", "caption": "Hemlock annual figures", "logicalPath": "hemlock-host", "files": [{"path": "C:\\hemlock-2031", "filespec": "*.xlsx"}]}]}]})";
  }
  std::string key() const { return shownPath(files / "our.key"); }
  std::string target() const { return "model:" + shownPath(files / "scenario.json"); }
  Ran record(const std::string& trace, const std::vector<std::string>& options, std::vector<std::string> command) {
    std::vector<std::string> all{program("bin/shadowtape"), "record", "-o", shownPath(folder / trace), "--target", target()};
    all.insert(all.end(), options.begin(), options.end());
    all.push_back("--");
    all.insert(all.end(), command.begin(), command.end());
    return run(all);
  }
  // Every file of the folder, and its name.
  std::set<std::string> secretsInFolder() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      found.merge(secretsIn(shownPath(entry.path().filename()) + "\n" + contentOf(entry.path())));
    return found;
  }
  std::size_t filesInFolder() const { return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {})); }
  TemporaryFolder folder, files;   // what is searched; and what is not
};

// Texts and ids of a trace.
std::vector<std::string> valuesOf(const std::filesystem::path& path) {
  Recorded trace(path);
  std::vector<std::string> all{trace.reader->header().process, trace.reader->header().target, trace.reader->header().tool};
  for (const auto& call : trace.calls)
    for (const auto* values : {&call.inputs, &call.outputs})
      for (const auto& value : *values)
        if (value.kind == ValueKind::stored) all.push_back(std::string(call.signature->method) + " " + value.bytes.str());
  return all;
}

TEST_F(Redacted, WhileItIsRecordedIsWhatRedactMakesOfTheSame) {
  std::vector<std::string> loop{program("requesters/status_loop"), "-q"}, backup{program("requesters/backup")};
  for (const auto& command : {loop, backup}) {
    ASSERT_EQ(record("plain.vsst", {}, command).exitCode, 0);
    EXPECT_GE(secretsInFolder().size(), 2u) << "the search finds what is there";
    ASSERT_EQ(record("at-once.vsst", {"--redact", "--key", key()}, command).exitCode, 0);
    ASSERT_EQ(run({program("bin/shadowtape"), "redact", shownPath(folder / "plain.vsst"), "-o", shownPath(folder / "behind.vsst"), "--key", key()}).exitCode, 0);
    std::filesystem::remove(folder / "plain.vsst");
    EXPECT_EQ(secretsInFolder(), std::set<std::string>{});
    auto verified = run({program("bin/shadowtape"), "verify", shownPath(folder / "at-once.vsst")});
    EXPECT_EQ(verified.exitCode, 0) << verified.out << verified.err;
    if (command == loop) {
      EXPECT_EQ(valuesOf(folder / "at-once.vsst"), valuesOf(folder / "behind.vsst"));
    }
    auto differs = run({program("bin/shadowtape"), "diff", shownPath(folder / "behind.vsst"), shownPath(folder / "at-once.vsst")});
    EXPECT_EQ(differs.exitCode, 0) << differs.out << differs.err;
    std::vector<std::string> replay{program("bin/shadowtape"), "replay", shownPath(folder / "at-once.vsst"), "--key", key(), "--"};
    replay.insert(replay.end(), command.begin(), command.end());
    auto replayed = run(replay);
    EXPECT_EQ(replayed.exitCode, 0) << replayed.err;
    std::filesystem::remove(folder / "behind.vsst");
  }
}

TEST_F(Redacted, WithoutAKeyAndWithANewOneLeavesNothingEither) {
  std::vector<std::string> backup{program("requesters/backup"), "-d", shownPath(files / "hemlock-2031.xml")};
  for (auto options : std::vector<std::vector<std::string>>{{"--redact"}, {"--redact", "--new-key", shownPath(files / "new.key")}, {"--redact", "--ring", "1M"},
                                                                   {"--redact", "--key", key(), "--until", "writer.name != 'System Writer'"}}) {
    options.insert(options.end(), {"--environment", "all"});
    auto ran = record("t.vsst", options, backup);
    EXPECT_EQ(ran.exitCode, 0) << ran.err;
    ASSERT_TRUE(std::filesystem::exists(folder / "t.vsst")) << ran.err;
    EXPECT_EQ(secretsIn(ran.err), std::set<std::string>{}) << ran.err;
    EXPECT_EQ(secretsInFolder(), std::set<std::string>{});
    Recorded trace(folder / "t.vsst");
    auto id = redact::keyIdOf(trace.reader->header().tool);
    ASSERT_TRUE(id) << trace.reader->header().tool;
    EXPECT_TRUE(std::any_of(trace.remarks.begin(), trace.remarks.end(), [](const auto& remark) { return remark.text.starts_with("command.argument="); })) << "the command line is noted";
    EXPECT_EQ(*id == redact::Key::read(files / "our.key").id(), options[1 % options.size()] == "--key");
    std::filesystem::remove(folder / "t.vsst");
  }
}

TEST_F(Redacted, WatchAndStatusWritePseudonymsToo) {
  auto status = run({program("bin/shadowtape"), "status", "--target", target(), "-o", shownPath(folder / "s.vsst"), "--redact", "--key", key()});
  EXPECT_EQ(status.exitCode, 0) << status.err;
  EXPECT_NE(status.out.find("Hemlock & Sons Writer"), status.out.npos) << "what is printed is for who asks";
  auto watch = run({program("bin/shadowtape"), "watch", "--target", target(), "-o", shownPath(folder / "w.vsst"), "--every", "10ms", "--count", "2", "--redact", "--key", key(), "--ring", "1M"});
  EXPECT_EQ(watch.exitCode, 0) << watch.err;
  EXPECT_EQ(secretsInFolder(), std::set<std::string>{});
  EXPECT_EQ(filesInFolder(), 2u);
  std::string of;
  for (const char* trace : {"s.vsst", "w.vsst"}) {
    Recorded recorded(folder / trace);
    for (const auto& call : recorded.calls)
      if (const Value* name = call.is("GetWriterStatus") ? call.output("pbstrWriter") : nullptr; name && name->text() != u"System Writer") {
        EXPECT_TRUE(of.empty() || of == toUtf8(name->text())) << "one key, one pseudonym";
        of = toUtf8(name->text());
      }
  }
  EXPECT_EQ(of.size(), 16u);
}

TEST_F(Redacted, AKeyThatCannotBeReadIsSaidBeforeTheProgramStarts) {
  for (const auto& [options, says] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--redact", "--key", shownPath(files / "no.key")}, "no.key: the key cannot be read"}, {{"--redact", "--key", shownPath(files / "scenario.json")}, "scenario.json: is no key"},
           {{"--redact", "--new-key", key()}, "our.key: exists; a new key takes the place of no file"}}) {
    auto ran = record("t.vsst", options, {program("requesters/status_loop")});
    EXPECT_EQ(ran.exitCode, 2);
    EXPECT_EQ(ran.out, "") << "the program did not run";
    EXPECT_NE(ran.err.find(says), ran.err.npos) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_EQ(filesInFolder(), 0u);
  }
  EXPECT_NE(record("t.vsst", {"--key", key()}, {program("requesters/status_loop")}).exitCode, 0) << "a key that nothing is made with";
  auto none = record("t.vsst", {"--redact", "--new-key", shownPath(files / "for-nothing.key")}, {"no-such-program"});
  EXPECT_EQ(none.exitCode, 127);
  EXPECT_FALSE(std::filesystem::exists(files / "for-nothing.key"));
}

TEST_F(Redacted, AConditionNamesWritersAsTheyAreCalled) {
  const std::string until = "writer.name = 'Hemlock & Sons Writer'";
  auto held = record("t.vsst", {"--redact", "--key", key(), "--until", until}, {program("requesters/status_loop"), "-q"});
  EXPECT_NE(held.err.find("the condition held: "), held.err.npos) << held.err;
  EXPECT_EQ(secretsIn(held.err + contentOf(folder / "t.vsst")), std::set<std::string>{});
  auto unknown = record("t.vsst", {"--redact", "--until", until}, {program("requesters/status_loop"), "-q"});
  EXPECT_EQ(unknown.exitCode, 2);
  EXPECT_NE(unknown.err.find("gets a pseudonym, which is not known beforehand but with --key or --new-key"), unknown.err.npos) << unknown.err;
}

// In the process itself: rather nothing than the originals.
TEST_F(Redacted, AProcessThatCannotReadTheKeyIsNotRecorded) {
  RecordedLoop loop(files / "", folder / "t.vsst");
  loop.environment.emplace_back("SHADOWTAPE_SCENARIO", shownPath(files / "scenario.json"));
  loop.environment.emplace_back("SHADOWTAPE_REDACT", shownPath(files / "hemlock-host.key"));
  auto ran = run(loop.command({}), loop.environment);
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.out.find("Hemlock & Sons Writer"), ran.out.npos) << "it runs as without a recorder";
  EXPECT_FALSE(std::filesystem::exists(folder / "t.vsst"));
  EXPECT_EQ(contentOf(folder / "t.vsst.stopped.txt"), "Nothing is recorded, the program runs as without a recorder: the key of --redact cannot be read\n");
  EXPECT_EQ(secretsInFolder(), std::set<std::string>{});
}

// The program is named after its owner too, and no name is asked for the trace.
TEST_F(Redacted, OfAProcessThatIsKilledNothingIsLeftInTheFolder) {
  RecordedLoop loop(files / "", folder.path());
  auto named = files / ("payroll-hemlock" + std::string(kExe));
  std::filesystem::copy_file(pathFromUtf8(loop.path), named);
  loop.path = shownPath(named);
  loop.environment.emplace_back("SHADOWTAPE_SCENARIO", shownPath(files / "scenario.json"));
  auto kill = [&](int n) {
    Process program(loop.command({"-q", "-p", "-n", "0", "-t", n % 2 ? "1" : "3"}), loop.environment);
    for (int i = 0; i < 3000 && program.out().find("round 2") == std::string::npos; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(n * 13));
    program.kill();
    program.wait(std::chrono::seconds(10));
  };
  kill(1);
  EXPECT_EQ(secretsInFolder(), (std::set<std::string>{"Hemlock & Sons Writer", "payroll-hemlock", kSecretId})) << "the search finds what is there";
  for (const char* ring : {"", "1048576"}) {
    loop.environment.emplace_back("SHADOWTAPE_REDACT", key());
    loop.environment.emplace_back("SHADOWTAPE_RING", ring);
    for (int n = 0; n < 4; ++n) {
      for (const auto& entry : std::filesystem::directory_iterator(folder.path())) std::filesystem::remove(entry.path());
      kill(n);
      EXPECT_EQ(filesInFolder(), 1u);
      EXPECT_EQ(secretsInFolder(), std::set<std::string>{});
      for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        Recorded recorded(entry.path());
        EXPECT_GT(recorded.calls.size(), 10u);
        EXPECT_TRUE(redact::keyIdOf(recorded.reader->header().tool));
      }
    }
  }
}

}  // namespace
}  // namespace vss::test
