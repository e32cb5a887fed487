// PowerShell objects that scripts make of a listing, as they come out of Format-Table, Format-List, ConvertTo-Json and ConvertTo-Csv.
#pragma once
#include <string_view>

#include "traces/listing_blocks.h"

namespace vss {

ListingBlocks readPowershell(std::string_view text);

}  // namespace vss
