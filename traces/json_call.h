// A call as JSON, for other programs: what `show --format json` and `export --to jsonl` print.
#pragma once
#include <string>

#include "traces/call.h"

namespace vss {

// The members of the call's object, without its braces: "call": 1, "thread": … "inputs": {…}, "result": …, "outputs": {…}. Every value is there as it is in the
// trace: docs/export.md tells how each kind is written. Never on more than one line.
std::string jsonMembers(const TraceReader& reader, const Call& call);

// A whole number. Beyond 2^53, where readers of JSON have no exact numbers, a string of its digits.
std::string jsonNumber(std::int64_t number);

}  // namespace vss
