// `vssadmin list writers`, printed as the tool prints it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "traces/vss/guid.h"

namespace vss {

struct PrintedWriter {
  std::u16string name;
  Guid instanceId, classId;
  std::uint32_t state = 0;
  std::int32_t failure = 0;
  std::optional<std::u16string> errorText;  // printed instead of our text for failure; a line break in it becomes a space
};

// The English layout of Windows Server 2012 R2 and later, banner included: UTF-8, line ends LF.
// parseListing gives every name back, with these limits: unpaired surrogates are printed as WTF-8, the three bytes that their
// code point would have; a line break is printed as it is, and a name that holds one is not read back whole if one of its lines
// ends in an apostrophe, or looks like a line of a listing, or is the ninth. (And a name with a quotation mark, three \n of two
// characters each, and ": {" passes for JSON.)
std::string printVssadmin(const std::vector<PrintedWriter>& writers);

}  // namespace vss
