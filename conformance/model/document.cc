#include "document.h"

#include <string_view>
#include <vector>

namespace vss::model {
namespace {

constexpr std::u16string_view kBlank = u" \t\r\n";

std::u16string_view trimmed(std::u16string_view text) {
  if (!text.empty() && text[0] == 0xFEFF) text.remove_prefix(1);
  std::size_t first = text.find_first_not_of(kBlank);
  return first == text.npos ? std::u16string_view() : text.substr(first);
}

bool startsName(char16_t c) { return (c >= u'A' && c <= u'Z') || (c >= u'a' && c <= u'z') || c == u'_' || c == u':' || c >= 0x80; }

// Just behind the '>' that ends the tag, quoted values skipped; npos: there is none.
std::size_t endOfTag(std::u16string_view text, std::size_t at) {
  char16_t quote = 0;
  for (; at < text.size(); ++at) {
    char16_t c = text[at];
    if (quote) quote = c == quote ? u'\0' : quote;
    else if (c == u'"' || c == u'\'') quote = c;
    else if (c == u'<') return text.npos;
    else if (c == u'>') return at + 1;
  }
  return text.npos;
}

// Skips what stands between two marks, e.g. <!-- and -->; 0: the text does not begin with the first.
std::size_t skipped(std::u16string_view text, std::u16string_view open, std::u16string_view close) {
  if (text.substr(0, open.size()) != open) return 0;
  std::size_t end = text.find(close, open.size());
  return end == text.npos ? text.size() + 1 : end + close.size();
}

}  // namespace

bool looksLikeXml(const char16_t* whole) {
  std::u16string_view text = trimmed(whole);
  std::vector<std::u16string_view> open;
  bool rootSeen = false;
  while (!text.empty()) {
    if (text[0] != u'<') {  // text is allowed inside the root only
      if (open.empty()) return false;
      std::size_t tag = text.find(u'<');
      if (tag == text.npos) return false;
      text.remove_prefix(tag);
      continue;
    }
    std::size_t skip = skipped(text, u"<?", u"?>");
    if (!skip) skip = skipped(text, u"<!--", u"-->");
    if (!skip) skip = skipped(text, u"<![CDATA[", u"]]>");
    if (!skip) skip = skipped(text, u"<!", u">");
    if (!skip) {
      bool closing = text.size() > 1 && text[1] == u'/';
      std::size_t nameAt = closing ? 2 : 1;
      if (text.size() <= nameAt || !startsName(text[nameAt])) return false;
      skip = endOfTag(text, nameAt);
      if (skip == text.npos) return false;
      std::u16string_view name = text.substr(nameAt, text.find_first_of(u" \t\r\n/>", nameAt) - nameAt);
      if (closing) {
        if (open.empty() || open.back() != name) return false;
        open.pop_back();
      } else {
        if (open.empty() && rootSeen) return false;
        rootSeen = true;
        if (text[skip - 2] != u'/') open.push_back(name);
      }
    }
    if (skip > text.size()) return false;
    text.remove_prefix(skip);
    if (open.empty()) text = trimmed(text);
  }
  return rootSeen && open.empty();
}

}  // namespace vss::model
