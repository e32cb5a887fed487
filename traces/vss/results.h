// HRESULTs of the requester API as constants, and their names and meanings.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vss {

using HRESULT = std::int32_t;

#define RESULT(name, value, meaning) inline constexpr HRESULT name = static_cast<HRESULT>(value);
#include "results.def"
#undef RESULT

constexpr bool succeeded(HRESULT hresult) { return hresult >= 0; }
constexpr bool failed(HRESULT hresult) { return hresult < 0; }

// VSS_E_BAD_STATE, or 0x8004beef where no name is known.
std::string nameOf(HRESULT hresult);
// What a known code means, in half a sentence; empty where nothing is known.
std::string_view meaningOf(HRESULT hresult);
// Reads a name or 0x…; nothing else.
std::optional<HRESULT> resultNamed(std::string_view text);

// The name of an enumerator, e.g. ("VSS_WRITER_STATE", 1) → VSS_WS_STABLE; its decimal number where it has none.
std::string enumeratorName(std::string_view type, std::int32_t value);
std::optional<std::int32_t> enumeratorNamed(std::string_view type, std::string_view name);

}  // namespace vss
