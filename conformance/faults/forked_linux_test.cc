#include "conformance/faults/forked.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "conformance/conform.h"
#include "conformance/fixtures.h"
#include "conformance/model/model.h"
#include "recorder/recorder.h"
#include "traces/test_trace.h"

namespace vss::conformance {
namespace {

constexpr std::chrono::milliseconds kHang{1000};

// What `conform` runs, in its order: the two scouts, then every recipe.
struct Run { std::string name, rule; Recipe recipe; const Rule* judged; model::Scenario scenario; };

model::Scenario scenarioOf(const Recipe& recipe) {
  std::string json = scenarioFor(recipe);
  return json.empty() ? model::defaultScenario() : model::parseScenario(json);
}

const std::vector<Run>& runs() {
  static const auto all = [] {
    std::vector<Run> runs;
    for (const char* scout : {kScout, kScoutBackup}) runs.push_back({scout, scout, scoutingRecipe(scout), nullptr, model::defaultScenario()});
    for (const auto& named : namedRecipes(Catalogue::builtIn()))
      runs.push_back({named.name, named.rule->id, *named.recipe, named.rule, scenarioOf(*named.recipe)});
    return runs;
  }();
  return all;
}

// ---- The child, which a fault may kill ----

// Where it is, for its parent; and the exit code that a process of its own would have had for each run.
struct Progress { std::atomic<std::size_t> at; int codes[2000]; };
constexpr int kLeftOut = -1;  // it would have gone as it goes without the fault

int drive(const Run& run, const Fault* fault, const ModelChoice& choice, const Surroundings& surroundings, const std::filesystem::path& folder) try {
  model::Scenario scenario = run.scenario;
  if (!choice.name.empty() && !model::choose(scenario.choices, choice.name, choice.value)) return 2;
  auto service = std::make_shared<model::Service>(scenario);
  FaultInjector faulty(fault, [&](const MethodInfo& function, void* const* args) { return model::callFunction(service, function, args); });
  // Written note by note: a window of memory for each file would cost more than all the rest.
  TraceWriter trace(folder / (run.name + ".vsst"), {Origin::model, "faults_test", "model"}, true);
  Recorder recorder(trace);
  auto callFaulty = [&](const MethodInfo& function, void* const* args) { return faulty.call(function, args); };
  auto call = [&](const MethodInfo& function, void* const* args) { return recorder.call(function, callFaulty, args); };
  bool done = conformance::drive(run.recipe, run.rule, surroundings, call, allocatorsOf(""), trace);
  trace.finish(TraceWriter::Ending::threadsDone);
  return done ? 0 : 3;
} catch (const std::exception&) {
  return 2;
}

// Where the traces lie: in memory, if there is such a file system with room. A hundred thousand files come and go, and a disk's file system
// takes longer for that than everything else together.
std::filesystem::path traceFolder() {
  std::error_code none;
  auto memory = std::filesystem::space("/dev/shm", none);
  return !none && memory.available > (256u << 20) ? "/dev/shm" : std::filesystem::temp_directory_path();
}

// What the scouts learn of the model.
Surroundings healthySurroundings() {
  test::Folder folder(traceFolder());
  auto path = pathFromUtf8(folder / "");
  Surroundings learned;
  for (std::size_t i = 0; !runs()[i].judged; ++i) {
    drive(runs()[i], nullptr, {}, learned, path);
    learned = surroundingsIn(path);
  }
  return learned;
}

// Whether a fault can change how the recipe goes: by its own calls, or by those that the driver makes of itself.
bool concerns(const Fault& fault, const Recipe& recipe) {
  auto touched = [&](const Step& step) { return fault.touches(step.method->name); };
  for (const char* own : {"CreateVssBackupComponents", "QueryInterface", "Release", "QueryStatus", "Wait", "Cancel"})
    if (fault.touches(own)) return true;
  return std::any_of(recipe.prefix.begin(), recipe.prefix.end(), touched) || std::any_of(recipe.steps.begin(), recipe.steps.end(), touched);
}

bool isIn(const RecipeSample& sample, std::size_t at) {
  return !sample.part || at % RecipeSample::kParts == *sample.part || sample.rules.count(runs()[at].rule);
}

[[noreturn]] void beChild(const Fault* fault, const ModelChoice& choice, const RecipeSample& sample, const Surroundings& healthy, const std::filesystem::path& folder, Progress& progress) {
  dieQuietly();
  if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);  // the C library's last words
  Surroundings surroundings = surroundingsIn(folder);
  for (; progress.at < runs().size(); ++progress.at) {
    const Run& run = runs()[progress.at];
    bool leftOut = run.judged && (!isIn(sample, progress.at) || (fault && surroundings == healthy && !concerns(*fault, run.recipe)));
    progress.codes[progress.at] = leftOut ? kLeftOut : drive(run, fault, choice, surroundings, folder);
    if (!run.judged) surroundings = surroundingsIn(folder);
  }
  ::_exit(0);
}

// Waits for the child: how it ended in the run that it was in. exited: it is through with all of them.
ChildEnd endOf(pid_t child, const Progress& progress) {
  using How = ChildEnd::How;
  std::size_t at = progress.at;
  for (auto since = std::chrono::steady_clock::now();;) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) {
      if (WIFSIGNALED(status)) return {How::died, WTERMSIG(status), std::string("signal ") + ::strsignal(WTERMSIG(status))};
      if (progress.at < runs().size()) return {How::died, WEXITSTATUS(status), "exit code " + std::to_string(WEXITSTATUS(status))};  // by a sanitizer
      return {How::exited, 0, ""};
    }
    auto now = std::chrono::steady_clock::now();
    if (at != progress.at) at = progress.at, since = now;
    if (now - since > kHang) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return {How::hung, 0, ""};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// ---- The verdicts ----

bool isRed(const Rule& rule, Verdict verdict) {
  RecipeResult result;
  result.rule = &rule, result.verdict = verdict;
  return result.red();
}

}  // namespace

Red redUnder(const Fault* fault, const ModelChoice& choice, const RecipeSample& sample) {
  static const Surroundings healthy = healthySurroundings();
  test::Folder folder(traceFolder());
  auto path = pathFromUtf8(folder / "");
  auto* progress = static_cast<Progress*>(::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  std::map<std::size_t, ChildEnd> ends;
  while (progress->at < runs().size()) {
    pid_t child = ::fork();
    if (child == 0) beChild(fault, choice, sample, healthy, path, *progress);
    ChildEnd end = endOf(child, *progress);
    if (end.how != ChildEnd::How::exited) ends[progress->at++] = end;
  }
  Red red;
  for (std::size_t i = 0; i < runs().size(); ++i) {
    const Run& run = runs()[i];
    if (!run.judged || progress->codes[i] == kLeftOut) continue;
    ChildEnd end = ends.count(i) ? ends[i] : ChildEnd{ChildEnd::How::exited, progress->codes[i], ""};
    Verdict verdict = decide(*run.judged, end, path / (run.name + ".vsst"), "", kHang).verdict;
    if (isRed(*run.judged, verdict)) red[run.name] = verdict;
  }
  ::munmap(progress, sizeof(Progress));
  return red;
}

bool isOf(const std::string& recipe, std::string_view rule) { return recipe == rule || recipe.starts_with(std::string(rule) + "."); }

}  // namespace vss::conformance
