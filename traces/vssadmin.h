// `vssadmin list writers`, read as people paste it and printed as the tool prints it.
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
#include "traces/vssadmin_words.h"  // stateWord, failureText

namespace vss {

// One writer as a listing shows it. What the listing did not say is absent, never invented.
struct ListedWriter {
  std::u16string name;                       // as between the quotes, not a character changed
  std::optional<Guid> classId, instanceId;   // absent: missing, cut, or a placeholder
  std::optional<std::uint32_t> state;        // the number in the brackets: a VSS_WRITER_STATE, or what a hand wrote there
  std::u16string stateText;                  // the word(s) after it, as found, without white space and bold marks around
  std::optional<std::u16string> errorText;   // likewise; never empty
  std::optional<std::int32_t> failure;       // the HRESULT that errorText means; absent without errorText
  bool failureKnown = true;                  // false: the text is in no table; failure is then E_UNEXPECTED
  std::size_t line = 0;                      // 1-based line of the name
  bool operator==(const ListedWriter&) const = default;
};

struct Listing {
  std::vector<ListedWriter> writers;    // in the listing's order, duplicates kept
  std::vector<ListingRemark> remarks;   // by line; 100 at most, then one that counts the others
};

// The text is no listing of writers. what() starts with the line and ends with a remedy; the caller puts the file's name before it.
struct ListingError : std::runtime_error {
  ListingError(std::size_t line, const std::string& sentence)
      : std::runtime_error("line " + std::to_string(line) + ": " + sentence), line(line) {}
  std::size_t line;
};

// Reads a listing in any language, by its structure; the encodings are those of ListingText. PowerShell objects made from a
// listing, as table or list, are read too. Throws ListingError when there is neither a vssadmin banner nor one writer's block.
// A banner without writers is a valid listing of none.
//
// A text that is in no table is S_OK if every writer in state [1] shows it, which is remarked. It is not if the listing has a
// text known as S_OK too, or if it is one of the foreign texts that surely tell a failure.
Listing parseVssadmin(std::string_view bytes);

struct PrintedWriter {
  std::u16string name;
  Guid instanceId, classId;
  std::uint32_t state = 0;
  std::int32_t failure = 0;
  std::optional<std::u16string> errorText;  // printed instead of our text for failure; a line break in it becomes a space
};

// The English layout of Windows Server 2012 R2 and later, banner included: UTF-8, line ends LF.
// parseVssadmin gives every name back, with these limits: unpaired surrogates are printed as WTF-8, the three bytes that their
// code point would have; a line break is printed as it is, and a name that holds one is not read back whole if one of its lines
// ends in an apostrophe, or looks like a line of a listing, or is the ninth. (And a name with a quotation mark, three \n of two
// characters each, and ": {" passes for JSON.)
std::string printVssadmin(const std::vector<PrintedWriter>& writers);

}  // namespace vss
