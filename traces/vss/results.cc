#include "results.h"

#include <charconv>
#include <cstdio>

namespace vss {
namespace {

struct ResultRow { std::string_view name; HRESULT value; std::string_view meaning; };
constexpr ResultRow kResults[] = {
#define RESULT(name, value, meaning) {#name, static_cast<HRESULT>(value), meaning},
#include "results.def"
#undef RESULT
};

struct EnumRow { std::string_view type, name; std::int32_t value; };
#define ENUMERATION(type) struct Rows_##type { static constexpr std::string_view typeName = #type; static constexpr EnumRow rows[] = {
#define ENUMERATOR(name, value) {typeName, #name, static_cast<std::int32_t>(value)},
#define END_ENUMERATION }; };
#include "enums.def"
#undef ENUMERATION
#undef ENUMERATOR
#undef END_ENUMERATION

template <class Visit> void forEachEnumerator(Visit&& visit) {
#define ENUMERATION(type) for (const auto& row : Rows_##type::rows) visit(row);
#define ENUMERATOR(name, value)
#define END_ENUMERATION
#include "enums.def"
#undef ENUMERATION
#undef ENUMERATOR
#undef END_ENUMERATION
}

}  // namespace

std::string nameOf(HRESULT hresult) {
  for (const auto& row : kResults)
    if (row.value == hresult) return std::string(row.name);
  char text[11];
  std::snprintf(text, sizeof text, "0x%08x", static_cast<unsigned>(hresult));
  return text;
}

std::string_view meaningOf(HRESULT hresult) {
  for (const auto& row : kResults)
    if (row.value == hresult) return row.meaning;
  return {};
}

std::optional<HRESULT> resultNamed(std::string_view text) {
  for (const auto& row : kResults)
    if (row.name == text) return row.value;
  if (text.size() < 3 || text.size() > 10 || text[0] != '0' || (text[1] | 0x20) != 'x') return std::nullopt;
  std::uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<HRESULT>(value);
}

std::string enumeratorName(std::string_view type, std::int32_t value) {
  std::string found;
  forEachEnumerator([&](const EnumRow& row) {
    if (found.empty() && row.value == value && row.type == type) found = row.name;
  });
  return found.empty() ? std::to_string(value) : found;
}

std::optional<std::int32_t> enumeratorNamed(std::string_view type, std::string_view name) {
  std::optional<std::int32_t> found;
  forEachEnumerator([&](const EnumRow& row) {
    if (row.name == name && row.type == type) found = row.value;
  });
  return found;
}

}  // namespace vss
