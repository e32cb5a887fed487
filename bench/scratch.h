// Where the benchmarks write: one folder of this process, since the tests run several of them side by side.
#pragma once
#include <filesystem>
#include <string>

#include "traces/platform.h"

namespace vss {

// A path for a new file; what lay there is removed, and the folder at the end of the program.
inline std::filesystem::path scratch(const std::string& name) {
  struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("shadowtape-bench-" + std::to_string(currentProcess()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static Folder folder;
  auto file = folder.path / (name + ".vsst");
  std::filesystem::remove(file);
  return file;
}

}  // namespace vss
