// Runs recipes, each in a process of its own, and decides what came of them. Who starts that process, and how an implementation is found in it,
// is told from outside: `conform` and an implementer's own tests (package/) do it in two ways.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "conformance/child.h"
#include "conformance/driver.h"
#include "conformance/expect.h"
#include "conformance/requirements.h"
#include "conformance/shown_calls.h"
#include "conformance/verdict.h"
#include "recorder/target.h"

namespace vss::conformance {

struct RecipeResult {
  const Rule* rule = nullptr;
  std::string name;           // WS-049, WS-049.2
  std::string recipe;         // as written
  Verdict verdict = Verdict::pass;
  Verdict seen = verdict;     // before the expectation file was asked
  std::string cause;          // what was seen; why it could not be tested
  std::string reason;         // of the expectation file
  std::string notScored = {}; // why it counts for nothing: the rule is not in the requirement set
  std::string trace;          // the evidence
  std::string state = {};     // that the judged call met
  std::vector<ShownCall> calls = {};
  double seconds = 0;
  bool red() const;
};

// All recipes by name, in the catalogue's order.
struct NamedRecipe { const Rule* rule; const Recipe* recipe; std::string name; };
std::vector<NamedRecipe> namedRecipes(const Catalogue& catalogue);

// The two recipes that come before all others, and what the traces that they left in a folder (NAME.vsst) tell of the target.
inline constexpr const char *kScout = "scout", *kScoutBackup = "scout-backup";
Recipe scoutingRecipe(const std::string& name);
Surroundings surroundingsIn(const std::filesystem::path& folder);

// A recipe as a process: it leaves NAME.vsst in the folder, and what it prints in NAME.txt.
struct RecipeProcess {
  std::string name;
  std::filesystem::path folder, trace, output;
  std::vector<std::pair<std::string, std::string>> environment;  // the scenario, if it needs one
};
using StartRecipe = std::function<ChildEnd(const RecipeProcess& process)>;

struct RunnerOptions {
  std::filesystem::path folder;                    // for the evidence
  std::chrono::milliseconds hangLimit{10000};      // said where a recipe hung; whoever starts it keeps to it
  std::vector<std::string> choices = {};           // NAME=VALUE, for targets that read a scenario
};

// NAME=VALUE as name and value.
std::map<std::string, std::string> chosen(const std::vector<std::string>& choices);

class Runner {
 public:
  Runner(RunnerOptions options, const Revision& revision, Expectations& expectations, StartRecipe start)
      : options_(std::move(options)), revision_(revision), expectations_(expectations), start_(std::move(start)) {}
  // Before all recipes: the target's writers and a document of it, as far as it can give them. Recipes that need what it did not give stop and say so;
  // if it died or hung meanwhile, the first of them is an error.
  void scout();
  RecipeResult judged(const NamedRecipe& named);

 private:
  ChildEnd run(const std::string& name, const Recipe& recipe);
  std::string lastLine(const std::string& name) const;
  void expect(RecipeResult& result);
  void tellOfScout(Decision& decision);

  RunnerOptions options_;
  const Revision& revision_;
  Expectations& expectations_;
  StartRecipe start_;
  ChildEnd scouted_;
  std::string noWriters_;     // as Surroundings has it
};

// A recipe of that name, or a situation as the catalogue writes them, in this process, which is there for nothing else: what it needs of the implementation, opened when COM is there. Exit code: 0 it came to
// its last call; 3 it did not; 2 it could not begin, and `err` was told in a line.
struct Subject { Target target; Allocators allocators; };
int runRecipe(const std::string& name, const std::filesystem::path& trace, const std::filesystem::path& scouted, const std::function<Subject()>& open,
              std::ostream& err);

// Today, for expectations: 2026-12-31.
std::string today();

}  // namespace vss::conformance
