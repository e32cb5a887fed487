// A listing of writers' statuses as people paste it, whichever tool printed it, read into rows.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "traces/listing_text.h"
#include "traces/vss/guid.h"

namespace vss {

// One writer as a listing shows it. What the listing did not say is absent, never invented.
struct ListedWriter {
  std::u16string name;                       // as between the quotes, not a character changed
  std::optional<Guid> classId, instanceId;   // absent: missing, cut, or a placeholder
  std::optional<std::uint32_t> state;        // the number: a VSS_WRITER_STATE, or what a hand wrote there
  std::u16string stateText;                  // the word(s) or the constant after it, as found, without white space and bold marks around
  std::optional<std::u16string> errorText;   // likewise; never empty; absent where the listing gives the failure as a code
  std::optional<std::int32_t> failure;       // the HRESULT: the listing's code, or what errorText means; absent without both
  bool failureKnown = true;                  // false: the text is in no table; failure is then E_UNEXPECTED
  std::size_t line = 0;                      // 1-based line of the name
  bool operator==(const ListedWriter&) const = default;
};

struct Listing {
  std::vector<ListedWriter> writers;    // in the listing's order, duplicates kept
  std::vector<ListingRemark> remarks;   // by line; 100 at most, then one that counts the others
  std::string takenFor;                 // "vssadmin listing", "vshadow writer status and PowerShell table"
};

// The text is no listing of writers. what() starts with the line and ends with a remedy; the caller puts the file's name before it.
struct ListingError : std::runtime_error {
  ListingError(std::size_t line, const std::string& sentence)
      : std::runtime_error("line " + std::to_string(line) + ": " + sentence), line(line) {}
  std::size_t line;
};

// Reads every listing in a text: vssadmin's in any language, vshadow's and diskshadow's writer status, PowerShell objects made of one
// of them. The encodings are those of ListingText. `from` is auto, vssadmin, vshadow, diskshadow or powershell: what the text must be.
// Throws ListingError when it is not, or tells of no writer; a listing of none is valid where it says so, as vssadmin's banner does.
//
// A text of vssadmin that is in no table is S_OK if every writer in state [1] shows it, which is remarked. It is not if the listing has
// a text known as S_OK too, or if it is one of the foreign texts that surely tell a failure.
Listing parseListing(std::string_view bytes, std::string_view from = "auto");

}  // namespace vss
