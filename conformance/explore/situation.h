// Makes a situation short and plain: for what a random sequence showed.
#pragma once
#include <chrono>
#include <functional>
#include <string>

namespace vss::conformance {

// situation: in the catalogue's notation, "given …, …: U > Step(…) = any > …". Without the steps and what is given that it does not need to show the same, and
// with standard arguments where no others are needed. shows: is asked only of what can be read; said yes to the situation. When `end` is over, what there is.
std::string shortestSituation(const std::string& situation, const std::function<bool(const std::string&)>& shows, std::chrono::steady_clock::time_point end);

}  // namespace vss::conformance
