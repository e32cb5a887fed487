// Changes to a text by its words, lines and cells. For fuzzing and tests: words that a text lacks come from another text of the corpus, so there is no
// dictionary to keep.
#pragma once
#include <algorithm>
#include <cctype>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace vss::fuzz {

class TextMutant {
 public:
  explicit TextMutant(std::uint32_t seed) : random_(seed) {}

  // One to four changes, with pieces of `other`.
  std::string made(std::string_view text, std::string_view other) {
    auto pieces = piecesOf(text), others = piecesOf(other);
    for (std::size_t changes = 1 + below(4); changes; --changes) change(pieces, others);
    std::string made;
    for (auto piece : pieces) made += piece;
    return made;
  }
  std::size_t below(std::size_t n) { return n ? random_() % n : 0; }

 private:
  using Pieces = std::vector<std::string_view>;

  // Words and single marks; now and then whole lines.
  Pieces piecesOf(std::string_view text) {
    Pieces pieces;
    bool lines = below(4) == 0;
    auto isWord = [&](char c) { return lines ? c != '\n' : std::isalnum(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80; };
    while (!text.empty()) {
      std::size_t end = 0;
      while (end < text.size() && isWord(text[end])) ++end;
      if (!end || (lines && end < text.size())) ++end;
      pieces.push_back(text.substr(0, end));
      text.remove_prefix(end);
    }
    return pieces;
  }

  void change(Pieces& pieces, const Pieces& others) {
    static constexpr std::string_view odd[] = {"0", "-1", "1", "4294967295", "4294967296", "0x80042308", "9223372036854775808", "1e999", "\"", "\t", "\n", "\r\n", " ", "", "-", "null", "\\u0000",
                                               "\xFF", "\xEF\xBB\xBF", "\xC3\xA9", "[", "]", "{", "}", ":", ";", "%", "=", ".", ","};
    const Pieces& from = others.empty() || below(2) ? pieces : others;
    std::size_t at = below(pieces.size() + 1), first = below(from.size()), count = std::min(1 + below(below(4) ? 2 : 12), from.size() - first);
    Pieces taken(from.begin() + static_cast<std::ptrdiff_t>(first), from.begin() + static_cast<std::ptrdiff_t>(first + count));
    if (below(4) == 0) taken = {odd[below(std::size(odd))]};
    auto place = pieces.begin() + static_cast<std::ptrdiff_t>(at);
    std::size_t gone = below(3) ? std::min(below(count + 2), pieces.size() - at) : 0;
    if (gone && below(3) == 0) taken.clear();
    place = pieces.erase(place, place + static_cast<std::ptrdiff_t>(gone));
    pieces.insert(place, taken.begin(), taken.end());
  }

  std::mt19937 random_;
};

}  // namespace vss::fuzz
