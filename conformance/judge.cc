#include "conformance/judge.h"

#include <algorithm>

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
    case ValueKind::stored: return value.bytes.empty() || value.bytes != std::string(value.bytes.size(), '\xCC');
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

struct NotationJudge::Compiled {
  const Rule* rule;
  std::vector<Place> guardPlaces, effectPlaces;
  std::vector<std::uint32_t> nulls;
  std::uint32_t care = 0;
  bool repeated = false;  // compares with what the same call said last time
  // By object; then by the gather and the first input.
  std::unordered_map<std::uint32_t, std::map<std::pair<std::uint64_t, std::int64_t>, std::vector<Value>>> last;
};

NotationJudge::NotationJudge(const Catalogue& catalogue, const JudgeOptions& options, const TraceReader& trace)
    : catalogue_(catalogue), options_(options), trace_(trace) {}
NotationJudge::~NotationJudge() = default;

std::vector<NotationJudge::Compiled>& NotationJudge::rulesFor(const Signature& signature) {
  auto [at, isNew] = compiled_.try_emplace(&signature);
  if (!isNew) return at->second;
  for (const Rule& rule : catalogue_.rules()) {
    if (rule.judged != Judged::notation || !fits(rule.id, options_.rules)) continue;
    if (rule.onlyItsRecipe && rule.id != options_.recipe) continue;
    if (trace_.header().origin == Origin::imported && rule.aboutRequester()) continue;
    if (!rule.judges(signature.interface_, signature.method)) continue;
    Compiled compiled{.rule = &rule, .guardPlaces = {}, .effectPlaces = {}, .nulls = {}, .last = {}};
    for (const auto& condition : rule.conditions) compiled.guardPlaces.push_back(placeOf(signature, condition.name));
    for (const auto& effect : rule.expectation.effects) {
      compiled.effectPlaces.push_back(placeOf(signature, effect.name));
      compiled.repeated |= std::find(effect.others.begin(), effect.others.end(), Other::before) != effect.others.end();
    }
    compiled.nulls = nullPatterns(rule, signature, compiled.care);
    at->second.push_back(std::move(compiled));
  }
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
  if (call.is("Release") && *call.result == 0) forget(call.object);
  auto& rules = rulesFor(*call.signature);
  for (auto& compiled : rules) {
    const Rule& rule = *compiled.rule;
    if (rule.onlyItsRecipe && !last) continue;
    Question question{call, step.before, nullptr, last ? &named : nullptr};
    if (!compiled.nulls.empty() && std::find(compiled.nulls.begin(), compiled.nulls.end(), call.nulls & compiled.care) == compiled.nulls.end()) continue;
    Truth applies = Truth::yes;
    for (std::size_t i = 0; i < rule.conditions.size() && applies != Truth::no; ++i) {
      Truth one = holds(rule.conditions[i], compiled.guardPlaces[i], question);
      if (one != Truth::yes) applies = one;
    }
    if (applies == Truth::no) continue;
    if (applies == Truth::unknown || !step.before.certain) {
      verdicts.untestable(rule);
      continue;
    }
    if (compiled.repeated && step.before.session) {
      auto [at, isNew] = compiled.last[call.object].try_emplace({step.before.session->statusSince, call.inputs.empty() ? 0 : call.inputs[0].number}, call.outputs);
      if (isNew) continue;  // nothing to compare with
      question.lastOutputs = &at->second;
    }
    Truth kept = codesAllow(rule.expectation, question);
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
  for (auto& [signature, rules] : compiled_)
    for (auto& compiled : rules) compiled.last.erase(object);
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
  std::uint64_t calls = 0;
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
  judgement.calls = calls;
  return judgement;
}

}  // namespace vss::conformance
