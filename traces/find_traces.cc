#include "traces/find_traces.h"

#include <algorithm>
#include <istream>
#include <iterator>
#include <map>
#include <set>

#include "traces/listing_text.h"
#include "traces/platform.h"

namespace vss {
namespace {

namespace fs = std::filesystem;

#if defined(_WIN32)
constexpr bool kCaseCounts = false;
#else
constexpr bool kCaseCounts = true;
#endif

bool isWild(std::string_view text) { return text.find_first_of("*?") != text.npos; }
char folded(char c) { return !kCaseCounts && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool isFolder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// The files of one folder or pattern.
class Search {
 public:
  void everythingIn(const fs::path& folder) {
    for (const auto& name : namesIn(folder)) {
      auto path = folder / name;
      if (isFolder(path)) {
        if (mayEnter(path)) everythingIn(path);
      } else files.emplace(path, "");
    }
  }
  void fitting(const fs::path& pattern) {
    std::vector<std::string> parts;
    for (const auto& part : pattern.relative_path())
      if (!part.empty() && !(part == "**" && !parts.empty() && parts.back() == "**")) parts.push_back(shownPath(part));
    fitting(pattern.root_path(), parts, 0);
  }

  std::map<fs::path, std::string> files;  // and folders that cannot be read: why
  std::set<fs::path> links;

 private:
  std::vector<fs::path> namesIn(const fs::path& folder) {
    std::vector<fs::path> names;
    std::error_code error;
    fs::directory_iterator entry(folder.empty() ? fs::path(".") : folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) names.push_back(entry->path().filename());
    if (error) files[folder] = "cannot be read: " + error.message();
    return names;
  }
  bool mayEnter(const fs::path& folder) {
    if (!isLink(folder)) return true;
    links.insert(folder);
    return false;
  }
  void fitting(const fs::path& folder, const std::vector<std::string>& parts, std::size_t i) {
    const auto& part = parts[i];
    bool last = i + 1 == parts.size();
    auto take = [&](const fs::path& path) {
      if (isFolder(path)) last ? everythingIn(path) : fitting(path, parts, i + 1);
      else if (last) files.emplace(path, "");
    };
    if (part == "**") {
      if (last) return everythingIn(folder);
      fitting(folder, parts, i + 1);
      for (const auto& name : namesIn(folder))
        if (auto path = folder / name; isFolder(path) && mayEnter(path)) fitting(path, parts, i);
    } else if (isWild(part)) {
      for (const auto& name : namesIn(folder))
        if (fitsPattern(shownPath(name), part)) take(folder / name);
    } else {
      auto path = folder / pathFromUtf8(part);
      std::error_code ignored;
      if (fs::exists(path, ignored)) take(path);
    }
  }
};

std::vector<std::string> namesOf(std::istream& list, bool nulls) {
  std::string text{std::istreambuf_iterator<char>(list), {}};
  if (!nulls && (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))) text = std::string(ListingText(std::string(text)).text);  // PowerShell's `>`
  std::vector<std::string> names;
  for (std::size_t start = !nulls && text.starts_with("\xEF\xBB\xBF") ? 3 : 0; start < text.size();) {
    std::size_t end = std::min(text.find(nulls ? '\0' : '\n', start), text.size());
    std::string name = text.substr(start, end - start);
    if (!nulls && name.ends_with('\r')) name.pop_back();
    if (!name.empty()) names.push_back(std::move(name));
    start = end + 1;
  }
  return names;
}

}  // namespace

bool fitsPattern(std::string_view name, std::string_view pattern) {
  auto isInside = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };  // a character of UTF-8, behind its first byte
  std::size_t n = 0, p = 0, star = pattern.npos, behindStar = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') star = p++, behindStar = n;
    else if (p < pattern.size() && pattern[p] == '?') {
      for (++n; n < name.size() && isInside(name[n]);) ++n;
      ++p;
    } else if (p < pattern.size() && folded(pattern[p]) == folded(name[n])) ++p, ++n;
    else if (star != pattern.npos) {
      for (++behindStar; behindStar < name.size() && isInside(name[behindStar]);) ++behindStar;
      n = behindStar, p = star + 1;
    } else return false;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

FoundFiles findFiles(const std::vector<std::string>& arguments, bool nulls, std::istream& list) {
  FoundFiles found;
  auto search = [&](std::size_t argument, const fs::path& path, bool pattern) {
    Search search;
    if (pattern) search.fitting(path);
    else search.everythingIn(path);
    for (auto& [file, trouble] : search.files) found.files.push_back({shownPath(file), argument, !trouble.empty(), trouble});
    for (const auto& link : search.links) found.linksNotFollowed.push_back(shownPath(link));
  };
  auto add = [&](std::size_t argument, const std::string& name, bool mayBePattern) {
    auto path = pathFromUtf8(name);
    std::error_code ignored;
    if (isFolder(path)) search(argument, path, false);
    else if (mayBePattern && isWild(name) && !fs::exists(path, ignored)) search(argument, path, true);
    else found.files.push_back({name, argument});
  };
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] != "-") add(i, arguments[i], true);
    else for (const auto& name : namesOf(list, nulls)) add(i, name, false);
  }
  return found;
}

}  // namespace vss
