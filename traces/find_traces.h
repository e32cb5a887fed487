// Which files a user means by names, folders, patterns and a list of names.
#pragma once
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace vss {

struct FoundFile {
  std::string path;          // as it was given, with the names below it; UTF-8
  std::size_t argument = 0;  // by which it was found
  bool named = true;         // by itself, so it must be a trace; else it is one of all that lie in a folder or fit a pattern
  std::string trouble = {};  // a folder that cannot be read: why
};
struct FoundFiles {
  std::vector<FoundFile> files;  // in the order of the arguments; those of a folder or a pattern by name, a folder's before what is behind it
  std::vector<std::string> linksNotFollowed;
};

// An argument is a file; a folder: every file in it and below; a pattern with * ? or **; or "-": a file or folder in each line of `list`, or, `nulls`, before
// each NUL. A file that has the name of a pattern is that file. Links to folders are not followed but where they are named, so there is no loop.
// Opens no file.
FoundFiles findFiles(const std::vector<std::string>& arguments, bool nulls, std::istream& list);

// "*.vsst": * is any text, ? one character. Under Windows A is a.
bool fitsPattern(std::string_view name, std::string_view pattern);

}  // namespace vss
