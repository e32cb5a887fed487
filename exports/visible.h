// Texts of somebody's for people to see.
#pragma once
#include <string>
#include <string_view>

#include "traces/vss/text.h"

namespace vss::exports {

// As it is; where that cannot be seen or would break a line, as quoted() writes it, which is known by the quotation mark in front.
inline std::string visible(std::u16string_view text) {
  std::string shown = quoted(text), plain = "\"";
  for (char c : toUtf8(text)) plain += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  bool asItIs = plain + '"' == shown && !text.starts_with(u'"');
  return asItIs ? toUtf8(text) : shown;
}

}  // namespace vss::exports
