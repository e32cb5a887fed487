// Makes the calls of a recipe, as a requester does, against whatever create() makes.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/notation.h"
#include "recorder/target.h"
#include "traces/trace_writer.h"

namespace vss::conformance {

// What the calls of a recipe need to know of the target: a component that it can back up, and a document. Learned once for each target.
struct Surroundings {
  Guid writerInstanceId{}, writerClassId{};
  VSS_COMPONENT_TYPE componentType = VSS_CT_FILEGROUP;
  std::u16string logicalPath, componentName, volume = u"C:\\";
  std::optional<std::u16string> document;
  std::string noWriters;   // why no writer of it is known, so that a call with the ids of one cannot be made; empty: one is, or nobody has looked
  bool operator==(const Surroundings&) const = default;
};

// From the trace of a recipe that read writer statuses, or saved a document.
Surroundings surroundingsFrom(TraceReader& trace);

// How the target frees what it hands out.
struct Allocators {
  void(VSS_CALL* freeString)(char16_t*);
  void(VSS_CALL* freeTaskMemory)(void*);
  char16_t*(VSS_CALL* allocateString)(const char16_t*, unsigned);
};

// The target's own, where it exports some; else this program's. "": these.
Allocators allocatorsOf(const std::string& target);

// Remarks around the calls of a recipe's last step: those that the rule is about.
inline constexpr const char* kJudgedFrom = "recipe: from here it is judged";
inline constexpr const char* kJudgedTo = "recipe: to here it is judged";
// Where a step before the last did not come out as the recipe says, and why.
inline constexpr std::string_view kStopped = "recipe stopped: ";
// At the end, where somebody has written into a text that was handed out or in: "recipe found: the text … has become …".
inline constexpr std::string_view kChanged = "recipe found: ";
// What the driver has found so in a recipe's trace; empty: nothing.
std::string changedText(TraceReader& trace);
// Behind a call, before the name that the recipe has for an output, and between that and the parameter's: "recipe: named id: pidInstance".
inline constexpr std::string_view kNamed = "recipe: named ", kColon = ": ";

// Runs the whole recipe and gives everything back. Where a step before the last does not come out as the recipe says, it stops there. Both
// are told in the trace, by a remark that begins with "recipe"; and "rule ID kept" or "rule ID broken: …" for what no call shows.
// true: it came to its last call.
bool drive(const Recipe& recipe, const std::string& rule, const Surroundings& surroundings, const CallFunction& function, const Allocators& allocators, TraceWriter& trace);

// The rules on what no call shows: whether what was handed out can be freed, whether a pointer is the same.
std::span<const std::string_view> rulesByDriver();

// As it is written in the catalogue, with what an "or" chose: "given …: @B3 > GatherWriterStatus* > GetWriterStatus(n)".
std::string printRecipe(const Recipe& recipe);
std::string printStep(const Step& step);

}  // namespace vss::conformance
