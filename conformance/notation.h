// The notation of the catalogue: how to reach a situation, where a rule applies, what is expected there. docs/catalogue.md teaches it.
// What cannot be read is a NotationError that points at the word.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "traces/protocol.h"
#include "traces/vss/api.h"

namespace vss::conformance {

struct NotationError : std::runtime_error {
  NotationError(std::size_t at, const std::string& what) : std::runtime_error(what), at(at) {}
  std::size_t at;  // bytes from the start of the text
};

// ---- Situations: what a driver does ----

// An argument as it is written. Arguments that are not written are the standard ones: valid pointers, a component that exists.
struct Argument {
  enum class Kind : std::uint8_t {
    standard,   // also &x: a pointer to a variable; text: its name, if something uses it
    variable,   // x: what a call wrote there before; x.field: of a structure. text: its name
    null,
    number,     // 0, 0xFFFFFFFF, VSS_CTX_BACKUP, true, INFINITE
    text,       // "…"
    n,          // as many writers as GetWriterStatusCount said
    each,       // i: one call for each of 0 … n-1
    document,   // a Backup Components Document that was saved before
    id,         // by name: an interface's, and those of idNamed()
  };
  Kind kind = Kind::standard;
  std::int64_t number = 0;
  std::string text;  // text; or the id's name
  bool operator==(const Argument&) const = default;
};

// How a step is to come out. Steps before the last return S_OK, unless they say otherwise.
enum class Outcome : std::uint8_t {
  plain,
  finished,   // Method*: waited for, asked, VSS_S_ASYNC_FINISHED, released
  pending,    // started, and told to be pending
  cancelled,  // started, cancelled, told to be cancelled
  failed,     // started, waited for, told to have failed
  released,   // started and released at once
};

struct Step {
  enum class On : std::uint8_t { session, other, operation, variable };  // the object; a second one; the IVssAsync that was started last; x
  On on = On::session;
  std::string object;                    // On::variable: its name
  const MethodInfo* method = nullptr;
  std::vector<Argument> arguments;       // by parameter, as many as the method has
  Outcome outcome = Outcome::plain;
  std::optional<HRESULT> result;         // = CODE
  bool anyResult = false;                // = any
  bool twoThreads = false;               // made by two threads at once
  std::uint32_t times = 1;               // one call after the other; # in a text is the number of each
  bool operator==(const Step&) const = default;
};

// What has to be arranged outside the calls. The model does it from a scenario; see fixtures.h.
struct Fixture {
  std::string name;                      // as fixtures.cc has it: "os _"
  std::vector<std::string> arguments;
  bool operator==(const Fixture&) const = default;
};

struct Recipe {
  std::vector<Fixture> fixtures;
  std::string state;                     // U, @B0 …; "-": nothing has been created
  std::vector<Step> prefix;              // from nothing to the state
  std::vector<Step> steps;               // from there; the last is the call that is judged
  bool operator==(const Recipe&) const = default;
};

// One recipe, or one for each way to take an "or". compared: the names of outputs that the rule's effects compare with.
std::vector<Recipe> parseSituation(std::string_view text, std::span<const std::string> compared = {});
// IVssBackupComponents and the other interfaces, GUID_NULL, VSS_SWPRV_ProviderId; fixture: the writer that a fixture adds; second: its
// second instance; nobody: an id that nothing has.
std::optional<Guid> idNamed(std::string_view name);
// The states in which a situation may start, and how each is reached.
struct StateRow { std::string_view name, steps; };
std::span<const StateRow> stateTable();
// The calls that lead to a state: "@B2" and the like.
std::vector<Step> stepsTo(std::string_view state);

// ---- Conditions: what a judge asks of a call ----

enum class Truth : std::uint8_t { no, unknown, yes };

// What a call and the state in which it was made are compared with.
struct Condition {
  enum class Kind : std::uint8_t {
    recipe,        // the trace is that of the rule's own recipe
    kind, state, stage, operation, set,   // one of a set: bit n of `mask`
    starter,       // who started the operation
    cancelAsked, withoutWriters,          // mask: whether it should
    flag,          // a member of the session; mask: whether it should
    context,       // of the session, compared by `relation` with `numbers`
    count,         // how many writers: compared by `relation` with `numbers`; no number: whether it is known
    metadataCount,
    parameter,     // of the call
    result,        // of the call
  };
  enum class Relation : std::uint8_t { equal, notEqual, less, atLeast, within, untouched, set, known, unknown };
  Kind kind = Kind::recipe;
  Stage SessionState::* stage = nullptr;
  bool SessionState::* flag = nullptr;
  std::uint32_t mask = 0;
  std::string name;                       // parameter, or starter
  Relation relation = Relation::equal;
  std::vector<std::int64_t> numbers;      // any of them
  // Instead of a number: the counts, what the operation said in the end, what the same call said last time, what an earlier call of the recipe
  // wrote to an output that it names.
  enum class Other : std::uint8_t { null, count, metadataCount, operationResult, before, text, failure, variables };
  std::vector<Other> others;
  std::string text;                       // Other::text
  struct Named { std::string name; std::size_t at; };  // and where it is written
  std::vector<Named> variables;           // Other::variables: any of them
  std::size_t at = 0;                     // where it is written
};
std::vector<Condition> parseGuard(std::string_view text);

struct Expectation {
  enum class Codes : std::uint8_t { any, listed, notListed, failure, operationResult } codes = Codes::any;
  std::vector<HRESULT> listed;
  std::vector<Condition> effects;         // all of them
  bool atOnce = false;                    // it comes back within a second
};
Expectation parseExpectation(std::string_view text);

// Compares a parameter's name in the conditions, or the name of a structure's field, with the method's: NotationError where it has none of that name.
void checkParameters(const std::vector<Condition>& conditions, const MethodInfo& method);
// The outputs of earlier calls that the conditions compare with, by name.
std::vector<std::string> comparedWith(const std::vector<Condition>& conditions);
// NotationError where the recipes have no such output before their last call.
void checkCompared(const std::vector<Condition>& conditions, std::span<const Recipe> recipes);

}  // namespace vss::conformance
