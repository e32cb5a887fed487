#include "conformance/explore/random_command.h"

#include <algorithm>
#include <fstream>
#include <future>
#include <random>
#include <sstream>

#include "conformance/child.h"
#include "conformance/explore/disagreement.h"
#include "conformance/fixtures.h"
#include "conformance/explore/random_calls.h"
#include "conformance/explore/situation.h"
#include "conformance/runner.h"
#include "traces/diff.h"
#include "traces/platform.h"
#include "traces/work_folder.h"

namespace vss::conformance {
namespace {

constexpr std::uint64_t kLongest = 100;   // steps

// One of the two: where its traces lie, and what it is.
class RandomSide {
 public:
  RandomSide(const std::filesystem::path& folder, std::string target, std::chrono::milliseconds limit) : folder_(folder), target_(std::move(target)), limit_(limit) {
    std::filesystem::create_directories(folder_);
  }
  void choose(Choices choices) { choices_ = std::move(choices); }
  // How the process ended, if not by itself; empty: it did.
  std::string make(const std::string& sequence) {
    std::ofstream(scenario(), std::ios::binary) << withChoices(scenarioFor(parseSituation(sequence).at(0)), choices_) << "\n";
    if (!std::exchange(scouted_, true)) run(kScoutBackup, folder_ / (std::string(kScoutBackup) + ".vsst"));   // a document for restores
    return run(sequence, trace());
  }
  std::filesystem::path trace() const { return folder_ / "random.vsst"; }
  std::filesystem::path scenario() const { return folder_ / "scenario.json"; }
  // Whether it has the writer that the scenario has.
  bool readsTheScenario() {
    make("given writer with full metadata alone: @B1 > GatherWriterStatus* > GetWriterStatusCount(&n) > GetWriterStatus(i)");
    TraceReader reader(trace());
    CallReader calls(reader);
    while (auto call = calls.next())
      if (const Value* writer = call->is("GetWriterStatus") ? call->output("pidWriter") : nullptr; writer && writer->kind == ValueKind::stored && writer->guid() == kFixtureWriter) return true;
    return false;
  }

 private:
  std::string run(const std::string& recipe, const std::filesystem::path& to) {
    std::error_code ignored;
    std::filesystem::remove(to, ignored);
    std::vector<std::string> arguments{"conform", "--run-recipe", recipe, "--trace", shownPath(to), "--scouted", shownPath(folder_)};
    if (!target_.empty()) arguments.insert(arguments.end(), {"--target", target_});
    auto end = runOurselves(arguments, {{"SHADOWTAPE_SCENARIO", shownPath(scenario())}}, folder_ / "output.txt", limit_);
    if (end.how == ChildEnd::How::hung) return "hung";
    if (end.how == ChildEnd::How::died) return "died: " + end.words;
    if (end.how == ChildEnd::How::exited && end.code != 2) return "";   // 3: it did not come to the last call, which is no matter here
    if (end.how == ChildEnd::How::notStarted) throw std::runtime_error("a process could not be started: " + end.words);
    std::string said;
    std::ifstream file(folder_ / "output.txt", std::ios::binary);
    std::getline(file, said);
    throw std::runtime_error(said.starts_with("shadowtape: ") ? said.substr(12) : said);
  }

  const std::filesystem::path folder_;
  const std::string target_;
  const std::chrono::milliseconds limit_;
  Choices choices_;
  bool scouted_ = false;
};

class Random {
 public:
  Random(const ExplorationOptions& options, const Choices& choices, const Reference& reference, const std::filesystem::path& folder, ProgressLine& progress)
      : options_(options), reference_(reference), progress_(progress), expected_(folder / "expected", "model", options.hangLimit), seen_(folder / "seen", options.target, options.hangLimit) {
    run_.choices = choices;
    expected_.choose(choices);
    seen_.choose(chosen(options.choices));
  }

  RandomRun all() {
    run_.seed = options_.seed.value_or(std::random_device{}());
    if (!seen_.readsTheScenario()) return run_.none = "the target does not read SHADOWTAPE_SCENARIO, and is another system than the model", run_;
    // What the standard says to the bit: a seed is the same sequences on every platform.
    std::mt19937_64 random(run_.seed);
    for (; run_.run < options_.random && !run_.sequence; run_.run += !run_.sequence) {
      std::vector<Pick> picks(1 + random() % std::min<std::uint64_t>(1 + static_cast<std::uint64_t>(run_.run), kLongest));   // the short ones first
      for (auto& pick : picks)
        for (auto& byte : pick) byte = static_cast<std::uint8_t>(random() >> 32);
      std::string sequence = randomSituation(picks);
      progress_.show("random sequence " + std::to_string(run_.run + 1) + " of " + std::to_string(options_.random));
      if (!agree(sequence)) run_.sequence = sequence;
    }
    if (run_.sequence) progress_.show("random sequence " + std::to_string(run_.run + 1) + " is a disagreement: making it short"), shorten(), tell();
    return run_;
  }

 private:
  bool agree(const std::string& sequence) {
    std::string end = make(sequence);
    return end.empty() && (differences().empty() || adopt(sequence));
  }
  // On both sides at once; how the target's process ended, if the model's did not end so too.
  std::string make(const std::string& sequence) {
    auto expected = std::async(std::launch::async, [&] { return expected_.make(sequence); });
    std::string end = seen_.make(sequence);
    return expected.get() == end ? "" : end;
  }

  // The same disagreement: of a call of the same method, as the first one; or the same end.
  std::string kindOf(const std::string& end) const {
    auto all = differences();
    if (!end.empty() || all.empty()) return end;
    TraceReader reader(expected_.trace());
    auto calls = loadCalls(reader).calls;
    std::string kind = all[0].a ? calls.at(all[0].a - 1).signature->method + ": " : "";
    // Objects and ids are numbered as they come, and writers have names: what else is said is the kind.
    char ends = 0;
    for (char c : all[0].words)
      if (ends) ends = c == ends ? 0 : ends;
      else if (c == '"' || c == '{') ends = c == '{' ? '}' : '"';
      else if (c < '0' || c > '9') kind += c;
    return kind;
  }
  void shorten() {
    const std::string kind = kindOf(make(*run_.sequence));
    run_.sequence = shortestSituation(*run_.sequence, [&](const std::string& shorter) { return kindOf(make(shorter)) == kind; }, std::chrono::steady_clock::now() + kShortening);
  }
  std::vector<CallDifference> differences() const {
    std::ostringstream ignored;
    auto all = differencesOf(shownPath(expected_.trace()), shownPath(seen_.trace()), ignored);
    TraceReader seen(seen_.trace());
    if (auto changed = changedText(seen); all.empty() && !changed.empty()) all.push_back({0, 0, "nothing / " + changed});
    return all;
  }
  // As in an exploration: a choice that the documentation leaves open, and that was not decided before, may explain it.
  bool adopt(const std::string& sequence) {
    for (const auto& [name, value] : reference_.open) {
      if (run_.choices.contains(name)) continue;
      Choices with = run_.choices;
      with[name] = value;
      expected_.choose(with);
      expected_.make(sequence);
      if (!differences().empty()) continue;
      run_.choices = std::move(with);
      return true;
    }
    expected_.choose(run_.choices);
    return false;
  }

  void tell() {
    std::string end = make(*run_.sequence);
    for (const auto& one : differences()) run_.differences.push_back((one.a ? "call " + std::to_string(one.a) + ": " : "") + one.words);
    if (!end.empty()) run_.differences = {"the target's process " + end};
    if (run_.differences.empty()) run_.differences = {"it did not come again: the target does not do the same every time"};
    if (options_.report.empty()) return;
    run_.trace = "random.vsst";
    TraceReader seen(seen_.trace());
    keepDisagreement({.expected = expected_.trace(), .seen = seen_.trace(), .scenario = seen_.scenario(), .folder = pathFromUtf8(options_.report), .name = "random",
                      .about = "conform --explore, random: " + *run_.sequence, .atMost = end.empty() ? 0 : loadCalls(seen).calls.size()});
  }

  const ExplorationOptions& options_;
  const Reference& reference_;
  ProgressLine& progress_;
  RandomSide expected_, seen_;
  RandomRun run_;
};

}  // namespace

RandomRun runRandom(const ExplorationOptions& options, const Choices& choices, const Reference& reference, ProgressLine& progress) {
  WorkFolder folder("shadowtape-random");
  return Random(options, choices, reference, folder.path(), progress).all();
}

}  // namespace vss::conformance
