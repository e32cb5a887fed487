#include "fault_matrix/faults.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <ostream>
#include <sstream>

#include "conformance/catalogue.h"
#include "fault_matrix/reports.h"
#include "recorder/launch/shims.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/progress.h"
#include "traces/trace_error.h"
#include "traces/work_folder.h"

namespace vss::fault_matrix {
namespace {

using namespace std::chrono_literals;

constexpr auto kLimit = 10'000ms, kLimitOfHanging = 1'000ms;

// A trace's file name for a variation: 017-DoSnapshotSet-async-VSS_E_PROVIDER_VETO.vsst
std::string fileName(std::size_t number, const std::string& name) {
  std::string digits = std::to_string(number), file = std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits + "-";
  for (char c : name)
    if (c != ':' || !file.ends_with('-')) file += c == '/' || c == '#' || c == ':' ? '-' : c;
  return file + ".vsst";
}

// Where the runs leave their files: the traces in the user's folder, if he wants them, and what only we read in one that goes with everything in it.
class Folder {
 public:
  explicit Folder(const std::string& asked) : kept_(!asked.empty()), traces_(kept_ ? pathFromUtf8(asked) : own_.path()) { makeFolder(traces_); }
  const std::filesystem::path& own() const { return own_.path(); }
  const std::filesystem::path& traces() const { return traces_; }
  bool kept() const { return kept_; }

 private:
  const WorkFolder own_{"shadowtape-faults"};
  const bool kept_;
  const std::filesystem::path traces_;
};

std::string contentOf(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

// Runs the program with the recorder before the replayer.
class Runs {
 public:
  Runs(const FaultsOptions& options, const Folder& folder)
      : options_(options), folder_(folder), recorder_(launch::shimLibrary("recorder")), replayer_(launch::shimLibrary("replayer")) {}

  struct One {
    launch::Ended ended;
    std::filesystem::path trace;
    std::string report, output;
    std::unique_ptr<TraceReader> reader() const {
      std::error_code ignored;
      return std::filesystem::exists(trace, ignored) ? std::make_unique<TraceReader>(trace) : nullptr;
    }
    bool diverged() const { return report.starts_with("divergence ") || report.find("\ndivergence ") != std::string::npos; }
  };
  One run(const std::string& file, const std::string& fault, std::chrono::milliseconds limit) const {
    One one{{}, folder_.traces() / pathFromUtf8(file), {}, {}};
    auto report = folder_.own() / "report.txt", output = folder_.own() / "output.txt";
    std::error_code ignored;
    prepareOutput(one.trace, {options_.trace});
    for (const auto& text : {report, output}) std::filesystem::remove(text, ignored);
    ReplayOptions replay = options_.replay;
    replay.trace = shownPath(std::filesystem::absolute(pathFromUtf8(options_.trace)));
    replay.match = Match::state;
    replay.fault = fault;
    one.ended = launch::run({options_.command, recorder_,
                             {{"SHADOWTAPE_TRACE", shownPath(std::filesystem::absolute(one.trace))},
                              {"SHADOWTAPE_SHIM", shownPath(recorder_)},
                              {"SHADOWTAPE_TARGET", shownPath(replayer_)},
                              {"SHADOWTAPE_OPTIONS", toText(replay)},
                              {"SHADOWTAPE_REPORT", shownPath(std::filesystem::absolute(report))}},
                             launch::Launch::Apart{output, limit}});
    one.report = contentOf(report), one.output = contentOf(output);
    return one;
  }

 private:
  const FaultsOptions& options_;
  const Folder& folder_;
  const std::filesystem::path recorder_, replayer_;
};

volatile std::sig_atomic_t stopAsked = 0;
// Ctrl-C or SIGTERM ends the matrix behind the run that it is at, so that what lies among the temporary files goes; asked for the third time, at once
// (`timeout` asks twice).
class EndsWhenAsked {
 public:
  EndsWhenAsked() {
    stopAsked = 0;
    for (int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int asked) {
        stopAsked = stopAsked + 1;
        if (stopAsked > 1) std::signal(asked, SIG_DFL);
      });
  }
  ~EndsWhenAsked() {
    for (int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  }
  EndsWhenAsked(const EndsWhenAsked&) = delete;
  EndsWhenAsked& operator=(const EndsWhenAsked&) = delete;
};

struct Unusable : std::runtime_error { using std::runtime_error::runtime_error; };

GoodRun withoutFailure(const Runs& runs, std::chrono::milliseconds limit) {
  auto one = runs.run("000-no-failure.vsst", "", limit);
  constexpr std::size_t kPrinted = 2000;
  auto told = [&](const std::string& text) {
    bool all = one.output.size() <= kPrinted;
    return text + (one.output.empty() ? "" : (all ? "\nwhat it printed:\n" : "\nwhat it printed in the end:\n…") + one.output.substr(all ? 0 : one.output.size() - kPrinted)) + one.report;
  };
  if (!one.ended.error.empty()) throw Unusable(one.ended.error);
  if (one.ended.how == launch::Ended::How::tookTooLong)
    throw Unusable(told("without a failure the program does not end in " + std::to_string(limit.count()) + " ms; --hang-limit gives it longer"));
  if (one.ended.how == launch::Ended::How::crashed) throw Unusable(told("the program crashes without a failure, with exit code " + std::to_string(one.ended.exitCode)));
  if (one.diverged()) throw Unusable(told("without a failure the program goes another way than the trace; `shadowtape replay --match state` shows it too"));
  auto reader = one.reader();
  if (!reader) throw Unusable(told("the program made no call of VSS that was served"));
  return goodRunOf(one.ended.exitCode, std::move(reader));
}

std::vector<Variation> chosen(const FaultsOptions& options, std::ostream& err) {
  TraceReader reader(pathFromUtf8(options.trace));
  if (reader.header().origin == Origin::imported) throw Unusable(options.trace + ": was imported from a listing; no program made its calls");
  auto all = variationsOf(reader);
  if (reader.end() == TraceEnd::cutOff) err << "shadowtape: " << options.trace << ": cut off: what is served ends there, and calls that were under way hang\n";
  for (const auto& problem : reader.problems()) err << "shadowtape: " << options.trace << ": byte " << problem.offset << ": " << problem.text << "\n";
  std::erase_if(all, [&](const Variation& variation) { return !conformance::fits(variation.name, options.filter); });
  if (!all.empty()) return all;
  throw Unusable(options.trace + (options.filter.empty() ? ": no call of it is documented to fail" : ": --filter " + options.filter + " chooses nothing; --list prints what there is"));
}

#if !defined(_WIN32)
// The same command, by our Windows build under Wine.
int faultsUnderWine(const FaultsOptions& options, std::ostream& err) {
  std::vector<std::string> arguments{"faults", launch::toWindowsPath(pathFromUtf8(options.trace)), "--options", toText(options.replay), "--format", options.format};
  if (!options.filter.empty()) arguments.insert(arguments.end(), {"--filter", options.filter});
  if (!options.report.empty()) arguments.insert(arguments.end(), {"--report", launch::toWindowsPath(pathFromUtf8(options.report))});
  if (options.hangLimit) arguments.insert(arguments.end(), {"--hang-limit", std::to_string(options.hangLimit->count()) + "ms"});
  auto ended = launch::runUnderWine(launch::windowsCommand(), arguments, options.command);
  if (ended.error.empty()) return ended.exitCode;
  err << "shadowtape: " << ended.error << "\n";
  return 2;
}
#endif

}  // namespace

std::size_t Matrix::wrong() const {
  return static_cast<std::size_t>(std::count_if(runs.begin(), runs.end(), [](const Run& run) { return !run.outcome.wrong.empty(); }));
}
std::size_t Matrix::notPutIn() const {
  return static_cast<std::size_t>(std::count_if(runs.begin(), runs.end(), [](const Run& run) { return !run.outcome.putIn; }));
}

int runFaults(const FaultsOptions& options, std::ostream& out, std::ostream& err) {
  try {
    auto variations = chosen(options, err);
    if (options.list) return printVariations(variations, options.format, out), 0;
#if !defined(_WIN32)
    if (launch::isWindowsProgram(options.command.at(0))) return faultsUnderWine(options, err);
#endif
    EndsWhenAsked ends;
    Folder folder(options.report);
    Runs runs(options, folder);
    Matrix matrix{options.trace, options.command, withoutFailure(runs, options.hangLimit.value_or(kLimit)), {}};
    ProgressLine progress(err, errorTerminalWidth());
    auto began = std::chrono::steady_clock::now();
    for (auto& variation : variations) {
      if (stopAsked) throw Unusable("interrupted behind " + std::to_string(matrix.runs.size()) + " of " + std::to_string(variations.size()) + " failures");
      auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
      progress.show(progressInWords(matrix.runs.size(), variations.size(), matrix.wrong(), spent, variation.name));
      std::string file = fileName(variation.number, variation.name);
      auto limit = options.hangLimit.value_or(variation.fault.way == Fault::Way::hang ? kLimitOfHanging : kLimit);
      auto one = runs.run(file, variation.name, limit);
      if (!one.ended.error.empty()) throw Unusable(one.ended.error);
      Outcome outcome = outcomeOf(variation, one.ended, one.reader().get(), matrix.good, limit);
      if (one.diverged()) outcome.notes.push_back("went another way than the trace before the failure");
      std::error_code ignored;   // the folder goes in any case
      if (folder.kept()) outcome.trace = file;
      else std::filesystem::remove(one.trace, ignored);
      matrix.runs.push_back({std::move(variation), std::move(outcome)});
    }
    progress.clear();
    if (folder.kept()) writePage(matrix, folder.traces());
    (options.format == "json" ? printMatrixJson : printMatrix)(matrix, out);
    return matrix.wrong() ? 1 : 0;
  } catch (const std::runtime_error& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss::fault_matrix
