// For tests on Linux: every recipe against a model that has a fault or makes a choice, in forked processes.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "conformance/faults/faults.h"
#include "conformance/verdict.h"

namespace vss::conformance {

using Red = std::map<std::string, Verdict>;  // by recipe

// A named choice of the model and its value; an empty name: every choice as the scenario of the recipe says.
struct ModelChoice { std::string_view name, value; };

// Which recipes are run: nullopt in `part`: all; else those of `rules`, and of the others the part-th, then each kParts-th.
struct RecipeSample {
  static constexpr std::size_t kParts = 4;
  std::optional<std::size_t> part;
  std::set<std::string> rules;
};

// What is red when the recipes are run as `conform` runs them. fault: nullptr for none. Not for several threads.
Red redUnder(const Fault* fault, const ModelChoice& choice = {}, const RecipeSample& sample = {});

// Whether the recipe is one of the rule's.
bool isOf(const std::string& recipe, std::string_view rule);

}  // namespace vss::conformance
