#include "conformance/explore/explore.h"

#include <algorithm>
#include <deque>
#include <span>
#include <sstream>
#include <unordered_map>

#include "traces/print.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss::conformance {
namespace {

// What variables hold before a call, and what is told of those that hold it still.
constexpr std::uint32_t kUntouched = 0xCCCCCCCC;
constexpr Guid kUntouchedId{kUntouched, 0, 0, {}};
struct { std::uint32_t bytes = 2; char16_t text[2] = {0xCCCC, 0}; } untouchedText;   // as a BSTR lies in memory

std::string_view letters() {
  static const std::string all = [] {
    std::string all;
    for (auto [letter, words] : kAlphabet) all += letter;
    return all;
  }();
  return all;
}

constexpr std::string_view kQuiet = "bmgscawqxn0NzfoR";   // no backup comes of them: without `prepare` there is nothing to make a shadow copy of

// One implementation while a sequence runs. Everything that it hands out goes back to it, at the end of the sequence at the latest.
class Side {
 public:
  Side(const System& system, const Allocators& allocators, const std::u16string& document, unsigned writers)
      : system_(system), allocators_(allocators), document_(document), writers_(writers) {}
  ~Side() {
    if (operation_) operation_->Release();
    if (object_) object_->Release();
  }
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  // Without an operation there is nothing to wait for.
  bool can(char letter) const {
    if (std::string_view("wqxo").find(letter) != std::string_view::npos) return operation_ != nullptr;
    if (letter == 'r') return !document_.empty();
    return letter != 'R' || object_ != nullptr;
  }

  void step(char letter, std::vector<Answer>& answers) {
    switch (letter) {
      case 'w':
        note(answers, "Wait(INFINITE)", operation_->Wait(kInfinite));
        ended_ |= answers.back().result == S_OK;
        return;
      case 'x': return void(note(answers, "Cancel", operation_->Cancel()));
      case 'o': return releaseOperation(answers);
      case 'q': {
        Answer& answer = note(answers, "QueryStatus");
        HRESULT status = static_cast<HRESULT>(kUntouched);
        answer.result = operation_->QueryStatus(&status, nullptr);
        answer.numbers[0] = static_cast<std::uint32_t>(status);
        ended_ |= answer.result == S_OK && status != VSS_S_ASYNC_PENDING;
        return;
      }
      case 'R': {
        ULONG left = object_->Release();
        object_ = nullptr, setStarted_ = false;
        return void(note(answers, "Release", static_cast<HRESULT>(left)));
      }
      default: break;
    }
    if (!object_) {
      note(answers, "CreateVssBackupComponents", system_.create(&object_));
      answers.back().pointer = object_ != nullptr;
      if (!object_) return;
    }
    IVssBackupComponents& object = *object_;
    switch (letter) {
      case 'b':
        note(answers, "InitializeForBackup(NULL)", object.InitializeForBackup(nullptr));
        return void(note(answers, "SetBackupState(false, false, VSS_BT_FULL, false)", object.SetBackupState(false, false, VSS_BT_FULL, false)));
      case 'r': {
        char16_t* text = allocators_.allocateString(document_.data(), static_cast<unsigned>(document_.size()));
        note(answers, "InitializeForRestore(document)", object.InitializeForRestore(text));
        allocators_.freeString(text);
        return;
      }
      case 'm': return start(answers, "GatherWriterMetadata", [&](IVssAsync** out) { return object.GatherWriterMetadata(out); });
      case 'g': return start(answers, "GatherWriterStatus", [&](IVssAsync** out) { return object.GatherWriterStatus(out); });
      case 'p':
        if (!setStarted_) addVolume(answers);
        return start(answers, "PrepareForBackup", [&](IVssAsync** out) { return object.PrepareForBackup(out); });
      case 's': return start(answers, "DoSnapshotSet", [&](IVssAsync** out) { return object.DoSnapshotSet(out); });
      case 'c': return start(answers, "BackupComplete", [&](IVssAsync** out) { return object.BackupComplete(out); });
      case 'a': return void(note(answers, "AbortBackup", object.AbortBackup()));
      case 'n': {
        UINT count = kUntouched;
        note(answers, "GetWriterStatusCount", object.GetWriterStatusCount(&count));
        answers.back().numbers[0] = count;
        return;
      }
      case '0': return row(answers, "GetWriterStatus(0)", 0, false);
      case 'N': return row(answers, "GetWriterStatus(n)", writers_, false);
      case 'z': return row(answers, "GetWriterStatus(0) with pnStatus NULL", 0, true);
      case 'f': return void(note(answers, "FreeWriterStatus", object.FreeWriterStatus()));
    }
  }

  // Whether it has told that the operation has ended.
  bool ended() const { return ended_; }
  std::string state() const { return system_.state(object_, operation_); }

 private:
  static Answer& note(std::vector<Answer>& answers, std::string_view call, HRESULT result = S_OK) {
    Answer& answer = answers.emplace_back();
    answer.call = call, answer.result = result;
    return answer;
  }

  void releaseOperation(std::vector<Answer>& answers) {
    ULONG left = operation_->Release();
    operation_ = nullptr;
    note(answers, "Release of the operation", static_cast<HRESULT>(left));
  }
  // The operation before it is given back first: a requester has one in its hands.
  template <class Call> void start(std::vector<Answer>& answers, std::string_view name, Call&& call) {
    if (operation_) releaseOperation(answers);
    IVssAsync *const untouched = reinterpret_cast<IVssAsync*>(std::uintptr_t{0xCC}), *out = untouched;   // so that a recorder sees what a call that fails does to it
    note(answers, name, call(&out));
    if (out == untouched) out = nullptr;
    answers.back().pointer = out != nullptr;
    operation_ = out;
    ended_ = false;
  }
  void addVolume(std::vector<Answer>& answers) {
    Guid id = kUntouchedId;
    note(answers, "StartSnapshotSet", object_->StartSnapshotSet(&id));
    if (answers.back().result != S_OK) return;
    setStarted_ = true;
    id = kUntouchedId;
    char16_t volume[] = u"C:\\";
    note(answers, "AddToSnapshotSet(\"C:\\\")", object_->AddToSnapshotSet(volume, Guid(), &id));
  }
  void row(std::vector<Answer>& answers, std::string_view name, UINT index, bool null) {
    Answer& answer = note(answers, name);
    answer.ids[0] = answer.ids[1] = kUntouchedId;
    char16_t* text = untouchedText.text;
    auto state = static_cast<VSS_WRITER_STATE>(kUntouched);
    auto failure = static_cast<HRESULT>(kUntouched);
    answer.result = object_->GetWriterStatus(index, &answer.ids[0], &answer.ids[1], &text, null ? nullptr : &state, &failure);
    answer.numbers[0] = static_cast<std::uint32_t>(state), answer.numbers[1] = static_cast<std::uint32_t>(failure);
    if (text) answer.text = text;
    if (text && text != untouchedText.text) allocators_.freeString(text);
  }

  const System& system_;
  const Allocators& allocators_;
  const std::u16string& document_;
  const unsigned writers_;
  IVssBackupComponents* object_ = nullptr;
  IVssAsync* operation_ = nullptr;
  bool setStarted_ = false, ended_ = false;
};

// A document of the system's own, for restores; empty: it gives none.
std::u16string documentOf(const System& system, const Allocators& allocators) {
  std::u16string document;
  IVssBackupComponents* object = nullptr;
  IVssAsync* operation = nullptr;
  Guid id;
  char16_t volume[] = u"C:\\", *text = nullptr;
  if (system.create(&object) != S_OK || !object) return document;
  auto finished = [&](HRESULT result) {
    if (result != S_OK || !operation) return false;
    result = operation->Wait(kInfinite);
    operation->Release();
    operation = nullptr;
    return result == S_OK;
  };
  if (object->InitializeForBackup(nullptr) == S_OK && object->SetBackupState(false, false, VSS_BT_FULL, false) == S_OK && finished(object->GatherWriterMetadata(&operation)) &&
      object->StartSnapshotSet(&id) == S_OK && object->AddToSnapshotSet(volume, Guid(), &id) == S_OK && finished(object->PrepareForBackup(&operation)) &&
      finished(object->DoSnapshotSet(&operation)) && finished(object->BackupComplete(&operation)) && object->SaveAsXML(&text) == S_OK && text) {
    document = text;
    allocators.freeString(text);
  }
  object->Release();
  return document;
}

std::vector<std::string> printed(std::span<const Answer> answers) {
  std::vector<std::string> out;
  for (const auto& answer : answers) out.push_back(printAnswer(answer));
  return out;
}

// ---- The search ----

class Search {
 public:
  Search(const MakeSystem& make, const Reference& reference, const Allocators& allocators, const ExploreOptions& options,
         const std::function<void(std::string_view)>& began)
      : make_(make), reference_(reference), allocators_(allocators), options_(options), began_(began) {}

  Exploration all() {
    result_.choices = options_.choices;
    while (!tryWith(result_.choices) && !result_.again) {}
    return std::move(result_);
  }

 private:
  // left: steps that are made from there. quiet: of these, those that make no backup were.
  struct Node { std::string sequence; int left; std::vector<std::uint32_t> next; bool quiet = false; };
  // What both answered, and from where on that is the last step that was made.
  struct Ran {
    std::vector<Answer> expected, seen;
    std::size_t last = 0, steps = 0;
    bool same = true, possible = true, leftOut = false;
    std::string state;
    std::span<const Answer> lastExpected() const { return std::span(expected).subspan(last); }
    std::span<const Answer> lastSeen() const { return std::span(seen).subspan(last); }
    bool disagreesAs(const Ran& other) const {
      return !same && std::ranges::equal(lastExpected(), other.lastExpected()) && std::ranges::equal(lastSeen(), other.lastSeen());
    }
  };

  // false: the implementation makes another choice than was assumed, and all begins again with that.
  bool tryWith(Choices choices) {
    result_ = {};
    result_.choices = std::move(choices);
    kinds_.clear(), disagreed_.clear(), refuted_.clear(), others_.clear(), starts_.clear(), nodes_.clear(), known_.clear();
    makeReference_ = reference_.with(explorationScenario(options_.writers, result_.choices), options_.fresh);
    nodes_.push_back({"", 0, {}});  // where sequences end that are not continued
    std::vector<std::pair<std::string, Ran>> unreached;  // late states on whose way the two disagree
    // A backup changes the state of a system's writers for good. So what comes without one is asked first, of what is as it was when the process began.
    if (!options_.fresh) {
      begin("", options_.depth, unreached);
      begin(kLateStates[0], options_.depth - 1, unreached);
      if (auto end = through(kQuiet)) return *end;
    }
    documents_[0] = documentOf(makeReference_(), reference_.allocators);
    documents_[1].clear();
    if (!isLeftOut("r")) {
      if (began_) began_("r");
      documents_[1] = documentOf(make_(), allocators_);
    }
    if (options_.fresh) begin("", options_.depth, unreached), begin(kLateStates[0], options_.depth - 1, unreached);
    for (auto state : kLateStates)
      if (state != kLateStates[0]) begin(state, options_.depth - 1, unreached);
    if (auto end = through(letters())) return *end;
    for (const auto& [sequence, way] : unreached)
      if (adopt(sequence, way)) return false;  // else told already, if a shorter way led there
    count();
    return true;
  }

  // The search goes on from there, too.
  void begin(std::string_view state, int depth, std::vector<std::pair<std::string, Ran>>& unreached) {
    std::string late(state);
    Ran way = run(late);
    if (!way.possible) return;
    if (way.same) starts_.push_back(static_cast<std::uint32_t>(nodes_.size())), nodes_.push_back({late, depth, {}});
    else unreached.emplace_back(late.substr(0, way.steps), way);
  }
  // Every step of these from every place, as far as it was not made before. nullopt: go on; else what tryWith() gives back.
  std::optional<bool> through(std::string_view steps) {
    Ran ran;
    onlyQuiet_ = steps == kQuiet;
    for (std::size_t& at = at_ = 1; at < nodes_.size(); ++at) {
      for (char letter : nodes_[at].left ? letters() : "") {
        if (onlyQuiet_ ? !isQuiet(letter) : isQuiet(letter) && nodes_[at].quiet) continue;
        std::string sequence = nodes_[at].sequence + letter;
        if (sequence == options_.until) return result_.stopped = true, count(), true;
        run(sequence, ran);
        result_.leftOut += ran.leftOut;
        if (!ran.possible) continue;
        ++result_.run;
        if (ran.same) nodes_[at].next.push_back(nodeOf(sequence, ran, nodes_[at].left - 1));
        else if (adopt(sequence, ran)) return false;
        result_.stopped = result_.disagreements.size() >= options_.most;
        if (result_.stopped) return count(), true;
      }
      nodes_[at].quiet = onlyQuiet_;
    }
    return std::nullopt;
  }
  static bool isQuiet(char letter) { return kQuiet.find(letter) != kQuiet.npos; }

  Ran run(const std::string& sequence) {
    Ran ran;
    run(sequence, ran);
    return ran;
  }
  // ran: used again and again, for its memory.
  void run(const std::string& sequence, Ran& ran) {
    ran.leftOut = isLeftOut(sequence), ran.possible = !ran.leftOut;
    if (ran.leftOut) return;
    if (began_) began_(sequence);
    System mine = makeReference_(), theirs = make_();
    Side expected(mine, reference_.allocators, documents_[0], options_.writerCount), seen(theirs, allocators_, documents_[1], options_.writerCount);
    ran.expected.clear(), ran.seen.clear();
    ran.last = ran.steps = 0, ran.same = ran.possible = true;
    for (char letter : sequence) {
      if (!(ran.possible = expected.can(letter) && seen.can(letter))) return;
      bool hadEnded = seen.ended();
      ran.last = ran.seen.size();
      expected.step(letter, ran.expected);
      seen.step(letter, ran.seen);
      ++ran.steps;
      if (std::ranges::equal(ran.lastExpected(), ran.lastSeen())) continue;
      if (letter == 'q' && !hadEnded && tookAnotherTime(ran.expected.back(), ran.seen.back())) ++result_.undecided, ran.possible = false;
      ran.same = false;
      return;
    }
    ran.state.clear();
    if (options_.merge) ran.state = expected.state();
  }
  bool isLeftOut(const std::string& sequence) const {
    return std::any_of(options_.without.begin(), options_.without.end(), [&](const std::string& death) {
      std::size_t held = 0;
      for (char letter : sequence) held += held < death.size() && death[held] == letter;
      return held == death.size();
    });
  }
  bool tookAnotherTime(const Answer& expected, const Answer& seen) const {
    auto runs = [](const Answer& answer) { return static_cast<HRESULT>(answer.numbers[0]) == VSS_S_ASYNC_PENDING; };
    return !options_.fresh && expected.result == S_OK && seen.result == S_OK && runs(expected) != runs(seen);
  }

  // Whether a choice that the documentation leaves open, and that was not decided before, explains what the implementation has answered. If none does it is
  // a disagreement.
  bool adopt(const std::string& sequence, const Ran& ran) {
    std::string kind;
    for (auto answers : {ran.lastExpected(), ran.lastSeen()})
      for (const auto& answer : answers) kind += printAnswer(answer) + ";";
    auto known = kinds_.find(kind);
    if (known != kinds_.end() && result_.disagreements[known->second].sequence.size() <= sequence.size()) {
      disagreed_.insert(sequence);
      return false;
    }
    for (const auto& [name, value] : reference_.open) {
      if (result_.choices.contains(name) || refuted_.contains({name, value})) continue;
      Choices with = result_.choices;
      with[name] = value;
      auto& makeOther = others_[{name, value}];
      if (!makeOther) makeOther = reference_.with(explorationScenario(options_.writers, with), true);
      System other = makeOther();
      Side side(other, reference_.allocators, documents_[0], options_.writerCount);
      std::vector<Answer> answers;
      for (std::size_t i = 0; i < sequence.size() && side.can(sequence[i]) && answers.size() < ran.seen.size(); ++i) side.step(sequence[i], answers);
      if (answers != ran.seen) continue;
      if (!agreesSoFar(makeOther, sequence)) {
        refuted_.insert({name, value});
        continue;
      }
      result_.choices = std::move(with);
      result_.again = !options_.fresh;
      return true;
    }
    disagreed_.insert(sequence);
    auto [told, isNew] = kinds_.try_emplace(kind, result_.disagreements.size());
    Ran its = ran;
    std::string shortest = shortestOf(sequence, [&](const std::string& shorter) {
      Ran now = run(shorter);
      if (!now.possible || now.steps != shorter.size() || !now.disagreesAs(ran)) return false;
      its = now;
      return true;
    });
    Disagreement d{.sequence = shortest, .before = printed(std::span(its.seen).first(its.last)), .expected = printed(its.lastExpected()), .seen = printed(its.lastSeen())};
    if (isNew) result_.disagreements.push_back(std::move(d));
    else if (shortest.size() < result_.disagreements[told->second].sequence.size()) result_.disagreements[told->second] = std::move(d);
    return false;
  }

  // Whether that reference answers what the implementation has answered to each sequence that was run before this one.
  bool agreesSoFar(const MakeSystem& makeOther, const std::string& until) {
    auto makeSame = reference_.with(explorationScenario(options_.writers, result_.choices), true);
    std::vector<Answer> answers[2];
    for (std::size_t at = 1; at < nodes_.size(); ++at) {
      const auto& node = nodes_[at];
      for (char letter : node.left ? letters() : "") {
        std::string sequence = node.sequence + letter;
        if (sequence == until) break;
        bool wasRun = at <= at_ && (!onlyQuiet_ || isQuiet(letter));
        if (!(wasRun || (node.quiet && isQuiet(letter))) || isLeftOut(sequence) || disagreed_.contains(sequence)) continue;
        System other = makeOther(), same = makeSame();
        Side sides[] = {{other, reference_.allocators, documents_[0], options_.writerCount}, {same, reference_.allocators, documents_[0], options_.writerCount}};
        answers[0].clear(), answers[1].clear();
        bool possible = true;
        for (std::size_t i = 0; possible && i < sequence.size(); ++i) {
          possible = sides[0].can(sequence[i]) && sides[1].can(sequence[i]);
          if (possible) sides[0].step(sequence[i], answers[0]), sides[1].step(sequence[i], answers[1]);
        }
        if (answers[0] != answers[1]) return false;
      }
    }
    return true;
  }

  // The place of the sequence in the search: its own, or that of one that it cannot be told from, as far as the reference and the last two steps go.
  std::uint32_t nodeOf(const std::string& sequence, const Ran& ran, int left) {
    if (left == 0) return 0;
    auto next = static_cast<std::uint32_t>(nodes_.size());
    if (options_.merge) {
      std::string key = ran.state + '/' + sequence.substr(sequence.size() < 2 ? 0 : sequence.size() - 2) + '/';
      for (char letter : letters()) key += static_cast<char>('0' + std::min<std::ptrdiff_t>(2, std::count(sequence.begin(), sequence.end(), letter)));
      auto [known, isNew] = known_.try_emplace(std::move(key), next);
      if (!isNew && nodes_[known->second].left >= left) return ++result_.merged, known->second;
      known->second = next;
    }
    nodes_.push_back({sequence, left, {}});
    return next;
  }

  // How many sequences there are up to the depth, those among them that were left out.
  void count() {
    std::map<std::pair<std::uint32_t, int>, std::uint64_t> at;  // by place and steps left: sequences that lead there
    for (auto start : starts_) at[{start, nodes_[start].left}] = 1;
    for (int step = 0; step < options_.depth; ++step) {
      std::map<std::pair<std::uint32_t, int>, std::uint64_t> behind;
      for (auto [place, ways] : at)
        if (place.second)
          for (auto next : nodes_[place.first].next) behind[{next, place.second - 1}] += ways, result_.covered += ways;
      at = std::move(behind);
    }
  }

  const MakeSystem& make_;
  const Reference& reference_;
  const Allocators& allocators_;
  const ExploreOptions& options_;
  const std::function<void(std::string_view)>& began_;
  MakeSystem makeReference_;
  std::u16string documents_[2];  // the reference's, the implementation's
  std::deque<Node> nodes_;
  std::size_t at_ = 0;                  // whose steps are made
  bool onlyQuiet_ = false;
  std::vector<std::uint32_t> starts_;   // of them: the beginning and the late states
  std::unordered_map<std::string, std::uint32_t> known_;
  std::map<std::string, std::size_t> kinds_;   // which of the disagreements
  std::set<std::string> disagreed_;
  std::set<std::pair<std::string, std::string>> refuted_;   // choices that an earlier answer speaks against
  std::map<std::pair<std::string, std::string>, MakeSystem> others_;   // the reference with one choice more
  Exploration result_;
};

}  // namespace

// The first one failed in somebody else's backup, so that there is something to tell.
const char* const kExploredWriters =
    R"([{"name": "Failed Writer", "classId": "5a0d0074-a9e0-4f1c-8d3e-1032547698ba", "instanceId": "7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7cf1",)"
    R"( "state": "VSS_WS_FAILED_AT_THAW", "failure": "VSS_E_WRITERERROR_RETRYABLE"},)"
    R"( {"name": "Well Writer", "classId": "5b0d0074-a9e0-4f1c-8d3e-1032547698ba", "instanceId": "7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7cf2"}])";

std::string explorationScenario(const std::string& writers, const Choices& choices) {
  std::string scenario = R"({"writers": )" + writers + R"(, "operations": {)", chosen;
  for (const char* starter : {"gatherWriterMetadata", "gatherWriterStatus", "prepareForBackup", "doSnapshotSet", "backupComplete"})
    scenario += (scenario.ends_with('{') ? "\"" : ", \"") + std::string(starter) + R"(": {"polls": 1})";
  for (const auto& [name, value] : choices) chosen += (chosen.empty() ? "" : ", ") + jsonString(name) + ": " + jsonString(value);
  return scenario + R"(}, "choices": {)" + chosen + "}}";
}

std::string lettersInWords(std::string_view sequence) {
  std::string text;
  for (char letter : sequence) text += (text.empty() ? "" : ", ") + std::string(kAlphabet[letters().find(letter)].words);
  return text;
}

std::string printAnswer(const Answer& answer) {
  std::ostringstream out;
  out << answer.call << " = " << (answer.call.starts_with("Release") ? std::to_string(answer.result) : nameOf(answer.result));
  if (answer.call == "QueryStatus") out << ", " << nameOf(static_cast<HRESULT>(answer.numbers[0]));
  else if (answer.call == "GetWriterStatusCount") out << ", " << answer.numbers[0];
  else if (answer.call.starts_with("GetWriterStatus(")) {
    for (const auto& id : answer.ids) out << (&id == answer.ids ? ", " : " ") << (id == kUntouchedId ? "untouched" : toString(id));
    out << " " << (answer.text == untouchedText.text ? "untouched" : quoted(answer.text)) << " ";
    if (answer.numbers[0] == kUntouched) out << "untouched";
    else out << enumeratorName("VSS_WRITER_STATE", static_cast<std::int32_t>(answer.numbers[0]));
    out << " " << (answer.numbers[1] == kUntouched ? "untouched" : nameOf(static_cast<HRESULT>(answer.numbers[1])));
  } else if (answer.pointer) out << ", an object";
  return out.str();
}

std::string shortestOf(std::string sequence, const std::function<bool(const std::string&)>& shows) {
  for (std::size_t at = 0; at + 1 < sequence.size();) {
    bool shorter = false;
    for (std::size_t length : {2, 1}) {
      if (at + length >= sequence.size()) continue;
      std::string without = sequence.substr(0, at) + sequence.substr(at + length);
      if (!shows(without)) continue;
      sequence = without, shorter = true;
      break;
    }
    at = shorter ? 0 : at + 1;
  }
  return sequence;
}

std::string shortestDeath(const std::string& met, const std::function<bool(const std::string&)>& dies) {
  std::string sequence(met.empty() ? kWritersSteps : met == "r" ? kDocumentSteps : met);
  if (!dies(sequence)) sequence = met;
  while (sequence.size() > met.size() && sequence.size() > 1 && dies(sequence.substr(0, sequence.size() - 1))) sequence.pop_back();
  return shortestOf(sequence, dies);
}

std::vector<std::vector<Answer>> answersTo(std::string_view sequence, const System& system, const System& documentFrom, const Allocators& allocators, unsigned writerCount) {
  std::u16string document;
  if (sequence.find('r') != sequence.npos) document = documentOf(documentFrom, allocators);
  Side side(system, allocators, document, writerCount);
  std::vector<std::vector<Answer>> steps;
  for (char letter : sequence) {
    if (!side.can(letter)) break;
    side.step(letter, steps.emplace_back());
  }
  return steps;
}

std::optional<Disagreement> disagreementOf(const std::string& sequence, const std::vector<std::vector<Answer>>& expected, const std::vector<std::vector<Answer>>& seen) {
  if (sequence.empty() || expected.size() != sequence.size() || seen.size() != sequence.size() || expected.back() == seen.back()) return std::nullopt;
  if (!std::equal(expected.begin(), expected.end() - 1, seen.begin())) return std::nullopt;
  Disagreement found{.sequence = sequence, .before = {}, .expected = printed(expected.back()), .seen = printed(seen.back())};
  for (std::size_t i = 0; i + 1 < seen.size(); ++i)
    for (auto& answer : printed(seen[i])) found.before.push_back(std::move(answer));
  return found;
}

Exploration explore(const MakeSystem& make, const Reference& reference, const Allocators& allocators, const ExploreOptions& options,
                    const std::function<void(std::string_view)>& began) {
  return Search(make, reference, allocators, options, began).all();
}

}  // namespace vss::conformance
