// What `status` and `record` tell of the machine, by the switch that asks for it.
#include <gtest/gtest.h>

#include <map>
#include <regex>

#include "requesters/run.h"
#include "traces/environment.h"

namespace vss::test {
namespace {

class MachineInTrace : public testing::Test {
 protected:
  using Told = std::multimap<std::string, std::string>;
  Told environmentOf(const std::filesystem::path& trace) {
    Ran ran = run({program("bin/shadowtape"), "info", "--format", "json", shownPath(trace)});
    EXPECT_EQ(ran.exitCode, 0) << ran.err;
    Told told;
    static const std::regex one(R"x(\{"key": "([^"]*)", "value": "((?:[^"\\]|\\.)*)"\})x");
    for (std::sregex_iterator it(ran.out.begin(), ran.out.end(), one), end; it != end; ++it) told.emplace((*it)[1], (*it)[2]);
    return told;
  }
  Told status(std::vector<std::string> options) {
    std::vector<std::string> command{program("bin/shadowtape"), "status", "--target", "model", "-o", shownPath(folder / "s.vsst")};
    command.insert(command.end(), options.begin(), options.end());
    Ran ran = run(command);
    EXPECT_EQ(ran.exitCode, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    return environmentOf(folder / "s.vsst");
  }
  Told record(const std::string& name, std::vector<std::string> options, std::vector<std::string> arguments = {}) {
    std::vector<std::string> command{program("bin/shadowtape"), "record", "--target", "model", "-o", shownPath(folder / name)};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"--", program("requesters/query")});
    command.insert(command.end(), arguments.begin(), arguments.end());
    Ran ran = run(command);
    EXPECT_TRUE(ran.err.find("calls recorded in") != std::string::npos || ran.err.find("written to") != std::string::npos) << ran.err;
    return environmentOf(folder / name);
  }
  static std::string classOf(const std::string& key) {
    for (const auto& info : factTable())
      if (key == info.key) return info.class_;
    return "none";
  }

  TemporaryFolder folder;
};

TEST_F(MachineInTrace, EachClassHasItsSwitch) {
  EXPECT_TRUE(status({"--environment", "none"}).empty());
  for (const auto& one : factClasses())
    for (const auto& [key, value] : status({"--environment", one.name})) EXPECT_EQ(classOf(key), one.name) << key << "=" << value;
  Told byDefault = status({});
  EXPECT_EQ(byDefault.count("os.version"), 1u);
  EXPECT_EQ(byDefault.count("rights.elevated"), 1u);
  for (const auto& [key, value] : byDefault) EXPECT_NE(classOf(key), "command") << value;
  EXPECT_EQ(status({"--environment", "command"}).count("command.program"), 1u);
#if defined(_WIN32)
  EXPECT_EQ(byDefault.find("com.security")->second, "S_OK");
#else
  EXPECT_EQ(byDefault.count("com.security"), 0u) << "there is no COM";
#endif
  Ran ran = run({program("bin/shadowtape"), "status", "--environment", "sytem"});
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_NE(ran.err.find("\"sytem\" is no class of facts; there are all, none, default, and system,"), std::string::npos) << ran.err;
}

TEST_F(MachineInTrace, ARecordingTellsItAndMeansTheSame) {
  Told told = record("with.vsst", {"--environment", "all"});
  EXPECT_EQ(told.count("command.program"), 1u);
  EXPECT_TRUE(record("without.vsst", {"--environment", "none"}).empty());
  EXPECT_EQ(run({program("bin/shadowtape"), "verify", shownPath(folder / "with.vsst")}).exitCode, 0);
  Ran ran = run({program("bin/shadowtape"), "diff", shownPath(folder / "with.vsst"), shownPath(folder / "without.vsst")});
  EXPECT_EQ(ran.exitCode, 0) << ran.out;
  ran = run({program("bin/shadowtape"), "replay", shownPath(folder / "with.vsst"), "--", program("requesters/query")});
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
}

// What a flight recorder writes is a copy of what was kept; `watch` goes on until somebody ends it.
TEST_F(MachineInTrace, WatchAndFlightRecordersTellItToo) {
  std::string condition = "call.method = IsVolumeSupported or call.duration >= 0s";
  for (const char* classes : {"system,command", "none"}) {
    bool asked = std::string(classes) != "none";
    auto expectTold = [&](const std::string& name) {
      Told told = environmentOf(folder / name);
      EXPECT_EQ(told.count("os.version"), asked) << name;
      EXPECT_EQ(told.count("command.program"), asked) << name;
      EXPECT_EQ(told.count("rights.elevated"), 0u) << name;
      Ran ran = run({program("bin/shadowtape"), "verify", shownPath(folder / name)});
      EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
      std::filesystem::remove(folder / name);
    };
    record("ring.vsst", {"--environment", classes, "--ring", "1M"});
    expectTold("ring.vsst");
    record("until.vsst", {"--environment", classes, "--until", condition});
    expectTold("until.vsst");
    for (std::vector<std::string> options : {std::vector<std::string>{}, {"--ring", "1M"}, {"--until", condition}}) {
      std::vector<std::string> command{program("bin/shadowtape"), "watch", "--target", "model", "--count", "2", "--every", "10ms", "--environment", classes, "-o", shownPath(folder / "w.vsst")};
      command.insert(command.end(), options.begin(), options.end());
      Ran ran = run(command);
      EXPECT_EQ(ran.exitCode, 0) << ran.err;
      expectTold("w.vsst");
    }
  }
}

TEST_F(MachineInTrace, HostileArgumentsAreTold) {
  std::vector<std::string> arguments{"a\tb\"\\", "=x", "ä\xE5\x82\x99", "two\nlines"};
  Told told = record("hostile.vsst", {"--environment", "command"}, arguments);
  std::vector<std::string> seen;
  for (auto [at, end] = told.equal_range("command.argument"); at != end; ++at) seen.push_back(at->second);
  EXPECT_EQ(seen, (std::vector<std::string>{"a\\u0009b\\\"\\\\", "=x", "ä\xE5\x82\x99", "two\\u000alines"}));
}

}  // namespace
}  // namespace vss::test
