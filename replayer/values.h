// Between a call's arguments and the values of a trace.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "redact/pseudonyms.h"
#include "replayer/options.h"
#include "traces/call.h"
#include "traces/vss/api.h"

namespace vss {

// Which output pointers the caller passed as null, as a trace notes it.
std::uint32_t nullOutputs(const MethodInfo& method, void* const* args);

// What of a call counts, and how texts are rewritten between the recording and the program: as the options say.
class Matching {
 public:
  Matching() = default;
  explicit Matching(const ReplayOptions& options);

  // Whether the live call asks what the recorded one asked: inputs, and which output pointers are null. What could not be read when it was
  // recorded is held against nothing.
  bool same(const MethodInfo& method, void* const* args, const Call& recorded) const;
  // What is asked - method, inputs, null pointers - as a number; equal for equal questions. nullopt: an input could not be read.
  std::uint64_t questionHash(const MethodInfo& method, void* const* args) const;
  std::optional<std::uint64_t> questionHash(const Call& recorded) const;
  // The live call as a Call, for a report; texts as they would have been recorded.
  Call capture(const MethodInfo& method, std::uint32_t object, std::uint64_t number, const Signature& signature, void* const* args) const;
  // In which parameter two calls of one method differ: "iWriter is 4, was 0 when recorded".
  std::string firstDifference(const Call& live, const Call& recorded) const;
  // Writes everything but objects. Strings are new memory of the allocator that the parameter's type names. What cannot be given again as it was
  // (a pointer of another process) becomes null. Null output pointers are left alone.
  void writeOutputs(const MethodInfo& method, void* const* args, const Call& recorded) const;

 private:
  bool ignores(const MethodInfo& method, std::size_t param) const;
  std::uint32_t countedNulls(const MethodInfo& method, std::uint32_t nulls) const;
  // The bytes of an input as a recorder would have stored them; `kept` holds them where they are not the caller's own.
  std::string_view inputBytes(const MethodInfo& method, std::size_t param, void* const* args, std::u16string& kept) const;
  std::u16string told(std::u16string text) const;
  void writeValue(Kind kind, std::size_t size, void* at, const Value& value) const;
  void writeFields(const ParamInfo& param, char* at, const Call& recorded, std::size_t first) const;
  void writeElements(const ParamInfo& param, void* const* args, char* at, const Call& recorded, std::size_t count) const;

  std::vector<std::pair<std::u16string, std::u16string>> outward_, inward_;  // what is replaced, by what; longer ones first
  std::vector<IgnoredParam> ignored_;
  std::optional<redact::Pseudonyms> pseudonyms_;  // of a redacted trace: what the program passes becomes what the trace has for it
};

// Gives back a structure that writeOutputs has made for a parameter Out<Held<S>>; `param` is of that type. Null is allowed.
void freeHeld(const ParamInfo& param, void* structure);

}  // namespace vss
