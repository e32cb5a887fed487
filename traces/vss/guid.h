// A GUID as Windows lays it out in memory, and its text form.
#pragma once
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace vss {

struct Guid {
  std::uint32_t a = 0;
  std::uint16_t b = 0, c = 0;
  std::uint8_t d[8] = {};
  bool operator==(const Guid& other) const { return std::memcmp(this, &other, sizeof other) == 0; }
};
static_assert(sizeof(Guid) == 16);

// Reads 00000000-0000-0000-0000-000000000000, with or without braces, in any letter case; anything else is no GUID.
std::optional<Guid> parseGuid(std::string_view text);

// {e8132975-6f93-4464-a53e-1050253ae220}: lower case, in braces, as vssadmin prints it.
std::string toString(const Guid& guid);

}  // namespace vss
