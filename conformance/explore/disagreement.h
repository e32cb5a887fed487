// What is kept of a sequence on which an implementation and the model do not agree.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace vss::conformance {

struct KeptDisagreement {
  std::filesystem::path expected, seen;    // the traces of what the model answered, and of what the implementation did
  std::filesystem::path scenario;          // that implementations got which read one
  std::filesystem::path folder;            // where it is kept
  std::string name, about;                 // about: the test's first line
  std::uint64_t call = 0;                  // its number, of the call that is wrong; 0: the first where they differ,
  std::uint64_t atMost = 0;                // or this one, if it comes before; 0: any
};
// Into the folder: NAME.vsst, what the implementation answered; NAME.expected.vsst, what the model answers to the same; NAME.scenario.json; NAME.cc, a test for
// GoogleTest that expects the model's answer of one call; where it cannot be said as one, #error says why. Throws std::runtime_error.
void keepDisagreement(const KeptDisagreement& kept);

}  // namespace vss::conformance
