// The signature of a method as a trace stores it, and its parsed form. It carries everything that is needed to print a call of a
// method that this program has never heard of.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/vss/describe.h"

namespace vss {

struct SignatureParam {
  std::string name;
  Kind kind = Kind::i32;
  bool input = false, array = false, optional = false, always = false, fresh = false;
  std::string type;       // enumeration, interface or structure
  bool operator==(const SignatureParam&) const = default;
};

struct Signature {
  std::string text;       // as stored
  std::string interface_; // empty: an exported function
  std::string method;
  std::uint16_t slot = kNoSlot;
  bool returnsHresult = true;
  // Parameters as written, a structure in place of its fields; and what a note has values for, structures taken apart.
  std::vector<SignatureParam> params;
  std::vector<SignatureParam> inputs, outputs;
  // The method in the present description; nullptr: not described, or described otherwise than when the trace was made.
  const MethodInfo* known = nullptr;
};

// Reads what signatureOf() writes. nullopt: not in that form.
std::optional<Signature> parseSignature(std::string_view text);

}  // namespace vss
