// A hostile file of expectations.
#pragma once
#include <string>
#include <string_view>

#include "conformance/expect.h"
#include "fuzzing/fuzzing.h"

namespace vss::conformance {

inline void fuzzExpect(std::string_view bytes) {
  auto file = fuzz::scratch().put("expect.tsv", bytes);
  try {
    Expectations expectations(file, "2026-11-25");
    std::string again;
    for (const auto& line : expectations.lines()) {
      again += line.what + "\t" + line.reason + "\t" + line.link + "\t" + line.expires.value_or("-") + "\n";
      const Expected* found = expectations.find(line.what, line.what);
      fuzz::promise(expectations.hasExpired(line) ? found != &line : found == &line, "a line is not found: " + line.what);
    }
    Expectations read(fuzz::scratch().put("again.tsv", again), "2026-11-25");
    fuzz::promise(read.lines().size() == expectations.lines().size(), "what is written again is read otherwise");
  } catch (const ExpectationsError& e) {
    fuzz::promise(std::string_view(e.what()).starts_with(shownPath(file) + ":"), std::string("an error without its place: ") + e.what());
  }
}

}  // namespace vss::conformance
