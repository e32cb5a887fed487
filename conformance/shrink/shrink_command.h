// `shadowtape shrink`: the shortest session that still shows a finding, a difference or a divergence.
#pragma once
#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

#include "recorder/target.h"

namespace vss::conformance {

struct ShrinkOptions {
  std::string trace, rule, target, output, emitTest;
  std::vector<std::string> program;                // and its arguments
  std::chrono::milliseconds limit{60'000}, hangLimit{10'000};
};
// 0 shrunk; 1 there is nothing to shrink; 2 a file, target or program that cannot be used.
int runShrink(const ShrinkOptions& options, const OpenTarget& openTarget, std::ostream& out, std::ostream& err);

}  // namespace vss::conformance
