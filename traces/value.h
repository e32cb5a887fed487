// One value of a call as a trace holds it: a number, a string, an id, an object's number, or why there is none.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "traces/vss/guid.h"

namespace vss {

// As ValueKind in trace.capnp, which says what each means; a test holds the two against each other.
enum class ValueKind : std::uint8_t { missing, number, stored, null, object, foreignObject, unchanged, zeroed, raw, unreadable, noPointer, absent };

// Borrows its bytes: from the caller of a writer, or from the mapped file until the reader moves on.
struct ValueView {
  ValueKind kind = ValueKind::missing;
  std::int64_t number = 0;   // number, or an object's number
  std::string_view bytes;    // stored: UTF-16 text, an id, a 64-bit number or an array of ids; raw: the variable's bytes

  static ValueView ofNumber(std::int64_t n) { return {ValueKind::number, n, {}}; }
  static ValueView ofObject(std::uint32_t n) { return {ValueKind::object, n, {}}; }
  static ValueView ofBytes(std::string_view b) { return {ValueKind::stored, 0, b}; }
  static ValueView ofText(std::u16string_view t) {
    return {ValueKind::stored, 0, {reinterpret_cast<const char*>(t.data()), t.size() * sizeof(char16_t)}};
  }
  static ValueView ofGuid(const Guid& g) { return {ValueKind::stored, 0, {reinterpret_cast<const char*>(&g), sizeof g}}; }
  static ValueView of(ValueKind k) { return {k, 0, {}}; }
};

// The same, owning its bytes.
struct Value {
  ValueKind kind = ValueKind::missing;
  std::int64_t number = 0;
  std::string bytes;

  Value() = default;
  Value(const ValueView& v) : kind(v.kind), number(v.number), bytes(v.bytes) {}
  bool operator==(const Value&) const = default;
  Guid guid() const {
    Guid g;
    if (bytes.size() == sizeof g) std::memcpy(&g, bytes.data(), sizeof g);
    return g;
  }
  std::u16string text() const {
    std::u16string t(bytes.size() / sizeof(char16_t), u'\0');
    std::memcpy(t.data(), bytes.data(), t.size() * sizeof(char16_t));
    return t;
  }
};

}  // namespace vss
