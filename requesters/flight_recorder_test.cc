// `shadowtape record --ring --until` on both platforms: what is kept, when it is written out, and how much room it takes meanwhile.
#include <gtest/gtest.h>

#include <algorithm>

#include "requesters/recorded.h"

namespace vss::test {
namespace {

constexpr std::uint64_t kRing = 1 << 20, kSlack = 1 << 20;   // a file grows by the megabyte
const std::string kNever = "call.duration > 900h";

std::vector<std::string> flying(const std::filesystem::path& trace, std::vector<std::string> options, std::vector<std::string> command, const std::string& target = "model") {
  std::vector<std::string> all{program("bin/shadowtape"), "record", "-o", shownPath(trace), "--target", target};
  all.insert(all.end(), options.begin(), options.end());
  all.push_back("--");
  all.insert(all.end(), command.begin(), command.end());
  return all;
}
std::vector<std::string> loop(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {program("requesters/status_loop"), "-q"});
  return arguments;
}
std::string allStates() { return "model:" + shownPath(std::filesystem::absolute("traces/samples/scenarios/all-states.json")); }

std::string ofScenario(const TemporaryFolder& folder, const std::string& json) {
  std::ofstream(folder / "scenario.json") << json;
  return "model:" + shownPath(folder / "scenario.json");
}

void expectWhole(const std::filesystem::path& trace) {
  auto verified = run({program("bin/shadowtape"), "verify", shownPath(trace)});
  EXPECT_EQ(verified.exitCode, 0) << verified.out << verified.err;
  EXPECT_NE(verified.out.find("whole"), std::string::npos) << verified.out;
}
void expectNoRing(const TemporaryFolder& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_NE(entry.path().extension(), ".ring") << entry.path();
    EXPECT_NE(entry.path().extension(), ".part") << entry.path();
  }
}

TEST(FlightRecorder, ARingAloneGivesTheNewestCallsAtTheEnd) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  for (const char* threads : {"1", "4"}) {
    auto ran = run(flying(trace, {"--ring", "1M"}, loop({"-n", "600", "-t", threads})));
    ASSERT_EQ(ran.exitCode, 0) << ran.err;
    EXPECT_NE(ran.err.find("written to " + shownPath(trace) + "; what came before has made way"), std::string::npos) << ran.err;
    expectWhole(trace);
    expectNoRing(folder);
    EXPECT_LE(std::filesystem::file_size(trace), kRing + kSlack);
    Recorded recorded(trace);
    EXPECT_GT(recorded.calls.size(), 500u);
    EXPECT_GT(recorded.reader->lostNotes(), 1000u);
    EXPECT_EQ(recorded.reader->lostNotes(), recorded.reader->toldLost()) << "lost before the start, and said so";
    EXPECT_EQ(recorded.count("CreateVssBackupComponents") > 0, true);
  }
}

TEST(FlightRecorder, KeepsTheProgramsExitCode) {
  TemporaryFolder folder;
  for (const char* code : {"0", "1", "77"}) {
    auto ran = run(flying(folder / "t.vsst", {"--ring", "1M", "--until", "call.hresult < 0"}, {program("requesters/guest"), "code", code}));
    EXPECT_EQ(ran.exitCode, std::atoi(code)) << ran.err;
    EXPECT_NE(ran.err.find("the program made no call of VSS"), std::string::npos) << ran.err;
  }
  expectNoRing(folder);
}

TEST(FlightRecorder, WritesNothingWhereTheConditionNeverHolds) {
  TemporaryFolder folder;
  auto ran = run(flying(folder / "t.vsst", {"--until", kNever}, loop({"-n", "5"})));
  EXPECT_EQ(ran.exitCode, 0);
  EXPECT_NE(ran.err.find("the condition never held in 1"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("nothing is kept, there is no " + shownPath(folder / "t.vsst")), std::string::npos) << ran.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "t.vsst"));
  expectNoRing(folder);
}

TEST(FlightRecorder, HoldsFromTheFirstCallToTheLast) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  auto whole = run(flying(trace, {"--ring", "1M"}, loop({})));
  ASSERT_EQ(whole.exitCode, 0) << whole.err;
  auto calls = Recorded(trace).calls.size();
  for (std::string condition : {"call.method = CreateVssBackupComponents", "call.method = FreeWriterStatus", "call.method = Release and not call.duration > 1h"})
    for (const char* threads : {"1", "4"}) {
      auto ran = run(flying(trace, {"--ring", "1M", "--until", condition}, loop({"-t", threads})));
      EXPECT_EQ(ran.exitCode, 0) << ran.err;
      EXPECT_NE(ran.err.find("the condition held: "), std::string::npos) << condition << ": " << ran.err;
      EXPECT_EQ(Recorded(trace).calls.size(), calls * static_cast<std::size_t>(std::atoi(threads))) << condition;
      expectWhole(trace);
      expectNoRing(folder);
    }
}

TEST(FlightRecorder, AFailedWriterWritesOutWhatCameBefore) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  auto healthy = run(flying(trace, {"--until", "writer.state = failed or writer.failure != S_OK or call.hresult < 0 or gather > 30s"}, loop({})));
  EXPECT_FALSE(std::filesystem::exists(trace)) << healthy.err;
  auto ran = run(flying(trace, {"--until", "writer.state = failed or call.hresult < 0 or gather > 30s"}, loop({}), allStates()));
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.err.find("the condition held: GetWriterStatus"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("VSS_WS_FAILED_AT_"), std::string::npos) << ran.err;
  expectWhole(trace);
  EXPECT_EQ(Recorded(trace).count("CreateVssBackupComponents"), 1u);
}

TEST(FlightRecorder, TheLengthOfAnOperationIsItsOwn) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  std::string slow = ofScenario(folder, R"({"operations": {"gatherWriterStatus": {"ms": 400}}})");
  auto ran = run(flying(trace, {"--until", "gather > 300ms"}, loop({}), slow));
  EXPECT_NE(ran.err.find("the condition held: "), std::string::npos) << ran.err;
  for (const char* other : {"metadata > 300ms", "prepare > 0ms", "gather > 30s"}) {
    std::filesystem::remove(trace);
    ran = run(flying(trace, {"--until", other}, loop({}), slow));
    EXPECT_NE(ran.err.find("the condition never held"), std::string::npos) << other << ": " << ran.err;
  }
}

// The program waits and makes no call: the trace is written all the same.
TEST(FlightRecorder, WritesWhileTheProgramHangs) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  Process hanging(flying(trace, {"--until", "gather > 500ms"}, loop({}), ofScenario(folder, R"({"operations": {"gatherWriterStatus": {"ms": 8000}}})")));
  for (int i = 0; i < 300 && hanging.err().find("written to") == std::string::npos; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_NE(hanging.err().find("the condition held: "), std::string::npos) << hanging.err();
  ASSERT_TRUE(std::filesystem::exists(trace)) << hanging.err();
  expectWhole(trace);
  EXPECT_EQ(Recorded(trace).calls.back().result.has_value(), false) << "a call is under way";
  auto remarks = Recorded(trace).remarks;
  EXPECT_TRUE(std::any_of(remarks.begin(), remarks.end(), [](const Remark& one) { return one.text.starts_with("os.version="); })) << "how the machine is now";
  EXPECT_FALSE(std::filesystem::exists(folder / "t.ring.part"));
  auto ran = hanging.wait(std::chrono::seconds(30));
  EXPECT_EQ(ran.exitCode, 0);
  EXPECT_EQ(Recorded(trace).calls.back().result.has_value(), false) << "the first time only";
  expectNoRing(folder);
}

// While it runs, at full speed, from four threads: the file stays small, and what is written out meanwhile is whole.
TEST(FlightRecorder, StaysInsideItsSizeAndWritesFromARingThatTurns) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst", ring = folder / "t.ring";
  Process running(flying(trace, {"--ring", "1M", "--until", "writer.name = 'Registry Writer' and call.duration >= 0s"}, loop({"-n", "1000", "-w", "1", "-t", "4"})));
  std::uintmax_t largest = 0;
  std::error_code error;
  for (int i = 0; i < 600 && running.err().find("written to") == std::string::npos; ++i) {
    if (auto size = std::filesystem::file_size(ring, error); !error) largest = std::max(largest, size);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ASSERT_TRUE(std::filesystem::exists(trace)) << running.err();
  EXPECT_GT(largest, kRing / 2);
  EXPECT_LE(largest, kRing + kSlack);
  expectWhole(trace);
  EXPECT_GT(Recorded(trace).reader->lostNotes(), 1000u) << "it had turned";
  auto ran = running.wait(std::chrono::seconds(60));
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_EQ(ran.err.find("written to"), ran.err.rfind("written to")) << "once: " << ran.err;
  expectNoRing(folder);
}

TEST(FlightRecorder, WatchPrintsWhatChangesAndTakesTheSameOptions) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  auto watch = [&](std::vector<std::string> options, const std::string& target = "model") {
    options.insert(options.begin(), {program("bin/shadowtape"), "watch", "-o", shownPath(trace), "--target", target, "--every", "10ms"});
    return run(options);
  };
  auto plain = watch({"--count", "3"});
  ASSERT_EQ(plain.exitCode, 0) << plain.err;
  EXPECT_EQ(std::count(plain.out.begin(), plain.out.end(), '\n'), 9) << "each writer once, for none changes: " << plain.out;
  EXPECT_EQ(Recorded(trace).count("FreeWriterStatus"), 3u);
  auto never = watch({"--count", "3", "--ring", "1M", "--until", "writer.state = failed"});
  EXPECT_EQ(never.exitCode, 0) << never.err;
  EXPECT_NE(never.err.find("the condition never held"), std::string::npos) << never.err;
  EXPECT_FALSE(std::filesystem::exists(trace));
  auto held = watch({"--count", "3", "--until", "writer.state = failed"}, allStates());
  EXPECT_EQ(held.exitCode, 0) << held.err;
  EXPECT_NE(held.err.find("the condition held: GetWriterStatus → S_OK, "), std::string::npos) << held.err;
  expectWhole(trace);
  expectNoRing(folder);
  EXPECT_EQ(watch({"--until", "nothing"}).exitCode, 2);
}

TEST(FlightRecorder, SaysWhatIsWrongInOneLine) {
  TemporaryFolder folder;
  for (auto [options, says] : std::initializer_list<std::pair<std::vector<std::string>, std::string>>{
           {{"--until", "writer.state = falied"}, "--until: column 16: \"falied\" does not fit here; here could stand a writer's state"},
           {{"--ring", "1000"}, "--ring: 1000 is no size such as 64M or 1G, or less than 1M"},
           {{"--ring", "64X"}, "--ring: 64X is no size"}}) {
    auto ran = run(flying(folder / "t.vsst", options, loop({})));
    EXPECT_EQ(ran.exitCode, 2) << ran.err;
    EXPECT_NE(ran.err.find(says), std::string::npos) << ran.err;
    EXPECT_EQ(ran.out, "") << "the program did not run";
  }
}

TEST(FlightRecorder, EachProcessHasARingOfItsOwn) {
  TemporaryFolder folder;
#if defined(_WIN32)
  std::vector<std::string> both{program("requesters/guest"), "start", "W", program("requesters/status_loop"), "-q"};
#else
  std::vector<std::string> both{"sh", "-c", program("requesters/status_loop") + " -q; " + program("requesters/status_loop") + " -q"};
#endif
  auto ran = run(flying(folder / "t.vsst", {"--ring", "1M", "--until", "call.method = CreateVssBackupComponents"}, both));
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  int traces = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.path().extension() == ".vsst") ++traces, expectWhole(entry.path());
  }
  EXPECT_EQ(traces, 2) << ran.err;
  expectNoRing(folder);
}

#if !defined(_WIN32)
// The program is killed: that is worth to be kept, whatever the condition says.
TEST(FlightRecorder, KeepsWhatAProgramDidThatWasKilled) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  for (int i = 0; i < 5; ++i) {
    std::string sleep = "sleep 0." + std::to_string(3 + i);
    auto ran = run(flying(trace, {"--ring", "1M", "--until", kNever}, {"sh", "-c", program("requesters/status_loop") + " -q -n 0 -t 4 & " + sleep + "; kill -9 $!"}));
    EXPECT_NE(ran.err.find("the condition never held, and the program was killed"), std::string::npos) << ran.err;
    expectWhole(trace);
    EXPECT_GT(Recorded(trace).calls.size(), 500u);
    expectNoRing(folder);
  }
}

// The recorder inside is killed at any moment with nobody outside: the ring is read without damage.
TEST(FlightRecorder, ARingIsReadableAfterAKillAtAnyMoment) {
  TemporaryFolder folder;
  auto ring = folder / "t.ring";
  RecordedLoop alone(folder / "", ring);
  alone.environment.emplace_back("SHADOWTAPE_RING", std::to_string(kRing));
  int turned = 0;
  for (int kill = 0; kill < (std::getenv("SHADOWTAPE_LONG") ? 500 : 40); ++kill) {
    std::filesystem::remove(ring);
    Process program(alone.command({"-q", "-n", "0", "-t", kill % 2 ? "1" : "4"}), alone.environment);
    std::error_code ignored;
    for (int i = 0; i < 1000 && !std::filesystem::exists(ring, ignored); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::microseconds(40'000 + kill * 7919 % 50'000));
    program.kill();
    program.wait(std::chrono::seconds(10));
    Recorded recorded(ring);
    for (const auto& problem : recorded.reader->problems()) ADD_FAILURE() << "kill " << kill << ": byte " << problem.offset << ": " << problem.text;
    EXPECT_LE(recorded.reader->unfinishedNotes(), 4u);
    EXPECT_LE(std::filesystem::file_size(ring), kRing + kSlack);
    turned += recorded.reader->lostNotes() > 1000;
  }
  EXPECT_GT(turned, 20) << "most were killed before the ring had turned";
}

pid_t childOf(pid_t process) {
  std::ifstream children("/proc/" + std::to_string(process) + "/task/" + std::to_string(process) + "/children");
  pid_t child = 0;
  children >> child;
  return child;
}

// `record` is killed: the program goes on, its ring stays bounded and is all there; the next `record` does not throw it away.
TEST(FlightRecorder, TheRingIsLeftWhereTheCommandIsKilled) {
  TemporaryFolder folder;
  auto ring = folder / "t.ring";
  auto command = flying(folder / "t.vsst", {"--ring", "1M", "--until", kNever}, loop({"-n", "0"}));
  Process killed(command);
  for (int i = 0; i < 1000 && !std::filesystem::exists(ring); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  pid_t going = childOf(killed.id());
  ASSERT_TRUE(going);
  killed.kill();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_LE(std::filesystem::file_size(ring), kRing + kSlack);
  auto again = run(command);
  EXPECT_EQ(again.exitCode, 2);
  EXPECT_NE(again.err.find("t.ring: is there from a flight recorder that was killed, or is at work; save it by `shadowtape recover"), std::string::npos) << again.err;
  ::kill(going, SIGKILL);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  auto saved = run({program("bin/shadowtape"), "recover", shownPath(ring), "-o", shownPath(folder / "saved.vsst")});
  EXPECT_LE(saved.exitCode, 3) << saved.err;
  expectWhole(folder / "saved.vsst");
  EXPECT_GT(Recorded(folder / "saved.vsst").calls.size(), 500u);
}

TEST(FlightRecorder, CtrlCWritesOutWhatThereIs) {
  TemporaryFolder folder;
  auto trace = folder / "t.vsst";
  // A program that makes of Ctrl-C an orderly end.
  Process running(flying(trace, {"--until", kNever}, {"sh", "-c", "trap 'exit 5' INT; " + program("requesters/status_loop") + " -q; touch " + shownPath(folder / "ready") + "; while :; do sleep 0.05; done"}));
  for (int i = 0; i < 200 && !std::filesystem::exists(folder / "ready"); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  pid_t shell = childOf(running.id());
  ASSERT_TRUE(shell);
  ::kill(running.id(), SIGINT);
  ::kill(shell, SIGINT);
  auto ran = running.wait(std::chrono::seconds(20));
  EXPECT_EQ(ran.exitCode, 5) << ran.err;
  EXPECT_NE(ran.err.find("the recording was interrupted before the condition held; 23 calls written to"), std::string::npos) << ran.err;
  expectWhole(trace);
}

TEST(FlightRecorder, CtrlCEndsAWatchInOrder) {
  TemporaryFolder folder;
  for (bool flies : {false, true}) {
    auto trace = folder / (flies ? "flying.vsst" : "plain.vsst");
    std::vector<std::string> command{program("bin/shadowtape"), "watch", "-o", shownPath(trace), "--every", "1h"};
    if (flies) command.insert(command.end(), {"--until", kNever});
    Process watching(command);
    for (int i = 0; i < 200 && watching.out().find("System Writer") == std::string::npos; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ::kill(watching.id(), SIGINT);
    auto ran = watching.wait(std::chrono::seconds(20));
    EXPECT_EQ(ran.exitCode, 0) << ran.err;
    EXPECT_EQ(ran.err.find("interrupted before the condition held") != std::string::npos, flies) << ran.err;
    expectWhole(trace);
    EXPECT_EQ(Recorded(trace).reader->end(), TraceEnd::complete);
  }
  expectNoRing(folder);
}

std::uint64_t residentKilobytes(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6));
  return 0;
}

// ./test.sh --long: ten minutes at 1,000 calls a second; else some seconds.
TEST(FlightRecorder, StaysInsideItsSizeAndMemoryForLong) {
  TemporaryFolder folder;
  const bool isLong = std::getenv("SHADOWTAPE_LONG");
  const auto lasts = std::chrono::seconds(isLong ? 600 : 6);
  auto ring = folder / "t.ring";
  const std::uint64_t size = isLong ? 16 << 20 : kRing;
  Process running(flying(folder / "t.vsst", {"--ring", std::to_string(size >> 20) + "M", "--until", "writer.state = failed or writer.failure != S_OK or call.hresult < 0 or gather > 30s"},
                         loop({"-n", "0", "-w", isLong ? "21" : "2"})));
  std::uintmax_t largest = 0;
  std::uint64_t early = 0, most = 0;
  auto began = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - began < lasts) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::error_code error;
    if (auto now = std::filesystem::file_size(ring, error); !error) largest = std::max(largest, now);
    std::uint64_t resident = residentKilobytes(running.id());
    if (std::chrono::steady_clock::now() - began < lasts / 3) early = std::max(early, resident);
    most = std::max(most, resident);
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "t.vsst"));
  pid_t program = childOf(running.id());
  running.kill();   // first, so that the ring stays
  running.wait(std::chrono::seconds(10));
  ASSERT_TRUE(program);
  ::kill(program, SIGKILL);
  TraceReader reader(ring);
  while (reader.next()) {
  }
  std::printf("%llu calls a second; ring of %llu: at most %llu bytes; `record` resident %llu KB in the first third, %llu KB at most\n",
              static_cast<unsigned long long>(reader.lastOrder() / 2 / static_cast<std::uint64_t>(lasts.count())), static_cast<unsigned long long>(size),
              static_cast<unsigned long long>(largest), static_cast<unsigned long long>(early), static_cast<unsigned long long>(most));
  EXPECT_LE(largest, size + kSlack);
  EXPECT_GT(reader.lastOrder() / 2 / static_cast<std::uint64_t>(lasts.count()), isLong ? 900u : 500u);
  EXPECT_LE(most, early + size / 1024 + 8192) << "the command's memory grows with the recording";
}
#endif

}  // namespace
}  // namespace vss::test
