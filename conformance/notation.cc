#include "conformance/notation.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <set>

#include "conformance/fixtures.h"

namespace vss::conformance {
namespace {

struct Token {
  enum class Kind : std::uint8_t { word, text, mark, end } kind = Kind::end;
  std::string_view text;  // without the quotes
  std::size_t at = 0;
};

bool isWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '@' || c == '-'; }

// Words, "texts", and marks of one or two characters.
class Words {
 public:
  explicit Words(std::string_view text) : all_(text) { advance(); }

  const Token& now() const { return now_; }
  bool at(std::string_view mark) const { return now_.kind != Token::Kind::text && now_.kind != Token::Kind::end && now_.text == mark; }
  bool atEnd() const { return now_.kind == Token::Kind::end; }
  bool take(std::string_view mark) {
    if (!at(mark)) return false;
    advance();
    return true;
  }
  void expect(std::string_view mark) {
    if (!take(mark)) fail("expected " + std::string(mark));
  }
  std::string word(const char* what) {
    if (now_.kind != Token::Kind::word) fail(std::string("expected ") + what);
    std::string word(now_.text);
    advance();
    return word;
  }
  std::string quoted() {
    if (now_.kind != Token::Kind::text) fail("expected a text in double quotes");
    std::string text(now_.text);
    advance();
    return text;
  }
  [[noreturn]] void fail(const std::string& what) const { fail(what, now_); }
  [[noreturn]] static void fail(const std::string& what, const Token& where) {
    std::string found = where.kind == Token::Kind::end ? "the end" : "\"" + std::string(where.text) + "\"";
    throw NotationError(where.at, what + ", found " + found);
  }

 private:
  void advance() {
    while (next_ < all_.size() && all_[next_] == ' ') ++next_;
    now_ = {Token::Kind::end, {}, next_};
    if (next_ == all_.size()) return;
    std::size_t start = next_;
    if (all_[next_] == '"') {
      std::size_t close = all_.find('"', next_ + 1);
      if (close == all_.npos) throw NotationError(start, "the text in double quotes does not end");
      now_ = {Token::Kind::text, all_.substr(start + 1, close - start - 1), start};
      next_ = close + 1;
      return;
    }
    auto two = all_.substr(start, 2);
    if (two == "!=" || two == ">=" || two == "..") next_ += 2;
    else if (isWordCharacter(all_[next_])) {
      while (next_ < all_.size() && isWordCharacter(all_[next_])) ++next_;
      now_ = {Token::Kind::word, all_.substr(start, next_ - start), start};
      if (now_.text == "-") now_.kind = Token::Kind::mark;
      return;
    } else ++next_;
    now_ = {Token::Kind::mark, all_.substr(start, next_ - start), start};
  }

  std::string_view all_;
  std::size_t next_ = 0;
  Token now_;
};

// ---- Numbers ----

// A number, or a constant of the API: an enumerator, an HRESULT, true, false, INFINITE. 32 bits, as the API's own.
std::optional<std::int64_t> numberNamed(std::string_view word) {
  if (word == "true") return 1;
  if (word == "false") return 0;
  if (word == "INFINITE") return kInfinite;
  if (!word.empty() && std::isdigit(static_cast<unsigned char>(word[0]))) {
    bool hex = word.starts_with("0x");
    std::int64_t number = 0;
    auto digits = hex ? word.substr(2) : word;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return number;
  }
  if (auto result = resultNamed(word)) return *result;
  for (const char* type : {"VSS_SNAPSHOT_CONTEXT", "VSS_VOLUME_SNAPSHOT_ATTRIBUTES", "VSS_WRITER_STATE", "VSS_BACKUP_TYPE", "VSS_RESTORE_TYPE",
                           "VSS_COMPONENT_TYPE", "VSS_FILE_RESTORE_STATUS", "VSS_OBJECT_TYPE", "VSS_SNAPSHOT_STATE", "VSS_RESTOREMETHOD_ENUM",
                           "VSS_RESTORE_TARGET", "VSS_ROLLFORWARD_TYPE"})
    if (auto value = enumeratorNamed(type, word)) return *value;
  return std::nullopt;
}

// A number or a sum of flags: VSS_CTX_BACKUP + VSS_VOLSNAP_ATTR_TRANSPORTABLE.
std::int64_t number(Words& words) {
  std::int64_t sum = 0;
  do {
    Token where = words.now();
    auto value = numberNamed(words.word("a number or a constant"));
    if (!value) Words::fail("expected a number or a constant of the API", where);
    sum += *value;
  } while (words.take("+"));
  return sum;
}

HRESULT code(Words& words) {
  Token where = words.now();
  auto result = resultNamed(words.word("an HRESULT"));
  if (!result) Words::fail("expected an HRESULT by name, or as 0x…", where);
  return *result;
}

// ---- Ids ----

struct NamedId { std::string_view name; Guid id; };
constexpr NamedId kIds[] = {
    {"GUID_NULL", {}},
    {"VSS_SWPRV_ProviderId", {0xB5946137, 0x7B9F, 0x4925, {0xAF, 0x80, 0x51, 0xAB, 0xD6, 0x0B, 0x20, 0xD5}}},
    {"fixture", kFixtureWriter},
    {"second", kSecondInstance},
    {"nobody", {0x5A0D00FF, 0x0B0D, 0x4F1C, {0x8D, 0x3E, 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA}}},
};

// ---- Situations ----

constexpr std::string_view kFamily[] = {"IVssBackupComponents", "IVssBackupComponentsEx", "IVssBackupComponentsEx2", "IVssBackupComponentsEx3",
                                        "IVssBackupComponentsEx4"};

// What the variables of a situation hold: objects of an interface, or else nullptr.
using Variables = std::map<std::string, const InterfaceInfo*, std::less<>>;

const MethodInfo* methodOn(const InterfaceInfo& interface_, std::string_view name) {
  if (auto* method = methodNamed("IUnknown", name)) return method;
  for (const auto* method : widestOf(interface_).methods)
    if (method->name == name) return method;
  return nullptr;
}

const MethodInfo* methodOn(Step::On on, std::string_view name) {
  if (name == "CreateVssBackupComponents" && on != Step::On::operation) return &createVssBackupComponents();
  if (on == Step::On::session)
    if (auto* function = methodNamed("", name)) return function;
  if (auto* method = methodNamed("IUnknown", name)) return method;
  if (on == Step::On::operation) return methodNamed("IVssAsync", name);
  for (auto interface_ : kFamily)
    if (auto* method = methodNamed(interface_, name)) return method;
  return nullptr;
}

Argument argument(Words& words, const Variables& variables) {
  if (words.take("&")) return {Argument::Kind::standard, 0, words.word("the name of a variable")};
  if (words.now().kind == Token::Kind::text) return {Argument::Kind::text, 0, words.quoted()};
  Token where = words.now();
  if (words.take("NULL")) return {Argument::Kind::null, 0, ""};
  if (words.take("n")) return {Argument::Kind::n, 0, ""};
  if (words.take("i")) return {Argument::Kind::each, 0, ""};
  if (words.take("document")) return {Argument::Kind::document, 0, ""};
  if (variables.count(where.text)) {
    Argument argument{Argument::Kind::variable, 0, words.word("a variable")};
    if (words.take(".")) argument.text += "." + words.word("a field");
    return argument;
  }
  if (idNamed(where.text)) return {Argument::Kind::id, 0, words.word("an id")};
  return {Argument::Kind::number, number(words), ""};
}

std::size_t parameterNamed(const MethodInfo& method, std::string_view name, const Token& where) {
  for (std::size_t i = 0; i < method.params.size(); ++i)
    if (method.params[i].name == name) return i;
  std::string known;
  for (const auto& param : method.params) known += (known.empty() ? "" : ", ") + std::string(param.name);
  Words::fail(std::string(method.name) + " has no such parameter; it has " + (known.empty() ? "none" : known), where);
}

// with A or B NULL: one step for each. with A and B NULL: one step.
std::vector<std::vector<std::size_t>> nulls(Words& words, const MethodInfo& method) {
  std::vector<std::vector<std::size_t>> ways{{}};
  do {
    Token where = words.now();
    ways.back().push_back(parameterNamed(method, words.word("a parameter"), where));
    if (words.take("or")) ways.emplace_back();
    else if (!words.take("and")) break;
  } while (true);
  words.expect("NULL");
  return ways;
}

std::optional<Outcome> outcomeNamed(std::string_view word) {
  if (word == "pending") return Outcome::pending;
  if (word == "cancelled") return Outcome::cancelled;
  if (word == "failed") return Outcome::failed;
  if (word == "released") return Outcome::released;
  return std::nullopt;
}

bool startsOperation(const MethodInfo& method) { return !method.params.empty() && method.params.back().type == "IVssAsync"; }

// What the step's outputs are called from here on.
void learn(Variables& variables, const Step& step) {
  for (std::size_t i = 0; i < step.arguments.size(); ++i) {
    const ParamInfo& param = step.method->params[i];
    const Argument& argument = step.arguments[i];
    if (param.isInput() || argument.kind != Argument::Kind::standard || argument.text.empty()) continue;
    // QueryInterface hands out what it was asked for.
    variables[argument.text] = interfaceNamed(param.type != "void" ? param.type : std::string_view(step.arguments[0].text));
  }
}

// One step; several where it has an "or".
std::vector<Step> step(Words& words, Variables& variables) {
  Step step;
  Token where = words.now();
  if (!where.text.empty() && std::isdigit(static_cast<unsigned char>(where.text[0]))) {
    step.times = static_cast<std::uint32_t>(number(words));
    words.expect("times");
    where = words.now();
  }
  std::string name = words.word("a method");
  if (words.take(".")) {
    if (name == "a") step.on = Step::On::operation;
    else if (name == "other") step.on = Step::On::other;
    else if (auto known = variables.find(name); known != variables.end() && known->second) step.on = Step::On::variable, step.object = name;
    else Words::fail("expected a (the operation that was started last), other (a second object) or an object that a call before has handed out", where);
    where = words.now();
    name = words.word("a method");
  }
  step.method = step.on == Step::On::variable ? methodOn(*variables[step.object], name) : methodOn(step.on, name);
  if (!step.method && step.on == Step::On::variable) Words::fail("expected a method of " + std::string(variables[step.object]->name), where);
  if (!step.method) Words::fail(step.on == Step::On::operation ? "expected a method of IVssAsync" : "expected a method of IVssBackupComponents or its extensions", where);
  step.arguments.resize(step.method->params.size());
  std::vector<Step> steps;
  if (words.take("*")) step.outcome = Outcome::finished;
  std::vector<std::pair<std::size_t, Argument>> fan;  // an argument with an "or"
  if (words.take("(")) {
    for (std::size_t i = 0; !words.take(")"); ++i) {
      if (i) words.expect(",");
      if (i >= step.arguments.size()) words.fail(name + " has only " + std::to_string(step.arguments.size()) + " parameters");
      step.arguments[i] = argument(words, variables);
      while (words.take("or")) fan.emplace_back(i, argument(words, variables));
    }
  }
  learn(variables, step);
  steps.push_back(step);
  for (const auto& [place, value] : fan) {
    steps.push_back(step);
    steps.back().arguments[place] = value;
  }
  if (words.take("with")) {
    auto ways = nulls(words, *step.method);
    std::vector<Step> each;
    for (const auto& one : steps)
      for (const auto& way : ways) {
        each.push_back(one);
        for (auto place : way) each.back().arguments[place] = {Argument::Kind::null, 0, ""};
      }
    steps = std::move(each);
  }
  if (words.take("in")) {
    words.expect("two");
    words.expect("threads");
    for (auto& one : steps) one.twoThreads = true;
  }
  if (auto outcome = outcomeNamed(words.now().text); outcome && words.now().kind == Token::Kind::word) {
    if (!startsOperation(*step.method)) words.fail(name + " starts no operation");
    words.take(words.now().text);
    for (auto& one : steps) one.outcome = *outcome;
  } else if (step.outcome == Outcome::finished && !startsOperation(*step.method)) Words::fail(name + " starts no operation that could finish", where);
  if (words.take("=")) {
    if (words.take("any")) {
      for (auto& one : steps) one.anyResult = true;
    } else {
      HRESULT result = code(words);
      for (auto& one : steps) one.result = result;
    }
  }
  return steps;
}

constexpr StateRow kStates[] = {
    {"-", ""},
    {"U", "CreateVssBackupComponents"},
    {"@B0", "U > InitializeForBackup(NULL)"},
    {"@B1", "@B0 > SetBackupState > GatherWriterMetadata*"},
    {"@B2", "@B1 > AddComponent > StartSnapshotSet > AddToSnapshotSet"},
    {"@B3", "@B2 > PrepareForBackup*"},
    {"@B4", "@B3 > DoSnapshotSet*"},
    {"@B5", "@B4 > SetBackupSucceeded > BackupComplete*"},
    {"@R0", "U > InitializeForRestore(document)"},
    {"@R1", "@R0 > GatherWriterMetadata*"},
    {"@R2", "@R1 > SetSelectedForRestore"},
    {"@R3", "@R2 > PreRestore*"},
    {"@R4", "@R3 > SetFileRestoreStatus > PostRestore*"},
};

const StateRow* stateNamed(std::string_view name) {
  for (const auto& state : kStates)
    if (state.name == name) return &state;
  return nullptr;
}

}  // namespace

std::optional<Guid> idNamed(std::string_view name) {
  if (const InterfaceInfo* interface_ = name.starts_with("I") ? interfaceNamed(name) : nullptr) return interface_->iid;
  for (const auto& known : kIds)
    if (known.name == name) return known.id;
  return std::nullopt;
}

std::span<const StateRow> stateTable() { return kStates; }

std::vector<Step> stepsTo(std::string_view name) {
  std::vector<Step> steps;
  const StateRow* state = stateNamed(name);
  if (!state || state->steps.empty()) return steps;
  Words words(state->steps);
  Variables none;
  if (stateNamed(words.now().text)) {
    steps = stepsTo(words.now().text);
    words.take(words.now().text);
    if (!words.atEnd()) words.expect(">");
  }
  while (!words.atEnd()) {
    steps.push_back(step(words, none)[0]);
    if (!words.atEnd()) words.expect(">");
  }
  return steps;
}

namespace {

// Names of variables that nothing uses only told the reader what an output is.
void forgetUnused(Recipe& recipe, std::span<const std::string> compared) {
  std::set<std::string, std::less<>> used(compared.begin(), compared.end());
  for (const auto& step : recipe.steps) {
    used.insert(step.object);
    for (const auto& argument : step.arguments)
      if (argument.kind == Argument::Kind::variable) used.insert(argument.text.substr(0, argument.text.find('.')));
  }
  for (auto& step : recipe.steps)
    for (std::size_t i = 0; i < step.arguments.size(); ++i) {
      auto& argument = step.arguments[i];
      if (argument.kind == Argument::Kind::standard && (step.method->params[i].isInput() || !used.count(argument.text))) argument.text.clear();
    }
}

// Words up to a comma or colon, which fixtures.cc knows.
Fixture fixture(Words& words) {
  Token where = words.now();
  std::vector<std::string> parts;
  while (!words.atEnd() && !words.at(",") && !words.at(":")) parts.push_back(words.now().kind == Token::Kind::text ? words.quoted() : words.word("a word"));
  auto fixture = fixtureOf(parts);
  if (!fixture) Words::fail("expected one of: " + knownFixtures(), where);
  return *fixture;
}

}  // namespace

std::vector<Recipe> parseSituation(std::string_view text, std::span<const std::string> compared) {
  Words words(text);
  Recipe recipe;
  if (words.take("given")) {
    do recipe.fixtures.push_back(fixture(words));
    while (words.take(","));
    words.expect(":");
  }
  std::vector<Recipe> recipes;
  do {
    Token where = words.now();
    const StateRow* state = stateNamed(where.text);
    if (!state || where.kind == Token::Kind::text) words.fail("expected a state: -, U, @B0 … @B5 or @R0 … @R4");
    words.take(where.text);
    recipe.state = state->name;
    recipe.prefix = stepsTo(state->name);
    recipes.push_back(recipe);
  } while (words.take("or"));
  words.expect(">");
  Variables variables;
  do {
    auto ways = step(words, variables);
    std::vector<Recipe> each;
    for (const auto& way : ways)
      for (const auto& one : recipes) {
        each.push_back(one);
        each.back().steps.push_back(way);
      }
    recipes = std::move(each);
  } while (words.take(">"));
  if (!words.atEnd()) words.fail("expected > and a step, or the end");
  for (auto& one : recipes) forgetUnused(one, compared);
  return recipes;
}

// ---- Conditions ----

namespace {

template <std::size_t N> std::uint32_t bitsOf(Words& words, const std::array<std::string_view, N>& names, const char* what) {
  std::uint32_t mask = 0;
  do {
    auto found = std::find(names.begin(), names.end(), words.now().text);
    if (found == names.end()) words.fail(std::string("expected ") + what);
    mask |= 1u << (found - names.begin());
    words.take(words.now().text);
  } while (words.take("or"));
  return mask;
}

constexpr std::array<std::string_view, 10> kStages{"none", "running", "pending", "ended", "finished", "failed", "cancelled", "stale", "freed", "unknown"};
constexpr std::array<std::string_view, 4> kKinds{"unknown", "uninitialized", "backup", "restore"};
constexpr std::array<std::string_view, 4> kSets{"none", "started", "filled", "unknown"};

struct StageName { std::string_view name; Stage SessionState::* stage; };
constexpr StageName kStageNames[] = {{"metadata", &SessionState::metadata},     {"status", &SessionState::status},
                                     {"prepare", &SessionState::prepare},       {"snapshot", &SessionState::snapshot},
                                     {"complete", &SessionState::complete},     {"preRestore", &SessionState::preRestore},
                                     {"postRestore", &SessionState::postRestore}};

// What a session has been through: the condition's word, and what follows it for yes and for no.
struct FlagName { std::string_view name; bool SessionState::* flag; std::string_view yes, no; };
constexpr FlagName kFlags[] = {{"aborted", &SessionState::aborted, "", "never"},
                               {"backupState", &SessionState::backupStateSet, "set", "unset"},
                               {"context", &SessionState::contextSet, "set", "unset"}};

std::uint32_t stateBits(Words& words) {
  std::uint32_t mask = 0;
  do {
    auto number = stateNumber(words.now().text);
    if (!number) words.fail("expected a state: U, @B0 … @B5 or @R0 … @R4");
    mask |= 1u << *number;
    words.take(words.now().text);
  } while (words.take("or"));
  return mask;
}

bool startsNumber(std::string_view word) { return numberNamed(word) || (!word.empty() && std::isdigit(static_cast<unsigned char>(word[0]))); }

// What follows a parameter's name or a count: = 1 or 2, != NULL, in 0..15, < n, untouched, set.
void comparison(Words& words, Condition& condition) {
  using Relation = Condition::Relation;
  using Other = Condition::Other;
  if (words.take("untouched")) return void(condition.relation = Relation::untouched);
  if (words.take("set")) return void(condition.relation = Relation::set);
  if (words.take("known")) return void(condition.relation = Relation::known);
  if (words.take("unknown")) return void(condition.relation = Relation::unknown);
  if (words.take("in")) {
    condition.relation = Relation::within;
    condition.numbers.push_back(number(words));
    words.expect("..");
    condition.numbers.push_back(number(words));
    return;
  }
  if (words.take("=")) condition.relation = Relation::equal;
  else if (words.take("!=")) condition.relation = Relation::notEqual;
  else if (words.take("<")) condition.relation = Relation::less;
  else if (words.take(">=")) condition.relation = Relation::atLeast;
  else words.fail("expected =, !=, <, >=, in, set, untouched, known or unknown");
  do {
    if (words.now().kind == Token::Kind::text) condition.others.push_back(Other::text), condition.text = words.quoted();
    else if (words.take("NULL")) condition.others.push_back(Other::null);
    else if (words.take("n")) condition.others.push_back(Other::count);
    else if (words.take("m")) condition.others.push_back(Other::metadataCount);
    else if (words.take("before")) condition.others.push_back(Other::before);
    else if (words.take("failure")) condition.others.push_back(Other::failure);
    else if (words.take("outcome")) condition.others.push_back(Other::operationResult);
    else if (auto id = idNamed(words.now().text)) {
      condition.others.push_back(Other::text);
      condition.text.append(reinterpret_cast<const char*>(&*id), sizeof(Guid));
      words.take(words.now().text);
    } else if (words.now().kind == Token::Kind::word && !startsNumber(words.now().text)) {
      if (condition.variables.empty()) condition.others.push_back(Other::variables);
      std::size_t at = words.now().at;
      condition.variables.push_back({words.word("the name of an output"), at});
    } else condition.numbers.push_back(number(words));
  } while (words.take("or"));
}

Condition condition(Words& words) {
  using Kind = Condition::Kind;
  Condition condition;
  condition.at = words.now().at;
  if (words.take("recipe")) return condition;
  auto flag = [&](std::string_view word, Kind kind) { return words.take(word) ? (condition.kind = kind, true) : false; };
  if (words.take("cancel")) return words.expect("asked"), condition.kind = Kind::cancelAsked, condition;
  if (words.take("without")) return words.expect("writers"), condition.kind = Kind::withoutWriters, condition.mask = 1, condition;
  if (words.take("writers")) return condition.kind = Kind::withoutWriters, condition.mask = 0, condition;
  for (const auto& [name, member, yes, no] : kFlags) {
    if (!flag(name, Kind::flag)) continue;
    condition.flag = member;
    if (words.take(no)) return condition;
    condition.mask = 1;
    if (yes.empty() || words.take(yes)) return condition;
    if (name != "context") words.fail("expected " + std::string(yes) + " or " + std::string(no));
    return condition.kind = Kind::context, comparison(words, condition), condition;
  }
  if (flag("kind", Kind::kind)) return condition.mask = bitsOf(words, kKinds, "uninitialized, backup or restore"), condition;
  if (flag("state", Kind::state)) return condition.mask = stateBits(words), condition;
  if (flag("set", Kind::set)) return condition.mask = bitsOf(words, kSets, "none, started or filled"), condition;
  if (flag("operation", Kind::operation)) return condition.mask = bitsOf(words, kStages, "a stage: none, running, pending, ended, finished, failed, cancelled"), condition;
  for (const auto& [name, stage] : kStageNames)
    if (flag(name, Kind::stage)) {
      condition.stage = stage;
      return condition.mask = bitsOf(words, kStages, "a stage: none, running, pending, ended, finished, failed, cancelled, stale or freed"), condition;
    }
  if (flag("starter", Kind::starter)) return condition.name = words.word("a method"), condition;
  if (flag("n", Kind::count)) return comparison(words, condition), condition;
  if (flag("m", Kind::metadataCount)) return comparison(words, condition), condition;
  if (flag("result", Kind::result)) return comparison(words, condition), condition;
  condition.kind = Kind::parameter;
  condition.name = words.word("a condition, or the name of a parameter");
  comparison(words, condition);
  return condition;
}

}  // namespace

std::vector<Condition> parseGuard(std::string_view text) {
  Words words(text);
  std::vector<Condition> conditions;
  if (words.take("any")) {
    if (!words.atEnd()) words.expect(",");
    else return conditions;
  }
  do conditions.push_back(condition(words));
  while (words.take(","));
  if (!words.atEnd()) words.fail("expected a comma or the end");
  return conditions;
}

Expectation parseExpectation(std::string_view text) {
  using Codes = Expectation::Codes;
  Words words(text);
  Expectation expectation;
  if (words.take("{")) {
    expectation.codes = words.take("not") ? Codes::notListed : Codes::listed;
    if (words.take("failure")) expectation.codes = Codes::failure;
    else if (words.take("outcome")) expectation.codes = Codes::operationResult;
    else
      do expectation.listed.push_back(code(words));
      while (words.take(","));
    words.expect("}");
  } else if (!words.take("any")) words.fail("expected { and HRESULTs, or any");
  while (words.take(";")) {
    if (words.take("at")) {
      words.expect("once");
      expectation.atOnce = true;
    } else expectation.effects.push_back(condition(words));
  }
  if (!words.atEnd()) words.fail("expected ; and an effect, or the end");
  return expectation;
}

std::vector<std::string> comparedWith(const std::vector<Condition>& conditions) {
  std::vector<std::string> names;
  for (const auto& condition : conditions)
    for (const auto& variable : condition.variables) names.push_back(variable.name);
  return names;
}

void checkCompared(const std::vector<Condition>& conditions, std::span<const Recipe> recipes) {
  auto names = [](const Recipe& recipe, const std::string& name) {
    return std::any_of(recipe.steps.begin(), recipe.steps.end() - 1, [&](const Step& step) {
      for (std::size_t i = 0; i < step.arguments.size(); ++i)
        if (!step.method->params[i].isInput() && step.arguments[i].kind == Argument::Kind::standard && step.arguments[i].text == name) return true;
      return false;
    });
  };
  for (const auto& condition : conditions)
    for (const auto& [name, at] : condition.variables) {
      bool named = condition.kind == Condition::Kind::parameter && !recipes.empty();
      for (const auto& recipe : recipes) named = named && names(recipe, name);
      if (!named) throw NotationError(at, "expected a number, a constant of the API or, in an effect, an output that an earlier call of the recipe names, found \"" + name + "\"");
    }
}

void checkParameters(const std::vector<Condition>& conditions, const MethodInfo& method) {
  auto isField = [&](std::string_view name) {
    for (const auto& param : method.params)
      for (const auto& field : param.fields)
        if (field.name == name) return true;
    return false;
  };
  for (const auto& condition : conditions)
    if (condition.kind == Condition::Kind::parameter && !isField(condition.name)) parameterNamed(method, condition.name, {Token::Kind::word, condition.name, condition.at});
}

}  // namespace vss::conformance
