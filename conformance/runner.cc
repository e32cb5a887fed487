#include "conformance/runner.h"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <ostream>
#include <utility>

#include "conformance/fixtures.h"
#include "recorder/com.h"
#include "recorder/launch/path.h"
#include "recorder/recorder.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/trace_error.h"

namespace vss::conformance {

std::string today() {
  std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

std::map<std::string, std::string> chosen(const std::vector<std::string>& choices) {
  std::map<std::string, std::string> named;
  for (const auto& choice : choices) {
    auto equals = std::min(choice.find('='), choice.size());
    named[choice.substr(0, equals)] = choice.substr(std::min(equals + 1, choice.size()));
  }
  return named;
}

void Runner::scout() {
  scouted_ = run(kScout, scoutingRecipe(kScout));
  noWriters_ = surroundingsIn(options_.folder).noWriters;
  run(kScoutBackup, scoutingRecipe(kScoutBackup));
}

// A target that died or hung while its writers were learned is told once, by the first recipe that needs one.
void Runner::tellOfScout(Decision& decision) {
  if (decision.verdict != Verdict::notTestable || noWriters_.empty() || decision.cause != noWriters_) return;
  auto end = std::exchange(scouted_, {});
  if (end.how == ChildEnd::How::died) decision = {Verdict::error, noWriters_ + ": its process died: " + end.words};
  if (end.how == ChildEnd::How::hung) decision = {Verdict::error, noWriters_ + ": its process did not end within " + std::to_string(options_.hangLimit.count()) + " ms"};
}

RecipeResult Runner::judged(const NamedRecipe& named) {
  auto began = std::chrono::steady_clock::now();
  RecipeResult result{.rule = named.rule, .name = named.name, .recipe = printRecipe(*named.recipe), .cause = {}, .reason = {},
                      .notScored = revision_.notScored(*named.rule), .trace = named.name + ".vsst"};
  ChildEnd end = run(named.name, *named.recipe);
  auto decision = decide(*named.rule, end, options_.folder / result.trace, lastLine(named.name), options_.hangLimit);
  tellOfScout(decision);
  result.verdict = result.seen = decision.verdict;
  auto shown = showCalls(options_.folder / result.trace);
  result.cause = shown.steady(std::move(decision.cause));
  result.state = std::move(shown.state), result.calls = std::move(shown.calls);
  expect(result);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

ChildEnd Runner::run(const std::string& name, const Recipe& recipe) {
  RecipeProcess process{name, options_.folder, options_.folder / (name + ".vsst"), options_.folder / (name + ".txt"), {}};
  std::error_code ignored;
  std::filesystem::remove(process.trace, ignored);
  std::string scenario = scenarioFor(recipe);
  if (!options_.choices.empty()) scenario = withChoices(scenario, chosen(options_.choices));
  if (!scenario.empty()) {
    auto file = options_.folder / (name + ".json");
    std::ofstream(file, std::ios::binary) << scenario << "\n";
    process.environment.emplace_back("SHADOWTAPE_SCENARIO", shownPath(file));
  }
  return start_(process);
}

// Of what its process printed: why it ended, if it said so.
std::string Runner::lastLine(const std::string& name) const {
  std::ifstream in(options_.folder / (name + ".txt"), std::ios::binary);
  std::string last;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) last = line;
  return last;
}

void Runner::expect(RecipeResult& result) {
  Expected* expected = expectations_.find(result.rule->id, result.name);
  if (!expected) return;
  result.reason = expected->reason;
  switch (result.verdict) {
    case Verdict::fail:
    case Verdict::notTestable: result.verdict = Verdict::expectedFail, expected->met = true; break;
    case Verdict::pass:
      if (expected->what == result.name) result.verdict = Verdict::unexpectedPass;
      break;
    default: break;
  }
}

bool RecipeResult::red() const {
  if (!notScored.empty()) return false;
  if (verdict == Verdict::notTestable) return rule->level == Level::must;
  return verdict == Verdict::fail || verdict == Verdict::unexpectedPass || verdict == Verdict::error;
}

std::vector<NamedRecipe> namedRecipes(const Catalogue& catalogue) {
  std::vector<NamedRecipe> all;
  for (const auto& rule : catalogue.rules())
    for (std::size_t i = 0; i < rule.recipes.size(); ++i)
      all.push_back({&rule, &rule.recipes[i], rule.recipes.size() == 1 ? rule.id : rule.id + "." + std::to_string(i + 1)});
  return all;
}

Recipe scoutingRecipe(const std::string& name) {
  return parseSituation(name == kScout ? "@B1 > GatherWriterStatus* > GetWriterStatusCount(&n) > GetWriterStatus(i)" : "@B5 > SaveAsXML")[0];
}

Surroundings surroundingsIn(const std::filesystem::path& folder) {
  Surroundings all;
  for (const char* scout : {kScout, kScoutBackup}) {
    auto path = folder / (std::string(scout) + ".vsst");
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    Surroundings found;
    try {
      TraceReader reader(path);
      found = surroundingsFrom(reader);
    } catch (const TraceError& e) {
      found.noWriters = e.what();
    }
    if (scout != kScout) all.document = found.document;
    else if (all = found; !found.noWriters.empty()) all.noWriters = "the target's writers could not be learned: " + found.noWriters + " (" + kScout + ".vsst)";
  }
  return all;
}

int runRecipe(const std::string& name, const std::filesystem::path& tracePath, const std::filesystem::path& scouted, const std::function<Subject()>& open,
              std::ostream& err) {
  dieQuietly();
  try {
    ComSession com;
    static Recipe recipe;
    std::string rule = name;
    if (name == kScout || name == kScoutBackup) recipe = scoutingRecipe(name);
    if (name.find(" > ") != name.npos) recipe = parseSituation(name)[0], rule = "random";
    const Catalogue asked = Catalogue::builtIn(name.substr(0, name.find('.')));
    for (const auto& named : namedRecipes(asked))
      if (named.name == name) recipe = *named.recipe, rule = named.rule->id;
    if (recipe.steps.empty()) throw std::runtime_error(name + ": there is no such recipe");
    Surroundings surroundings = surroundingsIn(scouted);
    Subject subject = open();
    prepareOutput(tracePath);
    TraceWriter trace(tracePath, {subject.target.origin, launch::processName(), subject.target.name});
    Recorder recorder(trace);
    auto call = [&](const MethodInfo& function, void* const* args) { return recorder.call(function, subject.target.call, args); };
    bool done = drive(recipe, rule, surroundings, call, subject.allocators, trace);
    trace.finish(TraceWriter::Ending::threadsDone);
    return done ? 0 : 3;
  } catch (const std::exception& e) {
    err << "shadowtape: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace vss::conformance
