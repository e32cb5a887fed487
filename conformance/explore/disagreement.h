// What is kept of a sequence on which an implementation and the model do not agree.
#pragma once
#include <filesystem>
#include <string>

namespace vss::conformance {

// Into the folder: NAME.vsst, what the implementation answered; NAME.expected.vsst, what the model answers to the same; NAME.cc, a test for GoogleTest that
// expects this where they differ first. about: its first line. Throws std::runtime_error.
void keepDisagreement(const std::filesystem::path& expected, const std::filesystem::path& seen, const std::filesystem::path& folder, const std::string& name, const std::string& about);

}  // namespace vss::conformance
