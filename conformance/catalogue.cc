#include "conformance/catalogue.h"

#include <algorithm>
#include <array>
#include <map>

#include "conformance/catalogue_text.h"

namespace vss::conformance {
namespace {

constexpr Reason kReasons[] = {
    {"statement", "tells how to read or use an answer; no answer can break it"},
    {"outside", "about what a program does beside its VSS calls: waiting, files, services, COM's own calls"},
    {"writer-side", "only the writer, or the service's own record, knows"},
    {"rights", "depends on the caller's rights, which calls do not tell"},
    {"system", "depends on a condition of the machine that calls neither make nor tell"},
    {"memory", "memory has to run out inside the implementation"},
    {"binary", "about a header or a binary, held by tests of the description (traces/vss) and of the exports"},
    {"time", "needs days to come about"},
};

constexpr std::array<std::string_view, 10> kColumns{"id", "subject", "situation", "guard", "expected", "level", "judged", "advice", "ambiguity", "source"};
constexpr std::string_view kStarters[] = {"GatherWriterMetadata", "GatherWriterStatus", "PrepareForBackup", "DoSnapshotSet", "BackupComplete", "PreRestore", "PostRestore"};

std::vector<std::string_view> cells(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    auto tab = line.find('\t');
    cells.push_back(line.substr(0, tab));
    if (tab == line.npos) return cells;
    line.remove_prefix(tab + 1);
  }
}

Level levelNamed(std::string_view name) {
  for (auto level : {Level::must, Level::should, Level::observed, Level::ambiguous})
    if (levelName(level) == name) return level;
  throw NotationError(0, "expected must, should, observed or ambiguous, found \"" + std::string(name) + "\"");
}

// "GetWriterStatus", "IVssAsync::Wait", "starters", "A and B".
std::vector<std::string> methodsOf(std::string_view subject, std::string& interface_) {
  if (subject == "starters") return {std::begin(kStarters), std::end(kStarters)};
  std::vector<std::string> methods;
  while (!subject.empty()) {
    auto end = subject.find(" and ");
    auto name = subject.substr(0, end);
    if (auto colons = name.find("::"); colons != name.npos) interface_ = name.substr(0, colons), name.remove_prefix(colons + 2);
    methods.emplace_back(name);
    subject = end == subject.npos ? std::string_view() : subject.substr(end + 5);
  }
  return methods;
}

void parse(Rule& rule, std::string_view& column) {
  column = "level";
  if (rule.judged == Judged::never) {
    column = "judged";
    auto known = std::find_if(std::begin(kReasons), std::end(kReasons), [&](auto& reason) { return reason.name == rule.reason; });
    if (known == std::end(kReasons)) throw NotationError(0, "\"" + rule.reason + "\" is no reason of the closed list");
    return;
  }
  rule.methods = methodsOf(rule.subject, rule.interface_);
  if (rule.judged != Judged::code) {
    column = "expected";
    rule.expectation = parseExpectation(rule.expected);
  }
  column = "situation";
  if (rule.situation != "any") rule.recipes = parseSituation(rule.situation, comparedWith(rule.expectation.effects));
  const MethodInfo* method = rule.recipes.empty() || rule.judged == Judged::code ? nullptr : rule.recipes[0].steps.back().method;
  if (method && std::find(rule.methods.begin(), rule.methods.end(), method->name) == rule.methods.end())
    throw NotationError(0, "the situation ends in " + std::string(method->name) + ", which is not the rule's subject");
  if (method && !rule.judges(method->interface_, method->name))
    throw NotationError(0, "the situation ends in a method of " + std::string(method->interface_) + ", which is not the rule's subject");
  column = "guard";
  rule.conditions = parseGuard(rule.guard);
  for (const auto& condition : rule.conditions) rule.onlyItsRecipe |= condition.kind == Condition::Kind::recipe;
  checkCompared(rule.conditions, {});
  if (rule.judged == Judged::code) return;
  if (method) checkParameters(rule.conditions, *method);
  column = "expected";
  checkCompared(rule.expectation.effects, rule.recipes);
  if (method && rule.methods.size() == 1) checkParameters(rule.expectation.effects, *method);
}

}  // namespace

bool Rule::judges(std::string_view of, std::string_view method) const {
  bool meant = interface_.empty() ? of.empty() || of == "IUnknown" || of.starts_with("IVssBackupComponents") : of == interface_ || of == "IUnknown";
  return meant && std::find(methods.begin(), methods.end(), method) != methods.end();
}

std::string_view levelName(Level level) {
  static constexpr std::string_view names[] = {"must", "should", "observed", "ambiguous"};
  return names[static_cast<std::size_t>(level)];
}

std::span<const RuleGroup> ruleGroups() {
  static constexpr RuleGroup groups[] = {
      {"WS", "writer status"},
      {"SM", "the writers' states and events"},
      {"AS", "asynchronous operations"},
      {"IN", "creation, initialisation and context"},
      {"SN", "the shadow copy set and a backup's steps"},
      {"RS", "restore"},
      {"MD", "metadata and components"},
      {"CO", "a component in the document"},
      {"QU", "queries and management of shadow copies"},
      {"AR", "arguments and uninitialised objects"},
      {"OW", "who frees what"},
      {"RQ", "what a well-behaved requester does"},
  };
  return groups;
}

std::span<const Reason> reasons() { return kReasons; }

void Catalogue::add(std::string_view name, std::string_view text, std::string_view id) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#' || (!id.empty() && line.substr(0, line.find('\t')) != id)) continue;
    std::string where = std::string(name) + ":" + std::to_string(number) + ": ";
    auto row = cells(line);
    if (row.size() != kColumns.size())
      throw CatalogueError(where + "expected " + std::to_string(kColumns.size()) + " cells between tabs, found " + std::to_string(row.size()));
    if (row[0] == kColumns[0]) {
      if (!std::equal(row.begin(), row.end(), kColumns.begin())) throw CatalogueError(where + "the columns are id, subject, situation, guard, expected, level, judged, advice, ambiguity, source");
      continue;
    }
    for (std::size_t i = 0; i < row.size(); ++i)
      if (row[i].empty()) throw CatalogueError(where + std::string(kColumns[i]) + ": is empty; - stands for nothing");
    if (find(row[0])) throw CatalogueError(where + std::string(row[0]) + " is there already");
    Rule rule{.id = std::string(row[0]), .subject = std::string(row[1]), .situation = std::string(row[2]), .guard = std::string(row[3]),
              .expected = std::string(row[4]), .advice = std::string(row[7]), .ambiguity = std::string(row[8]), .source = std::string(row[9])};
    if (row[6] == "code") rule.judged = Judged::code;
    else if (row[6] != "-") rule.judged = Judged::never, rule.reason = std::string(row[6]);
    std::string_view column = "level";
    places_.emplace(rule.id, rules_.size());
    rules_.push_back(std::move(rule));
    try {
      rules_.back().level = levelNamed(row[5]);
      parse(rules_.back(), column);
    } catch (const NotationError& e) {
      throw CatalogueError(where + std::string(row[0]) + ", " + std::string(column) + ", character " + std::to_string(e.at + 1) + ": " + e.what());
    }
  }
}

const Catalogue& Catalogue::builtIn() {
  static const Catalogue* catalogue = new Catalogue(builtIn({}));  // for ever: to free all of it would take as long as a short trace
  return *catalogue;
}

Catalogue Catalogue::builtIn(std::string_view id) {
  Catalogue all;
  if (id.empty()) all.rules_.reserve(1000);
  for (const auto& file : kCatalogueTexts) all.add(file.name, file.text, id);
  return all;
}

const Rule* Catalogue::find(std::string_view id) const {
  auto found = places_.find(id);
  return found == places_.end() ? nullptr : &rules_[found->second];
}

bool fits(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return true;
  std::size_t n = 0, p = 0, star = pattern.npos, mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) ++p, ++n;
    else if (p < pattern.size() && pattern[p] == '*') star = p++, mark = n;
    else if (star != pattern.npos) p = star + 1, n = ++mark;
    else return false;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace vss::conformance
