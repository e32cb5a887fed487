// The bytes of a listing that somebody pasted or redirected, as text in UTF-8; and what is white space, and what is mark-up, in one.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vss {

// Damage, a contradiction, an unknown text: what a reader of a listing should know, as one English sentence.
struct ListingRemark {
  std::size_t line = 0;  // 1-based, in the text as it was read
  std::string text;
  bool operator==(const ListingRemark&) const = default;
};

// Reads UTF-8 with or without a byte-order mark, and UTF-16 with one (as PowerShell's `>` writes it). A line that is no UTF-8 is
// read as Windows-1252; a character cut at the end is left out; a listing inside a JSON string is unfolded into lines. Each of
// these is remarked. Unpaired surrogates become WTF-8. Borrows the bytes: they must outlive it.
class ListingText {
 public:
  explicit ListingText(std::string_view bytes);
  ListingText(const ListingText&) = delete;
  ListingText& operator=(const ListingText&) = delete;

  std::string_view text;
  std::vector<ListingRemark> remarks;

 private:
  void fromUtf16(std::string_view bytes, bool bigEndian);
  void repairUtf8();
  void unfoldJson();

  std::string storage_;  // holds the text when it is not the bytes as they came
};

// Lines of a text one after another, counted from 1; a copy looks ahead.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  bool next(std::string_view& line);
  std::size_t number() const { return number_; }
  std::string_view rest() const { return rest_; }  // behind the line last given
  bool cut() const { return cut_; }  // the line last given has no line end: it is the text's last, and perhaps not whole

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
  bool cut_ = false;
};

// Without white space of any kind around: no-break spaces, the entity &nbsp;, a carriage return.
std::string_view withoutSpace(std::string_view text);
// Without white space and marks of bold or code around: ** __ `
std::string_view trimmed(std::string_view text);
// The same at the front of a line, with quote marks (>), list bullets or dashes and a script's date and time before the text.
std::string_view withoutPrefix(std::string_view line);
// What a person would have read: &nbsp; &#39; &quot; and the like, and a backslash before a mark as in \[11\], resolved.
std::string plain(std::string_view text);

}  // namespace vss
