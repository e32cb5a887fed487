// The writers' blocks of a listing, found line by line in any language. What they mean together, vssadmin.cc judges.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "traces/vssadmin.h"

namespace vss {

// A writer with all that stands in its own block: failure is not decided yet.
struct ListedBlock {
  ListedWriter writer;
  std::size_t stateLine = 0, errorLine = 0;  // 0: there is none
  bool errorSeen = false;                    // the block is whole: its last line is there, with or without a text
  bool errorCut = false;                     // the text ends in that line
};

struct ListingBlocks {
  std::vector<ListedBlock> blocks;
  std::vector<ListingRemark> remarks;  // in no order
};

// Throws ListingError where parseVssadmin does.
ListingBlocks readBlocks(std::string_view bytes);

// For a remark: short, quoted, one line.
std::string shown(std::u16string_view text);

}  // namespace vss
