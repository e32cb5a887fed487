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
  Returns returns = Returns::hresult;
  // Parameters as written, a structure in place of its fields; and what a note has values for, structures taken apart.
  std::vector<SignatureParam> params;
  std::vector<SignatureParam> inputs, outputs;
  // The fields of an element of the one array that the call fills; empty: it fills none. In `outputs` the array has one place, its value the number
  // of elements; behind the values for `outputs` a leave has one for each field of each element.
  std::vector<SignatureParam> elements;
  // The method in the present description; nullptr: not described, or described otherwise than when the trace was made.
  const MethodInfo* known = nullptr;
  std::uint32_t number = 0;  // among those of a TraceReader, from 1

  // Of value `n` of a leave, elements of the array included.
  const SignatureParam& output(std::size_t n) const { return n < outputs.size() || elements.empty() ? outputs.at(n) : elements[(n - outputs.size()) % elements.size()]; }
  std::string outputName(std::size_t n) const;  // pnStatus; rgelt[2].m_SnapshotId
  // How many values a leave should have that has `values` of them: all for `outputs`, and whole elements.
  std::size_t wholeOutputs(std::size_t values) const;
};

// Reads what signatureOf() writes. nullopt: not in that form.
std::optional<Signature> parseSignature(std::string_view text);

}  // namespace vss
