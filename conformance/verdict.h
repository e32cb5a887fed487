// The verdict on a recipe: from how its process ended, and from the trace that it left.
#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "conformance/catalogue.h"
#include "conformance/child.h"

namespace vss::conformance {

enum class Verdict : std::uint8_t {
  pass,
  fail,
  expectedFail,     // XFAIL: the expectation file says so
  unexpectedPass,   // XPASS: red, for the file is out of date
  error,            // the target crashed, or hung where nobody asks it to answer; never excused
  notTestable,      // the recipe could not come to its last call; red for a must
  notApplicable,    // the target does not offer what the rule is about
  information,      // an ambiguous rule: what the target does
};
std::string_view verdictName(Verdict verdict);

struct Decision {
  Verdict verdict = Verdict::pass;
  std::string cause;          // what was seen; why it could not be tested
};
// said: the first line that the process printed. limit: after which it was killed.
Decision decide(const Rule& rule, const ChildEnd& end, const std::filesystem::path& trace, const std::string& said, std::chrono::milliseconds limit);

}  // namespace vss::conformance
