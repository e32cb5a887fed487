// What the fuzz targets share. The body of each is a function in fuzz_NAME.h: NAME_fuzz.cc calls it with what libFuzzer makes, and an ordinary test
// (hostile_test.cc of the room) with everything that was found once, traces/samples/hostile/NAME. docs/hostile.md tells how to run them.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "traces/platform.h"

namespace vss::fuzz {

// A promise that an input broke. Under libFuzzer nothing catches it: the run ends, and the input is kept.
struct Broken : std::logic_error { using std::logic_error::logic_error; };

inline void promise(bool kept, const std::string& what) {
  if (!kept) throw Broken(what);
}

// What is said about bad input is one sentence in one line.
inline void promiseOneLine(std::string_view said) {
  promise(!said.empty() && said.find('\n') == said.npos, "a message is not one line: " + std::string(said));
}

// A folder of this process for what is read by its path; gone at the end.
class Scratch {
 public:
  Scratch() : folder_(std::filesystem::temp_directory_path() / ("shadowtape-fuzz-" + std::to_string(currentProcess()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  // The path of a file with these bytes.
  std::filesystem::path put(const char* name, std::string_view bytes) const {
    std::ofstream out(folder_ / name, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error("no room for " + shownPath(folder_ / name));
    return folder_ / name;
  }
  // The path of a file that is not there.
  std::filesystem::path free(const char* name) const {
    std::filesystem::remove(folder_ / name);
    return folder_ / name;
  }

 private:
  std::filesystem::path folder_;
};
inline const Scratch& scratch() {
  static const Scratch scratch;
  return scratch;
}

inline std::string bytesOf(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Calls `body` with every file of traces/samples/hostile/NAME; how many there are. The name of the file that breaks a promise stands before it.
template <class Body> int forEachFind(const std::string& name, Body&& body) {
  int finds = 0;
  for (const auto& entry : std::filesystem::directory_iterator("traces/samples/hostile/" + name)) {
    ++finds;
    try {
      body(bytesOf(entry.path()));
    } catch (const std::exception& e) {
      throw Broken(entry.path().filename().string() + ": " + e.what());
    }
  }
  return finds;
}

}  // namespace vss::fuzz
