// The calls of a recipe's trace as reports show them: in words that are the same in every run.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace vss::conformance {

struct ShownCall {
  std::string call, answer;
  std::string state;      // that it met; empty: the same as the object's call before
  bool judged = false;    // of the recipe's last step
  bool operator==(const ShownCall&) const = default;
};

struct ShownTrace {
  std::vector<ShownCall> calls;
  std::string state;      // that the judged call met
  // A text about the trace, with the words for what is an accident of the run: ids that are new each time, times, addresses.
  std::string steady(std::string text) const;
  std::vector<std::pair<std::string, std::string>> accidents;  // as printed → the word
};
// Empty where the trace cannot be read; the verdict says why.
ShownTrace showCalls(const std::filesystem::path& trace);

}  // namespace vss::conformance
