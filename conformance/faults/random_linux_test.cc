// Random sequences over the whole API: what they reach of the model, and what they find of what is wrong, with no rule to help.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <random>
#include <set>

#include "conformance/catalogue.h"
#include "conformance/child.h"
#include "conformance/driver.h"
#include "conformance/faults/faults.h"
#include "conformance/fixtures.h"
#include "conformance/model/model.h"
#include "conformance/explore/random_calls.h"
#include "conformance/explore/situation.h"
#include "recorder/recorder.h"
#include "traces/diff.h"
#include "traces/test_trace.h"
#include "traces/trace_reader.h"
#include "traces/vss/golden_file.h"

namespace vss::conformance {
namespace {

constexpr const char* kFoundAtRandom = "conformance/faults/random.tsv";
constexpr int kSearched = 1000;  // sequences for each fault, when the table is written anew

std::vector<Pick> randomPicks(std::mt19937& random) {
  std::vector<Pick> picks(1 + random() % 100);
  for (auto& pick : picks)
    for (auto& byte : pick) byte = static_cast<std::uint8_t>(random());
  return picks;
}

// Makes sequences on the model, and with a fault before it.
class Bench {
 public:
  Bench() {
    TraceReader scout(run("given writer with full metadata alone, writer beside it, component of that writer: @B5 > SaveAsXML", nullptr, "scout.vsst"));
    surroundings_.document = surroundingsFrom(scout).document;
    EXPECT_TRUE(surroundings_.document);
  }
  std::filesystem::path run(const std::string& situation, const Fault* fault, const char* name) {
    Recipe recipe = parseSituation(situation).at(0);
    auto service = std::make_shared<model::Service>(model::parseScenario(withChoices(scenarioFor(recipe), {})));
    auto path = pathFromUtf8(folder_ / name);
    std::filesystem::remove(path);
    TraceWriter trace(path, {Origin::model, "random", "model"});
    Recorder recorder(trace);
    FaultInjector injector(fault, [&](const MethodInfo& function, void* const* args) { return model::callFunction(service, function, args); });
    auto target = [&](const MethodInfo& function, void* const* args) { return injector.call(function, args); };
    drive(recipe, "random", surroundings_, [&](const MethodInfo& function, void* const* args) { return recorder.call(function, target, args); }, allocatorsOf(""), trace);
    return path;
  }
  // What differs first; empty: nothing.
  std::string difference(const std::string& situation, const Fault& fault) {
    auto expected = run(situation, nullptr, "expected.vsst"), seen = run(situation, &fault, "seen.vsst");
    std::ostringstream ignored;
    auto all = differencesOf(shownPath(expected), shownPath(seen), ignored);
    TraceReader answered(seen);
    if (all.empty()) return changedText(answered);
    TraceReader reader(expected);
    return (all[0].a ? loadCalls(reader).calls.at(all[0].a - 1).signature->method + ": " : "") + all[0].words;
  }

 private:
  // Memory, so that what is measured is not the disk.
  test::Folder folder_{std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path()};
  Surroundings surroundings_;
};

TEST(RandomCalls, AreSituationsOfTheCatalogueAndReachMostOfTheApi) {
  std::mt19937 random(1);
  Bench bench;
  std::set<std::string> good, made;
  for (int n = 0; n < 300; ++n) {
    std::string text = randomSituation(randomPicks(random));
    ASSERT_NO_THROW(parseSituation(text)) << text;
    TraceReader reader(bench.run(text, nullptr, "random.vsst"));
    CallReader calls(reader);
    while (auto call = calls.next()) {
      made.insert(call->signature->interface_ + "::" + call->signature->method);
      if (call->hresult() == S_OK) good.insert(call->signature->interface_ + "::" + call->signature->method);
    }
  }
  EXPECT_GE(made.size(), 135u) << "of 148 and the exported functions";
  EXPECT_GE(good.size(), 90u) << "others are refused to a requester, or on Windows' client systems";
}

const Fault kNone{"none", "", "", false, "CreateVssBackupComponents", [](FaultyCall& call) { return call.pass(); }};

TEST(RandomCalls, TheModelAgreesWithItself) {
  std::mt19937 random(2);
  Bench bench;
  for (int n = 0; n < 100; ++n) {
    std::string text = randomSituation(randomPicks(random));
    EXPECT_EQ(bench.difference(text, kNone), "") << text;
  }
}

// Runs something in a process that may end by itself, and gives back its text; what it had said so far, if it did.
std::string inAProcess(const std::function<std::string(const std::function<void(const std::string&)>& say)>& work) {
  constexpr std::size_t kSize = 1 << 16;
  auto* told = static_cast<char*>(::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  pid_t child = ::fork();
  if (child == 0) {
    dieQuietly();
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
    auto say = [&](const std::string& text) { std::snprintf(told, kSize, "%s", text.c_str()); };
    say(work(say));
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  std::string text = told;
  ::munmap(told, kSize);
  return text;
}

std::string differenceInAProcess(const std::string& situation, const Fault& fault) {
  auto text = inAProcess([&](auto& say) {
    say("the process ends");
    ::alarm(3);
    return Bench().difference(situation, fault);
  });
  return text.substr(0, 200);   // a document is long
}

TEST(RandomCalls, WhatCouldNotBeBegunIsNotWaitedFor) {
  EXPECT_EQ(differenceInAProcess("given healthy writers, GatherWriterStatus takes long: U > InitializeForBackup(NULL) = any > GatherWriterStatus = any > PostRestore* = any", kNone), "");
}

// A situation without what it does not need to show the fault, and no mistake without it.
std::string shortened(const std::string& situation, const Fault& fault) {
  auto shows = [&](const std::string& shorter) { return !differenceInAProcess(shorter, fault).empty() && differenceInAProcess(shorter, kNone).empty(); };
  return shortestSituation(situation, shows, std::chrono::steady_clock::now() + std::chrono::minutes(10));
}

std::size_t stepsOf(const Recipe& recipe) {
  std::size_t all = 0;
  for (auto* steps : {&recipe.prefix, &recipe.steps})
    for (const auto& step : *steps) all += static_cast<std::size_t>(step.times);
  return all;
}
std::size_t stepsOf(const std::string& situation) { return stepsOf(parseSituation(situation).at(0)); }

// What random situations show the fault with at most so many steps, made short; the shortest, if none has so few; empty: none shows it.
std::string found(const Fault& fault, std::size_t enough) {
  std::string best;
  for (int begin = 0; begin < kSearched && (best.empty() || stepsOf(best) > enough);) {
    std::string next = inAProcess([&](auto& say) {
      Bench bench;
      std::mt19937 random(3);
      for (int n = 0; n < kSearched; ++n) {
        std::string text = randomSituation(randomPicks(random));
        if (n < begin) continue;
        text = std::to_string(n) + " " + text;
        say(text);
        ::alarm(3);
        if (!bench.difference(text.substr(text.find(' ') + 1), fault).empty()) return text;
      }
      return std::string();
    });
    if (next.empty()) break;
    begin = std::stoi(next) + 1;
    next = shortened(next.substr(next.find(' ') + 1), fault);
    if (best.empty() || stepsOf(next) < stepsOf(best)) best = next;
  }
  return best;
}

// The shortest of the recipes of a rule, which the documentation's author knew; 0: it has none.
std::size_t knownStepsOf(std::string_view rule) {
  std::size_t least = 0;
  for (const auto& recipe : Catalogue::builtIn().find(rule)->recipes) least = least ? std::min(least, stepsOf(recipe)) : stepsOf(recipe);
  return least;
}

// random.tsv: for each fault a random sequence, made short, that shows it, and what differs first; "-": none of 1,000 did. With BLESS=1 one is looked for where
// the table has none, and each is made short again: some seconds for each fault.
TEST(RandomCalls, FindFaults) {
  std::map<std::string, std::string> known;
  std::ifstream in(kFoundAtRandom, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    auto tab = line.find('\t');
    known[line.substr(0, tab)] = line.substr(tab + 1, line.find('\t', tab + 1) - tab - 1);
  }
  // What the search of explore_linux_test.cc finds is found by the shortest sequence that there is.
  std::ifstream table("conformance/faults/explored.tsv", std::ios::binary);
  std::set<std::string> explored;
  for (std::string line; std::getline(table, line);)
    if (!line.ends_with("\t-")) explored.insert(line.substr(0, line.find('\t')));
  std::string now = "fault\tsequence\tdiffers\n";
  for (const auto& fault : faults()) {
    std::string situation = known[std::string(fault.name)];
    if (situation == "-") situation.clear();
    const std::size_t enough = knownStepsOf(fault.rule) + 1;   // a situation has an object, also where the rule is about none
    if (std::getenv("BLESS")) situation = situation.empty() ? found(fault, enough) : shortened(situation, fault);
    now += std::string(fault.name) + "\t";
    if (situation.empty()) {
      now += "-\n";
      continue;
    }
    std::string difference = differenceInAProcess(situation, fault);
    EXPECT_NE(difference, "") << fault.name << " does not show any more: " << situation;
    now += situation + "\t" + difference + "\n";
    EXPECT_EQ(differenceInAProcess(situation, kNone), "") << fault.name << " is not what this shows: " << situation;
    EXPECT_TRUE(explored.contains(std::string(fault.name)) || stepsOf(situation) <= enough) << fault.name << ": the rule's recipe shows it in fewer than " << situation;
  }
  EXPECT_TRUE(test::isGolden(kFoundAtRandom, now));
  // Both without a rule.
  for (const auto& fault : faults()) EXPECT_TRUE(explored.contains(std::string(fault.name)) || now.find("\n" + std::string(fault.name) + "\t-\n") == now.npos) << fault.name;
}

}  // namespace
}  // namespace vss::conformance
