#include "conformance/judge.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "conformance/driver.h"
#include "traces/import.h"
#include "traces/print.h"
#include "traces/vss/text.h"

namespace vss::conformance {
namespace {

using Kind = Condition::Kind;
using Relation = Condition::Relation;
using Other = Condition::Other;

Truth truth(bool yes) { return yes ? Truth::yes : Truth::no; }

// A parameter of a call by its place. step: of a field of the elements of an array, which lie so far apart; 0: it is no such field.
struct Place { bool input = false; std::size_t index = 0; bool found = false; std::size_t step = 0; };

Place placeOf(const Signature& signature, std::string_view name) {
  for (std::size_t i = 0; i < signature.inputs.size(); ++i)
    if (signature.inputs[i].name == name) return {true, i, true};
  for (std::size_t i = 0; i < signature.outputs.size(); ++i)
    if (signature.outputs[i].name == name) return {false, i, true};
  for (std::size_t i = 0; i < signature.elements.size(); ++i)
    if (signature.elements[i].name == name) return {false, signature.outputs.size() + i, true, signature.elements.size()};
  return {};
}

const Value* valueAt(const Call& call, const Place& place) {
  const auto& values = place.input ? call.inputs : call.outputs;
  return place.found && place.index < values.size() ? &values[place.index] : nullptr;
}

struct Question {
  const Call& call;
  const Protocol::Before& before;
  const std::vector<Value>* lastOutputs;   // of the same call in the same state; nullptr: there was none
  const NamedOutputs* named;               // of the recipe's earlier calls; nullptr: it is no call of the recipe's last step
};

Truth compare(Relation relation, std::int64_t number, std::int64_t with) {
  switch (relation) {
    case Relation::equal: return truth(number == with);
    case Relation::notEqual: return truth(number != with);
    case Relation::less: return truth(number < with);
    case Relation::atLeast: return truth(number >= with);
    default: return Truth::no;
  }
}

// "any of them" for =, "none of them" for !=.
class AnyOf {
 public:
  explicit AnyOf(Relation relation) : negative_(relation == Relation::notEqual) {}
  void add(Truth truth) {
    if (negative_ ? truth == Truth::no : truth == Truth::yes) decided_ = true;
    unknown_ |= truth == Truth::unknown;
  }
  Truth result() const {
    if (decided_) return negative_ ? Truth::no : Truth::yes;
    return unknown_ ? Truth::unknown : negative_ ? Truth::yes : Truth::no;
  }

 private:
  bool negative_, decided_ = false, unknown_ = false;
};

Truth compareCount(const Condition& c, std::optional<std::uint32_t> count) {
  if (c.relation == Relation::known) return truth(count.has_value());
  if (c.relation == Relation::unknown) return truth(!count.has_value());
  if (!count) return Truth::unknown;
  AnyOf any(c.relation);
  for (auto number : c.numbers) any.add(compare(c.relation, *count, number));
  return any.result();
}

bool untouched(const Value& value) {
  return value.kind == ValueKind::unchanged || value.kind == ValueKind::zeroed || value.kind == ValueKind::noPointer || value.kind == ValueKind::null;
}

// Whether the callee has written a value there. The driver fills its variables with 0xCC bytes before each call.
bool isSet(const Value& value) {
  switch (value.kind) {
    case ValueKind::number: return value.number != static_cast<std::int32_t>(0xCCCCCCCC) && value.number != 0xCCCCCCCC;
    case ValueKind::stored: return value.bytes.empty() || std::string_view(value.bytes).find_first_not_of('\xCC') != std::string_view::npos;
    case ValueKind::null:
    case ValueKind::object:
    case ValueKind::foreignObject: return true;
    default: return false;
  }
}

Truth compareParameter(const Condition& c, const Place& place, const Question& q) {
  const Value* value = valueAt(q.call, place);
  if (!value) return q.call.result || place.input ? Truth::no : Truth::unknown;
  if (value->kind == ValueKind::missing) return Truth::unknown;
  if (c.relation == Relation::untouched) return truth(untouched(*value));
  if (c.relation == Relation::set) return truth(isSet(*value));
  if (value->kind == ValueKind::unreadable) return Truth::unknown;
  bool isNumber = value->kind == ValueKind::number;
  if (c.relation == Relation::within) return isNumber ? truth(value->number >= c.numbers[0] && value->number <= c.numbers[1]) : Truth::no;
  auto asSigned = [&](std::int64_t n) { return static_cast<std::int32_t>(n) == static_cast<std::int32_t>(value->number); };
  if (isNumber && c.others.empty() && (c.relation == Relation::equal || c.relation == Relation::notEqual))  // what is asked most
    return truth(std::any_of(c.numbers.begin(), c.numbers.end(), asSigned) == (c.relation == Relation::equal));
  AnyOf any(c.relation);
  auto number = [&](std::optional<std::int64_t> with) {
    if (!with) return any.add(Truth::unknown);
    if (!isNumber) return any.add(truth(c.relation == Relation::notEqual));
    bool order = c.relation == Relation::less || c.relation == Relation::atLeast;
    auto unsignedNumber = static_cast<std::int64_t>(static_cast<std::uint32_t>(value->number));
    any.add(order ? compare(c.relation, unsignedNumber, *with) : truth(asSigned(*with) == (c.relation == Relation::equal)));
  };
  for (auto n : c.numbers) number(n);
  const SessionState* session = q.before.session;
  for (auto other : c.others) switch (other) {
    case Other::null: any.add(truth((value->kind == ValueKind::null || value->kind == ValueKind::noPointer || value->kind == ValueKind::zeroed) == (c.relation == Relation::equal))); break;
    case Other::count: number(session ? session->statusCount : std::nullopt); break;
    case Other::metadataCount: number(session ? session->metadataCount : std::nullopt); break;
    case Other::operationResult: number(q.before.operation ? q.before.operation->result : std::nullopt); break;
    case Other::before: {
      const Value* last = q.lastOutputs && place.index < q.lastOutputs->size() ? &(*q.lastOutputs)[place.index] : nullptr;
      any.add(last ? truth((*last == *value) == (c.relation == Relation::equal)) : Truth::unknown);
      break;
    }
    case Other::text: {
      std::u16string wide = toUtf16(c.text);
      bool same = value->kind == ValueKind::stored && (value->bytes == c.text || value->text() == wide);
      any.add(truth(same == (c.relation == Relation::equal)));
      break;
    }
    case Other::failure: any.add(truth((isNumber && value->number < 0) == (c.relation == Relation::equal))); break;
    case Other::variables:
      for (const auto& variable : c.variables) {
        auto known = q.named->find(variable.name);
        any.add(known == q.named->end() || !isSet(known->second) ? Truth::unknown : truth((known->second == *value) == (c.relation == Relation::equal)));
      }
  }
  return any.result();
}

// Of a field of an array's elements: in all of them, however many.
Truth compareElements(const Condition& c, Place place, const Question& q) {
  if (!place.step) return compareParameter(c, place, q);
  Truth all = Truth::yes;
  for (; place.index < q.call.outputs.size() && all != Truth::no; place.index += place.step)
    if (Truth one = compareParameter(c, place, q); one != Truth::yes) all = one;
  return all;
}

Truth compareResult(const Condition& c, const Question& q) {
  auto result = q.call.hresult();
  if (!result) return Truth::unknown;
  AnyOf any(c.relation);
  for (auto number : c.numbers) any.add(compare(c.relation, *result, number));
  if (!c.others.empty()) any.add(truth(failed(*result) == (c.relation == Relation::equal)));
  return any.result();
}

Truth stageIn(std::uint32_t mask, Stage stage) {
  if (mask & 1u << static_cast<unsigned>(stage)) return Truth::yes;
  if (stage == Stage::unknown) return Truth::unknown;
  // "running" may be pending or have ended in any way; "ended" is finished, failed or cancelled.
  constexpr auto bit = [](Stage s) { return 1u << static_cast<unsigned>(s); };
  if (stage == Stage::ended) return mask & (bit(Stage::finished) | bit(Stage::failed) | bit(Stage::cancelled)) ? Truth::unknown : Truth::no;
  if (stage == Stage::running)
    return mask & (bit(Stage::pending) | bit(Stage::ended) | bit(Stage::finished) | bit(Stage::failed) | bit(Stage::cancelled)) ? Truth::unknown : Truth::no;
  return Truth::no;
}

Truth holds(const Condition& c, const Place& place, const Question& q) {
  const SessionState* s = q.before.session;
  const OperationState* operation = q.before.operation;
  switch (c.kind) {
    case Kind::recipe: return Truth::yes;  // otherwise the rule is not asked
    case Kind::kind:
      if (!s || s->kind == SessionKind::unknown) return Truth::unknown;
      return truth(c.mask & 1u << static_cast<unsigned>(s->kind));
    case Kind::state: {
      if (!s || s->kind == SessionKind::unknown) return Truth::unknown;
      auto number = stateNumber(*s);
      return truth(number && (c.mask & 1u << *number));
    }
    case Kind::stage: return s ? stageIn(c.mask, s->*c.stage) : Truth::unknown;
    case Kind::operation: return operation ? stageIn(c.mask, operation->stage) : Truth::unknown;
    case Kind::set:
      if (!s || s->set == SetStage::unknown) return Truth::unknown;
      return truth(c.mask & 1u << static_cast<unsigned>(s->set));
    case Kind::starter: return !operation || !operation->starter ? Truth::unknown : truth(operation->starter->method == c.name);
    case Kind::cancelAsked: return truth(operation && operation->cancelAsked);
    case Kind::withoutWriters: return !s || s->kind == SessionKind::unknown ? Truth::unknown : truth(s->withoutWriters() == (c.mask != 0));
    case Kind::flag: return !s || s->kind == SessionKind::unknown ? Truth::unknown : truth(s->*c.flag == (c.mask != 0));
    case Kind::context: {
      if (!s || s->kind == SessionKind::unknown) return Truth::unknown;
      AnyOf any(c.relation);
      for (auto number : c.numbers) any.add(compare(c.relation, s->context, static_cast<std::int32_t>(number)));
      return any.result();
    }
    case Kind::count: return compareCount(c, s ? s->statusCount : std::nullopt);
    case Kind::metadataCount: return compareCount(c, s ? s->metadataCount : std::nullopt);
    case Kind::parameter: return !c.variables.empty() && !q.named ? Truth::yes : compareElements(c, place, q);
    case Kind::result: return compareResult(c, q);
  }
  return Truth::unknown;
}

Truth codesAllow(const Expectation& expectation, const Question& q) {
  auto result = q.call.hresult();
  if (!result) return Truth::yes;  // a count
  bool listed = std::find(expectation.listed.begin(), expectation.listed.end(), *result) != expectation.listed.end();
  switch (expectation.codes) {
    case Expectation::Codes::any: return Truth::yes;
    case Expectation::Codes::listed: return truth(listed);
    case Expectation::Codes::notListed: return truth(!listed);
    case Expectation::Codes::failure: return truth(failed(*result));
    case Expectation::Codes::operationResult:
      return q.before.operation && q.before.operation->result ? truth(*q.before.operation->result == *result) : Truth::unknown;
  }
  return Truth::unknown;
}

// Which outputs were null in each way that the rule's recipes call its method.
std::vector<std::uint32_t> nullPatterns(const Rule& rule, const Signature& signature, std::uint32_t& care) {
  std::vector<std::uint32_t> patterns;
  care = 0;
  std::map<std::string_view, std::uint32_t> bits;  // of an output parameter, which may be a whole structure
  for (const auto& param : signature.params) {
    if (param.input) continue;
    std::uint32_t bit = 1u << bits.size();
    bits[param.name] = bit;
    if (!param.optional) care |= bit;
  }
  for (const auto& recipe : rule.recipes) {
    const Step& subject = recipe.steps.back();
    if (subject.method->name != signature.method) continue;
    std::uint32_t pattern = 0;
    for (std::size_t i = 0; i < subject.arguments.size(); ++i) {
      if (subject.arguments[i].kind != Argument::Kind::null) continue;
      auto bit = bits.find(subject.method->params[i].name);
      if (bit == bits.end()) continue;
      pattern |= bit->second;
      care |= bit->second;
    }
    if (std::find(patterns.begin(), patterns.end(), pattern) == patterns.end()) patterns.push_back(pattern);
  }
  return patterns;
}

}  // namespace

namespace {

// Everything that conditions ask but for the call's own values: of a session, of an operation, which pointers were null, the result. Equal ones are
// answered alike.
struct GuardState {
  std::array<std::uint64_t, 6> words{};
  bool operator==(const GuardState&) const = default;
  static GuardState of(const Call& call, const Protocol::Before& before) {
    GuardState guard;
    guard.words[5] = std::uint64_t{call.nulls} << 32 | *call.result;
    auto bits = [](auto... values) {
      std::uint64_t word = 0;
      ((word = word << 8 | static_cast<std::uint8_t>(values)), ...);
      return word;
    };
    std::uint64_t flags = 0;
    auto flag = [&](bool set) { flags = flags << 1 | set; };
    static_assert(sizeof(SessionState) == 64, "what a condition may ask of a session has to be in here");
    flag(before.session), flag(before.operation);
    if (const SessionState* s = before.session) {
      guard.words[0] = bits(s->kind, s->metadata, s->status, s->prepare, s->snapshot, s->complete, s->preRestore, s->postRestore);
      for (bool one : {s->contextSet, s->backupStateSet, s->componentAdded, s->succeededSet, s->selected, s->fileStatusSet, s->aborted, s->released}) flag(one);
      flag(s->metadataCount.has_value()), flag(s->statusCount.has_value());
      guard.words[1] = std::uint64_t{s->metadataCount.value_or(0)} << 32 | s->statusCount.value_or(0);
      guard.words[2] = static_cast<std::uint32_t>(s->context);
      flags = flags << 8 | static_cast<std::uint8_t>(s->set);
    }
    if (const OperationState* o = before.operation) {
      guard.words[2] |= std::uint64_t{static_cast<std::uint32_t>(o->result.value_or(0))} << 32;
      guard.words[3] = reinterpret_cast<std::uintptr_t>(o->starter);
      flags = flags << 16 | bits(o->stage, o->cancelAsked << 1 | o->result.has_value());
    }
    guard.words[4] = flags;
    return guard;
  }
};
struct GuardHash {
  std::size_t operator()(const GuardState& guard) const {
    std::uint64_t hash = 0;
    for (auto word : guard.words) hash = (hash ^ word) * 0x9E3779B97F4A7C15u, hash ^= hash >> 32;
    return hash;
  }
};


bool asksTheSame(const Condition& a, const Condition& b) {
  auto plain = [](const Condition& c) { return std::tie(c.name, c.relation, c.numbers, c.others, c.text); };
  return a.variables.empty() && b.variables.empty() && plain(a) == plain(b);
}

// What one object answered the last time, by the first input. Only what was gathered last counts: another gather begins anew.
class LastAnswers {
 public:
  // The first answer of that gather; nullptr: it is this one.
  const std::vector<Value>* of(std::uint64_t since, std::int64_t input, const std::vector<Value>& answer) {
    if (std::exchange(since_, since) != since) others_.clear();
    if (input < 0 || input >= kFew) {
      auto [at, isNew] = others_.try_emplace(input, answer);
      return isNew ? nullptr : &at->second;
    }
    if (few_.size() <= static_cast<std::size_t>(input)) few_.resize(static_cast<std::size_t>(input) + 1);
    auto& known = few_[static_cast<std::size_t>(input)];
    if (known.since == since) return &known.answer;
    known.since = since;
    known.answer = answer;
    return nullptr;
  }
  void clear() {
    for (auto& known : few_) known.since = kNever;
    since_ = kNever;
    others_.clear();
  }

 private:
  static constexpr std::int64_t kFew = 1024;
  static constexpr std::uint64_t kNever = UINT64_MAX;
  struct Known { std::uint64_t since = kNever; std::vector<Value> answer; };
  std::uint64_t since_ = kNever;
  std::vector<Known> few_;  // by input: their memory is used again
  std::unordered_map<std::int64_t, std::vector<Value>> others_;
};

}  // namespace

struct NotationJudge::Compiled {
  const Rule* rule;
  struct Asked { const Condition* condition; Place place; };
  std::vector<Asked> ofState;            // the guard, without
  std::vector<std::size_t> ofValues;     // places in Rules::ofValues
  std::vector<Place> effectPlaces;
  std::vector<std::uint32_t> nulls;
  std::uint32_t care = 0;
  bool repeated = false;  // compares with what the same call said last time
  std::unordered_map<std::uint32_t, LastAnswers> last;  // by object
  LastAnswers spare = {};
};

// A rule whose guard the state does not exclude.
struct NotationJudge::Candidate {
  Compiled* compiled;
  Truth applies, codesAllow;
};

// The rules on a method. Of 85 on GetWriterStatus the state leaves five or so; which, is found once for each state (of 800 ns a call this took 350).
struct NotationJudge::Rules {
  static constexpr std::size_t kStates = 4096;  // no more are kept
  std::vector<Compiled> all;
  std::vector<Compiled::Asked> ofValues;  // what guards ask of the call's values, each once: many rules ask the same
  std::vector<std::optional<Truth>> told; // of them, by the present call
  std::unordered_map<GuardState, std::vector<Candidate>, GuardHash> byState;
  GuardState lastState;
  const std::vector<Candidate>* last = nullptr;
  bool isRelease = false;
};

NotationJudge::NotationJudge(const Catalogue& catalogue, const JudgeOptions& options, const TraceReader& trace)
    : catalogue_(catalogue), options_(options), trace_(trace) {}
NotationJudge::~NotationJudge() = default;

NotationJudge::Rules NotationJudge::compile(const Signature& signature) const {
  Rules rules;
  rules.isRelease = signature.method == "Release";
  for (const Rule& rule : catalogue_.rules()) {
    if (rule.judged != Judged::notation || !fits(rule.id, options_.rules)) continue;
    if (rule.onlyItsRecipe && rule.id != options_.recipe) continue;
    if (trace_.header().origin == Origin::imported && rule.aboutRequester()) continue;
    if (!rule.judges(signature.interface_, signature.method)) continue;
    Compiled compiled{.rule = &rule, .ofState = {}, .ofValues = {}, .effectPlaces = {}, .nulls = {}, .last = {}};
    for (const auto& condition : rule.conditions) {
      Compiled::Asked asked{&condition, placeOf(signature, condition.name)};
      if (condition.kind != Kind::parameter) {
        compiled.ofState.push_back(asked);
        continue;
      }
      auto known = std::find_if(rules.ofValues.begin(), rules.ofValues.end(), [&](auto& other) { return asksTheSame(*other.condition, condition); });
      compiled.ofValues.push_back(static_cast<std::size_t>(known - rules.ofValues.begin()));
      if (known == rules.ofValues.end()) rules.ofValues.push_back(asked);
    }
    for (const auto& effect : rule.expectation.effects) {
      compiled.effectPlaces.push_back(placeOf(signature, effect.name));
      compiled.repeated |= std::find(effect.others.begin(), effect.others.end(), Other::before) != effect.others.end();
    }
    compiled.nulls = nullPatterns(rule, signature, compiled.care);
    rules.all.push_back(std::move(compiled));
  }
  return rules;
}

const std::vector<NotationJudge::Candidate>& NotationJudge::candidates(Rules& rules, const StepReader::Step& step) {
  auto state = GuardState::of(step.call, step.before);
  if (rules.last && rules.lastState == state) return *rules.last;
  if (rules.byState.size() >= Rules::kStates) rules.byState.clear();
  auto [at, isNew] = rules.byState.try_emplace(state);
  if (isNew)
    for (auto& compiled : rules.all) {
      const auto& nulls = compiled.nulls;
      if (!nulls.empty() && std::find(nulls.begin(), nulls.end(), step.call.nulls & compiled.care) == nulls.end()) continue;
      Question question{step.call, step.before, nullptr, nullptr};
      Truth applies = Truth::yes;
      for (const auto& [condition, place] : compiled.ofState) applies = std::min(applies, holds(*condition, place, question));
      if (applies != Truth::no) at->second.push_back({&compiled, applies, codesAllow(compiled.rule->expectation, question)});
    }
  rules.lastState = state;
  rules.last = &at->second;
  return at->second;
}

std::string describeState(const Protocol::Before& before) {
  std::string words;
  if (before.operation) words = operationInWords(*before.operation);
  else if (before.session) words = stateLabel(*before.session) + ": " + stateInWords(*before.session);
  else words = "no object";
  return before.certain ? words : words + "; another thread's call may have changed it";
}

void NotationJudge::see(const StepReader::Step& step, bool last, const NamedOutputs& named, Verdicts& verdicts) {
  const Call& call = step.call;
  if (!call.result) return;  // what never came back is judged by whoever waited for it
  auto& rules = rules_.of(*call.signature, [this](const Signature& signature) { return compile(signature); });
  rules.told.assign(rules.ofValues.size(), std::nullopt);
  if (rules.isRelease && *call.result == 0) forget(call.object);
  for (const auto& candidate : candidates(rules, step)) {
    Compiled& compiled = *candidate.compiled;
    const Rule& rule = *compiled.rule;
    if (rule.onlyItsRecipe && !last) continue;
    Question question{call, step.before, nullptr, last ? &named : nullptr};
    Truth applies = candidate.applies;
    for (std::size_t i = 0; i < compiled.ofValues.size() && applies != Truth::no; ++i) {
      auto& told = rules.told[compiled.ofValues[i]];
      if (!told) told = holds(*rules.ofValues[compiled.ofValues[i]].condition, rules.ofValues[compiled.ofValues[i]].place, question);
      applies = std::min(applies, *told);
    }
    if (applies == Truth::no) continue;
    if (applies == Truth::unknown || !step.before.certain) {
      verdicts.untestable(rule);
      continue;
    }
    if (compiled.repeated && step.before.session) {
      auto [at, isNew] = compiled.last.try_emplace(call.object, std::move(compiled.spare));
      if (isNew && compiled.last.size() == 1) repeated_.push_back(&compiled);
      question.lastOutputs = at->second.of(step.before.session->statusSince, call.inputs.empty() ? 0 : call.inputs[0].number, call.outputs);
      if (!question.lastOutputs) continue;  // nothing to compare with
    }
    Truth kept = candidate.codesAllow;
    for (std::size_t i = 0; i < rule.expectation.effects.size() && kept == Truth::yes; ++i)
      kept = holds(rule.expectation.effects[i], compiled.effectPlaces[i], question);
    double seconds = rule.expectation.atOnce ? trace_.seconds(call.leaveTick - call.enterTick) : 0;
    bool late = kept == Truth::yes && seconds > 1;
    if (late) kept = Truth::no;
    if (kept == Truth::yes) verdicts.kept(rule);
    else if (kept == Truth::unknown) verdicts.untestable(rule);
    else verdicts.broken({&rule, {call.number}, printCall(call), describeState(step.before), rule.expected,
                          printResult(call) + (call.outputs.empty() ? "" : " " + printOutputs(call)) + (late ? " after " + std::to_string(seconds) + " s" : "")});
  }
}

// So that memory does not grow with the sessions of a trace.
void NotationJudge::forget(std::uint32_t object) {
  for (auto* compiled : repeated_) {
    auto known = compiled->last.find(object);
    if (known == compiled->last.end()) continue;
    compiled->spare = std::move(known->second);
    compiled->spare.clear();
    compiled->last.erase(known);
  }
  std::erase_if(repeated_, [](auto* compiled) { return compiled->last.empty(); });
}

std::uint64_t Judgement::violations() const {
  return static_cast<std::uint64_t>(std::count_if(findings.begin(), findings.end(), [](const Finding& f) { return f.violates(); }));
}

namespace {

// Whether the driver made a call as the last step of its recipe.
bool isLast(const std::vector<Remark>& remarks, const Call& call) {
  std::uint64_t from = 0, to = 0;
  for (const auto& remark : remarks) {
    if (remark.text == kJudgedFrom) from = remark.order;
    if (remark.text == kJudgedTo) to = remark.order;
  }
  return from && call.enterOrder > from && (!to || call.enterOrder < to);
}

// What the driver's remarks between two calls say of the first one's outputs.
void takeNamed(NamedOutputs& named, const std::optional<Call>& call, const std::string& remark) {
  if (!call || !remark.starts_with(kNamed)) return;
  auto name = std::string_view(remark).substr(kNamed.size());
  auto is = name.find(kColon);
  const Value* value = is == name.npos ? nullptr : call->output(name.substr(is + kColon.size()));
  if (value) named.insert_or_assign(std::string(name.substr(0, is)), *value);
}

class Collector final : public Verdicts {
 public:
  explicit Collector(const Catalogue& catalogue) : first_(catalogue.rules().data()), tallies_(catalogue.rules().size()) {}
  void kept(const Rule& rule) override { ++tally(rule).kept; }
  void untestable(const Rule& rule) override { ++tally(rule).untestable; }
  void broken(Finding finding) override {
    if (++tally(*finding.rule).broken <= Judgement::kFindings) judgement_.findings.push_back(std::move(finding));
  }
  Judgement take() {
    for (std::size_t i = 0; i < tallies_.size(); ++i)
      if (const Tally& tally = tallies_[i]; tally.kept || tally.broken || tally.untestable) judgement_.tallies[first_[i].id] = tally;
    std::stable_sort(judgement_.findings.begin(), judgement_.findings.end(),
                     [](const Finding& a, const Finding& b) { return (a.calls.empty() ? 0 : a.calls.back()) < (b.calls.empty() ? 0 : b.calls.back()); });
    return std::move(judgement_);
  }

 private:
  Tally& tally(const Rule& rule) { return tallies_[static_cast<std::size_t>(&rule - first_)]; }
  Judgement judgement_;
  const Rule* first_;
  std::vector<Tally> tallies_;  // as the catalogue's rules
};

// Passes on what was asked for.
class Chosen final : public Verdicts {
 public:
  Chosen(Verdicts& to, const Catalogue& catalogue, const JudgeOptions& options, bool imported) : to_(to), first_(catalogue.rules().data()) {
    for (const Rule& rule : catalogue.rules())
      wanted_.push_back(fits(rule.id, options.rules) && !(imported && rule.aboutRequester()) && !(rule.onlyItsRecipe && rule.id != options.recipe));
  }
  void kept(const Rule& rule) override { if (wanted(rule)) to_.kept(rule); }
  void untestable(const Rule& rule) override { if (wanted(rule)) to_.untestable(rule); }
  void broken(Finding finding) override { if (wanted(*finding.rule)) to_.broken(std::move(finding)); }

 private:
  bool wanted(const Rule& rule) const { return wanted_[static_cast<std::size_t>(&rule - first_)]; }
  Verdicts& to_;
  const Rule* first_;
  std::vector<bool> wanted_;
};

}  // namespace

Judgement judge(TraceReader& reader, const Catalogue& catalogue, const JudgeOptions& options) {
  Collector collector(catalogue);
  std::uint64_t calls = 0, failedCalls = 0;
  bool imported = reader.header().origin == Origin::imported;
  ListingGaps gaps(reader);
  StepReader steps(reader);
  NotationJudge notation(catalogue, options, reader);
  std::vector<Remark> remarks;
  NamedOutputs named;
  std::optional<Call> previous;  // of a recipe
  auto code = codeRules(catalogue, remarks, options.recipe);
  Chosen chosen(collector, catalogue, options, imported);
  while (auto step = steps.next()) {
    ++calls;
    failedCalls += step->call.hresult() && failed(*step->call.hresult());
    auto marked = gaps.marked(step->call);
    StepReader::Step judged{marked ? *marked : step->call, step->before};
    for (auto& remark : steps.calls().takeRemarks()) {
      takeNamed(named, previous, remark.text);
      remarks.push_back(std::move(remark));
    }
    if (!options.recipe.empty()) previous = judged.call;
    notation.see(judged, !options.recipe.empty() && isLast(remarks, judged.call), named, collector);
    for (auto& rule : code) rule->see(judged, steps.protocol(), chosen);
  }
  for (auto& remark : steps.calls().takeRemarks()) remarks.push_back(std::move(remark));
  bool whole = reader.footer() && reader.problems().empty() && reader.lostNotes() == 0;
  for (auto& rule : code) rule->end(steps.protocol(), whole, chosen);
  Judgement judgement = collector.take();
  judgement.calls = calls, judgement.failed = failedCalls;
  return judgement;
}

}  // namespace vss::conformance
