// The writers' blocks of vssadmin's listing, found line by line, in any language by its structure.
#pragma once
#include <string_view>

#include "traces/listing_blocks.h"

namespace vss {

// A banner without writers is a valid listing of none; one with ids but no writer's state is another command's, and refused.
ListingBlocks readVssadmin(std::string_view text);

}  // namespace vss
