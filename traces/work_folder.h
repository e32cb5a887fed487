#pragma once
#include <filesystem>
#include <string>

#include "traces/platform.h"

namespace vss {

// A folder among the temporary files that is gone in the end. name: what its name begins with; the process tells it from others.
class WorkFolder {
 public:
  explicit WorkFolder(const std::string& name) : path_(std::filesystem::temp_directory_path() / (name + "-" + std::to_string(currentProcess()))) { std::filesystem::create_directories(path_); }
  ~WorkFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace vss
