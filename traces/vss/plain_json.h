// JSON (RFC 8259) as Cap'n Proto's codec reads it without losing anything.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace vss {

struct PlainJsonError : std::runtime_error { using std::runtime_error::runtime_error; };

// Checks that text is JSON and resolves its \u escapes, surrogates and NUL included, to WTF-8: version 0.9.2 of the codec reads
// the hexadecimal digits a to f in them as other ones, so that \u00e9 would be lost. Throws PlainJsonError "file:line:column: what".
std::string plainJson(std::string_view text, std::string_view file);

}  // namespace vss
