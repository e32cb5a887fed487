// What a reader of one format hands over: the writers' blocks that it found. What they mean together, listing_judge.cc decides.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/listing.h"

namespace vss {

// A writer with all that stands in its own block: failure is decided only if a code tells it.
struct ListedBlock {
  ListedWriter writer;
  std::size_t stateLine = 0, errorLine = 0;  // 0: there is none
  bool whole = false;                        // its last line is there
  bool errorCut = false;                     // the text ends in the error's line
  bool codes = false;                        // of a format that gives failures as codes, not as texts
};

// What a text, or a part of it, was taken for.
struct TakenFor {
  std::string_view name;                // "vssadmin listing"
  std::string_view format, orFormat;    // of --from; the second where nothing tells vshadow and diskshadow apart
  std::size_t line = 0;                 // where it begins
};

struct ListingBlocks {
  std::vector<ListedBlock> blocks;
  std::vector<ListingRemark> remarks;      // in no order
  std::vector<TakenFor> takenFor;          // empty: nothing of the format is in the text, or nothing that tells a status
  std::optional<ListingError> refusal;     // then: what it is instead
  std::vector<std::string_view> taken;     // parts of the text that were read: not for the reader of another format
};

// The remarks that come of all the blocks together are added, and the limit is kept.
Listing judged(ListingBlocks read);

// For a remark: short, quoted, one line.
std::string shown(std::u16string_view text);
// "the writer has" of one, else "3 writers, of which this is the first, have".
std::string writersHave(std::size_t n);

}  // namespace vss
