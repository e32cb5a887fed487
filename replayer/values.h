// Between a call's arguments and the values of a trace.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "traces/call.h"
#include "traces/vss/api.h"

namespace vss {

// Which output pointers the caller passed as null, as a trace notes it.
std::uint32_t nullOutputs(const MethodInfo& method, void* const* args);
// Whether the inputs are those of the recorded call. What could not be read when it was recorded is held against nothing.
bool sameInputs(const MethodInfo& method, void* const* args, const Call& recorded);
// What is asked - method, inputs, null pointers - as a number; equal for equal questions. nullopt: an input could not be read.
std::uint64_t questionHash(const MethodInfo& method, void* const* args);
std::optional<std::uint64_t> questionHash(const Call& recorded);
// The live call as a Call, for a report.
Call captureCall(const MethodInfo& method, std::uint32_t object, std::uint64_t number, const Signature& signature, void* const* args);
// In which parameter two calls of one method differ: "iWriter is 4, was 0 when recorded".
std::string firstDifference(const Call& live, const Call& recorded);
// Writes everything but objects. Strings are new memory of the allocator that the parameter's type names. What cannot be given again as it was
// (a pointer of another process) becomes null. Null output pointers are left alone.
void writeOutputs(const MethodInfo& method, void* const* args, const Call& recorded);
// Gives back a structure that writeOutputs has made for a parameter Out<Held<S>>; `param` is of that type. Null is allowed.
void freeHeld(const ParamInfo& param, void* structure);

}  // namespace vss
