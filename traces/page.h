// What the HTML pages of several rooms have in common: one file each, with data in it that a script puts in as text.
#pragma once
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cmake/embedded_text.h"

namespace vss {

// JSON that may stand in a script element: no text in it can end that, or begin a comment.
std::string jsonInPage(std::string_view text);
std::string jsonInPage(std::u16string_view text);

// Texts that come again and again: each stands in the page once, and is meant by its number.
class PageTexts {
 public:
  std::string number(const std::string& text);
  void print(std::ostream& out) const;   // as a JSON list

 private:
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<const std::string*> texts_;
};

// Prints the part `page` with each {{name}} in it replaced by the part of that name, of `parts` or of traces/page/, and {{data}} by what `data` prints.
void printPage(std::span<const EmbeddedText> parts, std::string_view page, const std::function<void(std::ostream&)>& data, std::ostream& out);

}  // namespace vss
