// An XML document of a writer or a requester with pseudonyms in place of what names somebody.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vss::redact {

struct DocumentRule {
  std::function<std::u16string(std::u16string_view)> value;  // of an attribute or a text
  std::function<std::u16string(std::u16string_view)> name;   // of an element or attribute that no document of VSS has; comments
  std::function<void(std::u16string_view)> left;             // told what stays, as it stands in the result
};
// Well-formed as the original was; nullopt: that is no XML, or has a DOCTYPE.
std::optional<std::u16string> redactedDocument(std::u16string_view text, const DocumentRule& rule);

// Every name, value and text of a document, without escapes; false: it is none.
bool forEachText(std::u16string_view document, const std::function<void(std::u16string_view)>& visit);

}  // namespace vss::redact
