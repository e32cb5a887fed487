// What was replaced, and what was left on purpose: what the search of the result goes by.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace vss::redact {

// What a value names, and so how it is replaced. Printed in this order.
enum class Named : std::uint8_t { path, volume, machine, component, logicalPath, writer, provider, message, note, document, id, binary, raw, program, command, target, remark, listing, unknown };
inline constexpr std::size_t kNamed = static_cast<std::size_t>(Named::unknown) + 1;
// "paths", as people are told.
std::string_view nameOf(Named kind);

struct Replaced {
  struct Count { std::uint64_t values = 0; std::unordered_set<std::string> different; };
  std::array<Count, kNamed> counts;                        // of whole values
  std::unordered_map<std::u16string, Named> texts;         // originals: whole, and each part of a path that was replaced
  std::unordered_map<std::string, Named> bytes;            // likewise: the 16 bytes of ids, icons, raw values
  std::unordered_set<std::u16string> left;                 // texts, and parts of them, that may stand in the result
};

}  // namespace vss::redact
