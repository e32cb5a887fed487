// Structures that calls hand out, and that others take to give them back: GetComponentInfo's, GetSnapshotProperties', those in the array of Next.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "traces/call.h"
#include "traces/vss/api.h"

namespace vss::conformance {

struct RecordedStructure {
  const ParamInfo* param;        // of the call
  std::size_t element;           // of an array; else 0
  std::string_view type;
  std::vector<Value> values;     // of its fields
  std::string_view member;       // where it lies in the element: ".Obj.Snap"
};
std::vector<RecordedStructure> structuresHandedOut(const Call& call);
// nullopt: it takes none, or a null pointer.
std::optional<RecordedStructure> structureTaken(const Call& call);
// Whether the one that is taken is the other, though the program may have changed it: a shadow copy's is known by its id.
bool isTheSame(const RecordedStructure& taken, const RecordedStructure& handedOut);
// Whether it has nothing that could be given back: an empty one is as good.
bool isEmpty(const RecordedStructure& taken);
// Of an array's elements: where the first one's values lie in Call::outputs.
std::size_t elementsAt(const MethodInfo& method);

}  // namespace vss::conformance
