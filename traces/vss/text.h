// UTF-16 as it is inside a trace, UTF-8 as people see it. Nothing is lost on the way there and back.
#pragma once
#include <string>
#include <string_view>

namespace vss {

// UTF-8; an unpaired surrogate becomes the three bytes that its code point would have (WTF-8).
std::string toUtf8(std::u16string_view text);
// The way back, WTF-8 included. Bytes that are neither become U+FFFD each.
std::u16string toUtf16(std::string_view text);
// For formats that take nothing else (XML, YAML): bytes that are no UTF-8, unpaired surrogates, U+FFFE and U+FFFF become U+FFFD.
std::string plainUtf8(std::string_view text);
// The text without the mark that some editors put before UTF-8.
std::string withoutByteOrderMark(std::string text);
// For a terminal or a report: in double quotes, with \" \\ \n \u0000 and unpaired surrogates as \ud800; one line, always.
std::string quoted(std::u16string_view text);
inline std::string quoted(const std::u16string& text) { return quoted(std::u16string_view(text)); }  // else std::quoted would fit better
// A text that comes from a file: as it is, but quoted where it would break the line or speak to the terminal.
std::string oneLine(const std::string& utf8);
std::u16string_view asUtf16(std::string_view bytes);  // the same memory, as code units; bytes must be aligned and even

}  // namespace vss
