// The writer status of vshadow (`-ws`) and diskshadow (`list writers status`): the same lines of two tools, with numbers for states
// and codes for failures.
#pragma once
#include <string_view>

#include "traces/listing_blocks.h"

namespace vss {

// vshadow's complaint about a selected writer that failed is read too: it tells the status of that writer. A listing of none must say so.
ListingBlocks readWriterStatus(std::string_view text);

}  // namespace vss
