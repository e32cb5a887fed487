// The catalogue of rules: conformance/catalogue/*.tsv, which is built into the program. docs/catalogue.md teaches it.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/notation.h"

namespace vss::conformance {

enum class Level : std::uint8_t { must, should, observed, ambiguous };
std::string_view levelName(Level level);

enum class Judged : std::uint8_t {
  notation,  // by its conditions and its expectation
  code,      // by the code of that id in code_rules.cc
  never,     // for a reason of the closed list
};

struct Rule {
  std::string id = {};                   // never changes, never used again
  std::string subject = {};               // the methods that it judges, by name; words where it is not judged by calls
  std::string situation = {}, guard = {}, expected = {};  // as written
  Level level = Level::must;
  Judged judged = Judged::notation;
  std::string reason = {};               // Judged::never: a name of kReasons
  std::string advice = {};               // what somebody should do about a finding; a sentence
  std::string ambiguity = {};            // what is silent or contradictory; "-" for nothing
  std::string source = {};               // the page

  std::vector<std::string> methods = {}; // of subject
  std::string interface_ = {};           // of subject: the only one whose methods are meant; empty: IVssBackupComponents and its extensions
  std::vector<Recipe> recipes = {};      // none where nothing drives it
  std::vector<Condition> conditions = {};
  Expectation expectation = {};
  bool onlyItsRecipe = false;            // the guard asks for it
  bool judges(std::string_view interface_, std::string_view method) const;
  bool aboutRequester() const { return id.starts_with("RQ") || id.starts_with("OW"); }
  // Only the program that calls can break it: no implementation is wrong in such a way.
  bool brokenByRequester() const { return id.starts_with("RQ") || (id.starts_with("OW") && expected.find("is released") != expected.npos); }
  // It can fail: it is judged, and the pages are clear.
  bool demands() const { return judged != Judged::never && level != Level::ambiguous; }
};

// Why a rule is never judged.
struct Reason { std::string_view name, words; };
std::span<const Reason> reasons();

// The groups: the letters before the dash, and what their rules are about.
struct RuleGroup { std::string_view name, words; };
std::span<const RuleGroup> ruleGroups();

class Catalogue {
 public:
  // Reads rows; `name` is the file's name, for errors. Throws CatalogueError: "ws.tsv:12: situation, column 8: expected …".
  // id: of all other rows only this one is taken.
  void add(std::string_view name, std::string_view text, std::string_view id = {});
  // The catalogue of this program. Throws nothing: a test reads it first.
  static const Catalogue& builtIn();
  // Its one rule of that id, or nothing: what a process needs that makes the calls of one recipe. A process starts in a third of the time.
  static Catalogue builtIn(std::string_view id);

  std::span<const Rule> rules() const { return rules_; }
  const Rule* find(std::string_view id) const;

 private:
  std::vector<Rule> rules_;
  std::map<std::string, std::size_t, std::less<>> places_;  // by id
};

struct CatalogueError : std::runtime_error { using std::runtime_error::runtime_error; };

// Whether a name fits a pattern with * and ?; an empty pattern fits all.
bool fits(std::string_view name, std::string_view pattern);

}  // namespace vss::conformance
