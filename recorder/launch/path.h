// Where this code runs from. Both platforms; paths of any length and alphabet.
#pragma once
#include <filesystem>
#include <string>

namespace vss::launch {

std::filesystem::path ownExecutable();   // the running program
std::string processName();               // its file name, UTF-8

}  // namespace vss::launch
