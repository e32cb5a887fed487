#include "traces/page.h"

#include <ostream>
#include <stdexcept>

#include "traces/page_text.h"
#include "traces/print.h"

namespace vss {
namespace {

std::string withoutTags(const std::string& json) {
  std::string out;
  for (char c : json) out += c == '<' ? "\\u003c" : std::string(1, c);
  return out;
}

std::string_view partNamed(std::span<const EmbeddedText> parts, std::string_view name) {
  for (auto from : {parts, kPageParts})
    for (const auto& part : from)
      if (part.name == name) return part.text;
  throw std::logic_error("internal error: a page lacks " + std::string(name));
}

}  // namespace

std::string jsonInPage(std::string_view text) { return withoutTags(jsonString(text)); }
std::string jsonInPage(std::u16string_view text) { return withoutTags(jsonString(text)); }

std::string PageTexts::number(const std::string& text) {
  auto [place, fresh] = numbers_.emplace(text, texts_.size());
  if (fresh) texts_.push_back(&place->first);
  return std::to_string(place->second);
}

void PageTexts::print(std::ostream& out) const {
  out << "[";
  for (std::size_t i = 0; i < texts_.size(); ++i) out << (i ? ",\n" : "\n") << jsonInPage(*texts_[i]);
  out << "]";
}

void printPage(std::span<const EmbeddedText> parts, std::string_view name, const std::function<void(std::ostream&)>& data, std::ostream& out) {
  std::string_view page = partNamed(parts, name);
  for (std::size_t mark; (mark = page.find("{{")) != page.npos;) {
    std::size_t end = page.find("}}", mark);
    std::string_view part = page.substr(mark + 2, end - mark - 2);
    out << page.substr(0, mark);
    if (part == "data") data(out);
    else out << partNamed(parts, part);
    page.remove_prefix(end + 2);
  }
  out << page;
}

}  // namespace vss
