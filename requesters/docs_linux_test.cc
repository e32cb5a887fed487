// Every command in README.md and docs/: a block ```console is run as it stands, from the project's folder, and must print what the page says.
// `$ ` starts a command, `   # exit N` behind it says which code it ends with if not 0. In the lines below it … stands for any text, a
// line that is … alone for any number of lines. Standard error belongs to the output, as on a terminal.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace {

struct Example {
  std::string file, command;
  int line = 0, exitCode = 0;
  std::vector<std::string> expected;
};

constexpr std::string_view kAny = "…";

std::vector<Example> examplesIn(const std::filesystem::path& file) {
  std::vector<Example> found;
  std::ifstream in(file);
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("```")) inside = line == "```console";
    else if (inside && line.starts_with("$ ")) {
      Example example{file.string(), line.substr(2), number, 0, {}};
      if (auto mark = example.command.find("   # exit "); mark != std::string::npos) {
        example.exitCode = std::stoi(example.command.substr(mark + 10));
        example.command.resize(mark);
      }
      found.push_back(std::move(example));
    } else if (inside && !found.empty()) found.back().expected.push_back(line);
  }
  return found;
}

// Whether `text` is `pattern` with something in place of each ….
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t mark = pattern.find(kAny);
  if (mark == pattern.npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, mark))) return false;
  auto rest = pattern.substr(mark + kAny.size());
  for (std::size_t skip = mark; skip <= text.size(); ++skip)
    if (matches(rest, text.substr(skip))) return true;
  return false;
}

bool matches(std::span<const std::string> pattern, std::span<const std::string> lines) {
  if (pattern.empty()) return lines.empty();
  if (pattern[0] == kAny) {
    for (std::size_t skip = 0; skip <= lines.size(); ++skip)
      if (matches(pattern.subspan(1), lines.subspan(skip))) return true;
    return false;
  }
  return !lines.empty() && matches(pattern[0], lines[0]) && matches(pattern.subspan(1), lines.subspan(1));
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

TEST(Docs, EveryCommandInThemPrintsWhatTheySay) {
  std::string bin = std::string(std::getenv("SHADOWTAPE_BUILD")) + "/bin";
  ::setenv("PATH", (bin + ":" + std::getenv("PATH")).c_str(), 1);
  std::vector<std::filesystem::path> pages{"README.md"};
  for (const auto& entry : std::filesystem::directory_iterator("docs"))
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  int run = 0;
  for (const auto& page : pages)
    for (const auto& example : examplesIn(page)) {
      SCOPED_TRACE(example.file + ":" + std::to_string(example.line) + ": " + example.command);
      std::FILE* pipe = ::popen(("{ " + example.command + "\n} 2>&1").c_str(), "r");
      ASSERT_TRUE(pipe);
      std::string output;
      for (int c; (c = std::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
      int status = ::pclose(pipe);
      EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, example.exitCode) << output;
      std::vector<std::string> lines;
      for (std::size_t start = 0; start < output.size();) {
        std::size_t end = std::min(output.find('\n', start), output.size());
        lines.push_back(output.substr(start, end - start));
        start = end + 1;
      }
      EXPECT_TRUE(matches(std::span(example.expected), std::span(std::as_const(lines)))) << "the page says:\n" << joined(example.expected) << "the command prints:\n" << output;
      ++run;
    }
  EXPECT_GE(run, 5) << "README.md alone shows that many; has the form of the blocks changed?";
}

}  // namespace
