#include "conformance/shrink/shrink_command.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <sstream>

#include "conformance/child.h"
#include "conformance/shrink/test_source.h"
#include "conformance/judge.h"
#include "conformance/shrink/shrink.h"
#include "traces/diff.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/trace_copy.h"
#include "traces/vss/results.h"
#include "traces/work_folder.h"

namespace vss::conformance {
namespace {

// There is nothing to shrink; why.
struct Nothing { std::string why; };

std::string textOfFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What a command of ours said of a candidate, as an error of this one about the user's trace.
[[noreturn]] void fail(const std::filesystem::path& output, const std::filesystem::path& candidate, const std::string& trace) {
  std::string said = textOfFile(output);
  constexpr std::string_view kName = "shadowtape: ";
  said = said.substr(said.starts_with(kName) ? kName.size() : 0, said.find('\n') - (said.starts_with(kName) ? kName.size() : 0));
  std::string name = shownPath(candidate);
  if (auto at = said.find(name); at != std::string::npos) said.replace(at, name.size(), trace);
  throw std::runtime_error(said);
}

// What the rules that are judged by their notation say of each call. Those in code look at several, or at the end.
class EachCall final : public Verdicts {
 public:
  using Told = std::pair<std::size_t, const Rule*>;   // the call's place, the rule
  std::set<Told> keeps, untestables;

  explicit EachCall(TraceReader& reader) {
    NotationJudge notation(Catalogue::builtIn(), {}, reader);
    StepReader steps(reader);
    while (auto step = steps.next()) {
      place_ = static_cast<std::size_t>(step->call.number) - 1;
      notation.see(*step, false, {}, *this);
    }
  }
  void kept(const Rule& rule) override { keeps.emplace(place_, &rule); }
  void untestable(const Rule& rule) override { untestables.emplace(place_, &rule); }
  void broken(Finding) override {}

 private:
  std::size_t place_ = 0;
};

// The recorded trace, and which of its calls count.
struct Original {
  TraceReader reader;
  std::vector<Call> calls;
  std::set<const Rule*> broken;     // of the whole trace
  Judgement judgement;
  std::set<EachCall::Told> kept;    // rules, by the place of the call that keeps them

  explicit Original(const std::string& path)
      : reader(pathFromUtf8(path)), calls(loadCalls(reader).calls), judgement(judge(reader, Catalogue::builtIn())), kept(EachCall(reader).keeps) {
    for (const auto& finding : judgement.findings) broken.insert(finding.rule);
  }
  Judgement judged(const Kept& kept) {
    reader.only(notesOf(calls, kept));
    return judge(reader, Catalogue::builtIn());
  }
  // A session can be as recorded only if it breaks no rule that the whole trace keeps, and still tells of each call that it keeps the rules that it kept: else
  // calls that others needed are missing from it. duties: not even those of the program that calls on which no answer depends. judgement: of `left`.
  // isHeld: of a call by its place, whether somebody else sees to it that it can still be answered so.
  bool isPlausible(const Judgement& judgement, const Kept& left, bool duties, const std::function<bool(std::size_t)>& isHeld) {
    static const std::set<std::string_view> kNeeded{"RQ-023", "RQ-024", "RQ-027"};   // SetBackupState, the end of an operation, Initialize…: before what needs it
    auto counts = [&](const Rule& rule) { return duties || !rule.brokenByRequester() || kNeeded.count(rule.id); };
    if (!std::all_of(judgement.findings.begin(), judgement.findings.end(), [&](const Finding& finding) { return broken.count(finding.rule) || !counts(*finding.rule); })) return false;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < left.size(); ++i)
      if (left[i]) places.push_back(i);
    EachCall now(reader);   // whose only() is `left` since it was judged
    return std::none_of(now.untestables.begin(), now.untestables.end(), [&](const EachCall::Told& told) {
      auto place = places[told.first];
      bool tellsItself = calls[place].signature->interface_ == "IVssAsync";   // how the operation stands: a Wait less makes no answer impossible
      return counts(*told.second) && !tellsItself && !isHeld(place) && kept.count({place, told.second});
    });
  }
  void copy(const Kept& kept, const std::filesystem::path& to) {
    std::error_code ignored;
    std::filesystem::remove(to, ignored);
    reader.only(notesOf(calls, kept));
    copyTrace(reader, to);
  }
  std::string called(std::size_t place) const { return "call " + std::to_string(place + 1) + " of " + std::to_string(calls.size()) + ", " + printCall(calls[place]); }
};

// What is looked for in ever shorter sessions.
class Sought {
 public:
  virtual ~Sought() = default;
  virtual bool shows(const Kept& kept) = 0;
  virtual std::string words() const = 0;                  // one line, of the whole trace
  virtual std::size_t place() const = 0;                  // of the call that shows it; behind the last: the trace as a whole does
  virtual const Rule* rule() const { return nullptr; }    // that is broken
  virtual std::vector<std::string> answers() const { return {}; }   // of that call, which differ
  virtual std::string others() const { return {}; }       // what the trace shows besides, and how to ask for it
  // Writes the session that is left as a trace.
  virtual void keep(const Kept& kept, const std::filesystem::path& to) { original_.copy(kept, to); }
  // Of that trace's calls, the place of the one that shows it.
  virtual std::size_t placeIn(const Kept& kept) const { return static_cast<std::size_t>(std::count(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(place()), true)); }

 protected:
  explicit Sought(Original& original) : original_(original) {}
  Original& original_;
};

// `drive` against an implementation, in a process of its own.
class Driving {
 public:
  Driving(Original& original, const ShrinkOptions& options, std::string target) : original_(original), options_(options), target_(std::move(target)) {}
  std::filesystem::path recorded() const { return workshop_.path() / "recorded.vsst"; }
  std::filesystem::path live() const { return workshop_.path() / "live.vsst"; }

  ChildEnd drive(const Kept& kept) {
    original_.copy(kept, recorded());
    std::error_code ignored;
    std::filesystem::remove(live(), ignored);
    auto end = runOurselves({"drive", shownPath(recorded()), "--target", target_, "-o", shownPath(live()), "--format", "json", "--hang-limit",
                             std::to_string(options_.hangLimit.count()) + "ms"}, {}, workshop_.path() / "output", 3 * options_.hangLimit);
    if (end.how == ChildEnd::How::notStarted) throw std::runtime_error("the driving process could not be started: " + end.words);
    if (end.how == ChildEnd::How::exited && end.code == 2) fail(workshop_.path() / "output", recorded(), options_.trace);
    return end;
  }
  // Otherwise; or not at all. isSession: nothing in the live trace is like the session, or thread, that begins there.
  struct Answered { std::size_t place; std::string words; std::vector<std::string> answers; bool isSession; };
  // By place, after drive(kept) came to its end. That other calls are made then, or with other inputs, follows from answers.
  std::vector<Answered> answeredOtherwise(const Kept& kept) const {
    std::ostringstream ignored;
    std::vector<Answered> all;
    for (auto& one : differencesOf(shownPath(recorded()), shownPath(live()), ignored)) {
      auto number = one.a ? one.a : one.first;
      if (number && !(one.a && one.b && one.answers.empty())) all.push_back({placeOfKept(kept, number), std::move(one.words), std::move(one.answers), !one.a});
    }
    std::stable_sort(all.begin(), all.end(), [](const Answered& x, const Answered& y) { return x.place < y.place; });
    return all;
  }

 private:
  Original& original_;
  const ShrinkOptions& options_;
  const std::string target_;
  WorkFolder workshop_{"shadowtape-shrink"};
};

// What the model says to a shorter session: what it answers as recorded in the whole trace, it has to answer so still, or a call that led there is missing.
class ModelsWord {
 public:
  ModelsWord(Original& original, const ShrinkOptions& options, bool thereIsOne) : driving_(original, options, "model") {
    if (thereIsOne && original.reader.header().origin != Origin::imported) otherwise_ = answeredOtherwise(Kept(original.calls.size(), true));
  }
  // Whether it answers the call as recorded, in the whole trace: then contradicts() sees to it.
  bool agrees(std::size_t place) const {
    auto first = otherwise_ ? otherwise_->lower_bound({place, ""}) : Answers::iterator{};
    return otherwise_ && (first == otherwise_->end() || first->first != place);
  }
  // Of the calls up to that place.
  bool contradicts(const Kept& kept, std::size_t place) {
    if (!otherwise_) return false;
    auto now = answeredOtherwise(kept);
    return !now || std::any_of(now->begin(), now->end(), [&](const auto& answer) { return answer.first <= place && !otherwise_->count(answer); });
  }

 private:
  using Answers = std::set<std::pair<std::size_t, std::string>>;   // the call's place; an output's name, "" for the call as a whole
  // nullopt: it cannot be driven to its end.
  std::optional<Answers> answeredOtherwise(const Kept& kept) try {
    if (driving_.drive(kept).how != ChildEnd::How::exited) return std::nullopt;
    Answers all;
    for (const auto& one : driving_.answeredOtherwise(kept)) {
      for (const auto& name : one.answers) all.emplace(one.place, name);
      if (one.answers.empty()) all.emplace(one.place, "");
    }
    return all;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }

  Driving driving_;
  std::optional<Answers> otherwise_;   // in the whole trace; nullopt: it has no say
};

// A finding of `check`.
class BrokenRule final : public Sought {
 public:
  BrokenRule(Original& original, const ShrinkOptions& options, bool thereIsAModel) : Sought(original), model_(original, options, thereIsAModel) {
    const std::string& rule = options.rule;
    auto order = [](const Finding& f) { return f.calls.empty() ? 0 : f.calls.back(); };
    for (const auto& finding : original.judgement.findings) {
      if (rule.empty() ? finding.rule->level == Level::ambiguous : finding.rule->id != rule) continue;
      if (!finding_.rule || order(finding) < order(finding_)) finding_ = finding;
    }
    if (!finding_.rule) throw Nothing{rule.empty() ? "it breaks no rule" : "it does not break " + rule};
    place_ = finding_.calls.empty() ? original.calls.size() : static_cast<std::size_t>(finding_.calls.back() - 1);
  }
  bool shows(const Kept& kept) override {
    auto judgement = original_.judged(kept);
    bool found = std::any_of(judgement.findings.begin(), judgement.findings.end(), [&](const Finding& finding) {
      return finding.rule == finding_.rule && (finding.calls.empty() ? original_.calls.size() : placeOfKept(kept, finding.calls.back())) == place_;
    });
    return found && original_.isPlausible(judgement, kept, finding_.rule->brokenByRequester(), agrees_) && !model_.contradicts(kept, place_);
  }
  std::string words() const override {
    return finding_.rule->id + (place_ < original_.calls.size() ? " at " + original_.called(place_) : "") + ": expected " + finding_.expected + ", seen " + finding_.seen;
  }
  std::size_t place() const override { return place_; }
  const Rule* rule() const override { return finding_.rule; }
  std::string others() const override {
    std::set<std::string> ids;
    for (const auto* rule : original_.broken)
      if (rule != finding_.rule && rule->level != Level::ambiguous) ids.insert(rule->id);
    std::string words;
    for (const auto& id : ids) words += (words.empty() ? "it breaks also " : ", ") + id;
    return words.empty() ? words : words + " (--rule)";
  }

 private:
  ModelsWord model_;
  const std::function<bool(std::size_t)> agrees_ = [this](std::size_t place) { return model_.agrees(place); };
  Finding finding_;
  std::size_t place_ = 0;
};

// An implementation answers otherwise than it is recorded, or does not come back.
class LiveDifference final : public Sought {
 public:
  LiveDifference(Original& original, const ShrinkOptions& options) : Sought(original), target_(options.target), driving_(original, options, options.target), model_(original, options, true) {
    first_ = firstOf(Kept(original.calls.size(), true));
    if (!first_) throw Nothing{options.target + " answers as it is recorded"};
  }
  bool shows(const Kept& kept) override {
    if (!kept[first_->place] || !original_.isPlausible(original_.judged(kept), kept, false, agrees_)) return false;
    auto now = firstOf(kept);
    return now && now->place == first_->place && (first_->kind.empty() || now->kind == first_->kind) && !model_.contradicts(kept, first_->place);
  }
  std::string words() const override { return original_.called(first_->place) + ": recorded / " + target_ + ": " + first_->words; }
  std::size_t place() const override { return first_->place; }
  std::vector<std::string> answers() const override { return first_->answers; }

 private:
  struct Found { std::size_t place; std::string words, kind; std::vector<std::string> answers; };   // kind: empty: whatever it is

  static bool saysPending(const Call& call) {
    const Value* status = call.is("QueryStatus") ? call.output("pHrResult") : nullptr;
    return status && status->number == VSS_S_ASYNC_PENDING;
  }
  std::optional<Found> firstOf(const Kept& kept) {
    auto end = driving_.drive(kept);
    if (end.how != ChildEnd::How::exited) {
      TraceReader live(driving_.live());
      std::string how = end.how == ChildEnd::How::hung ? "the target hung" : "the target's process died: " + end.words;
      std::size_t place = placeOfKept(kept, 1);
      for (const auto& call : loadCalls(live).calls) {
        if (place == kept.size() || !call.result) break;
        bool again = saysPending(call) && !saysPending(original_.calls[place]);   // drive asks until an operation has ended that had ended
        while (!again && ++place < kept.size() && !kept[place]) {}
      }
      return place < kept.size() ? std::optional(Found{place, "came back / " + how, how, {}}) : std::nullopt;
    }
    auto otherwise = driving_.answeredOtherwise(kept);
    if (otherwise.empty()) return std::nullopt;
    const auto& [place, words, answers, isSession] = otherwise.front();
    if (isSession) return Found{place, words, {}, answers};
    std::string kind = words;   // objects and ids are numbered as they come
    kind.erase(std::remove_if(kind.begin(), kind.end(), [](char c) { return c >= '0' && c <= '9'; }), kind.end());
    return Found{place, words, kind, answers};
  }

  const std::string target_;
  Driving driving_;
  ModelsWord model_;
  const std::function<bool(std::size_t)> agrees_ = [this](std::size_t place) { return model_.agrees(place); };
  std::optional<Found> first_;
};

// An implementation breaks the rule when the session is made again.
class LivelyBrokenRule final : public Sought {
 public:
  LivelyBrokenRule(Original& original, const ShrinkOptions& options) : Sought(original), options_(options), rule_(Catalogue::builtIn().find(options.rule)), driving_(original, options, options.target) {
    if (!shows(Kept(original.calls.size(), true))) throw Nothing{options.target + " does not break " + options.rule + " when its calls are made again"};
    first_ = finding_;
  }
  bool shows(const Kept& kept) override {
    if (driving_.drive(kept).how != ChildEnd::How::exited) return false;
    TraceReader live(driving_.live());
    for (const auto& finding : judge(live, Catalogue::builtIn(), {.rules = options_.rule, .recipe = {}}).findings)
      if (!finding.calls.empty()) return finding_ = finding, true;
    return false;
  }
  std::string words() const override { return first_.rule->id + " of " + options_.target + ", call " + std::to_string(first_.calls.back()) + ", " + first_.call + ": expected " + first_.expected + ", seen " + first_.seen; }
  std::size_t place() const override { return static_cast<std::size_t>(first_.calls.back()) - 1; }   // at most so far: polls may have come again
  const Rule* rule() const override { return rule_; }
  void keep(const Kept& kept, const std::filesystem::path& to) override {
    if (!shows(kept)) throw std::runtime_error(options_.target + " broke " + options_.rule + " with this session, and now it does not: it does not do the same every time");
    std::filesystem::copy_file(driving_.live(), to);   // prepareOutput() made way
  }
  std::size_t placeIn(const Kept&) const override { return static_cast<std::size_t>(finding_.calls.back()) - 1; }

 private:
  const ShrinkOptions& options_;
  const Rule* const rule_;
  Driving driving_;
  Finding first_, finding_;   // of the whole session; of the last that showed it
};

// A program that goes another way than the recording.
class ProgramsDivergence final : public Sought {
 public:
  ProgramsDivergence(Original& original, const ShrinkOptions& options) : Sought(original), options_(options) {
    first_ = firstOf(Kept(original.calls.size(), true));
    if (first_.empty() && textOfFile(workshop_.path() / "output").find("shadowtape: the program made no call of VSS that was served\n") != std::string::npos)
      throw std::runtime_error(options.program[0] + " made no call of VSS that was served");
    if (first_.empty()) throw Nothing{options.program[0] + " goes the way that is recorded"};
  }
  bool shows(const Kept& kept) override { return firstOf(kept) == first_; }
  std::string words() const override { return first_; }
  std::size_t place() const override { return original_.calls.size(); }

 private:
  // The report's first line on a divergence, without its number.
  std::string firstOf(const Kept& kept) {
    auto trace = workshop_.path() / "candidate.vsst", report = workshop_.path() / "report.txt";
    try {
      original_.copy(kept, trace);
      TraceReader usable(trace);
    } catch (const TraceError&) {
      return {};   // nothing is left of it
    }
    std::vector<std::string> arguments{"replay", shownPath(trace), "--report", shownPath(report), "--hang-limit", std::to_string(options_.hangLimit.count()) + "ms", "--"};
    arguments.insert(arguments.end(), options_.program.begin(), options_.program.end());
    auto end = runOurselves(arguments, {}, workshop_.path() / "output", 3 * options_.hangLimit);
    if (end.how == ChildEnd::How::exited && (end.code == 126 || end.code == 127)) fail(workshop_.path() / "output", trace, options_.trace);
    std::istringstream lines(textOfFile(report));
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("divergence ")) return line;
    return {};
  }

  const ShrinkOptions& options_;
  WorkFolder workshop_{"shadowtape-shrink"};
  std::string first_;
};

std::unique_ptr<Sought> soughtIn(Original& original, const ShrinkOptions& options, bool thereIsAModel) {
  if (!options.program.empty()) return std::make_unique<ProgramsDivergence>(original, options);
  if (!options.target.empty() && !options.rule.empty()) return std::make_unique<LivelyBrokenRule>(original, options);
  if (!options.target.empty()) return std::make_unique<LiveDifference>(original, options);
  return std::make_unique<BrokenRule>(original, options, thereIsAModel);
}

// Said before the work, not after it.
void checkTest(const ShrinkOptions& options, const Sought& sought) {
  keepTrace(pathFromUtf8(options.emitTest));
  std::error_code ignored;
  if (std::filesystem::weakly_canonical(pathFromUtf8(options.emitTest), ignored) == std::filesystem::weakly_canonical(pathFromUtf8(options.output), ignored))
    throw std::runtime_error("--emit-test " + options.emitTest + ": is the trace that -o writes; name another file");
  if (sought.rule() && sought.rule()->brokenByRequester())
    throw std::runtime_error("--emit-test: " + sought.rule()->id + " is the requester's to keep; there is no test of an implementation for it");
}

void emitTest(const ShrinkOptions& options, const Sought& sought, const std::vector<Call>& calls, std::size_t judged) {
  if (judged >= calls.size()) throw std::runtime_error("--emit-test: no single call shows it, so there is no test of it; " + options.output + " is written");
  SessionTest test{.name = {}, .comment = {sought.words()}, .calls = calls, .judged = judged, .answers = sought.answers()};
  if (const Rule* rule = sought.rule()) {
    test.name = rule->id;
    test.comment.push_back(rule->source);
    test.expectation = &rule->expectation;
  } else test.name = calls[judged].signature->method;
  std::replace(test.name.begin(), test.name.end(), '-', '_');
  std::string text = printGoogleTest(test);
  std::ofstream file(pathFromUtf8(options.emitTest), std::ios::binary);
  if (!(file << text << std::flush)) throw std::runtime_error(options.emitTest + ": cannot be written");
}

}  // namespace

int runShrink(const ShrinkOptions& options, const OpenTarget& openTarget, std::ostream& out, std::ostream& err) {
  auto begin = std::chrono::steady_clock::now();
  dieQuietly();   // so do the processes that are started: a crash is an answer, not a dialog
  try {
    if (!options.rule.empty() && !Catalogue::builtIn().find(options.rule)) throw std::runtime_error("--rule " + options.rule + ": there is no such rule; `shadowtape check` names those that a trace breaks");
    checkOutput(pathFromUtf8(options.output), {options.trace, options.target});
    if (!options.target.empty()) openTarget(options.target);  // now, where a mistake can be answered
    Original original(options.trace);
    auto sought = soughtIn(original, options, static_cast<bool>(openTarget));
    if (!options.emitTest.empty()) checkTest(options, *sought);
    Kept kept(original.calls.size(), true);
    if (sought->place() < kept.size()) {
      std::fill(kept.begin() + static_cast<std::ptrdiff_t>(sought->place()) + 1, kept.end(), false);
      if (!sought->shows(kept)) std::fill(kept.begin(), kept.end(), true);
    }
    auto shrunk = shrink(original.calls, std::move(kept), [&](const Kept& fewer) { return sought->shows(fewer); }, begin + options.limit);
    prepareOutput(pathFromUtf8(options.output), {options.trace, options.target});
    sought->keep(shrunk.kept, pathFromUtf8(options.output));
    TraceReader reader(pathFromUtf8(options.output));
    auto left = loadCalls(reader).calls;
    out << sought->words() << "\n";
    for (const auto& call : left) out << "  " << call.number << ": " << printCall(call) << " → " << printResult(call) << "\n";
    out << original.calls.size() << " calls → " << left.size() << ", in " << shrunk.tries << " tries and "
        << printDuration(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count())
        << (shrunk.ended ? "\n" : "; the time was over: it may become shorter with a longer --limit\n");
    if (options.rule.empty() && !sought->others().empty()) out << sought->others() << "\n";
    if (!options.emitTest.empty()) emitTest(options, *sought, left, sought->placeIn(shrunk.kept));
    return 0;
  } catch (const Nothing& nothing) {
    err << "shadowtape: " << options.trace << ": nothing to shrink: " << nothing.why << "\n";
    return 1;
  } catch (const std::exception& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss::conformance
