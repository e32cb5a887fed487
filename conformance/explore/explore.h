// Exploration: runs every sequence of calls of the writer-status alphabet on an implementation and on a reference side by side, and compares what the two
// answer. It needs no rule: what the reference was built from is the judge, and where the documentation leaves a point open, every choice of the
// reference is allowed, as long as the implementation stays with it.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/reference.h"

namespace vss::conformance {

// The steps that sequences are made of; some are more than one call.
struct Letter { char letter; std::string_view words; };
inline constexpr Letter kAlphabet[] = {{'b', "initialize for backup"}, {'r', "initialize for restore"}, {'m', "gather metadata"}, {'g', "gather status"},
    {'p', "prepare"}, {'s', "make the shadow copies"}, {'c', "complete"}, {'a', "abort"}, {'w', "wait"}, {'q', "query"}, {'x', "cancel"}, {'n', "count"},
    {'0', "get 0"}, {'N', "get n"}, {'z', "get null"}, {'f', "free"}, {'o', "release the operation"}, {'R', "release"}};

// What both sides are: the writers that the implementation shows, or those of kExploredWriters where it reads a scenario; each operation is pending
// until it was asked once, or waited for.
std::string explorationScenario(const std::string& writers, const Choices& choices);
extern const char* const kExploredWriters;

// One call and what came back, for comparison; what the method does not have is 0 and empty.
struct Answer {
  std::string_view call;              // with its arguments, as it is printed
  HRESULT result = S_OK;
  std::uint32_t numbers[2] = {};
  bool pointer = false;               // an object was handed out
  Guid ids[2] = {};
  std::u16string text;
  bool operator==(const Answer&) const = default;
};
std::string printAnswer(const Answer& answer);
// "initialize for backup, gather metadata, wait"
std::string lettersInWords(std::string_view sequence);

// The sequence, of letters, at whose last step the two disagree; what both answered at each step but the last is the same. Answers are printed ones.
struct Disagreement {
  std::string sequence;
  std::vector<std::string> before = {};         // the calls that led there
  std::vector<std::string> expected = {}, seen = {};   // of the last step
  std::string trace = {};                  // the evidence, where it was asked for
  bool behindOthers = false;               // a process that makes this sequence alone does not show it
};

// Sequences that end in the states of a backup and of a restore which are reached late: see docs/catalogue.md, @B1 … @B5, @R1.
inline constexpr std::string_view kLateStates[] = {"bmw", "bmwpw", "bmwpwsw", "bmwpwswcw", "rmw"};

// Before the search the writers of an implementation may be asked for, which is told as the sequence "", and a document for restores is made, as "r". Both
// are much like these steps.
inline constexpr std::string_view kWritersSteps = "bmwgwn0f", kDocumentSteps = "bmwpwswcw";

struct ExploreOptions {
  std::string writers = kExploredWriters;
  unsigned writerCount = 2;
  Choices choices = {};               // decided: others that are open are taken over from the implementation
  int depth = 5;                      // steps of the longest sequences; from the late states on one less
  bool fresh = true;                  // the implementation gives a new system each time; if not, the sequences that make no backup come first
  bool merge = true;                  // leave out what the reference cannot tell from a sequence that was run, see docs/explore.md
  std::size_t most = 20;              // disagreements; then it stops
  std::set<std::string> without = {}; // sequences that end the process: what holds the steps of one, in this order, is left out
  std::string until = {};             // it stops before this sequence
};

struct Exploration {
  std::uint64_t covered = 0, run = 0, merged = 0;   // sequences: that there are; that were run; that were not continued
  std::uint64_t undecided = 0;                      // that were left because an operation took another time than the reference's
  std::uint64_t leftOut = 0;                        // that hold one of ExploreOptions::without; what would continue them is not counted
  std::vector<Disagreement> disagreements;          // each kind once, by the shortest sequence that shows it
  Choices choices;                                  // those given, and those taken over
  bool stopped = false;                             // with as many disagreements as were asked for, or before `until`
  bool again = false;                               // not fresh: another choice was taken over; explore anew, in another process
};

// The sequence without the steps that it does not need to show the same: one or two at a time, and never the last. shows: said yes to it.
std::string shortestOf(std::string sequence, const std::function<bool(const std::string&)>& shows);

// The same of a sequence that ends the process. What is told of one that does not do it by itself: it, as it was met.
std::string shortestDeath(const std::string& met, const std::function<bool(const std::string&)>& dies);

// Makes the sequence's calls, and gives back what they handed out: the answers to each step that could be made. documentFrom: where a restore's document comes
// from; its calls are not answers.
std::vector<std::vector<Answer>> answersTo(std::string_view sequence, const System& system, const System& documentFrom, const Allocators& allocators, unsigned writerCount);

// make: the implementation's systems; where one process has only one, always the same. began: told each sequence before it runs.
// What the two answered, if that makes it a disagreement: otherwise at the last step, and so far the same.
std::optional<Disagreement> disagreementOf(const std::string& sequence, const std::vector<std::vector<Answer>>& expected, const std::vector<std::vector<Answer>>& seen);

Exploration explore(const MakeSystem& make, const Reference& reference, const Allocators& allocators, const ExploreOptions& options,
                    const std::function<void(std::string_view sequence)>& began = {});

}  // namespace vss::conformance
