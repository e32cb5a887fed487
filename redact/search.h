// The proof: looks for every original value in the result, in each form that it could have there.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "redact/replaced.h"
#include "traces/trace_reader.h"

namespace vss::redact {

struct Leak {
  Named named;
  std::string place;   // "byte 4711, as UTF-16"; never the value
};

// The first original that is left in the trace; nullopt: none is. The bytes of the whole file are searched for texts and ids as UTF-8, UTF-16, base64 and with
// XML's escapes; every value, remark, and word of the header is held against them besides, those of an XML document without escapes. What is shorter than
// kShortest bytes in a form is looked for as a whole value alone: as a part of something else it would mean nothing.
inline constexpr std::size_t kShortest = 6;
std::optional<Leak> findLeak(TraceReader& result, const Replaced& replaced);

}  // namespace vss::redact
