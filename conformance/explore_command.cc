// `conform --explore`: the search runs in a process of its own, which a crash or a hang of the implementation ends; then it begins anew and leaves out
// the sequence that did it.
#include <atomic>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "conformance/child.h"
#include "conformance/conform.h"
#include "conformance/disagreement.h"
#include "conformance/explore.h"
#include "conformance/random_command.h"
#include "conformance/reports.h"
#include "recorder/com.h"
#include "recorder/launch/path.h"
#include "recorder/recorder.h"
#include "recorder/status.h"
#include "traces/growing_file.h"
#include "traces/is_trace.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/trace_error.h"
#include "traces/vss/results.h"

namespace vss::conformance {
namespace {

constexpr int kAgain = 4, kHung = 5;   // exit codes of the child: another choice is in the file `again`; the implementation hangs
constexpr std::size_t kMostDeaths = 5;

// The sequence that runs, in a file that outlives the process.
class Progress {
 public:
  explicit Progress(const std::filesystem::path& path) : file_(path), at_(file_.openWindow(0, 4096)) {
    if (!at_) throw std::runtime_error(shownPath(path) + ": " + file_.lastError());
  }
  ~Progress() { file_.closeWindow(at_, 0, 4096); }
  void began(std::string_view sequence) {
    std::memcpy(at_, sequence.data(), sequence.size());
    at_[sequence.size()] = '\0';
    file_.commit(at_, 0, sequence.size() + 1);
    ++begun_;
  }
  // Ends this process when no sequence begins for so long; before the first one a whole backup is made, which may take ten times as long. For a
  // thread of its own.
  void watch(std::chrono::milliseconds limit) const {
    int idle = 0;
    for (std::uint64_t last = 0; ; last = begun_) {
      std::this_thread::sleep_for(limit);
      idle = begun_ == last ? idle + 1 : 0;
      if (idle >= (begun_ ? 1 : 10)) std::_Exit(kHung);
    }
  }

 private:
  GrowingFile file_;
  char* at_;
  std::atomic<std::uint64_t> begun_{0};
};

std::string textOf(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Choices parseChoices(const std::vector<std::string>& given) {
  Choices choices;
  for (const auto& choice : given) choices[choice.substr(0, choice.find('='))] = choice.find('=') == choice.npos ? "" : choice.substr(choice.find('=') + 1);
  return choices;
}

// Each as SEQUENCE=HOW.
std::vector<Death> parseDeaths(const std::vector<std::string>& given) {
  std::vector<Death> deaths;
  for (const auto& line : given) deaths.push_back({line.substr(0, line.find('=')), line.substr(line.find('=') + 1)});
  return deaths;
}

void print(const Exploration& found, const std::vector<Death>& deaths, const ConformOptions& options, std::ostream& out) {
  (options.format == "json" ? printExplorationJson : printExploration)(found, deaths, options.explore, options.target, out);
}

// What the random sequences showed, behind `explored`, which the exploration has printed.
std::string withRandom(std::string explored, const RandomRun& random, const std::string& format) {
  std::ostringstream out;
  std::string seed = std::to_string(random.seed);
  if (!random.none.empty()) return format == "json" ? explored : explored + "no random sequences over the whole API: " + random.none + "\n";
  if (format == "json") {
    out << ",\n \"random\": {\"seed\": " << seed << ", \"run\": " << random.run << ", \"disagreements\": [";
    if (random.sequence) {
      out << "{\"sequence\": " << jsonString(*random.sequence) << ", \"trace\": " << jsonString(random.trace) << ", \"differences\": [";
      for (std::size_t i = 0; i < random.differences.size(); ++i) out << (i ? ", " : "") << jsonString(random.differences[i]);
      out << "]}";
    }
    return explored.substr(0, explored.rfind('}')) + out.str() + "]}}\n";
  }
  if (random.sequence) {
    out << "disagreement in a random sequence: " << *random.sequence << "\n";
    for (const auto& line : random.differences) out << "  expected / seen  " << line << "\n";
    if (!random.trace.empty()) out << "  evidence  " << random.trace << "\n";
  }
  out << "random sequences over the whole API: " << random.run << " run, --seed " << seed << "; " << (random.sequence ? "1 disagreement, there it stopped\n" : "0 disagreements\n");
  return explored + out.str();
}

// The writers that an implementation shows, as a scenario has them.
std::string writersOf(const std::vector<WriterStatus>& statuses) {
  std::string writers = "[";
  for (const auto& s : statuses)
    writers += (writers.size() > 1 ? ", {" : "{") + (s.named ? "\"name\": " + jsonString(std::u16string_view(s.name)) + ", " : std::string()) + "\"classId\": \"" + toString(s.classId) +
               "\", \"instanceId\": \"" + toString(s.instanceId) + "\", \"state\": \"" + enumeratorName("VSS_WRITER_STATE", s.state) + "\", \"failure\": \"" + nameOf(s.failure) + "\"}";
  return writers + "]";
}

void recordSequence(std::string_view sequence, const MakeSystem& make, const Allocators& allocators, unsigned writerCount, const std::filesystem::path& path, const TraceOrigin& origin) {
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
  answersTo(sequence, recorded, make(), allocators, writerCount);
  trace.finish(TraceWriter::Ending::threadsDone);
}

// Each disagreement once more, recorded from both sides, and as a test.
void keepEvidence(Exploration& found, const MakeSystem& make, const MakeSystem& reference, const Allocators& allocators, const Allocators& referenceAllocators, unsigned writerCount,
                  const std::filesystem::path& folder, const TraceOrigin& origin) {
  int number = 0;
  for (auto& d : found.disagreements) {
    std::string name = "disagreement-" + std::to_string(++number);
    d.trace = name + ".vsst";
    auto expected = folder / (name + ".expected.vsst");
    recordSequence(d.sequence, make, allocators, writerCount, folder / d.trace, origin);
    recordSequence(d.sequence, reference, referenceAllocators, writerCount, expected, {Origin::model, origin.process, "model"});
    keepDisagreement(expected, folder / d.trace, folder, name, "conform --explore: " + lettersInWords(d.sequence));
  }
}

}  // namespace

// Ends this process itself: the watch runs on.
int runExplorationHere(const ConformOptions& options, const std::string& folder, const OpenTarget& openTarget, const Reference& reference, std::ostream& out, std::ostream& err) {
  dieQuietly();
  try {
    ComSession com;
    auto in = pathFromUtf8(folder);
    ExploreOptions how{.depth = options.explore, .merge = !options.unmerged};
    how.choices = parseChoices(options.choices);
    how.fresh = options.target == "model";
    auto deaths = parseDeaths(options.deaths);
    for (const auto& death : deaths) how.without.insert(death.sequence);
    MakeSystem make;
    Origin origin = Origin::model;
    if (how.fresh) make = reference.with(explorationScenario(how.writers, parseChoices(options.targetChoices)), true);
    else {
      Target target = openTarget(options.target);
      origin = target.origin;
      auto statuses = gatherWriterStatuses(target.create);
      how.writers = writersOf(statuses);
      how.writerCount = static_cast<unsigned>(statuses.size());
      make = [target] { return System{[target](IVssBackupComponents** out) { return target.create(out); }, {}}; };
    }
    Progress progress(in / "progress");
    std::thread([&] { progress.watch(options.hangLimit); }).detach();
    auto found = explore(make, reference, allocatorsOf(how.fresh ? "" : options.target), how, [&](std::string_view sequence) { progress.began(sequence); });
    if (found.again) {
      std::ofstream again(in / "again", std::ios::binary);
      for (const auto& [name, value] : found.choices) again << name << "=" << value << "\n";
      if (!again.flush()) throw std::runtime_error(shownPath(in / "again") + ": cannot be written");
      std::_Exit(kAgain);
    }
    if (!options.report.empty())
      keepEvidence(found, make, reference.with(explorationScenario(how.writers, found.choices), true), allocatorsOf(how.fresh ? "" : options.target), reference.allocators, how.writerCount,
                   pathFromUtf8(options.report), {origin, launch::processName(), options.target});
    print(found, deaths, options, out);
    out.flush();
    std::_Exit(out && found.disagreements.empty() && deaths.empty() ? 0 : 1);
  } catch (const CallFailed& e) {
    err << "shadowtape: " << options.target << ": shows no writer status: " << e.call << (e.asynchronous ? " ended with " : " returned ") << nameOf(e.hresult) << "\n";
  } catch (const std::exception& e) {
    err << "shadowtape: " << e.what() << "\n";
  }
  err.flush();
  std::_Exit(2);
}

int runExploration(const ConformOptions& options, const OpenTarget& openTarget, const Reference& reference, std::ostream& out, std::ostream& err) {
  try {
    std::error_code ignored;
    if (options.format != "text" && options.format != "json") throw std::runtime_error("--format " + options.format + ": --explore prints text or json");
    if (isTrace(pathFromUtf8(options.target))) throw std::runtime_error(options.target + ": a trace answers only what was recorded; --explore needs a live implementation");
    if (options.target.starts_with("model:")) throw std::runtime_error("--explore brings a scenario of its own; say --target model, and --choice for its choices");
    openTarget(options.target);  // now, where a mistake can be answered
    auto folder = std::filesystem::temp_directory_path() / ("shadowtape-explore-" + std::to_string(currentProcess()));
    std::filesystem::create_directories(folder);
    auto scenario = folder / "scenario.json";
    std::ofstream(scenario, std::ios::binary) << explorationScenario(kExploredWriters, parseChoices(options.choices)) << "\n";
    std::vector<std::string> arguments{"conform", "--target", options.target, "--explore", std::to_string(options.explore), "--explore-in", shownPath(folder), "--format", options.format,
                                       "--hang-limit", std::to_string(static_cast<double>(options.hangLimit.count()) / 1000)};
    if (!options.report.empty()) {
      makeFolder(pathFromUtf8(options.report));
      arguments.insert(arguments.end(), {"--report", shownPath(std::filesystem::absolute(pathFromUtf8(options.report)))});
    }
    if (options.unmerged) arguments.push_back("--unmerged");
    for (const auto& choice : options.choices) arguments.insert(arguments.end(), {"--explore-target-choice", choice});
    std::vector<std::string> choices = options.choices, deaths;
    int code = 1;
    std::string explored;
    for (;;) {
      std::filesystem::remove(folder / "progress", ignored);
      auto now = arguments;
      for (const auto& choice : choices) now.insert(now.end(), {"--choice", choice});
      for (const auto& death : deaths) now.insert(now.end(), {"--explore-without", death});
      auto end = runOurselves(now, {{"SHADOWTAPE_SCENARIO", shownPath(scenario)}}, folder / "output", std::chrono::hours(1000));
      if (end.how == ChildEnd::How::exited && end.code == kAgain) {
        choices.clear();
        std::istringstream lines(textOf(folder / "again"));
        for (std::string line; std::getline(lines, line);) choices.push_back(line);
        continue;
      }
      bool hung = end.how == ChildEnd::How::exited && end.code == kHung;
      if (end.how == ChildEnd::How::exited && !hung) {
        explored = textOf(folder / "output");
        code = end.code;
        break;
      }
      if (end.how == ChildEnd::How::notStarted) throw std::runtime_error("the exploring process could not be started: " + end.words);
      std::string sequence = textOf(folder / "progress").c_str();
      deaths.push_back(sequence + "=" + (hung ? "the target hung" : "the target's process died: " + end.words));
      if (sequence.empty() || deaths.size() > kMostDeaths) {
        Exploration stopped;
        stopped.stopped = true;
        std::ostringstream told;
        print(stopped, parseDeaths(deaths), options, told);
        explored = told.str();
        break;
      }
    }
    if (code == 2) err << explored;
    else if (options.random == 0 || options.target == "system") out << explored;   // on a real system it would delete shadow copies
    else {
      auto random = runRandom(options, parseChoices(choices), reference);
      if (random.sequence) code = 1;
      out << withRandom(std::move(explored), random, options.format);
    }
    std::filesystem::remove_all(folder, ignored);
    return code;
  } catch (const std::exception& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss::conformance
