// `conform --explore`: the search runs in a process of its own, which a crash or a hang of the implementation ends; then it begins anew and leaves out
// what holds the sequence that did it.
#include "conformance/explore/explore_command.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <iostream>
#include <mutex>
#include <sstream>
#include <thread>

#include "conformance/child.h"
#include "conformance/explore/disagreement.h"
#include "conformance/explore/exploration_report.h"
#include "conformance/explore/random_command.h"
#include "conformance/runner.h"
#include "recorder/com.h"
#include "recorder/launch/path.h"
#include "recorder/recorder.h"
#include "recorder/status.h"
#include "traces/growing_file.h"
#include "traces/is_trace.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/progress.h"
#include "traces/trace_error.h"
#include "traces/trace_reader.h"
#include "traces/vss/results.h"
#include "traces/work_folder.h"

namespace vss::conformance {
namespace {

constexpr int kAgain = 4, kHung = 5, kDiffers = 6;   // exit codes of the child: another choice is in the file `again`; the implementation hangs; the one sequence shows a disagreement
constexpr std::size_t kMostDeaths = 5;
constexpr const char* kWritersLeftOut = "-";

constexpr std::size_t kBegunAt = 64;

// The sequence that runs, and at kBegunAt how many have begun, in a file that outlives the process.
class Progress {
 public:
  explicit Progress(const std::filesystem::path& path) : file_(path), at_(file_.openWindow(0, 4096)) {
    if (!at_) throw std::runtime_error(shownPath(path) + ": " + file_.lastError());
  }
  ~Progress() { file_.closeWindow(at_, 0, 4096); }
  void began(std::string_view sequence, bool slow) {
    slow_ = slow;
    std::memcpy(at_, sequence.data(), sequence.size());
    at_[sequence.size()] = '\0';
    ++begun_;
    std::uint64_t begun = begun_;
    std::memcpy(at_ + kBegunAt, &begun, sizeof begun);
    file_.commit(at_, 0, kBegunAt + sizeof begun);
  }
  // Ends this process when no sequence begins for so long; ten times as long where whole sessions are made: before the first one, and where one is slow. For a
  // thread of its own.
  void watch(std::chrono::milliseconds limit) const {
    int idle = 0;
    for (std::uint64_t last = 0; ; last = begun_) {
      std::this_thread::sleep_for(limit / 4);
      idle = begun_ == last ? idle + 1 : 0;
      if (idle >= (slow_ ? 40 : 4)) std::_Exit(kHung);
    }
  }

 private:
  GrowingFile file_;
  char* at_;
  std::atomic<std::uint64_t> begun_{0};
  std::atomic<bool> slow_{true};
};

std::string textOf(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Each as SEQUENCE=TRACE=HOW.
std::vector<Death> parseDeaths(const std::vector<std::string>& given) {
  std::vector<Death> deaths;
  for (const auto& line : given) {
    auto trace = line.find('=') + 1, how = line.find('=', trace) + 1;
    deaths.push_back({line.substr(0, trace - 1), line.substr(how), line.substr(trace, how - 1 - trace)});
  }
  return deaths;
}

// The writers that an implementation shows, as a scenario has them.
std::string writersOf(const std::vector<WriterStatus>& statuses) {
  std::string writers = "[";
  for (const auto& s : statuses)
    writers += (writers.size() > 1 ? ", {" : "{") + (s.named ? "\"name\": " + jsonString(std::u16string_view(s.name)) + ", " : std::string()) + "\"classId\": \"" + toString(s.classId) +
               "\", \"instanceId\": \"" + toString(s.instanceId) + "\", \"state\": \"" + enumeratorName("VSS_WRITER_STATE", s.state) + "\", \"failure\": \"" + nameOf(s.failure) + "\"}";
  return writers + "]";
}

// Then what it shows wrongly of them is no news of its system, but wrong.
bool readsScenario(const std::vector<WriterStatus>& statuses) {
  return std::any_of(statuses.begin(), statuses.end(), [](const WriterStatus& s) { return std::string_view(kExploredWriters).find(toString(s.classId).substr(1, 36)) != std::string_view::npos; });
}

std::vector<std::vector<Answer>> recordSequence(std::string_view sequence, const MakeSystem& make, const Allocators& allocators, unsigned writerCount, const std::filesystem::path& path, const TraceOrigin& origin) {
  prepareOutput(path);
  TraceWriter trace(path, origin);
  Recorder recorder(trace);
  System real = make();
  auto create = [&](const MethodInfo&, void* const* args) { return real.create(*static_cast<IVssBackupComponents***>(args[0])); };
  System recorded{[&](IVssBackupComponents** out) {
                    void* args[] = {&out};
                    return recorder.call(createVssBackupComponents(), create, args);
                  },
                  {}};
  auto answers = answersTo(sequence, recorded, make(), allocators, writerCount);
  trace.finish(TraceWriter::Ending::threadsDone);
  return answers;
}

// The process that explores: one implementation, and the model beside it.
class Explored {
 public:
  Explored(const ExplorationOptions& options, const OpenTarget& openTarget, const Reference& reference)
      : options_(options), reference_(reference), in_(pathFromUtf8(options.folder)), progress_(in_ / "progress") {
    std::thread([this] { progress_.watch(options_.hangLimit); }).detach();
    how_.depth = options.depth, how_.merge = !options.unmerged, how_.until = options.until;
    how_.choices = chosen(options.choices);
    how_.without = {options.leftOut.begin(), options.leftOut.end()};
    how_.fresh = options.target == "model";
    if (how_.fresh) {
      make_ = reference.with(explorationScenario(how_.writers, chosen(options.targetChoices)), true);
      return;
    }
    Target target = openTarget(options.target);
    origin_ = target.origin;
    if (!how_.without.contains(kWritersLeftOut)) learnWriters(target);
    make_ = [target] { return System{[target](IVssBackupComponents** out) { return target.create(out); }, {}}; };
  }

  Exploration all() {
    auto found = explore(make_, reference_, allocators(), how_, [this](std::string_view sequence) { progress_.began(sequence, sequence == "r"); });
    if (found.again) return found;
    how_.choices = found.choices;
    if (!how_.fresh) makeAlone(found);
    int number = 0;
    for (auto& d : found.disagreements)
      if (!options_.report.empty()) keep(d, "disagreement-" + std::to_string(++number));
    return found;
  }

  // One sequence, recorded; where it is a disagreement, what the two answered is in the file `answers`.
  bool differs(const std::string& sequence) {
    progress_.began(sequence, sequence.find('r') != sequence.npos);
    auto found = record(sequence);
    if (!found) return false;
    std::ofstream out(in_ / "answers", std::ios::binary);
    for (const auto& [kind, answers] : {std::pair('b', &found->before), {'e', &found->expected}, {'s', &found->seen}})
      for (const auto& answer : *answers) out << kind << answer << '\n';
    return true;
  }

 private:
  Allocators allocators() const { return allocatorsOf(how_.fresh ? "" : options_.target); }

  // A target that cannot show them has to answer as if it had those of the scenario.
  void learnWriters(const Target& target) {
    try {
      auto statuses = gatherWriterStatuses(target.create);
      if (statuses.empty() || readsScenario(statuses)) return;
      how_.writers = writersOf(statuses);
      how_.writerCount = static_cast<unsigned>(statuses.size());
    } catch (const CallFailed&) {}
  }

  // Both, into expected.vsst and seen.vsst.
  std::optional<Disagreement> record(const std::string& sequence) {
    TraceOrigin origin{origin_, launch::processName(), options_.target};
    auto expected = recordSequence(sequence, reference_.with(explorationScenario(how_.writers, how_.choices), true), reference_.allocators, how_.writerCount, in_ / "expected.vsst",
                                   {Origin::model, origin.process, "model"});
    return disagreementOf(sequence, expected, recordSequence(sequence, make_, allocators(), how_.writerCount, in_ / "seen.vsst", origin));
  }

  // Sequences behind others in one process may show what these have left: each again in a process of its own, by itself or behind itself.
  void makeAlone(Exploration& found) {
    std::set<std::string> known;
    std::vector<Disagreement> alone;
    for (auto& d : found.disagreements) {
      auto shown = inAProcess(d.sequence);
      for (const char* between : {"R", "oR"})
        if (!shown) shown = inAProcess(d.sequence + between + d.sequence);
      if (shown) {
        auto same = [&](const std::string& shorter) {
          auto now = inAProcess(shorter);
          return now && now->expected == shown->expected && now->seen == shown->seen;
        };
        if (shown->sequence != d.sequence) shown = inAProcess(shortestOf(shown->sequence, same));
      }
      if (shown) d = *shown;
      else d.behindOthers = true;
      if (known.insert(d.sequence).second) alone.push_back(d);
    }
    found.disagreements = std::move(alone);
  }
  std::optional<Disagreement> inAProcess(const std::string& sequence) {
    auto folder = in_ / "alone";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    std::vector<std::string> arguments{"conform", "--explore", "1", "--explore-in", shownPath(folder), "--explore-only", sequence, "--hang-limit", std::to_string(static_cast<double>(options_.hangLimit.count()) / 1000)};
    if (!options_.target.empty()) arguments.insert(arguments.end(), {"--target", options_.target});
    for (const auto& [name, value] : how_.choices) arguments.insert(arguments.end(), {"--choice", name + "=" + value});
    for (const auto& left : how_.without) arguments.insert(arguments.end(), {"--explore-without", left});
    progress_.began(sequence, true);
    auto end = runOurselves(arguments, {}, folder / "output", std::chrono::hours(1));
    if (end.how != ChildEnd::How::exited || end.code != kDiffers) return std::nullopt;
    Disagreement shown{.sequence = sequence};
    std::ifstream in(folder / "answers", std::ios::binary);
    for (std::string line; std::getline(in, line);) (line[0] == 'b' ? shown.before : line[0] == 'e' ? shown.expected : shown.seen).push_back(line.substr(1));
    return shown;
  }

  void keep(Disagreement& d, const std::string& name) {
    auto from = how_.fresh || d.behindOthers || !inAProcess(d.sequence) ? (record(d.sequence), in_) : in_ / "alone";
    d.trace = name + ".vsst";
    auto differs = std::mismatch(d.expected.begin(), d.expected.end(), d.seen.begin(), d.seen.end()).first - d.expected.begin();
    keepDisagreement({.expected = from / "expected.vsst", .seen = from / "seen.vsst", .scenario = in_ / "scenario.json", .folder = pathFromUtf8(options_.report), .name = name,
                      .about = "conform --explore: " + lettersInWords(d.sequence), .call = d.before.size() + static_cast<std::size_t>(differs) + 1});
  }

  const ExplorationOptions& options_;
  const Reference& reference_;
  const std::filesystem::path in_;
  Progress progress_;
  ExploreOptions how_;
  MakeSystem make_;
  Origin origin_ = Origin::model;
};

// Tells on a terminal what the exploring process has in that file.
class Told {
 public:
  Told(const std::filesystem::path& file, ProgressLine& line) : thread_([this, file, &line] {
    for (std::unique_lock lock(mutex_); !ended_.wait_for(lock, std::chrono::milliseconds(200), [this] { return over_; });) {
      std::string text = textOf(file).substr(0, kBegunAt + sizeof(std::uint64_t));
      if (text.size() < kBegunAt + sizeof(std::uint64_t)) continue;
      std::uint64_t begun = 0;
      std::memcpy(&begun, text.data() + kBegunAt, sizeof begun);
      if (begun > 1) line.show(std::to_string(begun) + " sequences: " + lettersInWords(text.c_str()));
    }
    line.clear();
  }) {}
  ~Told() {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    ended_.notify_one();
    thread_.join();
  }
  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::thread thread_;
};

// The process that explores, as the command starts it.
class Exploring {
 public:
  Exploring(const ExplorationOptions& options, const std::filesystem::path& folder, ProgressLine& progress)
      : options_(options), folder_(folder), progress_(progress), choices_(options.choices) {
    std::ofstream(folder_ / "scenario.json", std::ios::binary) << explorationScenario(kExploredWriters, chosen(options.choices)) << "\n";
  }

  // Searches, and begins anew without what ended the process. The exit code; what is to be printed is in output().
  int search() {
    for (;;) {
      std::string until = deaths_.size() > kMostDeaths ? last_ : "";
      auto end = start(until.empty() ? std::vector<std::string>{} : std::vector<std::string>{"--explore-until", until});
      if (end.how == ChildEnd::How::exited && end.code == kAgain) {
        choices_.clear();
        std::istringstream lines(textOf(folder_ / "again"));
        for (std::string line; std::getline(lines, line);) choices_.push_back(line);
        continue;
      }
      std::string how = howItDied(end);
      if (how.empty()) return end.code;
      if (!until.empty()) return stop();   // it ends with other sequences each time
      last_ = textOf(folder_ / "progress").c_str();
      tell(last_, how);
    }
  }
  std::string output() const { return stopped_.empty() ? textOf(folder_ / "output") : stopped_; }
  Choices choices() const { return chosen(choices_); }

 private:
  ChildEnd start(const std::vector<std::string>& more) {
    std::error_code ignored;
    std::filesystem::remove(folder_ / "progress", ignored);
    std::vector<std::string> arguments{"conform", "--explore", std::to_string(options_.depth), "--explore-in", shownPath(folder_), "--format", options_.format, "--hang-limit",
                                       std::to_string(static_cast<double>(options_.hangLimit.count()) / 1000)};
    if (!options_.target.empty()) arguments.insert(arguments.end(), {"--target", options_.target});
    if (!options_.report.empty()) arguments.insert(arguments.end(), {"--report", shownPath(std::filesystem::absolute(pathFromUtf8(options_.report)))});
    if (options_.unmerged) arguments.push_back("--unmerged");
    for (const auto& choice : options_.choices) arguments.insert(arguments.end(), {"--explore-target-choice", choice});
    for (const auto& choice : choices_) arguments.insert(arguments.end(), {"--choice", choice});
    for (const auto& death : deaths_) arguments.insert(arguments.end(), {"--explore-death", death.sequence + "=" + death.trace + "=" + death.how});
    for (const auto& sequence : leftOut_) arguments.insert(arguments.end(), {"--explore-without", sequence});
    arguments.insert(arguments.end(), more.begin(), more.end());
    Told told(folder_ / "progress", progress_);
    auto end = runOurselves(arguments, {{"SHADOWTAPE_SCENARIO", shownPath(folder_ / "scenario.json")}}, folder_ / "output", std::chrono::hours(1000));
    if (end.how == ChildEnd::How::notStarted) throw std::runtime_error("the exploring process could not be started: " + end.words);
    return end;
  }
  int stop() {
    Exploration nothing;
    nothing.stopped = true;
    std::ostringstream told;
    printExploration(nothing, deaths_, options_.depth, options_.target, options_.format, told);
    stopped_ = told.str();
    return 1;
  }
  // Empty: it came to its end.
  static std::string howItDied(const ChildEnd& end) {
    if (end.how != ChildEnd::How::exited) return "the target's process died: " + end.words;
    return end.code == kHung ? "the target hung" : "";
  }

  // The sequence, made as short as it can be in a process of its own, is what is told; what holds it is left out from now on.
  void tell(const std::string& met, const std::string& how) {
    auto deadline = std::chrono::steady_clock::now() + kShortening;
    auto dies = [&](const std::string& sequence) { return std::chrono::steady_clock::now() < deadline && howItDied(start({"--explore-only", sequence})) == how; };
    leftOut_.push_back(met.empty() ? kWritersLeftOut : met);
    std::string sequence = shortestDeath(met, dies);
    if (std::any_of(deaths_.begin(), deaths_.end(), [&](const Death& death) { return death.sequence == sequence; })) return;
    if (!sequence.empty()) {
      leftOut_.push_back(sequence);
      // A step that did it twice, behind others each time, would do it behind all.
      for (const auto& death : deaths_)
        if (!death.sequence.empty() && death.sequence.back() == sequence.back()) leftOut_.emplace_back(1, sequence.back());
    }
    Death death{sequence, how, ""};
    if (!options_.report.empty() && !sequence.empty() && dies(sequence)) {
      std::string name = "error-" + std::to_string(deaths_.size() + 1);
      TraceReader seen(folder_ / "seen.vsst");   // its last call is the one that did it
      keepDisagreement({.expected = folder_ / "expected.vsst", .seen = folder_ / "seen.vsst", .scenario = folder_ / "scenario.json", .folder = pathFromUtf8(options_.report), .name = name,
                        .about = "conform --explore: " + how + ": " + lettersInWords(sequence), .atMost = loadCalls(seen).calls.size()});
      death.trace = name + ".vsst";
    }
    deaths_.push_back(death);
  }

  const ExplorationOptions& options_;
  const std::filesystem::path folder_;
  ProgressLine& progress_;
  std::vector<std::string> choices_, leftOut_;
  std::vector<Death> deaths_;
  std::string last_;      // that ended the process, as it was met
  std::string stopped_;   // what is to be printed, if no process came to its end
};

}  // namespace

void runExplorationHere(const ExplorationOptions& options, const OpenTarget& openTarget, const Reference& reference, std::ostream& out, std::ostream& err) {
  dieQuietly();
  try {
    ComSession com;
    Explored explored(options, openTarget, reference);
    if (!options.only.empty()) std::_Exit(explored.differs(options.only) ? kDiffers : 0);
    auto found = explored.all();
    if (found.again) {
      auto path = pathFromUtf8(options.folder) / "again";
      std::ofstream again(path, std::ios::binary);
      for (const auto& [name, value] : found.choices) again << name << "=" << value << "\n";
      if (!again.flush()) throw std::runtime_error(shownPath(path) + ": cannot be written");
      std::_Exit(kAgain);
    }
    auto deaths = parseDeaths(options.deaths);
    printExploration(found, deaths, options.depth, options.target, options.format, out);
    out.flush();
    std::_Exit(out && found.disagreements.empty() && deaths.empty() ? 0 : 1);
  } catch (const std::exception& e) {
    err << "shadowtape: " << e.what() << "\n";
  }
  err.flush();
  std::_Exit(2);
}

int runExploration(const ExplorationOptions& asked, const OpenTarget& openTarget, const Reference& reference, std::ostream& out, std::ostream& err) {
  ExplorationOptions options = asked;
  try {
    if (options.format != "text" && options.format != "json") throw std::runtime_error("--format " + options.format + ": --explore prints text or json");
    if (isTrace(pathFromUtf8(options.target))) throw std::runtime_error(options.target + ": a trace answers only what was recorded; --explore needs a live implementation");
    if (options.target.starts_with("model:")) throw std::runtime_error("--explore brings a scenario of its own; say --target model, and --choice for its choices");
    std::string name = openTarget(options.target).name;  // now, where a mistake can be answered
    if (options.target.empty() && (name == "model" || name == "system")) options.target = name;
    if (!options.report.empty()) makeFolder(pathFromUtf8(options.report));
    WorkFolder folder("shadowtape-explore");
    ProgressLine progress(err, errorTerminalWidth());
    Exploring exploring(options, folder.path(), progress);
    int code = exploring.search();
    if (code == 2) return err << exploring.output(), code;
    std::optional<RandomRun> random;
    if (options.random != 0 && options.target != "system") {   // on a real system it would delete shadow copies
      random = runRandom(options, exploring.choices(), reference, progress);
      if (random->sequence) code = 1;
      progress.clear();
    }
    out << exploring.output();
    printRandom(random ? &*random : nullptr, options.format, out);
    return code;
  } catch (const std::exception& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss::conformance
